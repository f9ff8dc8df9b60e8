"""Will a training fit? Peak memory predicted from settings and a model's config.json, before anything is loaded.

Standard library only. What a layer keeps for the backward pass is counted exactly
(tests/training/test_memory.py); the rest is generous: tests/benchmarks/bench_training.py --memory
compares whole trainings. On a GPU it is arithmetic with a margin, not yet measured.

    python -m autotrain.training.memory --base-model smollm2-135m    # what it would take here
"""

import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autotrain.config import precedence, profiles, settings
from autotrain.config.settings import Settings
from autotrain.errors import OutOfMemory, say
from autotrain.training import backends, precision
from autotrain.training.sampler import Rows, Size, longest_possible
from autotrain.training.shape import Shape

if TYPE_CHECKING:
    from autotrain import cli

MIB = 1 << 20
CHUNK_ELEMENTS = 1 << 25  # logits of the loss that answer_loss.py keeps alive at once: 128 MiB in fp32
WHOLE_LOGITS = 5  # copies of all logits that TRL's loss and its entropy keep at once: half, fp32, softmax, gradient
CPU_RUNTIME = 620 * MIB  # Python, torch, transformers, peft, bitsandbytes, the Trainer and its buffers
CPU_HEAP = 1.08  # what the heap holds for one byte of activations (allocation.py)
CPU_BF16_KEPT = 300 * MIB  # compiled products, and holes that rows of many lengths leave (measured over 130 steps)
CPU_RECOMPUTED = 4  # times one layer's activations, where they are made again in the backward pass (measured)
CPU_INT8_BYTES = 3.0  # a value, of which two are what quantising left on the heap where it was measured
CPU_MARGIN = 1.03
GPU_RUNTIME = 700 * MIB  # CUDA context and library workspaces
GPU_MARGIN = 1.10  # the allocator's fragmentation
NF4_BYTES = 0.5 + 1 / 64 + 4 / 64 / 256  # a value; its block's 8-bit scale; that scale's own
ROOM = 0.8  # of the memory: what QUANTIZATION_BITS=auto lets 16 bits take
ANSWERED_PROMPT = 1024  # tokens of a task in an evaluation, generously
UNPACKED_SHARE = 0.4  # of the free memory, for unpacked copies on the CPU (quantization.py)


@dataclass(frozen=True)
class Prediction:
    """Bytes at the peak, by what they are for, and what the machine has."""

    parts: dict[str, int]
    available: int
    on_gpu: bool

    @property
    def peak_bytes(self) -> int:
        return sum(self.parts.values())

    @property
    def fits(self) -> bool:
        return self.peak_bytes <= self.available

    def as_json(self) -> dict[str, Any]:
        """What `config.json` keeps of it."""
        return {"total_bytes": self.peak_bytes, "available_bytes": self.available, "parts": self.parts}

    def describe(self) -> str:
        """One line for people: the sum, what there is, and the parts."""
        where = "GPU memory" if self.on_gpu else "memory"
        parts = ", ".join(f"{name} {size / 1e9:.2f}" for name, size in self.parts.items())
        return f"{self.peak_bytes / 1e9:.2f} GB of {where} at the peak of {self.available / 1e9:.2f} GB ({parts})"


def predict(
    chosen: Settings, config: Mapping[str, Any], hardware: profiles.Hardware, rows: Rows | None = None
) -> Prediction:
    """Peak memory of a training. `rows`: its examples' lengths where known, else every row is SEQ_LEN long."""
    shape = Shape.from_config(config)
    on_gpu = hardware.vram_bytes > 0
    largest = rows.largest_batch(chosen) if rows else longest_possible(chosen)
    if chosen.train_backend == "trl":
        largest = _padded(chosen, rows, largest)
    adapter = shape.lora_parameters(chosen.lora_r, chosen.lora_targets)
    if on_gpu:
        parts = _gpu_parts(chosen, shape, hardware, largest, adapter)
        return Prediction(parts, hardware.vram_bytes, True)
    parts = _cpu_parts(chosen, shape, hardware, largest, adapter)
    return Prediction(parts, hardware.memory_bytes, False)


def whole_fits(chosen: Settings, config: Mapping[str, Any], hardware: profiles.Hardware) -> bool:
    """Whether the base model as published, in 16 bits, can answer here with room (training needs more than that)."""
    shape = Shape.from_config(config)
    size = precision.choose(hardware.compute_capability).compute_bytes if hardware.vram_bytes else 4
    tokens = chosen.eval_batch_size * (ANSWERED_PROMPT + chosen.max_new_tokens)
    cache = 2 * shape.layers * shape.kv_heads * shape.head_size * size * tokens
    runtime = GPU_RUNTIME if hardware.vram_bytes else CPU_RUNTIME
    return shape.parameters * size + cache + runtime <= ROOM * (hardware.vram_bytes or hardware.memory_bytes)


