"""Reads `events.jsonl` without ever holding it whole: the newest first, then only new bytes.

The file may be torn, truncated, rotated or replaced while it is read; whoever follows it is told
by `Follower.generation`, which then counts up. Writes nothing.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from autotrain.errors import DataError
from autotrain.jsonl import open_regular

Event = dict[str, Any]
TAIL_BYTES = 256 * 1024
BLOCK_BYTES = 256 * 1024
STEP_MARK = b'"train_step"'
_FINGERPRINT_BYTES = 64


def parse(line: bytes) -> Event | None:
    """The event of a line, or None for a line that is none (torn, damaged, not ours)."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) and isinstance(value.get("event"), str) else None


def read_at(path: Path, start: int, count: int) -> bytes:
    """Up to `count` bytes from `start`; empty where the file is gone or unreadable."""
    try:
        with open_regular(path) as stream:
            return os.pread(stream.fileno(), count, max(start, 0))
    except (OSError, DataError):
        return b""


class Follower:
    """Hands out the complete lines of a log: the tail first, then what is new, then what is older.

    `poll` costs one `stat` where nothing is new, and time in proportion to the new bytes
    otherwise. `older` goes back one block; `covered_from` is the first byte handed out so far.
    """

    def __init__(self, path: Path, tail_bytes: int = TAIL_BYTES) -> None:
        self.path, self.generation = path, 0
        self._tail_bytes = tail_bytes
        self._reset()

    def _reset(self) -> None:
        self._identity: tuple[int, int] | None = None
        self._stamp: tuple[int, int] | None = None
        self._fingerprint = b""
        self.covered_from = 0
        self.end = 0  # behind the last complete line handed out

    def poll(self) -> list[bytes] | None:
        """New complete lines; None where nothing changed since the last call."""
        try:
            status = os.stat(self.path)
        except OSError:
            if self._identity is None:
                return None
            self._reset()
            self.generation += 1
            return []
        identity, stamp = (status.st_dev, status.st_ino), (status.st_size, status.st_mtime_ns)
        if identity == self._identity and stamp == self._stamp:
            return None
        replaced = self._identity is not None and (
            identity != self._identity or status.st_size < self.end or not self._same_bytes()
        )
        if replaced:
            self._reset()
            self.generation += 1
        first = self._identity is None
        self._identity, self._stamp = identity, stamp
        if first and status.st_size > self._tail_bytes:
            self.end = self.covered_from = _line_start(self.path, status.st_size - self._tail_bytes)
        lines = self._take(status.st_size)
        return lines if lines or first or replaced else None

    def _take(self, size: int) -> list[bytes]:
        block = read_at(self.path, self.end, size - self.end)
        complete = block.rfind(b"\n") + 1
        self.end += complete
        if complete:
            self._fingerprint = block[max(0, complete - _FINGERPRINT_BYTES) : complete]
        return block[:complete].splitlines()

    def _same_bytes(self) -> bool:
        length = len(self._fingerprint)
        return read_at(self.path, self.end - length, length) == self._fingerprint

    def older(self, count: int = BLOCK_BYTES) -> list[bytes]:
        """The lines of the block before what was handed out; `covered_from` is 0 when all was."""
        if self.covered_from == 0:
            return []
        start = _line_start(self.path, max(0, self.covered_from - count), limit=self.covered_from)
        lines = read_at(self.path, start, self.covered_from - start).splitlines()
        self.covered_from = start
        return lines


def _line_start(path: Path, position: int, limit: int | None = None) -> int:
    """The start of a line at `position` or the next after it; where none begins by `limit`, one before."""
    if position <= 0:
        return 0
    block = read_at(path, position - 1, 65536)
    newline = block.find(b"\n")
    found = position + newline if newline >= 0 else None
    if found is not None and (limit is None or found < limit):
        return found
    while position > 0:  # one line longer than the block: go back to where it begins
        start = max(0, position - 65536)
        newline = read_at(path, start, position - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        position = start
    return 0


class Pager:
    """The events that pass a filter, in a window that can be moved over the whole log.

    Rows are (end offset, event), oldest first. Scanning is done in slices of `budget` bytes, so
    that a rare word in a long log never blocks the screen: `complete_*` say whether an end of
    the log is reached.
    """

    MAX_ROWS = 4000

    def __init__(self, path: Path, accepts: Callable[[Event], bool], needle: bytes = b"") -> None:
        self.path, self._accepts, self._needle = path, accepts, needle
        self.rows: list[tuple[int, Event]] = []
        self.low = self.high = 0

    def start_at(self, offset: int) -> None:
        """Begin anew at a line's start: 0, or the end of the log."""
        self.rows, self.low, self.high = [], offset, offset

    def extend_back(self, wanted: int, budget: int = 8 << 20) -> None:
        """Scan backward until `wanted` rows were added, the beginning is reached or the budget is spent."""
        added = 0
        while self.low > 0 and added < wanted and budget > 0:
            start = _line_start(self.path, max(0, self.low - BLOCK_BYTES), limit=self.low)
            block = read_at(self.path, start, self.low - start)
            if not block:
                self.low = 0
                return
            found = list(self._matches(block, start))
            self.rows[:0] = found
            added += len(found)
            budget -= len(block)
            self.low = start
        if len(self.rows) > self.MAX_ROWS:
            del self.rows[self.MAX_ROWS :]
            self.high = self.rows[-1][0]

    def extend_forward(self, end: int, wanted: int, budget: int = 8 << 20) -> None:
        """Scan forward to `end` (behind the last complete line), under the same bounds."""
        added = 0
        while self.high < end and added < wanted and budget > 0:
            block = read_at(self.path, self.high, min(BLOCK_BYTES, end - self.high))
            complete = block.rfind(b"\n") + 1
            if not complete:  # a line longer than a block
                block = read_at(self.path, self.high, end - self.high)
                complete = block.rfind(b"\n") + 1
                if not complete:
                    self.high = end
                    return
            found = list(self._matches(block[:complete], self.high))
            self.rows += found
            added += len(found)
            budget -= complete
            self.high += complete
        if len(self.rows) > self.MAX_ROWS:
            surplus = len(self.rows) - self.MAX_ROWS
            self.low = self.rows[surplus - 1][0]
            del self.rows[:surplus]

    def _matches(self, block: bytes, start: int) -> Iterable[tuple[int, Event]]:
        if self._needle and self._needle not in block.lower():
            return
        for line in block.splitlines(keepends=True):
            start += len(line)
            if self._needle and self._needle not in line.lower():
                continue
            event = parse(line)
            if event is not None and self._accepts(event):
                yield start, event
