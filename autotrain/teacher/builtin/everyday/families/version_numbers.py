"""Families of version numbers: reading, comparing, raising."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


def _version(d: Draw, high: int = 12) -> str:
    return f"{d.number(0, 4)}.{d.number(0, high)}.{d.number(0, high)}"


@family(level=0)
def version_text(d: Draw) -> Problem:
    """Numbers written as a version."""
    before, sep, shown = d.pick(
        [
            ("v", ".", "v2.10.3"),
            ("", ".", "2.10.3"),
            ("release-", "-", "release-2-10-3"),
            ("version ", ".", "version 2.10.3"),
            ("r", "_", "r2_10_3"),
        ]
    )
    d.let(before=before, sep=sep, shown=shown)
    d.names(x="numbers parts version")
    add = f'"{before}" + ' if before else ""
    f = f'f"{before}{{text}}"' if before else "text"
    return d.problem(
        name="version_text show_version as_version to_text",
        params="$x: list[int]",
        returns="str",
        ways=[
            f'return {add}"$sep".join(str(number) for number in $x)',
            f'text = "$sep".join(map(str, $x))\nreturn {f}',
        ],
        summary='Write a list of numbers as a version such as "$shown".',
        gives='the numbers in `$x` written as a version, such as "$shown" for [2, 10, 3]',
        asks=[
            'Write the list `$x` as a version: [2, 10, 3] becomes "$shown".',
            'We keep versions as lists of numbers and show them as text, [2, 10, 3] as "$shown". Make that text.',
        ],
        calls=[
            ([2, 10, 3],),
            ([1],),
            ([0, 1],),
            ([1, 0, 0],),
            ([d.number(1, 9), d.number(0, 30)],),
            ([d.number(1, 9), d.number(0, 30), d.number(0, 9)],),
            ([3, 3, 3, 3],),
            ([2024, 1],),
        ],
        slips=[
            ('"$sep".join', '"".join', "The numbers run together"),
            (
                "str(number) for number in $x",
                "str(number) for number in sorted($x)",
                "The order of the numbers gets lost",
            ),
        ],
    )


@family(level=1)
def version_part(d: Draw) -> Problem:
    """A version read as numbers, or one of its numbers."""
    said, expression, other, hint, slip = d.pick(
        [
            (
                "the list of the numbers in",
                '[int(part) for part in $x.split(".")]',
                'list(map(int, $x.split(".")))',
                "list[int]",
                ("int(part)", "part", "The parts stay texts"),
            ),
            (
                "the tuple of the numbers in",
                'tuple(int(part) for part in $x.split("."))',
                'tuple(map(int, $x.split(".")))',
                "tuple[int, ...]",
                ("int(part)", "part", "The parts stay texts"),
            ),
            (
                "the first number, as an int, of",
                'int($x.split(".")[0])',
                'int($x.partition(".")[0])',
                "int",
                ("[0]", "[1]", "It is the second number"),
            ),
            (
                "the last number, as an int, of",
                'int($x.split(".")[-1])',
                'int($x.rpartition(".")[2])',
                "int",
                ("[-1]", "[0]", "It is the first number"),
            ),
        ]
    )
    v = d.pick(["", "v"])
    cut = '.removeprefix("v")' if v else ""
    d.let(
        said=said,
        expression=expression.replace("$x.", f"$x{cut}."),
        other=other.replace("$x.", f"$x{cut}."),
        shown=v + "2.10.3",
    )
    d.names(x="version text release")
    return d.problem(
        name="parse_version read_version"
        if "in" in said.split()
        else "major first_number"
        if "first" in said
        else "patch last_number",
        params="$x: str",
        returns=hint,
        ways=["return $expression", "return $other"],
        summary='Return $said a version such as "$shown".',
        gives='$said the version `$x`, which looks like "$shown"',
        asks=[
            'A version looks like "$shown". Return $said such a version, `$x`.',
            'Our versions are texts like "$shown". For a comparison I need $said `$x`.',
        ],
        calls=[
            (v + "1",),
            (v + "0.1",),
            (v + "2.10.3",),
            (v + "10.0.0",),
            (v + _version(d),),
            (v + _version(d, 30),),
            (v + "2024.11",),
            (v + "7.8.9.10",),
        ],
        slips=[slip],
    )


@family(level=1)
def newest(d: Draw) -> Problem:
    """The newest or oldest of some versions."""
    new = d.chance(0.6)
    d.let(f="max" if new else "min", word="newest" if new else "oldest", g="min" if new else "max", at=-1 if new else 0)
    d.names(x="versions releases tags")
    v = [_version(d) for _ in range(4)]
    return d.problem(
        name="$word ${word}_version find_$word",
        params="$x: list[str]",
        returns="str",
        ways=[
            'return $f($x, key=lambda version: [int(part) for part in version.split(".")])',
            'ranked = sorted($x, key=lambda version: tuple(map(int, version.split("."))))\nreturn ranked[$at]',
        ],
        summary='Return the $word of some versions such as "2.10.3".',
        gives='the $word version in `$x`, a list of texts such as "2.10.3"',
        asks=[
            'Find the $word version in the list `$x`. Versions look like "2.10.3".',
            'Which of these versions is the $word one? `$x` is a list of texts like "2.10.3".',
        ],
        rules=[
            "The parts are compared as numbers, so 2.10 is newer than 2.9.",
            "All have equally many parts, and the list is not empty.",
        ],
        calls=[
            (["1.0"],),
            (["1.0", "1.1"],),
            (["2.9", "2.10"],),
            (["2.10", "2.9"],),
            (["10.0.0", "9.9.9", "1.0.0"],),
            (v,),
            (v[::-1],),
            (v[:3],),
            (["0.9", "0.10", "0.2"],),
        ],
        slips=[
            ("int(part)", "part", "The parts are compared as texts, so 10 comes before 9"),
            ("$f($x", "$g($x", "It is the one at the other end"),
        ],
    )


@family(level=2)
def raised(d: Draw) -> Problem:
    """A version with one of its parts raised."""
    d.names(x="version current release", part="part kind step")
    names = d.pick([("major", "minor", "patch"), ("big", "small", "fix"), ("year", "month", "build")])
    d.let(a=names[0], b=names[1], c=names[2])
    a, b, c = names
    v = [_version(d) for _ in range(4)]
    return d.problem(
        name="bump raise_version next_version",
        params="$x: str, $part: str",
        returns="str",
        ways=[
            """
            one, two, three = map(int, $x.split("."))
            if $part == "$a":
                return f"{one + 1}.0.0"
            if $part == "$b":
                return f"{one}.{two + 1}.0"
            return f"{one}.{two}.{three + 1}"
            """,
            """
            numbers = [int(number) for number in $x.split(".")]
            at = ["$a", "$b", "$c"].index($part)
            numbers[at] += 1
            numbers[at + 1 :] = [0] * (2 - at)
            return ".".join(map(str, numbers))
            """,
        ],
        summary='Raise one part of a version such as "2.10.3": "$a", "$b" or "$c".',
        gives='the version after `$x` (three numbers such as "2.10.3"), where `$part` says what to raise: "$a", "$b" or "$c"',
        asks=[
            'Raise one part of a version such as "2.10.3" by 1. `$part` is "$a", "$b" or "$c", for the first, second or third number.',
            'For a release we count the version `$x` (like "2.10.3") up. `$part` says which of its three numbers: "$a", "$b" or "$c", in this order. Return the new version.',
        ],
        rules=["The numbers after the raised one become 0."],
        calls=[
            ("0.0.0", a),
            ("0.0.0", b),
            ("0.0.0", c),
            ("1.9.9", c),
            ("1.9.9", b),
            ("1.9.9", a),
            (v[0], a),
            (v[1], b),
            (v[2], c),
            (v[3], b),
        ],
        slips=[
            ("{two + 1}.0", "{two + 1}.{three}", "The last number does not begin again with 0"),
            ("{one + 1}.0.0", "{one + 1}.{two}.{three}", "The other numbers do not begin again with 0"),
        ],
        known=".0.0 .0",
    )


@family(level=3)
def fits(d: Draw) -> Problem:
    """Whether a version fulfils a demand such as >=2.1."""
    d.names(x="version installed", need="demand wanted needed")
    strict = d.pick([">", "<"])
    d.let(third=strict)
    other = "later than it" if strict == ">" else "earlier than it"
    d.let(said=other)
    return d.problem(
        name="fits is_enough satisfies",
        params="$x: str, $need: str",
        returns="bool",
        ways=[
            """
            def numbers(text):
                return [int(part) for part in text.split(".")]


            def $name($x, $need):
                if $need.startswith(">="):
                    return numbers($x) >= numbers($need[2:])
                if $need.startswith("=="):
                    return numbers($x) == numbers($need[2:])
                return numbers($x) $third numbers($need[1:])
            """,
            """
            sign = $need.rstrip("0123456789.")
            have = tuple(map(int, $x.split(".")))
            need = tuple(map(int, $need.removeprefix(sign).split(".")))
            if sign == ">=":
                return have >= need
            if sign == "==":
                return have == need
            return have $third need
            """,
        ],
        summary='Tell whether a version fulfils a demand such as ">=2.1".',
        gives='whether the version `$x`, such as "2.10", fulfils the demand `$need`, such as ">=2.1"',
        asks=[
            'Does the version `$x` (like "2.10") fulfil the demand `$need` (like ">=2.1")? Return True or False.',
            'Before we install something we compare its version `$x`, say "2.10", with the demand `$need`, say ">=2.1". Tell whether it fits.',
        ],
        rules=[
            'A demand is a version with ">=" (it or a later one), "==" (just this one) or "$third" ($said) in front.',
            "Parts are compared as numbers; both versions have equally many.",
        ],
        calls=[
            ("2.1", ">=2.1"),
            ("2.0", ">=2.1"),
            ("2.10", ">=2.9"),
            ("2.1", "==2.1"),
            ("2.2", "==2.1"),
            ("2.1", f"{strict}2.1"),
            ("2.9", f"{strict}2.10"),
            ("2.10", f"{strict}2.9"),
            ("1.0.0", ">=1.0.1"),
            ("2.0", "==2.1"),
            ("3.0", ">=2.1"),
            ("1.9", f"{strict}1.8"),
        ],
        slips=[
            ("int(part)", "part", "The parts are compared as texts, so 10 comes before 9"),
            (
                "return numbers($x) >= numbers",
                "return numbers($x) > numbers",
                "Exactly the wanted version is not enough",
            ),
        ],
        known="0123456789.",
    )


@family(level=4)
def version_class(d: Draw) -> Problem:
    """A class of versions that can be compared and sorted."""
    d.scene(dict(a="major", b="minor"), dict(a="big", b="small"), dict(a="year", b="number"))
    d.let(sep=d.pick(". - _"))
    sep = d["sep"]
    n = d.number(3, 9)
    d.let(n=n, one=f"1{sep}{n}", two=f"1{sep}1{n}")
    return d.problem(
        name="Version Release",
        params="text: str",
        ways=[
            """
            from functools import total_ordering


            @total_ordering
            class $name:
                def __init__(self, text):
                    self.$a, self.$b = map(int, text.split("$sep"))

                def __eq__(self, other):
                    return (self.$a, self.$b) == (other.$a, other.$b)

                def __lt__(self, other):
                    return (self.$a, self.$b) < (other.$a, other.$b)

                def __str__(self):
                    return f"{self.$a}$sep{self.$b}"
            """,
            """
            class $name:
                def __init__(self, text: str) -> None:
                    $a, $b = text.split("$sep")
                    self.$a = int($a)
                    self.$b = int($b)

                def _key(self):
                    return [self.$a, self.$b]

                def __eq__(self, other):
                    return self._key() == other._key()

                def __lt__(self, other):
                    return self._key() < other._key()

                def __le__(self, other):
                    return self._key() <= other._key()

                def __str__(self) -> str:
                    return str(self.$a) + "$sep" + str(self.$b)
            """,
        ],
        summary='Hold a version such as "2${sep}10" that can be compared and sorted.',
        asks=[
            'It is made from a text such as "2${sep}10" and has the attributes `$a` and `$b`, here 2 and 10. Versions can be compared with `==`, `<`, `<=`, `>` and `>=` and sorted, and `str` gives the text back.',
            'I want to sort versions like "2${sep}10" properly. An object made from such a text has the numbers `$a` (2) and `$b` (10), works with `==`, `<`, `<=`, `>`, `>=` and `sorted`, and turns into the text again with `str`.',
        ],
        rules=["The parts count as numbers, and `$a` counts first."],
        calls=[
            '$name("2${sep}10").$a',
            '$name("2${sep}10").$b',
            '$name("$one") == $name("$one")',
            '$name("$one") < $name("$two")',
            '$name("$two") < $name("$one")',
            '$name("$two") <= $name("$one")',
            '$name("2${sep}0") > $name("1${sep}99")',
            'str($name("$two"))',
            '[str(v) for v in sorted([$name("3${sep}1"), $name("$two"), $name("$one")])]',
            '$name("$one") >= $name("$one")',
            '$name("1${sep}0") == $name("2${sep}0")',
            '$name("0${sep}1") == $name("0${sep}2")',
        ],
        slips=[
            ('map(int, text.split("$sep"))', 'text.split("$sep")', "The parts stay texts, so 10 comes before 9"),
            ("(self.$a, self.$b) < (other.$a, other.$b)", "self.$b < other.$b", "The first number is not compared"),
        ],
    )
