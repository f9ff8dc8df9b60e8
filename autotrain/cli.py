"""What every stage script shares: its parser, settings, exit codes and how it talks.

stdout gets one JSON summary, stderr gets lines for people (and a progress bar where a
person watches). In a run (`HEIDI_RUN_DIR`) it also writes events and state; called by
hand it writes neither.

    def work(arguments, context): ...; return {"accepted": 10}
    if __name__ == "__main__":
        sys.exit(cli.main("clean", make_parser(), work))
"""

import argparse
import contextlib
import difflib
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from autotrain.config import precedence, settings, threads
from autotrain.display.progress import Bar
from autotrain.display.values import fold
from autotrain.errors import AutotrainError, DataError, Interrupted, OutOfMemory, Stopped, UsageError, plain, say
from autotrain.jsonl import ascii_json, read_json, write_json
from autotrain.run import commands, paths, state
from autotrain.run.events import EventLog

PROGRESS_VARIABLE = "HEIDI_PROGRESS"  # set by the runner: its own stderr is a terminal


class Context:
    """A stage's surroundings: settings, the run it belongs to (if any), and its voice."""

    def __init__(self, stage: str, resolved: precedence.Resolved, round_number: int, *, quiet: bool = False) -> None:
        self.stage, self.resolved, self.round_number = stage, resolved, round_number
        self.settings = resolved.settings
        self.run = paths.run_from_environment()
        self._events = EventLog(self.run.events, self.run.run_id) if self.run else None
        self._watch = state.StopWatch(self.run)
        self._quiet = quiet
        self._bar: Bar | None = None
        self._shows_bars = sys.stderr.isatty() or os.environ.get(PROGRESS_VARIABLE) == "1"

    @property
    def workers(self) -> int:
        """Processes for work that can be shared out."""
        return self.settings.workers or len(os.sched_getaffinity(0))

    @property
    def sandbox_packages(self) -> list[str]:
        """Packages that tested code may import (SANDBOX_PACKAGES, TEACHER_LIBRARIES)."""
        return self.settings.packages

    def say(self, text: str) -> None:
        """One line for the person, on stderr."""
        if self._bar:
            self._bar.print(text)
        elif not self._quiet:
            tell(text)

    def emit(self, event: str, message: str = "", *, level: str = "info", **data: Any) -> None:
        """One event of the run; nothing where there is no run."""
        if self._events:
            self._events.emit(event, message, level=level, stage=self.stage, round_number=self.round_number, data=data)

    def warn(self, text: str, **data: Any) -> None:
        """A line for the person and an event of level `warning`."""
        self.say(f"warning: {text}")
        self.emit("warning", text, level="warning", **data)

    def update_state(self, change: Callable[[state.State], None]) -> None:
        """Change the run's state; nothing where there is no run."""
        if self.run:
            state.update(self.run, change)

    def keep_proof(self, kind: str, found: Mapping[str, Any]) -> None:
        """What a start-up proof found of the base model, in the run's config.json where there is one."""
        if not self.run:
            return
        try:
            content = read_json(self.run.config)
        except DataError:
            return  # missing or damaged: the run's first event tells its settings (runs.py)
        proofs = {**content.get("start_up_proofs", {}), kind: dict(found)}
        write_json(self.run.config, {**content, "start_up_proofs": proofs})

    def stop_requested(self) -> bool:
        """Whether a person asked the run to stop: ask at every safe point, then `raise Stopped`."""
        return self._watch.stop_requested()

    @contextlib.contextmanager
    def progress(self, label: str, total: int, done: int = 0, unit: str = "") -> Iterator[Bar]:
        """A bar on a terminal, else a plain line at most every 10 seconds. Yields the bar: `bar(n)` advances it."""
        before = self._bar
        with Bar(label, total, done, unit=unit, live=self._shows_bars, quiet=self._quiet) as bar:
            self._bar = bar
            try:
                yield bar
            finally:
                self._bar = before


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and that takes no abbreviated flags."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def format_help(self) -> str:
        # What it is for comes first; every flag has its line below, so the usage names none that may be left out.
        flags = [one for one in self._actions if one.required and one.option_strings]
        needed = [f"{one.option_strings[-1]} {one.metavar}" for one in flags]
        needed += [f"[{one.dest.upper()}]" for one in self._actions if not one.option_strings]
        said = f"{self.description}\n\n" if self.description else ""
        before, self.description, self.usage = self.description, None, " ".join([self.prog, *needed, "[flags]"])
        try:
            return said + super().format_help()
        finally:
            self.description, self.usage = before, None

    def error(self, message: str) -> NoReturn:
        unknown = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        near = difflib.get_close_matches(unknown[1], self._option_string_actions, n=1) if unknown else []
        hint = f"Did you mean {near[0]}?" if near else f"See {self.prog} --help."
        self.exit(UsageError.exit_code, plain(f"{self.prog}: error: {message}. {hint}\n"))


