"""Export: the adapter merged into 16-bit weights with a model card, and what becomes of its answers.

The merge is into the full-precision base, never into the 4-bit weights, which would round
the adapter away. Reads an adapter directory; writes OUT (a Hugging Face model) and, asked
for, OUT/gguf.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autotrain.config import settings
from autotrain.config.settings import Settings
from autotrain.errors import AutotrainError, OutOfMemory, UsageError
from autotrain.run.paths import RUN_DIR_VARIABLE
from autotrain.training import card
from autotrain.training.models import ModelRef, read_config

SUM_TOLERANCE = 1e-3  # of a layer's output: what adding in another order may do in fp32
FILE_TOLERANCE = 2e-2  # of the largest logit: what a table that is made anew in bf16 may do
PROBE_TOKENS = 24
CHANCE = 0.05  # a p-value above it is no difference


def merge(reference: ModelRef, adapter: Path, output: Path) -> dict[str, Any]:
    """Write the base model with the adapter's weights added, in 16 bits. Returns what was merged."""
    import torch
    from transformers import AutoModelForCausalLM

    from autotrain.training import loading
    from autotrain.training.checkpoints import replace_folder

    loading.quiet_libraries()
    loading.check_adapter(adapter, reference)
    loading.refuse_kernels(reference)
    config = read_config(reference)
    loading.refuse_unknown(reference, config)
    if config.get("quantization_config"):
        raise UsageError(f"BASE_MODEL {reference.name} comes quantised, so nothing can be merged into it in 16 bits.")
    _require_memory(reference, config)
    # As the checkpoint has it, mapped from its files; sums are taken in fp32, a layer at a time, and rounded once.
    base = AutoModelForCausalLM.from_pretrained(
        reference.location,
        revision=reference.pin,
        dtype="auto",
        attn_implementation=loading.attention_of(config),
        trust_remote_code=False,
    )
    model: Any = loading.load_adapter(base, reference, adapter).eval()
    expected = _probe(model)
    layers = _add_adapter(model)
    held = [model.unload()]
    for parameter in held[0].parameters():
        parameter.data = parameter.data.to(torch.bfloat16)  # tables such as those of rotations stay in fp32
    del model, base
    found = _probe(held[0])
    if not bool(torch.isfinite(found).all()):
        raise AutotrainError("the merged model's logits are no numbers in bfloat16: nothing was written.")
    held[0].config.use_cache = True
    tokenizer = loading.load_tokenizer(_tokenizer_source(reference, adapter))

    def write(folder: Path) -> None:
        held.pop().save_pretrained(folder)  # from here on the files hold it alone
        tokenizer.save_pretrained(folder)
        card.write(reference, folder, adapter=adapter)
        _require_same_logits(folder, config, found)

    replace_folder(output, write)
    size = sum(path.stat().st_size for path in output.iterdir() if path.is_file())
    moved = float((found - expected).abs().max() / expected.abs().max())  # by rounding: layers were compared before it
    return {"adapted_layers": layers, "bytes": size, "dtype": "bfloat16", "logits_moved": moved}


def require_disk(reference: ModelRef, output: Path, kinds: Sequence[str]) -> int:
    """The bytes that merged weights and GGUF files (`kinds`, as gguf_file.py names them) take.

    Raises UsageError where the disk holds less.
    """
    from autotrain.training import gguf_file
    from autotrain.training.shape import Shape

    weights = Shape.from_config(read_config(reference)).parameters
    needed = int(weights * (2 + sum(gguf_file.BYTES_A_WEIGHT[kind] for kind in kinds)))
    folder = next(folder for folder in (output.resolve(), *output.resolve().parents) if folder.is_dir())
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise UsageError(
            f"exporting {reference.name} takes about {needed / 1e9:.1f} GB of disk and {folder} has {free / 1e9:.1f} "
            "GB free: name an --output on a larger disk."
        )
    return needed


