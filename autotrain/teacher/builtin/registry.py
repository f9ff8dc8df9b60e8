"""The register of families: a family is one decorated function from a Draw to a Program.

@family(weight=2)
def neighbour_relation(d: Draw) -> Program:
    \"\"\"How many neighbours stand in a relation.\"\"\"
    return build(d, params="xs:ints", ...)
"""

from collections.abc import Callable
from typing import NamedTuple

from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.program import Program

Maker = Callable[[Draw], Program]


class Family(NamedTuple):
    """A registered family: its name, its one-line idea, how often it is drawn, and its maker."""

    name: str
    idea: str
    weight: float
    make: Maker


FAMILIES: dict[str, Family] = {}


def family(weight: float = 1.0) -> Callable[[Maker], Maker]:
    """Register the decorated function under its own name; its docstring is the family's idea."""

    def register(maker: Maker) -> Maker:
        name = maker.__name__
        if name in FAMILIES:
            raise ValueError(f"the family {name} exists twice")
        FAMILIES[name] = Family(name, (maker.__doc__ or "").strip().splitlines()[0], weight, maker)
        return maker

    return register
