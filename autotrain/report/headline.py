"""The headline section of a report: every set of tasks, labelled for what it is. Pure."""

from typing import Any

from autotrain.display.values import DASH, compact, count, dig, interval, listing, mapping, percent, points
from autotrain.evaluation import bases, forced_choice
from autotrain.report.escape import text
from autotrain.report.facts import Facts
from autotrain.report.tables import cell, table
from autotrain.training.adapter_bits import adapter_bits_line

HEADER = [
    "tasks",
    "base by bits",
    "best base",
    "best adapter",
    "points",
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
        "A set that was opened once decided nothing; one that decided promotions flatters the winner. Below a figure "
        "stands its 95 % interval.</p>"
        + table(HEADER, [_row(row) for row in found], numeric_from=1)
        + f'<p class="soft">The adapter answered {count(aa.get("n"))} tasks again: in the same batches '
        f"{count(aa.get('differing'))} answers differed, in other batches {count(aa.get('differing_from_report'))}.</p>"
        + "".join(f"<p>{text(said)}.</p>" for said in _besides(facts))
    )


def _besides(facts: Facts) -> list[str]:
    """What quantisation costs, on which bits the adapter is better, and how the forced choice moved."""
    said: list[str | None] = []
    try:
        if facts.final.get("bases"):
            said.append(bases.cost_line(facts.final["bases"]))
        if facts.final.get("adapter_bits"):
            said.append(adapter_bits_line(facts.final["adapter_bits"]))
        choice = mapping(facts.final.get("forced_choice"))
        if choice.get("base") and choice.get("best"):
            said.append(forced_choice.line(choice["base"], choice["best"]))
    except (KeyError, TypeError, ValueError) as error:
        facts.problems.append(f"final.json is damaged: {error}")
    return [line for line in said if line]


def _bases(row: dict[str, Any]) -> str:
    forms = [form for form in listing(row.get("bases")) if isinstance(form, dict)]
    told = [f"{text(form.get('bits'))} bits {percent(dig(form, 'pass@1', 'value'))}" for form in forms]
    return "<br>".join(told) or DASH


def _with_interval(shown: str, between: str) -> str:
    """A finished cell with its 95 % interval below."""
    return shown.replace("</td>", f"<small>{text(between)}</small></td>")


def _row(row: dict[str, Any]) -> str:
    name = row.get("set")
    cells = [f"<td>{text(name)}<small>{text(row.get('what'))}</small></td>"]
    cells.append(f'<td class="n">{_bases(row)}</td>')
    for who in ("base", "best"):
        value = dig(row, who, "value")
        shown = cell(percent(value), key=f"headline|{name}|{who}", value=value)
        cells.append(_with_interval(shown, interval(dig(row, who, "interval"))))
    cells.append(_with_interval(cell(points(row.get("delta"))), interval(row.get("interval"), signed=True)))
    cells.append(cell(interval(row.get("interval_by_family"), signed=True)))
    cells.append(cell(f"{count(row.get('gained'))} / {count(row.get('lost'))}"))
    cells.append(cell(compact(row.get("p_improved"))))
    cells.append(cell(f"{count(row.get('total'))} of {count(row.get('tasks_in_set'))}"))
    formats = [dig(row, "format", who, "value") for who in ("base", "best")]
    cells.append(cell(" → ".join(percent(value) if value is not None else DASH for value in formats)))
    return f"<tr{' class=best' if row.get('opened_once') is True else ''}>{''.join(cells)}</tr>"
