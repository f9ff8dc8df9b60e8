"""Right answers in other forms: every stage sees the same code in them, and the lenient grade passes them."""

import pytest
from sample_rows import asserted_sample

from autotrain.cleaning.duplicates import answer_code
from autotrain.evaluation.scoring import Prediction, grade_predictions
from autotrain.sandbox import Sandbox
from autotrain.tasks.grading import jobs_for
from autotrain.tasks.thoughts import spoken
from autotrain.teacher.accept import static_problem

DRAFT = "```python\ndef double(value):\n    return 0\n```"
CODE = "def double(value):\n    return value * 2"
FORMS = {
    # name: (answer, the strict grade passes it, what the report says it missed)
    "as asked": (f"```python\n{CODE}\n```", True, None),
    "attributes on the fence": (f'```python title="a.py"\n{CODE}\n```', True, None),
    "thoughts": (f"<think>\n{DRAFT}\nno.</think>\n```python\n{CODE}\n```", True, "thoughts"),
    "thoughts opened by the prompt": (f"It doubles.\n</think>\n```python\n{CODE}\n```", True, "thoughts"),
    "CRLF": (f"```python\n{CODE}\n```".replace("\n", "\r\n"), True, "CRLF"),
    "usage first": (f"```python\nprint(double(1))\n```\nThen:\n```python\n{CODE}\n```", True, "another block"),
    "unclosed": (f"```python\n{CODE}", False, "unclosed"),
    "prose without a fence": (f"Here it is:\n\n{CODE}\n", False, "prose"),
    "four ticks": (f"````python\n{CODE}\n````", False, "````"),
    "tildes": (f"~~~python\n{CODE}\n~~~", False, "~~~"),
    "in a list": ("1. Write it:\n   ```python\n   " + CODE.replace("\n", "\n   ") + "\n   ```", False, "list"),
}  # fmt: skip


@pytest.fixture(scope="module")
def judged():
    row = asserted_sample()
    with Sandbox(workers=1) as sandbox:
        predictions = [Prediction(row["id"], answer) for answer, _, _ in FORMS.values()]
        return dict(zip(FORMS, grade_predictions([row], predictions, sandbox), strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_the_lenient_grade_passes_a_right_answer_and_says_what_it_missed(form: str, judged) -> None:
    _, strict, missed = FORMS[form]
    assert judged[form].lenient.passed
    assert judged[form].strict.passed == strict
    assert (judged[form].form is None) if missed is None else missed in (judged[form].form or "")


@pytest.mark.parametrize("form", FORMS)
def test_every_stage_sees_the_same_code(form: str) -> None:
    answer, strict, _ = FORMS[form]
    row = {**asserted_sample(), "output": answer}
    ran = [job.code for job in jobs_for(row, answer)]  # stages 01, 03 and 05
    assert ([answer_code(row)] if answer_code(row) is not None else []) == ran  # stage 02
    assert bool(ran) == strict
    if strict and FORMS[form][2] != "another block":
        assert static_problem({**row, "output": spoken(answer)}) is None  # stage 01 takes it


def test_a_wrong_answer_passes_in_no_form() -> None:
    row = asserted_sample()
    wrong = [answer.replace("value * 2", "value + 2") for answer, _, _ in FORMS.values()]
    with Sandbox(workers=1) as sandbox:
        graded = grade_predictions([row], [Prediction(row["id"], answer) for answer in wrong], sandbox)
    assert not any(each.lenient.passed or each.strict.passed for each in graded)


JSON_FORMS = {
    "inside prose": 'Here:\n{"bug": "b", "fixed_code": "def double(value):\\n    return value * 2"}\nDone.',
    "a trailing comma": '{"bug": "b", "fixed_code": "def double(value):\\n    return value * 2",}',
    "raw line breaks": '{"bug": "b", "fixed_code": "def double(value):\n    return value * 2"}',
}


@pytest.mark.parametrize("form", JSON_FORMS)
def test_json_in_another_form_is_read_leniently_alone(form: str) -> None:
    row = asserted_sample()
    row["metadata"] = {**row["metadata"], "task_type": "bug_fixing", "response_format": "json"}
    with Sandbox(workers=1) as sandbox:
        (graded,) = grade_predictions([row], [Prediction(row["id"], JSON_FORMS[form])], sandbox)
    assert graded.lenient.passed and not graded.strict.passed and graded.form


@pytest.mark.parametrize("last", ["**Answer:** [2, 1, 3]", "answer: [2,1,3]", "Final answer: `[2, 1, 3]`"])
def test_the_line_with_the_result_is_read_by_value_and_leniently_in_other_forms(last: str) -> None:
    row = {**asserted_sample(), "tests": {"kind": "answer", "value": "[2, 1, 3]"}}
    row["metadata"] = {**row["metadata"], "task_type": "code_explanation", "response_format": "text"}
    exact, other = "So it is.\nAnswer: [2,1,3]", f"So it is.\n{last}"
    with Sandbox(workers=1) as sandbox:
        graded = grade_predictions([row], [Prediction(row["id"], exact), Prediction(row["id"], other)], sandbox)
    assert graded[0].strict.passed
    assert graded[1].lenient.passed and not graded[1].strict.passed


def test_unit_tests_that_repeat_the_function_test_the_given_one_in_the_lenient_grade() -> None:
    row = {
        **asserted_sample(),
        "tests": {
            "kind": "mutants",
            "reference": CODE,
            "mutants": [CODE.replace("* 2", "* 3"), CODE.replace("* 2", "+ 2")],
        },
    }
    row["metadata"] = {**row["metadata"], "task_type": "unit_test_generation"}
    answer = f"```python\n{CODE}\n\nassert double(3) == 6\nassert double(0) == 0\n```"
    with Sandbox(workers=2) as sandbox:
        (graded,) = grade_predictions([row], [Prediction(row["id"], answer)], sandbox)
    assert graded.lenient.passed and not graded.strict.passed
