"""Names and links: an older run is never overwritten, and a person's file never removed."""

import os
from pathlib import Path

import pytest

from autotrain.errors import DataError, UsageError
from autotrain.run import paths


def make_run(out_dir: Path, run_id: str, rounds: int = 0) -> paths.RunPaths:
    run = paths.RunPaths(out_dir / "runs" / run_id)
    run.data.mkdir(parents=True)
    run.eval.mkdir()
    for number in range(1, rounds + 1):
        run.adapter(number).mkdir()
    return run


def test_the_links_lead_into_the_newest_run_and_are_relative(tmp_path: Path) -> None:
    make_run(tmp_path, "20260101-a", rounds=3)
    paths.link_newest(paths.find_run(tmp_path))
    newer = make_run(tmp_path, "20260102-b", rounds=1)
    paths.link_newest(newer)
    assert os.readlink(tmp_path / "data") == "runs/20260102-b/data"
    assert os.readlink(tmp_path / "out_lora_round_1") == "runs/20260102-b/out_lora_round_1"
    assert not (tmp_path / "out_lora_round_2").is_symlink(), "a link into an older run would mix runs"
    assert (tmp_path / "runs/20260101-a/out_lora_round_3").is_dir()


def test_a_folder_that_a_person_made_is_never_replaced(tmp_path: Path) -> None:
    run = make_run(tmp_path, "20260101-a")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="in the way"):
        paths.link_newest(run)
    assert (tmp_path / "data" / "mine.txt").read_text() == "mine"


def test_a_run_is_found_by_id_by_its_beginning_or_as_the_newest(tmp_path: Path) -> None:
    for name in ("20260101-a", "20260102-b", "20260102-c"):
        make_run(tmp_path, name)
    assert paths.find_run(tmp_path).run_id == "20260102-c"
    assert paths.find_run(tmp_path, "20260101").run_id == "20260101-a"
    with pytest.raises(UsageError, match="2 runs"):
        paths.find_run(tmp_path, "20260102")
    with pytest.raises(UsageError, match="no run .* named nope; the newest is 20260102-c"):
        paths.find_run(tmp_path, "nope")


def test_a_folder_that_is_no_run_is_not_taken_for_the_newest(tmp_path: Path) -> None:
    make_run(tmp_path, "20260101-a")
    (tmp_path / "runs" / "kept for later").mkdir()
    (tmp_path / "runs" / "20260102-note.txt").touch()
    assert [run.run_id for run in paths.runs(tmp_path)] == ["20260101-a"]


def test_no_run_at_all_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\./scripts/loop\.sh"):
        paths.find_run(tmp_path)
