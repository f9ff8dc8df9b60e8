"""The README's path as a person sees it: typed line by line in a terminal of 80 columns with an empty HOME, as text.

Reads README.md and clones the project; writes docs/run/film.md: what each command showed, how long it took, its exit
code, the longest time without news, and each word that the terminal broke. Needs tmux and git. The lines under "Watch,
stop, go on" are typed in a second terminal while the loop runs.

    python -m autotrain.manual.film              # the default run: as long as the README says, and an installation
    python -m autotrain.manual.film --short      # the README's short run in its place
    python -m autotrain.manual.film --venv .venv # without the installation
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autotrain.cli import tell
from autotrain.config import settings
from autotrain.display.values import fold
from autotrain.errors import UsageError
from autotrain.jsonl import atomic_writer

FILM = settings.PROJECT_ROOT / "docs" / "run" / "film.md"
COLUMNS, ROWS = 80, 24
FOLDER = "heidi-autotraining"
PROMPT = "heidi$ "
KEPT_VARIABLES = re.compile(r"PATH|LANG|LC_\w+|(?:PIP|UV|SSL)_\w+|\w+_proxy|\w+_PROXY")
FENCE = re.compile(r"^```bash\n(.*?)^```", re.M | re.S)
SHORT = re.compile(r"`(\./scripts/loop\.sh --rounds 1 [^`]+)`")
LOOP = "./scripts/loop.sh"
SCREENS = {"autotrain.dashboard": "q quit", "scripts/menu.py": "Exit"}  # what stays until q is pressed, and its sign
EXPECTED_CODES = {"--stop": (0,), LOOP: (0, 75)}  # a loop that was asked to stop says 75
SHOWN_AT_S = (5.0, 60.0, 300.0, 900.0)  # seconds into a command at which its screen is kept
SHOWN_LINES = 40  # of what a command has printed in the end, from its beginning and from its end
MOST_S = 4 * 3600.0  # a command that takes longer has hung


@dataclass
class Scene:
    """One command: what was seen of it, in seconds and screens."""

    command: str
    terminal: int
    seconds: float = 0.0
    code: int | None = None
    silence_s: float = 0.0
    """The longest time in which the screen stayed as it was."""
    broken: list[str] = field(default_factory=list)
    """Words that the terminal's edge has cut in two; paths and commands are longer than a line may be."""
    screens: list[tuple[float, str]] = field(default_factory=list)
    printed: str = ""

    def failed(self) -> bool:
        """Whether it ended as no command of the README should."""
        wanted = next((codes for part, codes in EXPECTED_CODES.items() if self.command.endswith(part)), (0,))
        return self.code not in wanted


