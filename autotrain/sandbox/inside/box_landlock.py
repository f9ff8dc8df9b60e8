"""The tiers `ll` and `uid`: no namespaces; Landlock, seccomp, and as root a uid for programs alone."""

import contextlib
import os

from autotrain.sandbox.inside import kernel, landlock, seccomp
from autotrain.sandbox.inside.boxes import DEVICES, Box, SizedBox, become, kill_everyone

_READ_SEARCH = 1 << 2  # CAP_DAC_READ_SEARCH


class LandlockOnly(SizedBox):
    """`ll`: an ordinary user's own uid, with Landlock and a seccomp filter a program.

    The box is a folder on the machine's disk, made anew for each program. (`uid` mounts a
    file system of its own there where root may mount.)
    """

    tier = "ll"

    def enter(self) -> None:
        self._check_kernel()
        if os.geteuid() == 0:
            if not all(map(_others_reach, self.config["readable"])):
                raise OSError(13, "the interpreter lies where only root can read it")
            become(self.config["uids"][0], self.config["uids"][0])
        self._shut_in()

    def renew(self, disk_bytes: int | None) -> None:
        if self.sized:
            super().renew(disk_bytes)
            return
        Box.renew(self, disk_bytes)
        if self._places:  # else this server is still on its way in
            self._renew_rules()

    def clean(self) -> bool:
        return super().clean() if self.sized else Box.clean(self)

    def disk_bytes(self) -> int:
        return super().disk_bytes() if self.sized else Box.disk_bytes(self)

    def is_inside(self, place: str) -> bool:
        return super().is_inside(place) if self.sized else Box.is_inside(self, place)

    def confine(self, checker: bool) -> None:
        Box.confine(self, checker)
        landlock.restrict(self._rules)
        if self._abi < 6 and self.tier == "ll":  # under `uid` the program's uid bounds its signals
            seccomp.install(seccomp.build_no_signals(os.getpid()))

    def kill_leftovers(self) -> None:
        if not self._scoped:
            return super().kill_leftovers()
        # This server's signals reach only its own Landlock domain: the slot's programs, all at once.
        kill_everyone(self._scoped)

    def _check_kernel(self) -> None:
        self._abi = min(landlock.abi(), self.config.get("landlock_abi", 99))
        if self._abi < landlock.LEAST_ABI:
            raise OSError(38, f"Landlock ABI {landlock.LEAST_ABI} is needed, this kernel has {self._abi}")
        self._places: list[tuple[int, int]] = []
        self._rules = -1

    def _shut_in(self) -> None:
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        self.renew(None)
        self._places = [(_place(path), rights) for path, rights in self._allowed() if os.path.exists(path)]
        self._renew_rules()
        self._scoped = self._abi >= 6 and self._scope_signals()
        self.watch_locks()
        seccomp.install(seccomp.build(self.tier, self.sized))

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

    def _allowed(self) -> list[tuple[str, int]]:
        """What programs may do where, whichever program it is."""
        rules = [(path, landlock.READ) for path in self.config["readable"]]
        rules += [(f"/dev/{name}", landlock.DEVICE) for name in DEVICES]
        if self.config["packages"]:
            rules.append((self.config["package_folder"], landlock.READ))
        if self.sized:  # holds for what is mounted below it, too
            rules.append((os.path.dirname(self.folder), landlock.WRITE))
        return rules

    def _renew_rules(self) -> None:
        """The rules hold for folders, not for names: new folders need new rules."""
        if self._rules >= 0:
            os.close(self._rules)
        own = [] if self.sized else [(_place(path), landlock.WRITE) for path in self._paths()]
        try:
            self._rules = landlock.file_rules([*self._places, *own], self._abi)
        finally:
            for descriptor, _ in own:
                os.close(descriptor)


class SpareUids(LandlockOnly):
    """`uid`: root without namespaces. Programs have a uid that nothing else has, and Landlock.

    Two uids a slot where the kernel cannot keep signals apart, one for the candidate and one
    for the checker; else one, so that they can share files.
    """

    tier = "uid"
    folder_mode = 0o2770
    umask = 0o007

    def enter(self) -> None:
        self._check_kernel()
        if os.geteuid() != 0:
            raise OSError(1, "only root can give programs a uid of their own")
        candidate, checker = self.config["uids"][:2]
        self._uids = (candidate, candidate if self._abi >= 6 else checker)
        self._gid = candidate
        self._reach = 0 if all(map(_others_reach, self.config["readable"])) else _READ_SEARCH
        self.sized = self._may_mount()
        if self.sized:
            self.folder = os.path.join(self.folder, "box")
            os.mkdir(self.folder)
        self._shut_in()

    def make_folders(self) -> None:
        super().make_folders()
        for path in self._paths():
            os.chown(path, self._uids[0], self._gid)
            os.chmod(path, self.folder_mode)

    def _may_mount(self) -> bool:
        """Whether this root may mount: in a namespace of this server's own, which nobody else sees."""
        if not self.config.get("mounts", True):
            return False
        with contextlib.suppress(OSError):
            kernel.unshare(kernel.CLONE_NEWNS)
            kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
            kernel.mount("box", self.folder, "tmpfs", seccomp.MOUNT_BOX, "size=64k")
            kernel.unmount(self.folder)
            with contextlib.suppress(OSError):  # an old kernel: nothing else depends on it
                kernel.keep_no_access_times()
            return True
        return False

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
        # First one by one as root, whom no program can stop; then all at once, whom no fork escapes.
        Box.kill_leftovers(self)
        for uid in set(self._uids):
            # Only a process that is wholly that uid may say "everyone": with any other identity
            # left, even as its real uid alone, it would mean everyone on this machine.
            killer = os.fork()
            if killer == 0:
                try:
                    os.setresuid(uid, uid, uid)
                    kill_everyone(uid != 0 and os.getresuid() == (uid, uid, uid))
                finally:
                    os._exit(0)
            os.waitpid(killer, 0)


def _place(path: str) -> int:
    return os.open(path, os.O_PATH | os.O_CLOEXEC)


def _others_reach(path: str) -> bool:
    path = os.path.realpath(path)
    while path != "/":
        if not os.stat(path).st_mode & (0o1 if os.path.isdir(path) else 0o4):
            return False
        path = os.path.dirname(path)
    return True
