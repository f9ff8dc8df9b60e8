"""Families of decisions: rules on one value or two, in order, with labels, numbers or texts as outcomes."""

from autotrain.teacher.builtin.grammar.arguments import Kind
from autotrain.teacher.builtin.grammar.conds import int_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.maps import int_map
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import assignment, branches, different, outcomes_of, told
from autotrain.teacher.builtin.registry import family


@family(weight=4)
def decide_number(d: Draw) -> Program:
    """A label or number for an integer, by ordered rules."""
    n = d.param("n", "int")
    count = d.number(2, 4)
    conds = different(d, "int", count)
    outcomes, hint, noun = outcomes_of(d, count + 1)
    return build(
        d,
        names=["classify_$what", "${what}_of_number", "label_$what", "rate_value", "pick_$what", "decide"],
        returns=hint,
        body=branches(d, [one.on(n) for one in conds], outcomes),
        result=f"the {noun} for {n}",
        rules=told(d, n, [one.singular for one in conds], outcomes),
        difficulty="easy" if count == 2 else "medium",
        inputs=[(d.number(-12, 30),) for _ in range(14)] + [(0,), (1,), (-1,)],
        let={"what": noun},
    )


@family(weight=4)
def decide_word(d: Draw) -> Program:
    """A label or number for a string, by ordered rules."""
    word = d.param("word", "word")
    count = d.number(2, 3)
    conds = different(d, "str", count)
    outcomes, hint, noun = outcomes_of(d, count + 1)
    return build(
        d,
        names=["classify_word", "${what}_of_text", "label_text", "sort_into_$what", "check_name", "${what}_for"],
        returns=hint,
        body=branches(d, [one.on(word) for one in conds], outcomes),
        result=f"the {noun} of {word}",
        rules=told(d, word, [one.singular for one in conds], outcomes),
        let={"what": noun},
    )


@family(weight=3)
def decide_two_numbers(d: Draw) -> Program:
    """A label or number for two integers, by rules that compare them."""
    a, b = d.param("a", "int"), d.param("b", "int")
    k = d.number(2, 9)
    one = int_cond(d, params=False)
    pool = [
        (f"{a} == {b}", f"{a} and {b} are equal"),
        (f"{a} > {b}", f"{a} is greater than {b}"),
        (f"{a} < {b}", f"{a} is less than {b}"),
        (f"{a} + {b} > {k * 3}", f"the sum of {a} and {b} is greater than {k * 3}"),
        (f"abs({a} - {b}) < {k}", f"{a} and {b} differ by less than {k}"),
        (f"abs({a} - {b}) == {k}", f"{a} and {b} differ by exactly {k}"),
        (f"{a} * {b} < 0", f"{a} and {b} have opposite signs and neither is 0"),
        (f"{a} % 2 == {b} % 2", f"{a} and {b} are both even or both odd"),
        (f"{a} > 0 and {b} > 0", f"both {a} and {b} are positive"),
        (f"{a} < 0 or {b} < 0", f"at least one of {a} and {b} is negative"),
        (one.on(a), f"{a} {one.singular}"),
        (one.on(b), f"{b} {one.singular}"),
        (f"{b} != 0 and {a} % {b} == 0", f"{b} is not 0 and {a} is divisible by {b}"),
    ]
    count = d.number(2, 3)
    rules = d.some(pool, count)
    outcomes, hint, noun = outcomes_of(d, count + 1)
    outcomes = [d.pick([out, f"{a} - {b}", f"{a} + {b}", f"{b}"]) if hint == "int" else out for out in outcomes]
    pairs = [(d.number(-9, 15), d.number(-9, 15)) for _ in range(12)]
    return build(
        d,
        names=["compare_numbers", "relate", "${what}_of_pair", "judge_pair", "match_values", "combine_two"],
        returns=hint,
        body=branches(d, [test for test, _ in rules], outcomes),
        result=f"the {noun} for {a} and {b}",
        rules=[
            "The first rule that fits decides.",
            *[f"If {text}, return {out}." for (_, text), out in zip(rules, outcomes, strict=False)],
            f"Otherwise return {outcomes[-1]}.",
        ],
        inputs=[*pairs, (4, 4), (0, 0), (0, 5), (-3, 3), (k, 2 * k)],
        difficulty="medium",
        let={"what": noun},
    )


