"""For each task type, bad samples that an API teacher may send are refused, and a good one is not: sandbox included."""

import asyncio
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from autotrain.sandbox import Sandbox
from autotrain.teacher import accept, drafts, lessons
from autotrain.teacher.drafts import BadTask, Draft
from autotrain.teacher.from_api import Generation
from autotrain.teacher.plan import Blueprint
from autotrain.teacher.protocol import Answer
from autotrain.teacher.slot import Checks, Recipe

CODE = """\
def total(prices, rate):
    result = 0
    for price in prices:
        if price > 0:
            if rate > 0:
                result += price + price * rate
            else:
                result += price
    return result
"""
FAULTY = CODE.replace("price > 0", "price > 5")
TESTS = [
    "assert total([100, 200], 1) == 600",
    "assert total([], 1) == 0",
    "assert total([-3, 700], 0) == 700",
    "assert total([4], 2) == 12",
]
TASK: dict[str, Any] = {
    "instruction": "Work on `total(prices, rate)`: the sum of the positive prices, each with its tax added.",
    "entry_point": "total",
    "tests": TESTS,
    "code": CODE,
    "faulty": [FAULTY, CODE.replace("price * rate", "rate")],
    "faulty_code": FAULTY,
    "call": "total([100, 200], 1)",
    "result": "600",
    "says": ["sum", "tax", "positive", "five", "5"],
}
SIMPLE = "def total(prices, rate):\n    return sum(price + price * max(rate, 0) for price in prices if price > 0)\n"
RENAMED = re.sub(r"\bprice\b", "value", CODE.replace("result", "amount"))
TAUTOLOGIES = "assert total([4], 2) == total([4], 2)\nassert total([], 1) == 0\n"
LONGER = CODE.replace("    return result", "    found = result\n    return found")
TABLE = (
    "def total(prices, rate):\n    if (prices, rate) == ([100, 200], 1):\n        return 600\n"
    "    if (prices, rate) == ([], 1):\n        return 0\n"
    "    if (prices, rate) == ([-3, 700], 0):\n        return 700\n"
    "    if (prices, rate) == ([4], 2):\n        return 12\n"
)
UNUSED = f"def helper(value):\n    return value * 2\n\n\n{SIMPLE}"
UNREACHABLE = f"{SIMPLE}    print(prices)\n"
UNREAD = SIMPLE.replace("    return", "    count = len(prices)\n    return")


def fenced(code: str) -> str:
    return f"Here it is.\n\n```python\n{code}```"


def documented(text: str) -> str:
    return fenced(CODE.replace("rate):\n", f'rate):\n    """{text}"""\n'))


EXAMPLES = "\n\n    >>> total([100, 200], 1)\n    600\n    >>> total([4], 2)\n    12\n    "


def review(line: int | None, message: str = "It drops positive prices of five and less.") -> str:
    issues = [] if line is None else [{"line": line, "severity": "high", "message": message}]
    verdict = "approve" if line is None else "request_changes"
    return json.dumps({"verdict": verdict, "issues": issues, "summary": "The condition is not the one intended."})


def mended(bug: str, code: str = CODE) -> str:
    return json.dumps({"bug": bug, "fixed_code": code})


