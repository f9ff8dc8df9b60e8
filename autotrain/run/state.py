"""`state.json`: where a run stands. The one module that reads and writes it.

Written whole or not at all, under a lock, so that stages, the loop and the menu can
change it at once; rebuilt from events and files (rebuild.py) where it is missing or
damaged. Fields are listed in docs/dashboard.md; transitions in TRANSITIONS, in words in
docs/control.md.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from autotrain.errors import DataError
from autotrain.jsonl import read_json, write_json
from autotrain.run.events import utc_now
from autotrain.run.paths import RunPaths
from autotrain.run.rebuild import rebuilt_state, report_rebuilt
from autotrain.run.standing import AT_WORK as AT_WORK
from autotrain.run.standing import ENDED as ENDED
from autotrain.run.standing import SCHEMA_VERSION, STATUSES, State, fresh
from autotrain.run.standing import TRANSITIONS as TRANSITIONS
from autotrain.run.standing import move as move
from autotrain.run.standing import stage_done as stage_done
from autotrain.run.standing import stage_entry as stage_entry

_LONGEST = 16 * 1024 * 1024  # bytes of a state.json
_KINDS = {"current_round": int, "current_stage": str, "best": dict, "pid": int, "heartbeat": str, "error": str}


def load(run: RunPaths) -> State:
    """The state on disk, or what events and files tell where that is missing or damaged.

    Raises DataError for a state of another schema version: a newer program wrote it.
    """
    found = _read(run)
    return rebuilt_state(run) if isinstance(found, str) else found


def _read(run: RunPaths) -> State | str:
    """The state, or what is wrong with the file."""
    try:
        state = read_json(run.state, _LONGEST)
    except DataError as error:
        return str(error)
    if not isinstance(state, dict):
        return f"{run.state} is no JSON object."
    version = state.get("schema_version")
    if isinstance(version, int) and version != SCHEMA_VERSION:
        raise DataError(f"{run.state} has schema version {version}; this program knows {SCHEMA_VERSION}.")
    pattern = fresh(run.run_id)
    for name, example in pattern.items():
        value = state.get(name, pattern)
        fits = isinstance(value, type(example)) if isinstance(example, (dict, bool, str, int)) else value is not pattern
        if not fits:
            return f"{run.state} has no usable {name}."
    for name, kind in _KINDS.items():
        if not isinstance(state[name], (kind, type(None))):
            return f"{run.state} has no usable {name}."
    if state["status"] not in STATUSES or not _are_stages(state["stages"]):
        return f"{run.state} has no usable status or stages."
    return cast(State, state)


def _are_stages(stages: dict[str, Any]) -> bool:
    return all(
        isinstance(entries, dict) and all(isinstance(entry, dict) and "status" in entry for entry in entries.values())
        for entries in stages.values()
    )


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock beside `path`; others wait."""
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def update(run: RunPaths, change: Callable[[State], None]) -> State:
    """Read, change and write the state under its lock. Returns what was written."""
    if not run.root.is_dir():
        raise DataError(f"{run.root} does not exist any more.")
    with locked(run.state):
        found = _read(run)
        state = rebuilt_state(run) if isinstance(found, str) else found
        if isinstance(found, str):
            report_rebuilt(run, found)
        change(state)
        state["updated"] = utc_now()
        write_json(run.state, state)
    return state


def create(run: RunPaths) -> State:
    """Write the state of a new run."""
    state = fresh(run.run_id)
    with locked(run.state):
        write_json(run.state, state)
    return state


# How the runner tells a stage what a pause means to it.
PAUSE_VARIABLE = "HEIDI_PAUSE"
PAUSE_EXITS = "exit"  # leave at the next safe point; the runner starts the stage again later
PAUSE_HOLDS = "hold"  # nothing to do: the runner stops and continues the processes


class StopWatch:
    """Tells a stage, cheaply, whether to leave at its next safe point: a stop, or a pause that frees the machine."""

    def __init__(self, run: RunPaths | None, interval_s: float = 0.5) -> None:
        self._run, self._interval_s = run, interval_s
        self._leaves_on_pause = os.environ.get(PAUSE_VARIABLE) == PAUSE_EXITS
        self._next, self._stop = 0.0, False

    def stop_requested(self) -> bool:
        """Whether to leave. Once true it stays true: a stage that began to leave does not turn back."""
        if self._run is not None and not self._stop and time.monotonic() >= self._next:
            self._next = time.monotonic() + self._interval_s
            state = load(self._run)
            self._stop = bool(state["stop_requested"] or (state["pause_requested"] and self._leaves_on_pause))
        return self._stop
