"""Families of sets and tags: what is common, what is missing, indexes by tag."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def two_sets(d: Draw) -> Problem:
    """Two sets together, in common, or one without the other."""
    sign, method, said, fn = d.pick(
        [
            ("&", "intersection", "that are in both `$a` and `$b`", "in_both common shared"),
            ("|", "union", "that are in `$a` or in `$b`, or in both", "all_of_them together combined"),
            ("-", "difference", "that are in `$a` but not in `$b`", "only_in_first missing left_over"),
            (
                "^",
                "symmetric_difference",
                "that are in one of `$a` and `$b` but not in both",
                "in_one_only differing not_shared",
            ),
        ]
    )
    d.scene(
        dict(a="mine", b="yours", what="tags", pool=pools.TAGS),
        dict(a="planned", b="bought", what="things", pool=pools.FOODS),
        dict(a="invited", b="accepted", what="guests", pool=pools.PEOPLE),
        dict(a="morning", b="evening", what="colours", pool=pools.COLORS),
        dict(a="required", b="installed", what="tools", pool=pools.TOOLS),
    )
    d.let(sign=sign, method=method, said=said)
    p = d.some(d["pool"], 5)
    wrong = {"&": "|", "|": "&", "-": "&", "^": "|"}[sign]
    return d.problem(
        name=fn,
        params="$a: set[str], $b: set[str]",
        returns="set[str]",
        ways=["return $a $sign $b", "return $a.$method($b)"],
        summary="Return the $what $said.".replace(
            "$said", said.replace("`$a`", "the first").replace("`$b`", "the second set")
        ),
        gives="the set of the $what $said",
        asks=[
            "`$a` and `$b` are sets of $what. Return the $what $said.",
            "I have two sets of $what and want to know which are the ones $said.",
        ],
        calls=[
            (set(), set()),
            ({p[0]}, set()),
            (set(), {p[1]}),
            ({p[0]}, {p[0]}),
            ({p[0], p[1]}, {p[1], p[2]}),
            ({p[3], p[4]}, {p[0]}),
            (set(p[:4]), {p[2]}),
            ({p[4]}, set(p[2:])),
        ],
        slips=[(" $sign ", f" {wrong} ", "It is another way to combine two sets")],
        clumsy="result = set()\nfor one in $a:\n    if one in $b:\n        result.add(one)\nreturn result"
        if sign == "&"
        else "result = set()\nfor one in $a:\n    if one not in $b:\n        result.add(one)\nreturn result"
        if sign == "-"
        else (),
    )


@family(level=0)
def compare_sets(d: Draw) -> Problem:
    """Whether a set holds, contains or avoids something."""
    d.scene(
        dict(a="ticked", b="required", what="boxes", pool=pools.TAGS),
        dict(a="pantry", b="recipe", what="foods", pool=pools.FOODS),
        dict(a="present", b="expected", what="people", pool=pools.PEOPLE),
        dict(a="toolbox", b="needed", what="tools", pool=pools.TOOLS),
    )
    p = d.some(d["pool"], 4)
    first, second, said, short, fn, wrong = d.pick(
        [
            (
                "$b <= $a",
                "$b.issubset($a)",
                "all of `$b` are in `$a`",
                "all of the second are in the first",
                "has_all covers",
                ("<=", ">=", "It asks the other way round"),
            ),
            (
                "$a.isdisjoint($b)",
                "not $a & $b",
                "`$a` and `$b` have nothing in common",
                "two sets have nothing in common",
                "nothing_shared are_apart",
                ("$a.isdisjoint($b)", "$a != $b", "Two sets may differ and still share something"),
            ),
            (
                "not $a.isdisjoint($b)",
                "len($a & $b) > 0",
                "`$a` and `$b` have something in common",
                "two sets have something in common",
                "share_something overlap",
                ("not $a", "$a", "The answer is the wrong way round"),
            ),
        ]
    )
    return d.problem(
        name=fn,
        params="$a: set[str], $b: set[str]",
        returns="bool",
        ways=[f"return {first}", f"return {second}"],
        summary=f"Tell whether {short}.",
        gives=f"whether {said}",
        asks=[
            f"`$a` and `$b` are sets of $what. Find out whether {said}.",
            f"True or false: {said}? Both are sets of $what.",
        ],
        calls=[
            (set(), set()),
            ({p[0]}, set()),
            (set(), {p[1]}),
            ({p[0]}, {p[0]}),
            ({p[0], p[1]}, {p[1], p[2]}),
            ({p[3]}, {p[0]}),
            (set(p), {p[2], p[3]}),
            ({p[2]}, set(p)),
        ],
        slips=[wrong],
    )


@family(level=0)
def how_many_different(d: Draw) -> Problem:
    """How many different values there are."""
    d.scene(
        dict(x="visitors guests", one="visitor", pool=pools.PEOPLE),
        dict(x="words", one="word", pool=pools.WORDS),
        dict(x="colours colors", one="colour", pool=pools.COLORS),
        dict(x="cities stops", one="city", pool=pools.CITIES),
        dict(x="articles purchases", one="article", pool=pools.PRODUCTS),
    )
    d.names(x=d["x"])
    p = d.some(d["pool"], 4)
    return d.problem(
        name="count_different different_$x unique_count number_of_different",
        params="$x: list[str]",
        returns="int",
        ways=["return len(set($x))", "return len(dict.fromkeys($x))"],
        summary="Count how many different $x there are in a list.",
        gives="how many different texts are in the list `$x`",
        asks=[
            "Count the different $x in a list; what comes twice counts once.",
            "The list `$x` has many repetitions. How many different ones are there?",
        ],
        calls=[
            ([],),
            ([p[0]],),
            ([p[0]] * 3,),
            ([p[0], p[1], p[0]],),
            (p,),
            (d.many(p, 5, 7),),
            (d.many(p[:2], 4, 6),),
            ([*p, p[0]],),
        ],
        slips=[
            ("len(set($x))", "len($x)", "Repetitions are counted each time"),
            ("len(set($x))", "len($x) - len(set($x))", "It counts the repetitions"),
        ],
        clumsy="""
        seen = []
        count = 0
        for one in $x:
            if one not in seen:
                seen.append(one)
                count = count + 1
        return count
        """,
    )


@family(level=1)
def with_tag(d: Draw) -> Problem:
    """The entries that have a tag, or lack it."""
    d.scene(
        dict(x="notes", one="note"),
        dict(x="photos", one="photo"),
        dict(x="recipes", one="recipe"),
        dict(x="articles", one="article"),
        dict(x="songs", one="song"),
    )
    has = d.chance(0.65)
    d.let(
        not_="" if has else "not ",
        said="with the tag `tag`" if has else "without the tag `tag`",
        do="has" if has else "lacks",
    )
    w, t = d.some(pools.WORDS, 4), d.some(pools.TAGS, 3)
    return d.problem(
        name="${x}_with tagged_$x with_tag" if has else "${x}_without untagged_$x without_tag",
        params="$x: dict[str, set[str]], tag: str",
        returns="list[str]",
        ways=[
            "return [$one for $one, tags in $x.items() if tag ${not_}in tags]",
            "result = []\nfor $one in $x:\n    if tag ${not_}in $x[$one]:\n        result.append($one)\nreturn result",
        ],
        summary=f"List the $x that {'have' if has else 'do not have'} a certain tag.",
        gives="the list of the $x in `$x` $said",
        asks=[
            "`$x` maps each $one to the set of its tags. List every $one $said.",
            "Which $x are $said? `$x` is a dict from $one to a set of tags; return a list.",
        ],
        rules=["Keep the order of the dict."],
        calls=[
            ({}, t[0]),
            ({w[0]: {t[0]}}, t[0]),
            ({w[0]: {t[0]}}, t[1]),
            ({w[0]: set()}, t[0]),
            ({w[0]: {t[0], t[1]}, w[1]: {t[1]}, w[2]: {t[2]}}, t[1]),
            ({w[3]: {t[2]}, w[1]: {t[0]}}, t[2]),
            ({w[2]: {t[0]}, w[0]: {t[0]}, w[3]: {t[1]}}, t[0]),
            ({w[1]: {"x" + t[0]}, w[0]: {t[1]}}, t[0]),
        ],
        slips=[("tag ${not_}in tags", "tag in tags" if not has else "tag not in tags", "It lists just the others")],
    )


@family(level=1)
def hash_words(d: Draw) -> Problem:
    """The words of a text that begin with a sign."""
    sign, what = d.pick([("#", "tag"), ("@", "name"), ("+", "project"), ("!", "command")])
    d.let(sign=sign, what=what)
    d.names(x="text message post note")
    a, b, c = d.some(pools.TAGS, 3)
    return d.problem(
        name="${what}s_in find_${what}s ${what}s_of",
        params="$x: str",
        returns="list[str]",
        ways=[
            'return [word[1:] for word in $x.split() if word.startswith("$sign")]',
            'result = []\nfor word in $x.split():\n    if word[0] == "$sign":\n        result.append(word[1:])\nreturn result',
            'return [word.removeprefix("$sign") for word in $x.split() if word.startswith("$sign")]',
        ],
        summary='List the ${what}s in a text, that is, the words with "$sign" in front, without that sign.',
        gives='the list of the ${what}s in `$x`: the words that begin with "$sign", without that sign',
        asks=[
            'A word that begins with "$sign" is a $what. List the ${what}s in `$x` without the sign.',
            'People write ${what}s into their texts as words with "$sign" in front. Find them all in `$x`, without the sign.',
        ],
        rules=["Words are separated by blanks; keep the order, and what comes twice is listed twice."],
        calls=[
            ("",),
            ("no such word",),
            (f"{sign}{a}",),
            (f"see {sign}{a} and {sign}{b}",),
            (f"{c}{sign}{a} {sign}{b}",),
            (f"{sign}{c} {sign}{c}",),
            (f"  {d.sentence()} {sign}{b}",),
            (f"a {sign} b",),
            (d.sentence(),),
        ],
        slips=[
            ("word[1:]", "word", "The sign stays in front"),
            ('word.startswith("$sign")', '"$sign" in word', "The sign may stand within a word"),
        ],
    )


@family(level=2)
def index_by_tag(d: Draw) -> Problem:
    """A dict turned round: from tag to names."""
    d.scene(
        dict(x="notes", one="note", many="tags", key="tag"),
        dict(x="songs", one="song", many="genres", key="genre"),
        dict(x="books", one="book", many="authors", key="author"),
        dict(x="people", one="person", many="skills", key="skill"),
        dict(x="courses", one="course", many="days", key="day"),
    )
    w, t = d.some(pools.WORDS, 3), d.some(pools.TAGS, 3)
    return d.problem(
        name="by_$key group_by_$key index_by_$key ${x}_by_$key",
        params="$x: dict[str, list[str]]",
        returns="dict[str, list[str]]",
        ways=[
            """
            result = {}
            for $one, $many in $x.items():
                for $key in $many:
                    result.setdefault($key, []).append($one)
            return result
            """,
            """
            result = {}
            for $one in $x:
                for $key in $x[$one]:
                    if $key not in result:
                        result[$key] = []
                    result[$key].append($one)
            return result
            """,
            """
            from collections import defaultdict

            result = defaultdict(list)
            for $one, $many in $x.items():
                for $key in $many:
                    result[$key].append($one)
            return dict(result)
            """,
        ],
        summary="Turn a dict from $one to its $many into one from $key to the list of $x.",
        gives="a dict from each $key to the list of the $x that have it in `$x`",
        asks=[
            "`$x` maps each $one to a list of $many. Turn it round: a dict from each $key to the list of its $x.",
            "We want to look things up by $key. Build a dict from $key to a list of $x, given `$x`, which maps each $one to its $many.",
        ],
        rules=["Keep the order of `$x` in the lists."],
        calls=[
            ({},),
            ({w[0]: []},),
            ({w[0]: [t[0]]},),
            ({w[0]: [t[0], t[1]]},),
            ({w[0]: [t[0]], w[1]: [t[0]]},),
            ({w[1]: [t[1], t[0]], w[0]: [t[0]], w[2]: [t[2]]},),
            ({w[2]: [t[0]], w[1]: [], w[0]: [t[0], t[2]]},),
        ],
        slips=[
            (
                "result.setdefault($key, []).append($one)",
                "result[$key] = [$one]",
                "Only the last one stays in each list",
            ),
            ("$key, []).append($one)", "$one, []).append($key)", "The dict is built the same way round as before"),
        ],
    )


@family(level=3)
def related(d: Draw) -> Problem:
    """The entries that have the most tags in common with one of them."""
    d.scene(
        dict(x="articles", one="article"),
        dict(x="recipes", one="recipe"),
        dict(x="songs", one="song"),
        dict(x="games", one="game"),
    )
    d.names(n="name chosen current")
    a, b, c, e = d.some(pools.WORDS, 4)
    t = d.some(pools.TAGS, 4)
    return d.problem(
        name="related_$x similar_$x see_also",
        params="$x: dict[str, set[str]], $n: str",
        returns="list[str]",
        ways=[
            """
            found = []
            for other, tags in $x.items():
                if other == $n:
                    continue
                shared = len(tags & $x[$n])
                if shared > 0:
                    found.append((-shared, other))
            return [other for _, other in sorted(found)]
            """,
            """
            own = $x[$n]
            others = [other for other in $x if other != $n and $x[other] & own]
            return sorted(others, key=lambda other: (-len($x[other] & own), other))
            """,
        ],
        summary="List the $x that share tags with one of them, those with the most in common first.",
        gives="the other $x that share at least one tag with `$n`, those with the most tags in common first",
        asks=[
            "`$x` maps each $one to the set of its tags. Return the others that share a tag with `$n`, those with the most in "
            "common first.",
            "Under each $one we show similar ones. `$x` maps each $one to a set of tags; list the other $x that have some tag "
            "in common with `$n`, the most similar ones first.",
        ],
        rules=["Equally many shared tags are ordered by name."],
        calls=[
            ({a: set()}, a),
            ({a: {t[0]}, b: {t[0]}}, a),
            ({a: {t[0]}, b: {t[1]}}, b),
            ({a: {t[0], t[1]}, b: {t[0]}, c: {t[0], t[1]}}, a),
            ({"kiwi": {t[0]}, "fig": {t[0]}, a: {t[0], t[2]}}, a),
            ({a: set(t), b: set(t[:2]), c: set(t[1:]), e: set()}, a),
            ({e: {t[3]}, c: {t[3]}, b: {t[3]}}, c),
        ],
        slips=[
            ("(-shared, other)", "(shared, other)", "Those with the least in common come first"),
            ("if shared > 0:", "if shared > 1:", "One shared tag is not enough"),
        ],
    )
