"""Families of order: sorting by composed keys, extremes, neighbours, pairs, membership of two lists."""

from autotrain.teacher.builtin.grammar.conds import int_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.pieces import opposite
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.registry import family


@family(weight=3)
def sort_numbers_by(d: Draw) -> Program:
    """Sort integers by one or two composed keys."""
    xs = d.param("xs", "ints")
    k, m = d.number(3, 6), d.number(4, 12)
    one = int_cond(d)
    keys = [
        ("abs(@)", "absolute value", "smallest first"),
        (f"@ % {k}", f"remainder when divided by {k}", "smallest first"),
        (f"abs(@ - {m})", f"distance from {m}", "nearest first"),
        (
            opposite(one.on("@@")).replace("(@@)", "@").replace("@@", "@"),
            f"group: numbers that {one.are} come first, the others after them",
            "",
        ),
        (f"@ // {k}", f"quotient when divided by {k} (rounded down)", "smallest first"),
        (f"-(@ % {k})", f"remainder when divided by {k}", "largest first"),
        (f"{xs}.count(@)", f"how often the number occurs in {xs}", "rarest first"),
        (f"-{xs}.count(@)", f"how often the number occurs in {xs}", "most frequent first"),
        ("len(str(abs(@)))", "number of digits (without the sign)", "fewest first"),
    ]
    first, said, how = d.pick(keys)
    if "group" not in said:
        d.params.pop("limit", None)
    second, tie = d.pick([("", "numbers that agree in this keep their order"), ("@",
    "numbers that agree in this are ordered "
                          "from small to large"), ("-@",
                          "numbers that agree in this are ordered from large to small")])  # fmt: skip
    key = f"({first}, {second})" if second else first
    return build(
        d,
        names=["sort_by_rule", "ordered", "arrange", "special_sort", "order_numbers", "sorted_by_key"],
        returns="list[int]",
        body=f"return sorted({xs}, key=lambda n: {key.replace('@', 'n')})",
        result=f"a sorted copy of {xs}, ordered by {said}" + (f" ({how})" if how else ""),
        rules=[tie[0].upper() + tie[1:]],
    )


@family(weight=3)
def sort_words_by(d: Draw) -> Program:
    """Sort strings by one or two composed keys."""
    xs = d.param("xs", d.pick(["words", "mixed_words", "people"]))
    a = d.char("aeinr")
    first, said = d.pick([
        ("len(@)", "by length, shortest first"),
        ("-len(@)", "by length, longest first"),
        ("@[-1]", "by last character"),
        ("@[::-1]", "by their characters read from the end"),
        (f'@.count("{a}")', f'by how often "{a}" occurs in them, rarest first'),
        (f'-@.count("{a}")', f'by how often "{a}" occurs in them, most frequent first'),
        ("@.lower()", "alphabetically without regard to case"),
        (f'not @.startswith("{a}")', f'so that strings starting with "{a}" come first'),
        (f'"{a}" in @', f'so that strings without "{a}" come first'),
        ("len(set(@))", "by the number of different characters, fewest first"),
        ("@[1:]", "by what follows their first character"),
    ])  # fmt: skip
    second, tie = d.pick([("", "Strings that agree in this keep their order"), ("@",
    "Strings that agree in this are in "
                          "alphabetical order"), ("len(@)", "Strings that agree in this are ordered by length, "
                           "shortest first")])  # fmt: skip
    if "len(@)" in first and second == "len(@)" and "set" not in first:
        second, tie = "@", "Strings that agree in this are in alphabetical order"
    back = d.chance(0.15)
    key = f"({first}, {second})" if second else first
    ending = "[::-1]" if back else ""
    return build(
        d,
        names=["sort_words", "order_names", "arrange_words", "sorted_texts", "sort_by_rule", "in_order"],
        returns="list[str]",
        body=f"return sorted({xs}, key=lambda w: {key.replace('@', 'w')}){ending}",
        result=f"a copy of {xs}, sorted {said}",
        rules=[tie, "At the end the whole list is reversed" if back else ""],
    )


