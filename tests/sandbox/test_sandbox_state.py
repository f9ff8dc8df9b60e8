"""Nothing of one program is left for the next, and the runs of one answer cannot be told apart."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autotrain.sandbox import Job, Limits, Sandbox, Verdict, supervisor, zygotes
from autotrain.sandbox.inside import watch
from autotrain.tasks import grading

REFERENCE, MUTANT = "def f(x):\n    return x", "def f(x):\n    return 0"
ROW: dict[str, Any] = {
    "metadata": {"response_format": "code", "task_type": "write_unit_tests"},
    "tests": {"kind": "mutants", "reference": REFERENCE, "mutants": [MUTANT, MUTANT.replace("0", "1")]},
    "entry_point": "f",
}
ANSWER = "```python\ndef test_f():\n    assert f(5) == 5\n```"


class Recording(Sandbox):
    """Notes which job starts in which slot."""

    started: list[tuple[str, int]]

    def __enter__(self) -> "Recording":
        return self

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.started = []
        super().__init__(*arguments, **named)

    def _start(self, running: Any, busy: Any) -> None:
        super()._start(running, busy)
        self.started.append((running.job.code, running.slot.index))


@pytest.fixture(scope="module", params=[1, 2])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Recording]:
    with Recording(workers=request.param) as opened:
        yield opened


def group(size: int, name: str = "one") -> list[Job]:
    return [Job(f"print({number})", group=name) for number in range(size)]


def test_jobs_of_a_group_never_share_a_slot(sandbox: Recording) -> None:
    for name in ("a", "b", "a"):
        sandbox.started.clear()
        assert [verdict.stdout for verdict in sandbox.check_many(group(6, name))] == [f"{n}\n" for n in range(6)]
        assert len({slot for _, slot in sandbox.started}) == 6


def test_groups_after_one_another_use_the_same_slots_again(sandbox: Recording) -> None:
    sandbox.started.clear()
    for number in range(4):
        list(sandbox.check_many(group(5, f"group {number}")))
    assert len({slot for _, slot in sandbox.started}) <= 5 + 2 * sandbox.workers


def test_the_order_of_a_group_is_random_but_for_its_last_job(sandbox: Recording) -> None:
    orders = set()
    for number in range(8):
        sandbox.started.clear()
        list(sandbox.check_many(group(6, f"order {number}")))
        orders.add(tuple(code for code, _ in sandbox.started))
        assert sandbox.started[-1][0] == "print(5)"
    assert len(orders) > 1


def test_jobs_without_a_group_run_in_their_order(sandbox: Recording) -> None:
    sandbox.started.clear()
    list(sandbox.check_many(Job(f"print({number})") for number in range(9)))
    assert [code for code, _ in sandbox.started] == [f"print({number})" for number in range(9)]


def test_the_right_program_runs_first_of_all_in_any_place_and_once_more_at_the_end() -> None:
    jobs = grading.jobs_for(ROW, ANSWER)
    assert [job.code for job in jobs] == [REFERENCE, *ROW["tests"]["mutants"], REFERENCE]
    assert len({job.group for job in jobs}) == 1 and jobs[0].group


def test_answers_that_differ_are_groups_that_differ() -> None:
    other = grading.jobs_for(ROW, ANSWER.replace("5", "6"))
    assert other[0].group != grading.jobs_for(ROW, ANSWER)[0].group


@pytest.mark.parametrize("failing", range(4))
def test_an_answer_must_pass_each_right_program_and_fail_each_mutant(failing: int) -> None:
    verdicts = [Verdict("passed"), Verdict("failed"), Verdict("failed"), Verdict("passed")]
    assert grading.judge(ROW, ANSWER, verdicts).passed
    verdicts[failing] = Verdict("failed" if verdicts[failing].passed else "passed")
    assert not grading.judge(ROW, ANSWER, verdicts).passed


def test_a_reference_that_cannot_be_imported_says_so() -> None:
    verdict = Verdict("error", message="the code does not load: ModuleNotFoundError: No module named 'numpy' (line 1)")
    reason = grading.judge(ROW, ANSWER, [verdict] * 4).reason
    assert "SANDBOX_PACKAGES" in reason and "numpy" in reason


@pytest.mark.parametrize(
    "mark",
    [
        "home = os.getcwd()\nseen = int(os.stat(home).st_mtime) == 77\nos.utime(home, (77, 77))",
        "open('a', 'w').close()\nseen = os.stat('a').st_ino > 200\nfor n in range(300): open(str(n), 'w').close()",
        "seen = os.path.exists('../mark')\ntry: open('../mark', 'w').close()\nexcept OSError: pass",
        "seen = os.stat('.').st_size > 4096\nfor n in range(900): open(str(n) * 60, 'w').close()",
    ],
)
def test_one_answer_that_tells_runs_apart_by_a_mark_passes_nothing(sandbox: Recording, mark: str) -> None:
    answer = f"```python\nimport os\n{mark}\ndef test_first():\n    assert callable(f)\n    assert not seen\n```"
    if "st_ino" in mark and sandbox.tier != "ns":
        pytest.skip("numbers of files are the machine's there")
    verdicts = list(sandbox.check_many(grading.jobs_for(ROW, answer)))
    assert [verdict.status for verdict in verdicts] == ["passed"] * 4  # no run saw that another had been there
    assert not grading.judge(ROW, answer, verdicts).passed


def test_a_box_is_as_large_as_its_program_may_write(sandbox: Recording) -> None:
    if sandbox.tier == "ll":
        pytest.skip("the box is a folder on the disk there")
    code = "import os\nusage = os.statvfs('.')\nprint(usage.f_blocks * usage.f_frsize >> 20)"
    assert sandbox.check(Job(code, limits=Limits(disk_bytes=7 << 20))).stdout == "7\n"


def test_a_process_that_ends_between_two_looks_ends_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.listdir
    monkeypatch.setattr(
        zygotes.os, "listdir", lambda path: [*real(path), "999999999"] if path == "/proc" else real(path)
    )
    assert os.geteuid() in zygotes._uids_in_use()


def test_shared_memory_counts_by_its_size_whoever_touched_it() -> None:
    script = (
        "import mmap, os, sys, time\nsys.path.insert(0, sys.argv[1])\n"
        "from autotrain.sandbox.inside.watch import Watch\n"
        "watch = Watch(os.open('/proc', os.O_PATH))\n"
        "child = os.fork()\n"
        "if child == 0:\n    area = mmap.mmap(-1, 90 << 20)\n    print('there', flush=True)\n    time.sleep(60)\n"
        "time.sleep(0.5)\nprint(watch.measure(50 << 20)[0] >> 20 >= 90, watch.eager)\n"
        "os.kill(child, 9)\n"
    )
    assert _run(script) == ["there", "True True"]


def test_files_without_a_name_count_while_they_are_open_or_mapped(tmp_path: Any) -> None:
    script = (
        "import mmap, os, sys, time\nsys.path.insert(0, sys.argv[1])\n"
        "from autotrain.sandbox.inside.watch import Watch\n"
        "watch = Watch(os.open('/proc', os.O_PATH))\nos.chdir(sys.argv[2])\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    for name in 'ab':\n"
        "        file = os.open(name, os.O_CREAT | os.O_RDWR)\n        os.write(file, bytes(5 << 20))\n"
        "        os.unlink(name)\n"
        "    area = mmap.mmap(file, 5 << 20)\n    os.close(file)\n    print('there', flush=True)\n    time.sleep(60)\n"
        "time.sleep(0.5)\nprint(watch.nameless_bytes(os.stat('.').st_dev, os.getcwd()) >> 20)\nos.kill(child, 9)\n"
    )
    assert _run(script, str(tmp_path)) == ["there", "10"]


def _run(script: str, *arguments: str) -> list[str]:
    root = str(Path(watch.__file__).parents[3])
    command = [sys.executable, "-c", script, root, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.splitlines()


def test_a_group_larger_than_the_slots_that_are_kept_still_gets_one_each(sandbox: Recording) -> None:
    sandbox.started.clear()
    size = supervisor._MOST_FREE + 3
    assert all(verdict.passed for verdict in sandbox.check_many(group(size, "large")))
    assert len({slot for _, slot in sandbox.started}) == size
