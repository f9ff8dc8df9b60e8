"""The errors that end a stage, each with the exit code that the shell sees.

A stage's `main` lets these rise to `autotrain.cli.run`, which prints one line on
stderr and returns `exit_code`. The table in docs/pipeline.md is made from this file.
"""


def plain(text: str) -> str:
    """A text without anything that a terminal would obey: its control and format characters become ·."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else " " if c.isspace() else "·" for c in text)


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
