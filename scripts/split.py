#!/usr/bin/env python3
"""Stage `split`: the samples of all rounds so far, divided into train, validation and probe files.

python scripts/split.py --input tested.jsonl --train train.jsonl --val val.jsonl
"""

import sys

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.cleaning import split_files

if __name__ == "__main__":
    sys.exit(cli.main("split", split_files.make_parser(), split_files.work))
