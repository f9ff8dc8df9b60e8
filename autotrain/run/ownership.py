"""Whose an OUT_DIR is: `pipeline.pid` names the loop that works there, and its runner.

A pid alone can be another process by now, so its start time is kept beside it; and a pid
means nothing on another machine or in another container, so the place is kept too.
Written under a lock, whole or not at all. Nothing has to be removed by hand after a crash.
"""

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autotrain.errors import DataError, UsageError
from autotrain.jsonl import read_json, write_json
from autotrain.run import commands, state
from autotrain.run.paths import RunPaths

# An owner elsewhere is watched this long: a living one renews its heartbeat every 5 s.
WATCH_S = 12.0
LAST_STAGE_S = 180.0  # what a stage whose loop was killed may take to its next safe point


@dataclass(frozen=True)
class Process:
    """One process, for good: its pid and when it started, in clock ticks since boot."""

    pid: int
    started: str | None

    def lives(self) -> bool:
        return self.started is not None and start_time(self.pid) == self.started


@dataclass(frozen=True)
class Owner:
    """Who works on an OUT_DIR: the loop, the runner of its present stage, the run, the place."""

    run_id: str
    loop: Process
    runner: Process | None
    place: str

    def lives(self) -> bool:
        """Whether the loop, or a runner that outlived it, is still at work here."""
        return self.loop.lives() or (self.runner is not None and self.runner.lives())

    @property
    def pid(self) -> int:
        return self.runner.pid if self.runner and not self.loop.lives() else self.loop.pid


def start_time(pid: int) -> str | None:
    """When a process started; None where it does not run (a zombie does not)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def process(pid: int) -> Process:
    return Process(pid, start_time(pid))


def this_place() -> str:
    """This boot of this machine and this pid namespace: where a pid has its meaning."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return os.uname().nodename


def recorded(out_dir: Path) -> Owner | None:
    """The owner that `pipeline.pid` names, living or not; None where nothing usable is written."""
    try:
        content = read_json(_file(out_dir))
        loop = Process(int(content["pid"]), content["started"])
        runner = content.get("runner")
        return Owner(
            run_id=str(content["run_id"]),
            loop=loop,
            runner=Process(int(runner["pid"]), runner["started"]) if runner else None,
            place=str(content["place"]),
        )
    except (DataError, KeyError, TypeError, ValueError, AttributeError):
        return None


def owner(out_dir: Path) -> Owner | None:
    """The living owner of an OUT_DIR. One on another machine counts while its state says that it works."""
    found = recorded(out_dir)
    if found is None:
        return None
    if found.place == this_place():
        return found if found.lives() else None
    return found if _works(out_dir, found) else None


def take(out_dir: Path, run_id: str, pid: int, watch_s: float = WATCH_S) -> str | None:
    """Make `pid` the owner. Returns what was taken over from a dead loop, to be said, or None.

    Raises UsageError where another loop lives there.
    """
    with state.locked(_file(out_dir)):
        said = None
        if _file(out_dir).exists():
            before = recorded(out_dir)
            if before is None:
                said = f"{_file(out_dir)} was damaged; taken over."
            elif before.place != this_place() or before.loop != process(pid):
                _refuse_living(out_dir, before, watch_s)
                said = f"{out_dir} was left by run {before.run_id} (pid {before.loop.pid} is gone); taken over."
        _write(out_dir, Owner(run_id, process(pid), None, this_place()))
    return said


def wait_for_last_stage(out_dir: Path, say: Callable[[str], None], most_s: float = LAST_STAGE_S) -> None:
    """Where a loop was killed, its last stage still ends by itself: say so, and wait until it has."""
    until, said = time.monotonic() + most_s, False
    while time.monotonic() < until:
        found = recorded(out_dir)
        if found is None or found.place != this_place() or found.loop.lives() or not found.lives():
            return
        if not said:
            said = True
            say(f"The last stage of run {found.run_id} is still ending (pid {found.pid}); waiting for it.")
        time.sleep(0.1)


def _refuse_living(out_dir: Path, other: Owner, watch_s: float) -> None:
    if other.place == this_place():
        living, where = other.lives(), f"pid {other.pid}"
    else:
        living, where = _beats(out_dir, other, watch_s), f"pid {other.pid} on another machine or in another container"
    if living:
        raise UsageError(
            f"{out_dir} is in use by run {other.run_id} ({where}): wait for it, stop it with "
            f"{commands.loop('--stop', out_dir=out_dir)}, or choose another --out-dir."
        )


def _works(out_dir: Path, found: Owner) -> bool:
    run = RunPaths(out_dir / "runs" / found.run_id)
    return run.root.is_dir() and state.load(run)["status"] in state.AT_WORK


def _beats(out_dir: Path, other: Owner, watch_s: float) -> bool:
    # No clock of two machines is compared: the heartbeat is watched for a change.
    if not _works(out_dir, other):
        return False
    run = RunPaths(out_dir / "runs" / other.run_id)
    first, until = state.load(run)["heartbeat"], time.monotonic() + watch_s
    while time.monotonic() < until:
        time.sleep(min(0.5, watch_s / 4))
        if state.load(run)["heartbeat"] != first:
            return True
    return False


def add_runner(out_dir: Path, pid: int) -> None:
    """Note the runner of the present stage, so that an OUT_DIR stays taken while it lives."""
    with state.locked(_file(out_dir)):
        now = recorded(out_dir)
        if now is not None:
            _write(out_dir, Owner(now.run_id, now.loop, process(pid), now.place))


def release(out_dir: Path, pid: int) -> None:
    """Give an OUT_DIR back, where `pid` owns it or nobody living does."""
    with state.locked(_file(out_dir)):
        now = recorded(out_dir)
        if now is None or now.loop.pid == pid or (now.place == this_place() and not now.lives()):
            _file(out_dir).unlink(missing_ok=True)


def _file(out_dir: Path) -> Path:
    return out_dir / "pipeline.pid"


def _write(out_dir: Path, now: Owner) -> None:
    content: dict[str, Any] = {"run_id": now.run_id, **asdict(now.loop), "place": now.place}
    if now.runner:
        content["runner"] = asdict(now.runner)
    write_json(_file(out_dir), content)
