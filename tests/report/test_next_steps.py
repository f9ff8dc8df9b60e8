"""What next, by what came of the run: the most useful step first, with its cost and a command that can be typed."""

from pathlib import Path
from typing import Any

import pytest

from autotrain.report import next_steps
from autotrain.run import commands, state
from autotrain.run.paths import RunPaths

SCORES = {"total": 96, "tasks_in_set": 134, "delta": 0.0}
HELD: dict[str, Any] = {"round": 1, "beats_base": False, "deciding_set": "plain", "sets": {"plain": SCORES}}
HELD |= {"decisions": [{"round": 1, "alpha": 0.045, "reason": "p = 0.66 is above 0.045"}]}
CHOSEN: dict[str, Any] = {"rounds": 1, "samples_per_round": 100, "train_steps": 50, "lr": 2e-4, "eval_tasks": 96}
CHOSEN |= {"max_new_tokens": 200, "teacher_model": "builtin"}
STAGES = {"1": {"generate": {"seconds": 600.0}, "train": {"seconds": 600.0}, "evaluate": {"seconds": 300.0}}}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunPaths:
    monkeypatch.delenv(commands.CALLED_VARIABLE, raising=False)
    return RunPaths(tmp_path / "out" / "runs" / "20260101-000000-abcd")


def found(run: RunPaths, best: dict[str, Any], chosen: dict[str, Any] = CHOSEN, **now: Any) -> list[next_steps.Step]:
    return next_steps.steps(
        run, best, {**state.fresh(run.run_id), "status": "completed", "stages": STAGES, **now}, chosen
    )


def test_after_a_hold_twice_as_much_comes_first_and_then_finer_judging(run: RunPaths) -> None:
    more, finer = found(run, HELD)
    assert "--samples 200 --train-steps 100" in more.command and more.cost == "about 45 minutes, no money"
    assert "--eval-tasks 134" in finer.command and "judged by 96 tasks" in finer.why and "up to 134" in finer.why


@pytest.mark.parametrize("scores", [{"tasks_in_set": 96}, {"total": 92}])
def test_where_every_task_that_can_decide_was_asked_no_more_are_promised(run: RunPaths, scores: dict[str, int]) -> None:
    (alone,) = found(run, {**HELD, "sets": {"plain": {**SCORES, **scores}}})
    assert alone.label == "more"


def test_answers_that_were_cut_off_are_given_more_room_first(run: RunPaths) -> None:
    cut = {**HELD, "decisions": [{"alpha": 0.045, "reason": "3.3% were cut off: raise MAX_NEW_TOKENS"}]}
    first = found(run, cut)[0]
    assert "--max-new-tokens 400" in first.command and first.cost == "at most 30 minutes, no money"


def test_after_a_loss_the_learning_rate_is_halved_first(run: RunPaths) -> None:
    first = found(run, {**HELD, "sets": {"plain": {**SCORES, "delta": -0.1}}})[0]
    assert "--lr 0.0001" in first.command and "lost more tasks than it gained" in first.why


def test_after_a_gain_it_is_taken_along_or_goes_on_a_round(run: RunPaths) -> None:
    export, round_ = found(run, {**HELD, "beats_base": True})
    assert "scripts/export.py --adapter" in export.command
    assert f"--resume {run.run_id} --rounds 2" in round_.command and round_.cost == "about 25 minutes, no money"


def test_what_was_stopped_or_failed_goes_on_and_what_runs_is_left_alone(run: RunPaths) -> None:
    (step,) = found(run, HELD, status="failed", current_round=2, current_stage="train")
    assert step.command.startswith(f"./scripts/loop.sh --resume {run.run_id}") and "round 2, train" in step.why
    assert found(run, HELD, status="running") == [] and found(run, {}) == []


def test_a_paid_teacher_costs_in_proportion_and_what_is_not_known_is_said_so(run: RunPaths) -> None:
    paid = {**CHOSEN, "teacher_model": "gpt-4o-mini"}
    assert found(run, HELD, paid, usage={"total": {"cost_usd": 1.5}})[0].cost == "about 45 minutes, about $3.00"
    assert found(run, HELD, paid, stages={})[0].cost == "time not known, money not known"


@pytest.mark.parametrize("damaged", [{"stages": [1]}, {"stages": {"1": 3}}, {"usage": 4}, {"current_stage": {}}])
def test_a_damaged_state_costs_no_step(run: RunPaths, damaged: dict[str, Any]) -> None:
    assert found(run, HELD, **damaged)
    assert found(run, {**HELD, "sets": 3, "decisions": {"a": 1}}, {}) == []
