"""A comparison in which answers were cut off crowns nobody."""

import pytest

from autotrain.evaluation.compare import TaskResult
from autotrain.evaluation.promotion import decide
from autotrain.evaluation.truncation import cut_off, held_where_cut_off

TASKS = 120


def report(truncated: int, circles: bool = False) -> dict:
    tasks = [
        {"set": "dev", "judged": True, "truncated": n < truncated, "circles": circles and n < truncated}
        for n in range(TASKS)
    ]
    return {"tasks": [*tasks, {"set": "val", "judged": True, "truncated": True, "circles": False}]}


def promoted():
    before = {str(n): TaskResult(str(n), str(n), n < 20) for n in range(TASKS)}
    after = {str(n): TaskResult(str(n), str(n), n < 40) for n in range(TASKS)}
    decision = decide(before, after, alpha=0.05)
    assert decision.promoted
    return decision


@pytest.mark.parametrize(("before", "after"), [(3, 0), (0, 3), (120, 0)])
def test_more_than_two_percent_cut_off_on_either_side_holds_and_says_what_to_raise(before: int, after: int) -> None:
    held = held_where_cut_off(promoted(), report(before), report(after), "dev")
    assert not held.promoted and held.verdict == "HOLD" and "raise MAX_NEW_TOKENS" in held.reason


@pytest.mark.parametrize(("before", "after"), [(0, 0), (2, 2)])
def test_up_to_two_percent_leave_the_decision_alone(before: int, after: int) -> None:
    decision = promoted()
    assert held_where_cut_off(decision, report(before), report(after), "dev") is decision


def test_an_answer_in_circles_is_not_one_that_more_tokens_would_have_ended() -> None:
    assert cut_off(report(60, circles=True), "dev") == 0.0
    assert cut_off(report(60), "dev") == 0.5


def test_an_unclosed_thought_is_cut_off_even_where_the_model_stopped() -> None:
    from sample_rows import asserted_sample

    from autotrain.evaluation.scoring import Judged, Prediction, verdict_of
    from autotrain.tasks.grading import Grade

    task = asserted_sample()
    grade = Grade("failed", "", 0, 1, 0.0, False)
    verdict = verdict_of(task, Prediction(task["id"], "<think>\nFirst I", 4, False), Judged(grade, grade, None))
    assert cut_off({"tasks": [{"set": "dev", **verdict}]}, "dev") == 1.0


@pytest.mark.parametrize(
    ("text", "circles"),
    [
        ("values = {" + "".join(f'"grade{n}": {n}, ' for n in range(40)), True),
        ("Here it is. " + "return the value of it and then " * 9, True),
        ("def mean(values):\n    total = 0\n    for value in values:\n        total += value\n    if not values:\n"
         "        return 0\n    return total / len(values)\n\nThis adds all values and divides by how many, or", False),
        ("return 'feature/" + "feature/" * 30, True),  # one word
        ("return \"['{}'" + ",{}'" * 40, True),
        ("return 'feature/" + "feature/" * 3, False),
        ("yes yes yes", False),
    ],
)  # fmt: skip
def test_an_answer_circles_where_its_end_repeats_itself_numbers_aside(text: str, circles: bool) -> None:
    from autotrain.evaluation.scoring import in_circles

    assert in_circles(text) == circles
