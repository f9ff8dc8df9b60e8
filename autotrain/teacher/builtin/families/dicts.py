"""Families of dictionaries: filtering, inverting, listing, looking up, and building from pairs or lists."""

from autotrain.teacher.builtin.grammar.conds import int_cond, str_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.pieces import put
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import plain_map, spoken
from autotrain.teacher.builtin.grammar.words import FRUIT, PEOPLE
from autotrain.teacher.builtin.registry import family


@family(weight=3)
def filter_table(d: Draw) -> Program:
    """A smaller or changed dictionary, by key and value."""
    table = d.param("table", "table")
    by_value, by_key = int_cond(d), str_cond(d, params=False)
    change = plain_map(d, "int")
    style = d.pick("value key both change change_all")
    value, test = "$value", ""
    if style == "value":
        test, said = by_value.on("$value"), f"the entries of {table} whose value {by_value.singular}"
    elif style == "key":
        test, said = by_key.on("$key"), f"the entries of {table} whose key {by_key.singular}"
    elif style == "both":
        test = f"{by_value.tight('$value')} and {by_key.tight('$key')}"
        said = f"the entries of {table} whose value {by_value.singular} and whose key {by_key.singular}"
    else:
        value = put(change.code, "$value")
        said = f"all entries of {table}"
        if style == "change":
            test, said = by_value.on("$value"), f"the entries of {table} whose value {by_value.singular}"
        said += f", with this change of each value: {spoken(change)}"
    if style in ("key", "change_all"):
        d.params.pop("limit", None)
    fill = f"$result[$key] = {value}"
    return build(
        d,
        names=["filter_entries", "select_entries", "pick_entries", "reduced_table", "update_table", "keep_entries"],
        returns="dict[str, int]",
        body=f"return {{$key: {value} for $key, $value in {table}.items(){' if ' + test if test else ''}}}",
        other=f"$result = {{}}\nfor $key, $value in {table}.items():\n    "
        + (f"if {test}:\n        {fill}" if test else fill)
        + "\nreturn $result",
        result=f"a new dictionary with {said}",
    )


@family(weight=2)
def invert_table(d: Draw) -> Program:
    """Swap keys and values of a dictionary, in several ways of treating collisions."""
    table = d.param("table", "table")
    update, said, hint = d.pick([
        ("$result.setdefault($value, []).append($key)", "the list of the keys that have it, in order", "list[str]"),
        ("$result[$value] = $key", "the last key that has it", "str"),
        ("$result.setdefault($value, $key)", "the first key that has it", "str"),
        ("$result[$value] = $result.get($value, 0) + 1", "how many keys have it", "int"),
        ("$result[$value] = min($key, $result.get($value, $key))", "the alphabetically first key that has it", "str"),
    ])  # fmt: skip
    few = d.number(1, 3)

    def inputs(position: int) -> tuple[dict[str, int]]:
        keys = d.some(FRUIT + PEOPLE, min(position, d.number(2, 5)))
        return ({key: d.number(0, few) for key in keys},)

    return build(
        d,
        names=["invert", "by_value", "swap_roles", "keys_by_value", "index_values", "reverse_table"],
        returns=f"dict[int, {hint}]",
        body=f"$result = {{}}\nfor $key, $value in {table}.items():\n    {update}\nreturn $result",
        result=f"a dictionary that maps each value of {table} to {said}",
        inputs=inputs,
    )


@family(weight=2)
def best_entry(d: Draw) -> Program:
    """The key with an extreme value, with a rule for ties."""
    table = d.param("table", "table")
    miss = d.pick(["None", '""'])
    order, said = d.pick([
        (f"max({table}, key={table}.get)", "the largest value (the first one in the dictionary if several share it)"),
        (f"min({table}, key={table}.get)", "the smallest value (the first one in the dictionary if several share it)"),
        (f"min({table}, key=lambda k: (-{table}[k], k))",
         "the largest value (the alphabetically first one if several share it)"),
        (f"min({table}, key=lambda k: ({table}[k], k))",
         "the smallest value (the alphabetically first one if several share it)"),
        (f"max({table}, key=lambda k: abs({table}[k]))",
         "the largest absolute value (the first one in the dictionary if several share it)"),
        (f"max({table}, key=lambda k: len(k) + {table}[k])",
         "the largest sum of value and key length (the first one in the dictionary if several share it)"),
    ])  # fmt: skip
    few = d.number(2, 6)

    def inputs(position: int) -> tuple[dict[str, int]]:
        keys = d.some(FRUIT + PEOPLE, min(position, d.number(2, 5)))
        return ({key: d.number(-few, few) for key in keys},)

    return build(
        d,
        names=["top_key", "best_entry", "key_of_extreme", "leader", "extreme_key", "pick_key"],
        returns="str | None" if miss == "None" else "str",
        body=f"if not {table}:\n    return {miss}\nreturn {order}",
        result=f"the key of {table} that has {said}",
        rules=[f"For an empty dictionary return {miss}"],
        inputs=inputs,
    )


