#!/usr/bin/env python3
"""Stage 03: only samples whose answer passes its own tests go on; the others say why not.

Everything runs in the sandbox. A sample is also refused where its tests pass on an empty
stub (vacuous) or give another verdict on a second run (flaky). Code without tests must
parse and import; text and reviews without code pass through. An interrupted gate goes on
where it stopped when it is started again.

    python scripts/03_unit_test_gate.py --input clean.jsonl --output tested.jsonl --rejects rejects.jsonl
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import Stopped


def make_parser() -> argparse.ArgumentParser:
    """The stage's own flags; those of the settings come from the table."""
    parser = cli.stage_parser(__doc__, settings.of_stage("gate"))
    parser.add_argument("--input", type=Path, required=True, metavar="F", help="clean samples")
    parser.add_argument("--output", type=Path, required=True, metavar="F", help="the samples that go on")
    parser.add_argument("--rejects", type=Path, metavar="F", help="the others, each with its reason")
    parser.add_argument("--no-vacuity", action="store_true", help="keep tests that pass on an empty stub")
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    """Gate one file; returns the summary."""
    cli.keep_apart([arguments.input], [arguments.output, arguments.rejects])
    from autotrain.jsonl import count_rows
    from autotrain.tasks.gate import gate_file

    with context.progress("gate", count_rows(arguments.input), unit="sample") as step:

        def advance(samples: int) -> None:
            step(samples)
            if context.stop_requested():
                raise Stopped("stopped on request; what is decided is kept, start it again to go on.")

        counts, tier = gate_file(
            arguments.input,
            arguments.output,
            arguments.rejects,
            sandbox_mode=context.settings.sandbox,
            packages=context.sandbox_packages,
            workers=context.workers,
            vacuity=not arguments.no_vacuity,
            advance=advance,
        )
    figures = counts.as_dict()
    context.say(_table(figures, tier))
    context.emit("gated", f"{counts.read - counts.rejected} of {counts.read} samples go on", tier=tier, **figures)
    return {"stage": "gate", **figures, "sandbox": tier, "output": str(arguments.output)}


def _table(figures: dict[str, Any], tier: str) -> str:
    lines = [f"gate ({tier}): {figures['read']} read, {figures['rejected']} rejected"]
    for name in ("passed", "imported", "not_applicable"):
        lines.append(f"  {name:<24}{figures[name]:>6}")
    for reason, count in figures["reasons"].items():
        lines.append(f"  rejected: {reason:<14}{count:>6}")
    if figures["weak"]:
        lines.append(f"  of the passes, {figures['weak']} are weak: their tests ran in the program's own process")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(cli.main("gate", make_parser(), work))
