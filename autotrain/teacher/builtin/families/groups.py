"""Families of grouping and of two dictionaries: groups by a property, unions, differences, nested tables, edits."""

from typing import Any

from autotrain.teacher.builtin.grammar.arguments import KINDS, Kind
from autotrain.teacher.builtin.grammar.conds import cond, int_cond
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.words import FRUIT, PEOPLE
from autotrain.teacher.builtin.registry import family


def int_property(d: Draw) -> tuple[str, str, str]:
    """A property of an integer to group by: its code over @x, its wording, its type."""
    k = d.number(2, 5)
    return d.pick([
        (f"@x % {k}", f"its remainder when divided by {k}", "int"),
        (f"@x // {k * 2}", f"the result of dividing it by {k * 2}, rounded down", "int"),
        ("@x > 0", "whether it is positive (True or False)", "bool"),
        ('"even" if @x % 2 == 0 else "odd"', 'the string "even" or "odd"', "str"),
        (f'"low" if @x < {k * 2} else "high"', f'"low" if it is below {k * 2}, otherwise "high"', "str"),
        ("abs(@x)", "its absolute value", "int"),
        ("len(str(abs(@x)))", "how many digits it has (without the sign)", "int"),
    ])  # fmt: skip


def str_property(d: Draw) -> tuple[str, str, str]:
    """A property of a non-empty string to group by: its code over @x, its wording, its type."""
    a = d.char("aeiost")
    return d.pick([
        ("len(@x)", "its length", "int"),
        ("@x[0]", "its first character", "str"),
        ("@x[-1]", "its last character", "str"),
        ("@x[0].lower()", "its first character in lower case", "str"),
        (f'@x.count("{a}")', f'how often "{a}" occurs in it', "int"),
        (f'"{a}" in @x', f'whether it contains "{a}" (True or False)', "bool"),
        ("len(@x) % 2", "0 for an even length, 1 for an odd length", "int"),
        ('"short" if len(@x) < 5 else "long"', '"short" if it has fewer than 5 characters, otherwise "long"', "str"),
    ])  # fmt: skip


@family(weight=4)
def group_elements(d: Draw) -> Program:
    """Group list elements by a property; keep the groups, their sizes, sums, or extremes."""
    of = d.pick(["int", "str"])
    xs = d.param("xs", "ints" if of == "int" else "words")
    noun = "number" if of == "int" else "string"
    key, said, key_hint = int_property(d) if of == "int" else str_property(d)
    code = key.replace("@x", "$item")
    options = [
        (f"$group.setdefault({code}, []).append($item)", f"the list of the {noun}s that have it, in order",
         f"list[{of}]"),
        ("$group[$key] = $group.get($key, 0) + 1", f"how many {noun}s have it", "int"),
        (f"$group.setdefault({code}, $item)", f"the first {noun} that has it", of),
        (f"$group[{code}] = $item", f"the last {noun} that has it", of),
    ]  # fmt: skip
    if of == "int":
        options += [
            ("$group[$key] = $group.get($key, 0) + $item", "the sum of the numbers that have it", "int"),
            ("$group[$key] = max($item, $group.get($key, $item))", "the largest number that has it", "int"),
        ]
    else:
        options += [
            ("$group[$key] = $group.get($key, 0) + len($item)", "the total length of the strings that have it", "int"),
            ('$group[$key] = $group.get($key, "") + $item', "the strings that have it, joined in order", "str"),
        ]
    update, gives, hint = d.pick(options)
    keep = cond(d, of, params=False) if d.chance(0.35) else None
    pad = "        " if keep else "    "
    lines = ["$group = {}", f"for $item in {xs}:", *([f"    if {keep.on('$item')}:"] if keep else [])]
    lines += [f"{pad}$key = {code}"] if "$key" in update else []
    return build(
        d,
        names=["group_by_rule", "group_items", "bucket_by", "collect_groups", "by_property", "arrange"],
        returns=f"dict[{key_hint}, {hint}]",
        body="\n".join([*lines, f"{pad}{update}", "return $group"]),
        result=f"a dictionary made from {xs}: each key is a property of a {noun}, namely {said}, and its value is "
        f"{gives}",
        rules=[f"Only {noun}s that {keep.are} are used" if keep else ""],
        difficulty="medium",
    )


