"""Families of classes that keep a state: counters, baskets, accounts."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=4)
def account(d: Draw) -> Problem:
    """A balance that is paid into and drawn from, never below zero."""
    d.scene(
        dict(thing="account", unit="cents", up="deposit", down="withdraw", left="balance", cls="Account Wallet"),
        dict(thing="gift card", unit="cents", up="load", down="pay", left="credit", cls="GiftCard Voucher"),
        dict(thing="ticket card", unit="rides", up="add", down="use", left="rides", cls="TicketCard RideCard"),
        dict(thing="water tank", unit="litres", up="fill", down="drain", left="level", cls="Tank WaterTank"),
    )
    d.let(a=d.number(50, 99), b=d.number(10, 40), c=d.number(200, 900))
    return d.problem(
        name=d["cls"],
        params="$left: int = 0",
        ways=[
            """
            class $name:
                def __init__(self, $left=0):
                    self.$left = $left

                def $up(self, amount):
                    if amount <= 0:
                        raise ValueError("the amount must be positive")
                    self.$left += amount

                def $down(self, amount):
                    if amount > self.$left:
                        return False
                    self.$left -= amount
                    return True
            """,
            """
            class $name:
                def __init__(self, $left: int = 0) -> None:
                    self.$left = $left

                def $up(self, amount: int) -> None:
                    if amount < 1:
                        raise ValueError("the amount must be positive")
                    self.$left = self.$left + amount

                def $down(self, amount: int) -> bool:
                    enough = amount <= self.$left
                    if enough:
                        self.$left -= amount
                    return enough
            """,
        ],
        summary="Model a/an $thing that never goes below zero.",
        asks=[
            "It stands for a/an $thing and keeps its `$left`, a whole number of $unit. The method `$up(amount)` adds "
            "to it; `$down(amount)` takes from it and returns True, or leaves it alone and returns False "
            "if there is not enough.",
            "Write down what a/an $thing does: the attribute `$left` counts the $unit, `$up(amount)` increases it, and "
            "`$down(amount)` decreases it. If `$down` is asked for more than there is, nothing changes and it returns "
            "False, else True.",
        ],
        rules=["`$up` raises ValueError for an amount of zero or less."],
        raises="ValueError",
        calls=[
            "$name().$left",
            "x = $name(); x.$up($a); x.$left",
            "x = $name($a); x.$down($b)",
            "x = $name($a); x.$down($b); x.$left",
            "x = $name($b); x.$down($a)",
            "x = $name($b); x.$down($a); x.$left",
            "x = $name($b); x.$down($b)",
            "$name($a).$up(0)",
            "$name().$up(-$b)",
            "x = $name(); x.$up(1); x.$left",
        ],
        slips=[
            ("> self.$left", ">= self.$left", "What is there cannot be used up completely"),
            ("self.$left += amount", "self.$left = amount", "The amount replaces what was there before"),
        ],
    )


@family(level=2)
def add_to_basket(d: Draw) -> Problem:
    """Put a number of articles into a basket, which is a dict that changes."""
    d.scene(
        dict(basket="basket cart", item="article product", goods=pools.PRODUCTS),
        dict(basket="shopping_list groceries", item="item food", goods=pools.FOODS),
        dict(basket="toolbox", item="tool", goods=pools.TOOLS),
    )
    d.names(b=d["basket"], i=d["item"])
    x, y = d.some(d["goods"], 2)
    d.let(x=x, y=y, n=d.number(2, 9))
    return d.problem(
        name="add_$i put_in",
        params="$b: dict[str, int], $i: str, count: int = 1",
        returns="None",
        ways=[
            "$b[$i] = $b.get($i, 0) + count",
            "if $i in $b:\n    $b[$i] += count\nelse:\n    $b[$i] = count",
        ],
        summary="Add some pieces of the $i to the dict in place.",
        asks=[
            "Put `count` pieces of `$i` into the dict `$b`, which maps names to numbers.",
            "`$b` says how many of each $i there are. Increase the number of `$i` by `count`; what is not there yet "
            "begins at 0.",
        ],
        rules=["`count` is 1 by default.", "The dict is changed in place and nothing is returned."],
        calls=[
            'b = {}; $name(b, "$x"); b',
            'b = {"$x": 2}; $name(b, "$x", $n); b',
            'b = {"$x": $n}; $name(b, "$y", 3); b',
            'b = {"$x": 1, "$y": $n}; $name(b, "$y"); b',
            'b = {"$y": 5}; $name(b, "$y", 0); b',
            'b = {}; $name(b, "$y", $n); b',
        ],
        slips=[("$b.get($i, 0) + count", "count", "A number that was there before is overwritten")],
    )
