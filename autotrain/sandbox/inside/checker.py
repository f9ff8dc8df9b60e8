"""The checker's process: runs the tests and counts. Sandboxed as the candidate is, since a model may write tests too.

Counted as one test each: a top-level statement that asserts, a `test…` function or method,
`check(candidate)`, a method of a unittest.TestCase. A module without any never passes.
"""

import ast
import asyncio
import functools
import inspect
import json
import os
import sys
import types
from collections.abc import Callable
from typing import Any

from autotrain.sandbox.inside import forks, pytest_lite
from autotrain.sandbox.inside.candidate import MODULE, describe_error, load, new_module, share_processor
from autotrain.sandbox.inside.channel import Channel, Closed
from autotrain.sandbox.inside.expected import Expected
from autotrain.sandbox.inside.peer import Peer
from autotrain.sandbox.inside.plan import Plan
from autotrain.sandbox.inside.proxies import CandidateGone, NotSeparable
from autotrain.sandbox.inside.recorded import can_be_recorded, failure_exception, recording
from autotrain.sandbox.inside.swallowing import FILE
from autotrain.sandbox.inside.wire import ProtocolError

_MOST_PROBLEMS = 20
_MOST_WRAPPERS = 64  # looked at for the test that they hold


class Report:
    """What the checker tells the supervisor, in a file that no other process has open."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.passed = self.failed = 0
        self.problems: list[str] = []
        self.ran: set[str] = set()  # labels of tests that were run to an end, or that their own text skips
        self.may_skip: set[str] = set()
        self.records = False  # whether assertions that fail are written down (see recorded.py)
        self._recorded = 0
        self.memory = False

    def attempt(self, action: Callable[[], Any], label: str | ast.stmt) -> None:
        """Run one test and count it."""
        self.start()
        try:
            result = action()
            if inspect.iscoroutine(result):
                asyncio.run(result)
            elif inspect.isgenerator(result) or inspect.isasyncgen(result):
                raise TypeError("a test that yields is run by nobody")
        except (NotSeparable, CandidateGone):
            raise
        except pytest_lite.Skipped:
            self.skipped(label)
        except BaseException as error:
            self.fail(label, error)
        else:
            self.succeed(label)

    def start(self) -> None:
        self._recorded = 0

    def note(self) -> None:
        self._recorded += 1

    def fail_if_recorded(self, label: str | ast.stmt) -> bool:
        if self._recorded:
            self.fail(label, AssertionError("an assertion failed, and the program ended its error"))
        return self._recorded > 0

    def succeed(self, label: str | ast.stmt) -> None:
        if self.fail_if_recorded(label):
            return
        self.passed += 1
        if isinstance(label, str):
            self.ran.add(label.partition("[")[0])

    def skipped(self, label: str | ast.stmt) -> None:
        """A test that its own text skips counts neither way; one that was led to it did not run."""
        if not isinstance(label, str):
            self.fail(label, AssertionError("skipped"))
        elif label.partition("[")[0] in self.may_skip:
            self.ran.add(label.partition("[")[0])

    def fail(self, label: str | ast.stmt, error: BaseException) -> None:
        self.failed += 1
        if isinstance(label, str):
            self.ran.add(label.partition("[")[0])
        self.memory |= isinstance(error, MemoryError)
        if len(self.problems) < _MOST_PROBLEMS:
            if isinstance(label, ast.stmt):
                label = ast.unparse(label).split("\n")[0]
            theirs = getattr(error, "raised_by_candidate", None)
            text = theirs or (f"{type(error).__name__}: {_text(error)}" if _text(error) else type(error).__name__)
            self.problems.append(f"{label[:200]}: {text[:500]}")

    def end(self, status: str | None = None, message: str = "", **more: Any) -> None:
        """Write the report and leave; exit code 0 is part of a pass."""
        if status is None:
            if self.passed and not self.failed:
                self.end_passed()
            if not self.passed and not self.failed:
                status, message = "error", "the tests hold no test"
            else:
                status, message = "failed", "; ".join(self.problems)
        if status == "failed" and self.memory:
            status = "memory"
        body = {"status": status, "passed": self.passed, "failed": self.failed, "message": message[:4000], **more}
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except Exception as error:  # a full file or a stream that the program closed: nothing to keep
                body["lost_output"] = type(error).__name__
        data = json.dumps(body).encode()
        os.pwrite(self._descriptor, data, 0)
        os._exit(0)

    def end_not_loaded(self, error: BaseException) -> None:
        kind = "memory" if isinstance(error, MemoryError) else "error"
        self.end(kind, f"the code does not load: {describe_error(error)}")

    def end_passed(self) -> None:
        """The most frequent end, without anything to be worked out."""
        sys.stdout.flush()
        sys.stderr.flush()
        data = b'{"status": "passed", "passed": %d, "failed": 0, "message": ""}' % self.passed
        os.pwrite(self._descriptor, data, 0)
        os._exit(0)


def check(source: str, entry_point: str | None, channel: int, descriptor: int, processor: int) -> None:
    """Run the tests against the candidate at the other end of the channel. Never returns."""
    report = Report(descriptor)
    plan = _plan(source, report)
    connection = Channel(channel)
    try:
        _, defined, problem = connection.receive()
        share_processor(processor)
    except (Closed, ProtocolError, ValueError):
        return report.end("error", "the program ended before its code was loaded", gone=True)
    if problem:
        kind = "memory" if str(problem).startswith("MemoryError") else "error"
        return report.end(kind, f"the code does not load: {problem}")
    if type(defined) is not list or not all(type(name) is str for name in defined):
        return report.end("error", "the program broke its protocol")
    reason = plan.needs_one_process(entry_point)
    if reason:
        return report.end("inseparable", reason)
    try:
        peer = Peer(connection, plan)
        report.records = plan.has_endings and can_be_recorded(plan)
        _import_nothing_of_the_box()
        _run(plan, {name: peer.name(name) for name in plan.names(defined, entry_point)}, entry_point, report)
    except NotSeparable as error:
        return report.end("inseparable", str(error))
    except (CandidateGone, ProtocolError) as error:
        gone = isinstance(error, CandidateGone)
        text = "the program ended in the middle of a call" if gone else f"the program broke its protocol: {error}"
        return report.end("error", "; ".join([*report.problems, text]), gone=gone)
    if connection.closed:
        return report.end("error", "the program ended before its tests did", gone=True)
    report.end()


def run_alone(code: str, space: types.ModuleType, report: Report) -> None:
    """Load code that has no tests, into a module made beforehand. Never returns."""
    try:
        load(code, space)
    except BaseException as error:
        report.end_not_loaded(error)
    report.end_passed()


def run_in_process(code: str, source: str, entry_point: str | None, descriptor: int) -> None:
    """Load the code, and where there are tests run them in the same process (a weak verdict). Never returns."""
    report = Report(descriptor)
    plan = _plan(source, report)
    space = new_module()
    try:
        load(code, space)
    except BaseException as error:
        return report.end_not_loaded(error)
    names = {name: value for name, value in vars(space).items() if not name.startswith("__")}
    try:
        report.records = can_be_recorded(plan)
        _run(plan, names, entry_point, report)
    except (NotSeparable, CandidateGone) as error:
        return report.end("error", type(error).__name__)
    report.end()


def _plan(source: str, report: Report) -> Plan:
    if any(word in source for word in forks.WORDS):
        forks.wake()
    try:
        return Plan(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        report.end("error", f"the tests do not parse: {describe_error(error)}")
        raise


def _run(plan: Plan, names: dict[str, Any], entry_point: str | None, report: Report) -> None:
    space = types.ModuleType("tests")
    sys.modules["tests"] = space
    theirs = {name: value for name, value in names.items() if name not in plan.defined}
    module = sys.modules.setdefault(MODULE, _module_of(names))
    vars(module)["__all__"] = list(theirs)  # what `from solution import *` brings
    if plan.wants_pytest:
        pytest_lite.install()
    plan.import_solution(MODULE, entry_point)
    vars(space).update(theirs)
    called = {plan.called_function(statement) for statement in plan.tree.body}
    expected = Expected(plan.tree, called, plan.libraries)
    report.may_skip = expected.may_skip
    for statement in plan.tree.body:
        if not plan.starts_runner(statement):
            _execute(statement, plan, vars(space), report)
    _run_functions(vars(space), called, names, entry_point, report)
    missing = expected.missing(report.ran)
    for label in expected.missing(report.may_skip.union(missing)):
        if not _stands_for_itself(label, vars(space)):
            report.fail(label, AssertionError("something else ran in this test's place"))
    for label in missing:
        report.fail(label, AssertionError("this test did not run"))


def _stands_for_itself(label: str, space: dict[str, Any]) -> bool:
    """Whether what the tests' text defines under this label is what ran: itself, or something that holds it.

    A decorator of the candidate's could give back another function that the tests once lent to it.
    """
    owner, _, name = label.rpartition(".")
    found = inspect.getattr_static(space.get(owner), name, None) if owner else space.get(name)
    waiting, seen = [found], set()
    while waiting and len(seen) < _MOST_WRAPPERS:
        value = waiting.pop(0)
        code = getattr(value, "__code__", None)
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(code, types.CodeType):
            if code.co_name == name and code.co_filename == FILE:
                return True
            waiting += [cell.cell_contents for cell in getattr(value, "__closure__", None) or () if _is_full(cell)]
        waiting += [getattr(value, key) for key in ("__func__", "__wrapped__", "func") if _has_of_its_own(value, key)]
    return False


def _is_full(cell: types.CellType) -> bool:
    try:
        return isinstance(cell.cell_contents, (types.FunctionType, types.MethodType))
    except ValueError:
        return False


def _has_of_its_own(value: Any, key: str) -> bool:
    """Never asked of an object of the candidate's, which would answer."""
    return isinstance(
        value, (types.FunctionType, types.MethodType, staticmethod, classmethod, functools.partial)
    ) and hasattr(value, key)


