"""Families of seats: labels, free places, plans, groups."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def seat_label(d: Draw) -> Problem:
    """The label of a seat, or the letter of a row."""
    said, expression, other, shown, fn, slip = d.pick(
        [
            (
                "the row as a number and the seat as a letter (1 is A)",
                'f"{row}{chr(64 + seat)}"',
                'str(row) + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[seat - 1]',
                "12C",
                "seat_label label_of",
                ("64", "65", "The letters begin with B"),
            ),
            (
                "the row as a letter (1 is A) and the seat as a number",
                'f"{chr(64 + row)}{seat}"',
                '"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[row - 1] + str(seat)',
                "L3",
                "seat_label label_of",
                ("64", "65", "The letters begin with B"),
            ),
            (
                "row and seat with a dash, the seat with two digits",
                'f"{row}-{seat:02}"',
                'str(row) + "-" + str(seat).zfill(2)',
                "12-03",
                "seat_code ticket_seat",
                (":02", "", "A seat below 10 has one digit"),
            ),
            (
                "row and seat in words",
                'f"row {row}, seat {seat}"',
                '"row " + str(row) + ", seat " + str(seat)',
                "row 12, seat 3",
                "seat_text describe_seat",
                ("row {row}", "row {seat}", "The seat stands in the place of the row"),
            ),
            (
                "row and seat with a slash",
                'f"{row}/{seat}"',
                '"/".join([str(row), str(seat)])',
                "12/3",
                "seat_code ticket_seat",
                ("{row}/{seat}", "{seat}/{row}", "Row and seat are exchanged"),
            ),
        ]
    )
    d.let(said=said, expression=expression, other=other, shown=shown)
    return d.problem(
        name=fn,
        params="row: int, seat: int",
        returns="str",
        ways=["return $expression", "label = $other\nreturn label"],
        summary='Write a seat as text: $said, such as "$shown" for row 12 and seat 3.',
        gives='the seat as text: $said, so "$shown" for row 12 and seat 3',
        asks=[
            'Write the seat in a `row` as text: $said. Row 12 and seat 3 give "$shown".',
            'The tickets show seats like "$shown": $said. That one is seat 3 of row 12. Make this text from `row` and `seat`.',
        ],
        settings=["It is for the tickets of a small theatre."],
        calls=[
            (12, 3),
            (1, 1),
            (2, 1),
            (1, 2),
            (26, 26),
            (d.number(3, 20), d.number(3, 9)),
            (d.number(3, 20), d.number(10, 25)),
            (7, 10),
        ],
        slips=[slip],
        known="64 02 ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    )


@family(level=1)
def free_seats(d: Draw) -> Problem:
    """The numbers that are not taken."""
    d.scene(
        dict(n="seats", t="taken", one="seat"),
        dict(n="rooms", t="booked", one="room"),
        dict(n="lockers", t="used", one="locker"),
        dict(n="tables", t="reserved", one="table"),
        dict(n="bikes", t="rented", one="bike"),
    )
    hint = d.pick(["set[int]", "list[int]"])
    kind = set if hint.startswith("set") else list
    d.let(word="set" if kind is set else "list")
    return d.problem(
        name="free_$n left free_ones available_$n",
        params=f"$n: int, $t: {hint}",
        returns="list[int]",
        ways=[
            "return [$one for $one in range(1, $n + 1) if $one not in $t]",
            "result = []\nfor $one in range(1, $n + 1):\n    if $one not in $t:\n        result.append($one)\nreturn result",
            "return sorted(set(range(1, $n + 1)) - set($t))",
        ],
        summary="List the numbers of the $n that are still free.",
        gives="the list of the free $n: the numbers from 1 to `$n` that are not in the $word `$t`",
        asks=[
            "There are `$n` $n, numbered from 1, and the $word `$t` has the numbers of those that are gone. List the free ones.",
            "Which $n are still free? They have the numbers 1 to `$n`; those in the $word `$t` are not. Return a sorted list.",
        ],
        rules=["The result is in ascending order."],
        calls=[
            (0, kind()),
            (1, kind()),
            (1, kind([1])),
            (3, kind([2])),
            (3, kind([1, 3])),
            (5, kind([5, 1])),
            (d.number(5, 9), kind([d.number(1, 5)])),
            (4, kind([4, 3, 2, 1])),
            (6, kind([d.number(1, 6), 7])),
        ],
        slips=[
            ("range(1, $n + 1)", "range(1, $n)", "The last one is never free"),
            ("range(1, $n + 1)", "range($n)", "It counts from 0"),
            ("not in", "in", "It lists those that are gone"),
        ],
    )


@family(level=2)
def seat_plan(d: Draw) -> Problem:
    """A plan drawn with signs."""
    d.scene(
        dict(taken="X", free=".", what="cinema"),
        dict(taken="#", free="_", what="bus"),
        dict(taken="o", free="-", what="theatre"),
        dict(taken="T", free="F", what="restaurant"),
        dict(taken="*", free="o", what="train"),
    )
    d.names(r="rows lines", w="width places columns", t="taken booked sold")
    return d.problem(
        name="draw_plan seat_plan show_seats",
        params="$r: int, $w: int, $t: set[tuple[int, int]]",
        returns="list[str]",
        ways=[
            """
            plan = []
            for row in range($r):
                line = ""
                for place in range($w):
                    line += "$taken" if (row, place) in $t else "$free"
                plan.append(line)
            return plan
            """,
            """
            return [
                "".join("$taken" if (row, place) in $t else "$free" for place in range($w))
                for row in range($r)
            ]
            """,
        ],
        summary='Draw the plan of a $what as lines: "$taken" for a taken place and "$free" for a free one.',
        gives='the plan of a $what as a list of `$r` lines with `$w` signs each: "$taken" for a place in `$t`, "$free" for any other',
        asks=[
            'Draw the plan of a $what as a list of `$r` texts with `$w` signs each. A place is shown as "$taken" if the pair (row, place) is in the set `$t`, else as "$free".',
            'A $what has `$r` rows with `$w` places each. Return the list of its rows as texts, with "$taken" for what is in `$t`, a set of pairs (row, place), and "$free" for what is not.',
        ],
        rules=["Rows and places are counted from 0."],
        calls=[
            (0, 3, set()),
            (1, 1, set()),
            (1, 1, {(0, 0)}),
            (1, 3, {(0, 1)}),
            (2, 2, {(1, 0)}),
            (2, 3, {(0, 2), (1, 1)}),
            (3, 2, {(2, 1), (0, 0)}),
            (2, 4, {(d.number(0, 1), d.number(0, 3))}),
            (2, 2, {(5, 5)}),
        ],
        slips=[
            ("(row, place) in", "(place, row) in", "Row and place are exchanged"),
            ("range($r)", "range(1, $r)", "The first row is missing"),
        ],
    )


@family(level=3)
def side_by_side(d: Draw) -> Problem:
    """The first free places side by side."""
    d.scene(
        dict(x="row", sign="x", free=".", what="seats", group="friends"),
        dict(x="shelf", sign="#", free="_", what="slots", group="books"),
        dict(x="car_park", sign="C", free="-", what="spaces", group="cars"),
        dict(x="berths", sign="B", free="o", what="berths", group="boats"),
    )
    back = d.chance(0.3)
    none = d.pick(["-1", "None"])
    d.names(n="count size n")
    d.let(
        none=none,
        opt=" | None" if none == "None" else "",
        which="last" if back else "first",
        end="end" if back else "beginning",
    )
    sign, free = d["sign"], d["free"]
    scan = "range(len($x) - $n, -1, -1)" if back else "range(len($x) - $n + 1)"
    d.let(scan=scan, find="rfind" if back else "find", wrong="find" if back else "rfind")

    def line(size: int) -> str:
        return "".join(d.many([sign, free, free], size, size))

    return d.problem(
        name="find_gap find_place seats_together",
        params="$x: str, $n: int",
        returns="int$opt",
        ways=[
            'at = $x.$find("$free" * $n)\nif at < 0:\n    return $none\nreturn at'
            if none == "None"
            else 'return $x.$find("$free" * $n)',
            'for start in $scan:\n    if $x[start : start + $n] == "$free" * $n:\n        return start\nreturn $none',
        ],
        summary="Find the $which place in a text where enough free $what stand side by side, or $none.",
        gives='the position in `$x` where the $which `$n` free $what side by side begin, or $none if there are none; "$free" is free',
        asks=[
            'In the text `$x`, "$free" stands for a free place and "$sign" for a taken one. Where do the $which `$n` free ones side by side begin? Return the position, or $none.',
            '`$n` $group want to be side by side. `$x` shows the $what as a text, "$free" free and "$sign" taken; return the $which position where enough free ones begin, $none if there is no such position.',
        ],
        rules=["Positions are counted from 0; `$n` is at least 1."],
        calls=[
            ("", 1),
            (free, 1),
            (sign, 1),
            (free * 3, 2),
            (sign + free * 2, 2),
            (free + sign + free * 2 + sign + free * 2, 2),
            (free + sign + free, 2),
            (sign * 2 + free, 1),
            (line(7), 2),
            (line(8), 3),
            (free * 2, 3),
            (sign + free * 3 + sign, 3),
        ],
        slips=[
            ("$find(", "$wrong(", "It looks from the other end"),
            ('"$free" * $n', '"$free"', "Only one place is looked for, however many are needed"),
        ],
    )
