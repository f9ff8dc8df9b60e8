"""File locks only inside the box: a lock on any other file would reach every program on the machine.

Neither a mount nor Landlock governs `flock` and the locks of `fcntl`, and a filter of system
calls sees a descriptor's number, not its file. So the kernel asks the slot's server about each
such call; it looks at the file, and lets the call go on where the file lies in the box. Between
look and lock the descriptor cannot be exchanged, since the answer is yes only to a process with
one thread, and a table of descriptors is shared by threads alone.
"""

import contextlib
import fcntl
import os
import struct
from collections.abc import Callable, Sequence

_RECEIVE, _SEND, _IS_VALID = 0xC0502100, 0xC0182101, 0x40082102  # SECCOMP_IOCTL_NOTIF_*
IOCTLS = (_RECEIVE, _SEND, _IS_VALID)
_NOTIFICATION = struct.Struct("<QIIiIQQ40x")  # id, process, flags, call, architecture, instruction, first argument
_ANSWER = struct.Struct("<QqiI")  # id, result, error, flags
_GO_ON = 1
_EPERM = 1


class Locks:
    """Answers the calls of one slot's programs. `listener` is -1 where the kernel cannot ask: all are refused then."""

    def __init__(self, listener: int, proc: int, processes: Callable[[], Sequence[str]]) -> None:
        self.listener, self._proc, self._processes = listener, proc, processes
        self._level = len(self._facts("self")[0]) - 1  # of nested pid namespaces, as this server counts

    def answer(self, is_inside: Callable[[str], bool]) -> None:
        """Decide one waiting call. `is_inside` is given the descriptor's place in /proc."""
        with contextlib.suppress(OSError):  # the process died meanwhile: there is nobody to answer
            request = bytearray(_NOTIFICATION.size)
            fcntl.ioctl(self.listener, _RECEIVE, request, True)
            number, process, _, _, _, _, descriptor = _NOTIFICATION.unpack(request)
            place = self._single_threaded(process)
            allowed = place is not None and is_inside(f"{place}/fd/{descriptor & 0xFFFFFFFF}")
            fcntl.ioctl(self.listener, _IS_VALID, struct.pack("<Q", number))
            answer = (0, 0, _GO_ON) if allowed else (0, -_EPERM, 0)
            fcntl.ioctl(self.listener, _SEND, _ANSWER.pack(number, *answer))

    def _single_threaded(self, process: int) -> str | None:
        """The name in /proc of a process that this server knows by number, if it has one thread."""
        for name in self._processes():
            numbers, threads = self._facts(name)
            if len(numbers) > self._level and numbers[self._level] == str(process):
                return name if threads == 1 else None
        return None

    def _facts(self, name: str) -> tuple[list[str], int]:
        """The numbers of a process in each pid namespace that it is in, from the outermost on; how many threads."""
        numbers: list[str] = []
        threads = 0
        with contextlib.suppress(OSError):
            descriptor = os.open(f"{name}/status", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
            try:
                text = os.read(descriptor, 65536).decode("ascii", "replace")
            finally:
                os.close(descriptor)
            for line in text.splitlines():
                if line.startswith("NSpid:"):
                    numbers = line.split()[1:]
                elif line.startswith("Threads:"):
                    threads = int(line.split()[1])
        return numbers, threads
