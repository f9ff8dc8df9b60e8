"""The checker of non-answers finds tasks that can be passed without doing them, and only those."""

import json
from collections import Counter

import pytest
from sample_rows import asserted_sample, sample, unit_test_sample

from autotrain.jsonl import write_rows
from autotrain.sandbox import Sandbox
from autotrain.tasks import non_answers as made
from autotrain.tasks import python
from autotrain.tasks.notation import parse_tasks
from autotrain.tasks.written import build_row
from autotrain.teacher import non_answers as checker


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(workers=2) as sandbox:
        yield sandbox


def written(text, name="f"):
    return build_row(parse_tasks(f"== fam dev\n{text}", name)[0], teacher_model="test")


def passed(findings):
    return {what for what, _, _ in findings.passing}


def asserted(code, *tests, **options):
    return sample(
        python.fenced(code),
        entry_point="f",
        tests={"kind": "asserts", "code": "\n".join(f"assert {test}" for test in tests), **options},
        input_text=python.fenced(code),
    )


def explained(value):
    return written(
        f"-- explain 0 f\n:input\ndef f(n):\n    return n\n:call f({value})\n:answer\nIt is.\nAnswer: {value}\n"
    )


HONEST = [
    asserted_sample(),
    unit_test_sample(),
    written(
        "-- refactor 1 f\nUse sum, without a loop.\n:input\ndef f(v):\n    n = 0\n    for x in v:\n        n += x\n"
        "    return n\n:answer\ndef f(v):\n    return sum(v)\n:tests\nf([1, 2]) == 3\nf([]) == 0\nf([5]) == 5\n"
        ":demand\nwith sum in f\nwithout for in f\n"
    ),
    written(
        "-- review 1 f\n`f(n)` doubles n.\n:input\ndef f(n):\n    return n + 2\n\n\ndef g(n):\n    return n\n"
        ":line     return n + 2\n:note It adds.\n"
    ),
    written(
        "-- document 1 f\n:input\ndef f(n):\n    return n * 2\n:doc\nReturn the double of n.\n\n>>> f(2)\n4\n"
        ">>> f(-3)\n-6\n:words\ndouble | twice\n"
    ),
    written(
        "-- explain 1 f\n:input\ndef f(n):\n    return n * 7\n:call f(8)\n:answer\nSeven times eight.\nAnswer: 56\n"
    ),
]


def test_honest_tasks_are_passed_by_no_non_answer(sandbox):
    findings = checker.check(HONEST, sandbox)
    assert findings.passing == {} and not findings.weak
    assert findings.tasks == len(HONEST) and findings.tried[made.INPUT, "refactoring"] == 1


CHEATABLE = {
    "a refactoring whose input passes": (asserted("def f(v):\n    return v + 1", "f(1) == 2", "f(2) == 3"), made.INPUT),
    "tests that a constant meets": (
        asserted("def f(v):\n    return v > 3", "f(1) is False", "f(2) is False"),
        made.CONSTANT,
    ),
    "tests that a stub meets": (asserted("def f(v):\n    print(v)", "f(1) is None", "f(2) is None"), made.STUB),
    "tests that the last argument meets": (
        asserted("def f(v, w):\n    return max(v, w)", "f(1, 2) == 2", "f(2, 3) == 3"),
        made.ARGUMENT,
    ),
    "a method that a constant meets": (
        sample(
            python.fenced("class f:\n    def g(self):\n        return bool(self)"),
            entry_point="f",
            tests={"kind": "asserts", "code": "assert f().g() is True", "n": 1},
        ),
        made.CONSTANT,
    ),
    "a result that is a constant": (explained("1"), made.CONSTANT),
    "a result that is an argument": (explained("57"), made.ARGUMENT),
    "mutants that a test of nothing kills": (
        sample(
            python.fenced("assert f(1) == 1"),
            task_type="unit_test_generation",
            entry_point="f",
            tests={"kind": "mutants", "reference": "def f(n):\n    return n", "mutants": ["def g(n):\n    return n"]},
        ),
        made.STUB,
    ),
}


