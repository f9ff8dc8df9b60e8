"""Runs, in a slot's server itself, what every program is going to run there.

The interpreter writes down what it learns about code that runs for the first time (caches of
attributes, specialised instructions, interned names). What it learns in a program is lost with
it, and each such note costs that program a page of its own; learnt here, it is there for all.
"""

import contextlib
import linecache
import os
import socket
import sys
from collections.abc import Callable, Iterator

from autotrain.sandbox.inside import candidate, checker

TIMES = 16  # from the eighth run on CPython 3.11 and later specialise a function
_CODE = "def f(x):\n    return [x + 1]\n\n\nclass C:\n    def m(self):\n        return 1\n\n\nprint(f(1))\n"
_TESTS = "assert f(1) == [2]\nassert f(2) == [3]\n"


class _Left(BaseException):
    """In place of the end of the process."""


def rehearse(report: int) -> None:
    """Run a program and its tests often enough. `report` is a file for what they report."""
    with _state_kept():
        for _ in range(TIMES):
            _until_it_leaves(lambda: checker.run_alone(_CODE, candidate.new_module(), checker.Report(report)))
            _until_it_leaves(lambda: checker.run_in_process(_CODE, _TESTS, None, report))


def rehearse_apart(report: int, processor: int) -> None:
    """The same for a program and tests that run in two processes: a child plays the other side."""
    with _state_kept():
        for times, ours, theirs in (
            (TIMES, lambda channel: checker.check(_TESTS, None, channel, report, processor), _serve(processor)),
            (TIMES, _serve(processor), lambda channel: checker.check(_TESTS, None, channel, report, processor)),
        ):
            for _ in range(times):
                here, there = socket.socketpair()
                with here, there:
                    process = os.fork()
                    if process == 0:
                        here.close()
                        _until_it_leaves(lambda there=there, theirs=theirs: theirs(there.fileno()))
                        _exit(0)
                    there.close()
                    _until_it_leaves(lambda here=here, ours=ours: ours(here.fileno()))
                os.waitpid(process, 0)


def _serve(processor: int) -> Callable[[int], None]:
    return lambda channel: candidate.serve(_CODE, channel, processor)


def _until_it_leaves(action: Callable[[], None]) -> None:
    with contextlib.suppress(_Left):
        action()


_exit = os._exit


@contextlib.contextmanager
def _state_kept() -> Iterator[None]:
    def leave(_: int) -> None:
        raise _Left

    modules, arguments, path = dict(sys.modules), list(sys.argv), list(sys.path)
    allowed = os.sched_getaffinity(0)
    os._exit = leave  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit = _exit
        os.sched_setaffinity(0, allowed)
        for name in set(sys.modules) - set(modules):
            del sys.modules[name]
        sys.argv[:], sys.path[:] = arguments, path
        linecache.cache.clear()
