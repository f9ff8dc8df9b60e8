"""Reads the tests before they run: what is a test, which names they need, and whether they
can be kept apart from the candidate at all."""

import ast
import builtins
import importlib.util
import sys

# What tests with these imports do (patching the candidate, threads, looking into its frames) needs one process.
_ONE_PROCESS_MODULES = frozenset(
    "threading concurrent multiprocessing mock gc weakref inspect pickle importlib ctypes builtins tracemalloc".split()
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Plan:
    """One module of tests, parsed. Raises SyntaxError or ValueError where it is no Python."""

    def __init__(self, source: str) -> None:
        self.tree = ast.parse(source, "tests.py")
        nodes = list(ast.walk(self.tree))
        self._names = {node.id for node in nodes if isinstance(node, ast.Name)}
        self._nodes = nodes
        self.functions = {
            node.name for node in self.tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        self.mirrors_output = bool({"capsys", "redirect_stdout", "stdout"} & (self._names | self._words()))
        self.wants_pytest = "pytest" in self._imports()

    def names(self, defined: list[str], entry_point: str | None) -> list[str]:
        """The candidate's names that the tests use. One that hides a builtin counts only as the entry point."""
        known = [name for name in defined if type(name) is str and name.isidentifier()]
        everything = {"eval", "exec", "globals", "vars"} & self._names or self._imports_whole_solution()
        wanted = set(known) if everything else self._names
        wanted = wanted | {entry_point} | self._imported_names()
        return [name for name in known if name in wanted and (not hasattr(builtins, name) or name == entry_point)]

    def needs_one_process(self, defined: list[str]) -> str | None:
        """Why these tests cannot be put to a separate process, or None."""
        for module in sorted(self._imports()):
            if module.split(".")[0] in _ONE_PROCESS_MODULES or module == "unittest.mock":
                return f"the tests import {module}"
        words = self._words()
        if "stdin" in words or "monkeypatch" in words | self._names:
            return "the tests replace parts of the program"
        theirs = set(defined)
        for node in self._nodes:
            if isinstance(node, ast.ClassDef):
                for base in node.bases:
                    if isinstance(base, ast.Name) and base.id in theirs:
                        return f"the tests derive a class from {base.id}"
            if isinstance(node, (ast.AsyncFor, ast.AsyncWith)):
                return "the tests iterate or enter asynchronously"
        return None

    def import_solution(self, defined: list[str], module: str) -> None:
        """Let imports of a module that does not exist (`from your_module import f`) mean the candidate."""
        for node in self._nodes:
            if isinstance(node, ast.ImportFrom) and not node.level and node.module and not _exists(node.module):
                if all(alias.name in defined or alias.name == "*" for alias in node.names):
                    node.module = module
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if not _exists(alias.name) and "." not in alias.name:
                        alias.asname = alias.asname or alias.name
                        alias.name = module

    def is_test(self, statement: ast.stmt) -> bool:
        """Whether a top-level statement checks something."""
        if isinstance(statement, _DEFINITIONS):
            return False
        if self.called_function(statement) is not None:
            return True
        for node in _outside_definitions(statement):
            if isinstance(node, (ast.Assert, ast.Raise)):
                return True
            if isinstance(node, ast.With):
                for item in node.items:
                    call = item.context_expr
                    if isinstance(call, ast.Call) and "raises" in ast.unparse(call.func).lower():
                        return True
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name.startswith("assert"):
                    return True
        return False

    def called_function(self, statement: ast.stmt) -> str | None:
        """The test function that a statement such as `test_push()` or `check(f)` calls."""
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            function = statement.value.func
            name = function.id if isinstance(function, ast.Name) else ""
            if name in self.functions and name.startswith(("test", "check")):
                return name
        return None

    @staticmethod
    def starts_runner(statement: ast.stmt) -> bool:
        """`unittest.main()` and `pytest.main()`: the tests are run anyway."""
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            return ast.unparse(statement.value.func) in ("unittest.main", "pytest.main")
        return False

    def _imports(self) -> set[str]:
        modules = {alias.name for node in self._nodes if isinstance(node, ast.Import) for alias in node.names}
        for node in self._nodes:
            if isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module)
                modules |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "unittest"}
        return modules

    def _imports_whole_solution(self) -> bool:
        for node in self._nodes:
            if isinstance(node, ast.Import) and any(not _exists(alias.name) for alias in node.names):
                return True
            if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == "*" for alias in node.names):
                return not _exists(node.module)
        return False

    def _imported_names(self) -> set[str]:
        return {alias.name for node in self._nodes if isinstance(node, ast.ImportFrom) for alias in node.names}

    def _words(self) -> set[str]:
        words = {node.attr for node in self._nodes if isinstance(node, ast.Attribute)}
        words |= {node.arg for node in self._nodes if isinstance(node, ast.arg)}
        return words | self._imported_names()


def _outside_definitions(node: ast.AST) -> list[ast.AST]:
    found, waiting = [], [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, (*_DEFINITIONS, ast.Lambda)):
            continue
        found.append(current)
        waiting.extend(ast.iter_child_nodes(current))
    return found


def _exists(module: str) -> bool:
    top = module.split(".")[0]
    try:
        return top in sys.modules or importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False
