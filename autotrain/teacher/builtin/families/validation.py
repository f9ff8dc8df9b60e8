"""Families of validation: rule lists, ValueError, lists as a whole, codes with fixed fields."""

from typing import Any

from autotrain.teacher.builtin.grammar.conds import cond, int_cond
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.pieces import opposite
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import different
from autotrain.teacher.builtin.grammar.words import WORDS
from autotrain.teacher.builtin.registry import family


@family(weight=4)
def validate_value(d: Draw) -> Program:
    """Check a value against several rules: a verdict, the broken rules, or the first broken rule."""
    of = d.pick(["int", "str"])
    name = d.param("n", "int") if of == "int" else d.param("word", "word")
    rules = different(d, of, d.number(2, 3))
    rules = [one for one in rules if " or " not in one.are] or different(d, of, 2)
    labels = d.some(["size", "shape", "range", "form", "value", "sign", "start", "limit"], len(rules))
    style = d.pick("list first count text")
    listed = "; ".join(f'"{label}": {name} {one.singular}' for label, one in zip(labels, rules, strict=True))
    lines, hint = [], "list[str]"
    if style == "list":
        lines = ["$result = []"]
        for label, one in zip(labels, rules, strict=True):
            lines += [f"if {opposite(one.on(name))}:", f'    $result.append("{label}")']
        lines.append("return $result")
        said = f"the list of the names of the rules that {name} breaks, in the order of the rules"
    elif style == "first":
        for label, one in zip(labels, rules, strict=True):
            lines += [f"if {opposite(one.on(name))}:", f'    return "{label}"']
        lines.append('return "ok"')
        said, hint = f'the name of the first rule that {name} breaks, or "ok" if it breaks none', "str"
    elif style == "count":
        lines = ["$count = 0"]
        for one in rules:
            lines += [f"if {opposite(one.on(name))}:", "    $count += 1"]
        lines.append("return $count")
        said, hint = f"how many of the rules {name} breaks", "int"
    else:
        lines = ["$result = []"]
        for label, one in zip(labels, rules, strict=True):
            lines += [f"if {opposite(one.on(name))}:", f'    $result.append("{label}")']
        lines.append('return ", ".join($result) or "ok"')
        said, hint = (
            f'the names of the rules that {name} breaks, in order, joined by ", ", or "ok" if it breaks none',
            "str",
        )
    return build(
        d,
        names=["validate", "check_value", "broken_rules", "find_problems", "verify", "problems_with"],
        returns=hint,
        body="\n".join(lines),
        result=said,
        rules=[f"The rules are: {listed}"],
        inputs=[(d.number(-12, 30),) for _ in range(14)] if of == "int" else None,
        difficulty="medium",
    )


@family(weight=3)
def raise_on_bad_input(d: Draw) -> Program:
    """Return a value, or raise ValueError where the input breaks a rule."""
    kind = d.pick("number list word pair")
    k, m = d.number(2, 5), d.number(6, 12)
    if kind == "number":
        n = d.param("n", "int")
        check, why, give, said = d.pick([
            (f"if {n} < 0:", f"{n} is negative", f"{n} * {k} + {m}", f"{k} times {n}, plus {m}"),
            (f"if not {k} <= {n} <= {m * 2}:", f"{n} is not between {k} and {m * 2} (both included)", f"{n} - {k}",
             f"{n} minus {k}"),
            (f"if {n} % 2 != 0:", f"{n} is odd", f"{n} // 2", f"half of {n}"),
            (f"if {n} == 0:", f"{n} is 0", f"{m * 10} // {n}", f"{m * 10} divided by {n}, rounded down"),
        ])  # fmt: skip
        inputs: Any = [(d.number(-10, 26),) for _ in range(10)] + [(0,), (k,), (m * 2,), (-1,)]
    elif kind == "list":
        xs = d.param("xs", "ints")
        one = int_cond(d, params=False)
        check, why, give, said = d.pick([
            (f"if not {xs}:", f"{xs} is empty", f"max({xs}) - min({xs})",
             f"the largest minus the smallest number of {xs}"),
            (f"if len({xs}) < {k}:", f"{xs} has fewer than {k} elements", f"sum({xs}[:{k}])",
             f"the sum of the first {k} numbers in {xs}"),
            (f"if any({one.on('x')} for x in {xs}):", f"{xs} contains a number that {one.singular}", f"sum({xs})",
             f"the sum of {xs}"),
            (f"if len(set({xs})) < len({xs}):", f"{xs} contains a number more than once", f"sorted({xs})",
             f"a sorted copy of {xs}"),
        ])  # fmt: skip
        inputs = None
    elif kind == "word":
        word = d.param("word", "word")
        check, why, give, said = d.pick([
            (f"if not {word}:", f"{word} is empty", f"{word}[0] + {word}[-1]",
             f"the first and the last character of {word}, joined"),
            (f"if not {word}.isalpha():", f"{word} does not consist of letters only (or is empty)", f"{word}.upper()",
             f"{word} in upper case"),
            (f"if len({word}) > {m - 2}:", f"{word} has more than {m - 2} characters", f"len({word}) * {k}",
             f"{k} times the length of {word}"),
            (f'if " " in {word} or not {word}:', f"{word} is empty or contains a space", f"{word}[::-1]",
             f"{word} reversed"),
        ])  # fmt: skip
        inputs = None
    else:
        a, b = d.param("a", "int"), d.param("b", "int")
        check, why, give, said = d.pick([
            (f"if {a} > {b}:", f"{a} is greater than {b}", f"{b} - {a}", f"{b} minus {a}"),
            (f"if {a} == {b}:", f"{a} and {b} are equal", f"max({a}, {b})", f"the larger one of {a} and {b}"),
            (f"if {b} == 0:", f"{b} is 0", f"{a} % {b}", f"the remainder of {a} divided by {b}"),
            (f"if {a} < 0 or {b} < 0:", f"{a} or {b} is negative", f"{a} * {b}", f"the product of {a} and {b}"),
        ])  # fmt: skip
        inputs = [(d.number(-5, 12), d.number(-3, 12)) for _ in range(10)] + [(4, 4), (3, 0), (0, 0), (9, 2)]
    message = d.pick(["invalid input", "bad value", "not allowed", "out of range", "wrong input"])
    hint = "list[int]" if "sorted" in give else "str" if kind == "word" and "len" not in give else "int"
    return build(
        d,
        names=["checked_value", "strict_value", "compute_or_fail", "guarded", "checked_result", "require_valid"],
        returns=hint,
        body=f"{check}\n    raise ValueError({show(message)})\nreturn {give}",
        result=said,
        rules=[f"Raise a ValueError if {why}"],
        inputs=inputs,
        raises=True,
    )


