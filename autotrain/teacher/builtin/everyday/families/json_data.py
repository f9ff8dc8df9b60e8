"""Families of JSON: reading, writing, nested data."""

import json

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def field_of(d: Draw) -> Problem:
    """One field of a JSON text."""
    d.scene(
        dict(key="name", others="age city", what="name"),
        dict(key="price", others="name unit", what="price"),
        dict(key="email", others="name id", what="e-mail address"),
        dict(key="status", others="code time", what="status"),
        dict(key="city", others="zip street", what="city"),
    )
    d.names(t="text data payload answer")
    key, others = d["key"], d["others"].split()

    def record(value: object, *more: str) -> str:
        return json.dumps({**{name: d.number(1, 50) for name in more}, key: value})

    return d.problem(
        name="get_$key ${key}_of read_$key",
        params="$t: str",
        returns="str",
        ways=[
            'import json\n\nreturn json.loads($t)["$key"]',
            'import json\n\nrecord = json.loads($t)\nreturn record["$key"]',
        ],
        summary='Return the $what from a JSON text, stored under "$key".',
        gives='the $what that the JSON text `$t` holds under "$key"',
        asks=[
            'Read the JSON text `$t` and return the value of "$key".',
            'The server answers with JSON, an object in which the $what stands under "$key". Get it out.',
        ],
        calls=[(record("a"),), (record("", others[0]),), (record(d.person(), *others),), (record(d.pick(pools.CITIES)),),
               (record(d.pick(pools.WORDS), others[1]),), (record(d.sentence(), *others),)],
        slips=[('["$key"]', "", "The whole object is returned"),
               ('json.loads($t)["$key"]', 'json.dumps($t)["$key"]', "The text is written as JSON and not read")],
    )  # fmt: skip


@family(level=0)
def as_json(d: Draw) -> Problem:
    """A value written as JSON."""
    option, said = d.pick([
        ("indent=2", "indented by 2 blanks"), ("indent=4", "indented by 4 blanks"),
        ("sort_keys=True", "with its keys in alphabetical order"),
        ('separators=(",", ":")', "as short as possible, without any blank after commas and colons"),
        ("ensure_ascii=False", "in which letters such as ä or é are left as they are"),
    ])  # fmt: skip
    d.let(option=option, said=said)
    d.names(x="data record settings entry")
    a, b = d.some(pools.TAGS, 2)
    return d.problem(
        name="to_json as_json write_json dump_$x",
        params="$x: dict",
        returns="str",
        ways=["import json\n\nreturn json.dumps($x, $option)", "import json\n\ntext = json.dumps($x, $option)\nreturn text"],
        summary="Write a dict as JSON text, $said.",
        gives="the dict `$x` as JSON text, $said",
        asks=[
            "Write `$x` as JSON, $said.",
            "We store the dict `$x` as JSON. I would like it $said. Return the text.",
        ],
        calls=[({},), ({a: 1},), ({"b": 1, "a": 2},), ({a: [1, 2]},), ({b: "Zoë", a: None},), ({"z": {"y": True}, "x": d.number(1, 9)},),
               ({b: d.number(10, 99), a: d.sentence(1, 2)},)],
        slips=[(", $option", "", "The text is written the usual way"),
               ("json.dumps($x, $option)", "str($x)", "That is how Python shows it, not JSON")],
    )  # fmt: skip


