"""Bugs that count: mutants of a program that its checks tell from the reference."""

import random
from typing import NamedTuple

from autotrain.teacher.builtin.grammar.program import Case, Program
from autotrain.teacher.builtin.making.execution import Outcome, load
from autotrain.teacher.builtin.making.mutation import Mutant, mutants


class Bug(NamedTuple):
    """A mutant and the checks that catch it, each with what the mutant gave."""

    mutant: Mutant
    caught: list[tuple[Case, Outcome]]


def find_bugs(program: Program, cases: list[Case], rng: random.Random, wanted: int, tries: int = 10) -> list[Bug]:
    """Up to `wanted` mutants that at least one case catches; none of them loops for ever."""
    bugs: list[Bug] = []
    for mutant in mutants(program.source(), rng)[:tries]:
        caught = catching(mutant.source, cases)
        if caught:
            bugs.append(Bug(mutant, caught))
            if len(bugs) == wanted:
                break
    return bugs


def catching(source: str, cases: list[Case]) -> list[tuple[Case, Outcome]]:
    """The cases that a changed source fails, or [] where it never ends or does not load."""
    loaded = load(source)
    if loaded is None:
        return []
    caught = []
    for case in cases:
        outcome = loaded.run(case)
        if outcome.kind == "endless":
            return []
        if outcome.kind == "error" or outcome.value != case.value:
            caught.append((case, outcome))
    return caught
