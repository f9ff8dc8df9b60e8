"""Families of recursion and of functions that yield or return functions."""

from typing import Any

from autotrain.teacher.builtin.grammar.arguments import Kind
from autotrain.teacher.builtin.grammar.conds import cond, int_cond
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.pieces import put
from autotrain.teacher.builtin.grammar.program import Program, build, with_calls
from autotrain.teacher.builtin.grammar.rules import plain_map, spoken
from autotrain.teacher.builtin.grammar.words import WORDS
from autotrain.teacher.builtin.registry import family


@family(weight=3)
def make_function(d: Draw) -> Program:
    """A function that returns a function (a closure)."""
    k, first, second = d.param("k", "small"), plain_map(d, "int"), int_cond(d, params=False)
    flavour = d.pick("scale filter count compose limit")
    if flavour == "scale":
        inner, said = f"return {put(first.code, 'x')} * {k}", f"{first.one.replace('@it', 'x')}, multiplied by {k}"
        arg, rule = "x", f"The returned function takes an integer x and returns {said}"
        given = [str(d.number(-6, 12)) for _ in range(12)]
    elif flavour == "filter":
        inner = f"return [$item for $item in values if $item > {k} and {second.tight('$item')}]"
        arg, rule = (
            "values",
            f"The returned function takes a list of integers and returns those that are greater than {k} and "
            f"{second.are}",
        )
        given = [show([d.number(-6, 15) for _ in range(d.number(0, 5))]) for _ in range(12)]
    elif flavour == "limit":
        inner = f"return x if {second.on('x')} else {k}"
        arg, rule = "x", f"The returned function takes an integer x and returns x if x {second.singular}, otherwise {k}"
        given = [str(d.number(-6, 12)) for _ in range(12)]
    elif flavour == "compose":
        inner = f"for _ in range({k}):\n        x = {put(first.code, 'x')}\n    return x"
        arg = "x"
        rule = f"The returned function takes an integer x, does this {k} times, and returns x: {spoken(first, 'x')}"
        if first.do.startswith(("square", "cube", "replace")):
            inner, rule = (
                f"return (x + {k}) * 2",
                f"The returned function takes an integer x and returns twice the sum of x and {k}",
            )
        given = [str(d.number(-4, 6)) for _ in range(12)]
    else:
        inner = f"return sum(1 for $word in words if len($word) > {k})"
        arg, rule = (
            "words",
            f"The returned function takes a list of strings and returns how many of them have more than {k} characters",
        )
        given = [show([d.pick(WORDS) for _ in range(d.number(0, 4))]) for _ in range(12)]
    inner_name = d.pick([name for name in ("inner", "apply", "run", "step", "rule") if name != d.params["k"].name])
    program = build(
        d,
        names=["make_rule", "make_function", "build_step", "create_filter", "get_rule", "make_step"],
        returns="",
        body=f"def {inner_name}({arg}):\n    {inner}\n\nreturn {inner_name}",
        result="a function",
        rules=[rule],
        difficulty="medium",
    )
    return with_calls(program, [f"{program.name}({d.number(1, 5)})({value})" for value in given])


@family(weight=3)
def yield_values(d: Draw) -> Program:
    """A generator function, checked by listing what it yields."""
    xs = d.param("xs", "ints")
    one, change, k = int_cond(d, params=False), plain_map(d, "int"), d.number(2, 4)
    body, said = d.pick([
        (f"for $item in {xs}:\n    if {one.on('$item')}:\n        yield {put(change.code, '$item')}",
         f"for each number in {xs} that {one.singular}, in order, what you get when you {spoken(change)}"),
        (f"$total = 0\nfor $item in {xs}:\n    $total += $item\n    yield $total", f"the running totals of {xs}"),
        (f"for $item in {xs}:\n    yield $item\n    if {one.on('$item')}:\n        yield {put(change.code, '$item')}",
         f"each number in {xs}, in order, and right after a number that {one.singular} also what you get when you "
         f"{spoken(change)}"),
        (f"for $index, $item in enumerate({xs}):\n    if $index % {k} == 0:\n        yield $item",
         f"the numbers in {xs} at positions divisible by {k} (counting from 0)"),
        (f"for $item in {xs}:\n    if {one.on('$item')}:\n        return\n    yield $item",
         f"the numbers in {xs} before the first one that {one.singular} (all if there is none)"),
        (f"for $item in {xs}:\n    for _ in range({k}):\n        yield $item",
         f"each number in {xs} {k} times in a row"),
        (f"for $a, $b in zip({xs}, {xs}[1:]):\n    yield $b - $a", f"the difference of each number in {xs} and the "
         f"one before it"),
        (f"$count = 0\nfor $item in {xs}:\n    if {one.on('$item')}:\n        $count += 1\n        yield $count, $item",
         f"tuples (number, value) for the values in {xs} that {one.are}, numbered from 1"),
    ])  # fmt: skip
    program = build(
        d,
        names=["generate_values", "iterate", "stream_values", "yield_matches", "walk", "produce"],
        returns="Iterator" if d.chance(0.0) else "",
        body=body,
        result=said,
        difficulty="medium",
        verb="yields",
    )
    lists = [[d.number(-9, 20) for _ in range(size)] for size in (0, 1, 2, 3, 3, 4, 4, 4, 5, 5)]
    lists.append([3, 3, 4, 4, 3])
    return with_calls(program, [f"list({program.name}({show(values)}))" for values in lists])


