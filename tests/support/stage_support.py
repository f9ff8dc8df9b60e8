"""Calls a stage script in this process, which has torch loaded already."""

import runpy
import sys
from pathlib import Path

from autotrain import cli

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def run_stage(script: str, stage: str, *flags: str) -> int:
    """Its exit code. `script`: a file of scripts/."""
    if str(SCRIPTS) not in sys.path:
        sys.path.append(str(SCRIPTS))
    module = runpy.run_path(str(SCRIPTS / script))
    return cli.main(stage, module["make_parser"](), module["work"], flags)
