"""Families of small dicts: looking up, merging, building, counting."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family

_SCENES = (
    dict(x="stock", key="article", value="number", pool=pools.PRODUCTS),
    dict(x="prices", key="product", value="price", pool=pools.FOODS),
    dict(x="ages", key="name", value="age", pool=pools.PEOPLE),
    dict(x="scores", key="player", value="score", pool=pools.PEOPLE),
    dict(x="distances", key="city", value="distance", pool=pools.CITIES),
    dict(x="hours", key="project", value="time", pool=pools.WORDS),
)


@family(level=0)
def look_up(d: Draw) -> Problem:
    """A value of a dict, or a default."""
    d.scene(*_SCENES)
    default = d.pick(["0", "0", "None", "-1", "1"])
    d.let(default=default, opt=" | None" if default == "None" else "")
    p = d.some(d["pool"], 4)
    return d.problem(
        name="look_up ${x}_of get_entry",
        params="$x: dict[str, int], $key: str",
        returns="int$opt",
        ways=[
            "return $x.get($key, $default)" if default != "None" else "return $x.get($key)",
            "return $x[$key] if $key in $x else $default",
            "if $key in $x:\n    return $x[$key]\nreturn $default",
        ],
        summary="Return the $value of a $key, or $default if it is not in the dict.".replace("a $key", "a/an $key"),
        gives="the $value of `$key` in the dict `$x`, or $default if it is not in there",
        asks=[
            "Look up the $value of `$key` in the dict `$x`; it is $default for one that is not there.",
            "What does the dict `$x` say about `$key`? If nothing, return $default.",
        ],
        calls=[
            ({}, p[0]),
            ({p[0]: 5}, p[0]),
            ({p[0]: 5}, p[1]),
            ({p[0]: 0}, p[0]),
            ({p[1]: 3, p[2]: 8}, p[2]),
            ({p[1]: d.number(4, 40), p[3]: 2}, p[1]),
            ({p[3]: 7}, ""),
            ({p[2]: d.number(2, 90), p[0]: 9}, p[0]),
        ],
        slips=[
            (
                ".get($key, $default)" if default != "None" else ".get($key)",
                "[$key]",
                "What is not in the dict ends in an error",
            )
        ],
    )


@family(level=0)
def one_fact(d: Draw) -> Problem:
    """One fact about a dict: its sum, its sorted keys, its largest value, how many."""
    d.scene(*_SCENES)
    said, expression, other, kind, fn, slip = d.pick(
        [
            (
                "the sum of all values",
                "sum($x.values())",
                "sum($x[$key] for $key in $x)",
                "int",
                "total sum_up",
                (".values()", "", "The keys cannot be added"),
            ),
            (
                "the sorted list of the keys",
                "sorted($x)",
                "sorted($x.keys())",
                "list[str]",
                "sorted_keys all_names",
                ("sorted($x)", "list($x)", "The keys are not sorted"),
            ),
            (
                "the sorted list of the values",
                "sorted($x.values())",
                "sorted($x[$key] for $key in $x)",
                "list[int]",
                "sorted_values in_order",
                (".values()", "", "The keys are returned"),
            ),
            (
                "the largest value, or 0 for an empty dict",
                "max($x.values(), default=0)",
                "max([0, *$x.values()])",
                "int",
                "highest largest_value",
                ("max(", "min(", "It is the smallest value"),
            ),
            (
                "the number of entries",
                "len($x)",
                "len($x.keys())",
                "int",
                "size how_many",
                ("len($x)", "len($x) - 1", "It is one too few"),
            ),
            (
                "the list of the pairs of key and value, sorted by key",
                "sorted($x.items())",
                "[($key, $x[$key]) for $key in sorted($x)]",
                "list[tuple[str, int]]",
                "pairs as_pairs",
                ("sorted($x.items())", "list($x.items())", "The pairs are not sorted"),
            ),
            (
                "the last key",
                "list($x)[-1] if $x else None",
                "[*$x][-1] if $x else None",
                "str | None",
                "latest last_added",
                ("[-1]", "[0]", "It is the first key"),
            ),
        ]
    )
    rule = "For an empty dict it is None." if "None" in expression else ""
    d.let(said=said, expression=expression, other=other, rule=rule)
    p = d.some(d["pool"], 4)
    return d.problem(
        name=fn,
        params="$x: dict[str, int]",
        returns=kind,
        ways=["return $expression", "return $other"],
        summary="Return $said of a dict.".replace(
            "$said of a dict", said + " of a dict" if "empty dict" not in said else said
        ),
        gives="$said of the dict `$x`"
        if "empty dict" not in said
        else "the largest value in the dict `$x`, or 0 if it is empty",
        asks=[
            "`$x` maps each $key to its $value. Return $said.",
            "I have a dict `$x` ($key to $value) and need $said.",
        ],
        rules=["$rule"],
        calls=[
            ({},),
            ({p[0]: 5},),
            ({p[0]: 5, p[1]: 3},),
            ({p[1]: 3, p[0]: 5},),
            ({p[2]: 7, p[0]: 7},),
            ({name: d.number(1, 40) for name in p},),
            ({p[3]: 0, p[2]: 2, p[1]: 1},),
            ({p[1]: d.number(5, 90)},),
        ],
        slips=[slip],
    )


@family(level=0)
def from_lists(d: Draw) -> Problem:
    """Two lists or two dicts made one dict."""
    d.scene(*_SCENES)
    lists = d.chance(0.5)
    if lists:
        d.scene(dict(a="keys", b="values"), dict(a="first", b="second"), dict(a="labels", b="numbers"))
    else:
        d.scene(
            dict(a="first", b="second"),
            dict(a="old", b="new"),
            dict(a="defaults", b="changes"),
            dict(a="base", b="update"),
        )
    p = d.some(d["pool"], 4)
    if lists:
        return d.problem(
            name="make_$x build_$x to_dict pair_up",
            params="$a: list[str], $b: list[int]",
            returns="dict[str, int]",
            ways=["return dict(zip($a, $b))", "return {$key: $value for $key, $value in zip($a, $b)}"],
            summary="Make a dict of two lists: the keys and their values.",
            gives="a dict with the elements of `$a` as keys and those of `$b` as their values",
            asks=[
                "Make a dict out of two lists: `$a` has the keys, `$b` the values in the same order.",
                "Every $key is in the list `$a`, its $value at the same place in `$b`. Put them together in a dict.",
            ],
            calls=[
                ([], []),
                ([p[0]], [5]),
                ([p[0], p[1]], [3, 4]),
                (p[:3], [7, 7, 7]),
                (p, d.some(range(50), 4)),
                (p[2:], [0, 1]),
                ([p[1], p[0], p[3]], [9, 8, d.number(1, 7)]),
            ],
            slips=[
                ("zip($a, $b)", "zip($b, $a)", "Keys and values are exchanged"),
                ("zip($a, $b)", "zip($a, sorted($b))", "The values do not belong to their keys any more"),
            ],
            clumsy="result = {}\nfor i in range(len($a)):\n    result[$a[i]] = $b[i]\nreturn result",
        )
    return d.problem(
        name="merge merge_$x combined join_$x",
        params="$a: dict[str, int], $b: dict[str, int]",
        returns="dict[str, int]",
        ways=["return $a | $b", "return {**$a, **$b}", "result = dict($a)\nresult.update($b)\nreturn result"],
        summary="Merge two dicts into a new one; where both have a key, the second one counts.",
        gives="a new dict with the entries of `$a` and `$b`; where both have a key, `$b` counts",
        asks=[
            "Merge the dicts `$a` and `$b` into a new one. If a key is in both, the value of `$b` counts.",
            "We have two dicts from $key to $value, and `$b` is the newer one. Return both together; `$b` wins if they disagree.",
        ],
        calls=[
            ({}, {}),
            ({p[0]: 1}, {}),
            ({}, {p[1]: 2}),
            ({p[0]: 1}, {p[0]: 2}),
            ({p[0]: 1, p[1]: 3}, {p[2]: 2}),
            ({p[3]: 4, p[1]: 1}, {p[1]: 9, p[0]: 5}),
            ({p[2]: 0}, {p[2]: d.number(1, 30), p[3]: 1}),
        ],
        slips=[("$a | $b", "$b | $a", "The older values win")],
    )


@family(level=1)
def keep_entries(d: Draw) -> Problem:
    """The entries of a dict with values on one side of a limit, or some keys."""
    d.scene(*_SCENES)
    d.names(n="limit minimum bound")
    op, said, slip = d.pick(
        [
            (">=", "at least `$n`", ">"),
            ("<=", "at most `$n`", "<"),
            (">", "more than `$n`", ">="),
            ("<", "less than `$n`", "<="),
        ]
    )
    d.let(op=op, said=said)
    p = d.some(d["pool"], 4)
    return d.problem(
        name="keep_entries filter_$x select_$x",
        params="$x: dict[str, int], $n: int",
        returns="dict[str, int]",
        ways=[
            "return {$key: $value for $key, $value in $x.items() if $value $op $n}",
            "result = {}\nfor $key, $value in $x.items():\n    if $value $op $n:\n        result[$key] = $value\nreturn result",
        ],
        summary="Keep the entries with a/an $value of $said.".replace("`", ""),
        gives="a new dict with those entries of `$x` whose $value is $said",
        asks=[
            "Return a new dict with the entries of `$x` whose $value is $said.",
            "`$x` maps each $key to its $value, but only those with $said matter to us. Return a dict of these.",
        ],
        rules=["Keep the order."],
        calls=[
            ({}, 3),
            ({p[0]: 3}, 3),
            ({p[0]: 2, p[1]: 4}, 3),
            ({p[0]: 4, p[1]: 2, p[2]: 3}, 3),
            ({p[2]: 9}, 1),
            ({name: d.number(1, 9) for name in p}, 5),
            ({p[3]: 0, p[1]: 0}, 0),
            ({name: d.number(5, 30) for name in p[:3]}, d.number(8, 20)),
        ],
        slips=[
            ("$value $op $n", f"$value {slip} $n", "The entries at the boundary are treated wrongly"),
            ("{$key: $value for", "{$value: $key for", "Keys and values are exchanged"),
        ],
    )


@family(level=1)
def turned_round(d: Draw) -> Problem:
    """A dict with keys and values exchanged, or renamed keys."""
    d.scene(
        dict(x="codes", key="country", value="code", a=pools.CITIES),
        dict(x="rooms", key="person", value="room", a=pools.PEOPLE),
        dict(x="numbers", key="name", value="number", a=pools.PEOPLE),
        dict(x="labels", key="shelf", value="label", a=pools.TOOLS),
        dict(x="nicknames", key="name", value="nickname", a=pools.PEOPLE),
    )
    p = d.some(d["a"], 4)
    v = [f"{d.pick('ABCDEFG')}{d.number(1, 99)}{i}" for i in range(4)]
    return d.problem(
        name="turn_round swapped invert by_$value",
        params="$x: dict[str, str]",
        returns="dict[str, str]",
        ways=[
            "return {$value: $key for $key, $value in $x.items()}",
            "return dict(($value, $key) for $key, $value in $x.items())",
            "result = {}\nfor $key in $x:\n    result[$x[$key]] = $key\nreturn result",
        ],
        summary="Turn a dict from $key to $value into one from $value to $key.",
        gives="a dict from $value to $key, given `$x`, a dict from $key to $value",
        asks=[
            "Exchange the keys and the values of the dict `$x`.",
            "`$x` tells the $value for each $key. I need it the other way round, a dict from $value to $key.",
        ],
        rules=["No $value occurs twice."],
        calls=[
            ({},),
            ({p[0]: v[0]},),
            ({p[0]: v[0], p[1]: v[1]},),
            (dict(zip(p, v, strict=True)),),
            (dict(zip(p[::-1], v, strict=True)),),
            ({p[2]: v[3]},),
            ({p[3]: v[1], p[2]: v[0], p[0]: v[2]},),
        ],
        slips=[
            ("{$value: $key for", "{$key: $value for", "It is the same dict again"),
            ("$x.items()", "list($x.items())[1:]", "The first entry is lost"),
        ],
    )


@family(level=2)
def add_dicts(d: Draw) -> Problem:
    """Two dicts of numbers added, or one taken off the other."""
    d.scene(*_SCENES)
    d.scene(
        dict(a="first", b="second"), dict(a="left", b="right"), dict(a="one", b="other"), dict(a="monday", b="tuesday")
    )
    plus = d.chance(0.6)
    d.let(
        op="+" if plus else "-",
        said="added to" if plus else "subtracted from",
        step="add what" if plus else "subtract what",
    )
    p = d.some(d["pool"], 4)
    return d.problem(
        name="add_$x sum_of_both together" if plus else "subtract_$x difference minus",
        params="$a: dict[str, int], $b: dict[str, int]",
        returns="dict[str, int]",
        ways=[
            "result = dict($a)\nfor $key, $value in $b.items():\n    result[$key] = result.get($key, 0) $op $value\nreturn result",
            "keys = [*$a, *($key for $key in $b if $key not in $a)]\nreturn {$key: $a.get($key, 0) $op $b.get($key, 0) for $key in keys}",
        ],
        summary=f"{'Add up the values of two dicts' if plus else 'Subtract the values of the second dict from those of the first'}, key by key.",
        gives="a new dict with the values of `$b` $said those of `$a`, key by key",
        asks=[
            f"`$a` and `$b` map each $key to a number. Return a new dict {'with the sums' if plus else 'with the numbers of `$a` minus those of `$b`'}.",
            "We have two dicts of numbers. Take `$a`, $step `$b` has, key by key, and return a new dict.",
        ],
        rules=["A key that one of them lacks counts 0 there.", "Leave both dicts as they are."],
        calls=[
            ({}, {}),
            ({p[0]: 1}, {}),
            ({}, {p[0]: 2}),
            ({p[0]: 5}, {p[0]: 2}),
            ({p[0]: 5, p[1]: 1}, {p[2]: 3, p[1]: 4}),
            ({p[3]: 7}, {p[2]: d.number(1, 20), p[3]: 7}),
            f'a = {{"{p[0]}": 3}}; $name(a, {{"{p[0]}": 1}}); a',
            ({p[1]: d.number(9, 30), p[2]: 8}, {p[1]: d.number(1, 9)}),
        ],
        slips=[
            ("result = dict($a)", "result = $a", "The first dict is changed"),
            ("result.get($key, 0) $op $value", "$value", "The value of the second dict replaces that of the first"),
        ],
    )