@family(weight=2)
def validate_list(d: Draw) -> Program:
    """Whether a list as a whole fulfils several rules."""
    of = d.pick(["int", "int", "str"])
    xs = d.param("xs", "ints" if of == "int" else "words")
    one = cond(d, of, params=False)
    k, m = d.number(1, 3), d.number(4, 6)
    noun = "number" if of == "int" else "string"
    pool = [
        (f"len({xs}) >= {k}", f"it has at least {k} element{'s' * (k > 1)}"),
        (f"len({xs}) <= {m}", f"it has at most {m} elements"),
        (f"len(set({xs})) == len({xs})", f"no {noun} occurs twice"),
        (f"all({one.on('x')} for x in {xs})", f"every {noun} {one.singular}"),
        (f"any({one.on('x')} for x in {xs})", f"at least one {noun} {one.singular}"),
        (f"{xs} == sorted({xs})", f"its {noun}s are in ascending order (equal neighbours are allowed)"),
        (f"sum(1 for x in {xs} if {one.on('x')}) < {m - 1}", f"fewer than {m - 1} of its {noun}s {one.are}"),
    ]
    chosen = d.some(pool, d.number(2, 3))
    return build(
        d,
        names=["is_valid_list", "list_is_ok", "accepts", "check_list", "fulfils_all"],
        returns="bool",
        body="return " + " and ".join(code for code, _ in chosen),
        other="\n".join([f"if not ({code}):\n    return False" for code, _ in chosen] + ["return True"]),
        result=f"True if {xs} fulfils all of these rules, otherwise False: " + "; ".join(said for _, said in chosen),
        difficulty="medium",
    )


@family(weight=2)
def fixed_fields(d: Draw) -> Program:
    """Read fields at fixed positions of a code or line."""
    text = d.param("text", "text")
    w, v = d.number(2, 3), d.number(1, 2)
    body, said, hint = d.pick([
        (f"return {text}[:{w}], {text}[{w}:]", f"a tuple of the first {w} characters of {text} and the rest",
         "tuple[str, str]"),
        (f"return {{\"kind\": {text}[:{w}], \"number\": int({text}[{w}:])}}",
         f'a dictionary with the keys "kind" (the first {w} characters of {text}) and "number" (the rest as an '
         f'integer)', "dict"),
        (f"return int({text}[{w}:]) + {v}", f"the integer formed by {text} after its first {w} characters, plus {v}",
         "int"),
        (f'return {text}[:{w}].upper() + "-" + {text}[{w}:]', f'{text} with its first {w} characters in upper case '
         f'and a "-" after '
         "them", "str"),
        (f"return {text}[:{w}] + str(int({text}[{w}:]) + 1)",
         f"the code that follows {text}: the first {w} characters stay, and the number after them (read as an "
         f"integer, without "
         "leading zeros) grows by 1", "str"),
    ])  # fmt: skip
    texts = []
    for _ in range(10):
        word = (d.pick(WORDS) + "xyz")[:w]
        texts.append((f"{word}{d.number(0, 150)}",))
    return build(
        d,
        names=["read_fields", "parse_code", "split_fields", "next_code", "read_label"],
        returns=hint,
        body=body,
        result=said,
        rules=[f"{text} consists of {w} letters followed by one or more digits"],
        inputs=texts,
    )