@family(level=1)
def field_of_each(d: Draw) -> Problem:
    """One field of every object in a JSON list."""
    d.scene(
        dict(key="name", things="users", t="answer text"),
        dict(key="title", things="books", t="text reply"),
        dict(key="id", things="orders", t="payload text"),
        dict(key="email", things="members", t="export text"),
        dict(key="price", things="articles", t="text feed"),
    )
    d.names(t=d["t"])
    key = d["key"]
    number = key in ("id", "price")

    def records(count: int) -> str:
        rows = [{"nr": n, key: d.number(1, 90) if number else d.pick(pools.WORDS)} for n in range(count)]
        return json.dumps(rows)

    return d.problem(
        name="${key}s_of_$things all_${key}s ${key}s_in",
        params="$t: str",
        returns="list[int]" if number else "list[str]",
        ways=[
            'import json\n\nreturn [entry["$key"] for entry in json.loads($t)]',
            'import json\n\nresult = []\nfor entry in json.loads($t):\n    result.append(entry["$key"])\nreturn result',
        ],
        summary='List the "$key" of all $things in a JSON text.',
        gives='the list of the values under "$key" of all $things in the JSON text `$t`',
        asks=[
            'The JSON text `$t` is a list of objects, one for each of the $things. Return the value of "$key" of all of them.',
            'Our server sends the $things as a JSON list of objects. I only need what stands under "$key", as a list.',
        ],
        calls=[("[]",), (records(1),), (records(2),), (records(3),), (records(2),), (records(4),)],
        slips=[("json.loads($t)]", "json.loads($t)[1:]]", "The first of the $things is left out"),
               ('["$key"]', "", "Whole objects are listed")],
    )  # fmt: skip


@family(level=1)
def nested_or_default(d: Draw) -> Problem:
    """A value two levels down, with a default."""
    d.scene(
        dict(x="user", outer="address", inner="city", default="unknown"),
        dict(x="config", outer="display", inner="theme", default="light"),
        dict(x="order", outer="customer", inner="name", default="guest"),
        dict(x="song", outer="album", inner="title", default="single"),
        dict(x="page", outer="meta", inner="language", default="en"),
    )
    outer, inner = d["outer"], d["inner"]
    a, b = d.some(pools.CITIES, 2)
    return d.problem(
        name="${inner}_of get_$inner ${x}_$inner",
        params="$x: dict",
        returns="str",
        ways=[
            'return $x.get("$outer", {}).get("$inner", "$default")',
            'if "$outer" in $x and "$inner" in $x["$outer"]:\n    return $x["$outer"]["$inner"]\nreturn "$default"',
            'try:\n    return $x["$outer"]["$inner"]\nexcept KeyError:\n    return "$default"',
        ],
        summary='Return the "$inner" within the "$outer" of a dict, or "$default".',
        gives='the "$inner" in the "$outer" of `$x`, or "$default" where one of the two is missing',
        asks=[
            'In the dict `$x`, "$outer" is another dict that holds the "$inner". Return it, or "$default" if there is no "$outer" '
            'or no "$inner" in it.',
            'Sometimes the "$outer" of `$x` is missing, sometimes only its "$inner". Give back the "$inner", or "$default" then.',
        ],
        calls=[({},), ({outer: {}},), ({outer: {inner: a}},), ({inner: a},), ({outer: {inner: b, "x": 1}},),
               ({"x": {inner: b}},), ({outer: {"x": a}},), ({outer: {inner: ""}},)],
        slips=[(', {})', ')', "Where the outer key is missing there is nothing to look into"),
               ('.get("$outer", {})', "", "It looks for the inner key on the outside")],
    )  # fmt: skip


