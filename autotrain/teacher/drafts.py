"""A sample without its answer, and the programs that must behave as claimed before one is worth paying for.

What a teacher wrote becomes one in lessons.py; its tests are read and replaced here. Pure.

    keep_tests(draft, kept)    # raises BadTask with a reason
"""

import ast
from dataclasses import dataclass, field, replace
from typing import Any

from autotrain.tasks import answers, python
from autotrain.tasks.shapes import Sample, Tests
from autotrain.teacher.student import Measured

FEWEST_TESTS, MOST_TESTS = 3, 20


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
    tests: Tests
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


def draft_of(row: Sample) -> Draft:
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


def words_of(told: Any) -> list[str]:
    """The words that a teacher listed, in a list or a text."""
    words = told.split(",") if isinstance(told, str) else told if isinstance(told, list) else []
    return [word.strip() for word in words if isinstance(word, str) and word.strip()]


def plain_code(code: str) -> str:
    """Code as a teacher wrote it into a field, ended by one line break."""
    # Models put fences inside JSON strings now and then; the code is what counts.
    blocks = answers.code_blocks(code)
    code = blocks[0] if len(blocks) == 1 else code
    return code.strip("\n") + "\n" if code.strip() else ""
