"""Program: one concrete function (or class), what is said about it, and how it is checked."""

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autotrain.teacher.builtin.draw import Draw, Param, Unfit, show


@dataclass
class Case:
    """One check: statements that prepare, an expression, and the value that the reference gives it."""

    expression: str
    setup: str = ""
    value: Any = None
    empty: bool = False  # whether an argument is an empty container
    arguments: tuple[Any, ...] = ()

    def assertion(self) -> str:
        """The check as assert statement(s) that compare with `==`."""
        return f"{self.setup}assert {self.expression} == {show(self.value)}"

    def idiomatic(self) -> str:
        """The check as a person would write it in a test."""
        if self.value is None or isinstance(self.value, bool):
            return f"{self.setup}assert {self.expression} is {self.value}"
        return self.assertion()


@dataclass
class Program:
    """A finished program. Texts are final: every slot is filled.

    `result` completes "return …"; `rules` are further sentences; `steps`, where there are
    any, are imperative sentences that say the same as `result` in order (the last one
    returns something). `body` is unindented. `other` is another body that does the same.
    """

    name: str
    params: tuple[Param, ...]
    returns: str
    body: str
    result: str = ""
    rules: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    header: str = ""
    other: str = ""
    difficulty: str = "easy"
    candidates: list[Case] = field(default_factory=list)
    candidates_sound: list[Case] = field(default_factory=list)  # those that the reference answers
    hints: bool = True
    family: str = ""
    class_source: str = ""  # where set, the program is a class and `body` is unused
    class_brief: tuple[str, ...] = ()

    @property
    def is_class(self) -> bool:
        return bool(self.class_source)

    def signature(self, hints: bool | None = None) -> str:
        """`name(a: int, b: str = "") -> int`, with or without the hints."""
        hints = self.hints if hints is None else hints
        parts = []
        for param in self.params:
            text = f"{param.name}: {param.kind.hint}" if hints and param.kind.hint else param.name
            if param.default is not None:
                text += f" = {param.default}" if hints and param.kind.hint else f"={param.default}"
            parts.append(text)
        return f"{self.name}({', '.join(parts)})" + (f" -> {self.returns}" if hints and self.returns else "")

    def source(self, docstring: str = "", body: str | None = None) -> str:
        """The whole source; `docstring` is its text (one line or several), `body` replaces the reference's."""
        if self.is_class:
            if not docstring:
                return f"{self.header}{self.class_source}"
            head, _, rest = self.class_source.partition("\n")
            return f"{self.header}{head}\n{_docstring(docstring)}\n{rest}"
        lines = f"{self.header}def {self.signature()}:\n"
        if docstring:
            lines += _docstring(docstring)
        return lines + textwrap.indent(body if body is not None else self.body, "    ") + "\n"


def _docstring(text: str) -> str:
    quoted = f'"""{text}"""' if "\n" not in text else f'"""{text}\n"""'
    return textwrap.indent(quoted, "    ", lambda line: bool(line.strip())) + "\n"


def build(
    d: Draw,
    *,
    names: str | Sequence[str],
    returns: str,
    body: str,
    params: str = "",
    result: str = "",
    rules: Sequence[str] = (),
    steps: Sequence[str] = (),
    header: str = "",
    other: str = "",
    difficulty: str = "easy",
    inputs: Sequence[tuple[Any, ...]] | Callable[[int], tuple[Any, ...]] | None = None,
) -> Program:
    """A Program from templates (see `draw`).

    `inputs` gives the argument tuples that the checks may use, or a function from a
    position (0 to 13; the first ones should be edge cases) to a tuple; without it they
    come from the parameters' kinds.
    """
    d.declare(params)
    d.let(function=d.code(d.pick(names)))
    program = Program(
        name=d.code("$function"),
        params=(),
        returns=returns,
        body=d.code(textwrap.dedent(body).strip("\n")),
        result=d.text(result),
        rules=tuple(d.text(rule) for rule in rules if rule),
        steps=tuple(d.text(step) for step in steps),
        header=d.code(textwrap.dedent(header).strip("\n") + "\n\n\n" if header else ""),
        other=d.code(textwrap.dedent(other).strip("\n")),
        difficulty=difficulty,
        hints=d.chance(0.6),
    )
    program.params = tuple(d.params.values())
    for param in program.params:
        if not re.search(rf"\b{param.name}\b", program.body):
            raise Unfit(f"the parameter {param.name} is not used")
    if program.header.startswith(("import ", "from ")) and "def " not in program.header:
        program.header = program.header.rstrip("\n") + "\n\n\n"
    if inputs is None:
        tuples = [_arguments(d, program.params, position) for position in range(14)]
    elif callable(inputs):
        tuples = [inputs(position) for position in range(14)]
    else:
        tuples = list(inputs)
    tuples = [_extended(d, program.params, arguments) for arguments in tuples]
    program.candidates = [call_case(program.name, arguments) for arguments in tuples]
    return program


def _extended(d: Draw, params: Sequence[Param], arguments: Sequence[Any]) -> tuple[Any, ...]:
    # A piece may have added parameters that the family's own inputs do not know of.
    added = [param.kind.sample(d.rng, 9) for param in params[len(arguments) :] if param.default is None]
    return (*arguments, *added)


def call_case(name: str, arguments: Sequence[Any]) -> Case:
    """The check that calls the program with these arguments."""
    expression = f"{name}({', '.join(map(show, arguments))})"
    empty = any(isinstance(value, (list, dict, str, tuple, set)) and not value for value in arguments)
    return Case(expression, empty=empty, arguments=tuple(arguments))


def _arguments(d: Draw, params: Sequence[Param], position: int) -> tuple[Any, ...]:
    # Parameter 0 shows its edges in positions 0 to 2, parameter 1 in 3 to 5, and so on: never all at once.
    values = []
    for number, param in enumerate(params):
        own = position - 3 * number
        values.append(param.kind.sample(d.rng, own if 0 <= own < 3 else 9))
    return tuple(values)
