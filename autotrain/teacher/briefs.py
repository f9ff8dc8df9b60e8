"""What the teacher is told. The one place for its words; `VERSION` goes into every sample.

Two calls make a sample. The first gets a task with its material and tests, as JSON. The
second gets an answer to the very prompt that the student will see (autotrain/tasks/prompts.py),
so an answer that passes the tests agrees with them independently.
"""

from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks import answers
from autotrain.tasks import prompts as student
from autotrain.tasks.types import TYPES
from autotrain.teacher.plan import Blueprint
from autotrain.teacher.taxonomy import DIFFICULTY_RULES

VERSION = 2

TASK_SYSTEM = """You write programming exercises in Python for a course. Each exercise is complete: someone who \
reads only its instruction and its code can solve it, and tests decide without doubt whether an answer is right.
Rules:
- Python 3.10 with its standard library. No files, network, threads, sleeping, input() or randomness.
- `entry_point` names the one top-level function or class that the tests use.
- `tests` holds 4 to 8 tests that use `entry_point` and nothing else that is undefined: each a single-line assert \
statement, or for a class or an error a few lines with one (`try:` … `except ValueError:` `pass` `else:` \
`assert False`). Work out each expected value step by step before you write it. Cover ordinary and edge cases.
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
PROBE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"word": {"type": "string"}, "number": {"type": "integer"}},
    "required": ["word", "number"],
    "additionalProperties": False,
}


def task_schema(task_type: str, *, needed_only: bool = False) -> dict[str, Any]:
    """The JSON schema of a task of this type, as strict structured output takes it; or what cannot be done without."""
    kind = TYPES[task_type]
    more = kind.delivers if needed_only else {**kind.delivers, **kind.helps}
    fields = {"instruction": _STRING, **more, "entry_point": _STRING, "tests": _STRINGS}
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def answer_schema(row: Row) -> dict[str, Any] | None:
    """The JSON schema of an answer; None where the answer is code or text."""
    if row["metadata"]["response_format"] != "json":
        return None
    if row["metadata"]["task_type"] == "bug_fixing":
        fields: dict[str, Any] = dict.fromkeys(TYPES["bug_fixing"].json_fields, _STRING)
    else:
        issue = {"line": {"type": "integer"}, "severity": {"type": "string", "enum": list(answers.SEVERITIES)}}
        issue["message"] = _STRING
        item = {"type": "object", "properties": issue, "required": list(issue), "additionalProperties": False}
        fields = {
            "verdict": {"type": "string", "enum": list(answers.REVIEW_VERDICTS)},
            "issues": {"type": "array", "items": item},
            "summary": _STRING,
        }
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def task_messages(blueprint: Blueprint) -> list[dict[str, str]]:
    """The call that gets a task with its material and tests."""
    lines = [
        TYPES[blueprint.task_type].material,
        "",
        f"Difficulty: {blueprint.difficulty} ({DIFFICULTY_RULES[blueprint.difficulty]}).",
        f"The instruction is written {blueprint.manner}.",
    ]
    if blueprint.focus is None:
        lines.insert(2, f"Concept: {blueprint.concept} ({blueprint.family}).")
        lines.insert(3, f"Setting: {blueprint.setting}.")
    else:
        lines += _variant_lines(blueprint.focus, blueprint.setting)
    return [{"role": "system", "content": TASK_SYSTEM}, {"role": "user", "content": "\n".join(lines)}]


def _variant_lines(failed: Row, setting: str) -> list[str]:
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
    ]


def answer_messages(row: Row) -> list[dict[str, str]]:
    """The call that gets an answer: the student's own prompt, with a hint about the form."""
    hint = TYPES[row["metadata"]["task_type"]].hint
    content = "\n\n".join(part for part in (student.user_message(row), hint) if part)
    return [{"role": "system", "content": ANSWER_SYSTEM}, {"role": "user", "content": content}]
