"""What shuts in a slot's server and the programs that it forks; here what all tiers share.

A slot enters its box once; each program is then one fork and a few cheap calls. What a box
cannot do it does not hide: `enter` raises OSError and the next tier is tried.
"""

import contextlib
import os
import signal
import sys
import time

from autotrain.sandbox.inside import kernel
from autotrain.sandbox.inside.files import empty_folder, used_bytes
from autotrain.sandbox.inside.killing import end_all
from autotrain.sandbox.inside.watch import Watch

MOST_FILES = 16384
_CLEAN_S = 2.0
FOLDERS = ("home", "tmp", "shm")
DEVICES = ("null", "zero", "full", "random", "urandom")


class Box:
    """No containment beyond limits: SANDBOX=off. The other tiers build on it."""

    tier = "off"
    folder_mode = 0o755
    umask = 0o022
    own_shared_memory = False  # whether /dev/shm in there is the sandbox's own

    def __init__(self, config: dict, index: int) -> None:
        self.config, self.index = config, index
        self.folder = os.path.join(config["folder"], f"slot{index}") if config.get("folder") else "/box"
        self.proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def enter(self) -> None:
        """Shut this server in. Called once."""
        self.make_folders()
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)

    def be_measured_from_here(self) -> None:
        """What this server holds now is no program's."""
        self.watch = Watch(self.proc)

    def make_folders(self) -> None:
        self._paths = [os.path.join(self.folder, name) for name in FOLDERS]
        for path in self._paths:
            os.makedirs(path, exist_ok=True)

    def fork(self) -> int:
        return os.fork()

    def confine(self, checker: bool) -> None:
        """In a program's process: the last steps, after which there is no way back."""
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)

    def kill_leftovers(self) -> None:
        """Kill everything that the slot's programs started and left."""
        end_all(self.watch.processes)

    def finish(self) -> None:
        """Reap until nothing is left, killing what is. Every orphan comes to this process."""
        with contextlib.suppress(ChildProcessError):
            while True:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
                self.kill_leftovers()
                time.sleep(0.001)

    def disk_bytes(self) -> int:
        return used_bytes(self.folder, MOST_FILES)

    def clean(self) -> bool:
        """Empty the folders for the next program. False where that needs more rights or time than there is."""
        try:
            for path in self._paths:
                if os.stat(path, follow_symlinks=False).st_mode & 0o7777 != self.folder_mode:
                    os.chmod(path, self.folder_mode)
            if not self.holds_nothing():
                for path in self._paths:
                    if os.listdir(path):
                        empty_folder(path, _CLEAN_S)
        except OSError:
            return False
        return True

    def holds_nothing(self) -> bool:
        """Whether the folders are known to be empty without a look into each."""
        return False

    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": os.path.join(self.folder, "home"),
            "TMPDIR": os.path.join(self.folder, "tmp"),
            "LANG": "C.UTF-8",
        }


def become(uid: int, gid: int) -> None:
    """Take another user's identity for good (root only)."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # cleared by the change; /proc/self would belong to root


def readable_paths(packages: list) -> list[str]:
    """What a program may read: /usr, the interpreter's prefix, and the libraries that it has loaded."""
    wanted = ["/usr", sys.base_prefix, sys.base_exec_prefix, os.path.dirname(os.path.realpath(sys.executable))]
    wanted += [path for path in ("/bin", "/lib", "/lib64", "/sbin", "/etc/ld.so.cache") if os.path.lexists(path)]
    wanted += [os.path.realpath(path) for _, path in packages]
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        mapped = {line.split(maxsplit=5)[5].strip() for line in maps if line.count("/")}
    wanted += [os.path.dirname(path) for path in sorted(mapped) if path.startswith("/") and ".so" in path]
    kept: list[str] = []
    for path in wanted:
        if path == "/" or not os.path.lexists(path):
            continue
        inside = any(os.path.realpath(path).startswith(other.rstrip("/") + "/") for other in kept)
        if path not in kept and (os.path.islink(path) or not inside):
            kept.append(path)
    return kept


def kill_everyone(bounded: bool) -> None:
    """kill(-1): everyone that this process may signal, at once, so that no fork can escape it.

    Never without proof that "everyone" is bounded to the sandbox.
    """
    if bounded is not True:
        raise RuntimeError("refusing to signal without a bound")
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
