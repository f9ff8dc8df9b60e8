"""The sandbox against programs that mean harm, programs that lie, and ordinary ones, tier by tier."""

import contextlib
import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sandbox_corpus import BENIGN, FORGING, HOSTILE, MARKING

from autotrain.sandbox.inside.plan import Plan

DRIVER = Path(__file__).parents[1] / "support" / "sandbox_driver.py"
NOBODY = 65534

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
CASES = [
    pytest.param("ns", 99, False, id="ns"),
    pytest.param("uid", 99, False, id="uid", marks=[AS_ROOT, pytest.mark.slow]),
    pytest.param("ll", 99, True, id="ll"),
    pytest.param("ns", 99, True, id="ns-ordinary-user", marks=[AS_ROOT, pytest.mark.slow]),
    pytest.param("uid", 5, False, id="uid-before-signal-scopes", marks=[AS_ROOT, pytest.mark.slow]),
    pytest.param("uid-folder", 99, False, id="uid-without-mounts", marks=[AS_ROOT, pytest.mark.slow]),
    pytest.param("ll", 4, True, id="ll-before-signal-scopes", marks=pytest.mark.slow),
]


@functools.lru_cache
def corpus(tier: str, landlock_abi: int, ordinary: bool) -> dict[str, Any]:
    """What became of every program, from a process of its own: root gives up its rights for `ordinary`."""
    drop: dict[str, Any] = {}
    interpreter = sys.executable
    if ordinary and os.geteuid() == 0:
        interpreter = _reachable_interpreter()
        drop = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    done = subprocess.run(
        [interpreter, "-B", str(DRIVER), *tier.split("-")[:1], str(landlock_abi), *tier.split("-")[1:]],
        capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], "HOME": "/tmp"}, cwd="/", **drop,
    )  # fmt: skip
    if "no tier" in done.stderr or "SandboxUnavailable" in done.stderr:
        pytest.skip(f"{tier} does not hold on this machine: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _reachable_interpreter() -> str:
    script = f"import sys; assert sys.version_info >= (3, 10); open({str(DRIVER)!r})"
    for interpreter in (sys.executable, "/usr/bin/python3"):
        with contextlib.suppress(PermissionError, FileNotFoundError, subprocess.CalledProcessError):
            subprocess.run(
                [interpreter, "-c", script],
                capture_output=True, user=NOBODY, group=NOBODY, extra_groups=[], check=True, cwd="/",
            )  # fmt: skip
            return interpreter
    pytest.skip("no interpreter, or not this folder, is within an ordinary user's reach")


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(HOSTILE) >= 120 and len(FORGING) >= 80 and len(BENIGN) >= 34 and len(MARKING) >= 10


@pytest.mark.parametrize("tier, landlock_abi, ordinary", CASES)
def test_no_hostile_program_gets_through_or_touches_a_canary(tier: str, landlock_abi: int, ordinary: bool) -> None:
    result = corpus(tier, landlock_abi, ordinary)
    assert result["touched"] == {}
    assert [name for name, (status, _) in result["hostile"].items() if status == "passed"] == []
    assert result["hostile"].keys() == HOSTILE.keys()


@pytest.mark.parametrize("tier, landlock_abi, ordinary", CASES)
def test_no_forging_program_passes(tier: str, landlock_abi: int, ordinary: bool) -> None:
    result = corpus(tier, landlock_abi, ordinary)
    assert [name for name, (status, _, _) in result["forging"].items() if status == "passed"] == []
    assert result["forging"].keys() == FORGING.keys()


@pytest.mark.parametrize("tier, landlock_abi, ordinary", CASES)
def test_no_forging_program_makes_itself_weak(tier: str, landlock_abi: int, ordinary: bool) -> None:
    weak = {name for name, facts in corpus(tier, landlock_abi, ordinary)["forging"].items() if facts[2]}
    assert weak == {name for name, (_, tests, entry) in FORGING.items() if Plan(tests).needs_one_process(entry)}


@pytest.mark.parametrize("tier, landlock_abi, ordinary", CASES)
def test_no_program_sees_a_mark_of_the_one_before(tier: str, landlock_abi: int, ordinary: bool) -> None:
    assert corpus(tier, landlock_abi, ordinary)["marking"] == dict.fromkeys(MARKING, [])


@pytest.mark.parametrize("tier, landlock_abi, ordinary", CASES)
def test_every_benign_program_passes_and_none_is_weak(tier: str, landlock_abi: int, ordinary: bool) -> None:
    result = corpus(tier, landlock_abi, ordinary)
    bad = {name: facts for name, facts in result["benign"].items() if facts[0] != "passed" or facts[2]}
    if tier == "ll" and landlock_abi < 6:
        # No program may signal another there, not even its own child, which ending a pool can need.
        bad.pop("multiprocessing", None)
    assert bad == {}
    assert result["benign"].keys() == BENIGN.keys()


@pytest.mark.parametrize("tier, landlock_abi, ordinary", CASES)
def test_no_process_and_no_file_is_left(tier: str, landlock_abi: int, ordinary: bool) -> None:
    result = corpus(tier, landlock_abi, ordinary)
    assert result["left_processes"] == 0
    assert result["left_files"] == "[[], []]"
    assert result["left_folders"] == []


@pytest.mark.parametrize("tier, landlock_abi, ordinary", CASES)
def test_each_limit_gets_its_own_status(tier: str, landlock_abi: int, ordinary: bool) -> None:
    statuses = {name: facts[0] for name, facts in corpus(tier, landlock_abi, ordinary)["hostile"].items()}
    assert statuses["sleep"] == statuses["ignore signals and spin"] == statuses["stop itself"] == "timeout"
    assert statuses["take memory at once"] == statuses["take memory in many processes"] == "memory"
    assert statuses["print without end"] == statuses["print to stderr without end"] == "output"
    assert statuses["crash"] == "killed"
