"""The one table of settings: names, flags, defaults, bounds and help.

Flags of every script, validation, `config.yaml`, `config.json` and the README's table
all come from the fields of `Settings`. A field `seq_len` is the environment variable
and `config.yaml` key SEQ_LEN.

    ./scripts/loop.sh --dry-run            # each setting with its value and source
"""

import argparse
import dataclasses
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from autotrain.errors import UsageError

PROJECT_ROOT = Path(__file__).resolve().parents[2]


def setting(
    default: Any,
    flag: str,
    help_text: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[Any] | None = None,
) -> Any:
    """A field of `Settings`; `low` and `high` are inclusive bounds, of a text's length where it is one."""
    return field(
        default=default, metadata={"flag": flag, "help": help_text, "low": low, "high": high, "choices": choices}
    )


@dataclass(frozen=True)
class Settings:
    """Every setting of the pipeline, with its default: the 11 GB profile (RTX 2080 Ti)."""

    rounds: int = setting(3, "--rounds", "training rounds", low=1, high=1000)
    samples_per_round: int = setting(50, "--samples", "samples a round", low=1, high=1_000_000)
    base_model: str = setting("microsoft/phi-2", "--base-model", "HF id, local directory, or short name", low=1)
    base_revision: str = setting("", "--base-revision", "commit or tag of an HF base model; empty: its main branch")
    teacher_model: str = setting(
        "gpt-4o-mini", "--teacher", "a model of the API, `builtin`, or `self` (the champion)", low=1
    )
    teacher_tasks: str = setting(
        "model",
        "--teacher-tasks",
        "who writes the tasks and tests that the API answers: the model, or `builtin` (half the cost, for weak models)",
        choices=("model", "builtin"),
    )
    teacher_concurrency: int = setting(
        32, "--teacher-concurrency", "requests to the teacher in flight at once, at most", low=1, high=1024
    )
    teacher_max_usd: float = setting(
        10.0, "--teacher-max-usd", "US dollars that a run's teacher may cost; 0: no cap", low=0.0, high=1_000_000.0
    )
    teacher_max_tokens: int = setting(
        0, "--teacher-max-tokens", "tokens, in and out, that a run's teacher may use; 0: no cap", low=0, high=10**12
    )
    teacher_attempts: int = setting(
        5, "--teacher-attempts", "answers asked for one task, at most, until one passes its tests", low=1, high=50
    )
    teacher_max_asked: float = setting(
        5.0, "--teacher-max-asked", "tasks asked for, at most, for each sample wanted", low=1.0, high=1000.0
    )
    teacher_answer_tokens: int = setting(
        2048, "--teacher-answer-tokens", "longest answer of the teacher", low=64, high=131_072
    )
    teacher_temperature: float = setting(0.8, "--teacher-temperature", "the teacher's temperature", low=0.0, high=2.0)
    teacher_timeout_s: float = setting(
        120.0, "--teacher-timeout", "seconds to wait for one answer", low=0.1, high=86_400.0
    )
    teacher_patience_s: float = setting(
        300.0, "--teacher-patience", "seconds without any answer before the teacher is given up", low=0.1, high=86_400.0
    )
    focus_share: float = setting(
        0.5, "--focus-share", "share of a round's tasks aimed at what the last round failed", low=0.0, high=1.0
    )
    self_share: float = setting(
        0.5,
        "--self-share",
        "with TEACHER_MODEL=self: share of a round's tasks that the champion tries",
        low=0.0,
        high=1.0,
    )
    val_ratio: float = setting(0.1, "--val-ratio", "validation share", low=0.0, high=0.5)
    probe_ratio: float = setting(
        0.1, "--probe-ratio", "share of the train side held out to see what the model fails", low=0.0, high=0.5
    )
    out_dir: str = setting("./autotrain", "--out-dir", "output directory", low=1)
    seq_len: int = setting(2048, "--seq-len", "tokens a sequence", low=64, high=131_072)
    batch_size: int = setting(1, "--batch-size", "per-device batch", low=1, high=1024)
    grad_accum: int = setting(8, "--grad-accum", "gradient accumulation steps", low=1, high=1024)
    train_steps: int = setting(500, "--train-steps", "optimiser steps a round", low=1, high=10_000_000)
    lora_r: int = setting(64, "--lora-r", "LoRA rank", low=1, high=1024)
    max_passes: float = setting(
        3.0,
        "--max-passes",
        "passes over the training rows at most; 0: no bound, as where TRAIN_STEPS is set by hand",
        low=0.0,
        high=1000.0,
    )
    train_patience: int = setting(
        3,
        "--train-patience",
        "end a training after so many validations without a better one; 0: never",
        low=0,
        high=1000,
    )
    lora_alpha: int = setting(
        0, "--lora-alpha", "LoRA alpha; 0: twice the rank, so that updates count twice", low=0, high=4096
    )
    lora_dropout: float = setting(0.0, "--lora-dropout", "LoRA dropout", low=0.0, high=0.9)
    lora_targets: str = setting(
        "all-linear", "--lora-targets", "`all-linear`, or comma-separated names of modules to adapt"
    )
    rslora: bool = setting(
        False,
        "--rslora",
        "scale by alpha/sqrt(r) in place of alpha/r: at alpha = 2r a step sqrt(r) times as bold; lower LR with it",
    )
    lr: float = setting(2e-4, "--lr", "learning rate", low=1e-8, high=1.0)
    lr_schedule: str = setting("cosine", "--lr-schedule", "learning rate schedule", choices=("cosine", "linear"))
    warmup_ratio: float = setting(0.03, "--warmup-ratio", "share of the steps spent warming up", low=0.0, high=0.5)
    max_grad_norm: float = setting(1.0, "--max-grad-norm", "gradient norm is clipped to this", low=0.01, high=100.0)
    quantization_bits: str = setting(
        "auto", "--bits", "bits of the frozen base; auto: 16 where they fit, else 4", choices=("auto", "4", "8", "16")
    )
    quantization_cost: bool = setting(
        True, "--quantization-cost", "in 16 bits: also see, once, what 4 would cost the base on the tasks that decide"
    )
    cpu_compute_dtype: str = setting(
        "auto",
        "--cpu-compute-dtype",
        "dtype that weights are multiplied in on a CPU; auto: bfloat16 where it has instructions for that",
        choices=("auto", "float32", "bfloat16"),
    )
    packing: bool = setting(True, "--packing", "several examples in one row, without attention between them")
    gradient_checkpointing: bool = setting(
        True, "--gradient-checkpointing", "recompute activations to save memory, at about 30 % more time"
    )
    save_steps: int = setting(50, "--save-steps", "steps between checkpoints", low=1, high=10_000_000)
    eval_steps: int = setting(
        50,
        "--eval-steps",
        "steps between validation losses, at most; a training has eight at least",
        low=1,
        high=10_000_000,
    )
    fit: bool = setting(False, "--fit", "lower settings that would not fit the memory, in place of refusing")
    report_to: str = setting(
        "", "--report-to", "trackers for the training curves, by commas: tensorboard, wandb, mlflow, trackio"
    )
    train_backend: str = setting(
        "transformers", "--train-backend", "what trains; unsloth needs CUDA", choices=("transformers", "unsloth")
    )
    launcher: str = setting(
        "", "--launcher", "train under `accelerate launch` with this config: ddp, multi_machine, fsdp_qlora, or a file"
    )
    run_unit_tests: bool = setting(False, "--run-tests", "the unit-test gate: only samples whose tests pass go on")
    min_input_length: int = setting(10, "--min-input-length", "fewest characters of a task", low=0, high=10_000_000)
    max_input_length: int = setting(20_000, "--max-input-length", "most characters of a task", low=1, high=10_000_000)
    min_output_length: int = setting(
        10, "--min-output-length", "fewest characters of an answer", low=0, high=10_000_000
    )
    max_output_length: int = setting(
        20_000, "--max-output-length", "most characters of an answer", low=1, high=10_000_000
    )
    url_policy: str = setting(
        "drop", "--url-policy", "samples with URLs that are no documentation hosts", choices=("drop", "redact", "keep")
    )
    secret_action: str = setting(
        "drop", "--secret-action", "samples that may hold a secret", choices=("drop", "redact")
    )
    secret_scanner: str = setting(
        "none",
        "--secret-scanner",
        "a scanner installed beside, for a second opinion on secrets",
        choices=("none", "kingfisher", "betterleaks"),
    )
    eval_suite: str = setting("heidi-core:dev", "--eval-suite", "suite that decides promotion; empty: validation only")
    eval_tasks: int = setting(
        0, "--eval-tasks", "evaluate on this many tasks of the suite; 0: all", low=0, high=1_000_000
    )
    exam_tasks: int = setting(
        200,
        "--exam-tasks",
        "tasks of the builtin teacher's families that are never trained on; 0: none",
        low=0,
        high=100_000,
    )
    selection_tasks: int = setting(
        48,
        "--selection-tasks",
        "tasks, of other families never trained on, that choose each adapter's strength; 0: strength 1",
        low=0,
        high=10_000,
    )
    eval_batch_size: int = setting(16, "--eval-batch-size", "sequences generated at once", low=1, high=4096)
    thinking: str = setting(
        "auto", "--thinking", "whether chat templates that can ask for a thought do", choices=("auto", "on", "off")
    )
    forced_choice_tasks: int = setting(
        12, "--forced-choice-tasks", "tasks on which right answers are compared with wrong ones", low=0, high=1_000_000
    )
    max_new_tokens: int = setting(512, "--max-new-tokens", "longest answer in an evaluation", low=8, high=32_768)
    promotion: str = setting(
        "strict", "--promotion", "`strict`: exact McNemar test; `score`: the higher score", choices=("strict", "score")
    )
    patience: int = setting(0, "--patience", "end after this many rounds of HOLD in a row; 0: never", low=0, high=1000)
    final_suites: str = setting(
        "heidi-core:sealed,humaneval",
        "--final-suites",
        "suites opened once, at the end of a run, for the headline; commas between; empty: none",
    )
    final_tasks: int = setting(
        0, "--final-tasks", "of each of these suites this many tasks; 0: all", low=0, high=1_000_000
    )
    round_data: str = setting(
        "all", "--round-data", "train a round on the rows of all rounds so far, or on its own", choices=("all", "round")
    )
    round_init: str = setting(
        "base",
        "--round-init",
        "a round trains a new adapter on the base model, or goes on from the one with most passes so far (`best`)",
        choices=("base", "best"),
    )
    pause_frees_gpu: bool = setting(
        True, "--pause-frees-gpu", "a pause ends the training process at a checkpoint; 0: it stays in memory"
    )
    seed: int = setting(42, "--seed", "seeds everything that draws", low=0, high=2**32 - 1)
    profile: str = setting("auto", "--profile", "hardware profile", choices=("auto", "cpu", "6gb", "11gb", "24gb"))
    sandbox: str = setting(
        "auto",
        "--sandbox",
        "how generated code is contained; refuses when nothing holds",
        choices=("auto", "ns", "uid", "ll", "off"),
    )
    sandbox_packages: str = setting(
        "", "--sandbox-packages", "packages that tested code may import beside the standard library, comma-separated"
    )
    workers: int = setting(0, "--workers", "processes for cleaning and testing; 0: one a core", low=0, high=1024)
    cache_dir: str = setting(
        "~/.cache/heidi-autotraining", "--cache-dir", "where the embedded model is converted to, once", low=1
    )

    @property
    def bits(self) -> int:
        """QUANTIZATION_BITS as a number. Raises UsageError while it is `auto`: memory.settle_bits chooses."""
        if self.quantization_bits == "auto":
            raise UsageError("QUANTIZATION_BITS=auto was not settled before the model was loaded: give --bits 4 or 16.")
        return int(self.quantization_bits)


