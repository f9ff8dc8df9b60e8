"""The whole of stage 02 over files: checks in order, duplicates, contamination, one file out.

Reads JSONL (also .gz and .zst) as a stream; writes the accepted rows with their original
fields and `validation`, and the rejects with reason and line, secrets masked. The result
is the same whatever the number of workers.

    python scripts/02_validate_clean.py --input raw.jsonl --output clean.jsonl --rejects rejects.jsonl
"""

import contextlib
import gzip
import io
import itertools
import os
import tempfile
import zlib
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import orjson
from numpy.typing import NDArray

from autotrain.cleaning import duplicates
from autotrain.cleaning.checks import VALIDATION, Batch, Options, check_batch
from autotrain.cleaning.contamination import Reference
from autotrain.errors import DataError
from autotrain.jsonl import Row, atomic_writer, dumps, read_rows
from autotrain.samples import schema_problem

BATCH_LINES = 512
MAX_LINE_BYTES = 16 * 1024 * 1024
_TAIL = b',"validation":' + dumps(VALIDATION) + b"}\n"


@dataclass
class Summary:
    """Counts of one run of the stage."""

    read: int = 0
    accepted: int = 0
    redacted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        return sum(self.reasons.values())

    def as_dict(self) -> Row:
        """For the JSON summary: each reason with its count and its share of what was read."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "redacted": self.redacted,
            "reasons": {
                name: {"count": count, "share": round(count / max(self.read, 1), 4)}
                for name, count in sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
            },
        }

    def table(self) -> str:
        """The same for people: a line a reason, the most frequent first."""
        lines = [f"clean: {self.read} read, {self.accepted} kept, {self.rejected} rejected, {self.redacted} redacted"]
        for name, row in self.as_dict()["reasons"].items():
            lines.append(f"  {name:<20} {row['count']:>9} {row['share']:>7.1%}")
        return "\n".join(lines)


def clean_file(
    source: Path | str,
    output: Path | str,
    rejects: Path | str | None = None,
    *,
    against: Sequence[Path | str] = (),
    references: Sequence[Row] = (),
    options: Options | None = None,
    workers: int = 1,
    advance: Callable[[int], None] = lambda lines: None,
) -> Summary:
    """Run the stage: `source` to `output`, the rest to `rejects`. Returns the counts.

    `against`: files whose rows nothing may duplicate; `references`: evaluation tasks that
    nothing may contain; `advance` is told how many lines were done. Raises DataError.
    """
    summary = Summary()
    folder = Path(output).parent
    folder.mkdir(parents=True, exist_ok=True)
    reference = Reference(references) if references else None
    with duplicates.Index(folder) as index, _Spool(folder) as spool, open_stream(source) as stream:
        known = [identity for path in against for identity in _add_known(index, path)]
        ranks = [np.zeros(len(known), np.int64)]
        hits: dict[int, tuple[str, str]] = {}
        for batch in _checked_batches(stream, options or Options(), reference, workers):
            hits.update((index.size + place, hit) for place, hit in enumerate(batch.hits) if hit)
            index.add(batch.features)
            ranks.append(batch.ranks)
            for outcome in batch.outcomes:
                spool.add(outcome)
            summary.redacted += batch.redacted
            summary.read += len(batch.outcomes)
            advance(len(batch.outcomes))
        verdict = index.resolve(np.concatenate(ranks), len(known))
        with atomic_writer(output) as accepted, _maybe(rejects) as rejected:
            position = len(known)
            places = spool.passed()
            for line, reason, data in spool.read():
                if not reason:
                    other, how = verdict.get(position, (-1, ""))
                    hit = hits.get(position)
                    position += 1
                    if other >= 0:
                        reason = f"{how}_duplicate"
                        kept = known[other] if other < len(known) else spool.identity(places[other - len(known)])
                        data = _reject(line, reason, f"{how} duplicate of {kept}", data, kept_id=kept)
                    elif hit:
                        reason = "contamination"
                        data = _reject(line, reason, f"{hit[1]} ({hit[0]})", data, task_id=hit[0])
                    else:
                        summary.accepted += 1
                        accepted.write(data[:-1] + _TAIL)
                        continue
                summary.reasons[reason] += 1
                if rejected is not None:
                    rejected.write(data + b"\n")
    return summary


def _reject(line: int, reason: str, detail: str, row: bytes, **more: str) -> bytes:
    # The row has been scanned and is already JSON: it goes in as it is.
    return dumps({"line": line, "reason": reason, "detail": detail, **more})[:-1] + b',"row":' + row + b"}"


@contextlib.contextmanager
def _maybe(path: Path | str | None) -> Iterator[IO[bytes] | None]:
    if path is None:
        yield None
    else:
        with atomic_writer(path) as stream:
            yield stream


def _add_known(index: duplicates.Index, path: Path | str) -> Iterator[str]:
    numbered = read_rows(path)
    while chunk := list(itertools.islice(numbered, BATCH_LINES)):
        for number, row in chunk:
            problem = schema_problem(row)
            if problem:
                raise DataError(f"{path}, line {number}: {problem}.")
        rows = [row for _, row in chunk]
        index.add(duplicates.describe(rows))
        yield from (row["id"] for row in rows)


class _Spool:
    """The outcomes of all lines in an unnamed file, in order, small in memory."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, prefix="rows.")
        self._lines, self._sizes = array("q"), array("q")
        self._reasons: list[str] = []

    def __enter__(self) -> "_Spool":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, outcome: tuple[int, str, bytes]) -> None:
        line, reason, data = outcome
        self._lines.append(line)
        self._sizes.append(len(data))
        self._reasons.append(reason)
        self._file.write(data)

    def read(self) -> Iterator[tuple[int, str, bytes]]:
        self._file.flush()
        position = 0
        descriptor = self._file.fileno()
        with open(descriptor, "rb", closefd=False, buffering=1 << 20) as stream:
            stream.seek(0)
            for line, reason, size in zip(self._lines, self._reasons, self._sizes, strict=True):
                yield line, reason, stream.read(size)
                position += size

    def passed(self) -> NDArray[np.int64]:
        """Place and size of each row that passed, in order."""
        sizes = np.frombuffer(self._sizes, dtype=np.int64) if self._sizes else np.empty(0, np.int64)
        passed = np.fromiter((not reason for reason in self._reasons), bool, len(self._reasons))
        return np.stack((np.cumsum(sizes) - sizes, sizes), axis=1)[passed]

    def identity(self, place: NDArray[np.int64]) -> str:
        """The id of the row at a place."""
        start, size = place.tolist()
        return orjson.loads(os.pread(self._file.fileno(), size, start))["id"]


