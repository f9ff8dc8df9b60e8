"""Raw files as people have them, as numbered lines: packed, in UTF-16, one JSON array or object, CSV, Parquet, Arrow.

    with open_raw(path) as raw:
        raw.forms                      # what was found beside plain lines: ["gzip", "utf-16", "one JSON array"]
        for number, line in raw.lines: ...

Nothing is held in memory but one line (or item) of at most MAX_LINE_BYTES. In an array the
number is the item's place, from 1.
"""

import codecs
import contextlib
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from autotrain.cleaning import tables
from autotrain.errors import DataError

MAX_LINE_BYTES = 16 * 1024 * 1024
KEPT_OF_LONG_LINES = 8192
ARRAY = "one JSON array"
_BUFFER, _HEAD = 1 << 20, 1 << 16


@dataclass
class Raw:
    """An open file: its non-blank lines with their numbers, and the forms that it was found in."""

    lines: Iterator[tuple[int, bytes]]
    forms: list[str]


@contextlib.contextmanager
def open_raw(path: Path | str) -> Iterator[Raw]:
    """Open a file of rows, whatever form it has. Raises DataError where it cannot be read or is damaged."""
    path = Path(path)
    forms: list[str] = []
    try:
        file = open(path, "rb")
        first = file.peek(4)[:4]
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    with file:
        taken_not = next((what for mark, what in tables.NOT_TAKEN.items() if first.startswith(mark[:4])), None)
        if taken_not:
            raise DataError(f"{path} is {taken_not}.")
        if first in tables.MAGIC:
            kind = tables.MAGIC[first]
            yield Raw(tables.arrow_lines(path, kind), [kind])
        elif first.startswith(b"\x1f\x8b"):
            forms.append("gzip")
            with _damage(path, EOFError, gzip.BadGzipFile, zlib.error), gzip.open(file) as stream:
                yield _raw(cast(IO[bytes], stream), forms, path)
        elif first.startswith(b"\x28\xb5\x2f\xfd") or path.suffix == ".zst":
            import zstandard

            forms.append("zstandard")
            reader = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
            with _damage(path, zstandard.ZstdError):
                yield _raw(io.BufferedReader(cast(io.RawIOBase, reader)), forms, path)
        elif path.suffix == ".gz":
            raise DataError(f"{path} is damaged: it is named .gz and is no gzip file.")
        else:
            yield _raw(file, forms, path)


@contextlib.contextmanager
def _damage(path: Path, *errors: type[Exception]) -> Iterator[None]:
    try:
        yield
    except errors as error:
        raise DataError(f"{path} is damaged: {error}.") from None


_WRAPPED = re.compile(
    rb"\s*\{\s*(?:\"[^\"]*\"\s*:\s*(?:\"[^\"]*\"|[\d.]+|true|false|null)\s*,\s*)*"
    rb"\"(data|rows|train|examples|samples|instances|records|items|dataset)\"\s*:\s*(?=\[\s*\{)"
)


def _raw(packed: IO[bytes], forms: list[str], path: Path) -> Raw:
    head = packed.read(_HEAD)
    encoding = json.detect_encoding(head[:4]) if head else "utf-8"
    source = _Source(packed, head if encoding != "utf-8-sig" else head[3:], encoding)
    if b"\r" in source.head and b"\n" not in source.head:
        source.old_ends = True
        forms.append("CR line ends")
    stream = io.BufferedReader(cast(Any, source), _BUFFER)
    if encoding == "utf-8-sig":
        forms.append("byte order mark")
    elif encoding != "utf-8":
        forms.append(encoding)
    if re.match(rb"\s*\[\s*\{", stream.peek(1)):
        forms.append(ARRAY)
        return Raw(read_array(stream), forms)
    if wrapped := _WRAPPED.match(stream.peek(1)):
        forms.append(f"one JSON object with its rows under `{wrapped[1].decode()}`")
        stream.read(wrapped.end())
        return Raw(read_array(stream, alone=True), forms)
    if tables.is_csv(path, stream.peek(1)):
        forms.append("a table of separated values")
        return Raw(tables.csv_lines(stream, MAX_LINE_BYTES), forms)
    return Raw(read_lines(stream), forms)


