"""Stage promote: the base model is the first champion, and the best adapter is linked whatever it is worth."""

import os
from pathlib import Path

import pytest

from autotrain import cli
from autotrain.evaluation import promote as stage
from autotrain.jsonl import load_rows, read_json, write_json, write_rows
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
    monkeypatch.setenv("ROUNDS", "3")
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


def test_a_round_judged_anew_keeps_its_share_and_what_came_after_stays_spent(
    run: paths.RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [promote(run, number, 21)["decisions"][-1]["alpha"] for number in (1, 2, 3)]
    assert first == pytest.approx([0.05 / 3.1] * 3)
    monkeypatch.setenv("ROUNDS", "1")
    assert promote(run, 1, 21)["decisions"][0]["alpha"] == first[0]
    monkeypatch.setenv("ROUNDS", "5")
    promote(run, 2, 21)
    assert promote(run, 3, 21)["decisions"][-1]["alpha"] == first[2]
    fourth = promote(run, 4, 21)["decisions"][-1]["alpha"]
    assert fourth == pytest.approx((0.05 - sum(first)) / 2.1)


def test_a_promotion_gives_its_share_back_and_the_policy_score_spends_none(
    run: paths.RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(run, 1, 40)
    assert promote(run, 2, 41)["decisions"][1]["alpha"] == pytest.approx(0.05 / 2.1)
    monkeypatch.setenv("PROMOTION", "score")
    best = promote(run, 3, 42)
    assert best["decisions"][2]["promoted"] and list(best["alphas"]) == ["1", "2"]


def test_an_adapter_crowned_for_its_score_alone_is_not_said_to_beat_the_base(
    run: paths.RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMOTION", "score")
    best = promote(run, 1, 21)
    assert (best["champion"], best["beats_base"]) == (1, False)
    monkeypatch.setenv("PROMOTION", "strict")
    best = promote(run, 2, 60)
    assert (best["champion"], best["beats_base"]) == (2, False), "it beats a champion of which nothing is known"


def test_losses_among_the_watched_easier_tasks_hold_a_better_score(run: paths.RunPaths) -> None:
    easier = "suite, easier"

    def with_easier(content: dict, passed: int) -> dict:
        content["sets"][easier] = {"metrics": {"pass@1": {"value": passed / 40, "passed": passed, "n": 40}}}
        content["tasks"] += [
            {"set": easier, "id": f"e{n}", "family": f"e{n}", "passed": n < passed, "weak": False, "judged": True}
            for n in range(40)
        ]
        return content

    write_json(run.base_report(), with_easier(report(20), 40))
    (run.adapter(1) / "final").mkdir(parents=True)
    write_json(run.report(1), with_easier(report(40), 25))
    assert cli.main("promote", stage.make_parser(), stage.work, ["--round", "1", "--quiet"]) == 0
    decision = read_json(run.best)["decisions"][0]
    assert (decision["verdict"], decision["total"], decision["kept"]["base model"]["lost"]) == ("HOLD", TASKS, 15)
    assert "60 tasks that the base model passed 15 are lost" in decision["reason"]


def test_a_suite_in_a_file_decides_by_its_name(run: paths.RunPaths) -> None:
    assert stage.deciding_set({"sets": {"val_round_1": {}, "mine.jsonl": {}}}, "/data/mine.jsonl") == "mine.jsonl"
    assert stage.deciding_set({"sets": {"val_round_1": {}}}, "") == "val_round_1"


def test_the_focus_holds_what_failed_with_the_wrong_answer_and_why(run: paths.RunPaths) -> None:
    run.data.mkdir(parents=True)
    write_rows(run.round_file("probe", 1), [{"id": "a"}, {"id": "b"}])
    told = report(20)
    judged = {"set": "probe_round_1", "judged": True, "weak": False}
    told["tasks"] += [
        {**judged, "id": "a", "passed": False, "reason": "f(1) is 3"},
        {**judged, "id": "b", "passed": True},
    ]
    write_json(run.report(1), told)
    answers = [("suite", "a", "other"), ("probe_round_1", "a", "return 3"), ("probe_round_1", "b", "return 1")]
    write_rows(run.predictions(1), [{"set": name, "id": task, "prediction": text} for name, task, text in answers])
    assert stage.write_focus(run, 1) == 1
    assert load_rows(run.focus(2)) == [{"id": "a", "failed": {"answer": "return 3", "reason": "f(1) is 3"}}]
    run.predictions(1).unlink()
    assert stage.write_focus(run, 1) == 1 and load_rows(run.focus(2))[0]["failed"]["answer"] == ""
