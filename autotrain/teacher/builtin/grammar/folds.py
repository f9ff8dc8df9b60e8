"""Folds: what a pipeline makes of the values that reach its end.

A fold knows itself three times: as an expression over a comprehension (`@gen` is the bare
comprehension clause, `@seq` the same in parentheses or a plain name), as a loop (set-up,
update with `@v`, finish), and in words.
"""

from typing import NamedTuple

from autotrain.teacher.builtin.grammar.draw import Draw


class Fold(NamedTuple):
    """One way to end a pipeline. `one`/`do` word it; `empty` says what no values give, "" where that is plain."""

    name: str
    result: str  # "the sum of @them"
    do: str  # "Return the sum of @these."
    returns: str
    expr: str  # "" where only the loop form is idiomatic
    start: str
    update: str
    finish: str
    empty: str = ""
    guard: str = ""  # condition in the loop before the update ("" for none)
    needs_list: bool = False  # the expression names its values more than once


def int_fold(d: Draw) -> Fold:
    """A random fold of integers."""
    k = d.number(2, 3)
    default = d.pick(["None", "None", "0", "-1"])
    hint = "int | None" if default == "None" else "int"
    sep = d.pick([", ", "-", " ", ";", "/", " + "])
    bar = d.number(8, 30)
    least = d.number(2, 3)
    none = f"If there are none, return {default}."
    return d.pick([
        Fold("sum", "the sum of @them", "return their sum", "int", "sum(@gen)", "$total = 0", "$total += @v",
             "return $total"),
        Fold("sum", "the total of @them", "add them up and return the total", "int", "sum(@gen)", "$total = 0",
             "$total += @v", "return $total"),
        Fold("count", "the number of @them", "return how many there are", "int", "", "$count = 0", "$count += 1",
             "return $count"),
        Fold("product", "the product of @them", "return their product", "int", "", "$total = 1", "$total *= @v",
             "return $total", "The product of no numbers is 1."),
        Fold("largest", "the largest of @them", "return the largest", hint, f"max(@seq, default={default})",
             "$best = None", "$best = @v", "return $best" if default == "None" else
             f"return $best if $best is not None else {default}", none, "$best is None or @v > $best"),
        Fold("smallest", "the smallest of @them", "return the smallest", hint, f"min(@seq, default={default})",
             "$best = None", "$best = @v", "return $best" if default == "None" else
             f"return $best if $best is not None else {default}", none, "$best is None or @v < $best"),
        Fold("list", "the list of @them", "return them as a list, in order", "list[int]", "[@gen]",
             "$result = []", "$result.append(@v)", "return $result"),
        Fold("list", "a list of @them", "collect them in a list and return it", "list[int]",
             "[@gen]", "$result = []", "$result.append(@v)", "return $result"),
        Fold("sorted", "an ascending list of @them", "return them sorted in ascending order", "list[int]",
             "sorted(@gen)", "$result = []", "$result.append(@v)", "return sorted($result)"),
        Fold("descending", "a descending list of @them",
             "return them sorted from the largest to the smallest", "list[int]", "sorted(@seq, reverse=True)",
             "$result = []", "$result.append(@v)", "return sorted($result, reverse=True)"),
        Fold("backwards", "a reversed list (last one first) of @them", "return them as a list in reverse order",
             "list[int]",
             "[@gen][::-1]", "$result = []", "$result.insert(0, @v)", "return $result"),
        Fold("distinct", "the number of different values among @them", "return how many different values there are",
             "int", "len({@gen})", "$seen = set()", "$seen.add(@v)", "return len($seen)"),
        Fold("unique", "a sorted list of the different values among @them",
             "return the different values as a sorted list", "list[int]", "sorted({@gen})", "$seen = set()",
             "$seen.add(@v)", "return sorted($seen)"),
        Fold("first", "the first of @them", "return the first one", hint, f"next(@seq_iter, {default})", "",
             "return @v", f"return {default}", none),
        Fold("last", "the last of @them", "return the last one", hint, "", f"$result = {default}", "$result = @v",
             "return $result", none),
        Fold("joined", f'a string that joins @them with "{sep}"',
             f'return them as one string, joined by "{sep}"', "str",
             f'"{sep}".join(str(@v_expr) @loop)', "$parts = []", "$parts.append(str(@v))",
             f'return "{sep}".join($parts)', "With no values the result is an empty string."),
        Fold("spread", "the difference between the largest and the smallest of @them",
             "return the difference between the largest and the smallest of them", "int", "", "$result = []",
             "$result.append(@v)", "return max($result) - min($result) if $result else 0",
             "If there are none, return 0."),
        Fold("average", "the average (rounded down to an integer) of @them",
             "return their average, rounded down to an integer", "int", "", "$result = []", "$result.append(@v)",
             "return sum($result) // len($result) if $result else 0", "If there are none, return 0."),
        Fold("running", "the list of running totals (each entry is the sum of the values so far) of @them",
             "return the list of their running totals (each entry is the sum of the values so far)", "list[int]", "",
             "$total = 0\n$result = []", "$total += @v\n$result.append($total)", "return $result"),
        Fold("top", f"a list, largest first, of the {k} largest of @them",
             f"return the {k} largest of them in a list, largest first", "list[int]",
             f"sorted(@seq, reverse=True)[:{k}]", "$result = []", "$result.append(@v)",
             f"return sorted($result, reverse=True)[:{k}]", f"If there are fewer than {k}, return all of them."),
        Fold("extremes", "a tuple with the smallest and the largest of @them",
             "return the smallest and the largest as a tuple", "tuple[int, int] | None", "", "$result = []",
             "$result.append(@v)", "return (min($result), max($result)) if $result else None",
             "If there are none, return None."),
        Fold("alternating", "the alternating sum (first minus second plus third, and so on) of @them",
             "return their alternating sum (first minus second plus third, and so on)", "int", "",
             "$total = 0\nsign = 1", "$total += sign * @v\nsign = -sign", "return $total",
             "With no values the result is 0."),
        Fold("exceeds", f"whether more than {bar} is the sum of @them",
             f"return True if their sum is greater than {bar}, otherwise False", "bool", f"sum(@gen) > {bar}",
             "$total = 0", "$total += @v", f"return $total > {bar}"),
        Fold("enough", f"whether {least} or more is the number of @them",
             f"return True if there are at least {least} of them, otherwise False", "bool", "",
             "$count = 0", "$count += 1", f"return $count >= {least}"),
        Fold("count_and_sum", "a tuple (count, sum) of @them", "return a tuple with how many there are and their sum",
             "tuple[int, int]", "", "$count = 0\n$total = 0", "$count += 1\n$total += @v", "return $count, $total"),
        Fold("tally", "a dictionary that maps each different value among @them to how often it occurs",
             "return a dictionary that maps each different value to how often it occurs", "dict[int, int]", "",
             "$result = {}", "$result[@v] = $result.get(@v, 0) + 1", "return $result"),
        Fold("rises", "how many rises (a value greater than the one right before) there are among @them",
             "return how many of them are greater than the one right before", "int", "",
             "$count = 0\n$previous = None",
             "if $previous is not None and @v > $previous:\n    $count += 1\n$previous = @v", "return $count"),
        Fold("records", "how many records (values greater than every one before, the first one included) there are "
             "among @them",
             "return how many of them are greater than every one before (the first one counts)", "int", "",
             "$count = 0\n$best = None",
             "if $best is None or @v > $best:\n    $best = @v\n    $count += 1", "return $count"),
    ])  # fmt: skip


