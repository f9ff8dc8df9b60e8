"""Families of lists: order, parts, questions, combinations."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def reordered(d: Draw) -> Problem:
    """A list sorted or turned round, new or in place."""
    d.scene(
        dict(x="names", one="name", pool=pools.PEOPLE),
        dict(x="cities", one="city", pool=pools.CITIES),
        dict(x="words", one="word", pool=pools.WORDS),
        dict(x="titles", one="title", pool=pools.SONGS),
        dict(x="fruits", one="fruit", pool=pools.FRUITS),
    )
    said, expression, other, fn, slip = d.pick(
        [
            (
                "in alphabetical order",
                "sorted($x)",
                "sorted($x, reverse=True)[::-1]",
                "in_order alphabetical",
                ("sorted($x)", "sorted($x, key=len)", "They are sorted by length"),
            ),
            (
                "in reverse alphabetical order",
                "sorted($x, reverse=True)",
                "sorted($x)[::-1]",
                "from_z_to_a backwards_sorted",
                (", reverse=True", "", "It begins with a and not with z"),
            ),
            (
                "the other way round, the last one first",
                "$x[::-1]",
                "list(reversed($x))",
                "turned_round last_first",
                ("[::-1]", "[1:]", "Only the first one is dropped"),
            ),
            (
                "from the shortest to the longest",
                "sorted($x, key=len)",
                "sorted($x, key=lambda $one: len($one))",
                "by_length shortest_first",
                (", key=len", "", "They are sorted by the alphabet"),
            ),
            (
                "from the longest to the shortest",
                "sorted($x, key=len, reverse=True)",
                "sorted($x, key=lambda $one: -len($one))",
                "longest_first by_length",
                (", reverse=True", "", "The shortest one comes first"),
            ),
        ]
    )
    d.let(said=said, expression=expression, other=other)
    ties = (
        "Those of the same length keep their order."
        if "est" in said and "alpha" not in said and "way" not in said
        else ""
    )
    d.let(ties=ties)
    p = d.some(d["pool"], 5)
    return d.problem(
        name=fn,
        params="$x: list[str]",
        returns="list[str]",
        ways=["return $expression", "result = $other\nreturn result"],
        summary="Return the $x of a list $said.",
        gives="a new list with the `$x` $said",
        asks=[
            "Put the `$x` $said and return them as a new list.",
            "On our page the $x should stand $said. Return `$x` in this order, as a new list.",
        ],
        rules=["$ties"],
        calls=[
            ([],),
            ([p[0]],),
            (sorted(p),),
            (sorted(p)[::-1],),
            (p,),
            (["pear", "fig", "melon", "kiwi"],),
            (["bb", "a", "cc", "b"],),
            (p[:3],),
            (["a", "ccc", "bb"],),
        ],
        slips=[slip],
    )


@family(level=0)
def part_of(d: Draw) -> Problem:
    """Some elements from the front, the end or every other place."""
    n = d.pick([2, 3, 5, 10])
    words = {2: "two", 3: "three", 5: "five", 10: "ten"}
    said, expression, other, fn, slip = d.pick(
        [
            (
                f"first {n} ({words[n]}) elements",
                f"$x[:{n}]",
                f"[$one for i, $one in enumerate($x) if i < {n}]",
                "first_few head",
                (f"[:{n}]", f"[{n}:]", "It is all that comes after them"),
            ),
            (
                f"last {n} ({words[n]}) elements",
                f"$x[-{n}:]",
                f"$x[::-1][:{n}][::-1]",
                "last_few tail",
                (f"[-{n}:]", f"[:{n}]", "They come from the front"),
            ),
            (
                f"elements after the first {n} ({words[n]})",
                f"$x[{n}:]",
                f"[$one for i, $one in enumerate($x) if i >= {n}]",
                "skip_first the_rest",
                (f"[{n}:]", f"[{n + 1}:]", "One too many is left out"),
            ),
            (
                f"elements but the last {n} ({words[n]})",
                f"$x[:-{n}]",
                f"$x[: max(len($x) - {n}, 0)]",
                "without_last drop_last",
                (f"[:-{n}]", f"[:{n}]", "It has the first ones only"),
            ),
            (
                "elements at every second place, beginning with the first",
                "$x[::2]",
                "[$x[i] for i in range(0, len($x), 2)]",
                "every_second every_other",
                ("[::2]", "[1::2]", "It begins with the second"),
            ),
            (
                "elements but the first and the last",
                "$x[1:-1]",
                "$x[: len($x) - 1][1:]",
                "inner without_ends",
                ("[1:-1]", "[1:]", "The last one stays"),
            ),
        ]
    )
    d.let(said=said, expression=expression, other=other)
    d.names(x="songs visitors scores entries lines", one="one item element")
    kind = d["x"] in ("scores",)

    def some(count: int) -> list[object]:
        return [d.number(1, 99) if kind else d.pick(pools.WORDS) for _ in range(count)]

    return d.problem(
        name=fn,
        params="$x: list[int]" if kind else "$x: list[str]",
        returns="list[int]" if kind else "list[str]",
        ways=["return $expression", "return $other"],
        summary="Return the $said of a list.",
        gives="the $said of the list `$x`",
        asks=["Return the $said of `$x`, as a list.", "From the list `$x` I only need the $said."],
        rules=[
            "A shorter list is no error: take what is there."
            if "first" in said
            and "after" not in said
            and "but" not in said
            and "second" not in said
            or said.startswith("last")
            else ""
        ],
        calls=[([],), (some(1),), (some(2),), (some(n),), (some(n + 1),), (some(4),), (some(6),), (some(n + 3),)],
        slips=[slip],
        known=str(n),
    )


@family(level=0)
def list_question(d: Draw) -> Problem:
    """A yes or no question about a whole list."""
    d.scene(
        dict(x="scores", v="score"),
        dict(x="ages", v="age"),
        dict(x="prices", v="price"),
        dict(x="temperatures", v="temperature"),
        dict(x="amounts", v="amount"),
    )
    n = d.pick([0, 10, 18, 50, 100])
    d.let(n=n)
    said, expression, other, fn, slip = d.pick(
        [
            (
                "all of them are at least $n",
                "all($v >= $n for $v in $x)",
                "not any($v < $n for $v in $x)",
                "all_reach everybody_reaches",
                ("all(", "any(", "One of them is enough"),
            ),
            (
                "at least one of them is above $n",
                "any($v > $n for $v in $x)",
                "max($x, default=$n) > $n",
                "any_above some_above",
                ("any(", "all(", "Every one of them must be above it"),
            ),
            (
                "none of them is below $n",
                "not any($v < $n for $v in $x)",
                "min($x, default=$n) >= $n",
                "none_below no_one_below",
                ("not any", "any", "The answer is the wrong way round"),
            ),
            (
                "all of them are different",
                "len(set($x)) == len($x)",
                "all($x.count($v) == 1 for $v in $x)",
                "all_different no_repeats",
                ("==", "!=", "The answer is the wrong way round"),
            ),
            (
                "they are in ascending order, where equal neighbours are fine",
                "$x == sorted($x)",
                "all($x[i] <= $x[i + 1] for i in range(len($x) - 1))",
                "is_sorted in_order",
                ("== sorted($x)", "== sorted($x, reverse=True)", "It asks for the descending order"),
            ),
            (
                "all of them are equal",
                "len(set($x)) <= 1",
                "all($v == $x[0] for $v in $x)",
                "all_equal same",
                ("<= 1", "== 1", "For an empty list there is no value at all"),
            ),
        ]
    )
    d.let(said=said, expression=expression, other=other, empty="False" if "at least one" in said else "True")
    return d.problem(
        name=fn,
        params="$x: list[int]",
        returns="bool",
        ways=["return $expression", "result = $other\nreturn result"],
        summary="Tell about some $x whether $said.",
        gives="whether, for the `$x`, $said",
        asks=[
            "`$x` is a list of numbers. Is it true that $said? Return True or False.",
            "Before we go on we look at `$x`, a list of whole numbers, and check that $said. Return True or False.",
        ],
        rules=["For an empty list it is $empty."],
        calls=[
            ([],),
            ([n],),
            ([n, n],),
            ([n + 1],),
            ([n - 1],),
            ([n + 2, n + 1],),
            ([n + 1, n + 2, n + 2],),
            ([n - 3, n + 4],),
            ([n + 5, n - 1, n],),
            ([d.number(n - 5, n + 30) for _ in range(4)],),
        ],
        slips=[slip],
    )


@family(level=0)
def number_of(d: Draw) -> Problem:
    """A builtin of numbers: abs, round, divmod, min, pow, hex, int, bin."""
    said, expression, other, kind, calls, fn, slip = d.pick(
        [
            (
                "the difference between `$a` and `$b`, never negative",
                "abs($a - $b)",
                "max($a, $b) - min($a, $b)",
                "int",
                [(3, 5), (5, 3), (4, 4), (0, 9), (-2, 3)],
                "difference distance",
                ("abs($a - $b)", "$a - $b", "The result may be negative"),
            ),
            (
                "the smaller one of `$a` and `$b`",
                "min($a, $b)",
                "$a if $a < $b else $b",
                "int",
                [(3, 5), (5, 3), (4, 4), (0, -1), (9, 2)],
                "smaller lower_of",
                ("min(", "max(", "It is the larger one"),
            ),
            (
                "the larger one of `$a` and `$b`",
                "max($a, $b)",
                "$a if $a > $b else $b",
                "int",
                [(3, 5), (5, 3), (4, 4), (0, -1), (9, 2)],
                "larger higher_of",
                ("max(", "min(", "It is the smaller one"),
            ),
            (
                "the remainder of `$a` divided by `$b`",
                "$a % $b",
                "divmod($a, $b)[1]",
                "int",
                [(7, 3), (9, 3), (2, 5), (10, 4), (0, 3)],
                "left_over remainder",
                ("%", "//", "It is the quotient and not the remainder"),
            ),
            (
                "how many times `$b` fits into `$a` as a whole",
                "$a // $b",
                "divmod($a, $b)[0]",
                "int",
                [(7, 3), (9, 3), (2, 5), (10, 4), (0, 3)],
                "times_it_fits full_boxes",
                ("//", "%", "It is the remainder and not the quotient"),
            ),
            (
                "`$a` to the power of `$b`",
                "$a ** $b",
                "pow($a, $b)",
                "int",
                [(2, 3), (3, 2), (5, 0), (0, 4), (10, 2)],
                "power raised",
                ("**", "*", "It multiplies the two"),
            ),
            (
                "the mean of `$a` and `$b`",
                "($a + $b) / 2",
                "sum([$a, $b]) / 2",
                "float",
                [(3, 5), (2, 5), (4, 4), (0, 9), (-2, 3)],
                "middle mean_of_two",
                ("($a + $b) / 2", "$a + $b / 2", "Only the second one is halved"),
            ),
        ]
    )
    d.scene(
        dict(a="first", b="second"),
        dict(a="x", b="y"),
        dict(a="one", b="other"),
        dict(a="left", b="right"),
        dict(a="total", b="size"),
    )
    d.let(said=said, expression=expression, other=other)
    more = [(d.number(1, 12), d.number(1, 6)) for _ in range(3)]
    return d.problem(
        name=fn,
        params="$a: int, $b: int",
        returns=kind,
        ways=["return $expression", "return $other"],
        summary="Return " + said.replace("`", "") + ".",
        gives="$said",
        asks=["Return $said.", "Two whole numbers come in, `$a` and `$b`. I need $said."],
        calls=[*calls, *more],
        slips=[slip],
    )


@family(level=1)
def pairs_of(d: Draw) -> Problem:
    """Two lists put together, element by element."""
    d.scene(
        dict(a="names", b="scores", p=pools.PEOPLE, shown="Ann: 7"),
        dict(a="products", b="prices", p=pools.PRODUCTS, shown="lamp: 7"),
        dict(a="cities", b="degrees", p=pools.CITIES, shown="Oslo: 7"),
        dict(a="foods", b="amounts", p=pools.FOODS, shown="rice: 7"),
    )
    sep = d.pick([": ", " = ", " - ", " x ", " ("])
    end = ")" if sep == " (" else ""
    d.let(sep=sep, end=end, shown=d["shown"].replace(": ", sep) + end)
    p = d.some(d["p"], 4)
    return d.problem(
        name="label_all with_$b lines_of ${a}_and_$b",
        params="$a: list[str], $b: list[int]",
        returns="list[str]",
        ways=[
            'return [f"{name}$sep{value}$end" for name, value in zip($a, $b)]',
            'result = []\nfor i in range(len($a)):\n    result.append(f"{$a[i]}$sep{$b[i]}$end")\nreturn result',
            'result = []\nfor name, value in zip($a, $b):\n    result.append(name + "$sep" + str(value) + "$end")\nreturn result',
        ],
        summary='Write the $a and their $b as texts such as "$shown".',
        gives='a list of texts such as "$shown", made of each of the `$a` and the one of the `$b` at the same place',
        asks=[
            '`$a` and `$b` belong together, place by place. Return a list of texts like "$shown".',
            'I have the $a in one list and the $b in another, in the same order, and want lines like "$shown". Return them as a list.',
        ],
        rules=["Both lists have the same length."],
        calls=[
            ([], []),
            ([p[0]], [7]),
            ([p[0], p[1]], [3, 4]),
            (p[:3], [1, 1, 0]),
            (p, d.numbers(1, 90, 4, 4)),
            (p[2:], [10, 20]),
            ([p[3]], [d.number(1, 50)]),
        ],
        slips=[
            ("zip($a, $b)", "zip($a, sorted($b))", "The numbers stand with the wrong $a"),
            ("{name}$sep{value}", "{value}$sep{name}", "The two are exchanged"),
        ],
    )


@family(level=1)
def without_some(d: Draw) -> Problem:
    """A list without the elements of another one, or only with them."""
    keep = d.chance(0.4)
    d.scene(
        dict(a="guests", b="ill", p=pools.PEOPLE),
        dict(a="words", b="stop_words", p=pools.WORDS),
        dict(a="files", b="deleted", p=pools.WORDS),
        dict(a="tags", b="hidden", p=pools.TAGS),
        dict(a="players", b="injured", p=pools.PEOPLE),
    )
    d.names(one="one entry item")
    d.let(
        word="in" if keep else "not in",
        said="that are also in `$b`" if keep else "that are not in `$b`",
        no="not in" if keep else "in",
    )
    p = d.some(d["p"], 5)
    return d.problem(
        name="only_$b also_$b" if keep else "without_$b remaining $a_left".replace("$a_left", "still_there"),
        params="$a: list[str], $b: list[str]",
        returns="list[str]",
        ways=[
            "return [$one for $one in $a if $one $word $b]",
            "result = []\nfor $one in $a:\n    if $one $word $b:\n        result.append($one)\nreturn result",
            "return list(filter(lambda $one: $one $word $b, $a))",
        ],
        summary="Keep those of the $a $said.".replace(
            "$said", "that are also in another list" if keep else "that are not in another list"
        ),
        gives="the list of those `$a` $said",
        asks=[
            "Return those of the `$a` $said, in the order of `$a`.",
            "`$b` is a list that tells which of the $a "
            + ("count. Keep these only" if keep else "to leave out. Return the others")
            + ", in the order of `$a`.",
        ],
        rules=["What comes twice in `$a` stays twice."],
        calls=[
            ([], []),
            ([p[0]], []),
            ([], [p[0]]),
            ([p[0]], [p[0]]),
            (p[:4], [p[1], p[4]]),
            (p[:3] + p[:1], [p[2]]),
            (p[:2] + p[:2], [p[0]]),
            (p, p[3:]),
        ],
        slips=[("$one $word $b", "$one $no $b", "It keeps just the others")],
    )


@family(level=2)
def in_groups(d: Draw) -> Problem:
    """A list cut into pieces of a size."""
    d.scene(
        dict(x="people", what="teams", p=pools.PEOPLE),
        dict(x="photos", what="pages", p=pools.WORDS),
        dict(x="tasks", what="days", p=pools.TAGS),
        dict(x="cards", what="rows", p=pools.COLORS),
        dict(x="plants", what="beds", p=pools.FRUITS),
    )
    d.names(n="size n length")
    p = d.some(d["p"], 8)
    return d.problem(
        name="in_$what make_$what split_into_$what",
        params="$x: list[str], $n: int",
        returns="list[list[str]]",
        ways=[
            "return [$x[start : start + $n] for start in range(0, len($x), $n)]",
            "result = []\nfor start in range(0, len($x), $n):\n    result.append($x[start : start + $n])\nreturn result",
            "result = []\nfor index, one in enumerate($x):\n    if index % $n == 0:\n        result.append([])\n    result[-1].append(one)\nreturn result",
        ],
        summary="Cut the list of $x into $what of a given size.",
        gives="the list `$x` cut into $what of `$n` each, a list of lists",
        asks=[
            "Cut the list `$x` into $what of `$n` each and return the list of these lists.",
            "We put the $x into $what, `$n` in each, in the order of the list `$x`. Return a list of lists.",
        ],
        rules=["The last of the $what may have fewer; `$n` is at least 1."],
        calls=[([], 2), (p[:1], 1), (p[:1], 3), (p[:4], 2), (p[:5], 2), (p[:3], 1), (p[:6], 3), (p[:7], 3), (p, 4)],
        slips=[
            ("start + $n", "$n", "Only the first of the $what is right"),
            ("range(0, len($x), $n)", "range(0, len($x) - $n + 1, $n)", "What does not fill one of the $what is lost"),
            (", $n)]", ")]", "They overlap, one begins at every place"),
        ],
    )


@family(level=2)
def best_streak(d: Draw) -> Problem:
    """Runs of equal neighbours, counted or shortened."""
    d.scene(
        dict(x="results", p=["W", "L", "D"], eg=["W", "W", "L"]),
        dict(x="signals", p=["red", "green", "amber"], eg=["red", "red", "green"]),
        dict(x="moves", p=["up", "down", "left"], eg=["up", "up", "down"]),
        dict(x="weather", p=["sun", "rain", "fog"], eg=["sun", "sun", "rain"]),
    )
    a, _, b = d["eg"]
    p = d["p"]
    text = d.chance(0.5)
    if text:
        d.let(
            item='f"{run[0]}x{run[1]}"',
            eg2=f'["{a}x2", "{b}x1"]',
            said='texts such as "$A" for two in a row'.replace("$A", f"{a}x2"),
            hint="str",
        )
        make = 'return [f"{value}x{count}" for value, count in runs]'
        other = 'return [f"{value}x{len(list(group))}" for value, group in groupby($x)]'
    else:
        d.let(
            eg2=f'[("{a}", 2), ("{b}", 1)]',
            said="pairs of the value and how often it comes in a row",
            hint="tuple[str, int]",
        )
        make = "return [(value, count) for value, count in runs]"
        other = "return [(value, len(list(group))) for value, group in groupby($x)]"
    d.let(e1=f'["{a}", "{a}", "{b}"]')
    return d.problem(
        name="runs_of streaks shorten in_a_row",
        params="$x: list[str]",
        returns="list[$hint]",
        ways=[
            "runs = []\nfor value in $x:\n    if runs and runs[-1][0] == value:\n        runs[-1][1] += 1\n    else:\n        runs.append([value, 1])\n"
            + make.replace("runs", "runs"),
            "from itertools import groupby\n\n" + other,
        ],
        summary="Shorten runs of equal $x: $e1 becomes $eg2.".replace("equal $x", "equal values"),
        gives="the runs of equal values in `$x` as a list, so that $e1 becomes $eg2",
        asks=[
            "Shorten the list `$x`: $e1 becomes $eg2.",
            "Many of the `$x` come several times in a row. Return a list with one entry for each run: $e1 becomes $eg2.",
        ],
        calls=[
            ([],),
            ([a],),
            ([a, a],),
            ([a, b],),
            ([a, a, b],),
            ([a, b, a],),
            ([b, b, b, a, a],),
            (d.many(p, 5, 6),),
            (d.many(p, 4, 5),),
        ],
        slips=[
            ("runs[-1][0] == value", "runs[0][0] == value", "It compares with the first run and not with the latest"),
            ("runs[-1][1] += 1", "runs[-1][1] = 2", "A run never gets longer than 2"),
        ],
        known="x",
    )
