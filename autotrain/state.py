"""`state.json`: where a run stands. The one module that reads and writes it.

Written whole or not at all, under a lock, so that stages, the loop and the menu can
change it at once. Fields are listed in docs/pipeline.md; transitions in TRANSITIONS.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from autotrain.errors import AutotrainError, DataError
from autotrain.events import utc_now
from autotrain.jsonl import read_json, write_json
from autotrain.paths import RunPaths

SCHEMA_VERSION = 1
STAGES = ("generate", "clean", "gate", "split", "train", "evaluate", "promote")
STATUSES = ("pending", "running", "paused", "stopping", "stopped", "failed", "completed")
TRANSITIONS: dict[str, tuple[str, ...]] = {
    "pending": ("running", "stopped", "failed"),
    "running": ("paused", "stopping", "stopped", "failed", "completed"),
    "paused": ("running", "stopping", "stopped", "failed"),
    "stopping": ("stopped", "failed", "completed"),
    "stopped": ("running",),
    "failed": ("running",),
    "completed": ("running",),
}

State = dict[str, Any]


def fresh(run_id: str) -> State:
    """The state of a run that has not begun."""
    now = utc_now()
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": run_id,
        "status": "pending",
        "current_round": None,
        "current_stage": None,
        "stages": {},
        "stop_requested": False,
        "pause_requested": False,
        "counters": {},
        "usage": {},
        "training": {},
        "evaluation": {},
        "best": None,
        "pid": None,
        "heartbeat": None,
        "created": now,
        "updated": now,
        "error": None,
    }


def load(run: RunPaths) -> State:
    """The state as it is on disk. Raises DataError where it is missing or corrupt."""
    state = read_json(run.state)
    if not isinstance(state, dict) or state.get("schema_version") != SCHEMA_VERSION:
        raise DataError(f"{run.state} is no state of schema version {SCHEMA_VERSION}.")
    return state


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
    with locked(run.state):
        state = load(run)
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


def move(state: State, status: str) -> None:
    """Change the status, along TRANSITIONS only."""
    if status == state["status"]:
        return
    if status not in TRANSITIONS[state["status"]]:
        raise AutotrainError(f"A run that is {state['status']} cannot become {status}.")
    state["status"] = status


def stage_entry(state: State, round_number: int, stage: str) -> dict[str, Any]:
    """The entry of one stage of one round, made where it is missing."""
    return (
        state["stages"]
        .setdefault(str(round_number), {})
        .setdefault(stage, {"status": "pending", "started": None, "ended": None, "counts": {}})
    )


def stage_done(state: State, round_number: int, stage: str) -> bool:
    return state["stages"].get(str(round_number), {}).get(stage, {}).get("status") == "completed"


class StopWatch:
    """Tells a stage, cheaply, whether a person asked the run to stop or to pause."""

    def __init__(self, run: RunPaths | None, interval_s: float = 0.5) -> None:
        self._run, self._interval_s = run, interval_s
        self._next, self._stop, self._pause = 0.0, False, False

    def _look(self) -> None:
        if self._run is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._interval_s
        state = load(self._run)
        self._stop, self._pause = bool(state["stop_requested"]), bool(state["pause_requested"])

    def stop_requested(self) -> bool:
        self._look()
        return self._stop

    def pause_requested(self) -> bool:
        self._look()
        return self._pause
