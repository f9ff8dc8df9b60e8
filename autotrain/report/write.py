"""Writes `report.html` of a run: one file to send on, that needs no network and runs no script.

    python -m autotrain.report [RUN] [--out-dir DIR] [--output FILE]

Reads the run's files; writes OUT_DIR/runs/<run_id>/report.html and prints its path.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from autotrain import cli
from autotrain.errors import say
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
    parser = cli.Parser(prog="python -m autotrain.report", description="Write report.html of a run.")
    parser.add_argument("run", nargs="?", metavar="RUN", help="a run's id, its beginning, or its folder (newest)")
    parser.add_argument("--out-dir", metavar="DIR", help="where runs are (OUT_DIR; default ./autotrain)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="where to write (default: report.html of the run)")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    arguments = make_parser().parse_args(argv)

    def write() -> int:
        out_dir, run = paths.find_given(arguments.run, arguments.out_dir)
        say(str(write_report(run or paths.find_run(out_dir), arguments.output)), answer=True)
        return 0

    return cli.run_command("report", write)


if __name__ == "__main__":
    sys.exit(main())
