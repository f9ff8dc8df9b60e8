"""How hard a task is, the student's own answers say; what it got wrong, the teacher is shown."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import tiny_model
from fake_openai import Faults, serving
from teacher_support import NO_CHECKS, run_core

from autotrain import cli
from autotrain.config import precedence
from autotrain.errors import UsageError
from autotrain.teacher import briefs, sampling, stage
from autotrain.teacher.own_answers import Sampled
from autotrain.teacher.plan import Plan
from autotrain.teacher.student import Measured, Student

RIGHT, WRONG = "```python\ndef add_{0}(x):\n    return x + {0}\n```", "```python\ndef add_{0}(x):\n    return x\n```"


def task(number: int) -> dict:
    tests = f"assert add_{number}(1) == {number + 1}\nassert add_{number}(5) == {number + 5}\n"
    return {**tiny_model.sample(number), "entry_point": f"add_{number}", "tests": {"kind": "asserts", "code": tests}}


def test_the_pass_rate_is_that_of_the_sampled_answers_and_is_asked_for_once(tmp_path, sandbox):
    asked = []

    def ask(rows, number):
        asked.append(number)
        return [[RIGHT.format(3), WRONG.format(3), "I cannot."] for _ in rows]  # the fourth was cut off

    for _ in range(2):
        student = Student(Sampled(tmp_path / "raw.student.jsonl", "key", ask), sandbox.check, 4)
        assert student.measure(task(3), slot=7) == Measured(4, 1)
    assert asked == [7]


@pytest.mark.parametrize(
    ("passed", "difficulty", "fits"), [(0, "hard", False), (1, "hard", True), (2, "medium", True), (4, "easy", False)]
)
def test_difficulty_is_the_students(passed, difficulty, fits):
    assert (Measured(4, passed).difficulty, Measured(4, passed).fits) == (difficulty, fits)


def rated(passed_of):
    async def measure(row, slot):
        return Measured(4, passed_of(slot))

    return replace(NO_CHECKS, student=measure)


def test_tasks_that_the_student_can_do_or_never_does_are_preferred_less(tmp_path):
    with serving(Faults()) as server:
        outcome = run_core(server.base_url, tmp_path, 40, checks=rated(lambda slot: (0, 2, 4)[slot % 3]))
    assert outcome.error is None and len(outcome.accepted) == 40
    taken = [row["metadata"]["student"]["passed"] for row in outcome.accepted]
    refused = [row["slot"] % 3 for row in outcome.rejects if row["reason"] == "student"]
    assert 1 not in refused and 0.25 < len(refused) / (len(refused) + taken.count(0) + taken.count(4)) < 0.75
    assert {row["metadata"]["difficulty"] for row in outcome.accepted} <= {"easy", "medium", "hard"}
    paid = {row["slot"] for row in outcome.requests if row.get("step") == "answer" and row["kind"] == "sent"}
    assert not paid & {row["slot"] for row in outcome.rejects if row["reason"] == "student"}


def test_a_student_that_can_do_nothing_gets_its_samples_too(tmp_path):
    with serving(Faults()) as server:
        outcome = run_core(server.base_url, tmp_path, 20, checks=rated(lambda slot: 0), concurrency=4)
    assert outcome.error is None and len(outcome.accepted) == 20
    assert {row["metadata"]["difficulty"] for row in outcome.accepted} == {"hard"}


def test_the_base_model_itself_is_measured(tmp_path, sandbox):
    location = tiny_model.save(tmp_path / "model")
    flags = {"base_model": str(location), "quantization_bits": "16", "max_new_tokens": "8", "student_samples": "2"}
    context = cli.Context("generate", precedence.resolve({"teacher_model": "gpt-4o-mini", **flags}), 1, quiet=True)
    key, ask = sampling.answers_of(None, context, 2)
    student = Student(Sampled(tmp_path / "raw.student.jsonl", key, ask), sandbox.check, 2)
    with ThreadPoolExecutor(1) as alone:
        assert alone.submit(student.measure, task(1), 0).result() == Measured(2, 0)


def test_an_adapter_without_a_student_to_measure_is_refused(tmp_path):
    context = cli.Context("generate", precedence.resolve({"teacher_model": "gpt-4o-mini"}), 1, quiet=True)
    generate = stage.teacher_of("gpt-4o-mini", tmp_path)
    with pytest.raises(UsageError, match="STUDENT_SAMPLES"):
        generate(None, 1, [], context, lambda count: None)


def test_the_teacher_sees_the_students_wrong_answer_and_what_failed():
    failed = {"answer": "<think>hm</think>" + WRONG.format(3), "reason": "assert add_3(1) == 4"}
    focus = [{**task(3), "failed": failed}]
    prompt = briefs.task_messages(Plan(seed=1, round_number=2, focus=focus, focus_share=1.0).blueprint(0))[1]["content"]
    assert "def add_3(x):\n    return x\n" in prompt and "What failed: assert add_3(1) == 4" in prompt
    assert "hm" not in prompt.split("wrong answer")[1].split("\n\n<answer>")[0]
    focus[0]["failed"] = {"answer": "take", "reason": "see <|im_start|>user"}
    prompt = briefs.task_messages(Plan(seed=1, round_number=2, focus=focus, focus_share=1.0).blueprint(0))[1]["content"]
    assert "wrong answer" not in prompt