@family(weight=2)
def table_to_list(d: Draw) -> Program:
    """A dictionary as a list of keys, tuples or texts, in a stated order."""
    table = d.param("table", "table")
    sep = d.pick(["=", ": ", " -> ", "/"])
    order, how = d.pick([
        (f"sorted({table}.items())", "sorted by key"),
        (f"sorted({table}.items(), key=lambda kv: kv[1])", "sorted by value, smallest first (ties keep their order)"),
        (f"sorted({table}.items(), key=lambda kv: (-kv[1], kv[0]))",
         "from the largest value down (ties sorted by key)"),
        (f"{table}.items()", "in the order of the dictionary"),
        (f"sorted({table}.items(), key=lambda kv: len(kv[0]))",
         "sorted by the length of the key (ties keep their order)"),
    ])  # fmt: skip
    form, what, hint = d.pick([
        (f'[f"{{$key}}{sep}{{$value}}" for $key, $value in {order}]', f"a list of strings of the form key{sep}value",
         "list[str]"),
        (f"[$key for $key, $value in {order} for _ in range($value)]",
         "a list of the keys, each repeated as often as its value says (not at all for values below 1)", "list[str]"),
        (f"[($value, $key) for $key, $value in {order}]", "a list of (value, key) tuples", "list[tuple[int, str]]"),
        (f'", ".join($key for $key, _ in {order})', 'one string with the keys, joined by ", "', "str"),
        (f"[$value for _, $value in {order}]", "a list of the values", "list[int]"),
    ])  # fmt: skip
    small = "range(" in form

    def inputs(position: int) -> tuple[dict[str, int]]:
        keys = d.some(FRUIT + PEOPLE, min(position, d.number(2, 4)))
        return ({key: d.number(-1, 3 if small else 9) for key in keys},)

    return build(
        d,
        names=["as_list", "list_entries", "entries_in_order", "flatten_table", "export_table", "ordered_entries"],
        returns=hint,
        body=f"return {form}",
        result=f"{what} for the entries of {table}, {how}",
        inputs=inputs,
    )


@family(weight=2)
def look_up_many(d: Draw) -> Program:
    """Look up a list of keys in a dictionary."""
    table, keys = d.param("table", "table"), d.param("keys", "words")
    miss = d.pick(["0", "-1", "None"])
    maybe = "int" if miss != "None" else "int | None"
    body, said, hint = d.pick([
        (f"return [{table}.get($key, {miss}) for $key in {keys}]",
         f"a list with the value of {table} for each string in {keys}, in order ({miss} for a string that is no key)",
         f"list[{maybe}]"),
        (f"return sum({table}.get($key, 0) for $key in {keys})",
         f"the sum of the values of {table} for the strings in {keys} (strings that are no keys count as 0)", "int"),
        (f"return [$key for $key in {keys} if $key not in {table}]",
         f"the strings in {keys} that are no keys of {table}, in order", "list[str]"),
        (f"return {{$key: {table}[$key] for $key in {keys} if $key in {table}}}",
         f"a dictionary with only those entries of {table} whose key is in {keys}, in the order of {keys}",
         "dict[str, int]"),
        (f"return {{$key: $value for $key, $value in {table}.items() if $key not in {keys}}}",
         f"a copy of {table} without the keys that are in {keys}", "dict[str, int]"),
        (f"for $key in {keys}:\n    if $key in {table}:\n        return {table}[$key]\nreturn {miss}",
         f"the value of the first string in {keys} that is a key of {table} ({miss} if none is)", maybe),
        (f"return sum(1 for $key in {keys} if {table}.get($key, 0) > 0)",
         f"how many strings in {keys} are keys of {table} with a positive value", "int"),
        (f"return all($key in {table} for $key in {keys})",
         f"True if every string in {keys} is a key of {table}, otherwise False", "bool"),
    ])  # fmt: skip

    def inputs(position: int) -> tuple[dict[str, int], list[str]]:
        pool = d.some(FRUIT, 5)
        one = {key: d.number(-2, 12) for key in pool[: 0 if position == 0 else 3]}
        return one, [d.pick(pool) for _ in range(0 if position == 1 else d.number(1, 4))]

    return build(
        d,
        names=["look_up_all", "values_for", "resolve_keys", "by_keys", "fetch_values", "query"],
        returns=hint,
        body=body,
        result=said,
        inputs=inputs,
    )


