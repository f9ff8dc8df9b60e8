"""What a stage says: shown as it comes, logged as whole lines without bars and secrets; and its environment."""

import io
import os
import secrets
from pathlib import Path

import pytest

from autotrain.loop import runner
from autotrain.loop.runner_watch import Watch
from autotrain.run import state
from autotrain.run.paths import RunPaths
from autotrain.run.stage_log import StageLog


def logged(tmp_path: Path, *blocks: bytes) -> tuple[StageLog, list[str]]:
    """The log after a stage that wrote these blocks, one after the other."""
    path = tmp_path / "pipeline.log"
    log = StageLog(path, "round 1 clean")
    for block in blocks:
        read, write = os.pipe()
        os.write(write, block)
        os.close(write)
        with open(read, "rb") as stream:
            log.relay(stream)
    return log, path.read_text().splitlines()[1:]


def test_a_progress_bar_leaves_its_last_look_alone(tmp_path: Path) -> None:
    _, lines = logged(tmp_path, b"\rstep 1/9\rstep 2/9\rstep 9/9\nnext\n")
    assert lines == ["step 9/9", "next"]


def test_a_line_that_ends_in_carriage_return_and_newline_is_kept(tmp_path: Path) -> None:
    _, lines = logged(tmp_path, b"windows words\r\n")
    assert lines == ["windows words"]


def test_a_last_line_without_newline_is_kept(tmp_path: Path) -> None:
    _, lines = logged(tmp_path, b"cut of")
    assert lines == ["cut of"]


def test_a_key_in_a_stages_words_does_not_reach_the_log(tmp_path: Path) -> None:
    key = "sk-proj-" + secrets.token_hex(24)
    _, lines = logged(tmp_path, f"connecting with {key}\n".encode())
    assert key not in "\n".join(lines)
    assert lines[0].startswith("connecting with [REDACTED")


def test_what_a_stage_repeats_steers_neither_the_terminal_nor_whoever_reads_the_log(
    tmp_path: Path, capfdbinary
) -> None:
    log, lines = logged(tmp_path, b"step 1\rclean: error: \x1b]0;title\x07 \xc2\x9b2J caf\xc3\xa9\n")
    assert lines == ["clean: error: ·]0;title· ·2J café"] == [log.last_error("clean")]
    assert capfdbinary.readouterr().err.decode() == "step 1\rclean: error: ·]0;title· ·2J café\n"


def test_what_draws_a_bar_reaches_the_terminal_and_nothing_else_that_steers(tmp_path: Path, capfdbinary) -> None:
    _, lines = logged(tmp_path, b"\x1b[32mtrain\x1b[0m 3/4\r\x1b[2K\x1b]0;x\x07done\n")
    assert lines == ["·]0;x·done"]
    assert capfdbinary.readouterr().err.decode() == "\x1b[32mtrain\x1b[0m 3/4\r\x1b[2K·]0;x·done\n"


def test_the_stages_own_error_line_is_its_message_even_when_others_follow(tmp_path: Path) -> None:
    log, _ = logged(tmp_path, b"clean: error: F does not exist.\nsome library: bye\n")
    assert log.last_error("clean") == "clean: error: F does not exist."


def test_a_stage_that_says_nothing_still_has_a_message(tmp_path: Path) -> None:
    log, lines = logged(tmp_path)
    assert lines == []
    assert log.last_error("clean").startswith("clean: error:")


