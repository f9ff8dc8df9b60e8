"""The answers that a report shows: 20 that passed and 20 that failed, with what was expected.

Reads eval/preds_*.jsonl beside the verdicts of the report; picks from all task types in turn.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from autotrain.display.values import dig, listing
from autotrain.report.facts import Facts, lines_of

SHOWN = 20


@dataclass(frozen=True)
class Answer:
    """One task, what the model answered, and what it should have."""

    verdict: dict[str, Any]
    row: dict[str, Any]


def choose(facts: Facts) -> tuple[int | None, list[Answer], list[Answer]]:
    """The round shown (the best adapter's, else the base) with passed and failed answers."""
    round_number = facts.best_round()
    if round_number is None or round_number not in facts.reports:
        round_number = max(facts.reports, default=None)
    if round_number is None:
        return None, [], []
    run = facts.run
    path = run.predictions(round_number) if round_number else run.base_predictions()
    verdicts = [v for v in listing(facts.reports[round_number].get("tasks")) if isinstance(v, dict) and v.get("judged")]
    passed = _in_turn([v for v in verdicts if v.get("passed") is True and not v.get("weak")])
    failed = _in_turn([v for v in verdicts if v.get("passed") is False])
    rows = _rows(path, {_key(v) for v in passed + failed})
    return round_number, _answers(passed, rows), _answers(failed, rows)


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return str(row.get("set")), str(row.get("id"))


def _in_turn(verdicts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most SHOWN, taken from all task types in turn, each task once."""
    by_type: dict[str, list[dict[str, Any]]] = {}
    for verdict in {_key(v): v for v in reversed(verdicts)}.values():
        by_type.setdefault(str(verdict.get("task_type")), []).insert(0, verdict)
    longest = max(map(len, by_type.values()), default=0)
    turns = [group[place] for place in range(longest) for _, group in sorted(by_type.items()) if place < len(group)]
    return turns[:SHOWN]


def _rows(path: Path, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines_of(path):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict) and _key(row) in wanted:
            found.setdefault(_key(row), row)
    return found


def _answers(verdicts: list[dict[str, Any]], rows: dict[tuple[str, str], dict[str, Any]]) -> list[Answer]:
    return [Answer(verdict, rows.get(_key(verdict), {})) for verdict in verdicts]


def expected(row: dict[str, Any]) -> str | None:
    """The reference answer of a task, or None."""
    found = dig(row, "task", "output")
    return found if isinstance(found, str) and found else None
