"""Near duplicates: n-gram sets, MinHash bands to find candidates, exact comparison to decide.

Two samples are duplicates where they have the same kind of task, their answers overlap
(Jaccard of normalised n-grams) and so do their inputs, where both have one. `rensa` gives
the signatures; the banding is ours, and every candidate is verified.

    features = describe(rows)               # of a batch; numbers only, cheap to send between processes
    index = Index(); index.add(features, ranks)
    gone = index.resolve(ranks)             # row -> (the row it is a duplicate of, "exact" or "near")
"""

import itertools
import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from autotrain import samples
from autotrain.cleaning.tokens import CODE_GRAM, WORD_GRAM, code_codes, gram_sets, jaccard, word_codes
from autotrain.jsonl import Row

CODE_THRESHOLD = 0.7
PROSE_THRESHOLD = 0.7
INPUT_THRESHOLD = 0.5  # of what the answers answer: much laxer, it only tells different tasks apart
BANDS, ROWS = 24, 4  # P(candidate) is .999 at Jaccard .7, .18 at .3
MAX_COMPARED = 64  # candidates compared exactly for one row, those sharing most bands first
_SEED = 20_240_607

Grams = NDArray[np.uint32]
Document = tuple[bool, Grams, Grams]
"""Is the answer prose, its n-grams, the n-grams of what it answers."""


class Features(NamedTuple):
    """What deduplication knows of a batch of rows."""

    exact: NDArray[np.uint64]
    prose: NDArray[np.bool_]
    bands: NDArray[np.uint32]  # one line a row, BANDS wide
    answers: Grams
    answer_offsets: NDArray[np.int64]
    inputs: Grams
    input_offsets: NDArray[np.int64]


def documents(row: Row) -> tuple[bool, list[int], list[int]]:
    """A row as (is the answer prose, the answer's tokens, the tokens of what it answers)."""
    metadata = row["metadata"]
    code = samples.extract_code(row["output"], metadata["response_format"], metadata["task_type"])
    given = row["input"]
    asked = code_codes(given) if given and not given.isspace() else []
    if code is not None:
        return False, code_codes(code), asked
    return True, word_codes(row["output"]), asked or word_codes(row["instruction"])


def exact_key(row: Row) -> int:
    """A hash of a row's three texts with whitespace evened out."""
    text = "\0".join([" ".join(row[name].split()) for name in ("instruction", "input", "output")])
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def describe(rows: Sequence[Row], by_task: bool = True) -> Features:
    """The features of a batch. `by_task`: only rows of one task type can become candidates."""
    kinds, answers, inputs = [], [], []
    for row in rows:
        prose, answer, given = documents(row)
        kinds.append(prose)
        answers.append(answer)
        inputs.append(given)
    prose = np.array(kinds, dtype=bool)
    grams, offsets = _grams(answers, prose)
    input_grams, input_offsets = _grams(inputs, prose & False)
    groups = [crc32(row["metadata"]["task_type"].encode()) if by_task else 0 for row in rows]
    salt = np.array(groups, dtype=np.uint64) * np.uint64(2) + prose.astype(np.uint64)
    return Features(
        np.array([exact_key(row) for row in rows], dtype=np.uint64),
        prose,
        _bands(grams, offsets, salt),
        grams,
        offsets,
        input_grams,
        input_offsets,
    )


def _grams(texts: list[list[int]], prose: NDArray[np.bool_]) -> tuple[Grams, NDArray[np.int64]]:
    # Code and prose have n-grams of different sizes: two calls, put together again in order.
    size = len(texts)
    parts: list[Grams] = [np.empty(0, np.uint32)] * size
    for wanted, gram in ((False, CODE_GRAM), (True, WORD_GRAM)):
        where = [index for index in range(size) if prose[index] == wanted and texts[index]]
        flat, offsets, _ = gram_sets([texts[index] for index in where], gram)
        for place, index in enumerate(where):
            parts[index] = flat[offsets[place] : offsets[place + 1]]
    lengths = np.fromiter(map(len, parts), np.int64, size)
    return np.concatenate(parts) if parts else np.empty(0, np.uint32), np.concatenate(([0], np.cumsum(lengths)))