@family(level=2)
def changed_keys(d: Draw) -> Problem:
    """Which keys differ between two dicts."""
    kind = d.pick(["changed", "added", "removed"])
    d.scene(dict(what="settings"), dict(what="record"), dict(what="price list"), dict(what="profile"))
    d.names(a="old before", b="new after")
    a, b, c = d.some(pools.TAGS, 3)
    x, y = ("$a", "$b") if kind != "added" else ("$b", "$a")
    test = f"key in {y} and {x}[key] != {y}[key]" if kind == "changed" else f"key not in {y}"
    said = {
        "changed": "are in both but with different values",
        "added": "are only in `$b`",
        "removed": "are only in `$a`",
    }
    d.let(x=x, test=test, said=said[kind], kind=kind)
    slip = {
        "changed": ("key in $b and ", "key not in $b or ", "Keys that are missing in the second dict are listed too"),
        "added": ("for key in $b", "for key in $a", "It goes through the wrong dict and finds nothing"),
        "removed": ("not in $b", "in $b", "The keys that are in both are listed"),
    }
    return d.problem(
        name="${kind}_keys ${kind}_fields find_$kind",
        params="$a: dict[str, int], $b: dict[str, int]",
        returns="list[str]",
        ways=[
            """
            result = []
            for key in $x:
                if $test:
                    result.append(key)
            return sorted(result)
            """,
            "return sorted(key for key in $x if $test)",
        ],
        summary="List the keys of two dicts that $said, sorted.".replace("`", ""),
        gives="the sorted list of the keys that $said",
        asks=[
            "Compare the dicts `$a` and `$b`: return the keys that $said, in alphabetical order.",
            "There is a $what before a change, `$a`, and the same afterwards, `$b`. Which keys $said? "
            "Return them as a sorted list.",
        ],
        calls=[({}, {}), ({a: 1}, {}), ({}, {a: 1}), ({a: 1}, {a: 1}), ({a: 1, b: 2}, {b: 3, a: 4}), ({b: 2, c: 2}, {c: 2, a: 1}),
               ({c: 1, b: 1, a: 1}, {}), ({}, {c: 1, b: 1, a: 1}), ({a: 0, b: 5}, {a: 1, c: 5})],
        slips=[slip[kind], ("sorted(result)", "result", "The keys are not sorted")],
    )  # fmt: skip


@family(level=2)
def json_lines(d: Draw) -> Problem:
    """A text with one JSON object in each line."""
    d.scene(
        dict(t="log", key="event", what="events"),
        dict(t="export", key="name", what="names"),
        dict(t="feed", key="title", what="titles"),
        dict(t="data", key="city", what="cities"),
    )
    key = d["key"]

    def lines(count: int, gap: str = "\n") -> str:
        return gap.join(json.dumps({"n": d.number(1, 9), key: d.pick(pools.WORDS)}) for _ in range(count))

    return d.problem(
        name="read_$what ${what}_in all_$what",
        params="$t: str",
        returns="list[str]",
        ways=[
            """
            import json

            result = []
            for line in $t.splitlines():
                if line.strip():
                    result.append(json.loads(line)["$key"])
            return result
            """,
            'import json\n\nreturn [json.loads(line)["$key"] for line in $t.splitlines() if line.strip()]',
        ],
        summary='List the "$key" of every JSON object in a text with one object a line.',
        gives='the list of the "$key" of every object in `$t`, a text with one JSON object on each line',
        asks=[
            'Each line of `$t` is a JSON object. Return the list of what they hold under "$key".',
            'We get a text in which every line is one JSON object with a "$key". Collect all the $what in a list.',
        ],
        rules=["Empty lines are skipped."],
        calls=[("",), (lines(1),), (lines(2),), (lines(2, "\n\n"),), ("\n" + lines(1) + "\n",), (lines(3),), ("  \n" + lines(1),)],
        slips=[("if line.strip():", "if line:", "A line of blanks is not skipped and cannot be read"),
               ('["$key"]', "", "Whole objects are listed")],
    )  # fmt: skip


