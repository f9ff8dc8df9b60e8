"""state.json: transitions, damage and its repair, requests, and the events beside it."""

import os
from pathlib import Path

import orjson
import pytest

from autotrain.errors import AutotrainError, DataError
from autotrain.jsonl import write_json
from autotrain.run import rebuild, state
from autotrain.run.events import EventLog
from autotrain.run.paths import RunPaths


@pytest.fixture
def run(tmp_path: Path) -> RunPaths:
    """A run whose generate stage is done and whose clean stage works."""
    run = RunPaths(tmp_path / "runs" / "20260101-000000-abcd")
    run.data.mkdir(parents=True)
    state.create(run)
    log = EventLog(run.events, run.run_id)
    log.emit("run_created")
    for name, stage in (("stage_started", "generate"), ("stage_completed", "generate"), ("stage_started", "clean")):
        log.emit(name, stage=stage, round_number=1, data={"seconds": 1.5, "summary": {"rows": 2, "path": "x"}})
    run.round_file("raw", 1).write_text('{"id": 1}\n{"id": 2}\n')
    return run


DAMAGES = {
    "missing": None,
    "empty": b"",
    "torn": b'{"schema_version": 1, "run_id": "2026',
    "of zeros": bytes(400),
    "a list": b"[]",
    "without stages": b'{"schema_version": 1, "status": "running"}',
    "with another type": None,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_is_rebuilt_from_events_and_files(run: RunPaths, damage: str) -> None:
    content = DAMAGES[damage]
    if damage == "with another type":
        content = orjson.dumps({**state.fresh(run.run_id), "stages": {"1": "all"}})
    run.state.unlink() if content is None else run.state.write_bytes(content)
    state.update(run, lambda now: None)
    now = orjson.loads(run.state.read_bytes())
    assert state.stage_done(now, 1, "generate")
    assert not state.stage_done(now, 1, "clean")
    assert now["stages"]["1"]["generate"]["counts"] == {"rows": 2}
    assert (now["status"], now["current_stage"], now["counters"]["raw"]) == ("running", "clean", 2)
    assert [event["event"] for event in rebuild.intact_events(run)][-1] == "state_rebuilt"


def test_reading_a_damaged_state_writes_nothing(run: RunPaths) -> None:
    run.state.write_bytes(b"")
    assert state.load(run)["status"] == "running"
    assert run.state.read_bytes() == b""


def test_without_events_nothing_counts_as_done(run: RunPaths) -> None:
    run.state.unlink()
    run.events.unlink()
    now = state.load(run)
    assert now["stages"] == {}
    assert now["counters"]["raw"] == 2


def test_a_damaged_event_costs_only_itself(run: RunPaths) -> None:
    run.events.write_bytes(run.events.read_bytes() + b"\0\0 no JSON\n")
    EventLog(run.events, run.run_id).emit("run_stopped")
    run.state.unlink()
    assert state.load(run)["status"] == "stopped"


def test_a_state_of_a_newer_program_is_refused_and_left_alone(run: RunPaths) -> None:
    write_json(run.state, {**state.fresh(run.run_id), "schema_version": 2})
    before = run.state.read_bytes()
    with pytest.raises(DataError, match="schema version 2"):
        state.update(run, lambda now: None)
    assert run.state.read_bytes() == before


@pytest.mark.parametrize("before", state.STATUSES)
@pytest.mark.parametrize("after", state.STATUSES)
def test_only_the_listed_transitions_are_allowed(before: str, after: str) -> None:
    now = {"status": before}
    if after == before or after in state.TRANSITIONS[before]:
        state.move(now, after)
        assert now["status"] == after
    else:
        with pytest.raises(AutotrainError, match=f"{before} cannot become {after}"):
            state.move(now, after)


def test_a_failed_change_leaves_the_state_as_it_was(run: RunPaths) -> None:
    before = run.state.read_bytes()
    with pytest.raises(ZeroDivisionError):
        state.update(run, lambda now: now.update(error=1 // 0))
    assert run.state.read_bytes() == before
    assert [path for path in run.root.iterdir() if path.name.endswith(".tmp")] == []


def test_a_pause_asks_a_stage_to_leave_only_where_it_frees_the_machine(
    run: RunPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.update(run, lambda now: now.update(pause_requested=True))
    monkeypatch.setenv(state.PAUSE_VARIABLE, state.PAUSE_HOLDS)
    assert not state.StopWatch(run).stop_requested()
    monkeypatch.setenv(state.PAUSE_VARIABLE, state.PAUSE_EXITS)
    assert state.StopWatch(run).stop_requested()


def test_a_stage_that_began_to_leave_does_not_turn_back(run: RunPaths) -> None:
    watch = state.StopWatch(run, interval_s=0.0)
    state.update(run, lambda now: now.update(stop_requested=True))
    assert watch.stop_requested()
    state.update(run, lambda now: now.update(stop_requested=False))
    assert watch.stop_requested()


def test_a_torn_last_event_is_cut_off_and_numbers_go_on(run: RunPaths) -> None:
    whole = run.events.read_bytes()
    os.truncate(run.events, len(whole) - 5)
    assert EventLog(run.events, run.run_id).emit("next") == 4
    assert [event["seq"] for event in rebuild.intact_events(run)] == [1, 2, 3, 4]


def test_an_event_longer_than_the_window_is_followed_by_the_next_number(run: RunPaths) -> None:
    log = EventLog(run.events, run.run_id)
    assert log.emit("long", "word " * 20_000) == 5
    assert log.emit("after") == 6


def test_the_value_of_a_key_that_names_a_credential_is_never_written(run: RunPaths) -> None:
    EventLog(run.events, run.run_id).emit("told", data={"server": [{"db_password": "Tr0ub4dor&3x"}], "tokens": 7})
    written = run.events.read_text(encoding="utf-8").splitlines()[-1]
    assert "Tr0ub4dor" not in written and '"db_password":"[REDACTED:' in written and '"tokens":7' in written
