"""Structural demands: what a refactoring asks of the code's shape, which handing the code back does not meet.

A demand is one line of text (docs/suites.md):

    defines NAME                         a function or class of that name
    uses NAME in FUNC                    FUNC names it (what has no effect does not count, nor for `with`)
    without WORD [in FUNC]               WORD: for while if else elif try lambda global with yield comprehension
    with WORD [in FUNC]                  f-string nested-loop, or any name (sum, enumerate, join, a function …)
    at most N MEASURE [in FUNC]          MEASURE: statements branches nesting loops

Pure: text in, the reason why a demand is not met out.
"""

import ast
import re

from autotrain.tasks.python import UNREADABLE, is_docstring

_CONSTRUCTS: dict[str, type | tuple[type, ...]] = {
    "for": (ast.For, ast.AsyncFor),
    "while": ast.While,
    "try": ast.Try,
    "lambda": ast.Lambda,
    "global": ast.Global,
    "with": (ast.With, ast.AsyncWith),
    "f-string": ast.JoinedStr,
    "yield": (ast.Yield, ast.YieldFrom),
    "comprehension": (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
}
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BLOCKS = (*_LOOPS, ast.If, ast.With, ast.AsyncWith, ast.Try)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LINE = re.compile(
    r"(?:(?P<verb>defines|uses|without|with) (?P<word>[\w.-]+)"
    r"|at most (?P<most>\d+) (?P<measure>statements|branches|nesting|loops))(?: in (?P<scope>\w+))?"
)


def problem(demand: str) -> str | None:
    """What is wrong with a demand as written, or None."""
    return None if _LINE.fullmatch(demand.strip()) else f"{demand!r} is no demand"


def unmet(demand: str, code: str) -> str | None:
    """Why the code does not meet a demand, as a short phrase, or None where it does. Docstrings do not count."""
    if problem(demand):
        return problem(demand)
    try:
        tree = ast.parse(code)
    except UNREADABLE:
        return "code that does not parse"
    return unmet_by(demand, tree)


def unmet_by(demand: str, tree: ast.AST) -> str | None:
    """The same for code that was parsed already."""
    match = _LINE.fullmatch(demand.strip())
    if match is None:
        return problem(demand)
    scope: ast.AST | None = tree
    if match["scope"]:
        scope = _definition(scope, match["scope"])
        if scope is None:
            return f"{match['scope']} is not defined"
    if match["most"]:
        count = _MEASURES[match["measure"]](scope)
        return (
            None
            if count <= int(match["most"])
            else f"{count} {match['measure']} where at most {match['most']} are asked for"
        )
    verb, word = match["verb"], match["word"]
    if verb == "defines":
        return None if _definition(scope, word) is not None else f"{word} is not defined"
    nodes = _walk(scope) if verb == "without" else _live(scope)
    holds = word in _names(nodes) if verb == "uses" else _has(nodes, word)
    return None if holds != (verb == "without") else f"{demand.strip()}: not so"


def measured(measure: str, tree: ast.AST, name: str) -> int:
    """How many statements, branches, loops or levels of nesting a definition has."""
    return _MEASURES[measure](_definition(tree, name))


def _definition(tree: ast.AST | None, name: str) -> ast.AST | None:
    return next((node for node in _walk(tree) if isinstance(node, _DEFINITIONS) and node.name == name), None)


def _walk(scope: ast.AST | None) -> list[ast.AST]:
    """The nodes of a scope, docstrings left out."""
    assert scope is not None
    skipped = {
        id(node.body[0])
        for node in ast.walk(scope)
        if isinstance(node, (ast.Module, *_DEFINITIONS)) and is_docstring(node.body)
    }
    return [node for node in ast.walk(scope) if id(node) not in skipped]


def _live(scope: ast.AST | None) -> list[ast.AST]:
    """The nodes of a scope that can matter: no expression left lying, name never read, or block never entered."""
    nodes = _walk(scope)
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    dead = {id(part) for node in nodes for idle in _idle(node, read) for part in ast.walk(idle)}
    return [node for node in nodes if id(node) not in dead]


def _idle(node: ast.AST, read: set[str]) -> list[ast.AST]:
    """What of a statement does nothing."""
    if isinstance(node, ast.Expr):
        acts = isinstance(node.value, (ast.Call, ast.Await, ast.Yield, ast.YieldFrom))
        return [] if acts else [node]
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        unread = all(isinstance(target, ast.Name) and target.id not in read for target in targets)
        return [node] if unread else []
    if not isinstance(node, _BLOCKS):
        return []
    bodies = [node.body, getattr(node, "orelse", []), getattr(node, "finalbody", [])]
    if all(isinstance(inner, ast.Pass) for body in bodies for inner in body):
        return [node]
    never = isinstance(node, (ast.If, ast.While)) and _is_empty(node.test)
    never = never or (isinstance(node, (ast.For, ast.AsyncFor)) and _is_empty(node.iter))
    return list(node.body) if never and bodies[1] else [node] if never else []


def _is_empty(value: ast.expr) -> bool:
    """Whether a literal is false, or holds nothing."""
    if isinstance(value, ast.Constant):
        return not value.value
    return isinstance(value, (ast.Tuple, ast.List)) and not value.elts or isinstance(value, ast.Dict) and not value.keys


def _names(nodes: list[ast.AST]) -> set[str]:
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def _has(nodes: list[ast.AST], word: str) -> bool:
    if word == "nested-loop":
        return any(
            isinstance(inner, _LOOPS)
            for node in nodes
            if isinstance(node, _LOOPS)
            for inner in ast.walk(node)
            if inner is not node
        )
    if word == "elif":
        return any(isinstance(node, ast.If) and _is_elif(node.orelse) for node in nodes)
    if word == "else":
        return any(isinstance(node, ast.If) and node.orelse and not _is_elif(node.orelse) for node in nodes)
    if word == "if":
        return any(
            isinstance(node, (ast.If, ast.IfExp)) or (isinstance(node, ast.comprehension) and node.ifs)
            for node in nodes
        )
    if word in _CONSTRUCTS:
        return any(isinstance(node, _CONSTRUCTS[word]) for node in nodes)
    return word in _names(nodes)


def _is_elif(orelse: list[ast.stmt]) -> bool:
    return len(orelse) == 1 and isinstance(orelse[0], ast.If)


def _nesting(node: ast.AST | None, depth: int = 0) -> int:
    assert node is not None
    deeper = (_nesting(child, depth + isinstance(child, _BLOCKS)) for child in ast.iter_child_nodes(node))
    return max(deeper, default=depth)


_MEASURES = {
    "statements": lambda scope: sum(isinstance(node, ast.stmt) for node in _walk(scope) if node is not scope),
    "branches": lambda scope: sum(isinstance(node, (ast.If, ast.IfExp)) for node in _walk(scope)),
    "nesting": _nesting,
    "loops": lambda scope: sum(isinstance(node, (*_LOOPS, ast.comprehension)) for node in _walk(scope)),
}
