"""A control group (v2) around the warm interpreter and all that it forks, where this user may make one.

It stands behind the watchdogs, not in their place: their limits are each program's own, the
group's are the sum of what all slots may use at once, so an honest program never meets
them. Its end is certain: `cgroup.kill` (Linux 5.14) reaches every process in it, however it
has detached itself. Limits need the memory and pids controllers to be delegated (for
instance `systemd-run --user --scope -p Delegate=yes`); where only the group can be made, it
still ends everything, and where it cannot be made nothing changes.
"""

import contextlib
import os
import re
import time
from pathlib import Path

from autotrain.sandbox.jobs import MIB, Limits

_THREADS_A_PROCESS = 5  # the first, and four more
_PROGRAMS_A_SLOT = 2  # the candidate and its checker
_SPARE_BYTES, _SPARE_TASKS = 512 * MIB, 64  # the warm interpreter and its servers
_END_S = 5.0


class Group:
    """One group. `folder` is None where none could be made: then every call does nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._most = (0, 0)

    @classmethod
    def around(cls, pid: int) -> "Group":
        """Put a process, which has forked nothing yet, into a new group."""
        parent = own_folder()
        if parent is None:
            return cls(None)
        _sweep(parent)
        for controller in ("memory", "pids"):  # refused while processes sit in the parent itself
            _write(parent / "cgroup.subtree_control", f"+{controller}")
        folder = parent / f"autotrain-{os.getpid()}-{pid}"
        try:
            folder.mkdir()
        except OSError:
            return cls(None)
        group = cls(folder)
        if not _write(folder / "cgroup.procs", str(pid)):
            group.close()
            return cls(None)
        return group

    def make_room(self, limits: Limits, slots: int) -> None:
        """Raise the ceilings to what `slots` programs with these limits may use together. They never sink."""
        if self.folder is None:
            return
        programs = slots * _PROGRAMS_A_SLOT
        memory = programs * (limits.memory_bytes + limits.disk_bytes) + _SPARE_BYTES  # its files are in memory, too
        tasks = programs * limits.processes * _THREADS_A_PROCESS + _SPARE_TASKS
        if memory > self._most[0] or tasks > self._most[1]:
            self._most = (max(memory, self._most[0]), max(tasks, self._most[1]))
            _write(self.folder / "memory.max", str(self._most[0]))
            _write(self.folder / "pids.max", str(self._most[1]))

    def close(self) -> None:
        """End whatever is left in the group, and remove it."""
        if self.folder is not None:
            _remove(self.folder)
            self.folder = None


def own_folder() -> Path | None:
    """The folder of this process's own group in the v2 hierarchy, if this user may make groups in it."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        own = re.search(r"^0::(/.*)$", Path("/proc/self/cgroup").read_text(), re.MULTILINE)
    except OSError:
        return None
    for fields in (line.split() for line in mounts):
        if own and fields[fields.index("-") + 1] == "cgroup2":
            root, place = fields[3], Path(fields[4])
            folder = place / os.path.relpath(own[1], root)
            return folder if os.access(folder / "cgroup.procs", os.W_OK) and os.access(folder, os.W_OK) else None
    return None


def _sweep(parent: Path) -> None:
    """Remove the groups of supervisors that were killed."""
    for folder in parent.glob("autotrain-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not os.path.exists(f"/proc/{owner}"):
            _remove(folder)


def _remove(folder: Path) -> None:
    _write(folder / "cgroup.kill", "1")
    until = time.monotonic() + _END_S
    while time.monotonic() < until:
        with contextlib.suppress(FileNotFoundError):
            try:
                folder.rmdir()
            except OSError:  # somebody in it is not yet dead
                time.sleep(0.005)
                continue
        return


def _write(path: Path, text: str) -> bool:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)  # the kernel's files are never made by us
    except OSError:
        return False
    try:
        return os.write(descriptor, text.encode()) == len(text)
    except OSError:
        return False
    finally:
        os.close(descriptor)
