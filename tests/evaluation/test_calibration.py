"""Which levels decide: told by tasks used for nothing else, chosen once, followed by every report of a run."""

from pathlib import Path

import pytest
import tiny_model
from sample_rows import asserted_sample

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import DataError
from autotrain.evaluation import calibrate, calibration
from autotrain.evaluation.suites import load_suite
from autotrain.jsonl import read_json, write_json, write_rows
from autotrain.run import paths, state


def task(level: int, family: int, number: int) -> dict:
    row = asserted_sample(instruction=f"Level {level}, task {family}.{number}: double it.", family=f"family {family}")
    row["metadata"]["level"] = level
    return row


ROWS = [task(level, family, level) for family in range(60) for level in range(4)]


def chosen(passes: dict[int, int], limit: int = 0) -> calibration.Choice:
    """The choice where the base passes so many of the twelve calibration tasks of each level."""
    left, passed = dict(passes), {}
    for row in calibration.calibration_set(ROWS, "seed"):
        level = row["metadata"]["level"]
        passed[row["id"]] = left[level] > 0
        left[level] -= 1
    return calibration.choose(ROWS, passed, limit, "seed")


def families(rows) -> set[str]:
    return {row["metadata"]["family"] for row in rows}


def levels(rows) -> set[int]:
    return {row["metadata"]["level"] for row in rows}


def test_levels_that_the_base_sometimes_passes_decide_and_easier_ones_are_watched() -> None:
    choice = chosen({0: 12, 1: 9, 2: 1, 3: 0})
    assert levels(choice.deciding) == {1, 2} and levels(choice.watched) == {0}
    assert {level: share.decides for level, share in choice.levels.items()} == {0: False, 1: True, 2: True, 3: False}


def test_what_calibrates_never_decides_and_is_no_kin_of_what_does() -> None:
    choice, calibrating = chosen({0: 6, 1: 6, 2: 6, 3: 6}), calibration.calibration_set(ROWS, "seed")
    assert len(calibrating) == 48 and not families(calibrating) & families(choice.deciding)
    assert len(choice.deciding) == len(ROWS) - 48


@pytest.mark.parametrize(("passes", "nearest"), [((0, 0, 0, 0), {0, 1}), ((12, 12, 12, 12), {2, 3})])
def test_where_no_level_qualifies_the_nearest_decide_and_it_is_said(passes, nearest) -> None:
    choice = chosen(dict(enumerate(passes)))
    assert levels(choice.deciding) == nearest and "no level lies between 10% and 90%" in choice.reason


def test_an_easier_level_than_one_that_decides_decides_too() -> None:
    assert levels(chosen({0: 0, 1: 3, 2: 0, 3: 0}).deciding) == {0, 1}


def test_a_limit_is_drawn_from_the_deciding_levels_alone() -> None:
    choice = chosen({0: 12, 1: 9, 2: 5, 3: 0}, limit=20)
    assert (len(choice.deciding), len(choice.watched)) == (20, 5)
    assert levels(choice.deciding) == {1, 2}
    more = chosen({0: 12, 1: 9, 2: 5, 3: 0}, limit=30)
    assert all(row in more.deciding for row in choice.deciding)


def test_of_few_tasks_little_is_known_and_the_level_stays_in() -> None:
    assert 0.1 < calibration.LevelShare(3, 0, False).share < calibration.LevelShare(3, 3, False).share < 0.9
    assert calibration.LevelShare(12, 0, False).share < 0.1 and calibration.LevelShare(12, 12, False).share > 0.9


def test_a_suite_without_levels_or_of_few_families_decides_whole() -> None:
    assert calibration.calibration_set([asserted_sample()], "seed") == []
    assert calibration.calibration_set([task(level, family, 0) for level in (0, 1) for family in (1, 2)], "seed") == []
    choice = calibration.choose(ROWS[:2], {}, 0, "seed")
    assert choice.deciding == ROWS[:2] and choice.levels == {}


def test_a_calibration_without_a_verdict_is_refused() -> None:
    with pytest.raises(DataError, match="no verdict on"):
        calibration.choose(ROWS, {}, 0, "seed")


def test_heidi_core_keeps_most_of_its_families_for_the_decision() -> None:
    suite = load_suite("heidi-core:dev")
    calibrating = calibration.calibration_set(suite.rows, suite.sha256)
    sizes = {level: sum(row["metadata"]["level"] == level for row in calibrating) for level in range(5)}
    assert sizes == dict.fromkeys(range(5), calibration.TASKS_A_LEVEL)
    assert len(calibration.free_rows(suite.rows, calibrating)) > 0.75 * len(suite.rows)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.save(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def run(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> paths.RunPaths:
    run = paths.RunPaths(tmp_path / "runs" / "20260101-000000-abcd")
    run.eval.mkdir(parents=True)
    state.create(run)
    write_rows(tmp_path / "suite.jsonl", [task(level, family, level) for family in range(9) for level in range(2)])
    for name, value in {
        paths.RUN_DIR_VARIABLE: run.root,
        "BASE_MODEL": tiny,
        "QUANTIZATION_BITS": 16,
        "MAX_NEW_TOKENS": 8,
        "EVAL_SUITE": tmp_path / "suite.jsonl",
    }.items():
        monkeypatch.setenv(name, str(value))
    return run


def calibrated(run: paths.RunPaths) -> dict:
    assert cli.main("calibrate", calibrate.make_parser(), calibrate.work, ["--round", "0", "--quiet"]) == 0
    return read_json(run.calibration)


def test_the_base_answers_once_and_the_choice_is_never_made_again(run: paths.RunPaths, monkeypatch, tmp_path) -> None:
    found = calibrated(run)
    assert len(found["calibrating"]) == 6 and set(found["levels"]) == {"0", "1"}
    assert found["model"]["adapter"] is None
    from autotrain.evaluation import judging

    monkeypatch.setattr(judging, "judge", None)  # a second judgement would fail
    monkeypatch.setenv("EVAL_TASKS", "2")
    assert calibrated(run) == found
    told = read_json(run.state)["evaluation"]["calibration"]
    assert told["deciding"] == len(found["deciding"]) and told["reason"] == found["reason"]


def test_every_report_of_the_run_is_on_the_tasks_chosen_and_a_changed_suite_is_refused(run, tmp_path) -> None:
    found = calibrated(run)
    sets = calibration.run_sets(found)
    assert [row["id"] for row in sets[0].rows] == found["deciding"] and sets[0].name == "suite.jsonl"
    write_rows(tmp_path / "suite.jsonl", [task(level, family, 7) for family in range(9) for level in range(2)])
    with pytest.raises(DataError, match="has changed since this run began"):
        calibration.run_sets(found)


def test_a_run_of_before_there_were_calibrations_keeps_what_it_began_with(run: paths.RunPaths) -> None:
    tasks = [{"set": "suite.jsonl", "id": "a"}, {"set": "val_round_1", "id": "b"}]
    write_json(run.base_report(), {"kind": "evaluation", "tasks": tasks})
    found = calibrated(run)
    assert (found["levels"], found["deciding"]) == ({}, ["a"])


def test_without_a_suite_the_validation_set_decides_and_nothing_is_answered(run: paths.RunPaths, monkeypatch) -> None:
    monkeypatch.setenv("EVAL_SUITE", "")
    assert "validation set decides" in calibrated(run)["reason"]


def test_what_splits_the_data_is_fixed_for_a_run() -> None:
    assert {"probe_ratio", "val_ratio", "seed", "round_data"} <= set(settings.fixed_on_resume())
