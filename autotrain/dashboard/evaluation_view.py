"""View 5 of the dashboard: rounds against the base, then every setting with its source. Pure."""

from typing import Any

from autotrain.dashboard.headline_view import headline_lines
from autotrain.dashboard.snapshot import Snapshot
from autotrain.dashboard.views import answer_lines, best_lines, trouble
from autotrain.display.canvas import Line, Look, Span, fit, rule, table, wrap
from autotrain.display.values import (
    DASH,
    compact,
    count,
    dig,
    duration,
    interval,
    listing,
    mapping,
    number,
    percent,
    points,
    safe,
)


def evaluation(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """View 5; as long as it needs to be."""
    lines = trouble(snapshot, width)
    names = _set_names(snapshot)
    if not names:
        lines += [rule("Evaluation", width), fit([(" nothing has been evaluated yet", "dim")], width)]
    lines += headline_lines(snapshot, width)
    for name in names:
        lines += [rule(f"pass@1 on {safe(name)}", width), *_scores(snapshot, name, width)]
    if names:
        lines += [rule("Best so far", width), *best_lines(snapshot, width)]
    for decision in snapshot.decisions()[-3:]:
        lines += wrap(f"round {safe(decision.get('round'))}: {safe(decision.get('reason'))}", width, "dim", most=3)
    if snapshot.last_answer:
        lines += [rule("Newest answer", width), *answer_lines(snapshot, width, 12)]
    for name in names:
        lines += _breakdown(snapshot, name, "by_level", "level", width)
        lines += _breakdown(snapshot, name, "by_task_type", "task type", width)
    return lines + settings_lines(snapshot, width)


def _set_names(snapshot: Snapshot) -> list[str]:
    names: dict[str, None] = {}
    for report in snapshot.reports.values():
        names.update(dict.fromkeys(str(name) for name in mapping(report.get("sets"))))
    return list(names)


def _metrics(snapshot: Snapshot, round_number: int, name: str) -> dict[str, Any]:
    return mapping(dig(snapshot.reports[round_number], "sets", name, "metrics"))


def model_name(round_number: int) -> str:
    return "base" if round_number == 0 else f"round {round_number}"


def _scores(snapshot: Snapshot, name: str, width: int) -> list[Line]:
    decisions = {decision.get("round"): decision for decision in snapshot.decisions()}
    deciding = snapshot.best.get("deciding_set") == name
    rows: list[list[Span]] = []
    for round_number in sorted(snapshot.reports):
        metrics = _metrics(snapshot, round_number, name)
        if not metrics:
            continue
        score = mapping(metrics.get("pass@1"))
        decision = decisions.get(round_number) if deciding else None
        promoted = dig(decision, "promoted") is True
        verdict = safe(dig(decision, "verdict")) if decision else DASH
        rows.append(
            [
                (model_name(round_number), "title" if round_number == snapshot.best.get("round") else ""),
                (percent(score.get("value")), "accent"),
                (interval(score.get("interval")), ""),
                (f"{count(score.get('passed'))}/{count(score.get('n'))}", ""),
                (verdict, "good" if promoted else "warn" if decision else "dim"),
                (points(dig(decision, "delta")), ""),
                (compact(dig(decision, "p_value")), ""),
                (safe(dig(decision, "against")) if decision else DASH, "dim"),
                (percent(dig(metrics, "format_compliance", "value")), ""),
                (percent(dig(metrics, "truncation", "value")), ""),
                (duration(dig(snapshot.reports[round_number], "timing", "generation_s")), ""),
            ]
        )
    header = ["model", "pass@1", "95%", "passed", "verdict", "points", "p", "against", "format", "cut off", "time"]
    return table(header, rows, width) if rows else [fit([(f" {DASH}", "dim")], width)]


def _breakdown(snapshot: Snapshot, name: str, key: str, title: str, width: int) -> list[Line]:
    tables = {n: mapping(_metrics(snapshot, n, name).get(key)) for n in sorted(snapshot.reports)}
    types = sorted({str(kind) for found in tables.values() for kind in found})
    shown = [n for n in tables if tables[n]]
    shown = shown[:1] + shown[1:][-max(1, (width - 32) // 10) :]  # the base, then the newest rounds
    if not types or not shown:
        return []
    rows: list[list[Span]] = []
    for kind in types:
        first = number(dig(tables[shown[0]], kind, "value"))
        row: list[Span] = [(safe(kind, 40), ""), (count(dig(tables[shown[0]], kind, "n")), "dim")]
        for n in shown:
            value = number(dig(tables[n], kind, "value"))
            better = value is not None and first is not None and value > first
            worse = value is not None and first is not None and value < first
            row.append((percent(value), "good" if better else "warn" if worse else ""))
        rows.append(row)
    header = [title, "tasks", *(model_name(n) for n in shown)]
    return [rule(f"By {title} · {safe(name)}", width), *table(header, rows, width)]


def settings_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """Every setting with the place its value came from."""
    settings = mapping(snapshot.config.get("settings"))
    if not settings:
        return [rule("Settings", width), fit([(f" {DASH}", "dim")], width)]
    rows: list[list[Span]] = []
    for name, entry in settings.items():
        source = safe(dig(entry, "source"), 80)
        style = "dim" if source == "default" else "accent"
        rows.append([(safe(name, 40), ""), (safe(dig(entry, "value"), 60), style), (source, "dim")])
    lines = [rule("Settings", width), *table(["setting", "value", "source"], rows, width, flexible=1)]
    for note in listing(snapshot.config.get("substitutions")):
        text = f"{safe(dig(note, 'setting'))}: {safe(dig(note, 'to'))} in place of {safe(dig(note, 'from'))}"
        lines += wrap(f"{text}, because {safe(dig(note, 'reason'))}", width, "dim", most=2)
    return lines
