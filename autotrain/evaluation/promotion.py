"""Who wears the crown: a challenger replaces the champion only where `dev` shows that it is better and does no harm.

Pure: takes verdicts, gives a decision; the loop acts on it. The rule, its false-promotion rate and
its power are in docs/statistics.md, and tests/evaluation/test_promotion.py simulates both.

    decision = decide(champion, challenger, alpha=round_alpha(0.0, rounds_left=3))
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from autotrain.errors import UsageError
from autotrain.evaluation.compare import TaskResult, format_difference, part, require_same_tasks
from autotrain.evaluation.statistics import (
    Interval,
    binomial_tail,
    findable_gain,
    mcnemar_one_sided,
    needed_gains,
    paired_difference,
    sign_flip_by_family,
    smallest_detectable,
)

Results = Mapping[str, TaskResult]

FALSE_PROMOTION_RATE = 0.05  # of a whole run, over all its rounds
KEPT_ROUNDS = 0.1  # the share of one round that is kept for rounds added later (ROUNDS raised on resume)
FORMAT_MARGIN = 0.05  # the share of well-formed answers may not have fallen by more
LOSS_MARGIN = 0.1  # of the tasks passed before, so many may be lost
LOSS_ALPHA = 0.05  # how sure it must be that more are lost
POLICIES = ("strict", "score")


@dataclass(frozen=True)
class Kept:
    """Of the tasks that one model passed, how many the challenger fails, and could that be no more than allowed?"""

    passed: int
    lost: int
    p_harm: float
    """Chance of so many losses or more, were LOSS_MARGIN of what was passed lost in truth."""

    @property
    def harmed(self) -> bool:
        return self.p_harm <= LOSS_ALPHA


@dataclass
class Decision:
    """What the rule says, and everything needed to check it by hand."""

    promoted: bool
    verdict: Literal["PROMOTE", "HOLD"]
    policy: str
    p_value: float
    p_by_family: float
    """The same question with a family's tasks taken together; reported, not part of the rule."""
    alpha: float
    delta: float
    interval: Interval
    smallest_detectable: float | None
    """The smallest true improvement that these tasks show in eight of ten tries; None: none at all."""
    format_lower_bound: float
    gained: int
    lost: int
    total: int
    reason: str
    kept: dict[str, Kept] = field(default_factory=dict)
    """What became of the tasks that the champion, and the base model, passed."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def round_alpha(spent: float, rounds_left: int) -> float:
    """The share of the 5 % that the next round may spend: an equal part of what is left for the rounds to come.

    `spent` is the sum of what strict decisions that ended in HOLD had: a promotion gives its share back
    (were it right it cost no error, were it wrong the one error is made). A tenth of a round is
    kept, so that a run to which rounds are added later can still promote, and never overspends.
    """
    return max(0.0, FALSE_PROMOTION_RATE - spent) / (max(1, rounds_left) + KEPT_ROUNDS)


def what_can_be_found(total: int, rounds: int) -> str:
    """What a run's first round can show with so many tasks, for people, before anything is known."""
    alpha = round_alpha(0.0, rounds)
    found = findable_gain(total, alpha)
    effect = "no improvement at all" if found is None else f"a true improvement of {found * 100:+.1f} points"
    of_rounds = "its one round" if rounds == 1 else f"each of {rounds} rounds"
    return (
        f"{total} tasks decide: they show {effect} in 8 of 10 tries (alpha {alpha:.2g} in {of_rounds}, "
        f"a task lost for four gained)"
    )


def decide(
    champion: Results,
    challenger: Results,
    *,
    alpha: float,
    policy: str = "strict",
    guarded: Mapping[str, tuple[Results, Results]] | None = None,
) -> Decision:
    """Whether the challenger replaces the champion, from their verdicts on the same tasks.

    `strict`: exact one-sided McNemar at `alpha`, a format rate that has not fallen by 5 points or more
    (paired 95 % interval), and no significant loss of more than LOSS_MARGIN of what a model of
    `guarded` passed (its name -> its verdicts and the challenger's; by default the champion's).
    `score`: any higher pass@1, whatever the noise.
    Raises DataError where the tasks differ, UsageError for an unknown policy.
    """
    if policy not in POLICIES:
        raise UsageError(f"PROMOTION={policy}: strict or score is needed.")
    require_same_tasks(champion, challenger)
    changes = part(champion, challenger, list(champion))
    gained, lost, total = changes.gained, changes.lost, changes.total
    delta, low, high = paired_difference(gained, lost, total)
    p_value = mcnemar_one_sided(gained, lost)
    p_by_family = sign_flip_by_family(
        [challenger[name].counts - champion[name].counts for name in champion],
        [champion[name].family for name in champion],
    )
    format_low = format_difference(champion, challenger)[1]
    kept = {
        name: _kept(before, after)
        for name, (before, after) in (guarded or {"champion": (champion, challenger)}).items()
    }
    harmed = next((name for name, found in kept.items() if found.harmed), None)
    better, formatted = p_value <= alpha, format_low > -FORMAT_MARGIN
    detectable = smallest_detectable(total, lost, alpha)
    promoted = gained > lost if policy == "score" else better and formatted and harmed is None
    counts = f"{delta * 100:+.1f} points on {total} tasks ({gained} gained, {lost} lost)"
    if policy == "score":
        reason = f"{counts}; PROMOTION=score takes the higher score without asking whether it is noise"
    elif not better:
        reason = f"{counts}: p = {p_value:.2g} is above {alpha:.2g}; {_not_enough(lost, total, alpha, detectable)}"
    elif not formatted:
        reason = (
            f"{counts}, p = {p_value:.2g}, but the share of answers in the asked format may have fallen by "
            f"{-format_low * 100:.1f} points (at most {FORMAT_MARGIN * 100:.0f} allowed)"
        )
    elif harmed is not None:
        found = kept[harmed]
        reason = (
            f"{counts}, p = {p_value:.2g}, but of the {found.passed} tasks that the {harmed} passed {found.lost} are "
            f"lost, which is more than {LOSS_MARGIN * 100:.0f} % beyond chance (p = {found.p_harm:.2g})"
        )
    else:
        reason = f"{counts}: p = {p_value:.2g} is at most {alpha:.2g}, the format held, and what was passed is kept"
    return Decision(
        promoted=promoted,
        verdict="PROMOTE" if promoted else "HOLD",
        policy=policy,
        p_value=p_value,
        p_by_family=p_by_family,
        alpha=alpha,
        delta=delta,
        interval=(low, high),
        smallest_detectable=detectable,
        format_lower_bound=format_low,
        gained=gained,
        lost=lost,
        total=total,
        reason=reason,
        kept=kept,
    )


def _kept(before: Results, after: Results) -> Kept:
    require_same_tasks(before, after)
    changes = part(before, after, list(before))
    return Kept(changes.before, changes.lost, binomial_tail(changes.lost, changes.before, LOSS_MARGIN))


def _not_enough(lost: int, total: int, alpha: float, detectable: float | None) -> str:
    needed = needed_gains(lost, total, alpha)
    if needed is None:
        return f"beside {lost} lost no number of gained tasks would have been enough on {total} tasks"
    enough = f"at least {needed} gained beside {lost} lost would have been enough"
    if detectable is None:
        return f"{enough}, which no true improvement reaches in 8 of 10 tries"
    effect = f"{detectable * 100:+.1f} points"
    return f"{enough}, and the smallest improvement that this suite shows in 8 of 10 tries is {effect}"