CHEATS_THAT_NO_LONGER_PASS = {
    "a demand that idle words meet": (
        written(
            "-- refactor 1 f\nUse sum.\n:input\ndef f(v):\n    n = 0\n    for x in v:\n        n += x\n    return n\n"
            ":answer\ndef f(v):\n    return sum(v)\n:tests\nf([1, 2]) == 3\n:demand\nwith sum in f\n"
        ),
        made.WORDS,
    ),
    "a docstring whose words stand in the name": (
        written(
            "-- document 1 double\n:input\ndef double(n):\n    return n * 2\n:doc\nReturn the double of n.\n\n"
            ">>> double(2)\n4\n>>> double(-3)\n-6\n:words\ndouble\n"
        ),
        made.WORDS,
    ),
    "a fault in the first line shown": (
        written(
            "-- review 1 f\n:input\ndef f(n=[]):\n    return n\n\n\ndef g(n):\n    return n\n"
            ":line def f(n=[]):\n:note A shared default.\n"
        ),
        made.LINE,
    ),
}


@pytest.mark.parametrize("what", CHEATS_THAT_NO_LONGER_PASS)
def test_what_is_only_named_or_guessed_passes_nothing_that_counts(what, sandbox):
    row, tried = CHEATS_THAT_NO_LONGER_PASS[what]
    findings = checker.check([row], sandbox)
    assert findings.passing == {} and findings.tried[tried, row["metadata"]["task_type"]] == 1


@pytest.mark.parametrize("what", CHEATABLE)
def test_a_task_that_can_be_cheated_is_found(what, sandbox):
    row, expected = CHEATABLE[what]
    findings = checker.check([row], sandbox)
    assert expected in passed(findings)
    assert findings.as_json()["passed"] == 1


def test_values_that_are_right_in_many_tasks_are_found(sandbox):
    rows = [explained(value) for value in ("[57, 58]", "[57, 58]", "[57, 58]", "[59, 60]")]
    for number, row in enumerate(rows):
        row["id"] = str(number)
    found = {name for what, _, name in checker.check(rows, sandbox).passing if what == made.FREQUENT}
    assert found == {"0", "1", "2"}


def test_the_others_are_all_tasks_but_the_own_one():
    rows = [explained(value) for value in ("[57, 58]", "[59, 60]", "[59, 60]")]
    frequent = made.Frequent(rows)
    assert frequent.value(rows[0]) == "[59, 60]"
    assert made.Frequent(rows[:1]).value(rows[0]) is None


def test_what_passes_a_weak_task_is_counted_apart(sandbox):
    contains = sample(
        "It is 8.", task_type="code_explanation", response_format="text", tests={"kind": "contains", "all": ["8"]}
    )
    marked = asserted("def f(v):\n    return v + 1", "f(1) == 2")
    marked["metadata"]["weak"] = True
    findings = checker.check([contains, marked], sandbox)
    assert findings.passing == {}
    assert findings.weak[made.VALUES, "code_explanation"] == 1
    assert findings.weak[made.INPUT, marked["metadata"]["task_type"]] == 1


def test_what_literals_refute_fails_in_the_sandbox_too(sandbox):
    rows = [
        asserted_sample(),
        asserted("def f(v, w):\n    return v - w", "f(5, 2) == 3", "f(2, 2) == 0", "f(1, 0) == 1"),
    ]
    refuted = [(row, given) for row in rows for given in made.non_answers(row, made.Frequent(rows)) if given.refuted]
    assert Counter(given.what for _, given in refuted)[made.ARGUMENT] >= 3
    assert not any(judged.lenient.passed for _, judged in checker._graded(refuted, sandbox))


# Types whose builtin samples can still be passed without doing them; to be emptied.
def test_samples_of_the_builtin_teacher_are_passed_by_no_non_answer(sandbox):
    findings = checker.check(checker.builtin_samples(200, seed=42), sandbox)
    assert findings.tasks >= 150
    assert findings.passing == {}


def test_the_command_prints_a_table_and_json_and_ends_with_3_where_something_passes(tmp_path, capsys):
    cheated = tmp_path / "cheated.jsonl"
    write_rows(cheated, [CHEATABLE["tests that a stub meets"][0]])
    assert checker.main(["--suite", str(cheated)]) == 3
    printed = capsys.readouterr()
    assert {found["non_answer"] for found in json.loads(printed.out)["passing"]} >= {"stub", "input handed back"}
    assert "1/1" in printed.err and "1 tasks can be passed without doing them" in printed.err
    honest = tmp_path / "honest.jsonl"
    write_rows(honest, HONEST[:1])
    assert checker.main(["--suite", str(honest), "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["passed"] == 0
