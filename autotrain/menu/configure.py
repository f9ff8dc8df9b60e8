"""Configure: every setting under its group, searched, changed and saved in OUT_DIR/config.yaml, in a terminal.

Configure(terminal, out_dir).until_left()
"""

from dataclasses import replace
from pathlib import Path

from autotrain.config import precedence, settings
from autotrain.display.canvas import Line, fit
from autotrain.display.terminal import Terminal
from autotrain.errors import AutotrainError
from autotrain.menu import config_file, screens
from autotrain.menu.screens import Editing, Shown

REFRESH_S = 1.0
STEPS = {"up": -1, "k": -1, "down": 1, "j": 1, "page-up": -10, "page-down": 10}


def show(terminal: Terminal, lines: list[Line]) -> None:
    """These lines, and nothing else, on the screen."""
    width, height = terminal.size()
    filled = lines[:height] + [[] for _ in range(height - len(lines))]
    terminal.show([fit(line, width) for line in filled], (width, height))


class Configure:
    """The screen of settings on one OUT_DIR."""

    def __init__(self, terminal: Terminal, out_dir: Path) -> None:
        self._terminal, self._out_dir = terminal, out_dir
        self._chosen, self._shown = 0, Shown()

    def until_left(self) -> None:
        """Until the person goes back. Raises UsageError where the settings cannot be read."""
        while True:
            resolved = precedence.resolve({"out_dir": str(self._out_dir)})
            rows = screens.found(self._shown.search)
            size = self._terminal.size()
            show(self._terminal, screens.settings_lines(resolved, self._chosen, self._shown, size, rows))
            for key in self._terminal.wait(REFRESH_S):
                if self._shown.editing is not None:
                    self._type(self._shown.editing, key, resolved)
                elif self._shown.searching:
                    self._search(key)
                elif key == "/":
                    self._chosen, self._shown = 0, Shown(searching=True)
                elif key == "escape" and self._shown.search:
                    self._chosen, self._shown = 0, Shown()
                elif key in ("escape", "q"):
                    return
                elif rows := screens.found(self._shown.search):
                    if key == "enter":
                        name = rows[self._chosen].name
                        present = settings.show_raw(getattr(resolved.settings, name))
                        self._shown = replace(self._shown, editing=Editing(name, present), message="")
                    self._chosen = min(max(self._chosen + STEPS.get(key, 0), 0), len(rows) - 1)

    def _search(self, key: str) -> None:
        if key == "escape":
            self._shown = Shown()
        elif key == "enter":
            self._shown = replace(self._shown, searching=False)
        elif key in ("up", "down", "page-up", "page-down"):
            last = len(screens.found(self._shown.search)) - 1
            self._chosen = max(min(self._chosen + STEPS[key], last), 0)
        else:
            self._chosen, self._shown = 0, replace(self._shown, search=_edited(self._shown.search, key))

    def _type(self, editing: Editing, key: str, resolved: precedence.Resolved) -> None:
        if key == "escape":
            self._shown = replace(self._shown, editing=None)
        elif key != "enter":
            self._shown = replace(self._shown, editing=Editing(editing.name, _edited(editing.text, key)))
        elif not config_file.problem(editing.name, editing.text):
            self._shown = replace(self._shown, editing=None, message=self._save(editing, resolved))

    def _save(self, editing: Editing, resolved: precedence.Resolved) -> str:
        try:
            config_file.save(self._out_dir / "config.yaml", {editing.name: editing.text})
        except (AutotrainError, OSError) as error:
            return f"error: {error}"
        before = screens.overridden(resolved, editing.name)
        said = f"saved {settings.variable(editing.name)}"
        return f"{said}; but its value from {before} comes before config.yaml" if before else said


def _edited(text: str, key: str) -> str:
    if key == "backspace":
        return text[:-1]
    if key == "clear":
        return ""
    return text + key if len(key) == 1 else text
