"""Lines of styled text and how they are fitted, set side by side and framed. Pure.

A line is a list of (text, style) spans; a style is a name of STYLES. Widths are those of a
terminal's cells, so that wide characters are cut and padded rightly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells, set_cell_size

from autotrain.display.curve import Point, draw
from autotrain.display.values import compact

Span = tuple[str, str]
Line = list[Span]

# Colours of the terminal's own palette, so that light and dark themes both stay readable.
STYLES = {
    "": "",
    "title": "bold",
    "dim": "dim",
    "key": "cyan",
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "accent": "bold cyan",
    "bar": "reverse",
    "bar-good": "bold black on green",
    "bar-bad": "bold white on red",
    "bar-warn": "bold black on yellow",
    "line0": "cyan",
    "line1": "magenta",
    "line2": "green",
}
_ASCII = {
    "–": "-", "—": "-", "…": "~", "│": "|", "─": "-", "█": "#", "░": ".", "✓": "+", "✗": "x", "●": "*", "○": "o",
    "▶": ">", "⏸": "=", "■": "#", "·": ".", "→": ">", "▲": "^", "▼": "v", "⏎": "/", "±": "+", "×": "x", "▪": "*",
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """How to draw: with which characters, on which scale."""

    ascii_only: bool = False
    log_scale: bool = False


def width_of(line: Line) -> int:
    return sum(cell_len(text) for text, _ in line)


def fit(line: Line, width: int) -> Line:
    """The line at exactly `width` cells: padded, or cut with an ellipsis."""
    result: Line = []
    left = width
    for text, style in line:
        cells = cell_len(text)
        if cells <= left:
            result.append((text, style))
            left -= cells
            continue
        if left > 0:
            result.append((set_cell_size(text, left - 1) + "…", style))
        elif result:
            last, last_style = result[-1]
            result[-1] = (set_cell_size(last, max(0, cell_len(last) - 1)) + "…", last_style)
        return result
    if left:
        result.append((" " * left, ""))
    return result


def text_of(line: Line) -> str:
    return "".join(text for text, _ in line)


def to_ascii(line: Line) -> Line:
    """The same line in ASCII, cell for cell."""
    return [(text if text.isascii() else "".join(_ascii(c) for c in text), style) for text, style in line]


def _ascii(character: str) -> str:
    return character if character.isascii() else _ASCII.get(character, "?" * cell_len(character))


def rule(title: str, width: int, note: str = "") -> Line:
    """A titled line that opens a section, with a note at its right end where it fits."""
    line: Line = [("─ ", "dim"), (title, "title"), (" ", "")]
    room = width - width_of(line)
    if note and cell_len(note) + 4 <= room:
        dashes = room - cell_len(note) - 3
        return fit([*line, ("─" * dashes, "dim"), (f" {note} ", "dim"), ("─", "dim")], width)
    return fit([*line, ("─" * max(0, room), "dim")], width)


def wrap(text: str, width: int, style: str = "", *, most: int = 1000, indent: int = 1) -> list[Line]:
    """The text on as many indented lines as it needs, at most `most`, the last one cut."""
    room = width - indent
    if room < 2:
        return []
    lines: list[str] = []
    current = ""
    for word in text.split():
        if current and cell_len(current) + 1 + cell_len(word) <= room:
            current += " " + word
            continue
        if current:
            lines.append(current)
        *whole, current = chop_cells(word, room) if cell_len(word) > room else [word]
        lines += whole
    lines.append(current)
    shown = lines[:most]
    if len(lines) > most:
        shown[-1] += " …"
    return [fit([(" " * indent, ""), (line, style)], width) for line in shown]


def beside(left: Sequence[Line], right: Sequence[Line], left_width: int, right_width: int) -> list[Line]:
    """Two blocks next to each other, two cells apart."""
    height = max(len(left), len(right))
    padded_left = [*left, *([[]] * (height - len(left)))]
    padded_right = [*right, *([[]] * (height - len(right)))]
    return [
        fit(a, left_width) + [("  ", "")] + fit(b, right_width) for a, b in zip(padded_left, padded_right, strict=True)
    ]


def pairs(items: Sequence[tuple[str, str, str]], width: int, *, least: int = 24, most: int = 4) -> list[Line]:
    """(name, value, style) in as many columns as fit, read downward."""
    if not items:
        return []
    name_width = min(max(cell_len(name) for name, _, _ in items) + 1, max(6, width // 2))
    value_width = max(cell_len(value) for _, value, _ in items)
    columns = max(1, min(most, width // max(least, min(name_width + value_width + 2, width))))
    cell = width // columns
    rows = -(-len(items) // columns)
    lines: list[Line] = []
    for row in range(rows):
        line: Line = []
        for column in range(columns):
            place = column * rows + row
            if place < len(items):
                name, value, style = items[place]
                line += fit([(" ", ""), *fit([(name, "dim")], name_width), (value, style)], cell)
        lines.append(fit(line, width))
    return lines


def table(header: Sequence[str], rows: Sequence[Sequence[Span]], width: int, *, flexible: int = 0) -> list[Line]:
    """Columns as wide as their content; the flexible one gives way, then the last ones are left out."""
    every = [[(cell, "dim") for cell in header], *rows]
    widths = [max(cell_len(row[place][0]) for row in every) for place in range(len(header))]
    while len(widths) > 1 and sum(widths) + 2 * len(widths) > width:
        surplus = sum(widths) + 2 * len(widths) - width
        if widths[flexible] - surplus >= 8:
            widths[flexible] -= surplus
            break
        widths.pop()
        if flexible >= len(widths):
            flexible = 0
    lines: list[Line] = []
    for row in every:
        line: Line = []
        for place, cell_width in enumerate(widths):
            line += [(" ", ""), *fit([row[place]], cell_width), (" ", "")]
        lines.append(fit(line, width))
    return lines


def bar(share: float | None, width: int, style: str = "good") -> Line:
    """A horizontal bar; empty where the share is not known."""
    filled = 0 if share is None else round(min(max(share, 0.0), 1.0) * width)
    return [("█" * filled, style), ("░" * (width - filled), "dim")]


def chart(
    series: Sequence[tuple[str, Sequence[Point]]], width: int, height: int, look: Look, *, behind: bool = False
) -> list[Line]:
    """Curves with the range at the left and the first and last x below; one line of words where nothing is known.

    `behind`: the first series is drawn dim, behind the others.
    """

    def style(index: int) -> str:
        return "dim" if behind and index == 0 else f"line{(index - behind) % 3}"

    body = max(1, height - 1)
    drawing = draw([points for _, points in series], width - 9, body, log=look.log_scale, ascii_only=look.ascii_only)
    if drawing is None:
        return [fit([("  no values yet", "dim")], width)]
    labels = {0: compact(drawing.high), body - 1: compact(drawing.low)} if body > 1 else {0: compact(drawing.high)}
    lines: list[Line] = []
    for place, runs in enumerate(drawing.rows):
        line: Line = [(f"{labels.get(place, ''):>7} ", "dim"), ("│", "dim")]
        line += [(text, style(index) if index >= 0 else "") for text, index in runs]
        lines.append(fit(line, width))
    legend: Line = [(f"{compact(drawing.first):>9}", "dim"), (" ", "")]
    for index, (name, points) in enumerate(series):
        if points:
            legend += [("▪ ", style(index)), (f"{name} {compact(points[-1][1])}  ", "dim")]
    if look.log_scale:
        legend.append(("log scale", "dim"))
    end = compact(drawing.last)
    room = width - width_of(legend) - cell_len(end)
    if height > 1:
        lines.append(fit([*legend, (" " * room, ""), (end, "dim")] if room > 0 else legend, width))
    return lines
