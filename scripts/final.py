#!/usr/bin/env python3
"""Stage `final`: the best adapter and the base model on the suites kept back, once.

python scripts/final.py # in a run (HEIDI_RUN_DIR)
"""

import sys

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.evaluation import final

if __name__ == "__main__":
    sys.exit(cli.main("final", final.make_parser(), final.work))