@family(weight=4)
def recursion_on_list(d: Draw) -> Program:
    """A recursive function over a list or string, without loops."""
    of = d.pick(["int", "int", "str"])
    one = cond(d, of if of == "int" else "char", params=False)
    change = plain_map(d, "int")
    if of == "int":
        xs = d.param("xs", "ints")
        head, tail = f"{xs}[0]", f"{xs}[1:]"
        calls = f"$function({tail})"
        base, step, said, hint = d.pick([
            ("0", f"$rest = {calls}\nreturn $rest + {head} if {one.on(head)} else $rest",
             f"the sum of the numbers in {xs} that {one.are}", "int"),
            ("[]", f"$rest = {calls}\nreturn [{put(change.code, head)}, *$rest] if {one.on(head)} else $rest",
             f"a list made of the numbers in {xs} that {one.are}, with this change: {spoken(change, 'each of them')}",
             "list[int]"),
            ("0", f"return (1 if {one.on(head)} else 0) + {calls}", f"how many numbers in {xs} {one.are}", "int"),
            ("[]", f"return {calls} + [{head}]", f"a list of the numbers in {xs} in reverse order", "list[int]"),
            ("None", f"if {one.on(head)}:\n    return {head}\nreturn {calls}",
             f"the first number in {xs} that {one.singular} (None if there is none)", "int | None"),
            ("True", f"return {one.tight(head)} and {calls}", f"True if every number in {xs} {one.singular}, "
             f"otherwise False "
             "(True for an empty list)", "bool"),
            ("0", f"return {head} - {calls}", f"the first number in {xs} minus the result for the rest of {xs} (0 "
                                              f"for an empty list)",
             "int"),
            ("0", f"return max({put(change.code, head)}, {calls})",
             f"the largest of 0 and what you get from each number in {xs} when you {spoken(change)}", "int"),
        ])  # fmt: skip
    else:
        xs = d.param("text", "letters")
        head, tail, mark = f"{xs}[0]", f"{xs}[1:]", d.char("-*_.")
        calls = f"$function({tail})"
        base, step, said, hint = d.pick([
            ('""', f"$rest = {calls}\nreturn {head} + $rest if {one.on(head)} else $rest",
             f"the characters of {xs} that {one.are}, as one string", "str"),
            ("0", f"return (1 if {one.on(head)} else 0) + {calls}", f"how many characters of {xs} {one.are}", "int"),
            ('""', f'return {head} + "{mark}" + {calls}', f'{xs} with "{mark}" after each character', "str"),
            ('""', f'return ("{mark}" if {one.on(head)} else {head}) + {calls}',
             f'{xs} with each character that {one.singular} replaced by "{mark}"', "str"),
            ('""', f"return {head} * 2 + {calls} if {one.on(head)} else {head} + {calls}",
             f"{xs} with each character that {one.singular} written twice", "str"),
            ("-1", f"if {one.on(head)}:\n    return 0\n$rest = {calls}\nreturn $rest + 1 if $rest >= 0 else -1",
             f"the position (from 0) of the first character of {xs} that {one.singular}, -1 if there is none", "int"),
        ])  # fmt: skip
    return build(
        d,
        names=["recursive", "fold_list", "walk_list", "reduce_rest", "head_and_tail", "process_rest"],
        returns=hint,
        body=f"if not {xs}:\n    return {base}\n{step}",
        result=said,
        rules=["The function calls itself and uses no loop" if d.chance(0.7) else ""],
        difficulty="medium",
    )