def _require_memory(reference: ModelRef, config: dict[str, Any]) -> None:
    """Raise OutOfMemory where the model's weights, in 16 bits, would not fit beside what runs here."""
    from autotrain.config import profiles
    from autotrain.training import memory
    from autotrain.training.shape import Shape, text_config

    stored = text_config(config).get("dtype") or config.get("torch_dtype") or "bfloat16"
    needed = Shape.from_config(config).parameters * (4 if stored == "float32" else 2) + memory.CPU_RUNTIME
    free = memory.available_here(profiles.detect()).memory_bytes
    if needed > free:
        raise OutOfMemory(
            f"merging {reference.name} takes about {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free: "
            "export on a larger machine; nothing was written."
        )


def _add_adapter(model: Any) -> int:
    """Add each adapted layer's product to its weight, in fp32, rounded to bf16 once. Returns the layers.

    Raises AutotrainError where a layer with the sum is not the layer with the adapter beside it.
    """
    import torch
    from peft.tuners.lora import LoraLayer

    layers: dict[str, Any] = {name: part for name, part in model.named_modules() if isinstance(part, LoraLayer)}
    with torch.no_grad():
        for path, layer in layers.items():
            name = getattr(layer, "parameter_name", "weight")
            base = layer.get_base_layer()
            weight = getattr(base, name)
            product = layer.get_delta_weight("default").float().view(weight.shape)
            whole = weight.data.float() + product
            if name == "weight":  # of a block of experts there is no forward of its own
                difference = _differs(layer, base, whole)
                if not difference <= SUM_TOLERANCE:
                    raise AutotrainError(
                        f"the merged model is not the adapter's: outputs of {path} differ by {difference:.2g} of their "
                        "size; nothing was written."
                    )
            weight.data = whole.to(torch.bfloat16)
    return len(layers)


def _differs(layer: Any, base: Any, whole: Any) -> float:
    """How far a layer whose weight is `whole` is from the layer with its adapter, in fp32 on a few inputs."""
    import torch

    kept = {name: parameter.data for name, parameter in base.named_parameters(recurse=False)}
    for parameter in base.parameters(recurse=False):
        parameter.data = parameter.data.float()
    inputs = torch.randn(3, layer.in_features, generator=torch.Generator().manual_seed(0))
    expected = layer(inputs)
    base.weight.data = whole
    difference = float((base(inputs) - expected).norm() / expected.norm())
    for name, parameter in base.named_parameters(recurse=False):
        parameter.data = kept[name]
    return difference


def _require_same_logits(folder: Path, config: dict[str, Any], expected: Any) -> None:
    """Raise AutotrainError where the files read back as another model than was written."""
    from transformers import AutoModelForCausalLM

    from autotrain.training import loading

    read: Any = AutoModelForCausalLM.from_pretrained(
        folder, dtype="auto", attn_implementation=loading.attention_of(config), trust_remote_code=False
    )
    difference = float((_probe(read.eval()) - expected).abs().max() / expected.abs().max())
    if not difference <= FILE_TOLERANCE:
        raise AutotrainError(f"the merged model reads back as another one: logits differ by {difference:.2g}.")


def _probe(model: Any) -> Any:
    """Logits of a few tokens, in fp32."""
    import torch

    size = model.get_input_embeddings().weight.shape[0]
    with torch.inference_mode():
        return model(input_ids=torch.arange(PROBE_TOKENS)[None] % size, use_cache=False).logits[0].float()


def _tokenizer_source(reference: ModelRef, adapter: Path) -> ModelRef:
    # The adapter was trained with this very tokenizer and template.
    if (adapter / "tokenizer_config.json").is_file():
        return ModelRef(reference.name, str(adapter), "", True)
    return reference


