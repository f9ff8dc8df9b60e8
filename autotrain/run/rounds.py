"""What a round begins with: the champion and the leader before it, and whether it is to be run at all (PATIENCE).

Reads best.json; control.py asks before each round, so a resumed run gets the same answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from autotrain.jsonl import read_json
from autotrain.run import state
from autotrain.run.events import EventLog
from autotrain.run.paths import RunPaths

Decision = Mapping[str, Any]


def decisions_before(run: RunPaths, round_number: int) -> list[Decision]:
    """What was decided in the rounds before this one, oldest first. Raises DataError for a damaged best.json."""
    if not run.best.is_file():
        return []
    found = read_json(run.best).get("decisions", [])
    return [decision for decision in found if decision["round"] < round_number]


def champion(decisions: Sequence[Decision]) -> int | None:
    """The round whose adapter wears the crown; None while the base model does."""
    crowned = [decision["round"] for decision in decisions if decision["promoted"]]
    return crowned[-1] if crowned else None


def leader(decisions: Sequence[Decision]) -> int | None:
    """The round whose adapter a next one goes on from (ROUND_INIT=best); None before the first decision.

    The one that passed most tasks so far, the latest of equals: a crown needs evidence, a start needs none.
    """
    return decisions[-1].get("leader", champion(decisions)) if decisions else None


def held_in_a_row(decisions: Sequence[Decision]) -> int:
    """How many rounds have ended without a new champion since the last that brought one."""
    count = 0
    for decision in reversed(decisions):
        if decision["promoted"]:
            break
        count += 1
    return count


def out_of_patience(run: RunPaths, round_number: int, patience: int) -> bool:
    """Whether the run ends before this round; says so in state and events, once. A round already decided counts on."""
    held = held_in_a_row(decisions_before(run, round_number))
    now = state.load(run)
    over = 0 < patience <= held and not state.stage_done(now, round_number, "promote")
    told = now["evaluation"].get("early_stop")
    if not over:
        if told and round_number > told["after_round"]:  # the person who resumed it has more patience
            state.update(run, lambda changed: changed["evaluation"].pop("early_stop", None))
        return False
    if not told:
        reason = f"{held} round{'' if held == 1 else 's'} of HOLD in a row, and PATIENCE={patience}"
        early = {"after_round": round_number - 1, "reason": reason}
        state.update(run, lambda changed: changed["evaluation"].update(early_stop=early))
        EventLog(run.events, run.run_id).emit("early_stop", reason, round_number=round_number - 1, data=early)
    return True
