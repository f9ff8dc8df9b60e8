"""The focus of a round: what the last round failed on the train side (`--focus FILE`).

Reads samples, one a line. Only training data may steer what is generated: a row that
belongs to the validation split or to a suite stops the stage, so a leak cannot pass.
"""

from pathlib import Path
from typing import cast

from autotrain.errors import DataError
from autotrain.jsonl import read_rows
from autotrain.tasks import samples
from autotrain.tasks.shapes import Sample

FORBIDDEN_SPLITS = ("val", "validation", "test", "holdout", "eval", "suite")


def read_focus(path: Path | None) -> list[Sample]:
    """The focus file's samples; empty where there is no file. Raises DataError."""
    if path is None:
        return []
    rows = []
    for number, row in read_rows(path):
        problem = samples.schema_problem(row)
        if problem:
            raise DataError(f"{path}, line {number}: {problem}.")
        place = _outside_training(cast(Sample, row))
        if place:
            raise DataError(
                f"{path}, line {number}: sample {row['id']} is of {place}; only training samples may steer."
            )
        rows.append(row)
    return rows


def _outside_training(row: Sample) -> str | None:
    metadata = row["metadata"]
    for value in (row.get("split"), metadata.get("split")):
        if isinstance(value, str) and value.lower() in FORBIDDEN_SPLITS:
            return f"the {value} split"
    for value in (row.get("suite"), metadata.get("suite")):
        if value:
            return f"the suite {value}"
    origin = row.get("origin")
    if isinstance(origin, str) and origin.lower().split(":")[0] in FORBIDDEN_SPLITS:
        return origin
    return None