def compare_losses(
    reference: ModelRef, adapter: Path, merged: Path, data: Sequence[Path], seq_len: int, thinking: str = "auto"
) -> dict[str, float]:
    """Mean loss per answer token of the 4-bit base with its adapter, and of the merged model, on the same samples."""
    from autotrain.tasks.samples import load_samples
    from autotrain.training import loading
    from autotrain.training.examples import encode_rows

    tokenizer = loading.load_tokenizer(_tokenizer_source(reference, adapter))
    rows = [row for path in data for row in load_samples(path)]
    examples = encode_rows(tokenizer, rows, seq_len, thinking).examples
    trained = loading.load_adapter(loading.load_base(reference, 4), reference, adapter)
    before = _mean_loss(trained, examples)
    after = _mean_loss(loading.load_base(ModelRef(str(merged), str(merged), "", True), 16), examples)
    return {"adapter_loss": before, "merged_loss": after, "difference": after - before}


def evaluate_again(chosen: Settings, adapter: Path, merged: Path, tasks: Sequence[str]) -> dict[str, Any]:
    """Stage 05 on the adapter and on the merged model, and how the second differs. `tasks`: its --data and --suite.

    The reports stay in MERGED/evaluation. Raises AutotrainError where the stage fails.
    """
    before = _report(merged, "adapter")
    before.parent.mkdir(exist_ok=True)
    _stage_05(chosen, "--adapter", str(adapter), "--output", str(before), *tasks)
    whole = dataclasses.replace(chosen, base_model=str(merged), base_revision="", quantization_bits="16")
    arguments = ["--base-only", "--output", str(_report(merged, "merged")), "--compare", str(before)]
    return _stage_05(whole, *arguments, *tasks)["comparison"]


def evaluate_served(chosen: Settings, merged: Path, name: str, url: str, tasks: Sequence[str]) -> dict[str, Any]:
    """Stage 05 on a server that serves an export under `name`, and how it differs from the adapter's report."""
    patient = dataclasses.replace(chosen, teacher_concurrency=2, teacher_timeout_s=3600.0, teacher_max_usd=0.0)
    arguments = ["--endpoint", url, "--model", name, "--output", str(_report(merged, name))]
    return _stage_05(patient, *arguments, "--compare", str(_report(merged, "adapter")), *tasks)["comparison"]


def _report(merged: Path, name: str) -> Path:
    return merged / "evaluation" / f"report_{name}.json"


def difference_line(found: dict[str, Any], name: str) -> str:
    """How an export's verdicts differ from the adapter's, and whether chance would do as much."""
    gained, lost, p_value = len(found["gained"]), len(found["lost"]), found["p_two_sided"]
    if p_value >= CHANCE:
        judged = "no more than chance does"
    else:
        judged = f"{'worse' if found['delta'] < 0 else 'better'} by {abs(found['delta']) * 100:.1f} points"
    return (
        f"{found['before']:.1%} of {found['total']} tasks with the adapter, {found['after']:.1%} {name} "
        f"({gained} gained, {lost} lost; McNemar p = {p_value:.2g}: {judged})"
    )


def _stage_05(chosen: Settings, *arguments: str) -> dict[str, Any]:
    # As settings of the environment, they come before .env and config.yaml.
    values = {settings.variable(name): settings.show_raw(value) for name, value in dataclasses.asdict(chosen).items()}
    environment = {**os.environ, **values, "NO_PROXY": "127.0.0.1," + os.environ.get("NO_PROXY", "")}
    environment.pop(RUN_DIR_VARIABLE, None)  # an export is no stage of a run
    command = [sys.executable, str(settings.PROJECT_ROOT / "scripts" / "05_eval.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise AutotrainError(f"{command[1]} failed: {words[-1] if words else f'exit code {done.returncode}'}")
    return json.loads(done.stdout)


def _mean_loss(model: Any, examples: Sequence[Any]) -> float:
    import torch

    from autotrain.errors import DataError

    total, count = 0.0, 0
    for example in examples:
        ids = torch.tensor([example.input_ids], device=model.device)
        labels = torch.tensor(example.labels[1:], device=model.device)
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0, :-1].float()
        total += float(torch.nn.functional.cross_entropy(logits, labels, reduction="sum"))
        count += example.answer_tokens
    if not count:
        raise DataError("no sample to compare the merged model on.")
    return total / count
