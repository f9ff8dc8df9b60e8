"""Families of playlists: durations, repeats, order."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=1)
def seconds_as_text(d: Draw) -> Problem:
    """Seconds as minutes and seconds."""
    d.scene(
        dict(x="seconds length duration", sep=":", eg="3:05", n=185, a="minutes", b="seconds", c=60, fn="as_clock track_time"),
        dict(x="minutes length duration", sep=":", eg="2:07", n=127, a="hours", b="minutes", c=60, fn="as_hours film_time"),
        dict(x="minutes length", sep="h", eg="2h07", n=127, a="hours", b="minutes", c=60, fn="show_length as_hours"),
        dict(x="cents amount", sep=".", eg="4.09", n=409, a="euros", b="cents", c=100, fn="as_euros show_price"),
        dict(x="centimetres height", sep=".", eg="1.08", n=108, a="metres", b="centimetres", c=100, fn="as_metres"),
    )  # fmt: skip
    d.names(v=d["x"])
    c = d["c"]
    return d.problem(
        name=d["fn"],
        params="$v: int",
        returns="str",
        ways=['return f"{$v // $c}$sep{$v % $c:02d}"',
              '$a, rest = divmod($v, $c)\nreturn f"{$a}$sep{rest:02d}"'],
        summary='Write a number of $b as $a and $b, like "$eg".',
        gives='the $b `$v` as $a and $b, such as "$eg" for $n',
        asks=[
            'Write `$v`, a number of $b, as $a and $b: $n becomes "$eg".',
            'We store $b, but people want to read something like "$eg", which stands for $n. Do that for `$v`.',
        ],
        rules=["The $b always have two digits."],
        calls=[(d["n"],), (0,), (c,), (c - 1,), (9,), (d.number(100, 900),), (d.number(1000, 9000),), (c * 3 + 1,)],
        slips=[(":02d}", "}", "Small numbers lose the zero in front"),
               ("$v % $c", "$v // $c", "The first part is written twice")],
        words=["$a", "write | format | text"],
        known="60 100",
    )  # fmt: skip


@family(level=2)
def without_repeats(d: Draw) -> Problem:
    """A list without repetitions, in order."""
    d.scene(
        dict(xs="songs playlist tracks", one="song", pool=pools.SONGS),
        dict(xs="tags labels", one="tag", pool=pools.TAGS),
        dict(xs="cities stops", one="city", pool=pools.CITIES),
        dict(xs="names guests", one="name", pool=pools.PEOPLE),
        dict(xs="words keywords", one="word", pool=pools.WORDS),
    )
    d.names(x=d["xs"])
    pool = d.some(d["pool"], 4)
    return d.problem(
        name="without_repeats unique_$x remove_duplicates distinct_$x",
        params="$x: list[str]",
        returns="list[str]",
        ways=[
            """
            result = []
            for $one in $x:
                if $one not in result:
                    result.append($one)
            return result
            """,
            "return list(dict.fromkeys($x))",
            """
            seen = set()
            result = []
            for $one in $x:
                if $one not in seen:
                    seen.add($one)
                    result.append($one)
            return result
            """,
        ],
        summary="Return the list with every $one only once, in the order of first appearance.",
        gives="a list with every $one of `$x` only once, in the order in which they first appear",
        asks=[
            "Remove repeated entries from `$x`; the first of each stays, and so does the order.",
            "The same $one turns up several times in `$x`. Make a new list where each one appears once, at its first "
            "place.",
        ],
        calls=[([],), ([pool[0]],), ([pool[0], pool[0]],), ([pool[1], pool[0], pool[1]],), (d.many(pool, 5, 6),),
               ([pool[3], pool[2], pool[1]],), ([pool[2], pool[3], pool[3], pool[2], pool[0]],), (d.many(pool, 4, 6),)],
        slips=[("not in result", "in result", "Nothing is ever taken over")],
        clumsy="""
        result = []
        for i in range(len($x)):
            found = False
            for j in range(i):
                if $x[j] == $x[i]:
                    found = True
            if not found:
                result.append($x[i])
        return result
        """,
        words=["once | repeat | duplicate | distinct", "order | first"],
    )  # fmt: skip
