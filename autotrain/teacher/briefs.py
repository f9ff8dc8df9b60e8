"""What the teacher is told. The one place for its words; `VERSION` goes into every sample.

Two calls make a sample. The first gets a task with its material and tests, as JSON. The
second gets an answer to the very prompt that the student will see (autotrain/tasks/prompts.py),
so an answer that passes the tests agrees with them independently.
"""

from typing import TYPE_CHECKING, Any

from autotrain.jsonl import Row
from autotrain.tasks import prompts as student
from autotrain.tasks import python
from autotrain.tasks.shapes import Sample
from autotrain.tasks.thoughts import control_token, spoken
from autotrain.tasks.types import TYPES, closed_object
from autotrain.teacher.plan import Blueprint
from autotrain.teacher.taxonomy import DIFFICULTY_RULES

if TYPE_CHECKING:
    from autotrain.teacher.drafts import Draft
    from autotrain.teacher.trials import Trial

VERSION = 3

TASK_SYSTEM = """You write programming exercises in Python for a course. Each exercise is complete: someone who \
reads only its instruction and its code can solve it, and tests decide without doubt whether an answer is right.
Rules:
- Python 3.10 with its standard library, and what the exercise allows beside it. No network, sleeping, input() or \
randomness. Files only in a temporary directory that the tests make; a clock, a transport or a store is a parameter; \
threads and asyncio only with a result that does not depend on their order.
- `entry_point` names the one top-level function or class that the tests use.
- `tests` holds 4 to 8 tests that use `entry_point` and nothing else that is undefined: each a single-line assert \
statement, or for a class or an error a few lines with one (`try:` … `except ValueError:` `pass` `else:` \
`assert False`). Work out each expected value step by step before you write it. Cover ordinary and edge cases.
- `inputs`, where it is asked for, holds 6 to 12 further calls of `entry_point` without any result (for a class a few \
lines that end in one expression). They are run to get their results. Choose them so that each small slip in the code \
(a boundary, an operator, a forgotten case) changes one of the results, and only such as the instruction allows.
- Every behaviour that a test expects is stated in the instruction.
- The instruction names `entry_point` with its parameters, and never contains a solution."""


_STRING, _STRINGS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}

ANSWER_SYSTEM = (
    f"{student.SYSTEM} Work through the edge cases that the task names before you answer. "
    "Keep any explanation outside the code to two or three sentences."
)

PROBE_MESSAGES = [
    {"role": "system", "content": "You answer exactly as asked."},
    {"role": "user", "content": 'Give the word "ready" and the number 7.'},
]
PROBE_SCHEMA = closed_object({"word": _STRING, "number": {"type": "integer"}})


INPUTS_SCHEMA = closed_object({"inputs": _STRINGS})
LONGEST_SHOWN = 2000  # characters of a student's answer
MOST_SHOWN = 6  # faulty copies that tests miss, in one call


def task_schema(task_type: str, *, needed_only: bool = False) -> dict[str, Any]:
    """The JSON schema of a task of this type, as strict structured output takes it; or what cannot be done without."""
    kind = TYPES[task_type]
    more = kind.delivers if needed_only else {**kind.delivers, **kind.helps}
    fields = {"instruction": _STRING, **more, "entry_point": _STRING, "tests": _STRINGS}
    return closed_object(fields)


def answer_schema(row: Sample) -> dict[str, Any] | None:
    """The JSON schema of an answer; None where the answer is code or text."""
    if row["metadata"]["response_format"] != "json":
        return None
    return TYPES[row["metadata"]["task_type"]].json_schema


def task_messages(blueprint: Blueprint) -> list[dict[str, str]]:
    """The call that gets a task with its material and tests."""
    lines = [
        TYPES[blueprint.task_type].material,
        "",
        f"Difficulty: {blueprint.difficulty} ({DIFFICULTY_RULES[blueprint.difficulty]}).",
        f"The instruction is written {blueprint.manner}.",
    ]
    if blueprint.libraries:
        lines.append(f"It may use, beside the standard library: {', '.join(blueprint.libraries)}.")
    if blueprint.seed:
        lines += _seed_lines(blueprint.seed)
    elif blueprint.focus is None:
        lines.insert(2, f"Concept: {blueprint.concept} ({blueprint.family}).")
        lines.insert(3, f"Setting: {blueprint.setting}.")
    else:
        lines += _variant_lines(blueprint.focus, blueprint.setting)
    return [{"role": "system", "content": TASK_SYSTEM}, {"role": "user", "content": "\n".join(lines)}]


