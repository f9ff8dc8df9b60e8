#!/usr/bin/env python3
"""Stage `calibrate`: the untrained base model chooses, once, which levels of the suite decide.

python scripts/calibrate.py # in a run (HEIDI_RUN_DIR)
"""

import sys

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.evaluation import calibrate

if __name__ == "__main__":
    sys.exit(cli.main("calibrate", calibrate.make_parser(), calibrate.work))
