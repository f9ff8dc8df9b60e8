"""Families that treat each element of a list or string by rules: replace, label, split, locate."""

from autotrain.teacher.builtin.grammar.conds import char_cond, cond, int_cond, str_cond
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.pieces import opposite, put
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import different, plain_map, spoken
from autotrain.teacher.builtin.registry import family


@family(weight=5)
def replace_numbers(d: Draw) -> Program:
    """Change each number by the first rule that fits it; keep or change the others."""
    xs = d.param("xs", "ints")
    conds = different(d, "int", d.number(1, 3))
    changes = [plain_map(d, "int") for _ in conds]
    last = d.pick(["keep", "keep", "change", "drop"])
    rest = plain_map(d, "int")
    lines = []
    for word, one, change in zip(["if", "elif", "elif"], conds, changes, strict=False):
        lines += [f"    {word} {one.on('$item')}:", f"        $result.append({put(change.code, '$item')})"]
    if last != "drop":
        lines += ["    else:", f"        $result.append({'$item' if last == 'keep' else put(rest.code, '$item')})"]
    rules = [f"If a number {conds[0].singular}, {spoken(changes[0])}."]
    rules += [f"Otherwise, if it {one.singular}, {spoken(change)}."
              for one, change in zip(conds[1:], changes[1:], strict=True)]  # fmt: skip
    rules.append({"keep": "All other numbers stay as they are.", "drop": "All other numbers are left out.",
                  "change": f"In all other cases {spoken(rest)}."}[last])  # fmt: skip
    loop = "\n".join(["$result = []", f"for $item in {xs}:", *lines, "return $result"])
    short = ""
    if len(conds) == 1 and last != "drop":
        other = "$item" if last == "keep" else put(rest.code, "$item")
        short = f"return [{put(changes[0].code, '$item')} if {conds[0].on('$item')} else {other} for $item in {xs}]"
    elif len(conds) == 1:
        short = f"return [{put(changes[0].code, '$item')} for $item in {xs} if {conds[0].on('$item')}]"
    clean = short if short and len(short) < 95 and d.chance(0.8) else loop
    return build(
        d,
        names=["adjust_numbers", "apply_rules", "rewrite_values", "transform_each", "update_list", "treat_values"],
        returns="list[int]",
        body=clean,
        other=loop if clean is not loop else "",
        result=f"a new list made from {xs}, in order, by treating each number like this",
        rules=rules,
        difficulty="easy" if len(conds) == 1 else "medium",
    )


@family(weight=4)
def rewrite_characters(d: Draw) -> Program:
    """Build a new string by treating each character by the first rule that fits it."""
    text = d.param("text", d.pick(["text", "letters"]))
    conds = different(d, "char", d.number(1, 3))
    mark, code = d.char("*-_.#"), []
    options = [
        ("@x.upper()", "write it in upper case"), ("@x.lower()", "write it in lower case"),
        ("@x * 2", "write it twice"), (f'"{mark}"', f'write "{mark}" in its place'),
        (f'@x + "{mark}"', f'write it followed by "{mark}"'), ('""', "leave it out"),
        ("@x.swapcase()", "swap its case"), (f'"{mark}" + @x', f'write "{mark}" before it'),
    ]  # fmt: skip
    chosen = d.some(options, len(conds))
    rules = []
    for word, one, (change, said) in zip(["if", "elif", "elif"], conds, chosen, strict=False):
        if change == '""':
            code += [f"    {word} {one.on('$char')}:", "        continue"]
        else:
            code += [f"    {word} {one.on('$char')}:", f"        $result += {change.replace('@x', '$char')}"]
        rules.append(f"{'If' if word == 'if' else 'Otherwise, if'} the character {one.singular}, {said}.")
    rules.append("All other characters stay as they are.")
    return build(
        d,
        names=["rewrite", "transform_text", "recode", "change_characters", "mark_up", "clean_up"],
        returns="str",
        body="\n".join(['$result = ""', f"for $char in {text}:", *code, "    else:", "        $result += $char",
                        "return $result"]),
        result=f"the string made from {text} by treating each character, in order, by the first rule that fits",
        rules=rules,
        difficulty="easy" if len(conds) == 1 else "medium",
    )  # fmt: skip


@family(weight=2)
def label_elements(d: Draw) -> Program:
    """A list with one label for each element, by rules."""
    of = d.pick(["int", "int", "str"])
    xs = d.param("xs", "ints" if of == "int" else "words")
    conds = different(d, of, d.number(1, 2))
    labels = [
        show(label) for label in d.some("low high even odd big tiny yes no keep skip warm cold left right".split(), 3)
    ]
    noun = "number" if of == "int" else "string"
    lines = ["$result = []", f"for $item in {xs}:"]
    for word, one, label in zip(["if", "elif"], conds, labels, strict=False):
        lines += [f"    {word} {one.on('$item')}:", f"        $result.append({label})"]
    lines += ["    else:", f"        $result.append({labels[2]})", "return $result"]
    loop = "\n".join(lines)
    short = f"return [{labels[0]} if {conds[0].on('$item')} else {labels[2]} for $item in {xs}]"
    rules = [f"{labels[0]} if the {noun} {conds[0].singular}"]
    rules += [f"otherwise {labels[1]} if it {conds[1].singular}"] if len(conds) == 2 else []
    return build(
        d,
        names=["label_all", "labels_for", "mark_values", "categories", "tag_items", "describe_each"],
        returns="list[str]",
        body=short if len(conds) == 1 else loop,
        other=loop if len(conds) == 1 else "",
        result=f"a list with one label for each {noun} in {xs}, in order: {', '.join(rules)}, and {labels[2]} in all "
        "other cases",
    )


