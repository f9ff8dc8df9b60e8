"""The one judge: each kind of test passes what is right and nothing else."""

import pytest
from sample_rows import APPROVAL, REVIEW, asserted_sample, explanation_sample, review_sample, sample, unit_test_sample

from autotrain.sandbox import Sandbox
from autotrain.tasks import grading
from autotrain.tasks.grading import NOT_APPLICABLE


@pytest.fixture(scope="module")
def box():
    with Sandbox(workers=1) as sandbox:
        yield sandbox


def grade(box: Sandbox, row, answer: str | None = None):
    return grading.grade(row, row["output"] if answer is None else answer, box)


@pytest.mark.parametrize(
    "row",
    [asserted_sample(), review_sample(), review_sample(None), unit_test_sample(), explanation_sample()],
    ids=["asserts", "review", "approval", "mutants", "contains"],
)
def test_the_right_answer_passes(box: Sandbox, row) -> None:
    assert grade(box, row).passed


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        (asserted_sample(), "```python\ndef double(value):\n    return value + 2\n```"),
        (asserted_sample(), "```python\ndef other(value):\n    return 2 * value\n```"),
        (asserted_sample(), "I would double the value."),
        (asserted_sample(), "```python\ndef double(value):\n    pass\n```"),
        (review_sample(), APPROVAL),
        (review_sample(), REVIEW.replace('"line": 2', '"line": 3')),
        (review_sample(), REVIEW.replace("}]", '}, {"line": 1, "severity": "low", "message": "m"}]')),
        (review_sample(), "looks fine"),
        (review_sample(None), REVIEW),
        (unit_test_sample(), "```python\nassert double(3) == 6\nassert double(3) == 5\n```"),
        (unit_test_sample(), "```python\nassert double(0) == 0\n```"),
        (unit_test_sample(), "```python\nprint('all tests passed')\n```"),
        (explanation_sample(), "It gives 16."),
    ],
)
def test_a_wrong_answer_fails_with_a_reason(box: Sandbox, row, answer: str) -> None:
    result = grade(box, row, answer)
    assert not result.passed and result.reason


def test_code_without_tests_is_no_pass(box: Sandbox) -> None:
    assert grade(box, sample()).status == NOT_APPLICABLE


def test_code_without_tests_that_fails_to_import_is_a_failure(box: Sandbox) -> None:
    assert grade(box, sample("```python\nimport no_such_module_anywhere\n```")).status == "failed"


def test_the_tests_run_without_any_secret_of_the_parent(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the-parents-secret")
    row = sample(
        "```python\nimport os\n\ndef look():\n    return sorted(os.environ.values())\n```",
        entry_point="look",
        tests={"kind": "asserts", "code": "assert 'the-parents-secret' not in look()", "n": 1},
    )
    assert grade(box, row).passed


def test_a_text_that_says_what_it_must_not_fails(box: Sandbox) -> None:
    row = explanation_sample()
    row["tests"]["none"] = ["16"]
    assert grade(box, row).passed
    assert not grade(box, row, "8, or perhaps 16.").passed


def test_imports_that_the_prompt_gave_need_not_be_repeated(box: Sandbox) -> None:
    row = asserted_sample()
    row["tests"]["prelude"] = "from typing import List"
    answer = "```python\ndef double(value: List) -> int:\n    return 2 * value\n```"
    assert grade(box, row, answer).passed
