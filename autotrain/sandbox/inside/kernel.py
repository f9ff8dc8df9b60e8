"""System calls that the standard library lacks, by ctypes (a bare machine has no compiler).

Each function raises OSError with the kernel's reason. Numbers are for x86_64 and aarch64;
on any other machine `supported()` is False and the sandbox refuses.
"""

import contextlib
import ctypes
import functools
import os

MACHINE = os.uname().machine

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2
_NOATIME, _ANY_ATIME = 0x10, 0x70  # of mount_setattr

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_KEEPCAPS = 8
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47

_NUMBERS = {  # name: (x86_64, aarch64)
    "pivot_root": (155, 41),
    "capset": (126, 91),
    "seccomp": (317, 277),
    "mount_setattr": (442, 442),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
}
_COLUMN = {"x86_64": 0, "aarch64": 1}.get(MACHINE)

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.syscall.argtypes = [ctypes.c_long] + [ctypes.c_void_p] * 6
_libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
_libc.mount.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]

# Made here, not in each new process: _LINUX_CAPABILITY_VERSION_3, this process; then
# effective, permitted, inheritable, the low 32 and the high 32 each.
_capability_header = (ctypes.c_uint32 * 2)(0x20080522, 0)
_capabilities = (ctypes.c_uint32 * 6)()
_no_capabilities = (ctypes.c_uint32 * 6)()
_direct = ctypes.PyDLL(None).syscall
_capset_number = ctypes.c_long(_NUMBERS["capset"][_COLUMN or 0])

# Gives up every capability for good (together with no_new_privs) when it is called; negative where that failed.
drop_capabilities = functools.partial(
    _direct, _capset_number, ctypes.byref(_capability_header), ctypes.byref(_no_capabilities)
)


def supported() -> bool:
    """Whether system-call numbers of this machine are known."""
    return _COLUMN is not None and os.name == "posix" and os.uname().sysname == "Linux"


def system_call(name: str, *arguments: "int | ctypes.Array | ctypes.Structure | bytes | None") -> int:
    """Call a system call by name. Buffers and structures are passed by their address."""
    if _COLUMN is None:
        raise OSError(38, f"no system-call numbers for {MACHINE}")
    words = [_word(argument) for argument in arguments] + [None] * (6 - len(arguments))
    return _checked(_libc.syscall(_NUMBERS[name][_COLUMN], *words), name)


def unshare(flags: int) -> None:
    _checked(_libc.unshare(flags), "unshare")


def setns(descriptor: int, kind: int) -> None:
    _checked(_libc.setns(descriptor, kind), "setns")


def prctl(option: int, second: int = 0, third: int = 0) -> int:
    return _checked(_libc.prctl(option, second, third, 0, 0), "prctl")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    result = _libc.mount(os.fsencode(source), os.fsencode(target), os.fsencode(kind), flags, os.fsencode(data))
    _checked(result, f"mount {source} on {target}")


def unmount(target: str, flags: int = MNT_DETACH) -> None:
    _checked(_libc.umount2(os.fsencode(target), flags), f"umount {target}")


def make_read_only(target: str, *, below: bool = True) -> None:
    """Make a mount, and those below it, read-only, without set-user-id programs and devices."""
    with contextlib.suppress(OSError):  # so that reading leaves no trace; an ordinary user may not always
        _set_mount_attributes(target, (MS_RDONLY | MS_NOSUID | MS_NODEV | _NOATIME, _ANY_ATIME, MS_PRIVATE, 0), below)
        return
    attributes = (MS_RDONLY | MS_NOSUID | MS_NODEV, 0, MS_PRIVATE, 0)
    try:
        _set_mount_attributes(target, attributes, below)
    except OSError as error:
        if error.errno != 38:
            raise
        mount("none", target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def keep_no_access_times() -> None:
    """In a mount namespace of this process's own: reading leaves no trace in any file (Linux 5.12)."""
    _set_mount_attributes("/", (_NOATIME, _ANY_ATIME, 0, 0), True)


def _set_mount_attributes(target: str, attributes: tuple[int, int, int, int], below: bool) -> None:
    given = (ctypes.c_uint64 * 4)(*attributes)
    # AT_FDCWD, path, AT_RECURSIVE, struct mount_attr, its size; needs kernel 5.12
    recursive = 0x8000 if below else 0
    system_call("mount_setattr", -100, os.fsencode(target) + b"\0", recursive, given, ctypes.sizeof(given))


def pivot_root(new_root: str) -> None:
    """Make a mount point the root of this process and let go of the old one."""
    os.chdir(new_root)
    system_call("pivot_root", b".\0", b".\0")
    unmount(".")
    os.chdir("/")


def current_processor() -> int:
    """The processor that this process runs on just now."""
    return _libc.sched_getcpu()


def keep_capabilities(kept: int) -> None:
    """Give up every capability but those in this mask, for good together with no_new_privs."""
    _capabilities[0] = _capabilities[1] = _capabilities[2] = kept
    if _direct(_capset_number, ctypes.byref(_capability_header), ctypes.byref(_capabilities)) < 0:
        raise OSError(1, "capset was refused")


def _word(argument: object) -> object:
    if isinstance(argument, (ctypes.Array, ctypes.Structure)):
        return ctypes.cast(ctypes.byref(argument), ctypes.c_void_p)  # pyright: ignore[reportArgumentType]
    if isinstance(argument, bytes):
        return ctypes.cast(ctypes.c_char_p(argument), ctypes.c_void_p)
    return argument


def _checked(result: int, name: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result
