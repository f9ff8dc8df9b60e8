"""A run's files change, tear, break and vanish under the dashboard's eyes."""

import json
import os
import shutil

import pytest
from dashboard_support import at, event, make_report, make_run, make_sample, make_state, now, write_json

from autotrain.dashboard.reader import RunReader, reject_counts
from autotrain.run import ownership


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path)


@pytest.fixture
def reader(run):
    found = RunReader(run, clock=now)
    found.refresh()
    return found


def append(run, row):
    with open(run.events, "ab") as stream:
        stream.write(json.dumps(row).encode() + b"\n")


def test_nothing_has_changed_when_nothing_changed(reader):
    assert not reader.refresh()
    assert not reader.read_older()


def test_the_snapshot_says_what_the_files_say(reader, run):
    snapshot = reader.snapshot
    assert snapshot.state == json.loads(run.state.read_text())
    assert snapshot.best == json.loads(run.best.read_text())
    assert sorted(snapshot.reports) == [0, 1]
    assert snapshot.reports[1]["sets"] == json.loads(run.report(1).read_text())["sets"]
    assert snapshot.checkpoints == [(1, 250), (1, 500), (2, 250)]
    assert snapshot.raw_rows == 50
    assert dict(snapshot.reasons["generate"]) == {"wrong schema": 2, "failed its own tests": 7}
    assert dict(snapshot.reasons["clean"]) == {"duplicate": 2, "secret": 1}
    assert len(snapshot.curves[1].loss) == 50 and len(snapshot.curves[2].loss) == 30
    assert snapshot.history_complete


def test_a_new_step_is_seen(reader, run):
    append(run, event(999, 5000, "train_step", round=2, data={"step": 310, "loss": 0.25}))
    assert reader.refresh()
    assert reader.snapshot.curves[2].loss.points()[-1] == (310, 0.25)


def test_a_corrupt_state_keeps_what_was_known_and_says_so(reader, run):
    run.state.write_text('{"status": "runn')
    assert reader.refresh()
    assert reader.snapshot.status == "running"
    assert any("state.json is damaged" in problem for problem in reader.snapshot.problems)
    write_json(run.state, make_state(status="completed"))
    reader.refresh()
    assert reader.snapshot.status == "completed" and reader.snapshot.problems == []


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff\xfe\x00", b'{"status": 3, "stages": [], "pid": "x"}'])
def test_no_content_of_the_state_raises(run, content):
    run.state.write_bytes(content)
    reader = RunReader(run, clock=now)
    reader.refresh()
    assert reader.snapshot.health() == "UNKNOWN"


def test_a_run_that_vanishes_is_gone_and_may_come_back(reader, run, tmp_path):
    shutil.move(run.root, tmp_path / "away")
    assert reader.refresh()
    assert reader.snapshot.health() == "GONE"
    assert not reader.refresh()
    shutil.move(tmp_path / "away", run.root)
    assert reader.refresh()
    assert not reader.snapshot.gone


def test_a_new_report_is_read_and_a_removed_one_forgotten(reader, run):
    temporary = run.eval / "temporary"
    temporary.write_text(json.dumps(make_report(2, 20)))
    os.replace(temporary, run.report(2))
    reader.refresh()
    assert sorted(reader.snapshot.reports) == [0, 1, 2]
    assert "tasks" not in reader.snapshot.reports[2]
    os.unlink(run.report(2))
    reader.refresh()
    assert sorted(reader.snapshot.reports) == [0, 1]


def test_a_damaged_report_is_named(reader, run):
    temporary = run.eval / "temporary"
    temporary.write_text("{")
    os.replace(temporary, run.report(3))
    reader.refresh()
    assert any("report_round_3.json" in problem for problem in reader.snapshot.problems)


def test_samples_are_counted_as_they_are_written(reader, run):
    with open(run.round_file("raw", 2), "ab") as stream:
        stream.write(json.dumps({**make_sample(77, 2), "instruction": "the newest"}).encode() + b"\n" + b'{"torn')
    reader.refresh()
    assert reader.snapshot.raw_rows == 51
    assert reader.snapshot.last_sample.row["instruction"] == "the newest"
    assert reader.snapshot.last_sample.accepted


