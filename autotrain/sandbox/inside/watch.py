"""Measures everything that a slot's programs started, from outside: memory, processor time
and how many processes. Resource limits hold for one process each; this holds for the tree."""

import contextlib
import os
import stat
from collections.abc import Collection, Iterator

_PAGE = os.sysconf("SC_PAGE_SIZE")
_BUFFER_BYTES = 256 << 10  # a socket's own bound is 208 KiB, and it takes one message more
_PIPE_BYTES = 64 << 10
_MOST_RESERVED = 16  # times the limit on memory, over all processes; reserved is not used, but soon may be
_DELETED = " (deleted)"
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Watch:
    """Reads /proc through a descriptor, which works where the sandbox itself has no /proc."""

    def __init__(self, proc: int) -> None:
        self._proc = proc
        self._self = os.readlink("self", dir_fd=proc)
        self.address_space_bytes = self._address_space_bytes(self._self)
        self.eager = False  # whether what is reserved could break a limit before the next look

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
        # More than what they have reserved beyond what they were forked with they cannot use. Only where
        # that could be too much is it counted what the kernel charges, which costs more.
        reserved = sum(max(0, self._address_space_bytes(process) - self.address_space_bytes) for process in processes)
        buffers = _BUFFER_BYTES * sum(map(self._descriptors, processes))
        memory = reserved + buffers
        self.eager = memory > memory_limit
        if self.eager:
            memory = sum(map(self._private_bytes, processes)) + self._shared_bytes(processes)
            memory += self._buffer_bytes(processes)
        if reserved > _MOST_RESERVED * memory_limit:
            memory = max(memory, reserved)
        return memory, sum(map(self._processor_s, processes)), len(processes)

    def nameless_bytes(self, device: int, folder: str) -> int:
        """What files of a folder take that have no name any more, but are open or mapped."""
        found: dict[int, int] = {}
        for process in self.processes():
            for place in self._open_files(process):
                with contextlib.suppress(OSError):
                    status = os.stat(place, dir_fd=self._proc)
                    if status.st_dev == device and not status.st_nlink and stat.S_ISREG(status.st_mode):
                        found[status.st_ino] = status.st_blocks * 512
            for inode, size, name in self._mappings(process):
                if name.startswith(folder) and name.endswith(_DELETED):
                    found.setdefault(inode, size)
        return sum(found.values())

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

    def _address_space_bytes(self, process: str) -> int:
        with contextlib.suppress(OSError, IndexError):
            return int(self._read(f"{process}/statm").split()[0]) * _PAGE
        return 0

    def _private_bytes(self, process: str) -> int:
        """Memory of a process's own; what it shares with those that it was forked from counts in part."""
        with contextlib.suppress(OSError, IndexError):
            sizes = {
                line.split(":")[0]: line.split()[1] for line in self._read(f"{process}/smaps_rollup").splitlines()[1:]
            }
            return int(sizes.get("Pss_Anon") or sizes["Pss"]) * 1024
        with contextlib.suppress(OSError, IndexError):
            fields = self._read(f"{process}/statm").split()
            return (int(fields[1]) - int(fields[2])) * _PAGE
        return 0

    def _shared_bytes(self, processes: list[str]) -> int:
        """Shared memory without a file, by its size: whoever touched it may have unmapped it, or be dead."""
        sizes: dict[int, int] = {}
        for process in processes:
            for inode, size, name in self._mappings(process):
                if name == "/dev/zero" + _DELETED:
                    sizes[inode] = max(size, sizes.get(inode, 0))
        return sum(sizes.values())

    def _mappings(self, process: str) -> Iterator[tuple[int, int, str]]:
        """(inode, size from the file's start, name) of each shared mapping of a file."""
        with contextlib.suppress(OSError, ValueError):
            for line in self._read_all(f"{process}/maps").splitlines():
                fields = line.split(maxsplit=5)
                if len(fields) == 6 and fields[1][3] == "s":
                    start, end = (int(number, 16) for number in fields[0].split("-"))
                    yield int(fields[4]), end - start + int(fields[2], 16), fields[5]

    def _buffer_bytes(self, processes: list[str]) -> int:
        """The most that the pipes and sockets of these processes can hold, each counted once."""
        found = set()
        for process in processes:
            for place in self._open_files(process):
                with contextlib.suppress(OSError):
                    found.add(os.readlink(place, dir_fd=self._proc))
        return sum(
            _BUFFER_BYTES if name.startswith("socket:") else _PIPE_BYTES * name.startswith("pipe:") for name in found
        )

    def _descriptors(self, process: str) -> int:
        return len(self._open_files(process))

    def _open_files(self, process: str) -> list[str]:
        with contextlib.suppress(OSError):
            folder = os.open(f"{process}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._proc)
            try:
                return [f"{process}/fd/{name}" for name in os.listdir(folder)]
            finally:
                os.close(folder)
        return []

    def _processor_s(self, process: str) -> float:
        with contextlib.suppress(OSError, IndexError):
            fields = self._read(f"{process}/stat").rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) * _TICK_S
        return 0.0

    def _read_all(self, name: str) -> str:
        with open(
            os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc), encoding="utf-8", errors="replace"
        ) as file:
            return file.read()

    def _read(self, name: str) -> str:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        try:
            return os.read(descriptor, 65536).decode("ascii", "replace")
        finally:
            os.close(descriptor)
