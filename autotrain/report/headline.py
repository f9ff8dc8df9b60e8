"""The headline section of a report: every set of tasks, labelled for what it is. Pure."""

from typing import Any

from autotrain.display.values import DASH, compact, count, dig, interval, listing, mapping, percent, points
from autotrain.report.escape import text
from autotrain.report.facts import Facts
from autotrain.report.tables import cell, table

HEADER = [
    "tasks",
    "what they are",
    "base",
    "95 %",
    "best adapter",
    "95 %",
    "points",
    "95 %",
    "by family",
    "gained / lost",
    "p",
    "judged",
    "form kept",
]


def headline_section(facts: Facts) -> str:
    """What final.json says; a sentence where the run has not come so far."""
    found = [mapping(row) for row in listing(facts.final.get("headline"))]
    if not found:
        return '<p class="none">The suites kept for the end of the run have not been opened.</p>'
    aa = mapping(facts.final.get("aa"))
    return (
        f"<p>The adapter of round {text(facts.final.get('round'))} beside the base model. "
        "A set that was opened once decided nothing; one that decided promotions flatters the winner.</p>"
        + table(HEADER, [_row(row) for row in found], numeric_from=2)
        + f'<p class="soft">The adapter answered {count(aa.get("n"))} tasks again: in the same batches '
        f"{count(aa.get('differing'))} answers differed, in other batches {count(aa.get('differing_from_report'))}.</p>"
    )


def _row(row: dict[str, Any]) -> str:
    name = row.get("set")
    cells = [f"<td>{text(name)}</td>", f"<td>{text(row.get('what'))}</td>"]
    for who in ("base", "best"):
        value = dig(row, who, "value")
        cells.append(cell(percent(value), key=f"headline|{name}|{who}", value=value))
        cells.append(cell(interval(dig(row, who, "interval"))))
    cells.append(cell(points(row.get("delta"))))
    cells.append(cell(interval(row.get("interval"), signed=True)))
    cells.append(cell(interval(row.get("interval_by_family"), signed=True)))
    cells.append(cell(f"{count(row.get('gained'))} / {count(row.get('lost'))}"))
    cells.append(cell(compact(row.get("p_improved"))))
    cells.append(cell(f"{count(row.get('total'))} of {count(row.get('tasks_in_set'))}"))
    formats = [dig(row, "format", who, "value") for who in ("base", "best")]
    cells.append(cell(" → ".join(percent(value) if value is not None else DASH for value in formats)))
    return f"<tr{' class=best' if row.get('opened_once') is True else ''}>{''.join(cells)}</tr>"
