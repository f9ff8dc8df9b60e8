"""What came of a run in one sentence that anybody understands, and its four rows: from best.json and final.json. Pure.

The loop's last lines, --status, --list, the menu, the dashboard and the report say the same sentence.

    >>> from autotrain.evaluation import outcome
    >>> outcome.sentence({})
    'Not judged: no round has been compared with the base model.'
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from autotrain.display.values import dig, listing, mapping, number, percent, points, safe

MOST_ROWS = 4
NONE = "Not judged: no round has been compared with the base model."


def sentence(best: Mapping[str, Any]) -> str:
    """Better or not, by how much, and whether it may be luck, on the set of tasks that decides."""
    name = best.get("deciding_set")
    scores = mapping(dig(best, "sets", name)) if isinstance(name, str) else {}
    better, total = best.get("beats_base") is True, number(scores.get("total"))
    if "beats_base" not in best:
        return NONE
    if not total:
        return "It got better." if better else "Not shown to be better than the base model."
    before, after = _solved(scores, "base", total), _solved(scores, "best", total)
    told = f"of {total:.0f} new tasks the trained model solves {after}, the model before training {before}"
    if better and _by_score(best):
        return f"It scored higher: {told}; whether by luck was not asked."
    if better:
        return f"It got better: {told}; luck alone is no likely reason."
    delta = number(scores.get("delta")) or 0.0
    if delta > 0:
        return f"Not proven better: {told}; luck alone could do that."
    if delta == 0:
        return f"Not better: of {total:.0f} new tasks the trained model solves {after}, as many as the model before."
    return f"Not better: {told}."


def _by_score(best: Mapping[str, Any]) -> bool:
    decisions = [mapping(one) for one in listing(best.get("decisions"))]
    return any(one.get("round") == best.get("round") and one.get("policy") == "score" for one in decisions)


def _solved(scores: Mapping[str, Any], who: str, total: float) -> str:
    passed = number(dig(scores, who, "passed"))
    value = number(dig(scores, who, "value"))
    if passed is None and value is not None:
        passed = value * total
    return "an unknown number" if passed is None else f"{passed:.0f}"


class Row(NamedTuple):
    """One set of tasks: what it is, base model, best adapter, the change, and whether it may be luck."""

    tasks: str
    before: str
    after: str
    change: str
    sure: str


def rows(best: Mapping[str, Any], final: Mapping[str, Any]) -> list[Row]:
    """At most four sets: the one that decided first, then those opened once at the end, then the others."""
    deciding = best.get("deciding_set")
    found = [mapping(row) for row in listing(final.get("headline"))]
    if not found:
        found = [{"set": name, **mapping(scores)} for name, scores in mapping(best.get("sets")).items()]

    def rank(row: dict[str, Any]) -> int:
        if row.get("set") == deciding:
            return 0
        return 1 if row.get("set") == "exam" else 2 if row.get("opened_once") else 3

    return [_row(row) for row in sorted(found, key=rank)[:MOST_ROWS]]


def _row(row: dict[str, Any]) -> Row:
    name = safe(row.get("set"), 23)
    total = number(row.get("total"))
    interval, delta = listing(row.get("interval")), number(row.get("delta"))
    low, high = (number(interval[0]), number(interval[1])) if len(interval) == 2 else (None, None)
    sure = ""
    if delta and low is not None and high is not None:
        sure = "more than luck" if low > 0 or high < 0 else "may be luck"

    def of(who: str) -> str:
        if total is None:
            return percent(dig(row, who, "value"))
        return f"{percent(dig(row, who, 'value'))} ({_solved(row, who, total)}/{total:.0f})"

    return Row(name, of("base"), of("best"), points(delta), sure)


def table(found: list[Row]) -> list[str]:
    """The rows as lines of at most 80 columns."""
    lines = [Row("solved at the first try", "before", "after", "points", ""), *found]
    return [f"{r.tasks:<23.23} {r.before:>14} {r.after:>14} {r.change:>7}  {r.sure}".rstrip() for r in lines]
