"""The whole of stage 02 over files: checks in order, duplicates, contamination, one file out.

Reads rows as a stream (reading.py, foreign_rows.py); writes the accepted rows with their
original fields and `validation`, and the rejects with reason and line, secrets masked. The
result is the same whatever the number of workers.

    python scripts/02_validate_clean.py --input raw.jsonl --output clean.jsonl --rejects rejects.jsonl
"""

import contextlib
import itertools
import os
import tempfile
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from autotrain.cleaning import duplicates
from autotrain.cleaning.checks import VALIDATION, Batch, Options, check_batch
from autotrain.cleaning.contamination import Reference
from autotrain.cleaning.reading import MAX_LINE_BYTES, Raw, open_raw
from autotrain.errors import DataError
from autotrain.jsonl import Row, atomic_writer, dumps, read_rows
from autotrain.secrets import second_opinion
from autotrain.tasks.samples import sample_id, schema_problem

__all__ = ["MAX_LINE_BYTES", "Summary", "clean_file"]

BATCH_LINES, BATCH_BYTES = 512, 1 << 24  # a batch ends with the one or the other
WRONG = (
    *("line_too_long", "not_json", "not_an_object", "schema"),
    *("image", "tools", "call_arguments", "call_id", "tool_result_without_call"),
)  # rows that are no samples: named one by one
NAMED = 10  # of them, at most
_TAIL = b',"validation":' + dumps(VALIDATION) + b"}\n"


@dataclass
class Summary:
    """Counts of one run of the stage."""

    read: int = 0
    accepted: int = 0
    redacted: int = 0
    renamed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    forms: list[str] = field(default_factory=list)  # of the file, beside plain lines
    formats: Counter[str] = field(default_factory=Counter)  # of accepted rows that were no samples of ours
    spoken: Counter[str] = field(default_factory=Counter)  # what the conversations among them hold
    named: list[str] = field(default_factory=list)  # the first wrong rows, with line and detail

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
            "renamed": self.renamed,
            "forms": self.forms,
            "formats": dict(sorted(self.formats.items())),
            "spoken": dict(self.spoken),
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
        if self.formats or self.forms:
            found = [*self.forms, *(f"{count} rows of format {name}" for name, count in sorted(self.formats.items()))]
            lines.insert(1, f"  read as: {', '.join(found)}")
        if self.spoken:
            lines.append("  conversations: " + ", ".join(f"{count} {name}" for name, count in self.spoken.items()))
        if self.renamed:
            lines.append(f"  {self.renamed} rows had the id of an earlier row and got one of their own")
        wrong = sum(self.reasons[name] for name in WRONG)
        lines += [f"  {text}" for text in self.named]
        if wrong > len(self.named):
            lines.append(f"  and {wrong - len(self.named)} more wrong rows: --rejects F names them all")
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
    options = options or Options()
    second_opinion.require(options.secret_scanner)
    summary = Summary()
    folder = Path(output).parent
    folder.mkdir(parents=True, exist_ok=True)
    reference = Reference(references) if references else None
    with duplicates.Index(folder) as index, _Spool(folder) as spool, open_raw(source) as raw:
        known = [identity for path in against for identity in _add_known(index, path)]
        summary.forms = raw.forms
        ranks = [np.zeros(len(known), np.int64)]
        ids = _Ids()
        hits: dict[int, tuple[str, str]] = {}
        for batch in _checked_batches(raw, options, reference, workers):
            hits.update((index.size + place, hit) for place, hit in enumerate(batch.hits) if hit)
            index.add(batch.features)
            ranks.append(batch.ranks)
            ids.add(batch.ids)
            summary.formats += batch.shapes
            summary.spoken += batch.spoken
            for outcome in batch.outcomes:
                spool.add(outcome)
                if outcome.reason in WRONG and len(summary.named) < NAMED:
                    summary.named.append(f"line {outcome.line}: {orjson.loads(outcome.data)['detail']}")
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
                        if ids.taken(position - 1 - len(known)):
                            summary.renamed += 1
                            data = ids.renamed(data, line)
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


class _Ids:
    """The ids of the rows that passed, as hashes; a row whose id an accepted one has gets one of its own."""

    def __init__(self) -> None:
        self._all = array("q")
        self._seen: set[int] = set()

    def add(self, ids: NDArray[np.int64]) -> None:
        self._all.frombytes(ids.tobytes())

    def taken(self, position: int) -> bool:
        """Whether an earlier accepted row has this one's id; call it for each accepted row, in order."""
        before = len(self._seen)
        self._seen.add(self._all[position])
        return len(self._seen) == before

    def renamed(self, data: bytes, line: int) -> bytes:
        """The row with an id from its texts and its line; its own goes under `original`."""
        row = orjson.loads(data)
        before = row.get("original")
        row["original"] = {
            **(before if isinstance(before, dict) else {"original": before} if before else {}),
            "id": row["id"],
        }
        row["id"] = f"{sample_id(row['instruction'], row['input'], row['output'])}-{line}"
        return dumps(row)


_worker: dict[str, Any] = {}


def _start_worker(options: Options, reference: Reference | None) -> None:
    _worker.update(options=options, reference=reference)


def _work(lines: list[tuple[int, bytes]]) -> Batch:
    return check_batch(lines, _worker["options"], _worker["reference"])


def _chunks(lines: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    chunk: list[tuple[int, bytes]] = []
    size = 0
    for number, line in lines:
        chunk.append((number, line))
        size += len(line)
        if len(chunk) == BATCH_LINES or size >= BATCH_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _checked_batches(raw: Raw, options: Options, reference: Reference | None, workers: int) -> Iterator[Batch]:
    chunks = _chunks(raw.lines)
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
