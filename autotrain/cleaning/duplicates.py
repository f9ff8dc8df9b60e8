"""Near duplicates: n-gram sets, MinHash bands to find candidates, exact comparison to decide.

Two samples are duplicates where they have the same kind of task, their answers overlap
(Jaccard of normalised n-grams, and the marks do not speak against it) and so do their
inputs, where both have one. `rensa` gives the signatures; the banding is ours, and every
candidate is verified.

    features = describe(rows, codes)        # of a batch; numbers only, cheap to send between processes
    index = Index(); index.add(features)
    gone = index.resolve(ranks)             # row -> (the row it is a duplicate of, "exact" or "near")
"""

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash  # pyright: ignore[reportAttributeAccessIssue]

from autotrain.cleaning.buckets import Buckets, number_buckets, numbered
from autotrain.cleaning.tokens import CODE, WORDS, Coded, Numbers, Offsets, coded, gram_sets, kinds, mark_sets, overlap
from autotrain.tasks import answers, languages

CODE_THRESHOLD = 0.7
PROSE_THRESHOLD = 0.7
INPUT_THRESHOLD = 0.5  # of what the answers answer: laxer, it only tells different tasks apart
ATTRIBUTE_THRESHOLD = 0.8  # editing a function changes none of the attributes that it uses
CLOSE, CLOSE_NAMES = 0.8, 0.6  # answers that overlap less than that must share names and strings
# Few n-grams say little: then names or strings must agree (numbers, where no string is), or all n-grams and calls.
SMALL, SMALL_NAMES, SMALL_STRINGS, SMALL_CALLS = 10, 0.6, 0.3, 0.7
BANDS, ROWS = 16, 4  # P(candidate) is .988 at Jaccard .7, .9998 at .8, .12 at .3
_SEED = 20_240_607


class Document(NamedTuple):
    """What is compared of a row: its answer's n-grams and marks, and the n-grams of what it answers."""

    prose: bool
    answer: frozenset[int]
    names: frozenset[int]
    strings: frozenset[int]
    numbers: frozenset[int]
    attributes: frozenset[int]
    calls: frozenset[int]
    given: frozenset[int]


def _document(prose: bool, answer: list[int], marks: list[int], given: list[int]) -> Document:
    names, strings, numbers, attributes, calls = map(frozenset, kinds(marks))
    return Document(prose, frozenset(answer), names, strings, numbers, attributes, calls, frozenset(given))


class Features(NamedTuple):
    """What deduplication knows of a batch of rows: flat arrays with the offsets of each row."""

    exact: NDArray[np.uint64]
    prose: NDArray[np.bool_]
    bands: Numbers  # one line a row, BANDS wide
    sets: tuple[tuple[Numbers, Offsets], ...]  # answers, marks, inputs
    code: Coded | None = None  # the answers' code, for who looks closer; an index has no use for it

    def document(self, row: int) -> Document:
        answer, marks, given = (flat[offsets[row] : offsets[row + 1]].tolist() for flat, offsets in self.sets)
        return _document(bool(self.prose[row]), answer, marks, given)


def answer_code(row: Mapping[str, Any]) -> str | None:
    """The Python code of a row's answer, or None where it is prose."""
    metadata = row["metadata"]
    return answers.extract_code(
        row["output"],
        metadata["response_format"],
        metadata["task_type"],
        row.get("entry_point"),
        languages.of_row(row),
    )


def exact_key(row: Mapping[str, Any]) -> int:
    """A hash of a row's three texts without their whitespace."""
    text = "\0".join((row["instruction"], row["input"], row["output"])).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text.translate(None, b" \t\r\n"), digest_size=8).digest(), "little")