def _two_tables(d: Draw) -> tuple[str, str, Any]:
    first = d.param("first", "table")
    kind = KINDS["table"]
    second = d.param("second", Kind(kind.hint, "other updates extra changes more", kind.noun, kind.sample))

    def inputs(position: int) -> tuple[dict[str, int], dict[str, int]]:
        keys = d.some(FRUIT, 5)
        one = {key: d.number(-2, 12) for key in keys[: 0 if position == 0 else d.number(2, 3)]}
        two = {key: d.number(-2, 12) for key in d.some(keys, 0 if position == 1 else d.number(1, 3))}
        for key in two:
            if key in one and d.chance(0.3):
                two[key] = one[key]
        return one, two

    return first, second, inputs


@family(weight=3)
def combine_tables(d: Draw) -> Program:
    """Combine two dictionaries key by key, with a rule for shared and for missing keys."""
    first, second, inputs = _two_tables(d)
    rule, said = d.pick([
        ("{a} + {b}", "the sum of both values"), ("max({a}, {b})", "the larger of both values"),
        ("min({a}, {b})", "the smaller of both values"), ("{a} - {b}", "the first value minus the second"),
        ("({a}, {b})", "a tuple of both values (first, second)"), ("{a} * {b}", "the product of both values"),
    ])  # fmt: skip
    shape = d.pick("shared zero")
    more = ""
    if shape == "shared":
        both = rule.format(a=f"{first}[$key]", b=f"{second}[$key]")
        body = f"return {{$key: {both} for $key in {first} if $key in {second}}}"
        text = f"a dictionary with the keys that {first} and {second} share, each mapped to {said}"
    else:
        body = f"""
        $result = {{}}
        for $key in sorted(set({first}) | set({second})):
            $result[$key] = {rule.format(a=f"{first}.get($key, 0)", b=f"{second}.get($key, 0)")}
        return $result
        """
        text = f"a dictionary with all keys of {first} and {second}, in sorted order, each mapped to {said}"
        more = "A key that one of them lacks counts as 0 there"
    return build(
        d,
        names=["combine", "merge_counts", "join_tables", "unite", "blend_tables", "put_together"],
        returns="dict[str, tuple[int, int]]" if "tuple" in said else "dict[str, int]",
        body=body,
        result=text,
        rules=[more],
        inputs=inputs,
        difficulty="medium",
    )


@family(weight=2)
def compare_tables(d: Draw) -> Program:
    """What differs between two dictionaries."""
    first, second, inputs = _two_tables(d)
    body, said, hint = d.pick([
        (f"return sorted($key for $key in {first} if $key not in {second})",
         f"the sorted list of the keys of {first} that {second} lacks", "list[str]"),
        (f"return sorted($key for $key in {first} if $key in {second} and {first}[$key] != {second}[$key])",
         f"the sorted list of the keys that {first} and {second} both have, but with different values", "list[str]"),
        (f"return sorted(set({first}) ^ set({second}))",
         f"the sorted list of the keys that only one of {first} and {second} has", "list[str]"),
        (f"return all($key in {second} for $key in {first})",
         f"True if every key of {first} is also in {second}, otherwise False", "bool"),
        (f"return sum($value for $key, $value in {first}.items() if $key not in {second})",
         f"the sum of the values in {first} whose key is not in {second}", "int"),
        (f"return {{$key: {second}[$key] - {first}[$key] for $key in {first} if $key in {second}}}",
         f"a dictionary that gives, for each key in both, the value in {second} minus the value in {first}",
         "dict[str, int]"),
        (f"return [$key for $key in {first} if {second}.get($key) == {first}[$key]]",
         f"the list of the keys of {first} (in its order) that {second} has with the same value", "list[str]"),
        (f"return sum(1 for $key in {first} if $key in {second} and {second}[$key] > {first}[$key])",
         f"how many keys have a greater value in {second} than in {first}", "int"),
    ])  # fmt: skip
    return build(
        d,
        names=["compare_tables", "difference", "what_changed", "table_diff", "shared_or_not", "check_against"],
        returns=hint,
        body=body,
        result=said,
        inputs=inputs,
    )