def _seed_lines(seed: str) -> list[str]:
    return [
        "",
        "The code below shows what the people do who ask for the exercise. Let it suggest a concept of the same field, "
        "and copy nothing of it: another problem, other names, other data, other code.",
        "",
        "<code>",
        seed,
        "</code>",
    ]


def _variant_lines(failed: Sample, setting: str) -> list[str]:
    shown = "\n\n".join(text for text in (failed["instruction"].strip(), failed["input"].strip("\n")) if text)
    return [
        f"Setting: {setting}.",
        "",
        "A student failed the exercise below. Write a new exercise that needs the same skill, but is another problem: "
        "other names, other data, other wording, another rule. Do not repeat or translate it.",
        "",
        "<exercise>",
        shown,
        "</exercise>",
        *_failure_lines(failed.get("failed") or {}),
    ]


def _failure_lines(failed: Row) -> list[str]:
    """What the student answered, and the test that it failed, so that the variant needs just what was missed."""
    answer, reason = spoken(str(failed.get("answer", ""))).strip(), str(failed.get("reason", "")).strip()
    if not answer or control_token(answer + reason):
        return []
    lines = ["", "The student's wrong answer:", "", "<answer>", answer[:LONGEST_SHOWN], "</answer>"]
    lines += ["", f"What failed: {reason[:LONGEST_SHOWN]}"] if reason else []
    return [*lines, "", "The new exercise and its tests must turn on just what went wrong there."]


def inputs_messages(draft: "Draft", trial: "Trial") -> list[dict[str, str]]:
    """The call that gets inputs where a task's tests let faulty copies of its right code pass."""
    missed = [f"- {what}; {told_by} tells it" for what, told_by in trial.survivors[:MOST_SHOWN]]
    missed += [f"- a branch that no test takes; {call} takes it" for call in trial.untaken[:MOST_SHOWN]]
    lines = [
        "The tests of this exercise are too weak: faulty copies of its right code pass them.",
        f"\n<exercise>\n{draft.instruction}\n</exercise>\n\n{python.fenced(draft.right.strip())}\n",
        f"Its tests:\n{python.fenced(chr(10).join(trial.tests))}\n",
        "What they miss:",
        *missed,
        "",
        f"Give `inputs`: up to 12 calls of `{draft.entry_point}` (for a class a few lines that end in one expression) "
        "that tell these copies from the right code. Give no results, since they are run; and give only inputs that "
        "the instruction allows, none where it allows none.",
    ]
    return [{"role": "system", "content": TASK_SYSTEM}, {"role": "user", "content": "\n".join(lines)}]


def answer_messages(row: Sample) -> list[dict[str, str]]:
    """The call that gets an answer: the student's own prompt, with a hint about the form."""
    hint = TYPES[row["metadata"]["task_type"]].hint
    content = "\n\n".join(part for part in (student.user_message(row), hint) if part)
    return [{"role": "system", "content": ANSWER_SYSTEM}, {"role": "user", "content": content}]


def failure_told(problem: str) -> str:
    """What is said of an answer that failed, to the teacher and in a conversation that is learned from."""
    reason, _, detail = problem.partition(": ")
    return f"This answer is not right yet: {detail or reason}\n\nGive the corrected answer, in the same form."


def repair_messages(row: Sample, failed: str, problem: str) -> list[dict[str, str]]:
    """The call that gets a failed answer repaired."""
    told = (
        f"{failure_told(problem)} Write it for someone who has not seen the first one: no word about what was wrong "
        "with that. Where the exercise plainly asks for what this answer did, say only: The test is wrong."
    )
    system, asked = answer_messages(row)  # one turn: some servers and templates take no more
    content = f"{asked['content']}\n\nAn earlier answer:\n\n<answer>\n{failed.strip()}\n</answer>\n\n{told}"
    return [system, {"role": "user", "content": content}]