def _padded(chosen: Settings, rows: Rows | None, largest: Size) -> Size:
    """The largest batch as TRL makes it: padded to its longest row unless packed, with logits for every token."""
    tokens = largest.tokens
    if rows and not chosen.packing:
        fitting = [size.tokens for size in rows.sizes if size.tokens <= chosen.seq_len]
        tokens = chosen.batch_size * max(fitting, default=chosen.seq_len)
    return Size(tokens, tokens)


def settle_backend(
    chosen: Settings, config: Mapping[str, Any], hardware: profiles.Hardware, rows: Rows | None = None
) -> Settings:
    """Settings whose TRAIN_BACKEND is not `auto`: on a GPU trl, where it is installed and fits; else own.

    TRL's way is trodden by many and keeps the logits of all tokens; ours has not run on a GPU yet.
    """
    if chosen.train_backend != "auto":
        return chosen
    trl = dataclasses.replace(chosen, train_backend="trl")
    if hardware.vram_bytes and backends.has_trl() and predict(trl, config, hardware, rows).fits:
        return trl
    return dataclasses.replace(chosen, train_backend="own")


def settle_bits(
    chosen: Settings, config: Mapping[str, Any], hardware: profiles.Hardware
) -> tuple[Settings, str | None]:
    """Settings whose QUANTIZATION_BITS is a number, and why `auto` chose it (None where a person chose).

    16 where the training fits the memory with room, else 4. 8 bits are slower in training than either, so
    they are a person's choice.
    """
    if chosen.quantization_bits != "auto":
        return chosen, None
    whole = dataclasses.replace(chosen, quantization_bits="16")
    prediction = predict(whole, config, hardware)
    needs = f"{chosen.base_model} in 16 bits takes about {prediction.peak_bytes / 1e9:.1f} GB in training"
    memory = f"{ROOM:.0%} of {prediction.available / 1e9:.1f} GB of {'GPU memory' if prediction.on_gpu else 'memory'}"
    if prediction.peak_bytes <= ROOM * prediction.available:
        return whole, f"{needs}, within {memory}"
    return dataclasses.replace(chosen, quantization_bits="4"), f"{needs}, more than {memory}"


def settle_bits_here(chosen: Settings) -> tuple[Settings, str | None]:
    """`settle_bits` for the settings' base model on this machine. Raises UsageError where the model cannot be had."""
    if chosen.quantization_bits != "auto":
        return chosen, None
    from autotrain.training import models, suitability

    reference = models.find(chosen.base_model, chosen.base_revision, chosen.cache_dir)
    config = models.read_config(reference)
    made = suitability.quantised_bits(config)
    if made:
        return dataclasses.replace(chosen, quantization_bits=str(made)), "the checkpoint comes in them"
    return settle_bits(chosen, config, available_here(profiles.detect()))


def settle_in(context: "cli.Context") -> Settings:
    """The settings of a stage that loads a model, with QUANTIZATION_BITS as a number; says what `auto` chose.

    In a run the loop has chosen already. Raises UsageError where the base model cannot be had.
    """
    context.settings, why = settle_bits_here(context.settings)
    if why:
        context.say(f"{context.stage}: QUANTIZATION_BITS={context.settings.bits}: {why}; --bits sets it by hand.")
    return context.settings


def saved_bytes_per_token(shape: Shape, rank: int, *, lean: bool, half: bool = False) -> int:
    """Bytes that one layer keeps of each token for the backward pass (counted; tests/training/test_memory.py).

    `lean`: with the operations of lean_ops.py, which keep one value of the inner width less. `half`: products in
    bf16, whose inputs are kept as they were rounded.
    """
    query, shared = shape.heads * shape.head_size, shape.kv_heads * shape.head_size
    inputs = 2 * shape.hidden + query + shape.inner + len(shape.linears) * rank
    others = 2 * shape.hidden + 2 * query + 2 * shared + shape.heads + 2
    others += (2 if lean and shape.gated else 3) * shape.inner
    return inputs * (2 if half else 4) + others * 4


