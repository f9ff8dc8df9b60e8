"""What trains, where its curves go, and how many processes do it: checked before any work.

TRAIN_BACKEND   own (trainer.py), trl (trl_trainer.py), or unsloth (.local/ml/requirements-unsloth.txt)
REPORT_TO       trackers that the Trainer reports to
LAUNCHER        an accelerate config: a name in scripts/accelerate/, or a file
"""

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.errors import UsageError

TRACKERS = ("tensorboard", "wandb", "mlflow", "trackio")
_PACKAGES = {"tensorboard": ("tensorboard", "tensorboardX")}
LAUNCHED_VARIABLE = "HEIDI_LAUNCHED"
CONFIGS = PROJECT_ROOT / "scripts" / "accelerate"


def check(settings: Settings, *, has_gpu: bool) -> None:
    """Raise UsageError for a tracker, a backend or a launcher that is not to be had here."""
    for name in trackers(settings):
        if name not in TRACKERS:
            raise UsageError(f"REPORT_TO={settings.report_to}: {name} is none of {', '.join(TRACKERS)}.")
        packages = _PACKAGES.get(name, (name,))
        if not any(importlib.util.find_spec(package) for package in packages):
            raise UsageError(f"REPORT_TO={settings.report_to}: install it first: .venv/bin/pip install {packages[0]}")
    if settings.train_backend == "unsloth":
        if not has_gpu:
            raise UsageError("TRAIN_BACKEND=unsloth needs a CUDA GPU, and there is none: use own.")
        if importlib.util.find_spec("unsloth") is None:
            raise UsageError(
                "TRAIN_BACKEND=unsloth is not installed: "
                ".venv/bin/pip install -r .local/ml/requirements-unsloth.txt, or use own."
            )
        if settings.lora_experts:
            raise UsageError("LORA_EXPERTS=1 needs our own adapter layers or PEFT's: use --train-backend own or trl.")
    if settings.train_backend == "trl" and not has_trl():
        raise UsageError("TRAIN_BACKEND=trl is not installed: run ./scripts/setup.sh, or use own.")
    if settings.launcher:
        launcher_config(settings.launcher)


def has_trl() -> bool:
    """Whether TRL is installed."""
    return importlib.util.find_spec("trl") is not None


def trackers(settings: Settings) -> list[str]:
    """The names in REPORT_TO."""
    return [name.strip() for name in settings.report_to.split(",") if name.strip()]


def launcher_config(launcher: str) -> Path:
    """The accelerate config that LAUNCHER means. Raises UsageError."""
    for path in (CONFIGS / f"{launcher}.yaml", Path(launcher).expanduser()):
        if path.is_file():
            return path
    known = ", ".join(sorted(path.stem for path in CONFIGS.glob("*.yaml")))
    raise UsageError(f"LAUNCHER={launcher} is no file and none of {known}.")


def process_index() -> int:
    """This process's place among those that a launcher started; 0 where none did."""
    return int(os.environ.get("RANK", "0"))


def process_count() -> int:
    """How many processes a launcher started; 1 where none did."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def launched() -> bool:
    """Whether a launcher started this process."""
    return "RANK" in os.environ or LAUNCHED_VARIABLE in os.environ


def launch(config: Path, script: Path, arguments: Sequence[str]) -> None:
    """Become `accelerate launch` of this same script. Does not return."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(config), str(script)]
    os.environ[LAUNCHED_VARIABLE] = "1"  # a launcher that starts one process sets no RANK: never launch twice
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [*command, *arguments])


def load_unsloth(location: str, revision: str | None, settings: Settings) -> Any:
    """The base model with unsloth's kernels. Import it before transformers, or it cannot patch it."""
    from unsloth import FastLanguageModel  # pyright: ignore[reportMissingImports]

    model, _ = FastLanguageModel.from_pretrained(
        model_name=location,
        revision=revision,
        max_seq_length=settings.seq_len,
        load_in_4bit=settings.bits == 4,
        load_in_8bit=settings.bits == 8,
        dtype=None,
        trust_remote_code=False,
    )
    return model


def adapt_unsloth(base: Any, targets: Sequence[str], settings: Settings) -> Any:
    """`base` with unsloth's own LoRA layers, which its kernels need, on the modules that `targets` names in full."""
    from unsloth import FastLanguageModel  # pyright: ignore[reportMissingImports]

    return FastLanguageModel.get_peft_model(
        base,
        r=settings.lora_r,
        target_modules=sorted({name.rsplit(".", 1)[-1] for name in targets}),
        lora_alpha=settings.lora_alpha or 2 * settings.lora_r,
        lora_dropout=settings.lora_dropout,
        bias="none",
        use_gradient_checkpointing="unsloth" if settings.gradient_checkpointing else False,
        random_state=settings.seed,
        max_seq_length=settings.seq_len,
        use_rslora=settings.rslora,
    )
