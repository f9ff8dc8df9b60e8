"""Whose word counts in a verdict: what is a test, what is weak and which error means what is the tests' own affair."""

import ast
import io
import time
from collections.abc import Iterator

import pytest

from autotrain.sandbox import Job, Sandbox, Verdict
from autotrain.sandbox.inside.control import becomes_runtime_error
from autotrain.sandbox.inside.expected import Expected
from autotrain.sandbox.inside.plan import Plan


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as opened:
        yield opened


def check(sandbox: Sandbox, code: str, tests: str, entry_point: str | None = None) -> Verdict:
    return sandbox.check(Job(code, tests, entry_point))


def expected(source: str) -> Expected:
    return Expected(ast.parse(source), set(), Plan(source).libraries)


@pytest.mark.parametrize(
    "source",
    [
        "def f(): pass",
        "class f: pass",
        "import f",
        "from x import g as f",
        "f = 1",
        "for f in (): pass",
        "with g() as f: pass",
        "if g():\n    def f(): pass",
        "try:\n    f = 1\nexcept E:\n    pass",
        "def g():\n    global f\n    f = 1",
        "(f := 1)",
    ],
)
def test_a_name_that_the_tests_define_is_their_own(source: str) -> None:
    assert "f" in Plan(source).defined


@pytest.mark.parametrize("source", ["f = wrap(f)", "assert f(1)\nf = 2", "def g():\n    f = 1", "lambda f: f"])
def test_a_name_that_the_tests_read_first_or_define_elsewhere_is_the_candidates(source: str) -> None:
    assert "f" not in Plan(source).defined


def test_the_tests_are_known_before_anything_runs() -> None:
    source = (
        "import unittest, pytest\n"
        "def test_a(): pass\n"
        "def helper(): pass\n"
        "@pytest.fixture\ndef test_data(): pass\n"
        "class T(unittest.TestCase):\n    def test_b(self): pass\n    def other(self): pass\n"
        "class U(T):\n    def test_c(self): pass\n"
        "class TestD:\n    async def test_d(self): pass\n"
        "class Data:\n    def test_e(self): pass\n"
        "if solution.FAST:\n    def test_f(): pass\n"
    )
    assert expected(source).must_run == {"test_a", "T.test_b", "U.test_c", "TestD.test_d", "test_f"}


@pytest.mark.parametrize(
    "decorator, may_skip",
    [
        ("pytest.mark.skip", True),
        ("unittest.skip('slow')", True),
        ("pytest.mark.skipif(sys.version_info < (3, 99), reason='old')", True),
        ("pytest.mark.skipif(solution.SLOW, reason='slow')", False),
        ("unittest.skipUnless(hasattr(solution, 'f'), '')", False),
        ("pytest.mark.parametrize('x', [1])", False),
    ],
)
def test_a_test_may_be_skipped_by_its_own_text_alone(decorator: str, may_skip: bool) -> None:
    source = f"import pytest, unittest, sys\nimport solution\n@{decorator}\ndef test_a(): pass"
    assert (expected(source).may_skip == {"test_a"}) is may_skip


def test_a_test_that_did_not_run_is_a_failure_with_its_name(sandbox: Sandbox) -> None:
    tests = "def test_a(): assert f(1) == 1\nimport solution\nif solution.NO:\n    def test_b(): pass"
    verdict = check(sandbox, "NO = 0\ndef f(x):\n    return x", tests)
    assert (verdict.status, verdict.tests_passed, verdict.tests_failed) == ("failed", 1, 1)
    assert "test_b: AssertionError: this test did not run" in verdict.message


def test_a_test_for_another_version_of_python_may_be_skipped(sandbox: Sandbox) -> None:
    tests = (
        "import sys, pytest\ndef test_a(): assert f(1) == 1\n"
        "@pytest.mark.skipif(sys.version_info < (4, 0), reason='new')\ndef test_b(): assert f(1) == 2"
    )
    assert check(sandbox, "def f(x):\n    return x", tests).tests_passed == 1


