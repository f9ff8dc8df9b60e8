"""From a program's candidate inputs to the few checks that go with a sample.

The expected values come from running the reference. A program is refused where its
checks cannot tell it from a stub.
"""

import random
from typing import Any

from autotrain.teacher.builtin.grammar.draw import show
from autotrain.teacher.builtin.grammar.program import Case, Program, Raised
from autotrain.teacher.builtin.making.execution import Loaded, load

MAX_CASE_CHARACTERS = 230
SHORT_CASE_CHARACTERS = 110
MIN_CASES, MAX_CASES = 3, 6
_PLAIN = (bool, int, str, type(None))


def evaluate(program: Program, loaded: Loaded | None = None) -> list[Case]:
    """The candidates that the reference answers with a plain, exact, short value; each call once."""
    loaded = loaded or load(program.source())
    if loaded is None:
        return []
    sound, calls = [], set()
    for case in program.candidates:
        if (case.setup, case.expression) in calls:
            continue
        calls.add((case.setup, case.expression))
        outcome = loaded.run(case)
        if outcome.kind != "value" or not is_exact(outcome.value):
            continue
        case.value = outcome.value
        if len(case.expression) + len(show(case.value)) <= MAX_CASE_CHARACTERS:
            sound.append(case)
    short = [case for case in sound if len(case.expression) + len(show(case.value)) <= SHORT_CASE_CHARACTERS]
    return short if len(short) >= 6 else sound


def is_exact(value: Any) -> bool:
    """Whether a value is made of exact builtin types and compares without rounding noise."""
    kind = type(value)
    if kind is Raised:
        return True
    if kind in _PLAIN:
        return True
    if kind is float:
        return abs(value) < 1e6 and value * 4 == int(value * 4)
    if kind in (list, tuple, set):
        return all(is_exact(item) for item in value)
    if kind is dict:
        return all(is_exact(key) and is_exact(item) for key, item in value.items())
    return False


def choose(cases: list[Case], rng: random.Random) -> list[Case] | None:
    """3 to 6 checks with as many different values as can be had, or None where a stub would pass them."""
    wanted = rng.randint(MIN_CASES + 1, MAX_CASES)
    pool = list(cases)
    rng.shuffle(pool)
    if rng.random() < 0.35:  # without the empty case the text need not say what it gives
        pool = [case for case in pool if not case.empty] or pool
    chosen: list[Case] = []
    values: list[str] = []
    for case in pool:
        if show(case.value) not in values and len(chosen) < wanted:
            chosen.append(case)
            values.append(show(case.value))
    for case in pool:
        if len(chosen) >= min(wanted, MIN_CASES + 1):
            break
        if case not in chosen:
            chosen.append(case)
    if len(chosen) < MIN_CASES or passes_a_stub(chosen):
        return None
    return chosen


def passes_a_stub(cases: list[Case]) -> bool:
    """Whether `return None`, any one constant, or handing back the first argument passes every check."""
    first = cases[0].value
    if all(case.value == first and type(case.value) is type(first) for case in cases):
        return True
    if all(case.value is None for case in cases):
        return True
    return all(case.arguments and case.value == case.arguments[0] for case in cases)


def assert_code(cases: list[Case]) -> str:
    """The checks as the text of `tests.code`."""
    return "\n".join(case.assertion() for case in cases)