def _activations(
    chosen: Settings, shape: Shape, tokens: int, *, lean: bool, half: bool = False, stream: int = 4
) -> int:
    """Bytes kept for the backward pass. `stream`: those of a value of the hidden states between layers."""
    layer = saved_bytes_per_token(shape, chosen.lora_r, lean=lean, half=half) * tokens
    ends = tokens * 4 * (2 * shape.hidden + 2 * shape.head_size)  # embeddings, hidden states of the loss, rotations
    if chosen.gradient_checkpointing:
        recomputed = layer * (CPU_RECOMPUTED if lean else 1)
        return shape.layers * shape.hidden * tokens * stream + recomputed + ends
    return shape.layers * layer + ends


def _logits(shape: Shape, answers: int, *, chunked: bool = True) -> int:
    rows = min(answers, max(1, CHUNK_ELEMENTS // shape.vocabulary)) if chunked else answers
    return rows * shape.vocabulary * 4


def _cpu_parts(
    chosen: Settings, shape: Shape, hardware: profiles.Hardware, largest: Size, adapter: int
) -> dict[str, int]:
    experts = shape.expert_parameters  # in fp32 whatever the bits: bitsandbytes leaves blocks of them as they are
    linear = shape.attention_parameters + shape.feed_forward_parameters - experts
    whole = (linear + experts + shape.embedding_parameters) * 4
    half = chosen.bits in (4, 16) and precision.cpu_products(chosen.cpu_compute_dtype) == "bfloat16"
    unpacked = linear * (2 if half else 4)
    if chosen.bits == 16:
        weights = (shape.embedding_parameters + experts) * 4 + unpacked
        loading = whole - weights  # read in fp32, then rounded
    else:
        packed = linear * (NF4_BYTES if chosen.bits == 4 else CPU_INT8_BYTES)
        cached = chosen.bits == 4 and unpacked <= hardware.memory_bytes * UNPACKED_SHARE
        weights = int((shape.embedding_parameters + experts) * 4 + packed + (unpacked if cached else 0))
        # The weight file is mapped while it is quantised; on the CPU a step unpacks what is not cached.
        loading = max(0, whole - (unpacked if cached else 0))
    # Micro-batches come and go: besides one's activations, temporaries of the widest layer.
    own = chosen.train_backend != "trl"
    logits = (2 if own else WHOLE_LOGITS) * _logits(shape, largest.answers, chunked=own)
    temporaries = max(logits, 6 * largest.tokens * shape.inner * 4)
    activations = int(_activations(chosen, shape, largest.tokens, lean=own, half=half and own) * CPU_HEAP)
    # Adam's two values; gradients are complete beside a whole micro-batch's activations only where they add up.
    kept = adapter * (12 if chosen.grad_accum > 1 or chosen.gradient_checkpointing else 8)
    step = kept + activations + temporaries
    parts = {
        "runtime": CPU_RUNTIME,
        "weights": weights,
        "adapter": adapter * 4,
        "optimiser and gradients": kept,
        "activations": activations,
        "logits and temporaries": temporaries,
    }
    if half:
        parts["kept from other lengths"] = min(CPU_BF16_KEPT, activations)
    if loading > step:  # then loading is the peak
        parts["loading"] = loading - step
    parts["margin"] = int(sum(parts.values()) * (CPU_MARGIN - 1))
    return parts


def _gpu_parts(
    chosen: Settings, shape: Shape, hardware: profiles.Hardware, largest: Size, adapter: int
) -> dict[str, int]:
    size, tokens = precision.choose(hardware.compute_capability).compute_bytes, largest.tokens
    experts = shape.expert_parameters  # fused experts are not quantised
    linear = shape.attention_parameters + shape.feed_forward_parameters - experts
    per_value = {4: NF4_BYTES, 8: 1.0, 16: float(size)}[chosen.bits]
    widest = max(inputs * outputs for inputs, outputs in shape.linears.values())
    mask = 3 * tokens * tokens if chosen.packing or chosen.batch_size > 1 else 0
    own = chosen.train_backend != "trl"
    parts = {
        "runtime": GPU_RUNTIME,
        "weights": int(linear * per_value + (experts + shape.embedding_parameters) * size),
        "adapter": adapter * (4 + size),  # autocast keeps a half-precision copy
        "optimiser and gradients": adapter * (4 + 2),
        "activations": _activations(chosen, shape, tokens, lean=False, half=size == 2, stream=size) + mask,
        "logits and temporaries": (3 if own else WHOLE_LOGITS) * _logits(shape, largest.answers, chunked=own)
        + 2 * widest * size
        + 4 * tokens * shape.inner * 4,
    }
    parts["margin"] = int(sum(parts.values()) * (GPU_MARGIN - 1))
    return parts


def nearest_fit(
    chosen: Settings, config: Mapping[str, Any], hardware: profiles.Hardware, rows: Rows | None = None
) -> tuple[Settings, Prediction] | None:
    """The nearest settings that fit: first what changes no result, last what shortens examples. None: nothing does."""
    for candidate in _lower(chosen):
        prediction = predict(candidate, config, hardware, rows)
        if prediction.fits:
            return candidate, prediction
    return None


def _lower(chosen: Settings) -> list[Settings]:
    steps = [chosen]

    def add(**changes: Any) -> None:
        steps.append(dataclasses.replace(steps[-1], **changes))

    while steps[-1].batch_size > 1 and steps[-1].grad_accum <= 512:
        now = steps[-1]
        smaller = now.batch_size // 2
        # Rows a step stay the same, as near as whole numbers allow.
        add(batch_size=smaller, grad_accum=round(now.batch_size * now.grad_accum / smaller))
    if not chosen.gradient_checkpointing:
        add(gradient_checkpointing=True)
    if chosen.bits != 4:
        add(quantization_bits="4")
    while steps[-1].lora_r > 8:
        add(lora_r=steps[-1].lora_r // 2)
    while steps[-1].seq_len > 256:
        add(seq_len=steps[-1].seq_len // 2)
    return steps


def changes(before: Settings, after: Settings) -> dict[str, Any]:
    """Names and new values of the settings that differ."""
    old, new = dataclasses.asdict(before), dataclasses.asdict(after)
    # TRAIN_BACKEND=auto is settled, never lowered.
    return {name: value for name, value in new.items() if old[name] != value and name != "train_backend"}


def settle(
    chosen: Settings, config: Mapping[str, Any], hardware: profiles.Hardware, rows: Rows | None = None
) -> tuple[Settings, Prediction]:
    """The settings to train with and their prediction: as chosen, or lowered where FIT says so.

    Raises OutOfMemory, naming the nearest settings that fit.
    """
    prediction = predict(chosen, config, hardware, rows)
    if prediction.fits:
        return chosen, prediction
    fitting = nearest_fit(chosen, config, hardware, rows)
    needed = f"{chosen.base_model} needs {prediction.describe()}"
    if fitting is None:
        raise OutOfMemory(f"{needed}; no batch, rank or length makes it fit: choose a smaller BASE_MODEL.")
    if chosen.fit:
        return fitting
    flags = flags_of(changes(chosen, fitting[0]))
    raise OutOfMemory(f"{needed}; these settings fit: {flags} (or let --fit choose them).")


def flags_of(changed: Mapping[str, Any]) -> str:
    """Settings as a person gives them: `--batch-size 1 --grad-accum 8`."""
    rows = Settings.__dataclass_fields__
    return " ".join(f"{rows[name].metadata['flag']} {settings.show_raw(value)}" for name, value in changed.items())


def available_here(hardware: profiles.Hardware) -> profiles.Hardware:
    """`hardware` with the memory that is free now, inside this process's control group, in place of all of it."""
    if hardware.vram_bytes:
        return dataclasses.replace(hardware, vram_bytes=hardware.vram_free_bytes or hardware.vram_bytes)
    free = hardware.memory_bytes
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            free = min(free, int(line.split()[1]) * 1024)
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
        cached = next(
            int(line.split()[1])
            for line in Path("/sys/fs/cgroup/memory.stat").read_text(encoding="ascii").splitlines()
            if line.startswith("inactive_file ")
        )
        if limit != "max":
            free = min(free, int(limit) - used + cached)
    except (OSError, ValueError, StopIteration):
        pass  # no version 2 control group here
    return dataclasses.replace(hardware, memory_bytes=free)


def main(argv: Sequence[str] | None = None) -> int:
    from autotrain import cli
    from autotrain.training import models

    parser = cli.Parser(
        prog="python -m autotrain.training.memory",
        description="Predicts the peak memory of a training on this machine.",
    )
    settings.add_flags(parser)
    arguments = parser.parse_args(argv)

    def tell() -> int:
        chosen, why = settle_bits_here(precedence.resolve(vars(arguments)).settings)
        if why:
            say(f"QUANTIZATION_BITS: {chosen.bits}, because {why}.")
        reference = models.find(chosen.base_model, chosen.base_revision, chosen.cache_dir)
        config, here = models.read_config(reference), available_here(profiles.detect())
        prediction = predict(settle_backend(chosen, config, here), config, here)
        say(json.dumps({"peak_bytes": prediction.peak_bytes, "fits": prediction.fits, **prediction.parts}), answer=True)
        say(prediction.describe())
        return 0

    return cli.run_command("memory", tell)


if __name__ == "__main__":
    sys.exit(main())
