"""The sandbox's verdicts: what passes, what does not, and what a verdict says."""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox_driver import descendants, open_tier

from autotrain.errors import SandboxUnavailable, UsageError
from autotrain.sandbox import Job, Limits, Sandbox, Verdict, canaries, probe, supervisor, tiers

IDENTITY = "def f(x):\n    return x"
SHORT = Limits(wall_s=0.5)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=2) as opened:
        yield opened


def check(sandbox: Sandbox, code: str, tests: str = "", entry_point: str | None = None) -> Verdict:
    return sandbox.check(Job(code, tests, entry_point))


def test_a_right_program_passes_with_its_count_of_tests(sandbox: Sandbox) -> None:
    verdict = check(sandbox, IDENTITY, "assert f(1) == 1\nassert f('a') == 'a'")
    assert (verdict.status, verdict.tests_passed, verdict.tests_failed, verdict.weak) == ("passed", 2, 0, False)
    assert verdict.tier == sandbox.tier and verdict.seconds > 0


def test_a_wrong_program_fails_and_the_message_names_the_assertion(sandbox: Sandbox) -> None:
    verdict = check(sandbox, IDENTITY, "assert f(1) == 1\nassert f(2) == 3")
    assert (verdict.status, verdict.tests_passed, verdict.tests_failed) == ("failed", 1, 1)
    assert "f(2) == 3" in verdict.message


def test_an_error_in_a_call_names_the_line_of_the_program(sandbox: Sandbox) -> None:
    verdict = check(sandbox, "def f(x):\n    return 1 / x", "assert f(0) == 1")
    assert verdict.status == "failed" and "ZeroDivisionError: division by zero (line 2)" in verdict.message


@pytest.mark.parametrize("tests", ["import math", "x = 3", "def helper():\n    return 1", "f(1)", "# nothing"])
def test_tests_without_a_test_never_pass(sandbox: Sandbox, tests: str) -> None:
    verdict = check(sandbox, IDENTITY, tests)
    assert verdict.status == "error" and "no test" in verdict.message


def test_tests_that_do_not_parse_are_an_error(sandbox: Sandbox) -> None:
    verdict = check(sandbox, IDENTITY, "assert f(1 ==")
    assert verdict.status == "error" and "tests do not parse" in verdict.message


def test_tests_that_leave_early_do_not_pass(sandbox: Sandbox) -> None:
    assert check(sandbox, IDENTITY, "import os\nassert True\nos._exit(0)").status == "error"
    assert check(sandbox, IDENTITY, "import sys\nassert True\nsys.exit(0)").status == "failed"


def test_code_without_tests_is_parsed_and_imported(sandbox: Sandbox) -> None:
    assert check(sandbox, "import math\nprint(math.pi)").status == "passed"
    assert "SyntaxError" in check(sandbox, "def f(:").message
    assert "ModuleNotFoundError" in check(sandbox, "import no_such_module").message
    assert check(sandbox, "import os\nos._exit(0)").status == "error"


def test_code_is_imported_as_a_module_not_run_as_a_script(sandbox: Sandbox) -> None:
    assert check(sandbox, "if __name__ == '__main__':\n    raise SystemExit(1)").status == "passed"


def test_a_missing_function_fails_each_test(sandbox: Sandbox) -> None:
    verdict = check(sandbox, "def g(x):\n    return x", "assert f(1) == 1")
    assert verdict.status == "failed" and "NameError" in verdict.message


def test_pytest_functions_are_all_run(sandbox: Sandbox) -> None:
    verdict = check(sandbox, IDENTITY, "def test_a():\n    assert f(1) == 1\ndef test_b():\n    assert f(1) == 2")
    assert (verdict.tests_passed, verdict.tests_failed) == (1, 1)


def test_a_test_function_that_the_tests_call_themselves_counts_once(sandbox: Sandbox) -> None:
    verdict = check(sandbox, IDENTITY, "def test_a():\n    assert f(1) == 1\ntest_a()")
    assert (verdict.tests_passed, verdict.tests_failed) == (1, 0)


def test_check_is_called_with_the_entry_point(sandbox: Sandbox) -> None:
    tests = "METADATA = {}\ndef check(candidate):\n    assert candidate(3) == 3"
    assert check(sandbox, IDENTITY, tests, "f").status == "passed"
    assert check(sandbox, "def f(x):\n    return 0", tests, "f").status == "failed"


def test_unittest_methods_are_counted_and_skips_count_nothing(sandbox: Sandbox) -> None:
    tests = (
        "import unittest\nclass T(unittest.TestCase):\n"
        "    def test_a(self):\n        self.assertEqual(f(1), 1)\n"
        "    def test_b(self):\n        self.assertEqual(f(1), 2)\n"
        "    @unittest.skip('')\n    def test_c(self):\n        pass\n"
        "if __name__ == '__main__':\n    unittest.main()"
    )
    verdict = check(sandbox, IDENTITY, tests)
    assert (verdict.status, verdict.tests_passed, verdict.tests_failed) == ("failed", 1, 1)


