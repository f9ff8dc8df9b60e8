"""Measures everything that a slot's programs started, from outside: memory, processor time
and how many processes. Resource limits hold for one process each; this holds for the tree."""

import contextlib
import os
from collections.abc import Collection, Iterator

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Watch:
    """Reads /proc through a descriptor, which works where the sandbox itself has no /proc."""

    def __init__(self, proc: int) -> None:
        self._proc = proc
        self._self = os.readlink("self", dir_fd=proc)
        self._base_bytes = self._own_bytes(self._self)
        self.address_space_bytes = int(self._read(f"{self._self}/statm").split()[0]) * _PAGE

    def processes(self, without: Collection[str] = ()) -> list[str]:
        """Every process that descends from this one, parents first; not those in `without` and below them."""
        found: list[str] = []
        waiting = [self._self]
        while waiting:
            children = [child for child in self._children(waiting.pop()) if child not in without]
            found += children
            waiting += children
        return found

    def measure(self, memory_limit: int) -> tuple[int, float, int]:
        """(bytes of memory, seconds of processor time, number of processes) of the whole tree."""
        processes = self.processes()
        # Pages that a fork shares are counted once a process here, so the shared base is taken off;
        # a sum above the limit is then measured exactly, which costs more.
        memory = sum(max(0, self._own_bytes(process) - self._base_bytes) for process in processes)
        if memory > memory_limit:
            memory = sum(self._proportional_bytes(process) for process in processes)
        return memory, sum(map(self._processor_s, processes)), len(processes)

    def _children(self, process: str) -> Iterator[str]:
        with contextlib.suppress(OSError):
            task = os.open(f"{process}/task", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._proc)
            try:
                threads = os.listdir(task)
            finally:
                os.close(task)
            for thread in threads:
                with contextlib.suppress(OSError):
                    yield from self._read(f"{process}/task/{thread}/children").split()

    def _own_bytes(self, process: str) -> int:
        with contextlib.suppress(OSError, IndexError):
            fields = self._read(f"{process}/statm").split()
            return (int(fields[1]) - int(fields[2])) * _PAGE
        return 0

    def _proportional_bytes(self, process: str) -> int:
        with contextlib.suppress(OSError, IndexError):
            for line in self._read(f"{process}/smaps_rollup").splitlines():
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
        return self._own_bytes(process)

    def _processor_s(self, process: str) -> float:
        with contextlib.suppress(OSError, IndexError):
            fields = self._read(f"{process}/stat").rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) * _TICK_S
        return 0.0

    def _read(self, name: str) -> str:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        try:
            return os.read(descriptor, 65536).decode("ascii", "replace")
        finally:
            os.close(descriptor)