def test_the_last_sample_may_be_a_refused_one(reader, run):
    rejects = run.round_file("raw", 2).with_suffix(".rejects.jsonl")
    rejects.write_text(json.dumps({"slot": 3, "reason": "failed its own tests", "detail": "d", "task": {}}) + "\n")
    os.utime(run.round_file("raw", 2), (1, 1))
    reader.refresh()
    assert not reader.snapshot.last_sample.accepted
    assert reader.snapshot.last_sample.row["reason"] == "failed its own tests"


def test_a_pid_that_does_not_exist_is_dead(reader):
    assert reader.snapshot.alive is False
    assert reader.snapshot.health() == "DEAD"


def test_a_living_owner_is_alive_and_one_with_another_start_time_is_not(run):
    write_json(run.state, make_state(pid=os.getpid(), heartbeat=at(5399)))
    owner = {"run_id": run.run_id, "pid": os.getpid(), "place": ownership.this_place()}
    write_json(run.out_dir / "pipeline.pid", {**owner, "started": ownership.start_time(os.getpid())})
    reader = RunReader(run, clock=now)
    reader.refresh()
    assert reader.snapshot.health() == "RUNNING"
    write_json(run.out_dir / "pipeline.pid", {**owner, "started": "1"})
    reader.refresh()
    assert reader.snapshot.health() == "DEAD"


def test_a_run_whose_out_dir_went_on_to_another_is_dead(run):
    write_json(run.state, make_state(pid=os.getpid()))
    owner = {"run_id": "other", "pid": os.getpid(), "started": "1", "place": ownership.this_place()}
    write_json(run.out_dir / "pipeline.pid", owner)
    reader = RunReader(run, clock=now)
    reader.refresh()
    assert reader.snapshot.health() == "DEAD"


def test_an_owner_on_another_machine_is_judged_by_its_heartbeat(run):
    write_json(run.state, make_state(heartbeat=at(0)))
    write_json(run.out_dir / "pipeline.pid", {"run_id": run.run_id, "pid": 1, "started": "1", "place": "elsewhere"})
    reader = RunReader(run, clock=now)
    reader.refresh()
    assert reader.snapshot.alive is None
    assert reader.snapshot.health() == "STALLED"


def test_a_long_log_gives_its_older_curves_bit_by_bit(run):
    with open(run.events, "wb") as stream:
        for step in range(1, 6001):
            row = event(step, step, "train_step", round=1, data={"step": step, "loss": 1 / step, "note": "x" * 100})
            stream.write(json.dumps(row).encode() + b"\n")
    reader = RunReader(run, clock=now)
    reader.refresh()
    assert not reader.snapshot.history_complete
    assert reader.snapshot.curves[1].loss.points()[0][0] > 1000
    while reader.read_older():
        pass
    assert reader.snapshot.history_complete
    assert reader.snapshot.curves[1].loss.points()[0] == (1, 1.0)
    assert reader.snapshot.curves[1].loss.points()[-1][0] == 6000


def test_a_replaced_log_gives_new_curves(reader, run):
    run.events.unlink()
    append(run, event(1, 0, "train_step", round=7, data={"step": 1, "loss": 2.0}))
    reader.refresh()
    assert list(reader.snapshot.curves) == [7]
    assert [row["seq"] for row in reader.snapshot.recent] == [1]


def test_reasons_come_plain_or_with_shares():
    assert dict(reject_counts({"reasons": {"a": {"count": 2, "share": 0.1}, "b": 3, "c": None}})) == {"a": 2, "b": 3}
    assert dict(reject_counts({"rejected": {"x": 1}})) == {"x": 1}
    assert dict(reject_counts({"rejected": 4})) == {}


def test_a_folder_without_any_file_is_a_run_of_which_nothing_is_known(tmp_path):
    from autotrain.run.paths import RunPaths

    (tmp_path / "runs" / "r").mkdir(parents=True)
    reader = RunReader(RunPaths(tmp_path / "runs" / "r"), clock=now)
    reader.refresh()
    assert reader.snapshot.health() == "UNKNOWN"
