"""A training that was killed ends with the same bytes as one that was left alone."""

import dataclasses
import mmap
import os
import random
import signal
import time
from pathlib import Path

import pytest
import transformers
from training_support import Folder, Killed, adapter_bytes, kill_at, shared_folder  # noqa: F401

from autotrain.errors import UsageError
from autotrain.jsonl import read_json
from autotrain.training import checkpoints, sft

# ruff: noqa: F811  (a fixture is imported and then named as an argument)


@pytest.fixture(scope="module")
def left_alone(shared_folder: Folder) -> Path:
    """An uninterrupted training, with dropout so that the random state counts."""
    job = shared_folder.job("alone", lora_dropout=0.1, train_steps=8)
    sft.train(job)
    return job.final


def interrupted(folder: Folder, name: str, steps: list[int], **options):
    """A training killed at each of `steps` in turn, then finished."""
    options = {"lora_dropout": 0.1, "train_steps": 8, **options}
    for number, step in enumerate(steps):
        with pytest.raises(Killed):
            sft.train(folder.job(name, on_step=kill_at(step), resume=number > 0, **options))
    job = folder.job(name, resume=True, **options)
    return job, sft.train(job)


@pytest.mark.parametrize("steps", [[1], [3], [4], [6, 7], [8]], ids=str)
def test_killed_and_resumed_equals_uninterrupted_bit_for_bit(
    shared_folder: Folder, left_alone: Path, steps: list[int]
) -> None:
    # Eleven rows make an epoch of 2.75 steps, so these are mid-epoch.
    job, _ = interrupted(shared_folder, f"killed_{'_'.join(map(str, steps))}", steps)
    assert adapter_bytes(job.final) == adapter_bytes(left_alone)


def test_packed_rows_resume_bit_for_bit_too(shared_folder: Folder) -> None:
    alone = shared_folder.job("packed_alone", packing=True, train_steps=8, lora_dropout=0.1)
    sft.train(alone)
    job, _ = interrupted(shared_folder, "packed_killed", [5], packing=True)
    assert adapter_bytes(job.final) == adapter_bytes(alone.final)


def test_counts_go_on_after_a_resume(shared_folder: Folder, left_alone: Path) -> None:
    _, result = interrupted(shared_folder, "counted", [5])
    recorded = read_json(left_alone / "training.json")
    for name in ("steps", "tokens", "answer_tokens", "train_loss", "validation_loss", "best_step"):
        assert result[name] == recorded[name]


