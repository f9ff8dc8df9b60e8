"""Does an answer teach what its task type is for? What tests alone let through, by type.

A renamed variable is no refactoring, a table of the tests' results no algorithm, praise no explanation, "this line is
wrong" no review; and dead code is none of them. What has to be run comes back as claims (accept.check_claims).
Documentation is judged by its kind of tests (tasks/kinds.py), a refactoring's shape by its demand. Pure: rows in,
reasons out.

    problem = problem_of(row, draft) ; claims = claims_of(row, draft)
"""

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks import answers, python
from autotrain.tasks.kinds import code_of
from autotrain.teacher.drafts import Claim, Draft

FEWEST_WORDS = 20  # of an explanation
FEWEST_MESSAGE_WORDS = 4  # of a review's message, of a bug's description
MOST_NAMED = 3  # names of the code that an explanation has to speak of, at most
FEWEST_LISTED = 3  # tests whose argument and result both stand in the code: a table of them
LISTED_SHARE = 0.9  # of the code's constants that are the tests' in such a table
MOST_INPUTS = 60  # on which a refactoring is compared with the code before it

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ENDS = (ast.Return, ast.Raise, ast.Break, ast.Continue)


def problem_of(row: Row, draft: Draft) -> str | None:
    """What a task type asks of an answer beyond its tests, as `reason: detail`, or None."""
    task_type = row["metadata"]["task_type"]
    if task_type in ("code_explanation", "code_review"):
        return _OF_TEXT[task_type](row, draft)
    code = code_of(row, row["output"])
    tree = _parsed(code) if code is not None else None
    if code is None or tree is None:
        return "format: no code in the answer"
    given = _parsed(draft.given_code)
    found = _OF_CODE[task_type](row, draft, tree, given) if task_type in _OF_CODE else None
    if found is None and task_type not in ("documentation", "unit_test_generation"):
        found = _listed(row, tree) or _new_dead_code(tree, given, row.get("entry_point"))
    return found


def claims_of(row: Row, draft: Draft) -> list[Claim]:
    """What must hold of the answer's code beyond the row's own tests."""
    code = code_of(row, row["output"])
    if row["metadata"]["task_type"] != "refactoring" or code is None:
        return []
    name = draft.entry_point
    if _parameters(_parsed(draft.given_code), name) is None:
        return []  # no function: what a class makes is compared by its tests alone
    inputs = list(itertools.islice(near_inputs(draft.tests.get("code", ""), name), MOST_INPUTS))
    return [Claim(code, _same(draft.given_code, name, inputs), True, "behaviour", "changed")] if inputs else []


