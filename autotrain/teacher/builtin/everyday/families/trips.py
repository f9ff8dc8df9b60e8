"""Families of travel: distances, stops, fares, connections."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def route_text(d: Draw) -> Problem:
    """Stops written as a route."""
    arrow, said = d.pick(
        [
            (" -> ", 'an arrow (" -> ")'),
            (" - ", 'a dash (" - ")'),
            (" > ", 'a bracket (" > ")'),
            (", then ", '", then "'),
            (" to ", '" to "'),
            (" via ", '" via "'),
        ]
    )
    d.let(arrow=arrow, said=said)
    d.names(x="stops stations cities towns places")
    c = d.some(pools.CITIES, 5)
    return d.problem(
        name="route_text show_route as_route describe_route",
        params="$x: list[str]",
        returns="str",
        ways=['return "$arrow".join($x)', 'text = "$arrow".join($x)\nreturn text'],
        summary="Write $x as one line, with $said between them.",
        gives="the $x in one line of text, with $said between each two",
        asks=[
            "Write the list `$x` as one line, with $said between two of them.",
            "On the ticket the route is printed as one line: all $x, with $said between two of them. Make that line from `$x`.",
        ],
        calls=[([],), (c[:1],), (c[:2],), (c[1:4],), (c[2:],), (c[:2] + c[:1],), (c,)],
        slips=[
            ('"$arrow".join($x)', '"$arrow".join(sorted($x))', "The order of the route gets lost"),
            ('"$arrow".join($x)', '"$arrow".join($x[1:])', "The first one is missing"),
        ],
        clumsy="""
        text = ""
        for i in range(len($x)):
            text = text + $x[i]
            if i < len($x) - 1:
                text = text + "$arrow"
        return text
        """,
    )


@family(level=0)
def trip_numbers(d: Draw) -> Problem:
    """A figure of a trip: distance, speed, fuel or cost."""
    a, b, fn, formula, said, kind, slip = d.pick(
        [
            (
                "kilometres",
                "hours",
                "average_speed speed",
                "$a / $b",
                "the average speed, that is, `$a` divided by `$b`",
                "float",
                ("$a / $b", "$b / $a", "The division is the wrong way round"),
            ),
            (
                "speed",
                "hours",
                "distance how_far",
                "$a * $b",
                "the distance, that is, `$a` times `$b`",
                "int",
                ("$a * $b", "$a + $b", "The two are added"),
            ),
            (
                "days",
                "price",
                "hotel_cost stay_cost",
                "$a * $b",
                "the cost of a stay, that is, `$a` times the `$b` for a day",
                "int",
                ("$a * $b", "$a + $b", "The two are added"),
            ),
            (
                "end",
                "start",
                "distance_driven driven",
                "$a - $b",
                "the kilometres driven, that is, the mileage at the `$a` minus that at the `$b`",
                "int",
                ("$a - $b", "$b - $a", "The numbers are subtracted the wrong way round"),
            ),
            (
                "seats",
                "booked",
                "seats_left still_free",
                "$a - $b",
                "the number of free seats, that is, all `$a` minus those `$b`",
                "int",
                ("$a - $b", "$b - $a", "The numbers are subtracted the wrong way round"),
            ),
            (
                "tank",
                "used",
                "fuel_left litres_left",
                "$a - $b",
                "the fuel left, that is, the litres in the `$a` minus those `$b`",
                "int",
                ("$a - $b", "$a + $b", "What was used is added"),
            ),
        ]
    )
    d.let(a=a, b=b, said=said, formula=formula)
    return d.problem(
        name=fn,
        params="$a: int, $b: int",
        returns=kind,
        ways=["return $formula", "result = $formula\nreturn result"],
        summary=f"Return {said.replace('`', '')}.",
        gives="$said",
        asks=[
            "For a trip we need $said.",
            "A small calculator for travellers: return $said.",
        ],
        settings=["It is part of a travel planner."],
        calls=[
            (100, 2),
            (0, 1),
            (7, 7),
            (90, 4),
            (d.number(20, 90) * 2, d.pick([1, 2, 4, 5])),
            (d.number(3, 90), d.pick([2, 4, 5])),
            (60, 1),
            (d.number(50, 99), d.pick([2, 4, 5])),
        ],
        slips=[slip],
    )


@family(level=1)
def part_of_route(d: Draw) -> Problem:
    """The stops from one to another."""
    d.names(x="stops stations route line", a="start first origin", b="end last target")
    kind = d.pick(["with", "without"])
    c = d.some(pools.CITIES, 6)
    with_ = kind == "with"
    d.let(said="both of them included" if with_ else "without these two")
    cut = "$x.index($a) : $x.index($b) + 1" if with_ else "$x.index($a) + 1 : $x.index($b)"
    d.let(cut=cut, lo="" if with_ else " + 1", hi=" + 1" if with_ else "")
    return d.problem(
        name="stops_from part_of_route section" if with_ else "stops_between between on_the_way",
        params="$x: list[str], $a: str, $b: str",
        returns="list[str]",
        ways=[
            "return $x[$cut]",
            "i = $x.index($a)\nj = $x.index($b)\nreturn $x[i$lo : j$hi]",
        ],
        summary="List the stops from one stop to a later one, $said.",
        gives="the stops in `$x` from `$a` to `$b`, $said",
        asks=[
            "`$x` is a list of stops. Return those from `$a` to `$b`, $said.",
            "Somebody gets on at `$a` and off at `$b`. Which part of the list `$x` is that, $said?",
        ],
        rules=["`$a` comes before `$b`, and every stop occurs once."],
        calls=[
            (c, c[0], c[1]),
            (c, c[0], c[5]),
            (c, c[1], c[3]),
            (c, c[2], c[5]),
            (c[:2], c[0], c[1]),
            (c, c[3], c[4]),
            (c[::-1], c[4], c[1]),
            (c[:3], c[0], c[2]),
        ],
        slips=[
            ("$x.index($b) + 1", "$x.index($b)", "The last stop is missing")
            if with_
            else ("$x.index($a) + 1", "$x.index($a)", "The first stop is in the result"),
            ("$x.index($a)", "0", "It begins at the start of the line"),
        ],
    )


@family(level=1)
def cheapest(d: Draw) -> Problem:
    """The key with the smallest or largest value."""
    d.scene(
        dict(x="fares", one="airline", low="cheapest", high="most_expensive", lo="lowest fare", hi="highest fare"),
        dict(x="durations", one="route", low="fastest", high="slowest", lo="shortest time", hi="longest time"),
        dict(x="distances", one="city", low="nearest", high="farthest", lo="smallest distance", hi="greatest distance"),
        dict(x="prices", one="hotel", low="cheapest", high="most_expensive", lo="lowest price", hi="highest price"),
    )
    low = d.chance(0.6)
    d.let(f="min" if low else "max", g="max" if low else "min", what=d["lo" if low else "hi"])
    c = d.some(pools.CITIES, 4)
    n = d.some(range(10, 300), 4)
    return d.problem(
        name=(d["low"] if low else d["high"]) + " find_" + (d["low"] if low else d["high"]),
        params="$x: dict[str, int]",
        returns="str",
        ways=[
            "return $f($x, key=$x.get)",
            "return $f($x, key=lambda $one: $x[$one])",
            "return $f($x.items(), key=lambda pair: pair[1])[0]",
        ],
        summary="Return the $one with the $what.",
        gives="the $one with the $what in the dict `$x`",
        asks=[
            "`$x` maps each $one to a number. Return the $one with the $what.",
            "Which $one has the $what? The dict `$x` has the numbers.",
        ],
        rules=["If several are equal, take the first of them; the dict is not empty."],
        calls=[
            ({c[0]: 5},),
            ({c[0]: 5, c[1]: 3},),
            ({c[0]: 3, c[1]: 5},),
            ({c[2]: 4, c[1]: 4},),
            (dict(zip(c, n, strict=True)),),
            ({c[3]: 9, c[2]: 1, c[0]: 1, c[1]: 9},),
            ({c[1]: 0, c[3]: 7},),
        ],
        slips=[
            ("$f($x, key", "$g($x, key", "It is the one at the other end"),
            ("$f($x, key=$x.get)", "$f($x)", "The names are compared and not the numbers"),
            ("$f($x, key=$x.get)", "$f($x.values())", "The number comes back and not the $one"),
        ],
        clumsy="""
        best = None
        for $one in $x:
            if best is None:
                best = $one
            else:
                if $x[$one] $op $x[best]:
                    best = $one
        return best
        """.replace("$op", "<" if low else ">"),
    )


@family(level=2)
def route_length(d: Draw) -> Problem:
    """The length of a route, from a table of its legs."""
    d.scene(
        dict(x="stops", t="distances", unit="kilometres", fn="route_length total_distance"),
        dict(x="stations", t="minutes", unit="minutes", fn="travel_time total_minutes"),
        dict(x="cities", t="fares", unit="euros", fn="total_fare trip_price"),
        dict(x="places", t="steps", unit="steps", fn="total_steps walk_length"),
    )
    c = d.some(pools.CITIES, 4)
    n = d.some(range(5, 400), 4)
    table = {(c[0], c[1]): n[0], (c[1], c[2]): n[1], (c[2], c[3]): n[2], (c[1], c[0]): n[3]}
    return d.problem(
        name=d["fn"],
        params="$x: list[str], $t: dict[tuple[str, str], int]",
        returns="int",
        ways=[
            """
            total = 0
            for i in range(len($x) - 1):
                total += $t[$x[i], $x[i + 1]]
            return total
            """,
            "return sum($t[leg] for leg in zip($x, $x[1:]))",
            """
            total = 0
            for start, end in zip($x, $x[1:]):
                total += $t[(start, end)]
            return total
            """,
        ],
        summary="Add up the $unit of all legs of a route.",
        gives="how many $unit it takes along the `$x`, from each to the next, as the dict `$t` has them",
        asks=[
            "`$t` maps pairs (from, to) to $unit. Add up the $unit for the route `$x`, from each one to the next.",
            "A trip goes through the `$x` in this order, and the dict `$t` knows the $unit for every pair (from, to). How many $unit are "
            "it in all?",
        ],
        rules=["A route with fewer than two entries gives 0."],
        calls=[
            ([], table),
            (c[:1], table),
            (c[:2], table),
            (c[:3], table),
            (c, table),
            ([c[1], c[0]], table),
            ([c[0], c[1], c[0]], table),
            ([c[1], c[2], c[3]], table),
        ],
        slips=[
            ("total += ", "total = ", "Only the last leg counts"),
            ("$x[i], $x[i + 1]", "$x[i + 1], $x[i]", "It looks up the way back"),
            ("range(len($x) - 1)", "range(len($x))", "After the last stop there is no next one"),
        ],
    )


@family(level=2)
def next_departures(d: Draw) -> Problem:
    """The next departures after a time of day."""
    d.scene(
        dict(x="departures", what="trains"),
        dict(x="times", what="buses"),
        dict(x="departures", what="ferries"),
        dict(x="plan", what="trams"),
    )
    d.names(now="now clock time", n="count limit n")
    t = sorted({d.clock() for _ in range(6)})
    return d.problem(
        name="next_$what upcoming_$what next_departures",
        params="$x: list[str], $now: str, $n: int",
        returns="list[str]",
        ways=[
            """
            result = []
            for departure in sorted($x):
                if departure >= $now and len(result) < $n:
                    result.append(departure)
            return result
            """,
            "return sorted(departure for departure in $x if departure >= $now)[:$n]",
        ],
        summary="List the next departures of the $what from a time on, the earliest first.",
        gives="the next `$n` departures in `$x` at `$now` or later, the earliest first",
        asks=[
            '`$x` has the departures of the day as texts like "08:05". Return the next `$n` at `$now` or later, the earliest first.',
            'It is `$now` (a text like "08:05"). When do the next `$n` $what leave? `$x` is the unsorted list of departures; one that leaves '
            "at this minute still counts. The earliest comes first.",
        ],
        rules=["If fewer are left today, return those."],
        calls=[
            ([], "08:00", 2),
            (["08:05"], "08:05", 1),
            (["08:05"], "08:06", 1),
            (["09:00", "08:00", "10:00"], "08:30", 1),
            (d.shuffled(t), t[1], 2),
            (d.shuffled(t), t[0], 3),
            (d.shuffled(t), "23:59", 2),
            (t[::-1], t[2], 0),
            (["12:10", "12:40"], "12:00", 5),
        ],
        slips=[
            ("departure >= $now", "departure > $now", "One that leaves at this minute is missing"),
            ("sorted($x)", "$x", "They are not in order of time"),
        ],
    )


@family(level=3)
def fare(d: Draw) -> Problem:
    """The fare of a ticket, with reductions."""
    d.scene(
        dict(km="kilometres", vehicle="train"),
        dict(km="zones", vehicle="tram"),
        dict(km="stops", vehicle="bus"),
        dict(km="miles", vehicle="ferry"),
    )
    d.let(
        base=d.pick([100, 150, 200, 250]),
        per=d.pick([10, 15, 20, 30]),
        child=d.pick([6, 12, 14]),
        free=d.pick([3, 4, 5]),
        old=d.pick([65, 67, 70]),
    )
    child, free, old = d["child"], d["free"], d["old"]
    return d.problem(
        name="fare ticket_price ${vehicle}_fare",
        params="$km: int, age: int, is_return: bool = False",
        returns="int",
        ways=[
            """
            if age < $free:
                return 0
            price = $base + $per * $km
            if age < $child or age >= $old:
                price //= 2
            if is_return:
                price *= 2
            return price
            """,
            """
            if age < $free:
                return 0
            single = $base + $per * $km
            if age < $child or age >= $old:
                single = single // 2
            return single * 2 if is_return else single
            """,
        ],
        summary="Return the fare for the $vehicle in cents, by $km and age.",
        gives="the fare for the $vehicle in cents, for so many `$km` and somebody of that `age`",
        asks=[
            "What does a ticket for the $vehicle cost, in cents?",
            "Our $vehicle line needs its fares calculated, in cents, for a number of `$km` and the `age` of the passenger.",
        ],
        rules=[
            "A ticket costs $base plus $per for each of the $km.",
            "Below the age of $free it is free; below $child, and from $old on, it is half the price, rounded down.",
            "A return ticket costs twice the fare.",
        ],
        calls=[
            (0, 30),
            (10, 30),
            (10, free - 1),
            (10, free),
            (7, child - 1),
            (7, child),
            (7, old),
            (7, old - 1),
            (5, 40, True),
            (5, 8, True),
            (3, 1, True),
            (d.number(11, 60), old + 3, True),
        ],
        slips=[
            ("age >= $old", "age > $old", "At exactly $old there is no reduction"),
            ("age < $child or", "age <= $child or", "At exactly $child there is still a reduction"),
            ("price //= 2", "price /= 2", "Half cents remain"),
        ],
    )
