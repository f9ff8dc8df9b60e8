"""Families of ranking: best, worst, top few, places."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def extreme(d: Draw) -> Problem:
    """The largest or smallest of some values."""
    d.scene(
        dict(xs="scores points results", high="best_score", low="worst_score", big="highest score", small="lowest score"),
        dict(xs="prices costs", high="top_price", low="lowest_price", big="highest price", small="lowest price"),
        dict(xs="temperatures readings", high="warmest", low="coldest", big="highest temperature",
             small="lowest temperature"),
        dict(xs="times lap_times", high="slowest", low="fastest", big="longest time", small="shortest time"),
        dict(xs="ages", high="oldest", low="youngest", big="highest age", small="lowest age"),
    )  # fmt: skip
    top = d.chance(0.5)
    d.names(x=d["xs"])
    d.let(
        what=d["big"] if top else d["small"], f="max" if top else "min", g="min" if top else "max", at=-1 if top else 0
    )
    return d.problem(
        name=d["high" if top else "low"] + (" highest largest" if top else " lowest smallest"),
        params="$x: list[int]",
        returns="int",
        ways=["return $f($x)", "return sorted($x)[$at]"],
        summary="Return the $what of a list.",
        gives=["the $what in `$x`", "the $what of the list `$x`"],
        asks=["Find the $what in the list `$x`.", "We have collected `$x` and want to show the $what."],
        rules=["The list is never empty."],
        calls=[([5],), ([3, 9, 4],), ([7, 7],), ([-2, -8, -5],), (d.numbers(0, 40),), (d.numbers(10, 90),), ([0, 1],)],
        slips=[("$f(", "$g(", "It is the other end of the list that is returned"),
               ("$f($x)", "$x[0]", "The first value is taken, whatever its size")],
        words=["$f | largest | smallest | highest | lowest | longest | shortest"],
        clumsy="""
        result = $x[0]
        for i in range(len($x)):
            if $x[i] $op result:
                result = $x[i]
        return result
        """.replace("$op", ">" if top else "<"),
    )  # fmt: skip


@family(level=2)
def podium(d: Draw) -> Problem:
    """The names with the most points, best first."""
    d.scene(
        dict(xs="points", one="player", fn="top_players podium leaders", most="most points"),
        dict(xs="sales", one="seller", fn="top_sellers best_sellers", most="highest sales"),
        dict(xs="votes", one="candidate", fn="top_candidates front_runners", most="most votes"),
        dict(xs="downloads", one="song", fn="charts top_songs", most="most downloads"),
    )
    p = d.people(6)
    d.names(n="n count limit")
    return d.problem(
        name=d["fn"],
        params="$xs: dict[str, int], $n: int",
        returns="list[str]",
        ways=[
            "ranked = sorted($xs, key=lambda $one: (-$xs[$one], $one))\nreturn ranked[:$n]",
            """
            pairs = sorted((-number, $one) for $one, number in $xs.items())
            return [$one for _, $one in pairs[:$n]]
            """,
        ],
        summary="List the given number of names with the $most, best first.",
        gives="the `$n` names with the $most in the dict `$xs`, best first",
        asks=[
            "`$xs` maps each $one to a number. Return the `$n` names with the $most, the best one first.",
            "Who is ahead? From the dict `$xs` ($one to number) make a list of the first `$n`, beginning with the best.",
        ],
        rules=["Equal numbers are ordered by name.", "If there are fewer names than that, return all."],
        calls=[({}, 3), ({p[0]: 5}, 1), ({p[0]: 5, p[1]: 9, p[2]: 7}, 2), ({"Zoe": 4, "Ana": 4, "Max": 4}, 2),
               ({p[3]: 1, p[4]: 2}, 5), ({p[0]: 3, p[1]: 1, p[2]: 2}, 0), ({"Bo": 2, "Al": 2, "Cy": 9}, 3),
               ({p[5]: 10, p[1]: 9, p[2]: 100}, 1)],
        slips=[("(-$xs[$one], $one)", "($xs[$one], $one)", "The worst ones come first"),
               ("(-$xs[$one], $one)", "-$xs[$one]", "Equal numbers are not ordered by name")],
        words=["most | highest | top | best", "names"],
    )  # fmt: skip


@family(level=3)
def with_places(d: Draw) -> Problem:
    """Places for a result list, the same place for equal results."""
    d.scene(dict(xs="scores"), dict(xs="points"), dict(xs="results"), dict(xs="goals"))
    p = d.people(5)
    d.let(form=d.pick(["1 2 2 4", "1 1 3", "1 2 3 3"]))
    return d.problem(
        name="places_of rank_all ranking assign_places",
        params="$xs: dict[str, int]",
        returns="dict[str, int]",
        ways=[
            """
            places = {}
            for name, number in $xs.items():
                better = 0
                for other in $xs.values():
                    if other > number:
                        better += 1
                places[name] = better + 1
            return places
            """,
            """
            ordered = sorted($xs.values(), reverse=True)
            return {name: ordered.index(number) + 1 for name, number in $xs.items()}
            """,
        ],
        summary="Give everybody a place by their number, with equal places for equal numbers.",
        gives="a dict from each name in `$xs` to its place: 1 for the highest number, and so on",
        asks=[
            "`$xs` maps names to numbers; the highest number wins. Return a dict with everybody's place.",
            "After the quiz we need the places: the one with the highest number in `$xs` is 1. Make a dict from name to "
            "place.",
        ],
        rules=["Equal numbers share a place and the places after them are left out, as in $form.",
               "Keep the order of the names."],
        calls=[({},), ({p[0]: 4},), ({p[0]: 4, p[1]: 9, p[2]: 4, p[3]: 1},), ({p[1]: 5, p[2]: 5},),
               ({p[0]: 1, p[3]: 2, p[4]: 3},), ({p[2]: 7, p[0]: 7, p[1]: 8},), ({p[i]: d.number(1, 4) for i in range(4)},)],
        slips=[("other > number", "other >= number", "Everybody is compared with themselves and lands one place too low"),
               ("better + 1", "better", "The places begin with 0")],
        words=["place | rank", "equal | same | number"],
    )  # fmt: skip
