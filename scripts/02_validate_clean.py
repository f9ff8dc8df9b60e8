#!/usr/bin/env python3
"""Stage 02: keep the samples that are fit to train on, and say why each other one is not.

Checks in order: JSON, schema, lengths, encoding, secrets, URLs, quality, duplicates (in the
file and against `--against`), contamination (against `--suite`). With --train and --val the
kept samples are also divided, by cluster of near duplicates and family.

Rows in the common formats of fine-tuning data are read too (docs/cleaning.md).

    python scripts/02_validate_clean.py --input raw.jsonl --output clean.jsonl --rejects rejects.jsonl
"""

import argparse
import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import DataError, Stopped, UsageError


def make_parser() -> argparse.ArgumentParser:
    """The stage's own flags; those of the settings come from the table."""
    parser = cli.stage_parser(__doc__, settings.of_stage("clean"))
    parser.add_argument(
        "--input", type=Path, required=True, metavar="F", help="rows, as JSONL or one JSON array, packed or not"
    )
    parser.add_argument("--output", type=Path, required=True, metavar="F", help="the samples kept")
    parser.add_argument("--rejects", type=Path, metavar="F", help="the rest, with reasons; secrets masked")
    parser.add_argument(
        "--against", type=Path, nargs="+", default=[], metavar="F", help="files whose samples nothing may duplicate"
    )
    parser.add_argument(
        "--suite", nargs="+", default=[], metavar="NAME|F", help="evaluation tasks that nothing may contain"
    )
    parser.add_argument("--train", type=Path, metavar="F", help="also divide: the train side")
    parser.add_argument("--val", type=Path, metavar="F", help="also divide: the validation side")
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    """Clean one file; returns the summary."""
    if (arguments.train is None) != (arguments.val is None):
        raise UsageError("--train and --val go together: give both or neither.")
    suites = [Path(name) for name in arguments.suite]
    cli.keep_apart(
        [arguments.input, *arguments.against, *suites],
        [arguments.output, arguments.rejects, arguments.train, arguments.val],
    )
    from autotrain.cleaning import checks, cleaner
    from autotrain.jsonl import write_rows
    from autotrain.tasks.samples import load_samples

    references = []
    if arguments.suite:
        from autotrain.evaluation.suites import load_suite

        for name in arguments.suite:
            references += load_suite(name).rows
    with context.progress("clean", _lines(arguments.input), unit="sample") as step:

        def advance(lines: int) -> None:
            step(lines)
            if context.stop_requested():
                raise Stopped("stopped on request; nothing was written.")

        summary = cleaner.clean_file(
            arguments.input,
            arguments.output,
            arguments.rejects,
            against=arguments.against,
            references=references,
            options=checks.Options(**{row.name: getattr(context.settings, row.name) for row in fields(checks.Options)}),
            workers=context.workers,
            advance=advance,
        )
    if not summary.accepted and not arguments.against:  # a later round may bring nothing new
        context.say(summary.table())
        raise DataError(_nothing_left(arguments, summary))
    result = {"stage": "clean", **summary.as_dict(), "output": str(arguments.output)}
    if arguments.train is not None:
        from autotrain.cleaning.split import split_rows

        rows = load_samples(arguments.output)
        train, val = split_rows(rows, context.settings.val_ratio, context.settings.seed)
        write_rows(arguments.train, train)
        write_rows(arguments.val, val)
        result["split"] = {"train": len(train), "val": len(val), "left_out": len(rows) - len(train) - len(val)}
    context.say(summary.table())
    context.emit("cleaned", f"{summary.accepted} of {summary.read} samples kept", **summary.as_dict())
    return result


def _lines(path: Path) -> int:
    # For the progress bar alone; 0 where only reading the file tells.
    from autotrain.jsonl import count_rows

    if not path.is_file() or not os.access(path, os.R_OK):
        return 0
    with open(path, "rb") as stream:
        plain = stream.read(1) == b"{"
    return count_rows(path) if plain else 0


def _nothing_left(arguments: argparse.Namespace, summary: Any) -> str:
    if not summary.read:
        return f"{arguments.input} holds no rows."
    where = arguments.rejects or "--rejects F"
    return f"{arguments.input}: none of its {summary.read} rows is fit to train on; {where} names the reason of each."


if __name__ == "__main__":
    sys.exit(cli.main("clean", make_parser(), work))