class Terminal:
    """One tmux pane with bash in it, which notes each command's exit code."""

    def __init__(self, server: str, name: str, folder: Path, environment: dict[str, str]) -> None:
        self._server, self._name, self._codes = server, name, folder / f"codes_{name}"
        self._codes.touch()
        shell = {**environment, "PS1": PROMPT, "PROMPT_COMMAND": f"echo $? >>{self._codes}"}
        shell |= {"TERM": "xterm-256color", "HISTFILE": "/dev/null"}
        size = ["-x", str(COLUMNS), "-y", str(ROWS), "-c", environment["HOME"]]
        command = ["env", "-i", *(f"{key}={value}" for key, value in shell.items()), "bash", "--norc", "--noprofile"]
        options = ["start-server", ";", "set-option", "-g", "history-limit", "50000", ";"]
        _tmux(server, *options, "new-session", "-d", "-s", name, *size, *command)
        self._wait(lambda: bool(self.codes()), 10)

    def codes(self) -> list[int]:
        """The exit codes of all commands so far; the first is of the shell's own beginning."""
        return [int(line) for line in self._codes.read_text().split()]

    def screen(self) -> str:
        return _tmux(self._server, "capture-pane", "-p", "-t", self._name).rstrip()

    def printed(self) -> str:
        """Everything since the last `clear`, the lines that the edge has broken put together again."""
        return _tmux(self._server, "capture-pane", "-p", "-J", "-S", "-", "-t", self._name).rstrip()

    def type(self, text: str) -> None:
        _tmux(self._server, "send-keys", "-t", self._name, "-l", text)
        self.press("Enter")

    def press(self, key: str) -> None:
        _tmux(self._server, "send-keys", "-t", self._name, key)

    def clear(self) -> None:
        self.press("C-l")
        self._wait(lambda: self.screen() == PROMPT.strip(), 10)
        _tmux(self._server, "clear-history", "-t", self._name)

    def close(self) -> None:
        _tmux(self._server, "kill-session", "-t", self._name)

    @staticmethod
    def _wait(condition: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not condition() and time.monotonic() < until:
            time.sleep(0.05)


def _tmux(server: str, *arguments: str) -> str:
    command = ["tmux", "-L", server, "-f", "/dev/null", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


class Camera:
    """Plays a scene in a terminal and looks at it once a `tick`."""

    def __init__(self, terminal: Terminal, number: int, tick_s: float) -> None:
        self.terminal, self._number, self._tick_s = terminal, number, tick_s
        self._changed = self._begun = 0.0
        self._before = 0
        self._last = ""
        self.scene = Scene("", number)

    def begin(self, command: str) -> None:
        self.terminal.clear()
        self.scene = Scene(command, self._number)
        self._before, self._last = len(self.terminal.codes()), ""
        self.terminal.type(command)
        self._begun = self._changed = time.monotonic()

    def look(self) -> bool:
        """Look once; whether the command has ended."""
        codes, now, seen = self.terminal.codes(), time.monotonic(), self.terminal.screen()
        scene, seconds = self.scene, now - self._begun
        scene.silence_s = max(scene.silence_s, now - self._changed)
        if seen != self._last:
            self._last, self._changed = seen, now
        if len(codes) > self._before:
            scene.seconds, scene.code = seconds, codes[self._before]
            scene.printed = self.terminal.printed()
            scene.broken = broken_words(scene.printed)
            return True
        due = len(scene.screens) < len(SHOWN_AT_S) and seconds >= SHOWN_AT_S[len(scene.screens)]
        if due and not any(program in scene.command for program in SCREENS):
            self.keep_screen()
        if seconds > MOST_S:
            scene.printed = self.terminal.printed()
            return True  # without an exit code: it counts as failed
        return False

    def keep_screen(self) -> None:
        """What the screen shows now goes into the film."""
        self.scene.screens.append((time.monotonic() - self._begun, self.terminal.screen()))

    def until_ended(self, beside: Callable[[], bool] = lambda: False) -> Scene:
        """Look until it has ended; `beside` is another camera's look."""
        while not self.look():
            beside()
            time.sleep(self._tick_s)
        return self.scene

    def until_seen(self, sign: str, seconds: float, beside: Callable[[], bool]) -> None:
        """Look until the screen holds the sign, at most so long."""
        until = time.monotonic() + seconds
        while sign not in self.terminal.screen() and time.monotonic() < until and not self.look():
            beside()
            time.sleep(self._tick_s)


def broken_words(joined: str, columns: int = COLUMNS) -> list[str]:
    """The words that stand across the terminal's edge, but for paths, commands and what was typed."""
    found = []
    for line in joined.splitlines():
        if line.startswith(PROMPT) or fold(line, columns) == line:  # typed, or a command that stays whole
            continue
        for place in range(columns, len(line), columns):
            before, after = line[:place].rpartition(" ")[2], line[place:].partition(" ")[0]
            if before and after and not re.search(r"[/=]|^-", before + after) and re.search(r"\w", before + after):
                found.append(before + after)
    return found


def commands(readme: str) -> tuple[list[str], list[str]]:
    """What is typed in the first terminal, and what in a second one while the loop runs: the lines of bash blocks."""
    blocks = [_lines(body) for body in FENCE.findall(readme)]
    watching = next((block for block in blocks if any(line.endswith("--stop") for line in block)), [])
    return [line for block in blocks if block is not watching for line in block], watching


def _lines(body: str) -> list[str]:
    return [line for line in (re.sub(r"(?:^|\s+)#\s.*$", "", text).rstrip() for text in body.splitlines()) if line]


def shoot(
    project: Path, readme: str, folder: Path, watch_after_s: float, tick_s: float, venv: Path | None
) -> list[Scene]:
    """Play the README's commands on a clone of the project; the scenes in the order in which they ended."""
    home = folder / "home"
    home.mkdir()
    (folder / FOLDER).symlink_to(project.resolve())
    kept = {name: value for name, value in os.environ.items() if KEPT_VARIABLES.fullmatch(name)}
    environment = {"LANG": "C.UTF-8", **kept, "HOME": str(home)}
    first, watching = commands(readme)
    server = f"film-{os.getpid()}"
    scenes: list[Scene] = []
    terminals = [Terminal(server, name, folder, environment) for name in ("first", "second")]
    one, two = (Camera(terminal, place, tick_s) for place, terminal in enumerate(terminals, start=1))

    def ended(scene: Scene) -> None:
        tell(f"film: {scene.command}: exit code {scene.code} after {scene.seconds:.0f} s")
        scenes.append(scene)

    def play(camera: Camera, command: str, beside: Callable[[], bool] = lambda: False) -> None:
        camera.begin(command.replace("<this repository>", str(folder / FOLDER)))
        sign = next((sign for program, sign in SCREENS.items() if program in command), None)
        if sign:
            camera.until_seen(sign, 60, beside)
            until = time.monotonic() + 3 * tick_s
            while time.monotonic() < until:
                camera.look()
                beside()
                time.sleep(tick_s)
            camera.keep_screen()
            camera.terminal.press("q")
        ended(camera.until_ended(beside))

    try:
        for command in first:
            if not is_run(command) or not watching:
                play(one, command)
            else:
                one.begin(command)
                loop_ended = _watch(one, two, watching, watch_after_s, tick_s, play)
                ended(one.scene if loop_ended else one.until_ended())
                for again in (line for line in watching if line.endswith("--resume")):
                    play(one, again)
            if command.startswith("git clone"):
                if venv:
                    (home / FOLDER / ".venv").symlink_to(venv.resolve())
                two.terminal.type(f"cd {FOLDER}")
    finally:
        _tmux(server, "kill-server")
    return scenes


def is_run(command: str) -> bool:
    """Whether it starts the loop, and does not only ask it something."""
    return command.startswith(LOOP) and not re.search(
        r"--(?:dry-run|status|list|stop|pause|continue|resume)\b", command
    )


def _watch(
    one: Camera, two: Camera, watching: Sequence[str], after_s: float, tick_s: float, play: Callable[..., None]
) -> bool:
    """Type the watching lines in the second terminal; whether the loop had ended before the last of them had."""
    done = False

    def beside() -> bool:
        nonlocal done
        done = done or one.look()
        return done

    until = time.monotonic() + after_s
    while time.monotonic() < until and not beside():
        time.sleep(tick_s)
    for command in watching:
        if not command.endswith("--resume") and not done:
            play(two, command, beside)
    return done


def page(scenes: Sequence[Scene], hidden: Sequence[tuple[str, str]], made: str) -> str:
    """The film as Markdown. `hidden`: what stands for folders of the machine that it was made on."""

    def told(text: str) -> str:
        for real, shown in hidden:
            text = text.replace(real, shown)
        return text.replace("```", "'''")

    lines = ["# The first hour, filmed", "", made, ""]
    lines += [
        "| command | terminal | took | exit code | longest time without news | broken words |",
        "|---|---|---|---|---|---|",
    ]
    for scene in scenes:
        words = ", ".join(scene.broken[:5]) or "none"
        code = f"{scene.code}" + (" (**failed**)" if scene.failed() else "")
        silence = f"{scene.silence_s:.0f} s"
        lines.append(
            f"| `{told(scene.command)}` | {scene.terminal} | {scene.seconds:.0f} s | {code} | {silence} | {words} |"
        )
    for scene in scenes:
        lines += ["", f"## {told(scene.command)}", ""]
        for seconds, seen in scene.screens:
            lines += [f"After {seconds:.0f} seconds, terminal {scene.terminal}:", "", "```text", told(seen), "```", ""]
        printed = [line for line in told(scene.printed).splitlines() if line.strip() != PROMPT.strip()]
        if len(printed) > 2 * SHOWN_LINES:
            left_out = len(printed) - 2 * SHOWN_LINES
            printed = [*printed[:SHOWN_LINES], f"[... {left_out} more lines ...]", *printed[-SHOWN_LINES:]]
        if len(printed) <= 1 and scene.screens:
            continue  # a screen of its own, which leaves nothing behind
        lines += [f"In the end, after {scene.seconds:.0f} seconds:", "", "```text", *printed, "```"]
    return "\n".join(lines) + "\n"


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autotrain.manual.film", description="Film the README's path.")
    parser.add_argument("--project", type=Path, default=settings.PROJECT_ROOT, metavar="DIR", help="what is cloned")
    parser.add_argument("--output", type=Path, default=FILM, metavar="F", help="where the film goes")
    parser.add_argument("--venv", type=Path, metavar="DIR", help="this environment, in place of the installation")
    parser.add_argument("--short", action="store_true", help="the README's short run in place of the default one")
    parser.add_argument("--watch-after", type=float, default=240.0, metavar="S", help="when the second terminal begins")
    parser.add_argument("--tick", type=float, default=1.0, metavar="S", help="seconds between two looks")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    arguments = make_parser().parse_args(argv)
    for program in ("tmux", "git"):
        if shutil.which(program) is None:
            tell(f"film: error: {program} is needed and is not installed.")
            return UsageError.exit_code
    readme = (arguments.project / "README.md").read_text(encoding="utf-8")
    if arguments.short:
        short = SHORT.search(readme)
        readme = re.sub(rf"^{re.escape(LOOP)}(?= *(?:#|$))", short[1] if short else LOOP, readme, flags=re.M)
    with tempfile.TemporaryDirectory(prefix="film", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        scenes = shoot(
            arguments.project, readme, folder, arguments.watch_after, max(arguments.tick, 0.05), arguments.venv
        )
        hidden = [(str(folder / FOLDER), "<this repository>"), (str(folder / "home"), "~")]
    how = "an environment that was there already" if arguments.venv else "the installation included"
    made = (
        f"Made by `python -m autotrain.manual.film` on {time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors, "
        f"{COLUMNS} columns, an empty HOME, {how}."
        f"{' The short run stands for the default one.' if arguments.short else ''} `~` is that HOME. The lines that "
        "watch and stop a run were typed in a second terminal while the loop ran; it was stopped there, and went on."
    )
    with atomic_writer(arguments.output) as stream:
        stream.write(page(scenes, hidden, made).encode())
    failed = [scene.command for scene in scenes if scene.failed()]
    if failed:
        tell(f"film: error: {len(failed)} commands failed: {'; '.join(failed)}. The film is in {arguments.output}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
