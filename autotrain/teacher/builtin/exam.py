"""Exam and selection tasks: of families that train nothing in any run.

A fifth of the builtin teacher's families, and of the library's, are kept back, fixed by their
names. One half of them makes the exam (how well does the model do on new kinds of this teacher's
tasks?), the other half of the selection tasks, by which a training chooses the strength of its
adapter (evaluation/strength.py): what chooses is never what measures. The other half of the
selection tasks are plain ones: a small model passes many of them before it is trained, so they
show what a training undid. Code only.

    rows = draw("exam", 200, seed=42, timestamp=now)
"""

import hashlib
import random
from collections.abc import Iterator

from autotrain.tasks.shapes import Sample
from autotrain.tasks.types import TYPES
from autotrain.tasks.written import build_row
from autotrain.teacher import library
from autotrain.teacher.builtin import MAX_CHARACTERS, NAME

PARTS = ("exam", "selection")
KINDS = tuple(row.word for row in TYPES.values() if row.is_run)
LEVEL_SHARES = {
    "exam": {0: 30, 1: 30, 2: 20, 3: 10, 4: 10},
    "selection": {0: 45, 1: 40, 2: 15},  # where nearly nothing is passed, nothing can be chosen by it
}
PLAIN_SHARE = 0.5  # of the selection tasks, as far as there are so many
LIBRARY_SHARE = 0.5


def draw(part: str, count: int, *, seed: int, timestamp: str) -> list[Sample]:
    """So many distinct tasks of one part, by the shares of their levels; the same for the same arguments."""
    rng = random.Random(f"{part} {seed}")
    shelves = _shelves(part, rng)
    rows = _plain(count, rng, timestamp) if part == "selection" else {}
    wanted = _counts(part, count - len(rows))
    for level, number in wanted.items():
        drawn = _drawn(part, level, rng)
        own = shelves.get(level, [])
        taken = 0
        while taken < number:
            row = own.pop() if own and rng.random() < LIBRARY_SHARE else next(drawn)
            prompt = row["instruction"] + row["input"]
            long = len(prompt) + len(row["output"]) > MAX_CHARACTERS
            if long or prompt in rows:
                continue
            row["metadata"].update(round=0, timestamp=timestamp)
            rows[prompt] = row
            taken += 1
    return list(rows.values())


def part_of(family: str) -> str:
    """Which part an exam family belongs to."""
    return PARTS[hashlib.sha256(f"part/{family}".encode()).digest()[0] % 2]


def _plain(count: int, rng: random.Random, timestamp: str) -> dict[str, Sample]:
    tasks = library.plain()
    rows: dict[str, Sample] = {}
    for task in rng.sample(tasks, min(len(tasks), int(count * PLAIN_SHARE))):
        row = build_row(task, teacher_model=NAME)
        row["metadata"].update(round=0, timestamp=timestamp)
        rows[row["instruction"] + row["input"]] = row
    return rows


def _counts(part: str, count: int) -> dict[int, int]:
    shares = LEVEL_SHARES[part]
    total = sum(shares.values())
    counts = {level: count * share // total for level, share in shares.items()}
    counts[0] += count - sum(counts.values())
    return counts


def _shelves(part: str, rng: random.Random) -> dict[int, list[Sample]]:
    shelves: dict[int, list[Sample]] = {}
    for task in library.tasks():
        if library.is_exam(task.family) and part_of(task.family) == part and task.kind in KINDS and not task.as_json:
            shelves.setdefault(task.level, []).append(build_row(task, teacher_model=NAME))
    for rows in shelves.values():
        rng.shuffle(rows)
    return shelves


def _drawn(part: str, level: int, rng: random.Random) -> Iterator[Sample]:
    from autotrain.teacher.builtin.everyday import families, is_exam
    from autotrain.teacher.builtin.everyday.problem import FAMILIES
    from autotrain.teacher.builtin.everyday.stream import attempt

    families.load()
    names = [
        family.name
        for family in FAMILIES.values()
        if family.level == level and is_exam(family.name) and part_of(family.name) == part
    ]
    if not names:
        raise ValueError(f"no family of level {level} makes {part} tasks")
    while True:
        task = attempt(rng.choice(names), rng.choice(KINDS), random.Random(rng.getrandbits(64)))
        if task is not None and not task.as_json:
            yield build_row(task, teacher_model=NAME)
