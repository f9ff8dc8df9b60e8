"""Families of tables: rows and columns as lists and dicts."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family

_SCENES = (
    dict(xs="books", one="book", key="title", other="pages", pool=pools.SONGS),
    dict(xs="cities", one="city", key="name", other="population", pool=pools.CITIES),
    dict(xs="products", one="product", key="name", other="price", pool=pools.PRODUCTS),
    dict(xs="employees", one="employee", key="name", other="salary", pool=pools.PEOPLE),
    dict(xs="rooms", one="room", key="label", other="seats", pool=pools.COLORS),
)


def _rows(d: Draw, count: int, low: int = 1, high: int = 90) -> list[dict[str, object]]:
    return [{d["key"]: name, d["other"]: d.number(low, high)} for name in d.some(d["pool"], count)]


@family(level=1)
def column(d: Draw) -> Problem:
    """One column of a table."""
    d.scene(*_SCENES)
    d.let(col=d[d.pick(["key", "other"])])
    text = d["col"] == d["key"]
    d.let(hint="str" if text else "int")
    return d.problem(
        name="all_${col}s ${col}_column get_${col}s" if text else "${col}_column get_$col ${col}_values",
        params="$xs: list[dict]",
        returns="list[$hint]",
        ways=[
            'return [$one["$col"] for $one in $xs]',
            'values = []\nfor $one in $xs:\n    values.append($one["$col"])\nreturn values',
        ],
        summary='Return the "$col" of every $one as a list.',
        gives='the list of what stands under "$col" in each of `$xs`',
        asks=[
            'Every $one in `$xs` is a dict. Collect what stands under "$col" in a list, in the same order.',
            'I have a table `$xs` (a list of dicts with the keys "$key" and "$other") and want one column of it, "$col".',
        ],
        calls=[([],), (_rows(d, 1),), (_rows(d, 2),), (_rows(d, 3),), (_rows(d, 2),), (_rows(d, 3),)],
        slips=[('"$col"', '"$key"' if not text else '"$other"', "It is the other column that is returned")],
        words=["every | each | all | column", "list"],
    )  # fmt: skip


@family(level=1)
def rows_above(d: Draw) -> Problem:
    """The names of the rows with a value on one side of a limit."""
    d.scene(*_SCENES)
    word, op, off = d.pick(
        [("more than", ">", ">="), ("at least", ">=", ">"), ("less than", "<", "<="), ("at most", "<=", "<")]
    )
    d.let(word=word, op=op, off=off)
    d.names(n="limit bound value")
    edge = d.number(20, 60)
    a, b, c = d.some(d["pool"], 3)

    def three(x: int, y: int, z: int) -> list[dict[str, object]]:
        return [{d["key"]: name, d["other"]: value} for name, value in ((a, x), (b, y), (c, z))]

    return d.problem(
        name="${xs}_by_$other select_$xs find_$xs",
        params="$xs: list[dict], $n: int",
        returns="list[str]",
        ways=[
            'return [$one["$key"] for $one in $xs if $one["$other"] $op $n]',
            'result = []\nfor $one in $xs:\n    if $one["$other"] $op $n:\n        result.append($one["$key"])\nreturn result',
        ],
        summary='List the "$key" of every $one whose "$other" is $word the given number.',
        gives='the list of the "$key" of every $one in `$xs` whose "$other" is $word `$n`',
        asks=[
            'Each $one in the list `$xs` is a dict with "$key" and "$other". List the "$key" of those whose "$other" is '
            "$word `$n`.",
            'Filter the table `$xs`: I want the "$key" of every $one with "$other" $word `$n`.',
        ],
        calls=[([], 5), (three(edge, edge - 1, edge + 1), edge), (_rows(d, 1), edge), (_rows(d, 3), edge),
               (_rows(d, 3), d.number(10, 80)), (three(1, 2, 3), 2), (_rows(d, 2), 0), (_rows(d, 2), 95)],
        slips=[("$op $n", "$off $n", "What has exactly that number is judged the wrong way"),
               ('$one["$key"] for', "$one for", "It returns whole rows and not their names")],
        words=["$word", "list"],
    )  # fmt: skip


@family(level=0)
def sorted_rows(d: Draw) -> Problem:
    """A table sorted by a column."""
    d.scene(*_SCENES)
    down = d.chance(0.5)
    d.let(
        rev=", reverse=True" if down else "",
        said="from the highest to the lowest" if down else "from the lowest to the highest",
        off="" if down else ", reverse=True",
        op="<" if down else ">",
    )
    return d.problem(
        name="sort_by_$other ${xs}_by_$other order_by_$other",
        params="$xs: list[dict]",
        returns="list[dict]",
        ways=[
            'return sorted($xs, key=lambda $one: $one["$other"]$rev)',
            'from operator import itemgetter\n\nreturn sorted($xs, key=itemgetter("$other")$rev)',
        ],
        summary='Return the $xs sorted by "$other", $said.',
        gives='the list `$xs` sorted by "$other", $said',
        asks=[
            'Sort a list of dicts by "$other", $said, and return the new list.',
            'The page should show the $xs in order of their "$other", $said. Return a sorted list of the dicts in `$xs`.',
        ],
        rules=["Those with the same number keep their order."],
        calls=[([],), (_rows(d, 1),), (_rows(d, 2),), (_rows(d, 3),), (_rows(d, 3),), (_rows(d, 3, 1, 2),),
               (_rows(d, 2),), (_rows(d, 3, 4, 5),)],
        slips=[("$rev)", "$off)", "The order is the other way round"), ('"$other"', '"$key"', "It sorts by the wrong column")],
        words=["sort | order", "highest | lowest"],
    )  # fmt: skip
