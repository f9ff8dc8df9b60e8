"""The library: everyday programming tasks written by hand, which the builtin teacher draws from.

Reads `tasks/<topic>.txt` (the notation of docs/suites.md: `== family topic`, levels 0 to 4) and
`plain.txt` (the first functions that people ask for: never trained on, they watch for harm), writes
nothing. Whoever adds a task adds it to its topic's file and proves it:

    python -m autotrain.teacher.library          # counts, and every fault with its line
"""

import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from autotrain.tasks.notation import Task, parse_tasks
from autotrain.tasks.shapes import Sample
from autotrain.tasks.written import build_row

NAME = "builtin"
TASKS = Path(__file__).parent / "tasks"
PLAIN = Path(__file__).parent / "plain.txt"
EXAM_SHARE = 5  # one family of so many is kept back from all training


@lru_cache(maxsize=1)
def tasks() -> tuple[Task, ...]:
    """Every task as written, in the order of the files. Raises DataError with file and line for a fault."""
    return tuple(
        task
        for path in sorted(TASKS.glob("*.txt"))
        for task in parse_tasks(path.read_text(encoding="utf-8"), path.name)
    )


@lru_cache(maxsize=1)
def plain() -> tuple[Task, ...]:
    """Tasks of levels 0 to 2 that train nothing and are part of no exam; a small model passes many of them."""
    return tuple(parse_tasks(PLAIN.read_text(encoding="utf-8"), PLAIN.name))


def is_exam(family: str) -> bool:
    """Whether a family is kept for exams: a fixed fifth, by its name, that trains nothing in any run."""
    return zlib.crc32(f"exam/{family}".encode()) % EXAM_SHARE == 0


def rows(*, exam: bool) -> Iterator[Sample]:
    """The library's samples, of its exam families or of all others."""
    for task in tasks():
        if is_exam(task.family) == exam:
            row = build_row(task, teacher_model=NAME)
            row["metadata"]["topic"] = task.second
            del row["wrong"]
            yield row
