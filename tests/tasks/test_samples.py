"""The sample's schema and the response formats."""

import random
import re

import pytest
from sample_rows import APPROVAL, REVIEW, asserted_sample, explanation_sample, review_sample, sample, unit_test_sample

from autotrain.tasks import answers, samples

EVERY_KIND = [asserted_sample(), review_sample(), review_sample(None), unit_test_sample(), explanation_sample()]


@pytest.mark.parametrize("row", EVERY_KIND, ids=lambda row: row["metadata"]["task_type"])
def test_a_sound_sample_has_no_problem(row) -> None:
    assert samples.schema_problem(row) is None
    metadata = row["metadata"]
    assert answers.format_problem(row["output"], metadata["response_format"], metadata["task_type"]) is None


@pytest.mark.parametrize(
    "damage",
    [
        {"id": 5},
        {"id": ""},
        {"instruction": None},
        {"metadata": []},
        {"tests": "assert True"},
        {"tests": {"kind": "magic"}},
        {"tests": {"kind": "asserts"}},
        {"entry_point": 3},
    ],
)
def test_a_damaged_field_is_named(damage) -> None:
    problem = samples.schema_problem({**sample(), **damage})
    assert problem is not None and next(iter(damage)) in problem


@pytest.mark.parametrize("name", ["task_type", "response_format", "difficulty", "round", "timestamp", "teacher_model"])
def test_a_missing_metadata_field_is_named(name: str) -> None:
    row = sample()
    del row["metadata"][name]
    assert f"metadata.{name}" in (samples.schema_problem(row) or "")


def test_the_id_depends_on_each_text_and_nothing_else() -> None:
    base = samples.sample_id("a", "b", "c")
    assert base == samples.sample_id("a", "b", "c")
    assert (
        len({base, samples.sample_id("ab", "", "c"), samples.sample_id("a", "bc", ""), samples.sample_id("", "b", "c")})
        == 4
    )


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("", "empty answer"),
        ("no code at all", "0 code blocks"),
        ("```python\na = 1\n```\n```python\nb = 2\n```", "2 code blocks"),
        ("```js\nlet a\n```", "a js block"),
        ("```python\ndef broken(:\n```", "does not parse"),
        ("x" * 1300 + "\n```python\na = 1\n```", "characters of prose"),
    ],
)
def test_a_code_answer_that_misses_its_format_says_how(answer: str, problem: str) -> None:
    assert problem in (answers.format_problem(answer, "code", "code_completion") or "")


@pytest.mark.parametrize(
    ("answer", "fine"),
    [
        (REVIEW, True),
        (APPROVAL, True),
        (f"```json\n{REVIEW}\n```", True),
        (f"Here you are: {REVIEW}", False),
        (REVIEW.replace("high", "terrible"), False),
        (REVIEW.replace("2", '"2"'), False),
        ('{"verdict": "approve"}', False),
        ("[]", False),
    ],
)
def test_a_review_fits_its_schema_or_not(answer: str, fine: bool) -> None:
    assert (answers.format_problem(answer, "json", "code_review") is None) == fine


def test_code_is_found_in_a_block_in_bare_code_and_in_the_json_of_a_fix() -> None:
    assert answers.extract_code("Sure:\n```python\na = 1\n```\n", "code", "refactoring") == "a = 1\n"
    assert answers.extract_code("a = 1", "code", "refactoring") == "a = 1"
    assert answers.extract_code("not python at all", "code", "refactoring") is None
    assert answers.extract_code('{"bug": "b", "fixed_code": "a = 1"}', "json", "bug_fixing") == "a = 1"
    assert answers.extract_code("```python\na = 1\n```", "text", "code_explanation") is None


def test_fenced_blocks_are_those_of_the_plain_pattern():
    pattern = re.compile(r"^```([\w+#.-]*)(?:[ \t][^\n`]*)?\r?\n(.*?)^```[ \t]*\r?$", re.DOTALL | re.MULTILINE)
    rng = random.Random(1)
    pieces = ["```", "\n", "\n", "\n```", "`", "a", "python", " ", "\t", "x = 1", "\r"]
    for _ in range(5000):
        text = "".join(rng.choices(pieces, k=rng.randrange(14)))
        wanted = [(match[1], match[2].replace("\r\n", "\n"), *match.span()) for match in pattern.finditer(text)]
        assert [tuple(block) for block in answers.fenced_blocks(text)] == wanted, text


def test_what_a_text_holds_is_remembered_unless_it_is_long():
    asked: list[str] = []
    ask = answers._remembered(lambda text: asked.append(text))
    for text in ("short", "x" * (answers.MAX_REMEMBERED + 1)) * 2:
        ask(text)
    assert list(map(len, asked)) == [5, answers.MAX_REMEMBERED + 1, answers.MAX_REMEMBERED + 1]