@family(weight=2)
def sort_pairs_by(d: Draw) -> Program:
    """Sort tuples by their parts, then keep a part."""
    pairs = d.param("pairs", "pairs")
    key, said = d.pick([
        ("lambda p: p[1]", "by number, smallest first (equal numbers keep their order)"),
        ("lambda p: -p[1]", "by number, largest first (equal numbers keep their order)"),
        ("lambda p: (-p[1], p[0])", "by number, largest first; equal numbers by name"),
        ("lambda p: (p[1], p[0])", "by number, smallest first; equal numbers by name"),
        ("lambda p: (p[0], -p[1])", "by name; equal names by number, largest first"),
        ("lambda p: (len(p[0]), p[1])", "by the length of the name; equal lengths by number, smallest first"),
        ("lambda p: abs(p[1])", "by the absolute value of the number, smallest first (equal ones keep their order)"),
    ])  # fmt: skip
    give, what, hint = d.pick([
        ("[$key for $key, _ in $kept]", "the list of the names", "list[str]"),
        ("[$value for _, $value in $kept]", "the list of the numbers", "list[int]"),
        ("$kept", "the list of the tuples", "list[tuple[str, int]]"),
        ("$kept[0] if $kept else None", "the first tuple (None if there is none)", "tuple[str, int] | None"),
        ("$kept[-1][0] if $kept else None", "the name of the last tuple (None if there is none)", "str | None"),
        ('" > ".join($key for $key, _ in $kept)', 'a string with the names joined by " > "', "str"),
    ])  # fmt: skip
    return build(
        d,
        names=["sort_pairs", "order_entries", "arrange_pairs", "sorted_entries", "pairs_in_order"],
        returns=hint,
        body=f"$kept = sorted({pairs}, key={key})\nreturn {give}",
        result=f"{what} after sorting {pairs} {said}",
    )


@family(weight=2)
def extremes_of_list(d: Draw) -> Program:
    """Largest, second largest, nearest, positions of extremes."""
    xs = d.param("xs", "ints")
    k = d.number(2, 12)
    miss = d.pick(["None", "-1", "0"])
    body, said = d.pick([
        (f"return max({xs}) - min({xs})", f"the difference between the largest and the smallest number in {xs}"),
        (f"return sorted(set({xs}))[-2] if len(set({xs})) > 1 else {miss}",
         f"the second largest different value in {xs}"),
        (f"return sorted(set({xs}))[1] if len(set({xs})) > 1 else {miss}",
         f"the second smallest different value in {xs}"),
        (f"return {xs}.index(max({xs}))", f"the position (from 0) of the first largest number in {xs}"),
        (f"return len({xs}) - 1 - {xs}[::-1].index(min({xs}))", f"the position (from 0) of the last smallest number "
         f"in {xs}"),
        (f"return min({xs}, key=lambda n: (abs(n - {k}), n))",
         f"the number in {xs} that is nearest to {k}; of two equally near ones the smaller"),
        (f"return max({xs}, key=lambda n: (n % {k}, n))",
         f"the number in {xs} with the largest remainder when divided by {k}; of several such the largest"),
        (f"return {xs}.count(max({xs}))", f"how often the largest number of {xs} occurs in it"),
        (f"return min(n for n in {xs} if n > {k}) if any(n > {k} for n in {xs}) else {miss}",
         f"the smallest number in {xs} that is greater than {k} ({miss} if there is none)"),
        (f"return sorted({xs})[len({xs}) // 2]",
         f"the number in the middle of {xs} after sorting (with an even count, the right one of the middle two)"),
        (f"return max({xs}, key=lambda n: ({xs}.count(n), -n))",
         f"the number that occurs most often in {xs}; of several such the smallest"),
    ])  # fmt: skip
    guarded = "if" not in body
    back = "int | None" if miss == "None" and (guarded or "None" in body) else "int"
    return build(
        d,
        names=["extreme_of", "find_extreme", "special_value", "pick_extreme", "nearest_or_best", "stat_of"],
        returns=back,
        body=f"if not {xs}:\n    return {miss}\n{body}" if guarded else body,
        result=said,
        rules=[f"For an empty list return {miss}" if guarded else f"If there is no such value, return {miss}"],
    )
