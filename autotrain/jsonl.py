"""JSON lines on disk: streaming reads, whole-or-not-at-all writes, append-only ledgers.

Every other module reads and writes files through here, so that "a file appears whole
or not at all" (docs/pipeline.md) is decided in one place:

    for line_number, row in read_rows(path): ...
    write_rows(path, rows)            # temporary file, fsync, os.replace
    with Ledger(path) as ledger:      # append-only; a torn last line is repaired
        ledger.append(row)
"""

import contextlib
import errno
import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import orjson

from autotrain.errors import DataError, UsageError

Row = dict[str, Any]


def dumps(row: Any) -> bytes:
    """One JSON value as compact UTF-8 bytes, keys in the order given, no newline."""
    return orjson.dumps(row)


def ascii_json(value: Any, indent: int | None = None) -> str:
    """One JSON value for whoever reads stdout, in ASCII: a terminal finds nothing in it to obey."""
    data = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    if not data.isascii() or indent:
        data = json.dumps(orjson.loads(data), indent=indent, separators=None if indent else (",", ":")).encode()
    return data.decode().replace("\x7f", "\\u007f")


def read_rows(path: Path | str) -> Iterator[tuple[int, Row]]:
    """Yield `(line_number, row)` for each non-blank line of a JSONL file.

    Raises DataError, naming file and line, where the file is missing or a line is
    not a JSON object. Stage 02 has a tolerant reader of its own; every other reader
    reads files that the pipeline wrote, where a bad line is a fault to be shown.
    """
    try:
        stream = open(path, "rb")
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    with stream:
        for number, line in enumerate(stream, start=1):
            if line.isspace():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise DataError(f"{path}, line {number}: not JSON ({error}).") from None
            if not isinstance(row, dict):
                raise DataError(f"{path}, line {number}: a JSON object is needed, not {type(row).__name__}.")
            yield number, row


def load_rows(path: Path | str) -> list[Row]:
    """All rows of a small JSONL file as a list (see `read_rows` for the errors)."""
    return [row for _, row in read_rows(path)]


def count_rows(path: Path | str) -> int:
    """Number of non-blank lines of a file, of whatever length; 0 where there is no file."""
    count, blank = 0, True
    try:
        with open_regular(path) as stream:
            while part := stream.readline(1 << 20):
                blank = blank and part.isspace()
                if part.endswith(b"\n"):
                    count, blank = count + (not blank), True
    except (FileNotFoundError, DataError, IsADirectoryError):
        return 0
    return count + (not blank)


def open_regular(path: Path | str) -> IO[bytes]:
    """A file opened for reading. Raises OSError, or DataError for a pipe or a device, which would keep us waiting."""
    stream = open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise DataError(f"{path} is no file.")
    return stream


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """The file for this process alone, so that two starts at once never pay twice; made where it is not there.

    The lock ends with the process. Raises UsageError where another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"{path} is being filled by another start: wait until that has ended, or give another --output."
            ) from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic_writer(path: Path | str) -> Iterator[IO[bytes]]:
    """A binary file that takes its name only when the block ends without an error.

    What is no file (/dev/null, a pipe) is written to as it is, and never replaced.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if path.exists() and not path.is_file():
        with open(path, "wb") as stream:
            yield stream
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_directory(path.parent)


def write_rows(path: Path | str, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as JSONL, whole or not at all. Returns how many were written."""
    count = 0
    with atomic_writer(path) as stream:
        for row in rows:
            stream.write(dumps(row) + b"\n")
            count += 1
    return count


LONGEST_DOCUMENT = 256 * 1024 * 1024  # bytes; the longest reports have some megabytes


def read_json(path: Path | str, limit: int = LONGEST_DOCUMENT) -> Any:
    """One JSON document of at most `limit` bytes. Raises DataError where it is missing, malformed or longer."""
    try:
        with open_regular(path) as stream:
            content = stream.read(limit + 1)
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > limit:
        raise DataError(f"{path} is longer than {limit >> 20} MiB: move it away.")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise DataError(f"{path} is not JSON ({error}).") from None


def write_json(path: Path | str, value: Any) -> None:
    """One JSON document, indented for people, whole or not at all."""
    with atomic_writer(path) as stream:
        stream.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def replace_link(link: Path, target: str) -> None:
    """Point the symlink `link` at `target` (relative), replacing an older one at once.

    Raises DataError where something that is not a symlink stands in the way: a file or
    a folder that a person put there is never removed.
    """
    if link.exists() and not link.is_symlink():
        raise DataError(f"{link} is in the way: it is no symlink. Move it, then run again.")
    temporary = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    temporary.symlink_to(target)
    os.replace(temporary, link)
    _sync_directory(link.parent)


class Ledger:
    """An append-only JSONL file: one complete line a write, each reaching the disk.

    Opening it cuts off a torn last line (a crash in the middle of a write);
    `repaired_bytes` says how many bytes that was, 0 for a clean file.
    """

    def __init__(self, path: Path | str, *, fsync: bool = True) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.repaired_bytes = repair_tail(self.path)
        self._fsync = fsync
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one row; it survives a crash of this process once this returns."""
        line = dumps(row) + b"\n"
        written = os.write(self._descriptor, line)
        if written != len(line):  # a full disk can take part of a line
            os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise OSError(28, "No space left on device", str(self.path))
        if self._fsync:
            os.fsync(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def repair_tail(path: Path) -> int:
    """Cut an unfinished last line off a JSONL file. Returns the bytes removed."""
    try:
        with open(path, "rb+") as stream:
            size = stream.seek(0, os.SEEK_END)
            position = size
            while position > 0:
                start = max(0, position - 65536)
                stream.seek(start)
                newline = stream.read(position - start).rfind(b"\n")
                if newline >= 0:
                    keep = start + newline + 1
                    break
                position = start
            else:
                keep = 0
            if keep < size:
                stream.truncate(keep)
                os.fsync(stream.fileno())
            return size - keep
    except FileNotFoundError:
        return 0


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_directory(directory: Path) -> None:
    # Without this a crash of the machine can forget the rename itself.
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
