"""Families of pipelines: one for each thing that can be walked over."""

from autotrain.teacher.builtin.grammar.conds import int_cond, str_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.pieces import Cond
from autotrain.teacher.builtin.grammar.pipeline import Source, pipeline
from autotrain.teacher.builtin.grammar.program import Program
from autotrain.teacher.builtin.registry import family


def _position_conds(d: Draw) -> tuple[Cond, ...]:
    k = d.number(2, 4)
    return (
        Cond("$index % 2 == 0", "stand at even positions (counting from 0)", name="even_positions"),
        Cond("$index % 2 == 1", "stand at odd positions (counting from 0)", name="odd_positions"),
        Cond(f"$index % {k} == 0", f"stand at positions divisible by {k} (counting from 0)", name="every_nth"),
        Cond(f"$index >= {k}", f"come after the first {k}", name="later"),
        Cond(f"$index < {k}", f"are among the first {k}", name="first_few"),
        Cond("@x > $index", "are greater than their own position (counting from 0)", name="above_position"),
    )


@family(weight=10)
def pipe_ints(d: Draw) -> Program:
    """Filter, map and fold a list of integers."""
    xs = d.param("xs", d.pick(["ints", "ints", "ints", "counts"]))
    return pipeline(d, Source((f"for $item in {xs}",), "$item", "int", "numbers", f" in {xs}"))


@family(weight=7)
def pipe_words(d: Draw) -> Program:
    """Filter, map and fold a list of strings."""
    xs = d.param("xs", d.pick(["words", "words", "mixed_words"]))
    noun = d.pick(["strings", "words"])
    return pipeline(d, Source((f"for $word in {xs}",), "$word", "str", noun, f" in {xs}"))


@family(weight=4)
def pipe_positions(d: Draw) -> Program:
    """Filter list elements by position as well as by value, then fold."""
    xs = d.param("xs", "ints")
    return pipeline(
        d,
        Source((f"for $index, $item in enumerate({xs})",), "$item", "int", "numbers", f" in {xs}",
               extra=_position_conds(d), force=True),
    )  # fmt: skip


@family(weight=4)
def pipe_range(d: Draw) -> Program:
    """Filter, map and fold the integers of a range."""
    n = d.param("n", "short")
    low = d.pick(["0", "1"])
    loop = f"for $item in range({n})" if low == "0" else f"for $item in range(1, {n} + 1)"
    where = f" from 0 up to but not including {n}" if low == "0" else f" from 1 to {n} (both included)"
    numbers = sorted({0, 1, 2, *d.some(range(3, 13), 6)})
    return pipeline(d, Source((loop,), "$item", "int", "integers", where, inputs=[(number,) for number in numbers]))


@family(weight=5)
def pipe_table(d: Draw) -> Program:
    """Filter the values of a dictionary by key and value, then map and fold."""
    table = d.param("table", "table")
    key = str_cond(d, params=False)
    extra = Cond(key.on("$key"), f"have a key that {key.singular}", name=f"key_{key.name}")
    long = Cond("len($key) > @x", "are smaller than the length of their key", name="below_key_length")
    return pipeline(
        d,
        Source((f"for $key, $value in {table}.items()",), "$value", "int", "values", f" of {table}",
               extra=(extra, extra, long), force=True),
    )  # fmt: skip


@family(weight=4)
def pipe_table_keys(d: Draw) -> Program:
    """Filter the keys of a dictionary by value, then map and fold."""
    table = d.param("table", "table")
    rule = int_cond(d)
    extra = Cond(rule.tight("$value"), f"have a value that {rule.singular}",
                 name=f"value_{rule.name}")  # fmt: skip
    return pipeline(
        d,
        Source(
            (f"for $key, $value in {table}.items()",), "$key", "str", "keys", f" of {table}", extra=(extra,), force=True
        ),
    )


@family(weight=4)
def pipe_pairs(d: Draw) -> Program:
    """Filter, map and fold the numbers (or the names) of a list of tuples."""
    pairs = d.param("pairs", "pairs")
    key, rule = str_cond(d, params=False), int_cond(d)
    by_name = Cond(key.on("$key"), f"have a name that {key.singular}", name=f"name_{key.name}")
    by_number = Cond(rule.tight("$value"), f"have a number that {rule.singular}",
                     name=f"number_{rule.name}")  # fmt: skip
    if d.chance(0.6):
        source = Source(
            (f"for $key, $value in {pairs}",), "$value", "int", "numbers", f" of {pairs}", (by_name,), force=True
        )
    else:
        source = Source(
            (f"for $key, $value in {pairs}",), "$key", "str", "names", f" in {pairs}", (by_number,), force=True
        )
    return pipeline(d, source)


@family(weight=3)
def pipe_rows(d: Draw) -> Program:
    """Filter, map and fold all cells of a list of rows."""
    rows = d.param("rows", d.pick(["rows", "lists"]))
    noun = "numbers"
    return pipeline(
        d,
        Source((f"for $row in {rows}", "for $cell in $row"), "$cell", "int", noun,
               f" in all the {d.pick(['lists', 'inner lists'])} of {rows}"),
    )  # fmt: skip


@family(weight=4)
def pipe_characters(d: Draw) -> Program:
    """Filter, map and fold the characters of a string."""
    text = d.param("text", d.pick(["text", "letters"]))
    return pipeline(d, Source((f"for $char in {text}",), "$char", "char", "characters", f" of {text}"))


@family(weight=4)
def pipe_zip(d: Draw) -> Program:
    """Combine two lists position by position, then filter and fold."""
    xs, ys = d.param("xs", "ints"), d.param("ys", "ints")
    code, words = d.pick([
        ("$a + $b", "sums"),
        ("$a * $b", "products"),
        ("$a - $b", "differences (first minus second)"),
        ("max($a, $b)", "larger values"),
        ("min($a, $b)", "smaller values"),
        ("abs($a - $b)", "absolute differences"),
    ])  # fmt: skip
    extra = (
        Cond("$a > $b", f"come from a pair in which the element from {xs} is the greater one", name="greater_first"),
        Cond("$a != $b", "come from two different elements", name="different"),
        Cond("$a % 2 == $b % 2", "come from two elements that are both even or both odd", name="same_parity"),
    )
    return pipeline(
        d,
        Source((f"for $a, $b in zip({xs}, {ys})",), code, "int", words,
               f" of the elements of {xs} and {ys} at the same position", extra,
               rules=("Positions that only the longer list has are ignored.",)),
    )  # fmt: skip


@family(weight=4)
def pipe_split_numbers(d: Draw) -> Program:
    """Read the numbers of a delimited string, then filter, map and fold them."""
    sep, words = d.pick([(" ", "spaces"), (";", "semicolons"), ("-", "dashes"), ("|", "bars")])
    text = d.param("text", "text")
    low = 0 if sep == "-" else -9

    def inputs(position: int) -> tuple[str]:
        count = 1 if position == 0 else d.number(2, 6)
        return (sep.join(str(d.number(low, 20)) for _ in range(count)),)

    split = f"{text}.split()" if sep == " " else f'{text}.split("{sep}")'
    return pipeline(
        d,
        Source((f"for $number in map(int, {split})",), "$number", "int", "integers",
               f" that {text} holds, separated by {words}", inputs=inputs),
    )  # fmt: skip


@family(weight=3)
def pipe_text_words(d: Draw) -> Program:
    """Filter, map and fold the words of a text."""
    text = d.param("text", "text")
    return pipeline(
        d,
        Source((f"for $word in {text}.split()",), "$word", "str", "words", f" of {text} (separated by white space)"),
    )
