"""Answers that do no work, for any task: whatever passes with one of them is no measure of ability.

The input handed back, nothing, a stub, a constant, an argument, what is most often right in the
other tasks, one fixed line, every small value, the prescribed words alone, comments alone. Pure:
rows in, answers out; `autotrain.teacher.non_answers` tries them.

    frequent = Frequent(rows)
    for given in non_answers(row, frequent): print(given.what, given.text)
"""

import ast
import keyword
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from autotrain.tasks import answers, python
from autotrain.tasks.kinds import code_of, kind_of
from autotrain.tasks.shapes import Sample

INPUT, EMPTY, STUB, CONSTANT, ARGUMENT = "input handed back", "empty", "stub", "constant", "argument handed back"
FREQUENT, LINE, VALUES = "most frequent of the others", "one fixed verdict", "every small value"
WORDS, COMMENTS = "prescribed words alone", "comments alone"
WHATS = (INPUT, EMPTY, STUB, CONSTANT, ARGUMENT, FREQUENT, LINE, VALUES, WORDS, COMMENTS)

CONSTANTS = ("None", "True", "False", "0", "1", '""', "[]", "{}")
SMALL_VALUES = range(1000)
_LISTED = re.compile(r"^(\d+)[:|]? ?(.*)$", re.MULTILINE)
# A statement for each word of a demand (tasks/demands.py) that has a construct of its own.
_IDLE = {
    "for": "for _ in (): pass",
    "while": "while False: pass",
    "if": "if False: pass",
    "else": "if True: pass\nelse: pass",
    "elif": "if True: pass\nelif True: pass",
    "try": "try: pass\nfinally: pass",
    "lambda": "lambda: 0",
    "f-string": 'f"{0}"',
    "comprehension": "[_ for _ in ()]",
    "nested-loop": "for _ in ():\n    for _ in (): pass",
}


class NonAnswer(NamedTuple):
    """`what` (one of WHATS), its text, and whether the tests plainly refute it, so that no run is needed."""

    what: str
    text: str
    refuted: bool = False


class Frequent:
    """What is right how often in a set of tasks: verdicts and lines of reviews, values of explanations."""

    def __init__(self, rows: Sequence[Sample]) -> None:
        self._verdicts = Counter(_right_line(row) is None for row in rows if _kind(row) == "review")
        self._lines = Counter(line for row in rows if (line := _right_line(row)) is not None)
        self._values = Counter(row["tests"]["value"] for row in rows if _kind(row) == "answer")

    def review(self, row: Sample) -> str | None:
        """The most frequent verdict of the other reviews, with their most frequent line."""
        own = _right_line(row)
        approves = _most_frequent(self._verdicts, own is None)
        line = _most_frequent(self._lines, own)
        return None if approves is None else _review(None if approves else line)

    def value(self, row: Sample) -> str | None:
        """The most frequent value of the other explanations."""
        return _most_frequent(self._values, row["tests"]["value"])


def non_answers(row: Sample, frequent: Frequent) -> Iterator[NonAnswer]:
    """Every non-answer that makes sense for a task with tests, each text once a kind."""
    seen: set[tuple[str, str]] = set()
    kind, name = row["tests"].get("kind", "asserts"), row.get("entry_point")
    # Code that defines nothing fails where the tests call a name; code that asserts nothing kills no mutant.
    needs_code = kind == "mutants" or (kind == "asserts" and bool(name) and name in row["tests"]["code"])
    own = _MAKERS[kind](row, frequent) if kind in _MAKERS else ()
    for given in (*_for_all(row), *own):
        if (given.what, given.text) not in seen:
            seen.add((given.what, given.text))
            yield given._replace(refuted=given.refuted or (needs_code and given.what in (EMPTY, COMMENTS)))


def _for_all(row: Sample) -> Iterator[NonAnswer]:
    given = _given_code(row)
    yield NonAnswer(INPUT, row["input"])
    yield NonAnswer(INPUT, row["instruction"])
    if given is not None:
        yield NonAnswer(INPUT, _answer(row, given))
        comments = "\n".join(f"# {line}" for line in given.splitlines())
        yield NonAnswer(COMMENTS, _answer(row, comments))
    else:
        yield NonAnswer(COMMENTS, _answer(row, f"# {row.get('entry_point') or 'the answer'}"))
    for text in ("", f"```{python.FENCE}\n```", "{}"):
        yield NonAnswer(EMPTY, text)
    empty = kind_of(row["tests"]).empty_answer(row)
    if empty is not None:
        yield NonAnswer(STUB, empty)


