"""Families of counting: how often things occur."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def occurrences(d: Draw) -> Problem:
    """How often one value stands in a list."""
    d.scene(
        dict(xs="votes", one="name", pool=pools.PEOPLE, fn="votes_for count_votes"),
        dict(xs="colors", one="color", pool=pools.COLORS, fn="count_color how_many"),
        dict(xs="words", one="word", pool=pools.WORDS, fn="count_word times_used"),
        dict(xs="orders", one="dish", pool=pools.FRUITS, fn="count_orders ordered"),
        dict(xs="visits", one="city", pool=pools.CITIES, fn="count_visits visits_to"),
    )
    p = d.some(d["pool"], 3)
    return d.problem(
        name=d["fn"],
        params="$xs: list[str], $one: str",
        returns="int",
        ways=["return $xs.count($one)", "return sum(1 for item in $xs if item == $one)"],
        summary="Count how often the $one is in the list.",
        gives=["how often `$one` is in `$xs`", "the number of times that `$one` stands in the list `$xs`"],
        asks=["Count how often `$one` occurs in `$xs`.", "I have a list `$xs` and want to know how many times `$one` is in it."],
        calls=[([], p[0]), ([p[0]], p[0]), ([p[0], p[1], p[0]], p[0]), ([p[1], p[2]], p[0]), (d.many(p, 5, 6), p[1]),
               ([p[2]] * 3, p[2]), ([p[0] + "s", p[0]], p[0])],
        slips=[("$xs.count($one)", "int($one in $xs)", "It only says whether it occurs at all")],
        clumsy="""
        count = 0
        for i in range(len($xs)):
            if $xs[i] == $one:
                count = count + 1
        return count
        """,
        words=["count | how often | number"],
    )  # fmt: skip


@family(level=4)
def most_common(d: Draw) -> Problem:
    """The values that occur most, with Counter."""
    d.scene(dict(xs="words", pool=pools.WORDS), dict(xs="fruits", pool=pools.FRUITS), dict(xs="tags", pool=pools.TAGS),
            dict(xs="cities", pool=pools.CITIES), dict(xs="names", pool=pools.PEOPLE))  # fmt: skip
    p = d.some(d["pool"], 3)
    d.names(n="n count top")
    return d.problem(
        name="most_common top_$xs most_frequent",
        params="$xs: list[str], $n: int",
        returns="list[tuple[str, int]]",
        ways=[
            """
            from collections import Counter

            counts = Counter($xs)
            return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:$n]
            """,
            """
            counts = {}
            for value in $xs:
                counts[value] = counts.get(value, 0) + 1
            ranked = sorted(counts, key=lambda value: (-counts[value], value))
            return [(value, counts[value]) for value in ranked[:$n]]
            """,
        ],
        summary="List the most frequent $xs with their counts, most frequent first.",
        gives="the `$n` most frequent values of `$xs` as pairs (value, count), most frequent first",
        asks=[
            "Which `$n` values occur most often in `$xs`? Return pairs (value, count), the most frequent first.",
            "Count the $xs in the list `$xs` and return the top `$n` as pairs (value, count), beginning with the most "
            "frequent one.",
        ],
        rules=["Equal counts are ordered by the alphabet."],
        calls=[([], 2), ([p[0]], 1), ([p[0], p[1], p[0]], 1), ([p[1], p[0]], 2), (d.many(p, 6, 7), 2), ([p[2], p[1], p[0]], 2),
               ([p[0], p[1], p[1], p[2], p[2]], 3), (["b", "a", "b", "a", "c"], 1), (["b", "c", "c"], 5)],
        slips=[("(-pair[1], pair[0])", "-pair[1]", "Equal counts stay in the order of the list"),
               ("(-pair[1], pair[0])", "(pair[1], pair[0])", "The rarest come first")],
        words=["frequent | common | often", "count | pairs"],
    )  # fmt: skip
