"""Were answers cut off at MAX_NEW_TOKENS? Then a comparison says who is brief, not who is right: no crown.

A base model that thinks before it answers is cut off in its thought, and an adapter that merely stopped
thinking would win. Pure; promote.py asks before it acts on a decision.

    decision = held_where_cut_off(decision, champion_report, challenger_report, "heidi-core:dev")
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autotrain.evaluation.promotion import Decision

MOST_CUT_OFF = 0.02  # of either side's answers


def cut_off(report: Mapping[str, Any], name: str) -> float:
    """Share of a set's judged answers that more tokens might have finished: cut off, in a thought or not, yet not
    going in circles.
    """
    tasks = [task for task in report["tasks"] if task["set"] == name and task["judged"]]
    unfinished = [task for task in tasks if task.get("truncated") and not task.get("circles")]
    return len(unfinished) / len(tasks) if tasks else 0.0


def held_where_cut_off(
    decision: Decision, champion: Mapping[str, Any], challenger: Mapping[str, Any], name: str
) -> Decision:
    """The decision, turned into HOLD where more than MOST_CUT_OFF of either side's answers were cut off."""
    shares = [cut_off(report, name) for report in (champion, challenger)]
    if max(shares) <= MOST_CUT_OFF:
        return decision
    reason = (
        f"{decision.reason}; {shares[0]:.1%} of the answers before and {shares[1]:.1%} now were cut off (at most "
        f"{MOST_CUT_OFF:.0%} allowed): raise MAX_NEW_TOKENS"
    )
    return replace(decision, promoted=False, verdict="HOLD", reason=reason)
