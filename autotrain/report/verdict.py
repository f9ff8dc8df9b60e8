"""What came of a run, in four sentences: better or not, by how much, how sure, usable or not. Pure."""

from dataclasses import dataclass
from typing import Any

from autotrain.display.values import (
    compact,
    count,
    dig,
    interval,
    listing,
    mapping,
    number,
    percent,
    points,
    safe,
)
from autotrain.evaluation import outcome
from autotrain.report.facts import Facts


@dataclass(frozen=True)
class Verdict:
    """`tone`: good, warn (no proof of it) or none (nothing to judge by)."""

    tone: str
    headline: str
    by_how_much: str
    how_sure: str
    usable: str


def judge(facts: Facts) -> Verdict:
    """The verdict from best.json and the reports, on the set of tasks that decides."""
    name, best_round = facts.best.get("deciding_set"), facts.best_round()
    scores = mapping(dig(facts.best, "sets", name)) if isinstance(name, str) else {}
    if best_round is None or not scores:
        status = facts.state.get("status")
        said = f"The run is {status}." if isinstance(status, str) else "What became of the run is not known."
        return Verdict("none", outcome.NONE, said, "", "")
    decision = facts.decision(best_round)
    better = facts.best.get("beats_base") is True
    headline = outcome.sentence(facts.best)
    by_how_much = (
        f"On {name} {_bases(facts, scores)} of {count(scores.get('total'))} tasks, "
        f"the best adapter (round {best_round}) {percent(dig(scores, 'best', 'value'))}: "
        f"{points(scores.get('delta'))} points ({count(scores.get('gained'))} tasks gained, "
        f"{count(scores.get('lost'))} lost)."
    )
    how_sure = (
        f"With 95 % confidence the change lies between {interval(scores.get('interval'), signed=True)} points; "
        f"if nothing had changed, such a gain or a larger one would still turn up with probability "
        f"{compact(scores.get('p_improved'))}."
    )
    smallest = number(decision.get("smallest_detectable"))
    if not better and smallest is not None:
        how_sure += f" This suite shows improvements of {points(smallest)} points or more in 8 of 10 tries."
    return Verdict("good" if better else "warn", headline, by_how_much, how_sure, _usable(facts, best_round, name))


def _bases(facts: Facts, scores: dict[str, Any]) -> str:
    """What the base model solves, in each form that was evaluated on the tasks that decide."""
    forms = [form for form in listing(dig(facts.best, "bases", "forms")) if isinstance(form, dict)]
    if len(forms) < 2:
        return f"the base model solves {percent(dig(scores, 'base', 'value'))}"
    told = [f"the {safe(form.get('name'))} solves {percent(dig(form, 'pass@1', 'value'))}" for form in forms]
    return " and ".join(told)


def _usable(facts: Facts, best_round: int, name: object) -> str:
    metrics = facts.metrics(best_round, str(name))
    score = mapping(metrics.get("pass@1"))
    value, low = number(score.get("value")), None
    if isinstance(score.get("interval"), list) and score["interval"]:
        low = number(score["interval"][0])
    shape = (
        f"{percent(dig(metrics, 'format_compliance', 'value'))} of its answers have the required form, "
        f"{percent(dig(metrics, 'truncation', 'value'))} were cut off at the length limit."
    )
    if value is None:
        return ""
    if value == 0:
        return f"Not usable on such tasks: it solves none of them. {shape}"
    share = f"about {percent(value, 0)} of such tasks (at least {percent(low, 0)} with 95 % confidence)"
    if value < 0.5:
        return f"Usable only where every answer is checked by tests: it solves {share}. {shape}"
    return f"Usable for tasks of this kind with its answers reviewed: it solves {share}. {shape}"
