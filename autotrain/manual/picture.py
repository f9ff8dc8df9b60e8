"""The picture in the README: the dashboard of a real run beside the verdict of its report, as SVG.

Reads docs/run/<run_id> (a measured run's small files, without paths and single answers); writes docs/picture.svg.

    python -m autotrain.manual.picture              # draws it anew
    python -m autotrain.manual.picture --run DIR    # takes the files of that run first
"""

import argparse
import os
import shutil
import sys
import textwrap
import time
from collections.abc import Sequence
from html import escape
from pathlib import Path

import orjson
from rich.style import Style

from autotrain.config import settings
from autotrain.dashboard import frame
from autotrain.dashboard.reader import RunReader
from autotrain.dashboard.snapshot import Snapshot
from autotrain.display.canvas import STYLES, Line, width_of
from autotrain.display.values import when
from autotrain.jsonl import atomic_writer, read_json
from autotrain.report.facts import gather
from autotrain.report.verdict import Verdict, judge
from autotrain.run import paths

DOCS = settings.PROJECT_ROOT / "docs"
PICTURE = DOCS / "picture.svg"
COLUMNS, ROWS = 80, 24
CELL_X, CELL_Y = 8.2, 17  # pixels of a character
PAD, CARD, TOP = 14, 420, 44
TERMINAL = "#14171c"
PALETTE = {
    **{"": "#d7dae0", "dim": "#868e9c", "black": "#14171c", "white": "#ffffff", "red": "#ff8a80"},
    **{"green": "#5fd39a", "yellow": "#f0b95b", "cyan": "#6cc7e0", "magenta": "#e58fd0"},
}
TONES = {"good": ("#e8f5ee", "#1a7f4b"), "warn": ("#fdf3e0", "#9a6200"), "none": ("#eef0f3", "#626b7a")}
DROPPED = ("tasks",)  # of a report: each task's verdict


def kept_run() -> paths.RunPaths:
    """The run that the documentation is drawn from."""
    return paths.RunPaths(next(path for path in (DOCS / "run").iterdir() if path.is_dir()))


def keep(run: paths.RunPaths) -> None:
    """Take a run's small files in place of the one that was there."""
    for before in (DOCS / "run").iterdir():
        if before.is_dir():
            shutil.rmtree(before)
    names = ["state.json", "config.json", "best.json", "final.json", "eval/report_base.json"]
    names += [f"eval/{path.name}" for path in sorted(run.eval.glob("report_round_*.json"))]
    for name in names:
        document = {key: value for key, value in read_json(run.root / name).items() if key not in DROPPED}
        _write(run, name, orjson.dumps(document).decode() + "\n")
    _write(run, "events.jsonl", run.events.read_text(encoding="utf-8"))


def _write(run: paths.RunPaths, name: str, content: str) -> None:
    place = DOCS / "run" / run.run_id / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(content.replace(f"{run.root}/", ""), encoding="utf-8")


def in_utc() -> None:
    """From here on this process says times in UTC: the dashboard says them by the clock of the place."""
    os.environ["TZ"] = "UTC"
    time.tzset()


def seen(run: paths.RunPaths) -> Snapshot:
    """All that the dashboard knows of a run, at the moment of its last change."""
    reader = RunReader(run, clock=lambda: when(read_json(run.state)["updated"]) or 0.0)
    reader.refresh()
    while reader.read_older():
        pass
    return reader.snapshot


def draw(run: paths.RunPaths) -> str:
    """The picture as SVG."""
    lines = frame.render(seen(run), frame.Screen(), COLUMNS, ROWS)
    left = COLUMNS * CELL_X + 2 * PAD
    width, height = left + PAD + CARD, TOP + ROWS * CELL_Y + PAD
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">',
        f"<title>{escape(run.run_id)}: {escape(judge(gather(run)).headline)}</title>",
        "<style>.t{font:13.5px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}"
        ".s{font:13px system-ui,'Segoe UI',Helvetica,Arial,sans-serif}</style>",
        f'<rect width="{left:.0f}" height="{height}" rx="8" fill="{TERMINAL}"/>',
        _said("python -m autotrain.dashboard", PAD, 22, PALETTE["dim"]),
    ]
    for place, line in enumerate(lines):
        parts += _terminal_line(line, TOP + place * CELL_Y)
    parts += _card(judge(gather(run)), left + PAD, height)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _terminal_line(line: Line, y: float) -> list[str]:
    parts, column = [], 0
    for text, name in line:
        style, cells = Style.parse(STYLES[name] or "none"), width_of([(text, name)])
        ink = PALETTE["dim" if style.dim else style.color.name if style.color else ""]
        ground = PALETTE[style.bgcolor.name] if style.bgcolor else None
        if style.reverse:
            ink, ground = TERMINAL, PALETTE[""]
        x = PAD + column * CELL_X
        if ground:
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{cells * CELL_X:.1f}" height="{CELL_Y}" fill="{ground}"/>')
        shown = text.strip()
        if shown:
            x += width_of([(text[: len(text) - len(text.lstrip())], name)]) * CELL_X
            bold = ' font-weight="bold"' if style.bold else ""
            parts.append(
                f'<text class="t" x="{x:.1f}" y="{y + 13}" fill="{ink}"{bold} xml:space="preserve" '
                f'textLength="{width_of([(shown, name)]) * CELL_X:.1f}" lengthAdjust="spacingAndGlyphs">'
                f"{escape(shown)}</text>"
            )
        column += cells
    return parts


def _card(verdict: Verdict, x: float, height: float) -> list[str]:
    ground, edge = TONES[verdict.tone]
    parts = [
        f'<rect x="{x:.0f}" width="{CARD}" height="{height}" rx="8" fill="{ground}"/>',
        f'<rect x="{x:.0f}" width="6" height="{height}" rx="3" fill="{edge}"/>',
        _said("report.html", x + 24, 22, "#626b7a"),
    ]
    y = float(TOP + 22)
    for line in textwrap.wrap(verdict.headline, 36):
        parts.append(_said(line, x + 24, y, "#1d2129", ' style="font-size:20px;font-weight:650"'))
        y += 26
    told = (("By how much", verdict.by_how_much), ("How sure", verdict.how_sure), ("Usable", verdict.usable))
    for label, said in told:
        y += 10
        for place, line in enumerate([label, *textwrap.wrap(said, 60)] if said else []):
            parts.append(_said(line, x + 24, y, "#1d2129" if place else "#626b7a"))
            y += 18
    return parts


def _said(text: str, x: float, y: float, ink: str, more: str = "") -> str:
    return f'<text class="s" x="{x:.1f}" y="{y:.0f}" fill="{ink}"{more}>{escape(text)}</text>'


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Draw docs/picture.svg from the run in docs/run.")
    parser.add_argument("--run", type=Path, metavar="DIR", help="the folder of a run, whose small files are taken")
    arguments = parser.parse_args(argv)
    if arguments.run:
        keep(paths.RunPaths(arguments.run.resolve()))
    in_utc()
    with atomic_writer(PICTURE) as stream:
        stream.write(draw(kept_run()).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
