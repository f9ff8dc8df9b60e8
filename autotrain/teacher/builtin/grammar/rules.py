"""Helpers that several families share: different conditions, rule chains in code and words, simple maps."""

import re

from autotrain.teacher.builtin.grammar.conds import cond, holds
from autotrain.teacher.builtin.grammar.draw import Draw, Unfit, show
from autotrain.teacher.builtin.grammar.maps import int_map, str_map
from autotrain.teacher.builtin.grammar.pieces import Cond, Map

_LABELS = (
    ("low", "medium", "high", "extreme", "none"),
    ("red", "amber", "green", "blue", "grey"),
    ("small", "normal", "large", "huge", "odd one"),
    ("skip", "keep", "check", "repeat", "stop"),
    ("A", "B", "C", "D", "E"),
    ("cold", "mild", "warm", "hot", "unknown"),
    ("reject", "review", "accept", "wait", "ask"),
)
_NUMBERS = ((0, 1, 2, 3, 4), (10, 20, 30, 40, 50), (5, -5, 1, -1, 0), (100, 50, 25, 10, 0))


def outcomes_of(d: Draw, count: int) -> tuple[list[str], str, str]:
    """Outcomes as source text, their type hint, and a noun for them."""
    if d.chance(0.7):
        return [show(label) for label in d.some(d.pick(_LABELS), count)], "str", d.pick(["label", "name", "category"])
    return [show(number) for number in d.some(d.pick(_NUMBERS), count)], "int", d.pick(["code", "score", "number"])


def different(d: Draw, of: str, count: int) -> list[Cond]:
    """Conditions with different ideas behind them, each of which decides some ordinary value first."""
    found: list[Cond] = []
    for attempt in range(40):
        one = cond(d, of, params=False)
        if any(one.name == other.name for other in found):
            continue
        if attempt < 30 and not _decides(found, one, of):
            continue
        found.append(one)
        if len(found) == count:
            return found
    raise Unfit("no conditions that differ enough")


def _decides(found: list[Cond], one: Cond, of: str) -> bool:
    taken = [any(column) for column in zip(*(holds(other.code, of) for other in found), strict=True)] if found else []
    mine = holds(one.code, of)
    fresh = [value for value, gone in zip(mine, taken or [False] * len(mine), strict=True) if not gone]
    return 2 <= sum(fresh) <= len(fresh) - 2


def branches(d: Draw, tests: list[str], results: list[str]) -> str:
    """The rules as code: a chain of early returns, or if/elif/else."""
    if d.chance(0.6):
        lines = [f"if {test}:\n    return {result}" for test, result in zip(tests, results, strict=False)]
        return "\n".join([*lines, f"return {results[-1]}"])
    words = ["if", *["elif"] * (len(tests) - 1)]
    lines = [f"{word} {test}:\n    return {out}" for word, test, out in zip(words, tests, results, strict=False)]
    return "\n".join([*lines, f"else:\n    return {results[-1]}"])


def told(d: Draw, subject: str, predicates: list[str], results: list[str]) -> list[str]:
    """The rules as sentences."""
    style = d.pick("if when colon")
    last = d.pick(
        ["In all other cases the result is {}.", "Otherwise the result is {}.", "If no rule fits, return {}."]
    )
    if style == "if":
        lines = [f"If {subject} {predicates[0]}, return {results[0]}."]
        lines += [f"Otherwise, if it {p}, return {r}." for p, r in zip(predicates[1:], results[1:], strict=False)]
    elif style == "when":
        lines = [f"Return {r} when {subject} {p}." for p, r in zip(predicates, results, strict=False)]
        lines.insert(0, "The first rule that fits counts.")
    else:
        lines = [f"{subject} {p}: {r}." for p, r in zip(predicates, results, strict=False)]
        lines.insert(0, "Use the first rule that fits.")
    return [*lines, last.format(results[-1])]


def assignment(name: str, code: str) -> str:
    """`x = code` with the name for `@x`; augmented where that is the idiom."""
    short = re.fullmatch(r"@x ([-+*%]|//) (\S+)", code)
    if short and short.group(2) != "@x":
        return f"{name} {short.group(1)}= {short.group(2)}"
    return f"{name} = {code.replace('@x', name)}"


def plain_map(d: Draw, of: str) -> Map:
    """A map that keeps the type and is one simple expression."""
    while True:
        found = int_map(d, params=False) if of == "int" else str_map(d)
        if " if " not in found.code and "each value n" not in found.do and found.gives == of:
            return found


def spoken(change: Map, thing: str = "it") -> str:
    """ "square it"."""
    return change.do.replace("@each", thing)
