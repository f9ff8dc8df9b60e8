"""From a checked problem to tasks: writing (algorithm, completion) and mending (fix, review, tests).

A maker takes a Checked problem and gives a Task, or raises Unfit where the problem does not suit it.
"""

import random

from autotrain.teacher.builtin.everyday import phrasing
from autotrain.teacher.builtin.everyday.edits import edit_between
from autotrain.teacher.builtin.everyday.slips import bugs, effect
from autotrain.teacher.builtin.everyday.strength import Checked
from autotrain.teacher.builtin.everyday.task import Task
from autotrain.teacher.builtin.grammar.draw import Unfit


def task_of(checked: Checked, kind: str, text: str = "", as_json: bool = False) -> Task:
    """A task of a problem, without sections."""
    problem = checked.problem
    return Task(problem.family, problem.topic, kind, problem.level, problem.name, as_json, text)


def algorithm(checked: Checked) -> Task:
    """The task in one of its phrasings; the answer is one of the ways."""
    problem, rng = checked.problem, checked.problem.rng
    hints = rng.random() < 0.5
    task = task_of(checked, "algorithm", phrasing.phrase(checked, rng, hints))
    if problem.given:
        task.sections["input"] = [problem.given.rstrip()]
    task.sections |= {"answer": [_way(checked, rng, hints)], "tests": ["\n".join(checked.test_lines())]}
    return task


def completion(checked: Checked) -> Task:
    """A signature with the task as its docstring; the answer is the whole function."""
    problem, rng = checked.problem, checked.problem.rng
    if problem.given:
        raise Unfit("a change of given code is not a completion")
    text = phrasing.docstring(problem, rng)
    at = phrasing.example_call(checked)
    if at is not None and rng.random() < 0.5:
        text += f"\n\n>>> {checked.compiled.calls[at].expression}\n{checked.outcomes[at].value!r}"
    task = task_of(checked, "completion", text)
    task.sections |= {"answer": [_way(checked, rng, rng.random() < 0.7)], "tests": ["\n".join(checked.test_lines())]}
    return task


def fix(checked: Checked) -> Task:
    """The reference with a planted bug, what the code should do, and often a failing example."""
    problem, rng = checked.problem, checked.problem.rng
    source = rng.choice((problem.ways, problem.bare_ways))[0]
    bug = bugs(checked, source, 1)[0]
    task = task_of(checked, "fix", phrasing.specification(problem, rng), rng.random() < 0.3)
    task.sections |= {"answer": [source.rstrip()], "bug": [edit_between(source, bug.source)]}
    shown = checked.compiled.calls[bug.shown]
    if shown.plain and checked.outcomes[bug.shown].kind == "value" and rng.random() < 0.7:
        task.sections["failing"] = [checked.line(bug.shown)]
    if task.as_json:
        task.sections["note"] = [f"{_capital(bug.note)}: {effect(checked, bug)}."]
    task.sections["tests"] = ["\n".join(checked.test_lines())]
    return task


def _way(checked: Checked, rng: random.Random, hints: bool) -> str:
    ways = checked.problem.ways if hints else checked.problem.bare_ways
    return (ways[0] if rng.random() < 0.6 else rng.choice(ways)).rstrip()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


MAKERS = {"algorithm": algorithm, "completion": completion, "fix": fix}
