"""Families of weather: temperatures, rain, warnings."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def day_figure(d: Draw) -> Problem:
    """One figure of the readings of some days: span, total, number, last, first."""
    what, expression, other, fn, slip = d.pick(
        [
            (
                "difference between the highest and the lowest value",
                "max($x) - min($x)",
                "sorted($x)[-1] - sorted($x)[0]",
                "span spread",
                ("max($x) - min($x)", "min($x) - max($x)", "The result is negative"),
            ),
            (
                "sum of all values",
                "sum($x)",
                "0 + sum($x)",
                "total sum_of_$x",
                ("sum($x)", "max($x)", "Only the largest value is returned"),
            ),
            (
                "last value",
                "$x[-1]",
                "$x[len($x) - 1]",
                "latest last_value",
                ("$x[-1]", "$x[0]", "It is the first value"),
            ),
            (
                "second highest value",
                "sorted($x)[-2]",
                "sorted($x, reverse=True)[1]",
                "second_highest runner_up",
                ("[-2]", "[1]", "It is the second lowest value"),
            ),
            (
                "change from the first to the last value",
                "$x[-1] - $x[0]",
                "-($x[0] - $x[-1])",
                "change trend",
                ("$x[-1] - $x[0]", "$x[0] - $x[-1]", "The sign is wrong: a rise comes out negative"),
            ),
        ]
    )
    d.let(what=what, expression=expression, other=other)
    d.names(x="temperatures readings rainfall wind_speeds")
    return d.problem(
        name=fn,
        params="$x: list[int]",
        returns="int",
        ways=["return $expression", "result = $other\nreturn result"],
        summary="Return the $what of a list.",
        gives="the $what in the list `$x`",
        asks=[
            "What is the $what in the list `$x`?",
            "A weather station collects `$x`, a list of numbers. Return the $what.",
        ],
        rules=["The list has at least two values."],
        calls=[
            ([3, 9],),
            ([9, 3],),
            ([4, 4],),
            ([-2, 5, 1],),
            (d.numbers(-9, 30, 4, 6),),
            (d.numbers(0, 60, 3, 5),),
            ([0, -7, -3, -9],),
            ([5, 8, 2, 8],),
        ],
        slips=[slip],
        known="2",
    )


@family(level=0)
def weather_line(d: Draw) -> Problem:
    """A line of text with numbers in it, in a certain format."""
    x, unit, deco, said, example = d.pick(
        [
            ("temperature", "°C", "+d", "always with its sign", ((4, "+4"), (-3, "-3"))),
            ("pressure", "hPa", ",", "with commas for the thousands", ((1013, "1,013"), (990, "990"))),
            ("rain", "mm", ".1f", "with one digit after the point", ((2, "2.0"), (13, "13.0"))),
            ("wind", "km/h", "02", "with 2 digits, a zero in front", ((7, "07"), (85, "85"))),
            ("humidity", "%", "03", "with 3 digits, zeros in front", ((7, "007"), (85, "085"))),
        ]
    )
    d.let(x=x, unit=unit, deco=deco, said=said, v=example[0][0], shown=example[0][1])
    d.names(place="place city station town")
    c = d.some(pools.CITIES, 4)
    return d.problem(
        name="weather_line show_$x describe_$x",
        params="$place: str, $x: int",
        returns="str",
        ways=['return f"{$place}: {$x:$deco} $unit"', 'return $place + ": " + format($x, "$deco") + " $unit"'],
        summary='Write a line with the $x of a place, such as "Oslo: $shown $unit" for $v.',
        gives='a line such as "Oslo: $shown $unit" for a $place and its $x, here $v; the number is written $said',
        asks=[
            'Write `$place` and `$x` in one line like "Oslo: $shown $unit"; the number (here $v) is written $said.',
            'The display shows lines like "Oslo: $shown $unit", for a $x of $v. Make such a line from `$place` and `$x`; the number is written $said.',
        ],
        calls=[
            ("Oslo", example[0][0]),
            (c[0], example[1][0]),
            (c[1], d.number(0, 40)),
            (c[2], 0),
            (c[3], d.number(10, 99)),
            ("", 1),
            (c[0], d.number(100, 999)),
            (c[1], 12),
        ],
        slips=[
            ("{$x:$deco}", "{$x}", "The number is written without its format"),
            ("{$place}: ", "{$place} ", "The colon is missing"),
        ],
        known="$deco",
    )


@family(level=1)
def days_that(d: Draw) -> Problem:
    """How many days were cold, hot, wet or dry."""
    x, what, said, op, limit, no, slip = d.pick(
        [
            ("lows", "frosty days", "below 0 degrees", "<", 0, ">=", "<="),
            ("highs", "hot days", "30 degrees or more", ">=", 30, "<", ">"),
            ("rainfall", "dry days", "0 millimetres", "==", 0, "!=", "<"),
            ("rainfall", "wet days", "more than 10 millimetres", ">", 10, "<=", ">="),
            ("winds", "stormy days", "75 km/h or more", ">=", 75, "<", ">"),
            ("highs", "summer days", "25 degrees or more", ">=", 25, "<", ">"),
            ("snow", "days with snow on the ground", "more than 0 centimetres", ">", 0, "<=", ">="),
        ]
    )
    d.let(x=x, what=what, said=said, op=op, limit=limit, no=no)
    wide = (limit - 12, limit + 12) if x == "lows" else (0, max(9, limit * 2))
    d.names(v="value day reading")
    return d.problem(
        name="count_" + what.replace(" ", "_").replace("_with_snow_on_the_ground", "_with_snow") + " number_of_days",
        params="$x: list[int]",
        returns="int",
        ways=[
            "return sum(1 for $v in $x if $v $op $limit)",
            "return len([$v for $v in $x if $v $op $limit])",
            "count = 0\nfor $v in $x:\n    if $v $op $limit:\n        count += 1\nreturn count",
        ],
        summary="Count the $what, those with $said.",
        gives="the number of $what in `$x`, that is, of values with $said",
        asks=[
            "`$x` has one value for each day. Count the $what, those with $said.",
            "How many $what were there? A day counts if its value in `$x` is $said.",
        ],
        calls=[
            ([],),
            ([limit],),
            ([limit - 1, limit + 1],),
            ([limit] * 3,),
            ([limit + 1, limit + 2],),
            ([limit - 1] * 2,),
            ([d.number(*wide) for _ in range(5)],),
            ([d.number(*wide) for _ in range(6)],),
            ([limit, limit + 5, limit - 3],),
        ],
        slips=[
            ("$v $op $limit", f"$v {slip} $limit", "The boundary is on the wrong side"),
            ("sum(1 for", "sum($v for", "It adds the values up and does not count them"),
        ],
    )


@family(level=1)
def by_day_name(d: Draw) -> Problem:
    """Days above the average."""
    above = d.chance(0.6)
    d.scene(
        dict(x="temperatures", one="day"),
        dict(x="rainfall", one="month"),
        dict(x="visitors", one="day"),
        dict(x="sunshine", one="city"),
        dict(x="sales", one="month"),
    )
    d.let(op=">" if above else "<", side="above" if above else "below")
    keys = d.some(pools.DAYS if d["one"] == "day" else pools.MONTHS if d["one"] == "month" else pools.CITIES, 5)

    def table(count: int) -> dict[str, int]:
        return {key: d.number(1, 30) for key in keys[:count]}

    return d.problem(
        name="${side}_average ${side}_the_mean",
        params="$x: dict[str, int]",
        returns="list[str]",
        ways=[
            "total = sum($x.values())\nreturn [$one for $one in $x if $x[$one] * len($x) $op total]",
            """
            if not $x:
                return []
            average = sum($x.values()) / len($x)
            return [$one for $one, value in $x.items() if value $op average]
            """,
            """
            result = []
            for $one, value in $x.items():
                if value $op sum($x.values()) / len($x):
                    result.append($one)
            return result
            """,
        ],
        summary="List every $one whose value is $side the average of all.",
        gives="the list of every $one in `$x` with a value $side the average of all values",
        asks=[
            "`$x` maps each $one to a number. List every $one that is $side the average, in the order of the dict.",
            "What is the average of `$x`, and which ones lie $side it? I only need the list of these.",
        ],
        rules=["Keep the order; an empty dict gives an empty list."],
        calls=[
            ({},),
            ({keys[0]: 4},),
            ({keys[0]: 4, keys[1]: 4},),
            ({keys[0]: 1, keys[1]: 3},),
            ({keys[0]: 1, keys[1]: 2, keys[2]: 3},),
            (table(3),),
            (table(4),),
            (table(5),),
        ],
        slips=[("$op total", "$op= total", "One that is exactly the average is listed too")],
    )


@family(level=2)
def month_means(d: Draw) -> Problem:
    """The mean, total or extreme of each group in pairs."""
    d.scene(
        dict(x="readings", key="month", value="degrees", pool=pools.MONTHS),
        dict(x="rain", key="city", value="millimetres", pool=pools.CITIES),
        dict(x="measured", key="station", value="degrees", pool=["harbour", "hill", "airport", "park"]),
        dict(x="gusts", key="day", value="speed", pool=pools.DAYS),
    )
    word, keep = d.pick([("highest", "max"), ("lowest", "min"), ("last", "last")])
    d.let(
        word=word,
        keep="$value" if keep == "last" else f"{keep}($value, result.get($key, $value))",
        op={"max": ">", "min": "<", "last": ""}[keep],
    )
    k = d.some(d["pool"], 3)
    second = (
        "return dict($x)"
        if keep == "last"
        else """
        result = {}
        for $key, $value in $x:
            if $key not in result or $value $op result[$key]:
                result[$key] = $value
        return result
        """
    )
    return d.problem(
        name="${word}_by_$key ${word}_per_$key",
        params="$x: list[tuple[str, int]]",
        returns="dict[str, int]",
        ways=["result = {}\nfor $key, $value in $x:\n    result[$key] = $keep\nreturn result", second],
        summary="Return the $word value of each $key.",
        gives="a dict from each $key in `$x` to its $word value",
        asks=[
            "`$x` is a list of pairs ($key, $value). Return a dict with the $word value of each $key.",
            "The station sends pairs of $key and $value, the list `$x`. For each $key I want to know the $word value; make a dict.",
        ],
        calls=[
            ([],),
            ([(k[0], 5)],),
            ([(k[0], 5), (k[0], 9)],),
            ([(k[0], 9), (k[0], 5)],),
            ([(k[0], -4), (k[1], 3), (k[0], -8)],),
            ([(d.pick(k), d.number(-9, 30)) for _ in range(5)],),
            ([(k[2], 7), (k[2], 7)],),
            ([(k[1], 1), (k[2], 2), (k[1], 3), (k[2], 0)],),
        ],
        slips=[
            ("result[$key] = $keep", "result.setdefault($key, $value)", "The first value of each $key stays"),
            ("= $keep", "= result.get($key, 0) + $value", "The values are added up"),
        ],
    )


@family(level=2)
def classify(d: Draw) -> Problem:
    """A word for a number, by steps."""
    x, unit, words, limits = d.pick(
        [
            ("speed", "km/h", ("calm", "breeze", "wind", "storm"), (5, 30, 75)),
            ("sunlight", "steps of the UV index", ("low", "moderate", "high", "extreme"), (3, 6, 8)),
            ("temperature", "degrees", ("frosty", "cold", "mild", "warm"), (0, 10, 20)),
            ("rain", "millimetres an hour", ("dry", "light", "moderate", "heavy"), (1, 3, 10)),
            ("level", "centimetres", ("low", "normal", "high", "flood"), (80, 300, 500)),
            ("humidity", "percent", ("dry", "pleasant", "humid", "wet"), (30, 60, 80)),
        ]
    )
    a, b, c, e = words
    l1, l2, l3 = limits
    d.let(x=x, unit=unit, a=a, b=b, c=c, e=e, l1=l1, l2=l2, l3=l3)
    return d.problem(
        name="describe_$x ${x}_word name_of_$x",
        params="$x: int",
        returns="str",
        ways=[
            """
            if $x < $l1:
                return "$a"
            if $x < $l2:
                return "$b"
            if $x < $l3:
                return "$c"
            return "$e"
            """,
            'for limit, word in (($l1, "$a"), ($l2, "$b"), ($l3, "$c")):\n    if $x < limit:\n        return word\nreturn "$e"',
            'words = ["$a", "$b", "$c", "$e"]\nreturn words[sum($x >= limit for limit in ($l1, $l2, $l3))]',
        ],
        summary="Describe the $x in $unit by a word.",
        gives="the word for the `$x`, given in $unit",
        asks=[
            "Which word describes the $x `$x`, given in $unit?",
            "The weather page says a word instead of the $x in $unit. Return the word for `$x`.",
        ],
        rules=['It is "$a" below $l1, "$b" below $l2, "$c" below $l3 and "$e" from $l3 on.'],
        calls=[(l1,), (l1 - 1,), (l2,), (l2 - 1,), (l3,), (l3 - 1,), (l3 + 50,), (d.number(l1, l3),)],
        slips=[
            ("$x < $l2", "$x <= $l2", "Exactly $l2 belongs to the next word"),
            ("$x < $l3", "$x <= $l3", "Exactly $l3 belongs to the next word"),
        ],
        clumsy="""
        if $x < $l1:
            word = "$a"
        else:
            if $x < $l2:
                word = "$b"
            else:
                if $x < $l3:
                    word = "$c"
                else:
                    word = "$e"
        return word
        """,
    )


@family(level=2)
def moving_average(d: Draw) -> Problem:
    """Values smoothed: each one with its neighbours."""
    d.names(x="temperatures readings values levels", n="size width days")
    word, f = d.pick([("sum", "sum"), ("highest value", "max"), ("lowest value", "min")])
    d.let(word=word, f=f)
    return d.problem(
        name="rolling_$f moving_$f ${f}_of_windows",
        params="$x: list[int], $n: int",
        returns="list[int]",
        ways=[
            """
            result = []
            for end in range($n, len($x) + 1):
                window = $x[end - $n : end]
                result.append($f(window))
            return result
            """,
            """
            starts = range(len($x) - $n + 1)
            return [$f($x[start : start + $n]) for start in starts]
            """,
        ],
        summary="Return the $word of every stretch of neighbouring values of a given length.",
        gives="the list of the $word of each `$n` values in a row in `$x`",
        asks=[
            "Go over the list `$x` and return the $word of every `$n` values that stand side by side, from the first ones to the last ones.",
            "To smooth our curve, take each `$n` values in a row in `$x` and return a list with the $word of each group; the groups overlap.",
        ],
        rules=["If there are fewer values than that the result is empty; `$n` is at least 1."],
        calls=[
            ([], 1),
            ([5], 1),
            ([5], 2),
            ([1, 2, 3], 2),
            ([1, 2, 3], 3),
            ([4, 1, 7, 2], 2),
            ([3], 1),
            ([3, 4], 1),
            (d.numbers(0, 30, 5, 6), 3),
            (d.numbers(0, 30, 4, 5), 2),
            ([9, 9, 1, 5], 4),
        ],
        slips=[
            ("len($x) + 1", "len($x)", "The last group is missing"),
            ("range($n, len($x) + 1)", "range($n, len($x) + 1, $n)", "The groups do not overlap"),
        ],
    )
