"""The task types: what each asks for, in one row. Whoever adds one adds a row here.

`forms` are the forms that its answers take, each with its weight among what the API teacher is asked
for; `json_fields` and `json_form` describe its JSON answer, where it has one; `material` tells the
teacher what a task of it holds, `delivers` names the fields for that, `hint` goes to whoever answers.
How a teacher's draft of it is finished and checked is teacher/drafts.py's; its builtin maker and
share are teacher/builtin/everyday/making.py's.

    TYPES["bug_fixing"].forms
"""

from dataclasses import dataclass, field
from typing import Any

_STRING, _STRINGS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}


@dataclass(frozen=True)
class TaskType:
    """One type of task."""

    name: str
    forms: tuple[tuple[str, int], ...]
    material: str
    delivers: dict[str, Any] = field(default_factory=dict)
    """Beyond `instruction`, `entry_point` and `tests`: field name -> JSON schema."""
    helps: dict[str, Any] = field(default_factory=dict)
    """Asked for as well, to check answers by; a task without it is still one."""
    hint: str = ""
    json_fields: dict[str, type] = field(default_factory=dict)
    json_form: str = ""


_ROWS = (
    TaskType(
        name="algorithm_implementation",
        forms=(("code", 4),),
        material=(
            "Ask for a function (or a class) to be written from scratch. `reference` holds a solution of your own; all "
            "tests pass on it."
        ),
        helps={"reference": _STRING, "inputs": _STRINGS},
    ),
    TaskType(
        name="code_completion",
        forms=(("code", 4),),
        material=(
            "Ask for unfinished code to be completed. `code` holds its beginning: imports if any, the "
            "signature with type hints, and a docstring with one example; no body. `reference` holds a solution of "
            "your own; all tests pass on it."
        ),
        delivers={"code": _STRING},
        helps={"reference": _STRING, "inputs": _STRINGS},
        hint=("Give the whole code, the part that was given included."),
    ),
    TaskType(
        name="bug_fixing",
        forms=(("code", 2), ("json", 1)),
        material=(
            "Ask for a fault to be found and mended. `code` holds a complete program that looks right and has "
            "exactly one realistic fault. It runs, and at least one test fails on it. Describe the intended "
            "behaviour, not "
            "the fault. `says` holds four to eight words of which any true description of the fault uses one. "
            "`reference` holds the mended code; all tests pass on it."
        ),
        delivers={"code": _STRING},
        helps={"says": _STRINGS, "reference": _STRING, "inputs": _STRINGS},
        hint=("Give the whole mended code."),
        json_fields={"bug": str, "fixed_code": str},
        json_form=(
            "Answer with one JSON object and nothing else, in this form:\n"
            '{"bug": "what was wrong", "fixed_code": "the whole corrected code"}'
        ),
    ),
    TaskType(
        name="refactoring",
        forms=(("code", 2),),
        material=(
            "Ask for working code to be made clearer without changing what it does. `code` holds complete code "
            "that is right but clumsy: repetition, poor names, needless nesting. All tests pass on it."
        ),
        delivers={"code": _STRING},
        helps={"inputs": _STRINGS},
        hint=("Keep the names and parameters that callers use. Give the whole code."),
    ),
    TaskType(
        name="unit_test_generation",
        forms=(("code", 2),),
        material=(
            "Ask for assert statements that test a function which is given. `code` holds the complete, "
            "correct function with a docstring that states its behaviour; all tests pass on it. `faulty` holds "
            "three copies "
            "of it, each with one different realistic fault, so that at least one of the tests fails on each copy. The "
            "instruction asks for plain assert statements at the top level, which call the function by its name, "
            "without "
            "defining it again and without a test framework."
        ),
        delivers={"code": _STRING, "faulty": _STRINGS},
        hint=("Write assert statements only; do not define the function again."),
    ),
    TaskType(
        name="code_review",
        forms=(("json", 2),),
        material=(
            "Ask for a review of code. `code` holds complete, correct code of at least 6 lines; all tests pass "
            "on it. `faulty_code` is the same code with one single line changed so that it has a realistic fault "
            "and at least "
            "one test fails on it. The instruction states the intended behaviour and asks whether the code does that. "
            "`says` holds four to eight words of which any true description of the fault uses one."
        ),
        delivers={"code": _STRING, "faulty_code": _STRING},
        helps={"says": _STRINGS, "inputs": _STRINGS},
        hint=(
            "The lines have the numbers that they have in their file. Report a "
            "fault only where the code does not do what is intended; name each "
            "fault once, with the line that has to change, and say what it does with a value."
        ),
        json_fields={"verdict": str, "issues": list, "summary": str},
        json_form=(
            "Answer with one JSON object and nothing else, in this form:\n"
            '{"verdict": "request_changes", "issues": [{"line": 12, "severity": "high", "message": "what is wrong"}], '
            '"summary": "one sentence"}\n'
            'A severity is "low", "medium" or "high". Where nothing is wrong, the verdict is "approve" and '
            '"issues" is [].'
        ),
    ),
    TaskType(
        name="documentation",
        forms=(("code", 1),),
        material=(
            "Ask for a docstring to be added to code, with everything else unchanged: one sentence that says what the "
            "code does, and two calls with their results as doctests. `code` holds complete, "
            "correct code without comments or docstring; all tests pass on it. `says` holds four to eight words of "
            "which any true summary of the code uses one. `summary` holds a true summary in one sentence, `lie` one of "
            "the same form that is wrong in a single point which matters."
        ),
        delivers={"code": _STRING},
        helps={"says": _STRINGS, "summary": _STRING, "lie": _STRING},
        hint=("Give the whole code, with a docstring that holds two doctests, and otherwise unchanged."),
    ),
    TaskType(
        name="code_explanation",
        forms=(("text", 2),),
        material=(
            "Ask for an explanation of what code does, step by step. `code` holds complete, correct code. "
            "`call` is one call of `entry_point` with literal arguments, and `result` is the Python literal that "
            "it returns, "
            "at least three characters long. The instruction asks to explain the code and to say what that call "
            "returns. `says` holds four to eight words of which any true explanation uses one."
        ),
        delivers={"code": _STRING, "call": _STRING, "result": _STRING},
        helps={"says": _STRINGS},
    ),
)
TYPES = {row.name: row for row in _ROWS}
