"""The views of the dashboard: a snapshot in, lines of text out. Pure; nothing is read or written.

    lines = overview(snapshot, width=80, height=22, look=Look())

Views 1 to 3 make use of the height they are given and may be longer than it (the shell scrolls).
"""

import orjson

from autotrain.dashboard.snapshot import Snapshot, eta
from autotrain.display.canvas import Line, Look, beside, chart, fit, pairs, rule, wrap
from autotrain.display.curve import smoothed
from autotrain.display.values import (
    DASH,
    clock,
    compact,
    count,
    dig,
    dollars,
    duration,
    interval,
    mapping,
    number,
    percent,
    points,
    safe,
    size,
)
from autotrain.evaluation import outcome
from autotrain.run import commands
from autotrain.run.stages import SHORT
from autotrain.run.standing import ENDED

MARKS = {"completed": ("✓", "good"), "running": ("▶", "accent"), "failed": ("✗", "bad"), "stopped": ("■", "warn")}
WIDE = 140  # columns from which on the overview has two of its own
EVENTS_WIDE = 100  # columns from which on an event's level has a word
STEP_WORDS = {"loss": "loss", "validation_loss": "validation", "tokens_per_second": "tokens/s"}
Item = tuple[str, str, str]


def overview(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """View 1: where the run stands."""
    lines = trouble(snapshot, width)
    lines += strip(snapshot, width, max(3, height // 3))
    stage_left, run_left = eta(snapshot)
    counters = mapping(snapshot.state.get("counters"))
    raw = counters.get("raw")
    if snapshot.status in ENDED:
        items: list[Item] = [("ended at", clock(snapshot.state.get("updated")), "")]
    else:
        items = [
            ("stage left", about(stage_left), ""),
            ("run left", about(run_left), ""),
            ("ends at", about_time(snapshot, run_left), ""),
            ("heartbeat", _ago(snapshot), ""),
        ]
    items += [
        ("elapsed", duration(snapshot.elapsed()), ""),
        ("raw", count(raw), ""),
        ("clean", count(counters.get("clean")), ""),
        ("tested", count(counters.get("tested")) if "gate" in snapshot.stages() else DASH, ""),
        ("train / val", f"{count(counters.get('train'))} / {count(counters.get('val'))}", ""),
    ]
    if snapshot.state.get("current_stage") == "generate":
        wanted = snapshot.setting("SAMPLES_PER_ROUND")
        items.append(("this round", f"{count(snapshot.raw_rows)} of {count(wanted)}", "accent"))
    items += _in_use(snapshot)
    lines += [rule("Progress", width), *pairs(items, width, most=4)]
    lines += [rule("Best so far", width), *best_lines(snapshot, width)]
    newest = snapshot.latest_round()
    room = max(5, height - len(lines) - 1)
    left = width * 3 // 5 if width >= WIDE and room >= 12 else width
    loss = [rule(f"Loss · round {newest}" if newest else "Loss", left, _step(snapshot))]
    loss += loss_chart(snapshot, newest, left, room, look)
    if left == width:
        return lines + loss
    side = width - left - 2
    return lines + beside(loss, _side(snapshot, side, len(loss)), left, side)


def _in_use(snapshot: Snapshot) -> list[Item]:
    """Pace, money, and what the machine does: what there is of it."""
    items: list[Item] = []
    speed = dig(snapshot.state, "training", "tokens_per_second")
    if number(speed) is not None:
        items.append(("tokens/s", compact(speed), ""))
    cost = dig(snapshot.state, "usage", "total", "cost_usd")
    if number(cost) is not None:
        items.append(("cost", dollars(cost), ""))
    if snapshot.machine:
        used = snapshot.machine
        items.append(("processor", f"{used.processor_percent:.0f}%", ""))
        items.append(("memory", f"{size(used.used_bytes)} of {size(used.total_bytes)}", ""))
    return items


def _side(snapshot: Snapshot, width: int, height: int) -> list[Line]:
    """Beside the curve of a wide screen: the newest answer with its verdict, then the newest events."""
    lines = [rule("Newest answer", width), *answer_lines(snapshot, width, max(4, height // 2))]
    lines.append(rule("Newest events", width))
    room = height - len(lines)
    return lines + [event_line(event, width) for event in snapshot.recent[-room:]] if room > 0 else lines


def answer_lines(snapshot: Snapshot, width: int, height: int) -> list[Line]:
    """What a model answered last, and whether it was right."""
    answer = snapshot.last_answer
    if answer is None:
        return [fit([(" no answer has been judged yet", "dim")], width)]
    passed = answer.verdict.get("passed") is True
    who = "base model" if answer.round_number == 0 else f"round {answer.round_number}"
    about_it = ", ".join([who, *(safe(answer.verdict.get(name), 40) for name in ("set", "task_type"))])
    lines = [fit([(" ✓ passed " if passed else " ✗ failed ", "good" if passed else "bad"), (about_it, "dim")], width)]
    if not passed and answer.verdict.get("reason"):
        lines += wrap(safe(answer.verdict["reason"]), width, "warn", most=2, indent=3)
    lines += wrap(safe(dig(answer.row, "task", "instruction")), width, most=max(2, height // 4))
    said = answer.row.get("prediction")
    shown = said.splitlines()[: max(2, height - len(lines))] if isinstance(said, str) else []
    return lines + [fit([("   ", ""), (safe(text.replace("\t", "    "), 500), "key")], width) for text in shown]


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
    lines = [line for text in texts[:4] for line in wrap(safe(text), width, "bad", most=3)]
    return lines + [line for text in _go_on(snapshot, health) for line in wrap(text, width, "warn", most=3)]


def _go_on(snapshot: Snapshot, health: str) -> list[str]:
    """The command that a run which does not go on by itself waits for."""
    out_dir = snapshot.root.parent.parent
    if health == "PAUSED":
        return [f"Paused; to go on: {commands.loop('--continue', out_dir=out_dir)}"]
    if health in ("STOPPED", "DEAD", "FAILED"):
        after = "after mending it" if health == "FAILED" else "to go on"
        return [f"{health.capitalize()}; {after}: {commands.loop('--resume', snapshot.run_id, out_dir=out_dir)}"]
    return []


def strip(snapshot: Snapshot, width: int, most: int) -> list[Line]:
    """The stages over the rounds, each with its mark and time."""
    stages, rounds = snapshot.stages(), snapshot.round_numbers()
    current = number(snapshot.state.get("current_round"))
    shown = rounds
    if len(rounds) > most:
        middle = int(current) if current else 1
        first = min(max(0, middle - most + 1), len(rounds) - most)
        shown = rounds[first : first + most]
    label = 11 if width >= 60 else 5
    cell = (width - label) // max(1, len(stages))
    header: Line = [(" " * label, "")]
    for stage in stages:
        name = stage if cell > len(stage) else SHORT[stage]
        header += fit([(name, "dim")], cell)
    lines = [fit(header, width)]
    if snapshot.stage(0, "calibrate"):
        name = " calibrate".ljust(label)[: label - 1] + " "
        lines.append(fit([(name, "dim"), *_stage_cell(snapshot, 0, "calibrate", cell)], width))
    for round_number in ([0] if snapshot.stage(0, "evaluate") else []) + shown:
        name = "base" if round_number == 0 else f"round {round_number}" if label == 11 else f"r{round_number}"
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


def about_time(snapshot: Snapshot, seconds: float | None) -> str:
    """The time of day at which that many seconds will have gone by."""
    return DASH if seconds is None else clock(float(snapshot.now + seconds))[:5]


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
    if width >= EVENTS_WIDE:
        line += [(f"{safe(level)[:7]:<8}", style), (f"{place:<13.13} ", "dim")]
    elif width >= 60:  # the words matter more than the level, which the colour tells too
        line += [({"error": "✗ ", "warning": "! "}.get(safe(level), "  "), style), (f"{place:<11.11} ", "dim")]
    return fit([*line, (safe(event.get("event"), 40) + " ", style or "key"), (message, style)], width)


def event_in_full(event: dict[str, object], width: int, height: int) -> list[Line]:
    """Everything that an event says, a value a line."""
    where = "" if event.get("round") is None else f", round {safe(event.get('round'))}"
    stage = f", {safe(event.get('stage'))}{where}" if event.get("stage") else where
    lines = [rule(safe(event.get("event"), 40), width, f"{clock(event.get('ts'))}, {safe(event.get('level'))}{stage}")]
    if event.get("message"):
        lines += wrap(safe(event.get("message"), 4000), width)
    for key, value in mapping(event.get("data")).items():
        text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
        lines += wrap(f"{safe(key, 60)}: {safe(text, 4000)}", width, "dim")
    return lines if len(lines) <= height else [*lines[: max(1, height - 1)], fit([(" …", "dim")], width)]


def _brief(data: object) -> str:
    step = mapping(data)
    if number(step.get("step")) is not None and ("loss" in step or "validation_loss" in step):
        told = [f"{count(step['step'])} of {count(step['steps'])}" if "steps" in step else count(step["step"])]
        told += [f"{name} {compact(step[key])}" for key, name in STEP_WORDS.items() if key in step]
        return "  ".join(told)
    shown = []
    for key, value in mapping(data).items():
        if isinstance(value, (str, int, float, bool)):
            text = compact(value) if number(value) is not None else safe(value, 60)
            shown.append(f"{safe(key, 30)} {text}")
        if len(shown) == 10:
            break
    return "  ".join(shown)
