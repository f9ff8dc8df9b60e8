"""The views of the dashboard: a snapshot in, lines of text out. Pure; nothing is read or written.

    lines = overview(snapshot, width=80, height=22, look=Look())

Views 1 to 3 make use of the height they are given and may be longer than it (the shell scrolls).
"""

from autotrain.dashboard.snapshot import Snapshot, eta
from autotrain.display.canvas import Line, Look, chart, fit, pairs, rule, wrap
from autotrain.display.curve import smoothed
from autotrain.display.values import (
    DASH,
    clock,
    compact,
    count,
    dig,
    duration,
    interval,
    mapping,
    number,
    percent,
    points,
    safe,
)
from autotrain.evaluation import outcome
from autotrain.run.stages import SHORT

MARKS = {"completed": ("✓", "good"), "running": ("▶", "accent"), "failed": ("✗", "bad"), "stopped": ("■", "warn")}
HEALTH_STYLES = {"COMPLETED": "good", "RUNNING": "accent", "PAUSED": "warn", "STOPPING": "warn", "STOPPED": "warn"}
Item = tuple[str, str, str]


def overview(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """View 1: where the run stands."""
    lines = trouble(snapshot, width)
    lines += strip(snapshot, width, max(3, height // 3))
    stage_left, run_left = eta(snapshot)
    counters = mapping(snapshot.state.get("counters"))
    raw = counters.get("raw")
    items: list[Item] = [
        ("stage left", about(stage_left), ""),
        ("run left", about(run_left), ""),
        ("elapsed", duration(snapshot.elapsed()), ""),
        ("heartbeat", _ago(snapshot), ""),
        ("raw", count(raw), ""),
        ("clean", count(counters.get("clean")), ""),
        ("tested", count(counters.get("tested")) if "gate" in snapshot.stages() else DASH, ""),
        ("train / val", f"{count(counters.get('train'))} / {count(counters.get('val'))}", ""),
    ]
    if snapshot.state.get("current_stage") == "generate":
        wanted = snapshot.setting("SAMPLES_PER_ROUND")
        items.append(("this round", f"{count(snapshot.raw_rows)} of {count(wanted)}", "accent"))
    lines += [rule("Progress", width), *pairs(items, width, most=4)]
    lines += [rule("Best so far", width), *best_lines(snapshot, width)]
    newest = snapshot.latest_round()
    room = max(5, height - len(lines) - 1)
    lines.append(rule(f"Loss · round {newest}" if newest else "Loss", width, _step(snapshot)))
    return lines + loss_chart(snapshot, newest, width, room, look)


def trouble(snapshot: Snapshot, width: int) -> list[Line]:
    """What is wrong with the run or with its files, in red, or nothing."""
    health, texts = snapshot.health(), list(snapshot.problems)
    error = snapshot.last_error()
    if health == "DEAD":
        texts.insert(0, f"DEAD: process {snapshot.state.get('pid')} is gone. {error or 'It left no error.'}")
    elif health == "STALLED":
        texts.insert(0, f"STALLED: no heartbeat for {duration(snapshot.heartbeat_age())}.")
    elif health == "GONE":
        texts = [f"GONE: {snapshot.root} no longer exists."]
    elif health == "FAILED":
        texts.insert(0, f"FAILED: {error or 'no error was left'}")
    return [line for text in texts[:4] for line in wrap(safe(text), width, "bad", most=3)]


def strip(snapshot: Snapshot, width: int, most: int) -> list[Line]:
    """The stages over the rounds, each with its mark and time."""
    stages, rounds = snapshot.stages(), snapshot.round_numbers()
    current = number(snapshot.state.get("current_round"))
    shown = rounds
    if len(rounds) > most:
        middle = int(current) if current else 1
        first = min(max(0, middle - most + 1), len(rounds) - most)
        shown = rounds[first : first + most]
    label = 10 if width >= 60 else 5
    cell = (width - label) // max(1, len(stages))
    header: Line = [(" " * label, "")]
    for stage in stages:
        name = stage if cell > len(stage) else SHORT[stage]
        header += fit([(name, "dim")], cell)
    lines = [fit(header, width)]
    for round_number in ([0] if snapshot.stage(0, "evaluate") else []) + shown:
        name = "base" if round_number == 0 else f"round {round_number}" if label == 10 else f"r{round_number}"
        line: Line = fit([(f" {name}", "title" if round_number == current else "dim")], label)
        for stage in stages:
            if round_number == 0 and stage != "evaluate":
                line += fit([], cell)
                continue
            line += fit(_stage_cell(snapshot, round_number, stage, cell), cell)
        lines.append(fit(line, width))
    if snapshot.stage(0, "final"):
        lines.append(fit([(" final".ljust(label), "dim"), *_stage_cell(snapshot, 0, "final", cell)], width))
    if not rounds:
        lines.append(fit([(" no round has begun", "dim")], width))
    return lines


def _stage_cell(snapshot: Snapshot, round_number: int, stage: str, cell: int) -> Line:
    status = snapshot.stage(round_number, stage).get("status")
    mark, style = MARKS.get(status, ("·", "dim")) if isinstance(status, str) else ("·", "dim")
    if status == "running" and snapshot.health() not in ("RUNNING", "PAUSED", "STOPPING", "STALLED"):
        mark, style = "✗", "bad"  # the state says running, but nobody runs it
    seconds = duration(snapshot.stage_seconds(round_number, stage)) if mark != "·" else ""
    return [(mark, style), (f" {seconds}" if seconds != DASH and len(seconds) + 2 < cell else "", "")]


def best_lines(snapshot: Snapshot, width: int) -> list[Line]:
    """The best adapter beside the base model on the set that decides."""
    best = snapshot.best
    name = best.get("deciding_set")
    scores = mapping(dig(best, "sets", name)) if isinstance(name, str) else {}
    if not scores:
        base = _pass_at_1(snapshot, 0)
        known = f"base model {percent(base.get('value'))}; " if base else ""
        return [fit([(f" {known}no round has been judged yet", "dim")], width)]
    style = "good" if best.get("beats_base") is True else "warn"
    detail = (
        f"round {safe(best.get('round'))}: {points(scores.get('delta'))} points, 95% "
        f"{interval(scores.get('interval'), signed=True)}, {count(scores.get('gained'))} gained, "
        f"{count(scores.get('lost'))} lost, p = {compact(scores.get('p_improved'))}"
    )
    return wrap(outcome.sentence(best), width, style, most=2) + wrap(detail, width, "", most=2)


def _pass_at_1(snapshot: Snapshot, round_number: int, name: str | None = None) -> dict[str, object]:
    sets = mapping(dig(snapshot.reports.get(round_number), "sets"))
    chosen = name if name is not None else next(iter(sets), None)
    return mapping(dig(sets, chosen, "metrics", "pass@1"))


def loss_chart(snapshot: Snapshot, round_number: int | None, width: int, height: int, look: Look) -> list[Line]:
    curves = snapshot.curves.get(round_number) if round_number is not None else None
    if curves is None:
        return [fit([(" no training step yet", "dim")], width)]
    raw = curves.loss.points()
    series = [("loss", raw), ("smoothed", smoothed(raw)), ("validation", curves.validation_loss.points())]
    lines = chart(series, width, height, look, behind=True)
    if not snapshot.history_complete:
        lines.append(fit([(" older events are still being read", "dim")], width))
    return lines


def about(seconds: float | None) -> str:
    """How an estimate is written."""
    return DASH if seconds is None else f"about {duration(seconds)}"


def _ago(snapshot: Snapshot) -> str:
    if snapshot.health() not in ("RUNNING", "STALLED", "STOPPING", "PAUSED"):
        return clock(snapshot.state.get("heartbeat"))
    age = snapshot.heartbeat_age()
    return DASH if age is None else "now" if age < 10 else f"{duration(age)} ago"


def _step(snapshot: Snapshot) -> str:
    step, steps = dig(snapshot.state, "training", "step"), dig(snapshot.state, "training", "steps")
    return "" if number(step) is None else f"step {count(step)} of {count(steps)}"


def event_line(event: dict[str, object], width: int) -> Line:
    """One event: time, level, where, what."""
    level = event.get("level")
    style = {"error": "bad", "warning": "warn", "debug": "dim"}.get(level if isinstance(level, str) else "", "")
    where = f"r{event['round']}" if isinstance(event.get("round"), int) else ""
    place = " ".join(part for part in (where, safe(event.get("stage")) if event.get("stage") else "") if part)
    message = safe(event.get("message"), 500) if event.get("message") else _brief(event.get("data"))
    line: Line = [(f" {clock(event.get('ts'))} ", "dim")]
    if width >= 60:
        line += [(f"{safe(level)[:7]:<8}", style), (f"{place:<13.13} ", "dim")]
    return fit([*line, (safe(event.get("event"), 40) + " ", style or "key"), (message, style)], width)


def _brief(data: object) -> str:
    shown = []
    for key, value in mapping(data).items():
        if isinstance(value, (str, int, float, bool)):
            text = compact(value) if number(value) is not None else safe(value, 60)
            shown.append(f"{safe(key, 30)} {text}")
        if len(shown) == 10:
            break
    return "  ".join(shown)
