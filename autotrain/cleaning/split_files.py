"""Stage `split`: the samples of one or more files, divided into train and validation files.

A sample keeps its side in every round (split.py), so what was validation once is never
trained on.

    python -m autotrain.cleaning.split_files --input tested.jsonl --train train.jsonl --val val.jsonl
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from autotrain import cli
from autotrain.cleaning.split import split_rows
from autotrain.errors import DataError
from autotrain.jsonl import load_rows, write_rows

SETTINGS = ("val_ratio", "seed")


def make_parser() -> argparse.ArgumentParser:
    parser = cli.stage_parser(__doc__, SETTINGS)
    parser.add_argument("--input", type=Path, nargs="+", required=True, metavar="F", help="samples, JSONL")
    parser.add_argument("--train", type=Path, required=True, metavar="F", help="the train side")
    parser.add_argument("--val", type=Path, required=True, metavar="F", help="the validation side")
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    rows = [row for path in arguments.input for row in load_rows(path)]
    train, val = split_rows(rows, context.settings.val_ratio, context.settings.seed)
    if not train:
        raise DataError(
            f"{arguments.input[-1]}: {len(rows)} samples leave nothing to train on; ask for more --samples."
        )
    write_rows(arguments.val, val)
    write_rows(arguments.train, train)
    left_out = len(rows) - len(train) - len(val)
    context.say(f"split: {len(train)} train, {len(val)} validation" + (f", {left_out} on neither" if left_out else ""))
    return {"stage": "split", "train": len(train), "val": len(val), "left_out": left_out}


if __name__ == "__main__":
    sys.exit(cli.main("split", make_parser(), work))
