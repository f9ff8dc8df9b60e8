"""Overlap with evaluation tasks: a sample that holds a task of a suite is dropped, and the task is named.

Code counts by the share of a task's normalised 7-grams that the sample contains (of a small
task nearly all of them, and always its attributes too), prose by the share of the
8-word n-grams of instruction and input.

    reference = Reference(load_suite("heidi-core").rows)
    reference.hits([row])     # [(task id, detail) or None]
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from autotrain import samples
from autotrain.cleaning.tokens import CODE, PROSE, Coded, Language, coded, gram_sets, kinds, mark_sets
from autotrain.jsonl import Row

CODE_CONTAINMENT = 0.6
SMALL_TASK, SMALL_CONTAINMENT = 20, 0.95  # n-grams; what a small task holds is in many other functions too
ATTRIBUTE_CONTAINMENT = 0.8
PROSE_CONTAINMENT = 0.5

Hit = tuple[str, str]


class Reference:
    """Tasks to stay away from, ready to be compared with batches of rows."""

    def __init__(self, tasks: Sequence[Row]) -> None:
        self._ids = [str(task["id"]) for task in tasks]
        pieces = [(index, text) for index, task in enumerate(tasks) for text in _task_pieces(task)]
        code = coded([text for _, text in pieces], CODE)
        self._code = _Inverted([index for index, _ in pieces], code, CODE)
        self._attributes = _attributes(code)
        self._prose = _Inverted(range(len(tasks)), coded(map(_wording, tasks), PROSE), PROSE)

    def hits(self, rows: Sequence[Row]) -> list[Hit | None]:
        """For each row `(task id, detail)` of a task it holds, or None."""
        documents = coded([_answer_code(row) + "\n" + _given_code(row) for row in rows], CODE)
        code, found = self._code.shares(documents, CODE), _attributes(documents)
        prose = self._prose.shares(coded(map(_wording, rows), PROSE), PROSE)
        return [
            self._code_hit(code_shares, row_attributes) or self._prose_hit(prose_shares)
            for code_shares, prose_shares, row_attributes in zip(code, prose, found, strict=True)
        ]

    def _code_hit(self, shares: list[tuple[int, float]], found: frozenset[int]) -> Hit | None:
        for piece, share in shares:
            if share < CODE_CONTAINMENT:
                break
            if self._code.sizes[piece] < SMALL_TASK and share < SMALL_CONTAINMENT:
                continue
            wanted = self._attributes[piece]
            if len(wanted & found) < ATTRIBUTE_CONTAINMENT * len(wanted):
                continue
            return self._ids[self._code.owners[piece]], f"holds {share:.0%} of the task's code"
        return None

    def _prose_hit(self, shares: list[tuple[int, float]]) -> Hit | None:
        if shares and shares[0][1] >= PROSE_CONTAINMENT:
            piece, share = shares[0]
            return self._ids[self._prose.owners[piece]], f"holds {share:.0%} of the task's wording"
        return None


def _answer_code(row: Row) -> str:
    metadata = row.get("metadata") or {}
    response_format, task_type = metadata.get("response_format", "code"), metadata.get("task_type", "")
    code = samples.extract_code(row["output"], response_format, task_type)
    return code or "\n".join(samples.code_blocks(row["output"]))


def _given_code(row: Row) -> str:
    given = row.get("input") or ""
    return "\n".join(samples.code_blocks(given)) or given


def _wording(row: Row) -> str:
    return row["instruction"] + "\n" + (row.get("input") or "")


def _task_pieces(task: Row) -> Iterator[str]:
    # What a task gives is evidence only where it is long: a signature is nobody's secret.
    # An answer without one whole n-gram (`return "a text"`) is everybody's: only its wording can be recognised.
    answer, given = _answer_code(task), _given_code(task)
    if np.count_nonzero(coded([answer], CODE).codes) >= CODE.gram:
        yield answer
    if len(CODE.tokens(given)) >= 2 * SMALL_TASK:
        yield given


def _attributes(documents: Coded) -> list[frozenset[int]]:
    marks, offsets = mark_sets(documents)
    flat = marks.tolist()
    return [frozenset(kinds(flat[start:end])[2]) for start, end in itertools.pairwise(offsets.tolist())]


class _Inverted:
    """Sorted n-grams of many pieces, each n-gram with the pieces that hold it."""

    def __init__(self, owners: Sequence[int], pieces: Coded, language: Language) -> None:
        grams, offsets = gram_sets(pieces, language)
        counts = np.diff(offsets)
        self.owners = owners
        self.sizes = np.maximum(counts, 1)
        order = np.argsort(grams, kind="stable")
        self._grams, self._places = grams[order], np.repeat(np.arange(len(counts)), counts)[order]

    def shares(self, documents: Coded, language: Language) -> list[list[tuple[int, float]]]:
        """For each document the pieces it holds some of and the share it holds, the largest first."""
        found: list[list[tuple[int, float]]] = [[] for _ in documents.lengths]
        if not len(self._grams) or not found:
            return found
        grams, offsets = gram_sets(documents, language)
        low = np.searchsorted(self._grams, grams, "left")
        times = np.searchsorted(self._grams, grams, "right") - low
        hit = np.flatnonzero(times)
        document = np.repeat(np.searchsorted(offsets, hit, "right") - 1, times[hit])
        inside = np.arange(len(document)) - np.repeat(np.cumsum(times[hit]) - times[hit], times[hit])
        places = self._places[np.repeat(low[hit], times[hit]) + inside]
        pairs, counts = np.unique(document * len(self.sizes) + places, return_counts=True)
        owner, piece = np.divmod(pairs, len(self.sizes))
        shares = counts / self.sizes[piece]
        listed = zip(owner.tolist(), piece.tolist(), shares.tolist(), strict=True)
        for row, group in itertools.groupby(listed, key=lambda entry: entry[0]):
            found[row] = sorted(((entry[1], entry[2]) for entry in group), key=lambda entry: (-entry[1], entry[0]))[:40]
        return found