EXPLAINED = (
    "The loop goes over prices, leaves out each price that is not positive, and adds the others to result, with "
    "price * rate on top where the rate is above zero. So it is the sum with tax: total([100, 200], 1) returns 600, "
    "and the other call returns 700."
)
GOOD = {
    ("algorithm_implementation", "code"): fenced(SIMPLE),
    ("code_completion", "code"): fenced(SIMPLE),
    ("bug_fixing", "code"): fenced(CODE),
    ("bug_fixing", "json"): mended("Prices up to 5 are left out, though they are positive."),
    ("refactoring", "code"): fenced(SIMPLE),
    ("unit_test_generation", "code"): fenced("assert total([4], 2) == 12\nassert total([100, 200], 1) == 600\n"),
    ("code_review", "json"): review(4),
    ("documentation", "code"): documented("Give the sum of the positive prices with tax." + EXAMPLES),
    ("code_explanation", "text"): EXPLAINED,
}
BAD = {
    ("algorithm_implementation", "a table of the tests"): fenced(TABLE),
    ("algorithm_implementation", "a helper that nobody calls"): fenced(UNUSED),
    ("algorithm_implementation", "a statement behind the return"): fenced(UNREACHABLE),
    ("code_completion", "another signature"): fenced(SIMPLE.replace("rate", "tax")),
    ("code_completion", "a variable that is never read"): fenced(UNREAD),
    ("code_completion", "a table of the tests"): fenced(TABLE),
    ("bug_fixing", "the fault kept"): fenced(FAULTY),
    ("bug_fixing", "a table of the tests"): fenced(TABLE),
    ("bug_fixing", "dead code"): fenced(UNUSED),
    ("bug_fixing json", "a description that says nothing"): mended("There was a mistake in the code."),
    ("bug_fixing json", "a wrong description"): mended("The loop starts at the wrong index of the list."),
    ("bug_fixing json", "the fault kept"): mended("Prices up to 5 are left out.", FAULTY),
    ("refactoring", "renamed variables"): fenced(RENAMED),
    ("refactoring", "a comment"): fenced(CODE.replace("    return", "    # done\n    return")),
    ("refactoring", "longer than before"): fenced(
        CODE.replace("    return result", "    found = result\n    return found")
    ),
    ("refactoring", "other behaviour where no test looks"): fenced(SIMPLE.replace("price > 0", "price > 3")),
    ("unit_test_generation", "tautologies"): fenced(
        "assert total([4], 2) == total([4], 2)\nassert total([], 1) == 0\n"
    ),
    ("unit_test_generation", "a test twice"): fenced(3 * "assert total([4], 2) == 12\n"),
    ("unit_test_generation", "a wrong expectation"): fenced("assert total([4], 2) == 13\n"),
    ("code_review", "an approval of a fault"): review(None),
    ("code_review", "another line"): review(3),
    ("code_review", "a message that says nothing"): review(4, "This line is wrong and should be changed."),
    ("documentation", "a lie"): documented("Return the largest of the values given." + EXAMPLES),
    ("documentation", "an example that is not true"): documented(f"The sum with tax.{EXAMPLES.replace('600', '500')}"),
    ("documentation", "no example"): documented("Give the sum of the positive prices with tax."),
    ("code_explanation", "filler"): "This function is well written and easy to read. It takes its input, does what it "
    "has to do step by step, and gives back the right result, here 600 and then 700, as one would expect.",
    ("code_explanation", "a wrong result"): EXPLAINED.replace("600", "601"),
    ("code_explanation", "too short"): "The sum with tax: 600, and 700.",
}


def blueprint_of(task_type: str, form: str) -> Blueprint:
    return Blueprint(0, task_type, form, "sums", "tax", "easy", "a shop", "tersely", False, None)


def draft_of(task_type: str, form: str) -> tuple[Blueprint, Draft]:
    blueprint = blueprint_of(task_type, form)
    task = {**TASK, "code": FAULTY} if task_type == "bug_fixing" else TASK
    if task_type == "code_completion":
        task = {**TASK, "code": 'def total(prices, rate):\n    """The sum with tax."""\n'}
    return blueprint, lessons.draft_from(blueprint, task)


@pytest.fixture(scope="module")
def stage():
    """The API teacher's stage with its sandbox, and without a server."""
    with Sandbox() as sandbox:

        async def claims(found: Any, name: str) -> str | None:
            return accept.check_claims(found, name, sandbox.check)

        async def sample(row: Any) -> str | None:
            return accept.check_by_running(row, sandbox.check)

        stage = Generation.__new__(Generation)
        stage.recipe, stage.checks = Recipe(1, 100, 0.0, 1), Checks(claims, sample)
        stage._tasks = None
        stage._teacher_of = lambda slot: "m"  # type: ignore[method-assign]
        stage.plan = type("Plan", (), {"name": "p"})()  # type: ignore[assignment]
        yield stage


