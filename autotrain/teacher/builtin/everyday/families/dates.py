"""Families of dates: years, months, differences between days."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def date_part(d: Draw) -> Problem:
    """The year, month or day of an ISO date."""
    part, place, cut, shown = d.pick([("year", 0, ":4", 2024), ("month", 1, "5:7", 3), ("day", 2, "8:", 9)])
    d.let(part=part, place=place, cut=cut, shown=shown)
    d.names(date="date day iso_date text")
    return d.problem(
        name="${part}_of get_$part read_$part",
        params="$date: str",
        returns="int",
        ways=["return int($date[$cut])", 'return int($date.split("-")[$place])'],
        summary='Return the $part of a date such as "2024-03-09" as an int.',
        gives='the $part of the date `$date` (written like "2024-03-09") as an int',
        asks=[
            'Take the $part out of a date such as "2024-03-09"; for this one the result is the number $shown.',
            'Dates in our export look like "2024-03-09". I only need the $part, as a number, so here $shown.',
        ],
        calls=[("2024-03-09",), ("1999-12-31",), (d.date(),), (d.date(),), (d.date(),), ("2000-01-01",)],
        slips=[("int($date[$cut])", "$date[$cut]", "The $part comes back as text and not as a number")],
        words=["date", "number | int"],
    )


@family(level=4)
def days_between(d: Draw) -> Problem:
    """Days from one date to another, with datetime."""
    d.scene(
        dict(a="start", b="end", what="project", fn="project_days days_between"),
        dict(a="arrival", b="departure", what="stay", fn="nights length_of_stay"),
        dict(a="ordered", b="delivered", what="delivery", fn="delivery_days days_waiting"),
        dict(a="lent", b="returned", what="loan", fn="loan_days days_out"),
    )
    one = d.date()
    return d.problem(
        name=d["fn"],
        params="$a: str, $b: str",
        returns="int",
        ways=[
            """
            from datetime import date

            return (date.fromisoformat($b) - date.fromisoformat($a)).days
            """,
            """
            from datetime import datetime

            first = datetime.strptime($a, "%Y-%m-%d")
            last = datetime.strptime($b, "%Y-%m-%d")
            return (last - first).days
            """,
        ],
        summary="Return how many days lie between two ISO dates.",
        gives='the number of days from `$a` to `$b`, two dates such as "2024-03-09"',
        asks=[
            'How many days does a $what last? `$a` and `$b` are dates like "2024-03-09".',
            'Count the days from `$a` to `$b`. Both are texts in the form "2024-03-09"; use the standard library.',
        ],
        rules=["The same day twice gives 0."],
        calls=[("2024-03-09", "2024-03-09"), ("2024-02-28", "2024-03-01"), ("2023-02-28", "2023-03-01"),
               ("2023-12-31", "2024-01-01"), (one, one[:8] + "28"), ("2022-01-01", "2023-01-01"),
               ("2024-05-10", "2024-05-01")],
        slips=[("date.fromisoformat($b) - date.fromisoformat($a)", "date.fromisoformat($a) - date.fromisoformat($b)",
                "The dates are subtracted the wrong way round")],
        words=["days", "dates | between"],
    )  # fmt: skip


@family(level=1)
def is_due(d: Draw) -> Problem:
    """Which entries have a date before a day."""
    d.scene(
        dict(things="tasks", thing="task", due="due", is_="overdue"),
        dict(things="books", thing="book", due="due", is_="late"),
        dict(things="invoices", thing="invoice", due="deadline", is_="overdue"),
        dict(things="cards", thing="card", due="expires", is_="expired"),
    )
    d.names(day="today day date")
    names = d.some("tax plan lamp visa report garden music rent mail bike".split(), 5)
    one, two = d.date(), d.date()
    some = {name: d.date() for name in names[:4]}
    return d.problem(
        name="${is_}_$things find_$is_",
        params="$things: dict[str, str], $day: str",
        returns="list[str]",
        ways=[
            "return [$thing for $thing, $due in $things.items() if $due < $day]",
            "result = []\nfor $thing in $things:\n    if $things[$thing] < $day:\n        result.append($thing)\nreturn result",
        ],
        summary="List the $things whose date lies before the given day.",
        gives="the list of the $things in `$things` whose date is before `$day`",
        asks=[
            "`$things` maps each $thing to its date. Which ones are $is_ on `$day`, that is, have an earlier date?",
            "Find everything in `$things` that is $is_: its date lies before `$day`. Return the names as a list.",
        ],
        rules=['Dates are texts like "2024-03-09"; keep the order of the dict.'],
        settings=["A reminder runs every morning."],
        calls=[({}, one), ({names[0]: one}, one), ({names[0]: "2024-01-31", names[1]: "2024-02-01"}, "2024-02-01"),
               (some, two), (some, "2023-06-15"), ({names[4]: "2021-05-05"}, "2025-01-01"), (some, "2020-01-01")],
        slips=[("< $day", "<= $day", "What falls exactly on the day is listed too"),
               ("< $day", "> $day", "It lists what is still to come")],
        words=["before | earlier | late | past", "date | day"],
    )  # fmt: skip
