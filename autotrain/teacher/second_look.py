"""What a second call says of an answer that passed its tests: is the summary true, does the review mend the code?

A summary is laid among a true one and a lie of whoever wrote the task, in an order drawn by the slot; whoever is asked
has to find the lie and nothing else. A review has to be enough for somebody to mend the code so that it passes the
task's tests. One call an answer, counted like every other; TEACHER_SECOND_LOOK=0 leaves it out. Pure: texts and values.

    look = at_summary(row, draft, rng)     # or at_review; which type needs which: lessons.py
    look.messages, look.schema ; look.problem(value) ; look.mended(text)
"""

import ast
import random
from dataclasses import dataclass, field
from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks import answers, python
from autotrain.tasks.kinds import code_of
from autotrain.tasks.shapes import Sample
from autotrain.tasks.types import closed_object
from autotrain.teacher.drafts import Claim, Draft

SYSTEM = "You are a careful Python programmer. You judge exactly what you are asked, by the code alone."
SCHEMA = closed_object({"false": {"type": "array", "items": {"type": "integer"}}})
OURS, TRUE, LIE = "ours", "true", "lie"


class CannotTell(Exception):
    """Whoever is asked cannot tell a true summary from a lie: nothing it says of ours counts."""


@dataclass(frozen=True)
class Look:
    """One question about an answer. `schema` is None where code is asked for."""

    messages: list[dict[str, str]]
    schema: dict[str, Any] | None = None
    order: list[str] = field(default_factory=list)
    """Which statement stands at which number, from 1."""

    def problem(self, value: Row) -> str | None:
        """What is wrong with the summary by the numbers that were called false. Raises CannotTell."""
        false = {self.order[number - 1] for number in value["false"] if 0 < number <= len(self.order)}
        if LIE not in false or TRUE in false:
            raise CannotTell
        return "wrong: a second look finds the summary untrue of the code" if OURS in false else None


def summary_of(row: Sample) -> str:
    """The docstring's text in front of its examples; "" where there is none."""
    code = code_of(row, row["output"])
    try:
        node = python.definition(code or "", row.get("entry_point") or "")
    except python.UNREADABLE:
        return ""
    text = ast.get_docstring(node) if node is not None else None
    return " ".join((text or "").partition(">>>")[0].split())


def at_summary(row: Sample, draft: Draft, rng: random.Random) -> Look | None:
    """Which of three statements about the code are false; None where the task gives nothing to ask with."""
    ours = summary_of(row)
    if not (ours and draft.summary and draft.lie):
        return None
    statements = [(OURS, ours), (TRUE, draft.summary), (LIE, draft.lie)]
    rng.shuffle(statements)
    listed = "\n".join(f"{number}. {text}" for number, (_, text) in enumerate(statements, start=1))
    content = (
        f"{python.fenced(draft.given_code.strip())}\n\nStatements about what `{draft.entry_point}` does:\n{listed}\n\n"
        "Which of them are false? A statement is false where the code does anything else than it says, in one point or "
        "for one input; one that leaves something out is not false for that. List the numbers of the false ones."
    )
    return Look(_turns(content), SCHEMA, [name for name, _ in statements])


def at_review(row: Sample, draft: Draft) -> Look | None:
    """To mend the code by the review; None where it reports nothing."""
    review = answers.parse_json_answer(row["output"])
    if review is None or not review["issues"] or row["tests"]["line"] is None or not draft.each_test:
        return None
    said = "\n".join(f"- line {issue['line']}: {issue['message']}" for issue in review["issues"])
    content = (
        f"{row['instruction'].strip()}\n\n{row['input'].strip()}\n\nA review of this code says:\n{said}\n\n"
        "Mend what the review reports and change nothing else. Give the whole code, without the numbers of its lines. "
        "Answer with one Python code block."
    )
    return Look(_turns(content))


def mending_claim(text: str, draft: Draft) -> Claim | None:
    """That the code which somebody mended by the review passes the task's tests; None where there is no code."""
    blocks = answers.code_blocks(text) or [text]
    code = next((block for block in blocks if draft.entry_point in python.defined_names(block)), None)
    if code is None:
        return None
    tests = "\n".join(draft.each_test) + "\n"
    return Claim(code, tests, True, "the code mended by the review", "no repair")


def _turns(content: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": content}]
