"""Stage `split`: the samples of one or more files, divided into train and validation files.

A sample keeps its side in every round (split.py), so what was validation once is never
trained on. With --probe, PROBE_RATIO of the train side is held out as well: tasks of families
that are trained on, whose failures steer the next round. The files of all rounds so far go in;
with ROUND_DATA=round only the rows of --round come out on the train side.

    python scripts/split.py --input tested.jsonl --train train.jsonl --val val.jsonl
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autotrain import cli
from autotrain.cleaning.split import split_rows
from autotrain.config import settings
from autotrain.errors import DataError
from autotrain.jsonl import write_rows
from autotrain.tasks.samples import read_samples
from autotrain.tasks.shapes import Sample


def make_parser() -> argparse.ArgumentParser:
    parser = cli.stage_parser(__doc__, settings.of_stage("split"))
    parser.add_argument("--input", type=Path, nargs="+", required=True, metavar="F", help="samples, JSONL")
    parser.add_argument("--train", type=Path, required=True, metavar="F", help="the train side")
    parser.add_argument("--val", type=Path, required=True, metavar="F", help="the validation side")
    parser.add_argument("--probe", type=Path, metavar="F", help="tasks held out of the train side")
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    rows: list[Sample] = []
    for path in arguments.input:
        rows += (row for _, row in read_samples(path))
    train, val = split_rows(rows, context.settings.val_ratio, context.settings.seed)
    probe: list[Sample] = []
    if arguments.probe:
        train, probe = hold_out(train, context.settings.probe_ratio, context.settings.seed)
    before = len(train)
    if context.settings.round_data == "round":
        train = [row for row in train if row["metadata"]["round"] == arguments.round]
    if not train:
        raise DataError(
            f"{arguments.input[-1]}: {len(rows)} samples leave nothing to train on; ask for more --samples."
        )
    write_rows(arguments.val, val)
    if arguments.probe:
        write_rows(arguments.probe, probe)
    write_rows(arguments.train, train)
    left_out = len(rows) - before - len(val) - len(probe)
    context.say(
        f"split: {len(train)} train, {len(val)} validation, {len(probe)} probe"
        + (f", {left_out} on no side" if left_out else "")
    )
    return {"stage": "split", "train": len(train), "val": len(val), "probe": len(probe), "left_out": left_out}


def hold_out(rows: Sequence[Sample], ratio: float, seed: int) -> tuple[list[Sample], list[Sample]]:
    """The rows to train on and the probe: a row with tests goes to the probe by the hash of its id.

    A family's first row always stays in training, so that the probe asks for nothing unheard of.
    """
    train: list[Sample] = []
    probe: list[Sample] = []
    known: set[str] = set()
    for row in rows:
        digest = hashlib.blake2b(f"probe\0{seed}\0{row['id']}".encode("utf-8", "surrogatepass"), digest_size=8)
        drawn = int.from_bytes(digest.digest(), "big") / 2**64 < ratio
        family = row["metadata"].get("family") or ""
        held = drawn and row.get("tests") and family in known
        (probe if held else train).append(row)
        known.add(family)
    return train, probe
