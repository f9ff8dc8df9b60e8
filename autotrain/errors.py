"""What is said to people: the one place that prints, and the errors that end a stage, each with its exit code.

A stage's `main` lets these rise to `autotrain.cli.run`, which prints one line on
stderr and returns `exit_code`. The table in docs/pipeline.md is made from this file.
"""

import contextlib
import re
import sys

_ODD = re.compile(r"[^\n\t -~]")


def plain(text: str) -> str:
    """A text without anything that a terminal would obey: its control and format characters become ·."""
    return _ODD.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    character = found.group()
    return character if character.isprintable() else " " if character.isspace() else "·"


def say(text: str, *, answer: bool = False, before: str = "", end: str = "\n") -> None:
    """Print a text for a person: on stderr, or on stdout where it is what was asked for (`answer`).

    Names, paths and messages in it may be anybody's; nothing else in this project prints them. `before` and `end`
    are ours, and go out as they are. A reader of stderr that has gone away is no reason to stop; one of stdout is
    a BrokenPipeError.
    """
    with contextlib.nullcontext() if answer else contextlib.suppress(OSError):
        print(before + plain(text), end=end, file=sys.stdout if answer else sys.stderr, flush=True)


class AutotrainError(Exception):
    """Something went wrong that one sentence explains. Exit code 1.

    What it repeats of a file, a server or a name never reaches a terminal as more than text.
    """

    exit_code = 1

    def __str__(self) -> str:
        return plain(super().__str__())


class UsageError(AutotrainError):
    """A flag, a setting or a combination of them is wrong."""

    exit_code = 2


class DataError(AutotrainError):
    """An input file is missing, empty or malformed."""

    exit_code = 3


class TeacherError(AutotrainError):
    """The teacher is unavailable, unauthorised, out of budget or cannot deliver."""

    exit_code = 4


class OutOfMemory(AutotrainError):
    """The settings do not fit this machine's memory; the message says what to lower."""

    exit_code = 5


class SandboxUnavailable(AutotrainError):
    """No tier of the sandbox holds on this machine, so no generated code is run."""

    exit_code = 6


class Stopped(AutotrainError):
    """A person asked the run to stop; `loop.sh --resume` goes on from here."""

    exit_code = 75


class Interrupted(AutotrainError):
    """Ctrl-C or a signal ended the stage; `loop.sh --resume` goes on from here."""

    exit_code = 130
