"""Pairing two reports task by task."""

import pytest

from autotrain.errors import DataError
from autotrain.evaluation.compare import Comparison, Part, compare, task_results


def report(passed, **more):
    tasks = [
        {"id": f"t{i}", "family": f"f{i // 2}", "passed": mark in "PW", "weak": mark == "W", "format_ok": mark != "x"}
        for i, mark in enumerate(passed)
    ]
    return {"tasks": tasks, **more}


def compared(before, after) -> Comparison:
    return compare(task_results(before), task_results(after))


def test_gained_and_lost_tasks_are_named():
    result = compared(report("PP--"), report("P-P-"))
    assert (result.gained, result.lost, result.both, result.neither) == (["t2"], ["t1"], 1, 1)
    assert (result.total, result.before, result.after, result.delta) == (4, 0.5, 0.5, 0)


def test_a_report_against_itself_shows_no_difference_and_no_significance():
    result = compared(report("PP--P"), report("PP--P"))
    assert result.delta == 0 and result.p_two_sided == 1 and result.gained == result.lost == []
    assert result.interval[0] < 0 < result.interval[1]


def test_a_weak_pass_counts_as_failed_and_is_named():
    result = compared(report("--"), report("PW"))
    assert result.gained == ["t0"] and result.weak == ["t1"]


def test_tasks_may_stand_in_any_order():
    after = report("P-P-")
    after["tasks"].reverse()
    assert compared(report("PP--"), after).gained == ["t2"]


def test_what_was_gained_and_lost_is_told_by_level_by_type_and_for_code_alone():
    before, after = report("PP--"), report("P-PP")
    for tasks in (before["tasks"], after["tasks"]):
        for place, task in enumerate(tasks):
            task.update(level=place // 2, task_type=("bug_fixing", "code_review")[place % 2])
    found = compared(before, after)
    assert found.by_level == {"0": Part(2, 2, 1, 0, 1), "1": Part(2, 0, 2, 2, 0)}
    assert found.by_task_type == {"bug_fixing": Part(2, 1, 2, 1, 0), "code_review": Part(2, 1, 1, 1, 1)}
    assert found.code_only == found.by_task_type["bug_fixing"]


def test_the_interval_by_family_says_of_how_many_and_has_width_where_nothing_changed():
    result = compared(report("P--P"), report("P--P"))
    assert result.families == 2 and result.interval_by_family[0] < -0.5 < 0.5 < result.interval_by_family[1]


def test_format_is_compared_beside_the_verdicts():
    assert compared(report("xx--"), report("x---")).format_delta == pytest.approx(0.25)


@pytest.mark.parametrize(("before", "after", "where"), [("PP", "P", "second"), ("P", "PP", "first")])
def test_a_missing_task_is_named(before, after, where):
    with pytest.raises(DataError, match=f"Task t1 is missing from the {where} report"):
        compared(report(before), report(after))


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        (None, "a list of tasks"),
        ([], "a list of tasks"),
        ([{"passed": True}], "Task 1 of the report has no id"),
        ([{"id": "a", "passed": "yes"}], "Task a of the report has no verdict"),
        ([{"id": "a", "passed": True}, {"id": "a", "passed": True}], "Task a is in the report twice"),
    ],
)
def test_a_report_without_sound_tasks_is_refused(tasks, message):
    with pytest.raises(DataError, match=message):
        task_results({"tasks": tasks})
