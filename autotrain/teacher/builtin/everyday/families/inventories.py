"""Families of inventories: merging, comparing, moving things."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=2)
def merged(d: Draw) -> Problem:
    """Two dicts of amounts added up."""
    d.scene(dict(a="shelf", b="cellar", pool=pools.FOODS), dict(a="store", b="warehouse", pool=pools.PRODUCTS),
            dict(a="old", b="new", pool=pools.TOOLS), dict(a="mine", b="yours", pool=pools.FRUITS),
            dict(a="first", b="second", pool=pools.COLORS))  # fmt: skip
    p = d.some(d["pool"], 4)

    def some(*names: str) -> dict[str, int]:
        return {name: d.number(1, 30) for name in names}

    return d.problem(
        name="merge combine add_up together",
        params="$a: dict[str, int], $b: dict[str, int]",
        returns="dict[str, int]",
        ways=[
            """
            result = dict($a)
            for name, amount in $b.items():
                result[name] = result.get(name, 0) + amount
            return result
            """,
            "return {name: $a.get(name, 0) + $b.get(name, 0) for name in [*$a, *$b]}",
        ],
        summary="Add up two dicts of amounts in a new dict.",
        gives="a new dict with the amounts of `$a` and `$b` added up",
        asks=[
            "`$a` and `$b` map names to amounts. Put both into a new dict; where a name is in both, add the amounts.",
            "We move everything to one place: join the dicts `$a` and `$b`, and add the amounts of what is in both of them. "
            "Return a new dict.",
        ],
        rules=["Neither of the two dicts is changed."],
        calls=[({}, {}), (some(p[0]), {}), ({}, some(p[1])), (some(p[0], p[1]), some(p[1], p[2])), (some(p[3]), some(p[3])),
               (some(p[0], p[2]), some(p[1], p[3])), "x = {'a': 1}; $name(x, {'a': 2}); x".replace("'", '"')],
        slips=[("dict($a)", "$a", "The first dict is changed, since no copy is made"),
               ("result.get(name, 0) + amount", "amount", "What is in both counts only once")],
        words=["add | sum | together | both", "dict | amounts"],
    )  # fmt: skip


@family(level=1)
def shared(d: Draw) -> Problem:
    """What two lists have in common, or what only one has."""
    mode = d.pick(["in both", "missing", "extra"])
    d.scene(dict(a="mine", b="yours", pool=pools.SONGS), dict(a="planned", b="done", pool=pools.WORDS),
            dict(a="invited", b="present", pool=pools.PEOPLE), dict(a="wanted", b="available", pool=pools.PRODUCTS))  # fmt: skip
    p = d.some(d["pool"], 4)
    x, y = ("b", "a") if mode == "extra" else ("a", "b")
    d.let(
        x=d[x],
        y=d[y],
        no="" if mode == "in both" else "not ",
        off="not " if mode == "in both" else "",
        op="&" if mode == "in both" else "-",
    )
    d.let(
        said="in both `$a` and `$b`" if mode == "in both" else "in `$x` but not in `$y`",
        short="in both lists"
        if mode == "in both"
        else "in the ${ord} list only".replace("${ord}", "second" if mode == "extra" else "first"),
    )
    return d.problem(
        name={"in both": "common in_both shared", "missing": "missing only_$x not_$y", "extra": "extra only_$x unexpected"}[mode],
        params="$a: list[str], $b: list[str]",
        returns="list[str]",
        ways=["return sorted(set($x) $op set($y))",
              "return sorted({item for item in $x if item ${no}in $y})"],
        summary="List what is $short, sorted and without repetitions.",
        gives="the sorted list of what is $said, each only once",
        asks=["Compare two lists: what is $said? Return it sorted and without repetitions.",
              "I have the lists `$a` and `$b` and want to see what is $said, as a sorted list with each one only once."],
        calls=[([], []), (p[:2], p[1:3]), (p[:3], []), ([], p[:2]), (p, p), ([p[3], p[0], p[3]], [p[0]]), ([p[0]], [p[2], p[0], p[1]]),
               (p[2:], p[:3]), ([p[1], p[0]], [p[0], p[1]])],
        slips=[("$op", "|", "It lists what is in any of the two")],
        words=["both | only | missing | common", "sorted"],
    )  # fmt: skip
