"""What the candidate may not do to the tests' own errors: end them.

A context manager or a function of the candidate's that the tests lend a body or a callback
to sees what is raised in there. It may end an error that the tests raise on purpose; an
assertion that failed, or one that would be passed over, it may not.
"""

import ast
import types
from collections.abc import Iterator

from autotrain.sandbox.inside.plan import checks

FILE = "tests.py"
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


class Errors:
    """Judges errors by where in the tests they come from."""

    def __init__(self, nodes: list[ast.AST]) -> None:
        self._nodes = nodes

    def is_failed_assertion(self, error: BaseException) -> bool:
        """An assertion of the tests that failed, not an AssertionError that they raise for the sake of it."""
        if not isinstance(error, AssertionError) or hasattr(error, "raised_by_candidate"):
            return False
        lines = [line for _, line in _frames(error.__traceback__)]
        raised = (
            any(_covers(node, lines[-1]) for node in self._nodes if isinstance(node, ast.Raise)) if lines else False
        )
        return not (raised and type(error) is AssertionError and _ends_in_tests(error.__traceback__))

    def may_be_ended(self, error: BaseException, trace: types.TracebackType | None) -> bool:
        """Whether the candidate's `__exit__` may end this error, which left the body of a `with` of the tests."""
        if self.is_failed_assertion(error):
            return False
        for frame, line in _frames(trace):
            return not self._passes_over_an_assertion(frame.f_lineno, line)
        return False

    def _passes_over_an_assertion(self, with_line: int, line: int) -> bool:
        bodies = [node for node in self._nodes if isinstance(node, ast.With) and _covers(node, line)]
        exact = [node for node in bodies if node.lineno == with_line]
        for node in (node for body in exact or bodies for statement in body.body for node in ast.walk(statement)):
            if _asserts(node) and getattr(node, "end_lineno", 0) >= line:
                return True
            if isinstance(node, _LOOPS) and _covers(node, line) and any(map(_asserts, ast.walk(node))):
                return True
        return False


def _asserts(node: ast.AST) -> bool:
    return checks(node) and not isinstance(node, ast.Raise)


def _frames(trace: types.TracebackType | None) -> Iterator[tuple[types.FrameType, int]]:
    """The frames of the tests in a traceback, each with its line."""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE:
            yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _ends_in_tests(trace: types.TracebackType | None) -> bool:
    last = None
    while trace is not None:
        last, trace = trace, trace.tb_next
    return last is not None and last.tb_frame.f_code.co_filename == FILE


def _covers(node: ast.AST, line: int) -> bool:
    return getattr(node, "lineno", line + 1) <= line <= getattr(node, "end_lineno", line - 1)