def _for_asserts(row: Sample, frequent: Frequent) -> Iterator[NonAnswer]:
    reference = code_of(row, row["output"]) or f"def {row.get('entry_point') or 'solution'}(*given): pass"
    facts = _plain_facts(row, reference)
    for value in CONSTANTS:
        text = python.stub_of(reference, value)
        if text is not None:
            constant = ast.literal_eval(value)
            yield NonAnswer(
                STUB if value == "None" else CONSTANT,
                _answer(row, text),
                any(not _same(constant, expected, how) for _, how, expected in facts),
            )
    for which, place in ((python.FIRST_ARGUMENT, 0), (python.LAST_ARGUMENT, -1)):
        text = python.stub_of(reference, which)
        if text is not None:
            # A missing last argument has a default: those calls say nothing about it.
            whole = max((len(given) for given, _, _ in facts), default=0)
            calls = [fact for fact in facts if fact[0] and (place == 0 or len(fact[0]) == whole)]
            refuted = any(not _same(given[place], expected, how) for given, how, expected in calls)
            yield NonAnswer(ARGUMENT, _answer(row, text), refuted and _takes(reference, row, whole))
    idle = _idle(row)
    if idle is not None:
        yield NonAnswer(WORDS, _answer(row, idle))


def _for_mutants(row: Sample, frequent: Frequent) -> Iterator[NonAnswer]:
    name = row.get("entry_point") or "solution"
    for text in (f"assert callable({name})", f"assert {name}", f"def test_{name}():\n    assert {name}() == 0"):
        yield NonAnswer(STUB, python.fenced(text))
    for value in ("True", "False", "None"):
        yield NonAnswer(CONSTANT, python.fenced(f"assert {value}"))
    yield NonAnswer(WORDS, python.fenced(f'assert {name}.__name__ == "{name}"'))
    yield NonAnswer(ARGUMENT, python.fenced(f"try:\n    assert {name}(None) is None\nexcept Exception:\n    pass"))


def _for_review(row: Sample, frequent: Frequent) -> Iterator[NonAnswer]:
    listed = [int(number) for number, _ in _LISTED.findall(row["input"])]
    yield NonAnswer(LINE, _review(None))
    yield NonAnswer(LINE, _review(1))
    for line in listed[:1] + listed[-1:]:
        yield NonAnswer(LINE, _review(line))
    yield NonAnswer(VALUES, _review(*listed))
    yield NonAnswer(VALUES, _review(*SMALL_VALUES))
    if (often := frequent.review(row)) is not None:
        yield NonAnswer(FREQUENT, often)


def _for_docstring(row: Sample, frequent: Frequent) -> Iterator[NonAnswer]:
    name, words = row.get("entry_point") or "", row["tests"]["words"]
    every = " ".join(word for group in words for word in group).capitalize() + "."
    error = "Traceback (most recent call last):\nTypeError: no"
    examples = {
        WORDS: ["", f">>> {name}(0)\n>>> {name}(1)", f">>> {name}(0) is None\nTrue\n>>> {name}(1) is None\nTrue"],
        STUB: [
            f">>> {name}(None)\n{error}\n>>> {name}(None, None)\n{error}\n>>> callable({name})\nTrue",
            f">>> {name}()\n{error}\n>>> {name}(object())\n{error}",
        ],
    }
    yield NonAnswer(COMMENTS, python.fenced(f"# {every}\n{row['tests']['reference']}"))
    for what, lists in examples.items():
        for lines in lists:
            yield NonAnswer(what, _documented(row, f"{every}\n\n{lines}"))
    right = code_of(row, row["output"])
    node = python.definition(right, name) if right else None
    if node is not None:
        _, _, shown = (ast.get_docstring(node) or "").partition("\n\n")
        for summary in (f"{name}.", f"The function {name}.", f"{name.replace('_', ' ').capitalize()}."):
            yield NonAnswer(WORDS, _documented(row, f"{summary}\n\n{shown}"))


def _for_answer(row: Sample, frequent: Frequent) -> Iterator[NonAnswer]:
    for value in CONSTANTS:
        yield NonAnswer(CONSTANT, f"Answer: {value}")
    for value in _arguments(row):
        yield NonAnswer(ARGUMENT, f"Answer: {value}")
    yield NonAnswer(VALUES, "\n".join(f"Answer: {value}" for value in SMALL_VALUES))
    yield NonAnswer(VALUES, f"Answer: {list(SMALL_VALUES)}")
    yield NonAnswer(VALUES, f"Answer: {tuple(SMALL_VALUES)}")
    yield NonAnswer(VALUES, " ".join(map(str, SMALL_VALUES)))
    yield NonAnswer(WORDS, "Answer: VALUE")
    if (often := frequent.value(row)) is not None:
        yield NonAnswer(FREQUENT, f"Answer: {often}")


def _for_contains(row: Sample, frequent: Frequent) -> Iterator[NonAnswer]:
    yield NonAnswer(WORDS, "\n".join(row["tests"]["all"]))
    yield NonAnswer(VALUES, "\n".join(f"Answer: {value}" for value in SMALL_VALUES))
    yield NonAnswer(VALUES, str(list(SMALL_VALUES)))


_MAKERS = {
    "asserts": _for_asserts,
    "mutants": _for_mutants,
    "review": _for_review,
    "docstring": _for_docstring,
    "answer": _for_answer,
    "contains": _for_contains,
}


def _kind(row: Sample) -> str | None:
    return row["tests"].get("kind", "asserts") if row.get("tests") else None