@family(level=3)
def flatten(d: Draw) -> Problem:
    """Nested dicts made flat, with joined keys."""
    d.let(sep=d.pick([".", "/", "_", ":"]))
    d.names(x="data settings tree config")
    sep = d["sep"]
    a, b, c = d.some(pools.TAGS, 3)
    return d.problem(
        name="flatten flat_keys flatten_$x",
        params="$x: dict",
        returns="dict[str, int]",
        ways=[
            """
            result = {}
            for key, value in $x.items():
                if isinstance(value, dict):
                    for inner, deep in $name(value).items():
                        result[f"{key}$sep{inner}"] = deep
                else:
                    result[key] = value
            return result
            """,
            """
            result = {}
            waiting = [("", $x)]
            while waiting:
                prefix, value = waiting.pop()
                if isinstance(value, dict):
                    for key in reversed(value):
                        waiting.append((prefix + "$sep" + key if prefix else key, value[key]))
                else:
                    result[prefix] = value
            return result
            """,
        ],
        summary='Make a nested dict flat, joining the keys with "$sep".',
        gives='a flat dict with the values of the nested dict `$x`, in which the keys on the way to a value are joined with "$sep"',
        asks=[
            f'Make the nested dict `$x` flat: {{"a": {{"b": 1}}}} becomes {{"a{sep}b": 1}}. The keys are joined with "$sep".',
            '`$x` is a dict whose values may be dicts again, as deep as you like. I want one flat dict; its keys are the keys on '
            'the way down, joined with "$sep".',
        ],
        rules=["Keep the order; an empty inner dict leaves nothing behind."],
        calls=[({},), ({a: 1},), ({a: {b: 1}},), ({a: {b: {c: 2}}},), ({a: {}},), ({a: {b: 1, c: 2}, c: 3},), ({c: 0, b: {a: {}}},),
               ({a: {b: {c: 1}, "x": 4}, b: 5},)],
        slips=[("$name(value).items()", "value.items()", "It goes only one level down"),
               ("{key}$sep{inner}", "{inner}", "The outer key is lost")],
    )  # fmt: skip


@family(level=4)
def load_or_default(d: Draw) -> Problem:
    """Settings from a JSON text, or defaults where it is broken."""
    d.scene(
        dict(t="text", x="settings", k1="theme", v1='"light"', k2="size", v2="12"),
        dict(t="content", x="options", k1="lang", v1='"en"', k2="limit", v2="50"),
        dict(t="saved", x="game", k1="level", v1="1", k2="lives", v2="3"),
        dict(t="raw", x="profile", k1="name", v1='"guest"', k2="points", v2="0"),
    )
    k1, k2 = d["k1"], d["k2"]
    n = d.number(4, 30)
    return d.problem(
        name="load_$x read_$x ${x}_from",
        params="$t: str",
        returns="dict",
        ways=[
            """
            import json

            result = {"$k1": $v1, "$k2": $v2}
            try:
                loaded = json.loads($t)
            except json.JSONDecodeError:
                return result
            if isinstance(loaded, dict):
                result.update(loaded)
            return result
            """,
            """
            import json

            defaults = {"$k1": $v1, "$k2": $v2}
            try:
                loaded = json.loads($t)
            except ValueError:
                loaded = {}
            return defaults | loaded if isinstance(loaded, dict) else defaults
            """,
        ],
        summary='Load the $x from a JSON text over the defaults {"$k1": $v1, "$k2": $v2}.',
        gives='the $x, a dict: the defaults {"$k1": $v1, "$k2": $v2}, overwritten by what the JSON text `$t` holds',
        asks=[
            'Read the $x from the JSON text `$t`. Start from the defaults {"$k1": $v1, "$k2": $v2}; what the text holds wins over '
            "them.",
            'The $x are saved as JSON. Load them: {"$k1": $v1, "$k2": $v2} are the defaults for what is missing in the text.',
        ],
        rules=["For a text that is not valid JSON, or not an object, it returns the defaults alone."],
        calls=[("",), ("{}",), ("[1, 2]",), ("{oops",), (json.dumps({k2: n}),), (json.dumps({k1: "x", k2: n}),),
               (json.dumps({"new": True}),), ("null",), (json.dumps({k1: 7}),)],
        slips=[("result.update(loaded)", "result = loaded", "The defaults are lost as soon as there is a text"),
               ("if isinstance(loaded, dict):", "if loaded:", "A list is taken for the $x")],
    )  # fmt: skip
