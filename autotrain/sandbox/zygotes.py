"""Starts and ends the warm interpreter and its slots; moves jobs to them and results back."""

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from autotrain.errors import SandboxUnavailable
from autotrain.sandbox import cgroup
from autotrain.sandbox.inside.files import empty_folder
from autotrain.sandbox.inside.names import FILES, LARGEST_MESSAGE, LIMITS, NO_PROGRAM, READY, REFUSED, RESULT
from autotrain.sandbox.jobs import MOST_DISK_BYTES, Job, Limits
from autotrain.sandbox.packages import locate_packages

_START_S = 60.0
_JSON = (b"false", b"true")
_FIRST_SPARE_UID, _LAST_SPARE_UID = 64000, 65500  # below the 65536 that a container usually has


class SlotLost(Exception):
    """A slot's server ended, or did not answer in time."""


class Zygote:
    """One warm interpreter of one tier. `open_slot` makes it fork a server."""

    def __init__(
        self,
        tier: str,
        packages: tuple[str, ...],
        hash_seed: int = 0,
        landlock_abi: int = 99,
        mounts: bool = True,
    ) -> None:
        self.tier = tier
        self._uids: list[tuple[int, socket.socket]] = []
        self._count = 0
        self._stack = contextlib.ExitStack()
        try:
            self._start(packages, hash_seed, landlock_abi, mounts)
        except BaseException:
            self.close()
            raise

    def _start(self, packages: tuple[str, ...], hash_seed: int, landlock_abi: int, mounts: bool) -> None:
        self.folder = ""
        if self.tier != "ns":  # ns has a file system of its own
            self.folder = tempfile.mkdtemp(prefix="sandbox-")
            self._stack.callback(_remove, self.folder)
            os.chmod(self.folder, 0o711)
            if os.geteuid() == 0 and self.tier == "ll":
                uid = self._spare_uid()
                os.chown(self.folder, uid, uid)
        located = locate_packages(packages)
        package_folder = "/packages" if self.tier == "ns" else os.path.join(self.folder, "packages")
        if located and self.tier != "ns":
            os.mkdir(package_folder)
            for name, path in located:
                os.symlink(path, os.path.join(package_folder, name))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._stack.enter_context(ours)
        self._control = ours
        notes = self._stack.enter_context(tempfile.TemporaryFile())
        here = Path(__file__).parent
        interpreter = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
        with theirs:
            self._process = subprocess.Popen(
                [interpreter, "-s", "-S", "-X", "utf8", str(here / "inside" / "zygote.py"), str(theirs.fileno()), here],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=notes, pass_fds=(theirs.fileno(),),
                cwd="/", start_new_session=True,
                # malloc's arenas reserve address space, which is limited; symbols are looked up once, not in each
                # program; one thread a library, since programs fork
                env={"LD_BIND_NOW": "1", "PYTHONHASHSEED": str(hash_seed), "PYTHONDONTWRITEBYTECODE": "1",
                     "MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
                     "PATH": "/usr/bin:/bin"},
            )  # fmt: skip
        self.group = cgroup.Group.around(self._process.pid)  # it has not read its orders yet, nor forked
        self._stack.callback(self.group.close)
        self._stack.callback(self._end)
        config = {
            "tier": self.tier,
            "folder": self.folder,
            "packages": located,
            "package_folder": package_folder,
            "most_disk_bytes": MOST_DISK_BYTES,
            "landlock_abi": landlock_abi,  # this and the next less than there is only in tests
            "mounts": mounts,
            "tasks_beside": self._tasks_beside(),
        }
        ours.settimeout(_START_S)
        try:
            ours.sendall(json.dumps(config).encode())
            answer = ours.recv(65536)
        except OSError:
            answer = b""
        if not answer:
            notes.seek(0)
            raise SandboxUnavailable(
                f"the sandbox's interpreter did not start: {notes.read().decode(errors='replace')}"
            )

    def open_slot(self) -> "Slot":
        """A new slot, not yet known to be ready (see Slot.wait_ready)."""
        index = self._count
        self._count += 1
        uids = []
        if os.geteuid() == 0 and self.tier != "off":
            uids = [self._uids[0][0]] * 2 if self.tier == "ll" else [self._spare_uid(), self._spare_uid()]
        if self.folder:
            path = os.path.join(self.folder, f"slot{index}")
            os.mkdir(path)
            os.chmod(path, 0o711)
            if uids and self.tier == "ll":
                os.chown(path, uids[0], uids[0])
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        slot = Slot(ours, index)
        with theirs:
            try:
                message = json.dumps({"slot": index, "uids": uids}).encode()
                socket.send_fds(self._control, [message], [theirs.fileno(), *slot.files.values()])
            except OSError:
                slot.close()
                raise SandboxUnavailable("the sandbox's interpreter has ended") from None
        return slot

    def kill_slot(self, slot: "Slot") -> None:
        slot.close()
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps({"slot": slot.index}).encode())

    def close(self) -> None:
        """End the interpreter, every slot and every program, and remove every folder."""
        self._stack.close()
        for _, lock in self._uids:
            lock.close()
        self._uids = []

    def _end(self) -> None:
        self._control.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _spare_uid(self) -> int:
        """A uid that no account, no process and no other sandbox on this machine uses."""
        used = _uids_in_use()
        for uid in range(_FIRST_SPARE_UID, _LAST_SPARE_UID):
            if uid in used or any(uid == known for known, _ in self._uids):
                continue
            lock = socket.socket(socket.AF_UNIX)
            try:
                lock.bind(f"\0autotrain-sandbox-uid-{uid}")  # held until this process ends, whatever happens
            except OSError:
                lock.close()
                continue
            self._uids.append((uid, lock))
            return uid
        raise SandboxUnavailable("no spare uid is left for the sandbox")

    def _tasks_beside(self) -> int:
        """Tasks that count against RLIMIT_NPROC beside the program's own."""
        if self.tier == "ns" or (os.geteuid() == 0 and self.tier == "uid"):
            return 8
        mine = os.geteuid()
        tasks = 0
        for name in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if name.isdigit() and os.stat(f"/proc/{name}").st_uid == mine:
                    tasks += len(os.listdir(f"/proc/{name}/task"))
        return tasks + 256  # room for what the user starts meanwhile; the watchdog counts exactly


