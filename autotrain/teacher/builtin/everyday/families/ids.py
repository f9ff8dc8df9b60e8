"""Families of ids: the next one, making and checking them."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def next_id(d: Draw) -> Problem:
    """The number after the highest one."""
    d.scene(dict(xs="ids", one="id"), dict(xs="numbers", one="number"), dict(xs="tickets", one="ticket"),
            dict(xs="invoices", one="invoice"))  # fmt: skip
    d.let(start=d.pick([1, 100, 1000]))
    s = d["start"]
    d.let(before=s - 1)
    return d.problem(
        name="next_$one new_$one free_$one",
        params="$xs: list[int]",
        returns="int",
        ways=["return max($xs, default=$before) + 1", "if not $xs:\n    return $start\nreturn max($xs) + 1",
              "return max($xs) + 1 if $xs else $start"],
        summary="Return the number after the highest one in use, $start for an empty list.",
        gives="one more than the highest of `$xs`, or $start if the list is empty",
        asks=[
            "New entries get the number after the highest one in `$xs`; the very first one gets $start.",
            "Which number comes next? One more than the highest in the list `$xs`. Without any numbers we begin with $start.",
        ],
        calls=[([],), ([s],), ([s + 4, s + 1],), ([s, s + 1, s + 2],), ([s + d.number(20, 90), s + 3],), ([s + 9, s + 9],)],
        slips=[("max($xs, default=$before) + 1", "len($xs) + $start", "It counts the numbers and may hand out one that is in use"),
               ("+ 1", "", "The highest number is handed out again")],
        words=["next | after | one more", "highest | empty"],
        known="$before",
    )  # fmt: skip


@family(level=1)
def slug(d: Draw) -> Problem:
    """A title as it stands in an address."""
    d.let(sep=d.pick("- _ ."), what=d.pick(["address", "file name", "link"]))
    d.let(eg=f"my{d['sep']}first{d['sep']}post")
    d.names(t="title heading text name")
    return d.problem(
        name="slug slugify to_slug make_slug",
        params="$t: str",
        returns="str",
        ways=['return "$sep".join($t.lower().split())', 'return "$sep".join(word.lower() for word in $t.split())'],
        summary='Write a title in lower case with "$sep" between its words, like "$eg".',
        gives='`$t` in lower case with its words joined by "$sep", such as "$eg"',
        asks=[
            'Make a title fit for a/an $what: lower case, and "$sep" between the words. "My first post" becomes "$eg".',
            'Turn `$t` into something for the $what of a page: all in lower case and one "$sep" where the words meet, so '
            '"My first post" becomes "$eg".',
        ],
        calls=[("My first post",), ("",), (d.sentence(2, 3).title(),), ("  Two  words ",), (d.pick(pools.CITIES),),
               (d.sentence(3, 4),), ("ONE",)],
        slips=[(".lower()", "", "Capitals stay"), ('"$sep".join', '"".join', "The words run together")],
        words=["lower", "words | joined | between"],
    )  # fmt: skip