def test_tests_may_import_the_solution_under_any_name(sandbox: Sandbox) -> None:
    assert check(sandbox, IDENTITY, "from your_module import f\nassert f(1) == 1").status == "passed"
    assert check(sandbox, IDENTITY, "import solution\nassert solution.f(1) == 1").status == "passed"


@pytest.mark.parametrize(
    "tests",
    [
        "import threading\nassert f(1) == 1",
        "from unittest import mock\nassert f(1) == 1",
        "class Own:\n    pass\no = Own()\nassert f(o) is o",
        "class Sub(Base):\n    pass\nassert Sub().value() == 1",
    ],
)
def test_what_cannot_be_separated_runs_in_process_and_is_weak(sandbox: Sandbox, tests: str) -> None:
    code = IDENTITY + "\nclass Base:\n    def value(self):\n        return 1"
    verdict = check(sandbox, code, tests)
    assert (verdict.status, verdict.weak) == ("passed", True)


def test_no_program_can_make_its_own_verdict_weak(sandbox: Sandbox) -> None:
    code = "class Odd:\n    def __reduce__(self):\n        raise NotImplementedError\ndef f(x):\n    return Odd()"
    verdict = check(sandbox, code, "assert f(1) == 1")
    assert (verdict.status, verdict.weak) == ("failed", False)


def test_a_hanging_program_times_out_on_time(sandbox: Sandbox) -> None:
    for code in ("while True:\n    pass", "import time\ntime.sleep(60)"):
        verdict = sandbox.check(Job(code, limits=SHORT))
        assert verdict.status == "timeout" and 0.5 <= verdict.seconds < 5


def test_a_hanging_call_times_out(sandbox: Sandbox) -> None:
    assert sandbox.check(Job("def f(x):\n    while True: pass", "assert f(1)", limits=SHORT)).status == "timeout"


def test_processor_time_is_limited_apart_from_wall_time(sandbox: Sandbox) -> None:
    verdict = sandbox.check(Job("while True:\n    pass", limits=Limits(wall_s=20, cpu_s=1)))
    assert verdict.status == "timeout" and "processor" in verdict.message


def test_output_is_kept_up_to_its_limit_and_the_program_goes_on(sandbox: Sandbox) -> None:
    verdict = sandbox.check(
        Job("print('x' * 5000)\nimport sys\nprint('e', file=sys.stderr)", limits=Limits(output_bytes=100))
    )
    assert (verdict.status, verdict.stdout, verdict.stderr) == ("passed", "x" * 100, "e\n")


def test_output_of_one_program_is_not_seen_with_the_next(sandbox: Sandbox) -> None:
    check(sandbox, "print('first' * 100)")
    assert check(sandbox, "print('b')").stdout == "b\n"


def test_a_file_of_one_program_is_not_there_for_the_next(sandbox: Sandbox) -> None:
    for _ in range(3):
        code = "import os\nassert not os.path.exists('a/b')\nos.makedirs('a/b')\nos.chmod('a', 0)"
        assert check(sandbox, code).status == "passed"


def test_too_much_code_is_refused(sandbox: Sandbox) -> None:
    assert check(sandbox, "#" * (5 << 20)).status == "refused"


def test_verdicts_come_in_the_order_of_the_jobs(sandbox: Sandbox) -> None:
    codes = [f"import time\ntime.sleep({0.2 if n % 3 == 0 else 0})\nprint({n})" for n in range(9)]
    assert [v.stdout for v in sandbox.check_many(map(Job, codes))] == [f"{n}\n" for n in range(9)]


def test_jobs_are_drawn_as_they_are_needed(sandbox: Sandbox) -> None:
    drawn = itertools.count()
    verdicts = sandbox.check_many(Job(f"print({next(drawn)})") for _ in itertools.count())
    assert [next(verdicts).stdout for _ in range(3)] == ["0\n", "1\n", "2\n"]
    verdicts.close()  # pyright: ignore
    assert next(drawn) < 100


def test_a_check_works_while_a_batch_is_being_consumed(sandbox: Sandbox) -> None:
    for verdict in sandbox.check_many(Job(IDENTITY, f"assert f({n}) == {n}") for n in range(4)):
        assert verdict.status == check(sandbox, IDENTITY).status == "passed"


def test_an_abandoned_batch_leaves_the_sandbox_usable(sandbox: Sandbox) -> None:
    batch = sandbox.check_many(Job("import time\ntime.sleep(60)") for _ in range(4))
    del batch
    verdicts = sandbox.check_many([Job("print(1)"), Job("import time\ntime.sleep(60)")])
    assert next(verdicts).stdout == "1\n"
    verdicts.close()  # pyright: ignore
    assert check(sandbox, "print(2)").stdout == "2\n"


def test_a_slot_that_dies_costs_one_verdict_and_no_more() -> None:
    with Sandbox(workers=1) as own:
        assert own.check(Job("print(1)")).status == "passed"
        for process in descendants(own._zygote._process.pid):
            os.kill(process, signal.SIGKILL)
        assert own.check(Job("print(1)")).status == "killed"
        assert own.check(Job("print(1)")).status == "passed"


