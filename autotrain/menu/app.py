"""The menu in a terminal: keys in, screens out, entries done."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from autotrain.config import precedence, settings
from autotrain.display.canvas import Line, fit
from autotrain.display.terminal import Terminal
from autotrain.errors import AutotrainError
from autotrain.loop import requests
from autotrain.menu import actions, config_file, screens
from autotrain.menu.entries import entries
from autotrain.menu.screens import Editing

REFRESH_S = 1.0


class Menu:
    """The menu on one OUT_DIR."""

    def __init__(self, out_dir: Path) -> None:
        self.out_dir = out_dir
        self.message = ""
        self._chosen = 0
        self._leave, self._outside = False, ""

    def run(self) -> int:
        """Until the person leaves."""
        while not self._leave:
            with Terminal() as terminal:
                self._main(terminal)
            if self._outside:
                name, self._outside = self._outside, ""
                code = actions.outside(name, self.out_dir)
                self.message = f"error: {name} ended with exit code {code}" if code else ""
                if name != "dashboard" and (code or name != "ask"):  # what it said is to be read
                    with contextlib.suppress(EOFError, KeyboardInterrupt):
                        input("Enter goes back to the menu. ")
        return 0

    def _main(self, terminal: Terminal) -> None:
        while not self._leave and not self._outside:
            now = actions.newest(self.out_dir)
            listed = entries(now)
            _show(terminal, screens.menu_lines(listed, self._chosen, self.message, str(self.out_dir), now))
            for key in terminal.wait(REFRESH_S):
                if key in ("up", "k"):
                    self._chosen = (self._chosen - 1) % len(listed)
                elif key in ("down", "j"):
                    self._chosen = (self._chosen + 1) % len(listed)
                elif key in ("q", "escape"):
                    self._leave = True
                elif key.isdigit() and 1 <= int(key) <= len(listed):
                    self._chosen = int(key) - 1
                    self._do(terminal, listed[self._chosen].name)
                elif key == "enter":
                    self._do(terminal, listed[self._chosen].name)
                if self._leave or self._outside:
                    return

    def _do(self, terminal: Terminal, name: str) -> None:
        self.message = f"{name} ..."
        try:
            entry = next(one for one in entries(actions.newest(self.out_dir)) if one.name == name)
            if not entry.possible:
                raise AutotrainError(entry.hint)
            if name == "exit":
                self._leave = True
            elif name in actions.OUTSIDE:
                self._outside = name
            elif name == "configure":
                self.message = ""
                self._configure(terminal)
            elif name in requests.ASK:
                self.message = requests.ASK[name](self.out_dir)
            else:
                _show(terminal, [[(f"{entry.title}: {entry.hint}", "title")], [], [("the loop begins ...", "dim")]])
                self.message = actions.launch(self.out_dir, *(("--resume",) if name == "resume" else ()))
        except (AutotrainError, OSError) as error:
            self.message = str(error) if str(error).startswith("error") else f"error: {error}"

    def _configure(self, terminal: Terminal) -> None:
        chosen, message = 0, ""
        editing: Editing | None = None
        rows = settings.fields()
        while True:
            resolved = precedence.resolve({"out_dir": str(self.out_dir)})
            _show(terminal, screens.settings_lines(resolved, chosen, editing, message, terminal.size()[1]))
            for key in terminal.wait(REFRESH_S):
                if editing is not None:
                    editing, message = self._typed(editing, key, resolved)
                elif key in ("escape", "q"):
                    return
                elif key == "enter":
                    editing = Editing(rows[chosen].name, _present(resolved, rows[chosen].name))
                else:
                    step = {"up": -1, "k": -1, "down": 1, "j": 1, "page-up": -10, "page-down": 10}.get(key, 0)
                    chosen = min(max(chosen + step, 0), len(rows) - 1)

    def _typed(self, editing: Editing, key: str, resolved: precedence.Resolved) -> tuple[Editing | None, str]:
        if key == "escape":
            return None, ""
        if key == "backspace":
            return Editing(editing.name, editing.text[:-1]), ""
        if key == "clear":
            return Editing(editing.name, ""), ""
        if key != "enter":
            return Editing(editing.name, editing.text + key if len(key) == 1 else editing.text), ""
        if config_file.problem(editing.name, editing.text):
            return editing, ""
        try:
            config_file.save(self.out_dir / "config.yaml", {editing.name: editing.text})
        except (AutotrainError, OSError) as error:
            return None, f"error: {error}"
        before = screens.overridden(resolved, editing.name)
        said = f"saved {settings.variable(editing.name)}"
        return None, f"{said}; but its value from {before} comes before config.yaml" if before else said


def _present(resolved: precedence.Resolved, name: str) -> str:
    return settings.show_raw(getattr(resolved.settings, name))


def _show(terminal: Terminal, lines: list[Line]) -> None:
    width, height = terminal.size()
    filled = lines[:height] + [[] for _ in range(height - len(lines))]
    terminal.show([fit(line, width) for line in filled], (width, height))


def do_flag(name: str, out_dir: Path, shown: Callable[[str], None]) -> int:
    """One entry by its flag, without a screen."""
    if name in requests.ASK:
        shown(requests.ASK[name](out_dir))
    elif name == "start":
        shown(actions.launch(out_dir))
    elif name == "resume":
        shown(actions.launch(out_dir, "--resume"))
    elif name in actions.OUTSIDE:
        return actions.outside(name, out_dir)
    elif name == "status":
        now = actions.newest(out_dir)
        shown(requests.status_text(now, out_dir) if now else "no run yet")
    return 0
