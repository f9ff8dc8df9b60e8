"""The one table of settings: name, default, flag, help, bounds, stages, and whether a run fixes it.

Flags of every script, validation, `config.yaml`, `config.json`, what --resume refuses and the
table of docs/settings.md all come from the fields of `Settings`; settings.py reads them. A
field `seq_len` is the environment variable and `config.yaml` key SEQ_LEN.

    ./scripts/loop.sh --dry-run            # each setting with its value and source
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autotrain.errors import UsageError


def setting(
    default: Any,
    flag: str,
    help_text: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[Any] | None = None,
    stages: str = "",
    fixed: bool = False,
) -> Any:
    """A field of `Settings`; `low` and `high` are inclusive bounds, of a text's length where it is one.

    `stages` names the commands that take it, by spaces; `fixed` means that a resumed run may not
    change it, which would mix data or models.
    """
    row = {"flag": flag, "help": help_text, "low": low, "high": high, "choices": choices}
    return field(default=default, metadata={**row, "stages": tuple(stages.split()), "fixed": fixed})


MODEL = "generate calibrate train evaluate final export"  # the commands that load the base model


@dataclass(frozen=True)
class Settings:
    """Every setting of the pipeline, with its default: the 11 GB profile (RTX 2080 Ti)."""

    # fmt: off
    rounds: int = setting(3, "--rounds", "training rounds", low=1, high=1000, stages="calibrate promote")
    samples_per_round: int = setting(
        50, "--samples", "samples a round", low=1, high=1_000_000, stages="generate", fixed=True
    )
    base_model: str = setting(
        "microsoft/phi-2", "--base-model", "HF id, local directory, or short name", low=1, stages=MODEL, fixed=True
    )
    base_revision: str = setting(
        "", "--base-revision", "commit or tag of an HF base model; empty: its main branch", stages=MODEL, fixed=True
    )
    teacher_model: str = setting(
        "gpt-4o-mini", "--teacher", "a model of the API (or several: `A@URL*3,B@URL`), `builtin`, or `self` "
        "(the champion)", low=1, stages="generate", fixed=True
    )
    teacher_topics: str = setting(
        "", "--teacher-topics", "file of topics for the API teacher, one a line (`family: topic`); empty: the built-in "
        "ones", stages="generate"
    )
    teacher_libraries: str = setting(
        "", "--teacher-libraries", "packages that tasks of an API teacher may use beside the standard library, "
        "comma-separated; the sandbox allows them too", stages=f"{MODEL} gate"
    )
    teacher_seeds: str = setting(
        "", "--teacher-seeds", "folder of Python code of your own, free to publish, that suggests tasks to the API "
        "teacher: it is sent there, and nothing of it may come back", stages="generate"
    )
    teacher_tasks: str = setting(
        "model", "--teacher-tasks",
        "who writes the tasks and tests that the API answers: the model, or `builtin` (half the cost, for weak models)",
        choices=("model", "builtin"), stages="generate"
    )
    teacher_concurrency: int = setting(
        32, "--teacher-concurrency", "requests in flight at once, at most, to the teacher or an `--endpoint`", low=1,
        high=1024, stages="generate evaluate"
    )
    teacher_max_usd: float = setting(
        10.0, "--teacher-max-usd", "US dollars that a run's teacher may cost; 0: no cap", low=0.0, high=1_000_000.0,
        stages="generate evaluate"
    )
    teacher_max_tokens: int = setting(
        0, "--teacher-max-tokens", "tokens, in and out, that a run's teacher may use; 0: no cap", low=0, high=10**12,
        stages="generate evaluate"
    )
    teacher_attempts: int = setting(
        5, "--teacher-attempts", "answers asked for one task, at most, until one passes its tests", low=1, high=50,
        stages="generate"
    )
    teacher_best_of: int = setting(
        1, "--teacher-best-of", "answers to a task that have to pass, of which the shortest clear one is kept (each is "
        "paid for; within TEACHER_ATTEMPTS)", low=1, high=20, stages="generate"
    )
    teacher_second_look: bool = setting(
        True, "--teacher-second-look", "one more call of an API teacher for each docstring (is its summary true?) and "
        "each review (is the code mended by it?): about one call in fifteen", stages="generate"
    )
    student_samples: int = setting(
        0, "--student-samples", "answers of the base (then the champion) that tell how hard an API teacher's task is; "
        "half of those outside 10 to 70 % are refused; 0: none", low=0, high=64, stages="generate"
    )
    teacher_max_asked: float = setting(
        5.0, "--teacher-max-asked", "tasks asked for, at most, for each sample wanted", low=1.0, high=1000.0,
        stages="generate"
    )
    teacher_answer_tokens: int = setting(
        2048, "--teacher-answer-tokens", "longest answer of the teacher", low=64, high=131_072, stages="generate"
    )
    teacher_temperature: float = setting(
        0.8, "--teacher-temperature", "the teacher's temperature", low=0.0, high=2.0, stages="generate"
    )
    teacher_timeout_s: float = setting(
        120.0, "--teacher-timeout", "seconds to wait for one answer", low=0.1, high=86_400.0, stages="generate evaluate"
    )
    teacher_patience_s: float = setting(
        300.0, "--teacher-patience", "seconds without any answer before the teacher is given up", low=0.1,
        high=86_400.0, stages="generate evaluate"
    )
    focus_share: float = setting(
        0.5, "--focus-share", "share of a round's tasks aimed at what the last round failed", low=0.0, high=1.0,
        stages="generate"
    )
    self_share: float = setting(
        0.5, "--self-share", "with TEACHER_MODEL=self: share of a round's tasks that the champion tries", low=0.0,
        high=1.0, stages="generate"
    )
    self_endpoint: str = setting(
        "", "--self-endpoint", "with TEACHER_MODEL=self: a server of your own (`MODEL@URL`) that answers in place of "
        "the model loaded here; empty: none", stages="generate"
    )
    val_ratio: float = setting(
        0.1, "--val-ratio", "validation share", low=0.0, high=0.5, stages="clean split", fixed=True
    )
    probe_ratio: float = setting(
        0.1, "--probe-ratio", "share of the train side held out to see what the model fails", low=0.0, high=0.5,
        stages="split", fixed=True
    )
    out_dir: str = setting("./autotrain", "--out-dir", "output directory", low=1, stages=MODEL)
    seq_len: int = setting(
        2048, "--seq-len", "tokens a sequence", low=64, high=131_072, stages="train evaluate final export",
        fixed=True
    )
    batch_size: int = setting(1, "--batch-size", "per-device batch", low=1, high=1024, stages="train")
    grad_accum: int = setting(8, "--grad-accum", "gradient accumulation steps", low=1, high=1024, stages="train")
    train_steps: int = setting(500, "--train-steps", "optimiser steps a round", low=1, high=10_000_000, stages="train")
    lora_r: int = setting(64, "--lora-r", "LoRA rank", low=1, high=1024, stages="train", fixed=True)
    long_conversations: str = setting(
        "drop", "--long-conversations", "conversations longer than SEQ_LEN: dropped, or split at a turn",
        choices=("drop", "split"), stages="train"
    )
    max_too_long: float = setting(
        0.1, "--max-too-long", "share of the rows that a training may drop for length before it stops; 1: never stop",
        low=0.0, high=1.0, stages="train"
    )
    max_passes: float = setting(
        3.0, "--max-passes",
        "passes over the training rows at most; 0: no bound, as where TRAIN_STEPS is set by hand", low=0.0, high=1000.0,
        stages="train"
    )
    train_patience: int = setting(
        3, "--train-patience", "end a training after so many validations without a better one; 0: never", low=0,
        high=1000, stages="train"
    )
    lora_alpha: int = setting(
        0, "--lora-alpha", "LoRA alpha; 0: twice the rank, so that updates count twice", low=0, high=4096,
        stages="train", fixed=True
    )
    lora_dropout: float = setting(0.0, "--lora-dropout", "LoRA dropout", low=0.0, high=0.9, stages="train")
    lora_targets: str = setting(
        "all-linear", "--lora-targets", "`all-linear`, or comma-separated names of modules to adapt", stages="train",
        fixed=True
    )
    lora_experts: bool = setting(
        False, "--lora-experts", "adapt the experts of a mixture of experts, too, each with LORA_R; needs no dropout",
        stages="train", fixed=True
    )
    rslora: bool = setting(
        False, "--rslora",
        "scale by alpha/sqrt(r) in place of alpha/r: at alpha = 2r a step sqrt(r) times as bold; lower LR with it",
        stages="train", fixed=True
    )
    lr: float = setting(2e-4, "--lr", "learning rate", low=1e-8, high=1.0, stages="train")
    lr_schedule: str = setting(
        "cosine", "--lr-schedule", "learning rate schedule", choices=("cosine", "linear"), stages="train"
    )
    warmup_ratio: float = setting(
        0.03, "--warmup-ratio", "share of the steps spent warming up", low=0.0, high=0.5, stages="train"
    )
    max_grad_norm: float = setting(
        1.0, "--max-grad-norm", "gradient norm is clipped to this", low=0.01, high=100.0, stages="train"
    )
    quantization_bits: str = setting(
        "auto", "--bits", "bits of the frozen base; auto: 16 where they fit, else 4", choices=("auto", "4", "8", "16"),
        stages=MODEL, fixed=True
    )
    quantization_cost: bool = setting(
        True, "--quantization-cost", "in 16 bits: also see, once, what 4 would cost the base on the tasks that decide",
        stages="evaluate final", fixed=True
    )
    cpu_compute_dtype: str = setting(
        "auto", "--cpu-compute-dtype",
        "dtype that weights are multiplied in on a CPU; auto: bfloat16 where it has instructions for that",
        choices=("auto", "float32", "bfloat16"), stages=MODEL, fixed=True
    )
    packing: bool = setting(
        True, "--packing", "several examples in one row, without attention between them", stages="train"
    )
    gradient_checkpointing: bool = setting(
        True, "--gradient-checkpointing", "recompute activations to save memory, at about 30 % more time",
        stages="train"
    )
    save_steps: int = setting(50, "--save-steps", "steps between checkpoints", low=1, high=10_000_000, stages="train")
    eval_steps: int = setting(
        50, "--eval-steps", "steps between validation losses, at most; a training has eight at least", low=1,
        high=10_000_000, stages="train"
    )
    fit: bool = setting(
        False, "--fit", "lower settings that would not fit the memory, in place of refusing", stages="train"
    )
    report_to: str = setting(
        "", "--report-to", "trackers for the training curves, by commas: tensorboard, wandb, mlflow, trackio",
        stages="train"
    )
    train_backend: str = setting(
        "auto", "--train-backend", "what trains: our trainer, TRL's SFTTrainer, or unsloth (needs CUDA); auto: on CUDA "
        "trl where it is installed and fits the memory, else own", choices=("auto", "own", "trl", "unsloth"),
        stages="train"
    )
    launcher: str = setting(
        "", "--launcher", "train under `accelerate launch` with this config: ddp, multi_machine, or a file",
        stages="train"
    )
    run_unit_tests: bool = setting(
        False, "--run-tests", "the unit-test gate: only samples whose tests pass go on", fixed=True
    )
    min_input_length: int = setting(
        10, "--min-input-length", "fewest characters of a task", low=0, high=10_000_000, stages="clean"
    )
    max_input_length: int = setting(
        20_000, "--max-input-length", "most characters of a task", low=1, high=10_000_000, stages="clean"
    )
    min_output_length: int = setting(
        10, "--min-output-length", "fewest characters of an answer", low=0, high=10_000_000, stages="clean"
    )
    max_output_length: int = setting(
        20_000, "--max-output-length", "most characters of an answer", low=1, high=10_000_000, stages="clean"
    )
    url_policy: str = setting(
        "drop", "--url-policy", "samples with URLs that are no documentation hosts", choices=("drop", "redact", "keep"),
        stages="clean"
    )
    secret_action: str = setting(
        "drop", "--secret-action", "samples that may hold a secret", choices=("drop", "redact"), stages="clean"
    )
    secret_scanner: str = setting(
        "none", "--secret-scanner", "a scanner installed beside, for a second opinion on secrets",
        choices=("none", "kingfisher", "betterleaks"), stages="clean"
    )
    eval_suite: str = setting(
        "heidi-core:dev", "--eval-suite", "suite that decides promotion; empty: validation only",
        stages="calibrate evaluate promote",
        fixed=True
    )
    eval_tasks: int = setting(
        0, "--eval-tasks", "evaluate on this many tasks of the suite; 0: all", low=0, high=1_000_000,
        stages="calibrate evaluate export", fixed=True
    )
    exam_tasks: int = setting(
        200, "--exam-tasks", "tasks of the builtin teacher's families that are never trained on; 0: none", low=0,
        high=100_000, stages="generate", fixed=True
    )
    selection_tasks: int = setting(
        48, "--selection-tasks",
        "tasks, of other families never trained on, that choose each adapter's strength; 0: strength 1", low=0,
        high=10_000, stages="generate", fixed=True
    )
    eval_engine: str = setting(
        "transformers", "--eval-engine", "what answers in 05_eval.py called by hand: `vllm` is started and serves "
        "base and adapter in 16 bits", choices=("transformers", "vllm"), stages="evaluate"
    )
    eval_batch_size: int = setting(
        16, "--eval-batch-size", "sequences generated at once", low=1, high=4096, stages=MODEL
    )
    thinking: str = setting(
        "auto", "--thinking",
        "whether chat templates that can ask for a thought do; one that opens it all the same is closed unless `on`",
        choices=("auto", "on", "off"), stages=MODEL, fixed=True
    )
    forced_choice_tasks: int = setting(
        12, "--forced-choice-tasks", "tasks on which right answers are compared with wrong ones", low=0, high=1_000_000,
        stages="evaluate final", fixed=True
    )
    max_new_tokens: int = setting(
        512, "--max-new-tokens", "longest answer in an evaluation", low=8, high=32_768,
        stages=MODEL, fixed=True
    )
    promotion: str = setting(
        "strict", "--promotion", "`strict`: exact McNemar test; `score`: the higher score", choices=("strict", "score"),
        stages="promote"
    )
    patience: int = setting(0, "--patience", "end after this many rounds of HOLD in a row; 0: never", low=0, high=1000)
    final_suites: str = setting(
        "heidi-core:sealed,humaneval", "--final-suites",
        "suites opened once, at the end of a run, for the headline; commas between; empty: none", stages="final",
        fixed=True
    )
    final_tasks: int = setting(
        0, "--final-tasks", "of each of these suites this many tasks; 0: all", low=0, high=1_000_000, stages="final",
        fixed=True
    )
    yardstick: str = setting(
        "", "--yardstick", "a model behind an address (`MODEL@URL`) that answers these suites too; empty: none",
        stages="final"
    )
    round_data: str = setting(
        "all", "--round-data", "train a round on the rows of all rounds so far, or on its own",
        choices=("all", "round"), stages="split", fixed=True
    )
    round_init: str = setting(
        "base", "--round-init",
        "a round trains a new adapter on the base model, or goes on from the one with most passes so far (`best`)",
        choices=("base", "best"), fixed=True
    )
    on_end: str = setting(
        "", "--on-end", "a shell command for when the run ends, stops or fails: gets the verdict as JSON on its stdin"
    )
    pause_frees_gpu: bool = setting(
        True, "--pause-frees-gpu", "a pause ends the training process at a checkpoint; 0: it stays in memory"
    )
    seed: int = setting(
        42, "--seed", "seeds everything that draws", low=0, high=2**32 - 1,
        stages=f"{MODEL} clean split", fixed=True
    )
    profile: str = setting(
        "auto", "--profile", "hardware profile", choices=("auto", "cpu", "6gb", "11gb", "24gb"), stages=MODEL
    )
    sandbox: str = setting(
        "auto", "--sandbox", "how generated code is contained; refuses when nothing holds",
        choices=("auto", "ns", "uid", "ll", "off"), stages=f"{MODEL} gate"
    )
    sandbox_packages: str = setting(
        "", "--sandbox-packages", "packages that tested code may import beside the standard library, comma-separated",
        stages=f"{MODEL} gate"
    )
    workers: int = setting(
        0, "--workers", "processes for cleaning and testing; 0: one a core", low=0, high=1024,
        stages=f"{MODEL} clean gate"
    )
    cache_dir: str = setting(
        "~/.cache/heidi-autotraining", "--cache-dir", "where the embedded model is converted to, once", low=1,
        stages=MODEL
    )
    # fmt: on

    @property
    def bits(self) -> int:
        """QUANTIZATION_BITS as a number. Raises UsageError while it is `auto`: memory.settle_bits chooses."""
        if self.quantization_bits == "auto":
            raise UsageError("QUANTIZATION_BITS=auto was not settled before the model was loaded: give --bits 4 or 16.")
        return int(self.quantization_bits)

    @property
    def packages(self) -> list[str]:
        """SANDBOX_PACKAGES and TEACHER_LIBRARIES as names."""
        return list(dict.fromkeys([*_names(self.sandbox_packages), *self.libraries]))

    @property
    def libraries(self) -> list[str]:
        """TEACHER_LIBRARIES as names."""
        return _names(self.teacher_libraries)


def _names(listed: str) -> list[str]:
    return listed.replace(",", " ").split()