ENVIRONMENT_ONLY = ("OPENAI_API_KEY", "OPENAI_BASE_URL")  # named in messages and in .env, never stored


def variable(name: str) -> str:
    """The environment variable (and `config.yaml` key) of a field."""
    return name.upper()


def fields() -> tuple[dataclasses.Field[Any], ...]:
    """The table's rows in order."""
    return dataclasses.fields(Settings)


_TYPES = get_type_hints(Settings)
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def parse_value(name: str, raw: Any, source: str) -> Any:
    """`raw` as the type of the field `name`, inside its bounds.

    Raises UsageError naming the setting, the value, what is allowed and the source.
    """
    row = Settings.__dataclass_fields__[name]
    allowed = describe_allowed(row)

    def refuse() -> UsageError:
        return UsageError(f"{variable(name)}={raw} (from {source}): {allowed} is needed.")

    kind = _TYPES[name]
    if isinstance(raw, (dict, list)) or raw is None:
        raise refuse()
    text = str(raw).strip()
    if kind is bool:
        if text.lower() not in _TRUE + _FALSE:
            raise refuse()
        return text.lower() in _TRUE
    if isinstance(raw, bool) and kind is not str:
        raise refuse()
    try:
        value = kind(text)
    except ValueError:
        raise refuse() from None
    choices, low, high = row.metadata["choices"], row.metadata["low"], row.metadata["high"]
    if choices is not None and value not in choices:
        raise refuse()
    if isinstance(value, float) and not math.isfinite(value):
        raise refuse()
    size = len(value) if isinstance(value, str) else value
    if (low is not None and size < low) or (high is not None and size > high):
        raise refuse()
    if isinstance(value, str) and "\0" in value:
        raise refuse()
    return value


