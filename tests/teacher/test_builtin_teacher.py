"""The builtin teacher: its samples are sound, distinct, reproducible, and of all eight task types."""

import itertools
import re
import subprocess
import sys
from collections import Counter

import pytest

from autotrain.evaluation import heidi_core
from autotrain.evaluation.scoring import Prediction, grade_predictions
from autotrain.sandbox import Sandbox
from autotrain.tasks import answers, samples
from autotrain.tasks.written import build_row, without_frame
from autotrain.teacher import library, non_answers
from autotrain.teacher.builtin import NAME, exam, generate
from autotrain.teacher.builtin.everyday.families import load
from autotrain.teacher.builtin.everyday.problem import FAMILIES

TIME = "2025-01-01T00:00:00Z"


def families() -> list[str]:
    """The names of all families that are drawn from, the library's included."""
    load()
    return [*FAMILIES, *dict.fromkeys(task.family for task in library.tasks())]


def take(count, seed=7, round_number=1, **more):
    stream = generate(seed=seed, round_number=round_number, timestamp=TIME, **more)
    return list(itertools.islice(stream, count))


@pytest.fixture(scope="module")
def rows():
    return take(600)


def test_every_sample_satisfies_the_schema_and_its_response_format(rows):
    for row in rows:
        metadata = row["metadata"]
        assert samples.schema_problem(row) is None
        assert answers.format_problem(row["output"], metadata["response_format"], metadata["task_type"]) is None
        assert metadata["teacher_model"] == NAME and metadata["round"] == 1 and metadata["timestamp"] == TIME
        assert metadata["family"] in families() and row["origin"] == "builtin"


def test_all_task_types_have_a_fair_share(rows):
    counts = Counter(row["metadata"]["task_type"] for row in rows)
    for task_type in samples.TASK_TYPES:
        assert counts[task_type] >= 0.04 * len(rows), task_type
    most_common = {task_type for task_type, _ in counts.most_common(2)}
    assert most_common == {"algorithm_implementation", "code_completion"}


def test_no_sample_comes_twice(rows):
    assert len({row["id"] for row in rows}) == len(rows)


def test_the_same_arguments_give_the_same_samples():
    assert take(60, seed=3) == take(60, seed=3)


