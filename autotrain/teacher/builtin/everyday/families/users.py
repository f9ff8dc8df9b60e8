"""Families of users: names, initials, log-ins, profiles."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=1)
def initials(d: Draw) -> Problem:
    """The first letters of a name."""
    d.let(dot=d.pick(["", "."]))
    d.let(eg=f"A{d['dot']}B{d['dot']}")
    d.names(n="name full_name person")
    return d.problem(
        name="initials get_initials initials_of",
        params="$n: str",
        returns="str",
        ways=[
            'return "".join(f"{part[0].upper()}$dot" for part in $n.split())' if d["dot"] else
            'return "".join(part[0].upper() for part in $n.split())',
            'result = ""\nfor part in $n.split():\n    result += part[0].upper() + "$dot"\nreturn result' if d["dot"] else
            'result = ""\nfor part in $n.split():\n    result += part[0].upper()\nreturn result',
        ],
        summary='Return the initials of a name in capitals, "$eg" for "anna berg".',
        gives='the initials of `$n` in capitals, such as "$eg" for "anna berg"',
        asks=[
            'Make the initials of a name: the first letter of every part, in capitals. "anna berg" becomes "$eg".',
            'Profiles without a photo show initials, for example "$eg" for "anna berg". Build them from `$n`, always in '
            "capitals.",
        ],
        settings=["This is for the round badge in the corner."],
        calls=[("anna berg",), ("",), (d.person(),), (f"{d.person()} {d.person()} {d.person()}",),
               (f"  {d.person().lower()}  {d.person()} ",), (f"{d.person()} von {d.pick(pools.CITIES)}",),
               (d.pick(pools.WORDS),)],
        slips=[(".upper()", "", "Small letters stay small"), ("part[0]", "part[-1]", "It takes the last letter of each part")],
        words=["initials | first letter", "capital | upper"],
    )  # fmt: skip


@family(level=2)
def free_login(d: Draw) -> Problem:
    """A user name that is not taken yet."""
    d.names(name_="wanted name login base", taken="taken used existing")
    d.let(start=d.pick([1, 2]))
    a, b, c = d.some("ana ben kim leo max mia tom zoe".split(), 3)
    s = d["start"]
    return d.problem(
        name="free_name unique_login available_name",
        params="$name_: str, $taken: set[str]",
        returns="str",
        ways=[
            """
            if $name_ not in $taken:
                return $name_
            number = $start
            while f"{$name_}{number}" in $taken:
                number += 1
            return f"{$name_}{number}"
            """,
            """
            candidate = $name_
            number = $start
            while candidate in $taken:
                candidate = $name_ + str(number)
                number += 1
            return candidate
            """,
        ],
        summary="Return the name, with the lowest number after it that makes it free.",
        gives="`$name_` if it is not in `$taken`, else `$name_` with the lowest number from $start on that makes it free",
        asks=[
            "Find a user name that is not in `$taken`: `$name_` itself, or else `$name_` followed by $start, "
            f"{s + 1}, {s + 2} and so on, whichever is free first.",
            f"Somebody wants to be called `$name_`. If that is taken, try it with $start at the end, then with {s + 1}, "
            "and so on; return the first that is not in `$taken`.",
        ],
        calls=[(a, set()), (a, {a}), (b, {b, f"{b}{s}"}), (c, {f"{c}{s}"}), (a, {b, c}), (b, {b, f"{b}{s + 1}"}),
               (c, {c, f"{c}{s}", f"{c}{s + 1}", f"{c}{s + 2}"})],
        slips=[("while", "if", "It tries one number only"),
               ("number = $start", "number = $start + 1", "The first number is left out")],
        words=["free | taken | available | unused", "number"],
    )  # fmt: skip
