"""Families of itertools: neighbours, groups, combinations."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=4)
def runs(d: Draw) -> Problem:
    """Equal neighbours counted."""
    d.scene(dict(xs="moves", pool=["left", "right", "up", "down"]), dict(xs="weather", pool=["sun", "rain", "snow"]),
            dict(xs="colors", pool=pools.COLORS[:4]), dict(xs="answers", pool=["yes", "no"]),
            dict(xs="lights", pool=["red", "green"]))  # fmt: skip
    pool = d["pool"]
    return d.problem(
        name="runs count_runs run_lengths",
        params="$xs: list[str]",
        returns="list[tuple[str, int]]",
        ways=[
            """
            from itertools import groupby

            return [(value, len(list(group))) for value, group in groupby($xs)]
            """,
            """
            result = []
            for value in $xs:
                if result and result[-1][0] == value:
                    result[-1] = (value, result[-1][1] + 1)
                else:
                    result.append((value, 1))
            return result
            """,
        ],
        summary="List the runs of equal neighbours as pairs of value and length.",
        gives="the list of the runs in `$xs`, each as a pair (value, length)",
        asks=[
            "Sum up neighbours that are equal: for each run in `$xs` the pair of the value and how often it comes in a row.",
            'The list `$xs` is long and dull. Shorten it to pairs (value, length), one for each run of equal neighbours; '
            'so ["a", "a", "b"] gives [("a", 2), ("b", 1)].',
        ],
        rules=["The same value may come again later as a run of its own."],
        calls=[([],), ([pool[0]],), ([pool[0], pool[0]],), ([pool[0], pool[1], pool[0]],), (d.many(pool, 5, 7),),
               ([pool[1]] * 3 + [pool[0]] * 2,), (d.many(pool[:2], 6, 7),)],
        slips=[("groupby($xs)", "groupby(sorted($xs))", "It sorts first and loses the order")],
        words=["run | row | neighbour", "pairs | length"],
    )  # fmt: skip


@family(level=4)
def pairings(d: Draw) -> Problem:
    """All pairs of a group."""
    d.scene(
        dict(xs="teams", what="matches", hint="everybody plays everybody else once", pool=pools.CITIES),
        dict(xs="players", what="pairs", hint="everybody meets everybody else once", pool=pools.PEOPLE),
        dict(xs="colors", what="combinations", hint="the order within a pair does not matter", pool=pools.COLORS),
        dict(xs="dishes", what="menus", hint="no dish twice and no pair twice", pool=pools.FRUITS),
    )
    d.let(sep=d.pick([" - ", " + ", " & "]))
    p = d.some(d["pool"], 4)
    return d.problem(
        name="all_$what list_$what make_$what",
        params="$xs: list[str]",
        returns="list[str]",
        ways=[
            """
            from itertools import combinations

            return [f"{first}$sep{second}" for first, second in combinations($xs, 2)]
            """,
            """
            result = []
            for i in range(len($xs)):
                for j in range(i + 1, len($xs)):
                    result.append(f"{$xs[i]}$sep{$xs[j]}")
            return result
            """,
        ],
        summary='List all pairs of the $xs as texts such as "a${sep}b".',
        gives='the list of all pairs of two different `$xs`, as texts such as "a${sep}b"',
        asks=[
            'Write down all $what of two: $hint. Each is a text such as "a${sep}b".',
            'For `$xs` we need a plan with all $what, in which $hint. Return texts like "a${sep}b".',
        ],
        rules=["The first one of the list comes with all after it, then the second with all after it, and so on."],
        calls=[([],), ([p[0]],), (p[:2],), (p[:3],), (p,), ([p[2], p[0]],), ([p[3], p[1], p[2]],)],
        slips=[("{first}$sep{second}", "{second}$sep{first}", "The two stand in each other's place")],
        words=["pair", "all | every"],
    )  # fmt: skip
