"""The headline of a finished run on the dashboard: each set of tasks with what it is. Pure."""

from typing import Any

from autotrain.dashboard.snapshot import Snapshot
from autotrain.display.canvas import Line, Span, rule, table, wrap
from autotrain.display.values import compact, count, dig, interval, listing, mapping, number, percent, points, safe
from autotrain.evaluation import outcome


def headline_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """Base and best adapter on every set, the suites opened at the end among them; nothing before that."""
    found = [mapping(row) for row in listing(snapshot.final.get("headline"))]
    if not found:
        return []
    rows = [_row(row) for row in found]
    header = ["tasks", "base", "95%", "best", "95%", "points", "95%", "+/-", "p", "of", "format"]
    lines = [rule(f"Headline · round {safe(snapshot.final.get('round'))}", width)]
    lines += [*wrap(outcome.sentence(snapshot.best), width, "title", most=3), *table(header, rows, width)]
    for row in found:
        lines += wrap(f"{safe(row.get('set'), 60)}: {safe(row.get('what'), 120)}", width, "dim", most=2)
    return lines + wrap(_answered_again(mapping(snapshot.final.get("aa"))), width, "dim", most=2)


def _row(row: dict[str, Any]) -> list[Span]:
    low = dig(row, "interval")
    better = isinstance(low, list) and bool(low) and (number(low[0]) or 0) > 0
    return [
        # Beside nine numbers only what tells the sets apart has room; the lines below give the names in full.
        (safe(row.get("set"), 60).rsplit(":", 1)[-1], "title" if row.get("opened_once") is True else ""),
        (percent(dig(row, "base", "value")), ""),
        (interval(dig(row, "base", "interval")), "dim"),
        (percent(dig(row, "best", "value")), "accent"),
        (interval(dig(row, "best", "interval")), "dim"),
        (points(row.get("delta")), "good" if better else ""),
        (interval(row.get("interval"), signed=True), "dim"),
        (f"{count(row.get('gained'))}/{count(row.get('lost'))}", ""),
        (compact(row.get("p_improved")), ""),
        (f"{count(row.get('total'))}/{count(row.get('tasks_in_set'))}", "dim"),
        (percent(dig(row, "format", "best", "value")), ""),
    ]


def _answered_again(aa: dict[str, Any]) -> str:
    return (
        f"A/A: of {count(aa.get('n'))} tasks answered again, {count(aa.get('differing'))} answers differ in the same "
        f"batches, {count(aa.get('differing_from_report'))} in others"
    )
