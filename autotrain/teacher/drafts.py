"""From a teacher's task to a sample without an answer, for each task type.

A task arrives as the JSON of `prompts.task_schema`. `draft_from` turns it into a row and
the programs that must behave as claimed before an answer is worth paying for: the given
code passes the tests, each faulty copy fails them, a stub fails them.

    draft = draft_from(blueprint, task, ...)    # raises BadTask with a reason
"""

import ast
from dataclasses import dataclass, field, replace
from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks import answers, demands, python
from autotrain.tasks.types import TYPES
from autotrain.tasks.written import numbered
from autotrain.teacher.plan import Blueprint
from autotrain.teacher.student import Measured

FEWEST_TESTS, MOST_TESTS = 3, 20
DEEP = 2  # levels of nesting that a refactoring can lessen
MOST_CALLS = 3  # that an explanation has to tell the results of
DOCTESTS = "The docstring says in one sentence what the code does, and shows two calls with their results as doctests."
TELLING_CHARACTERS = 3  # a result shorter than this stands in most texts by chance


class BadTask(Exception):
    """The task is unusable; the message is `reason: detail`."""


@dataclass(frozen=True)
class Claim:
    """A program with tests, and whether it is claimed to pass them."""

    code: str
    tests: str
    passes: bool
    what: str
    reason: str = "task tests"


@dataclass
class Draft:
    """A sample still without its answer, and what has to hold before one is asked for."""

    instruction: str
    input_text: str
    entry_point: str
    tests: dict[str, Any]
    claims: list[Claim] = field(default_factory=list)
    given_code: str = ""
    each_test: list[str] = field(default_factory=list)
    reference: str = ""
    """A solution by whoever wrote the tests; the student never sees it."""
    inputs: list[str] = field(default_factory=list)
    """Calls without results, by whoever wrote the tests."""
    says: list[str] = field(default_factory=list)
    """Words of which a true remark about the code says at least one, as whoever wrote the task gave them."""
    summary: str = ""
    """A true summary of the code, and a false one, by whoever wrote the task."""
    lie: str = ""
    calls: list[str] = field(default_factory=list)
    """Calls whose results an explanation has to say."""

    measured: Measured | None = None
    """How the student does at it, where that was tried."""

    @property
    def right(self) -> str:
        """Right code: the solution that came with the tests, or what was given where that is right; else ""."""
        given_is_right = any(claim.what == "the given code" and claim.passes for claim in self.claims)
        return self.reference or (self.given_code if given_is_right else "")


def draft_from(blueprint: Blueprint, task: Row) -> Draft:
    """The draft of a parsed task. Raises BadTask."""
    entry_point, instruction = task["entry_point"].strip(), task["instruction"].strip()
    if not entry_point.isidentifier():
        raise BadTask(f"task: entry_point {entry_point[:60]!r} is no name")
    if len(instruction) < 20:
        raise BadTask("task: the instruction is too short")
    each = check_tests(task["tests"], entry_point)
    tests = "\n".join(each) + "\n"
    given = _dedent_fence(task.get("code", ""))
    draft = Draft(instruction, given.strip("\n"), entry_point, {"kind": "asserts", "code": tests}, given_code=given)
    draft.each_test = each
    if "reference" in TYPES[blueprint.task_type].helps:
        draft.reference = _reference(task.get("reference"), entry_point)
    draft.says = _words(task.get("says"))
    if "inputs" in TYPES[blueprint.task_type].helps:
        draft.inputs = [text for text in task.get("inputs") or [] if isinstance(text, str)]
    stub = python.stub(entry_point)
    draft.claims.append(Claim(stub, tests, False, "a stub"))
    if entry_point not in instruction and entry_point not in given:
        raise BadTask(f"task: neither instruction nor code names {entry_point}")
    if blueprint.task_type not in ("algorithm_implementation", "code_completion"):
        if entry_point not in python.defined_names(given):
            raise BadTask(f"task: the code does not define {entry_point}")
        right = blueprint.task_type != "bug_fixing"
        draft.claims.append(Claim(given, tests, right, "the given code"))
    _FINISH.get(blueprint.task_type, lambda *_: None)(blueprint, task, draft)
    return draft


