"""What the tests of training share: a job on the tiny model, in a folder."""

import os
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from safetensors.torch import load_file

from autotrain.settings import Settings
from autotrain.training import models, sft

# The tiny model is too small to share: a second thread only waits, and on a busy machine for long.
os.environ["OMP_NUM_THREADS"] = "1"

SMALL: dict[str, Any] = {
    "seq_len": 512,
    "batch_size": 2,
    "grad_accum": 2,
    "train_steps": 6,
    "lora_r": 4,
    "lr": 1e-3,
    "save_steps": 2,
    "eval_steps": 2,
    "gradient_checkpointing": False,
    "packing": False,
}


class Folder:
    """A tiny model and samples in a folder; `job` makes a training of them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.model = tiny_model.save(root / "model")
        self.data = tiny_model.write_samples(root / "train.jsonl", 11)
        self.val_data = tiny_model.write_samples(root / "val.jsonl", 3)
        self.said: list[str] = []

    def job(self, output: str = "out", *, validate: bool = True, **options: Any) -> sft.Job:
        """A job of SMALL settings; names of settings in `options` change them, others go to the Job."""
        changed = {name: options.pop(name) for name in list(options) if name in Settings.__dataclass_fields__}
        settings = Settings(**{"base_model": str(self.model), **SMALL, **changed})
        return sft.Job(
            reference=models.find(settings.base_model, "", ""),
            data=options.pop("data", self.data),
            val_data=self.val_data if validate else None,
            output=self.root / output,
            settings=settings,
            say=self.said.append,
            **options,
        )


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """One folder for tests that only read it and write into outputs of their own."""
    return Folder(tmp_path_factory.mktemp("training"))


class Killed(BaseException):
    """Stands for SIGKILL: nothing that the trainer does after it counts."""


def kill_at(step: int) -> Any:
    """An `on_step` that ends the training at `step`."""

    def on_step(metrics: dict[str, Any]) -> None:
        if "loss" in metrics and metrics["step"] >= step:
            raise Killed

    return on_step


def adapter_bytes(folder: Path) -> bytes:
    """The adapter's weights file."""
    return (folder / "adapter_model.safetensors").read_bytes()


def adapter_tensors(folder: Path) -> dict[str, Any]:
    """The adapter's weights."""
    return load_file(folder / "adapter_model.safetensors")
