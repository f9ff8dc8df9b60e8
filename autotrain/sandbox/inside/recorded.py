"""Assertions that are written down when they fail, where the tests run in the candidate's process.

There nothing stands between the tests' errors and the candidate's `__aexit__`, callbacks and
decorators, which may end any of them. So an assertion that fails says so before it raises. Tests
that handle such errors themselves are left as they are.
"""

import ast
import copy
from collections.abc import Callable

from autotrain.sandbox.inside.plan import Plan

_NOTE = "__assertion_failed__"
_HANDLED = frozenset(("AssertionError", "Exception", "BaseException", "failureException", "expectedFailure", "xfail"))


def can_be_recorded(plan: Plan) -> bool:
    """Whether no handler of the tests' own can be meant to end a failed assertion."""
    bare = any(isinstance(node, ast.ExceptHandler) and node.type is None for node in plan.nodes)
    return not bare and not _HANDLED & plan.mentioned


def recording(statement: ast.stmt, space: dict, note: Callable[[], None]) -> ast.stmt:
    """The statement with each `assert` in it calling `note` before it raises."""
    space[_NOTE] = note
    return ast.fix_missing_locations(_Rewriter().visit(copy.deepcopy(statement)))


def failure_exception(note: Callable[[], None]) -> type[AssertionError]:
    """The same for the assertions of a unittest.TestCase."""

    class Failed(AssertionError):
        def __init__(self, *arguments: object) -> None:
            note()
            super().__init__(*arguments)

    return Failed


class _Rewriter(ast.NodeTransformer):
    def visit_Assert(self, node: ast.Assert) -> ast.If:
        call = ast.Call(ast.Name(_NOTE, ast.Load()), [], [])
        error = ast.Call(ast.Name("AssertionError", ast.Load()), [node.msg] if node.msg else [], [])
        new = ast.If(ast.UnaryOp(ast.Not(), node.test), [ast.Expr(call), ast.Raise(error)], [])
        return ast.copy_location(new, node)
