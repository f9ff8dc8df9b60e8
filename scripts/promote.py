#!/usr/bin/env python3
"""Stage `promote`: does this round's adapter become the champion, and which adapter is the best.

python scripts/promote.py --round 1      # in a run (HEIDI_RUN_DIR)
"""

import sys

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.evaluation import promote

if __name__ == "__main__":
    sys.exit(cli.main("promote", promote.make_parser(), promote.work))
