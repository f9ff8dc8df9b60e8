"""Runs and who owns an OUT_DIR: locks, recycled pids, other machines, clocks, full and read-only disks."""

import datetime
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autotrain.config import precedence, profiles
from autotrain.config.settings import PROJECT_ROOT
from autotrain.errors import DataError, UsageError
from autotrain.jsonl import read_json, write_json
from autotrain.loop import requests, runner
from autotrain.loop.runner_watch import Watch
from autotrain.run import commands, ownership, paths, runs, stages, state
from autotrain.tasks import prompts

CPU = profiles.Hardware("", 0, (0, 0), 2, 8 << 30)
ME = os.getpid()


def resolved(out_dir: Path, **flags: str) -> precedence.Resolved:
    return precedence.resolve({"out_dir": str(out_dir), **flags}, environ={}, env_file=out_dir / ".env", hardware=CPU)


@pytest.fixture
def run(tmp_path: Path) -> paths.RunPaths:
    return runs.create(resolved(tmp_path), ME)[0]


def test_a_new_run_is_whole_and_owned(run: paths.RunPaths) -> None:
    assert state.load(run)["status"] == "running"
    assert runs.settings_of(run)["teacher_model"] == "builtin"
    found = ownership.owner(run.out_dir)
    assert found is not None and (found.run_id, found.pid) == (run.run_id, ME)


def test_a_pid_that_is_another_process_by_now_is_not_the_owner(run: paths.RunPaths) -> None:
    content = read_json(run.out_dir / "pipeline.pid")
    write_json(run.out_dir / "pipeline.pid", {**content, "started": "1"})
    assert ownership.owner(run.out_dir) is None
    said = ownership.take(run.out_dir, "next", ME)
    assert said is not None and run.run_id in said and "taken over" in said


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"12\n", b'{"pid": "x"}'])
def test_a_damaged_lock_is_taken_over_and_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pipeline.pid").write_bytes(content)
    said = ownership.take(tmp_path, "next", ME)
    assert said is not None and "damaged" in said


def test_an_out_dir_stays_taken_while_the_runner_of_a_dead_loop_works(run: paths.RunPaths) -> None:
    content = read_json(run.out_dir / "pipeline.pid")
    gone = {**content, "started": "1"}
    runner_process = {"pid": os.getppid(), "started": ownership.start_time(os.getppid())}
    write_json(run.out_dir / "pipeline.pid", {**gone, "runner": runner_process})
    with pytest.raises(UsageError, match=f"pid {os.getppid()}"):
        ownership.take(run.out_dir, "next", ME)


def test_an_owner_elsewhere_is_dead_when_its_heartbeat_stands_still(run: paths.RunPaths) -> None:
    content = read_json(run.out_dir / "pipeline.pid")
    write_json(run.out_dir / "pipeline.pid", {**content, "place": "another machine"})
    assert ownership.take(run.out_dir, "next", ME, watch_s=0.1) is not None


def test_an_owner_elsewhere_lives_when_its_heartbeat_moves(run: paths.RunPaths, monkeypatch) -> None:
    content = read_json(run.out_dir / "pipeline.pid")
    write_json(run.out_dir / "pipeline.pid", {**content, "place": "another machine"})
    beats = iter(range(1000))

    def sleep(seconds: float) -> None:
        state.update(run, lambda now: now.update(heartbeat=str(next(beats))))

    monkeypatch.setattr(ownership.time, "sleep", sleep)
    with pytest.raises(UsageError, match="another machine"):
        ownership.take(run.out_dir, "next", ME, watch_s=5.0)


def test_a_clock_set_back_still_gives_the_newest_id(run: paths.RunPaths) -> None:
    past = datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)
    assert runs.new_run_id(run.out_dir, past) > run.run_id


def test_a_dead_loops_run_can_be_resumed_from_any_status(run: paths.RunPaths) -> None:
    for status in state.STATUSES:
        state.update(run, lambda now, status=status: now.update(status=status))
        runs.resume(run, ME)
        assert state.load(run)["status"] == "running"


def test_a_resume_removes_what_a_kill_in_mid_write_left(run: paths.RunPaths) -> None:
    left = [
        run.root / ".state.json.abc.tmp",
        run.data / ".clean_round_1.jsonl.abc.tmp",
        run.eval / ".report.json.x.tmp",
    ]
    for path in left:
        path.write_text("half")
    runs.resume(run, ME)
    assert not any(path.exists() for path in left)


