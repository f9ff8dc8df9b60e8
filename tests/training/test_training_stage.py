"""Stage 04 as people call it: its summary, its exit codes, and two processes in place of one."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from training_support import Folder, ForkedScript, adapter_tensors, shared_folder  # noqa: F401

from autotrain.config.settings import PROJECT_ROOT
from autotrain.training import backends, sft

# ruff: noqa: F811  (a fixture is imported and then named as an argument)

SCRIPT = PROJECT_ROOT / "scripts" / "04_train_qlora.py"


def flags_of(folder: Folder, output: str, *flags: str) -> list[str]:
    return [
        *("--data", str(folder.data), "--output", str(folder.root / output), "--base-model", str(folder.model)),
        *("--packing", "0", "--gradient-checkpointing", "0", "--seq-len", "512", "--train-steps", "3"),
        *("--lora-r", "4", "--lr", "1e-3", "--out-dir", str(folder.root / "home"), *flags),
    ]


def run_stage(folder: Folder, output: str, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), *flags_of(folder, output, *flags)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200)


def forked_stage(folder: Folder, output: str, name: str, *flags: str, **variables: str) -> ForkedScript:
    variables = {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true", **variables}
    return ForkedScript(SCRIPT, flags_of(folder, output, *flags), folder.root / "logs" / name, **variables)


def test_the_summary_is_one_json_line_and_people_read_stderr(shared_folder: Folder) -> None:
    done = forked_stage(shared_folder, "by_hand", "by_hand", "--batch-size", "2", "--grad-accum", "1").wait()
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["steps"] == 3 and Path(summary["output"], "adapter_model.safetensors").is_file()
    assert "train: 11 examples" in done.stderr and "memory: " in done.stderr


def test_help_needs_no_torch() -> None:
    code = (
        f"import sys, runpy; sys.argv = ['{SCRIPT}', '--help']\ntry: runpy.run_path('{SCRIPT}', run_name='__main__')\n"
    )
    code += "except SystemExit: pass\nassert 'torch' not in sys.modules"
    environment = {**os.environ, "PYTHONPATH": str(SCRIPT.parent)}
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment).returncode == 0


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (("--train-backend", "unsloth"), 2, "TRAIN_BACKEND=unsloth needs a CUDA GPU"),
        (("--launcher", "nothing"), 2, "LAUNCHER=nothing is no file"),
        (("--base-model", "someone/absent"), 2, "the hub cannot be reached"),
    ],
)
def test_what_cannot_work_ends_before_torch_is_loaded(
    shared_folder: Folder, flags: tuple[str, ...], code: int, said: str
) -> None:
    done = run_stage(shared_folder, "refused", *flags)
    assert (done.returncode, said in done.stderr, done.stdout) == (code, True, "")
    assert not (shared_folder.root / "refused").exists()


@pytest.mark.parametrize("backend", ["own", "trl"])
def test_two_processes_give_the_result_of_one(shared_folder: Folder, backend: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    # As a launcher starts them.
    launched = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    # In fp32 whatever the processor can do: bf16 rounds one row's products otherwise than two rows'.
    flags = ("--bits", "4", "--batch-size", "1", "--grad-accum", "1", "--cpu-compute-dtype", "float32")
    flags += ("--train-backend", backend)
    both = [
        forked_stage(
            shared_folder, f"two_{backend}", f"{backend}_{rank}", *flags, RANK=rank, LOCAL_RANK=rank, **launched
        )
        for rank in ("0", "1")
    ]
    first, second = (process.wait() for process in both)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert json.loads(first.stdout)["steps"] == 3 and second.stdout == ""  # one summary, by the first process alone
    options = {"train_steps": 3, "batch_size": 2, "grad_accum": 1, "cpu_compute_dtype": "float32"}
    one = shared_folder.job(f"one_{backend}", validate=False, train_backend=backend, **options)
    sft.train(one)
    found = adapter_tensors(shared_folder.root / f"two_{backend}" / "final")
    expected = adapter_tensors(one.final)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=2e-5, msg=lambda text, name=name: name + text)


def test_a_launcher_is_never_launched_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    assert not backends.launched()
    monkeypatch.setenv(backends.LAUNCHED_VARIABLE, "")
    monkeypatch.setattr(backends.os, "execv", lambda *_: None)
    backends.launch(backends.CONFIGS / "ddp.yaml", SCRIPT, [])
    assert backends.launched()
