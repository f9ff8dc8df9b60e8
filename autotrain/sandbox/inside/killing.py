"""Ends processes that may fork faster than they can be killed one by one."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence

_QUIET_PASSES = 3
_PAUSE_S = 0.002
_AT_ONCE = 64  # descriptors that are open at a time; a slot's server may have few


def end_all(processes: Callable[[], Sequence[str]]) -> None:
    """Kill every process that `processes` lists (by number), and those that they fork meanwhile.

    They are stopped first, pass after pass, until nobody new is found: what is stopped forks no
    more, while each process killed alone makes room under the limit for another's child. Nobody
    is reaped meanwhile, so even a chain of which each process dies as soon as it has forked
    comes to its end, at the limit on processes, which counts the dead until they are reaped.
    """
    stopped: set[str] = set()
    quiet = 0
    while quiet < _QUIET_PASSES:
        new = [process for process in processes() if process not in stopped]
        quiet = 0 if new else quiet + 1
        _signal(new, processes, signal.SIGSTOP)
        stopped.update(new)
        if stopped and quiet:
            time.sleep(_PAUSE_S)  # a child may be on its way from a list that was read to one that was not
        if not stopped:
            return
    _signal(list(stopped), processes, signal.SIGKILL)


def _signal(wanted: list[str], processes: Callable[[], Sequence[str]], number: signal.Signals) -> None:
    """Signal processes by handles of their own, so that none is mistaken for a stranger with the same number."""
    for start in range(0, len(wanted), _AT_ONCE):
        handles = {}
        for process in wanted[start : start + _AT_ONCE]:
            with contextlib.suppress(OSError):
                handles[process] = os.pidfd_open(int(process))
        # A number that was taken over by a stranger meanwhile is not in the list now.
        still_listed = set(processes())
        for process, handle in handles.items():
            if process in still_listed:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(handle, number)
            os.close(handle)
