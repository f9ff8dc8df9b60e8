"""How threads share the processor: what is set for OpenMP, before torch is loaded, and how many compute."""

import os
import subprocess
import sys

import pytest

from autotrain import cli
from autotrain.config import threads

STAGE = """
from autotrain import cli

def work(arguments, context):
    import torch
    return {}

cli.main("x", cli.stage_parser("x", []), work, [])
"""


def test_the_openmp_that_torch_brings_with_it_is_told_to_spin_briefly_by_every_stage() -> None:
    environ = {name: value for name, value in os.environ.items() if name not in (threads.VARIABLE, threads.POLICY)}
    environ["OMP_DISPLAY_ENV"] = "VERBOSE"
    done = subprocess.run([sys.executable, "-c", STAGE], capture_output=True, text=True, env=environ, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{threads.VARIABLE} = '{threads.SPINS}'" in done.stderr


def test_what_a_person_has_set_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(threads.VARIABLE, "7")
    threads.wait_briefly()
    assert os.environ[threads.VARIABLE] == "7"
    monkeypatch.delenv(threads.VARIABLE)
    monkeypatch.setenv(threads.POLICY, "ACTIVE")
    threads.wait_briefly()
    assert threads.VARIABLE not in os.environ


def test_a_command_that_is_no_stage_waits_briefly_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(threads.VARIABLE, "")  # so that what is set here is taken back
    monkeypatch.delenv(threads.VARIABLE)
    monkeypatch.delenv(threads.POLICY, raising=False)
    seen: list[str] = []
    assert cli.run_command("ask", lambda: seen.append(os.environ[threads.VARIABLE]) or 0) == 0
    assert seen == [str(threads.SPINS)]


@pytest.mark.parametrize(("given", "wanted"), [("1", 1), ("3", 3), ("", None), ("many", None), (None, None)])
def test_as_many_threads_compute_as_omp_num_threads_says_else_one_for_each_core(
    monkeypatch: pytest.MonkeyPatch, given: str | None, wanted: int | None
) -> None:
    if given is None:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    else:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert threads.count() == (wanted or len(os.sched_getaffinity(0)))
