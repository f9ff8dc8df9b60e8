"""Which tests a module of tests holds, known from its syntax tree before anything runs.

A test in this list that did not run is a failure, whatever made it disappear: a name of the
candidate's, a condition that the candidate answers, a skip that the candidate's doing led to.
"""

import ast
import builtins
from collections.abc import Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SKIPS = ("skip", "xfail")
_CONDITIONAL_SKIPS = ("skipif", "skipIf", "skipUnless")
# Where a condition on libraries alone could still ask the candidate: by its module, or by a file that it wrote.
_OPEN_LOOKS = frozenset(
    "modules open exists lexists isfile isdir islink is_file is_dir is_symlink listdir scandir iterdir glob iglob "
    "rglob walk stat lstat access getsize getmtime read_text read_bytes find_spec import_module __import__".split()
)


class Expected:
    """The labels of the tests that must run, and which of them their own text may skip."""

    def __init__(self, tree: ast.Module, called: set[str | None], libraries: set[str]) -> None:
        self._libraries = libraries
        self.must_run: set[str] = set()
        self.may_skip: set[str] = set()
        deleted = {
            target.id
            for statement in tree.body  # not where a condition decides about it
            if isinstance(statement, ast.Delete)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
        cases: set[str] = set()
        for node in self._definitions(tree.body):
            if node.name in deleted or node.name in called:
                continue
            if isinstance(node, ast.ClassDef):
                if any(_last_name(base).endswith("TestCase") or _last_name(base) in cases for base in node.bases):
                    cases.add(node.name)
                if (node.name in cases or node.name.startswith("Test")) and not _says_no_test(node):
                    self._add_methods(node)
            elif node.name.startswith("test") or node.name == "check":
                self._add(node.name, node.decorator_list)

    def missing(self, ran: set[str]) -> list[str]:
        return sorted(self.must_run - ran)

    def _add_methods(self, case: ast.ClassDef) -> None:
        for node in self._definitions(case.body):
            if isinstance(node, _FUNCTIONS) and node.name.startswith("test"):
                self._add(f"{case.name}.{node.name}", [*case.decorator_list, *node.decorator_list])

    def _add(self, label: str, decorators: list[ast.expr]) -> None:
        if any(_last_name(decorator) == "fixture" for decorator in decorators):
            return
        self.must_run.add(label)
        if any(map(self._skips_by_itself, decorators)):
            self.may_skip.add(label)

    def _definitions(self, body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
        """Those of a body and of the blocks in it, but not where the tests' own text decides about the block."""
        for node in body:
            if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                yield node
            elif isinstance(node, ast.If):
                if not self._is_decided(node.test):
                    # Where either branch may be the one that is meant, the first is.
                    yield from list(self._definitions(node.body)) or self._definitions(node.orelse)
            elif isinstance(node, ast.Try):
                yield from self._definitions([*node.body, *node.orelse, *node.finalbody])
            elif isinstance(node, (ast.For, ast.While, ast.With)):
                yield from self._definitions(node.body)

    def _skips_by_itself(self, decorator: ast.expr) -> bool:
        if _last_name(decorator) in _SKIPS:
            return True
        if _last_name(decorator) in _CONDITIONAL_SKIPS and isinstance(decorator, ast.Call):
            return all(map(self._is_decided, decorator.args))
        return False

    def _is_decided(self, condition: ast.expr) -> bool:
        """Whether a condition depends on nothing but libraries: on no candidate, and on nothing made from it."""
        nodes = list(ast.walk(condition))
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        if _OPEN_LOOKS & (names | {node.attr for node in nodes if isinstance(node, ast.Attribute)}):
            return False
        return all(name in self._libraries or hasattr(builtins, name) or name == "__name__" for name in names)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        node = node.func
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _says_no_test(case: ast.ClassDef) -> bool:
    return any(
        isinstance(node, ast.Assign) and any(_last_name(target) == "__test__" for target in node.targets)
        for node in case.body
    )
