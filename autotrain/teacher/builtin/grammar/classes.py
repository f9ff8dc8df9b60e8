"""Classes as programs: methods drawn from a pool, a description of each, and checks made of calls."""

import textwrap
from collections.abc import Callable, Sequence
from typing import NamedTuple

from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.program import Case, Program


class Method(NamedTuple):
    """A method. `head` is "add(self, amount: int) -> None"; `call` gives the text of one call on `@`."""

    head: str
    body: str
    brief: str
    call: Callable[[], str]
    asks: bool = False  # it answers something; otherwise it changes the object

    @property
    def name(self) -> str:
        return self.head.partition("(")[0]


def build_class(
    d: Draw,
    *,
    names: Sequence[str],
    start: str,
    fields: str,
    brief: str,
    methods: Sequence[Method],
    make: Callable[[], str],
    difficulty: str = "medium",
) -> Program:
    """A class with an `__init__(self, <start>)` that runs `fields`, and the methods.

    `make` gives the arguments of one construction. Checks construct an object, change it
    a few times and ask one thing.
    """
    name = d.pick(list(names))
    hints = d.chance(0.5)
    blocks = [Method(f"__init__(self{', ' + start if start else ''}) -> None", fields, "", str), *methods]
    source = [f"class {name}:"]
    skeleton = [f"class {name}:"]
    for block in blocks:
        head = block.head if hints else _without_hints(block.head)
        body = textwrap.indent(textwrap.dedent(block.body).strip("\n"), "        ")
        source += [f"    def {head}:", body, ""]
        doc = f'        """{block.brief.replace("`", "")}"""\n        ...' if block.brief else body
        skeleton += [f"    def {head}:", doc, ""]
    program = Program(
        name=name,
        params=(),
        returns="",
        body="",
        difficulty=difficulty,
        hints=hints,
        class_source=d.code("\n".join(source).rstrip() + "\n"),
        skeleton=d.code("\n".join(skeleton).rstrip() + "\n"),
        class_brief=tuple(d.text(text) for text in [brief, *_method_briefs(methods)] if text),
    )
    program.candidates = [_case(d, name, methods, make, position) for position in range(16)]
    return program


def _method_briefs(methods: Sequence[Method]) -> list[str]:
    texts = []
    for method in methods:
        plain = _without_hints(method.head).replace("self, ", "").replace("self", "")
        texts.append(f"`{plain}`: {method.brief[0].lower()}{method.brief[1:]}")
    return texts


def _without_hints(head: str) -> str:
    left, _, rest = head.partition("(")
    parameters = rest.rpartition(")")[0].partition(" -> ")[0].rstrip(")")
    names = []
    for parameter in parameters.split(", "):
        names.append(parameter.partition(":")[0].strip())
    return f"{left}({', '.join(names)})"


def _case(d: Draw, name: str, methods: Sequence[Method], make: Callable[[], str], position: int) -> Case:
    changes = [method for method in methods if not method.asks]
    asks = [method for method in methods if method.asks]
    variable = name[0].lower() if name[0].lower() not in "lo" else "obj"
    lines = [f"{variable} = {name}({make()})"]
    for _ in range(min(position, d.number(1, 4))):
        lines.append(d.pick(changes).call().replace("@", variable))
    return Case(d.pick(asks).call().replace("@", variable), setup="\n".join(lines) + "\n")
