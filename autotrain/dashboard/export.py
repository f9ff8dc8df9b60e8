"""The snapshot as one JSON object, for `--json`: what the files say and what was derived. Pure."""

from typing import Any

from autotrain.dashboard.snapshot import RoundCurves, Snapshot, eta


def as_json(snapshot: Snapshot) -> dict[str, Any]:
    """Plain values; what is not known is null."""
    stage_left, run_left = eta(snapshot)
    sample = snapshot.last_sample
    return {
        "run_id": snapshot.run_id,
        "root": str(snapshot.root),
        "health": snapshot.health(),
        "alive": snapshot.alive,
        "heartbeat_age_s": snapshot.heartbeat_age(),
        "elapsed_s": snapshot.elapsed(),
        "stage_left_s": stage_left,
        "run_left_s": run_left,
        "last_error": snapshot.last_error(),
        "problems": snapshot.problems,
        "state": snapshot.state,
        "config": snapshot.config,
        "best": snapshot.best,
        "final": snapshot.final,
        "reports": {str(number): report for number, report in snapshot.reports.items()},
        "curves": {
            str(number): {name: getattr(curves, name).points() for name in RoundCurves.NAMES}
            for number, curves in snapshot.curves.items()
        },
        "history_complete": snapshot.history_complete,
        "reasons": {stage: dict(counts) for stage, counts in snapshot.reasons.items()},
        "raw_rows_of_round": snapshot.raw_rows,
        "last_sample": None if sample is None else {"accepted": sample.accepted, "row": sample.row},
        "checkpoints": [{"round": number, "step": step} for number, step in snapshot.checkpoints],
        "recent_events": snapshot.recent,
    }
