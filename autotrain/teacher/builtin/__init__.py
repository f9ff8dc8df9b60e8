"""The builtin teacher: everyday programming tasks, drawn from families and from a hand-written library.

It needs no key and no network. It reads the library's files and writes none:

    for row in itertools.islice(generate(seed=42, round_number=1, timestamp=now), 50): ...

Try it: python scripts/01_teacher_generate.py --teacher builtin --samples 10 --output raw.jsonl
"""

import random
from collections.abc import Iterator, Sequence

from autotrain.tasks.shapes import Sample

NAME = "builtin"
LIBRARY_SHARE = 0.5  # of the samples, as long as the library lasts
ROUNDS_OF_LIBRARY = 4  # a round begins with a part of its own of the library
MAX_CHARACTERS = 1700  # instruction, input and output together: about 500 tokens


def generate(
    *, seed: int, round_number: int, timestamp: str, focus: Sequence[Sample] = (), focus_share: float = 0.5
) -> Iterator[Sample]:
    """Endless distinct samples, the same for the same arguments, different in each round.

    `focus` holds failed training samples: about `focus_share` of what the families make are fresh
    variants of their families and task types.
    """
    from autotrain.tasks.written import build_row
    from autotrain.teacher import library
    from autotrain.teacher.builtin import everyday

    rng = random.Random(f"builtin {seed} {round_number} {len(focus)}")
    shelf = _shelf(list(library.rows(exam=False)), seed, round_number)
    drawn = everyday.tasks(seed, round_number)
    aims = [aim for row in focus if (aim := _aim(row)) is not None]
    kept_back = {task.name for task in library.plain()}  # what measures trains nothing, its name included
    seen: set[str] = set()
    while True:
        if aims and rng.random() < focus_share:
            task = everyday.variant(*rng.choice(aims), random.Random(rng.getrandbits(64)))
            row = build_row(task, teacher_model=NAME)
        elif shelf and rng.random() < LIBRARY_SHARE:
            row = shelf.pop()
        else:
            row = build_row(next(drawn), teacher_model=NAME)
        row.pop("wrong", None)
        length = sum(len(row[name]) for name in ("instruction", "input", "output"))
        if row["id"] in seen or row["entry_point"] in kept_back or length > MAX_CHARACTERS:
            continue
        seen.add(row["id"])
        row["metadata"].update(round=round_number, timestamp=timestamp)
        yield {**row, "origin": NAME}


def _shelf(rows: list[Sample], seed: int, round_number: int) -> list[Sample]:
    """The library's rows in a drawn order, those of this round last, to be taken from the end."""
    random.Random(f"library {seed}").shuffle(rows)
    own = (round_number - 1) % ROUNDS_OF_LIBRARY
    return [row for turn in range(ROUNDS_OF_LIBRARY - 1, -1, -1)
            for row in rows[(own + turn) % ROUNDS_OF_LIBRARY :: ROUNDS_OF_LIBRARY]]  # fmt: skip


def _aim(row: Sample) -> tuple[str, str, int | None] | None:
    """Family, kind and level to vary, or None where the row is not of our task types."""
    from autotrain.tasks.types import TYPES

    metadata = row.get("metadata") or {}
    kind = TYPES.get(str(metadata.get("task_type")))
    return None if kind is None else (str(metadata.get("family")), kind.word, metadata.get("level"))