@pytest.mark.parametrize("damage", ["cut", "flip", "missing", "unsealed"])
def test_a_corrupt_newest_checkpoint_falls_back_to_the_one_before_and_says_so(
    shared_folder: Folder, left_alone: Path, damage: str
) -> None:
    name = f"damaged_{damage}"
    with pytest.raises(Killed):
        sft.train(shared_folder.job(name, on_step=kill_at(7), lora_dropout=0.1, train_steps=8))
    newest = shared_folder.root / name / "checkpoints" / "checkpoint-6"
    optimiser = newest / "optimizer.pt"
    content = bytearray(optimiser.read_bytes())
    if damage == "cut":
        optimiser.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        content[len(content) // 2] ^= 1
        optimiser.write_bytes(content)
    elif damage == "missing":
        optimiser.unlink()
    else:
        (newest / "complete.json").unlink()
    shared_folder.said.clear()
    job = shared_folder.job(name, resume=True, lora_dropout=0.1, train_steps=8)
    sft.train(job)
    said = "\n".join(shared_folder.said)
    assert "warning: checkpoint-6" in said and "going on from checkpoint-4" in said
    assert adapter_bytes(job.final) == adapter_bytes(left_alone)


def test_all_checkpoints_corrupt_means_starting_over_and_saying_so(shared_folder: Folder, left_alone: Path) -> None:
    with pytest.raises(Killed):
        sft.train(shared_folder.job("all_damaged", on_step=kill_at(5), lora_dropout=0.1, train_steps=8))
    job = shared_folder.job("all_damaged", resume=True, lora_dropout=0.1, train_steps=8)
    for manifest in job.checkpoints.glob("checkpoint-*/complete.json"):
        manifest.write_text("{")
    shared_folder.said.clear()
    sft.train(job)
    assert "warning: no checkpoint is whole; starting over" in shared_folder.said
    assert adapter_bytes(job.final) == adapter_bytes(left_alone)


def test_resuming_with_changed_settings_or_data_is_refused(shared_folder: Folder) -> None:
    with pytest.raises(Killed):
        sft.train(shared_folder.job("changed", on_step=kill_at(3)))
    with pytest.raises(UsageError, match="LR was 0.001, is 0.01"):
        sft.train(shared_folder.job("changed", resume=True, lr=0.01))
    with pytest.raises(UsageError, match="data changed"):
        sft.train(shared_folder.job("changed", resume=True, data=shared_folder.val_data))


def test_settings_that_do_not_shape_the_training_may_change(shared_folder: Folder) -> None:
    with pytest.raises(Killed):
        sft.train(shared_folder.job("free", on_step=kill_at(3)))
    assert sft.train(shared_folder.job("free", resume=True, save_steps=5, rounds=9))["steps"] == 6


def test_of_several_processes_one_prepares_the_folder(shared_folder: Folder) -> None:
    job = shared_folder.job("several")
    assert checkpoints.begin(job, writes=False) is None and not job.checkpoints.exists()
    checkpoints.begin(job)
    before = (job.checkpoints / "job.json").stat().st_ino
    assert checkpoints.begin(job, writes=False) is None  # started anew, beside a first process that began already
    assert (job.checkpoints / "job.json").stat().st_ino == before


def test_a_process_that_saves_nothing_does_not_prepare_it(shared_folder: Folder, monkeypatch) -> None:
    def begin(_: sft.Job, *, writes: bool) -> None:
        assert not writes
        raise Killed

    monkeypatch.setattr(transformers.TrainingArguments, "should_save", False)
    monkeypatch.setattr(checkpoints, "begin", begin)
    with pytest.raises(Killed):
        sft.train(shared_folder.job("saves_nothing"))


def test_resume_with_nothing_to_go_on_from_starts(shared_folder: Folder) -> None:
    assert sft.train(shared_folder.job("nothing", resume=True, train_steps=1))["steps"] == 1


def test_a_finished_training_resumed_does_no_step_and_gives_the_same(shared_folder: Folder) -> None:
    job = shared_folder.job("done")
    first = sft.train(job)
    before = adapter_bytes(job.final)
    steps: list[dict] = []
    again = sft.train(shared_folder.job("done", resume=True, on_step=steps.append))
    assert adapter_bytes(job.final) == before and not [step for step in steps if "loss" in step]
    assert again["train_loss"] == first["train_loss"]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_thousand_steps_killed_twenty_times_end_with_the_same_bytes(shared_folder: Folder) -> None:
    options = {"train_steps": 2000, "lora_dropout": 0.1, "save_steps": 25, "eval_steps": 100, "batch_size": 1}
    options["grad_accum"] = 1
    alone = shared_folder.job("long_alone", **options)
    assert _in_a_child(alone) == 0
    chance = random.Random(20)
    # Ten kills anywhere, and ten where a checkpoint is being written.
    steps = sorted(chance.sample(range(1, 1900), 10) + [25 * number for number in chance.sample(range(1, 76), 10)])
    job = shared_folder.job("long_killed", resume=True, **options)
    for step in steps:
        assert _in_a_child(job, step, chance.uniform(0.0, 0.05)) == -signal.SIGKILL
    assert _in_a_child(job) == 0
    assert adapter_bytes(job.final) == adapter_bytes(alone.final)


def _in_a_child(job: sft.Job, kill_at_step: int | None = None, delay_s: float = 0.0) -> int:
    """Train in a forked process, killed by SIGKILL soon after it did a step; its exit code, -9 where it was killed."""
    reached = mmap.mmap(-1, 8)  # shared with the child

    def on_step(metrics: dict) -> None:
        reached[:] = metrics["step"].to_bytes(8, "little")

    child = os.fork()
    if child == 0:
        try:
            sft.train(dataclasses.replace(job, on_step=on_step))
            os._exit(0)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
    while kill_at_step is not None:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if int.from_bytes(reached[:], "little") >= kill_at_step:
            time.sleep(delay_s)
            os.kill(child, signal.SIGKILL)
            break
        time.sleep(0.002)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
