"""Families of simulations and walks: levels, repeated rules, sequences, containers, counters, jumps."""

from autotrain.teacher.builtin.grammar.conds import int_cond, str_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import assignment, different, plain_map, spoken
from autotrain.teacher.builtin.registry import family


@family(weight=2)
def apply_times(d: Draw) -> Program:
    """Apply a conditional step a given number of times."""
    n, times = d.param("n", "int"), d.param("times", "short")
    one = int_cond(d, params=False)
    first, second = plain_map(d, "int"), plain_map(d, "int")
    simple = ("square", "cube")
    while first.do.startswith(simple) or second.do.startswith(simple) or first.code == second.code:
        first, second = plain_map(d, "int"), plain_map(d, "int")
    trace = d.chance(0.35)
    body = [f"if {one.on(n)}:", f"    {assignment(n, first.code)}", "else:", f"    {assignment(n, second.code)}"]
    if trace:
        body.append(f"$result.append({n})")
    lines = ["$result = []"] if trace else []
    lines += [f"for _ in range({times}):", *[f"    {line}" for line in body], f"return {'$result' if trace else n}"]
    return build(
        d,
        names=["apply_times", "evolve", "iterate_rule", "repeat_rule", "after_rounds"],
        returns="list[int]" if trace else "int",
        body="\n".join(lines),
        result=f"the list of the values of {n} after each of {times} rounds" if trace else
        f"the value of {n} after {times} rounds",
        rules=[f"In each round: if {n} {one.singular}, {spoken(first)}; otherwise {spoken(second)}."],
        difficulty="medium",
    )  # fmt: skip


@family(weight=2)
def sequence_by_rule(d: Draw) -> Program:
    """The first terms of a sequence with a rule from one term to the next."""
    start, n = d.param("start", "int"), d.param("n", "short")
    k, m = d.number(2, 6), d.number(2, 3)
    rule, said = d.pick([
        (f"$value + {k}", f"each later one is {k} more than the one before"),
        (f"$value * {m} - {k}", f"each later one is {m} times the one before, minus {k}"),
        (f"$value + len($result) * {k}", f"each later one is the one before plus {k} times the number of terms so far"),
        (f"-$value + {k}", f"each later one is {k} minus the one before"),
        (f"$value + {k} if $value % 2 == 0 else $value - {m}",
         f"after an even term the next one is {k} greater, after an odd term it is {m} less"),
        (f"$value * {m} if $value < {k * 4} else $value - {k * 3}",
         f"a term below {k * 4} is followed by its {m}-fold, any other term by itself minus {k * 3}"),
        (f"$value // {m} + {k}", f"each later one is the one before divided by {m} (rounded down), plus {k}"),
        (f"abs($value - {k})", f"each later one is the distance of the one before from {k}"),
    ])  # fmt: skip
    give, text, hint = d.pick([
        ("$result", f"a list of the first {n} terms of a sequence", "list[int]"),
        ("sum($result)", f"the sum of the first {n} terms of a sequence", "int"),
        ("$result[-1] if $result else 0", f"the last of the first {n} terms of a sequence (0 if there are no terms)",
         "int"),
    ])  # fmt: skip
    return build(
        d,
        names=["make_sequence", "sequence", "series_terms", "build_series", "generate_terms"],
        returns=hint,
        body=f"""
        $result = []
        $value = {start}
        for _ in range({n}):
            $result.append($value)
            $value = {rule}
        return {give}
        """,
        result=text,
        rules=[f"The first term is {start}; {said}."],
    )


@family(weight=2)
def pair_from_both_ends(d: Draw) -> Program:
    """Walk over a list from both ends at once."""
    xs = d.param("xs", "ints")
    rule, said, hint = d.pick([
        ("$result.append({xs}[$left] + {xs}[$right])", "the sums of the two numbers of each pair", "list[int]"),
        ("$result.append({xs}[$left] * {xs}[$right])", "the products of the two numbers of each pair", "list[int]"),
        ("$result.append(max({xs}[$left], {xs}[$right]))", "the larger number of each pair", "list[int]"),
        ("$result.append(({xs}[$left], {xs}[$right]))", "the pairs as tuples", "list[tuple[int, int]]"),
        ("$result.append(abs({xs}[$left] - {xs}[$right]))", "the absolute difference of each pair", "list[int]"),
        ("if {xs}[$left] > {xs}[$right]:\n        $result.append({xs}[$left])",
         "the first numbers of those pairs in which the first number is the greater one", "list[int]"),
    ])  # fmt: skip
    middle = d.pick(["left out", "kept"])
    tail = f"\nif $left == $right:\n    $result.append({xs}[$left])" if middle == "kept" and "((" not in rule else ""
    note = "A number in the middle is added at the end by itself." if tail else "A number in the middle is left out."
    return build(
        d,
        names=["pair_ends", "fold_list", "outer_pairs", "from_both_ends", "meet_in_middle"],
        returns=hint,
        body=f"$result = []\n$left, $right = 0, len({xs}) - 1\nwhile $left < $right:\n    "
        + rule.replace("{xs}", xs)
        + f"\n    $left += 1\n    $right -= 1{tail}\nreturn $result",
        result=f"a list of {said}, where {xs} is paired from both ends towards the middle (first with last, second "
        "with last but one, and so on)",
        rules=[note],
        difficulty="medium",
    )


