"""Empties a folder that a hostile program filled: any depth, any mode, no link followed."""

import contextlib
import os

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def empty_folder(path: str) -> None:
    """Remove all that is in a folder. Raises OSError where something cannot be removed.

    Folders are lifted up to the top one by one before they are removed, so that neither a
    deep tree nor a long path can exhaust recursion or descriptors.
    """
    top = os.open(path, _OPEN)
    lifted = 0
    try:
        while names := os.listdir(top):
            for name in names:
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
    """Bytes on disk in a folder that is being written to; -1 where it holds more files than that."""
    total, count, waiting = 0, 0, [path]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                with contextlib.suppress(OSError):
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        if count > most_files:
            return -1
    return total


def _unlinked(name: str, folder: int) -> bool:
    try:
        os.unlink(name, dir_fd=folder)
    except (IsADirectoryError, PermissionError):
        return False
    return True
