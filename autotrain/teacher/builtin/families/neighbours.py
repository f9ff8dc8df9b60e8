"""Families of neighbours and pairs of elements, and of two lists."""

from autotrain.teacher.builtin.grammar.conds import int_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.registry import family


@family(weight=4)
def neighbour_relation(d: Draw) -> Program:
    """Neighbours in a list that stand in a relation: counted, listed, tested, located."""
    xs = d.param("xs", "ints")
    k = d.number(2, 6)
    one = int_cond(d, params=False)
    relation, said = d.pick([
        ("$b > $a", "the second is greater than the first"),
        ("$b < $a", "the second is smaller than the first"),
        ("$a == $b", "both are equal"),
        (f"abs($a - $b) > {k}", f"the two differ by more than {k}"),
        (f"abs($a - $b) <= {k}", f"the two differ by at most {k}"),
        ("$a % 2 != $b % 2", "one is even and the other is odd"),
        ("$a * $b < 0", "one is positive and the other negative"),
        (f"$a + $b > {k * 3}", f"their sum is greater than {k * 3}"),
        (f"($a + $b) % {k} == 0", f"their sum is divisible by {k}"),
        (f"{one.tight('$a')} and {one.tight('$b')}", f"each of them {one.singular}"),
        ("$b == $a + 1", "the second is exactly one more than the first"),
        ("$b > 2 * $a", "the second is greater than twice the first"),
    ])  # fmt: skip
    pairs = f"zip({xs}, {xs}[1:])"
    body, head, hint = d.pick([
        (f"return sum(1 for $a, $b in {pairs} if {relation})", "how many pairs of neighbours there are in {xs} in "
         "which", "int"),
        (f"return any({relation} for $a, $b in {pairs})",
         "True if {xs} has at least one pair of neighbours in which {r}, otherwise False", "bool"),
        (f"return all({relation} for $a, $b in {pairs})",
         "True if in every pair of neighbours in {xs} {r}, otherwise False", "bool"),
        (f"return [($a, $b) for $a, $b in {pairs} if {relation}]",
         "a list, as tuples, of the pairs of neighbours in {xs} in which", "list[tuple[int, int]]"),
        (f"return [$index for $index, ($a, $b) in enumerate({pairs}) if {relation}]",
         "the positions (from 0) of the first elements of those pairs of neighbours in {xs} in which", "list[int]"),
        (f"for $index, ($a, $b) in enumerate({pairs}):\n    if {relation}:\n        return $index\nreturn -1",
         "the position (from 0) of the first element of the first pair of neighbours in {xs} (-1 if there is none) "
         "in which",
         "int"),
        (f"return [$b for $a, $b in {pairs} if {relation}]",
         "a list of the second elements of the pairs of neighbours in {xs} in which", "list[int]"),
        (f"return sum($b - $a for $a, $b in {pairs} if {relation})",
         "the sum of the differences (second minus first) over the pairs of neighbours in {xs} in which", "int"),
    ])  # fmt: skip
    text = head.replace("{xs}", xs)
    text = text.replace("{r}", said) if "{r}" in text else f"{text} {said}"
    return build(
        d,
        names=["neighbours", "check_neighbours", "adjacent_pairs", "compare_adjacent", "steps_in", "transitions"],
        returns=hint,
        body=body,
        result=text,
        rules=["A pair of neighbours is an element and the one right after it" if d.chance(0.6) else ""],
        difficulty="medium",
    )


