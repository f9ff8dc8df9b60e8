"""Sound samples of each kind, for tests."""

from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks.samples import make_sample


def sample(
    output: str = "```python\ndef double(value):\n    return 2 * value\n```",
    *,
    task_type: str = "algorithm_implementation",
    response_format: str = "code",
    instruction: str = "Write `double(value)`, which returns twice the number it gets.",
    input_text: str = "",
    family: str = "doubling",
    **optional: Any,
) -> Row:
    return make_sample(
        instruction=instruction,
        input_text=input_text,
        output=output,
        task_type=task_type,
        response_format=response_format,
        difficulty="easy",
        round_number=1,
        teacher_model="builtin",
        timestamp="2026-01-01T00:00:00Z",
        family=family,
        **optional,
    )


def asserted_sample(**options: Any) -> Row:
    tests = {"kind": "asserts", "code": "assert double(2) == 4\nassert double(0) == 0\nassert double(-1) == -2", "n": 3}
    return sample(entry_point="double", tests=tests, **options)


REVIEW = (
    '{"verdict": "request_changes", "issues": [{"line": 2, "severity": "high", "message": "adds"}], "summary": "s"}'
)
APPROVAL = '{"verdict": "approve", "issues": [], "summary": "fine"}'


def review_sample(line: int | None = 2) -> Row:
    return sample(
        REVIEW if line else APPROVAL,
        task_type="code_review",
        response_format="json",
        instruction="Review this function.",
        input_text="1 def double(v):\n2     return v + 1",
        tests={"kind": "review", "line": line, "n": 1},
    )


def unit_test_sample() -> Row:
    reference = "def double(value):\n    return 2 * value\n"
    return sample(
        "```python\nassert double(3) == 6\nassert double(-2) == -4\n```",
        task_type="unit_test_generation",
        entry_point="double",
        tests={
            "kind": "mutants",
            "reference": reference,
            "mutants": [reference.replace("2 *", "3 *"), reference.replace("2 * value", "value + 3")],
            "n": 3,
        },
    )


def explanation_sample() -> Row:
    return sample(
        "It doubles its argument, so double(4) gives 8.",
        task_type="code_explanation",
        response_format="text",
        tests={"kind": "contains", "all": ["8"], "n": 1},
    )