_worker: dict[str, Any] = {}


def _start_worker(options: Options, reference: Reference | None) -> None:
    _worker.update(options=options, reference=reference)


def _work(lines: list[tuple[int, bytes]]) -> Batch:
    return check_batch(lines, _worker["options"], _worker["reference"])


def _checked_batches(stream: IO[bytes], options: Options, reference: Reference | None, workers: int) -> Iterator[Batch]:
    numbered = read_lines(stream)
    chunks = iter(lambda: list(itertools.islice(numbered, BATCH_LINES)), [])
    if workers <= 1:
        for chunk in chunks:
            yield check_batch(chunk, options, reference)
        return
    # spawn: threads of the parent's libraries do not survive a fork
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (options, reference))
    waiting: deque[Future[Batch]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(_work, chunk))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def open_stream(path: Path | str) -> Iterator[IO[bytes]]:
    """A file's bytes, unpacked where its name ends in .gz or .zst. Raises DataError."""
    path = Path(path)
    try:
        raw = open(path, "rb")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    with raw:
        if path.suffix == ".gz":
            with gzip.open(raw) as stream, _damage(path, EOFError, gzip.BadGzipFile, zlib.error):
                yield cast(IO[bytes], stream)
        elif path.suffix == ".zst":
            import zstandard

            reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
            with _damage(path, zstandard.ZstdError):
                yield io.BufferedReader(cast(io.RawIOBase, reader))
        else:
            yield raw


@contextlib.contextmanager
def _damage(path: Path, *errors: type[Exception]) -> Iterator[None]:
    try:
        yield
    except errors as error:
        raise DataError(f"{path} is damaged: {error}.") from None


def read_lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """`(line_number, line)` of each non-blank line.

    A line too long to be a sample is not kept in memory: its beginning comes, ended by a NUL byte.
    """
    number = 0
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = line[:8192] + b"\0"
            while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
        if not line.isspace():
            yield number, line
