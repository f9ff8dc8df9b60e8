"""Begins and ends runs: the run directory, `config.json`, the links, and what comes next in a run.

Writes OUT_DIR/runs/<run_id>/ and the newest run's links. Who owns an OUT_DIR is
ownership.py's; where a run stands is state.py's.
"""

import contextlib
import datetime
import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autotrain.config import precedence, settings
from autotrain.errors import DataError, UsageError
from autotrain.jsonl import read_json, write_json
from autotrain.run import ownership, paths, rebuild, stages, state
from autotrain.run.events import EventLog
from autotrain.run.paths import RunPaths

LONGEST_CONFIG = 16 * 1024 * 1024  # bytes of a config.json
_ID_TIME = "%Y%m%d-%H%M%S"


def create(
    resolved: precedence.Resolved, pid: int, memory_estimate: dict[str, Any] | None = None
) -> tuple[RunPaths, str | None]:
    """A new run: its directory, config.json, state.json, first event, and the links to it.

    Also returns what was taken over from a loop that died, if anything. The directory
    appears whole or not at all.
    """
    from autotrain.tasks import prompts  # a stage's runner, which imports us, has no use for it

    out_dir = settings.out_path(resolved.settings.out_dir)
    facts = {**resolved.as_config(), "prompt_version": prompts.VERSION}
    with _writable(out_dir):
        folder = out_dir / "runs"
        building_folder = folder / ".new"
        building_folder.mkdir(parents=True, exist_ok=True)
        run = RunPaths(folder / new_run_id(out_dir, datetime.datetime.now(datetime.timezone.utc)))
        said = ownership.take(out_dir, run.run_id, pid)
        try:
            shutil.rmtree(building_folder)  # left by a loop that died here
            building = RunPaths(building_folder / run.run_id)
            building.data.mkdir(parents=True)
            building.eval.mkdir()
            write_json(
                building.config,
                {
                    "schema_version": 1,
                    "run_id": run.run_id,
                    **facts,
                    "memory_estimate": memory_estimate,
                },
            )
            log = EventLog(building.events, run.run_id)
            log.emit("run_created", f"run {run.run_id}", data=facts)
            for note in resolved.substitutions:
                log.emit("substitution", f"{note['setting']}: {note['to']}, because {note['reason']}", data=note)
            state.create(building)
            os.replace(building.root, run.root)
            paths.link_newest(run)
            _start(run, pid)
        except BaseException:
            shutil.rmtree(building_folder, ignore_errors=True)
            shutil.rmtree(run.root, ignore_errors=True)
            with contextlib.suppress(OSError):
                ownership.release(out_dir, pid)
            raise
    return run, said


def new_run_id(out_dir: Path, now: datetime.datetime) -> str:
    """A run id that sorts after every other, even where the clock was set back."""
    known = paths.runs(out_dir)
    stamp = now.strftime(_ID_TIME)
    if known and known[-1].run_id[:15] >= stamp:
        with contextlib.suppress(ValueError):  # a folder that somebody else named
            newest = datetime.datetime.strptime(known[-1].run_id[:15], _ID_TIME)
            stamp = (newest + datetime.timedelta(seconds=1)).strftime(_ID_TIME)
    return f"{stamp}-{secrets.token_hex(2)}"


def resume(run: RunPaths, pid: int) -> str | None:
    """Take up a run again where it stopped. Returns what was taken over from a loop that died, if anything."""
    with _writable(run.out_dir):
        said = ownership.take(run.out_dir, run.run_id, pid)
        try:
            if not run.config.is_file():
                write_json(run.config, {"schema_version": 1, "run_id": run.run_id, **_config(run)})
            run.data.mkdir(exist_ok=True)
            run.eval.mkdir(exist_ok=True)
            _sweep(run)
            paths.link_newest(run)
            _start(run, pid)
            EventLog(run.events, run.run_id).emit("run_resumed", f"run {run.run_id} goes on")
        except BaseException:
            with contextlib.suppress(OSError):
                ownership.release(run.out_dir, pid)
            raise
    return said


def _sweep(run: RunPaths) -> None:
    # A kill in the middle of a write leaves its temporary file. Nobody else writes now: the OUT_DIR is ours.
    with state.locked(run.state):
        for folder in (run.root, run.data, run.eval):
            for path in folder.glob(".*.tmp"):
                if path.is_file():
                    path.unlink(missing_ok=True)


