"""The little of pytest that generated tests use, so that they run without pytest installed:
raises, approx, fail, skip, mark.parametrize, fixture, tmp_path and capsys. Written for this
sandbox; a fixture or mark that is not listed here makes its test fail, with its name."""

import contextlib
import inspect
import io
import math
import pathlib
import re
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from typing import Any


class Skipped(Exception):
    """A test that skipped itself; it counts neither way."""


class Failed(AssertionError):
    """`pytest.fail(…)`."""


class _ExceptionInfo:
    value: Any = None

    @property
    def type(self) -> type:
        return type(self.value)

    def match(self, pattern: str) -> bool:
        if not re.search(pattern, str(self.value)):
            raise AssertionError(f"{pattern!r} is not in {str(self.value)!r}")
        return True


def raises(expected: Any, *arguments: Any, match: str | None = None, **named: Any) -> Any:
    if arguments:
        with _raises(expected, None) as information:
            arguments[0](*arguments[1:], **named)
        return information
    return _raises(expected, match)


@contextlib.contextmanager
def _raises(expected: Any, match: str | None) -> Iterator[_ExceptionInfo]:
    information = _ExceptionInfo()
    try:
        yield information
    except expected as error:
        information.value = error
        if match is not None:
            information.match(match)
        return
    raise Failed(f"no {getattr(expected, '__name__', expected)} was raised")


class approx:
    """A number, or a list or dict of numbers, that is equal within a tolerance."""

    def __init__(self, expected: Any, rel: float | None = None, abs: float | None = None) -> None:
        self.expected, self._relative, self._absolute = expected, rel, abs

    def _near(self, actual: Any, expected: Any) -> bool:
        if isinstance(expected, dict):
            return (
                isinstance(actual, dict)
                and actual.keys() == expected.keys()
                and all(self._near(actual[key], expected[key]) for key in expected)
            )
        if isinstance(expected, (list, tuple)):
            return (
                isinstance(actual, (list, tuple))
                and len(actual) == len(expected)
                and all(map(self._near, actual, expected))
            )
        if type(actual) not in (int, float, bool, complex) or type(expected) not in (int, float, bool, complex):
            return actual == expected
        relative = 1e-6 if self._relative is None and self._absolute is None else self._relative or 0.0
        absolute = 1e-12 if self._absolute is None else self._absolute
        if actual == expected:
            return True
        return not (_odd(actual) or _odd(expected)) and abs(actual - expected) <= max(
            relative * abs(expected), absolute
        )

    def __eq__(self, actual: object) -> bool:
        return self._near(actual, self.expected)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"approx({self.expected!r})"


def fail(reason: str = "", pytrace: bool = True) -> None:
    raise Failed(reason)


def skip(reason: str = "", **_: Any) -> None:
    raise Skipped(reason)


def fixture(function: Any = None, **_: Any) -> Any:
    def mark(target: Any) -> Any:
        target.is_fixture = True
        return target

    return mark(function) if function is not None else mark


class _Marks:
    def parametrize(self, names: Any, values: Any, ids: Any = None, **_: Any) -> Callable[[Any], Any]:
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)

        def mark(function: Any) -> Any:
            rows = [value if len(names) > 1 else (value,) for value in values]
            earlier = getattr(function, "parameters", [{}])
            function.parameters = [{**old, **dict(zip(names, row))} for row in rows for old in earlier]  # noqa: B905
            return function

        return mark

    def __getattr__(self, name: str) -> Any:
        def mark(*arguments: Any, **_: Any) -> Any:
            first = next(iter(arguments), None)
            target = first if callable(first) else None
            if name == "skip" or (name == "skipif" and first is True) or (name == "xfail" and target is not None):
                return _skipped if target is None else _skipped(target)
            return target if target is not None else lambda function: function

        return mark


def param(*values: Any, **_: Any) -> Any:
    return next(iter(values)) if len(values) == 1 else values


