"""Reports and predictions: complete, about known tasks, and the same for the same answers."""

from collections import Counter
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


def leveled(level: int, kind: str, family: str, number: int) -> dict:
    row = sample(instruction=f"{family} {kind} {number}", family=family, task_type=kind)
    row["metadata"]["level"] = level
    return row


ROWS = [
    leveled(level, kind, f"family {level} {number % 10}", number)
    for level in range(4)
    for kind, count in (("code_completion", 20), ("bug_fixing", 10))
    for number in range(count)
]


def test_a_limit_keeps_the_proportions_of_levels_and_types_and_opens_every_family() -> None:
    kept = results.limited(ROWS, 40, "seed")
    assert kept == [row for row in ROWS if row in kept]
    assert Counter(row["metadata"]["level"] for row in kept) == dict.fromkeys(range(4), 10)
    assert 24 <= sum(row["metadata"]["task_type"] == "code_completion" for row in kept) <= 30
    assert len({row["metadata"]["family"] for row in kept}) >= 36
    assert results.limited(ROWS, 0, "seed") == results.limited(ROWS, 999, "seed") == ROWS


def test_a_smaller_limit_is_a_part_of_a_larger_one_and_another_seed_draws_others() -> None:
    draws = [[row["id"] for row in results.limited(ROWS, limit, "seed")] for limit in range(1, 121)]
    assert all(set(one) <= set(more) for one, more in zip(draws, draws[1:]))  # noqa: B905
    assert {row["id"] for row in results.limited(ROWS, 40, "other")} != set(draws[39])


def test_a_limit_spreads_over_a_suite_that_has_neither_levels_nor_families() -> None:
    numbers = [int(row["id"].split("/")[1]) for row in results.suite_set("humaneval", 24).rows]
    assert len(numbers) == 24 and min(numbers) < 40 and max(numbers) > 120
    assert sum(number < 82 for number in numbers) in range(6, 19)


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