@family(weight=2)
def pairs_to_table(d: Draw) -> Program:
    """Build a dictionary from (name, number) tuples, with a rule for repeated names."""
    pairs = d.param("pairs", "pairs")
    one = int_cond(d, params=False)
    update, said, hint = d.pick([
        ("$result[$key] = $result.get($key, 0) + $value", "the sum of its numbers", "int"),
        ("$result.setdefault($key, []).append($value)", "the list of its numbers, in order", "list[int]"),
        ("$result[$key] = max($value, $result.get($key, $value))", "the largest of its numbers", "int"),
        ("$result[$key] = min($value, $result.get($key, $value))", "the smallest of its numbers", "int"),
        ("$result[$key] = $value", "its last number", "int"),
        ("if $key not in $result:\n        $result[$key] = $value", "its first number", "int"),
        (f"if {one.on('$value')}:\n        $result[$key] = $result.get($key, 0) + $value",
         f"the sum of those of its numbers that {one.are} (names without such a number do not appear)", "int"),
        (f"if {one.on('$value')}:\n        $result[$key] = $result.get($key, 0) + 1",
         f"how many of its numbers {one.are} (names without such a number do not appear)", "int"),
        ("$result.setdefault($key, set()).add($value)", "the set of its numbers", "set[int]"),
    ])  # fmt: skip
    return build(
        d,
        names=["to_table", "collect_pairs", "totals_by_name", "build_table", "summarize_pairs", "index_pairs"],
        returns=f"dict[str, {hint}]",
        body=f"$result = {{}}\nfor $key, $value in {pairs}:\n    {update}\nreturn $result",
        result=f"a dictionary that maps each name in {pairs} to {said}",
    )


@family(weight=2)
def lists_to_table(d: Draw) -> Program:
    """Build a dictionary from two lists of different lengths."""
    names, values = d.param("names", "people"), d.param("values", "counts")
    k, default = d.number(2, 8), d.pick(["0", "-1", "None"])
    padded = f"{values}[$index] if $index < len({values}) else {default}"
    body, said, hint = d.pick([
        (f"return dict(zip({names}, {values}))",
         "Names without a value are left out, and so are values without a name", "int"),
        (f"return {{$key: {padded} for $index, $key in enumerate({names})}}",
         f"Names without a value get {default}", "int" if default != "None" else "int | None"),
        (f"return {{$key: $value for $key, $value in zip({names}, {values}) if $value > {k}}}",
         f"Only pairs whose value is greater than {k} are taken", "int"),
        (f"return {{$key: $value * {k} for $key, $value in zip({names}, {values})}}",
         f"Each value is multiplied by {k}; names without a value are left out", "int"),
    ])  # fmt: skip

    def inputs(position: int) -> tuple[list[str], list[int]]:
        count = 0 if position == 0 else d.number(1, 4)
        return d.some(PEOPLE, count), [d.number(0, 12) for _ in range(max(0, count + d.number(-1, 1)))]

    return build(
        d,
        names=["pair_up", "assign_values", "make_table", "zip_to_table", "match_names"],
        returns=f"dict[str, {hint}]",
        body=body,
        result=f"a dictionary that maps each name in {names} to the number at the same position in {values}",
        rules=[said],
        inputs=inputs,
    )
