"""Writes `report.html` of a run: one file to send on, that needs no network and runs no script.

    python -m autotrain.report [RUN] [--out-dir DIR] [--output FILE]

Reads the run's files; writes OUT_DIR/runs/<run_id>/report.html and prints its path.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from autotrain.cli import Parser
from autotrain.config import settings
from autotrain.config.setting_files import read_env_file
from autotrain.errors import AutotrainError, UsageError
from autotrain.jsonl import atomic_writer
from autotrain.report import facts, page, samples
from autotrain.run import paths


def write_report(run: paths.RunPaths, output: Path | None = None) -> Path:
    """Write a run's report and return where it is. Raises OSError where it cannot be written."""
    gathered = facts.gather(run)
    shown_round, passed, failed = samples.choose(gathered)
    target = output if output is not None else run.html_report
    with atomic_writer(target) as stream:
        stream.write(page.page(gathered, shown_round, passed, failed).encode("utf-8", "replace"))
    return target


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m autotrain.report", description="Write report.html of a run.")
    parser.add_argument("run", nargs="?", metavar="RUN", help="a run's id, its beginning, or its folder (newest)")
    parser.add_argument("--out-dir", metavar="DIR", help="where runs are (OUT_DIR; default ./autotrain)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write (default: report.html of the run)")
    return parser


def find(given: str | None, out_dir: str | None) -> paths.RunPaths:
    """The run that was named by its id or folder, else the newest. Raises UsageError."""
    if given and (os.sep in given or Path(given).is_dir()):
        folder = Path(os.path.abspath(os.path.expanduser(given)))
        if not folder.is_dir() or folder.parent.name != "runs":
            raise UsageError(f"{folder} is no run: a folder OUT_DIR/runs/<run_id> is needed.")
        return paths.RunPaths(folder)
    chosen = out_dir or os.environ.get("OUT_DIR")
    if not chosen:
        chosen = read_env_file(settings.PROJECT_ROOT / ".env").get("OUT_DIR")
    return paths.find_run(settings.out_path(chosen or settings.Settings.out_dir), given)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = make_parser().parse_args(argv)
    try:
        print(write_report(find(arguments.run, arguments.out_dir), arguments.output))
    except AutotrainError as error:
        print(f"report: error: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"report: error: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
