"""A failed answer is repaired once, and teaches by it; the clearest of several is kept; wrong expected values go."""

import json
import subprocess
import sys
from collections import Counter
from functools import partial

import pytest
from teacher_support import undated
from test_teacher_stage import ROOT, environment

from autotrain.jsonl import load_rows, write_rows
from autotrain.tasks import grading, samples

CODE = "def cap(values, top):\n    return [value for value in values if value <= top]\n"
FAULTY = CODE.replace("<=", "<")
LONG = """\
def cap(values, top):
    kept = []
    for value in values:
        if value <= top:
            kept.append(value)
    return kept
"""
CRAMMED = "def cap(values, top):\n    kept = list(values); return [v for v in kept if v <= top]\n"
TESTS = ["assert cap([1, 2], 2) == [1, 2]", "assert cap([3], 1) == []", "assert cap([8, 4], 5) == [4]"]


def fenced(code: str) -> str:
    return f"```python\n{code}```"


class Script:
    """A teacher of one kind of task. `answers` are its fresh ones in turn, `repair` what it makes of the first."""

    def __init__(self, answers: list[str], repair: str = CODE, **task: object) -> None:
        self.answers, self.repair, self.task = answers, repair, task
        self.tasks, self.given, self.prompts = 0, Counter(), []

    def __call__(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        if "Concept:" in prompt:
            self.tasks += 1
            name = f"cap_{self.tasks}"
            task = {"instruction": "Write `cap(values, top)`: the values up to top, in order.", "entry_point": "cap"}
            task |= {"tests": TESTS, "reference": CODE, "inputs": ["cap([], 1)"], **self.task}
            return json.dumps(task).replace("cap", name)
        if "Write `cap_" not in prompt:
            return None
        name = "cap_" + prompt.split("`cap_")[1].split("(")[0]
        if "not right yet" in prompt:
            return fenced(self.repair.replace("cap", name))
        self.given[name] += 1
        return fenced(self.answers[min(self.given[name], len(self.answers)) - 1].replace("cap", name))


@pytest.fixture
def run_with(run_with):
    return partial(run_with, wanted=1, concurrency=1)


def steps(outcome):
    return [row["step"] for row in outcome.requests if row["kind"] == "sent" and row["slot"] >= 0]


def test_a_failed_answer_is_repaired_once_with_its_failure(run_with):
    outcome = run_with(Script([FAULTY]))
    assert outcome.error is None and steps(outcome) == ["task", "answer", "repair"]
    prompt = outcome.bodies[-1]["messages"][-1]["content"]
    _, _, told = prompt.partition("<answer>")
    assert "Write `cap_1(" in prompt and "value < top" in told and "assert" in told
    assert outcome.accepted[0]["metadata"]["attempts"] == 2


def test_a_second_failure_is_no_second_repair(run_with):
    outcome = run_with(Script([FAULTY, LONG], repair=FAULTY.replace("value", "item")))
    assert steps(outcome) == ["task", "answer", "repair", "answer"] and len(outcome.accepted) == 1
    assert "repair" not in outcome.accepted[0]["metadata"]


def test_repairs_become_samples_conversations_and_bugs_to_fix_and_all_pass_their_tests(run_with, sandbox, tmp_path):
    outcome = run_with(Script([FAULTY]), wanted=12)
    forms = Counter(row["metadata"]["repair"] for row in outcome.accepted)
    assert set(forms) == {"plain", "conversation", "bug fix"} and forms.total() == 12
    for row in outcome.accepted:
        assert samples.schema_problem(row) is None
        assert grading.grade(row, row["output"], sandbox).passed
    talk = next(row for row in outcome.accepted if "messages" in row)
    assert [turn.get("weight") for turn in talk["messages"]] == [None, None, 0, None, None]
    assert "< top" in talk["messages"][2]["content"] and "<= top" in talk["output"] and "< top" not in talk["output"]
    bug = next(row for row in outcome.accepted if row["metadata"]["repair"] == "bug fix")
    assert bug["metadata"]["task_type"] == "bug_fixing" and "< top" in bug["input"] and "This fails" in bug["input"]
    assert not grading.grade(bug, fenced(bug["input"]), sandbox).passed
    pairs = load_rows(tmp_path / "raw.pairs.jsonl")
    assert [pair["id"] for pair in pairs] == [row["id"] for row in outcome.accepted]
    assert all("<= top" in pair["chosen"][0]["content"] for pair in pairs)
    assert all("< top" in pair["rejected"][0]["content"] and pair["why"] for pair in pairs)


@pytest.mark.parametrize("form", ["plain", "conversation", "bug fix"])
def test_a_sample_of_a_repair_passes_the_stages_behind(run_with, tmp_path, form):
    outcome = run_with(Script([FAULTY]), wanted=8)
    rows = [row for row in outcome.accepted if row["metadata"]["repair"] == form]
    write_rows(tmp_path / "form.jsonl", rows[:1])
    for script, source, target in (("02_validate_clean", "form", "clean"), ("03_unit_test_gate", "clean", "tested")):
        files = ["--input", str(tmp_path / f"{source}.jsonl"), "--output", str(tmp_path / f"{target}.jsonl")]
        command = [sys.executable, str(ROOT / "scripts" / f"{script}.py"), *files]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert [row["output"] for row in load_rows(tmp_path / "tested.jsonl")] == [rows[0]["output"]]


def test_a_pair_is_written_once_though_its_sample_was_lost(run_with, tmp_path):
    first = run_with(Script([FAULTY]), wanted=2)
    (tmp_path / "raw.jsonl").unlink()
    again = run_with(Script([FAULTY]), wanted=2)
    assert undated(again.accepted) == undated(first.accepted)
    assert [row["slot"] for row in load_rows(tmp_path / "raw.pairs.jsonl")] == [0, 1]


def test_the_shortest_clear_answer_of_several_is_kept(run_with):
    outcome = run_with(Script([LONG, CRAMMED, CODE]), attempts=5, recipe={"best_of": 3})
    assert steps(outcome) == ["task", "answer", "answer", "answer"]
    assert outcome.accepted[0]["output"] == fenced(CODE).replace("cap", "cap_1")


def test_an_answer_that_passes_ends_the_attempts_unless_more_are_asked_for(run_with):
    assert steps(run_with(Script([LONG, CODE]), attempts=5)) == ["task", "answer"]


def test_a_value_on_which_independent_answers_agree_against_the_solution_is_dropped(run_with):
    wrong = CODE.replace("<= top", "<= top and value != 7")  # the solution's slip; the text says nothing of 7
    task = {"reference": wrong, "inputs": ["cap([7, 7, 1], 9)", "cap([], 1)"]}
    outcome = run_with(Script([LONG, CODE], repair=FAULTY, **task), attempts=3)
    assert outcome.error is None and len(outcome.accepted) == 1
    assert "7" not in outcome.accepted[0]["tests"]["code"]
    assert steps(outcome) == ["task", "answer", "repair", "answer"]


def test_answers_that_misread_the_task_alike_drop_nothing(run_with):
    other = CODE.replace("<=", ">")
    outcome = run_with(Script([other, other + "\n", CODE], repair=FAULTY), attempts=4)
    assert len(outcome.accepted) == 1 and outcome.accepted[0]["tests"]["code"].count("assert") >= len(TESTS)
    assert steps(outcome) == ["task", "answer", "repair", "answer", "answer"]


def test_answers_that_fail_in_different_ways_drop_nothing(run_with):
    other = CODE.replace("<=", ">")
    outcome = run_with(Script([FAULTY, other, other + "\n"], repair=FAULTY + "\n"), attempts=3, most_asked=1)
    assert not outcome.accepted and {row["reason"] for row in outcome.rejects} == {"own tests"}
