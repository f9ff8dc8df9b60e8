"""Families of ranges, digits, sets, flags and units."""

from autotrain.teacher.builtin.grammar.arguments import Kind, int_between
from autotrain.teacher.builtin.grammar.conds import int_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import different
from autotrain.teacher.builtin.registry import family


@family(weight=2)
def count_in_range(d: Draw) -> Program:
    """Count, list or add the integers of a range that fulfil conditions."""
    low, high = (
        d.param("low", int_between("low start lower first", -5, 8)),
        d.param("high", int_between("high stop upper last", 0, 20)),
    )
    first, second = different(d, "int", 2)
    test, words = d.pick([
        (first.on("$number"), first.are),
        (f"{first.tight('$number')} and {second.tight('$number')}", f"{first.are} and {second.are}"),
        (f"{first.on('$number')} or {second.on('$number')}", f"{first.are} or {second.are} (or both)"),
    ])  # fmt: skip
    closed = d.chance(0.5)
    loop = f"for $number in range({low}, {high}{' + 1' if closed else ''}) if {test}"
    body, head, hint = d.pick([
        (f"return sum(1 {loop})", "how many integers", "int"),
        (f"return [$number {loop}]", "the list of the integers", "list[int]"),
        (f"return sum($number {loop})", "the sum of the integers", "int"),
        (f"return max(($number {loop}), default=None)", "the largest of the integers (None if there is none)",
         "int | None"),
        (f'return ",".join(str($number) {loop})', 'a string of the integers, joined by ","', "str"),
        (f"return [$number * $number {loop}]", "the list of the squares of the integers", "list[int]"),
    ])  # fmt: skip
    span = f"from {low} to {high} (both included)" if closed else f"from {low} up to but not including {high}"
    joint = f"{span} {words}" if head == "how many integers" else f"{span} that {words}"
    return build(
        d,
        names=["in_range", "range_query", "numbers_between", "scan_range", "between"],
        returns=hint,
        body=body,
        result=f"{head} {joint}",
        rules=[f"If {low} is greater than {high}, there are none"],
    )


@family(weight=2)
def nested_ranges(d: Draw) -> Program:
    """Pairs of small integers with a property, from two nested loops."""
    n = d.param("n", "short")
    k = d.number(2, 4)
    relation, said = d.pick([
        (f"($a + $b) % {k} == 0", f"a + b is divisible by {k}"), ("$a < $b", "a is less than b"),
        ("$a % $b == 0", "a is divisible by b"), (f"$a * $b > {n}", f"a * b is greater than {n}"),
        (f"$a * $b == {n}", f"a * b equals {n}"),
        (f"$a + $b <= {n}", f"a + b is at most {n}"),
    ])  # fmt: skip
    loops = f"for $a in range(1, {n} + 1) for $b in range(1, {n} + 1) if {relation}"
    body, head, hint = d.pick([
        (f"return [($a, $b) {loops}]", "the list of all tuples (a, b)", "list[tuple[int, int]]"),
        (f"return sum(1 {loops})", "how many pairs (a, b) there are", "int"),
        (f"return sum($a * $b {loops})", "the sum of the products a * b over all pairs (a, b)", "int"),
    ])  # fmt: skip
    return build(
        d,
        names=["number_pairs", "pairs_up_to", "grid_pairs", "count_combinations", "all_pairs"],
        returns=hint,
        body=body,
        result=f"{head} of integers from 1 to {n} such that {said}",
        rules=["Pairs are ordered by a, then by b" if hint.startswith("list") else ""],
        inputs=[(number,) for number in (0, 1, 2, 3, 4, 5, 6)],
        difficulty="medium",
    )


@family(weight=2)
def digits_of_number(d: Draw) -> Program:
    """Questions about the decimal digits of an integer (none about their sum)."""
    n = d.param(
        "n", Kind("int", "n number value code", "a non-negative integer", lambda rng, p: rng.randint(10, 99999))
    )
    a, k = d.number(0, 9), d.number(2, 5)
    body, said, hint = d.pick([
        (f'return str({n}).count("{a}")', f"how often the digit {a} occurs in {n}", "int"),
        (f"return max(int($char) for $char in str({n}))", f"the largest digit of {n}", "int"),
        (f"return sum(1 for $char in str({n}) if int($char) % 2 == 0)", f"how many digits of {n} are even (0 is even)",
         "int"),
        (f'return int("".join(sorted(str({n}), reverse=True)))', f"the largest number that can be written with the "
         f"digits of {n}",
         "int"),
        (f"return len(set(str({n})))", f"how many different digits {n} has", "int"),
        (f"return [int($char) for $char in str({n})]", f"the list of the digits of {n}, from left to right",
         "list[int]"),
        (f"return int(str({n})[0]) == {n} % 10", f"True if the first and the last digit of {n} are equal, otherwise "
                                                 f"False", "bool"),
        (f'return int(str({n}).replace("{a}", "{k}"))', f"the number that results when every digit {a} of {n} is "
                                                        f"replaced by {k}",
         "int"),
        (f'$kept = [$char for $char in str({n}) if int($char) > {k}]\nreturn int("".join($kept)) if $kept else 0',
         f"the number that the digits of {n} greater than {k} form, in their order (0 if there are none)", "int"),
        (f"$parts = str({n})\nreturn all($a < $b for $a, $b in zip($parts, $parts[1:]))",
         f"True if each digit of {n} is greater than the one on its left, otherwise False", "bool"),
        (f"return {n} // 10 % 10", f"the tens digit of {n}", "int"),
        (f"return {n} % 10 ** {k - 1}", f"the number that the last {k - 1} digit{'s' if k > 2 else ''} of {n} form",
         "int"),
        (f"return int(str({n}) * 2)", f"the number that results from writing {n} twice in a row", "int"),
    ])  # fmt: skip
    return build(
        d,
        names=["digit_info", "digits_of", "look_at_digits", "digit_question", "number_parts"],
        returns=hint,
        body=body.replace("10 ** ", "10**"),
        result=said,
        inputs=[(number,) for number in (0, 7, 10, 100, *(d.number(10, 99999) for _ in range(9)), 2468, 1234, 5005)],
    )