def test_nothing_is_left_after_the_sandbox_is_closed() -> None:
    with Sandbox(workers=2) as own:
        pid = own._zygote._process.pid
        own.check(Job("import os\nif os.fork() == 0:\n    os.setsid()\n    import time\n    time.sleep(60)"))
        below = descendants(pid)
    assert below and not any(os.path.exists(f"/proc/{process}") for process in {pid, *below})


def test_the_sandbox_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\nsys.path.insert(0, sys.argv[1])\nfrom autotrain.sandbox import Sandbox, Job\n"
        "s = Sandbox(workers=1)\nprint(s._zygote._process.pid, flush=True)\ns.check(Job('import time; time.sleep(60)'))"
    )
    root = str(Path(__file__).parents[2])
    owner = subprocess.Popen([os.sys.executable, "-c", script, root], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    time.sleep(0.3)
    below = descendants(pid)
    owner.kill()
    owner.wait()
    deadline = time.monotonic() + 20
    while any(_alive(process) for process in {pid, *below}) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert below and not any(_alive(process) for process in {pid, *below})


def _alive(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def test_the_supervisor_keeps_no_descriptor_of_a_job(sandbox: Sandbox) -> None:
    counts = []
    for _ in range(3):
        for _ in sandbox.check_many(Job(IDENTITY, "assert f(1) == 1") for _ in range(20)):
            pass
        counts.append(len(os.listdir("/proc/self/fd")))
    assert len(set(counts)) == 1  # the first time opens the slots that run side by side


def test_hash_order_differs_between_seeds_only() -> None:
    job = Job("print(sorted(map(hash, 'abc')))")
    with Sandbox(workers=1) as one, Sandbox(workers=1) as same, Sandbox(workers=1, hash_seed=1) as other:
        assert one.check(job).stdout == same.check(job).stdout != other.check(job).stdout


def test_random_numbers_differ_between_programs(sandbox: Sandbox) -> None:
    job = Job("import random\nprint(random.random())")
    assert sandbox.check(job).stdout != sandbox.check(job).stdout


def test_named_packages_are_there_and_others_are_not() -> None:
    with Sandbox(workers=1, packages=("orjson",)) as own:
        assert own.check(Job("import orjson\nassert orjson.loads('[1]') == [1]")).status == "passed"
        assert own.check(Job("import yaml")).status == "error"
        assert own.check(Job("import orjson\nopen(orjson.__file__, 'a')")).status == "error"


def test_packages_can_be_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_PACKAGES", "orjson, ")
    with Sandbox(workers=1) as own:
        assert own.check(Job("import orjson")).status == "passed"


def test_a_package_that_is_not_installed_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no-such-package is not installed"):
        Sandbox(packages=("no-such-package",))


def test_an_unknown_mode_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="one of auto, ns, uid, ll, off"):
        Sandbox(mode="docker")


def test_off_is_only_by_explicit_choice_and_warns(capsys: pytest.CaptureFixture[str]) -> None:
    assert "off" not in tiers.tiers_to_try("auto")
    with Sandbox(mode="off", workers=1) as own:
        assert own.check(Job(IDENTITY, "assert f(1) == 1")).tier == "off"
    assert "without containment" in capsys.readouterr().err


def test_a_tier_whose_canary_gets_through_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    held = dict.fromkeys(canaries.NAMES, "held")
    monkeypatch.setattr(supervisor, "run_canaries", lambda slot: {**held, "connect by TCP": "not stopped"})
    with pytest.raises(SandboxUnavailable, match="connect by TCP: not stopped") as caught:
        Sandbox()
    assert caught.value.exit_code == 6


def test_without_a_supported_machine_every_mode_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers.kernel, "_COLUMN", None)
    for mode in ("auto", "off"):
        with pytest.raises(SandboxUnavailable, match="x86_64 or aarch64"):
            Sandbox(mode=mode)


def test_the_canaries_notice_a_tier_that_holds_nothing() -> None:
    (finding,) = probe(["off"])
    broken = {name for name, result in finding.canaries.items() if result != "held"}
    assert not finding.holds
    assert {"read a file outside", "write a file outside", "connect by TCP", "signal the parent"} <= broken


def test_a_kernel_without_landlock_3_does_not_hold_ll_or_uid() -> None:
    for tier in ("uid", "ll"):
        with pytest.raises(SandboxUnavailable, match="Landlock ABI 3|only root can read"):
            open_tier(tier, landlock_abi=2)


def test_a_process_that_ends_between_two_looks_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from autotrain.sandbox import zygotes

    here = os.listdir("/proc")
    monkeypatch.setattr(os, "listdir", lambda path: [*here, "999999999"] if path == "/proc" else [])
    assert 0 in zygotes._uids_in_use() or os.geteuid() in zygotes._uids_in_use()