def _import_nothing_of_the_box() -> None:
    """Modules come from where this process had them, whatever `sys.path` is made: the candidate writes files."""
    known = tuple(os.path.join(path, "") for path in sys.path)

    def refuse(path: str) -> Any:
        if os.path.join(os.path.normpath(path), "").startswith(known):
            raise ImportError
        return _Nothing

    sys.path_hooks.insert(0, refuse)
    for path in [path for path in sys.path_importer_cache if not os.path.join(path, "").startswith(known)]:
        del sys.path_importer_cache[path]


class _Nothing:
    """A finder that finds nothing."""

    @staticmethod
    def find_spec(name: str, target: Any = None) -> None:
        return None


def _execute(statement: ast.stmt, plan: Plan, space: dict[str, Any], report: Report) -> None:
    run = recording(statement, space, report.note) if report.records else statement
    code = compile(ast.Module([run], []), "tests.py", "exec", dont_inherit=True)
    if plan.is_test(statement):
        report.attempt(lambda: exec(code, space), statement)
        return
    report.start()
    try:
        exec(code, space)
        report.fail_if_recorded(statement)
    except (NotSeparable, CandidateGone):
        raise
    except BaseException as error:
        report.fail(statement, error)


def _run_functions(
    space: dict[str, Any], called: set[str | None], names: dict[str, Any], entry_point: str | None, report: Report
) -> None:
    for name, value in list(space.items()):
        if name in called or (name in names and value is names[name]):
            continue
        if name.startswith("test") and isinstance(value, types.FunctionType):
            for label, test in pytest_lite.calls_of(name, value, space):
                report.attempt(test, label)
        elif isinstance(value, type) and value.__module__ == "tests":
            if "unittest" in sys.modules and issubclass(value, sys.modules["unittest"].TestCase):
                _run_test_case(value, report)
            elif name.startswith("Test"):
                for label, test in pytest_lite.methods_of(value, space):
                    report.attempt(test, label)
        elif name == "check" and isinstance(value, types.FunctionType):
            candidate = names.get(entry_point or "") or _only_function(names)
            if candidate is None:
                report.fail("check", NameError(f"the code does not define {entry_point or 'one function'}"))
            else:
                report.attempt(lambda check=value, given=candidate: check(given), "check")


