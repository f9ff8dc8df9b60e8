"""The menu in a terminal: keys in, screens out, entries done."""

from collections.abc import Callable
from pathlib import Path

from autotrain.display.terminal import Terminal
from autotrain.errors import AutotrainError
from autotrain.loop import requests
from autotrain.menu import actions, screens
from autotrain.menu.configure import Configure, show
from autotrain.menu.entries import entries

REFRESH_S = 1.0


class Menu:
    """The menu on one OUT_DIR."""

    def __init__(self, out_dir: Path) -> None:
        self.out_dir = out_dir
        self.message = ""
        self._chosen = 0
        self._leave = False
        self._outside = ""  # an entry that has the terminal to itself

    def run(self) -> int:
        """Until the person leaves."""
        while not self._leave:
            with Terminal() as terminal:
                self._main(terminal)
            if self._outside:
                name, self._outside = self._outside, ""
                code = actions.outside(name, self.out_dir)
                self.message = f"error: {name} ended with exit code {code}" if code else ""
        return 0

    def _main(self, terminal: Terminal) -> None:
        while not self._leave and not self._outside:
            now = actions.newest(self.out_dir)
            listed = entries(now)
            width, _ = terminal.size()
            show(terminal, screens.menu_lines(listed, self._chosen, self.message, str(self.out_dir), now, width))
            for key in terminal.wait(REFRESH_S):
                if key in ("up", "k"):
                    self._chosen = (self._chosen - 1) % len(listed)
                elif key in ("down", "j"):
                    self._chosen = (self._chosen + 1) % len(listed)
                elif key in ("q", "escape"):
                    self._leave = True
                elif key in (keys := [entry.key for entry in listed]):
                    self._chosen = keys.index(key)
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
                Configure(terminal, self.out_dir).until_left()
            elif name in requests.ASK:
                self.message = requests.ASK[name](self.out_dir)
            elif name == "report":
                self.message = actions.report(self.out_dir)
            elif name == "start" and not self._agreed(terminal):
                self.message = "not started"
            else:
                show(terminal, [[(f"{entry.title}: {entry.hint}", "title")], [], [("the loop begins ...", "dim")]])
                self.message = actions.launch(self.out_dir, *(("--resume",) if name == "resume" else ()))
        except (AutotrainError, OSError) as error:
            self.message = str(error) if str(error).startswith("error") else f"error: {error}"

    def _agreed(self, terminal: Terminal) -> bool:
        """Whether the person, shown what would be started and what it takes, wants it."""
        show(terminal, [[("Start a new run?", "title")], [], [("looking at the plan ...", "dim")]])
        plan = actions.plan(self.out_dir)
        while True:
            show(terminal, screens.plan_lines(plan, *terminal.size()))
            for key in terminal.wait(REFRESH_S):
                if key in ("enter", "y"):
                    return True
                if key in ("escape", "q", "n"):
                    return False


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
    elif name == "report":
        shown(actions.report(out_dir))
    elif name == "status":
        now = actions.newest(out_dir)
        shown(requests.status_text(now, out_dir) if now else "no run yet")
    return 0
