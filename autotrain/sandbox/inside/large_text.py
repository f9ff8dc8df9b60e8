"""The interpreter's own code on large pages.

A fork copies no page of a mapped file, so each program would map the interpreter's code anew,
some sixty faults. On a large page it is there at once, which makes a trivial program a tenth
cheaper. Nothing depends on it: where the kernel gives no large pages, or forbids code outside
a file (SELinux), everything stays as it was.
"""

import contextlib
import ctypes

_LARGE = 2 << 20
_READ, _WRITE, _EXECUTE = 1, 2, 4
_PRIVATE_ANONYMOUS = 0x22
_MADV_HUGEPAGE = 14
_MAYMOVE_FIXED = 1 | 2


def use() -> bool:
    """Move what of the interpreter's code fills large pages there. Returns whether that was done.

    The move is one system call, made from the C library, after the content was copied: at no
    moment does the code that runs differ. x86_64 only: elsewhere new code needs its caches cleared.
    """
    from autotrain.sandbox.inside import kernel

    if kernel.MACHINE != "x86_64":
        return False
    start, end = _code_of(ctypes.cast(ctypes.pythonapi.PyObject_Malloc, ctypes.c_void_p).value or 0)
    start, end = -(-start // _LARGE) * _LARGE, end // _LARGE * _LARGE
    size = end - start
    if size <= 0:
        return False
    room = _mmap(None, size + _LARGE, _READ | _WRITE, _PRIVATE_ANONYMOUS, -1, 0)
    if room in (None, _FAILED):
        return False
    copy = -(-room // _LARGE) * _LARGE
    moved = False
    if _madvise(copy, size, _MADV_HUGEPAGE) == 0:
        ctypes.memmove(copy, start, size)
        if _large_bytes(copy) >= size and _mprotect(copy, size, _READ | _EXECUTE) == 0:
            moved = _mremap(copy, size, size, _MAYMOVE_FIXED, start) == start
    for begin, stop in ((room, copy), (copy if not moved else copy + size, room + size + _LARGE)):
        if stop > begin:
            _munmap(begin, stop - begin)
    return moved


def _code_of(address: int) -> tuple[int, int]:
    """The range around an address, all of one file, in which nothing can be written."""
    found, file = (0, 0), ""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            fields = line.split(maxsplit=5)
            start, end = (int(number, 16) for number in fields[0].split("-"))
            name = fields[5] if len(fields) > 5 else ""
            if "w" in fields[1] or "r" not in fields[1] or not name.startswith("/"):
                name = ""
            if name and name == file and found[1] == start:
                found = found[0], end
            elif found[0] <= address < found[1]:
                break
            else:
                found, file = (start, end), name
    return found if file and found[0] <= address < found[1] else (0, 0)


def _large_bytes(address: int) -> int:
    """How much of the mapping that starts at (or around) an address lies on large pages."""
    inside = False
    with contextlib.suppress(OSError), open("/proc/self/smaps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            head = line.split(maxsplit=1)[0]
            if "-" in head and not head.endswith(":"):
                start, end = (int(number, 16) for number in head.split("-"))
                inside = start <= address < end
            elif inside and head == "AnonHugePages:":
                return int(line.split()[1]) << 10
    return 0


_libc = ctypes.CDLL(None)
_mmap, _mremap, _madvise, _mprotect, _munmap = (
    getattr(_libc, name) for name in ("mmap", "mremap", "madvise", "mprotect", "munmap")
)
_pointer, _size, _number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
_FAILED = _pointer(-1).value
_mmap.restype = _mremap.restype = _pointer
_mmap.argtypes = [_pointer, _size, _number, _number, _number, ctypes.c_long]
_mremap.argtypes = [_pointer, _size, _size, _number, _pointer]
_madvise.argtypes = _mprotect.argtypes = [_pointer, _size, _number]
_munmap.argtypes = [_pointer, _size]
