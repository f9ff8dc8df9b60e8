"""Families of numbers: formulas, rounding, distribution, digits at positions, counting in ranges, sets, flags."""

from autotrain.teacher.builtin.grammar.arguments import int_between
from autotrain.teacher.builtin.grammar.conds import int_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.registry import family


@family(weight=2)
def cost_formula(d: Draw) -> Program:
    """A price or duration from a base amount, a rate and one condition."""
    thing, base, rate, unit = d.pick([
        ("a taxi ride", "base_fee", "price_per_km", "km"),
        ("a phone plan", "monthly_fee", "price_per_minute", "minutes"),
        ("a print job", "setup_cost", "price_per_page", "pages"),
        ("a bike rental", "deposit", "price_per_hour", "hours"),
        ("a garden job", "call_out_fee", "hourly_rate", "hours"),
        ("a translation", "minimum_fee", "price_per_word", "words"),
    ])  # fmt: skip
    b = d.param("base", int_between(base, 2, 30, "a non-negative integer"))
    r = d.param("rate", int_between(rate, 1, 6, "a non-negative integer"))
    n = d.param("count", int_between(unit, 0, 15, "a non-negative integer"))
    cap = d.number(40, 70)
    body, rule = d.pick([
        (f"return {b} + {r} * {n}", f"It is {b} plus {r} for each of the {unit}"),
        (f"$total = {b} + {r} * {n}\nreturn min($total, {cap})",
         f"It is {b} plus {r} for each of the {unit}, but never more than {cap}"),
        (f"if {n} == 0:\n    return 0\nreturn {b} + {r} * {n}", f"It is {b} plus {r} for each of the {unit}, but 0 "
         f"without any {unit}"),
        (f"return max({b}, {r} * {n})", f"It is {r} for each of the {unit}, but at least {b}"),
        (f"$total = {r} * {n}\nif $total < {cap // 2}:\n    $total += {b}\nreturn $total",
         f"It is {r} for each of the {unit}; if that is less than {cap // 2}, {b} is added"),
    ])  # fmt: skip
    return build(
        d,
        names=["total_cost", "price_for", "compute_price", "cost_of", "amount_due"],
        returns="int",
        body=body,
        result=f"the price of {thing}",
        rules=[rule],
    )


@family(weight=2)
def round_and_divide(d: Draw) -> Program:
    """Integer division, rounding to multiples, distributing with a remainder."""
    n, k = d.param("n", "natural"), d.param("k", "small")
    body, said, hint = d.pick([
        (f"return {n} // {k} * {k}", f"the largest multiple of {k} that is not greater than {n}", "int"),
        (f"return -(-{n} // {k}) * {k}", f"the smallest multiple of {k} that is not less than {n}", "int"),
        (f"return -(-{n} // {k})", f"how many boxes for {k} things each are needed for {n} things", "int"),
        (f"return {n} % {k}", f"how many of {n} things are left over when they are packed in full boxes of {k}", "int"),
        (f"return ({n} + {k} // 2) // {k} * {k}",
         f"{n} plus half of {k} (rounded down), then rounded down to a multiple of {k}", "int"),
        (f"return divmod({n}, {k})", f"a tuple of how many whole groups of {k} fit into {n} and what remains",
         "tuple[int, int]"),
        (f"return {k} - {n} % {k} if {n} % {k} else 0", f"how much is missing from {n} to the next multiple of {k} "
                                                        f"(0 if {n} is one)",
         "int"),
    ])  # fmt: skip
    return build(
        d,
        names=["pack", "round_to_step", "divide_up", "share_out", "boxes_needed", "nearest_step", "split_amount"],
        returns=hint,
        body=body,
        result=said,
    )


@family(weight=2)
def combine_three(d: Draw) -> Program:
    """A value from three integers: middle, spread, counts, weighted sums."""
    a, b, c = (d.param(slot, int_between(names, -9, 20)) for slot, names in
               (("a", "a first x p"), ("b", "b second y q"), ("c", "c third z r")))  # fmt: skip
    one = int_cond(d, params=False)
    i, j, k = d.some(range(2, 7), 3)
    body, said, hint = d.pick([
        (f"return sorted([{a}, {b}, {c}])[1]", f"the middle one of {a}, {b} and {c} when sorted by size", "int"),
        (f"return max({a}, {b}, {c}) - min({a}, {b}, {c})", f"the difference between the largest and the smallest of "
         f"{a}, {b} and {c}",
         "int"),
        (f"return sum(1 for $item in ({a}, {b}, {c}) if {one.on('$item')})",
         f"how many of {a}, {b} and {c} {one.are}", "int"),
        (f"return {i} * {a} + {j} * {b} - {k} * {c}", f"{i} times {a} plus {j} times {b} minus {k} times {c}", "int"),
        (f"return {a} <= {b} <= {c}", f"True if {b} lies between {a} and {c} (it may equal them) and {a} is not "
                                      f"greater than {c}, "
         "otherwise False", "bool"),
        (f"return len({{{a}, {b}, {c}}})", f"how many different values {a}, {b} and {c} have", "int"),
        (f"return {a} + {b} + {c} - max({a}, {b}, {c})", f"the sum of {a}, {b} and {c} without the largest one "
                                                         f"(taken once)", "int"),
        (f"return max({a}, min({b}, {c}))", f"{b} limited to at most {c} and then to at least {a}", "int"),
        (f"return sorted([{a}, {b}, {c}], reverse=True)", f"a list of {a}, {b} and {c} from the largest to the "
                                                          f"smallest",
         "list[int]"),
        (f"return {a} + {b} > {c} and {b} + {c} > {a} and {a} + {c} > {b}",
         f"True if of {a}, {b} and {c} each two together are greater than the third, otherwise False", "bool"),
        (f"return ({a} + {b} + {c}) // 3 if {one.on(a)} else min({a}, {b}, {c})",
         f"the average (rounded down) of {a}, {b} and {c} if {a} {one.singular}, otherwise the smallest of the three",
         "int"),
    ])  # fmt: skip
    return build(
        d,
        names=["of_three", "combine_three", "three_numbers", "from_triple", "judge_three"],
        returns=hint,
        body=body,
        result=said,
    )
