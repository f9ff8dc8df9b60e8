"""The eight task types: each one's maker and its share of the samples."""

from collections.abc import Callable

from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.program import Case, Program
from autotrain.teacher.builtin.making import code, fault
from autotrain.teacher.builtin.making.code import Fields

Maker = Callable[[Draw, Program, list[Case]], Fields]

# Each task type's maker and its share of the samples, in percent.
MAKERS: dict[str, tuple[Maker, int]] = {
    "algorithm_implementation": (code.algorithm_implementation, 22),
    "code_completion": (code.code_completion, 20),
    "bug_fixing": (fault.bug_fixing, 14),
    "refactoring": (code.refactoring, 10),
    "code_review": (fault.code_review, 10),
    "documentation": (code.documentation, 8),
    "unit_test_generation": (fault.unit_test_generation, 8),
    "code_explanation": (fault.code_explanation, 8),
}