@family(weight=3)
def decide_flags(d: Draw) -> Program:
    """A truth value or label from several booleans."""
    topics = d.pick([
        ("is_open", "has_ticket", "is_member"),
        ("is_raining", "has_umbrella", "is_cold"),
        ("is_admin", "is_owner", "is_locked"),
        ("has_power", "door_closed", "is_full"),
        ("is_new", "is_paid", "is_urgent"),
    ])  # fmt: skip
    p, q, r = d.some(topics, 3)
    expression, words = d.pick([
        (f"{p} and ({q} or {r})", f"`{p}` holds and at least one of `{q}` and `{r}` holds"),
        (f"{p} and not {q} and not {r}", f"`{p}` holds and neither `{q}` nor `{r}` holds"),
        (f"({p} or {q}) and not {r}", f"`{p}` or `{q}` (or both) holds and `{r}` does not"),
        (f"{p} != {q} and {r}", f"exactly one of `{p}` and `{q}` holds and `{r}` holds"),
        (f"not {p} or ({q} and {r})", f"`{p}` does not hold, or both `{q}` and `{r}` hold"),
        (f"{p} == {q} or {r}", f"`{p}` and `{q}` have the same value, or `{r}` holds"),
        (f"{p} + {q} + {r} >= 2", f"at least two of `{p}`, `{q}` and `{r}` hold"),
        (f"{p} + {q} + {r} == 1", f"exactly one of `{p}`, `{q}` and `{r}` holds"),
    ])  # fmt: skip
    for name in sorted(topics):
        d.param(name, Kind("bool", name, "a boolean", lambda rng, _: rng.random() < 0.5))
    yes, no = d.pick([("yes", "no"), ("go", "stay"), ("allow", "deny"), ("on", "off")])
    labels = d.chance(0.4)
    combos = [(bool(i & 1), bool(i & 2), bool(i & 4)) for i in range(8)]
    return build(
        d,
        names=["may_enter", "is_allowed", "can_start", "should_act", "check_flags", "decide"],
        returns="str" if labels else "bool",
        body=f'if {expression}:\n    return "{yes}"\nreturn "{no}"' if labels else f"return {expression}",
        result=f'"{yes}" if {words}; otherwise "{no}"' if labels else f"True if {words}; otherwise False",
        inputs=combos,
    )


@family(weight=3)
def adjust_in_steps(d: Draw) -> Program:
    """Adjust a number by several conditional steps, one after the other."""
    n = d.param("n", "int")
    count = d.number(2, 3)
    lines, steps = [], []
    for one in different(d, "int", count):
        change = int_map(d, params=False)
        while " if " in change.code:
            change = int_map(d, params=False)
        lines.append(f"if {one.on(n)}:\n    {assignment(n, change.code)}")
        steps.append(f"if {n} {one.singular}, {change.do.replace('@each value n', 'it').replace('@each', 'it')}")
        if "n * (n + 1)" in steps[-1]:
            steps[-1] = f"if {n} {one.singular}, multiply it by itself plus one and halve the product"
            lines[-1] = f"if {one.on(n)}:\n    {n} = {n} * ({n} + 1) // 2"
    return build(
        d,
        names=["adjust", "tune_value", "apply_rules", "correct_number", "normalize_level", "transform_value"],
        returns="int",
        body="\n".join([*lines, f"return {n}"]),
        steps=[*[step[0].upper() + step[1:] for step in steps], f"Return {n}"],
        rules=["Each step works on the value that the steps before it left."],
        inputs=[(d.number(-12, 30),) for _ in range(14)] + [(0,), (1,)],
        difficulty="medium",
    )
