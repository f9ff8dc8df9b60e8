"""The eight kinds of tasks: each one's maker, and its share of what is drawn, in percent."""

from collections.abc import Callable

from autotrain.tasks.notation import Task
from autotrain.teacher.builtin.everyday import judging, writing
from autotrain.teacher.builtin.everyday.strength import Checked

Maker = Callable[[Checked], Task]

MAKERS: dict[str, Maker] = {
    "algorithm": writing.algorithm,
    "completion": writing.completion,
    "fix": judging.fix,
    "refactor": writing.refactor,
    "review": judging.review,
    "document": writing.document,
    "tests": judging.unit_tests,
    "explain": judging.explain,
}
SHARES = {
    "algorithm": 24,
    "completion": 20,
    "fix": 14,
    "refactor": 10,
    "review": 10,
    "document": 8,
    "tests": 7,
    "explain": 7,
}
