"""heidi-core, the project's own suite: tasks as readable text, built into rows.

Reads `tasks/*.txt` (the splits dev and sealed) and `plain/*.txt` (a part for the smallest models: plain
functions in plain words) of this package, writes nothing. The notation is in
`autotrain/tasks/notation.py` and docs/suites.md; `PINNED` holds the SHA-256 of the built rows, so
that a score always names the tasks it stands for. After an intended change of the tasks:

    python -m autotrain.evaluation.heidi_core      # prints counts and the hashes to pin
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from autotrain.jsonl import dumps
from autotrain.tasks.notation import Task, parse_tasks
from autotrain.tasks.shapes import Sample
from autotrain.tasks.written import build_row

NAME = "heidi-core"
SPLITS = ("dev", "sealed")
PLAIN = "plain"
PARTS = (*SPLITS, PLAIN)
FEWEST_WRONG = 2
FOLDER = Path(__file__).parent

PINNED = {
    "dev": "b6be1d3c824f860d9029df0b98667d4adefe0e07525d219550cc4e184fedd1f5",
    "plain": "fc1d7faa1bcc1de6f6010c89cfe41c94598a7e18a84040ff0eb25687a5095f48",
    "sealed": "22cb5e43db85144306d91a9630d8ee5fecc5c7e18c743ee929afa2e7b6bd8b1e",
}


def tasks(part: str | None = None) -> list[Task]:
    """The tasks of a part (both splits where None) as written, in the order of the files."""
    seconds = (PLAIN,) if part == PLAIN else SPLITS
    found: list[Task] = []
    for path in sorted((FOLDER / (PLAIN if part == PLAIN else "tasks")).glob("*.txt")):
        found += parse_tasks(path.read_text(encoding="utf-8"), path.name, seconds)
    return [task for task in found if part in (None, task.second)]


def build(part: str | None = None) -> list[Sample]:
    """The rows of a part (both splits where None), in the order of the files."""
    return [_row(task) for task in tasks(part)]


def _row(task: Task) -> Sample:
    row = build_row(task, teacher_model=NAME, fewest_wrong=FEWEST_WRONG)
    row["id"] = f"{NAME}/{task.family}/{task.kind}/{task.name}"
    row["metadata"]["split"] = task.second
    return row


def rows_sha256(rows: Iterable[Sample]) -> str:
    """SHA-256 of rows as the JSON lines they would be written as."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(dumps(row) + b"\n")
    return digest.hexdigest()
