#!/usr/bin/env python3
"""Divide clean samples into a train and an evaluation file, the same way each time and without leaks.

Near duplicates, and samples of one family, go to one side together; a sample related to both
sides goes to neither. The side is drawn by hash, so adding rows moves few of the others.

    python .local/ml/scripts/split_holdout.py --val-ratio 0.1 --seed 42
"""

import argparse
import sys
from pathlib import Path
from typing import Any

ML = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ML.parents[1] / "scripts"))
import _bootstrap  # noqa: E402, F401

from autotrain import cli  # noqa: E402
from autotrain.errors import DataError  # noqa: E402

SETTINGS = ("val_ratio", "seed")


def make_parser() -> argparse.ArgumentParser:
    parser = cli.stage_parser(__doc__, SETTINGS, with_round=False)
    for name, default, what in (
        ("--input", "clean/clean.jsonl", "clean samples"),
        ("--train", "train/train.jsonl", "what to train on"),
        ("--eval", "eval/eval.jsonl", "what to validate and evaluate on"),
    ):
        parser.add_argument(
            name, type=Path, default=ML / "data" / default, metavar="F", help=f"{what} (.local/ml/data/{default})"
        )
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    """Divide one file; returns the summary."""
    from autotrain.cleaning.split import split_rows
    from autotrain.evaluation.results import file_set
    from autotrain.jsonl import write_rows

    cli.keep_apart([arguments.input], [arguments.train, arguments.eval])
    rows = file_set(arguments.input).rows
    train, held = split_rows(rows, context.settings.val_ratio, context.settings.seed)
    if not train:
        raise DataError(f"{arguments.input}: its {len(rows)} samples leave nothing to train on.")
    write_rows(arguments.eval, held)
    write_rows(arguments.train, train)
    left_out = len(rows) - len(train) - len(held)
    context.say(
        f"split: {len(train)} to train on, {len(held)} held out"
        + (f", {left_out} related to both on neither side" if left_out else "")
        + ("; too few unlike samples to hold any out" if context.settings.val_ratio and not held else "")
    )
    return {"stage": "split", "train": len(train), "eval": len(held), "left_out": left_out}


if __name__ == "__main__":
    sys.exit(cli.main("split", make_parser(), work))
