"""Checkpoints that can be trusted: whole or not used, and the best adapter by validation loss.

checkpoints/job.json             what was trained, so that another job is not gone on with
checkpoints/checkpoint-N/        adapter, optimiser, schedule, RNG; complete.json is written last
checkpoints/best/                the adapter with the lowest validation loss so far
final/                           the adapter that the stage hands on
"""

import dataclasses
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autotrain.config.settings import variable
from autotrain.errors import DataError, UsageError
from autotrain.jsonl import read_json, write_json
from autotrain.training import memory
from autotrain.training.job import Job

MANIFEST = "complete.json"
BEST_FACTS = "validation.json"
# Settings that decide what a training computes; others (paths, evaluation) may change between resumes.
SHAPING = (
    "base_model base_revision seq_len batch_size grad_accum train_steps lora_r lora_alpha lora_dropout lora_targets "
    "rslora lr lr_schedule warmup_ratio max_grad_norm quantization_bits cpu_compute_dtype packing eval_steps "
    "max_passes train_patience thinking seed"
).split()


def seal(checkpoint: Path, progress: dict[str, Any]) -> None:
    """Record every file's hash, and the counts that go on from here; without it a checkpoint is not used."""
    files = {path.name: _sha256(path) for path in sorted(checkpoint.iterdir()) if path.is_file()}
    files.pop(MANIFEST, None)
    write_json(checkpoint / MANIFEST, {"files": files, "progress": progress})


def progress_of(checkpoint: Path) -> dict[str, Any]:
    """The counts that `seal` recorded."""
    return read_json(checkpoint / MANIFEST)["progress"]


def problem(checkpoint: Path) -> str | None:
    """Why a checkpoint cannot be gone on from, or None."""
    if not (checkpoint / MANIFEST).is_file():
        return "was not finished"
    try:
        files = read_json(checkpoint / MANIFEST)["files"]
    except (DataError, KeyError, TypeError):
        return f"has a damaged {MANIFEST}"
    for name, digest in files.items():
        path = checkpoint / name
        if not path.is_file():
            return f"lacks {name}"
        if _sha256(path) != digest:
            return f"has a damaged {name}"
    return None


def newest_whole(job: Job) -> Path | None:
    """The newest checkpoint that is whole; says which ones are not, and removes those."""
    folders = sorted(
        (path for path in job.checkpoints.glob("checkpoint-*") if path.name.split("-")[1].isdigit()),
        key=lambda path: int(path.name.split("-")[1]),
        reverse=True,
    )
    for folder in folders:
        why = problem(folder)
        if why is None:
            job.say(f"going on from {folder.name}")
            return folder
        job.say(f"warning: {folder.name} {why}; falling back to the one before")
        shutil.rmtree(folder)
    if folders:
        job.say("warning: no checkpoint is whole; starting over")
    return None


def begin(job: Job, *, writes: bool = True) -> Path | None:
    """Prepare `checkpoints/`: the checkpoint to go on from, or None for a start from nothing.

    Of several processes the first one writes, before the others look. Raises UsageError where
    the checkpoints belong to another job.
    """
    identity = _identity(job)
    record = job.checkpoints / "job.json"
    if job.resume and record.is_file():
        _refuse_other_job(job, read_json(record), identity)
        return newest_whole(job)
    if not writes:
        return None
    if job.checkpoints.exists():
        shutil.rmtree(job.checkpoints)
    job.checkpoints.mkdir(parents=True)
    write_json(record, identity)
    return None


def _identity(job: Job) -> dict[str, Any]:
    values = dataclasses.asdict(job.asked)
    return {
        # The backend that trains, not `auto`: two of them agree up to rounding, not bit for bit.
        "settings": {**{variable(name): values[name] for name in SHAPING}, "TRAIN_BACKEND": job.settings.train_backend},
        "lowered_to_fit": memory.changes(job.asked, job.settings),
        "data": _sha256(job.data),
        "val_data": _sha256(job.val_data) if job.val_data else None,
        "init_adapter": _sha256(job.init_adapter / "adapter_model.safetensors") if job.init_adapter else None,
    }


def _refuse_other_job(job: Job, before: dict[str, Any], now: dict[str, Any]) -> None:
    changed = [
        f"{name} was {value}, is {now['settings'].get(name)}"
        for name, value in before.get("settings", {}).items()
        if now["settings"].get(name) != value
    ]
    changed += [f"{name} changed" for name in ("data", "val_data", "init_adapter") if before.get(name) != now[name]]
    if changed:
        raise UsageError(
            f"{job.checkpoints} belongs to another training ({'; '.join(changed)}): "
            f"set it as it was, or leave out --resume (loop: remove {job.checkpoints}) to start over."
        )


def fitted_before(job: Job) -> dict[str, Any]:
    """What was lowered to fit when these checkpoints were begun, and what TRAIN_BACKEND=auto meant; a resume keeps to
    it."""
    record = job.checkpoints / "job.json"
    if not job.resume or not record.is_file():
        return {}
    before = read_json(record)
    kept = dict(before.get("lowered_to_fit", {}))
    if job.asked.train_backend == "auto" and "TRAIN_BACKEND" in before.get("settings", {}):
        kept["train_backend"] = before["settings"]["TRAIN_BACKEND"]
    return kept


class Best:
    """The adapter with the lowest validation loss so far, on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        facts = folder / BEST_FACTS
        self.facts: dict[str, Any] | None = read_json(facts) if facts.is_file() else None

    def offer(self, step: int, loss: float, save: Callable[[Path], None]) -> bool:
        """Keep this adapter where its loss is lower than any before. `save` writes it into a folder."""
        if self.facts is not None and loss >= self.facts["validation_loss"]:
            return False
        facts = {"step": step, "validation_loss": loss}

        def write(building: Path) -> None:
            save(building)
            write_json(building / BEST_FACTS, facts)

        replace_folder(self.folder, write)
        self.facts = facts
        return True


def replace_folder(target: Path, write: Callable[[Path], None]) -> None:
    """Write a folder beside `target`, then put it in its place: readers see the old one or the new one."""
    building = target.with_name(f".{target.name}.tmp")
    retired = target.with_name(f".{target.name}.old")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    write(building)
    for path in building.rglob("*"):
        if path.is_file():
            _sync(path)
    shutil.rmtree(retired, ignore_errors=True)
    if target.exists():
        os.replace(target, retired)
    os.replace(building, target)
    shutil.rmtree(retired, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
