"""How hard a task is for the student: the share of a few sampled answers of the base model that pass its tests.

Answers go to a ledger beside the output (`raw.student.jsonl`), a slot a line, so that a stopped stage samples nothing
twice. Only the sandbox runs code. The model is loaded with the first task.

    student = Student(Sampled(path, key, ask), check, seed=42) ; found = student.measure(row)   # Measured(4, 1)
"""

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from autotrain.tasks import grading
from autotrain.tasks.shapes import Sample
from autotrain.tasks.thoughts import spoken
from autotrain.teacher.own_answers import Sampled

if TYPE_CHECKING:
    from autotrain.sandbox import Job, Verdict

LOW, HIGH = 0.1, 0.7  # pass rates between which a task teaches most
KEPT_SHARE = 0.5  # of the tasks outside of that, so that a base that can do all or nothing gets its samples too
REASON = "student"  # of a slot that is refused for it: says nothing of the teacher


class Measured(NamedTuple):
    """Sampled answers of the student to one task, and how many passed."""

    samples: int
    passed: int

    @property
    def rate(self) -> float:
        return self.passed / self.samples if self.samples else 0.0

    @property
    def difficulty(self) -> str:
        """easy, medium or hard, by the student's pass rate."""
        return "easy" if self.rate > HIGH else "medium" if self.rate > HIGH / 2 else "hard"

    @property
    def fits(self) -> bool:
        """Whether the task is neither out of reach nor known already."""
        return LOW <= self.rate <= HIGH


class Student:
    """The base model, asked for `samples` answers to each task. One thread at a time may measure."""

    def __init__(self, sampled: Sampled, check: "Callable[[Job], Verdict]", samples: int) -> None:
        self._sampled, self._check, self._samples = sampled, check, samples

    def measure(self, row: Sample, slot: int) -> Measured:
        """The student's pass rate; an answer that was cut off is one that failed."""
        (texts,) = self._sampled.answers(slot, [row])
        passed = 0
        for text in map(spoken, texts):
            verdicts = [self._check(job) for job in grading.jobs_for(row, text)]
            passed += grading.judge(row, text, verdicts).passed
        return Measured(self._samples, passed)


def prefers(found: Measured, rng: random.Random) -> bool:
    """Whether a task of this pass rate is taken: always between LOW and HIGH, by chance outside."""
    return found.fits or rng.random() < KEPT_SHARE
