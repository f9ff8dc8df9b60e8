"""The builtin teacher: everyday programming tasks, drawn from families and from a hand-written library.

It needs no key and no network. It reads the library's files and writes none:

    for row in itertools.islice(generate(seed=42, round_number=1, timestamp=now), 50): ...

Try it: python scripts/01_teacher_generate.py --teacher builtin --samples 10 --output raw.jsonl
"""

import random
from collections.abc import Iterator, Sequence

from autotrain.jsonl import Row

NAME = "builtin"
LIBRARY_SHARE = 0.5  # of the samples, as long as the library lasts
ROUNDS_OF_LIBRARY = 4  # a round begins with a part of its own of the library
MAX_CHARACTERS = 1700  # instruction, input and output together: about 500 tokens


def generate(
    *, seed: int, round_number: int, timestamp: str, focus: Sequence[Row] = (), focus_share: float = 0.5
) -> Iterator[Row]:
    """Endless distinct samples, the same for the same arguments, different in each round.

    `focus` holds failed training samples: about `focus_share` of what the families make are fresh
    variants of their families and task types.
    """
    from autotrain.tasks.written import build_row
    from autotrain.teacher import library
    from autotrain.teacher.builtin import everyday

    rng = random.Random(f"builtin {seed} {round_number}")
    shelf = _shelf(list(library.rows(exam=False)), seed, round_number)
    drawn = everyday.tasks(seed, round_number, [_aim(row) for row in focus], focus_share)
    seen: set[str] = set()
    while True:
        if shelf and rng.random() < LIBRARY_SHARE:
            row = shelf.pop()
        else:
            row = build_row(next(drawn), teacher_model=NAME)
            del row["wrong"]
        if row["id"] in seen or sum(len(row[name]) for name in ("instruction", "input", "output")) > MAX_CHARACTERS:
            continue
        seen.add(row["id"])
        row["metadata"].update(round=round_number, timestamp=timestamp)
        yield {**row, "origin": NAME}


def families() -> tuple[str, ...]:
    """The names of all families that are drawn from, the library's included."""
    from autotrain.teacher import library
    from autotrain.teacher.builtin.everyday.families import load
    from autotrain.teacher.builtin.everyday.problem import FAMILIES

    load()
    return (*FAMILIES, *dict.fromkeys(task.family for task in library.tasks()))


def _shelf(rows: list[Row], seed: int, round_number: int) -> list[Row]:
    """The library's rows in a drawn order, those of this round last, to be taken from the end."""
    random.Random(f"library {seed}").shuffle(rows)
    own = (round_number - 1) % ROUNDS_OF_LIBRARY
    return [row for turn in range(ROUNDS_OF_LIBRARY - 1, -1, -1)
            for row in rows[(own + turn) % ROUNDS_OF_LIBRARY :: ROUNDS_OF_LIBRARY]]  # fmt: skip


def _aim(row: Row) -> tuple[str, str]:
    """The family and kind of a row, as the families know them."""
    from autotrain.tasks.notation import KINDS

    metadata = row.get("metadata") or {}
    kinds = {task_type: kind for kind, task_type in KINDS.items()}
    return str(metadata.get("family")), kinds.get(str(metadata.get("task_type")), "")
