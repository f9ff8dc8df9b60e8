"""Overlap with evaluation tasks: a sample that holds a task of a suite is dropped, and the task is named.

Code counts by the share of a task's normalised 7-grams that the sample contains, prose by
the share of its 8-word n-grams.

    reference = Reference(load_suite("heidi-core").rows)
    reference.hits([row])     # [(task id or None, detail)]
"""

from collections.abc import Sequence

import numpy as np

from autotrain import samples
from autotrain.cleaning.tokens import CODE, PROSE, Language, gram_sets
from autotrain.jsonl import Row

CODE_CONTAINMENT = 0.6
PROSE_CONTAINMENT = 0.5
MIN_CODE_GRAMS = 8  # a task of less code says too little to be recognised by its code


class Reference:
    """Tasks to stay away from, ready to be compared with batches of rows."""

    def __init__(self, tasks: Sequence[Row]) -> None:
        self.ids = [str(task["id"]) for task in tasks]
        pieces = [(index, CODE.tokens(piece)) for index, task in enumerate(tasks) for piece in _code_pieces(task)]
        self._code = _Inverted(pieces, CODE, MIN_CODE_GRAMS)
        self._prose = _Inverted(
            [(index, PROSE.tokens(task["instruction"])) for index, task in enumerate(tasks)], PROSE, 1
        )

    def hits(self, rows: Sequence[Row]) -> list[tuple[str, str] | None]:
        """For each row `(task id, detail)` of the task it overlaps with most, or None."""
        code = self._code.best([CODE.tokens("\n".join(_code_pieces(row))) for row in rows], CODE)
        prose = self._prose.best([PROSE.tokens(row["instruction"]) for row in rows], PROSE)
        found: list[tuple[str, str] | None] = []
        for (code_task, code_share), (prose_task, prose_share) in zip(code, prose, strict=True):
            if code_share >= CODE_CONTAINMENT and code_share >= prose_share:
                found.append((self.ids[code_task], f"holds {code_share:.0%} of the task's code"))
            elif prose_share >= PROSE_CONTAINMENT:
                found.append((self.ids[prose_task], f"holds {prose_share:.0%} of the task's wording"))
            else:
                found.append(None)
        return found


def _code_pieces(row: Row) -> list[str]:
    pieces = samples.code_blocks(row["output"])
    if not pieces:
        metadata = row.get("metadata") or {}
        code = samples.extract_code(
            row["output"], metadata.get("response_format", "code"), metadata.get("task_type", "")
        )
        pieces = [code] if code else []
    given = row.get("input") or ""
    if given.strip():
        pieces.append("\n".join(samples.code_blocks(given)) or given)
    return pieces


class _Inverted:
    """Sorted n-grams of many documents, each n-gram with the documents that hold it."""

    def __init__(self, documents: list[tuple[int, list[str]]], language: Language, least: int) -> None:
        documents = [(owner, codes) for owner, codes in documents if len(codes) >= language.gram]
        grams, offsets = gram_sets([codes for _, codes in documents], language)
        counts = np.diff(offsets)
        self._owners = np.array([owner for owner, _ in documents], dtype=np.int64)
        self._sizes = np.maximum(counts, 1)
        place = np.repeat(np.arange(len(documents)), counts)
        enough = counts[place] >= least
        grams, place = grams[enough], place[enough]
        order = np.argsort(grams, kind="stable")
        self._grams, self._places = grams[order], place[order]

    def best(self, documents: list[list[str]], language: Language) -> list[tuple[int, float]]:
        """For each document `(owner, share)` of the reference it contains most of."""
        if not len(self._grams):
            return [(-1, 0.0)] * len(documents)
        grams, offsets = gram_sets(documents, language)
        low = np.searchsorted(self._grams, grams, "left")
        high = np.searchsorted(self._grams, grams, "right")
        found: list[tuple[int, float]] = []
        touched = np.concatenate(([0], np.cumsum(high - low)))
        for index in range(len(documents)):
            first, last = offsets[index], offsets[index + 1]
            if touched[first] == touched[last]:
                found.append((-1, 0.0))
                continue
            places = np.concatenate([self._places[a:b] for a, b in zip(low[first:last], high[first:last], strict=True)])
            shares = np.bincount(places, minlength=len(self._sizes)) / self._sizes
            top = int(shares.argmax())
            found.append((int(self._owners[top]), float(shares[top])))
        return found
