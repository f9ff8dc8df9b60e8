"""Families of stock: what is left, what runs low, deliveries and withdrawals."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=1)
def low_stock(d: Draw) -> Problem:
    """The articles of which too few are left."""
    d.scene(
        dict(thing="article", stock="stock", goods=pools.PRODUCTS),
        dict(thing="ingredient", stock="pantry", goods=pools.FOODS),
    )
    d.names(limit="limit minimum at_least")
    goods = d["goods"]

    def shelf(size: int) -> dict[str, int]:
        return {thing: d.number(0, 9) for thing in d.some(goods, size)}

    return d.problem(
        name="low_$stock running_low to_reorder",
        params="$stock: dict[str, int], $limit: int",
        returns="list[str]",
        ways=[
            "return [$thing for $thing, count in $stock.items() if count < $limit]",
            """
            result = []
            for $thing, count in $stock.items():
                if count < $limit:
                    result.append($thing)
            return result
            """,
        ],
        summary="List the ${thing}s of which fewer than the limit are left.",
        gives="the list of the ${thing}s in `$stock` of which there are fewer than `$limit`",
        asks=[
            "List every $thing with a count below `$limit`, in the order of the dict `$stock`.",
            "`$stock` maps each $thing to how many are left. Which ones are running low, "
            "with fewer than `$limit`? Return their names as a list.",
        ],
        rules=["Keep the order of the dict."],
        settings=["We check the $stock every Monday."],
        calls=[
            ({}, 3),
            ({goods[0]: 3, goods[1]: 2}, 3),  # one exactly at the limit
            ({goods[2]: 0}, 1),
            (shelf(4), d.number(3, 6)),
            (shelf(5), d.number(2, 7)),
            (shelf(3), 9),
        ],
        slips=[("< $limit", "<= $limit", "What stands exactly at the limit is listed too")],
        words=["few | below | less | low | under", "limit | minimum"],
    )