def stage_parser(description: str | None, names: Sequence[str], *, with_round: bool = True) -> argparse.ArgumentParser:
    """A parser with the flags of the named settings, and `--round` and `--quiet`.

    Abbreviated flags are refused: an unknown flag is an error, never a guess.
    """
    parser = Parser(
        description=(description or "").split("\n\n")[0],
        epilog="Exit codes: 0 done, 2 usage or settings, 3 input data, 4 teacher, 5 memory, 6 sandbox, "
        "75 stopped, 130 interrupted, 1 anything else.",
    )
    if with_round:
        parser.add_argument(
            "--round", type=natural, default=1, metavar="N", help="the round this belongs to (default 1)"
        )
    parser.add_argument("--quiet", action="store_true", help="no lines on stderr but errors")
    settings.add_flags(parser, names)
    return parser


def positive(text: str) -> int:
    """An integer of at least 1, for argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def natural(text: str) -> int:
    """An integer of at least 0, for argparse."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is below 0")
    return value


def existing_file(text: str) -> Path:
    """A path that is a readable file, for argparse."""
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"{text} is no file")
    return path


def keep_apart(read: Sequence[Path], written: Sequence[Path | None]) -> None:
    """Raise UsageError where a file that is read, or already written, would be written over."""
    taken = {path.resolve() for path in read}
    for path in written:
        if path is None or (path.exists() and not path.is_file()):  # /dev/null may stand for several
            continue
        if path.resolve() in taken:
            raise UsageError(f"{path} is named twice: give what is written a file of its own.")
        taken.add(path.resolve())


def main(
    stage: str,
    parser: argparse.ArgumentParser,
    work: Callable[[argparse.Namespace, Context], dict[str, Any]],
    argv: Sequence[str] | None = None,
) -> int:
    """Parse, resolve the settings, work, print the summary; errors become one line and their code."""
    arguments = parser.parse_args(argv)
    threads.wait_briefly()
    try:
        names = {row.name for row in settings.fields()}
        flags = {name: value for name, value in vars(arguments).items() if name in names}
        resolved = precedence.resolve(flags)
        context = Context(stage, resolved, getattr(arguments, "round", 1), quiet=arguments.quiet)
        summary = work(arguments, context)
        say(ascii_json(summary), answer=True)
        return 0
    except (Exception, KeyboardInterrupt) as error:
        return report_error(stage, error)


def tell(text: str) -> None:
    """One line for the person on stderr; a reader that has gone away is no reason to stop."""
    say(for_terminal(text, sys.stderr))


def for_terminal(text: str, stream: TextIO | None) -> str:
    """The text with its lines folded to the width of the terminal that the stream is, if it is one."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns if stream and stream.isatty() else 0
    except (OSError, ValueError):
        return text
    return fold(text, columns) if columns else text


def run_command(name: str, command: Callable[[], int], unread: int = 0) -> int:
    """Run what is no stage: an error becomes one line on stderr, with `name` before it, and its exit code.

    `unread`: the exit code where the reader of stdout has gone away, which is no error.
    """
    before = f"{name}: " if name else ""
    threads.wait_briefly()
    try:
        code = command()
        if sys.stdout:
            sys.stdout.flush()
        return code
    except AutotrainError as error:
        tell(f"{before}error: {error}")
        return error.exit_code
    except BrokenPipeError:  # nobody reads on: no error to tell, and none at exit
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return unread
    except OSError as error:
        say(f"{before}error: {error.filename}: {error.strerror}.")
        return 1
    except KeyboardInterrupt:
        say(f"{before}interrupted.")
        return Interrupted.exit_code


def report_error(stage: str, error: BaseException) -> int:
    """Say what ended a stage in one line on stderr (a traceback before it for a fault of ours)."""
    error = _known(error)
    if not isinstance(error, (AutotrainError, OSError)):
        say("".join(traceback.format_exception(error)), end="")
    code = error.exit_code if isinstance(error, AutotrainError) else 1
    message = str(error) if isinstance(error, AutotrainError) else f"{type(error).__name__}: {error}"
    if isinstance(error, OSError) and error.filename:
        message = f"{error.filename}: {error.strerror}."
    kind = "stopped" if isinstance(error, (Stopped, Interrupted)) else "error"
    tell(f"{stage}: {kind}: {message}")
    run = paths.run_from_environment()
    if run is not None:
        level = "warning" if kind == "stopped" else "error"
        EventLog(run.events, run.run_id).emit(
            "stage_error", message, level=level, stage=stage, data={"exit_code": code}
        )
    return code


def _known(error: BaseException) -> BaseException:
    if isinstance(error, KeyboardInterrupt):
        run = paths.run_from_environment()
        if run is None:
            return Interrupted("interrupted; start the same command again.")
        return Interrupted(f"interrupted; go on with {commands.loop('--resume', out_dir=run.out_dir)}.")
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return OutOfMemory("out of memory: lower BATCH_SIZE, SEQ_LEN or LORA_R, in that order.")
    return error
