"""Running the generator's own programs, bounded: loops and recursion count their steps.

Only code that this package composed runs here (a planted bug may loop for ever, hence
the bound). Answers of a model are run by `autotrain.sandbox` and by nothing else.
"""

import ast
import warnings
from typing import Any, NamedTuple

from autotrain.teacher.builtin.grammar.program import Case, Raised

STEP_LIMIT = 3000  # loop turns and calls; ordinary cases need fewer than a hundred


class Endless(BaseException):
    """The step budget is spent. A BaseException, so that no `except Exception` in a program hides it."""


class Outcome(NamedTuple):
    """What a case gave: `kind` is value, error or endless; `value` is the value or the error's text."""

    kind: str
    value: Any


class Loaded:
    """A program's source, compiled with step counting and executed once."""

    def __init__(self, source: str) -> None:
        self._left = STEP_LIMIT
        self._namespace: dict[str, Any] = {"_tick": self._tick}
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, (ast.While, ast.For, ast.FunctionDef)):
                node.body.insert(0, _TICK)
        exec(compile(tree, "<program>", "exec"), self._namespace)

    def _tick(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Endless

    def run(self, case: Case) -> Outcome:
        """The outcome of one case."""
        self._left = STEP_LIMIT
        try:
            if not case.setup:
                return Outcome("value", eval(case.expression, self._namespace))
            scope = dict(self._namespace)
            exec(case.setup, scope)
            return Outcome("value", eval(case.expression, scope))
        except Endless:
            return Outcome("endless", "")
        except Exception as error:
            if case.may_raise and type(error) is ValueError:
                return Outcome("value", Raised("ValueError"))
            return Outcome("error", f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def _tick_statement() -> ast.stmt:
    statement = ast.parse("_tick()").body[0]
    for node in ast.walk(statement):
        for name in ("lineno", "end_lineno"):
            if hasattr(node, name):
                setattr(node, name, 1)
    return statement


_TICK = _tick_statement()


def load(source: str) -> Loaded | None:
    """The loaded program, or None where it does not compile or fails while it is defined."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)
            return Loaded(source)
    except (SyntaxError, Endless):
        return None
    except Exception:  # a planted bug may fail at definition time in any way
        return None
