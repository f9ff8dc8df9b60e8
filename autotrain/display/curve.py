"""Curves: points gathered in bounded memory, and drawn as braille or ASCII characters.

curve = Curve(); curve.add(step, loss)
lines = draw([curve.points()], width=60, height=8, log=False, ascii_only=False)
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]
# Dots of a braille cell by column (0, 1) and row (0 at the top).
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


class Curve:
    """y by x, at most `limit` points: when full, every second one is dropped, the newest always kept."""

    def __init__(self, limit: int = 2000) -> None:
        self._limit, self._values = limit, {}
        self._values: dict[float, float]

    def add(self, x: float, y: float) -> None:
        self._values[x] = y
        if len(self._values) > self._limit:
            keys = sorted(self._values)
            for key in keys[1:-1:2]:
                del self._values[key]

    def add_older(self, x: float, y: float) -> None:
        """A point read later from further back: what is known already is newer and stays."""
        if x not in self._values:
            self.add(x, y)

    def points(self) -> list[Point]:
        return sorted(self._values.items())

    def __len__(self) -> int:
        return len(self._values)


def smoothed(points: Sequence[Point]) -> list[Point]:
    """The points with each y as the mean of those so far, the older the less: a tenth of them counts, five at least.

    An exponential moving average whose weights add up to one from the first point on (the bias correction of Adam).
    """
    kept = 1 - 2 / (max(5, len(points) // 10) + 1)
    found, total, weight = [], 0.0, 0.0
    for x, y in points:
        total, weight = kept * total + (1 - kept) * y, kept * weight + (1 - kept)
        found.append((x, total / weight))
    return found


@dataclass(frozen=True)
class Drawing:
    """A drawn chart: rows of (text, index of the series or -1) runs, and the ranges shown."""

    rows: list[list[tuple[str, int]]]
    low: float
    high: float
    first: float
    last: float


def draw(series: Sequence[Sequence[Point]], width: int, height: int, *, log: bool, ascii_only: bool) -> Drawing | None:
    """The series on one canvas of characters; None where there is nothing to draw or no room."""
    shown = [[(x, _scaled(y, log)) for x, y in points if not log or y > 0] for points in series]
    everything = [point for points in shown for point in points]
    if not everything or width < 2 or height < 1:
        return None
    columns, rows = (width, height) if ascii_only else (width * 2, height * 4)
    first, last = min(x for x, _ in everything), max(x for x, _ in everything)
    low, high = min(y for _, y in everything), max(y for _, y in everything)
    spread_x, spread_y = (last - first) or 1.0, (high - low) or 1.0
    cells: dict[tuple[int, int], int] = {}
    owner: dict[tuple[int, int], int] = {}

    def dot(column: int, row: int, index: int) -> None:
        if ascii_only:
            key, bit = (column, row), 1
        else:
            key, bit = (column // 2, row // 4), _DOTS[column % 2][row % 4]
        cells[key] = cells.get(key, 0) | bit
        owner[key] = index

    for index, points in enumerate(shown):
        spans: dict[int, list[int]] = {}
        before: tuple[int, int] | None = None
        for x, y in points:
            column = round((x - first) / spread_x * (columns - 1))
            row = round((high - y) / spread_y * (rows - 1)) if high > low else rows // 2
            if before is not None and column > before[0]:  # a straight line from the last point
                for step in range(before[0], column + 1):
                    share = (step - before[0]) / (column - before[0])
                    _widen(spans, step, round(before[1] + (row - before[1]) * share))
            else:
                _widen(spans, column, row)
            before = column, row
        previous: list[int] | None = None
        for column in sorted(spans):
            top, bottom = spans[column]
            if previous is not None:  # no gaps where the line is steep
                top, bottom = min(top, previous[1] + 1), max(bottom, previous[0] - 1)
            previous = spans[column]
            for row in range(top, bottom + 1):
                dot(column, row, index)

    marks = "*o+x#"
    lines: list[list[tuple[str, int]]] = []
    for row in range(height):
        runs: list[tuple[str, int]] = []
        for column in range(width):
            bits = cells.get((column, row))
            index = owner.get((column, row), -1)
            character = " " if bits is None else marks[index % len(marks)] if ascii_only else chr(0x2800 + bits)
            if runs and runs[-1][1] == index:
                runs[-1] = (runs[-1][0] + character, index)
            else:
                runs.append((character, index))
        lines.append(runs)
    return Drawing(lines, _unscaled(low, log), _unscaled(high, log), first, last)


def _widen(spans: dict[int, list[int]], column: int, row: int) -> None:
    span = spans.setdefault(column, [row, row])
    span[0], span[1] = min(span[0], row), max(span[1], row)


def _scaled(y: float, log: bool) -> float:
    return math.log10(y) if log else y


def _unscaled(y: float, log: bool) -> float:
    return 10**y if log else y
