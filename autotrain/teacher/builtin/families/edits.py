"""Families that edit sequences: by neighbours, words, inserted marks, removed elements."""

from autotrain.teacher.builtin.grammar.conds import cond, int_cond, str_cond
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.pieces import put
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import plain_map, spoken
from autotrain.teacher.builtin.registry import family


@family(weight=2)
def replace_by_neighbour(d: Draw) -> Program:
    """Replace each element using its own position or its neighbour."""
    xs = d.param("xs", "ints")
    one = int_cond(d, params=False)
    k = d.number(2, 5)
    code, said = d.pick([
        (f"{xs}[$index - 1] if $index > 0 and {one.on('$item')} else $item",
         f"a number that {one.singular} is replaced by the original number before it (the first number always stays)"),
        (f"$item + {xs}[$index - 1] if $index > 0 else $item",
         "each number except the first gets the original number before it added"),
        (f"$item * $index if {one.on('$item')} else $item",
         f"a number that {one.singular} is multiplied by its position (from 0)"),
        (f"$index if {one.on('$item')} else $item", f"a number that {one.singular} is replaced by its position (from "
                                                    f"0)"),
        (f"$item + {k} if $index % 2 == 0 else $item - {k}",
         f"numbers at even positions (from 0) grow by {k}, the others shrink by {k}"),
        ("-$item if $index % 2 == 1 else $item", "numbers at odd positions (from 0) are negated"),
        (f"{xs}[-1 - $index] - $item", "each number is subtracted from the number at the mirrored position"),
        (f"0 if $item in {xs}[:$index] else $item", "each number that occurred earlier in the list is replaced by 0"),
        (f"$item - {xs}[0]", "the first number of the list is subtracted from each number"),
        (f"max({xs}[: $index + 1])", "each number is replaced by the largest number up to and including it"),
        (f"{xs}[$index + 1] if $index + 1 < len({xs}) else {k}",
         f"each number is replaced by the one after it, and the last by {k}"),
    ])  # fmt: skip
    return build(
        d,
        names=["shift_values", "update_by_position", "blend", "rewrite_series", "position_rule", "new_series"],
        returns="list[int]",
        body=f"return [{code} for $index, $item in enumerate({xs})]"
        if "$item" in code
        else f"return [{code} for $index in range(len({xs}))]",
        result=f"a new list like {xs} in which {said}",
        difficulty="medium",
    )


@family(weight=2)
def replace_word(d: Draw) -> Program:
    """Replace or treat those words of a text that fulfil a condition."""
    text = d.param("text", "text")
    one = str_cond(d)
    change = plain_map(d, "str")
    fixed = d.char("*-_x?")
    code, said = d.pick([
        (put(change.code, "$word"), spoken(change)),
        (f'"{fixed * 3}"', f'replace it by "{fixed * 3}"'),
        ('f"[{$word}]"', "put it in square brackets"),
        (f'"{fixed}" * len($word)', f'replace each of its characters by "{fixed}"'),
    ])  # fmt: skip
    return build(
        d,
        names=["treat_words", "mark_words", "edit_text", "rewrite_words", "touch_up", "replace_in_text"],
        returns="str",
        body=f'return " ".join({code} if {one.on("$word")} else $word for $word in {text}.split())',
        other=f"""
        $result = []
        for $word in {text}.split():
            if {one.on("$word")}:
                $result.append({code})
            else:
                $result.append($word)
        return " ".join($result)
        """,
        result=f"the words of {text} (separated by white space) joined by single spaces, with this change: "
        f"if a word {one.singular}, {said}",
    )


@family(weight=2)
def insert_between(d: Draw) -> Program:
    """Insert something before or after certain elements."""
    of = d.pick(["int", "str"])
    xs = d.param("xs", "ints" if of == "int" else "words")
    one = cond(d, of, params=False)
    value = show(d.number(0, 9)) if of == "int" else show(d.pick(["-", "and", "*", "stop"]))
    noun = "number" if of == "int" else "string"
    mode = d.pick(["after", "before", "twice"])
    lines = {"after": ["    $result.append($item)", f"    if {one.on('$item')}:", f"        $result.append({value})"],
             "before": [f"    if {one.on('$item')}:", f"        $result.append({value})", "    $result.append($item)"],
             "twice": ["    $result.append($item)", f"    if {one.on('$item')}:",
             "        $result.append($item)"]}  # fmt: skip
    said = f"{value} inserted {mode} each {noun}" if mode != "twice" else f"a second copy right after each {noun}"
    return build(
        d,
        names=["insert_marks", "expand_list", "pad_list", "with_marks", "add_fillers", "enrich"],
        returns="list[int]" if of == "int" else "list[str]",
        body="\n".join(["$result = []", f"for $item in {xs}:", *lines[mode], "return $result"]),
        result=f"a copy of {xs} with {said} that {one.singular}",
    )


@family(weight=2)
def remove_elements(d: Draw) -> Program:
    """Remove elements by value, position or both."""
    xs = d.param("xs", "ints")
    k = d.number(2, 4)
    one = int_cond(d, params=False)
    body, said, more = d.pick([
        (f"return [$item for $index, $item in enumerate({xs}) if $index % {k} != 0]",
         f"{xs} without the elements at positions divisible by {k} (counting from 0)", ""),
        (f"return {xs}[1:-1]", f"{xs} without its first and its last element",
         "With fewer than three elements nothing remains: return []."),
        (f"return {xs}[:-{k}] if len({xs}) > {k} else {xs}[:]", f"{xs} without its last {k} elements",
         f"With {k} or fewer elements nothing is removed."),
        (f"$result = list({xs})\nif $result:\n    $result.remove(max($result))\nreturn $result",
         f"a copy of {xs} without its largest element (only the first of several equal ones goes)", ""),
        (f"while {xs} and {one.on(f'{xs}[0]')}:\n    {xs} = {xs}[1:]\nreturn {xs}",
         f"what is left of {xs} after removing numbers from its front as long as the first one {one.singular}", ""),
        (f"$index = len({xs})\nwhile $index > 0 and {one.on(f'{xs}[$index - 1]')}:\n    $index -= 1\n"
         f"return {xs}[:$index]",
         f"what is left of {xs} after removing numbers from its end as long as the last one {one.singular}", ""),
        (f"$seen = set()\n$result = []\nfor $item in {xs}:\n    if $item not in $seen:\n        $seen.add($item)\n"
         "        $result.append($item)\nreturn $result",
         f"a list of the numbers in {xs} in their order in which each number appears only once, at its first place",
         ""),
        (f"return [$item for $item in {xs} if {xs}.count($item) == 1]", f"the numbers in {xs} that occur exactly once",
         ""),
        (f"return [$item for $item in {xs} if $item != {xs}[0]]",
         f"the numbers in {xs} that differ from its first number", ""),
    ])  # fmt: skip
    return build(
        d,
        names=["trimmed", "remove_some", "cut_down", "reduced_list", "without_some", "strip_list"],
        returns="list[int]",
        body=body,
        result=said,
        rules=[more],
    )
