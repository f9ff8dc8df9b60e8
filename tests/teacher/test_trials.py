"""A task's tests are chosen by what they tell: values by running, faulty copies killed, branches taken."""

import json

import pytest

from autotrain.teacher.trials import tried

CODE = """\
def cap(values, top):
    kept = []
    for value in values:
        if value < 0:
            raise ValueError("negative")
        if value <= top:
            kept.append(value)
    return kept
"""
WEAK = ["assert cap([1, 2], 9) == [1, 2]", "assert cap([3], 9) == [3]", "assert cap([8, 4], 9) == [8, 4]"]
INPUTS = ["cap([5, 6, 7], 6)", "cap([], 3)", "cap([-1], 3)", "cap([0], 0)"]
SAID = "Write `cap(values, top)`: the values up to top, in order. A negative value raises ValueError."
STACK = """\
class Stack:
    def __init__(self, size):
        self.size, self.items = size, []

    def push(self, item):
        if len(self.items) >= self.size:
            raise OverflowError("full")
        self.items.append(item)

    def top(self):
        return self.items[-1] if self.items else None
"""


def test_values_of_inputs_come_from_running_and_a_wrong_stated_one_is_dropped(sandbox):
    trial = tried(CODE, "cap", [*WEAK, "assert cap([2], 1) == [2]"], INPUTS, SAID, sandbox.check)
    assert trial is not None and trial.weakness == ""
    assert trial.tests[:3] == WEAK and "assert cap([2], 1) == [2]" not in trial.tests
    assert "assert cap([5, 6, 7], 6) == [5, 6]" in trial.tests


def test_an_error_that_the_instruction_names_becomes_a_test_and_another_does_not(sandbox):
    trial = tried(CODE, "cap", WEAK, [*INPUTS, "cap([None], 3)"], SAID, sandbox.check)
    assert trial is not None
    assert any(test.startswith("try:\n    cap([-1], 3)\nexcept ValueError:") for test in trial.tests)
    assert not any("None" in test for test in trial.tests)


def test_a_class_is_tested_by_several_lines_and_their_errors(sandbox):
    stated = ["s = Stack(2)\ns.push(4)\nassert s.top() == 4", "assert Stack(1).top() is None"]
    inputs = ["s = Stack(1)\ns.push(1)\ns.push(2)", "s = Stack(3)\ns.push(1)\ns.push(7)\ns.top()"]
    trial = tried(STACK, "Stack", stated, inputs, "A full `Stack` raises OverflowError.", sandbox.check)
    assert trial is not None and trial.weakness == ""
    assert trial.tests[:2] == stated and "except OverflowError:" in "".join(trial.tests[2:])
    weak = tried(STACK, "Stack", stated, [], "", sandbox.check)
    assert weak is not None and weak.killable < trial.killable


def test_what_tests_let_pass_is_told_with_a_call_that_tells(sandbox):
    trial = tried(CODE, "cap", WEAK, [], SAID, sandbox.check)
    assert trial is not None and len(trial.survivors) > 0.05 * trial.killable
    assert "faulty copies pass" in trial.weakness and "`cap(" in trial.weakness
    near = tried(CODE, "cap", WEAK, [], SAID, sandbox.check, near=True)
    assert near is not None and len(near.survivors) < len(trial.survivors)


def test_a_copy_that_nothing_tells_is_not_killable(sandbox):
    idle = "def cap(values, top):\n    size = 0\n    size += 1\n    return [v for v in values if v <= top]\n"
    trial = tried(idle, "cap", [*WEAK, "assert cap([5, 6], 5) == [5]"], INPUTS, "", sandbox.check)
    assert trial is not None and trial.survivors == []


def test_copies_that_never_end_cost_no_more_than_their_bound(sandbox):
    loop = "def up(n):\n    found = 0\n    while n > 0:\n        n -= 1\n        found += 2\n    return found\n"
    hanging = (
        "def up(n):\n    while n > 0 and [0 for _ in iter(lambda: n > 3, False)] == []:\n        n -= 1\n    return n\n"
    )
    tests = ["assert up(3) == 6", "assert up(0) == 0", "assert up(1) == 2"]
    trial = tried(loop, "up", tests, [], "", sandbox.check)
    assert trial is not None and trial.killable >= 5 and not trial.survivors
    jobs = []

    def check(job):
        jobs.append(job)
        return sandbox.check(job)

    tried(hanging, "up", ["assert up(3) == 0", "assert up(0) == 0"], [], "", check)
    assert len(jobs) <= 3