@family(weight=2)
def set_work(d: Draw) -> Program:
    """Sets of integers: membership, gaps, operations with a list."""
    s = d.param("s", "int_set")
    k = d.number(3, 10)
    one = int_cond(d, params=False)
    needs = d.chance(0.5)
    if needs:
        xs = d.param("xs", "ints")
        body, said, hint = d.pick([
            (f"return [$item for $item in {xs} if $item in {s}]", f"the numbers in {xs} that are in {s}, in order",
             "list[int]"),
            (f"return sorted({s} - set({xs}))", f"a sorted list of the members of {s} that do not occur in {xs}",
             "list[int]"),
            (f"return all($item in {s} for $item in {xs})", f"True if every number in {xs} is in {s}, otherwise False",
             "bool"),
            (f"return sum($item for $item in {xs} if $item not in {s})",
             f"the sum of the numbers in {xs} that are not in {s}",
             "int"),
            (f"return len({s} | set({xs}))", f"how many different numbers {s} and {xs} hold together", "int"),
            (f"return sum(1 for $item in {xs} if $item in {s}) * 2 > len({xs})",
             f"True if more than half of the numbers in {xs} are in {s}, otherwise False", "bool"),
        ])  # fmt: skip
    else:
        body, said, hint = d.pick([
            (f"return sorted($item for $item in {s} if {one.on('$item')})",
             f"a sorted list of the members of {s} that {one.are}",
             "list[int]"),
            (f"return [$number for $number in range({k}) if $number not in {s}]",
             f"the list of the integers from 0 up to but not including {k} that are not in {s}", "list[int]"),
            (f"return sum(1 for $item in {s} if -$item in {s})", f"how many members of {s} have their negative in "
             f"{s} too (0 is its "
             "own negative)", "int"),
            (f"return {{$item for $item in {s} if $item + 1 in {s}}}", f"the set of the members of {s} whose "
             f"successor (one more) is "
             "also a member", "set[int]"),
            (f"return {{$item * {k} for $item in {s}}}", f"the set of the members of {s}, each multiplied by {k}",
             "set[int]"),
            (f"return len({s}) - len({{abs($item) for $item in {s}}})",
             f"how many fewer different absolute values than members {s} has", "int"),
            (f"$number = 0\nwhile $number in {s}:\n    $number += 1\nreturn $number",
             f"the smallest non-negative integer that is not in {s}", "int"),
        ])  # fmt: skip
    return build(
        d,
        names=["set_query", "members", "check_members", "with_set", "membership", "set_result"],
        returns=hint,
        body=body,
        result=said,
    )


@family(weight=2)
def flag_lists(d: Draw) -> Program:
    """Lists of booleans: counts, positions, changes, majority."""
    flags = d.param("flags", "flags")
    body, said, hint = d.pick([
        (f"return sum({flags})", f"how many entries of {flags} are True", "int"),
        (f"return [$index for $index, $item in enumerate({flags}) if not $item]",
         f"the list of the positions (from 0) of the False entries of {flags}", "list[int]"),
        (f"return [not $item for $item in {flags}]", f"a list with the opposite of each entry of {flags}",
         "list[bool]"),
        (f"return sum({flags}) * 2 > len({flags})", f"True if more than half of the entries of {flags} are True, "
                                                    f"otherwise False", "bool"),
        (f"return sum(1 for $a, $b in zip({flags}, {flags}[1:]) if $a != $b)",
         f"how often an entry of {flags} differs from the one right before it", "int"),
        (f'return "".join("x" if $item else "." for $item in {flags})',
         f'a string with "x" for each True and "." for each False in {flags}, in order', "str"),
        (f"return {flags}.index(True) if True in {flags} else -1", f"the position (from 0) of the first True in "
         f"{flags}, -1 if there is none",
         "int"),
        (f"return any({flags}) and not all({flags})", f"True if {flags} holds both True and False, otherwise False",
         "bool"),
        (f"return sum(1 if $item else -1 for $item in {flags})", f"the number of True entries of {flags} minus the "
         f"number of False ones",
         "int"),
        (f"return sum({flags}) % 2 == 1", f"True if an odd number of entries of {flags} are True, otherwise False",
         "bool"),
        (f"return {flags}[:1] == [True] and {flags}[-1:] == [True]",
         f"True if the first and the last entry of {flags} are True, otherwise False (False for an empty list)",
         "bool"),
    ])  # fmt: skip
    return build(
        d,
        names=["flag_report", "check_flags", "read_flags", "flag_info", "switch_states"],
        returns=hint,
        body=body,
        result=said,
    )
