"""multiprocessing's semaphores without /dev/shm, where the tier has none of its own.

The C library keeps named semaphores in the machine's shared /dev/shm, which programs under
`uid` and `ll` must not touch. Here a semaphore is a pipe that holds one byte a free place;
it works between processes that fork from one another, which is how Linux starts them.
"""

import importlib
import os
import select
import threading
import time
from typing import Any

_RECURSIVE_MUTEX = 0
_COUNTED = 0x7FFF  # a pipe of 64 KB holds more bytes than this


class PipeLock:
    """What `_multiprocessing.SemLock` offers, as far as multiprocessing uses it under fork."""

    SEM_VALUE_MAX = _COUNTED

    def __init__(self, kind: int, value: int, maxvalue: int, name: str = "", unlink: bool = True) -> None:
        self.kind, self.maxvalue, self.name, self.handle = kind, min(maxvalue, _COUNTED), name, 0
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.write(self._writer, b"x" * value)
        self._after_fork()

    def _after_fork(self) -> None:
        self._owner, self._depth = 0, 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        if self.kind == _RECURSIVE_MUTEX and self._is_mine():
            self._depth += 1
            return True
        deadline = None if timeout is None else time.monotonic() + max(0.0, timeout)
        while True:
            try:
                os.read(self._reader, 1)
            except BlockingIOError:
                left = None if deadline is None else deadline - time.monotonic()
                if not block or (left is not None and left <= 0):
                    return False
                select.select([self._reader], [], [], left)
                continue
            self._owner, self._depth = threading.get_ident(), self._depth + 1
            return True

    __enter__ = acquire

    def release(self) -> None:
        if self.kind == _RECURSIVE_MUTEX:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._depth > 1:
                self._depth -= 1
                return
        elif self._get_value() >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._depth -= 1
        os.write(self._writer, b"x")

    def __exit__(self, *_: object) -> None:
        self.release()

    def _count(self) -> int:
        return self._depth

    def _is_mine(self) -> bool:
        return self._depth > 0 and self._owner == threading.get_ident()

    def _get_value(self) -> int:
        import array
        import fcntl
        import termios

        waiting = array.array("i", [0])
        fcntl.ioctl(self._reader, termios.FIONREAD, waiting)
        return waiting[0]

    def _is_zero(self) -> bool:
        return self._get_value() == 0

    def __del__(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


def install() -> None:
    """Before code runs that mentions multiprocessing: give it these locks."""
    module: Any = importlib.import_module("_multiprocessing")
    module.SemLock = PipeLock
