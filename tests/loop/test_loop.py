"""`loop.sh` with tiny stages: order, exit codes, signals, stop, pause, resume, one owner an OUT_DIR."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from loop_support import PATIENCE_S, Loop, artefacts, make_project

from autotrain.run import rounds

ONLY_GENERATE = ("--stage", "generate", "--stop-stage", "generate")
ONLY_TRAIN = ("--stage", "train", "--stop-stage", "train")
WAITS = {"FAKE_ROWS": "24", "FAKE_WAITS": "generate"}  # in its middle, until it is asked for something


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def loop(project: Path, tmp_path: Path) -> Loop:
    return Loop(project, tmp_path / "out")


@pytest.fixture(scope="session")
def finished(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """One run from beginning to end, for tests that only look."""
    done = Loop(project, tmp_path_factory.mktemp("finished") / "out")
    result = done.run(ROUNDS="2")
    assert result.returncode == 0, result.stderr
    yield done


def test_a_finished_run_is_completed_and_gives_its_out_dir_back(finished: Loop) -> None:
    assert finished.state()["status"] == "completed"
    assert finished.state()["pid"] is None
    assert not (finished.out_dir / "pipeline.pid").exists()


def test_counters_are_the_lines_of_the_files(finished: Loop) -> None:
    for kind, count in finished.state()["counters"].items():
        assert count == finished.rows(kind, 1) + finished.rows(kind, 2), kind
    assert finished.state()["counters"]["raw"] == 8


def test_stages_come_in_order_and_the_base_model_answers_once(finished: Loop) -> None:
    started = [(event["round"], event["stage"]) for event in finished.events() if event["event"] == "stage_started"]
    first = [(1, stage) for stage in ("generate", "clean", "gate", "split", "train")] + [(0, "evaluate")]
    first += [(1, "evaluate"), (1, "promote")]
    assert started == [(0, "calibrate")] + first + [(2, stage) for _, stage in first if _ == 1] + [(0, "final")]


def test_the_log_holds_every_stages_words(finished: Loop) -> None:
    text = (finished.root / "pipeline.log").read_text()
    assert [line for line in text.splitlines() if line == "train: 4 rows"] == ["train: 4 rows"] * 2
    assert "\r" not in text


def test_resuming_a_completed_run_repeats_nothing(finished: Loop) -> None:
    bill, before = finished.bill.read_text(), artefacts(finished.root)
    assert finished.run("--resume", ROUNDS="2").returncode == 0
    assert finished.bill.read_text() == bill
    assert artefacts(finished.root) == before


def seen_by(loop: Loop, kind: str, number: int) -> set[str]:
    """The arguments that a tiny stage was called with, by what it wrote."""
    names = {"raw": f"data/raw_round_{number}.jsonl", "steps": f"out_lora_round_{number}/steps.jsonl"}
    path = loop.root / names.get(kind, f"data/{kind}_round_{number}.jsonl.ledger")
    return set(json.loads(path.read_text().splitlines()[0])["from"])


def test_nothing_may_train_on_the_suites_of_the_end_either(finished: Loop) -> None:
    assert {"heidi-core:plain", "heidi-core:dev", "heidi-core:sealed", "humaneval"} <= seen_by(finished, "clean", 1)


def test_a_suite_of_the_end_may_not_decide_the_rounds(loop: Loop) -> None:
    result = loop.run("--eval-suite", "humaneval")
    assert result.returncode == 2
    assert "FINAL_SUITES=humaneval" in result.stderr and not (loop.out_dir / "runs").exists()


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (("--eval-suite", "no-such"), 3, "EVAL_SUITE=no-such: heidi-core, "),
        (("--json",), 2, "--json goes with --status or --list."),
        (("--out-dir", ""), 2, "OUT_DIR= (from flag --out-dir): some text is needed."),
    ],
)
def test_what_cannot_end_well_does_not_begin(loop: Loop, flags: tuple[str, ...], code: int, words: str) -> None:
    result = loop.run(*flags)
    assert (result.returncode, words in result.stderr) == (code, True), result.stderr
    assert not (loop.out_dir / "runs").exists()


def test_patience_ends_the_rounds_and_the_suites_of_the_end_are_opened_once(loop: Loop) -> None:
    """One run for what belongs together, because a run takes seconds; stages before the promotion are left out."""
    quick = {"ROUNDS": "2", "FAKE_PROMOTE": "hold", "FAKE_ROWS": "1"}
    result = loop.run("--stage", "promote", "--patience", "1", **quick)
    assert result.returncode == 0, result.stderr
    assert "No round 2: 1 round of HOLD in a row, and PATIENCE=1." in result.stderr
    assert "Ended after round 1: 1 round of HOLD in a row" in result.stderr
    assert loop.state()["evaluation"]["early_stop"]["after_round"] == 1
    assert [event["round"] for event in loop.events() if event["event"] == "early_stop"] == [1]
    assert loop.state()["stages"]["0"]["final"]["status"] == "completed" and "2" not in loop.state()["stages"]
    before = artefacts(loop.root)
    assert loop.run("--resume", "--stage", "promote", **quick).returncode == 0
    assert artefacts(loop.root) == before

    more = loop.run("--resume", "--stage", "promote", "--patience", "0", **quick)
    assert "round 0 final: done already" in more.stderr
    assert "those figures are of round 1" in more.stderr and "round 2 became the best" in more.stderr
    assert "early_stop" not in loop.state()["evaluation"]


def test_a_promotion_starts_the_count_of_held_rounds_anew() -> None:
    verdicts = [False, True, False]
    decisions = [{"round": number, "promoted": won} for number, won in enumerate(verdicts, 1)]
    assert rounds.held_in_a_row(decisions) == 1
    assert rounds.champion(decisions) == rounds.leader(decisions) == 2
    assert rounds.leader([]) is None and rounds.leader([{"round": 1, "promoted": False, "leader": 1}]) == 1


def test_a_round_goes_on_from_the_leading_adapter_crowned_or_not(loop: Loop) -> None:
    parts = ("--stage", "train", "--stop-stage", "promote")
    result = loop.run(*parts, "--round-init", "best", ROUNDS="2", FAKE_ROWS="1", FAKE_PROMOTE="hold")
    assert result.returncode == 0, result.stderr
    assert {number for number in (1, 2) if "--init-adapter" in seen_by(loop, "steps", number)} == {2}


@pytest.mark.parametrize(
    ("teacher", "samples", "rounds_with_it"), [("self", "0", {2}), ("builtin", "4", set()), ("acme", "4", {2})]
)
def test_the_champion_of_the_rounds_before_is_its_own_teacher_or_the_student_of_an_api(
    loop: Loop, teacher: str, samples: str, rounds_with_it: set[int]
) -> None:
    settings = {"TEACHER_MODEL": teacher, "STUDENT_SAMPLES": samples, "ROUNDS": "2", "FAKE_ROWS": "1"}
    settings |= {"OPENAI_BASE_URL": "http://localhost:9/v1"} if teacher == "acme" else {}
    for stage in ("promote", "generate"):
        result = loop.run(
            *(("--resume",) if stage == "generate" else ()), "--stage", stage, "--stop-stage", stage, **settings
        )
        assert result.returncode == 0, result.stderr
    # Round 1 has no champion before it, so the base model answers.
    assert {number for number in (1, 2) if "--adapter" in seen_by(loop, "raw", number)} == rounds_with_it


def test_by_default_each_round_trains_a_new_adapter(finished: Loop) -> None:
    assert "--init-adapter" not in seen_by(finished, "steps", 2)


def test_status_and_list_answer_in_words_and_in_json(finished: Loop) -> None:
    assert f"run {finished.root.name}: completed" in finished.run("--status").stdout
    assert '"status":"completed"' in finished.run("--status", "--json").stdout
    assert f"{finished.root.name}  completed" in finished.run("--list").stdout


def test_a_callers_own_python_settings_a_link_and_a_missing_tmpdir_are_no_obstacle(loop: Loop, tmp_path: Path) -> None:
    import subprocess

    (tmp_path / "autotrain").mkdir()
    (tmp_path / "autotrain" / "__init__.py").write_text("raise SystemExit('the wrong autotrain')")
    link = tmp_path / "heidi"
    link.symlink_to(loop.project / "scripts" / "loop.sh")
    foreign = {"PYTHONHOME": str(tmp_path), "PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path / "none")}
    command = [str(link), "--list", "--out-dir", str(loop.out_dir)]
    done = subprocess.run(command, env={**loop.environment, **foreign}, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "no runs\n")
    assert done.stderr == f"TMPDIR={tmp_path / 'none'} is no folder that can be written: /tmp is used.\n"


def test_a_closed_stdout_is_no_obstacle(loop: Loop) -> None:
    import shlex
    import subprocess

    command = ["bash", "-c", f"{shlex.join(loop.command('--list'))} >&-"]
    done = subprocess.run(command, env=loop.environment, stderr=subprocess.PIPE, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_help_is_answered_and_nothing_runs(loop: Loop) -> None:
    result = loop.run("--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert not loop.out_dir.exists()


def test_a_failing_stage_ends_the_loop_with_its_code_and_its_words_last(loop: Loop) -> None:
    result = loop.run(FAKE_CLEAN="fail", FAKE_CODE="3")
    assert result.returncode == 3
    assert result.stderr.splitlines()[-1] == "clean: error: the clean stage was told to fail."
    assert loop.state()["status"] == "failed"
    assert loop.state()["error"] == "clean: error: the clean stage was told to fail."


def test_resume_after_a_failure_goes_on_at_the_failed_stage(loop: Loop) -> None:
    loop.run(FAKE_CLEAN="fail")
    result = loop.run("--resume", "--stop-stage", "clean")
    assert result.returncode == 0, result.stderr
    assert "round 1 generate: done already" in result.stderr
    assert len(loop.bill.read_text().splitlines()) == 4


def test_a_stage_killed_for_memory_fails_and_says_what_to_lower(loop: Loop) -> None:
    result = loop.run(*ONLY_GENERATE, FAKE_GENERATE="killed")
    assert result.returncode == 1
    assert "SIGKILL" in result.stderr.splitlines()[-1] and "BATCH_SIZE" in result.stderr.splitlines()[-1]


def test_a_child_that_outlives_its_stage_does_not_hold_up_the_loop(loop: Loop) -> None:
    assert loop.run(*ONLY_GENERATE, FAKE_GENERATE="orphan").returncode == 0


def test_a_second_loop_is_refused_with_the_firsts_run_and_pid(loop: Loop) -> None:
    first = loop.start(*ONLY_GENERATE, **WAITS)
    loop.wait_for(lambda: loop.rows("raw") > 1)
    second = loop.run(*ONLY_GENERATE)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=PATIENCE_S)
    assert second.returncode == 2
    assert loop.root.name in second.stderr and f"pid {first.pid}" in second.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_at_a_safe_point_and_resume_finishes(loop: Loop, number: signal.Signals) -> None:
    process = loop.start(*ONLY_GENERATE, **WAITS)
    loop.wait_for(lambda: loop.rows("raw") > 1)
    process.send_signal(number)
    assert process.wait(timeout=PATIENCE_S) == 75
    assert loop.state()["status"] == "stopped"
    assert 0 < loop.rows("raw") < 24
    assert loop.run("--resume", *ONLY_GENERATE, FAKE_ROWS="24").returncode == 0
    assert loop.rows("raw") == len(loop.bill.read_text().splitlines()) == 24


def test_a_signal_sent_several_times_by_a_closing_terminal_is_still_one_stop(loop: Loop) -> None:
    process = loop.start(*ONLY_GENERATE, **WAITS)
    loop.wait_for(lambda: loop.rows("raw") > 1)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
    assert process.wait(timeout=PATIENCE_S) == 75


def test_ctrl_c_twice_ends_the_stage_now(loop: Loop) -> None:
    process = loop.start(*ONLY_GENERATE, FAKE_ROWS="2", FAKE_ROW_S="200")
    loop.wait_for(lambda: loop.state()["current_stage"] == "generate")
    process.send_signal(signal.SIGINT)
    loop.wait_for(lambda: loop.state()["stop_requested"])
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE_S) == 130
    assert loop.state()["status"] == "stopped"


def test_stop_from_another_terminal_is_in_the_state_at_once(loop: Loop) -> None:
    process = loop.start(*ONLY_GENERATE, **WAITS)
    loop.wait_for(lambda: loop.rows("raw") > 1)
    assert loop.run("--stop").returncode == 0
    state = loop.state()
    assert state["stop_requested"] or state["status"] == "stopped"
    assert process.wait(timeout=PATIENCE_S) == 75


def test_stop_without_a_loop_says_that_none_runs(loop: Loop) -> None:
    result = loop.run("--stop")
    assert result.returncode == 2
    assert "No loop is running" in result.stderr


def test_a_pause_leaves_at_a_safe_point_and_continue_finishes_the_stage(loop: Loop) -> None:
    process = loop.start(*ONLY_GENERATE, **WAITS)
    loop.wait_for(lambda: loop.rows("raw") > 1)
    assert loop.run("--pause").returncode == 0
    loop.wait_for(lambda: loop.state()["status"] == "paused")
    assert "paused" in loop.run("--status").stdout
    assert loop.run("--continue").returncode == 0
    assert process.wait(timeout=PATIENCE_S) == 0
    assert loop.rows("raw") == len(loop.bill.read_text().splitlines()) == 24


def test_without_freeing_the_gpu_a_paused_training_keeps_its_process(loop: Loop) -> None:
    process = loop.start(*ONLY_TRAIN, PAUSE_FREES_GPU="0", FAKE_WAITS="train")
    steps = "out_lora_round_1/steps.jsonl"
    loop.wait_for(lambda: (loop.root / steps).stat().st_size > 0)
    loop.run("--pause")
    loop.wait_for(lambda: loop.state()["status"] == "paused")
    loop.run("--continue")
    loop.go.touch()
    assert process.wait(timeout=PATIENCE_S) == 0
    started = [event for event in loop.events() if event["event"] == "stage_started"]
    assert len(started) == 1


def test_a_paused_run_can_be_stopped(loop: Loop) -> None:
    process = loop.start(*ONLY_GENERATE, **WAITS)
    loop.wait_for(lambda: loop.rows("raw") > 1)
    loop.run("--pause")
    loop.wait_for(lambda: loop.state()["status"] == "paused")
    loop.run("--stop")
    assert process.wait(timeout=PATIENCE_S) == 75
    assert loop.state()["status"] == "stopped"


def test_a_stage_does_not_outlive_a_loop_that_was_killed(loop: Loop) -> None:
    process = loop.start(*ONLY_GENERATE, **WAITS)
    loop.wait_for(lambda: loop.rows("raw") > 1)
    os.kill(process.pid, signal.SIGKILL)
    loop.wait_for(lambda: loop.state()["status"] == "stopped")
    assert loop.run("--resume", *ONLY_GENERATE, FAKE_ROWS="24").returncode == 0
    assert loop.rows("raw") == 24


def test_a_changed_setting_that_mixes_data_is_refused_by_name(finished: Loop) -> None:
    result = finished.run("--resume", "--seed", "7")
    assert result.returncode == 2
    assert "SEED=7" in result.stderr and "--allow-changed" in result.stderr


def test_allow_changed_accepts_it(finished: Loop) -> None:
    assert finished.run("--resume", "--seed", "7", "--allow-changed", ROUNDS="2").returncode == 0


def test_a_file_of_the_callers_folder_takes_no_modules_place(loop: Loop, tmp_path: Path) -> None:
    import subprocess
    import sys

    if sys.version_info < (3, 11):
        pytest.skip("PYTHONSAFEPATH is heeded from Python 3.11 on")
    (tmp_path / "autotrain.py").write_text("raise SystemExit('the wrong autotrain')")
    result = subprocess.run(
        loop.command("--list"), cwd=tmp_path, env=loop.environment, capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stdout) == (0, "no runs\n")
