"""The views of the dashboard: a snapshot in, lines of text out. Pure; nothing is read or written.

    lines = overview(snapshot, width=80, height=22, look=Look())

Views 1 to 3 make use of the height they are given and may be longer than it (the shell scrolls).
"""

from autotrain.dashboard.canvas import Line, Look, bar, beside, chart, fit, pairs, rule, table, wrap
from autotrain.dashboard.snapshot import Snapshot, eta
from autotrain.dashboard.values import (
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
    ratio,
    safe,
    size,
    when,
)

MARKS = {"completed": ("✓", "good"), "running": ("▶", "accent"), "failed": ("✗", "bad"), "stopped": ("■", "warn")}
HEALTH_STYLES = {"COMPLETED": "good", "RUNNING": "accent", "PAUSED": "warn", "STOPPING": "warn", "STOPPED": "warn"}
SHORT = {"generate": "gen", "evaluate": "evl", "promote": "pro", "split": "spl", "train": "trn", "clean": "cln"}
Item = tuple[str, str, str]


def overview(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """View 1: where the run stands."""
    lines = trouble(snapshot, width)
    lines += strip(snapshot, width, max(3, height // 3))
    stage_left, run_left = eta(snapshot)
    counters = mapping(snapshot.state.get("counters"))
    raw = counters.get("raw")
    items: list[Item] = [
        ("stage left", _about(stage_left), ""),
        ("run left", _about(run_left), ""),
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
        name = stage if cell > len(stage) else SHORT.get(stage, stage)
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
    text = (
        f"round {safe(best.get('round'))}: {percent(dig(scores, 'best', 'value'))} against base "
        f"{percent(dig(scores, 'base', 'value'))} pass@1 on {count(scores.get('total'))} tasks"
    )
    detail = (
        f"{points(scores.get('delta'))} points, 95% {interval(scores.get('interval'), signed=True)}, "
        f"p = {compact(scores.get('p_improved'))}: "
        + ("better than the base" if style == "good" else "no better than chance")
    )
    return wrap(text, width, style, most=2) + wrap(detail, width, "", most=2)


def _pass_at_1(snapshot: Snapshot, round_number: int, name: str | None = None) -> dict[str, object]:
    sets = mapping(dig(snapshot.reports.get(round_number), "sets"))
    chosen = name if name is not None else next(iter(sets), None)
    return mapping(dig(sets, chosen, "metrics", "pass@1"))


def loss_chart(snapshot: Snapshot, round_number: int | None, width: int, height: int, look: Look) -> list[Line]:
    curves = snapshot.curves.get(round_number) if round_number is not None else None
    if curves is None:
        return [fit([(" no training step yet", "dim")], width)]
    series = [("loss", curves.loss.points()), ("validation", curves.validation_loss.points())]
    lines = chart(series, width, height, look)
    if not snapshot.history_complete:
        lines.append(fit([(" older events are still being read", "dim")], width))
    return lines


def _about(seconds: float | None) -> str:
    return DASH if seconds is None else f"about {duration(seconds)}"


def _ago(snapshot: Snapshot) -> str:
    if snapshot.health() not in ("RUNNING", "STALLED", "STOPPING", "PAUSED"):
        return clock(snapshot.state.get("heartbeat"))
    age = snapshot.heartbeat_age()
    return DASH if age is None else "now" if age < 10 else f"{duration(age)} ago"


def _step(snapshot: Snapshot) -> str:
    step, steps = dig(snapshot.state, "training", "step"), dig(snapshot.state, "training", "steps")
    return "" if number(step) is None else f"step {count(step)} of {count(steps)}"


def teacher(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """View 2: what the teacher was asked, what it cost, what came of it."""
    usage = mapping(dig(snapshot.state, "usage", "total"))
    cap, cost = number(snapshot.setting("TEACHER_MAX_USD")), number(usage.get("cost_usd"))
    name = safe(snapshot.setting("TEACHER_MODEL"))
    lines = [*trouble(snapshot, width), rule(f"Teacher · {name}", width)]
    items: list[Item] = [
        ("requests", count(usage.get("requests")), ""),
        ("answers", count(usage.get("answers")), ""),
        ("tokens in", count(usage.get("tokens_in")), ""),
        ("tokens out", count(usage.get("tokens_out")), ""),
        ("cached", count(usage.get("tokens_cached")), ""),
        ("retries", count(usage.get("retries")), _alarm(usage.get("retries"))),
        ("rate limited", count(usage.get("rate_limited")), _alarm(usage.get("rate_limited"))),
        ("server errors", count(usage.get("server_errors")), _alarm(usage.get("server_errors"))),
        ("time-outs", count(usage.get("timeouts")), _alarm(usage.get("timeouts"))),
        ("broken", count(usage.get("broken")), _alarm(usage.get("broken"))),
        ("at once, at most", count(snapshot.setting("TEACHER_CONCURRENCY")) if name != "builtin" else DASH, ""),
        ("unsettled", dollars(usage.get("unsettled_usd")), ""),
    ]
    lines += pairs(items, width)
    spent = ratio(cost, cap)
    budget = f" cost {dollars(cost)} of {dollars(cap) if cap else 'no cap'} "
    lines.append(
        fit([(budget, ""), *bar(spent, max(4, min(40, width - len(budget) - 8)), _load_style(spent))]
            + [(f" {percent(spent, 0)}", "dim")], width)
    )  # fmt: skip
    lines += [rule("Samples by round", width), *_accept_table(snapshot, width)]
    lines += [rule("Refused, by reason", width), *_reason_lines(snapshot, width)]
    lines += [rule("Last sample", width), *_sample_lines(snapshot, width, max(6, height - len(lines) - 1))]
    return lines


def _alarm(value: object) -> str:
    return "warn" if number(value) else ""


def _load_style(share: float | None) -> str:
    return "bad" if (share or 0) >= 0.95 else "warn" if (share or 0) >= 0.75 else "good"


def _accept_table(snapshot: Snapshot, width: int) -> list[Line]:
    rows = []
    for round_number in snapshot.round_numbers():
        counts = mapping(snapshot.stage(round_number, "generate").get("counts"))
        cleaned = mapping(snapshot.stage(round_number, "clean").get("counts"))
        if not counts and not cleaned:
            continue
        accepted = ratio(counts.get("accepted"), counts.get("asked"))
        rows.append(
            [(f"{round_number}", "")]
            + [(count(counts.get(key)), "") for key in ("asked", "answered", "parsed", "accepted")]
            + [(percent(accepted), ""), (count(cleaned.get("accepted")), "")]
        )
    if not rows:
        return [fit([(" no round has finished generating", "dim")], width)]
    return table(["round", "asked", "answered", "parsed", "accepted", "rate", "clean"], rows[-8:], width)


def _reason_lines(snapshot: Snapshot, width: int) -> list[Line]:
    rows = [
        (stage, reason, found)
        for stage, counts in sorted(snapshot.reasons.items())
        for reason, found in counts.most_common(8)
    ]
    if not rows:
        return [fit([(" none refused so far", "dim")] if snapshot.reasons else [(f" {DASH}", "dim")], width)]
    most = max(found for _, _, found in rows)
    return [
        fit([(f" {stage:<9}", "dim"), (f"{safe(reason):<22.22} {found:>6} ", ""),
             *bar(found / most if most else None, max(4, min(40, width - 41)), "warn")], width)
        for stage, reason, found in rows
    ]  # fmt: skip


def _sample_lines(snapshot: Snapshot, width: int, height: int) -> list[Line]:
    sample = snapshot.last_sample
    if sample is None:
        return [fit([(f" {DASH}", "dim")], width)]
    row = sample.row
    metadata = mapping(row.get("metadata"))
    if sample.accepted:
        facts = [safe(metadata.get(name)) for name in ("task_type", "difficulty")]
        kind = ", ".join([*facts, f"round {safe(metadata.get('round'))}"])
        lines = [fit([(" ✓ accepted ", "good"), (kind, "dim")], width)]
    else:
        lines = [fit([(" ✗ refused ", "bad"), (safe(row.get("reason")), "warn")], width)]
        lines += wrap(safe(row.get("detail")), width, "dim", most=2, indent=3)
        row = mapping(row.get("task"))
    lines += wrap(safe(row.get("instruction")), width, most=max(2, (height - len(lines)) // 3))
    answer = row.get("output")
    if isinstance(answer, str):
        code = answer.splitlines()
        shown = code[: max(3, height - len(lines))]
        lines += [fit([("   ", ""), (safe(text.replace("\t", "    "), 500), "key")], width) for text in shown]
    return lines


def trainer(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """View 3: how training goes and what it uses."""
    now = mapping(snapshot.state.get("training"))
    newest = snapshot.latest_round()
    lines = [*trouble(snapshot, width), rule(f"Trainer · round {newest}" if newest else "Trainer", width)]
    step, steps = number(now.get("step")), number(now.get("steps"))
    share = ratio(step, steps)
    label = f" step {count(step)} of {count(steps)} "
    left = eta(snapshot)[0] if snapshot.state.get("current_stage") == "train" else None
    tail = f" {percent(share, 0)}" + (f", {_about(left)} left" if left is not None else "")
    lines.append(
        fit(
            [(label, ""), *bar(share, max(4, min(60, width - len(label) - len(tail) - 1)), "line0"), (tail, "dim")],
            width,
        )
    )
    predicted = dig(snapshot.config, "memory_estimate", "total_bytes")
    items: list[Item] = [
        ("loss", compact(now.get("loss")), "accent"),
        ("validation loss", compact(now.get("validation_loss")), ""),
        ("learning rate", compact(now.get("learning_rate")), ""),
        ("gradient norm", compact(now.get("grad_norm")), ""),
        ("tokens/s", compact(now.get("tokens_per_second")), ""),
        ("tokens", count(now.get("tokens")), ""),
        ("peak memory", size(now.get("peak_memory_bytes")), ""),
        ("predicted", size(predicted), ""),
        ("checkpoints", _checkpoints(snapshot, newest), ""),
    ]
    for gpu in snapshot.gpus:
        use = DASH if gpu.utilisation is None else f"{gpu.utilisation:.0f}%"
        items.append((safe(gpu.name, 24), f"{use}, {size(gpu.used_bytes)} of {size(gpu.total_bytes)}", ""))
    if not snapshot.gpus:
        items.append(("GPU", DASH, ""))
    lines += pairs(items, width, most=3)
    room = max(10, height - len(lines))
    if width >= 120:
        loss = [rule("Loss", width * 2 // 3), *loss_chart(snapshot, newest, width * 2 // 3, room - 1, look)]
        side = width - width * 2 // 3 - 2
        third = max(4, room // 3)
        return lines + beside(loss, _side_charts(snapshot, newest, side, third, look), width * 2 // 3, side)
    if room >= 16:
        lines += [rule("Loss", width), *loss_chart(snapshot, newest, width, room - 8, look)]
        half = (width - 2) // 2
        curves = snapshot.curves.get(newest) if newest is not None else None
        rate = [
            rule("Learning rate", half),
            *chart([("now", curves.learning_rate.points() if curves else [])], half, 6, look),
        ]
        norm = [
            rule("Gradient norm", half),
            *chart([("now", curves.grad_norm.points() if curves else [])], half, 6, look),
        ]
        return lines + beside(rate, norm, half, width - half - 2)
    return [*lines, rule("Loss", width), *loss_chart(snapshot, newest, width, max(5, room - 1), look)]


def _side_charts(snapshot: Snapshot, newest: int | None, width: int, height: int, look: Look) -> list[Line]:
    curves = snapshot.curves.get(newest) if newest is not None else None
    lines: list[Line] = []
    for name, title in (
        ("learning_rate", "Learning rate"), ("grad_norm", "Gradient norm"), ("tokens_per_second", "Tokens/s"),
    ):  # fmt: skip
        found = getattr(curves, name).points() if curves else []
        lines += [rule(title, width), *chart([("now", found)], width, height - 1, look)]
    return lines


def _checkpoints(snapshot: Snapshot, round_number: int | None) -> str:
    steps = [str(step) for number_, step in snapshot.checkpoints if number_ == round_number]
    if not steps:
        return DASH
    return "step " + ", ".join(steps[-4:]) + (f" of {len(steps)}" if len(steps) > 4 else "")


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


def started_at(snapshot: Snapshot) -> str:
    """When the run was created, as a local time of day."""
    return clock(snapshot.state.get("created")) if when(snapshot.state.get("created")) is not None else DASH