@family(weight=2)
def tank_simulation(d: Draw) -> Program:
    """A container that is filled and drained, with a capacity."""
    changes = d.param("xs", "ints")
    size = d.param("size", "positive")
    start = d.pick(["0", f"{size} // 2"])
    thing, unit = d.pick([("tank", "litres"), ("battery", "units"), ("bucket", "cups"), ("silo", "tons")])
    more, give, said = d.pick([
        ("", "$total", f"the content of a {thing} at the end"),
        ("\n    $count += max(0, $total + $item - {size})", "$count", f"how many {unit} in all do not fit into a "
         f"{thing}"),
        ("\n    if $total + $item < 0:\n        $count += 1", "$count",
         f"how often a {thing} cannot give as much as is taken"),
    ])  # fmt: skip
    first = "$count = 0\n" if "$count" in give else ""
    return build(
        d,
        names=[f"{thing}_level", f"run_{thing}", f"{thing}_state", "simulate_level", "fill_and_drain"],
        returns="int",
        body=f"{first}$total = {start}\nfor $item in {changes}:"
        + more.replace("{size}", size)
        + f"\n    $total = min({size}, max(0, $total + $item))\nreturn {give}",
        result=said,
        rules=[
            f"The {thing} holds between 0 and {size} {unit} and starts "
            + ("empty." if start == "0" else f"with {size} // 2."),
            f"Each number in {changes} is added to the content (negative numbers drain it); what exceeds the limits is "
            "cut off.",
        ],
        difficulty="medium",
    )


@family(weight=2)
def two_counters(d: Draw) -> Program:
    """Two counters over one list, and what is made of them."""
    of = d.pick(["int", "str"])
    xs = d.param("xs", "ints" if of == "int" else "words")
    first, second = different(d, of, 2)
    noun = "numbers" if of == "int" else "strings"
    give, said, hint = d.pick([
        ("$a - $b", "how many more of the first kind there are than of the second (negative if fewer)", "int"),
        ("$a > $b", "True if there are more of the first kind than of the second, otherwise False", "bool"),
        ("$a, $b", "a tuple with the number of the first kind and the number of the second kind", "tuple[int, int]"),
        ("max($a, $b)", "the count of the kind that is more frequent", "int"),
        ("$a * $b", "the product of the two counts", "int"),
        ('"first" if $a > $b else "second" if $b > $a else "equal"',
         '"first", "second" or "equal", depending on which kind is more frequent', "str"),
    ])  # fmt: skip
    return build(
        d,
        names=["compare_counts", "count_two_kinds", "balance_of", "two_kinds", "weigh_kinds"],
        returns=hint,
        body=f"""
        $a = sum(1 for $item in {xs} if {first.on("$item")})
        $b = sum(1 for $item in {xs} if {second.on("$item")})
        return {give}
        """,
        other=f"""
        $a = 0
        $b = 0
        for $item in {xs}:
            if {first.on("$item")}:
                $a += 1
            if {second.on("$item")}:
                $b += 1
        return {give}
        """,
        result=said,
        rules=[f"The first kind are the {noun} in {xs} that {first.are}, the second kind those that {second.are}; "
               "one may be of both kinds."],
        difficulty="medium",
    )  # fmt: skip


@family(weight=1)
def skip_after(d: Draw) -> Program:
    """Walk over a list by index, jumping over elements."""
    xs = d.param("xs", "ints")
    one = int_cond(d, params=False)
    jump = d.number(1, 2)
    what = "the next number is" if jump == 1 else f"the next {jump} numbers are"
    return build(
        d,
        names=["skipping_sum", "jump_over", "leap_through", "skip_following"],
        returns="int",
        body=f"""
        $total = 0
        $index = 0
        while $index < len({xs}):
            $total += {xs}[$index]
            $index += {jump + 1} if {one.on(f"{xs}[$index]")} else 1
        return $total
        """,
        result=f"the sum of the numbers in {xs} that are visited",
        rules=[f"Go through {xs} from the start; after visiting a number that {one.singular}, {what} skipped."],
        difficulty="medium",
    )


@family(weight=2)
def words_until_length(d: Draw) -> Program:
    """Collect strings while a condition holds."""
    xs = d.param("xs", "words")
    one = str_cond(d, params=False)
    k = d.number(8, 16)
    rule, said = d.pick([
        (f"if {one.on('$word')}:\n        break\n    $result.append($word)",
         f"the strings before the first one that {one.singular} (all of them if there is none)"),
        (f"if sum(map(len, $result)) + len($word) > {k}:\n        break\n    $result.append($word)",
         f"as many strings from the start as fit into {k} characters in all"),
        ("if $result and $word < $result[-1]:\n        break\n    $result.append($word)",
         "the strings from the start for as long as each is not smaller (in string order) than the one before"),
        ("if $word in $result:\n        break\n    $result.append($word)",
         "the strings from the start up to, but not including, the first repeated one"),
        ("if $result and len($word) <= len($result[-1]):\n        continue\n    $result.append($word)",
         "the first string and every later string that is longer than the last one taken"),
        ("if $result and $word[:1] == $result[-1][:1]:\n        continue\n    $result.append($word)",
         "the first string and every later string whose first character differs from that of the last one taken"),
    ])  # fmt: skip
    give, hint, text = d.pick(
        [("$result", "list[str]", "a list of"), ('" ".join($result)', "str", "one string, joined by spaces, of")]
    )
    return build(
        d,
        names=["take_strings", "leading_words", "collect_words", "gather", "take_while_possible"],
        returns=hint,
        body=f"$result = []\nfor $word in {xs}:\n    {rule}\nreturn {give}",
        result=f"{text} {said}, from {xs}",
        difficulty="medium",
    )
