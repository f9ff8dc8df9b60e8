"""What shuts in a slot's server and the programs that it forks; here what all tiers share.

A slot enters its box once; each program is then one fork and a few cheap calls. What a box
cannot do it does not hide: `enter` raises OSError and the next tier is tried.
"""

import contextlib
import os
import signal
import sys
import time

from autotrain.sandbox.inside import kernel, seccomp
from autotrain.sandbox.inside.files import empty_folder, used_bytes
from autotrain.sandbox.inside.killing import end_all
from autotrain.sandbox.inside.locks import Locks
from autotrain.sandbox.inside.watch import Watch

MOST_FILES = 16384
_CLEAN_S = 2.0
_SLACK_BYTES = 65536  # for the folders themselves
FOLDERS = ("home", "tmp", "shm")
DEVICES = ("null", "zero", "full", "random", "urandom")


class Box:
    """No containment beyond limits: SANDBOX=off. The other tiers build on it."""

    tier = "off"
    folder_mode = 0o755
    umask = 0o022
    own_shared_memory = False  # whether /dev/shm in there is the sandbox's own
    sized = False  # whether the box is a file system of its own, which has a size
    locks: "Locks | None" = None

    def __init__(self, config: dict, index: int) -> None:
        self.config, self.index = config, index
        self.folder = os.path.join(config["folder"], f"slot{index}") if config.get("folder") else "/box"
        self.proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def enter(self) -> None:
        """Shut this server in. Called once."""
        self.renew(None)
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)

    def be_measured_from_here(self) -> None:
        """What this server holds now is no program's."""
        self.watch = Watch(self.proc)

    def renew(self, disk_bytes: int | None) -> None:
        """Give the next program folders that nobody has touched: no time, number or size of the last one's stays."""
        os.chdir("/")
        for path in self._paths():
            with contextlib.suppress(FileNotFoundError):
                os.rmdir(path)
        self.make_folders()

    def make_folders(self) -> None:
        for path in self._paths():
            os.mkdir(path)
        os.chdir(os.path.join(self.folder, FOLDERS[0]))

    def _paths(self) -> list[str]:
        return [os.path.join(self.folder, name) for name in FOLDERS]

    def watch_locks(self) -> None:
        """Have this server asked about each lock on a file. Needs no_new_privs."""
        self.locks = Locks(seccomp.install_locks(), self.proc, Watch(self.proc).processes)

    def is_inside(self, place: str) -> bool:
        """Whether an open file (its place in /proc) lies in the box."""
        with contextlib.suppress(OSError):
            return os.readlink(place, dir_fd=self.proc).startswith(self.folder + "/")
        return False

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
        """What the program's files take, those without a name while they are open, too; -1 where there are too many."""
        named = used_bytes(self.folder, MOST_FILES)
        return -1 if named < 0 else named + self.watch.nameless_bytes(os.stat(self.folder).st_dev, self.folder)

    def clean(self) -> bool:
        """Remove what the program left. False where that needs more rights or time than there is."""
        try:
            for path in self._paths():
                if os.stat(path, follow_symlinks=False).st_mode & 0o7777 != self.folder_mode:
                    os.chmod(path, self.folder_mode)
                if os.listdir(path):
                    empty_folder(path, _CLEAN_S)
        except OSError:
            return False
        return True

    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": os.path.join(self.folder, "home"),
            "TMPDIR": os.path.join(self.folder, "tmp"),
            "LANG": "C.UTF-8",
        }


class SizedBox(Box):
    """A box whose folders lie on a tmpfs of their own, with a size, and a new one for each program."""

    _mounted = False

    def renew(self, disk_bytes: int | None) -> None:
        self._unmount()
        size = self.config["most_disk_bytes"] if disk_bytes is None else disk_bytes + _SLACK_BYTES
        options = f"size={size},nr_inodes={MOST_FILES},mode=0755"
        kernel.mount("box", self.folder, "tmpfs", seccomp.MOUNT_BOX, options)
        self._mounted = True
        self.make_folders()
        self._device = os.stat(self.folder).st_dev

    def clean(self) -> bool:
        self._unmount()
        return True

    def disk_bytes(self) -> int:
        usage = os.statvfs(self.folder)
        return (usage.f_blocks - usage.f_bfree) * usage.f_frsize

    def is_inside(self, place: str) -> bool:
        with contextlib.suppress(OSError):
            return os.stat(place, dir_fd=self.proc).st_dev == self._device
        return False

    def _unmount(self) -> None:
        os.chdir("/")
        if self._mounted:
            kernel.unmount(self.folder)
            self._mounted = False


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