@family(weight=2)
def recurrence(d: Draw) -> Program:
    """A value defined by a rule on the value before (one step back only)."""
    n = d.param("n", "short")
    a, k, m = d.number(0, 5), d.number(2, 3), d.number(1, 6)
    rule, said = d.pick([
        (f"{k} * $function({n} - 1) + {m}", f"{k} times the value for n - 1, plus {m}"),
        (f"$function({n} - 1) + {n}", "the value for n - 1, plus n"),
        (f"$function({n} - 1) + {n} * {n}", "the value for n - 1, plus n squared"),
        (f"{n} - $function({n} - 1)", "n minus the value for n - 1"),
        (f"$function({n} - 1) * {k} - {n}", f"{k} times the value for n - 1, minus n"),
        (f"$function({n} - 1) + ({m} if {n} % 2 == 0 else -{k})",
         f"the value for n - 1, plus {m} if n is even and minus {k} if n is odd"),
        (f"max($function({n} - 1), {m} * {n} - {n} * {n})", f"the larger one of the value for n - 1 and {m} * n - n "
         f"* n"),
    ])  # fmt: skip
    loop = rule.replace(f"$function({n} - 1)", "$value").replace(n, "$index")
    recursive = d.chance(0.6)
    body = f"if {n} == 0:\n    return {a}\nreturn {rule}" if recursive else \
        f"$value = {a}\nfor $index in range(1, {n} + 1):\n    $value = {loop}\nreturn $value"  # fmt: skip
    return build(
        d,
        names=["value_at", "term", "nth_value", "compute_term", "level_value"],
        returns="int",
        body=body,
        result=f"the value for {n} of this rule",
        rules=[f"The value for 0 is {a}; for n > 0 it is {said}"],
        inputs=[(number,) for number in (0, 1, 2, 3, 4, 5, 6, 8)],
    )


@family(weight=2)
def folder_tree(d: Draw) -> Program:
    """Recursion over a tree of dictionaries with a name, a size and children."""
    node = d.param("node", Kind("dict", "node folder item task", "a dictionary", lambda rng, position: {}))
    value, below = d.pick(
        [("size", "files"), ("cost", "parts"), ("hours", "subtasks"), ("weight", "items"), ("count", "children")]
    )
    one = int_cond(d, params=False)
    children = f'{node}["{below}"]'
    own = f'{node}["{value}"]'
    body, said, hint = d.pick([
        (f"return {own} + sum($function($item) for $item in {children})",
         f'the sum of "{value}" over {node} and everything below it',
         "int"),
        (f"return 1 + sum($function($item) for $item in {children})", f"how many dictionaries the tree has, {node} "
         f"included", "int"),
        (f"return max([{own}, *($function($item) for $item in {children})])",
         f'the largest "{value}" in the whole tree', "int"),
        (f"$count = 1 if {one.on(own)} else 0\nreturn $count + sum($function($item) for $item in {children})",
         f'how many dictionaries in the whole tree have a "{value}" that {one.singular}', "int"),
        (f'$result = [{node}["name"]]\nfor $item in {children}:\n    $result += $function($item)\nreturn $result',
         "the list of all names in the tree, each before the names below it, in order", "list[str]"),
        (f'if not {children}:\n    return [{node}["name"]]\n'
         f"return [$word for $item in {children} for $word in $function($item)]",
         f'the list of the names of those dictionaries in the tree whose "{below}" is empty, in order', "list[str]"),
    ])  # fmt: skip

    def make(depth: int) -> dict[str, Any]:
        wide = d.number(0, 2) if depth else 0
        return {"name": d.char("abcdefgh") + str(d.number(1, 9)), value: d.number(0, 9),
                below: [make(depth - 1) for _ in range(wide)]}  # fmt: skip

    return build(
        d,
        names=["tree_total", "walk_tree", "summarize_tree", "collect_tree", "visit"],
        returns=hint,
        body=body,
        result=said,
        rules=[
            f'{node} has the keys "name", "{value}" (an integer) and "{below}" (a list of such dictionaries, maybe '
            f"empty)"
        ],
        inputs=[(make(min(2, position // 3)),) for position in range(12)],
        difficulty="hard",
    )
