"""Which system calls a sandboxed program may make: an allow-list, as a BPF program.

Everything that is not listed fails with EPERM, or with ENOSYS where the C library then
takes another way. A foreign architecture or the x32 numbers kill the process.
The filter is installed once in a slot's server and inherited by every program; what the
server alone needs (a new pid namespace) is useless to a program without capabilities.
"""

import contextlib
import ctypes
import struct

from autotrain.sandbox.inside import kernel
from autotrain.sandbox.inside.locks import IOCTLS as LOCK_IOCTLS

# name, number on x86_64, number on aarch64 (- : there is none)
_ALLOWED = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69, pwritev 296 70,
open 2 -, openat 257 56, creat 85 -, close 3 57, close_range 436 436, stat 4 -, fstat 5 80, lstat 6 -,
newfstatat 262 79, statx 332 291, access 21 -, faccessat 269 48, faccessat2 439 439, lseek 8 62, dup 32 23, dup2 33 -,
dup3 292 24, pipe 22 -, pipe2 293 59, poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_create 213 -,
epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22, epoll_pwait2 441 441, eventfd 284 -,
eventfd2 290 19, timerfd_create 283 85, timerfd_settime 286 86, timerfd_gettime 287 87, getdents 78 -,
getdents64 217 61, getcwd 79 17, chdir 80 49, fchdir 81 50, mkdir 83 -, mkdirat 258 34, rmdir 84 -, unlink 87 -,
unlinkat 263 35, rename 82 -, renameat 264 38, renameat2 316 276, link 86 -, linkat 265 37, symlink 88 -,
symlinkat 266 36, readlink 89 -, readlinkat 267 78, truncate 76 45, ftruncate 77 46, fsync 74 82,
fdatasync 75 83, statfs 137 43, fstatfs 138 44, umask 95 166, sendfile 40 71, splice 275 76,
flock 73 32, getxattr 191 8, lgetxattr 192 9, fgetxattr 193 10, listxattr 194 11, llistxattr 195 12,
flistxattr 196 13, mmap 9 222, munmap 11 215, mprotect 10 226, mremap 25 216, madvise 28 233, brk 12 214,
msync 26 227, membarrier 324 283, fork 57 -, vfork 58 -, execve 59 221, exit 60 93, exit_group 231 94,
wait4 61 260, waitid 247 95, getpid 39 172, getppid 110 173, gettid 186 178, getpgid 121 155, getpgrp 111 -,
getsid 124 156, setpgid 109 154, setsid 112 157, getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177,
getgroups 115 158, getresuid 118 148, getresgid 120 150, setuid 105 146, setgid 106 144, setreuid 113 145,
setregid 114 143, setresuid 117 147, setresgid 119 149, setgroups 116 159, set_tid_address 218 96,
set_robust_list 273 99, rseq 334 293, arch_prctl 158 -, futex 202 98, sched_yield 24 124, sched_getaffinity 204 123,
sched_getparam 143 121, sched_getscheduler 145 120, sched_get_priority_max 146 125, sched_get_priority_min 147 126,
getpriority 140 141, getrlimit 97 163, setrlimit 160 164, getrusage 98 165, times 100 153, sysinfo 99 179, uname 63 160,
getcpu 309 168, getrandom 318 278, capget 125 90, capset 126 91, rt_sigaction 13 134, rt_sigprocmask 14 135,
rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigtimedwait 128 137, rt_sigsuspend 130 133, sigaltstack 131 132,
pause 34 -, alarm 37 -, setitimer 38 103, getitimer 36 102, timer_settime 223 110,
timer_gettime 224 108, timer_delete 226 111, timer_getoverrun 225 109, signalfd 282 -, signalfd4 289 74,
restart_syscall 219 128, nanosleep 35 101,
gettimeofday 96 169, time 201 -, kill 62 129, tkill 200 130, tgkill 234 131, pidfd_open 434 434,
pidfd_send_signal 424 424,
landlock_restrict_self 446 446, bind 49 200, listen 50 201, accept 43 202, accept4 288 242, connect 42 203,
getsockname 51 204, getpeername 52 205, getsockopt 55 209, sendto 44 206, recvfrom 45 207,
recvmsg 47 212, shutdown 48 210
"""
_CONDITIONAL = """
clone 56 220, unshare 272 97, setns 308 268, prctl 157 167, ioctl 16 29, fcntl 72 25, prlimit64 302 261,
seccomp 317 277, sched_setaffinity 203 122, setpriority 141 140, socket 41 198, socketpair 53 199, mknod 133 -,
mknodat 259 33, setsockopt 54 208, clock_gettime 228 113, clock_getres 229 114, clock_nanosleep 230 115,
timer_create 222 107, mount 165 40, umount2 166 39
"""
# Where the box is a folder on the machine's disk, files can grow only as fast as they are written:
# what takes room at once, and what hides a file in a message, is not there.
_ON_A_SIZED_BOX = "fallocate 285 47, sendmsg 46 211"
_COPY = "copy_file_range 326 285"
# There the server makes new rules for each program's folders; a program can shut itself in further with them.
_ON_A_FOLDER = "landlock_create_ruleset 444 444, landlock_add_rule 445 445"
# Advice about the cache of files, which is the whole machine's: taken, and not followed.
_ADVICE = "fadvise64 221 223"
# A change of mode, owner or time: not covered by Landlock, so under `ll` (where the program
# has the user's own uid) these do nothing and say that they did.
_OWNERSHIP = """
chmod 90 -, fchmod 91 52, fchmodat 268 53, fchmodat2 452 452, chown 92 -, lchown 94 -, fchown 93 55, fchownat 260 54,
utime 132 -, utimes 235 -, utimensat 280 88, futimesat 261 -
"""
_ABSENT = """
clone3 435 435, openat2 437 437, memfd_create 319 279, io_uring_setup 425 425,
io_uring_enter 426 426, io_uring_register 427 427, futex_waitv 449 449
"""
_SET_ATTRIBUTE = "setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7, removexattr 197 14, lremovexattr 198 15"

_EPERM, _EINVAL, _ENOTTY, _ENOSYS, _EOPNOTSUPP = 1, 22, 25, 38, 95
MOUNT_BOX = 0x2 | 0x4 | 0x400  # nosuid, nodev, noatime: the one mount that a slot's server makes again

# Arguments allowed for a conditional call: a list of clauses, one of which must hold. A clause
# is a list of (argument, mask, values): argument & mask must be one of the values.
_ALL = 0xFFFFFFFF
_NEW_NAMESPACES = 0x7E020000
_CLONE_PARENT_OR_PTRACE = 0x8000 | 0x2000
_FIFO_TYPES = (0x1000,)  # S_IFIFO
_Clause = list[tuple[int, int, tuple[int, ...]]]

_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX
_IOCTLS += LOCK_IOCTLS  # of use only to who holds the listener, which is the server
_LOCK_FCNTLS = (5, 6, 7, 36, 37, 38)
_FCNTLS = (0, 1, 2, 3, 4, *_LOCK_FCNTLS, 1030, 1032)  # descriptors, flags, locks, a pipe's size (not to be changed)
_FILES_SHARED, _THREAD = 0x400, 0x10000  # CLONE_FILES, CLONE_THREAD
_SOCKET_OPTIONS = (2, 9, 13, 15, 16, 20, 21)  # of SOL_SOCKET; not the size of its buffers
_PRCTLS = (3, 15, 16, 23, 38, 36, 39)  # dumpable?, names, capability?, no_new_privs, subreaper


def _clauses(tier: str, sized: bool) -> dict[str, tuple[list[_Clause], int]]:
    """For each conditional call: its clauses, and the error where none holds."""
    no_new_namespace: _Clause = [(0, _NEW_NAMESPACES | _CLONE_PARENT_OR_PTRACE, (0,))]
    no_new_namespace.append((0, _FILES_SHARED | _THREAD, (0, _THREAD, _FILES_SHARED | _THREAD)))  # see locks.py
    own_clock: _Clause = [(0, 0xFFFFFFF0, (0,))]  # any other is the processor time of some process
    stream_or_packet: _Clause = [(0, _ALL, (1,)), (1, 0xFF, (1, 5))]  # AF_UNIX, SOCK_STREAM or SOCK_SEQPACKET
    rules: dict[str, tuple[list[_Clause], int]] = {
        "clone": ([no_new_namespace], _EPERM),
        "prctl": ([[(0, _ALL, _PRCTLS)], [(0, _ALL, (kernel.PR_SET_PDEATHSIG,)), (1, _ALL, (9,))]], _EPERM),
        "ioctl": ([[(1, _ALL, _IOCTLS)]], _ENOTTY),
        "fcntl": ([[(1, _ALL, _FCNTLS)]], _EINVAL),
        "prlimit64": ([[(0, _ALL, (0,))]], _EPERM),
        "sched_setaffinity": ([[(0, _ALL, (0,))]], _EPERM),
        "setpriority": ([[(0, _ALL, (0,)), (1, _ALL, (0,))]], _EPERM),
        "socketpair": ([stream_or_packet], _EPERM),
        "mknod": ([[(1, 0xF000, _FIFO_TYPES)]], _EPERM),
        "mknodat": ([[(2, 0xF000, _FIFO_TYPES)]], _EPERM),
        "setsockopt": ([[(1, _ALL, (1,)), (2, _ALL, _SOCKET_OPTIONS)]], _EPERM),
    }
    for name in ("clock_gettime", "clock_getres", "clock_nanosleep", "timer_create"):
        rules[name] = ([own_clock], _EINVAL)
    if sized:
        # The server mounts each program's box; a program has no capability for it.
        rules["mount"] = ([[(3, _ALL, (MOUNT_BOX,))]], _EPERM)
        rules["umount2"] = ([[(1, _ALL, (kernel.MNT_DETACH,))]], _EPERM)
    if tier in ("uid", "ll"):
        # For a second filter (`build_no_signals`); one more filter can only forbid more.
        rules["seccomp"] = ([[(0, _ALL, (1,)), (1, _ALL, (0,))]], _EPERM)
    if tier == "uid":
        # The server needs these two while it has capabilities; without, they grant nothing.
        clauses, _ = rules["prctl"]
        clauses.append([(0, _ALL, (kernel.PR_SET_KEEPCAPS, kernel.PR_CAP_AMBIENT))])
    if tier == "ns":
        # The network namespace is the sandbox's own and empty. A unix socket reaches nothing outside it.
        rules["socket"] = ([[(0, _ALL, (1,))]], _EPERM)
        rules["unshare"] = ([[(0, _ALL, (kernel.CLONE_NEWPID,))]], _EPERM)
        rules["setns"] = ([[(1, _ALL, (kernel.CLONE_NEWPID,))]], _EPERM)
    return rules


def build(tier: str, sized: bool = True) -> bytes:
    """The filter of a tier (`ns`, `uid` or `ll`) for this machine, as BPF instructions.

    `sized`: whether each program's box is a file system with a size of its own.
    """
    program = _head()
    for name, (clauses, error) in _clauses(tier, sized).items():
        number = _numbers(_CONDITIONAL)[name]
        if number is not None:
            program += _block(number, clauses, error)
    groups = [(_numbers(_ALLOWED), _ALLOW), (_numbers(_ABSENT), _error(_ENOSYS))]
    groups += [(_numbers(_SET_ATTRIBUTE), _error(_EOPNOTSUPP)), (_numbers(_ADVICE), _error(0))]
    groups += [(_numbers(_ON_A_SIZED_BOX), _ALLOW if sized else _error(_EOPNOTSUPP))]
    groups += [(_numbers(_COPY), _ALLOW if sized else _error(_ENOSYS))]
    groups += [] if sized else [(_numbers(_ON_A_FOLDER), _ALLOW)]
    groups += [(_numbers(_OWNERSHIP), _error(0) if tier == "ll" else _ALLOW)]
    for numbers, action in groups:
        for number in numbers.values():
            if number is not None:
                program += _jump(_JEQ, number, 0, 1) + _return(action)
    # Calls newer than this list are absent rather than forbidden, so that libraries fall back.
    program += _jump(_JGE, 445, 0, 1) + _return(_error(_ENOSYS)) + _return(_error(_EPERM))
    return program


def build_no_signals(own_pid: int) -> bytes:
    """A second filter where the kernel cannot scope signals (Landlock before ABI 6): only to oneself."""
    numbers = _numbers(_ALLOWED)
    program = _head()
    allowed = {"kill": (0, own_pid), "tgkill": (own_pid,), "tkill": (own_pid,), "pidfd_send_signal": ()}
    for name, values in allowed.items():
        number = numbers[name]
        assert number is not None
        program += _block(number, [[(0, _ALL, values)]] if values else [], _EPERM)
    return program + _return(_ALLOW)


def build_locks(asks: bool) -> bytes:
    """A filter that asks the slot's server about each lock on a file, or refuses them all."""
    action = _NOTIFY if asks else _error(_EPERM)
    flock, fcntl = _numbers("flock 73 32, fcntl 72 25").values()
    assert flock is not None and fcntl is not None
    program = _head() + _jump(_JEQ, flock, 0, 1) + _return(action)
    commands = b"".join(_jump(_JEQ, command, 0, 1) + _return(action) for command in _LOCK_FCNTLS)
    body = _instruction(_LOAD, 16 + 8) + commands
    return program + _jump(_JEQ, fcntl, 0, len(body) // 8) + body + _return(_ALLOW)


def install_locks() -> int:
    """Have locks decided by whoever holds the listener that this returns; -1 where all are refused instead."""
    with contextlib.suppress(OSError):
        return install(build_locks(True), _NEW_LISTENER)  # Linux 5.5
    install(build_locks(False))
    return -1


def install(program: bytes, flags: int = 0) -> int:
    """Filter this process and all that it starts, for good. Needs no_new_privs."""
    code = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    argument = Program(len(program) // 8, ctypes.addressof(code))
    return kernel.system_call("seccomp", 1, flags, argument)  # SECCOMP_SET_MODE_FILTER


_LOAD, _JEQ, _JGE, _AND, _RET = 0x20, 0x15, 0x35, 0x54, 0x06
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_NOTIFY = 0x7FC00000
_NEW_LISTENER = 8
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def _error(number: int) -> int:
    return 0x00050000 | number


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _jump(code: int, value: int, if_true: int, if_false: int) -> bytes:
    return _instruction(code, value, if_true, if_false)


def _return(action: int) -> bytes:
    return _instruction(_RET, action)


def _head() -> bytes:
    # struct seccomp_data: number at 0, architecture at 4, arguments from 16, 8 bytes each, low half first
    program = _instruction(_LOAD, 4) + _jump(_JEQ, _ARCHITECTURES[kernel.MACHINE], 1, 0) + _return(_KILL)
    program += _instruction(_LOAD, 0)
    if kernel.MACHINE == "x86_64":
        program += _jump(_JGE, 0x40000000, 0, 1) + _return(_KILL)
    return program


def _block(number: int, clauses: list[_Clause], error: int) -> bytes:
    """Instructions that decide one system call by its arguments and fall through for any other."""
    body = b"".join(_clause(clause) for clause in clauses) + _return(_error(error))
    return _jump(_JEQ, number, 0, len(body) // 8) + body


def _clause(clause: _Clause) -> bytes:
    # Built from the end, so that each check knows how far it is to the clause's end.
    code = _return(_ALLOW)
    for argument, mask, values in reversed(clause):
        check = b""
        for index in range(len(values) - 1, -1, -1):
            past_checks = len(check) // 8
            last = index == len(values) - 1
            check = _jump(_JEQ, values[index], past_checks, len(code) // 8 if last else 0) + check
        load = _instruction(_LOAD, 16 + 8 * argument)
        if mask != _ALL:
            load += _instruction(_AND, mask)
        code = load + check + code
    return code


def _numbers(table: str) -> dict[str, int | None]:
    column = {"x86_64": 1, "aarch64": 2}[kernel.MACHINE]
    rows = [entry.split() for entry in table.replace("\n", " ").split(",")]
    return {row[0]: None if row[column] == "-" else int(row[column]) for row in rows}