class Result(NamedTuple):
    """How the programs of a job ended, each an exit code or minus a signal; NO_PROGRAM where it did not by itself."""

    seconds: float = 0.0
    limit: str = ""
    candidate: int = NO_PROGRAM
    checker: int = NO_PROGRAM
    refused: str = ""


class Slot:
    """The supervisor's end of one slot: its control socket, and the memory files that both ends have.

    The files are used again for each job, which is safe since every process of the job
    before is dead by then.
    """

    def __init__(self, control: socket.socket, index: int) -> None:
        control.setblocking(False)
        self._control, self.index = control, index
        self.usable = True  # whether another job may follow; what it could not clean is removed at the end
        self.files = {name: os.memfd_create(f"sandbox-{name}") for name in FILES}
        self.limits: Limits | None = None
        self.last_group = ""  # of the jobs that it ran
        self._ready = False

    def fileno(self) -> int:
        return self._control.fileno()

    def wait_ready(self) -> None:
        """Raises SandboxUnavailable, with the kernel's reason, where the slot could not be shut in."""
        if self._ready:
            return
        answer = self._receive(_START_S)
        if answer != READY:
            raise SandboxUnavailable(answer.removeprefix(REFUSED).decode(errors="replace"))
        self._ready = True

    def send(self, job: Job, *, separate: bool, output: int | None = None) -> None:
        """Start a job. `output` is a descriptor to use as its standard output in place of the memory file."""
        self.wait_ready()
        for name, text in (("code", job.code), ("tests", job.tests)):
            self._fill(self.files[name], text.encode("utf-8", "surrogatepass"))
        for name in ("report", "stdout", "stderr", "notes"):
            self._fill(self.files[name], b"")
        message = b'{"separate": %s, "tests": %s, "output": %s, "entry_point": %s}' % (
            _JSON[separate],
            _JSON[bool(job.tests.strip())],
            _JSON[output is not None],
            json.dumps(job.entry_point).encode(),
        )
        if self.limits is None:
            self.limits = job.limits
            message = message[:-1] + b', "limits": %s}' % json.dumps(asdict(job.limits)).encode()
        try:
            os.write(self._control.fileno(), message)
            if output is not None:
                socket.send_fds(self._control, [b"o"], [output])
        except OSError:
            raise SlotLost("the slot ended") from None

    def receive(self, timeout_s: float) -> Result:
        """The slot's answer to a job, every process of which is dead then."""
        answer = self._receive(timeout_s)
        if answer.startswith(REFUSED):
            return Result(refused=answer[1:].decode(errors="replace"))
        _, seconds, limit, self.usable, candidate, checker = RESULT.unpack(answer)
        return Result(seconds, LIMITS[limit], candidate, checker)

    def size(self, name: str) -> int:
        return os.fstat(self.files[name]).st_size

    def text(self, name: str, most_bytes: int) -> str:
        """The start of what a program wrote into one of the files."""
        size = min(self.size(name), most_bytes)  # a buffer of the largest size would cost more than the reading
        return os.pread(self.files[name], size, 0).decode("utf-8", "replace") if size else ""

    def close(self) -> None:
        self._control.close()
        for descriptor in self.files.values():
            os.close(descriptor)
        self.files = {}

    def _receive(self, timeout_s: float) -> bytes:
        data = b""
        with contextlib.suppress(ConnectionError):
            try:
                data = os.read(self._control.fileno(), LARGEST_MESSAGE)
            except BlockingIOError:
                if select.select([self._control], [], [], timeout_s)[0]:
                    data = os.read(self._control.fileno(), LARGEST_MESSAGE)
        if not data:
            raise SlotLost("the slot ended or did not answer")
        return data

    @staticmethod
    def _fill(descriptor: int, data: bytes) -> None:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        view = memoryview(data)
        while view:
            view = view[os.pwrite(descriptor, view, len(data) - len(view)) :]


def _uids_in_use() -> set[int]:
    """The uid of every process on this machine. One may end between any two looks."""
    used = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            used.add(os.stat(f"/proc/{name}").st_uid)
    return used


def _remove(folder: str) -> None:
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                empty_folder(entry.path)
        shutil.rmtree(folder)
