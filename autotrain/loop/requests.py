"""What people ask of a run from another terminal: status, list, stop, pause, continue.

`./scripts/loop.sh --status` and the menu call it; it reads and writes state.json only.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from autotrain.errors import AutotrainError, UsageError, plain
from autotrain.evaluation import outcome
from autotrain.loop.runner_watch import request_stop
from autotrain.run import commands, ownership, paths, runs, state
from autotrain.run.events import EventLog


def status(run: paths.RunPaths) -> dict[str, Any]:
    """The run's state, with `alive`: whether its loop lives, and `next`: what --resume would begin with."""
    living = ownership.owner(run.out_dir)
    try:
        upcoming = runs.next_stage(run)
    except Exception:  # its files can hold anything: nobody can tell
        upcoming = None
    return {
        **state.load(run),
        "alive": living is not None and living.run_id == run.run_id,
        "next": {"round": upcoming[0], "stage": upcoming[1]} if upcoming else None,
    }


def word(now: dict[str, Any]) -> str:
    """The status as people say it: a run whose loop is gone does not run."""
    if now["status"] in state.AT_WORK and not now["alive"]:
        return "interrupted"
    if now["pause_requested"] and now["status"] == "running":
        return "running, about to pause"
    return now["status"]


def status_text(now: dict[str, Any], out_dir: Path = commands.DEFAULT) -> str:
    where = f", round {now['current_round']} {now['current_stage']}" if now["current_stage"] else ""
    lines = [f"run {now['run_id']}: {word(now)}{where}"]
    if now["counters"]:
        lines.append("  " + ", ".join(f"{name} {count}" for name, count in now["counters"].items()))
    if now["error"]:
        lines.append(f"  {now['error']}")
    if now["best"]:
        lines.append(f"  {outcome.sentence(now['best'])}")
    if not now["alive"] and now["next"]:
        round_number, stage = now["next"]["round"], now["next"]["stage"]
        command = commands.loop("--resume", now["run_id"], out_dir=out_dir)
        lines.append(f"  goes on with round {round_number} {stage}: {command}")
    return plain("\n".join(lines))


def list_runs(out_dir: Path) -> list[dict[str, Any]]:
    """Every run of an OUT_DIR, oldest first. One that cannot be read is listed with its error."""
    living = ownership.owner(out_dir)
    rows = []
    for run in paths.runs(out_dir):
        row: dict[str, Any] = {"run_id": run.run_id, "status": "unreadable", "alive": False, "error": None}
        try:
            now = state.load(run)
            row |= {name: now[name] for name in ("status", "current_round", "created", "updated", "error")}
            row["result"] = outcome.sentence(now["best"]) if now["best"] else None
            row |= _began_with(run)
            row["alive"] = living is not None and living.run_id == run.run_id
        except Exception as error:  # whatever lies in its folder, it hides no other run
            row["error"] = str(error)
        rows.append(row)
    return rows


def _began_with(run: paths.RunPaths) -> dict[str, Any]:
    try:
        chosen = runs.settings_of(run)
    except (AutotrainError, KeyError, TypeError, AttributeError):
        return {"model": None, "rounds": None}
    return {"model": chosen.get("base_model"), "rounds": chosen.get("rounds")}


def list_text(rows: list[dict[str, Any]]) -> str:
    def said(row: dict[str, Any]) -> str:
        gone = row["status"] in state.AT_WORK and not row["alive"]
        what = f"  {row['model']}, {row['rounds']} round{'s' * (row['rounds'] != 1)}" if row.get("model") else ""
        return f"{row['run_id']}  {'interrupted' if gone else row['status']}{what}  {row.get('result') or ''}".rstrip()

    return "\n".join(plain(said(row)).replace("\n", " ") for row in rows) or "no runs"


def stop(out_dir: Path) -> str:
    """Ask the running loop to stop. Returns what to tell the person. Raises UsageError where none runs."""
    run = _running(out_dir)
    state.update(run, request_stop)
    EventLog(run.events, run.run_id).emit("stop_requested", "by a person")
    return f"run {run.run_id} stops at its next safe point"


def pause(out_dir: Path) -> str:
    """Ask the running loop to pause."""
    run = _running(out_dir)
    before = state.load(run)
    if before["stop_requested"]:
        raise UsageError(f"run {run.run_id} is stopping already: nothing is left to pause.")
    state.update(run, lambda now: now.update(pause_requested=True))
    EventLog(run.events, run.run_id).emit("pause_requested", "by a person")
    if before["status"] == "paused":
        return f"run {run.run_id} is paused already"
    return f"run {run.run_id} pauses at its next safe point; {commands.loop('--continue', out_dir=out_dir)} goes on"


def go_on(out_dir: Path) -> str:
    """End a pause."""
    run = _running(out_dir)
    before = state.load(run)
    if not before["pause_requested"] and before["status"] != "paused":
        raise UsageError(f"run {run.run_id} is not paused: it is {before['status']}.")
    state.update(run, lambda now: now.update(pause_requested=False))
    EventLog(run.events, run.run_id).emit("continue_requested", "by a person")
    return f"run {run.run_id} goes on"


ASK: dict[str, Callable[[Path], str]] = {"stop": stop, "pause": pause, "continue": go_on}


def _running(out_dir: Path) -> paths.RunPaths:
    current = ownership.owner(out_dir)
    if current is None:
        go_on = commands.loop("--resume", out_dir=out_dir)
        raise UsageError(f"No loop is running on {out_dir}. {go_on} goes on with its newest run.")
    return paths.find_run(out_dir, current.run_id)