def _bands(grams: Grams, offsets: NDArray[np.int64], salt: NDArray[np.uint64]) -> NDArray[np.uint32]:
    if len(salt) == 0:
        return np.empty((0, BANDS), np.uint32)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        grams.astype(np.uint64), offsets.astype(np.uint64), BANDS * ROWS, _SEED
    )
    signatures = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(salt), BANDS, ROWS)
    with np.errstate(over="ignore"):
        keys = np.repeat(salt[:, None], BANDS, axis=1)
        for row in range(ROWS):
            keys = (keys ^ signatures[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
            keys ^= keys >> np.uint64(31)
    empty = offsets[1:] == offsets[:-1]
    bands = (keys >> np.uint64(16)).astype(np.uint32)
    if empty.any():  # rows without a word have no near duplicates; make their bands their own
        bands[empty] = np.random.default_rng(_SEED).integers(0, 2**32, (int(empty.sum()), BANDS), dtype=np.uint32)
    return bands


def similar(left: Document, right: Document) -> bool:
    """Whether two rows, as (prose, answer n-grams, input n-grams), are near duplicates."""
    if left[0] != right[0]:
        return False
    if jaccard(left[1], right[1]) < (PROSE_THRESHOLD if left[0] else CODE_THRESHOLD):
        return False
    if not len(left[2]) or not len(right[2]):
        return True
    return jaccard(left[2], right[2]) >= INPUT_THRESHOLD


class Index:
    """Features of all rows of a job: bands in memory, n-grams in an unnamed temporary file."""

    def __init__(self, folder: Path | None = None) -> None:
        self._spool = tempfile.TemporaryFile(dir=folder, prefix="grams.")
        self._places: list[NDArray[np.int64]] = []  # start, length of answer and of input, in n-grams
        self._exact: list[NDArray[np.uint64]] = []
        self._prose: list[NDArray[np.bool_]] = []
        self._bands: list[NDArray[np.uint32]] = []
        self._written = 0
        self.size = 0

    def add(self, features: Features) -> None:
        """Take in a batch."""
        answers, inputs = np.diff(features.answer_offsets), np.diff(features.input_offsets)
        starts = self._written + features.answer_offsets[:-1]
        input_starts = self._written + len(features.answers) + features.input_offsets[:-1]
        self._places.append(np.stack((starts, answers, input_starts, inputs), axis=1))
        self._spool.write(features.answers.tobytes())
        self._spool.write(features.inputs.tobytes())
        self._written += len(features.answers) + len(features.inputs)
        self._exact.append(features.exact)
        self._prose.append(features.prose)
        self._bands.append(features.bands)
        self.size += len(features.exact)

    def __enter__(self) -> "Index":
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def resolve(self, ranks: NDArray[np.int64], references: int = 0) -> dict[int, tuple[int, str]]:
        """The rows that go: each with the row that stays in its place, and how it was found (`exact`, `near`).

        Of two duplicates the one of lower rank stays, then the earlier; the first `references` rows always stay.
        """
        if not self.size:
            return {}
        self._spool.flush()
        exact, bands = np.concatenate(self._exact), np.concatenate(self._bands)
        places, prose = np.concatenate(self._places), np.concatenate(self._prose)

        @lru_cache(maxsize=20_000)
        def document(row: int) -> Document:
            start, length, input_start, input_length = places[row].tolist()
            return bool(prose[row]), self._read(start, length), self._read(input_start, input_length)

        gone: dict[int, tuple[int, str]] = {}
        first: dict[int, int] = {}
        buckets: dict[int, list[int]] = {}
        shared, twins = _shared(bands), _twins(exact)
        order = references + np.argsort(ranks[references:], kind="stable")
        for row in itertools.chain(range(references), order.tolist()):
            if twins[row]:
                earlier = first.setdefault(int(exact[row]), row)
                if earlier != row and row >= references:
                    gone[row] = (earlier, "exact")
                    continue
            mine = np.flatnonzero(shared[row])
            if not len(mine):
                continue
            keys = (mine.astype(np.int64) << 32 | bands[row, mine].astype(np.int64)).tolist()
            if row >= references:
                votes = Counter(other for key in keys for other in buckets.get(key, ()))
                candidates = sorted(votes, key=lambda other: (-votes[other], other))[:MAX_COMPARED]
                found = next((other for other in candidates if similar(document(row), document(other))), None)
                if found is not None:
                    gone[row] = (found, "near")
                    continue
            for key in keys:
                buckets.setdefault(key, []).append(row)
        return gone

    def _read(self, start: int, length: int) -> Grams:
        if not length:
            return np.empty(0, np.uint32)
        self._spool.seek(start * 4)
        return np.frombuffer(self._spool.read(length * 4), dtype=np.uint32)


def _shared(bands: NDArray[np.uint32]) -> NDArray[np.bool_]:
    # Most rows share no band with any other: only the rest need a place in the buckets.
    shared = np.zeros(bands.shape, dtype=bool)
    for band in range(bands.shape[1]):
        shared[:, band] = _twins(bands[:, band])
    return shared


def _twins(values: NDArray[Any]) -> NDArray[np.bool_]:
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    equal = ordered[1:] == ordered[:-1]
    twins = np.zeros(len(values), dtype=bool)
    twins[order[1:][equal]] = True
    twins[order[:-1][equal]] = True
    return twins


def relatives(rows: Sequence[Row]) -> list[list[int]]:
    """For each row the others that are near duplicates of it, whatever their kind of task."""
    features = describe(rows, by_task=False)
    buckets: dict[int, list[int]] = {}
    related: list[list[int]] = [[] for _ in rows]

    def document(row: int) -> Document:
        answer = features.answers[features.answer_offsets[row] : features.answer_offsets[row + 1]]
        given = features.inputs[features.input_offsets[row] : features.input_offsets[row + 1]]
        return bool(features.prose[row]), answer, given

    for row in range(len(rows)):
        votes: Counter[int] = Counter()
        for band in range(BANDS):
            bucket = buckets.setdefault(band << 32 | int(features.bands[row, band]), [])
            votes.update(bucket)
            bucket.append(row)
        for other in sorted(votes):
            if similar(document(other), document(row)):
                related[row].append(other)
                related[other].append(row)
    return related