def check_writable(out_dir: Path) -> None:
    """Raise UsageError where a run could not write its OUT_DIR. Writes nothing."""
    nearest = next(folder for folder in (out_dir, *out_dir.parents) if os.path.lexists(folder))
    with _writable(out_dir):
        if not nearest.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(nearest))
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(nearest))


@contextlib.contextmanager
def _writable(out_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT):
            raise UsageError(
                f"OUT_DIR={out_dir} cannot be written ({error.strerror}): choose another --out-dir."
            ) from None
        raise


def _start(run: RunPaths, pid: int) -> None:
    def change(now: state.State) -> None:
        if now["status"] in state.AT_WORK:  # its owner died without a word
            now["status"] = "stopped"
        state.move(now, "running")
        now.update(pid=pid, error=None, stop_requested=False, pause_requested=False, current_stage=None)
        now["counters"] = rebuild.count_files(run)

    state.update(run, change)


def _config(run: RunPaths) -> dict[str, Any]:
    """config.json, or what the run's first event says where that is missing or damaged. Raises DataError."""
    try:
        content = read_json(run.config, LONGEST_CONFIG)
    except DataError:
        first = next((event for event in rebuild.intact_events(run) if event.get("event") == "run_created"), {})
        content = first.get("data")
    if not isinstance(content, dict) or not isinstance(content.get("settings"), dict):
        raise DataError(f"{run.config} holds no settings, and {run.events} does not tell them: start a new run.")
    return content


def settings_of(run: RunPaths) -> dict[str, Any]:
    """The settings that a run was started with: field name -> value."""
    return {name.lower(): entry["value"] for name, entry in _config(run)["settings"].items()}


def refuse_mixing(run: RunPaths, changed: Mapping[str, Any]) -> None:
    """Raise UsageError where a setting given anew, or other prompts, would mix data or models of this run."""
    from autotrain.tasks import prompts

    version = _config(run).get("prompt_version", 1)
    if version != prompts.VERSION:
        raise UsageError(
            f"run {run.run_id} began with prompts of version {version}, and these are of version {prompts.VERSION}: "
            f"its rounds would not compare; start a new run, or give --allow-changed."
        )
    before, fixed = settings_of(run), settings.fixed_on_resume()
    for name, value in changed.items():
        if name in fixed and name in before and before[name] != value:
            raise UsageError(
                f"{settings.variable(name)}={settings.show(value)}: run {run.run_id} began with "
                f"{settings.show(before[name])}; leave it, start a new run, or give --allow-changed."
            )


def next_stage(run: RunPaths) -> tuple[int, str] | None:
    """The round and stage that --resume would begin with; None where every stage is done."""
    now, chosen = state.load(run), settings_of(run)
    early = now["evaluation"].get("early_stop")
    if not any(state.stage_done(now, 0, stage) for stage in ("calibrate", "evaluate")):
        return 0, "calibrate"
    last = early["after_round"] if early else int(chosen.get("rounds", 1))
    for number in range(1, last + 1):
        for stage in stages.of_round(gated=bool(chosen.get("run_unit_tests"))):
            if stage == "evaluate" and not state.stage_done(now, 0, stage):
                return 0, stage  # the base model answers first
            if not state.stage_done(now, number, stage):
                return number, stage
    return None if state.stage_done(now, 0, "final") else (0, "final")


def finish(run: RunPaths, status: str, pid: int, error: str | None = None) -> None:
    """Write how a run ended, completed, stopped or failed, and give the OUT_DIR back."""

    def change(now: state.State) -> None:
        if now["status"] not in state.AT_WORK:  # rebuilt from events that end early
            now["status"] = "running"
        if now["status"] == "paused" and status == "completed":
            now["status"] = "running"
        state.move(now, status)
        now.update(error=error, current_stage=None, stop_requested=False, pause_requested=False, pid=None)
        now["counters"] = rebuild.count_files(run)

    try:
        state.update(run, change)
        EventLog(run.events, run.run_id).emit(
            f"run_{status}", error or "", level="error" if status == "failed" else "info"
        )
    finally:
        ownership.release(run.out_dir, pid)
