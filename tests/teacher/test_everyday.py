"""The curriculum of everyday tasks: what its stream, its checks and its kinds of tasks promise."""

import itertools
import random

import pytest

from autotrain.tasks.notation import apply_edits, parse_tasks, task_as_text
from autotrain.tasks.written import build_row
from autotrain.teacher.builtin.everyday import checking, families, is_exam, tasks
from autotrain.teacher.builtin.everyday.demands import find
from autotrain.teacher.builtin.everyday.edits import edit_between
from autotrain.teacher.builtin.everyday.making import MAKERS
from autotrain.teacher.builtin.everyday.narrate import narrate
from autotrain.teacher.builtin.everyday.problem import FAMILIES, Draw, Family, draw_problem
from autotrain.teacher.builtin.everyday.running import Compiled
from autotrain.teacher.builtin.everyday.strength import assess
from autotrain.teacher.builtin.everyday.values import Unfit

SOME = ("money.split_bill", "texts.squeeze_repeats", "state.account", "ranking.extreme", "logs.count_levels")


def drawn(name, seed=0):
    families.load()
    return assess(draw_problem(name, random.Random(seed)))


def take(count, seed=1, round_number=1):
    drawn = itertools.islice(tasks(seed, round_number), count)
    return [build_row(task, teacher_model="builtin") for task in drawn]


def doubled(d, **changes):
    fields = {
        "name": "double twice",
        "params": "number: int",
        "returns": "int",
        "ways": ["return number * 2", "return number + number"],
        "summary": "Double a number.",
        "gives": "`number` times 2",
        "asks": ["Double `number`.", "What is twice `number`?", "Multiply `number` by 2."],
        "calls": [(0,), (1,), (5,), (-3,), (d.number(10, 90),), (d.number(100, 900),)],
    }
    return d.problem(**{**fields, **changes})


@pytest.fixture
def checked_family(monkeypatch):
    """The faults that the check finds in a family that doubles a number, with changes."""

    def faults(**changes):
        monkeypatch.setitem(FAMILIES, "x.f", Family("x.f", "x", 0, "Doubles.", lambda d: doubled(d, **changes)))
        return " ".join(checking.check("x.f", 20).faults)

    return faults


def test_the_same_arguments_give_the_same_rows_and_another_round_gives_others():
    first = take(25)
    assert first == take(25)
    assert not {row["id"] for row in first} & {row["id"] for row in take(25, round_number=2)}


def test_rows_are_distinct():
    assert len({(row["instruction"], row["input"]) for row in take(120)}) == 120


def test_no_training_task_is_of_an_exam_family():
    assert not any(is_exam(task.family) for task in itertools.islice(tasks(3, 1), 60))


def test_about_a_fifth_of_the_families_are_for_the_exam():
    families.load()
    share = sum(map(is_exam, FAMILIES)) / len(FAMILIES)
    assert 0.12 < share < 0.28


@pytest.mark.parametrize("name", SOME)
def test_every_kind_of_task_is_sound(name):
    checked = drawn(name)
    for kind, make in MAKERS.items():
        try:
            task = make(checked)
        except Unfit:
            continue
        assert not list(checking.task_faults(task, checked)), kind


def test_a_task_reads_back_from_its_text():
    task = MAKERS["fix"](drawn("money.split_bill"))
    (read,) = parse_tasks(task_as_text(task), "here")
    assert (read.text, read.sections, read.family) == (task.text, task.sections, task.family)


def test_as_many_reviews_are_sound_as_faulty():
    made = [MAKERS["review"](drawn("money.gross_price", seed)) for seed in range(60)]
    assert 18 <= sum("line" in task.sections for task in made) <= 42


def test_a_review_names_the_effect_with_a_value():
    faulty = (MAKERS["review"](drawn("money.gross_price", seed)) for seed in range(30))
    note = next(task for task in faulty if "line" in task.sections).sections["note"][0]
    assert " instead of " in note


def test_an_edit_turns_one_source_into_the_other():
    before = "def f(x):\n    if x > 0:\n        return x\n    return -x\n"
    for after in (before.replace("> 0", ">= 0"), before.replace("    return -x\n", "        return -x\n"),
                  before.replace("    if x > 0:\n        return x\n", "")):  # fmt: skip
        assert apply_edits(before, edit_between(before, after), "here") == after


def test_a_story_follows_the_values_of_the_call():
    source = "def f(prices):\n    total = 0\n    for price in prices:\n        total += price * 2\n    return total\n"
    assert narrate(source, "f", ([3, 4],), 14) == [
        "`total` starts as 0.",
        "For `price` = 3: `3 * 2` is 6, `total` is now 6.",
        "For `price` = 4: `4 * 2` is 8, `total` is now 14.",
        "So 14 is returned.",
    ]


def test_code_that_cannot_be_looked_at_twice_is_not_told():
    with pytest.raises(Unfit):
        narrate("def f(items):\n    return items.pop() + 1\n", "f", ([3, 4],), 5)


def test_a_demand_is_met_by_the_better_source_only():
    clumsy = "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n"
    lines = [demand.line for demand in find(clumsy, "def f(xs):\n    return sum(xs)\n", "f")]
    assert "with sum in f" in lines and "without for in f" in lines


def test_a_text_that_grows_without_end_does_not_fill_the_memory():
    source = 'def double(number):\n    text = "ab"\n    while text:\n        text += text\n    return text\n'
    results = Compiled(doubled(Draw(random.Random(1)), name="double").calls).run(source)
    assert results is not None and {outcome.kind for outcome in results.outcomes} == {"endless"}


def test_a_sound_family_has_no_fault_but_that_it_is_always_the_same(checked_family):
    assert checked_family() == "only 2 different problems in 20 draws"


def test_the_check_sees_ways_that_differ(checked_family):
    assert "gives something else" in checked_family(ways=["return number * 2", "return abs(number) * 2"])


def test_the_check_sees_a_constant_that_the_text_leaves_out(checked_family):
    faults = checked_family(ways=["return number * 2 + 17", "return 17 + number * 2"])
    assert "the code has 17 and a phrasing does not mention it" in faults


def test_the_check_sees_branches_that_no_call_takes(checked_family):
    assert "branches of the reference are never taken" in checked_family(
        ways=["if number > 99999:\n    return 0\nreturn number * 2", "return number * 2"]
    )


def test_a_family_that_a_handed_back_argument_passes_is_refused(checked_family):
    assert "draws are refused" in checked_family(ways=["return number", "return number + 0"])
