"""Kinds of arguments: how a parameter is called, described, annotated, and what values it takes.

`sample(rng, position)` gives the position-th value of a kind: positions 0 to 2 are its
edges (empty, one element, repeated or extreme values), later ones are ordinary. Values are
exact builtin types, so that a separate process can compare them.
"""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from autotrain.teacher.builtin.grammar.words import FRUIT, MIXED, PEOPLE, PHRASES, WORDS


class Kind(NamedTuple):
    """One kind of argument. `noun` completes "`name` is …"; `item` names one element."""

    hint: str
    names: str
    noun: str
    sample: Callable[[random.Random, int], Any]


def _ints(low: int, high: int, least: int = 0) -> Callable[[random.Random, int], list[int]]:
    def sample(rng: random.Random, position: int) -> list[int]:
        if position == 0 and least == 0:
            return []
        if position <= 1:
            return [rng.randint(low, high) for _ in range(max(1, least))]
        if position == 2:
            repeated = rng.randint(low, high)
            return [repeated, rng.randint(low, high), repeated, repeated][: max(4, least)]
        return [rng.randint(low, high) for _ in range(rng.randint(max(3, least), max(6, least + 2)))]

    return sample


def _int(low: int, high: int, edges: tuple[int, ...] = ()) -> Callable[[random.Random, int], int]:
    def sample(rng: random.Random, position: int) -> int:
        return edges[position] if position < len(edges) else rng.randint(low, high)

    return sample


def _words(pool: tuple[str, ...], low: int = 3, high: int = 5) -> Callable[[random.Random, int], list[str]]:
    def sample(rng: random.Random, position: int) -> list[str]:
        if position == 0:
            return []
        if position == 1:
            return [rng.choice(pool)]
        if position == 2:
            repeated = rng.choice(pool)
            return [repeated, rng.choice(pool), repeated]
        return [rng.choice(pool) for _ in range(rng.randint(low, high))]

    return sample


def _word(pool: tuple[str, ...]) -> Callable[[random.Random, int], str]:
    def sample(rng: random.Random, position: int) -> str:
        return "" if position == 0 else rng.choice(pool)[:1] if position == 1 else rng.choice(pool)

    return sample


def _text(rng: random.Random, position: int) -> str:
    if position == 0:
        return ""
    if position == 1:
        return rng.choice(WORDS)
    return rng.choice(PHRASES) if rng.random() < 0.5 else " ".join(rng.choice(MIXED) for _ in range(rng.randint(2, 5)))


def _letters(rng: random.Random, position: int) -> str:
    if position == 0:
        return ""
    pool = "abcde" if rng.random() < 0.5 else "aabB1c2-X "
    return "".join(rng.choice(pool) for _ in range(1 if position == 1 else rng.randint(3, 9)))


def _table(keys: tuple[str, ...], low: int, high: int) -> Callable[[random.Random, int], dict[str, int]]:
    def sample(rng: random.Random, position: int) -> dict[str, int]:
        count = position if position < 2 else rng.randint(2, 4)
        values = {key: rng.randint(low, high) for key in rng.sample(keys, count)}
        if position == 2:
            return dict.fromkeys(values, rng.randint(low, high))
        return values

    return sample


def _pairs(keys: tuple[str, ...], low: int, high: int) -> Callable[[random.Random, int], list[tuple[str, int]]]:
    def sample(rng: random.Random, position: int) -> list[tuple[str, int]]:
        count = position if position < 2 else rng.randint(2, 5)
        few = rng.sample(keys, 3)
        return [(rng.choice(few), rng.randint(low, high)) for _ in range(count)]

    return sample


def _rows(low: int, high: int) -> Callable[[random.Random, int], list[list[int]]]:
    def sample(rng: random.Random, position: int) -> list[list[int]]:
        if position == 0:
            return []
        if position == 1:
            return [[rng.randint(low, high)]]
        width = rng.randint(2, 3)
        return [[rng.randint(low, high) for _ in range(width)] for _ in range(rng.randint(2, 3))]

    return sample


def _lists(low: int, high: int) -> Callable[[random.Random, int], list[list[int]]]:
    def sample(rng: random.Random, position: int) -> list[list[int]]:
        if position == 0:
            return []
        if position == 1:
            return [[]]
        return [[rng.randint(low, high) for _ in range(rng.randint(0, 3))] for _ in range(rng.randint(2, 4))]

    return sample


