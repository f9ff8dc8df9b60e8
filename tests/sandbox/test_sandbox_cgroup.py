"""The control group around the sandbox: its ceilings, and that nothing in it outlives it."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from autotrain.sandbox import Job, Limits, Sandbox, cgroup
from autotrain.sandbox.jobs import MIB

needs_groups = pytest.mark.skipif(cgroup.own_folder() is None, reason="no control group v2 is delegated to this user")


def test_ceilings_are_the_sum_of_all_slots_and_never_sink(tmp_path: Path) -> None:
    for name in ("memory.max", "pids.max"):
        (tmp_path / name).write_text("max")
    group = cgroup.Group(tmp_path)
    group.make_room(Limits(memory_bytes=100 * MIB, disk_bytes=MIB, processes=3), slots=4)
    assert int((tmp_path / "memory.max").read_text()) == 8 * 101 * MIB + 512 * MIB
    assert int((tmp_path / "pids.max").read_text()) == 8 * 3 * 5 + 64
    group.make_room(Limits(memory_bytes=MIB, disk_bytes=MIB, processes=1), slots=1)
    assert int((tmp_path / "memory.max").read_text()) == 8 * 101 * MIB + 512 * MIB


def test_without_a_group_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "own_folder", lambda: None)
    group = cgroup.Group.around(os.getpid())
    group.make_room(Limits(), 2)
    group.close()
    assert group.folder is None


def test_a_controller_that_is_not_delegated_is_no_error(tmp_path: Path) -> None:
    group = cgroup.Group(tmp_path)  # as a group without controllers: the files are not there
    group.make_room(Limits(), 2)
    assert list(tmp_path.iterdir()) == []


@needs_groups
def test_the_end_of_a_group_ends_what_has_detached_itself(tmp_path: Path) -> None:
    child = subprocess.Popen(["sh", "-c", "read go; setsid sleep 600 & echo $!; sleep 600"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
    group = cgroup.Group.around(child.pid)
    folder = group.folder
    assert folder is not None and child.stdin and child.stdout
    child.stdin.write("\n")
    child.stdin.flush()
    daemon = int(child.stdout.readline())
    assert str(daemon) in (folder / "cgroup.procs").read_text().split()
    group.close()
    assert not folder.exists()
    assert child.wait(10) == -9
    child.stdin.close()
    child.stdout.close()
    assert not Path(f"/proc/{daemon}/exe").exists() or _is_dead(daemon)


@needs_groups
def test_the_sandbox_runs_in_a_group_and_removes_it() -> None:
    with Sandbox("auto", workers=1) as sandbox:
        folder = sandbox._zygote.group.folder
        assert folder is not None
        assert len((folder / "cgroup.procs").read_text().split()) >= 2  # the warm interpreter and a slot's server
        assert sandbox.check(Job(code="def f():\n    return 1\n", tests="assert f() == 1\n", entry_point="f")).passed
    assert not folder.exists()


@needs_groups
def test_the_group_of_a_killed_supervisor_is_removed_by_the_next() -> None:
    parent = cgroup.own_folder()
    assert parent is not None
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = parent / f"autotrain-{ended.pid}-1"
    left.mkdir()
    Sandbox("auto", workers=1).close()
    assert not left.exists()


def _is_dead(pid: int) -> bool:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False