def _right_line(row: Sample) -> int | None:
    return row["tests"]["line"] if _kind(row) == "review" else None


def _most_frequent(counts: Counter[Any], own: Any) -> Any:
    """The most frequent value of all but one occurrence of `own`; None where none is left."""
    others = counts - Counter({own: 1})
    return max(others, key=lambda value: (others[value], str(value)), default=None)


def _given_code(row: Sample) -> str | None:
    blocks = answers.code_blocks(row["input"]) or [row["input"]]
    code = blocks[0]
    if _kind(row) == "review":
        code = "\n".join(text for _, text in _LISTED.findall(code))
    return code if code.strip() and python.parses(code) else None


def _answer(row: Sample, code: str) -> str:
    """Code in the form that the task asks for."""
    if row["metadata"]["response_format"] != "json":
        return python.fenced(code)
    return orjson.dumps({"bug": "A bug.", "fixed_code": f"{code}\n"}).decode()


def _review(*lines: int | None) -> str:
    issues = [{"line": line, "severity": "high", "message": "It is faulty."} for line in lines if line is not None]
    verdict = "request_changes" if issues else "approve"
    return orjson.dumps({"verdict": verdict, "issues": issues, "summary": ""}).decode()


def _arguments(row: Sample) -> list[str]:
    """The literals handed over in the calls that the instruction shows in backticks."""
    found: list[str] = []
    for text in re.findall(r"`([^`]+)`", row["instruction"]):
        try:
            call = ast.parse(text, mode="eval").body
        except python.UNREADABLE:
            continue
        if isinstance(call, ast.Call):
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            found += [ast.unparse(value) for value in given if _literal(value) is not _NOT_LITERAL]
    return list(dict.fromkeys(found))


def _documented(row: Sample, text: str) -> str:
    tree = ast.parse(row["tests"]["reference"])
    for node in ast.walk(tree):
        if getattr(node, "name", None) == row.get("entry_point") and isinstance(
            node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ):
            body = node.body[1:] if python.is_docstring(node.body) else node.body
            node.body = [ast.Expr(ast.Constant(text)), *body]
            break
    return python.fenced(ast.unparse(ast.fix_missing_locations(tree)))


def _idle(row: Sample) -> str | None:
    """The given code with the words of the demands standing idle in it; None where nothing is demanded."""
    given, name = _given_code(row), row.get("entry_point")
    demanded = [line.split() for line in row["tests"].get("demand", [])]
    if given is None or not demanded:
        return None
    tree = ast.parse(given)
    defined = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    if defined and name not in python.defined_names(given):
        tree.body += ast.parse(f"def {name}(*given, **named):\n    return {defined[-1].name}(*given, **named)").body
    for words in demanded:
        if words[0] == "defines" and words[1] not in python.defined_names(ast.unparse(tree)):
            tree.body += ast.parse(f"def {words[1]}(*given):\n    return None").body
        elif words[0] in ("with", "uses") and (
            words[1] in _IDLE or words[1].isidentifier() and not keyword.iskeyword(words[1])
        ):
            scope = words[3] if len(words) == 4 else name
            idle = ast.parse(_IDLE.get(words[1], f"lambda: {words[1]}")).body
            for node in tree.body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == scope:
                    node.body = [*idle, *node.body]
    return ast.unparse(ast.fix_missing_locations(tree))


_NOT_LITERAL = object()
_Fact = tuple[list[Any], type, Any]


def _plain_facts(row: Sample, reference: str) -> list[_Fact]:
    """What the tests say in so many words: `assert name(literals) == literal`, or `is`.

    They refute most constants without a run. Nothing for methods, coroutines and whatever is no plain function.
    """
    name = row.get("entry_point")
    try:
        node = python.definition(reference, name) if name else None
        statements = ast.parse(row["tests"]["code"]).body
    except python.UNREADABLE:
        return []
    facts: list[_Fact] = []
    for statement in statements if isinstance(node, ast.FunctionDef) else []:
        test = statement.test if isinstance(statement, ast.Assert) else None
        if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], (ast.Eq, ast.Is)):
            continue
        call, expected = test.left, _literal(test.comparators[0])
        if not isinstance(call, ast.Call) or call.keywords or expected is _NOT_LITERAL:
            continue
        given = [_literal(value) for value in call.args]
        if isinstance(call.func, ast.Name) and call.func.id == name and _NOT_LITERAL not in given:
            facts.append((given, type(test.ops[0]), expected))
    return facts


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, *python.UNREADABLE):
        return _NOT_LITERAL


def _same(given: Any, expected: Any, how: type) -> bool:
    """Whether `given == expected`, or `given is expected` as far as a literal can tell."""
    return given == expected and (how is ast.Eq or type(given) is type(expected))


def _takes(reference: str, row: Sample, count: int) -> bool:
    """Whether the last positional parameter is the one that a call with `count` arguments fills last."""
    node = python.definition(reference, row.get("entry_point") or "")
    return isinstance(node, ast.FunctionDef) and len(node.args.posonlyargs) + len(node.args.args) == count
