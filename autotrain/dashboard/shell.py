"""The live dashboard: keys change what is shown, files change what is known, and only changes are drawn."""

import os
from dataclasses import replace
from pathlib import Path

from autotrain.dashboard import frame
from autotrain.dashboard.ask import ask
from autotrain.dashboard.events_pane import FILTER_LEVELS, EventsPane
from autotrain.dashboard.gpu import GpuWatch
from autotrain.dashboard.machine import MachineWatch
from autotrain.dashboard.reader import RunReader
from autotrain.dashboard.snapshot import ACTIVE
from autotrain.display.canvas import Line, Look, fit, to_ascii
from autotrain.display.terminal import Terminal
from autotrain.display.values import safe
from autotrain.run import paths

POLL_S = 0.1
QUIT = "quit"


class Shell:
    """What one person sees and does. Without a run it waits for the first one of `out_dir`."""

    def __init__(self, out_dir: Path, run: paths.RunPaths | None, look: Look, view: int = 1) -> None:
        self.out_dir = out_dir
        self.screen = frame.Screen(view=view, look=look)
        self.reader: RunReader | None = None
        self.pane: EventsPane | None = None
        self._asking: str | None = None  # stop, pause or continue: waiting for y
        self._typed: str | None = None  # the filter being typed
        self._gpu = GpuWatch()
        self._machine = MachineWatch()
        self._runs_stamp: int | None = None
        self._newest: str | None = None
        if run is not None:
            self._open(run)

    def live(self, terminal: Terminal) -> int:
        """Run until somebody quits. Returns the exit code."""
        stale, drawn_second = True, -1
        try:
            while True:
                size = terminal.size()
                if stale:
                    terminal.show(self.draw(*size), size)
                keys = terminal.wait(0.01 if self.screen.searching else POLL_S)
                for key in keys:
                    if self.press(key, size[1]) == QUIT:
                        return 0
                    if key in ("r", "R") and self._typed is None:
                        terminal.forget()
                stale = bool(keys) or terminal.resized or terminal.size() != size
                terminal.resized = False
                stale |= self.tick() or self.screen.searching
                second = self._second()
                stale |= second != drawn_second
                drawn_second = second
        finally:
            self._gpu.close()

    def _second(self) -> int:
        # Only a living run has a clock that goes on.
        if self.reader is None or self.reader.snapshot.status not in ACTIVE or not self.reader.snapshot.alive:
            return 0
        return int(self.reader.snapshot.now)

    def tick(self) -> bool:
        """Look at the files; whether there is anything new to show."""
        changed = self._look_for_runs()
        if self.reader is None:
            return changed
        changed |= self.reader.refresh()
        changed |= self.reader.read_older()
        if frame.VIEWS[self.screen.view - 1].watches_gpu:
            changed |= self._gpu.poll()
            self.reader.snapshot.gpus = self._gpu.gpus
        if self.screen.view == 1 and self.reader.snapshot.status in ACTIVE:
            changed |= self._machine.poll()
            self.reader.snapshot.machine = self._machine.machine
        return changed

    def _look_for_runs(self) -> bool:
        try:
            stamp: int | None = os.stat(self.out_dir / "runs").st_mtime_ns
        except OSError:
            stamp = None
        if stamp == self._runs_stamp:
            return False
        self._runs_stamp = stamp
        known = paths.runs(self.out_dir)
        newest = known[-1].run_id if known else None
        if self.reader is None:
            if known:
                self._open(known[-1])
        elif newest is not None and self._newest is not None and newest > self._newest:
            self.screen.notice = f"a newer run began: ] goes to {newest}"
        self._newest = newest
        self._number_runs(known)
        return True

    def _number_runs(self, known: list[paths.RunPaths]) -> None:
        if self.reader is not None:
            names = [run.run_id for run in known]
            own = self.reader.run.run_id
            place = names.index(own) + 1 if own in names else len(names)
            self.reader.snapshot.position = (max(place, 1), max(len(names), 1))

    def _open(self, run: paths.RunPaths) -> None:
        self.out_dir = run.out_dir
        self.reader = RunReader(run)
        self.reader.refresh()
        self.pane = EventsPane(self.reader.follower)
        self.screen.scroll = 0
        self._number_runs(paths.runs(run.out_dir))

    def draw(self, width: int, height: int) -> list[Line]:
        """The screen as it should be now."""
        if self.reader is None or self.pane is None:
            return self._waiting(width, height)
        screen, events = self.screen, []
        if screen.view == frame.EVENTS:
            room = frame.events_height(height)
            screen.searching = self.pane.tick(room)
            events = self.pane.rows(room)
            screen.follow, screen.level, screen.text_filter = self.pane.follow, self.pane.level, self.pane.text
        else:
            screen.searching = False
            if screen.scroll:
                screen.scroll = min(screen.scroll, frame.max_scroll(self.reader.snapshot, screen, width, height))
        return frame.render(self.reader.snapshot, screen, width, height, events)

    def _waiting(self, width: int, height: int) -> list[Line]:
        texts = [
            ("", ""),
            ("  No run yet.", "title"),
            (f"  Waiting for one in {safe(self.out_dir / 'runs')}", ""),
            ("  Start it in another terminal: ./scripts/loop.sh", "key"),
        ]
        lines: list[Line] = [[text] for text in texts]
        if self.screen.help_open:
            lines = frame.help_lines(width)
        lines += [[] for _ in range(height)]
        fitted = [fit(line, width) for line in [*lines[: height - 1], [(" q quit  ? help", "dim")]]]
        return [to_ascii(line) for line in fitted] if self.screen.look.ascii_only else fitted

    def press(self, key: str, height: int) -> str | None:
        """One key; QUIT where it ends the dashboard."""
        screen = self.screen
        screen.notice = ""
        if self._typed is not None:
            self._type(key)
        elif self._asking is not None:
            self._answer(key)
        elif screen.help_open:
            screen.help_open = False
            return QUIT if key == "q" else None
        elif key == "q":
            return QUIT
        elif key == "?":
            screen.help_open, screen.scroll = True, 0
        elif key.isdigit() and 1 <= int(key) <= len(frame.VIEWS):
            screen.view, screen.scroll, screen.opened = int(key), 0, False
        elif key == "y":
            screen.look = replace(screen.look, log_scale=not screen.look.log_scale)
        elif self.reader is not None and self.pane is not None:
            self._press_with_run(key, height, self.reader, self.pane)
        return None

    def _press_with_run(self, key: str, height: int, reader: RunReader, pane: EventsPane) -> None:
        screen = self.screen
        if key == "r":
            self._open(reader.run)
        elif key == "/":
            screen.view, self._typed = frame.EVENTS, pane.text
            self._show_typed()
        elif key == "l":
            place = FILTER_LEVELS.index(pane.level) + 1
            pane.set_filter(level=FILTER_LEVELS[place % len(FILTER_LEVELS)])
            screen.view = frame.EVENTS
        elif key == "f":
            pane.end()
            screen.view = frame.EVENTS
        elif key in ("p", "s"):
            self._ask(key, reader)
        elif key in ("enter", "escape") and screen.view == frame.EVENTS:
            screen.opened = key == "enter" and not screen.opened
        elif key in ("[", "]"):
            self._switch(-1 if key == "[" else 1, reader)
        else:
            self._move(key, height, pane)

    def _move(self, key: str, height: int, pane: EventsPane) -> None:
        room = max(1, frame.events_height(height))
        steps = {"up": -1, "down": 1, "page-up": -room, "page-down": room}
        if self.screen.view == frame.EVENTS:
            if key in steps:
                pane.scroll(steps[key], room)
            elif key == "home":
                pane.home(room)
            elif key == "end":
                pane.end()
        elif key in steps:
            self.screen.scroll = max(0, self.screen.scroll + steps[key])
        elif key in ("home", "end"):
            self.screen.scroll = 0 if key == "home" else 1_000_000

    def _ask(self, key: str, reader: RunReader) -> None:
        status = reader.snapshot.status
        if status not in ACTIVE or reader.snapshot.alive is False:
            self.screen.notice = f"this run is not running: it is {reader.snapshot.health().lower()}"
            return
        waits = status == "paused" or reader.snapshot.state.get("pause_requested") is True
        self._asking = "stop" if key == "s" else "continue" if waits else "pause"
        self.screen.prompt = f"{self._asking.capitalize()} run {reader.run.run_id}? y / n"

    def _answer(self, key: str) -> None:
        what, self._asking, self.screen.prompt = self._asking, None, None
        self.screen.notice = ask(what, self.out_dir) if key in ("y", "Y") and what else "nothing was asked of the run"

    def _type(self, key: str) -> None:
        text = self._typed or ""
        if key in ("enter", "escape"):
            if key == "enter" and self.pane is not None:
                self.pane.set_filter(text=text)
            self._typed, self.screen.prompt = None, None
            return
        self._typed = (
            text[:-1] if key == "backspace" else "" if key == "clear" else text + key if len(key) == 1 else text
        )
        self._show_typed()

    def _show_typed(self) -> None:
        self.screen.prompt = f"filter: {safe(self._typed)}_   Enter applies, Esc leaves"

    def _switch(self, step: int, reader: RunReader) -> None:
        known = paths.runs(self.out_dir)
        names = [run.run_id for run in known]
        place = names.index(reader.run.run_id) + step if reader.run.run_id in names else len(names) - 1
        if 0 <= place < len(known):
            self._open(known[place])
        else:
            self.screen.notice = "this is the newest run" if step > 0 else "this is the oldest run"
