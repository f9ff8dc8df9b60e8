"""Python, the one language of our own tasks today: a `languages.Language` is a module with these functions.

Its fence, its grammar, its names, its stubs, how it is run. What reads Python's syntax trees beside it (demands,
docstrings, the builtin teacher) is of tasks that exist for Python alone.

    parses("def f(): pass")             # True
    defined_names("def f(): pass")      # {"f"}
"""

import _symtable  # pyright: ignore[reportMissingImports]
import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from autotrain.sandbox import Job, Limits

NAME: str = "python"
FENCE: str = "python"
MARKS: tuple[str, ...] = ("python", "py", "python3", "")  # what a block of Python is marked with, in lower case
SYSTEM: str = "You are a careful Python programmer."

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # what a text that is no Python raises
_MAX_REMEMBERED = 20_000  # characters


def parses(code: str) -> bool:
    """Whether the text is Python that compiles."""
    return _parses(code) if len(code) <= _MAX_REMEMBERED else _compiles(code)


def _compiles(code: str) -> bool:
    try:
        # Parses, and quicker than building a tree. `symtable.symtable` is this and objects for whoever wants a table.
        _symtable.symtable(code, "<answer>", "exec")
    except UNREADABLE:
        return False
    return True


_parses = lru_cache(maxsize=512)(_compiles)


def defined_names(code: str) -> set[str]:
    """The functions and classes that a module defines at its top level; none where it does not parse."""
    try:
        tree = ast.parse(code)
    except UNREADABLE:
        return set()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


def fenced(code: str) -> str:
    """Code as a model answers it."""
    return f"```{FENCE}\n{code.rstrip(chr(10))}\n```"


def stub(name: str | None) -> str:
    """A module that defines the name, which takes anything and returns None."""
    return f"def {name or 'solution'}(*args, **kwargs):\n    return None\n"


def job(code: str, tests: str, entry_point: str | None, limits: "Limits | None" = None, group: str = "") -> "Job":
    """How the code is run: its tests after it, in the sandbox."""
    from autotrain.sandbox import Job, Limits

    return Job(code, tests, entry_point, limits or Limits(), group)


def without_docstrings(code: str) -> str:
    """A canonical text of the code's syntax tree without its docstrings. Raises SyntaxError."""
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and is_docstring(
            node.body[:1]
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.dump(tree)


def is_docstring(body: list[ast.stmt]) -> bool:
    """Whether a body begins with a docstring."""
    first = body[0] if body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


def definition(code: str, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | None:
    """The function or class of this name, wherever in the code it stands. Raises SyntaxError."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
            return node
    return None


FIRST_ARGUMENT, LAST_ARGUMENT = "first argument", "last argument"


def stub_of(code: str, returned: str = "None") -> str | None:
    """The code with every function emptied to `return None`, or None where there is no function to empty.

    `returned` is another expression to return, or FIRST_ARGUMENT or LAST_ARGUMENT. Imports, assignments of
    literals, classes and signatures stay; decorators and anything else that could do work goes. Tests that
    pass on it check nothing.
    """
    try:
        tree = ast.parse(code)
    except UNREADABLE:
        return None
    emptier = _Emptier(returned)
    tree = emptier.visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree)) if emptier.emptied else None


class _Emptier(ast.NodeTransformer):
    def __init__(self, returned: str) -> None:
        self.emptied = 0
        self._returned = returned

    def visit_Module(self, node: ast.Module) -> ast.Module:
        kept = [self.visit(statement) for statement in node.body if _declares(statement)]
        node.body = kept or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        kept = [self.visit(statement) for statement in node.body if _declares(statement)]
        node.body = kept or [ast.Pass()]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self._empty(node)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        self._empty(node)
        return node

    def _empty(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.emptied += 1
        kinds = ("staticmethod", "classmethod", "property")
        node.decorator_list = [
            decorator for decorator in node.decorator_list if isinstance(decorator, ast.Name) and decorator.id in kinds
        ]
        node.body = [ast.Return(ast.parse(self._value(node), mode="eval").body)]

    def _value(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        if node.name == "__init__":
            return "None"
        if self._returned not in (FIRST_ARGUMENT, LAST_ARGUMENT):
            return self._returned
        names = [given.arg for given in (*node.args.posonlyargs, *node.args.args) if given.arg not in ("self", "cls")]
        return names[0 if self._returned == FIRST_ARGUMENT else -1] if names else "None"


def _declares(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
        return all(not isinstance(node, (ast.Call, ast.Lambda)) for node in ast.walk(statement.value))
    return isinstance(statement, ast.AnnAssign)


def is_call_of(node: ast.AST, name: str) -> TypeGuard[ast.Call]:
    """Whether a node calls the name with positional arguments alone."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and not node.keywords


def tested_calls(tests: str, name: str) -> Iterator[tuple[list[ast.expr], ast.expr]]:
    """Arguments and expected result of each test of the form `assert name(…) == …`."""
    try:
        tree = ast.parse(tests)
    except UNREADABLE:
        return
    for node in tree.body:
        test = node.test if isinstance(node, ast.Assert) else None
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq) and is_call_of(test.left, name):
            yield test.left.args, test.comparators[0]


def calls_with_results(tests: str, name: str) -> Iterator[tuple[str, str]]:
    """The calls of such tests with their results, as source, where both are literals."""
    for arguments, result in tested_calls(tests, name):
        try:
            for argument in arguments:
                ast.literal_eval(argument)
            yield f"{name}({', '.join(map(ast.unparse, arguments))})", repr(ast.literal_eval(result))
        except (*UNREADABLE, TypeError):
            continue
