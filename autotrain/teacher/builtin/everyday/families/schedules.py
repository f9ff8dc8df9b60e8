"""Families of schedules: times of day, overlaps, free slots."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=1)
def overlap(d: Draw) -> Problem:
    """Whether two meetings overlap."""
    d.scene(dict(x="meetings", a="first", b="second"), dict(x="bookings", a="one", b="other"),
            dict(x="shifts", a="early", b="late"), dict(x="reservations", a="old", b="new"))  # fmt: skip
    s = d.number(8, 14)
    return d.problem(
        name="overlap do_overlap ${x}_overlap clash",
        params="$a: tuple[int, int], $b: tuple[int, int]",
        returns="bool",
        ways=["return $a[0] < $b[1] and $b[0] < $a[1]",
              "start = max($a[0], $b[0])\nend = min($a[1], $b[1])\nreturn start < end",
              "return not ($a[1] <= $b[0] or $b[1] <= $a[0])"],
        summary="Tell whether two $x overlap; each is a pair of start and end.",
        gives="whether `$a` and `$b` overlap, two pairs (start, end)",
        asks=[
            "Two $x are given as pairs (start, end) of hours. Do they overlap? Return True or False.",
            "Before we confirm anything we look for clashes: `$a` and `$b` are tuples of start and end. Do they share "
            "any time?",
        ],
        rules=["If one ends just when the other starts, that is no overlap."],
        calls=[((s, s + 2), (s + 1, s + 3)), ((s, s + 1), (s + 1, s + 2)), ((s + 1, s + 2), (s, s + 1)),
               ((s, s + 4), (s + 1, s + 2)), ((s + 1, s + 2), (s, s + 4)), ((s, s + 1), (s + 3, s + 4)),
               ((s + 3, s + 4), (s, s + 1)), ((s, s + 1), (s, s + 1))],
        slips=[("$a[0] < $b[1]", "$a[0] <= $b[1]", "Two that only touch are said to overlap"),
               (" and ", " or ", "One half of the condition is taken to be enough")],
        words=["overlap | clash | share", "start | end | pairs | two"],
    )  # fmt: skip


@family(level=3)
def free_slots(d: Draw) -> Problem:
    """The gaps between the bookings of a day."""
    start = d.number(7, 9)
    end = d.number(16, 18)
    d.let(start=start, end=end)
    d.names(busy="busy bookings meetings taken")
    m = d.number(11, 13)
    return d.problem(
        name="free_slots gaps open_slots free_times",
        params="$busy: list[tuple[int, int]]",
        returns="list[tuple[int, int]]",
        ways=[
            """
            free = []
            now = $start
            for begin, finish in sorted($busy):
                if begin > now:
                    free.append((now, begin))
                now = max(now, finish)
            if now < $end:
                free.append((now, $end))
            return free
            """,
            """
            free = []
            now = $start
            for begin, finish in [*sorted($busy), ($end, $end)]:
                if now < begin:
                    free.append((now, begin))
                if finish > now:
                    now = finish
            return free
            """,
        ],
        summary="List the free times of a day from $start to $end, as pairs of start and end.",
        gives="the list of the free times, pairs (start, end), between $start and $end o'clock that `$busy` leaves",
        asks=[
            "The day runs from $start to $end. `$busy` holds pairs (start, end) of hours that are taken. List the gaps "
            "as pairs, in order of time.",
            "When could we meet? We work from $start to $end, and the pairs (start, end) in `$busy` are taken already. "
            "Return what is free as a list of such pairs, in order.",
        ],
        rules=["The taken times may come in any order and may overlap, but lie within the day."],
        calls=[([],), ([(start, end)],), ([(start, m)],), ([(m, end)],), ([(m, m + 1)],), ([(m + 1, m + 2), (start + 1, m)],),
               ([(m - 1, m + 2), (m, m + 1)],), ([(m, m + 1), (m + 1, m + 2)],), ([(start, m), (m + 1, end)],),
               ([(start + 1, m), (start + 1, m + 1)],)],
        slips=[("max(now, finish)", "finish", "A short booking within a longer one sets the clock back"),
               ("sorted($busy)", "$busy", "The bookings are not put in order of time first"),
               ("if now < $end:", "if now <= $end:", "A gap without any length is listed at the end of the day")],
        words=["free | gap | open", "start | time | day"],
    )  # fmt: skip
