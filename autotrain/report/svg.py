"""Charts of a report as inline SVG: loss curves, and scores with their intervals. Pure; texts are escaped."""

import math
from collections.abc import Sequence

from autotrain.display.curve import Point
from autotrain.display.values import compact, percent
from autotrain.report.escape import text

WIDTH = 1000
SERIES_COLOURS = 6  # classes s0 to s5 of the style sheet


def curves(series: Sequence[tuple[str, int, bool, Sequence[Point]]], title: str) -> str:
    """Lines of (name, colour, dashed, points) over steps; colour -1 is the muted one."""
    drawn = [row for row in series if row[3]]
    if not drawn:
        return '<p class="none">No training step was recorded.</p>'
    xs = [x for *_, points in drawn for x, _ in points]
    ys = [y for *_, points in drawn for _, y in points]
    first, last, low, high = min(xs), max(xs), min(min(ys), 0.0), max(ys)
    left, right, top, bottom, height = 60, 20, 14, 34, 320
    spread_x, spread_y = (last - first) or 1.0, (high - low) or 1.0

    def place(point: Point) -> str:
        x = left + (point[0] - first) / spread_x * (WIDTH - left - right)
        y = top + (high - point[1]) / spread_y * (height - top - bottom)
        return f"{x:.1f},{y:.1f}"

    parts = [f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{text(title)}">']
    for tick in ticks(low, high):
        y = top + (high - tick) / spread_y * (height - top - bottom)
        parts.append(f'<line class="grid" x1="{left}" x2="{WIDTH - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{compact(tick)}</text>')
    for tick in ticks(first, last):
        x = left + (tick - first) / spread_x * (WIDTH - left - right)
        parts.append(f'<text class="tick" x="{x:.1f}" y="{height - 12}" text-anchor="middle">{compact(tick)}</text>')
    parts.append(f'<text class="tick" x="{left - 8}" y="{height - 12}" text-anchor="end">step</text>')
    for name, colour, dashed, points in drawn:
        kind = f"line {_colour(colour)}" + (" dashed" if dashed else "")
        label = f"<title>{text(name)}: {compact(points[-1][1])} at step {compact(points[-1][0])}</title>"
        parts.append(f'<polyline class="{kind}" points="{" ".join(map(place, points))}">{label}</polyline>')
        if dashed or len(points) == 1:
            for point in points:
                x, y = place(point).split(",")
                parts.append(f'<circle class="dot {_colour(colour)}" cx="{x}" cy="{y}" r="3.5"/>')
    return "".join(parts) + "</svg>" + legend([(name, colour, dashed) for name, colour, dashed, _ in drawn])


def _colour(place: int) -> str:
    return f"s{place % SERIES_COLOURS}" if place >= 0 else "muted"


def legend(entries: Sequence[tuple[str, int, bool]]) -> str:
    items = "".join(
        f'<li class="{_colour(colour)}{" dashed" if dashed else ""}"><i></i>{text(name)}</li>'
        for name, colour, dashed in entries
    )
    return f'<ul class="legend">{items}</ul>'


def scores(rows: Sequence[tuple[str, float, float, float, bool]], title: str) -> str:
    """(name, low, value, high, marked): a dot with its interval for each, on a scale of shares."""
    if not rows:
        return ""
    left, right, step, top = 165, 90, 30, 12  # room for the larger letters of a narrow screen
    height = top + step * len(rows) + 26
    most = min(1.0, max(0.05, max(high for *_, high, _ in rows) * 1.08))
    scale = (WIDTH - left - right) / most
    parts = [f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{text(title)}">']
    for tick in ticks(0.0, most):
        x = left + tick * scale
        parts.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{height - 22}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{height - 6}" text-anchor="middle">{percent(tick, 0)}</text>')
    for place, (name, low, value, high, marked) in enumerate(rows):
        y = top + step * place + step / 2
        kind = "s2" if marked else "s0" if place else "muted"
        parts.append(f'<text class="name" x="{left - 12}" y="{y + 5:.1f}" text-anchor="end">{text(name)}</text>')
        parts.append(
            f'<line class="whisker {kind}" x1="{left + low * scale:.1f}" x2="{left + high * scale:.1f}" '
            f'y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(f'<circle class="dot {kind}" cx="{left + value * scale:.1f}" cy="{y:.1f}" r="6"/>')
        end = left + high * scale + 8
        parts.append(f'<text class="name" x="{end:.1f}" y="{y + 5:.1f}">{percent(value)}</text>')
    return "".join(parts) + "</svg>"


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round numbers from low to high, about `wanted` of them."""
    spread = high - low
    if spread <= 0:
        return [low]
    raw = spread / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((power * factor for factor in (1, 2, 5) if power * factor >= raw), power * 10)
    first = math.ceil(low / step - 1e-9)
    return [round(place * step, 12) for place in range(first, math.floor(high / step + 1e-9) + 1)]