@pytest.mark.parametrize(
    "kind, operation, name, mentioned, changed",
    [
        (StopIteration, "call", "", set(), True),
        (StopIteration, "call", "", {"StopIteration"}, True),
        (StopIteration, "operate", "next", set(), False),
        (StopIteration, "method", "send", set(), True),
        (StopIteration, "method", "send", {"StopIteration"}, False),
        (type("Own", (ValueError, StopIteration), {}), "call", "", set(), True),
        (StopAsyncIteration, "await", "", set(), True),
        (GeneratorExit, "call", "", {"GeneratorExit"}, True),
        (SystemExit, "call", "", set(), True),
        (SystemExit, "call", "", {"SystemExit"}, False),
        (KeyboardInterrupt, "call", "", set(), True),
        (AssertionError, "call", "", set(), True),
        (AssertionError, "call", "", {"AssertionError"}, False),
        (type("Own", (BaseException,), {}), "call", "", set(), True),
        (type("Own", (BaseException,), {}), "call", "", {"Own"}, False),
        (ValueError, "call", "", set(), False),
        (IndexError, "operate", "getitem", set(), False),
    ],
)
def test_an_exception_that_means_something_to_a_loop_becomes_a_runtime_error(
    kind: type[BaseException], operation: str, name: str, mentioned: set[str], changed: bool
) -> None:
    assert becomes_runtime_error(kind, operation, name, mentioned) is changed


@pytest.mark.parametrize(
    "tests, entry_point, modules",
    [
        ("from your_module import f\nassert f(1)", None, {"your_module"}),
        ("import inventory\nassert inventory.f(1)", None, {"inventory"}),
        ("from models import User\nfrom service import run\nassert run(User())", None, {"models", "service"}),
        ("from calc import f\nfrom tables import rows\nassert f(1)", "f", {"calc"}),
        ("from solution import f\nfrom tables import rows\nassert f(1)", None, {"solution"}),
        ("from tables import rows\nassert f(1)", None, set()),
        ("from hypothesis import given\n@given(1)\ndef test_a(): pass", None, set()),
        ("import numpy_like as np\nassert f(1) == np.one", None, set()),
        ("import json\nassert f(1)", None, set()),
    ],
)
def test_a_missing_module_is_the_candidate_only_where_the_tests_mean_it(
    tests: str, entry_point: str | None, modules: set[str]
) -> None:
    assert Plan(tests).candidate_modules(entry_point) == modules


@pytest.mark.parametrize(
    "tests, weak",
    [
        ("class T(Base): pass", True),
        ("import solution\nclass T(solution.Base): pass", True),
        ("from solution import Base\nclass T(Base): pass", True),
        ("class Base: pass\nclass T(Base): pass", False),
        ("from unittest import TestCase\nclass T(TestCase): pass", False),
        ("class T(Exception): pass", False),
        ("import threading", True),
        ("assert eval(f()) == 3", True),
        ("assert eval('f()') == 3", False),
        ("assert f(eval, 'x') == 3", False),
        ("from typing import get_type_hints\nassert get_type_hints(f) == {}", True),
    ],
)
def test_the_tests_alone_decide_whether_they_are_weak(tests: str, weak: bool) -> None:
    assert (Plan(tests).needs_one_process(None) is not None) is weak


@pytest.mark.parametrize(
    "code, tests",
    [
        ("import os\ndef make(): return os\ndef use(x): return x.__name__", "assert use(make()) == 'os'"),
        ("def make(): return iter({'a': 1}.keys())\ndef use(x): return list(x)", "assert use(make()) == ['a']"),
        ("def make(): return 'é'\ndef use(x): return list(x)", "assert use(iter(make())) == ['é']"),
        ("def use(e): return type(e).__name__, e.args", "assert use(ValueError('a', 1)) == ('ValueError', ('a', 1))"),
        (
            "async def make(): return 3\ndef use(c):\n    import asyncio\n    return asyncio.run(c)",
            "assert use(make()) == 3",
        ),
        (
            "import typing\ndef make(): return typing.Any\ndef use(x): return x is typing.Any",
            "assert use(make()) is True",
        ),
    ],
)
def test_what_the_candidate_hands_over_goes_back_without_making_the_tests_weak(
    sandbox: Sandbox, code: str, tests: str
) -> None:
    verdict = check(sandbox, code, tests)
    assert (verdict.status, verdict.weak) == ("passed", False), verdict


