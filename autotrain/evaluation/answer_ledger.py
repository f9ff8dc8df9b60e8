"""Answers kept one by one while a model is evaluated, so that a stopped or killed evaluation goes on.

Reads and writes one file, REPORT.answers.jsonl beside a report that is being made; whoever writes the
report removes it. Answers that share a batch touch each other in their last digits, so tasks are
answered in groups that never share one: a group that is whole in the ledger is taken from it, one that
was cut off is answered again, and the report is to the byte that of an evaluation left in peace.

    with AnswerLedger(path, named) as ledger:
        ledger.keep(place, completion)
"""

from collections.abc import Sequence
from pathlib import Path

from autotrain.evaluation.generate import Completion
from autotrain.jsonl import Ledger, read_rows, repair_tail

GROUP_BATCHES = 2  # of the batch size: larger groups keep batches full, smaller ones lose less to a kill


def beside(report: Path) -> Path:
    """The ledger of a report that is being made."""
    return report.with_name(f"{report.name}.answers.jsonl")


def groups(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """Places grouped by the lengths of their prompts (in tokens), longest first: the same for the same prompts."""
    order = sorted(range(len(lengths)), key=lambda place: (-lengths[place], place))
    size = GROUP_BATCHES * batch_size
    return [order[start : start + size] for start in range(0, len(order), size)]


class AnswerLedger:
    """Answers by the place of their task. `named` stands for all they depend on: others' answers are dropped."""

    def __init__(self, path: Path, named: str) -> None:
        self._answers: dict[int, Completion] = {}
        repair_tail(path)
        rows = [row for _, row in read_rows(path)] if path.is_file() else []
        if rows and rows[0].get("answers_of") != named:
            path.unlink()
            rows = []
        self._ledger = Ledger(path)
        if not rows:
            self._ledger.append({"answers_of": named})
        for row in rows[1:]:
            self._answers[row["place"]] = Completion(row["text"], row["tokens"], row["truncated"])

    def group(self, places: Sequence[int]) -> list[Completion] | None:
        """The answers of a group, None unless all of them are there."""
        found = [self._answers.get(place) for place in places]
        return [answer for answer in found if answer is not None] if None not in found else None

    def keep(self, place: int, completion: Completion) -> None:
        """Add one answer; it survives a crash once this returns."""
        self._ledger.append(
            {
                "place": place,
                "text": completion.text,
                "tokens": completion.tokens,
                "truncated": completion.truncated,
            }
        )

    def __enter__(self) -> "AnswerLedger":
        return self

    def __exit__(self, *_: object) -> None:
        self._ledger.close()