def _parsed(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except python.UNREADABLE:
        return None


# What each type asks for


def _completion(row: Row, draft: Draft, tree: ast.Module, given: ast.Module | None) -> str | None:
    given = given or _parsed(f"{draft.given_code.rstrip()}\n    pass\n")
    before, after = (_parameters(one, draft.entry_point) for one in (given, tree))
    return "changed: the signature is not the one that was given" if before is not None and before != after else None


def _parameters(tree: ast.Module | None, name: str) -> list[str] | None:
    for node in tree.body if tree else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            every = (*node.args.posonlyargs, *node.args.args, node.args.vararg, *node.args.kwonlyargs, node.args.kwarg)
            return [argument.arg for argument in every if argument is not None]
    return None


def _refactoring(row: Row, draft: Draft, tree: ast.Module, given: ast.Module | None) -> str | None:
    if given is None:
        return None
    before, after = _bare(given), _bare(tree)
    if ast.dump(before) == ast.dump(after):
        return "unchanged: the answer repeats the given code"
    if _without_names(before) == _without_names(after):
        return "unchanged: only names are changed"
    return None


def _bare(tree: ast.Module) -> ast.Module:
    """A copy without docstrings."""
    copy = ast.parse(ast.unparse(tree))
    for node in ast.walk(copy):
        if isinstance(node, (ast.Module, *_DEFINITIONS)) and python.is_docstring(node.body[:1]):
            node.body = node.body[1:] or [ast.Pass()]
    return copy


def _without_names(tree: ast.Module) -> str:
    """The tree with each name replaced by its number in order of appearance."""
    numbers: dict[str, str] = {}
    copy = ast.parse(ast.unparse(tree))
    for node in ast.walk(copy):
        for field in ("id", "arg", "name"):
            name = getattr(node, field, None)
            if isinstance(name, str):
                setattr(node, field, numbers.setdefault(name, str(len(numbers))))
    return ast.dump(copy)


def _test_writing(row: Row, draft: Draft, tree: ast.Module, given: ast.Module | None) -> str | None:
    asserts = [ast.dump(node) for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return "repeated: the answer holds a test twice" if len(set(asserts)) < len(asserts) else None


def _bug_fixing(row: Row, draft: Draft, tree: ast.Module, given: ast.Module | None) -> str | None:
    if given is not None and ast.dump(_bare(given)) == ast.dump(_bare(tree)):
        return "unchanged: the answer repeats the given code"
    report = answers.parse_json_answer(row["output"]) if row["metadata"]["response_format"] == "json" else None
    if report is None:
        return None
    return _says_nothing(report["bug"], draft.says, "the bug's description")


def _explanation(row: Row, draft: Draft) -> str | None:
    words = row["output"].split()
    if len(words) < FEWEST_WORDS:
        return f"short: fewer than {FEWEST_WORDS} words explain nothing"
    tree = _parsed(draft.given_code)
    names = _names_inside(tree, draft.entry_point) if tree else set()
    prose = re.sub(r"\b\w+\([^()]*\)", lambda call: call[0] if call[0] not in draft.calls else " ", row["output"])
    named = {name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", prose)}
    if len(named) < min(MOST_NAMED if draft.says else 1, len(names)):
        return f"filler: the explanation speaks of {len(named)} of the code's names ({', '.join(sorted(names)[:5])})"
    return _missing_words(row["output"], draft.says, "the explanation")


def _review(row: Row, draft: Draft) -> str | None:
    review = answers.parse_json_answer(row["output"])
    if review is None:
        return None
    messages = [issue["message"] for issue in review["issues"]]
    return next((found for text in messages if (found := _says_nothing(text, draft.says, "the message"))), None)


_OF_CODE: dict[str, Callable[[Row, Draft, ast.Module, ast.Module | None], str | None]] = {
    "code_completion": _completion,
    "refactoring": _refactoring,
    "unit_test_generation": _test_writing,
    "bug_fixing": _bug_fixing,
}
_OF_TEXT: dict[str, Callable[[Row, Draft], str | None]] = {"code_explanation": _explanation, "code_review": _review}


def _says_nothing(text: str, says: list[str], what: str) -> str | None:
    """Why a remark about code is none, by the words that a true one needs; None where whoever asked knows none."""
    if says and len(re.findall(r"\w+", text)) < FEWEST_MESSAGE_WORDS:
        return f"filler: {what} is shorter than {FEWEST_MESSAGE_WORDS} words"
    return _missing_words(text, says, what)


def _missing_words(text: str, says: list[str], what: str) -> str | None:
    said = text.lower()
    wanted = [word.lower().strip() for word in says if word.strip()]
    if not wanted or any(re.search(rf"(?<!\w){re.escape(word)}", said) for word in wanted):
        return None
    return f"wrong: {what} says none of what a true one says ({', '.join(wanted[:6])})"


def _names_inside(tree: ast.Module, entry_point: str) -> set[str]:
    """Parameters, variables and called functions."""
    found = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found - {entry_point, "self", "_"}


# What no code should hold


def _listed(row: Row, tree: ast.Module) -> str | None:
    """Whether the code is a table of the tests' arguments and results, and holds hardly a constant beside them."""
    pairs = list(python.tested_calls(str((row.get("tests") or {}).get("code", "")), row.get("entry_point") or ""))
    held = {ast.dump(node) for node in ast.walk(tree) if isinstance(node, ast.expr)}
    listed = sum(all(ast.dump(part) in held for part in (*arguments, result)) for arguments, result in pairs)
    if not FEWEST_LISTED <= listed == len(pairs):
        return None
    of_tests = _constants(part for arguments, result in pairs for part in (*arguments, result))
    own = _constants(_bare(tree).body)
    return f"listed: {listed} tests stand in the answer" if len(own & of_tests) >= LISTED_SHARE * len(own) else None


def _constants(nodes: Iterable[ast.AST]) -> set[str]:
    return {repr(part.value) for node in nodes for part in ast.walk(node) if isinstance(part, ast.Constant)}


def _new_dead_code(tree: ast.Module, given: ast.Module | None, entry_point: str | None) -> str | None:
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


# Inputs for comparison


def near_inputs(tests: str, name: str) -> Iterator[tuple[Any, ...]]:
    """Arguments of the same kinds as the tests', that the tests do not hold."""
    seen: list[tuple[Any, ...]] = []
    for node in ast.walk(_parsed(tests) or ast.Module([], [])):
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


def _same(given: str, name: str, inputs: list[tuple[Any, ...]]) -> str:
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