class _Source(io.RawIOBase):
    """A stream from its first bytes on, as UTF-8. What cannot be decoded becomes a replacement character."""

    def __init__(self, stream: IO[bytes], head: bytes, encoding: str) -> None:
        self._stream, self._left = stream, head
        self.old_ends = False
        """Lines end in CR alone."""
        self._decoder = None
        if not encoding.startswith("utf-8"):
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
            self._left = self._decoder.decode(head).encode()

    @property
    def head(self) -> bytes:
        """What is read already."""
        return self._left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            chunk = self._stream.read(len(buffer))
            self._left = self._decoder.decode(chunk, not chunk).encode() if self._decoder else chunk
            if not chunk:
                break
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size].replace(b"\r", b"\n") if self.old_ends else self._left[:size]
        self._left = self._left[size:]
        return size


def read_lines(stream: IO[bytes], number: int = 0) -> Iterator[tuple[int, bytes]]:
    """`(line_number, line)` of each non-blank line, counted on from `number`.

    A line too long to be a sample is not kept in memory: its beginning comes, ended by a NUL byte.
    """
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = line[:KEPT_OF_LONG_LINES] + b"\0"
            while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
        if not line.isspace():
            yield number, line


_OUTSIDE = re.compile(rb'["\[\]},]|(?:\n[ \t]*)?\{[^\r\n]?')
_IN_STRING = re.compile(rb'\\.|["\n]', re.DOTALL)


def read_array(stream: IO[bytes], alone: bool = False) -> Iterator[tuple[int, bytes]]:
    """`(place, item)` of each item of the JSON array that a stream holds; lines after its end are read as lines.

    `alone`: what comes after its end is none of the rows.

    Items are cut out by their brackets, not parsed, so a wrong item costs no other. Where one is not closed,
    the next that begins a line as the first item did is taken for a new one. Items too long end as in `read_lines`.
    """
    number, depth, in_string = 0, 0, False
    item, mark = bytearray(), b""
    while block := stream.read(_BUFFER):
        chunk = bytearray(block)
        while chunk.endswith((b"\\", b"{")) and len(chunk) < 2 * _BUFFER and (more := stream.read(1)):
            chunk += more  # what follows belongs to the same token
        begin = position = 0
        while match := (_IN_STRING if in_string else _OUTSIDE).search(chunk, position):
            token, position = match.group(), match.end()
            if in_string:
                in_string = token.startswith(b"\\")  # a line's end closes it too: JSON strings hold none
                position -= token == b"\n"
                continue
            if b"{" in token:
                position = match.start() + token.index(b"{") + 1
                mark = mark or _start_of(token)
                if depth > 1 and mark and token.startswith(mark):
                    number += 1
                    yield number, _bounded(item + chunk[begin : match.start()])
                    item, begin, depth = bytearray(), match.start(), 1
                depth += 1
            elif token == b'"':
                in_string = True
            elif token == b"[":
                depth += 1
                begin = position if depth == 1 else begin
            elif token == b"}":
                depth = max(depth - 1, 1)
            elif depth > 1:
                depth -= token == b"]"
            else:
                item += chunk[begin : match.start()]
                begin = position
                if item.strip():
                    number += 1
                    yield number, _bounded(item)
                item = bytearray()
                if token == b"]" and alone:
                    return
                if token == b"]":
                    rest = _Source(stream, bytes(chunk[position:]), "utf-8")
                    yield from read_lines(io.BufferedReader(rest), number)
                    return
        item += chunk[begin:]
        if len(item) > MAX_LINE_BYTES:
            del item[MAX_LINE_BYTES + 1 :]
    if item.strip():
        yield number + 1, _bounded(item)


def _start_of(token: bytes) -> bytes:
    # How the first item begins. Without indentation `{` alone on its line may as well be an inner object.
    line_start = re.match(rb"\n[ \t]*\{", token)
    if line_start is None:
        return b"-"
    return line_start.group() if len(line_start.group()) > 2 or len(token) > 2 else b"-"


def _bounded(item: bytearray) -> bytes:
    text = bytes(item.strip())
    return text if len(item) <= MAX_LINE_BYTES else text[:KEPT_OF_LONG_LINES] + b"\0"
