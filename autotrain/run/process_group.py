"""Processes that end together: what the kernel is asked to do for a stage and its children. Linux only."""

import contextlib
import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def signal_at_parents_death(number: int) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def die_with_parent() -> None:
    """For a child just forked: it is killed when its parent ends, however that happens."""
    signal_at_parents_death(signal.SIGKILL)


def send(pid: int, number: int) -> None:
    """Send a signal to a process group that may have ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def sweep_after(pid: int) -> None:
    """Wait for a group's leader to end, then end what it left behind, so that no pipe stays open.

    The leader stays a zombie until its parent waits for it, so its number cannot be another group's.
    """
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    send(pid, signal.SIGKILL)
