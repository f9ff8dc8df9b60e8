"""Families of formatting: numbers, codes and lines as people print them."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def document_number(d: Draw) -> Problem:
    """A prefix and a number filled with zeros."""
    d.scene(
        dict(thing="invoice", prefix=d.pick("INV RE BILL"), n="number invoice"),
        dict(thing="order", prefix=d.pick("ORD PO A"), n="number order_id"),
        dict(thing="ticket", prefix=d.pick("T TCK BUG"), n="number ticket"),
        dict(thing="member", prefix=d.pick("M MEM"), n="number member_id"),
    )
    d.names(p=d["n"])
    d.let(width=d.number(3, 6), sep=d.pick(["-", "/", "#", "_"]))
    d.let(sample=f"{d['prefix']}{d['sep']}{42:0{d['width']}}")
    return d.problem(
        name="${thing}_code format_$thing ${thing}_label",
        params="$p: int",
        returns="str",
        ways=['return f"$prefix$sep{$p:0${width}d}"', 'return "$prefix$sep" + str($p).zfill($width)'],
        summary='Format a/an $thing number like "$sample", with at least $width digits.',
        gives='the $thing number as text like "$sample", with at least $width digits',
        asks=[
            'Format a/an $thing number the way we print it: 42 becomes "$sample", with zeros in front up to $width '
            "digits.",
            'Every $thing has a number, and on paper it looks like "$sample": the prefix "$prefix$sep" and then the '
            "number with at least $width digits.",
        ],
        rules=["Longer numbers are not cut."],
        settings=["This goes on the printed page.", "For the list of ${thing}s."],
        calls=[(42,), (0,), (7,), (123,), (10 ** d["width"] + 5,), (d.number(1, 9999),), (d.number(100, 999),)],
        slips=[
            (":0${width}d", ":${width}d", "The number is filled with blanks and not with zeros"),
            (":0${width}d", "", "The zeros in front are missing"),
        ],
        words=["zero | digits | padded", "format | number | code | text"],
    )


@family(level=0)
def labelled_value(d: Draw) -> Problem:
    """A name and a value in one line of text."""
    d.scene(
        dict(a="city", b="temperature", hint="int", form="{$a}: {$b} °C", eg="Oslo: 12 °C", one="Oslo", two=12),
        dict(a="item", b="count", hint="int", form="{$b} x {$a}", eg="3 x lamp", one="lamp", two=3),
        dict(a="title", b="year", hint="int", form="{$a} ({$b})", eg="Meadow (2019)", one="Meadow", two=2019),
        dict(a="player", b="points", hint="int", form="{$a} has {$b} points", eg="Lena has 30 points", one="Lena",
             two=30),
        dict(a="name", b="age", hint="int", form="{$a}, {$b} years old", eg="Paul, 44 years old", one="Paul", two=44),
        dict(a="room", b="seats", hint="int", form="Room {$a}: {$b} seats", eg="Room Oak: 24 seats", one="Oak", two=24),
    )  # fmt: skip
    one, two = d["one"], d["two"]
    return d.problem(
        name="describe label_for as_line format_line",
        params="$a: str, $b: $hint",
        returns="str",
        ways=['return f"$form"', 'text = f"$form"\nreturn text'],
        summary='Return `$a` and `$b` as one line like "$eg".',
        gives=['`$a` and `$b` as a line like "$eg"', 'a text such as "$eg" for `$a` and `$b`'],
        asks=[
            'Put `$a` and `$b` into one line of text, as in "$eg".',
            'We show each entry as one line, for example "$eg". Build that line from `$a` and `$b`.',
        ],
        settings=["It is for a list on a page.", "The line goes into a mail."],
        calls=[(one, two), ("", 0), (d.pick(pools.WORDS).title(), d.number(2, 90)), (d.pick(pools.CITIES), 1),
               (d.person(), d.number(100, 999)), (d.pick(pools.SONGS), d.number(5, 60))],
        words=["line | text | string | format"],
    )  # fmt: skip