def may_be_empty(row: dataclasses.Field[Any]) -> bool:
    """Whether an empty text is a value of its own, such as no suite at all."""
    return _TYPES[row.name] is str and row.metadata["low"] is None and row.metadata["choices"] is None


def describe_allowed(row: dataclasses.Field[Any]) -> str:
    """What a setting allows, as a phrase: `an integer from 1 to 1024`, `one of 4, 8, 16`."""
    choices, low, high = row.metadata["choices"], row.metadata["low"], row.metadata["high"]
    if choices is not None:
        return "one of " + ", ".join(str(choice) for choice in choices)
    kind = _TYPES[row.name]
    if kind is bool:
        return "0 or 1"
    if kind is str:
        return "text" if low is None else "some text"
    noun = "an integer" if kind is int else "a number"
    return f"{noun} from {low:g} to {high:g}" if kind is float else f"{noun} from {low} to {high}"


def add_flags(parser: argparse.ArgumentParser, names: Sequence[str] | None = None) -> None:
    """Give a parser the flags of the named settings (all where `names` is None).

    Values stay text and absent ones None, so that `resolve` knows what was given.
    """
    group = parser.add_argument_group("settings (flag > environment > .env > config.yaml > profile > default)")
    for row in fields():
        if names is not None and row.name not in names:
            continue
        help_text = f"{row.metadata['help']} ({variable(row.name)}; default {show(row.default)})"
        options: dict[str, Any] = {"dest": row.name, "default": None, "help": help_text.replace("%", "%%")}
        if _TYPES[row.name] is bool:  # `--run-tests` alone means 1
            options |= {"nargs": "?", "const": "1", "metavar": "0|1"}
        else:
            options["metavar"] = row.name.upper()
        group.add_argument(row.metadata["flag"], **options)


def out_path(out_dir: str) -> Path:
    """OUT_DIR as an absolute path: the default lies in the project, others are as the shell sees them."""
    if out_dir == Settings.out_dir:
        return PROJECT_ROOT / "autotrain"
    return Path(os.path.abspath(os.path.expanduser(out_dir)))


def show_raw(value: Any) -> str:
    """A value as the environment carries it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def show(value: Any) -> str:
    """A value as people read it."""
    return f"{value:g}" if isinstance(value, float) else show_raw(value) or "(empty)"