@family(weight=2)
def neighbour_values(d: Draw) -> Program:
    """A new list computed from neighbours."""
    xs = d.param("xs", "ints")
    k = d.number(2, 4)
    code, said = d.pick([
        ("$b - $a", "the difference of each number and the one before it"),
        ("abs($b - $a)", "the absolute difference of each number and the one before it"),
        ("$a + $b", "the sums of each two neighbours"),
        ("max($a, $b)", "the larger one of each two neighbours"),
        ("($a + $b) // 2", "the average (rounded down) of each two neighbours"),
        ("$a * $b", "the products of each two neighbours"),
        ('"up" if $b > $a else "down" if $b < $a else "same"',
         'for each number after the first, "up" if it is greater than the one before, "down" if it is smaller, and '
         '"same" if '
         "they are equal"),
        (f"$a + {k} * $b", f"for each two neighbours, the first plus {k} times the second"),
        ("$b if $b > $a else $a - $b",
         "for each two neighbours, the second if it is greater than the first, otherwise the first minus the second"),
    ])  # fmt: skip
    hint = "list[str]" if "up" in code else "list[int]"
    return build(
        d,
        names=["step_values", "between_neighbours", "pairwise", "neighbour_list", "adjacent_values", "series_steps"],
        returns=hint,
        body=f"return [{code} for $a, $b in zip({xs}, {xs}[1:])]",
        other=f"""
        $result = []
        for $index in range(1, len({xs})):
            $a = {xs}[$index - 1]
            $b = {xs}[$index]
            $result.append({code})
        return $result
        """,
        result=f"a list with {said}, for {xs}",
        rules=["With fewer than two numbers the result is an empty list"],
    )


@family(weight=2)
def inner_elements(d: Draw) -> Program:
    """Elements compared with both their neighbours."""
    xs = d.param("xs", "ints")
    left, here, right = f"{xs}[$index - 1]", f"{xs}[$index]", f"{xs}[$index + 1]"
    relation, said = d.pick([
        (f"{left} < {here} > {right}", "greater than both its neighbours"),
        (f"{left} > {here} < {right}", "smaller than both its neighbours"),
        (f"{here} == {left} + {right}", "the sum of its two neighbours"),
        (f"{left} == {right}", "between two equal neighbours"),
        (f"{left} < {here} < {right} or {left} > {here} > {right}", "strictly between its two neighbours"),
        (f"{left} % 2 == 0 and {right} % 2 == 0", "between two even neighbours"),
        (f"2 * {here} > {left} + {right}", "greater than the average of its two neighbours"),
    ])  # fmt: skip
    loop = f"for $index in range(1, len({xs}) - 1) if {relation}"
    body, head, hint = d.pick([
        (f"return [{here} {loop}]", f"the list of those numbers in {xs} that are", "list[int]"),
        (f"return sum(1 {loop})", f"how many numbers in {xs} are", "int"),
        (f"return [$index {loop}]", f"the positions (from 0) of those numbers in {xs} that are", "list[int]"),
        (f"return next(($index {loop}), -1)", f"the position (from 0; -1 if there is none) of the first number in "
                                              f"{xs} that is",
         "int"),
    ])  # fmt: skip
    if head.endswith("are"):
        said = (
            said.replace("both its", "both their").replace("its two", "their two").replace("the sum of", "the sum of")
        )
    return build(
        d,
        names=["inner_matches", "compare_inner", "local_view", "with_both_sides", "inside_points"],
        returns=hint,
        body=body,
        result=f"{head} {said}",
        rules=["The first and the last number do not count, since they have only one neighbour"],
        difficulty="medium",
    )