def test_a_changed_setting_that_mixes_is_refused_by_name_and_another_is_not(run: paths.RunPaths) -> None:
    with pytest.raises(UsageError, match="SEED=7"):
        runs.refuse_mixing(run, {"seed": 7})
    with pytest.raises(UsageError, match="PROBE_RATIO=0.2: run .* began with 0.1"):  # probe tasks would be trained on
        runs.refuse_mixing(run, {"probe_ratio": 0.2})
    runs.refuse_mixing(run, {"rounds": 9, "seed": 42})


def test_a_missing_config_is_told_by_the_first_event_and_written_again(run: paths.RunPaths) -> None:
    before = runs.settings_of(run)
    run.config.unlink()
    runs.resume(run, ME)
    assert run.config.is_file() and runs.settings_of(run) == before


def test_without_config_and_events_a_resume_says_what_is_missing(run: paths.RunPaths) -> None:
    run.config.write_text("{")
    run.events.unlink()
    with pytest.raises(DataError, match="start a new run"):
        runs.settings_of(run)


def test_what_a_resume_would_begin_with_is_the_first_unfinished_stage(run: paths.RunPaths) -> None:
    assert runs.next_stage(run) == (0, "calibrate")

    def done(now: state.State) -> None:
        state.stage_entry(now, 0, "calibrate")["status"] = "completed"
        for stage in ("generate", "clean", "gate", "split", "train"):
            state.stage_entry(now, 1, stage)["status"] = "completed"

    state.update(run, done)
    assert runs.next_stage(run) == (0, "evaluate")

    def ended_early(now: state.State) -> None:
        for number, names in ((1, stages.of_round(gated=True)), (0, ["evaluate"])):
            for stage in names:
                state.stage_entry(now, number, stage)["status"] = "completed"
        now["evaluation"]["early_stop"] = {"after_round": 1, "reason": "PATIENCE=1"}

    state.update(run, ended_early)
    assert runs.next_stage(run) == (0, "final")
    state.update(run, lambda now: state.stage_entry(now, 0, "final").update(status="completed"))
    assert runs.next_stage(run) is None


def test_a_run_whose_loop_is_gone_is_interrupted_and_not_running(run: paths.RunPaths) -> None:
    assert requests.word(requests.status(run)) == "running"
    ownership.release(run.out_dir, ME)
    assert requests.word(requests.status(run)) == "interrupted"


def test_an_unreadable_run_is_listed_with_its_error(run: paths.RunPaths) -> None:
    write_json(run.state, {**state.fresh(run.run_id), "schema_version": 99})
    assert requests.list_runs(run.out_dir)[0]["status"] == "unreadable"


class FailingDisk:
    """Fails the n-th system call that writes below a folder, with one error; counts them all."""

    def __init__(
        self, patch: pytest.MonkeyPatch, folder: Path, fails_at: int, number: int, *, ever_after: bool
    ) -> None:
        self.count, self.folder, self.fails_at, self.ever_after = 0, str(folder), fails_at, ever_after
        self.error, self.on = number, True
        for name in ("write", "fsync", "replace", "mkdir", "symlink", "open"):
            patch.setattr(os, name, self._guard(name, getattr(os, name)))

    def _guard(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*arguments: Any, **options: Any) -> Any:
            if self.on and self._writes(name, arguments):
                self.count += 1
                if self.count == self.fails_at or (self.ever_after and self.count > self.fails_at):
                    raise OSError(self.error, os.strerror(self.error), self.folder)
            return real(*arguments, **options)

        return guarded

    def _writes(self, name: str, arguments: tuple[Any, ...]) -> bool:
        if name == "open":
            flags = arguments[1] if len(arguments) > 1 else 0
            return bool(flags & (os.O_WRONLY | os.O_RDWR)) and str(arguments[0]).startswith(self.folder)
        if name in ("write", "fsync"):
            try:
                return os.readlink(f"/proc/self/fd/{arguments[0]}").startswith(self.folder)
            except OSError:
                return False
        return str(arguments[-1]).startswith(self.folder)


def one_stage(out_dir: Path, run: paths.RunPaths | None) -> tuple[int, paths.RunPaths | None]:
    """What loop.sh does for a run of one stage, in this process. Returns the exit code and the run."""
    program = "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text('{\"id\": 1}\\n'); print('{\"rows\": 1}')"
    try:
        if run is None:
            run, _ = runs.create(resolved(out_dir), ME)
        else:
            runs.resume(run, ME)
        output = run.round_file("raw", 1)
        watch = Watch(run, 0, holds_on_pause=False)  # without its signal handlers: these are the tests' own
        code = runner.Runner(run, "generate", 1, watch).execute(["-c", program, str(output)], output)
        runs.finish(run, "completed" if code == 0 else "failed", ME)
    except OSError:
        return 1, run
    return code, run