@pytest.mark.parametrize(
    "kind, tests, made",
    [
        (object, "node = Node()\nassert f(node)", False),
        (object, "assert f(object())", True),
        (io.StringIO, "import io\nassert f(io.StringIO())", True),
        (io.TextIOWrapper, "with open('a') as stream:\n    assert f(stream)", True),
        (time.struct_time, "assert f(clock.localtime())", False),
        (time.struct_time, "import time\nassert f(time.localtime())", True),
    ],
)
def test_only_an_object_that_the_tests_text_accounts_for_makes_them_weak(kind: type, tests: str, made: bool) -> None:
    assert Plan(tests).makes(kind) is made


def test_an_object_of_a_class_of_the_tests_own_makes_them_weak(sandbox: Sandbox) -> None:
    verdict = check(sandbox, "def f(x): return x.n", "class A:\n    n = 3\nassert f(A()) == 3\nassert f(A) == 3")
    assert (verdict.status, verdict.weak) == ("passed", True), verdict


@pytest.mark.parametrize(
    "body, ran",
    [
        ("    assert f(1) == 2", True),
        ("    run()", True),
        ("    unittest.main()", False),
        ("    unittest.main()\n    assert f(1) == 2", True),
        ("    suite = unittest.TestSuite()\n    unittest.TextTestRunner().run(suite)", False),
        ("    print('done')", False),
    ],
)
def test_tests_behind_the_main_guard_are_run_where_they_stand(body: str, ran: bool) -> None:
    head = "import unittest\ndef run():\n    assert f(1) == 2\n"
    plan = Plan(f"{head}if __name__ == '__main__':\n{body}")
    assert (len(plan.tree.body) > 2) is ran


QUIET = (
    "class Quiet:\n    def __enter__(self): return self\n    def __exit__(self, *a): return True\ndef f(x): return x"
)


@pytest.mark.parametrize(
    "body, status",
    [
        ("    raise ValueError", "passed"),
        ("    raise AssertionError('on purpose')", "passed"),
        ("    1 / 0", "passed"),
        ("    assert f(1) == 1\n    raise ValueError", "passed"),
        ("    assert f(1) == 2", "failed"),
        ("    1 / 0\n    assert f(1) == 2", "failed"),
        ("    for x in (1, 2):\n        assert x == 1 or f(x) == 1 / (x - 2)\n", "failed"),
        ("    f(undefined)\n    assert f(1) == 1", "failed"),
    ],
)
def test_a_context_of_the_candidate_ends_what_is_raised_on_purpose_and_no_assertion(
    sandbox: Sandbox, body: str, status: str
) -> None:
    assert check(sandbox, QUIET, f"with Quiet():\n{body}\nassert True").status == status


def test_an_assertion_that_fails_counts_in_one_process_too(sandbox: Sandbox) -> None:
    code = "def quiet(f):\n    try: f()\n    except BaseException: pass\ndef f(x): return x"
    tests = "import threading\ndef test_a():\n    def look(): assert f(1) == {}\n    quiet(look)"
    for value, status in ((1, "passed"), (2, "failed")):
        verdict = check(sandbox, code, tests.format(value))
        assert (verdict.status, verdict.weak) == (status, True)


def test_tests_that_handle_failed_assertions_themselves_are_left_alone(sandbox: Sandbox) -> None:
    code = "def f(x): return x"
    tests = "import threading\ntry:\n    assert f(1) == 2\nexcept AssertionError:\n    pass\nassert f(1) == 1"
    assert check(sandbox, code, tests).status == "passed"
