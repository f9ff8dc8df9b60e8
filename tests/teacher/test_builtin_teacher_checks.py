"""What the builtin teacher's samples promise, checked by running them in the sandbox and by taking them apart."""

import itertools
from collections import Counter

import numpy as np
import pytest

from autotrain.cleaning.duplicates import Index, describe
from autotrain.sandbox import Job, Sandbox
from autotrain.tasks import answers, grading
from autotrain.teacher.builtin import generate

TIME = "2025-01-01T00:00:00Z"


def take(count, seed=31):
    return list(itertools.islice(generate(seed=seed, round_number=1, timestamp=TIME), count))


def of_kind(rows, kind):
    return [row for row in rows if row["tests"]["kind"] == kind]


@pytest.fixture(scope="module")
def rows():
    return take(500)


@pytest.fixture(scope="module")
def box():
    with Sandbox(workers=2) as sandbox:
        yield sandbox


def grade(box, row, answer):
    return grading.judge(row, answer, [box.check(job) for job in grading.jobs_for(row, answer)])


def failures(box, rows):
    return [(row["id"], reason) for row in rows if (reason := _reason(grade(box, row, row["output"])))]


def _reason(result):
    return "" if result.passed else result.reason


def test_every_answer_passes_its_own_tests_in_the_sandbox(box, rows):
    assert failures(box, rows) == []


def test_no_stub_passes_the_tests_of_a_sample(box, rows):
    for row in of_kind(rows, "asserts")[:120]:
        name = row["entry_point"]
        for stub in (f"def {name}(*a, **k):\n    return None", f"def {name}(*a, **k):\n    return a[0] if a else 0"):
            assert not box.check(Job(stub, row["tests"]["code"], name)).passed, row["id"]


def test_a_bug_fixing_task_gives_code_that_fails_its_tests(box, rows):
    fixes = [row for row in rows if row["metadata"]["task_type"] == "bug_fixing"]
    assert len(fixes) > 30
    for row in fixes:
        given = (answers.code_blocks(row["input"]) or [row["input"]])[0]
        verdict = box.check(Job(given, row["tests"]["code"], row["entry_point"]))
        assert verdict.status in ("failed", "error"), row["id"]


def test_tests_that_check_nothing_do_not_kill_the_mutants(box, rows):
    for row in of_kind(rows, "mutants")[:25]:
        assert len(row["tests"]["mutants"]) >= 2
        assert not grade(box, row, "```python\nassert True\n```").passed


def test_a_review_names_a_line_that_holds_code(rows):
    reviews = of_kind(rows, "review")
    approved = [row for row in reviews if row["tests"]["line"] is None]
    assert 0.3 < len(approved) / len(reviews) < 0.7
    for row in reviews:
        review = answers.parse_json_answer(row["output"])
        assert review["verdict"] == ("approve" if row in approved else "request_changes")
        for issue in review["issues"]:
            assert issue["line"] == row["tests"]["line"]
            shown = [line for line in row["input"].splitlines() if line.startswith(f"{issue['line']}: ")]
            assert len(shown) == 1 and shown[0].partition(": ")[2].strip()


def test_the_answers_to_explanations_are_not_guessed_by_one_value(rows):
    values = Counter(row["tests"]["value"] for row in of_kind(rows, "answer"))
    assert values and max(values.values()) <= 2


def test_both_forms_of_a_bug_fix_occur(rows):
    forms = [row["metadata"]["response_format"] for row in rows if row["metadata"]["task_type"] == "bug_fixing"]
    assert {"code", "json"} == set(forms)


def kept_share(rows):
    with Index() as index:
        for start in range(0, len(rows), 500):
            index.add(describe(rows[start : start + 500]))
        return 1 - len(index.resolve(np.zeros(len(rows), dtype=np.int64))) / len(rows)


def test_few_samples_are_near_duplicates():
    assert kept_share(take(1500)) >= 0.92  # one-liners with folded names are alike now and then


@pytest.mark.slow
def test_ten_thousand_samples_are_distinct_and_pass(box):
    many = take(10_000, seed=1)
    assert len({row["id"] for row in many}) == 10_000
    assert kept_share(many) >= 0.6
    assert failures(box, many) == []