@pytest.mark.parametrize("ever_after", [False, True], ids=["once", "from then on"])
def test_a_full_disk_at_any_write_leaves_a_run_that_can_be_resumed(tmp_path: Path, ever_after: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        disk = FailingDisk(patch, tmp_path / "count", 0, errno.ENOSPC, ever_after=False)
        assert one_stage(tmp_path / "count", None)[0] == 0
    assert disk.count > 30
    step = 1 if not ever_after else 3
    for place in range(1, disk.count + 1, step):
        out_dir = tmp_path / f"full{place}"
        with pytest.MonkeyPatch.context() as patch:
            FailingDisk(patch, out_dir, place, errno.ENOSPC, ever_after=ever_after)
            one_stage(out_dir, None)
        left = paths.runs(out_dir)
        code, run = one_stage(out_dir, left[-1] if left else None)
        assert (code, run is not None) == (0, True), f"after a failure at write {place}"
        assert run is not None and state.load(run)["status"] == "completed"
        assert state.load(run)["counters"]["raw"] == 1
        assert not (out_dir / "pipeline.pid").exists()
        assert [path.name for path in run.root.rglob("*.tmp")] == [], f"after a failure at write {place}"


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_an_out_dir_that_cannot_be_written_is_one_clear_error(tmp_path: Path, monkeypatch, number: int) -> None:
    FailingDisk(monkeypatch, tmp_path, 1, number, ever_after=True)
    with pytest.raises(UsageError, match="OUT_DIR=.* cannot be written"):
        runs.create(resolved(tmp_path / "out"), ME)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small tmpfs needs root")
def test_a_disk_that_really_is_full_is_one_clear_error_and_room_mends_it(tmp_path: Path) -> None:
    import subprocess

    mounted = tmp_path / "small"
    mounted.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(mounted)], capture_output=True)
    if made.returncode != 0:
        pytest.skip("this machine does not let us mount a tmpfs")
    try:
        filler = mounted / "filler"
        filler.write_bytes(b"x" * 60_000)
        with pytest.raises(OSError, match="No space left"):
            runs.create(resolved(mounted / "out"), ME)
        filler.unlink()
        assert one_stage(mounted / "out", None)[0] == 0
    finally:
        subprocess.run(["umount", str(mounted)], check=True)


def test_a_run_of_other_prompts_does_not_go_on(run: paths.RunPaths, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.refuse_mixing(run, {})
    monkeypatch.setattr(prompts, "VERSION", prompts.VERSION + 1)
    with pytest.raises(UsageError, match="began with prompts of version"):
        runs.refuse_mixing(run, {})


def test_an_out_dir_that_cannot_be_written_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    runs.check_writable(tmp_path / "new" / "out")
    with pytest.raises(UsageError, match="cannot be written"):
        runs.check_writable(tmp_path / "file" / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_resume_waits_for_the_last_stage_of_a_loop_that_was_killed(run: paths.RunPaths) -> None:
    import subprocess
    import threading

    stage = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    threading.Thread(target=stage.wait, daemon=True).start()
    before = ownership.recorded(run.out_dir)
    assert before is not None
    gone, left = ownership.Process(ME, "0"), ownership.process(stage.pid)
    ownership._write(run.out_dir, ownership.Owner(run.run_id, gone, left, before.place))
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        assert stage.stdin
        stage.stdin.close()  # the stage ends now

    ownership.wait_for_last_stage(run.out_dir, say, 30.0)
    assert len(said) == 1 and "still ending" in said[0] and run.run_id in said[0]
    assert ownership.owner(run.out_dir) is None


def test_a_command_carries_the_out_dir_where_it_is_needed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv(commands.CALLED_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert commands.loop("--stop", out_dir=commands.DEFAULT) == "./scripts/loop.sh --stop"
    assert commands.loop("--resume", "X", out_dir=tmp_path / "my out") == (
        "./scripts/loop.sh --resume X --out-dir 'my out'"
    )
    monkeypatch.setenv(commands.CALLED_VARIABLE, "/elsewhere/loop.sh")
    assert commands.loop(out_dir=tmp_path) == "/elsewhere/loop.sh --out-dir ."
    assert commands.script("scripts/ask.py", "hi", out_dir=tmp_path).endswith("/scripts/ask.py hi --out-dir .")
    monkeypatch.chdir(PROJECT_ROOT)
    assert commands.script("scripts/ask.py", out_dir=commands.DEFAULT) == ".venv/bin/python scripts/ask.py"