@family(weight=2)
def index_pairs(d: Draw) -> Program:
    """Pairs of positions i < j with a relation between their elements (not about a given sum)."""
    xs = d.param("xs", "ints")
    relation, said = d.pick([
        (f"{xs}[$index] > {xs}[$jndex]", "the earlier number is greater than the later one"),
        (f"{xs}[$index] == {xs}[$jndex]", "both numbers are equal"),
        (f"{xs}[$jndex] == {xs}[$index] * {xs}[$index]", "the later number is the square of the earlier one"),
        (f"{xs}[$index] % 2 != {xs}[$jndex] % 2", "one number is even and the other is odd"),
        (f"{xs}[$index] * {xs}[$jndex] < 0", "the numbers have different signs and neither is 0"),
        (f"{xs}[$jndex] == {xs}[$index] * 2", "the later number is twice the earlier one"),
    ])  # fmt: skip
    loops = f"for $index in range(len({xs})) for $jndex in range($index + 1, len({xs})) if {relation}"
    body, head, hint = d.pick([
        (f"return sum(1 {loops})", "how many pairs of positions there are with this property", "int"),
        (f"return [($index, $jndex) {loops}]", "the list of all pairs of positions, as tuples, with this property",
         "list[tuple[int, int]]"),
        (f"return any({relation} {loops.split(' if ')[0]})",
         "True if there is a pair of positions with this property, otherwise False", "bool"),
    ])  # fmt: skip
    return build(
        d,
        names=["position_pairs", "count_pairs", "pairs_with_property", "relation_pairs", "compare_all"],
        returns=hint,
        body=body,
        result=f"{head}: {said}",
        rules=[f"A pair of positions in {xs} is an earlier and a later position, counted from 0"],
        difficulty="medium",
    )


@family(weight=3)
def two_lists(d: Draw) -> Program:
    """Membership, order and differences of two lists."""
    a, b = d.param("xs", "ints"), d.param("ys", "ints")
    one = int_cond(d, params=False)
    body, said, hint = d.pick([
        (f"return [$item for $item in {a} if $item in {b}]", f"the numbers in {a} that also occur in {b}, in the "
         f"order of {a}",
         "list[int]"),
        (f"return [$item for $item in {a} if $item not in {b}]", f"the numbers in {a} that do not occur in {b}, in "
         f"order",
         "list[int]"),
        (f"return sorted(set({a}) & set({b}))", f"the sorted list of the different numbers that occur in both {a} "
                                                f"and {b}",
         "list[int]"),
        (f"return sorted(set({a}) | set({b}))", f"the sorted list of the different numbers that occur in {a} or {b}",
         "list[int]"),
        (f"return sorted(set({a}) ^ set({b}))",
         f"the sorted list of the different numbers that occur in exactly one of {a} and {b}", "list[int]"),
        (f"return set({a}) <= set({b})", f"True if every number in {a} occurs in {b}, otherwise False", "bool"),
        (f"return not set({a}) & set({b})", f"True if {a} and {b} have no number in common, otherwise False", "bool"),
        (f"return sum({a}) > sum({b})", f"True if the sum of {a} is greater than the sum of {b}, otherwise False",
         "bool"),
        (f"return sum($a * $b for $a, $b in zip({a}, {b}))",
         f"the sum of the products of the numbers at the same positions in {a} and {b} (extra numbers are ignored)",
         "int"),
        (f"return [$item for $item in {a} + {b} if {one.on('$item')}]",
         f"the numbers that {one.are}, first those from {a}, then those from {b}, in order", "list[int]"),
        (f"return sorted({a} + {b}, reverse=True)[:3]",
         f"a list of the three largest numbers of {a} and {b} together, largest first (fewer if there are fewer)",
         "list[int]"),
        (f"return max({a}, default=0) - min({b}, default=0)",
         f"the largest number of {a} minus the smallest number of {b} (an empty list counts as 0)", "int"),
        (f"return sum(1 for $item in {a} if {b} and $item > max({b}))",
         f"how many numbers in {a} are greater than all numbers in {b} (0 if {b} is empty)", "int"),
        (f"return {a} if len({a}) > len({b}) else {b}", f"the longer one of {a} and {b} ({b} if they are equally long)",
         "list[int]"),
    ])  # fmt: skip

    def inputs(position: int) -> tuple[list[int], list[int]]:
        pool = [d.number(-5, 15) for _ in range(6)]
        one_list = [d.pick(pool) for _ in range(0 if position == 0 else d.number(1, 4))]
        return one_list, [d.pick(pool) for _ in range(0 if position == 1 else d.number(1, 4))]

    return build(
        d,
        names=["combine_lists", "compare_lists", "relate_lists", "two_lists", "merge_or_match", "list_relation"],
        returns=hint,
        body=body,
        result=said,
        inputs=inputs,
    )
