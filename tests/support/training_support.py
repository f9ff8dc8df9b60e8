"""What the tests of training share: a job on the tiny model, in a folder."""

import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from safetensors.torch import load_file

from autotrain.config.settings import Settings
from autotrain.tasks import prompts
from autotrain.training import models, sft

# The tiny model is too small to share: a second thread only waits, and on a busy machine for long.
os.environ["OMP_NUM_THREADS"] = "1"

SMALL: dict[str, Any] = {
    "quantization_bits": "4",
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


PATIENCE_S = 120


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


class ForkedScript:
    """A script as people call it, in a child of this process, which has torch and transformers loaded already."""

    def __init__(self, script: Path, arguments: list[str], logs: Path, **variables: str) -> None:
        self._logs, self._command = logs, [str(script), *arguments]
        logs.mkdir(parents=True, exist_ok=True)
        sys.stdout.flush()
        sys.stderr.flush()
        self._child = os.fork()
        if self._child == 0:
            self._run(variables)

    def _run(self, variables: dict[str, str]) -> None:
        code = 1
        try:
            for number, name in ((1, "stdout"), (2, "stderr")):
                descriptor = os.open(self._logs / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(descriptor, number)
                setattr(sys, name, open(number, "w"))
            os.environ.update(variables)
            from accelerate.state import AcceleratorState, GradientState, PartialState

            for state in (AcceleratorState, GradientState, PartialState):
                state._shared_state.clear()  # of a training that this process did before
            sys.argv = self._command
            sys.path.insert(0, str(Path(self._command[0]).parent))
            runpy.run_path(self._command[0], run_name="__main__")
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def wait(self) -> subprocess.CompletedProcess[str]:
        """Its exit code and what it wrote. Killed where it has not ended after `PATIENCE_S`."""
        end_by = time.monotonic() + PATIENCE_S
        while not (ended := os.waitpid(self._child, os.WNOHANG))[0]:
            if time.monotonic() > end_by:
                os.kill(self._child, signal.SIGKILL)  # it may wait for another process, which failed
            time.sleep(0.05)
        code = os.waitstatus_to_exitcode(ended[1])
        written = [(self._logs / name).read_text() for name in ("stdout", "stderr")]
        return subprocess.CompletedProcess(self._command, code, *written)


def rendered_by_ollama(template: str, row: dict) -> str:
    """The prompt that Ollama makes of a task: the template's placeholders filled, up to the answer."""
    filled = template.replace("{{ .System }}", prompts.SYSTEM).replace("{{ .Prompt }}", prompts.user_message(row))
    return filled.split("{{ .Response }}")[0]