def describe(
    rows: Sequence[Mapping[str, Any]], codes: Sequence[str | None] | None = None, *, by_task: bool = True
) -> Features:
    """The features of a batch.

    `codes`: `answer_code` of each row, where it is known already; `by_task`: only rows of
    one task type can become candidates.
    """
    codes = [answer_code(row) for row in rows] if codes is None else codes
    prose = np.fromiter((code is None for code in codes), bool, len(rows))
    code = coded([code or "" for code in codes], CODE)
    grams = gram_sets(code, CODE)
    if prose.any():
        texts = [row["output"] if code is None else "" for row, code in zip(rows, codes, strict=True)]
        grams = _mixed(grams, gram_sets(coded(texts, WORDS), WORDS), prose)
    given = [
        row["input"] or (row["instruction"] if code is None else "") for row, code in zip(rows, codes, strict=True)
    ]
    tasks = [crc32(row["metadata"]["task_type"].encode()) if by_task else 0 for row in rows]
    salt = np.array(tasks, dtype=np.uint64) * np.uint64(2) + prose.astype(np.uint64)
    exact = np.fromiter(map(exact_key, rows), np.uint64, len(rows))
    sets = (grams, mark_sets(code), gram_sets(coded(given, CODE), CODE))
    return Features(exact, prose, _bands(*grams, salt), sets, code)


def _mixed(
    code: tuple[Numbers, Offsets], words: tuple[Numbers, Offsets], prose: NDArray[np.bool_]
) -> tuple[Numbers, Offsets]:
    # Code and prose have n-grams of different sizes; each row has its n-grams in one of the two.
    parts = [
        flat[offsets[row] : offsets[row + 1]]
        for row in range(len(prose))
        for flat, offsets in ((words if prose[row] else code),)
    ]
    return np.concatenate(parts), code[1] + words[1]


