"""Ends processes that may fork faster than they can be killed one by one."""

import contextlib
import os
import signal
from collections.abc import Callable, Sequence

_AT_ONCE = 64  # descriptors that are open at a time; a slot's server may have few


def end_all(processes: Callable[[], Sequence[str]]) -> None:
    """Kill every process that `processes` lists (by number), and those that they fork meanwhile.

    Stopped first, in passes until a pass finds nobody new: what is stopped forks no more, while
    each process killed alone makes room under the limit for the next child of another.
    """
    stopped: set[str] = set()
    while new := [process for process in processes() if process not in stopped]:
        _signal(new, processes, signal.SIGSTOP)
        stopped.update(new)
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
