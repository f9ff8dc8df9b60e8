"""Who wears the crown: a challenger replaces the champion only where `dev` shows that it is better.

Pure: takes verdicts, gives a decision; the loop acts on it. The rule, its false-promotion rate and
its power are in docs/statistics.md, and tests/evaluation/test_promotion.py simulates both.

    decision = decide(champion, challenger, round_number=2, rounds=3)
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from autotrain.errors import UsageError
from autotrain.evaluation.compare import TaskResult, format_difference, require_same_tasks
from autotrain.evaluation.statistics import (
    Interval,
    mcnemar_one_sided,
    needed_gains,
    paired_difference,
    sign_flip_by_family,
    smallest_detectable,
)

FALSE_PROMOTION_RATE = 0.05  # of a whole loop, over all its rounds
FORMAT_MARGIN = 0.05  # the share of well-formed answers may not have fallen by more
POLICIES = ("strict", "score")


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

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def round_alpha(round_number: int, rounds: int | None) -> float:
    """The share of the 5 % that one round may spend: equal parts, or a series that never exceeds it.

    Where the number of rounds is open (None), 6/(π²t²) of it: the shares of t = 1, 2, … sum to one.
    """
    if round_number < 1:
        raise UsageError(f"A round number from 1 is needed for a promotion, not {round_number}.")
    if rounds is None:
        return 6 * FALSE_PROMOTION_RATE / (math.pi**2 * round_number**2)
    if rounds < round_number:
        raise UsageError(f"Round {round_number} is past the {rounds} rounds that share the error rate; raise ROUNDS.")
    return FALSE_PROMOTION_RATE / rounds


def decide(
    champion: Mapping[str, TaskResult],
    challenger: Mapping[str, TaskResult],
    *,
    round_number: int,
    rounds: int | None,
    policy: str = "strict",
) -> Decision:
    """Whether the challenger replaces the champion, from their verdicts on the same tasks.

    `strict`: exact one-sided McNemar at the round's alpha, and a format rate that has not fallen by
    5 points or more (paired 95 % interval). `score`: any higher pass@1, whatever the noise.
    Raises DataError where the tasks differ, UsageError for an unknown policy or round.
    """
    if policy not in POLICIES:
        raise UsageError(f"PROMOTION={policy}: strict or score is needed.")
    require_same_tasks(champion, challenger)
    alpha = round_alpha(round_number, rounds)
    gained = sum(challenger[name].counts and not champion[name].counts for name in champion)
    lost = sum(champion[name].counts and not challenger[name].counts for name in champion)
    total = len(champion)
    delta, low, high = paired_difference(gained, lost, total)
    p_value = mcnemar_one_sided(gained, lost)
    p_by_family = sign_flip_by_family(
        [challenger[name].counts - champion[name].counts for name in champion],
        [champion[name].family for name in champion],
    )
    format_low = format_difference(champion, challenger)[1]
    better, formatted = p_value <= alpha, format_low > -FORMAT_MARGIN
    detectable = smallest_detectable(total, lost, alpha)
    promoted = gained > lost if policy == "score" else better and formatted
    counts = f"{delta * 100:+.1f} points on {total} tasks ({gained} gained, {lost} lost)"
    if policy == "score":
        reason = f"{counts}; PROMOTION=score takes the higher score without asking whether it is noise"
    elif not better:
        needed = needed_gains(lost, total, alpha)
        shown = "no number of gains" if needed is None else f"at least {needed} gained beside {lost} lost"
        effect = "none" if detectable is None else f"{detectable * 100:+.1f} points"
        reason = (
            f"{counts}: p = {p_value:.2g} is above {alpha:.2g}; {shown} would have been enough, "
            f"and the smallest improvement that this suite shows in 8 of 10 tries is {effect}"
        )
    elif not formatted:
        reason = (
            f"{counts}, p = {p_value:.2g}, but the share of answers in the asked format may have fallen by "
            f"{-format_low * 100:.1f} points (at most {FORMAT_MARGIN * 100:.0f} allowed)"
        )
    else:
        reason = f"{counts}: p = {p_value:.2g} is at most {alpha:.2g}, and the format held"
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
    )
