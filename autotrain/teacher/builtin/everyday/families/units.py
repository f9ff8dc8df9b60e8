"""Families of units: converting lengths, weights, times and temperatures."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def convert(d: Draw) -> Problem:
    """A whole number of a small unit from a bigger one, or back."""
    big, small, factor = d.pick(
        [("hours", "minutes", 60), ("days", "hours", 24), ("weeks", "days", 7), ("kilometres", "metres", 1000),
         ("kilograms", "grams", 1000), ("minutes", "seconds", 60), ("metres", "centimetres", 100), ("dozens", "eggs", 12),
         ("litres", "millilitres", 1000), ("feet", "inches", 12), ("years", "months", 12), ("hours", "seconds", 3600)]
    )  # fmt: skip
    down = d.chance(0.55)
    d.let(big=big, small=small, factor=factor, one=big if down else small, other=small if down else big)
    if down:
        ways = ["return $one * $factor", "${other} = $one * $factor\nreturn ${other}"]
        d.let(what="the number of $small in `$big` $big", do="Turn $big into $small.", rule="")
        slip = ("* $factor", "// $factor", f"It divides where it should multiply: there are more {small} than {big}")
        chat = "I keep getting $big in our data, but I need $small. `$big` is a whole number."
    else:
        ways = ["return $one // $factor", "return divmod($one, $factor)[0]", "return int($one / $factor)"]
        d.let(what="how many whole $big there are in `$small` $small", do="Turn $small into whole $big.")
        d.let(rule="What is left over does not count.")
        slip = ("// $factor", "/ $factor", "The division leaves a fraction; only whole ones count")
        chat = "We have a number of $small and want to know how many whole $big that makes."
    numbers = [0, 1, 2, factor, factor * 2 + 1, factor - 1, d.number(3, 40), d.number(50, 500)]
    return d.problem(
        name="${one}_to_$other to_$other in_$other",
        params="$one: int",
        returns="int",
        ways=ways,
        summary=f"Convert {d['one']} to {'' if down else 'whole '}{d['other']} (1 {big[:-1] if big != 'feet' else 'foot'} "
        f"= {factor} {small}).",
        gives="$what",
        asks=["$do", chat, "`$one` is a number of $one. Return the same in ${other}."],
        rules=["$rule"],
        settings=["A small helper for a report."],
        calls=[(number,) for number in numbers],
        slips=[slip],
        words=["convert | turn", "$other"],
        known="$factor",
    )


@family(level=0)
def temperature(d: Draw) -> Problem:
    """Celsius to Fahrenheit and back."""
    if d.chance(0.5):
        d.let(a="celsius", b="fahrenheit", formula="$v * 9 / 5 + 32", other="$v * 1.8 + 32", said="times 9, divided by 5, "
              "plus 32")  # fmt: skip
        calls = [(0,), (100,), (-40,), (20,), (d.number(-4, 8) * 5,), (5,), (35,)]
        slip = ("9 / 5", "5 / 9", "The fraction is upside down")
    else:
        d.let(a="fahrenheit", b="celsius", formula="($v - 32) * 5 / 9", other="5 * ($v - 32) / 9")
        d.let(said="minus 32, times 5, divided by 9")
        calls = [(32,), (212,), (-40,), (50,), (d.number(-3, 9) * 9 + 32,), (68,), (95,)]
        slip = ("($v - 32) * 5", "$v - 32 * 5", "The brackets are missing, so 32 is multiplied first")
    d.names(v="degrees $a temperature".replace("$a", d["a"]))
    return d.problem(
        name="to_$b ${a}_to_$b in_$b",
        params="$v: float",
        returns="float",
        ways=["return $formula", f"{d['b']} = $formula\nreturn {d['b']}"],
        summary=f"Convert degrees {d['a'].title()} to {d['b'].title()}: $said.",
        gives=f"the temperature `$v` ({d['a'].title()}) in degrees {d['b'].title()}, that is, $said",
        asks=[
            f"Turn degrees {d['a'].title()} into {d['b'].title()}: $said.",
            f"The weather station sends {d['a'].title()}, but our page shows {d['b'].title()}. Convert `$v`: $said.",
        ],
        calls=calls,
        slips=[slip],
        words=["convert | turn", "$a | $b | degrees"],
    )
