"""Families of records: lists of dictionaries with named fields, filtered, grouped, sorted, joined, formatted."""

from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.pieces import unwrap
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.records import records_of, row_cond
from autotrain.teacher.builtin.registry import family


@family(weight=4)
def filter_records(d: Draw) -> Program:
    """Filter records by one or two fields; keep a field, a count, a sum, or the best one."""
    topic, rows, inputs = records_of(d)
    test, said = row_cond(d, topic)
    if d.chance(0.35):
        second, more = row_cond(d, topic)
        if more != said:
            test, said = f"{test} and {second}", f"{said} and {more}"
    test = unwrap(test)
    n, t = topic.numbers[0], topic.name
    gen = f"for $row in {rows} if {test}"
    expression, head, hint = d.pick([
        (f'[$row["{t}"] {gen}]', f'a list of the "{t}" of the {topic.noun}', "list[str]"),
        (f"sum(1 {gen})", f"the number of {topic.noun}", "int"),
        (f'sum($row["{n}"] {gen})', f'the sum of the "{n}" of the {topic.noun}', "int"),
        (f'max(($row["{n}"] {gen}), default=0)', f'the largest "{n}" (0 if there are none) of the {topic.noun}', "int"),
        (f'sorted($row["{t}"] {gen})', f'a sorted list of the "{t}" of the {topic.noun}', "list[str]"),
        (f'sorted({{$row["{topic.category}"] {gen}}})', f'a sorted list of the different "{topic.category}" of the '
         f"{topic.noun}", "list[str]"),
        (f'{{$row["{t}"]: $row["{n}"] {gen}}}', f'a dictionary from "{t}" to "{n}" of the {topic.noun}',
         "dict[str, int]"),
        (f'[($row["{t}"], $row["{n}"]) {gen}]', f'a list of ("{t}", "{n}") tuples of the {topic.noun}',
         "list[tuple[str, int]]"),
        (f'next(($row["{t}"] {gen}), None)', f'the "{t}" of the first one (None if there is none) of the {topic.noun}',
         "str | None"),
        (f'", ".join($row["{t}"] {gen})', f'one string with the "{t}", joined by ", ", of the {topic.noun}', "str"),
    ])  # fmt: skip
    return build(
        d,
        names=[f"select_{topic.noun}", f"{topic.noun}_report", f"find_{topic.noun}", f"query_{topic.noun}", "report"],
        returns=hint,
        body=f"return {expression}",
        result=f"{head} in {rows} {said}",
        inputs=inputs,
        difficulty="medium",
    )


@family(weight=3)
def group_records(d: Draw) -> Program:
    """Group records by a field and aggregate another one."""
    topic, rows, inputs = records_of(d)
    n, t, c = topic.numbers[0], topic.name, topic.category
    test, said = row_cond(d, topic) if d.chance(0.4) else ("", "")
    update, gives, hint = d.pick([
        (f'$group[$key] = $group.get($key, 0) + $row["{n}"]', f'the sum of its "{n}"', "int"),
        ("$group[$key] = $group.get($key, 0) + 1", f"the number of its {topic.noun}", "int"),
        (f'$group.setdefault($key, []).append($row["{t}"])', f'the list of its "{t}", in order', "list[str]"),
        (f'$group[$key] = max($row["{n}"], $group.get($key, 0))', f'its largest "{n}"', "int"),
        (f'$group[$key] = min($row["{n}"], $group.get($key, $row["{n}"]))', f'its smallest "{n}"', "int"),
        (f'$group.setdefault($key, $row["{t}"])', f'the "{t}" of its first record', "str"),
    ])  # fmt: skip
    pad = "        " if test else "    "
    test = unwrap(test)
    lines = ["$group = {}", f"for $row in {rows}:", *([f"    if {test}:"] if test else [])]
    return build(
        d,
        names=[f"by_{c}", f"{topic.noun}_by_{c}", "group_report", "totals", f"summarize_{topic.noun}"],
        returns=f"dict[str, {hint}]",
        body="\n".join([*lines, f'{pad}$key = $row["{c}"]', f"{pad}{update}", "return $group"]),
        result=f'a dictionary that maps each "{c}" in {rows} to {gives}',
        rules=[f'Only {topic.noun} {said} count; a "{c}" without any does not appear' if test else ""],
        inputs=inputs,
        difficulty="medium",
    )


@family(weight=3)
def sort_records(d: Draw) -> Program:
    """Sort records by one or two fields, then list one of them."""
    topic, rows, inputs = records_of(d)
    n, t, c = topic.numbers[0], topic.name, topic.category
    key, said = d.pick([
        (f'$row["{n}"]', f'by "{n}", smallest first (equal ones keep their order)'),
        (f'-$row["{n}"]', f'by "{n}", largest first (equal ones keep their order)'),
        (f'(-$row["{n}"], $row["{t}"])', f'by "{n}", largest first; equal ones by "{t}"'),
        (f'($row["{c}"], $row["{n}"])', f'by "{c}"; within one "{c}" by "{n}", smallest first'),
        (f'($row["{c}"], -$row["{n}"])', f'by "{c}"; within one "{c}" by "{n}", largest first'),
        (f'(len($row["{t}"]), $row["{t}"])', f'by the length of "{t}"; equal lengths alphabetically'),
    ])  # fmt: skip
    k = d.number(1, 2)
    cut, few = d.pick([("", ""), ("", ""), (f"[:{k}]", f"the first {k} of"), ("[::-1]", "in reverse, ")])
    give, what, hint = d.pick([
        (f'[$row["{t}"] for $row in $kept]', f'the "{t}" values', "list[str]"),
        (f'[f"{{$row[\'{t}\']}} ({{$row[\'{n}\']}})" for $row in $kept]', f'strings of the form "{t} ({n})"',
         "list[str]"),
        (f'[$row["{n}"] for $row in $kept]', f'the "{n}" values', "list[int]"),
        (f'[($row["{c}"], $row["{t}"]) for $row in $kept]', f'("{c}", "{t}") tuples', "list[tuple[str, str]]"),
    ])  # fmt: skip
    limit = f"; only the first {k} after sorting" if few.startswith("the first") else ""
    limit = "; the sorted order is then reversed" if "reverse" in few else limit
    return build(
        d,
        names=[f"sorted_{topic.noun}", f"order_{topic.noun}", f"list_{topic.noun}", "sorted_view", "in_order"],
        returns=hint,
        body=f"$kept = sorted({rows}, key=lambda r: {key.replace('$row', 'r')}){cut}\nreturn {give}",
        result=f"a list of {what} of the {topic.noun} in {rows}, sorted {said}{limit}",
        inputs=inputs,
        difficulty="medium",
    )
