"""The tiers: how a slot's server, and the programs that it forks, are shut in.

A slot enters its box once; each program is then one fork and a few cheap calls. What a box
cannot do it does not hide: `enter` raises OSError and the next tier is tried.
"""

import contextlib
import ctypes
import os
import signal
import socket
import sys
import time

from autotrain.sandbox.inside import kernel, landlock, seccomp
from autotrain.sandbox.inside.files import empty_folder, used_bytes
from autotrain.sandbox.inside.watch import Watch

INSIDE_UID = 1000
MOST_FILES = 16384
_FOLDERS = ("home", "tmp", "shm")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_READ_SEARCH = 1 << 2  # CAP_DAC_READ_SEARCH


class Box:
    """No containment beyond limits: SANDBOX=off. The other tiers build on it."""

    tier = "off"
    folder_mode = 0o755
    umask = 0o022

    def __init__(self, config: dict, index: int) -> None:
        self.config, self.index = config, index
        self.folder = os.path.join(config["folder"], f"slot{index}") if config.get("folder") else "/box"
        self.proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self.watch: Watch

    def enter(self) -> None:
        """Shut this server in. Called once."""
        self.make_folders()
        self.become_subreaper()

    def become_subreaper(self) -> None:
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        self.watch = Watch(self.proc)

    def make_folders(self) -> None:
        self._paths = [os.path.join(self.folder, name) for name in _FOLDERS]
        for path in self._paths:
            os.makedirs(path, exist_ok=True)

    def fork(self) -> int:
        return os.fork()

    def confine(self, checker: bool) -> None:
        """In a program's process: the last steps, after which there is no way back."""
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)

    def kill_leftovers(self) -> None:
        """Kill everything that the slot's programs started and left, each by a handle of its own."""
        handles = {}
        for process in self.watch.processes():
            with contextlib.suppress(OSError):
                handles[process] = os.pidfd_open(int(process))
        # A number that was taken over by a stranger meanwhile is no descendant of this process now.
        still_ours = set(self.watch.processes())
        for process, handle in handles.items():
            if process in still_ours:
                with contextlib.suppress(OSError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
            os.close(handle)

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
        """Empty the folders for the next program. False where that needs more rights."""
        try:
            for path in self._paths:
                if os.stat(path, follow_symlinks=False).st_mode & 0o7777 != self.folder_mode:
                    os.chmod(path, self.folder_mode)
                if os.listdir(path):
                    empty_folder(path)
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


class Namespaces(Box):
    """`ns`: its own users, mounts, network, processes and hostname; a new pid namespace a program.

    As root it makes the mounts with root's reach (the interpreter may lie below /root), then
    takes a spare uid for good before the user namespace is made.
    """

    tier = "ns"

    def enter(self) -> None:
        self.folder = "/box"
        others = kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS | kernel.CLONE_NEWCGROUP
        uid, gid = os.geteuid(), os.getegid()
        if uid == 0:
            uid = gid = self.config["uids"][0]
            kernel.unshare(kernel.CLONE_NEWNS)
            self._make_root(f",uid={uid},gid={gid}")
            become(uid, gid)
            kernel.unshare(kernel.CLONE_NEWUSER | others)
            self._map_users(uid, gid)
        else:
            kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | others)
            self._map_users(uid, gid)
            self._make_root("")
        socket.sethostname("sandbox")
        kernel.unshare(kernel.CLONE_NEWPID)
        server = os.fork()
        if server:
            os.waitpid(server, 0)
            os._exit(0)
        self._alone = os.getpid() == 1
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        self._own_namespace = os.open("self/ns/pid", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc)
        self.watch = Watch(self.proc)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        seccomp.install(seccomp.build("ns"))

    def fork(self) -> int:
        kernel.setns(self._own_namespace, kernel.CLONE_NEWPID)
        kernel.unshare(kernel.CLONE_NEWPID)
        return os.fork()

    def confine(self, checker: bool) -> None:
        kernel.keep_capabilities(0)

    def kill_leftovers(self) -> None:
        # This server is process 1 of a namespace of its own, so "everyone" is what its programs started.
        _kill_everyone(os.getpid() == 1 and self._alone)

    def disk_bytes(self) -> int:
        usage = os.statvfs(self.folder)
        return (usage.f_blocks - usage.f_bfree) * usage.f_frsize

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "TMPDIR": "/tmp"}

    def _map_users(self, uid: int, gid: int) -> None:
        maps = ("setgroups", "deny"), ("uid_map", f"{INSIDE_UID} {uid} 1"), ("gid_map", f"{INSIDE_UID} {gid} 1")
        for name, text in maps:
            descriptor = os.open(f"self/{name}", os.O_WRONLY, dir_fd=self.proc)
            try:
                os.write(descriptor, text.encode())
            finally:
                os.close(descriptor)

    def _make_root(self, owner: str) -> None:
        readable = self.config["readable"]
        base = _mount_point(readable)
        kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("sandbox", base, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=0755,size=1m,nr_inodes=4096")
        for path in readable:
            target = base + path
            if os.path.islink(path):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                os.symlink(os.readlink(path), target)
                continue
            self._bind(path, target)
            kernel.make_read_only(target)
        for name in _DEVICES:
            self._bind(f"/dev/{name}", f"{base}/dev/{name}")
        for name, path in self.config["packages"]:
            os.makedirs(base + self.config["package_folder"], exist_ok=True)
            os.symlink(path, f"{base}{self.config['package_folder']}/{name}")
        os.makedirs(base + self.folder)
        os.symlink(f"{self.folder}/tmp", f"{base}/tmp")
        os.symlink(f"{self.folder}/shm", f"{base}/dev/shm")
        kernel.make_read_only(base, below=False)
        size = f"size={self.config['most_disk_bytes']},nr_inodes={MOST_FILES},mode=0755{owner}"
        kernel.mount("box", base + self.folder, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, size)
        kernel.pivot_root(base)
        self.make_folders()
        if owner:
            for name in _FOLDERS:
                os.chown(f"{self.folder}/{name}", self.config["uids"][0], self.config["uids"][0])

    def _bind(self, source: str, target: str) -> None:
        if os.path.isdir(source):
            os.makedirs(target, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        kernel.mount(source, target, flags=kernel.MS_BIND | kernel.MS_REC)


class LandlockOnly(Box):
    """`ll`: an ordinary user's own uid, with Landlock and a seccomp filter a program."""

    tier = "ll"

    def enter(self) -> None:
        self._abi = min(landlock.abi(), self.config.get("landlock_abi", 99))
        if self._abi < landlock.LEAST_ABI:
            raise OSError(38, f"Landlock ABI {landlock.LEAST_ABI} is needed, this kernel has {self._abi}")
        if os.geteuid() == 0:
            become(self.config["uids"][0], self.config["uids"][0])
        self.make_folders()
        self.become_subreaper()
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        self._rules = self._file_rules()
        self._scoped = self._abi >= 6 and self._scope_signals()
        seccomp.install(seccomp.build(self.tier))

    def _scope_signals(self) -> bool:
        """Keep this server's signals, and those of its programs, inside; proved on its own parent."""
        scope = landlock.signal_scope(self._abi)
        landlock.restrict(scope)
        os.close(scope)
        try:
            os.kill(os.getppid(), 0)
        except PermissionError:
            return True
        raise OSError(1, "Landlock does not keep signals inside")

    def _file_rules(self) -> int:
        rules = [(path, landlock.READ) for path in self.config["readable"] if os.path.exists(path)]
        rules += [(f"/dev/{name}", landlock.DEVICE) for name in _DEVICES]
        rules += [(os.path.join(self.folder, name), landlock.WRITE) for name in _FOLDERS]
        if self.config["packages"]:
            rules.append((self.config["package_folder"], landlock.READ))
        return landlock.file_rules(rules, self._abi)

    def confine(self, checker: bool) -> None:
        super().confine(checker)
        landlock.restrict(self._rules)
        if self._abi < 6:
            seccomp.install(seccomp.build_no_signals(os.getpid()))

    def kill_leftovers(self) -> None:
        if not self._scoped:
            return super().kill_leftovers()
        # This server's signals reach only its own Landlock domain: the slot's programs, all at once.
        _kill_everyone(self._scoped)


class SpareUids(LandlockOnly):
    """`uid`: root without namespaces. Programs have a uid that nothing else has, and Landlock.

    Two uids a slot where the kernel cannot keep signals apart, one for the candidate and one
    for the checker; else one, so that they can share files.
    """

    tier = "uid"
    folder_mode = 0o2770
    umask = 0o007

    def enter(self) -> None:
        self._abi = min(landlock.abi(), self.config.get("landlock_abi", 99))
        if self._abi < landlock.LEAST_ABI:
            raise OSError(38, f"Landlock ABI {landlock.LEAST_ABI} is needed, this kernel has {self._abi}")
        if os.geteuid() != 0:
            raise OSError(1, "only root can give programs a uid of their own")
        candidate, checker = self.config["uids"][:2]
        self._uids = (candidate, candidate if self._abi >= 6 else checker)
        self._gid = candidate
        self.make_folders()
        for name in _FOLDERS:
            path = os.path.join(self.folder, name)
            os.chown(path, candidate, self._gid)
            os.chmod(path, self.folder_mode)
        self._reach = 0 if all(map(_others_reach, self.config["readable"])) else _READ_SEARCH
        self.become_subreaper()
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        self._rules = self._file_rules()
        self._scoped = self._abi >= 6 and self._scope_signals()
        seccomp.install(seccomp.build(self.tier))

    def confine(self, checker: bool) -> None:
        kernel.prctl(kernel.PR_SET_KEEPCAPS, 1)
        uid = self._uids[checker]
        os.setgroups([])
        os.setresgid(self._gid, self._gid, self._gid)
        os.setresuid(uid, uid, uid)
        # An interpreter below a folder that only root may search (/root) stays readable; Landlock
        # decides what can be opened.
        kernel.keep_capabilities(self._reach)
        if self._reach:
            kernel.prctl(kernel.PR_CAP_AMBIENT, 2, 2)  # raise CAP_DAC_READ_SEARCH
        super().confine(checker)

    def kill_leftovers(self) -> None:
        if self._scoped:
            return super().kill_leftovers()
        for uid in set(self._uids):
            # Only a process that is wholly that uid may say "everyone": with any other identity
            # left, even as its real uid alone, it would mean everyone on this machine.
            killer = os.fork()
            if killer == 0:
                try:
                    os.setresuid(uid, uid, uid)
                    _kill_everyone(uid != 0 and os.getresuid() == (uid, uid, uid))
                finally:
                    os._exit(0)
            os.waitpid(killer, 0)


BOXES: dict[str, type[Box]] = {box.tier: box for box in (Namespaces, SpareUids, LandlockOnly, Box)}


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
        if not any(os.path.realpath(path).startswith(other.rstrip("/") + "/") for other in kept) or os.path.islink(
            path
        ):
            if path not in kept:
                kept.append(path)
    return kept


def _others_reach(path: str) -> bool:
    path = os.path.realpath(path)
    while path != "/":
        if not os.stat(path).st_mode & (0o1 if os.path.isdir(path) else 0o4):
            return False
        path = os.path.dirname(path)
    return True


def _mount_point(sources: list[str]) -> str:
    for base in ("/mnt", "/media", "/srv", "/opt", "/var/tmp", "/tmp", "/run", "/home"):
        if os.path.isdir(base) and not any(
            path == base or path.startswith(base + "/") or base.startswith(path + "/") for path in sources
        ):
            return base
    raise OSError(2, "no folder to build the sandbox's root on")


def _kill_everyone(bounded: bool) -> None:
    """kill(-1): everyone that this process may signal, at once, so that no fork can escape it.

    Never without proof that "everyone" is bounded to the sandbox.
    """
    if bounded is not True:
        raise RuntimeError("refusing to signal without a bound")
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)


def address_space_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


assert ctypes.sizeof(ctypes.c_long) == 8, "a 64-bit interpreter is needed"
