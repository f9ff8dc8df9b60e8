"""TEACHER_MODEL=self: the champion's own sampled answers to fresh tasks, for the tests to choose from.

Tasks come from the builtin teacher (aimed by the focus), never from a suite or from the
validation side. For a share of them the model answers several times, at a temperature; its
answers stand in the stream before the builtin one, so that the first that passes its tests
is kept and what the model cannot do keeps the builtin answer. Answers go to a ledger beside
the output, a chunk of tasks a line, so that a stopped stage samples nothing twice.

    rows = own_rows(builtin_rows, share=0.5, wanted=300, seed=42, round_number=1, sampled=Sampled(path, key, ask))
"""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from autotrain.errors import UsageError
from autotrain.jsonl import Ledger, read_rows, repair_tail
from autotrain.tasks import samples
from autotrain.tasks.shapes import Sample
from autotrain.tasks.thoughts import spoken

NAME = "self"
CHUNK = 16  # tasks asked at once
Ask = Callable[[Sequence[Sample], int], list[list[str]]]


def ledger_beside(output: Path) -> Path:
    """Where the sampled answers go: `raw_round_1.jsonl` has `raw_round_1.self.jsonl`."""
    return output.with_suffix(".self.jsonl")


class Sampled:
    """Answers by chunk, from the ledger where they are there already, else from the model."""

    def __init__(self, path: Path, key: str, ask: Ask) -> None:
        """`key` names model, seed and decoding; `ask(tasks, number)` samples answers to the tasks of a chunk.

        Raises UsageError where the ledger was begun with another key.
        """
        self._ask, self._key, self._path = ask, key, path
        self._known: dict[int, dict[str, list[str]]] = {}
        repair_tail(path)
        if path.exists():
            for _, row in read_rows(path):
                if row.get("key") != key:
                    raise UsageError(
                        f"{path} holds answers of another model, seed or decoding: move it and the output away."
                    )
                self._known[row["chunk"]] = row["answers"]

    def answers(self, number: int, tasks: Sequence[Sample]) -> list[list[str]]:
        """For each task of the chunk the model's answers; those cut off at the limit are left out."""
        if number not in self._known:
            texts = self._ask(tasks, number)
            found = {task["id"]: answers for task, answers in zip(tasks, texts, strict=True)}
            with Ledger(self._path) as ledger:
                ledger.append({"chunk": number, "key": self._key, "answers": found})
            self._known[number] = found
        known = self._known[number]
        return [known.get(task["id"], []) for task in tasks]


def own_rows(
    rows: Iterator[Sample], *, share: float, wanted: int, seed: int, round_number: int, sampled: Sampled
) -> Iterator[Sample]:
    """The builtin rows, and before each of a share of the first `wanted` the model's own answers to it."""
    rng = random.Random(f"self {seed} {round_number}")
    for number, start in enumerate(range(0, wanted, CHUNK)):
        chunk = list(islice(rows, min(CHUNK, wanted - start)))
        drawn = [row for row in chunk if rng.random() < share and row.get("tests")]
        answers = dict(zip((row["id"] for row in drawn), sampled.answers(number, drawn) if drawn else [], strict=True))
        for row in chunk:
            for text in dict.fromkeys(map(spoken, answers.get(row["id"], []))):
                yield own_row(row, text)
            yield row
    yield from rows


def own_row(row: Sample, answer: str) -> Sample:
    """The task with the model's answer in place of the builtin one."""
    own: Sample = {**row, "id": samples.sample_id(row["instruction"], row["input"], answer), "output": answer}
    own["metadata"] = {**row["metadata"], "teacher_model": NAME}
    own.update(origin=NAME, parent_id=row["id"])
    return own
