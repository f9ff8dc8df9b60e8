"""A task type and a kind of tests are whole: whoever adds one learns here what it lacks (docs/extending.md)."""

import random
from pathlib import Path

import pytest

from autotrain.tasks import answers, samples, written
from autotrain.tasks.kinds import KINDS, TestKind, code_of
from autotrain.tasks.types import BEGINNING, FAULTY, NOTHING, RIGHT, TYPES
from autotrain.teacher import briefs, lessons
from autotrain.teacher.builtin.everyday import families
from autotrain.teacher.builtin.everyday.making import MAKERS, SHARES
from autotrain.teacher.builtin.everyday.stream import attempt

DOCS = Path(__file__).parents[2] / "docs"
FAMILY_NAMES = ("money.split_bill", "texts.squeeze_repeats", "ranking.extreme", "logs.count_levels")


@pytest.fixture(scope="module")
def made():
    """One row of each type by its builtin maker; None where it made none."""
    families.load()
    found = {}
    for name, kind in TYPES.items():
        drawn = (attempt(family, kind.word, random.Random(seed)) for seed in range(10) for family in FAMILY_NAMES)
        task = next((task for task in drawn if task is not None), None)
        found[name] = task and written.build_row(task, teacher_model="test")
    return found


@pytest.mark.parametrize("name", TYPES)
def test_a_type_has_a_maker_whose_rows_are_sound_answers_of_that_type(name, made):
    row = made[name]
    assert row is not None and row["metadata"]["task_type"] == name
    assert samples.schema_problem(row) is None
    assert answers.format_problem(row["output"], row["metadata"]["response_format"], name) is None


@pytest.mark.parametrize("name", TYPES)
def test_a_type_asks_the_teacher_for_the_code_that_it_shows(name):
    kind = TYPES[name]
    assert kind.gives in (NOTHING, BEGINNING, RIGHT, FAULTY)
    assert ("code" in briefs.task_schema(name)["properties"]) == (kind.gives != NOTHING)


@pytest.mark.parametrize("name", TYPES)
def test_a_type_with_json_answers_has_their_schema_and_tells_their_form(name):
    kind = TYPES[name]
    has_json = "json" in dict(kind.forms)
    assert has_json == bool(kind.json_schema) == bool(kind.json_form)
    assert not kind.json_code or kind.json_code in (kind.json_schema or {})["properties"]
    assert all(field in kind.json_form for field in (kind.json_schema or {}).get("properties", ()))


@pytest.mark.parametrize("name", TYPES)
def test_a_lesson_lets_the_builtin_answer_of_its_type_pass(name, made):
    row = made[name]
    draft = lessons.Draft(row["instruction"], row["input"], row["entry_point"], row["tests"])
    draft.given_code = code_of({**row, "metadata": {**row["metadata"], "response_format": "code"}}, row["input"]) or ""
    assert lessons.of(name).problem(row, draft) is None


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_told_in_the_documentation(name):
    assert f"`{name}`" in (DOCS / "pipeline.md").read_text()
    assert TYPES[name].word in (DOCS / "suites.md").read_text()


def test_each_type_has_a_word_of_its_own_and_the_shares_are_percent():
    assert len(MAKERS) == len(SHARES) == len(TYPES)
    assert sum(SHARES.values()) == 100


def test_what_is_said_of_types_is_said_of_types_that_exist():
    assert set(lessons.LESSONS) <= set(TYPES)


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_of_tests_reads_its_field_judges_and_is_told_in_the_documentation(name):
    kind = type(KINDS[name])
    assert kind.problem is not TestKind.problem and kind.judge is not TestKind.judge
    assert KINDS[name].problem({}) is not None or KINDS[name].is_empty({})
    assert f"\n| `{name}` | " in (DOCS / "pipeline.md").read_text()
