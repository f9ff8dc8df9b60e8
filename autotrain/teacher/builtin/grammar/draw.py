"""Draw: everything random about one program, and the `$name` templates that families are written in.

A family writes its body and its sentences as templates. `$xs` is a parameter (its real
name is drawn from its kind; in sentences it stands in backticks), `$total` is a local
variable (its real name is drawn from LOCALS), and every other `$name` (or `${name}` before a letter) is
a value that the family bound with `let`.
"""

import random
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from autotrain.teacher.builtin.grammar.arguments import KINDS, Kind

T = TypeVar("T")


class Unfit(Exception):
    """This draw makes no sound program; the stream draws again."""


_SLOT = re.compile(r"\$(?:\{(\w+)\}|(\w+))")

# Canonical local variable -> names it may take.
LOCALS: dict[str, str] = {
    "total": "total result acc running",
    "count": "count hits found matches",
    "result": "result out output collected answer",
    "best": "best top winner current_best",
    "item": "item value x element entry",
    "other": "other other_value y following nxt",
    "index": "i index pos idx",
    "jndex": "j other_index pos2 idx2",
    "previous": "previous last prev before",
    "current": "current cur now level",
    "seen": "seen visited known",
    "key": "key name k label",
    "value": "value v amount val",
    "group": "groups grouped buckets by_key",
    "left": "left low start",
    "right": "right high end",
    "a": "a first x left",
    "b": "b second y right",
    "char": "ch char c letter",
    "word": "word w part token",
    "row": "row line r",
    "cell": "cell x value v",
    "parts": "parts pieces fields chunks",
    "number": "number n x value num",
    "kept": "kept chosen selected picked matching",
    "made": "made mapped converted changed results",
    "steps": "steps rounds turns moves",
    "state": "state register acc memory",
    "step": "step move op command",
    "rest": "rest remaining left_over others",
}


# The second of a pair takes the name at the same place as the first, so that they read as a pair.
_PAIRED = {"b": "a", "right": "left", "jndex": "index", "other": "item"}


class Param(NamedTuple):
    """A parameter of the program: its real name, its kind, and its default (source text) if any."""

    name: str
    kind: Kind
    default: str | None = None


class Draw:
    """The random choices of one program. All of them come from the generator passed in."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.params: dict[str, Param] = {}
        self._values: dict[str, str] = {}
        self._locals: dict[str, str] = {}

    # -- choices -------------------------------------------------------------------------
    def pick(self, options: Sequence[T] | str) -> Any:
        """One of the options; a string stands for its space-separated words."""
        return self.rng.choice(options.split() if isinstance(options, str) else options)

    def char(self, characters: str) -> str:
        """One character of a string."""
        return self.rng.choice(characters)

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different options, in drawn order."""
        return self.rng.sample(list(options), count)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def number(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)

    # -- names ---------------------------------------------------------------------------
    def param(self, slot: str, kind: str | Kind, default: str | None = None) -> str:
        """Add a parameter; `$slot` stands for it from now on. Returns `$slot`."""
        chosen = KINDS[kind] if isinstance(kind, str) else kind
        self.params[slot] = Param(self._fresh(chosen.names), chosen, default)
        return f"${slot}"

    def declare(self, params: str) -> None:
        """Add parameters written as "slot:kind slot:kind"."""
        for part in params.split():
            slot, _, kind = part.partition(":")
            self.param(slot, kind)

    def let(self, **values: Any) -> None:
        """Bind template values: `$name` becomes the value's text (which may hold slots itself)."""
        self._values.update({name: str(value) for name, value in values.items()})

    def _is_free(self, name: str) -> bool:
        return name not in self._locals.values() and all(name != param.name for param in self.params.values())

    def _fresh(self, names: str) -> str:
        taken = {param.name for param in self.params.values()} | set(self._locals.values())
        options = [name for name in names.split() if self._is_free(name)]
        return self.rng.choice(options) if options else f"{names.split()[0]}_{len(taken)}"

    def _name_of(self, slot: str) -> str:
        if slot in self.params:
            return self.params[slot].name
        if slot not in self._locals:
            if slot not in LOCALS:
                raise KeyError(f"${slot} is neither a parameter, a bound value nor a local variable")
            names = LOCALS[slot]
            first = self._locals.get(_PAIRED.get(slot, ""), "")
            if first in LOCALS.get(_PAIRED.get(slot, ""), "").split():
                partner = names.split()[LOCALS[_PAIRED[slot]].split().index(first)]
                names = partner if self._is_free(partner) else names
            self._locals[slot] = self._fresh(names)
        return self._locals[slot]

    # -- templates -----------------------------------------------------------------------
    def code(self, template: str) -> str:
        """A template of source code with its slots filled."""
        return self._fill(template, quoted=False)

    def text(self, template: str) -> str:
        """A template of a sentence with its slots filled; parameters stand in backticks."""
        return self._fill(template, quoted=True)

    def _fill(self, template: str, quoted: bool) -> str:
        def replace(match: re.Match[str]) -> str:
            slot = match.group(1) or match.group(2)
            if slot in self._values:
                return self._values[slot]
            name = self._name_of(slot)
            return f"`{name}`" if quoted else name

        for _ in range(6):
            filled = _SLOT.sub(replace, template)
            if filled == template:
                return filled
            template = filled
        raise ValueError(f"a template that never ends: {template}")


def show(value: Any) -> str:
    """A value as source text: double quotes, sets in sorted order."""
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text and "\\'" not in text else text
    if isinstance(value, list):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(show, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{show(key)}: {show(item)}' for key, item in value.items())}}}"
    if isinstance(value, (set, frozenset)):
        return f"{{{', '.join(show(item) for item in sorted(value))}}}" if value else "set()"
    return repr(value)
