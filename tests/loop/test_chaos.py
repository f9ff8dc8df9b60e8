"""kill -9 of the loop and everything below it, at random instants: the end is that of an undisturbed run."""

import random
import subprocess
import time
from pathlib import Path

import pytest
from loop_support import Loop, artefacts, kill_everything, make_project


def wait_for_a_while(loop: Loop, process: "subprocess.Popen[str]", chance: random.Random) -> None:
    """Until a few more events are written and a moment later: anywhere in a stage, however slow the machine is."""

    def events() -> int:
        return sum(path.read_bytes().count(b"\n") for path in loop.out_dir.glob("runs/2*/events.jsonl"))

    wanted, until = events() + chance.randint(0, 4), time.monotonic() + 20
    while events() < wanted and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(chance.uniform(0.0, 0.4))


def shaken(project: Path, folder: Path, kills: int, rounds: int) -> tuple[Loop, Loop]:
    """A reference run, and one that was killed `kills` times and then left to finish."""
    calm = Loop(project, folder / "calm", ROUNDS=str(rounds), FAKE_ROWS="6")
    assert calm.run().returncode == 0
    tried = Loop(project, folder / "tried", ROUNDS=str(rounds), FAKE_ROWS="6", FAKE_ROW_S="0.03")
    chance = random.Random(8)
    for _ in range(kills):
        process = tried.start("--resume") if any(tried.out_dir.glob("runs/2*")) else tried.start()
        wait_for_a_while(tried, process, chance)
        kill_everything(process)
    result = tried.run("--resume")
    assert result.returncode == 0, result.stderr
    return calm, tried


def check(calm: Loop, tried: Loop, kills: int, rounds: int) -> None:
    assert artefacts(tried.root) == artefacts(calm.root)
    assert tried.state()["counters"] == calm.state()["counters"]
    assert tried.state()["status"] == "completed"
    numbers = [event["seq"] for event in tried.events()]
    assert numbers == sorted(set(numbers))
    # An answer that was recorded is never asked for again: at most the one in flight at each kill is.
    bill = tried.bill.read_text().splitlines()
    assert set(bill) == set(calm.bill.read_text().splitlines())
    assert len(bill) <= 6 * rounds + kills


def test_twenty_kills_leave_the_files_of_an_undisturbed_run(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    check(*shaken(project, tmp_path, kills=20, rounds=1), kills=20, rounds=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_hundred_kills_leave_the_files_of_an_undisturbed_run(tmp_path: Path) -> None:
    project = make_project(tmp_path / "project")
    check(*shaken(project, tmp_path, kills=200, rounds=6), kills=200, rounds=6)