@family(weight=2)
def nested_tables(d: Draw) -> Program:
    """Dictionaries that hold dictionaries or lists."""
    dicts = d.chance(0.5)
    one = int_cond(d, params=False)
    inner, plural = ("inner dictionary", "inner dictionaries") if dicts else ("list", "lists")
    hint = "dict[str, dict[str, int]]" if dicts else "dict[str, list[int]]"
    noun = f"a dictionary from strings to {'dictionaries from strings to integers' if dicts else 'lists of integers'}"
    table = d.param("table", Kind(hint, "data groups teams shelves results", noun, lambda rng, _: {}))

    def content() -> Any:
        numbers = [d.number(-3, 12) for _ in range(d.number(0, 3))]
        return dict(zip("xyzw", numbers, strict=False)) if dicts else numbers

    def inputs(position: int) -> tuple[Any]:
        return ({key: content() for key in d.some(FRUIT + PEOPLE, min(position, d.number(2, 3)))},)

    values = "$value.values()" if dicts else "$value"
    body, said, back = d.pick([
        (f"return {{$key: sum({values}) for $key, $value in {table}.items()}}",
         f"a dictionary that maps each key of {table} to the sum of the values in its {inner}", "dict[str, int]"),
        (f"return {{$key: len($value) for $key, $value in {table}.items() if $value}}",
         f"a dictionary that maps each key of {table} to the size of its {inner}, without keys whose {inner} is empty",
         "dict[str, int]"),
        (f"return sorted($key for $key, $value in {table}.items() if any({one.on('x')} for x in {values}))",
         f"the sorted list of the keys of {table} whose {inner} holds at least one value that {one.singular}",
         "list[str]"),
        (f"return sum(x for $value in {table}.values() for x in {values} if {one.on('x')})",
         f"the sum of all values inside the {plural} of {table} that {one.are}", "int"),
        (f"return {{$key: max({values}, default=0) for $key, $value in {table}.items()}}",
         f"a dictionary that maps each key of {table} to the largest value in its {inner} (0 if that is empty)",
         "dict[str, int]"),
        (f"return sum(len($value) for $value in {table}.values())",
         f"how many values the {plural} of {table} hold in all", "int"),
        (f"return [$key for $key, $value in {table}.items() if len($value) > 1]",
         f"the list of the keys of {table} whose {inner} has more than one value, in order", "list[str]"),
    ])  # fmt: skip
    return build(
        d,
        names=["summarize_nested", "inner_totals", "digest_groups", "per_group", "nested_report"],
        returns=back,
        body=body,
        result=said,
        inputs=inputs,
        difficulty="medium",
    )


@family(weight=2)
def edit_by_commands(d: Draw) -> Program:
    """Apply a list of edit commands to a dictionary."""
    noun = "a list of (action, key, number) tuples"
    edits = d.param(
        "edits", Kind("list[tuple[str, str, int]]", "edits commands changes operations", noun, lambda rng, _: [])
    )
    store = ("set", "$result[$key] = $value", "stores the number under the key")
    actions = d.some([
        store,
        ("add", "$result[$key] = $result.get($key, 0) + $value", "adds the number to the key's value (0 if missing)"),
        ("drop", "$result.pop($key, None)", "removes the key if it is there"),
        ("keep", "$result.setdefault($key, $value)", "stores the number only if the key is missing"),
        ("limit", "if $key in $result:\n            $result[$key] = min($result[$key], $value)",
         "lowers the key's value to the number if the key is there and its value is greater"),
        ("scale", "if $key in $result:\n            $result[$key] *= $value",
         "multiplies the key's value by the number if the key is there"),
    ], d.number(2, 3))  # fmt: skip
    if all(name in ("drop", "limit", "scale") for name, _, _ in actions):
        actions[0] = store
    lines = ["$result = {}", f"for action, $key, $value in {edits}:"]
    for word, (name, code, _) in zip(["if", "elif", "elif"], actions, strict=False):
        lines += [f'    {word} action == "{name}":', f"        {code}"]
    names = [name for name, _, _ in actions]

    def inputs(position: int) -> tuple[list[tuple[str, str, int]]]:
        keys = d.some(FRUIT, 2)
        count = position if position < 2 else d.number(3, 4)
        return ([(d.pick([*names, names[0]]), d.pick(keys), d.number(1, 9)) for _ in range(count)],)

    return build(
        d,
        names=["apply_edits", "run_commands", "build_from_edits", "replay", "apply_operations"],
        returns="dict[str, int]",
        body="\n".join([*lines, "return $result"]),
        result=f"the dictionary that results from applying {edits}, in order, to an empty dictionary",
        rules=[f"{show(name)} {said}" for name, _, said in actions] + ["Other actions do nothing"],
        inputs=inputs,
        difficulty="medium",
    )
