"""heidi-core proves itself: every reference passes, every wrong answer and every stub fails."""

from collections import Counter

import pytest

from autotrain import samples
from autotrain.errors import DataError
from autotrain.evaluation import heidi_core
from autotrain.evaluation.heidi_core.notation import apply_edits, parse_tasks
from autotrain.evaluation.heidi_core.rows import build_row
from autotrain.evaluation.suites import load_suite
from autotrain.grading import jobs_for, judge
from autotrain.sandbox import Sandbox

ROWS = heidi_core.build()
STUBS = [f"def {{name}}(*a, **k): return {value}" for value in ("None", "0", "1", "''", "[]", "{{}}", "True", "False")]
STUBS += ["def {name}(*a, **k): return a[0] if a else None"]


@pytest.fixture(scope="module")
def grades():
    """A function from (row, answer) pairs to their grades, many at a time."""
    with Sandbox(workers=2) as sandbox:

        def grade(pairs):
            jobs = [jobs_for(row, answer) for row, answer in pairs]
            verdicts = iter(list(sandbox.check_many([job for group in jobs for job in group])))
            return [
                judge(row, answer, [next(verdicts) for _ in group])
                for (row, answer), group in zip(pairs, jobs, strict=True)
            ]

        yield grade


def test_every_reference_answer_passes(grades):
    pairs = [(row, row["output"]) for row in ROWS]
    failed = {row["id"]: g.reason for (row, _), g in zip(pairs, grades(pairs), strict=True) if not g.passed}
    assert failed == {}


def test_every_wrong_answer_is_rejected(grades):
    pairs = [(row, wrong) for row in ROWS for wrong in row["wrong"]]
    passed = [(row["id"], wrong) for (row, wrong), g in zip(pairs, grades(pairs), strict=True) if g.passed]
    assert passed == []


def test_no_stub_passes(grades):
    pairs = [
        (row, f"```python\n{stub.format(name=row['entry_point'])}\n```")
        for row in ROWS
        if row["tests"]["kind"] == "asserts" and row["metadata"]["response_format"] == "code"
        for stub in STUBS
    ]
    passed = [(row["id"], stub) for (row, stub), g in zip(pairs, grades(pairs), strict=True) if g.passed]
    assert passed == []


def test_an_empty_answer_and_the_prompt_itself_never_pass(grades):
    pairs = [(row, text) for row in ROWS for text in ("", row["instruction"], row["input"])]
    passed = [(row["id"], text) for (row, text), g in zip(pairs, grades(pairs), strict=True) if g.passed]
    assert passed == []


@pytest.mark.parametrize("split", heidi_core.SPLITS)
def test_the_hash_of_the_built_rows_is_the_pinned_one(split):
    assert load_suite(f"heidi-core:{split}").sha256 == heidi_core.PINNED[split], (
        "the tasks have changed: scores of before no longer compare; see heidi_core/__init__.py"
    )


def test_rows_have_the_schema_of_samples_and_their_references_the_asked_format():
    for row in ROWS:
        metadata = row["metadata"]
        assert samples.schema_problem(row) is None, row["id"]
        for answer in (row["output"], *row["wrong"]):
            problem = samples.format_problem(answer, metadata["response_format"], metadata["task_type"])
            assert problem is None, (row["id"], problem, answer)


def test_ids_and_prompts_are_unique():
    for key in (lambda row: row["id"], lambda row: (row["instruction"], row["input"])):
        assert [value for value, count in Counter(map(key, ROWS)).items() if count > 1] == []


def test_every_task_has_two_different_wrong_answers():
    for row in ROWS:
        assert len({*row["wrong"]} - {row["output"]}) >= 2, row["id"]


def test_asserts_are_four_to_eight():
    for row in ROWS:
        if row["tests"]["kind"] == "asserts":
            assert 4 <= row["tests"]["n"] <= 8, row["id"]


def test_a_family_is_in_one_split_only():
    splits = {}
    for row in ROWS:
        splits.setdefault(row["metadata"]["family"], set()).add(row["metadata"]["split"])
    assert {family for family, found in splits.items() if len(found) > 1} == set()


def test_dev_is_what_load_suite_gives_by_name_or_by_split():
    assert load_suite("heidi-core:dev") == load_suite("heidi-core", "dev")
    assert load_suite("heidi-core").rows == ROWS
    assert load_suite("heidi-core:sealed").name == "heidi-core:sealed"


FAULTY = [
    ("== fam test\n", "line 1: `== family dev|sealed`"),
    ("-- fix easy f\n", "line 1: a task before"),
    ("== fam dev\n-- fix simple f\n", "line 2: `-- kind"),
    ("== fam dev\n-- fix easy f yaml\n", "line 2: yaml is no option"),
    ("== fam dev\n-- fix easy f\n:nonsense\n", "line 3: there is no section :nonsense"),
    ("== fam dev\ntext\n", "line 2: text outside"),
]


@pytest.mark.parametrize(("text", "message"), FAULTY)
def test_a_fault_in_the_notation_is_named_with_its_line(text, message):
    with pytest.raises(DataError, match=message):
        parse_tasks(text, "x.txt")


def test_an_edit_of_what_is_not_there_is_refused():
    assert apply_edits("a + b", "a => c ;; + => -", "x") == "c - b"
    assert apply_edits("a\nb", "a\\n =>", "x") == "b"
    with pytest.raises(DataError, match="'z' is not in the code"):
        apply_edits("a", "z => y", "x")


def test_a_task_without_two_wrong_answers_is_refused():
    text = (
        "== fam dev\n-- algorithm easy f\nDo.\n:answer\ndef f(): pass\n:tests\nf() is None\n:wrong pass => return 1\n"
    )
    with pytest.raises(DataError, match="1 wrong answers"):
        build_row(parse_tasks(text, "x.txt")[0])
