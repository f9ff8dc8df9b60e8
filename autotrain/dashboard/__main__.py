"""The dashboard: watches a run in a terminal, live; or shows it once, as text or JSON.

    python -m autotrain.dashboard                     # the newest run of OUT_DIR, live
    python -m autotrain.dashboard --run ID --view 5   # one run (an id, its beginning, or a path)
    python -m autotrain.dashboard --once | --json     # one look, then out

Reads OUT_DIR/runs/<run_id>/; writes nothing (p and s ask `autotrain.loop.control`).
"""

import argparse
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from autotrain import cli
from autotrain.dashboard import frame, views
from autotrain.dashboard.export import as_json
from autotrain.dashboard.reader import RunReader
from autotrain.display.canvas import Look, text_of
from autotrain.errors import plain, say
from autotrain.jsonl import ascii_json
from autotrain.run import paths
from autotrain.run.event_log import Event

ONCE_HISTORY_S = 0.5  # how long one look reads back through a long log for its curves


def make_parser() -> argparse.ArgumentParser:
    parser = cli.Parser(prog="python -m autotrain.dashboard", description="Watch a run. Press ? for the keys.")
    parser.add_argument("--run", metavar="ID|PATH", help="a run's id, the beginning of one, or its folder (newest)")
    parser.add_argument("--out-dir", metavar="DIR", help="where runs are (OUT_DIR; default ./autotrain)")
    parser.add_argument(
        "--view",
        type=int,
        choices=range(1, len(frame.VIEWS) + 1),
        default=1,
        metavar="N",
        help="which view (default 1)",
    )
    parser.add_argument("--once", action="store_true", help="print the view once and end")
    parser.add_argument("--json", action="store_true", help="print what is known as one JSON object and end")
    parser.add_argument("--plain", action="store_true", help="lines of text without escape codes, a line an event")
    parser.add_argument("--ascii", action="store_true", help="only ASCII characters")
    return parser


def once(run: paths.RunPaths, arguments: argparse.Namespace) -> None:
    """Print one look at the run: colours only where a terminal shows them."""
    reader = RunReader(run)
    reader.refresh()
    reader.read_older(ONCE_HISTORY_S)
    if arguments.json:
        say(ascii_json(as_json(reader.snapshot), indent=2), answer=True)
        return
    screen = frame.Screen(view=arguments.view, look=Look(ascii_only=arguments.ascii))
    width = shutil.get_terminal_size((100, 24)).columns
    lines = frame.once(reader.snapshot, screen, width, reader.snapshot.recent)
    if arguments.plain or not shows_codes():
        text = plain(frame.plain_text(lines))
    else:
        from rich.console import Console

        from autotrain.display.terminal import Painter

        painter = Painter(Console(file=sys.stdout).color_system)
        text = "\n".join(painter.paint(line).rstrip() for line in lines) + "\n"
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))


def shows_codes() -> bool:
    """Whether stdout is a terminal that wants more than plain text."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in (None, "", "dumb")


def follow_plain(out_dir: Path, run: paths.RunPaths | None, arguments: argparse.Namespace) -> int:
    """One look, then a line an event until the run has ended: for pipes, NO_COLOR and screen readers."""
    if run is None:
        say(f"No run yet in {out_dir / 'runs'}; waiting for one.")
    while run is None:
        time.sleep(0.5)
        known = paths.runs(out_dir)
        run = known[-1] if known else None
    once(run, arguments)
    sys.stdout.buffer.flush()
    reader = RunReader(run)
    reader.refresh()
    health, seen = reader.snapshot.health(), _last(reader.snapshot.recent)
    while health in ("RUNNING", "PAUSED", "STOPPING", "STALLED", "PENDING"):
        time.sleep(0.5)
        reader.refresh()
        for event in reader.snapshot.recent:
            if _seq(event) > seen:
                line = views.event_line(event, 2000)
                say(
                    text_of(line).rstrip().encode("ascii" if arguments.ascii else "utf-8", "replace").decode(),
                    answer=True,
                )
        seen = max(seen, _last(reader.snapshot.recent))
        if reader.snapshot.health() != health:
            health = reader.snapshot.health()
            say(f"run {run.run_id}: {health}", answer=True)
        sys.stdout.flush()
    return 0


def _seq(event: Event) -> int:
    return event["seq"] if isinstance(event.get("seq"), int) else 0


def _last(events: Sequence[Event]) -> int:
    return max((_seq(event) for event in events), default=0)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = make_parser().parse_args(argv)
    return cli.run_command("dashboard", lambda: _show(arguments))


def _show(arguments: argparse.Namespace) -> int:
    out_dir, run = paths.find_given(arguments.run, arguments.out_dir)
    if arguments.once or arguments.json:
        once(run or paths.find_run(out_dir), arguments)
        return 0
    if arguments.plain or not shows_codes():
        return follow_plain(out_dir, run, arguments)
    from autotrain.dashboard.shell import Shell
    from autotrain.display.terminal import Terminal

    with Terminal() as terminal:
        return Shell(out_dir, run, Look(ascii_only=arguments.ascii), arguments.view).live(terminal)


if __name__ == "__main__":
    sys.exit(main())
