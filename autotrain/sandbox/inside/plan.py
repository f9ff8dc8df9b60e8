"""Reads the tests before they run: what is a test, which names they need, and whether they
can be kept apart from the candidate at all.

All of it is decided by the tests' own text. What the candidate defines can only fill the
names that the text leaves open, so no candidate can hide a test or move it into its process.
"""

import ast
import builtins
import importlib.util
import re
import sys
from collections.abc import Iterator
from typing import TypeGuard

# What tests with these imports do (patching the candidate, threads, looking into its frames) needs one process.
_ONE_PROCESS_MODULES = frozenset(
    "threading concurrent multiprocessing mock gc weakref inspect pickle shelve importlib ctypes builtins "
    "tracemalloc".split()
)
# Names that tests give to a module that is not there and that can only mean the candidate.
_CANDIDATE_MODULES = frozenset(
    "solution candidate main answer submission your_module your_code my_module module implementation program".split()
)
# Never the candidate, installed or not; any other module that is not there may be.
_LIBRARIES = frozenset(
    "hypothesis pytest mock nose nose2 parameterized ddt freezegun time_machine faker testfixtures hamcrest "
    "expects assertpy sure pytest_mock pytest_asyncio pytest_benchmark responses requests_mock respx vcr moto numpy "
    "scipy pandas polars sympy mpmath networkx sklearn torch tensorflow jax matplotlib seaborn requests httpx aiohttp "
    "flask django fastapi starlette pydantic attr attrs cattrs yaml toml tomlkit orjson simplejson msgpack sqlalchemy "
    "redis celery boto3 click typer rich tqdm dateutil pytz arrow pendulum regex lxml bs4 PIL cv2 psutil setuptools "
    "six more_itertools toolz sortedcontainers cachetools trio anyio schemathesis approvaltests snapshottest syrupy "
    "deepdiff jsonschema chardet cryptography nltk spacy gmpy2 numba typing_extensions".split()
)
# What runs texts as code. Where tests hand it a text of the candidate's, that is code in their process.
_EVALUATE = frozenset(("eval", "exec"))
_EVALUATING_CALLS = frozenset(("get_type_hints", "dictConfig", "run_path", "run_module"))
_RUNNERS = frozenset(("unittest", "pytest", "doctest", "nose", "exit"))
_FILES = frozenset("io open fdopen stdin stdout stderr tempfile TemporaryFile NamedTemporaryFile".split())
# Contexts of libraries that call nothing of the candidate's at their end.
_QUIET_CONTEXTS = frozenset("raises warns assertRaises assertRaisesRegex assertWarns subTest suppress open".split())
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)


