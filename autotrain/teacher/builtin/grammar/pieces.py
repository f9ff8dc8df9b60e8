"""The smallest pieces of the grammar: a condition on one value, a map from one value to another.

Each piece carries its code (over `@x`) and its wording, so that whatever is composed of
pieces can be both run and described. `conds` and `maps` hold the pieces themselves.
"""

import re
from typing import NamedTuple

from autotrain.teacher.builtin.grammar.wording import gerund, negate, singular

_NAME = r"[\w.$]+"
_ATOM = re.compile(rf"^{_NAME}$|^{_NAME}(\([^()]*\)|\[[^\[\]]*\])$|^{_NAME}(\[[^\[\]]*\])+$|^\"[^\"]*\"$|^f\"[^\"]*\"$")
_ALONE = re.compile(r"(?<=\w\()@x(?=[,)])")


class Cond(NamedTuple):
    """A condition. `are` completes "numbers that …"; `adjective` stands before the noun where there is one."""

    code: str
    are: str
    name: str = "matching"
    adjective: str = ""

    @property
    def loose(self) -> bool:
        """Whether the code needs parentheses beside an `and`."""
        return " or " in self.code and not self.code.startswith("(")

    def on(self, value: str) -> str:
        """The code, applied to a value."""
        return put(self.code, value)

    def tight(self, value: str) -> str:
        """The code, applied to a value, safe beside an `and`."""
        return f"({self.on(value)})" if self.loose else self.on(value)

    @property
    def singular(self) -> str:
        """ "is even" for "are even"."""
        return singular(self.are)

    @property
    def negated(self) -> str:
        """ "are not even" for "are even"."""
        return negate(self.are)


class Map(NamedTuple):
    """A map. `do` is imperative ("square @each"); `noun`, where given, names many results ("squares of @them")."""

    code: str
    do: str
    name: str
    noun: str = ""
    gives: str = "int"

    @property
    def of(self) -> str:
        """Many results as a noun phrase without article, over `@them`."""
        return self.noun or f"results of {gerund(self.do)}".replace("@each", "each of @them")

    @property
    def one(self) -> str:
        """One result as a noun phrase, over `@it`."""
        return f"the result of {gerund(self.do)}".replace("@each", "@it")


def put(code: str, value: str) -> str:
    """`code` with `@x` replaced; a value that is no atom gets parentheses unless it is alone in a call."""
    if code == "@x":
        return value
    if code.startswith('f"'):
        return code.replace("@x", value.replace('"', "'"))
    if _ATOM.match(value):
        return code.replace("@x", value)
    return _ALONE.sub(lambda _: value, code).replace("@x", f"({value})")


def unwrap(code: str) -> str:
    """The code without a pair of parentheses round the whole of it."""
    if not (code.startswith("(") and code.endswith(")")):
        return code
    depth = 0
    for position, character in enumerate(code):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return code[1:-1] if position == len(code) - 1 else code
    return code


def opposite(code: str) -> str:
    """The code of the opposite condition, as a person would write it."""
    if code.startswith("not ") and " and " not in code and " or " not in code:
        return code[4:]
    if " and " in code or " or " in code or code.count(" <") > 1 or code.count(" <=") > 1:
        return f"not ({code})"
    for operator, inverse in ((" == ", " != "), (" != ", " == "), (" <= ", " > "), (" >= ", " < "), (" < ", " >= "),
                              (" > ", " <= "), (" not in ", " in "), (" in ", " not in ")):  # fmt: skip
        if operator in code:
            return code.replace(operator, inverse, 1)
    return f"not {code}"
