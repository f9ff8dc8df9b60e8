"""Families of money: prices in cents, tax, discounts, tips, splitting a bill."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def gross_price(d: Draw) -> Problem:
    """A net price in cents with tax added."""
    d.let(rate=d.pick([5, 7, 10, 19, 20, 25]))
    d.names(net="net net_price amount price", tax="tax VAT")
    return d.problem(
        name="gross_price with_tax add_tax price_with_tax",
        params="$net: int",
        returns="int",
        ways=["return $net + $net * $rate // 100", "tax = $net * $rate // 100\nreturn $net + tax"],
        summary="Add $rate % $tax to a price in cents.",
        gives=[
            "the price `$net` (in cents) with $rate % $tax added",
            "`$net` plus $rate % $tax, in cents",
        ],
        asks=[
            "Add $rate % $tax to a net price. Prices are in cents.",
            "A net price in cents comes in, the price with $rate % $tax goes out.",
            "Our till needs the amount that a customer pays: the net price `$net` in cents plus $rate % $tax.",
        ],
        rules=["The tax is rounded down to whole cents."],
        settings=["This is for our web shop.", "The till works in cents."],
        calls=[(100,), (0,), (999,), (1,), (d.number(200, 900, 50),), (d.number(1000, 9999),), (d.number(10, 99),)],
        slips=[
            ("// 100", "// 10", "The rate is divided by 10 and not by 100"),
            ("$net + $net * ", "$net * ", "Only the tax is returned, without the price itself"),
        ],
        words=["price", "tax | vat"],
    )


@family(level=2)
def split_bill(d: Draw) -> Problem:
    """A bill in cents shared fairly; the first ones pay the odd cents."""
    d.names(total="total bill amount", people="people friends guests")
    return d.problem(
        name="split_bill share_bill split_between",
        params="$total: int, $people: int",
        returns="list[int]",
        ways=[
            """
            share, rest = divmod($total, $people)
            shares = [share] * $people
            for index in range(rest):
                shares[index] += 1
            return shares
            """,
            """
            share, rest = divmod($total, $people)
            return [share + 1 if index < rest else share for index in range($people)]
            """,
            "return [$total // $people + (index < $total % $people) for index in range($people)]",
        ],
        summary="Share a bill in cents among several people.",
        gives="the list of what each of the `$people` pays when they share `$total` cents evenly",
        asks=[
            "Split a bill of `$total` cents among `$people` people and return the list of their shares.",
            "Some friends eat out and share the bill, `$total` cents for `$people` people. What does each one pay? "
            "Return the amounts as a list.",
        ],
        rules=["Cents that are left over are paid by the first ones, one cent each."],
        settings=["For an app that splits restaurant bills."],
        calls=[(100, 3), (101, 3), (7, 7), (0, 2), (5, 1), (d.number(500, 999), d.number(3, 6)), (3, 4)],
        slips=[
            ("range(rest)", "range(1, rest)", "The first person is left out when the odd cents are handed out"),
            ("shares[index] += 1", "shares[0] += rest", "All odd cents land on the first person, and several times"),
        ],
        words=["bill | cents | amount | cost", "share | people | each | among | even"],
    )
