"""A second call judges docstrings and reviews; a guess of a line's number passes no review."""

import json
import re

import pytest

from autotrain.teacher import non_answers, parse
from autotrain.teacher.plan import Plan

DOCUMENTATION, REVIEW = ("documentation", "code", 1), ("code_review", "json", 1)


@pytest.fixture
def run_with(run_with):
    def run(kind, script=None, **options):
        return run_with(script, kind=kind, **{"recipe": {"second_look": True}, **options})

    return run


def steps(outcome):
    return [row["step"] for row in outcome.requests if row["kind"] == "sent" and row["slot"] >= 0]


def answers_of_judge(*wanted):
    """A script that answers the second look alone: the numbers of the statements that hold one of these words."""

    def script(prompt):
        if "Which of them are false?" not in prompt:
            return None
        found = re.findall(r"^(\d+)\. (.*)$", prompt, re.MULTILINE)
        return json.dumps({"false": [int(n) for n, text in found if any(re.search(word, text) for word in wanted)]})

    return script


def test_a_true_summary_passes_the_second_look_at_one_more_call(run_with):
    outcome = run_with(DOCUMENTATION)
    assert outcome.error is None and len(outcome.accepted) == 2
    assert steps(outcome).count("look") == 2
    looks = [prompt for prompt in outcome.prompts if "Which of them are false?" in prompt]
    assert all("Scale and shift each value." in prompt and "subtract" in prompt for prompt in looks)


def test_a_lying_summary_that_its_doctests_and_words_let_pass_is_refused(run_with):
    script = answers_of_judge("subtract", "^Scale and shift each value")
    outcome = run_with(DOCUMENTATION, most_asked=2, attempts=1, script=script)
    assert not outcome.accepted and {row["reason"] for row in outcome.rejects} == {"wrong"}
    assert "second look" in outcome.rejects[0]["detail"]


@pytest.mark.parametrize("wanted", [(), ("Multiply",)], ids=["misses the lie", "calls the true one false"])
def test_a_judge_that_cannot_tell_decides_nothing_and_is_asked_once(run_with, wanted):
    outcome = run_with(DOCUMENTATION, most_asked=2, attempts=5, script=answers_of_judge(*wanted))
    assert not outcome.accepted and {row["reason"] for row in outcome.rejects} == {"second look"}
    assert steps(outcome).count("look") == 2


def test_the_order_of_the_statements_is_the_slots(run_with):
    places = set()

    def look(prompt):
        places.update(re.findall(r"^(\d)\. .*subtract", prompt, re.MULTILINE))

    run_with(DOCUMENTATION, wanted=12, script=look)
    assert places == {"1", "2", "3"}


def test_a_task_without_a_lie_and_a_stage_without_second_looks_ask_no_second_time(run_with):
    assert "look" not in steps(run_with(DOCUMENTATION, recipe={}))


def test_a_review_has_to_be_enough_to_mend_the_code(run_with):
    outcome = run_with(REVIEW, wanted=6)
    faulty = sum(row["tests"]["line"] is not None for row in outcome.accepted)
    assert faulty >= 3 and steps(outcome).count("look") == faulty

    def no_mender(prompt):
        return "```python\ndef other():\n    pass\n```" if "A review of this code says" in prompt else None

    refused = run_with(REVIEW, wanted=9, most_asked=9, attempts=1, script=no_mender)
    assert {row["reason"] for row in refused.rejects} <= {"no repair"} and len(refused.rejects) >= 1


def test_the_most_frequent_line_of_200_reviews_passes_none_of_them(run_with, sandbox):
    outcome = run_with(REVIEW, wanted=200, recipe={})
    assert len(outcome.accepted) == 200
    faulty = [row["tests"]["line"] for row in outcome.accepted if row["tests"]["line"] is not None]
    assert len(set(faulty)) == len(faulty) > 100
    assert non_answers.check(outcome.accepted, sandbox).passing == {}


def test_no_line_comes_twice_in_a_round_of_9000_tasks():
    plan = Plan(seed=1, round_number=1)
    lines = [plan.blueprint(slot).line for slot in range(9000)]
    assert len(set(lines)) == 9000 and min(lines) >= 400


def test_lines_that_were_counted_from_the_first_shown_are_read_as_the_files():
    listing = "```\n612: def f():\n613:     return 1\n```"
    assert parse.in_file_numbers({"issues": [{"line": 2}]}, listing) == {"issues": [{"line": 613}]}
    for line in (613, 3, 0):
        assert parse.in_file_numbers({"issues": [{"line": line}]}, listing) == {"issues": [{"line": line}]}
