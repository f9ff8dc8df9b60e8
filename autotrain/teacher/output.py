"""The files of stage 01: accepted samples and rejects, each one append-only ledger, and pairs of answers.

Slots (the plan's numbered places) are written strictly in order, and each slot writes
exactly one row to exactly one of the two files. So what is on disk always says where to
go on: the next slot is the number of rows in both. The accepted file holds samples only;
a reject is {slot, reason, detail, task, plan}. Pairs (a chosen and a rejected answer to one prompt) are written
before their sample, those of a slot once.
"""

import contextlib
import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import Any

from autotrain.errors import UsageError
from autotrain.jsonl import Ledger, Row, held, read_rows, repair_tail
from autotrain.tasks.shapes import Sample

# Reasons of rejects by how far the slot came; every other reason means parsed and refused.
NOT_ANSWERED = ("server", "bad request")
NOT_PARSED = ("refused", "truncated", "empty", "control token", "unparsed", "wrong schema")


def rejects_beside(output: Path) -> Path:
    """Where rejects go unless told: `raw_round_1.jsonl` has `raw_round_1.rejects.jsonl`."""
    return output.with_suffix(".rejects.jsonl")


def pairs_beside(output: Path) -> Path:
    """Where pairs for preference training go: `raw_round_1.jsonl` has `raw_round_1.pairs.jsonl`."""
    return output.with_suffix(".pairs.jsonl")


def task_key(row: Sample | Row) -> str:
    """What makes two tasks the same: instruction and input, layout and case aside."""
    known = (row.get("metadata") or {}).get("same_task")  # of a sample in another form than its task's (attempts.py)
    if known:
        return known
    text = re.sub(r"\W+", " ", f"{row['instruction']}\0{row['input']}".lower()).strip()
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Output:
    """Accepted samples and rejects on disk, and what they say after a restart."""

    def __init__(self, output: Path, rejects: Path) -> None:
        if output.resolve() == rejects.resolve():
            raise UsageError(f"{output}: samples and rejects need two files.")
        self.path, self.rejects_path = output, rejects
        self.accepted_ids: list[str] = []
        self.plans: set[str | None] = set()
        self.reasons: Counter[str] = Counter()
        self.difficulties: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._pairs_path, self._paired = pairs_beside(output), set[int]()
        for path in (output, rejects):
            if path.is_dir():
                raise UsageError(f"{path} is a directory; a file is needed.")
        self._files = contextlib.ExitStack()
        with contextlib.ExitStack() as files:
            files.enter_context(held(output))
            repair_tail(rejects)
            repair_tail(self._pairs_path)
            if self._pairs_path.exists():
                self._paired = {row["slot"] for _, row in read_rows(self._pairs_path)}
            # Each line reaches the disk before the next is written, so a power cut leaves no hole between the files.
            self._accepted = files.enter_context(Ledger(output))
            for path, note in ((output, self._note_accepted), (rejects, self._note_reject)):
                if path.exists():
                    for _, row in read_rows(path):
                        note(row)
            self._rejected = files.enter_context(Ledger(rejects))
            self._files = files.pop_all()

    @property
    def accepted(self) -> int:
        return len(self.accepted_ids)

    @property
    def next_slot(self) -> int:
        return len(self.accepted_ids) + sum(self.reasons.values())

    def refuse_other_plans(self, plan: str) -> None:
        """Raise UsageError where the files were begun for other tasks than these."""
        if self.plans - {plan}:
            raise UsageError(
                f"{self.path} was begun with another seed, round, teacher, focus or set of prompts: "
                "give another --output, or move that file away."
            )

    def has_task(self, row: Sample) -> bool:
        """Whether a sample with the same task was accepted before."""
        return task_key(row) in self._seen

    def accept(self, row: Sample) -> None:
        self._accepted.append(row)
        self._note_accepted(row)

    def pair(self, slot: int, pair: Row) -> None:
        """Keep a slot's pair, unless a start that was killed before its sample was written did so."""
        if slot not in self._paired:
            with Ledger(self._pairs_path) as pairs:
                pairs.append({"slot": slot, **pair})
            self._paired.add(slot)

    def reject(self, slot: int, reason: str, detail: str, **extra: Any) -> None:
        """`reason` is counted, so it comes from a short list; `detail` says the rest."""
        row = {"slot": slot, "reason": reason, "detail": detail[:500], **extra}
        self._rejected.append(row)
        self._note_reject(row)

    def _note_accepted(self, row: Sample | Row) -> None:
        metadata = row.get("metadata") or {}
        self.accepted_ids.append(str(row.get("id")))
        self.plans.add(metadata.get("plan"))
        self.difficulties[str(metadata.get("difficulty"))] += 1
        self._seen.add(task_key(row))

    def _note_reject(self, row: Row) -> None:
        self.plans.add(row.get("plan"))
        self.reasons[str(row.get("reason"))] += 1

    def close(self) -> None:
        self._files.close()

    def __enter__(self) -> "Output":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
