"""Families of configuration: defaults, switches, simple files."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family

_KEYS = "port timeout retries workers depth width volume interval".split()


@family(level=0)
def setting(d: Draw) -> Problem:
    """A setting with a default."""
    key = d.pick(_KEYS)
    other = d.pick([k for k in _KEYS if k != key])
    d.let(key=key, default=d.pick([3, 5, 10, 30, 60, 80, 8080]))
    d.names(c="config settings options")
    return d.problem(
        name="get_$key read_$key ${key}_from $key",
        params="$c: dict[str, int]",
        returns="int",
        ways=['return $c.get("$key", $default)',
              'if "$key" in $c:\n    return $c["$key"]\nreturn $default',
              'return $c["$key"] if "$key" in $c else $default'],
        summary='Return the setting "$key", or $default where there is none.',
        gives='the value of "$key" in `$c`, or $default if it is not there',
        asks=[
            'Look up "$key" in the dict `$c`; the default is $default.',
            'Users may set "$key" in `$c`, but most do not. Return their value, or $default if the key is missing.',
        ],
        calls=[({}, ), ({key: 1},), ({other: 7},), ({other: 2, key: d.number(11, 99)},), ({key: 0},),
               ({key: d.number(100, 999)},)],
        slips=[(", $default)", ")", "Without the setting it returns None"),
               ('return $c.get("$key", $default)', 'return $c.get("$key") or $default', "A setting of 0 is overridden")],
        words=["default | $default", "setting | value"],
    )  # fmt: skip


@family(level=2)
def parse_settings(d: Draw) -> Problem:
    """Lines with a name and a value, as a dict."""
    d.let(sep=d.pick(["=", ":"]), hash=d.pick(["#", ";"]))
    d.names(text="text source content")
    k1, k2, k3 = d.some(_KEYS, 3)
    s, h = d["sep"], d["hash"]
    return d.problem(
        name="parse_config read_settings load_options",
        params="$text: str",
        returns="dict[str, str]",
        ways=[
            """
            settings = {}
            for line in $text.splitlines():
                line = line.strip()
                if not line or line.startswith("$hash"):
                    continue
                key, value = line.split("$sep", 1)
                settings[key.strip()] = value.strip()
            return settings
            """,
            """
            settings = {}
            for line in $text.splitlines():
                if line.strip() and not line.strip().startswith("$hash"):
                    key, _, value = line.partition("$sep")
                    settings[key.strip()] = value.strip()
            return settings
            """,
        ],
        summary='Parse lines such as "port $sep 80" into a dict of texts.',
        gives='a dict of the settings in `$text`, which has lines such as "port $sep 80"; names and values are texts '
        "without blanks around them",
        asks=[
            'Read settings: every line of `$text` is a name, a "$sep" and a value, with blanks around them or not. '
            "Return a dict of texts.",
            'Our little configuration files have lines such as "port $sep 80". Turn the whole `$text` into a dict from '
            "name to value, both texts without the blanks around them.",
        ],
        rules=['Empty lines and lines that begin with "$hash" are skipped; only the first "$sep" of a line counts.'],
        calls=[("",), (f"{k1}{s}1",), (f"{k1} {s} 1\n{k2}{s}two",), (f"{h} note\n\n  {k3} {s} 5  ",),
               (f"{k1}{s}a{s}b",), (f"{k2}{s}1\n   \n{k2}{s}2",), (f"  {h}{k1}{s}1\n{k3}{s}{h}9",)],
        slips=[(', 1)', ')', "A value that holds the sign itself cannot be read"),
               ("value.strip()", "value", "The blanks around the value stay"),
               ('if not line or line.startswith("$hash")', "if not line", "Comments are not skipped")],
        words=["dict | names | settings", "line"],
    )  # fmt: skip
