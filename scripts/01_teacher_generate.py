#!/usr/bin/env python3
"""Stage 01: ask the teacher for exactly N training samples.

Appends accepted samples to --output and refused ones, with reasons, to --rejects. Every
paid answer goes to a ledger beside the output, so the same command goes on where it was
stopped and pays nothing twice. Reads OPENAI_API_KEY and OPENAI_BASE_URL from the
environment or .env.

    python scripts/01_teacher_generate.py --output raw.jsonl --samples 50 --teacher builtin
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import AutotrainError


def make_parser() -> argparse.ArgumentParser:
    parser = cli.stage_parser(__doc__, settings.of_stage("generate"))
    parser.add_argument("--output", type=Path, required=True, metavar="F", help="accepted samples are appended here")
    parser.add_argument("--rejects", type=Path, metavar="F", help="refused samples (default: beside the output)")
    parser.add_argument("--focus", type=cli.existing_file, metavar="F", help="train-side failures of the last round")
    parser.add_argument("--exam", type=Path, metavar="F", help="write exam tasks here, unless the file is there")
    parser.add_argument("--selection", type=Path, metavar="F", help="write selection tasks here, the same way")
    parser.add_argument(
        "--adapter", type=Path, metavar="DIR", help="who answers for `self` or STUDENT_SAMPLES (default: base)"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what it will cost, ask nobody, write nothing")
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    from autotrain.teacher import forecast, stage
    from autotrain.teacher.focus import read_focus
    from autotrain.teacher.output import Output, rejects_beside

    if arguments.dry_run:
        return forecast.told(context, arguments.output)
    _keep_back("exam", arguments.exam, context.settings.exam_tasks, context)
    _keep_back("selection", arguments.selection, context.settings.selection_tasks, context)
    wanted = context.settings.samples_per_round
    rejects = arguments.rejects or rejects_beside(arguments.output)
    focus = read_focus(arguments.focus)
    with Output(arguments.output, rejects) as output:
        already = output.accepted
        stage.refuse_surplus(output, wanted)
        generate = stage.teacher_of(context.settings.teacher_model, arguments.adapter, _server_of(context))
        try:
            with context.progress("samples", wanted, already, unit="sample") as advance:
                report = generate(output, wanted, focus, context, advance)
        except AutotrainError:
            context.say(stage.waterfall(stage.summarise(output, wanted, already, {}, context)))
            raise
        summary = stage.summarise(output, wanted, already, report, context)
    context.say(stage.waterfall(summary))
    context.emit("generated", stage.waterfall(summary), **summary)
    return summary


def _server_of(context: cli.Context) -> Any:
    """The server of SELF_ENDPOINT, or None."""
    import os

    from autotrain.config import credentials

    named = credentials.model_at(context.settings.self_endpoint, "SELF_ENDPOINT")
    if named is None:
        return None
    from autotrain.endpoint import Endpoint

    allowed = credentials.for_address(named[1], os.environ, settings.PROJECT_ROOT / ".env", wording=credentials.OF_SELF)
    return Endpoint(named[1], named[0], context.settings, credentials=allowed, say=context.say)


def _keep_back(part: str, path: Path | None, count: int, context: cli.Context) -> None:
    """Draw the run's exam or selection tasks, once: every report of a run is on the same ones."""
    from autotrain.jsonl import write_rows
    from autotrain.run.events import utc_now
    from autotrain.teacher.builtin.exam import draw

    if path is None or count == 0 or path.is_file():
        return
    rows = draw(part, count, seed=context.settings.seed, timestamp=utc_now())
    write_rows(path, rows)
    context.say(f"generate: {len(rows)} {part} tasks, of families that are never trained on")


if __name__ == "__main__":
    sys.exit(cli.main("generate", make_parser(), work))
