"""The tier `ns`: namespaces, and a root of its own with just /usr and the interpreter in it."""

import os
import signal
import socket

from autotrain.sandbox.inside import kernel, seccomp
from autotrain.sandbox.inside.boxes import DEVICES, SizedBox, become, kill_everyone

INSIDE_UID = 1000
_drop_capabilities = kernel.drop_capabilities


class Namespaces(SizedBox):
    """`ns`: its own users, mounts, network, processes and hostname; a new pid namespace a program.

    As root it makes the mounts with root's reach (the interpreter may lie below /root), then
    takes a spare uid for good before the user namespace is made.
    """

    tier = "ns"
    own_shared_memory = True
    sized = True

    def enter(self) -> None:
        self.folder = "/box"
        others = kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS | kernel.CLONE_NEWCGROUP
        uid, gid = os.geteuid(), os.getegid()
        if uid == 0:
            uid = gid = self.config["uids"][0]
            kernel.unshare(kernel.CLONE_NEWNS)
            self._make_root()
            become(uid, gid)
            kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | others)
            self._map_users(uid, gid)
        else:
            kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | others)
            self._map_users(uid, gid)
            self._make_root()
        self.renew(None)
        socket.sethostname("sandbox")
        kernel.unshare(kernel.CLONE_NEWPID)
        server = os.fork()
        if server:
            os.waitpid(server, 0)
            os._exit(0)
        self._alone = os.getpid() == 1
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        self._own_namespace = os.open("self/ns/pid", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self.proc)
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        self.watch_locks()
        seccomp.install(seccomp.build("ns"))

    def fork(self) -> int:
        kernel.setns(self._own_namespace, kernel.CLONE_NEWPID)
        kernel.unshare(kernel.CLONE_NEWPID)
        return os.fork()

    def confine(self, checker: bool) -> None:
        if _drop_capabilities() < 0:
            raise OSError(1, "capset was refused")

    def kill_leftovers(self) -> None:
        # This server is process 1 of a namespace of its own, so "everyone" is what its programs started.
        kill_everyone(os.getpid() == 1 and self._alone)

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

    def _make_root(self) -> None:
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
        for name in DEVICES:
            self._bind(f"/dev/{name}", f"{base}/dev/{name}")
        for name, path in self.config["packages"]:
            os.makedirs(base + self.config["package_folder"], exist_ok=True)
            os.symlink(path, f"{base}{self.config['package_folder']}/{name}")
        os.makedirs(base + self.folder)
        os.symlink(f"{self.folder}/tmp", f"{base}/tmp")
        os.symlink(f"{self.folder}/shm", f"{base}/dev/shm")
        kernel.make_read_only(base, below=False)
        kernel.pivot_root(base)

    def _bind(self, source: str, target: str) -> None:
        if os.path.isdir(source):
            os.makedirs(target, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        kernel.mount(source, target, flags=kernel.MS_BIND | kernel.MS_REC)


def _mount_point(sources: list[str]) -> str:
    for base in ("/mnt", "/media", "/srv", "/opt", "/var/tmp", "/tmp", "/run", "/home"):
        if os.path.isdir(base) and not any(
            path == base or path.startswith(base + "/") or base.startswith(path + "/") for path in sources
        ):
            return base
    raise OSError(2, "no folder to build the sandbox's root on")
