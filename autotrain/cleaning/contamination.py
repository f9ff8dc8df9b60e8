"""Overlap with evaluation tasks: a sample that holds a task of a suite is dropped, and the task is named.

Code counts by the share of a task's normalised 7-grams that the sample contains (of a small
task nearly all of them, and always its attributes too), prose by the share of the
8-word n-grams of instruction and input.

    reference = Reference(load_suite("heidi-core").rows)
    reference.hits([row])     # [(task id, detail) or None]
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from autotrain import samples
from autotrain.cleaning.tokens import CODE, PROSE, Language, attributes, gram_sets
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
        pieces = [(index, tokens) for index, task in enumerate(tasks) for tokens in _task_pieces(task)]
        self._code = _Inverted(pieces, CODE)
        self._attributes = [attributes(tokens) for _, tokens in pieces]
        self._prose = _Inverted([(index, _wording(task)) for index, task in enumerate(tasks)], PROSE)

    def hits(self, rows: Sequence[Row]) -> list[Hit | None]:
        """For each row `(task id, detail)` of a task it holds, or None."""
        tokens = [CODE.tokens(_answer_code(row) + "\n" + _given_code(row)) for row in rows]
        code = self._code.shares(tokens, CODE)
        prose = self._prose.shares([_wording(row) for row in rows], PROSE)
        return [
            self._code_hit(code_shares, row_tokens) or self._prose_hit(prose_shares)
            for code_shares, prose_shares, row_tokens in zip(code, prose, tokens, strict=True)
        ]

    def _code_hit(self, shares: list[tuple[int, float]], tokens: list[str]) -> Hit | None:
        found: frozenset[int] | None = None
        for piece, share in shares:
            if share < CODE_CONTAINMENT:
                break
            if self._code.sizes[piece] < SMALL_TASK and share < SMALL_CONTAINMENT:
                continue
            wanted = self._attributes[piece]
            if wanted:
                found = attributes(tokens) if found is None else found
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


def _wording(row: Row) -> list[str]:
    return PROSE.tokens(row["instruction"] + "\n" + (row.get("input") or ""))


def _task_pieces(task: Row) -> Iterator[list[str]]:
    # What a task gives is evidence only where it is long: a signature is nobody's secret.
    # An answer without one whole n-gram (`return "a text"`) is everybody's: only its wording can be recognised.
    answer, given = CODE.tokens(_answer_code(task)), CODE.tokens(_given_code(task))
    if sum(map(bool, map(CODE.codes.__getitem__, answer))) >= CODE.gram:
        yield answer
    if len(given) >= 2 * SMALL_TASK:
        yield given


class _Inverted:
    """Sorted n-grams of many pieces, each n-gram with the pieces that hold it."""

    def __init__(self, pieces: list[tuple[int, list[str]]], language: Language) -> None:
        grams, offsets = gram_sets([tokens for _, tokens in pieces], language)
        counts = np.diff(offsets)
        self.owners = [owner for owner, _ in pieces]
        self.sizes = np.maximum(counts, 1)
        order = np.argsort(grams, kind="stable")
        self._grams, self._places = grams[order], np.repeat(np.arange(len(pieces)), counts)[order]

    def shares(self, documents: list[list[str]], language: Language) -> list[list[tuple[int, float]]]:
        """For each document the pieces it holds some of and the share it holds, the largest first."""
        found: list[list[tuple[int, float]]] = [[] for _ in documents]
        if not len(self._grams) or not documents:
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
        for row, group in groupby(listed, key=lambda entry: entry[0]):
            found[row] = sorted(((entry[1], entry[2]) for entry in group), key=lambda entry: (-entry[1], entry[0]))[:40]
        return found
