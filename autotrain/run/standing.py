"""Where a run stands, as a value: the fields of `state.json`, the statuses and the ways between them. Pure.

state.py keeps it on disk, rebuild.py makes it anew from events and files.

    >>> from autotrain.run import standing
    >>> standing.fresh("run")["status"]
    'pending'
"""

from typing import Any, TypedDict

from autotrain.errors import AutotrainError
from autotrain.run.events import utc_now

SCHEMA_VERSION = 1
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

AT_WORK = ("running", "paused", "stopping")  # somebody owns the run
ENDED = ("stopped", "failed", "completed")


class State(TypedDict):
    """The content of state.json; docs/dashboard.md says what each field is."""

    schema_version: int
    run_id: str
    status: str
    current_round: int | None
    current_stage: str | None
    stages: dict[str, dict[str, dict[str, Any]]]
    stop_requested: bool
    pause_requested: bool
    counters: dict[str, int]
    usage: dict[str, Any]
    training: dict[str, Any]
    evaluation: dict[str, Any]
    best: dict[str, Any] | None
    pid: int | None
    heartbeat: str | None
    created: str
    updated: str
    error: str | None


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
