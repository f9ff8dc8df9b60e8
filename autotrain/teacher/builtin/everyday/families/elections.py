"""Families of votes and surveys: counting, shares, winners."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def votes_for(d: Draw) -> Problem:
    """How often one answer was given."""
    d.scene(
        dict(x="votes ballots", one="candidate", pool=pools.PEOPLE),
        dict(x="answers replies", one="answer", pool=["yes", "no", "maybe", "later"]),
        dict(x="ratings", one="rating", pool=["*", "**", "***", "****"]),
        dict(x="choices", one="colour", pool=pools.COLORS),
        dict(x="wishes", one="city", pool=pools.CITIES),
    )
    d.names(x=d["x"])
    p = d.some(d["pool"], 4)
    return d.problem(
        name="votes_for how_often count_votes times_chosen",
        params="$x: list[str], $one: str",
        returns="int",
        ways=["return $x.count($one)", "return sum(1 for other in $x if other == $one)"],
        summary="Count how often one $one was chosen.",
        gives="how often `$one` is in the list `$x`",
        asks=[
            "Count how many of the `$x` are for `$one`.",
            "Everybody named one $one; the list is `$x`. How many chose `$one`?",
        ],
        calls=[
            ([], p[0]),
            ([p[0]], p[0]),
            ([p[0]], p[1]),
            (p, p[2]),
            ([p[0], p[1], p[0]], p[0]),
            (d.many(p, 5, 7), p[1]),
            (d.many(p[:2], 4, 6), p[0]),
            ([p[3]] * 4, p[3]),
        ],
        slips=[
            ("$x.count($one)", "len($x)", "All of them are counted"),
            ("$x.count($one)", "int($one in $x)", "It counts at most one"),
        ],
        clumsy="count = 0\nfor i in range(len($x)):\n    if $x[i] == $one:\n        count = count + 1\nreturn count",
    )


@family(level=0)
def share(d: Draw) -> Problem:
    """A share in percent."""
    d.scene(
        dict(a="yes", b="votes", what="yes votes"),
        dict(a="correct", b="questions", what="right answers"),
        dict(a="sold", b="seats", what="sold seats"),
        dict(a="done", b="tasks", what="finished tasks"),
        dict(a="returned", b="sent", what="returned questionnaires"),
        dict(a="present", b="invited", what="guests that came"),
    )
    how, said, expression, other, kind = d.pick(
        [
            (
                "whole percent, rounded down",
                "rounded down to whole percent",
                "$a * 100 // $b",
                "int($a * 100 / $b)",
                "int",
            ),
            (
                "percent, rounded to one digit",
                "in percent, rounded to one digit after the point",
                "round($a * 100 / $b, 1)",
                "round(100 * $a / $b, 1)",
                "float",
            ),
            (
                "text in percent",
                'as a text like "25%", rounded down',
                'f"{$a * 100 // $b}%"',
                'str($a * 100 // $b) + "%"',
                "str",
            ),
        ]
    )
    del how
    d.let(said=said, expression=expression, other=other)
    n = d.number(20, 80)
    return d.problem(
        name="share percentage ${a}_share percent_$a",
        params="$a: int, $b: int",
        returns=kind,
        ways=["return $expression", "result = $other\nreturn result"],
        summary="Return the share of the $what, $said.",
        gives="the share of the $what, that is, of `$a` among `$b`, $said",
        asks=[
            "Work out how much `$a` is of `$b`, $said.",
            "There were `$b` in all, `$a` of them $what. What share is that, $said?",
        ],
        rules=["`$b` is never 0."],
        calls=[(0, 4), (4, 4), (1, 3), (2, 3), (1, 2), (1, 8), (d.number(1, 19), n), (d.number(1, 9), 200), (5, 4)],
        slips=[
            ("* 100", "* 10", "It multiplies by 10 instead of 100"),
            (
                "$a * 100 //" if kind != "float" else "$a * 100 /",
                "$b * 100 //" if kind != "float" else "$b * 100 /",
                "The number is divided by itself",
            ),
        ],
    )


@family(level=1)
def majority(d: Draw) -> Problem:
    """Whether a majority was reached."""
    name, said, expression, other, slip = d.pick(
        [
            (
                "majority",
                "more than half",
                "$a * 2 > $b",
                "$a > $b / 2",
                ("> $b", ">= $b", "Exactly half is not enough"),
            ),
            (
                "two_thirds",
                "at least two thirds",
                "$a * 3 >= $b * 2",
                "3 * $a >= 2 * $b",
                (">=", ">", "Exactly two thirds are enough"),
            ),
            ("quorum", "at least half", "$a * 2 >= $b", "$a >= $b / 2", (">=", ">", "Exactly half is enough")),
            (
                "quarter",
                "at least a quarter",
                "$a * 4 >= $b",
                "$a >= $b / 4",
                (">=", ">", "Exactly a quarter is enough"),
            ),
        ]
    )
    d.let(fn=name, said=said, expression=expression, other=other)
    d.scene(
        dict(a="yes", b="members", what="members voted for it"),
        dict(a="present", b="invited", what="invited people are there"),
        dict(a="signed", b="residents", what="residents have signed"),
    )
    return d.problem(
        name="has_$fn reaches_$fn is_$fn",
        params="$a: int, $b: int",
        returns="bool",
        ways=[
            "return $expression",
            "return True if $expression else False",
            "if $other:\n    return True\nreturn False",
        ],
        summary="Tell whether one number is $said of another.",
        gives="whether `$a` is $said of `$b`",
        asks=[
            "Is `$a` $said of `$b`? Return True or False.",
            "It counts if $said of the $what. `$a` is their number and `$b` that of all; tell whether it is reached.",
        ],
        calls=[
            (0, 5),
            (5, 5),
            (3, 6),
            (2, 3),
            (1, 4),
            (1, 5),
            (3, 5),
            (4, 6),
            (d.number(1, 30), 30),
            (33, 100),
            (2, 4),
            (1, 2),
            (7, 12),
        ],
        slips=[slip],
        known="3 4",
    )


@family(level=2)
def tally(d: Draw) -> Problem:
    """Votes counted, with case and blanks ignored and empty votes left out."""
    d.scene(
        dict(x="votes", one="candidate"),
        dict(x="answers", one="answer"),
        dict(x="wishes", one="wish"),
        dict(x="names", one="name"),
    )
    case, said = d.pick(
        [
            (".lower()", "in small letters"),
            (".upper()", "in capital letters"),
            (".title()", "with a capital first letter"),
        ]
    )
    d.let(case=case, said=said)
    p = d.people(3)
    return d.problem(
        name="tally count_$x count_up",
        params="$x: list[str]",
        returns="dict[str, int]",
        ways=[
            """
            counts = {}
            for $one in $x:
                $one = $one.strip()$case
                if $one:
                    counts[$one] = counts.get($one, 0) + 1
            return counts
            """,
            """
            from collections import Counter

            cleaned = [$one.strip()$case for $one in $x]
            return dict(Counter($one for $one in cleaned if $one))
            """,
        ],
        summary="Count how often each $one occurs in the $x, with keys $said.",
        gives="a dict that says how often each $one occurs in `$x`, with the keys $said",
        asks=[
            "Count the `$x`: return a dict from each $one, $said, to how often it occurs.",
            'People typed in their $x by hand: " anna", "Anna" and "ANNA" are the same. Count how often each $one occurs in `$x`; the keys '
            "of the dict are $said.",
        ],
        rules=["Capital letters make no difference, blanks at both ends do not count, and empty ones are left out."],
        calls=[
            ([],),
            (["", "  "],),
            ([p[0]],),
            ([p[0], p[0].upper(), f" {p[0].lower()} "],),
            ([p[0], p[1], p[0]],),
            (["x", "X ", "y"],),
            ([p[2], "", p[1].lower()],),
            (d.many([p[0], p[1].upper(), " " + p[2]], 4, 5),),
        ],
        slips=[
            (".strip()$case", ".strip()", "Anna and ANNA are counted apart"),
            ("counts.get($one, 0) + 1", "1", "Each one is counted only once"),
            ("if $one:", "if True:", "Empty ones are counted too"),
        ],
    )


@family(level=2)
def bar_chart(d: Draw) -> Problem:
    """A dict of numbers as lines with bars."""
    d.scene(dict(x="votes"), dict(x="answers"), dict(x="sales"), dict(x="goals"), dict(x="visitors"))
    d.let(sign=d.pick(["#", "*", "=", "o"]), sep=d.pick([": ", " | ", " "]))
    sign, sep = d["sign"], d["sep"]
    p = d.people(4)
    return d.problem(
        name="bar_chart bars draw_bars chart_lines",
        params="$x: dict[str, int]",
        returns="list[str]",
        ways=[
            'return [f"{name}$sep" + "$sign" * number for name, number in $x.items()]',
            """
            lines = []
            for name, number in $x.items():
                bar = "$sign" * number
                lines.append(f"{name}$sep{bar}")
            return lines
            """,
        ],
        summary=f'Draw a line for each name, such as "{p[0]}{sep}{sign * 3}" for 3.',
        gives=f'a list of lines, one for each name in `$x`, such as "{p[0]}{sep}{sign * 3}" for 3',
        asks=[
            f'Draw a bar for each name in the dict `$x`: 3 for {p[0]} becomes the line "{p[0]}{sep}{sign * 3}". Return the list of lines.',
            f'`$x` maps names to numbers, and we want to see them as bars of "$sign": "{p[0]}{sep}{sign * 3}" for a 3. Return the lines as a list.',
        ],
        rules=["Keep the order of the dict."],
        calls=[
            ({},),
            ({p[0]: 3},),
            ({p[1]: 0},),
            ({p[1]: 1, p[0]: 2},),
            ({p[3]: 5, p[2]: 4},),
            ({name: d.number(0, 8) for name in p[:3]},),
            ({p[2]: d.number(2, 9)},),
        ],
        slips=[
            ('"$sign" * number', "str(number)", "The number is written and no bar"),
            ('"$sign" * number', '"$sign" * (number + 1)', "Every bar is one sign too long"),
        ],
    )


@family(level=3)
def winner(d: Draw) -> Problem:
    """Who has won an election, with a rule for a tie and for the majority needed."""
    d.scene(
        dict(x="votes", one="candidate", pool=pools.PEOPLE),
        dict(x="ballots", one="name", pool=pools.PEOPLE),
        dict(x="choices", one="city", pool=pools.CITIES),
        dict(x="picks", one="colour", pool=pools.COLORS),
    )
    tie = d.pick(["None", '"tie"', '"run-off"', '"draw"'])
    absolute = d.chance(0.5)
    d.let(tie=tie)
    p = d.some(d["pool"], 3)
    rule = (
        "Nobody with half of the votes or fewer can win." if absolute else "The most votes win, however few they are."
    )
    if absolute:
        first = """
        counts = {}
        for $one in $x:
            counts[$one] = counts.get($one, 0) + 1
        for $one, number in counts.items():
            if number * 2 > len($x):
                return $one
        return $tie
        """
        second = "for $one in $x:\n    if $x.count($one) > len($x) / 2:\n        return $one\nreturn $tie"
    else:
        first = """
        counts = {}
        for $one in $x:
            counts[$one] = counts.get($one, 0) + 1
        most = max(counts.values(), default=0)
        leaders = [$one for $one, number in counts.items() if number == most]
        if len(leaders) == 1:
            return leaders[0]
        return $tie
        """
        second = """
        from collections import Counter

        ranked = Counter($x).most_common(2)
        if not ranked or len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
            return $tie
        return ranked[0][0]
        """
    d.let(why="has more than half of all" if absolute else "has more than every other")
    return d.problem(
        name="winner elected who_wins result_of_vote",
        params="$x: list[str]",
        returns="str | None" if tie == "None" else "str",
        ways=[first, second] if absolute else [second, first],
        summary="Return the $one that $why, or $tie.",
        gives="the $one that $why in the list `$x`, or $tie if there is none",
        asks=[
            "Each entry of `$x` is a vote for one $one. Return the $one that $why, or $tie if there is none.",
            "We have counted on paper so far. Given the list `$x` of all votes, which $one $why? If there is none, return $tie.",
        ],
        rules=[rule, "Without any vote the result is $tie too."],
        calls=[
            ([],),
            ([p[0]],),
            ([p[0], p[1]],),
            ([p[0], p[1], p[1]],),
            ([p[0], p[1], p[2], p[2]],),
            ([p[0], p[0], p[1], p[1], p[2]],),
            ([p[2], p[1], p[2], p[1], p[2]],),
            (d.many(p, 5, 6),),
            ([p[1]] * 3 + [p[0]] * 2 + [p[2]],),
        ],
        slips=[
            ("number * 2 > len($x)", "number * 2 >= len($x)", "Half of the votes are not more than half")
            if absolute
            else (
                "not ranked or len(ranked) == 2 and ranked[0][1] == ranked[1][1]",
                "not ranked",
                "Of several with equally many votes the first one wins",
            ),
            ("counts.get($one, 0) + 1", "1", "Each one is counted only once")
            if absolute
            else ("most_common(2)", "most_common(1)", "Without the second one a tie is not seen"),
        ],
    )
