"""Families of exact decimal numbers: prices as text, rounding like a bank."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=4)
def exact_total(d: Draw) -> Problem:
    """Prices as text added up exactly."""
    d.scene(dict(xs="prices", what="receipt"), dict(xs="amounts", what="invoice"), dict(xs="payments", what="account"),
            dict(xs="fees", what="bill"))  # fmt: skip

    def price() -> str:
        return f"{d.number(0, 40)}.{d.number(0, 99):02}"

    return d.problem(
        name="exact_total add_$xs sum_$xs",
        params="$xs: list[str]",
        returns="str",
        ways=[
            """
            from decimal import Decimal

            return f"{sum((Decimal(text) for text in $xs), Decimal(0)):.2f}"
            """,
            """
            from decimal import Decimal

            total = Decimal("0")
            for text in $xs:
                total += Decimal(text)
            return f"{total:.2f}"
            """,
        ],
        summary="Add up $xs given as texts, exactly, and return a text with two decimal places.",
        gives='the exact sum of `$xs`, texts such as "0.10", as a text with two decimal places',
        asks=[
            'Add up `$xs`, texts like "0.10", without the errors of floats, and return a text with two decimal places.',
            'The $what shows `$xs` as texts such as "4.99". With floats our sums are a cent off now and then, so use '
            '`decimal`. Return the sum as a text with two decimal places, "0.00" for an empty list.',
        ],
        calls=[([],), (["0.10", "0.20"],), ([price()],), ([price(), price()],), (["5", "2.5"],),
               ([price(), price(), price()],), (["0.01"] * 3,), (["19.99", "0.01"],)],
        slips=[(":.2f", "", "The two decimal places are not kept"), (":.2f", ":.1f", "One decimal place is lost")],
        words=["add | sum | total", "exact | decimal"],
    )  # fmt: skip


@family(level=4)
def round_money(d: Draw) -> Problem:
    """Rounding half up, as on a receipt."""
    step = d.pick(["0.01", "0.1", "1"])
    d.let(step=step, said={"0.01": "two decimal places", "0.1": "one decimal place", "1": "whole numbers"}[step])
    half = {"0.01": "2.675", "0.1": "2.25", "1": "2.5"}[step]
    d.names(v="amount price value text")
    return d.problem(
        name="round_half_up round_price rounded",
        params="$v: str",
        returns="str",
        ways=[
            """
            from decimal import ROUND_HALF_UP, Decimal

            return str(Decimal($v).quantize(Decimal("$step"), rounding=ROUND_HALF_UP))
            """,
            """
            import decimal

            number = decimal.Decimal($v)
            unit = decimal.Decimal("$step")
            return str(number.quantize(unit, decimal.ROUND_HALF_UP))
            """,
        ],
        summary='Round a number given as text to $said (a half goes up), in steps of $step.',
        gives="`$v`, a number as text, rounded to $said (steps of $step) as a text; a half goes up",
        asks=[
            "Round the number in the text `$v` to $said, that is, to steps of $step. A half is rounded up. Return a text.",
            "Python's `round` goes to the even neighbour, but our accountants want a half to go up, always. Round the text "
            "`$v` to $said (steps of $step) with the decimal module and return a text.",
        ],
        calls=[(half,), ("0",), ("1.004",), (f"{d.number(1, 90)}.{d.number(100, 999)}",), ("0.5",), ("3.949",), ("10.05",),
               (f"{d.number(1, 9)}.5",), ("7.1249",)],
        slips=[('Decimal("$step")', 'Decimal("0.001")', "It rounds to three places")],
        words=["round", "half | up | steps"],
    )  # fmt: skip
