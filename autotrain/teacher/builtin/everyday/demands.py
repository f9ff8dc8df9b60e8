"""Which structural demands (tasks/demands.py) a refactoring can make: what one source meets and another does not."""

import ast
from typing import NamedTuple

from autotrain.tasks.demands import measured, unmet_by

WORDS = ("sum", "any", "all", "max", "min", "join", "enumerate", "zip", "sorted", "set", "get", "setdefault", "Counter",
         "defaultdict", "divmod", "items", "reversed", "removeprefix", "removesuffix", "partition", "splitlines",
         "startswith", "endswith", "count", "title", "isdigit")  # fmt: skip


class Demand(NamedTuple):
    """A demand: its line, and how a person asks for it (an imperative without a full stop)."""

    line: str
    said: str


def find(clumsy: str, better: str, name: str) -> list[Demand]:
    """What the better source meets and the clumsy one does not, the most telling first."""
    options = [Demand(f"with comprehension in {name}", "use a comprehension")]
    options += [Demand(f"with {word} in {name}", f"use `{word}`") for word in WORDS
                if word in better and word not in clumsy]  # fmt: skip
    options.append(Demand(f"with f-string in {name}", "use an f-string"))
    options += [Demand(f"without {word} in {name}", said) for word, said in _WITHOUT.items()
                if word.rpartition("-")[0] or f"{word} " in clumsy or f"{word}:" in clumsy]  # fmt: skip
    old, new = _function(clumsy, name), _function(better, name)
    for what in ("statements", "nesting", "branches"):
        limit = measured(what, new, name)
        if what == "statements":
            said = "make it a single statement" if limit == 1 else f"get by with at most {limit} statements"
        elif what == "nesting":
            said = "nest nothing" if limit == 0 else "flatten the nesting" + f" to at most {limit} levels" * (limit > 1)
        else:
            said = "do without branches" if limit == 0 else f"get by with at most {limit} if{'s' * (limit > 1)}"
        options.append(Demand(f"at most {limit} {what} in {name}", said))
    return [demand for demand in options if _tells(demand.line.removesuffix(f" in {name}"), old, new)]


def _tells(demand: str, old: ast.AST, new: ast.AST) -> bool:
    return unmet_by(demand, old) is not None and unmet_by(demand, new) is None


def _function(source: str, name: str) -> ast.AST:
    """The definition alone, so that each demand need not look for it."""
    return next(node for node in ast.parse(source).body if getattr(node, "name", None) == name)


_WITHOUT = {
    "while": "do without the while loop",
    "for": "do without the explicit for loop",
    "else": "get rid of the else",
    "if": "do without the if statement",
    "lambda": "do without the lambda",
    "nested-loop": "get rid of the nested loop",
}


def statements(source: str, name: str) -> int:
    """How many statements a function has."""
    return measured("statements", ast.parse(source), name)
