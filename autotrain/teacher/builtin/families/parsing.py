"""Families of parsing, validation and errors: tokens to values, rule lists, try/except, ValueError."""

from typing import Any

from autotrain.teacher.builtin.grammar.arguments import Kind
from autotrain.teacher.builtin.grammar.conds import int_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.words import FRUIT
from autotrain.teacher.builtin.registry import family

_TOKENS = ("12", "7", "x", "-3", "", "4.5", "abc", "0", "19", " 8", "5a", "-", "100")


@family(weight=3)
def numbers_from_tokens(d: Draw) -> Program:
    """Read integers from a list of strings, some of which are no integers."""
    tokens = d.param(
        "tokens", Kind("list[str]", "tokens fields items cells entries", "a list of strings", lambda r, p: [])
    )
    default = d.number(-1, 0)
    action, said, start, finish, hint = d.pick([
        ("continue", "strings that are no integers are skipped", "$result = []", "$result", "list[int]"),
        (f"$result.append({default})", f"a string that is no integer becomes {default}", "$result = []", "$result",
         "list[int]"),
        ("$result.append(None)", "a string that is no integer becomes None", "$result = []", "$result",
         "list[int | None]"),
        ("break", "reading stops at the first string that is no integer", "$result = []", "$result", "list[int]"),
        ("$count += 1", "", "$count = 0", "$count", "int"),
        ("$rest.append($item)", "", "$rest = []", "$rest", "list[str]"),
    ])  # fmt: skip
    if start == "$result = []":
        total = d.chance(0.3) and "None" not in action
        body = f"""
        $result = []
        for $item in {tokens}:
            try:
                $result.append(int($item))
            except ValueError:
                {action}
        return {"sum($result)" if total else "$result"}
        """
        what = "the sum" if total else "a list"
        said = f"{what} of the integers that the strings in {tokens} stand for, in order; {said}"
        hint = "int" if total else hint
    else:
        body = f"""
        {start}
        for $item in {tokens}:
            try:
                int($item)
            except ValueError:
                {action}
        return {finish}
        """
        said = (
            ("how many strings" if "count" in finish else "the list of the strings")
            + f" in {tokens}"
            + (" cannot be read as integers" if "count" in finish else " that cannot be read as integers, in order")
        )

    def inputs(position: int) -> tuple[list[str]]:
        return ([d.pick(_TOKENS) for _ in range(position if position < 2 else d.number(2, 5))],)

    return build(
        d,
        names=["read_numbers", "parse_ints", "to_integers", "safe_numbers", "check_tokens", "convert_tokens"],
        returns=hint,
        body=body,
        result=said,
        rules=["A string can be read as an integer if int() accepts it (white space around the digits does no harm)"],
        inputs=inputs,
    )  # fmt: skip


@family(weight=2)
def safe_access(d: Draw) -> Program:
    """Access or compute with a fallback where it is not possible."""
    miss = d.pick(["None", "0", "-1"])
    kind = d.pick("index key divide nested first convert")
    if kind == "index":
        xs, i = (
            d.param("xs", "ints"),
            d.param("index", Kind("int", "index position i", "an integer", lambda r, p: r.randint(-6, 6))),
        )
        body = f"try:\n    return {xs}[{i}]\nexcept IndexError:\n    return {miss}"
        said = f"the element of {xs} at index {i} (negative indexes count from the end, as usual in Python)"
        rule = f"If there is no such element, return {miss}"
        inputs: Any = None
    elif kind == "key":
        table, key = (
            d.param("table", "table"),
            d.param("key", Kind("str", "key name", "a string", lambda r, p: r.choice(FRUIT))),
        )
        k = d.number(2, 5)
        body = f"if {key} not in {table}:\n    return {miss}\nreturn {table}[{key}] * {k}"
        said, rule = f"{k} times the value of {key} in {table}", f"If the key is missing, return {miss}"

        def keyed(position: int) -> tuple[dict[str, int], str]:
            keys = d.some(FRUIT, 3)
            return {name: d.number(1, 9) for name in keys[: d.number(0, 3)]}, keys[0]

        inputs = keyed
    elif kind == "divide":
        a, b = (
            d.param("a", "int"),
            d.param("b", Kind("int", "b divisor parts", "an integer", lambda r, p: r.randint(-3, 6))),
        )
        body = f"try:\n    return {a} // {b}\nexcept ZeroDivisionError:\n    return {miss}"
        said, rule = f"{a} divided by {b}, rounded down", f"If {b} is 0, return {miss}"
        pairs = [(d.number(-20, 40), d.number(-3, 6)) for _ in range(10)]
        inputs = [*pairs, (5, 0), (0, 0), (7, 2)]
    elif kind == "nested":
        data = d.param("rows", "lists")
        row = d.param("i", Kind("int", "i row", "an integer", lambda r, p: r.randint(0, 3)))
        column = d.param("j", Kind("int", "j column", "an integer", lambda r, p: r.randint(0, 3)))
        body = f"if {row} < len({data}) and {column} < len({data}[{row}]):\n    return {data}[{row}][{column}]"
        body += f"\nreturn {miss}"
        said = f"the element at position {column} of the inner list at position {row} of {data} (both count from 0)"
        rule, inputs = f"If there is no such element, return {miss}", None
    elif kind == "first":
        xs = d.param("xs", "ints")
        one = int_cond(d, params=False)
        body = (
            f"try:\n    return min($item for $item in {xs} if {one.on('$item')})\nexcept ValueError:\n    return {miss}"
        )
        said, rule = f"the smallest number in {xs} that {one.singular}", f"If there is none, return {miss}"
        inputs = None
    else:
        text = d.param("text", "word")
        k = d.number(2, 9)
        body = f"try:\n    return int({text}) * {k}\nexcept ValueError:\n    return {miss}"
        said, rule = (
            f"{k} times the integer that {text} stands for",
            f"If {text} cannot be read as an integer, return {miss}",
        )
        inputs = [(token,) for token in (*_TOKENS, "33", "-20", "1e3")]
    return build(
        d,
        names=["safe_get", "get_or_default", "try_value", "fetch", "careful_value", "value_or_fallback"],
        returns="int | None" if miss == "None" else "int",
        body=body,
        result=said,
        rules=[rule],
        inputs=inputs,
    )


