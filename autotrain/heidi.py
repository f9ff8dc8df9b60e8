"""The command `heidi`: one word for each script and module of the project, which stay as they are.

Standard library only: it answers before anything is installed. Reads nothing and writes nothing; the command that
it becomes does.

    heidi run --rounds 1        # after `./scripts/setup.sh` as .venv/bin/heidi, or after `pip install -e .`
"""

import difflib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from autotrain.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent


class Command(NamedTuple):
    """What a word stands for: a shell script, a Python script or `-m` with a module, its first flags; and its use."""

    words: tuple[str, ...]
    use: str


LOOP = "scripts/loop.sh"
COMMANDS = {
    "run": Command((LOOP,), "train: the whole loop, round after round"),
    "resume": Command((LOOP, "--resume"), "go on with the newest run, or the one named"),
    "status": Command((LOOP, "--status"), "where the newest run stands"),
    "list": Command((LOOP, "--list"), "every run with its result"),
    "stop": Command((LOOP, "--stop"), "ask the running loop to stop at its next safe point"),
    "pause": Command((LOOP, "--pause"), "ask the running loop to pause"),
    "continue": Command((LOOP, "--continue"), "end a pause"),
    "ask": Command(("scripts/ask.py",), "talk to the best adapter, the base beside it"),
    "menu": Command(("scripts/menu.py",), "start, steer and configure runs with the arrow keys"),
    "dashboard": Command(("-m", "autotrain.dashboard"), "watch a run"),
    "report": Command(("-m", "autotrain.report"), "write report.html of a run again"),
    "eval": Command(("scripts/05_eval.py",), "evaluate an adapter, the base model or a server"),
    "export": Command(("scripts/export.py",), "a merged model, GGUF, a model card"),
    "doctor": Command(("-m", "autotrain.doctor"), "what this machine has and lacks"),
}


def help_text() -> str:
    """Every command in a line."""
    width = max(map(len, COMMANDS))
    return "\n".join(
        [
            "Train a small coding agent on your own workstation, and know whether it got better.",
            "",
            "usage: heidi COMMAND [flags]        heidi COMMAND --help shows the flags",
            "",
            *(f"  {name:<{width}}  {command.use}" for name, command in COMMANDS.items()),
        ]
    )


def becomes(command: Command, arguments: Sequence[str]) -> list[str]:
    """The program that a command becomes, as a person in this folder would type it."""
    first, *flags = command.words
    if first == "-m":
        return [_python(), "-m", *flags, *arguments]
    # The loop's hints name it as it was called: as short as it is from here.
    path, near = str(ROOT / first), os.path.relpath(ROOT / first)
    path = path if near.startswith("..") else os.path.join(".", near)
    return [path, *flags, *arguments] if first.endswith(".sh") else [_python(), path, *flags, *arguments]


def _python() -> str:
    own = ROOT / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def main(argv: Sequence[str] | None = None) -> int:
    """Become the command that the first word names; 2 where it names none."""
    name, *arguments = list(sys.argv[1:] if argv is None else argv) or [""]
    if name in ("-h", "--help", "help"):
        print(help_text())
        return 0
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"Did you mean heidi {near[0]}?" if near else "See heidi --help."
        said = f"heidi: error: there is no command {name}. {hint}" if name else help_text()
        print(said, file=sys.stderr)
        return UsageError.exit_code
    if not (ROOT / LOOP).is_file():
        print(f"heidi: error: {ROOT} is no checkout: clone the project and pip install -e it there.", file=sys.stderr)
        return UsageError.exit_code
    program = becomes(COMMANDS[name], arguments)
    if program[1] == "-m":  # as the scripts do for themselves
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    sys.stdout.flush()
    os.execv(program[0], program)


if __name__ == "__main__":
    sys.exit(main())