def _run_test_case(case: type, report: Report) -> None:
    import unittest

    for name in unittest.defaultTestLoader.getTestCaseNames(case):
        method = inspect.getattr_static(case, name, None)
        awaited = any(base.__name__ == "IsolatedAsyncioTestCase" for base in case.__mro__)
        if inspect.isgeneratorfunction(method) or (inspect.iscoroutinefunction(method) and not awaited):
            report.fail(f"{case.__name__}.{name}", TypeError("nothing runs this test's body"))
    if report.records:
        case.failureException = failure_exception(report.note)  # pyright: ignore[reportAttributeAccessIssue]

    class Result(unittest.TestResult):
        def startTest(self, test: Any) -> None:
            report.start()
            super().startTest(test)

        def addSuccess(self, test: Any) -> None:
            report.succeed(_label_of(test))

        def addSkip(self, test: Any, reason: str) -> None:
            label = _label_of(test)
            if label in report.may_skip:
                report.skipped(label)
            else:  # a sub-test, maybe: the test that it is a part of would count as passed
                report.fail(label, AssertionError("skipped"))

        def addFailure(self, test: Any, err: Any) -> None:
            _reraise(err[1])
            report.fail(_label_of(test), err[1])

        addError = addFailure

        def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
            if err is not None:
                self.addFailure(subtest, err)

        def addExpectedFailure(self, test: Any, err: Any) -> None:
            _reraise(err[1])
            report.succeed(_label_of(test))

        def addUnexpectedSuccess(self, test: Any) -> None:
            report.fail(_label_of(test), AssertionError("an unexpected success"))

    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(Result())


def _label_of(test: Any) -> str:
    """`Class.method` of a test case, of one of its sub-tests, or of the class whose set-up went wrong."""
    test = getattr(test, "test_case", test)
    return f"{type(test).__name__}.{getattr(test, '_testMethodName', '')}"


def _reraise(error: BaseException) -> None:
    if isinstance(error, (NotSeparable, CandidateGone)):
        raise error


def _only_function(names: dict[str, Any]) -> Any:
    functions = [value for value in names.values() if callable(value) and not isinstance(value, type)]
    return functions[0] if len(functions) == 1 else None


def _module_of(names: dict[str, Any]) -> types.ModuleType:
    module = types.ModuleType(MODULE)
    vars(module).update(names)
    return module


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "(its text cannot be made)"
