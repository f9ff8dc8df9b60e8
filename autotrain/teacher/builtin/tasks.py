"""The eight task types: each one's maker and its share of the samples."""

from collections.abc import Callable

from autotrain.teacher.builtin import tasks_code, tasks_fault
from autotrain.teacher.builtin.draw import Draw
from autotrain.teacher.builtin.program import Case, Program
from autotrain.teacher.builtin.tasks_code import Fields

Maker = Callable[[Draw, Program, list[Case]], Fields]

# Each task type's maker and its share of the samples, in percent.
MAKERS: dict[str, tuple[Maker, int]] = {
    "algorithm_implementation": (tasks_code.algorithm_implementation, 22),
    "code_completion": (tasks_code.code_completion, 20),
    "bug_fixing": (tasks_fault.bug_fixing, 14),
    "refactoring": (tasks_code.refactoring, 10),
    "code_review": (tasks_fault.code_review, 10),
    "documentation": (tasks_code.documentation, 8),
    "unit_test_generation": (tasks_fault.unit_test_generation, 8),
    "code_explanation": (tasks_fault.code_explanation, 8),
}