def _bands(grams: Numbers, offsets: Offsets, salt: NDArray[np.uint64]) -> Numbers:
    if len(salt) == 0:
        return np.empty((0, BANDS), np.uint32)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        grams.astype(np.uint64), offsets.astype(np.uint64), BANDS * ROWS, _SEED
    )
    signatures = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(salt), BANDS, ROWS)
    keys = np.repeat(salt[:, None], BANDS, axis=1)
    for row in range(ROWS):
        keys = (keys ^ signatures[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(31)
    bands = (keys >> np.uint64(16)).astype(np.uint32)
    empty = offsets[1:] == offsets[:-1]
    if empty.any():  # rows without a token have no near duplicates: bands that nothing else has
        bands[empty] = np.random.default_rng(len(grams)).integers(0, 2**32, (int(empty.sum()), BANDS), dtype=np.uint32)
    return bands


def similar(left: Document, right: Document) -> bool:
    """Whether two rows are near duplicates."""
    if left.prose != right.prose:
        return False
    share = overlap(left.answer, right.answer)
    if share < (PROSE_THRESHOLD if left.prose else CODE_THRESHOLD):
        return False
    if not left.prose and not _marks_agree(left, right, share):
        return False
    if not len(left.given) or not len(right.given):
        return True
    return overlap(left.given, right.given) >= INPUT_THRESHOLD


def _marks_agree(left: Document, right: Document, share: float) -> bool:
    if overlap(left.attributes, right.attributes) < ATTRIBUTE_THRESHOLD:
        return False
    # Where neither has a string there is nothing to disagree about: overlap says 1.
    names, strings = overlap(left.names, right.names), overlap(left.strings, right.strings)
    if share < CLOSE and (names < CLOSE_NAMES or strings < CLOSE_NAMES):
        return False
    if min(len(left.answer), len(right.answer)) >= SMALL or names >= SMALL_NAMES:
        return True
    # `return x + 8` and `return x + 10` under other names are two tasks.
    told = strings if left.strings or right.strings else overlap(left.numbers, right.numbers)
    if told >= SMALL_STRINGS:
        return True
    used = len(left.calls | right.calls) + len(left.attributes | right.attributes)
    return share == 1 and used >= 2 and overlap(left.calls, right.calls) >= SMALL_CALLS


class Index:
    """Features of all rows of a job: bands in memory, sets of numbers in an unnamed temporary file."""

    def __init__(self, folder: Path | None = None) -> None:
        self._spool = tempfile.TemporaryFile(dir=folder, prefix="grams.")
        self._places: list[NDArray[np.int64]] = []  # start and length of each row's three sets
        self._exact: list[NDArray[np.uint64]] = []
        self._prose: list[NDArray[np.bool_]] = []
        self._bands: list[Numbers] = []
        self._written = 0
        self.size = 0

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def add(self, features: Features) -> None:
        """Take in a batch."""
        columns: list[NDArray[np.int64]] = []
        for flat, offsets in features.sets:
            columns += (self._written + offsets[:-1], np.diff(offsets))
            self._spool.write(flat.tobytes())
            self._written += len(flat)
        self._places.append(np.stack(columns, axis=1))
        self._exact.append(features.exact)
        self._prose.append(features.prose)
        self._bands.append(features.bands)
        self.size += len(features.exact)

    def resolve(self, ranks: NDArray[np.int64], references: int = 0) -> dict[int, tuple[int, str]]:
        """The rows that go: each with the row that stays in its place, and how it was found (`exact`, `near`).

        Of two duplicates the one of lower rank stays, then the earlier; the first `references` rows always stay.
        """
        if not self.size:
            return {}
        bands, places, prose, document = self._all()
        exact = _joined(self._exact)
        buckets = Buckets(number_buckets(bands))
        sizes = places[:, 1]  # n-grams of each answer
        least = np.where(prose, PROSE_THRESHOLD, CODE_THRESHOLD)

        def twin_of(row: int, others: list[int]) -> int | None:
            # Sets of very different sizes cannot overlap enough: no need to read them.
            mine, share = int(sizes[row]), float(least[row])
            for other in others:
                theirs = int(sizes[other])
                if min(mine, theirs) >= share * max(mine, theirs) and similar(document(row), document(other)):
                    return other
            return None

        gone: dict[int, tuple[int, str]] = {}
        first: dict[int, int] = {}
        twins = _twins(exact)
        order = np.concatenate((np.arange(references), references + np.argsort(ranks[references:], kind="stable")))
        for row, mine in numbered(bands, order):
            if twins[row]:
                earlier = first.setdefault(int(exact[row]), row)
                if earlier != row and row >= references:
                    gone[row] = (earlier, "exact")
                    continue
            if not mine:
                continue
            if row >= references:
                found = twin_of(row, buckets.candidates(mine))
                if found is not None:
                    gone[row] = (found, "near")
                    continue
            buckets.enter(mine, row)
        return gone

    def pairs(self) -> Iterator[tuple[int, int]]:
        """All near duplicates: each row with every earlier one that it is similar to."""
        if not self.size:
            return
        bands, _, _, document = self._all()
        buckets = Buckets(number_buckets(bands))
        for row, mine in numbered(bands, np.arange(self.size)):
            for other in buckets.candidates(mine):
                if similar(document(other), document(row)):
                    yield row, other
            buckets.enter(mine, row)

    def _all(self) -> tuple[Numbers, NDArray[np.int64], NDArray[np.bool_], Callable[[int], Document]]:
        # Bands, places and kinds of all rows, and what reads a row's sets back.
        self._spool.flush()
        bands, places, prose = _joined(self._bands), _joined(self._places), _joined(self._prose)

        @lru_cache(maxsize=2048)
        def document(row: int) -> Document:
            answer, marks, given = itertools.starmap(self._read, places[row].reshape(3, 2).tolist())
            return _document(bool(prose[row]), answer, marks, given)

        return bands, places, prose, document

    def _read(self, start: int, length: int) -> list[int]:
        if not length:
            return []
        return np.frombuffer(os.pread(self._spool.fileno(), length * 4, start * 4), dtype=np.uint32).tolist()


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    # A million rows need them once, not twice.
    whole = np.concatenate(parts)
    parts.clear()
    return whole


def _twins(values: NDArray[Any]) -> NDArray[np.bool_]:
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    equal = ordered[1:] == ordered[:-1]
    twins = np.zeros(len(values), dtype=bool)
    twins[order[1:][equal]] = True
    twins[order[:-1][equal]] = True
    return twins


def relatives(rows: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """For each row the others that are near duplicates of it, whatever their kind of task."""
    related: list[list[int]] = [[] for _ in rows]
    with Index() as index:
        for start in range(0, len(rows), 512):
            index.add(describe(rows[start : start + 512], by_task=False))
        for row, other in index.pairs():
            related[row].append(other)
            related[other].append(row)
    return related