def draft_of(row: Row) -> Draft:
    """A draft from a sample of the builtin teacher: its task and tests, without its answer."""
    given = row["input"] if python.parses(row["input"]) else ""
    return Draft(row["instruction"], row["input"], row.get("entry_point", ""), row["tests"], given_code=given)


def check_tests(lines: list[str], entry_point: str) -> list[str]:
    """The tests, distinct, each with an assert and the entry point. Raises BadTask.

    A test is one assert, or for classes and errors a few statements that end in one.
    """
    kept: list[str] = []
    for line in lines:
        line = line.strip()
        try:
            nodes = list(ast.walk(ast.parse(line)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise BadTask(f"task tests: not Python: {line[:120]}") from None
        if not any(isinstance(node, ast.Assert) for node in nodes):
            raise BadTask(f"task tests: no assert in it: {line[:120]}")
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        if entry_point not in names:
            raise BadTask(f"task tests: does not use {entry_point}: {line[:120]}")
        if line not in kept:
            kept.append(line)
    if not FEWEST_TESTS <= len(kept) <= MOST_TESTS:
        raise BadTask(f"task tests: {len(kept)} tests where {FEWEST_TESTS} to {MOST_TESTS} are needed")
    return kept


def keep_tests(draft: Draft, kept: list[str]) -> None:
    """Put these tests in the place of a draft's. Raises BadTask where they are too few."""
    if len(kept) < FEWEST_TESTS:
        raise BadTask("task tests: the solution that came with them fails them")
    before, after = ("\n".join(tests) + "\n" for tests in (draft.each_test, kept))
    draft.each_test = kept
    if "code" in draft.tests:
        draft.tests = {**draft.tests, "code": after}
    draft.claims = [replace(claim, tests=after) if claim.tests == before else claim for claim in draft.claims]
    if draft.reference and not any(claim.code == draft.reference for claim in draft.claims):
        draft.claims.append(Claim(draft.reference, after, True, "the solution that came with them"))


def _finish_completion(_: Blueprint, task: Row, draft: Draft) -> None:
    if not draft.given_code.strip():
        raise BadTask("task: no code to complete")
    if draft.entry_point in python.defined_names(draft.given_code):
        draft.claims.append(Claim(draft.given_code, draft.tests["code"], False, "the given code"))


def _finish_refactoring(_: Blueprint, task: Row, draft: Draft) -> None:
    # What the result must be less of, or handing the code back would do.
    name, tree = draft.entry_point, ast.parse(draft.given_code)
    nesting, statements = (demands.measured(what, tree, name) for what in ("nesting", "statements"))
    if nesting >= DEEP:
        wanted, said = f"at most {nesting - 1} nesting", f"nests its blocks at most {nesting - 1} deep"
    elif statements > 1:
        wanted, said = f"at most {statements - 1} statements", f"has at most {statements - 1} statements"
    else:
        raise BadTask("task: the code is too short to be made clearer")
    draft.instruction += f"\n\nAfterwards `{name}` does the same, and {said}."
    draft.tests["demand"] = [f"{wanted} in {name}"]


def _finish_test_writing(_: Blueprint, task: Row, draft: Draft) -> None:
    tests = draft.tests["code"]
    faulty = [_dedent_fence(code) for code in task["faulty"]]
    mutants = [
        code
        for code in dict.fromkeys(faulty)
        if code.strip() != draft.given_code.strip() and draft.entry_point in python.defined_names(code)
    ]
    if not mutants:
        raise BadTask("task: no faulty copy")
    for number, code in enumerate(mutants, start=1):
        draft.claims.append(Claim(code, tests, False, f"faulty copy {number}"))
    draft.tests = {"kind": "mutants", "reference": draft.given_code, "mutants": mutants}


def _finish_review(blueprint: Blueprint, task: Row, draft: Draft) -> None:
    faulty = _dedent_fence(task["faulty_code"]).strip("\n")
    lines = draft.given_code.strip("\n").split("\n")
    changed = faulty.split("\n")
    different = [number for number, pair in enumerate(zip(lines, changed), start=1) if pair[0] != pair[1]]  # noqa: B905
    if len(lines) != len(changed) or len(different) != 1:
        raise BadTask(f"task: the faulty code differs in {len(different)} lines, not in one")
    if draft.entry_point not in python.defined_names(faulty):
        raise BadTask(f"task: the faulty code does not define {draft.entry_point}")
    draft.claims.append(Claim(faulty, draft.tests["code"], False, "the faulty code"))
    first = max(1, blueprint.line + 1 - different[0])
    shown = lines if blueprint.sound_code else changed
    draft.input_text = numbered(shown, first)
    draft.tests = {"kind": "review", "line": None if blueprint.sound_code else first + different[0] - 1}
    if not blueprint.sound_code and different[0] in (1, len(lines)):
        draft.tests["edge"] = True


def _finish_explanation(_: Blueprint, task: Row, draft: Draft) -> None:
    call, result = task["call"].strip(), task["result"].strip()
    try:
        tree = ast.parse(call, mode="eval").body
        value = ast.literal_eval(result)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise BadTask("task: the call or its result is no Python expression") from None
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == draft.entry_point):
        raise BadTask(f"task: the call does not call {draft.entry_point}")
    shown = repr(value)
    if len(shown) < TELLING_CHARACTERS:
        raise BadTask("task: the result is too short to be recognised in an explanation")
    results = {call: shown}
    for other, told in python.calls_with_results(draft.tests["code"], draft.entry_point):
        if len(results) < MOST_CALLS and len(told) >= TELLING_CHARACTERS and told not in results.values():
            results[other] = told
    draft.calls = list(results)
    shows = "".join(f"assert repr({asked}) == {told!r}\n" for asked, told in results.items())
    draft.claims.append(Claim(draft.given_code, shows, True, "the calls' results"))
    for asked in draft.calls:
        if asked not in draft.instruction:
            draft.instruction += f"\n\nSay what `{asked}` returns."
    draft.tests = {"kind": "contains", "all": list(results.values())}


def _finish_documentation(_: Blueprint, task: Row, draft: Draft) -> None:
    if not draft.says:
        raise BadTask("task: no words that a true summary says")
    if "doctest" not in draft.instruction.lower():
        draft.instruction += f"\n\n{DOCTESTS}"
    draft.summary, draft.lie = (_sentence(task.get(name)) for name in ("summary", "lie"))
    words = [word.lower() for word in draft.says]
    draft.tests = {"kind": "docstring", "reference": draft.given_code, "words": [words]}


_FINISH: dict[str, Any] = {
    "code_completion": _finish_completion,
    "refactoring": _finish_refactoring,
    "unit_test_generation": _finish_test_writing,
    "code_review": _finish_review,
    "code_explanation": _finish_explanation,
    "documentation": _finish_documentation,
}


def _reference(told: Any, entry_point: str) -> str:
    code = _dedent_fence(told) if isinstance(told, str) else ""
    return code if entry_point in python.defined_names(code) else ""


def _words(told: Any) -> list[str]:
    words = told.split(",") if isinstance(told, str) else told if isinstance(told, list) else []
    return [word.strip() for word in words if isinstance(word, str) and word.strip()]


def _sentence(told: Any) -> str:
    return " ".join(told.split()) if isinstance(told, str) else ""


def _dedent_fence(code: str) -> str:
    # Models put fences inside JSON strings now and then; the code is what counts.
    blocks = answers.code_blocks(code)
    code = blocks[0] if len(blocks) == 1 else code
    return code.strip("\n") + "\n" if code.strip() else ""
