"""What the teacher is told. The one place for its words; `VERSION` goes into every sample.

Two calls make a sample. The first gets a task with its material and tests, as JSON. The
second gets an answer to the very prompt that the student will see (autotrain/tasks/prompts.py),
so an answer that passes the tests agrees with them independently.
"""

from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks import answers
from autotrain.tasks import prompts as student
from autotrain.teacher.plan import Blueprint
from autotrain.teacher.taxonomy import DIFFICULTY_RULES

VERSION = 1

TASK_SYSTEM = """You write programming exercises in Python for a course. Each exercise is complete: someone who \
reads only its instruction and its code can solve it, and tests decide without doubt whether an answer is right.
Rules:
- Python 3.10 with its standard library. No files, network, threads, sleeping, input() or randomness.
- `entry_point` names the one top-level function or class that the tests use.
- `tests` holds 4 to 8 single-line assert statements that use `entry_point` and nothing else that is undefined. \
Work out each expected value step by step before you write it. Cover ordinary and edge cases.
- Every behaviour that a test expects is stated in the instruction.
- The instruction names `entry_point` with its parameters, and never contains a solution."""

# What a task of each type has to hold, beyond `instruction`, `entry_point` and `tests`.
_MATERIAL = {
    "algorithm_implementation": "Ask for a function (or a class) to be written from scratch.",
    "code_completion": "Ask for unfinished code to be completed. `code` holds its beginning: imports if any, the "
    "signature with type hints, and a docstring with one example; no body.",
    "bug_fixing": "Ask for a fault to be found and mended. `code` holds a complete program that looks right and has "
    "exactly one realistic fault. It runs, and at least one test fails on it. Describe the intended behaviour, not "
    "the fault.",
    "refactoring": "Ask for working code to be made clearer without changing what it does. `code` holds complete code "
    "that is right but clumsy: repetition, poor names, needless nesting. All tests pass on it.",
    "unit_test_generation": "Ask for assert statements that test a function which is given. `code` holds the complete, "
    "correct function with a docstring that states its behaviour; all tests pass on it. `faulty` holds three copies "
    "of it, each with one different realistic fault, so that at least one of the tests fails on each copy. The "
    "instruction asks for plain assert statements at the top level, which call the function by its name, without "
    "defining it again and without a test framework.",
    "code_review": "Ask for a review of code. `code` holds complete, correct code of at least 6 lines; all tests pass "
    "on it. `faulty_code` is the same code with one single line changed so that it has a realistic fault and at least "
    "one test fails on it. The instruction states the intended behaviour and asks whether the code does that.",
    "documentation": "Ask for a docstring to be added to code, with everything else unchanged. `code` holds complete, "
    "correct code without comments or docstring; all tests pass on it.",
    "code_explanation": "Ask for an explanation of what code does, step by step. `code` holds complete, correct code. "
    "`call` is one call of `entry_point` with literal arguments, and `result` is the Python literal that it returns, "
    "at least three characters long. The instruction asks to explain the code and to say what that call returns.",
}

_STRING, _STRINGS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
_EXTRA_FIELDS: dict[str, dict[str, Any]] = {
    "algorithm_implementation": {},
    "code_completion": {"code": _STRING},
    "bug_fixing": {"code": _STRING},
    "refactoring": {"code": _STRING},
    "unit_test_generation": {"code": _STRING, "faulty": _STRINGS},
    "code_review": {"code": _STRING, "faulty_code": _STRING},
    "documentation": {"code": _STRING},
    "code_explanation": {"code": _STRING, "call": _STRING, "result": _STRING},
}

ANSWER_SYSTEM = (
    f"{student.SYSTEM} Work through the edge cases that the task names before you answer. "
    "Keep any explanation outside the code to two or three sentences."
)
_ANSWER_HINTS = {
    "code_completion": "Give the whole code, the part that was given included.",
    "bug_fixing": "Give the whole mended code.",
    "refactoring": "Keep the names and parameters that callers use. Give the whole code.",
    "documentation": "Give the whole code, with a docstring and otherwise unchanged.",
    "unit_test_generation": "Write assert statements only; do not define the function again.",
    "code_review": "Count lines from 1. Report a fault only where the code does not do what is intended; name each "
    "fault once, with the line that has to change.",
}

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


def task_schema(task_type: str) -> dict[str, Any]:
    """The JSON schema of a task of this type, as strict structured output takes it."""
    fields = {"instruction": _STRING, **_EXTRA_FIELDS[task_type], "entry_point": _STRING, "tests": _STRINGS}
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def answer_schema(row: Row) -> dict[str, Any] | None:
    """The JSON schema of an answer; None where the answer is code or text."""
    if row["metadata"]["response_format"] != "json":
        return None
    if row["metadata"]["task_type"] == "bug_fixing":
        fields: dict[str, Any] = dict.fromkeys(answers.JSON_FIELDS["bug_fixing"], _STRING)
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
        _MATERIAL[blueprint.task_type],
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
    hint = _ANSWER_HINTS.get(row["metadata"]["task_type"], "")
    content = "\n\n".join(part for part in (student.user_message(row), hint) if part)
    return [{"role": "system", "content": ANSWER_SYSTEM}, {"role": "user", "content": content}]
