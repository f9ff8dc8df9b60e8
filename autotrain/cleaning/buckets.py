"""Which rows may be near duplicates: those that share a band of their MinHash signatures.

Rows that share no band with any other, which is most of them, cost nothing here; the others
are kept in arrays, so that a million rows fit into some hundred megabytes.

    count = number_buckets(bands)           # in place: each band becomes the number of its bucket
    buckets = Buckets(count)
    buckets.candidates([3, 17])             # rows entered so far that share the most, first
    buckets.enter([3, 17], row)
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from autotrain.cleaning.tokens import Numbers

MAX_IN_BUCKET = 64  # rows entered under one band: more of them are found through their other bands
MAX_COMPARED = 64  # candidates compared exactly for one row, those sharing most bands first
_CHUNK = 4096


def number_buckets(bands: Numbers) -> int:
    """Put the number of its bucket in place of each band, 0 where no other row has that band.

    Returns how many numbers there are, 0 included.
    """
    count = 1
    for band in range(bands.shape[1]):
        values = bands[:, band]
        order = np.argsort(values)
        ordered = values[order]
        starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        sizes = np.diff(starts, append=len(ordered))
        shared = sizes > 1
        bands[order, band] = np.repeat(np.where(shared, np.cumsum(shared) + (count - 1), 0), sizes)
        count += int(np.count_nonzero(shared))
    return count


def numbered(bands: Numbers, rows: NDArray[np.int64]) -> Iterator[tuple[int, list[int]]]:
    """For each of the rows, in the order given, the numbers of the buckets that it shares with others."""
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        mine = bands[chunk]
        ends = np.cumsum(np.count_nonzero(mine, axis=1)).tolist()
        flat = mine[mine > 0].tolist()
        first = 0
        for row, end in zip(chunk.tolist(), ends, strict=True):
            yield row, flat[first:end]
            first = end


class Buckets:
    """The rows entered under each number: chains in two flat arrays."""

    def __init__(self, count: int) -> None:
        self._heads = array("i", bytes(4 * count))
        self._sizes = bytearray(count)
        self._rows, self._next = array("i", [0]), array("i", [0])

    def enter(self, numbers: Sequence[int], row: int) -> None:
        """Let later rows find this one."""
        for number in numbers:
            if self._sizes[number] < MAX_IN_BUCKET:
                self._sizes[number] += 1
                self._next.append(self._heads[number])
                self._heads[number] = len(self._rows)
                self._rows.append(row)

    def candidates(self, numbers: Sequence[int]) -> list[int]:
        """The rows entered under these numbers: those under most of them first, then the earliest."""
        heads, rows, following = self._heads, self._rows, self._next
        found: list[int] = []
        for number in numbers:
            entry = heads[number]
            while entry:
                found.append(rows[entry])
                entry = following[entry]
        if found.count(found[0]) == len(found) if found else True:
            return found[:1]
        votes = Counter(found)
        return sorted(votes, key=lambda row: (-votes[row], row))[:MAX_COMPARED]