@family(weight=2)
def split_by_condition(d: Draw) -> Program:
    """Split a list into the elements that fulfil a condition and the others."""
    of = d.pick(["int", "int", "str"])
    xs = d.param("xs", "ints" if of == "int" else "words")
    one = cond(d, of)
    noun = "numbers" if of == "int" else "strings"
    ending, said = d.pick([
        ("return $kept, $rest", "a tuple of two lists"),
        ("return [$kept, $rest]", "a list of two lists"),
        ("return len($kept), len($rest)", "a tuple with the lengths of two lists"),
        ("return $kept + $rest", "one list made of two parts"),
        ("return $rest + $kept[::-1]", "one list: second part first, then the first part in reverse order"),
    ])  # fmt: skip
    element = "int" if of == "int" else "str"
    hint = {"a tuple of two lists": f"tuple[list[{element}], list[{element}]]",
            "a list of two lists": f"list[list[{element}]]",
            "a tuple with the lengths of two lists": "tuple[int, int]"}.get(said, f"list[{element}]")  # fmt: skip
    return build(
        d,
        names=["split_list", "partition", "separate", "sort_out", "divide_items", "two_groups"],
        returns=hint,
        body=f"""
        $kept = [$item for $item in {xs} if {one.on("$item")}]
        $rest = [$item for $item in {xs} if {opposite(one.on("$item"))}]
        {ending}
        """,
        other=f"""
        $kept = []
        $rest = []
        for $item in {xs}:
            if {one.on("$item")}:
                $kept.append($item)
            else:
                $rest.append($item)
        {ending}
        """,
        result=f"{said}: the first holds the {noun} in {xs} that {one.are}, the second all others, both in their order",
    )


@family(weight=2)
def split_three_ways(d: Draw) -> Program:
    """Distribute numbers over three lists by two conditions."""
    xs = d.param("xs", "ints")
    first, second = different(d, "int", 2)
    keys = d.pick([("first", "second", "rest"), ("a", "b", "other"), ("yes", "maybe", "no"), ("top", "mid", "low")])
    table = d.chance(0.5)
    if table:
        body = f"""
        $group = {{"{keys[0]}": [], "{keys[1]}": [], "{keys[2]}": []}}
        for $item in {xs}:
            if {first.on("$item")}:
                $group["{keys[0]}"].append($item)
            elif {second.on("$item")}:
                $group["{keys[1]}"].append($item)
            else:
                $group["{keys[2]}"].append($item)
        return $group
        """
        head = f'a dictionary with the keys "{keys[0]}", "{keys[1]}" and "{keys[2]}", each mapped to a list'
    else:
        body = f"""
        $kept, $made, $rest = [], [], []
        for $item in {xs}:
            if {first.on("$item")}:
                $kept.append($item)
            elif {second.on("$item")}:
                $made.append($item)
            else:
                $rest.append($item)
        return $kept, $made, $rest
        """
        head = "a tuple of three lists"
    return build(
        d,
        names=["distribute", "three_groups", "sort_into_bins", "spread_out", "assign_groups"],
        returns="dict[str, list[int]]" if table else "tuple[list[int], list[int], list[int]]",
        body=body,
        result=f"{head}: the first list holds the numbers in {xs} that {first.are}, the second those of the others "
        f"that {second.are}, the third all that remain",
        rules=["The order within each list is the order in the input."],
        difficulty="medium",
    )


@family(weight=2)
def positions_of(d: Draw) -> Program:
    """The positions of the elements that fulfil a condition."""
    of = d.pick(["int", "int", "str", "char"])
    xs = d.param("xs", {"int": "ints", "str": "words", "char": "letters"}[of])
    one = char_cond(d) if of == "char" else int_cond(d) if of == "int" else str_cond(d)
    noun = {"int": "numbers", "str": "strings", "char": "characters"}[of]
    start = d.pick([0, 0, 1])
    loop = f"for $index, $item in enumerate({xs}{', start=1' if start else ''}) if {one.on('$item')}"
    body, said, hint = d.pick([
        (f"return [$index {loop}]", "the list of the positions of the", "list[int]"),
        (f"return [($index, $item) {loop}]", "a list of (position, value) tuples for the",
         f"list[tuple[int, {'int' if of == 'int' else 'str'}]]"),
        (f"return sum($index {loop})", "the sum of the positions of the", "int"),
        (f"return {{$index: $item {loop}}}", "a dictionary from position to value for the",
         f"dict[int, {'int' if of == 'int' else 'str'}]"),
        (f"return [$index {loop}][::-1]", "the positions, last one first, of the", "list[int]"),
        (f"return max(($index {loop}), default=-1)", "the last position (-1 if there is none) of the", "int"),
    ])  # fmt: skip
    return build(
        d,
        names=["positions_of_matches", "find_positions", "locate", "where_matching", "indexes_of", "match_positions"],
        returns=hint,
        body=body,
        result=f"{said} {noun} in {xs} that {one.are}",
        rules=[f"Positions count from {start}."],
    )
