"""Runs the corpus in one tier and says what happened; also as a program, for another user.

python tests/sandbox_driver.py TIER [LANDLOCK_ABI [folder]]     # prints JSON

`folder`: under `uid` as where root may not mount, so that the box is a folder on the disk.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from sandbox_corpus import BENIGN, FORGING, HOSTILE, HOSTILE_TESTS, LOOK, MARKING  # noqa: E402

from autotrain.sandbox import Job, Limits, Sandbox, supervisor  # noqa: E402

HOSTILE_LIMITS = Limits(wall_s=1.0, cpu_s=1.0)
MEMORY_LIMITS = Limits(wall_s=20.0, cpu_s=20.0, memory_bytes=256 << 20)


class Canaries:
    """What hostile programs must not touch, outside the sandbox."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="canaries-")))
        self.folder.chmod(0o777)
        self.secret, self.victim = self.folder / "secret", self.folder / "victim"
        for path in (self.secret, self.victim):
            path.write_text("untouched")
            path.chmod(0o666)
        self.before = self._look()
        self.tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.udp.bind(("127.0.0.1", 0))
        self.unix, self.abstract = self.folder / "socket", f"canary-{os.getpid()}"
        self.unix_sockets = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2)]
        for listener, address in zip(self.unix_sockets, (str(self.unix), "\0" + self.abstract)):  # noqa: B905
            listener.bind(address)
            listener.listen()
        self.unix.chmod(0o777)
        self.decoy = stack.enter_context(subprocess.Popen(["/bin/sleep", "600"]))
        stack.callback(self.decoy.kill)
        self.names = sorted(os.listdir(self.folder))
        for listener in (self.tcp, self.udp, *self.unix_sockets):
            listener.setblocking(False)

    def parameters(self) -> dict[str, Any]:
        return {
            "secret": str(self.secret),
            "victim": str(self.victim),
            "folder": str(self.folder),
            "parent": os.getpid(),
            "decoy": self.decoy.pid,
            "tcp": self.tcp.getsockname()[1],
            "udp": self.udp.getsockname()[1],
            "unix": str(self.unix),
            "abstract": self.abstract,
        }

    def touched(self) -> list[str]:
        """Every canary that something got at since the last look."""
        found = []
        if self._look() != self.before or sorted(os.listdir(self.folder)) != self.names:
            found.append("files")
        if self.decoy.poll() is not None:
            found.append("decoy")
        for name, listener in (("tcp", self.tcp), ("unix", self.unix_sockets[0]), ("abstract", self.unix_sockets[1])):
            with contextlib.suppress(BlockingIOError):
                listener.accept()
                found.append(name)
        with contextlib.suppress(BlockingIOError):
            self.udp.recv(1)
            found.append("udp")
        return found

    def _look(self) -> list[Any]:
        facts = []
        for path in (self.secret, self.victim):
            if not path.exists():
                return ["gone"]
            status = path.stat()
            facts.append((path.read_text(), status.st_mode, status.st_mtime_ns, os.listxattr(path)))
        return facts


def open_tier(tier: str, landlock_abi: int = 99, mounts: bool = True) -> Sandbox:
    """A sandbox of one tier, under a kernel as old as its Landlock version says, by a root that may mount or not."""
    sandbox = Sandbox.__new__(Sandbox)
    found = supervisor.try_tier(tier, 2, landlock_abi=landlock_abi, mounts=mounts)
    original = supervisor._open
    supervisor._open = lambda *_: found
    try:
        sandbox.__init__(tier, 2)
    finally:
        supervisor._open = original
    return sandbox


def descendants(process: int) -> set[int]:
    """Every process below this one."""
    found: set[int] = set()
    waiting = [process]
    while waiting:
        current = waiting.pop()
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{current}/task"):
                for child in Path(f"/proc/{current}/task/{task}/children").read_text().split():
                    found.add(int(child))
                    waiting.append(int(child))
    return found


def run_corpus(tier: str, landlock_abi: int = 99, mounts: bool = True) -> dict[str, Any]:
    """Run every program in a tier. Returns what should not have happened, and each program's status."""
    os.environ["SANDBOX_TEST_VARIABLE"] = "secret"
    result: dict[str, Any] = {"touched": {}, "hostile": {}, "forging": {}, "benign": {}, "marking": {}}
    with contextlib.ExitStack() as stack:
        canaries = Canaries(stack)
        sandbox = stack.enter_context(open_tier(tier, landlock_abi, mounts))
        result["tier"] = sandbox.tier
        zygote = sandbox._zygote._process.pid
        head = f"PARAMETERS = {canaries.parameters()!r}\n"
        jobs = [Job(head + code, HOSTILE_TESTS, "attack", _limits(name)) for name, code in HOSTILE.items()]
        for name, verdict in zip(HOSTILE, sandbox.check_many(jobs)):  # noqa: B905
            result["hostile"][name] = [verdict.status, verdict.message]
            if touched := canaries.touched():
                result["touched"][name] = touched
        jobs = [Job(code, tests, entry, HOSTILE_LIMITS) for code, tests, entry in FORGING.values()]
        for name, verdict in zip(FORGING, sandbox.check_many(jobs)):  # noqa: B905
            result["forging"][name] = [verdict.status, verdict.message, verdict.weak]
        for name, verdict in zip(BENIGN, sandbox.check_many(Job(*pair) for pair in BENIGN.values())):  # noqa: B905
            result["benign"][name] = [verdict.status, verdict.message + verdict.stderr[-300:], verdict.weak]
        before = _look(sandbox, tier == "ns")
        for name, code in MARKING.items():
            sandbox.check(Job(code, limits=HOSTILE_LIMITS))
            after = _look(sandbox, tier == "ns")
            result["marking"][name] = [
                [fact, before[fact], after[fact]] for fact in before if before[fact] != after[fact]
            ]
        look = "import os\nprint([os.listdir(p) for p in ('.', os.environ['TMPDIR'])])"
        result["left_files"] = sandbox.check(Job(look)).stdout.strip()
        until = time.monotonic() + 30  # a process that was killed may need a moment to be gone on a busy machine
        while (left := len(descendants(zygote)) - _idle_processes(sandbox)) and time.monotonic() < until:
            time.sleep(0.05)
        result["left_processes"] = left
    result["left_folders"] = [
        name for name in os.listdir(tempfile.gettempdir()) if name == Path(sandbox._zygote.folder).name
    ]
    return result


def _look(sandbox: Sandbox, numbers: bool) -> dict[str, Any]:
    """What a program sees of its box. The free slot that was used last is used first."""
    facts = json.loads(sandbox.check(Job(LOOK)).stdout)
    return {name: fact for name, fact in facts.items() if numbers or not name.startswith("numbers")}


def _limits(name: str) -> Limits:
    if "memory" in name:
        return MEMORY_LIMITS
    # What fills the disk until it is stopped takes as long to be removed.
    return Limits(wall_s=0.4) if "folders" in name or "files" in name else HOSTILE_LIMITS


def _idle_processes(sandbox: Sandbox) -> int:
    """A slot is one process, and under `ns` one more that waits for it."""
    return len(sandbox._free) * (2 if sandbox.tier == "ns" else 1)


if __name__ == "__main__":
    abi = int(sys.argv[2]) if len(sys.argv) > 2 else 99
    print(json.dumps(run_corpus(sys.argv[1], abi, "folder" not in sys.argv)))
