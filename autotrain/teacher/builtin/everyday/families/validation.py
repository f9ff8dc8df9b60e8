"""Families of validation: what is wrong with an input."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=1)
def in_range(d: Draw) -> Problem:
    """Whether a value lies between two limits."""
    x, low, high = d.pick([("age", 18, 65), ("hour", 0, 23), ("month", 1, 12), ("percent", 0, 100), ("rating", 1, 5),
                           ("seats", 2, 8), ("volume", 0, 11), ("weight", 40, 120), ("year", 1900, 2100)])  # fmt: skip
    d.let(low=low, high=high)
    d.names(v=f"{x} value {x}_value")
    d.let(x=x)
    return d.problem(
        name="valid_$x is_valid_$x check_$x",
        params="$v: int",
        returns="bool",
        ways=["return $low <= $v <= $high", "return $v >= $low and $v <= $high", "return $v in range($low, $high + 1)"],
        summary="Tell whether a value is between $low and $high, both included.",
        gives="whether `$v` lies between $low and $high, both included",
        asks=[
            "Check that `$v` is not less than $low and not more than $high. Return True or False.",
            "The form has a field for the $x, and allowed is everything from $low to $high, both included. Is `$v` "
            "allowed?",
        ],
        settings=["The form must not accept nonsense."],
        calls=[(low,), (high,), (low - 1,), (high + 1,), ((low + high) // 2,), (-5,), (5000,)],
        slips=[("$low <= $v", "$low < $v", "$low itself is refused"), ("<= $high", "< $high", "$high itself is refused")],
        words=["between | from | range | least", "$low", "$high"],
        clumsy="""
        if $v < $low:
            return False
        else:
            if $v > $high:
                return False
            else:
                return True
        """,
    )  # fmt: skip


@family(level=3)
def problems_of(d: Draw) -> Problem:
    """A list of what is wrong with a text."""
    length = d.number(5, 9)
    d.let(n=length, what=d.pick(["password", "code", "nickname"]))
    d.let(one="too short", two="no digit", three="no capital")
    w = d.pick([w for w in pools.WORDS if len(w) >= 6])
    return d.problem(
        name="${what}_problems check_$what validate_$what",
        params="$what: str",
        returns="list[str]",
        ways=[
            """
            problems = []
            if len($what) < $n:
                problems.append("$one")
            if not any(char.isdigit() for char in $what):
                problems.append("$two")
            if not any(char.isupper() for char in $what):
                problems.append("$three")
            return problems
            """,
            """
            checks = {
                "$one": len($what) >= $n,
                "$two": any(char.isdigit() for char in $what),
                "$three": any(char.isupper() for char in $what),
            }
            return [problem for problem, fine in checks.items() if not fine]
            """,
        ],
        summary='List what is wrong with a $what: "$one" (fewer than $n characters), "$two", "$three".',
        gives='the list of what is wrong with `$what`: "$one" if it has fewer than $n characters, "$two" if it has none, '
        'and "$three" if no letter is a capital',
        asks=[
            'Check a $what and list its problems, in this order: "$one" (fewer than $n characters), "$two", "$three" '
            "(no capital letter).",
            'When somebody chooses a $what we say what is wrong: "$one" below $n characters, "$two" without any digit, '
            '"$three" without any capital letter. Return those that apply as a list, in this order.',
        ],
        rules=["If all is well the list is empty."],
        calls=[("",), ("A1" + "b" * (length - 2),), ("A1" + "b" * (length - 3),), (w,), (w.title() + "2024",), ("7" * length,),
               ("ABC",), ("a1b2c3d4e5",), (w.upper(),), ("1",)],
        slips=[("< $n", "<= $n", "A $what of exactly $n characters is called too short"),
               ("not any(char.isdigit()", "not all(char.isdigit()", "It demands digits only"),
               ("isupper", "isalpha", "Small letters are taken for capitals")],
        words=["wrong | problem | check", "digit | short | capital"],
    )  # fmt: skip