class Plan:
    """One module of tests, parsed. Raises SyntaxError or ValueError where it is no Python."""

    def __init__(self, source: str) -> None:
        self.tree = ast.parse(source, "tests.py")
        self._words_of_text = frozenset(_WORD.findall(source))
        if "__main__" in source:
            self.tree.body = list(_with_guarded_tests(self.tree.body))
        nodes = list(ast.walk(self.tree))
        self._names = {node.id for node in nodes if isinstance(node, ast.Name)}
        self.nodes = nodes
        self.functions = {node.name for node in self.tree.body if isinstance(node, _FUNCTIONS)}
        self.has_endings = any(map(_runs_at_its_end, nodes))
        self.mentioned = self._names | self._words()
        self.mirrors_output = bool({"capsys", "redirect_stdout", "stdout"} & self.mentioned)
        self.wants_pytest = "pytest" in self._imports()
        self.defined = _bound_names(self.tree)  # never taken from the candidate
        self.libraries = self._library_names()
        self._missing = [module for module in sorted(self._imported_tops()) if not _exists(module)]

    def names(self, defined: list[str], entry_point: str | None) -> list[str]:
        """The candidate's names that the tests use. One that hides a builtin counts only as the entry point."""
        # Names such as `__builtins__` mean something to the interpreter that runs the tests.
        known = [name for name in defined if type(name) is str and name.isidentifier() and name[:2] != "__"]
        everything = {"eval", "exec", "globals", "vars"} & self._names or self._imports_whole_solution()
        wanted = set(known) if everything else self._names
        wanted = wanted | {entry_point} | self._imported_names()
        return [name for name in known if name in wanted and (not hasattr(builtins, name) or name == entry_point)]

    def needs_one_process(self, entry_point: str | None) -> str | None:
        """Why these tests cannot be put to a separate process, or None."""
        for module in sorted(self._imports()):
            if module.split(".")[0] in _ONE_PROCESS_MODULES or module == "unittest.mock":
                return f"the tests import {module}"
        if "stdin" in self._words() or "monkeypatch" in self.mentioned:
            return "the tests replace parts of the program"
        if _EVALUATING_CALLS & self.mentioned:
            return f"the tests use {min(_EVALUATING_CALLS & self.mentioned)}"
        modules = self.candidate_modules(entry_point)
        imported = self._names_imported_from(modules)
        open_names = None
        for node in self.nodes:
            if isinstance(node, ast.ClassDef):
                for base in node.bases:
                    open_names = self._open_names() if open_names is None else open_names
                    root = base
                    while isinstance(root, ast.Attribute):
                        root = root.value
                    if isinstance(root, ast.Name) and root.id in open_names | imported:
                        return f"the tests derive a class from {ast.unparse(base)}"
            if _evaluates(node):
                return f"the tests use {ast.unparse(node.func)}"
            if isinstance(node, (ast.AsyncFor, ast.AsyncWith)):
                return "the tests iterate or enter asynchronously"
        return None

    def says(self, word: str) -> bool:
        """Whether this word stands anywhere in the tests' text."""
        return word in self._words_of_text

    def makes(self, kind: type) -> bool:
        """Whether the tests' own text accounts for an object of this class: it is theirs, or they name it.

        An object that nothing in the text accounts for is the candidate's doing (`Node = object`), and so
        never a reason for one process.
        """
        module = kind.__module__.split(".")[0].replace("posix", "os")
        if module == "_io":
            return bool(_FILES & self._words_of_text) or self.says(kind.__name__)
        return module == "tests" or self.says(kind.__name__) or self.says(module.lstrip("_"))

    def candidate_modules(self, entry_point: str | None) -> set[str]:
        """The modules that are not there and that mean the candidate; any other is a library that is missing.

        Tests that use names which nothing defines get the candidate by those names, so that what they
        import is something else, unless it bears one of the names that people give to the candidate.
        """
        unknown = [module for module in self._missing if module not in _LIBRARIES]
        if not unknown:
            return set()
        meant = {module for module in unknown if module in _CANDIDATE_MODULES or module == entry_point}
        meant |= {
            node.module.split(".")[0]
            for node in self.nodes
            if isinstance(node, ast.ImportFrom) and node.module and entry_point in {name.name for name in node.names}
        } & set(unknown)
        if meant or self._open_names():
            return meant
        return set(unknown)

    def import_solution(self, module: str, entry_point: str | None) -> None:
        """Let imports of a module that does not exist (`from your_module import f`) mean the candidate."""
        meant = self.candidate_modules(entry_point)
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                if node.module.split(".")[0] in meant:
                    node.module = module
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in meant:
                        alias.asname = alias.asname or alias.name
                        alias.name = module

    def is_test(self, statement: ast.stmt) -> bool:
        """Whether a top-level statement checks something."""
        if isinstance(statement, _DEFINITIONS):
            return False
        if self.called_function(statement) is not None:
            return True
        return any(map(checks, outside_definitions(statement)))

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

    def _library_names(self) -> set[str]:
        """The names under which the tests know modules that exist: what these say is no candidate's word."""
        return {
            alias.asname or alias.name.split(".")[0]
            for node in self.nodes
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
            if _exists(alias.name if isinstance(node, ast.Import) else node.module or "")
        }

    def _open_names(self) -> set[str]:
        """Names that the tests read and that neither they nor Python define."""
        bound = {node.id for node in self.nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        bound |= {node.arg for node in self.nodes if isinstance(node, ast.arg)}
        bound |= {node.name for node in self.nodes if isinstance(node, _DEFINITIONS)}
        bound |= {node.name for node in self.nodes if isinstance(node, ast.ExceptHandler) and node.name}
        for node in self.nodes:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                bound |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        return {name for name in self._names - bound if not hasattr(builtins, name) and not name.startswith("__")}

    def _names_imported_from(self, modules: set[str]) -> set[str]:
        names = set()
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in modules:
                names |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Import):
                names |= {alias.asname or alias.name for alias in node.names if alias.name in modules}
        return names

    def _imports(self) -> set[str]:
        modules = {alias.name for node in self.nodes if isinstance(node, ast.Import) for alias in node.names}
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module)
                modules |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "unittest"}
        return modules

    def _imported_tops(self) -> set[str]:
        relative = {node.module for node in self.nodes if isinstance(node, ast.ImportFrom) and node.level}
        return {module.split(".")[0] for module in self._imports() - relative}

    def _imports_whole_solution(self) -> bool:
        for node in self.nodes:
            if isinstance(node, ast.Import) and any(not _exists(alias.name) for alias in node.names):
                return True
            if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == "*" for alias in node.names):
                return not _exists(node.module)
        return False

    def _imported_names(self) -> set[str]:
        return {alias.name for node in self.nodes if isinstance(node, ast.ImportFrom) for alias in node.names}

    def _words(self) -> set[str]:
        words = {node.attr for node in self.nodes if isinstance(node, ast.Attribute)}
        words |= {node.arg for node in self.nodes if isinstance(node, ast.arg)}
        return words | self._imported_names()


