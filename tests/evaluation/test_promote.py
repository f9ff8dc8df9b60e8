"""Stage promote: the base model is the first champion, and the best adapter is linked whatever it is worth."""

import os
from pathlib import Path

import pytest

from autotrain import cli
from autotrain.evaluation import promote as stage
from autotrain.jsonl import read_json, write_json
from autotrain.run import paths, state

TASKS = 120  # fewer than about 75 cannot show that the format held


def report(passed: int, *, format_ok: int = TASKS) -> dict:
    tasks = [
        {
            "set": "suite",
            "id": f"t{number}",
            "family": f"f{number}",
            "passed": number < passed,
            "weak": False,
            "judged": True,
            "format_ok": number < format_ok,
        }
        for number in range(TASKS)
    ]
    figure = {"value": passed / TASKS, "passed": passed, "n": TASKS}
    return {"kind": "evaluation", "sets": {"suite": {"metrics": {"pass@1": figure}}}, "tasks": tasks}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> paths.RunPaths:
    run = paths.RunPaths(tmp_path / "runs" / "20260101-000000-abcd")
    run.eval.mkdir(parents=True)
    state.create(run)
    monkeypatch.setenv(paths.RUN_DIR_VARIABLE, str(run.root))
    monkeypatch.setenv("EVAL_SUITE", "suite")
    write_json(run.base_report(), report(20))
    return run


def promote(run: paths.RunPaths, number: int, passed: int, **flags: int) -> dict:
    (run.adapter(number) / "final").mkdir(parents=True, exist_ok=True)
    write_json(run.report(number), report(passed, **flags))
    code = cli.main("promote", stage.make_parser(), stage.work, ["--round", str(number), "--quiet"])
    assert code == 0
    return read_json(run.best)


def linked(run: paths.RunPaths) -> str:
    return os.readlink(run.out_dir / "best_adapter")


def test_a_clearly_better_adapter_takes_the_crown_from_the_base(run: paths.RunPaths) -> None:
    best = promote(run, 1, 40)
    assert (best["champion"], best["beats_base"]) == (1, True)
    assert best["sets"]["suite"]["gained"] == 20
    assert linked(run).endswith("out_lora_round_1/final")


def test_a_difference_that_may_be_luck_is_held_but_the_best_adapter_is_still_linked(run: paths.RunPaths) -> None:
    best = promote(run, 1, 21)
    assert (best["champion"], best["beats_base"], best["round"]) == (None, False, 1)
    assert best["decisions"][0]["verdict"] == "HOLD" and "p = " in best["decisions"][0]["reason"]
    assert linked(run).endswith("out_lora_round_1/final")


def test_a_worse_later_round_does_not_move_the_link(run: paths.RunPaths) -> None:
    promote(run, 1, 40)
    best = promote(run, 2, 12)
    assert (best["champion"], best["round"]) == (1, 1)
    assert linked(run).endswith("out_lora_round_1/final")


def test_a_challenger_is_measured_against_the_champion_and_not_the_base(run: paths.RunPaths) -> None:
    promote(run, 1, 40)
    best = promote(run, 2, 41)
    assert best["decisions"][1]["against"] == 1 and best["decisions"][1]["gained"] == 1
    assert best["champion"] == 1


@pytest.mark.parametrize(("passing", "leader"), [(22, 2), (21, 2), (20, 1)])
def test_the_next_round_may_start_from_what_passed_most_the_latest_of_equals(
    run: paths.RunPaths, passing: int, leader: int
) -> None:
    promote(run, 1, 21)
    best = promote(run, 2, passing)
    assert [decision["leader"] for decision in best["decisions"]] == [1, leader]
    assert (best["champion"], best["round"]) == (None, 2 if passing > 21 else 1)


def test_a_loss_of_format_holds_a_better_score(run: paths.RunPaths) -> None:
    best = promote(run, 1, 40, format_ok=100)
    assert best["champion"] is None and "format" in best["decisions"][0]["reason"]


def test_promoting_a_round_again_changes_nothing(run: paths.RunPaths) -> None:
    promote(run, 1, 40)
    first = promote(run, 2, 50)
    again = promote(run, 2, 50)
    assert again == first and len(again["decisions"]) == 2
