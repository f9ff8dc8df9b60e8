"""What a teacher's code is told apart by, without its tests: idle code, tables of results, inputs near the tests'.

Nothing here knows of task types; lessons.py says which of them asks what. Pure: code in, findings out.

    new_dead_code(tree, given, "cap") ; table_of_tests(row, tree) ; near_inputs(tests, "cap")
"""

import ast
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from autotrain.tasks import python
from autotrain.tasks.shapes import Sample

FEWEST_LISTED = 3  # tests whose argument and result both stand in the code: a table of them
LISTED_SHARE = 0.9  # of the code's constants that are the tests' in such a table
MOST_INPUTS = 60  # on which two programs are compared

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


def parsed(code: str) -> ast.Module | None:
    """The code's syntax tree; None where it is no Python."""
    try:
        return ast.parse(code)
    except python.UNREADABLE:
        return None


def parameters(tree: ast.Module | None, name: str) -> list[str] | None:
    """The names of a top-level function's parameters; None where there is no such function."""
    for node in tree.body if tree else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            every = (*node.args.posonlyargs, *node.args.args, node.args.vararg, *node.args.kwonlyargs, node.args.kwarg)
            return [argument.arg for argument in every if argument is not None]
    return None


def bare(tree: ast.Module) -> ast.Module:
    """A copy without docstrings."""
    copy = ast.parse(ast.unparse(tree))
    for node in ast.walk(copy):
        if isinstance(node, (ast.Module, *_DEFINITIONS)) and python.is_docstring(node.body[:1]):
            node.body = node.body[1:] or [ast.Pass()]
    return copy


def without_names(tree: ast.Module) -> str:
    """The tree with each name replaced by its number in order of appearance."""
    numbers: dict[str, str] = {}
    copy = ast.parse(ast.unparse(tree))
    for node in ast.walk(copy):
        for field in ("id", "arg", "name"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                setattr(node, field, numbers.setdefault(name, str(len(numbers))))
    return ast.dump(copy)


def table_of_tests(row: Sample, tree: ast.Module) -> str | None:
    """Whether the code is a table of the tests' arguments and results, and holds hardly a constant beside them."""
    pairs = list(python.tested_calls(str((row.get("tests") or {}).get("code", "")), row.get("entry_point") or ""))
    held = {ast.dump(node) for node in ast.walk(tree) if isinstance(node, ast.expr)}
    listed = sum(all(ast.dump(part) in held for part in (*arguments, result)) for arguments, result in pairs)
    if not FEWEST_LISTED <= listed == len(pairs):
        return None
    of_tests = _constants(part for arguments, result in pairs for part in (*arguments, result))
    own = _constants(bare(tree).body)
    return f"listed: {listed} tests stand in the answer" if len(own & of_tests) >= LISTED_SHARE * len(own) else None


def _constants(nodes: Iterable[ast.AST]) -> set[str]:
    return {repr(part.value) for node in nodes for part in ast.walk(node) if isinstance(part, ast.Constant)}


def new_dead_code(tree: ast.Module, given: ast.Module | None, entry_point: str | None) -> str | None:
    """What does nothing in the answer, and was not there before."""
    before = set(_dead(given, entry_point)) if given is not None else set()
    found = next((what for what in _dead(tree, entry_point) if what not in before), None)
    return f"dead code: {found}" if found else None


def _dead(tree: ast.Module, entry_point: str | None) -> Iterator[str]:
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for node in tree.body:
        name = getattr(node, "name", None) if isinstance(node, _DEFINITIONS) else None
        if entry_point and name not in (None, entry_point) and name not in read and not node.decorator_list:  # type: ignore[union-attr]
            yield f"{name} is never used"
    for node in ast.walk(tree):
        for body in (getattr(node, field, None) for field in ("body", "orelse", "finalbody")):
            if isinstance(body, list):
                yield from ("a statement behind one that leaves" for one in body[:-1] if isinstance(one, _ENDS))
        if isinstance(node, (ast.If, ast.While)) and isinstance(node.test, ast.Constant) and not node.test.value:
            yield "a block that is never entered"
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _unread(node)


def _unread(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Variables of a function that are set and never read."""
    inside = list(ast.walk(function))
    shared = {name for node in inside if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
    read = {node.id for node in inside if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store)}
    if "locals" in read:
        return
    fields = {id(part) for node in inside if isinstance(node, ast.ClassDef) for part in node.body}
    given = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    for node in inside:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign) or (isinstance(node, ast.AugAssign) and not _is_one_of(node.target, given)):
            targets = [node.target]
        if id(node) in fields:
            continue
        for target in targets:
            if isinstance(target, ast.Name) and not target.id.startswith("_") and target.id not in read | shared:
                yield f"{target.id} is set and never read"


def _is_one_of(target: ast.expr, names: set[str]) -> bool:
    return isinstance(target, ast.Name) and target.id in names  # `items += …` may change the caller's list


def near_inputs(tests: str, name: str) -> Iterator[tuple[Any, ...]]:
    """Arguments of the same kinds as the tests', that the tests do not hold."""
    seen: list[tuple[Any, ...]] = []
    for node in ast.walk(parsed(tests) or ast.Module([], [])):
        if python.is_call_of(node, name):
            try:
                seen.append(tuple(ast.literal_eval(argument) for argument in node.args))
            except (*python.UNREADABLE, TypeError):
                continue
    shown = {repr(arguments) for arguments in seen}
    for arguments in itertools.chain(_crossed(seen), _varied(seen)):
        if repr(arguments) not in shown:
            shown.add(repr(arguments))
            yield arguments


def _crossed(seen: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for one, other in itertools.permutations(seen, 2):
        for place in range(min(len(one), len(other))):
            if type(one[place]) is type(other[place]):
                yield (*one[:place], other[place], *one[place + 1 :])


def _varied(seen: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for arguments in seen:
        for place, value in enumerate(arguments):
            for other in _near(value):
                yield (*arguments[:place], other, *arguments[place + 1 :])


def _near(value: Any) -> Iterator[Any]:
    """Values that a program may well treat in another way than this one, and of the same kind."""
    if isinstance(value, int) and not isinstance(value, bool):
        yield value + 1
        if value > 0:
            yield value - 1
    if isinstance(value, (list, str, tuple)):
        yield from (value[::-1], value[:1], value[1:], value * 2)
    if isinstance(value, list) and value and all(isinstance(item, int) for item in value):
        yield from ([item - 1 for item in value], [item + 1 for item in value])


def same_behaviour(given: str, name: str, inputs: list[tuple[Any, ...]]) -> str:
    """A test that both programs do alike on these inputs, errors included."""
    return (
        "import copy, re\n"
        "def outcome(function, arguments):\n"
        "    try:\n"
        "        return function(*copy.deepcopy(arguments))\n"
        "    except Exception as error:\n"
        "        return type(error).__name__\n"
        "def shown(value):\n"
        "    return re.sub(' at 0x[0-9a-f]+', '', repr(value))\n"
        "before = {}\n"
        f"exec({given!r}, before)\n"
        f"for arguments in {inputs!r}:\n"
        f"    new, old = outcome({name}, arguments), outcome(before[{name!r}], arguments)\n"
        "    assert shown(new) == shown(old) or (type(new) is type(old) and new == old), arguments\n"
    )
