"""The task types: what each is, in one row; everything else that speaks of types reads it here.

Three rooms do something for a type: tasks/written.py builds its rows from tasks as written, the builtin teacher has a
maker of them (teacher/builtin/everyday/writing.py and judging.py), and teacher/lessons.py finishes a teacher's draft
and says what an answer must teach. tests/tasks/test_types.py tells what a new row lacks.

    TYPES["bug_fixing"].forms
"""

from dataclasses import dataclass, field
from typing import Any

_STRING, _STRINGS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
JSON_KINDS: dict[str, type] = {"string": str, "integer": int, "array": list, "object": dict}
NOTHING, BEGINNING, RIGHT, FAULTY = "nothing", "a beginning", "right code", "faulty code"


def closed_object(fields: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of an object with these fields and no others, as strict structured output takes it."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


@dataclass(frozen=True)
class TaskType:
    """One type of task."""

    name: str
    word: str
    """In tasks as written (tasks/notation.py), and of its builtin maker."""
    share: int
    """Of what the builtin teacher draws, in percent."""
    gives: str
    """What a task of it shows: NOTHING, BEGINNING, RIGHT or FAULTY; the tests must pass or fail on given code."""
    forms: tuple[tuple[str, int], ...]
    """The forms that its answers take, each with its weight among what the API teacher is asked for."""
    material: str
    """What a task of it holds, for the teacher."""
    delivers: dict[str, Any] = field(default_factory=dict)
    """Beyond `instruction`, `entry_point` and `tests`: field name -> JSON schema."""
    helps: dict[str, Any] = field(default_factory=dict)
    """Asked for as well, to check answers by; a task without it is still one."""
    shown: tuple[str, ...] = ("input",)
    """Which sections of a task as written a solver sees, beside its text."""
    hint: str = ""
    """For whoever answers, beside the prompt that the student sees."""
    is_run: bool = False
    """Whether its answer is a program that the tests run: what a report calls code."""
    json_schema: dict[str, Any] | None = None
    json_form: str = ""
    json_code: str = ""
    """The field of its JSON answer that holds code."""


_ROWS = (
    TaskType(
        name="algorithm_implementation",
        word="algorithm",
        share=24,
        gives=NOTHING,
        is_run=True,
        forms=(("code", 4),),
        material=(
            "Ask for a function (or a class) to be written from scratch. `reference` holds a solution of your own; all "
            "tests pass on it."
        ),
        helps={"reference": _STRING, "inputs": _STRINGS},
    ),
    TaskType(
        name="code_completion",
        word="completion",
        share=20,
        gives=BEGINNING,
        is_run=True,
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
        word="fix",
        shown=("answer", "bug", "failing"),
        share=14,
        gives=FAULTY,
        is_run=True,
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
        json_schema=closed_object({"bug": _STRING, "fixed_code": _STRING}),
        json_code="fixed_code",
        json_form=(
            "Answer with one JSON object and nothing else, in this form:\n"
            '{"bug": "what was wrong", "fixed_code": "the whole corrected code"}'
        ),
    ),
    TaskType(
        name="refactoring",
        word="refactor",
        share=10,
        gives=RIGHT,
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
        word="tests",
        share=7,
        gives=RIGHT,
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
        word="review",
        share=10,
        gives=RIGHT,
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
        json_schema=closed_object(
            {
                "verdict": {"type": "string", "enum": ["approve", "request_changes"]},
                "issues": {
                    "type": "array",
                    "items": closed_object(
                        {
                            "line": {"type": "integer"},
                            "severity": {"type": "string", "enum": ["low", "medium", "high"]},
                            "message": _STRING,
                        }
                    ),
                },
                "summary": _STRING,
            }
        ),
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
        word="document",
        share=8,
        gives=RIGHT,
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
        word="explain",
        shown=("input", "call"),
        share=7,
        gives=RIGHT,
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
