"""Families of clocks: minutes of the day, times of day, opening hours, stopwatches."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def into_minutes(d: Draw) -> Problem:
    """Hours, minutes and seconds as one number, or back as a pair."""
    a, b, said, expression, other, kind, fn, slip = d.pick(
        [
            (
                "hours",
                "minutes",
                "the minutes since midnight at `$a`:`$b`",
                "$a * 60 + $b",
                "$b + 60 * $a",
                "int",
                "minutes_of_day since_midnight",
                ("60", "100", "An hour has 60 minutes and not 100"),
            ),
            (
                "minutes",
                "seconds",
                "all of `$a` and `$b` as seconds",
                "$a * 60 + $b",
                "$b + 60 * $a",
                "int",
                "in_seconds total_seconds",
                ("60", "100", "A minute has 60 seconds and not 100"),
            ),
            (
                "days",
                "hours",
                "all of `$a` and `$b` as hours",
                "$a * 24 + $b",
                "$b + 24 * $a",
                "int",
                "in_hours total_hours",
                ("24", "12", "A day has 24 hours and not 12"),
            ),
            (
                "weeks",
                "days",
                "all of `$a` and `$b` as days",
                "$a * 7 + $b",
                "$b + 7 * $a",
                "int",
                "in_days total_days",
                ("7", "5", "A week has 7 days and not 5"),
            ),
        ]
    )
    d.let(a=a, b=b, said=said, expression=expression, other=other)
    return d.problem(
        name=fn,
        params="$a: int, $b: int",
        returns=kind,
        ways=["return $expression", "result = $other\nreturn result"],
        summary="Return " + said.replace("`$a`:`$b`", "the given hours and minutes").replace("`", "") + ".",
        gives="$said",
        asks=["Return $said.", "Our clock keeps `$a` and `$b` apart, but for a calculation we need $said."],
        calls=[
            (0, 0),
            (0, 1),
            (1, 0),
            (2, 5),
            (d.number(3, 12), d.number(6, 50)),
            (d.number(13, 23), 59),
            (10, 10),
            (d.number(2, 9), d.number(1, 6)),
        ],
        slips=[slip, ("+ $b", "", "What is left over is forgotten")],
    )


@family(level=0)
def split_up(d: Draw) -> Problem:
    """A number of a small unit as a pair of a big and a small one."""
    x, n, big, said = d.pick(
        [
            ("minutes", 60, "hours", "hours and minutes"),
            ("seconds", 60, "minutes", "minutes and seconds"),
            ("hours", 24, "days", "days and hours"),
            ("days", 7, "weeks", "weeks and days"),
            ("months", 12, "years", "years and months"),
            ("eggs", 12, "dozens", "dozens and single eggs"),
            ("cents", 100, "euros", "euros and cents"),
        ]
    )
    d.let(x=x, n=n, big=big, said=said)
    return d.problem(
        name="split_$x to_$big split_up",
        params="$x: int",
        returns="tuple[int, int]",
        ways=["return divmod($x, $n)", "return $x // $n, $x % $n", "$big = $x // $n\nreturn $big, $x - $big * $n"],
        summary="Split $x into $said, as a tuple.",
        gives="the tuple of $said in `$x` $x",
        asks=[
            "Split `$x` into $said and return both as a tuple.",
            "`$x` is a number of $x, but people want to read $said. Return these two as a tuple.",
        ],
        rules=["There are $n $x in one of the $big."],
        calls=[(0,), (1,), (n - 1,), (n,), (n + 1,), (n * 2 + 5,), (d.number(n * 3, n * 9),), (d.number(n, n * 4),)],
        slips=[
            ("divmod($x, $n)", "divmod($n, $x)", "The two numbers are exchanged"),
            ("divmod($x, $n)", "($x % $n, $x // $n)", "The two results are in the wrong order"),
        ],
    )


@family(level=0)
def is_between(d: Draw) -> Problem:
    """A simple question about a number of the clock or calendar."""
    x, said, expression, other, fn, edges, slip = d.pick(
        [
            (
                "hour",
                "in the morning, that is, below 12",
                "$x < 12",
                "not $x >= 12",
                "is_morning before_noon",
                [0, 11, 12, 13, 23, 6, 18],
                ("<", "<=", "At 12 it is no longer morning"),
            ),
            (
                "hour",
                "at night, that is, below 6 or from 22 on",
                "$x < 6 or $x >= 22",
                "not 6 <= $x < 22",
                "is_night at_night",
                [0, 5, 6, 21, 22, 23, 12, 3],
                ("or", "and", "No hour is both"),
            ),
            (
                "hour",
                "within office hours, that is, from 9 on and below 17",
                "9 <= $x < 17",
                "$x in range(9, 17)",
                "is_open office_hours",
                [8, 9, 16, 17, 0, 12, 20],
                ("< 17", "<= 17", "At 17 the office is closed"),
            ),
            (
                "day",
                "on a weekend, where 5 is Saturday and 6 is Sunday",
                "$x >= 5",
                "$x in (5, 6)",
                "is_weekend is_free",
                [0, 4, 5, 6, 3, 1, 2],
                (">= 5", "> 5", "Saturday is a working day then"),
            ),
            (
                "month",
                "in summer, that is, from 6 to 8",
                "6 <= $x <= 8",
                "$x in (6, 7, 8)",
                "is_summer in_summer",
                [1, 5, 6, 7, 8, 9, 12, 3],
                ("<= 8", "< 8", "August is missing"),
            ),
            (
                "minute",
                "at a full quarter, that is, divisible by 15",
                "$x % 15 == 0",
                "not $x % 15",
                "on_quarter is_quarter",
                [0, 15, 30, 14, 59, 5, 45, 20],
                ("15", "10", "It asks for every tenth minute"),
            ),
            (
                "minute",
                "in the second half of an hour, that is, 30 or more",
                "$x >= 30",
                "not $x < 30",
                "is_second_half past_half",
                [0, 29, 30, 31, 59, 15, 45],
                (">=", ">", "At 30 it is the second half already"),
            ),
        ]
    )
    d.let(x=x, said=said, expression=expression, other=other)
    return d.problem(
        name=fn,
        params="$x: int",
        returns="bool",
        ways=["return $expression", "return $other", "if $expression:\n    return True\nreturn False"],
        summary="Tell whether $article $x is $said.".replace("$article", "an" if x == "hour" else "a"),
        gives="whether the $x `$x` is $said",
        asks=[
            "Is the $x `$x` $said? Return True or False.",
            "A timer has to know whether the $x is $said. `$x` is a number; return True or False.",
        ],
        calls=[(edge,) for edge in edges],
        slips=[slip],
        known="9 17 5 6 7 8 22 30",
    )


@family(level=1)
def later(d: Draw) -> Problem:
    """A time on a clock that goes round."""
    x, y, n, said = d.pick(
        [
            ("hour", "hours", 24, "hour (0 to 23)"),
            ("minute", "minutes", 60, "minute (0 to 59)"),
            ("day", "days", 7, "day of the week (0 to 6)"),
            ("hour", "hours", 12, "hour (0 to 11)"),
            ("month", "months", 12, "month (0 to 11)"),
        ]
    )
    back = d.chance(0.35)
    d.let(
        x=x, y=y, n=n, said=said, op="-" if back else "+", when="before" if back else "after", no="+" if back else "-"
    )
    return d.problem(
        name="earlier back" if back else "later ahead move_on",
        params="$x: int, $y: int",
        returns="int",
        ways=[
            "return ($x $op $y) % $n",
            "result = $x $op $y\nwhile result < 0:\n    result += $n\nwhile result >= $n:\n    result -= $n\nreturn result",
        ],
        summary="Return the $said that comes some $y $when another one.",
        gives="the $said that is `$y` $y $when `$x`",
        asks=[
            "Which $said comes `$y` $y $when `$x`?",
            "The hand of a clock, or something like it, goes round. It stands at `$x`; return the $said that it shows `$y` $y $when that.",
        ],
        rules=["After the last one it begins again with 0; `$y` is not negative."],
        calls=[
            (0, 0),
            (0, 1),
            (n - 1, 1),
            (n - 1, 0),
            (3, n),
            (d.number(1, n - 1), d.number(1, n - 1)),
            (d.number(1, n - 1), d.number(n, n * 3)),
            (5, 6),
            (1, 3),
        ],
        slips=[
            ("($x $op $y) % $n", "$x $op $y % $n", "Only the second number is reduced"),
            (" % $n", "", "It goes beyond the range"),
        ],
        known="$n",
    )


@family(level=2)
def twelve_hours(d: Draw) -> Problem:
    """A time of 24 hours in the form of 12, or in words."""
    kind = d.pick(["am", "a.m.", "AM"])
    am, pm = {"am": ("am", "pm"), "a.m.": ("a.m.", "p.m."), "AM": ("AM", "PM")}[kind]
    sep = d.pick([":", "."])
    d.let(am=am, pm=pm, sep=sep)
    d.names(x="time clock text")
    m = f"{d.number(1, 59):02}"
    return d.problem(
        name="to_12_hours am_pm twelve_hours",
        params="$x: str",
        returns="str",
        ways=[
            """
            hours, minutes = $x.split("$sep")
            half = "$am" if int(hours) < 12 else "$pm"
            shown = int(hours) % 12
            if shown == 0:
                shown = 12
            return f"{shown}$sep{minutes} {half}"
            """,
            """
            hour = int($x[:2])
            half = "$pm" if hour >= 12 else "$am"
            return f"{hour % 12 or 12}$sep{$x[3:]} {half}"
            """,
        ],
        summary='Write a time such as "14${sep}05" as "2${sep}05 $pm".',
        gives='the time `$x`, such as "14${sep}05", in the form "2${sep}05 $pm"; before noon it is "$am"',
        asks=[
            'Change a time such as "14${sep}05" to the 12-hour form, "2${sep}05 $pm"; before noon it is "$am".',
            'American guests like "2${sep}05 $pm" better than "14${sep}05". Rewrite `$x`, with "$am" before noon.',
        ],
        rules=[
            'The first hour of the day and of the afternoon is called 12: midnight is "12${sep}00 $am" and noon "12${sep}00 $pm".'
        ],
        calls=[
            (f"00{sep}00",),
            (f"12{sep}00",),
            (f"11{sep}59",),
            (f"23{sep}{m}",),
            (f"00{sep}{m}",),
            (f"12{sep}{m}",),
            (f"09{sep}05",),
            (f"{d.number(13, 22)}{sep}{m}",),
            (f"0{d.number(1, 8)}{sep}{m}",),
        ],
        slips=[("< 12", "<= 12", "Noon counts as morning"), ("shown = 12", "shown = 0", "Midnight is written as 0")],
    )


@family(level=2)
def add_durations(d: Draw) -> Problem:
    """Durations such as 1:30 added up."""
    big, small = d.pick([("hours", "minutes"), ("minutes", "seconds")])
    d.scene(
        dict(x="shifts", what="shifts"),
        dict(x="tracks", what="songs"),
        dict(x="laps", what="laps"),
        dict(x="meetings", what="meetings"),
        dict(x="films", what="films"),
    )
    sep = d.pick([":", "."])
    d.let(big=big, small=small, sep=sep)

    def one() -> str:
        return f"{d.number(0, 9)}{sep}{d.number(0, 59):02}"

    return d.problem(
        name="total_time add_up total_of_$x",
        params="$x: list[str]",
        returns="str",
        ways=[
            """
            total = 0
            for text in $x:
                $big, $small = text.split("$sep")
                total += int($big) * 60 + int($small)
            return f"{total // 60}$sep{total % 60:02}"
            """,
            """
            pairs = [text.split("$sep") for text in $x]
            total = sum(60 * int(first) + int(second) for first, second in pairs)
            $big, $small = divmod(total, 60)
            return f"{$big}$sep{$small:02d}"
            """,
        ],
        summary='Add up durations such as "1${sep}05" ($big and $small).',
        gives='the sum of the durations in `$x`, in the same form such as "1${sep}05" ($big and $small)',
        asks=[
            'Add up the durations in `$x`. They are written as "1${sep}05", that is, $big and $small, and so is the result.',
            'How long do all $what take together? `$x` has their durations like "1${sep}05" ($big and $small); return the sum in this form.',
        ],
        rules=['The $small always have two digits; an empty list gives "0${sep}00".'],
        calls=[
            ([],),
            ([f"0{sep}05"],),
            ([f"1{sep}30", f"0{sep}30"],),
            ([f"0{sep}59", f"0{sep}01"],),
            ([f"12{sep}00", f"0{sep}07"],),
            ([one()],),
            ([one(), one()],),
            ([one(), one(), one()],),
            ([f"20{sep}45", f"10{sep}20"],),
        ],
        slips=[
            (":02}", "}", "One digit stands where two are needed"),
            ("total += ", "total = ", "Only the last one counts"),
            ("* 60", "* 100", "The bigger unit is taken as 100 of the smaller one"),
        ],
        known="02 02d",
    )


@family(level=3)
def open_now(d: Draw) -> Problem:
    """Whether a place is open, perhaps over midnight."""
    d.scene(
        dict(what="bar"),
        dict(what="petrol station"),
        dict(what="bakery"),
        dict(what="night bus"),
        dict(what="kiosk"),
        dict(what="club"),
    )
    d.names(now="now time clock", a="opens start first", b="closes end last")
    return d.problem(
        name="is_open open_at is_running",
        params="$now: str, $a: str, $b: str",
        returns="bool",
        ways=[
            "if $a < $b:\n    return $a <= $now < $b\nreturn $now >= $a or $now < $b",
            """
            def minutes(text):
                return int(text[:2]) * 60 + int(text[3:])


            def $name($now, $a, $b):
                start = minutes($a)
                length = (minutes($b) - start) % 1440 or 1440
                return (minutes($now) - start) % 1440 < length
            """,
        ],
        summary="Tell whether a place is open, given its hours, which may go past midnight.",
        gives='whether a $what with the hours from `$a` to `$b` is open at `$now`; all are texts such as "08:30"',
        asks=[
            'Is the $what open at `$now`? It opens at `$a` and closes at `$b`; times are texts such as "08:30".',
            'A $what works from `$a` to `$b`, sometimes until after midnight. Tell whether it is open at `$now`. All three are texts such as "08:30".',
        ],
        rules=[
            "At the opening time it is open, at the closing time it is not.",
            "If it closes at an earlier time than it opens, it is open over midnight; if the two are equal, it is always open.",
        ],
        calls=[
            ("08:30", "08:30", "17:00"),
            ("17:00", "08:30", "17:00"),
            ("12:00", "08:30", "17:00"),
            ("08:29", "08:30", "17:00"),
            ("23:00", "20:00", "02:00"),
            ("01:59", "20:00", "02:00"),
            ("02:00", "20:00", "02:00"),
            ("20:00", "20:00", "02:00"),
            ("12:00", "20:00", "02:00"),
            ("05:00", "06:00", "06:00"),
            (d.clock(), d.clock(), d.clock()),
            (d.clock(), "22:00", "05:00"),
        ],
        slips=[
            ("$a <= $now < $b", "$a <= $now <= $b", "At the closing time it is still open"),
            (
                "$now >= $a or $now < $b",
                "$now >= $a and $now < $b",
                "No time is both after the opening and before the closing",
            ),
        ],
        known="1440",
    )


@family(level=4)
def stopwatch(d: Draw) -> Problem:
    """A generator of the times between marks, or a class of a countdown."""
    d.scene(
        dict(cls="Countdown Timer", step="tick", left="left", what="seconds", done="done"),
        dict(cls="EggTimer Timer", step="tick", left="remaining", what="minutes", done="rings"),
        dict(cls="Ticket Pass", step="use", left="rides", what="rides", done="expired"),
        dict(cls="Battery Charge", step="drain", left="power", what="units", done="empty"),
    )
    n = d.number(3, 9)
    d.let(n=n, more=n + d.number(1, 5))
    return d.problem(
        name=d["cls"],
        params="$left: int",
        ways=[
            """
            class $name:
                def __init__(self, $left):
                    if $left < 0:
                        raise ValueError("it must not be negative")
                    self.$left = $left

                def $step(self, count=1):
                    self.$left = max(0, self.$left - count)
                    return self.$left

                @property
                def $done(self):
                    return self.$left == 0
            """,
            """
            class $name:
                def __init__(self, $left: int) -> None:
                    if $left < 0:
                        raise ValueError("negative")
                    self.$left = $left

                def $step(self, count: int = 1) -> int:
                    self.$left -= count
                    if self.$left < 0:
                        self.$left = 0
                    return self.$left

                @property
                def $done(self) -> bool:
                    return not self.$left
            """,
        ],
        summary="Count $what down to 0.",
        asks=[
            "It is made with a number of $what, the attribute `$left`. `$step(count)` takes `count` off (1 by default) and returns what is left; the property `$done` tells whether nothing is left.",
            "We count $what down: `$left` is what is left, `$step()` takes off 1, `$step(count)` as many as that, and both return the rest. `$done` is a property that is True at 0.",
        ],
        rules=["It never goes below 0; a negative number at the beginning raises ValueError."],
        raises="ValueError",
        calls=[
            "$name($n).$left",
            "$name(0).$done",
            "$name($n).$done",
            "x = $name($n); x.$step(); x.$left",
            "x = $name($n); x.$step(2)",
            "x = $name($n); x.$step($n); x.$done",
            "x = $name($n); x.$step($more)",
            "$name(-1)",
            "x = $name(1); x.$step(); x.$step()",
            "x = $name($more); x.$step(0)",
            "x = $name(1); x.$step(); x.$done",
            "x = $name($more); x.$step(); x.$step(2); x.$left",
        ],
        slips=[
            ("max(0, self.$left - count)", "self.$left - count", "It goes below 0"),
            ("return self.$left == 0", "return self.$left == 1", "It is done one step too early"),
        ],
    )
