"""Families of sports: goals, points, tables, times."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def result_line(d: Draw) -> Problem:
    """A result as text."""
    form, other, shown = d.pick(
        [
            ('f"{$a} {$i}:{$j} {$b}"', '$a + " " + str($i) + ":" + str($j) + " " + $b', "Reds 2:1 Blues"),
            ('f"{$a} - {$b} {$i}:{$j}"', '$a + " - " + $b + " " + str($i) + ":" + str($j)', "Reds - Blues 2:1"),
            ('f"{$a} vs {$b}: {$i}-{$j}"', '$a + " vs " + $b + ": " + str($i) + "-" + str($j)', "Reds vs Blues: 2-1"),
            ('f"{$i}:{$j} ({$a}, {$b})"', 'str($i) + ":" + str($j) + " (" + $a + ", " + $b + ")"', "2:1 (Reds, Blues)"),
        ]
    )
    d.scene(
        dict(a="home", b="away", i="goals", j="against"),
        dict(a="first", b="second", i="one", j="two"),
        dict(a="hosts", b="guests", i="scored", j="conceded"),
        dict(a="team", b="other", i="points", j="other_points"),
    )
    d.let(form=form, other=other, shown=shown)
    t = d.some(pools.CITIES, 4)
    return d.problem(
        name="result_line show_result match_text",
        params="$a: str, $b: str, $i: int, $j: int",
        returns="str",
        ways=["return $form", "return $other"],
        summary='Write a result as text, such as "$shown".',
        gives='the result as text, such as "$shown" for "Reds", "Blues", 2 and 1',
        asks=[
            'Write a result like "$shown", which stands for "Reds", "Blues", 2 and 1.',
            'In our list of games each line looks like "$shown". Make such a line from the two names and numbers: "Reds", "Blues", 2 and 1 give this one.',
        ],
        calls=[
            ("Reds", "Blues", 2, 1),
            ("A", "B", 0, 0),
            (t[0], t[1], 3, 0),
            (t[2], t[3], 0, 4),
            (t[1], t[2], d.number(1, 5), d.number(6, 20)),
            ("", "X", 1, 2),
            (t[3], t[0], 10, 11),
        ],
        slips=[
            ("{$i}", "{$j}", "The second number stands in both places"),
            ("{$a}", "{$b}", "The second name stands in both places"),
        ],
        known="vs",
    )


@family(level=1)
def outcome(d: Draw) -> Problem:
    """Win, draw or loss."""
    d.scene(
        dict(a="ours", b="theirs"), dict(a="goals", b="against"), dict(a="home", b="away"), dict(a="mine", b="yours")
    )
    w, l_, t = d.pick(
        [
            ("win", "loss", "draw"),
            ("won", "lost", "tied"),
            ("W", "L", "D"),
            (3, 0, 1),
            (2, 0, 1),
            ("first", "second", "nobody"),
        ]
    )
    text = isinstance(w, str)
    d.let(w=f'"{w}"' if text else w, l=f'"{l_}"' if text else l_, t=f'"{t}"' if text else t)
    return d.problem(
        name="outcome result_of who_won" if text else "points points_for league_points",
        params="$a: int, $b: int",
        returns="str" if text else "int",
        ways=[
            "if $a > $b:\n    return $w\nif $a < $b:\n    return $l\nreturn $t",
            "if $a == $b:\n    return $t\nreturn $w if $a > $b else $l",
            "return $w if $a > $b else $l if $a < $b else $t",
        ],
        summary="Return $w if the first number is higher, $l if it is lower, and $t if both are equal.",
        gives="$w if `$a` is higher than `$b`, $l if it is lower, and $t if they are equal",
        asks=[
            "Compare `$a` and `$b`: return $w if the first is higher, $l if it is lower, and $t if they are equal.",
            "A game ends `$a` to `$b`. Seen from the first side the result is $w with the higher number, $l with the lower one and $t if both are equal. Return it.",
        ],
        calls=[
            (0, 0),
            (1, 0),
            (0, 1),
            (3, 3),
            (d.number(4, 9), d.number(0, 3)),
            (d.number(0, 3), d.number(4, 9)),
            (5, 4),
            (10, 9),
            (9, 10),
        ],
        slips=[
            ("$a > $b", "$a >= $b", "Equal numbers count as won"),
            ("$a < $b", "$a > $b", "A lower number is not noticed"),
        ],
    )


@family(level=2)
def points_total(d: Draw) -> Problem:
    """Points of a season from a text or list of results."""
    win, draw = d.pick([(3, 1), (2, 1), (2, 0), (3, 2)])
    d.let(win=win, draw=draw, w="W", t="D", l="L")
    d.names(x="results games season form")
    listed = d.chance(0.5)
    hint = "list[str]" if listed else "str"

    def some(text: str) -> object:
        return list(text) if listed else text

    said = 'a list of "W", "D" and "L"' if listed else 'a text of the letters "W", "D" and "L"'
    d.let(said=said)
    return d.problem(
        name="points_of total_points count_points",
        params=f"$x: {hint}",
        returns="int",
        ways=[
            'total = 0\nfor result in $x:\n    if result == "W":\n        total += $win\n    elif result == "D":\n        total += $draw\nreturn total',
            'return $win * $x.count("W") + $draw * $x.count("D")',
            'points = {"W": $win, "D": $draw, "L": 0}\nreturn sum(points[result] for result in $x)',
        ]
        if draw
        else [
            'total = 0\nfor result in $x:\n    if result == "W":\n        total += $win\nreturn total',
            'return $win * $x.count("W")',
        ],
        summary='Add up the points of a season, $said: $win for "W", $draw for "D", 0 for "L".',
        gives='the points for `$x`, $said, with $win for "W", $draw for "D" and 0 for "L"',
        asks=[
            '`$x` is $said, that is, won, drawn and lost games. Add up the points: $win for "W", $draw for "D", 0 for "L".',
            'How many points has our team? `$x` is $said; a win ("W") counts $win, a draw ("D") $draw, a loss ("L") 0.',
        ],
        calls=[
            (some(""),),
            (some("W"),),
            (some("D"),),
            (some("L"),),
            (some("WWDL"),),
            (some("".join(d.many("WDL", 5, 7))),),
            (some("LLD"),),
            (some("".join(d.many("WDL", 4, 6))),),
            (some("DDWW"),),
        ],
        slips=[
            ("total += $win", "total = $win", "What was there before is lost"),
            ('"W"', '"L"', "Lost games count instead of won ones"),
        ],
    )


@family(level=2)
def best_times(d: Draw) -> Problem:
    """The best of several tries for each athlete."""
    d.scene(
        dict(x="jumps", unit="centimetres", best="max", word="longest jump"),
        dict(x="laps", unit="seconds", best="min", word="fastest lap"),
        dict(x="throws", unit="centimetres", best="max", word="farthest throw"),
        dict(x="runs", unit="seconds", best="min", word="fastest run"),
        dict(x="lifts", unit="kilograms", best="max", word="heaviest lift"),
    )
    d.let(
        other="min" if d["best"] == "max" else "max",
        rev=", reverse=True" if d["best"] == "max" else "",
        op=">" if d["best"] == "max" else "<",
    )
    p = d.people(4)
    n = lambda: d.numbers(100, 900, 1, 3)  # noqa: E731
    return d.problem(
        name="best_$x best_of_each personal_bests",
        params="$x: dict[str, list[int]]",
        returns="dict[str, int]",
        ways=[
            "result = {}\nfor name, tries in $x.items():\n    if tries:\n        result[name] = $best(tries)\nreturn result",
            "return {name: $best(tries) for name, tries in $x.items() if tries}",
            "best = {}\nfor name in $x:\n    for value in $x[name]:\n        if name not in best or value $op best[name]:\n            best[name] = value\nreturn best",
        ],
        summary="Return the $word of each athlete in $unit, as a dict.",
        gives="a dict from each name in `$x` to the $word in $unit",
        asks=[
            "`$x` maps each athlete to the list of all tries in $unit. Return a dict with the $word of each.",
            "Everybody had several tries, and `$x` has them in $unit, a list for each name. I need a dict from the name to the $word.",
        ],
        rules=["Who has no valid try, that is, an empty list, is left out."],
        calls=[
            ({},),
            ({p[0]: []},),
            ({p[0]: [300]},),
            ({p[0]: [300, 320]},),
            ({p[0]: [320, 300]},),
            ({p[1]: n(), p[0]: []},),
            ({p[2]: n(), p[3]: n()},),
            ({p[3]: [5, 5], p[2]: [7, 9, 8]},),
        ],
        slips=[
            ("$best(tries)", "$other(tries)", "It takes the worst try"),
            ("if tries:", "if name:", "Without a try there is nothing to compare, which ends in an error"),
            ("$best(tries)", "tries[-1]", "It takes the last try"),
        ],
    )


@family(level=3)
def league_table(d: Draw) -> Problem:
    """A league table from results."""
    win, draw = d.pick([(3, 1), (2, 1)])
    d.let(win=win, draw=draw)
    d.names(x="games results matches", one="team club side")
    t = sorted(d.some(pools.CITIES, 3))

    def game() -> tuple[str, str, int, int]:
        a, b = d.some(t, 2)
        return (a, b, d.number(0, 4), d.number(0, 4))

    return d.problem(
        name="league_table standings table_of",
        params="$x: list[tuple[str, str, int, int]]",
        returns="list[tuple[str, int]]",
        ways=[
            """
            points = {}
            for home, away, scored, conceded in $x:
                points.setdefault(home, 0)
                points.setdefault(away, 0)
                if scored > conceded:
                    points[home] += $win
                elif scored < conceded:
                    points[away] += $win
                else:
                    points[home] += $draw
                    points[away] += $draw
            return sorted(points.items(), key=lambda pair: (-pair[1], pair[0]))
            """,
            """
            from collections import Counter

            points = Counter()
            for home, away, scored, conceded in $x:
                points[home] += $win * (scored > conceded) + $draw * (scored == conceded)
                points[away] += $win * (conceded > scored) + $draw * (scored == conceded)
            names = sorted(points, key=lambda name: (-points[name], name))
            return [(name, points[name]) for name in names]
            """,
        ],
        summary="Make the league table from results: pairs of $one and points, the best first.",
        gives="the league table for `$x`: a list of pairs of $one and points, the most points first",
        asks=[
            "`$x` is a list of tuples: home $one, away $one, goals of the first, goals of the second. Make the league table: a list of pairs ($one, points), the most points first.",
            "After each weekend we want the table. From `$x`, tuples of two ${one}s and their goals, make a list of pairs of $one and points, the best one first.",
        ],
        rules=["A win counts $win points, a draw $draw for both and a loss 0.", "Equal points are ordered by name."],
        calls=[
            ([],),
            ([(t[0], t[1], 1, 0)],),
            ([(t[0], t[1], 0, 1)],),
            ([(t[1], t[0], 2, 2)],),
            ([(t[0], t[1], 1, 0), (t[1], t[2], 3, 1)],),
            ([game() for _ in range(3)],),
            ([(t[2], t[1], 0, 3), (t[2], t[0], 1, 1), (t[1], t[0], 0, 2)],),
            ([game(), game()],),
            ([(t[2], t[0], 1, 0), (t[1], t[0], 0, 0), (t[2], t[1], 2, 2)],),
        ],
        slips=[
            ("(-pair[1], pair[0])", "-pair[1]", "Equal points are not ordered by name"),
            ("scored < conceded", "scored <= conceded", "A draw counts as a win of the second side"),
            ("points[away] += $win", "points[away] = $win", "Points won before are lost"),
        ],
    )
