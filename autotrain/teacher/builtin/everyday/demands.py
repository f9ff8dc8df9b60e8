"""Structural demands of refactorings: lines such as `without for in total` or `at most 2 statements in total`.

`find` lists those that one source meets and another does not; `met` says whether a source meets one.
"""

import ast
import re
from typing import NamedTuple

WORDS = ("sum", "any", "all", "max", "min", "join", "enumerate", "zip", "sorted", "set", "get", "setdefault", "Counter",
         "defaultdict", "divmod", "items", "reversed", "removeprefix", "removesuffix", "partition", "splitlines",
         "startswith", "endswith", "count", "title", "isdigit")  # fmt: skip
_NODES: dict[str, type | tuple[type, ...]] = {
    "for": ast.For, "while": ast.While, "if": ast.If, "comprehension":
    (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp), "f-string": ast.JoinedStr, "try": ast.Try,
    "lambda": ast.Lambda, "yield": (ast.Yield, ast.YieldFrom), "with": ast.With,
}  # fmt: skip
_BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try)
_LINE = re.compile(r"(?:(with|without) (\S+)|at most (\d+) (statements|nesting|branches|loops)) in (\w+)")


class Demand(NamedTuple):
    """A demand: its line, and how a person asks for it (an imperative without a full stop)."""

    line: str
    said: str


def find(clumsy: str, better: str, name: str) -> list[Demand]:
    """What the better source meets and the clumsy one does not, the most telling first."""
    options = []
    for word in ("comprehension", *WORDS, "f-string"):
        code = {"comprehension": "a comprehension", "f-string": "an f-string", "join": "`join`"}.get(word, f"`{word}`")
        options.append(Demand(f"with {word} in {name}", f"use {code}"))
    loops = {"while": "do without the while loop", "for": "do without the explicit for loop",
             "else": "get rid of the else", "if": "do without the if statement", "lambda": "do without the lambda",
             "nested-loop": "get rid of the nested loop"}  # fmt: skip
    options += [Demand(f"without {word} in {name}", said) for word, said in loops.items()]
    for what in ("statements", "nesting", "branches"):
        limit = _measure(ast.parse(better), name, what)
        if what == "statements":
            said = "make it a single statement" if limit == 1 else f"get by with at most {limit} statements"
        elif what == "nesting":
            said = "nest nothing" if limit == 0 else "flatten the nesting" + f" to at most {limit} levels" * (limit > 1)
        else:
            said = "do without branches" if limit == 0 else f"get by with at most {limit} if{'s' * (limit > 1)}"
        options.append(Demand(f"at most {limit} {what} in {name}", said))
    return [demand for demand in options if met(demand.line, better) and not met(demand.line, clumsy)]


def statements(source: str, name: str) -> int:
    """How many statements a function has."""
    return _measure(ast.parse(source), name, "statements")


def met(line: str, source: str) -> bool:
    """Whether a source meets a demand. Raises ValueError for a line that is none."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"no demand: {line}")
    tree = ast.parse(source)
    function = _function(tree, match[5])
    if function is None:
        return False
    if match[1]:
        return _has(function, match[2]) == (match[1] == "with")
    return _measure(tree, match[5], match[4]) <= int(match[3])


def _function(tree: ast.AST, name: str) -> ast.AST | None:
    return next((node for node in ast.walk(tree)
                 if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name), None)  # fmt: skip


def _has(tree: ast.AST, word: str) -> bool:
    if word == "nested-loop":
        loops = [node for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While))]
        return any(isinstance(inner, (ast.For, ast.While)) and inner is not loop
                   for loop in loops for inner in ast.walk(loop))  # fmt: skip
    if word == "else":
        return any(isinstance(node, ast.If) and node.orelse and not _is_elif(node) for node in ast.walk(tree))
    if word == "if":
        return any(isinstance(node, (ast.If, ast.IfExp)) or isinstance(node, ast.comprehension) and node.ifs
                   for node in ast.walk(tree))  # fmt: skip
    if word in _NODES:
        return any(isinstance(node, _NODES[word]) for node in ast.walk(tree))
    return any(isinstance(node, ast.Name) and node.id == word or isinstance(node, ast.Attribute) and node.attr == word
               for node in ast.walk(tree))  # fmt: skip


def _is_elif(node: ast.If) -> bool:
    return len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)


def _measure(tree: ast.AST, name: str, what: str) -> int:
    function = _function(tree, name)
    if function is None:
        return 0
    nodes = list(ast.walk(function))
    if what == "statements":
        return sum(isinstance(node, ast.stmt) for node in nodes) - 1
    if what == "branches":
        return sum(isinstance(node, (ast.If, ast.IfExp)) for node in nodes)
    if what == "loops":
        return sum(isinstance(node, (ast.For, ast.While, ast.comprehension)) for node in nodes)
    return _depth(function)


def _depth(node: ast.AST) -> int:
    return max((isinstance(child, _BLOCKS) + _depth(child) for child in ast.iter_child_nodes(node)), default=0)
