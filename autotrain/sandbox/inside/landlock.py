"""Landlock: which files a process may open, and whom it may signal, decided by itself.

It governs opening, creating, removing, linking and truncating. It does not govern stat,
chmod, chown, times, extended attributes or inotify (the seccomp filter and the uid do), nor
signals before ABI 6.
"""

import ctypes
import os
import stat

from autotrain.sandbox.inside import kernel

LEAST_ABI = 3  # the first that governs truncation

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1, 2, 4, 8
_TRUNCATE = 1 << 14
_DEVICE_CONTROL = 1 << 15  # ABI 5
_ALL_OF_ABI_3 = (1 << 15) - 1
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE

READ = _EXECUTE | _READ_FILE | _READ_DIRECTORY
WRITE = _ALL_OF_ABI_3 & ~(1 << 6) & ~(1 << 11)  # everything but character and block devices
DEVICE = _READ_FILE | _WRITE_FILE | _TRUNCATE

_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2  # ABI 6


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def abi() -> int:
    """The kernel's Landlock version, 0 where there is none. Asked by system call: /sys may lack it."""
    try:
        return kernel.system_call("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def file_rules(rules: list[tuple[int, int]], version: int) -> int:
    """A rule set that allows only these `(open file or folder, rights)`; returns its descriptor.

    A program under it can neither signal nor reach abstract sockets outside (ABI 6).
    """
    handled = _ALL_OF_ABI_3 | (_DEVICE_CONTROL if version >= 5 else 0)
    network = 3 if version >= 4 else 0  # TCP bind and connect
    scope = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if version >= 6 else 0
    ruleset = _create(handled, network, scope, version)
    for descriptor, rights in rules:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _FILE_RIGHTS
        kernel.system_call("landlock_add_rule", ruleset, 1, _PathRule(rights, descriptor), 0)
    return ruleset


def signal_scope(version: int) -> int:
    """A rule set that only keeps signals inside: `kill(-1)` then reaches this sandbox and nothing else."""
    return _create(0, 0, _SCOPE_SIGNALS, version)


def restrict(ruleset: int) -> None:
    """Put this process and all that it starts under a rule set, for good. Needs no_new_privs."""
    kernel.system_call("landlock_restrict_self", ruleset, 0)


def _create(files: int, network: int, scope: int, version: int) -> int:
    attributes = (ctypes.c_uint64 * 3)(files, network, scope)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    return kernel.system_call("landlock_create_ruleset", attributes, size, 0)
