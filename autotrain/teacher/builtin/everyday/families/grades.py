"""Families of grades: averages, passing, letters."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def mean(d: Draw) -> Problem:
    """The average of some numbers."""
    d.scene(
        dict(xs="grades marks", fn="average_grade mean_grade", what="average grade"),
        dict(xs="temperatures readings", fn="average_temperature mean_reading", what="average temperature"),
        dict(xs="ratings stars", fn="average_rating mean_stars", what="average rating"),
        dict(xs="minutes durations", fn="average_minutes mean_duration", what="average duration"),
    )
    d.names(x=d["xs"])
    d.let(places=d.number(1, 2))
    return d.problem(
        name=d["fn"],
        params="$x: list[float]",
        returns="float",
        ways=["return round(sum($x) / len($x), $places)", "average = sum($x) / len($x)\nreturn round(average, $places)"],
        summary="Return the $what, rounded to $places decimal place${s}.".replace("${s}", "s" * (d["places"] > 1)),
        gives="the $what of `$x`, rounded to $places decimal place" + "s" * (d["places"] > 1),
        asks=[
            "Work out the average of `$x`, rounded with `round` to $places decimal place" + "s" * (d["places"] > 1) + ".",
            "At the end of the week we look at `$x`, a list of numbers. What is the $what? Round it to $places decimal "
            "place" + "s" * (d["places"] > 1) + ".",
        ],
        rules=["The list is never empty."],
        calls=[([4],), ([1, 2],), ([1, 1, 2],), ([2.5, 3.5, 4],), (d.numbers(1, 6, 3, 3),), (d.numbers(1, 30, 6, 6),),
               ([0, 0],), ([10, 20, 40],)],
        slips=[("len($x)", "2", "It always divides by 2, however many values there are"),
               ("sum($x) / len($x)", "sum($x) // len($x)", "The division drops the fraction before it is rounded")],
        words=["average | mean", "rounded | round"],
    )  # fmt: skip


@family(level=1)
def passed(d: Draw) -> Problem:
    """Who reached a mark."""
    d.scene(
        dict(xs="scores", one="student", did="passed", need="at least", op=">=", off=">", lim="pass_mark needed"),
        dict(xs="points", one="player", did="qualified", need="at least", op=">=", off=">", lim="needed minimum"),
        dict(xs="errors", one="pupil", did="passed", need="at most", op="<=", off="<", lim="allowed limit"),
        dict(xs="times", one="runner", did="made_it", need="at most", op="<=", off="<", lim="limit max_time"),
    )
    d.names(n=d["lim"])
    p = d.people(5)
    some = {name: d.number(20, 60) for name in p[:4]}
    edge = d.number(30, 50)
    return d.problem(
        name="who_$did ${did}_names ${one}s_who_$did",
        params="$xs: dict[str, int], $n: int",
        returns="list[str]",
        ways=[
            "return [$one for $one, value in $xs.items() if value $op $n]",
            "names = []\nfor $one, value in $xs.items():\n    if value $op $n:\n        names.append($one)\nreturn names",
        ],
        summary="List everybody whose number is $need the given one.",
        gives="the list of every $one in the dict `$xs` whose number is $need `$n`",
        asks=[
            "`$xs` maps each $one to a number. List those with $need `$n`.",
            "Who made it? In the dict `$xs` every $one has a number, and $need `$n` is what it takes. Return the names.",
        ],
        rules=["The names keep the order of the dict."],
        calls=[({}, 10), ({p[0]: edge}, edge), ({p[0]: edge, p[1]: edge - 1, p[2]: edge + 1}, edge), (some, 40),
               (some, d.number(25, 55)), ({p[4]: 0}, 1), (some, 100), (some, 0)],
        slips=[("$op $n", "$off $n", "Whoever has exactly that number is judged the wrong way")],
        words=["$need | reach | enough", "number | names | list"],
    )  # fmt: skip


@family(level=2)
def letter(d: Draw) -> Problem:
    """A letter or word for a number of points."""
    d.scene(
        dict(x="points score percent", a="A", b="B", c="C", f="F", fn="grade letter_grade"),
        dict(x="points score", a="gold", b="silver", c="bronze", f="none", fn="medal medal_for"),
        dict(x="visits nights", a="platinum", b="gold", c="silver", f="basic", fn="status member_status"),
        dict(x="wind_speed speed", a="storm", b="gale", c="breeze", f="calm", fn="wind_name describe_wind"),
    )
    d.names(p=d["x"])
    one = d.number(75, 95, 5)
    two = one - d.number(10, 25, 5)
    three = two - d.number(10, 20, 5)
    d.let(one=one, two=two, three=three)
    return d.problem(
        name=d["fn"],
        params="$p: int",
        returns="str",
        ways=[
            """
            if $p >= $one:
                return "$a"
            if $p >= $two:
                return "$b"
            if $p >= $three:
                return "$c"
            return "$f"
            """,
            """
            for limit, word in (($one, "$a"), ($two, "$b"), ($three, "$c")):
                if $p >= limit:
                    return word
            return "$f"
            """,
        ],
        summary='Return "$a" from $one on, "$b" from $two, "$c" from $three, and "$f" below that.',
        gives='"$a" if `$p` is at least $one, "$b" from $two on, "$c" from $three on, and "$f" below $three',
        asks=[
            'Turn `$p` into a word: "$a" from $one on, "$b" from $two, "$c" from $three, otherwise "$f".',
            'Our rules say: $one and more is "$a", $two and more "$b", $three and more "$c", and whatever is less is '
            '"$f". Which one is it for `$p`?',
        ],
        calls=[(one,), (one - 1,), (two,), (two - 1,), (three,), (three - 1,), (0,), (120,), (d.number(three, one),)],
        slips=[(">= $one", "> $one", "Exactly $one is not enough any more"),
               (">= $two", "> $two", "Exactly $two is not enough any more"),
               (">= $three", "> $three", "Exactly $three is not enough any more")],
        clumsy="""
        if $p >= $one:
            result = "$a"
        else:
            if $p >= $two:
                result = "$b"
            else:
                if $p >= $three:
                    result = "$c"
                else:
                    result = "$f"
        return result
        """,
        words=["from | at least | above | below"],
    )  # fmt: skip
