"""A run's state from its events and files, where `state.json` is missing or damaged.

Reads events.jsonl, best.json and data/; state.py calls it. Only what an event says was
completed counts as completed: everything else is done again, which costs time and never
a sample, because every stage goes on from its own ledger or checkpoint.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autotrain.errors import DataError
from autotrain.jsonl import count_rows, open_regular, read_json
from autotrain.run import paths, stages, standing
from autotrain.run.event_log import parse
from autotrain.run.events import EventLog
from autotrain.run.paths import RunPaths

_RUN_STATUS = {
    "run_created": "running",
    "run_resumed": "running",
    "run_paused": "paused",
    "run_continued": "running",
    "stop_requested": "stopping",
    "run_stopped": "stopped",
    "run_failed": "failed",
    "run_completed": "completed",
}
_LONGEST_EVENT = 16 * 1024 * 1024  # bytes of a line, and of best.json
_STAGE_STATUS = {f"stage_{status}": status for status in ("completed", "stopped", "failed")}


def rebuilt_state(run: RunPaths) -> standing.State:
    """What the events and files of a run say about where it stands."""
    built = standing.fresh(run.run_id)
    created = None
    for event in intact_events(run):
        name, stamp = event.get("event"), event.get("ts")
        created = created or stamp
        if name in _RUN_STATUS:
            built["status"] = _RUN_STATUS[name]
            built["error"] = event.get("message") if name == "run_failed" else None
            if name in ("run_stopped", "run_failed", "run_completed"):
                built["current_stage"] = None
        elif name in ("calibration", "early_stop", "final"):
            built["evaluation"][name] = _mapping(event.get("data"))
        elif name == "train_step" and isinstance(event.get("data"), dict):
            built["training"].update(event["data"])
        else:
            _apply_stage_event(built, event)
    built["created"] = created or built["created"]
    built["counters"] = count_files(run)
    try:
        built["best"] = _mapping(read_json(run.best, _LONGEST_EVENT)) or None if run.best.is_file() else None
    except DataError:  # the promote stage writes it again
        built["best"] = None
    return built


def _apply_stage_event(built: standing.State, event: dict[str, Any]) -> None:
    name, stage, number = event.get("event"), event.get("stage"), event.get("round")
    if stage not in stages.NAMES or not isinstance(number, int):
        return
    if name == "stage_started":
        standing.stage_entry(built, number, stage).update(
            status="running", started=event.get("ts"), ended=None, counts={}
        )
        built.update(current_round=number, current_stage=stage)
    elif name in _STAGE_STATUS:
        data = _mapping(event.get("data"))
        summary = _mapping(data.get("summary"))
        standing.stage_entry(built, number, stage).update(
            status=_STAGE_STATUS[name], ended=event.get("ts"), counts=counts_of(summary), seconds=data.get("seconds")
        )


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def intact_events(run: RunPaths) -> Iterator[dict[str, Any]]:
    """The events that can be read, in order; a torn or damaged line is passed over."""
    try:
        stream = open_regular(run.events)
    except (OSError, DataError):
        return
    with stream:
        while line := stream.readline(_LONGEST_EVENT):
            event = parse(line)  # of a longer line no part is one
            if event is not None:
                yield event


def counts_of(summary: dict[str, Any]) -> dict[str, Any]:
    """The numbers of a stage's summary: what a state's stage entry keeps."""
    return {name: value for name, value in summary.items() if isinstance(value, (int, float))}


def count_files(run: RunPaths) -> dict[str, int]:
    """Lines of each kind of file over all rounds, counted in the files themselves."""
    return {kind: sum(map(_rows_in, run.data.glob(f"{kind}_round_*.jsonl"))) for kind in paths.ROUND_FILES}


def _rows_in(path: Path) -> int:
    try:
        return count_rows(path)
    except OSError:  # no file that anybody can read has rows
        return 0


def report_rebuilt(run: RunPaths, problem: str) -> None:
    """Say in the events that the state was rebuilt, and why."""
    EventLog(run.events, run.run_id).emit(
        "state_rebuilt", f"{problem} It was rebuilt from events and files.", level="warning"
    )
