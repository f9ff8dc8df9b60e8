"""Structural demands: met by code whose shape is as asked, and by nothing that only lies beside it."""

import pytest

from autotrain.tasks.demands import problem, unmet

GIVEN = "def f(v):\n    out = []\n    for x in v:\n        out.append(x)\n    return out"
IDLE = [
    ("with comprehension in f", "[_ for _ in ()]"),
    ("with comprehension in f", "unread = [x for x in v]"),
    ("with f-string in f", 'f"{0}"'),
    ("with sum in f", "lambda: sum"),
    ("with sum in f", "if False:\n        sum(v)"),
    ("with sum in f", "for _ in ():\n        sum(v)"),
    ("with else in f", "if True:\n        pass\n    else:\n        pass"),
    ("uses len in f", "len"),
]


@pytest.mark.parametrize("demand, idle", IDLE)
def test_what_has_no_effect_meets_no_demand(demand: str, idle: str) -> None:
    assert problem(demand) is None
    assert unmet(demand, GIVEN.replace("    out = []", f"    {idle}\n    out = []"))


@pytest.mark.parametrize(
    "demand, code",
    [
        ("with comprehension in f", "def f(v):\n    out = [x for x in v]\n    return out"),
        ("with f-string in f", 'def f(v):\n    print(f"{v}")'),
        ("with sum in f", "def f(v):\n    if v:\n        return sum(v)\n    return 0"),
        ("uses len in f", "def f(v):\n    assert len(v)\n    return v"),
    ],
)
def test_what_is_used_meets_it(demand: str, code: str) -> None:
    assert unmet(demand, code) is None


def test_what_is_forbidden_may_not_lie_idle_either() -> None:
    assert unmet("without for in f", "def f(v):\n    for _ in ():\n        pass\n    return v")
