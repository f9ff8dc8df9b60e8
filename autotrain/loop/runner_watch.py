"""Watches a run while one of its stages works: heartbeat, stop, pause, signals, the loop's death.

Five times a second, in a thread, so that a request in state.json or a signal is acted on
at once; signal handlers themselves only set flags.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from autotrain.run import commands, process_group, state
from autotrain.run.events import EventLog, utc_now
from autotrain.run.paths import RunPaths
from autotrain.run.stage_log import show

TICK_S = 0.2
HEARTBEAT_S = 5.0
PATIENCE_S = 5.0  # between asking a stage to end now and killing it


class Watch:
    """What people and the system want of a stage. A context manager: it owns the signal handlers."""

    def __init__(self, run: RunPaths, loop_pid: int, *, holds_on_pause: bool) -> None:
        self.run, self.loop_pid, self.holds_on_pause = run, loop_pid, holds_on_pause
        self.events = EventLog(run.events, run.run_id)
        self.asked_now = False  # end the stage at once
        self.pause_seen = False
        self._asked_stop = self._stop_written = self._pause = self._stop = False
        self._paused = False
        self._seen: tuple[int, int] | None = None
        self._group: int | None = None
        self._signalled: float | None = None
        self._beat_at = time.monotonic() + HEARTBEAT_S
        self._warned = False

    def __enter__(self) -> "Watch":
        with contextlib.suppress(PermissionError):
            os.setpgid(0, 0)  # so that Ctrl-C reaches the loop alone, which passes it on
        for number, handler in (
            (signal.SIGTERM, self._on_stop),
            (signal.SIGINT, self._on_now),
            (signal.SIGHUP, signal.SIG_IGN),  # the loop turns it into SIGTERM
            (signal.SIGTTOU, signal.SIG_IGN),  # a background group may write to the terminal
        ):
            signal.signal(number, handler)
        if self.loop_pid:
            process_group.signal_at_parents_death(signal.SIGTERM)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what is left to do is short

    def _on_stop(self, number: int, frame: Any) -> None:
        self._asked_stop = True

    def _on_now(self, number: int, frame: Any) -> None:
        self._asked_stop = self.asked_now = True

    def orphaned(self) -> bool:
        """Whether the loop that started us is gone."""
        return bool(self.loop_pid) and os.getppid() != self.loop_pid

    def stopping(self) -> bool:
        """Whether a stop was asked for, by a signal or in the state."""
        self._look()
        return self._asked_stop or self._stop

    @contextlib.contextmanager
    def over(self, group: int) -> Iterator[None]:
        """Watch while the stage's process group works."""
        self._group, self._signalled = group, None
        done = threading.Event()

        def work() -> None:
            while not done.wait(TICK_S):
                self._tick()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            self._group = None
            self._tick()  # what was asked meanwhile is recorded

    def wait_while_paused(self) -> bool:
        """Wait until no pause is asked for. Returns False where a stop is."""
        self.pause_seen = False
        self._tick()
        while self._pause and not self.stopping():
            self._set_paused(True)
            time.sleep(TICK_S)
            self._tick()
        self._set_paused(False)
        return not self.stopping()

    def _tick(self) -> None:
        try:
            if self.orphaned():
                self._asked_stop = True
            self._look()
            if self._asked_stop and not self._stop_written:
                self._write_stop()
            if self._group is not None:
                self._hold_or_continue()
                self._end_now()
            if time.monotonic() >= self._beat_at:
                self._beat_at = time.monotonic() + HEARTBEAT_S
                self._update(lambda now: now.update(heartbeat=utc_now()))
        except Exception as error:  # the watch must outlive anything: without it nothing could be stopped
            self._warn(f"{type(error).__name__}: {error}")

    def _look(self) -> None:
        try:
            found = os.stat(self.run.state)
        except OSError:
            return
        if self._seen != (found.st_mtime_ns, found.st_ino):
            self._seen = (found.st_mtime_ns, found.st_ino)
            now = state.load(self.run)
            self._stop, self._pause = now["stop_requested"], now["pause_requested"]
            self.pause_seen = self.pause_seen or self._pause

    def _write_stop(self) -> None:
        self._stop_written = True
        if not self.asked_now and not self.orphaned():
            show("\nStopping at the next safe point; once more to stop now.\n")
        if not self._update(request_stop):
            self.asked_now = True  # the stage cannot be asked through the state: end it
        with contextlib.suppress(OSError):
            self.events.emit("stop_requested", "by a signal" if not self.orphaned() else "the loop is gone")

    def _hold_or_continue(self) -> None:
        wanted = self._pause and self.holds_on_pause and not self._stop and not self._asked_stop
        if wanted != self._paused and self.holds_on_pause and self._group is not None:
            if wanted:
                # Holding both locks shows that the stage holds neither: a held lock would block everybody.
                with state.locked(self.run.state), self.events.locked():
                    process_group.send(self._group, signal.SIGSTOP)
            else:
                process_group.send(self._group, signal.SIGCONT)
            self._set_paused(wanted)

    def _end_now(self) -> None:
        if not self.asked_now or self._group is None:
            return
        if self._signalled is None:
            self._signalled = time.monotonic()
            process_group.send(self._group, signal.SIGCONT)
            process_group.send(self._group, signal.SIGINT)
        elif time.monotonic() - self._signalled > PATIENCE_S:
            process_group.send(self._group, signal.SIGKILL)

    def _set_paused(self, wanted: bool) -> None:
        if wanted == self._paused:
            return
        self._paused = wanted

        def change(now: state.State) -> None:
            status = "paused" if wanted else "running"
            if now["status"] in ("running", "paused"):
                state.move(now, status)

        self._update(change)
        with contextlib.suppress(OSError):
            self.events.emit("run_paused" if wanted else "run_continued")
        go_on = commands.loop("--continue", out_dir=self.run.out_dir)
        show(f"Paused: {go_on} goes on.\n" if wanted else "Going on.\n")

    def _update(self, change: Callable[[state.State], None]) -> bool:
        try:
            state.update(self.run, change)
        except OSError as error:
            self._warn(f"{error.filename}: {error.strerror}")
            return False
        return True

    def _warn(self, problem: str) -> None:
        if not self._warned:
            self._warned = True
            show(f"warning: the run's state could not be kept up to date: {problem}\n")


def request_stop(now: state.State) -> None:
    """The change of state that asks a run to stop."""
    now["stop_requested"] = True
    if now["status"] in ("running", "paused"):
        state.move(now, "stopping")