@family(weight=3)
def parse_items(d: Draw) -> Program:
    """Parse "name:number" items from one string into a table, list or total."""
    outer, inner = d.pick([(";", ":"), (",", ":"), ("|", ":"), (" ", "/"), (";", "/"), (" ", ":")])
    text = d.param("text", "text")
    one = int_cond(d, params=False)
    split = f"{text}.split()" if outer == " " else f'{text}.split("{outer}")'
    word = {";": "semicolons", ",": "commas", "|": "bars", " ": "spaces"}[outer]
    head = f'$result = {{}}\nfor $item in {split}:\n    $key, $value = $item.split("{inner}")\n    '
    body, said, hint = d.pick([
        (f"{head}$result[$key] = int($value)\nreturn $result", "a dictionary from name to number (the last one "
         "counts if a name "
         "is repeated)", "dict[str, int]"),
        (f"{head}$result[$key] = $result.get($key, 0) + int($value)\nreturn $result",
         "a dictionary from each name to the sum of its numbers", "dict[str, int]"),
        (f"{head}if {one.on('int($value)')}:\n        $result[$key] = int($value)\nreturn $result",
         f"a dictionary from name to number, only with the items whose number {one.singular}", "dict[str, int]"),
        (f'return sum(int($item.split("{inner}")[1]) for $item in {split})', "the sum of all numbers", "int"),
        (f'return [$item.split("{inner}")[0] for $item in {split}]', "the list of all names, in order", "list[str]"),
        (f'return sorted((int($item.split("{inner}")[1]) for $item in {split}), reverse=True)',
         "a list of all numbers, largest first", "list[int]"),
        (f'$parts = [$item.split("{inner}") for $item in {split}]\nreturn [($key, int($value)) for $key, $value in '
         f'$parts]',
         "a list of (name, number) tuples, in order", "list[tuple[str, int]]"),
        (f'$parts = [$item.split("{inner}") for $item in {split}]\nreturn max($parts, key=lambda p: int(p[1]))[0]',
         "the name with the largest number (the first one if several share it)", "str"),
    ])  # fmt: skip
    names = d.some(FRUIT, 4)

    def inputs(position: int) -> tuple[str]:
        return (outer.join(f"{d.pick(names)}{inner}{d.number(0, 12)}" for _ in range(d.number(1, 4))),)

    return build(
        d,
        names=["parse_items", "read_pairs", "parse_text", "decode_line", "read_entries", "from_text"],
        returns=hint,
        body=body,
        result=f"{said}, read from {text}",
        rules=[f'{text} holds one or more items of the form name{inner}number, separated by single {word}, for example '
               f'"{names[0]}{inner}3{outer}{names[1]}{inner}5"'],
        inputs=inputs,
        difficulty="medium",
    )  # fmt: skip


@family(weight=2)
def letters_and_digits(d: Draw) -> Program:
    """Split or decode strings that mix letters and digits."""
    text = d.param("text", "text")
    body, said, hint = d.pick([
        (f'return int("".join($char for $char in {text} if $char.isdigit()) or "0")',
         f"the integer that the digits in {text} form when everything else is dropped (0 if there are none)", "int"),
        (f'return "".join($char for $char in {text} if not $char.isdigit())', f"{text} without its digits", "str"),
        (f'$result = ""\nfor $char in {text}:\n    $result += $char if $char.isdigit() else " "\n'
         "return [int($item) for $item in $result.split()]",
         f"the list of the numbers in {text}, where a number is a longest possible stretch of digits", "list[int]"),
        (f'$left = "".join($char for $char in {text} if $char.isalpha())\n'
         f'$right = "".join($char for $char in {text} if $char.isdigit())\nreturn $left, $right',
         f"a tuple of two strings: the letters of {text} and the digits of {text}, each in order", "tuple[str, str]"),
        (f"return {text}[:2].isalpha() and {text}[2:].isdigit()",
         f"True if {text} consists of exactly two letters followed by one or more digits, otherwise False", "bool"),
        (f"return [$char.isdigit() for $char in {text}].count(True) > len({text}) / 2",
         f"True if more than half of the characters of {text} are digits, otherwise False", "bool"),
    ])  # fmt: skip
    texts = ["", "a", "42", *("".join(d.char("abXy0123456789 -") for _ in range(d.number(3, 8))) for _ in range(7)),
                 "ab12", "x7", "AB9c", "cd3456", "1a22b3"]  # fmt: skip
    return build(
        d,
        names=["decode", "split_code", "letters_digits", "read_code", "digit_text", "unpack_text"],
        returns=hint,
        body=body,
        result=said,
        inputs=[(one,) for one in texts],
    )
