"""Families of orders: totals, filters, groups."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def line_total(d: Draw) -> Problem:
    """Price times pieces plus a fee."""
    d.scene(
        dict(a="price", b="count", c="shipping", what="order", said="the shipping"),
        dict(a="price", b="seats", c="fee", what="booking", said="the booking fee"),
        dict(a="rate", b="hours", c="travel", what="job", said="the travel costs"),
        dict(a="price", b="nights", c="cleaning", what="stay", said="the cleaning"),
        dict(a="wage", b="days", c="bonus", what="shift", said="the bonus"),
    )
    return d.problem(
        name="${what}_total total_for_$what sum_of_$what",
        params="$a: int, $b: int, $c: int",
        returns="int",
        ways=["return $a * $b + $c", "total = $a * $b\nreturn total + $c", "return $c + $b * $a"],
        summary="Return `$a` times `$b` plus $said.",
        gives="what the $what comes to: `$a` times `$b`, plus `$c`",
        asks=[
            "Multiply `$a` by `$b` and add `$c`.",
            "What does a/an $what come to? It is `$a` for each of the `$b`, and `$c` is added once.",
        ],
        calls=[(10, 3, 5), (0, 4, 2), (7, 0, 3), (12, 1, 0), (d.number(2, 60), d.number(2, 9), d.number(1, 20)),
               (d.number(5, 90), d.number(2, 9), d.number(1, 9)), (1, 1, 1)],
        slips=[("$a * $b + $c", "$a * ($b + $c)", "`$c` is multiplied too"),
               ("$a * $b + $c", "$a * $b", "`$c` is forgotten")],
        words=["times | multipl | total | sum", "plus | add"],
    )  # fmt: skip


@family(level=2)
def sum_by(d: Draw) -> Problem:
    """Amounts added up for each customer, category, day."""
    d.scene(
        dict(xs="orders", key="customer", value="amount", pool=pools.PEOPLE),
        dict(xs="expenses", key="category", value="amount", pool=["food", "rent", "travel", "books"]),
        dict(xs="shifts", key="name", value="hours", pool=pools.PEOPLE),
        dict(xs="deliveries", key="article", value="pieces", pool=pools.TOOLS),
        dict(xs="donations", key="city", value="sum", pool=pools.CITIES),
        dict(xs="trips", key="driver", value="distance", pool=pools.PEOPLE),
    )
    pool = d.some(d["pool"], 3)

    def pairs(count: int) -> list[tuple[str, int]]:
        return [(d.pick(pool), d.number(1, 50)) for _ in range(count)]

    return d.problem(
        name="${value}_by_$key total_by_$key ${xs}_by_$key",
        params="$xs: list[tuple[str, int]]",
        returns="dict[str, int]",
        ways=[
            """
            totals = {}
            for $key, $value in $xs:
                totals[$key] = totals.get($key, 0) + $value
            return totals
            """,
            """
            from collections import defaultdict

            totals = defaultdict(int)
            for $key, $value in $xs:
                totals[$key] += $value
            return dict(totals)
            """,
        ],
        summary="Add up the $value of the $xs for each $key.",
        gives="a dict from each $key to the total $value, where `$xs` is a list of pairs ($key, $value)",
        asks=[
            "`$xs` is a list of pairs ($key, $value). Add up the $value for each $key and return a dict.",
            "At the end of the month we want to know the total $value for every $key. Each of the `$xs` is a tuple of "
            "$key and $value; make a dict of the totals.",
        ],
        calls=[([],), (pairs(1),), ([(pool[0], 5), (pool[1], 7), (pool[0], 2)],), (pairs(4),), (pairs(5),),
               ([(pool[2], 3), (pool[2], 4)],), (pairs(4),)],
        slips=[("totals.get($key, 0) + $value", "$value", "Only the last $value of each $key is kept"),
               ("+ $value", "+ 1", "It counts the $xs and does not add up their $value")],
        clumsy="""
        totals = {}
        for i in range(len($xs)):
            if $xs[i][0] not in totals:
                totals[$xs[i][0]] = 0
            totals[$xs[i][0]] = totals[$xs[i][0]] + $xs[i][1]
        return totals
        """,
        words=["add | sum | total", "each | every | per"],
    )  # fmt: skip


@family(level=3)
def order_price(d: Draw) -> Problem:
    """The price of an order with a discount and shipping."""
    d.let(free=d.number(40, 100, 10), fee=d.number(3, 9), least=d.number(5, 12), off=d.pick([5, 10, 20]))
    a, b, c = d.some(pools.PRODUCTS, 3)
    free, least = d["free"], d["least"]
    return d.problem(
        name="order_price checkout_total final_price",
        params="items: list[tuple[str, int, int]]",
        returns="int",
        ways=[
            """
            total = 0
            pieces = 0
            for _, price, count in items:
                total += price * count
                pieces += count
            if pieces >= $least:
                total -= total * $off // 100
            if 0 < total < $free:
                total += $fee
            return total
            """,
            """
            total = sum(price * count for _, price, count in items)
            if sum(count for _, _, count in items) >= $least:
                total -= total * $off // 100
            return total + $fee if 0 < total < $free else total
            """,
        ],
        summary="Return what an order costs, with discount and shipping.",
        asks=[
            "`items` holds tuples (name, price, count). Add up price times count.",
            "Work out what a customer pays. Every item of the order is a tuple (name, price, count), and the total is "
            "the sum of price times count.",
            "An order is a list of tuples (name, price, count) with whole prices. What does it cost in all?",
        ],
        rules=[
            "If there are at least $least pieces in all, take $off % off, the discount rounded down.",
            "After that, if the total is below $free (but not 0), add $fee for shipping.",
        ],
        calls=[([],), ([(a, 5, 1)],), ([(a, free, 1)],), ([(a, free - 1, 1)],), ([(b, 3, least)],), ([(b, 3, least - 1)],),
               ([(a, 9, 2), (b, 11, least - 2)],), ([(c, d.number(5, 19), 2), (a, d.number(7, 33), 1)],), ([(c, 0, 3)],),
               ([(c, 1, least - 1)],), ([(a, free + 1, least)],), ([(b, 1, 1)],)],
        slips=[("pieces >= $least", "pieces > $least", "Exactly $least pieces get no discount"),
               ("< $free", "<= $free", "Shipping is charged at exactly $free"),
               ("price * count", "price", "Each item is counted once, however many pieces there are"),
               ("pieces += count", "pieces += 1", "It counts the items and not the pieces")],
        words=["cost | price | total | pays", "discount | shipping"],
    )  # fmt: skip