def test_right_code_that_does_not_load_has_no_trial(sandbox):
    assert tried("import nothing_there\n" + CODE, "cap", WEAK, INPUTS, SAID, sandbox.check) is None


def test_a_value_that_changes_from_run_to_run_is_no_expected_one(sandbox):
    code = "import time\ndef now(n):\n    return [n, time.perf_counter_ns() % 1000003]\n"
    trial = tried(code, "now", [], ["now(1)", "now(2)"], "", sandbox.check)
    assert trial is not None and trial.tests == []


HOSTILE = {
    "leaves": "    import os\n    os._exit(0)\n",
    "closes the output": "    import sys\n    sys.__stdout__.close()\n",
    "writes lines of ours": "    import os\n    os.write(1, b'\\nheidi-trial:[[1]]\\nheidi-trial:{\\n')\n",
    "never ends": "    sum(1 for _ in iter(int, 1))\n",
    "recurs": "    return up(n)\n",
    "asks to end": "    raise SystemExit\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_code_that_harms_its_own_trial_gives_no_error_and_no_tests(sandbox, what):
    trial = tried(
        f"def up(n):\n{HOSTILE[what]}    return n\n", "up", ["assert up(3) == 4"], ["up(1)"], "", sandbox.check
    )
    assert trial is None or not trial.tests or what == "writes lines of ours"


# Against the server


def weak_task(seed: int) -> str:
    name = f"cap_{seed}"
    return json.dumps({
        "instruction": SAID.replace("cap(", f"{name}(") + f" This is number {seed}.",
        "entry_point": name,
        "tests": [test.replace("cap", name) for test in WEAK],
        "reference": CODE.replace("cap", name),
        "inputs": [],
    })  # fmt: skip


class Script:
    """A teacher whose tests are weak; `more` is what it says when it is asked for inputs."""

    def __init__(self, more: str) -> None:
        self.more, self.tasks, self.asked = more, 0, 0

    def __call__(self, prompt: str) -> str | None:
        if "are too weak" in prompt:
            self.asked += 1
            return self.more.replace("cap", prompt.split("`cap_")[1].split("(")[0].join(("cap_", "")))
        if "Concept:" in prompt:
            self.tasks += 1
            return weak_task(self.tasks)
        if "Write `cap_" in prompt:
            name = "cap_" + prompt.split("`cap_")[1].split("(")[0]
            return f"```python\n{CODE.replace('cap', name)}```"
        return None


def steps(outcome):
    return [row["step"] for row in outcome.requests if row["kind"] == "sent" and row["slot"] >= 0]


def test_a_teacher_with_weak_tests_is_asked_once_for_inputs_that_tell(run_with):
    outcome = run_with(Script(json.dumps({"inputs": INPUTS})))
    assert outcome.error is None and len(outcome.accepted) == 2
    assert sorted(steps(outcome)) == ["answer", "answer", "inputs", "inputs", "task", "task"]
    assert all("([5, 6, 7], 6) == [5, 6]" in row["tests"]["code"] for row in outcome.accepted)


def test_a_task_whose_tests_stay_weak_is_refused_before_an_answer_is_paid_for(run_with):
    outcome = run_with(Script('{"inputs": []}'), most_asked=3)
    assert {row["reason"] for row in outcome.rejects} == {"weak tests"} and not outcome.accepted
    assert "faulty copies pass" in outcome.rejects[0]["detail"]
    assert set(steps(outcome)) == {"task", "inputs"}


def test_a_teacher_that_cannot_say_gets_inputs_near_its_tests(run_with):
    outcome = run_with(Script("I would rather not."))
    assert outcome.error is None and len(outcome.accepted) == 2
    assert all(row["tests"]["code"].count("assert") > len(WEAK) for row in outcome.accepted)