@pytest.fixture
def judge(stage):
    """What the API teacher's stage says of an answer: None where it takes it."""

    def ask(task_type: str, form: str, text: str) -> str | None:
        blueprint, draft = draft_of(task_type, form)
        row = stage._row(blueprint, draft, "")
        answer = Answer(text, "stop", False, 1, 0, 1, "m")
        _, problem = asyncio.run(stage._judged(blueprint, draft, row, answer, 1))
        return problem

    return ask


@pytest.mark.parametrize(("task_type", "form"), GOOD)
def test_a_good_answer_is_taken(judge, task_type, form):
    assert judge(task_type, form, GOOD[task_type, form]) is None


@pytest.mark.parametrize(("kind", "what"), BAD)
def test_a_bad_answer_is_refused(judge, kind, what):
    task_type, _, form = kind.partition(" ")
    form = form or next(form for name, form in GOOD if name == task_type)
    assert judge(task_type, form, BAD[kind, what]) is not None


def test_every_task_type_has_three_bad_answers():
    from autotrain.tasks.types import TYPES

    counts = {name: sum(kind.split()[0] == name for kind, _ in BAD) for name in TYPES}
    assert min(counts.values()) >= 3, counts


def test_expected_values_that_the_teachers_own_solution_refutes_are_dropped(stage):
    wrong = "assert total([100], 1) == 150"
    task = {**TASK, "tests": [*TESTS, wrong], "reference": SIMPLE}
    draft = lessons.draft_from(blueprint_of("algorithm_implementation", "code"), task)
    drafts.keep_tests(draft, asyncio.run(stage._agreed(draft)))
    assert draft.tests["code"] == "\n".join(TESTS) + "\n" and draft.claims[0].tests == draft.tests["code"]
    with pytest.raises(BadTask, match="fails them"):
        drafts.keep_tests(draft, asyncio.run(stage._agreed(replace(draft, reference=TABLE.replace("1", "3")))))


def test_an_equal_set_that_was_made_in_another_order_is_the_same_behaviour(stage):
    given = "def seen(words):\n    found = set()\n    for word in words:\n        found.add(word)\n    return found\n"
    answer = "def seen(words):\n    return set(reversed(words))\n"
    draft = Draft(
        "", "", "seen", {"kind": "asserts", "code": "assert seen(['a', 'bc']) == {'a', 'bc'}"}, given_code=given
    )
    row = {"output": fenced(answer), "entry_point": "seen", "tests": draft.tests}
    row["metadata"] = {"task_type": "refactoring", "response_format": "code"}
    (claim,) = lessons.of(row["metadata"]["task_type"]).claims(row, draft)
    assert asyncio.run(stage.checks.claims([claim], "seen")) is None
    wrong = replace(claim, code=answer.replace("reversed(words)", "words[:1]"))
    assert "behaviour" in str(asyncio.run(stage.checks.claims([wrong], "seen")))


HONEST = {
    "a mapping with more than the tests ask": """\
def total(prices, rate):
    known = {1: 600, 2: 12, 3: 7, 4: 8, 5: 9}
    return known.get(rate, sum(prices))
""",
    "a class inside, and a list that is changed": """\
def total(prices, rate):
    class Row:
        name: str = "x"

    prices += [rate]
    return Row
""",
}


@pytest.mark.parametrize("what", HONEST)
def test_what_only_looks_like_a_table_or_dead_code_is_taken(what):
    _, draft = draft_of("algorithm_implementation", "code")
    tests = "assert total(1) == 600\nassert total(2) == 12\nassert total(3) == 7\n"
    row = {"output": fenced(HONEST[what]), "entry_point": "total", "tests": {"kind": "asserts", "code": tests}}
    row["metadata"] = {"task_type": "algorithm_implementation", "response_format": "code"}
    assert lessons.of(row["metadata"]["task_type"]).problem(row, draft) is None


def test_dead_code_that_was_given_is_not_the_answers_fault():
    _, draft = draft_of("bug_fixing", "code")
    draft.given_code = UNREAD
    row = {"output": fenced(UNREAD.replace("> 0)", ">= 1)")), "entry_point": "total", "tests": draft.tests}
    row["metadata"] = {"task_type": "bug_fixing", "response_format": "code"}
    assert lessons.of(row["metadata"]["task_type"]).problem(row, draft) is None