_WORD = re.compile(r"[^\W\d]\w*")


def _with_guarded_tests(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements, with tests behind `if __name__ == "__main__":` in the guard's place, where they are run."""
    functions = {node.name: node for node in body if isinstance(node, _FUNCTIONS)}
    for statement in body:
        if not (isinstance(statement, ast.If) and _is_main_guard(statement.test)):
            yield statement
            continue
        inside = [node for node in statement.body if not Plan.starts_runner(node)]
        called = [functions[name] for name in _names_called(inside) if name in functions]
        looked_at = [node for each in (*inside, *called) for node in ast.walk(each)]
        runs = any(_names_of(node) & _RUNNERS for node in looked_at)
        if any(checks(node) for each in inside for node in outside_definitions(each)) or (
            not runs and any(checks(node) for function in called for node in ast.walk(function))
        ):
            yield from inside


def _runs_at_its_end(node: ast.AST) -> bool:
    """Whether something may run here when an error leaves, which could put another error in its place."""
    if isinstance(node, ast.Try):
        return bool(node.finalbody)
    calls = [item.context_expr for item in node.items] if isinstance(node, ast.With) else []
    functions = [call.func if isinstance(call, ast.Call) else call for call in calls]
    return any(getattr(each, "attr", getattr(each, "id", "")) not in _QUIET_CONTEXTS for each in functions)


def _evaluates(node: ast.AST) -> TypeGuard[ast.Call]:
    """Whether this runs a text as code, and not one that stands there as it is."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _EVALUATE):
        return False
    return not (node.args and isinstance(node.args[0], ast.Constant))


def _is_main_guard(test: ast.expr) -> bool:
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Eq, ast.Is))):
        return False
    return {"__name__", "'__main__'"} == {ast.unparse(test.left), ast.unparse(test.comparators[0])}


def _names_called(body: list[ast.stmt]) -> set[str]:
    calls = [node.func for each in body for node in ast.walk(each) if isinstance(node, ast.Call)]
    return {function.id for function in calls if isinstance(function, ast.Name)}


def _names_of(node: ast.AST) -> set[str]:
    return {getattr(node, "id", ""), getattr(node, "attr", "")}


def checks(node: ast.AST) -> bool:
    """Whether this node itself is an assertion, in one of the forms that tests use."""
    if isinstance(node, (ast.Assert, ast.Raise)):
        return True
    if isinstance(node, ast.With):
        for item in node.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and "raises" in ast.unparse(call.func).lower():
                return True
    if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        return name.startswith("assert")
    return False


def outside_definitions(node: ast.AST) -> list[ast.AST]:
    found, waiting = [], [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, (*_DEFINITIONS, ast.Lambda)):
            continue
        found.append(current)
        waiting.extend(ast.iter_child_nodes(current))
    return found


def _bound_names(tree: ast.Module) -> set[str]:
    """Every name that the module's own text gives a value to.

    Not one that it reads before: `f = traced(f)` can only mean the candidate's `f`.
    """
    bound: set[str] = set()
    assigned: set[str] = set()
    read: set[str] = set()
    for statement in tree.body:
        waiting: list[ast.AST] = [statement]
        stored = set()
        while waiting:
            node = waiting.pop()
            if isinstance(node, _DEFINITIONS):
                bound.add(node.name)
                continue
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                bound |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ExceptHandler) and node.name:
                bound.add(node.name)
            elif isinstance(node, ast.Name):
                (read if isinstance(node.ctx, ast.Load) else stored).add(node.id)
            if not isinstance(node, ast.Lambda):
                waiting.extend(ast.iter_child_nodes(node))
        simple = isinstance(statement, (ast.Assign, ast.AugAssign))
        assigned |= {name for name in stored if not (simple and name in read)}
        read |= stored
    bound |= {name for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    return bound | assigned


def _exists(module: str) -> bool:
    top = module.split(".")[0]
    try:
        return top in sys.modules or importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False