def _set(low: int, high: int) -> Callable[[random.Random, int], set[int]]:
    def sample(rng: random.Random, position: int) -> set[int]:
        count = position if position < 2 else rng.randint(2, 5)
        return set(rng.sample(range(low, high), count))

    return sample


def _flags(rng: random.Random, position: int) -> list[bool]:
    count = position if position < 2 else rng.randint(3, 6)
    return [rng.random() < 0.5 for _ in range(count)]


def _points(rng: random.Random, position: int) -> list[tuple[int, int]]:
    count = position if position < 2 else rng.randint(2, 4)
    return [(rng.randint(-6, 9), rng.randint(-6, 9)) for _ in range(count)]


KINDS: dict[str, Kind] = {
    "ints": Kind(
        "list[int]",
        "numbers values nums readings levels offsets changes samples deltas xs data entries",
        "a list of integers",
        _ints(-9, 20),
    ),
    "counts": Kind(
        "list[int]",
        "amounts prices weights ages sizes lengths visits hours totals marks sales miles",
        "a list of non-negative integers",
        _ints(0, 25),
    ),
    "some_ints": Kind(
        "list[int]",
        "numbers values nums readings levels samples temps heights",
        "a non-empty list of integers",
        _ints(-9, 20, least=1),
    ),
    "int_tuple": Kind("tuple[int, ...]", "values numbers point row triple parts", "a tuple of integers",
                      lambda rng, position: tuple(_ints(-9, 20)(rng, position))),
    "int_set": Kind("set[int]", "ids chosen members codes allowed seen_ids", "a set of integers", _set(-5, 20)),
    "flags": Kind("list[bool]", "flags checks answers states switches", "a list of booleans", _flags),
    "int": Kind("int", "n number value num x amount", "an integer", _int(-20, 40, (0, 1, -7))),
    "natural": Kind("int", "n number count value size total limit", "a non-negative integer", _int(2, 60, (0, 1))),
    "positive": Kind("int", "n number size count value steps", "a positive integer", _int(2, 40, (1,))),
    "small": Kind("int", "k step factor width n times", "a positive integer", _int(2, 5, (1,))),
    "short": Kind("int", "n rows count height size steps", "a non-negative integer", _int(2, 6, (0, 1))),
    "bound": Kind("int", "limit threshold cutoff bound minimum target", "an integer", _int(-3, 12)),
    "words": Kind(
        "list[str]",
        "words names labels tags tokens titles items parts fields entries",
        "a list of strings",
        _words(WORDS + FRUIT),
    ),
    "mixed_words": Kind(
        "list[str]", "words names labels tags tokens codes keys items", "a list of strings", _words(MIXED)
    ),
    "people": Kind("list[str]", "names people users guests players members", "a list of names", _words(PEOPLE)),
    "word": Kind("str", "word name label key token title", "a string", _word(MIXED)),
    "text": Kind("str", "text sentence line message phrase s content note", "a string", _text),
    "letters": Kind("str", "text s code letters symbols string chars", "a string", _letters),
    "letter": Kind("str", "letter char symbol ch", "a single character", lambda rng, _: rng.choice("aeinrst")),
    "table": Kind(
        "dict[str, int]",
        "scores prices sizes ages votes totals points hours levels counts",
        "a dictionary from strings to integers",
        _table(FRUIT + PEOPLE, -4, 20),
    ),
    "pairs": Kind(
        "list[tuple[str, int]]",
        "pairs entries sales orders results votes records",
        "a list of (name, number) tuples",
        _pairs(FRUIT + PEOPLE, -3, 15),
    ),
    "points": Kind(
        "list[tuple[int, int]]", "points pairs coords cells spots", "a list of (x, y) tuples of integers", _points
    ),
    "rows": Kind(
        "list[list[int]]",
        "rows grid table matrix board",
        "a list of rows of equal length, each a list of integers",
        _rows(-5, 12),
    ),
    "lists": Kind(
        "list[list[int]]", "lists groups buckets parts batches", "a list of lists of integers", _lists(-5, 12)
    ),
}  # fmt: skip


def int_between(names: str, low: int, high: int, noun: str = "an integer") -> Kind:
    """A kind of integers in a range, with its own names."""
    return Kind("int", names, noun, lambda rng, _: rng.randint(low, high))
