"""Program: one concrete function (or class), what is said about it, and how it is checked."""

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autotrain.teacher.builtin.grammar.draw import Draw, Param, Unfit, show
from autotrain.teacher.builtin.grammar.hot import Hot
from autotrain.teacher.builtin.grammar.naming import name_from

LONGEST_LINE = 112  # of a body, before it is indented


class Raised(NamedTuple):
    """In place of a value: the reference raises this exception."""

    name: str

    def __repr__(self) -> str:
        return f"a {self.name}"


@dataclass
class Case:
    """One check: statements that prepare, an expression, and the value that the reference gives it."""

    expression: str
    setup: str = ""
    value: Any = None
    empty: bool = False  # whether an argument is an empty container
    may_raise: bool = False  # whether a ValueError is a proper answer
    arguments: tuple[Any, ...] = ()

    def assertion(self) -> str:
        """The check as assert statement(s) that compare with `==`."""
        if isinstance(self.value, Raised):
            attempt = f"try:\n    {self.expression}\n    failed = False\nexcept {self.value.name}:\n    failed = True"
            return f"{self.setup}{attempt}\nassert failed"
        return f"{self.setup}assert {self.expression} == {show(self.value)}"

    @property
    def plain(self) -> bool:
        """Whether it is one expression with a value that can be shown."""
        return not self.setup and self.value is not None and not isinstance(self.value, Raised)

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
    verb: str = "returns"
    family: str = ""
    class_source: str = ""  # where set, the program is a class and `body` is unused
    class_brief: tuple[str, ...] = ()
    skeleton: str = ""  # of a class: its methods with docstrings in place of their bodies

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
    let: dict[str, Any] | None = None,
    raises: bool = False,
    verb: str = "returns",
) -> Program:
    """A Program from templates (see `draw`).

    `inputs` gives the argument tuples that the checks may use, or a function from a
    position (0 to 13; the first ones should be edge cases) to a tuple; without it they
    come from the parameters' kinds. `let` binds template values;
    `raises` lets the program answer some inputs with a ValueError; `verb` says what it
    does with its result.
    """
    d.declare(params)
    d.let(**(let or {}))
    telling = name_from(d.text(result)) if result and d.chance(0.45) else ""
    d.let(function=telling or d.code(d.pick(names)))
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
        verb=verb,
    )
    program.params = tuple(d.params.values())
    if any(len(line) > LONGEST_LINE for line in program.body.split("\n")):
        raise Unfit("a line that is too long")
    for param in program.params:
        if not re.search(rf"\b{param.name.lstrip('*')}\b", program.body):
            raise Unfit(f"the parameter {param.name} is not used")
    if program.header.startswith(("import ", "from ")) and "def " not in program.header:
        program.header = program.header.rstrip("\n") + "\n\n\n"
    if inputs is None:
        hot = Hot(d.rng, program.body)
        tuples = [
            tuple(hot.value(value) for value in arguments) if position > 2 else arguments
            for position in range(14)
            for arguments in [_arguments(d, program.params, position)]
        ]
    elif callable(inputs):
        tuples = [inputs(position) for position in range(14)]
    else:
        tuples = list(inputs)
    tuples = [_extended(d, program.params, arguments) for arguments in tuples]
    program.candidates = [call_case(program.name, arguments) for arguments in tuples]
    for case in program.candidates:
        case.may_raise = raises
    return program


def with_calls(program: Program, expressions: Sequence[str]) -> Program:
    """The program with checks that are written as expressions."""
    program.candidates = [Case(expression) for expression in dict.fromkeys(expressions)]
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