_FOR_CHARACTERS = ("count", "list", "sorted", "joined", "first", "last", "earliest", "backwards", "numbered",
                   "unique", "tally")  # fmt: skip


def str_fold(d: Draw, single: bool = False) -> Fold:
    """A random fold of strings; `single` keeps those that make sense for single characters."""
    while True:
        fold = _any_str_fold(d)
        if not single or fold.name in _FOR_CHARACTERS:
            return fold


def _any_str_fold(d: Draw) -> Fold:
    default = d.pick(["None", '""'])
    hint = "str | None" if default == "None" else "str"
    sep = d.pick([", ", "-", " ", ";", "/", " | ", ""])
    words = f'joined by "{sep}"' if sep else "joined without a separator"
    size = d.number(3, 5)
    none = f"If there are none, return {'an empty string' if default != 'None' else 'None'}."
    return d.pick([
        Fold("count", "the number of @them", "return how many there are", "int", "", "$count = 0", "$count += 1",
             "return $count"),
        Fold("list", "the list of @them", "return them as a list, in order", "list[str]", "[@gen]",
             "$result = []", "$result.append(@v)", "return $result"),
        Fold("list", "a list of @them", "collect them in a list and return it", "list[str]",
             "[@gen]", "$result = []", "$result.append(@v)", "return $result"),
        Fold("sorted", "an alphabetically sorted list of @them", "return them as a sorted list", "list[str]",
             "sorted(@gen)", "$result = []", "$result.append(@v)", "return sorted($result)"),
        Fold("by_length", "a list, sorted by length with the shortest first (equal lengths keep their order), of @them",
             "return them sorted by length, shortest first (equal lengths keep their order)", "list[str]",
             "sorted(@seq, key=len)", "$result = []", "$result.append(@v)", "return sorted($result, key=len)"),
        Fold("joined", f"one string ({words}) of @them", f"return them as one string, {words}", "str",
             f'"{sep}".join(@gen)', "$parts = []", "$parts.append(@v)", f'return "{sep}".join($parts)',
             "With no values the result is an empty string."),
        Fold("longest", "the longest (the first one if several are equally long) of @them",
             "return the longest (the first one if several are equally long)", hint,
             f"max(@seq, key=len, default={default})", f"$best = {default}", "$best = @v", "return $best", none,
             "$best is None or len(@v) > len($best)" if default == "None" else "len(@v) > len($best)"),
        Fold("shortest", "the shortest (the first one if several are equally short) of @them",
             "return the shortest (the first one if several are equally short)", hint,
             f"min(@seq, key=len, default={default})", "$best = None", "$best = @v",
             "return $best" if default == "None" else 'return $best or ""', none,
             "$best is None or len(@v) < len($best)"),
        Fold("first", "the first of @them", "return the first one", hint, f"next(@seq_iter, {default})", "",
             "return @v", f"return {default}", none),
        Fold("last", "the last of @them", "return the last one", hint, "", f"$result = {default}", "$result = @v",
             "return $result", none),
        Fold("earliest", "the alphabetically first of @them",
             "return the one that comes first in alphabetical order", hint, f"min(@seq, default={default})",
             "$best = None", "$best = @v", "return $best" if default == "None" else 'return $best or ""', none,
             "$best is None or @v < $best"),
        Fold("total_length", "the total number of characters in @them",
             "return the total number of characters in them", "int", "sum(len(@v_expr) @loop)", "$total = 0",
             "$total += len(@v)", "return $total"),
        Fold("lengths", "a dictionary that maps each of @them to its length",
             "return a dictionary that maps each of them to its length", "dict[str, int]",
             "", "$result = {}", "$result[@v] = len(@v)", "return $result"),
        Fold("numbered", 'a list of strings "number: text", numbered from 1, for @them',
             'return a list of strings "number: text" for them, numbered from 1', "list[str]", "",
             "$result = []", '$result.append(f"{len($result) + 1}: {@v}")', "return $result"),
        Fold("backwards", "a reversed list (last one first) of @them", "return them as a list in reverse order",
             "list[str]",
             "[@gen][::-1]", "$result = []", "$result.insert(0, @v)", "return $result"),
        Fold("by_size", "a dictionary that groups by length (each length maps to a list) @them",
             "return a dictionary from length to the list of those that have that length", "dict[int, list[str]]", "",
             "$group = {}", "$group.setdefault(len(@v), []).append(@v)", "return $group"),
        Fold("until_full", f"the string made by appending, in order and only until it would get longer than "
             f"{size * 3} characters, "
             "@them",
             f"append them in order to one string, stop before it would get longer than {size * 3} characters, and "
             "return the string", "str", "", '$result = ""',
             f"if len($result) + len(@v) > {size * 3}:\n    break\n$result += @v", "return $result"),
        Fold("distinct", "the number of different first characters of @them",
             "return how many different first characters they have", "int", "", "$seen = set()", "$seen.add(@v[:1])",
             "return len($seen)"),
    ])  # fmt: skip
