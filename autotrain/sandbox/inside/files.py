"""Empties a folder that a hostile program filled: any depth, any mode, no link followed."""

import contextlib
import os
import time

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def empty_folder(path: str, most_s: float = float("inf")) -> None:
    """Remove all that is in a folder. Raises OSError where something cannot be removed, or not in time.

    Folders are lifted up to the top one by one before they are removed, so that neither a
    deep tree nor a long path can exhaust recursion or descriptors.
    """
    top = os.open(path, _OPEN)
    lifted = 0
    deadline = time.monotonic() + most_s
    try:
        while names := os.listdir(top):
            for name in names:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{path} takes too long to empty")
                if _unlinked(name, top):
                    continue
                with contextlib.suppress(PermissionError):
                    os.chmod(name, 0o700, dir_fd=top)
                folder = os.open(name, _OPEN, dir_fd=top)
                try:
                    for child in os.listdir(folder):
                        if not _unlinked(child, folder):
                            with contextlib.suppress(PermissionError):
                                os.chmod(child, 0o700, dir_fd=folder)
                            lifted += 1
                            os.rename(child, f".lifted-{os.getpid()}-{lifted}", src_dir_fd=folder, dst_dir_fd=top)
                finally:
                    os.close(folder)
                os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)


def used_bytes(path: str, most_files: int) -> int:
    """Bytes on disk in a folder that is being written to; -1 where it holds more files than that.

    Folders are entered by descriptor, so that none hides below a path that is too long.
    """
    total = count = 0
    waiting: list[tuple[int, list[str]]] = []  # an open folder, and the folders in it that are still to be seen
    folder: int | None = os.open(path, _OPEN)
    try:
        while folder is not None:
            inner: list[str] = []
            with os.scandir(folder) as entries:
                for entry in entries:
                    count += 1
                    if count > most_files:
                        return -1
                    with contextlib.suppress(OSError):
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            inner.append(entry.name)
            waiting.append((folder, inner))
            folder = None  # is in `waiting` now, which closes it
            folder = _next_folder(waiting)
        return total
    except OSError:
        return -1  # too many folders open at once: no honest tree is that deep and wide
    finally:
        for descriptor in {descriptor for descriptor, _ in waiting} | ({folder} if folder is not None else set()):
            os.close(descriptor)


def _next_folder(waiting: list[tuple[int, list[str]]]) -> int | None:
    """Open the next folder to be seen; one that has no more is closed before its last is entered."""
    while waiting:
        parent, names = waiting.pop()
        if names:
            name = names.pop()
            try:
                folder = os.open(name, _OPEN, dir_fd=parent)
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                waiting.append((parent, names))
                continue
            except OSError:
                os.close(parent)
                raise
            if names:
                waiting.append((parent, names))
            else:
                os.close(parent)
            return folder
        os.close(parent)
    return None


def _unlinked(name: str, folder: int) -> bool:
    try:
        os.unlink(name, dir_fd=folder)
    except (IsADirectoryError, PermissionError):
        return False
    return True
