"""Reports and predictions: complete, about known tasks, and the same for the same answers."""

from pathlib import Path

import pytest
from sample_rows import asserted_sample, explanation_sample, sample

from autotrain.errors import DataError
from autotrain.evaluation import results
from autotrain.evaluation.scoring import Prediction
from autotrain.jsonl import write_rows


def tasks_file(tmp_path: Path, rows) -> Path:
    path = tmp_path / "tasks.jsonl"
    write_rows(path, rows)
    return path


def test_a_limit_takes_from_all_families_in_turn() -> None:
    rows = [sample(instruction=f"{family} {number}", family=family) for family in "abc" for number in range(5)]
    kept = results.limited(rows, 7)
    families = [row["metadata"]["family"] for row in kept]
    assert sorted(families.count(family) for family in "abc") == [2, 2, 3]
    assert kept == [row for row in rows if row in kept]
    assert results.limited(rows, 0) == results.limited(rows, 99) == rows


def test_a_task_that_comes_twice_is_refused_with_its_id(tmp_path: Path) -> None:
    row = asserted_sample()
    with pytest.raises(DataError, match=f"line 2: the id {row['id']} comes twice"):
        results.file_set(tasks_file(tmp_path, [row, row]))


def test_an_empty_file_of_tasks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no samples"):
        results.file_set(tasks_file(tmp_path, []))


def predictions_file(tmp_path: Path, rows) -> Path:
    path = tmp_path / "preds.jsonl"
    write_rows(path, rows)
    return path


def test_predictions_carry_their_tasks_and_can_be_scored_alone(tmp_path: Path) -> None:
    task = asserted_sample()
    written = results.prediction_row(task, Prediction(task["id"], "answer", 3, True), "data")
    sets: list[results.TaskSet] = []
    found = results.read_predictions(predictions_file(tmp_path, [written]), sets)
    assert found == [("data", Prediction(task["id"], "answer", 3, True))]
    assert [tasks.rows for tasks in sets] == [[task]]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"id": "unknown", "prediction": "x"}], "line 1: the task unknown is in none of the sets"),
        ([{"id": asserted_sample()["id"], "prediction": "x"}], "has no prediction for 1 of 2 tasks"),
        ([{"id": asserted_sample()["id"]}], "line 1: the strings `id` and `prediction` are needed"),
        ([], "holds no predictions"),
    ],
)
def test_unknown_missing_or_malformed_predictions_are_one_sentence(tmp_path: Path, rows, words: str) -> None:
    sets = [results.file_set(tasks_file(tmp_path, [asserted_sample(), explanation_sample()]))]
    with pytest.raises(DataError, match=words):
        results.read_predictions(predictions_file(tmp_path, rows), sets)


def test_uneven_numbers_of_answers_are_refused(tmp_path: Path) -> None:
    one, two = asserted_sample(), explanation_sample()
    sets = [results.file_set(tasks_file(tmp_path, [one, two]))]
    rows = [{"id": task["id"], "prediction": "x"} for task in (one, one, two)]
    with pytest.raises(DataError, match="more predictions than others"):
        results.read_predictions(predictions_file(tmp_path, rows), sets)