def calls_of(name: str, function: Any, space: dict[str, Any]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each call that a test function stands for: one, or one a row of its parameters."""
    if getattr(function, "is_fixture", False):
        return
    parameters = getattr(function, "parameters", None)
    for index, row in enumerate(parameters or [{}]):
        label = f"{name}[{index}]" if parameters else name
        yield label, lambda row=row: _call(function, row, space)


def methods_of(kind: type, space: dict[str, Any]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The calls of a test class in pytest's style, each on an instance of its own."""
    for name, member in list(vars(kind).items()):
        if not name.startswith("test") or not callable(getattr(member, "__func__", member)):
            continue
        for label, _ in calls_of(f"{kind.__name__}.{name}", member, space):
            index = int(label.rpartition("[")[2][:-1]) if label.endswith("]") else 0
            yield label, lambda name=name, index=index: _call_method(kind, name, index, space)


def install() -> None:
    """Make `import pytest` find this module, where the real one is not there."""
    with contextlib.suppress(ImportError):
        __import__("pytest")
        return
    module = types.ModuleType("pytest")
    vars(module).update(
        raises=raises, approx=approx, fail=fail, skip=skip, fixture=fixture, mark=_Marks(), param=param
    )  # fmt: skip
    sys.modules["pytest"] = module


def _call_method(kind: type, name: str, index: int, space: dict[str, Any]) -> Any:
    instance = kind()
    for setup in ("setup_method", "setUp", "setup"):
        if hasattr(instance, setup):
            method = getattr(instance, setup)
            method(*([None] * len(inspect.signature(method).parameters)))
            break
    try:
        method = getattr(instance, name)
        return _call(method, getattr(method, "parameters", [{}])[index], {**space, **_bound_fixtures(instance)})
    finally:
        if hasattr(instance, "teardown_method"):
            method = instance.teardown_method
            method(*([None] * len(inspect.signature(method).parameters)))


def _bound_fixtures(instance: Any) -> dict[str, Any]:
    return {name: getattr(instance, name) for name in dir(instance) if not name.startswith("__")}


_ANY_NUMBER = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _call(function: Any, row: dict[str, Any], space: dict[str, Any]) -> Any:
    with contextlib.ExitStack() as stack:
        needed = [
            name
            for name, parameter in inspect.signature(function).parameters.items()
            if name not in row and parameter.default is inspect.Parameter.empty and parameter.kind not in _ANY_NUMBER
        ]
        made: dict[str, Any] = {}
        arguments = {name: _fixture_value(name, space, stack, made) for name in needed}
        return function(**row, **arguments)


def _fixture_value(name: str, space: dict[str, Any], stack: contextlib.ExitStack, made: dict[str, Any]) -> Any:
    if name in made:
        return made[name]
    if name == "tmp_path":
        value: Any = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
    elif name == "capsys":
        value = _Captured(stack)
    else:
        function = space.get(name)
        if function is None or not getattr(function, "is_fixture", False):
            raise LookupError(f"no fixture {name}")
        names = inspect.signature(function).parameters
        value = function(**{key: _fixture_value(key, space, stack, made) for key in names})
        if inspect.isgenerator(value):
            generator, value = value, next(value)
            stack.callback(next, generator, None)
    made[name] = value
    return value


class _Captured:
    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._out, self._err = io.StringIO(), io.StringIO()
        stack.enter_context(contextlib.redirect_stdout(self._out))
        stack.enter_context(contextlib.redirect_stderr(self._err))

    def readouterr(self) -> Any:
        texts = self._out.getvalue(), self._err.getvalue()
        for stream in (self._out, self._err):
            stream.seek(0)
            stream.truncate()
        return types.SimpleNamespace(out=texts[0], err=texts[1])


def _skipped(function: Any) -> Any:
    def skipping() -> None:
        raise Skipped

    return skipping


def _odd(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
