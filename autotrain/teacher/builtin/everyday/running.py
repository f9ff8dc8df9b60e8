"""Running the curriculum's own sources on calls, bounded by a budget of loop turns and function calls.

Only code that the families wrote runs here (a planted bug may loop for ever, hence the bound).
Answers of a model are run by `autotrain.sandbox` and by nothing else; teacher/trials.py sends this file's text
there, so it needs the standard library alone.
"""

import ast
import sys
import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from autotrain.teacher.builtin.everyday.problem import Call

STEP_LIMIT = 3000  # loop turns and calls; ordinary inputs need fewer than a hundred
MAX_SIZE = 20_000  # characters, items or bits of a variable


class Endless(BaseException):
    """The step budget is spent. A BaseException, so that no `except Exception` in a program hides it."""


class Outcome(NamedTuple):
    """What a call gave: `kind` is value, error or endless; `error` is the exception's name, `value` its text."""

    kind: str
    value: Any = None
    error: str = ""


class Compiled:
    """Calls whose code is compiled once, to run on many sources."""

    def __init__(self, calls: "Iterable[Call]") -> None:
        self.calls = list(calls)
        self._codes = [
            (compile(call.setup, "<setup>", "exec") if call.setup else None,
             compile(call.expression, "<call>", "eval"))
            for call in self.calls
        ]  # fmt: skip

    def run(self, source: str | ast.Module) -> "Results | None":
        """The outcomes of all calls, or None where the source does not compile or fails while it is defined."""
        if isinstance(source, str):
            try:
                tree = ast.parse(source)
            except SyntaxError:
                return None
            instrument(tree)
        else:
            tree = source
        counter = _Counter()
        namespace: dict[str, Any] = {"_tick": counter.tick, "__name__": "solution"}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                exec(compile(tree, "<solution>", "exec"), namespace)
        except (Exception, Endless):  # a planted bug may fail at definition time in any way
            return None
        outcomes, marks = [], []
        for setup, expression in self._codes:
            counter.left = STEP_LIMIT
            counter.marks = set()
            outcomes.append(_outcome(setup, expression, namespace))
            marks.append(frozenset(counter.marks))
        return Results(outcomes, marks)


class Results(NamedTuple):
    """For each call its outcome, and the numbers of the branches that it went through."""

    outcomes: list[Outcome]
    marks: list[frozenset[int]]


def _outcome(setup: Any, expression: Any, namespace: dict[str, Any]) -> Outcome:
    try:
        scope = namespace
        if setup is not None:
            scope = dict(namespace)
            exec(setup, scope)
        return Outcome("value", eval(expression, scope))
    except Endless:
        return Outcome("endless")
    except Exception as error:
        return Outcome("error", str(error), type(error).__name__)


class _Counter:
    def __init__(self) -> None:
        self.left = STEP_LIMIT
        self.marks: set[int] = set()

    def tick(self, mark: int) -> None:
        self.marks.add(mark)
        self.left -= 1
        if self.left < 0:
            raise Endless
        if self.left % 8 == 0:  # a text that doubles in each turn fills the memory before the turns run out
            for value in sys._getframe(1).f_locals.values():
                if isinstance(value, (str, list, int)) and _size(value) > MAX_SIZE:
                    raise Endless


def _size(value: str | list[Any] | int) -> int:
    return value.bit_length() if isinstance(value, int) else len(value)


def instrument(tree: ast.Module) -> int:
    """Put a counted mark at the head of every function, loop, branch and handler; the number of marks."""
    count = 0

    def mark() -> ast.stmt:
        nonlocal count
        count += 1
        name = ast.Name("_tick", ast.Load(), lineno=1, col_offset=0)
        number = ast.Constant(count - 1, lineno=1, col_offset=0)
        return ast.Expr(ast.Call(name, [number], [], lineno=1, col_offset=0), lineno=1, col_offset=0)

    for node in list(ast.walk(tree)):
        if isinstance(node, (ast.While, ast.For, ast.FunctionDef, ast.AsyncFunctionDef, ast.ExceptHandler, ast.If)):
            node.body.insert(0, mark())
        if isinstance(node, ast.If):
            node.orelse.insert(0, mark())
    return count
