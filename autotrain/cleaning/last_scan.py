"""A last look at files that are about to be trained on; what does not pass is removed, with the files beside it.

Every row must be a sound sample without a credential, and no row may be a near duplicate of
one in another file. An error in the scan itself counts as a finding.

    python -m autotrain.cleaning.last_scan train.jsonl eval.jsonl
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autotrain import cli
from autotrain.cleaning.duplicates import relatives
from autotrain.errors import DataError
from autotrain.jsonl import Row, read_rows
from autotrain.secrets.scan import findings_in_texts, texts_of
from autotrain.tasks.samples import schema_problem


def make_parser() -> argparse.ArgumentParser:
    parser = cli.stage_parser(__doc__, (), with_round=False)
    parser.add_argument("files", type=Path, nargs="+", metavar="F", help="files of samples, JSONL")
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    try:
        counts = scan(arguments.files)
    except BaseException as error:
        for path in arguments.files:
            path.unlink(missing_ok=True)
        if isinstance(error, DataError):
            raise DataError(f"{error} What was written has been removed.") from None
        raise
    context.say("last scan: " + ", ".join(f"{path} {count} samples" for path, count in counts.items()) + ": clean")
    return {"stage": "last_scan", "files": counts}


def scan(files: Sequence[Path]) -> dict[str, int]:
    """The number of rows of each file. Raises DataError, naming file and line, at the first finding."""
    rows: list[Row] = []
    places: list[tuple[Path, int]] = []
    for path in files:
        for number, row in read_rows(path):
            problem = schema_problem(row)
            finding = None if problem else next(findings_in_texts(*texts_of(row)), None)
            if finding:
                problem = f"it may hold a credential ({finding[1].kind})"
            if problem:
                raise DataError(f"{path}, line {number}: {problem}.")
            rows.append(row)
            places.append((path, number))
    for index, others in enumerate(relatives(rows)):
        for other in others:
            if places[index][0] != places[other][0]:
                (path, number), (kept, line) = places[index], places[other]
                raise DataError(f"{path}, line {number}: it nearly repeats line {line} of {kept}.")
    return {str(path): sum(place[0] == path for place in places) for path in files}


if __name__ == "__main__":
    sys.exit(cli.main("last_scan", make_parser(), work))