def test_a_log_that_cannot_be_written_costs_lines_and_not_the_stage(tmp_path: Path, capfd) -> None:
    path = tmp_path / "pipeline.log"
    path.mkdir()
    log = StageLog(path, "round 1 clean")
    log.say("clean: all is well")
    assert "clean: all is well" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("stage", "teacher", "key", "token"),
    [
        ("generate", "gpt-4o-mini", True, False),
        ("generate", "self", False, True),
        ("train", "self", False, True),
        ("gate", "self", False, False),
        ("final", "gpt-4o-mini", False, True),
    ],
)
def test_a_credential_reaches_only_the_stages_that_need_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, teacher: str, key: bool, token: bool
) -> None:
    monkeypatch.setenv("TEACHER_MODEL", teacher)
    monkeypatch.setenv("OPENAI_API_KEY", "x" * 8)
    monkeypatch.setenv("HF_TOKEN", "y" * 8)
    run = RunPaths(tmp_path / "runs" / "r")
    run.root.mkdir(parents=True)
    environment = runner.Runner(run, stage, 1, Watch(run, 0, holds_on_pause=False))._environment()
    assert ("OPENAI_API_KEY" in environment, "HF_TOKEN" in environment) == (key, token)


@pytest.mark.parametrize(("stage", "setting"), [("final", "YARDSTICK"), ("generate", "SELF_ENDPOINT")])
def test_the_key_reaches_the_stage_that_asks_a_server_beside_the_teacher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str, setting: str
) -> None:
    monkeypatch.setenv("TEACHER_MODEL", "self")
    for name in (setting, "ENDPOINT_API_KEY", "HF_TOKEN", "WANDB_API_KEY"):
        monkeypatch.setenv(name, "m@http://localhost/v1")
    run = RunPaths(tmp_path / "runs" / "r")
    run.root.mkdir(parents=True)
    environment = runner.Runner(run, stage, 0, Watch(run, 0, holds_on_pause=False))._environment()
    assert "ENDPOINT_API_KEY" in environment and "HF_TOKEN" in environment and "WANDB_API_KEY" not in environment


@pytest.mark.parametrize(
    ("output", "summary"),
    [
        (b'{"rows": 3}\n', {"rows": 3}),
        (b'banner\n{"rows": 3}\n', {"rows": 3}),
        (b"", {}),
        (b"words\n", {}),
        (b"[1]", {}),
    ],
)
def test_only_a_json_object_on_the_last_line_is_a_summary(output: bytes, summary: dict) -> None:
    assert runner._summary(output) == summary


def test_a_half_written_output_of_a_killed_stage_is_not_taken_for_done(tmp_path: Path) -> None:
    run = RunPaths(tmp_path / "runs" / "r")
    run.data.mkdir(parents=True)
    state.create(run)
    state.update(run, lambda now: now.update(status="running"))
    output = run.round_file("clean", 1)
    output.write_text('{"id": 1}\n{"id"')
    program = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('whole\\n')"
    one = runner.Runner(run, "clean", 1, Watch(run, 0, holds_on_pause=False))
    assert one.execute(["-c", program, str(output)], output) == 0
    assert output.read_text() == "whole\n"


def test_a_done_stage_whose_output_was_removed_runs_again(tmp_path: Path) -> None:
    run = RunPaths(tmp_path / "runs" / "r")
    run.data.mkdir(parents=True)
    state.create(run)
    state.update(run, lambda now: now.update(status="running"))
    output = run.round_file("clean", 1)
    program = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text('whole\\n')"
    one = runner.Runner(run, "clean", 1, Watch(run, 0, holds_on_pause=False))
    one.execute(["-c", program, str(output)], output)
    output.unlink()
    assert one.execute(["-c", program, str(output)], output) == 0
    assert output.exists()


def test_a_bar_that_is_drawn_for_hours_takes_no_memory(tmp_path: Path) -> None:
    log = StageLog(tmp_path / "pipeline.log", "t")
    read, write = os.pipe()
    with open(read, "rb") as stream, open(write, "wb", buffering=0) as sender:
        held: list[int] = []
        real = log._log
        log._log = lambda line: (held.append(len(line)), real(line))[1]  # type: ignore[method-assign]
        for _ in range(60):
            sender.write(b"\rstep 1/9")
        sender.close()
        log.relay(io.BufferedReader(stream.raw))
    assert max(held) <= len(b"\rstep 1/9")
