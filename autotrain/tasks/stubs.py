"""An empty stub of a piece of code: the same names and signatures, and nothing behind them.

Tests that pass on the stub check nothing. Pure; used by the gate and by tests of suites.

    stub_of("def double(x):\\n    return 2 * x")   ->   "def double(x):\\n    return None"
"""

import ast


def stub_of(code: str) -> str | None:
    """The code with every function emptied to `return None`, or None where there is no function to empty.

    Imports, assignments of literals, classes and signatures stay; decorators and anything
    else that could do work goes.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    emptier = _Emptier()
    tree = emptier.visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree)) if emptier.emptied else None


class _Emptier(ast.NodeTransformer):
    def __init__(self) -> None:
        self.emptied = 0

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
        node.body = [ast.Return(ast.Constant(None))]


def _declares(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
        return True
    if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
        return all(not isinstance(node, (ast.Call, ast.Lambda)) for node in ast.walk(statement.value))
    return isinstance(statement, ast.AnnAssign)