def test_another_process_with_another_hash_seed_gives_the_same_samples():
    program = (
        "import itertools; from autotrain.teacher.builtin import generate;"
        f"print([row['id'] for row in itertools.islice(generate(seed=3, round_number=1, timestamp={TIME!r}), 150)])"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert outputs == {f"{[row['id'] for row in take(150, seed=3)]}\n"}


def test_rounds_and_seeds_differ():
    first = {row["id"] for row in take(200)}
    assert not first & {row["id"] for row in take(200, round_number=2)}
    again = {row["id"] for row in take(200, seed=8)}  # the library is the same for every seed, its order is not
    assert len(first & again) < 60


def test_samples_fit_a_short_context(rows):
    sizes = sorted(len(row["instruction"]) + len(row["input"]) + len(row["output"]) for row in rows)
    assert sizes[-1] <= 1536  # 480 tokens at 3.2 characters a token
    assert sizes[len(sizes) * 9 // 10] <= 1120  # 350 tokens


def test_about_half_of_what_follows_varies_the_failures_in_focus():
    kinds = ("bug_fixing", "code_completion")
    drawn = [row for row in take(120, seed=21) if "." in row["metadata"]["family"]]  # the library cannot be varied
    failed = [row for row in drawn if row["metadata"]["task_type"] in kinds][:3]
    aims = {(row["metadata"]["family"], row["metadata"]["task_type"]) for row in failed}
    varied = take(240, seed=22, round_number=2, focus=failed, focus_share=0.5)
    hits = sum((row["metadata"]["family"], row["metadata"]["task_type"]) in aims for row in varied)
    assert 0.38 <= hits / len(varied) <= 0.62
    assert not {row["id"] for row in varied} & {row["id"] for row in failed}


def test_a_focus_from_another_teacher_changes_only_the_task_types():
    foreign = [{"metadata": {"task_type": "documentation", "family": "from an API"}}, {"metadata": None}, {}]
    rows = take(200, focus=foreign, focus_share=0.9)
    assert sum(row["metadata"]["task_type"] == "documentation" for row in rows) > 140
    assert len({row["metadata"]["family"] for row in rows}) > 40


def test_there_are_more_than_two_hundred_and_fifty_families():
    assert len(set(families())) == len(families()) > 250


def test_levels_are_simplest_first_and_most_often(rows):
    counts = Counter(row["metadata"]["level"] for row in rows)
    assert set(counts) == {0, 1, 2, 3, 4}
    assert counts[0] + counts[1] > counts[2] + counts[3] + counts[4] - 60


def test_no_family_that_is_kept_back_trains_anything(rows):
    kept_back = {
        row["metadata"]["family"] for part in exam.PARTS for row in exam.draw(part, 60, seed=3, timestamp=TIME)
    }
    assert not kept_back & {row["metadata"]["family"] for row in rows}


def test_what_chooses_is_never_what_measures():
    parts = [{row["metadata"]["family"] for row in exam.draw(part, 80, seed=3, timestamp=TIME)} for part in exam.PARTS]
    assert parts[0] and parts[1] and not parts[0] & parts[1]


def test_half_of_what_chooses_are_plain_tasks_that_train_nothing(rows):
    drawn = exam.draw("selection", 32, seed=3, timestamp=TIME)
    plain = [row for row in drawn if row["metadata"]["family"].startswith("plain_")]
    assert len(drawn) == 32 and len(plain) == 16
    assert not {row["metadata"]["family"] for row in plain} & {row["metadata"]["family"] for row in rows}


def _wording(row):
    """The three-word pieces of what a row asks for, without its name and the sentences of its kind."""
    docstrings = re.findall(r'"""(.*?)"""', row["input"], re.DOTALL)
    text = " ".join([without_frame(row["instruction"]), *docstrings])
    words = re.findall(r"\w+", re.sub(rf"\b{row['entry_point']}\b(\(.*?\))?", " ", text).lower())
    return {tuple(words[start : start + 3]) for start in range(len(words) - 2)}


def test_nothing_that_trains_has_the_name_of_a_plain_task_or_nearly_its_wording(rows):
    plain = [build_row(task, teacher_model="test") for task in library.plain()]
    names = {row["entry_point"] for row in plain}
    assert len(names) == len(plain) and not names & {row["entry_point"] for row in rows}
    plain += heidi_core.build(heidi_core.PLAIN)
    wordings = [(row["entry_point"], _wording(row)) for row in plain]
    alike = [
        (row["id"], name)
        for row in (*library.rows(exam=False), *rows)
        if row["entry_point"] not in names and (own := _wording(row))
        for name, wording in wordings
        if len(own & wording) > 0.5 * len(own | wording)
    ]
    assert alike == []


def test_every_plain_task_is_right_and_passed_by_no_non_answer():
    plain = [build_row(task, teacher_model="test") for task in library.plain()]
    with Sandbox(workers=2) as sandbox:
        assert non_answers.check(plain, sandbox).passing == {}
        right = [Prediction(row["id"], row["output"]) for row in plain]
        assert all(judged.strict.passed for judged in grade_predictions(plain, right, sandbox))


def test_an_exam_holds_code_of_all_levels_and_no_task_twice():
    drawn = exam.draw("exam", 100, seed=5, timestamp=TIME)
    assert len({row["instruction"] + row["input"] for row in drawn}) == len(drawn) == 100
    assert {row["metadata"]["response_format"] for row in drawn} == {"code"}
    assert {row["metadata"]["level"] for row in drawn} == {0, 1, 2, 3, 4}
    assert drawn == exam.draw("exam", 100, seed=5, timestamp=TIME)


def test_importing_the_teacher_loads_neither_the_grammar_nor_heavy_libraries():
    program = (
        "import sys; import autotrain.teacher.builtin;"
        "heavy = ('torch', 'numpy', 'transformers', 'autotrain.teacher.builtin.everyday.families');"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
