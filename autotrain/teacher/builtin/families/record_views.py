"""Families of records seen as text, changed, searched, and joined with a table."""

from typing import Any

from autotrain.teacher.builtin.grammar.arguments import Kind
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.pieces import unwrap
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.records import make_rows, records_of, row_cond
from autotrain.teacher.builtin.registry import family


@family(weight=2)
def format_records(d: Draw) -> Program:
    """One line of text for each record, or a summary line."""
    topic, rows, inputs = records_of(d)
    n, t, c = topic.numbers[0], topic.name, topic.category
    pattern = d.pick(
        ["{t}: {n}", "{t} [{c}] {n}", "{c}/{t}={n}", "{n} x {t}", "{t} ({c}, {n})", "{c} - {t}", "#{n} {t}"]
    )
    code = pattern
    for slot, field in (("{t}", t), ("{n}", n), ("{c}", c)):
        code = code.replace(slot, f"{{$row['{field}']}}")
    shown = pattern
    for slot, field in (("{t}", t), ("{n}", n), ("{c}", c)):
        shown = shown.replace(slot, field)
    test, said = row_cond(d, topic) if d.chance(0.5) else ("", "")
    test = unwrap(test)
    gen = f'f"{code}" for $row in {rows}{" if " + test if test else ""}'
    whole, head, hint = d.pick([
        (f"[{gen}]", "a list of strings, one", "list[str]"),
        (f'"\\n".join({gen})', "a string with one line", "str"),
        (f'"; ".join({gen})', 'a string with one part, separated by "; ",', "str"),
    ])  # fmt: skip
    return build(
        d,
        names=[f"format_{topic.noun}", f"{topic.noun}_lines", "render", "as_text", f"describe_{topic.noun}"],
        returns=hint,
        body=f"return {whole}",
        result=f'{head} for each of the {topic.noun} in {rows}{" " + said if said else ""}, of the form "{shown}" '
        f"with the "
        "values of these fields",
        inputs=inputs,
    )


@family(weight=2)
def update_records(d: Draw) -> Program:
    """New records with a changed, added or removed field."""
    topic, rows, _ = records_of(d)
    n, t, c = topic.numbers[0], topic.name, topic.category
    test, said = row_cond(d, topic)
    test = unwrap(test)
    k = d.number(2, 5)
    body, text = d.pick([
        (f'return [{{**$row, "{n}": $row["{n}"] + {k}}} if {test} else $row for $row in {rows}]',
         f'in which the "{n}" of the {topic.noun} {said} is increased by {k}'),
        (f'return [{{**$row, "flag": {test}}} for $row in {rows}]',
         f'in which each record has a new key "flag" at its end: True for {topic.noun} {said}, False for the others'),
        (f'return [{{"{t}": $row["{t}"], "{n}": $row["{n}"]}} for $row in {rows} if {test}]',
         f'that holds only the {topic.noun} {said}, each with only the keys "{t}" and "{n}"'),
        (f'return [{{**$row, "{c}": $row["{c}"].upper()}} for $row in {rows}]',
         f'in which each "{c}" is in upper case'),
        (f'return [{{"no": $index, **$row}} for $index, $row in enumerate({rows}, start=1)]',
         'in which each record begins with a new key "no" that counts from 1'),
    ])  # fmt: skip
    return build(
        d,
        names=[f"update_{topic.noun}", "changed_records", "with_field", "revise", f"edit_{topic.noun}"],
        returns="list[dict]",
        body=body,
        result=f"a new list of dictionaries like {rows} {text}",
        rules=["The given dictionaries are not changed"],
        inputs=lambda position: (make_rows(d, topic, position, few=True)[: d.number(1, 2)],),
        difficulty="medium",
    )


@family(weight=2)
def find_record(d: Draw) -> Program:
    """Find one record by name or by an extreme, with a fallback."""
    topic, rows, inputs = records_of(d)
    n, t, c = topic.numbers[0], topic.name, topic.category
    default = d.pick(["None", "0", "-1"])
    by_name = d.chance(0.5)
    if by_name:
        word = d.param("wanted", Kind("str", f"{t} wanted target", "a string", lambda rng, _: rng.choice(topic.names)))
        give, what = d.pick([(f'$row["{n}"]', f'the "{n}"'), (f'$row["{n}"] * 2', f'twice the "{n}"')])
        body = f'for $row in {rows}:\n    if $row["{t}"] == {word}:\n        return {give}\nreturn {default}'
        said = f'{what} of the first record in {rows} whose "{t}" is {word}'
    else:
        order, which = d.pick([("max", "largest"), ("min", "smallest")])
        give, what = d.pick([(t, f'the "{t}"'), (c, f'the "{c}"')])
        default = "None"
        body = (
            f'if not {rows}:\n    return None\n$best = {order}({rows}, key=lambda r: r["{n}"])\nreturn $best["{give}"]'
        )
        said = f'{what} of the record in {rows} with the {which} "{n}" (the first one if several share it)'
    return build(
        d,
        names=[f"find_{topic.noun[:-1]}", "look_for", "best_record", "get_field", "search_records"],
        returns=("int" if by_name else "str") + (" | None" if default == "None" else ""),
        body=body,
        result=said,
        rules=[f"If there is none, return {default}"],
        inputs=inputs,
    )


@family(weight=2)
def join_records(d: Draw) -> Program:
    """Join records with a table of values for their category."""
    topic, rows, _ = records_of(d)
    n, t, c = topic.numbers[0], topic.name, topic.category
    table = d.param("table", Kind("dict[str, int]", "rates factors weights limits bonus",
    f'a dictionary from "{c}" values '
                                  "to integers", lambda rng, _: {}))  # fmt: skip
    body, said, hint = d.pick([
        (f'return sum($row["{n}"] * {table}.get($row["{c}"], 1) for $row in {rows})',
         f'the sum over {rows} of "{n}" times the number that {table} has for the record\'s "{c}" (1 if it has none)',
         "int"),
        (f'return [$row["{t}"] for $row in {rows} if $row["{n}"] > {table}.get($row["{c}"], 0)]',
         f'a list of the "{t}" of the {topic.noun} in {rows} whose "{n}" is greater than the number that {table} has '
         f'for '
         f'their "{c}" (0 if it has none)', "list[str]"),
        (f'return {{$row["{t}"]: $row["{n}"] + {table}.get($row["{c}"], 0) for $row in {rows}}}',
         f'a dictionary that maps the "{t}" of each record in {rows} to its "{n}" plus the number that {table} has '
         f'for its '
         f'"{c}" (0 if it has none)', "dict[str, int]"),
        (f'return sorted({{$row["{c}"] for $row in {rows} if $row["{c}"] not in {table}}})',
         f'the sorted list of the different "{c}" values in {rows} that are no keys of {table}', "list[str]"),
    ])  # fmt: skip

    def inputs(position: int) -> tuple[Any, ...]:
        keys = d.some(topic.categories, d.number(1, len(topic.categories)))
        return make_rows(d, topic, position, few=True), {key: d.number(1, 6) for key in keys if position != 2}

    return build(
        d,
        names=["apply_rates", "join_with_table", f"weighted_{topic.noun}", "cross_check", "combine_data"],
        returns=hint,
        body=body,
        result=said,
        inputs=inputs,
        difficulty="medium",
    )
