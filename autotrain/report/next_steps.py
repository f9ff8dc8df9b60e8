"""What to do after a run, by what came of it: what to raise, by how much, at what cost, and the command for it. Pure.

The report shows every step, the loop's last lines the first one.

    next_steps.steps(run, best, now, chosen)[0].command
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from autotrain.config import settings
from autotrain.display.values import dig, dollars, listing, mapping, number, safe
from autotrain.evaluation import promotion
from autotrain.run import commands, duration, standing
from autotrain.run.paths import RunPaths
from autotrain.teacher.teachers import NO_API

ANSWERING = ("calibrate", "evaluate", "final")


class Step(NamedTuple):
    """One thing to do: what and why, in a few words for a list, what it costs, and the command."""

    why: str
    label: str
    cost: str
    command: str


def steps(run: RunPaths, best: Mapping[str, Any], now: Mapping[str, Any], chosen: Mapping[str, Any]) -> list[Step]:
    """From best.json, state.json and the settings (field name -> value) of a run: the most useful step first."""
    status, out_dir = now.get("status"), run.out_dir
    if status in standing.ENDED and status != "completed":
        stage = f" in round {safe(now.get('current_round'))}, {safe(now.get('current_stage'))}"
        why = f"It {'failed' if status == 'failed' else 'was stopped'}{stage if now.get('current_stage') else ''}; "
        command = commands.loop("--resume", run.run_id, out_dir=out_dir)
        return [Step(why + "what is done is not done again", "go on", "only what is left", command)]
    if status in standing.AT_WORK or not best:
        return []
    if best.get("beats_base") is True:
        return _better(run, now, chosen)
    judged = mapping(dig(best, "sets", best.get("deciding_set"))) if isinstance(best.get("deciding_set"), str) else {}
    decisions = [mapping(one) for one in listing(best.get("decisions"))]
    found = []
    if decisions and "raise MAX_NEW_TOKENS" in str(decisions[-1].get("reason")):
        found += _longer(run, now, chosen)
    if (number(judged.get("delta")) or 0.0) < 0:
        found += _gentler(run, now, chosen)
    return [*found, *_more(run, now, chosen), *_finer(run, now, chosen, judged, decisions)]


def _better(run: RunPaths, now: Mapping[str, Any], chosen: Mapping[str, Any]) -> list[Step]:
    adapter, output = (commands.near(run.out_dir / name) for name in ("best_adapter", "exported"))
    words = ("scripts/export.py", "--adapter", adapter, "--output", output)
    export = commands.script(*words, out_dir=run.out_dir)
    found = [Step("It is better: make a model of it that other programs load", "take it along", "no money", export)]
    rounds = number(chosen.get("rounds"))
    if rounds:
        flags = ("--resume", run.run_id, "--rounds", f"{rounds + 1:.0f}")
        seconds = _seconds(now, chosen, {"rounds": rounds + 1}) - _seconds(now, chosen, {})
        cost = _cost(seconds, now, chosen, 1 / rounds)
        command = commands.loop(*flags, out_dir=run.out_dir)
        found.append(Step("One more round may gain more; it has to beat this one", "one more round", cost, command))
    return found


def _longer(run: RunPaths, now: Mapping[str, Any], chosen: Mapping[str, Any]) -> list[Step]:
    before = number(chosen.get("max_new_tokens"))
    if not before:
        return []
    entries = [(name, entry) for one in mapping(now.get("stages")).values() for name, entry in mapping(one).items()]
    answering = sum(number(dig(entry, "seconds")) or 0.0 for name, entry in entries if name in ANSWERING)
    seconds = _seconds(now, chosen, {})
    cost = _cost(seconds + answering, now, chosen, 1, most=True) if seconds else _cost(0.0, now, chosen, 1)
    why = f"Answers were cut off at {before:.0f} tokens, which hides who is right: allow {2 * before:.0f}"
    return [Step(why, "longer answers", cost, _loop(run, {"max_new_tokens": 2 * int(before)}))]


def _gentler(run: RunPaths, now: Mapping[str, Any], chosen: Mapping[str, Any]) -> list[Step]:
    rate = number(chosen.get("lr"))
    if not rate:
        return []
    why = f"It lost more tasks than it gained: half the learning rate, {rate / 2:g} in place of {rate:g}"
    return [Step(why, "gentler", _cost(_seconds(now, chosen, {}), now, chosen, 1), _loop(run, {"lr": rate / 2}))]


def _more(run: RunPaths, now: Mapping[str, Any], chosen: Mapping[str, Any]) -> list[Step]:
    names = [name for name in ("samples_per_round", "train_steps") if number(chosen.get(name))]
    if not names:
        return []
    changed = {name: 2 * int(chosen[name]) for name in names}
    told = " and ".join(f"{changed[name]} {what}" for name, what in zip(names, ("samples", "steps"), strict=False))
    cost = _cost(_seconds(now, chosen, changed), now, chosen, 2)
    return [Step(f"It may have seen too little: twice as much, {told}", "more", cost, _loop(run, changed))]


def _finer(
    run: RunPaths, now: Mapping[str, Any], chosen: Mapping[str, Any], judged: Mapping[str, Any], decisions: list[Any]
) -> list[Step]:
    """More tasks to judge by, where EVAL_TASKS was what kept them few: they show smaller gains.

    `tasks_in_set` counts calibrating tasks and other levels too, so it bounds what there is and no more.
    """
    limit, there = number(chosen.get("eval_tasks")), number(judged.get("tasks_in_set"))
    total, alpha = number(judged.get("total")), number(dig(decisions[-1], "alpha")) if decisions else None
    if not (limit and there and total and alpha) or total < limit or there <= total:
        return []
    asked = min(there, 2 * total)
    shown = [promotion.findable_gain(int(count), alpha) for count in (total, asked)]
    if shown[1] is None or (shown[0] is not None and shown[1] >= shown[0]):
        return []
    before = "none" if shown[0] is None else f"{100 * shown[0]:.1f}"
    why = (
        f"It was judged by {total:.0f} tasks, as many as EVAL_TASKS allows; up to {asked:.0f} show smaller gains "
        f"(from {100 * shown[1]:.1f} points in place of {before}, where four tasks are gained for one lost)"
    )
    changed = {"eval_tasks": int(asked)}
    return [Step(why, "judge by more", _cost(_seconds(now, chosen, changed), now, chosen, 1), _loop(run, changed))]


def _loop(run: RunPaths, changed: Mapping[str, Any]) -> str:
    flags = {row.name: row.metadata["flag"] for row in settings.fields()}
    words = [word for name, value in changed.items() for word in (flags[name], settings.show_raw(value))]
    return commands.loop(*words, out_dir=run.out_dir)


def _seconds(now: Mapping[str, Any], chosen: Mapping[str, Any], changed: Mapping[str, Any]) -> float:
    try:
        return duration.scaled(mapping(now.get("stages")), chosen, {**chosen, **changed})
    except (AttributeError, TypeError, ValueError):  # a damaged state.json
        return 0.0


def _cost(seconds: float, now: Mapping[str, Any], chosen: Mapping[str, Any], times: float, most: bool = False) -> str:
    """Minutes, by what this run took, and dollars, by `times` what it cost."""
    time = ("at most " if most else "about ") + duration.minutes(seconds) if seconds > 0 else "time not known"
    if chosen.get("teacher_model") in NO_API:
        return f"{time}, no money"
    paid = number(dig(now, "usage", "total", "cost_usd"))
    return f"{time}, about {dollars(paid * times)}" if paid is not None else f"{time}, money not known"
