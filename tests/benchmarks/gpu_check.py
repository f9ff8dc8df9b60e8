#!/usr/bin/env python3
"""Everything that only a card can show, in one command: is training right there, how much memory, how fast.

    ./scripts/test.sh --gpu              # prints a table; exit 1 where something is wrong, 2 where there is no card
    ./scripts/test.sh --gpu --write      # also puts the table into docs/benchmarks.md
    ./scripts/test.sh --gpu --only memory speed
    ./scripts/test.sh --gpu --stand-in   # the same steps on the CPU with tiny sizes: it proves this program, no card

Losses against fp32 on the CPU from the same adapter, a killed training resumed, predicted against measured memory,
tokens a second beside a plain TRL SFTTrainer (and unsloth where installed), the generator beside vLLM where installed,
the fp16 path of older cards, and two processes where there are two cards. All models are random and made here, so
nothing is fetched: a small one where numbers are compared, one of 0.5B where memory and time are.
"""

import argparse
import contextlib
import gc
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "benchmarks")]

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- made by ./scripts/test.sh --gpu --write -->", "<!-- end of the GPU's table -->"
MOST_MINUTES = 15
LOSSES_APART = 0.1  # of what the training took off the loss: a share of the loss itself would let every fault pass
RESUME_APART, PROCESSES_APART = 0.05, 0.02  # shares of the adapter's size, and of the loss
PREDICTION = (0.97, 1.6)  # predicted over measured: less would run out of memory, more would refuse what fits
SMALL = {"hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 4, "head_dim": 64}
HALF_A_BILLION = {
    "vocab_size": 151_936,
    "hidden_size": 896,
    "intermediate_size": 4864,
    "num_hidden_layers": 24,
    "num_attention_heads": 14,
}
SETTINGS: list[dict[str, Any]] = [  # twelve trainings whose memory is predicted and measured
    {"batch_size": 1},
    {"batch_size": 4},
    {"batch_size": 4, "gradient_checkpointing": True},
    {"batch_size": 16, "gradient_checkpointing": True},
    {"batch_size": 4, "lora_r": 128},
    {"batch_size": 4, "quantization_bits": "16"},
    {"batch_size": 4, "quantization_bits": "8"},
    {"batch_size": 2, "grad_accum": 4},
    {"batch_size": 2, "packing": True},
    {"batch_size": 1, "train_backend": "trl"},
    {"batch_size": 4, "train_backend": "trl", "gradient_checkpointing": True},
    {"batch_size": 2, "train_backend": "trl", "packing": True},
]


@dataclass(frozen=True)
class Row:
    """One line of the table; `right` is None where nothing is judged."""

    what: str
    found: str
    bound: str = ""
    right: bool | None = None

    def line(self) -> str:
        verdict = {True: "yes", False: "**no**", None: ""}[self.right]
        return f"| {self.what} | {self.found} | {self.bound} | {verdict} |"


@dataclass(frozen=True)
class Card:
    """The first GPU, and how much is asked of it."""

    name: str
    small: dict[str, Any] = field(default_factory=lambda: SMALL)
    large: dict[str, Any] = field(default_factory=lambda: HALF_A_BILLION)
    bits: tuple[str, ...] = ("16", "4")
    settings: Sequence[dict[str, Any]] = tuple(SETTINGS)
    steps: int = 20
    timed_steps: int = 12
    new_tokens: int = 128
    prompts: int = 64
    is_card: bool = True

    def fresh(self) -> None:
        """Forget what the training before left: its memory, its peak, and the precision that accelerate remembers."""
        import torch
        from accelerate.state import AcceleratorState, GradientState, PartialState

        for state in (AcceleratorState, GradientState, PartialState):
            state._shared_state.clear()
        gc.collect()
        if self.is_card:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def peak_bytes(self) -> int:
        """What the card held at most for this process: tensors, the allocator's holes, context and workspaces."""
        import torch

        from autotrain.training import allocation

        if not self.is_card:
            return allocation.peak_resident_bytes()
        free, total = torch.cuda.mem_get_info()
        return torch.cuda.max_memory_reserved() + (total - free) - torch.cuda.memory_reserved()

    def cards(self) -> int:
        import torch

        return torch.cuda.device_count() if self.is_card else 2

    def two_processes(self) -> tuple[list[str], list[str]]:
        """What starts stage 04 twice: the head of the command, and flags at its end."""
        if self.is_card:
            return [sys.executable], ["--launcher", "ddp"]
        return [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"], []


def stand_in() -> Card:
    """The CPU in place of a card, with as little as takes every step."""
    tiny: dict[str, Any] = {}
    some = (SETTINGS[1], SETTINGS[-1])
    return Card("the CPU, standing in", tiny, tiny, ("16",), some, 8, 3, 8, 4, is_card=False)


def card() -> Card:
    """The card. Raises UsageError where there is none that torch can use."""
    import torch

    from autotrain.config import profiles
    from autotrain.errors import UsageError
    from autotrain.training import loading

    loading.require_cuda(profiles.detect())
    if not torch.cuda.is_available():
        raise UsageError(
            "--gpu needs a CUDA GPU that torch can use, and there is none: --stand-in tries it on the CPU."
        )
    return Card(torch.cuda.get_device_name(0))


# Trainings


def make_model(folder: Path, changes: dict[str, Any]) -> Path:
    """A random Llama in 16 bits as checkpoints come, with a tokenizer of bytes."""
    import tiny_model
    import torch

    tiny_model.model(**changes).to(torch.bfloat16).save_pretrained(folder)
    tiny_model.tokenizer().save_pretrained(folder)
    return folder


def make_data(folder: Path, count: int) -> tuple[Path, Path]:
    """Samples whose answers grow from 1 to 40 lines, and three to validate on."""
    import tiny_model

    from autotrain.jsonl import write_rows

    def sample(number: int) -> Any:
        lines = "    x += 1\n" * (number % 40)
        return tiny_model.sample(number, f"```python\ndef add_{number}(x):\n{lines}    return x + {number}\n```")

    write_rows(folder / "train.jsonl", [sample(number) for number in range(count)])
    write_rows(folder / "val.jsonl", [sample(1000 + number) for number in range(3)])
    return folder / "train.jsonl", folder / "val.jsonl"


def train(model: Path, folder: Path, output: str, *, validate: bool = True, **options: Any) -> dict[str, Any]:
    """One training. Returns stage 04's result, with each step's loss as `losses`."""
    from autotrain.config.settings import Settings
    from autotrain.training import models, sft

    losses: list[float] = []
    on_step = options.pop("on_step", None)

    def keep(metrics: dict[str, Any]) -> None:
        losses.extend([metrics["loss"]] if "loss" in metrics else [])
        if on_step:
            on_step(metrics)

    init, resume = options.pop("init_adapter", None), options.pop("resume", False)
    plain: dict[str, Any] = {
        **{"quantization_bits": "4", "seq_len": 1024, "batch_size": 2, "grad_accum": 1, "lora_r": 16, "lr": 5e-3},
        **{"save_steps": 1000, "eval_steps": 1000, "max_passes": 0.0, "packing": False, "train_backend": "own"},
        **{"gradient_checkpointing": False, "base_model": str(model)},
    }
    job = sft.Job(
        reference=models.find(str(model), "", ""),
        data=folder / "train.jsonl",
        val_data=folder / "val.jsonl" if validate else None,
        output=folder / output,
        settings=Settings(**{**plain, **options}),
        init_adapter=init,
        resume=resume,
        on_step=keep,
    )
    return {**sft.train(job), "losses": losses}


def reference(model: Path, folder: Path, here: Card) -> dict[str, list[float]]:
    """Losses in fp32 on the CPU, from an adapter that is left for the card to start from."""
    train(model, folder, "start", train_steps=1, quantization_bits="16", validate=False, cpu_compute_dtype="float32")
    found = {}
    for bits in here.bits:
        options = {"quantization_bits": bits, "train_steps": here.steps, "cpu_compute_dtype": "float32"}
        result = train(model, folder, f"cpu_{bits}", init_adapter=folder / "start" / "final", **options)
        found[bits] = [*result["losses"], result["validation_loss"]]
    return found


# What is asked


def losses(here: Card, folder: Path) -> list[Row]:
    """Is the loss of every step that of the CPU in fp32, in the card's own precision and in fp16?"""
    model = make_model(folder / "small", here.small)
    make_data(folder, 40)
    command = [sys.executable, __file__, "--reference", str(folder), *([] if here.is_card else ["--stand-in"])]
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, env=hidden, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the reference on the CPU failed:\n{done.stderr[-2000:]}")
    wanted = json.loads(done.stdout.splitlines()[-1])
    rows = []
    for precision, context in (("own precision", contextlib.nullcontext()), ("fp16", as_a_turing_card())):
        with context:
            for backend in ("own", "trl"):
                for bits in here.bits:
                    rows.append(_one_loss(here, model, folder, wanted[bits], precision, backend, bits))
    return rows


@contextlib.contextmanager
def as_a_turing_card() -> Iterator[None]:
    """The card is taken for one of compute capability 7.5, which has no bf16."""
    from unittest import mock

    import torch

    with mock.patch.object(torch.cuda, "get_device_capability", lambda *_: (7, 5)):
        yield


def _one_loss(
    here: Card, model: Path, folder: Path, wanted: list[float], precision: str, backend: str, bits: str
) -> Row:
    here.fresh()
    options = {"quantization_bits": bits, "train_steps": here.steps, "train_backend": backend}
    # A stand-in rounds its products as a card's bf16 does.
    result = train(
        model, folder, "card", init_adapter=folder / "start" / "final", cpu_compute_dtype="bfloat16", **options
    )
    found = [*result["losses"], result["validation_loss"]]
    fallen = wanted[0] - wanted[-1]
    apart = max(abs(mine - theirs) for mine, theirs in zip(found, wanted, strict=True)) / fallen
    return Row(
        f"losses of {here.steps} steps and validation, {backend}, {bits} bits, {precision}, against fp32 on the CPU",
        f"{found[0]:.3f} to {found[-1]:.3f}; apart by {apart:.2%} of that at most",
        f"{LOSSES_APART:.0%}",
        fallen > 0 and apart <= LOSSES_APART,
    )


def resume(here: Card, folder: Path) -> list[Row]:
    """Does a training killed at its fifth step and resumed end as one left alone?"""
    import torch
    from training_support import Killed, adapter_tensors, kill_at

    model = make_model(folder / "small", here.small)
    make_data(folder, 11)
    rows = []
    for backend in ("own", "trl"):
        options = {"train_steps": 8, "save_steps": 2, "train_backend": backend, "lora_dropout": 0.1}
        here.fresh()
        train(model, folder, f"alone_{backend}", **options)
        here.fresh()
        with contextlib.suppress(Killed):
            train(model, folder, f"killed_{backend}", on_step=kill_at(5), **options)
        here.fresh()
        train(model, folder, f"killed_{backend}", resume=True, **options)
        alone, killed = (
            torch.cat([value.flatten() for value in adapter_tensors(folder / name / "final").values()])
            for name in (f"alone_{backend}", f"killed_{backend}")
        )
        apart = float((alone - killed).norm() / alone.norm())
        found = (
            "bit for bit the same" if torch.equal(alone, killed) else f"the adapter differs by {apart:.1e} of its size"
        )
        rows.append(
            Row(f"killed at step 5 of 8 and resumed, {backend}", found, f"{RESUME_APART:g}", apart <= RESUME_APART)
        )
    return rows


def memory(here: Card, folder: Path) -> list[Row]:
    """Is the predicted peak the measured one?"""
    from autotrain.errors import OutOfMemory

    model = make_model(folder / "large", here.large)
    make_data(folder, 64)
    rows = []
    for changes in here.settings:
        here.fresh()
        name = "memory, " + ", ".join(f"{key} {value}" for key, value in changes.items())
        try:
            result = train(model, folder, "memory", train_steps=3, validate=False, **changes)
        except OutOfMemory as error:
            rows.append(Row(name, str(error)[:160]))
            continue
        predicted, measured = result["predicted_memory_bytes"], here.peak_bytes()
        ratio = predicted / measured
        low, high = PREDICTION
        # A process on the CPU has held what trainings before it took, too.
        right = low <= ratio <= high if here.is_card else None
        found = f"predicted {predicted / 1e9:.2f} GB, measured {measured / 1e9:.2f} GB: {ratio:.2f}"
        rows.append(Row(name, found, f"{low:g} to {high:g}", right))
    return rows


def speed(here: Card, folder: Path) -> list[Row]:
    """Tokens a second and peak of each backend beside a plain SFTTrainer."""
    import bench_training

    model = make_model(folder / "large", here.large)
    data, _ = make_data(folder, 64)
    measured: dict[str, tuple[float, int]] = {}
    shape = {"batch_size": 4, "grad_accum": 1, "lora_r": 16, "seq_len": 1024, "train_steps": here.timed_steps}
    for backend in ("own", "trl", *(["unsloth"] if here.is_card and importlib.util.find_spec("unsloth") else [])):
        here.fresh()
        result = train(model, folder, f"timed_{backend}", validate=False, train_backend=backend, **shape)
        measured[backend] = (result["tokens"] / result["seconds"], here.peak_bytes())
    here.fresh()
    plain = bench_training.train_trl(data, folder / "plain", {"base_model": str(model), **shape})
    measured["plain TRL"] = (plain["tokens"] / plain["seconds"], here.peak_bytes())
    theirs = measured["plain TRL"][0]
    return [
        Row(
            f"speed of {name}, {here.timed_steps} steps of 4 rows, 4 bits",
            f"{rate:,.0f} tokens/s, {rate / theirs:.2f} times plain TRL; peak {peak / 1e9:.2f} GB",
        )
        for name, (rate, peak) in measured.items()
    ]


def generation(here: Card, folder: Path) -> list[Row]:
    """Tokens a second of our generator, beside vLLM's, and whether both write the same."""
    import tiny_model

    from autotrain.evaluation.generate import Decoding, generate
    from autotrain.tasks import prompts
    from autotrain.training import loading, models

    place = make_model(folder / "large", here.large)
    here.fresh()
    found = models.find(str(place), "", "")
    tokenizer, model = loading.load_tokenizer(found), loading.load_base(found, 16)
    asked = [prompts.encode_prompt(tokenizer, row) for row in tiny_model.samples_of(here.prompts)]
    generate(model, tokenizer, asked[:2], Decoding(4, 2))  # kernels are loaded at their first use
    began = time.monotonic()
    ours = generate(model, tokenizer, asked, Decoding(here.new_tokens, here.prompts))
    rate = sum(each.tokens for each in ours) / (time.monotonic() - began)
    what = f"{here.prompts} answers of up to {here.new_tokens} tokens, 16 bits"
    rows = [Row(f"generator, {what}", f"{rate:,.0f} tokens/s")]
    del model
    here.fresh()
    if importlib.util.find_spec("vllm") is None:
        return [*rows, Row("vLLM beside it", "not installed")]
    os.environ.setdefault("VLLM_WORKER_MULTIPROCESSING_METHOD", "spawn")  # CUDA runs in this process already
    from vllm import LLM, SamplingParams  # pyright: ignore[reportMissingImports]

    engine = LLM(model=str(place), dtype="bfloat16" if here.is_card else "float32", gpu_memory_utilization=0.5)
    greedy = SamplingParams(temperature=0.0, max_tokens=here.new_tokens)
    began = time.monotonic()
    theirs = engine.generate([{"prompt_token_ids": ids} for ids in asked], greedy)
    their_rate = sum(len(each.outputs[0].token_ids) for each in theirs) / (time.monotonic() - began)
    texts = [tokenizer.decode(each.outputs[0].token_ids, skip_special_tokens=True) for each in theirs]
    same = sum(mine.text == text for mine, text in zip(ours, texts, strict=True))
    told = f"{their_rate:,.0f} tokens/s, {rate / their_rate:.2f} times as fast; {same} of {len(ours)} answers the same"
    return [*rows, Row(f"vLLM, {what}; ours is", told)]


def processes(here: Card, folder: Path) -> list[Row]:
    """Do two processes, one row each, learn what one process learns of two?"""
    if here.cards() < 2:
        return [Row("two processes", "one card: not run")]
    model = make_model(folder / "small", here.small)
    data, validation = make_data(folder, 11)
    head, tail = here.two_processes()
    flags = ["--data", data, "--val-data", validation, "--output", folder / "two", "--base-model", model]
    flags += ["--bits", "16", "--batch-size", "1", "--grad-accum", "1", "--train-steps", "6", "--lora-r", "16"]
    flags += ["--lr", "5e-3", "--packing", "0", "--gradient-checkpointing", "0", "--seq-len", "1024"]
    flags += ["--max-passes", "0", "--train-backend", "own", "--out-dir", folder / "home"]
    script = ROOT / "scripts" / "04_train_qlora.py"
    done = subprocess.run([*head, script, *map(str, flags), *tail], capture_output=True, text=True)
    if done.returncode:
        return [Row("two processes", done.stderr.strip().splitlines()[-1][:160], "", False)]
    two = json.loads(done.stdout.splitlines()[-1])["validation_loss"]
    here.fresh()
    one = train(model, folder, "one", quantization_bits="16", train_steps=6, batch_size=2)["validation_loss"]
    apart = abs(two - one) / one
    return [
        Row(
            "validation loss of two processes against one, six steps",
            f"{two:.4f}, {one:.4f}: {apart:.2%} apart",
            f"{PROCESSES_APART:.0%}",
            apart <= PROCESSES_APART,
        )
    ]


CHECKS = {each.__name__: each for each in (losses, resume, memory, speed, generation, processes)}


def run(here: Card, names: Sequence[str], folder: Path) -> list[Row]:
    """The rows of these checks. A check that fails is a row, and the others go on."""
    began, rows = time.monotonic(), []
    for name in names:
        place = folder / name
        place.mkdir()
        started = time.monotonic()
        try:
            rows += CHECKS[name](here, place)
        except Exception as error:  # whatever a card fails with is what this program is to find
            lines = str(error).strip().splitlines() or [""]
            rows.append(Row(name, f"{type(error).__name__}: {lines[0][:160]}", "", False))
        print(f"{name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    minutes = (time.monotonic() - began) / 60
    right = minutes <= MOST_MINUTES if here.is_card else None
    return [*rows, Row("all of these", f"{minutes:.1f} min", f"{MOST_MINUTES} min", right)]


def table(here: Card, rows: Sequence[Row]) -> str:
    """The rows as Markdown, under what they were measured on."""
    import torch

    head = f"Measured on {here.name}, torch {torch.__version__}, by `./scripts/test.sh --gpu`:"
    return "\n".join([head, "", "| what | found | bound | within it |", "|---|---|---|---|", *(r.line() for r in rows)])


def write(page: Path, text: str) -> None:
    """Put the table into the page of benchmarks, between its marks."""
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    from autotrain import cli
    from autotrain.errors import AutotrainError

    parser = cli.Parser(prog="./scripts/test.sh --gpu", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--only", nargs="+", choices=sorted(CHECKS), default=list(CHECKS), help="these alone")
    parser.add_argument("--stand-in", action="store_true", help="on the CPU, with tiny sizes")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.relative_to(ROOT)}")
    parser.add_argument("--reference", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)

    def work() -> int:
        here = stand_in() if arguments.stand_in else Card("") if arguments.reference else card()
        if arguments.reference:
            found = reference(arguments.reference / "small", arguments.reference, here)
            print(json.dumps(found))
            return 0
        with tempfile.TemporaryDirectory(prefix="gpu-check-") as folder:
            rows = run(here, arguments.only, Path(folder))
        text = table(here, rows)
        print(text)
        if arguments.write:
            write(PAGE, text)
        wrong = [row.what for row in rows if row.right is False]
        if wrong:
            raise AutotrainError(f"{len(wrong)} of {len(rows)} are not as they should be: {'; '.join(wrong)}.")
        return 0

    return cli.run_command("gpu", work)


if __name__ == "__main__":
    sys.exit(main())
