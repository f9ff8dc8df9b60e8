"""What the teacher's tests that run code share: a sandbox, and the stage's core over a teacher by a script."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_openai import Faults, serving
from teacher_support import run_core

from autotrain.sandbox import Sandbox
from autotrain.teacher import taxonomy
from autotrain.teacher.api_stage import checks_of


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def run_with(tmp_path, sandbox, monkeypatch):
    """One run with tasks of one type; `script` gives the teacher's answers, None leaves them to the fake."""

    def run(script, wanted=2, kind=("algorithm_implementation", "code", 1), **options):
        monkeypatch.setattr(taxonomy, "TYPES", (kind,))
        with serving(Faults()) as server, ThreadPoolExecutor(2) as pool:
            server.script = script
            checks = checks_of(pool, sandbox.check)
            outcome = run_core(server.base_url, tmp_path, wanted, **{"checks": checks, **options})
            outcome.bodies = server.bodies
            return outcome

    return run
