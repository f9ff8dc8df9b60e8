"""Overlap with evaluation tasks: a sample that holds a task of a suite is dropped, and the task is named.

Code counts by the share of a task's normalised 7-grams that the sample contains (of a small
task nearly all of them, and always its attributes too), prose by the share of the
8-word n-grams of instruction and input.

    reference = Reference(load_suite("heidi-core").rows)
    reference.hits([row])     # [(task id, detail) or None]
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autotrain.cleaning.duplicates import Features, describe
from autotrain.cleaning.tokens import (
    BREAK,
    CODE,
    PROSE,
    Coded,
    Numbers,
    Offsets,
    coded,
    distinct,
    gram_sets,
    kinds,
    mark_sets,
    short_functions,
)
from autotrain.tasks import answers
from autotrain.tasks.written import without_frame

CODE_CONTAINMENT = 0.6
SMALL_TASK, SMALL_CONTAINMENT = 20, 0.95  # n-grams; what a small task holds is in many other functions too
TINY_TASK = 24  # n-grams; code so short is the language's vocabulary, and a task only with the task's own names
ATTRIBUTE_CONTAINMENT = 0.8
PROSE_CONTAINMENT = 0.5

BARE_CONTAINMENT = 0.5  # of names or of strings

Hit = tuple[str, str]
Marks = tuple[frozenset[int], ...]  # names, strings, numbers, attributes, calls
_LOW = np.uint32((1 << 20) - 1)


class Reference:
    """Tasks to stay away from, ready to be compared with batches of rows."""

    def __init__(self, tasks: Sequence[Mapping[str, Any]]) -> None:
        self._ids = [str(task["id"]) for task in tasks]
        pieces = [(index, text) for index, task in enumerate(tasks) for text in _task_pieces(task)]
        code = coded([text for _, text in pieces], CODE)
        self._code = _Inverted([index for index, _ in pieces], gram_sets(code, CODE), CODE_CONTAINMENT)
        self._marks = _marks(code)
        self._bare = ["def " not in text and "class " not in text for _, text in pieces]
        wordings = gram_sets(coded(map(_wording, tasks), PROSE), PROSE)
        self._prose = _Inverted(range(len(tasks)), wordings, PROSE_CONTAINMENT)
        owners, prints = short_functions(coded(map(_answer_code, tasks), CODE))
        self._short = dict(zip(reversed(prints.tolist()), reversed(owners.tolist()), strict=True))

    def hits(self, rows: Sequence[Mapping[str, Any]], features: Features | None = None) -> list[Hit | None]:
        """For each row `(task id, detail)` of a task it holds, or None; `features`: of these rows, where known."""
        found: list[Hit | None] = [None] * len(rows)
        if not rows:
            return found
        features = describe(rows) if features is None or features.code is None else features
        assert features.code is not None
        for row, print_ in zip(*(part.tolist() for part in short_functions(features.code)), strict=True):
            if print_ in self._short:
                found[row] = self._ids[self._short[print_]], "holds the task's code"
        beside = [_code_beside(row, prose) for row, prose in zip(rows, features.prose.tolist(), strict=True)]
        for row, piece, share in self._code.held(*_all_code(features, beside)):
            if found[row] or (self._code.sizes[piece] < SMALL_TASK and share < SMALL_CONTAINMENT):
                continue
            (own,) = _marks(coded([f"{_answer_code(rows[row])}\n{beside[row]}"], CODE))
            if not self._marks_agree(piece, own):
                continue
            found[row] = self._ids[self._code.owners[piece]], f"holds {share:.0%} of the task's code"
        flat, offsets = gram_sets(coded(map(_wording, rows), PROSE), PROSE)
        for row, piece, share in self._prose.held(_owners(offsets), flat):
            found[row] = found[row] or (
                self._ids[self._prose.owners[piece]],
                f"holds {share:.0%} of the task's wording",
            )
        return found

    def _marks_agree(self, piece: int, own: Marks) -> bool:
        names, strings, _, attributes, _ = self._marks[piece]
        tiny = self._code.sizes[piece] < TINY_TASK and not self._bare[piece]
        if tiny and not (names <= own[0] and strings <= own[1]):
            return False
        if len(attributes & own[3]) < ATTRIBUTE_CONTAINMENT * len(attributes):
            return False
        # Lines that define nothing, as assert statements do, look like many others: what they name must be the same.
        return not self._bare[piece] or any(
            wanted and len(wanted & found) >= BARE_CONTAINMENT * len(wanted)
            for wanted, found in ((names, own[0]), (strings, own[1]))
        )


def _code_beside(row: Mapping[str, Any], prose: bool) -> str:
    # What a row holds of code outside an answer that is code.
    given = _given_code(row)
    return f"{_answer_code(row)}\n{given}" if prose else given


def _all_code(features: Features, beside: Sequence[str]) -> tuple[Offsets, Numbers]:
    # Each row with each n-gram of all its code, once.
    flat, offsets = features.sets[0]
    owners = _owners(offsets)
    code = ~features.prose[owners]
    pairs = (owners[code].astype(np.uint64) << np.uint64(32)) | flat[code]
    if any(beside):
        more, offsets = gram_sets(coded(beside, CODE), CODE)
        pairs = np.concatenate((pairs, (_owners(offsets).astype(np.uint64) << np.uint64(32)) | more))
        pairs = distinct(pairs)
    return (pairs >> np.uint64(32)).astype(np.int64), pairs.astype(np.uint32)


def _owners(offsets: Offsets) -> Offsets:
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _answer_code(row: Mapping[str, Any]) -> str:
    metadata = row.get("metadata") or {}
    response_format, task_type = metadata.get("response_format", "code"), metadata.get("task_type", "")
    code = answers.extract_code(row["output"], response_format, task_type, row.get("entry_point"))
    return code or "\n".join(answers.code_blocks(row["output"]))


def _given_code(row: Mapping[str, Any]) -> str:
    given = row.get("input") or ""
    return "\n".join(answers.code_blocks(given)) or given


def _wording(row: Mapping[str, Any]) -> str:
    # No n-gram reaches from one into the other: something may have been put between them.
    return f"{without_frame(row['instruction'])} {BREAK} {row.get('input') or ''}"


def _task_pieces(task: Mapping[str, Any]) -> Iterator[str]:
    # What a task gives is evidence only where it is long: a signature is nobody's secret.
    # An answer without one whole n-gram is everybody's, unless its text tells (`short_functions`).
    answer, given = _answer_code(task), _given_code(task)
    if np.count_nonzero(coded([answer], CODE).codes) >= CODE.gram:
        yield answer
    if len(CODE.tokens(given)) >= 2 * SMALL_TASK:
        yield given


def _marks(documents: Coded) -> list[Marks]:
    flat, offsets = mark_sets(documents)
    marks = flat.tolist()
    return [tuple(map(frozenset, kinds(marks[start:end]))) for start, end in itertools.pairwise(offsets.tolist())]


class _Inverted:
    """Sorted n-grams of many pieces, each n-gram with the pieces that hold it."""

    def __init__(self, owners: Sequence[int], sets: tuple[Numbers, Offsets], least: float) -> None:
        grams, offsets = sets
        counts = np.diff(offsets)
        self.owners = owners
        self.sizes = np.maximum(counts, 1)
        self._least = least
        order = np.argsort(grams, kind="stable")
        self._grams, self._places = grams[order], np.repeat(np.arange(len(counts)), counts)[order]
        self._maybe = np.zeros(1 << 20, bool)  # a look here spares most n-grams the search
        self._maybe[self._grams & _LOW] = True

    def held(self, owners: Offsets, grams: Numbers) -> list[tuple[int, int, float]]:
        """`(row, piece, share)` where a row holds at least the least share; the largest share of a row first."""
        maybe = np.flatnonzero(self._maybe[grams & _LOW])
        owners, grams = owners[maybe], grams[maybe]
        low = np.searchsorted(self._grams, grams, "left")
        times = np.searchsorted(self._grams, grams, "right") - low
        inside = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
        places = self._places[np.repeat(low, times) + inside]
        pairs, counts = np.unique_counts(np.repeat(owners, times) * len(self.sizes) + places)
        row, piece = np.divmod(pairs, max(len(self.sizes), 1))
        shares = counts / self.sizes[piece]
        order = np.lexsort((piece, -shares, row))
        order = order[shares[order] >= self._least]
        return list(zip(row[order].tolist(), piece[order].tolist(), shares[order].tolist(), strict=True))
