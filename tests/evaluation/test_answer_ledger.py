"""Answers are kept one by one: an evaluation that was killed goes on, and its report is that of one left in peace."""

from pathlib import Path
from typing import Any

import pytest
import tiny_model
from sample_rows import asserted_sample
from stage_support import run_stage

from autotrain.evaluation import answer_ledger, generate
from autotrain.jsonl import load_rows, read_json, write_rows

TASKS = 10


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tiny_model.save(tmp_path / "model")
    rows = [
        {**asserted_sample(instruction=f"Task {n}: {'word ' * (n % 4)}double it."), "wrong": ["no"]}
        for n in range(TASKS)
    ]
    write_rows(tmp_path / "tasks.jsonl", rows)
    for name, value in {
        "BASE_MODEL": str(tmp_path / "model"),
        "QUANTIZATION_BITS": "16",
        "MAX_NEW_TOKENS": "12",
        "EVAL_BATCH_SIZE": "2",
        "EVAL_SUITE": "",
    }.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def evaluate(place: Path, name: str, *flags: str) -> int:
    told = ["--data", str(place / "tasks.jsonl"), "--output", str(place / f"{name}.json"), "--quiet"]
    told += ["--write-preds", str(place / f"{name}.jsonl")]
    return run_stage("05_eval.py", "evaluate", *(flags or ("--base-only",)), *told)


def content(path: Path) -> Any:
    report = read_json(path)
    return {name: value for name, value in report.items() if name not in ("created", "timing")}


def kill_after(monkeypatch: pytest.MonkeyPatch, answers: int) -> list[int]:
    """Let so many answers come, then end the process's work; counts the answers that were generated."""
    made: list[int] = []
    keep = answer_ledger.AnswerLedger.keep

    def counted(self: Any, place: int, completion: Any) -> None:
        if len(made) == answers:
            raise Killed
        made.append(place)
        keep(self, place, completion)

    monkeypatch.setattr(answer_ledger.AnswerLedger, "keep", counted)
    return made


@pytest.mark.parametrize("flags", [("--base-only",), ("--base-only", "--samples-per-task", "2", "--temperature", "1")])
def test_a_killed_evaluation_goes_on_to_the_same_report(place: Path, monkeypatch, flags) -> None:
    assert evaluate(place, "peace", *flags) == 0
    with monkeypatch.context() as patch:
        kill_after(patch, 7)
        with pytest.raises(Killed):
            evaluate(place, "killed", *flags)
    assert not (place / "killed.json").exists()
    with monkeypatch.context() as patch:
        again = kill_after(patch, 1000)
        assert evaluate(place, "killed", *flags) == 0
    answers = TASKS * (2 if "--temperature" in flags else 1)
    assert len(again) == answers - answer_ledger.GROUP_BATCHES * 2, "a whole group was answered again"
    assert content(place / "killed.json") == content(place / "peace.json")
    assert (place / "killed.jsonl").read_bytes() == (place / "peace.jsonl").read_bytes()
    assert list(place.glob("*.answers.jsonl")) == []


def test_a_torn_last_line_is_cut_off(place: Path, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        kill_after(patch, 7)
        with pytest.raises(Killed):
            evaluate(place, "killed")
    with open(place / "killed.json.answers.jsonl", "ab") as stream:
        stream.write(b'{"place": 3, "te')
    assert evaluate(place, "killed") == 0


def test_answers_of_another_model_or_decoding_are_not_taken(place: Path, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        kill_after(patch, 7)
        with pytest.raises(Killed):
            evaluate(place, "killed")
    monkeypatch.setenv("MAX_NEW_TOKENS", "13")
    with monkeypatch.context() as patch:
        again = kill_after(patch, 1000)
        assert evaluate(place, "killed") == 0
    assert len(again) == TASKS


def test_a_whole_group_alone_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with answer_ledger.AnswerLedger(path, "x") as ledger:
        ledger.keep(0, generate.Completion("a", 1, False))
        ledger.keep(1, generate.Completion("b", 1, True))
    with answer_ledger.AnswerLedger(path, "x") as ledger:
        assert ledger.group([1, 0]) == [generate.Completion("b", 1, True), generate.Completion("a", 1, False)]
        assert ledger.group([0, 2]) is None
    with answer_ledger.AnswerLedger(path, "y") as ledger:
        assert ledger.group([0]) is None


def test_groups_hold_every_task_once_longest_first() -> None:
    found = answer_ledger.groups([3, 9, 1, 9, 5], 1)
    assert found == [[1, 3], [4, 0], [2]]


def test_several_answers_a_task_in_a_file_of_predictions_give_pass_at_k(place: Path, monkeypatch) -> None:
    rows = load_rows(place / "tasks.jsonl")
    told = [
        {"id": task["id"], "prediction": task["output"] if number == 0 and place_ < 5 else "no"}
        for place_, task in enumerate(rows)
        for number in range(2)
    ]
    write_rows(place / "given.jsonl", told)
    assert evaluate(place, "given_report", "--preds", str(place / "given.jsonl")) == 0
    report = read_json(place / "given_report.json")
    metrics = report["sets"]["tasks"]["metrics"]
    assert report["samples_per_task"] == 2
    assert metrics["pass@k"] == {"1": pytest.approx(0.25), "2": pytest.approx(0.5)}


def humaneval_predictions(place: Path) -> Path:
    from autotrain.evaluation.suites import load_suite

    path = place / "humaneval.jsonl"
    write_rows(path, ({"id": row["id"], "prediction": "no code"} for row in load_suite("humaneval").rows))
    return path


def test_a_full_file_of_predictions_is_scored_whole_on_any_profile(place: Path, monkeypatch) -> None:
    monkeypatch.setenv("PROFILE", "cpu")
    preds = str(humaneval_predictions(place))
    told = ["--preds", preds, "--suite", "humaneval", "--output", str(place / "scored.json"), "--quiet"]
    assert run_stage("05_eval.py", "evaluate", *told) == 0
    assert read_json(place / "scored.json")["sets"]["humaneval"]["metrics"]["tasks"] == 164


def test_a_limit_that_a_person_set_is_kept_for_predictions(place: Path, monkeypatch) -> None:
    monkeypatch.setenv("EVAL_TASKS", "3")
    preds = str(humaneval_predictions(place))
    assert evaluate(place, "cut", "--preds", preds, "--suite", "humaneval") == 3
