"""Holds back what modules want done after every fork.

`random`, `threading` and `logging` ask for a few hundred microseconds of housekeeping in
every new process, for programs that mostly never use them. Here it is done only where the
code mentions what could need it.
"""

import contextlib
import os
from collections.abc import Iterator

WORDS = ("random", "thread", "fork", "multiprocessing", "concurrent", "asyncio", "logging", "subprocess", "uuid")
_held: list[dict] = []


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """While modules are imported, keep what they register instead of registering it."""
    register = os.register_at_fork
    os.register_at_fork = lambda **hooks: _held.append(hooks)
    try:
        yield
    finally:
        os.register_at_fork = register


def wake() -> None:
    """In a new process whose code mentions one of WORDS: do the housekeeping, and register it for forks to come."""
    for hooks in _held:
        os.register_at_fork(**hooks)
        if "after_in_child" in hooks:
            if "before" in hooks:
                hooks["before"]()
            hooks["after_in_child"]()
