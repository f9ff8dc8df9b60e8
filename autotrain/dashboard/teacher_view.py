"""View 2 of the dashboard: what the teacher was asked, what it cost, what came of it. Pure."""

from autotrain.dashboard.snapshot import Snapshot
from autotrain.dashboard.views import Item, trouble
from autotrain.display.canvas import Line, Look, bar, fit, pairs, rule, table, wrap
from autotrain.display.values import DASH, count, dig, dollars, mapping, number, percent, ratio, safe
from autotrain.teacher.teachers import NO_API


def teacher(snapshot: Snapshot, width: int, height: int, look: Look) -> list[Line]:
    """View 2: what the teacher was asked, what it cost, what came of it."""
    usage = mapping(dig(snapshot.state, "usage", "total"))
    cap, cost = number(snapshot.setting("TEACHER_MAX_USD")), number(usage.get("cost_usd"))
    name = safe(snapshot.setting("TEACHER_MODEL"))
    lines = [*trouble(snapshot, width), rule(f"Teacher · {name}", width)]
    if name in NO_API and not usage:
        lines += wrap("It writes on this machine: no request, no token and no money.", width, "dim")
        return lines + _what_came_of_it(snapshot, width, height - len(lines))
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
        ("at once, at most", count(snapshot.setting("TEACHER_CONCURRENCY")), ""),
        ("unsettled", dollars(usage.get("unsettled_usd")), ""),
    ]
    lines += pairs(items, width)
    spent = ratio(cost, cap)
    budget = f" cost {dollars(cost)} of {dollars(cap) if cap else 'no cap'} "
    lines.append(
        fit([(budget, ""), *bar(spent, max(4, min(40, width - len(budget) - 8)), _load_style(spent))]
            + [(f" {percent(spent, 0)}", "dim")], width)
    )  # fmt: skip
    return lines + _what_came_of_it(snapshot, width, height - len(lines))


def _what_came_of_it(snapshot: Snapshot, width: int, height: int) -> list[Line]:
    lines = [rule("Samples by round", width), *_accept_table(snapshot, width)]
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
