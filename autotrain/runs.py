"""Begins and ends runs: the run directory, `config.json`, the lock of an OUT_DIR, the links.

Writes OUT_DIR/pipeline.pid (the process that owns the OUT_DIR now: pid and start time) and
the newest run's links; everything inside the run has its own owner.
"""

import datetime
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autotrain import paths, settings, state
from autotrain.errors import DataError, UsageError
from autotrain.events import EventLog
from autotrain.jsonl import count_rows, read_json, write_json
from autotrain.paths import RunPaths

# Settings that a resumed run may not change: they would mix data or models.
FIXED_ON_RESUME = (
    "base_model base_revision teacher_model seed val_ratio samples_per_round seq_len lora_r lora_alpha lora_targets "
    "rslora quantization_bits run_unit_tests round_data round_init eval_suite eval_tasks max_new_tokens"
).split()


def start_time(pid: int) -> str | None:
    """When a process started, in clock ticks since boot; None where it does not run.

    A pid alone can be another process by now; pid and start time cannot.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def owner(out_dir: Path) -> dict[str, Any] | None:
    """The living process that owns an OUT_DIR (`pid`, `started`, `run_id`), or None."""
    try:
        content = read_json(out_dir / "pipeline.pid")
    except DataError:
        return None
    alive = isinstance(content, dict) and start_time(int(content.get("pid", 0))) == content.get("started")
    return content if alive else None


def take(out_dir: Path, run: RunPaths, pid: int) -> None:
    """Make `pid` the owner of an OUT_DIR. Raises UsageError where another loop lives there."""
    with state.locked(out_dir / "pipeline.pid"):
        other = owner(out_dir)
        if other and other["pid"] != pid:
            raise UsageError(
                f"{out_dir} is in use by run {other['run_id']} (pid {other['pid']}): wait for it, stop it with "
                f"./scripts/loop.sh --stop, or choose another --out-dir."
            )
        write_json(out_dir / "pipeline.pid", {"pid": pid, "started": start_time(pid), "run_id": run.run_id})


def release(out_dir: Path, pid: int) -> None:
    """Give an OUT_DIR back, where `pid` owns it."""
    with state.locked(out_dir / "pipeline.pid"):
        current = owner(out_dir)
        if current is None or current["pid"] == pid:
            (out_dir / "pipeline.pid").unlink(missing_ok=True)


def create(resolved: settings.Resolved, pid: int) -> RunPaths:
    """A new run: its directory, config.json, state.json, first event, and the links to it."""
    out_dir = settings.out_path(resolved.settings.out_dir)
    stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%d-%H%M%S")
    run = RunPaths(out_dir / "runs" / f"{stamp}-{secrets.token_hex(2)}")
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        take(out_dir, run, pid)
        run.data.mkdir(parents=True)
        run.eval.mkdir()
    except OSError as error:
        raise UsageError(f"OUT_DIR {out_dir} cannot be written: {error.strerror}.") from None
    write_json(run.config, {"schema_version": 1, "run_id": run.run_id, **resolved.as_config()})
    state.create(run)
    paths.link_newest(run)
    log = EventLog(run.events, run.run_id)
    log.emit("run_created", f"run {run.run_id}", data=resolved.as_config())
    for note in resolved.substitutions:
        log.emit("substitution", f"{note['setting']} {note['from']} -> {note['to']}: {note['reason']}", data=note)
    _start(run, pid)
    return run


def resume(run: RunPaths, pid: int) -> None:
    """Take up a run again where it stopped."""
    take(run.out_dir, run, pid)
    paths.link_newest(run)
    EventLog(run.events, run.run_id).emit("run_resumed", f"run {run.run_id} goes on")
    _start(run, pid)


def _start(run: RunPaths, pid: int) -> None:
    def change(now: state.State) -> None:
        if now["status"] in ("running", "stopping", "paused"):  # its owner died without a word
            now["status"] = "stopped"
        state.move(now, "running")
        now.update(pid=pid, error=None, stop_requested=False, pause_requested=False)

    state.update(run, change)


def settings_of(run: RunPaths) -> dict[str, Any]:
    """The settings that a run was started with: field name -> value, from its config.json."""
    content = read_json(run.config)
    return {name.lower(): entry["value"] for name, entry in content["settings"].items()}


def refuse_mixing(run: RunPaths, changed: Mapping[str, Any]) -> None:
    """Raise UsageError where a setting given anew would mix data or models of this run."""
    before = settings_of(run)
    for name, value in changed.items():
        if name in FIXED_ON_RESUME and before.get(name) != value:
            raise UsageError(
                f"{settings.variable(name)}={settings.show(value)}: run {run.run_id} began with "
                f"{settings.show(before.get(name))}; leave it, start a new run, or give --allow-changed."
            )


def counters(run: RunPaths) -> dict[str, int]:
    """Lines of each kind of file over all rounds, counted in the files themselves."""
    return {
        kind: sum(count_rows(path) for path in run.data.glob(f"{kind}_round_*.jsonl")) for kind in paths.ROUND_FILES
    }


def finish(run: RunPaths, status: str, error: str | None = None) -> None:
    """Write how a run ended: completed, stopped or failed."""

    def change(now: state.State) -> None:
        state.move(now, status)
        now.update(error=error, current_stage=None, stop_requested=False, pause_requested=False, pid=None)

    state.update(run, change)
    level = "error" if status == "failed" else "info"
    EventLog(run.events, run.run_id).emit(f"run_{status}", error or "", level=level)
    release(run.out_dir, int(os.environ.get("HEIDI_LOOP_PID", "0")))
