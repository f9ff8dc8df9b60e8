"""Families of rules that add up, translate or choose: points, lookups, labels of lists."""

from autotrain.teacher.builtin.grammar.arguments import Kind
from autotrain.teacher.builtin.grammar.conds import int_cond, str_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import branches, different, outcomes_of
from autotrain.teacher.builtin.registry import family


@family(weight=3)
def points_for_text(d: Draw) -> Program:
    """Add up points that a string earns for properties."""
    word = d.param("word", "word")
    conds = different(d, "str", d.number(2, 4))
    lines, rules = [], []
    for one in conds:
        points = d.number(1, 5)
        if d.chance(0.25) and lines:
            lines.append(f"if {one.on(word)}:\n    $total -= {points}")
            rules.append(f"{points} point{'s' * (points > 1)} less if {word} {one.singular}.")
        else:
            lines.append(f"if {one.on(word)}:\n    $total += {points}")
            rules.append(f"{points} point{'s' * (points > 1)} if {word} {one.singular}.")
    start = d.pick([0, 0, 1, 5])
    final = d.pick(["$total", "$total", "max($total, 0)"])
    rules.append(f"The count starts at {start}" + ("." if final == "$total" else " and the result is never below 0."))
    return build(
        d,
        names=["score_text", "points_for", "rate_name", "word_points", "count_points", "grade_word"],
        returns="int",
        body="\n".join([f"$total = {start}", *lines, f"return {final}"]),
        result=f"the points of {word}",
        rules=rules,
        difficulty="medium",
    )


@family(weight=2)
def points_for_number(d: Draw) -> Program:
    """Add up points that an integer earns for properties."""
    n = d.param("n", "int")
    lines, rules = [], []
    for one in different(d, "int", d.number(2, 4)):
        points = d.number(1, 5)
        lines.append(f"if {one.on(n)}:\n    $total += {points}")
        rules.append(f"{points} if {n} {one.singular}.")
    return build(
        d,
        names=["score_number", "points_of", "value_points", "bonus_for", "count_bonus"],
        returns="int",
        body="\n".join(["$total = 0", *lines, "return $total"]),
        result=f"the sum of the points that {n} earns",
        rules=[*rules, "All rules that fit are added up; without any the result is 0."],
        inputs=[(d.number(-12, 30),) for _ in range(16)],
    )


@family(weight=2)
def decide_by_element(d: Draw) -> Program:
    """A label for a list, by rules on its length, ends and sum."""
    xs = d.param("xs", "ints")
    k = d.number(2, 5)
    one = int_cond(d, params=False)
    pool = [
        (f"not {xs}", f"{xs} is empty"),
        (f"len({xs}) > {k}", f"{xs} has more than {k} elements"),
        (f"len({xs}) == 1", f"{xs} has exactly one element"),
        (f"sum({xs}) > {k * 6}", f"the sum of {xs} is greater than {k * 6}"),
        (f"sum({xs}) < 0", f"the sum of {xs} is negative"),
        (f"any({one.on('x')} for x in {xs})", f"{xs} contains at least one number that {one.singular}"),
        (f"all({one.on('x')} for x in {xs})", f"every number in {xs} {one.singular}"),
        (f"{k} in {xs}", f"{xs} contains {k}"),
    ]
    tail = [
        (f"{xs}[0] == {xs}[-1]", "its first and last elements are equal"),
        (f"{xs}[0] > {xs}[-1]", "its first element is greater than its last"),
        (f"max({xs}) > {k * 4}", f"its largest element is greater than {k * 4}"),
        (f"min({xs}) < 0", "its smallest element is negative"),
    ]
    guarded = [pool[0], d.pick(tail), d.pick(pool[1:])]
    rules = guarded if d.chance(0.5) else d.some(pool, d.number(2, 3))
    outcomes, hint, noun = outcomes_of(d, len(rules) + 1)
    return build(
        d,
        names=["describe_list", "classify_values", "judge_series", "label_batch", "${what}_of_list"],
        returns=hint,
        body=branches(d, [test for test, _ in rules], outcomes),
        result=f"the {noun} of {xs}",
        rules=["The first rule that fits counts."]
        + [f"If {text}, it is {out}." for (_, text), out in zip(rules, outcomes, strict=False)]
        + [f"Otherwise it is {outcomes[-1]}."],
        difficulty="medium",
        let={"what": noun},
    )


@family(weight=2)
def choose_by_rule(d: Draw) -> Program:
    """One of two or three arguments, chosen by a condition on another."""
    n = d.param("n", "int")
    a = d.param("a", Kind("int", "first yes_value left_choice gain", "an integer", lambda rng, _: rng.randint(-9, 30)))
    b = d.param("b", Kind("int", "second no_value right_choice loss", "an integer", lambda rng, _: rng.randint(-9, 30)))
    one = int_cond(d, params=False)
    yes, yes_text = d.pick([
        (a, a), (f"{a} + {b}", f"the sum of {a} and {b}"), (f"max({a}, {b})", f"the larger of {a} and {b}"),
        (f"{a} * 2", f"twice {a}"), (f"{a} - {n}", f"{a} minus {n}"),
    ])  # fmt: skip
    no, no_text = d.pick([
        (b, b), (f"{b} - {a}", f"{b} minus {a}"), (f"min({a}, {b})", f"the smaller of {a} and {b}"),
        (f"-{b}", f"the negative of {b}"), (f"{b} + {n}", f"{b} plus {n}"),
    ])  # fmt: skip
    return build(
        d,
        names=["choose", "pick_value", "select_by_rule", "either", "switch_value"],
        returns="int",
        body=f"return {yes} if {one.on(n)} else {no}",
        result=f"{yes_text} if {n} {one.singular}, and {no_text} otherwise",
        other=f"if {one.on(n)}:\n    return {yes}\nreturn {no}",
    )


@family(weight=2)
def tests_of_text(d: Draw) -> Program:
    """Whether a string fulfils several conditions at once."""
    word = d.param("word", "word")
    conds = [one for one in (str_cond(d), str_cond(d, params=False), str_cond(d, params=False)) if "or" not in one.name]
    conds = list({one.name: one for one in conds}.values())[: d.number(2, 3)]
    joint = d.pick(["and", "and", "or"])
    if len(conds) < 2:
        conds = different(d, "str", 2)
    codes = [f"({one.on(word)})" if " and " in one.code and joint == "or" else one.on(word) for one in conds]
    codes = [f"({code})" if " or " in code and joint == "and" else code for code in codes]
    lead = "all of this holds" if joint == "and" else "at least one of these holds"
    return build(
        d,
        names=["is_fine", "matches_rules", "fits", "qualifies", "is_accepted_text"],
        returns="bool",
        body=f"return {f' {joint} '.join(codes)}",
        result=f"True if {lead}, otherwise False: " + "; ".join(f"{word} {one.singular}" for one in conds),
    )
