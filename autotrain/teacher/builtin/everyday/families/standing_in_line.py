"""Families of lines and queues: who is next, who joins, who leaves."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family

_SCENES = (
    dict(q="queue", one="person", who="guest", pool=pools.PEOPLE),
    dict(q="waiting", one="patient", who="name", pool=pools.PEOPLE),
    dict(q="tasks", one="task", who="entry", pool=pools.WORDS),
    dict(q="playlist", one="song", who="title", pool=pools.SONGS),
    dict(q="jobs", one="print job", who="file", pool=pools.WORDS),
    dict(q="stack", one="plate", who="colour", pool=pools.COLORS),
)


@family(level=0)
def join_line(d: Draw) -> Problem:
    """Somebody or something put at the end of a list, or at its front."""
    d.scene(*_SCENES)
    p = d.some(d["pool"], 4)
    end = d.chance(0.6)
    d.let(where="end" if end else "front", do="append($who)" if end else "insert(0, $who)")
    d.let(other="$q[len($q):] = [$who]" if end else "$q[:0] = [$who]")
    return d.problem(
        name="join add_to_$q enqueue put_last" if end else "push_in add_in_front put_first jump_$q",
        params="$q: list[str], $who: str",
        returns="None",
        ways=["$q.$do", "$other"],
        summary="Put a $one at the $where of a list, in place.",
        asks=[
            "Put `$who` at the $where of the list `$q`. The list is changed in place.",
            "A new $one arrives: change the list `$q` so that `$who` stands at its $where.",
        ],
        rules=["Nothing is returned."],
        calls=[
            'q = []; $name(q, "$a"); q'.replace("$a", p[0]),
            f'q = ["{p[0]}"]; $name(q, "{p[1]}"); q',
            f'q = ["{p[0]}", "{p[1]}"]; $name(q, "{p[2]}"); q',
            f'q = ["{p[3]}"]; $name(q, "{p[3]}"); q',
            f'q = ["{p[2]}", "{p[0]}", "{p[3]}"]; $name(q, "{p[1]}"); q',
            f'q = ["{p[1]}"]; $name(q, ""); q',
            f'q = []; $name(q, "{p[0]}"); $name(q, "{p[1]}"); q',
        ],
        slips=[
            (
                "append($who)" if end else "insert(0, $who)",
                "insert(0, $who)" if end else "append($who)",
                "It lands at the other end of the list",
            ),
            (
                "$q.$do",
                "return $q + [$who]" if end else "return [$who] + $q",
                "A new list is made and the old one stays as it is",
            ),
        ],
    )


@family(level=0)
def take_out(d: Draw) -> Problem:
    """The first or last of a list, taken out of it."""
    d.scene(*_SCENES)
    p = d.some(d["pool"], 4)
    first = d.chance(0.6)
    d.let(which="first" if first else "last", at="0" if first else "-1", pop="pop(0)" if first else "pop()")
    return d.problem(
        name="take_$which next_in_line serve call_next" if first else "take_$which take_back pop_last undo",
        params="$q: list[str]",
        returns="str",
        ways=["return $q.$pop", "$who = $q[$at]\ndel $q[$at]\nreturn $who"],
        summary="Take the $which $one out of a list and return it.",
        gives="the $which $one of the list `$q`, which is taken out of the list",
        asks=[
            "Remove the $which element from the list `$q` and return it.",
            "The $which $one in the list `$q` is dealt with now: return it, and it must be gone from the list.",
        ],
        rules=["The list is never empty."],
        calls=[
            f'q = ["{p[0]}"]; $name(q)',
            f'q = ["{p[0]}"]; $name(q); q',
            f'q = ["{p[0]}", "{p[1]}"]; $name(q)',
            f'q = ["{p[0]}", "{p[1]}"]; $name(q); q',
            f'q = ["{p[2]}", "{p[3]}", "{p[1]}"]; $name(q); $name(q)',
            f'q = ["{p[2]}", "{p[3]}", "{p[1]}"]; $name(q); q',
            f'q = ["{p[3]}", "{p[3]}"]; $name(q); q',
            f'q = ["{p[1]}", "{p[0]}", "{p[1]}"]; $name(q); q',
        ],
        slips=[
            ("$pop", "pop()" if first else "pop(0)", "It is taken from the other end"),
            ("$q.$pop", "$q[$at]", "It stays in the list"),
        ],
    )


@family(level=1)
def place_in_line(d: Draw) -> Problem:
    """The place of somebody in a list, counted from 1."""
    d.scene(*_SCENES)
    p = d.some(d["pool"], 4)
    value, said = d.pick([("0", "0"), ("None", "None"), ("-1", "-1")])
    d.let(value=value, said=said, opt=" | None" if value == "None" else "")
    return d.problem(
        name="place_in_$q position_of place_of",
        params="$q: list[str], $who: str",
        returns="int$opt",
        ways=[
            "return $q.index($who) + 1 if $who in $q else $value",
            "if $who in $q:\n    return $q.index($who) + 1\nreturn $value",
            "for place, other in enumerate($q, start=1):\n    if other == $who:\n        return place\nreturn $value",
        ],
        summary="Return the place of a $one in a list, counted from 1, or $said if it is not there.",
        gives="the place of `$who` in the list `$q`, counted from 1, or $said if it is not in there",
        asks=[
            "At which place does `$who` stand in the list `$q`? The first has place 1; return $said if it is not in the list.",
            "Every $one wants to know its place. Return the place of `$who` in `$q`, beginning with 1, or $said when it is missing.",
        ],
        calls=[
            ([], p[0]),
            ([p[0]], p[0]),
            ([p[0]], p[1]),
            (p, p[1]),
            (p, p[3]),
            (p[:3], p[3]),
            (p[::-1], p[1]),
            ([p[2], p[1], p[1]], p[1]),
        ],
        slips=[
            ("$q.index($who) + 1", "$q.index($who)", "The places begin with 0"),
            (" if $who in $q else $value", "", "What is not in the list ends in an error"),
        ],
    )


@family(level=1)
def ahead_of(d: Draw) -> Problem:
    """Who stands before or after somebody in a list."""
    d.scene(*_SCENES)
    p = d.some(d["pool"], 5)
    before = d.chance(0.6)
    d.let(where="before" if before else "after")
    return d.problem(
        name="ahead_of in_front_of before" if before else "behind after following",
        params="$q: list[str], $who: str",
        returns="list[str]",
        ways=[
            "return $q[: $q.index($who)]",
            "result = []\nfor other in $q:\n    if other == $who:\n        break\n"
            "    result.append(other)\nreturn result",
        ]
        if before
        else [
            "return $q[$q.index($who) + 1 :]",
            "at = $q.index($who)\nreturn [other for i, other in enumerate($q) if i > at]",
        ],
        summary="List what stands $where a $one in a list.",
        gives="the part of the list `$q` that comes $where `$who`",
        asks=[
            "Return everything that comes $where `$who` in the list `$q`, as a list.",
            "`$who` stands somewhere in `$q`. Which ones come $where that one? Keep their order.",
        ],
        rules=["`$who` occurs exactly once in the list."],
        calls=[
            ([p[0]], p[0]),
            (p[:2], p[0]),
            (p[:2], p[1]),
            (p, p[0]),
            (p, p[2]),
            (p, p[4]),
            (p[:3], p[1]),
            (p[::-1], p[3]),
        ],
        slips=[
            ("$q.index($who)]", "$q.index($who) + 1]", "It is in the list itself")
            if before
            else ("+ 1 :]", ":]", "It is in the list itself")
        ],
    )


@family(level=2)
def serve_until(d: Draw) -> Problem:
    """How many can be served with what there is."""
    d.scene(
        dict(w="minutes", have="time_left", unit="minutes", thing="customers", one="customer", verb="served"),
        dict(w="sizes", have="space", unit="megabytes", thing="files", one="file", verb="copied"),
        dict(w="weights", have="capacity", unit="kilograms", thing="boxes", one="box", verb="loaded"),
        dict(w="prices", have="budget", unit="euros", thing="wishes", one="wish", verb="paid"),
        dict(w="lengths", have="rope", unit="metres", thing="pieces", one="piece", verb="cut"),
    )
    return d.problem(
        name="count_$verb how_many_$verb ${verb}_in_order",
        params="$w: list[int], $have: int",
        returns="int",
        ways=[
            """
            count = 0
            for amount in $w:
                if amount > $have:
                    break
                $have -= amount
                count += 1
            return count
            """,
            """
            total = 0
            for count, amount in enumerate($w):
                total += amount
                if total > $have:
                    return count
            return len($w)
            """,
        ],
        summary="Count how many $thing can be $verb in order before the $unit run out.",
        gives="how many $thing can be $verb, one after the other, with `$have` $unit",
        asks=[
            "`$w` holds the $unit that each of the $thing needs. With `$have` $unit, how many can be $verb in this order?",
            "We have `$have` $unit. The $thing come in the order of `$w`, the list of what each one needs. "
            "How many of them are $verb?",
        ],
        rules=["As soon as there is too little for the next $one it ends; nothing is skipped."],
        calls=[
            ([], 10),
            ([5], 5),
            ([5], 4),
            ([3, 3, 3], 7),
            ([2, 9, 1], 6),
            ([1, 1, 1], 3),
            ([4, 4], 0),
            (d.numbers(1, 9), d.number(8, 20)),
            ([6, 1, 2, 8], d.number(9, 16)),
            ([10, 1], 9),
        ],
        slips=[
            ("amount > $have", "amount >= $have", "One that fits exactly is turned away"),
            ("break", "continue", "It skips what does not fit and goes on"),
        ],
    )


@family(level=3)
def two_counters(d: Draw) -> Problem:
    """Who goes to which of several counters, the one that is free first."""
    d.scene(
        dict(w="minutes", k="counters", thing="customers", one="customer", place="counter"),
        dict(w="durations", k="machines", thing="jobs", one="job", place="machine"),
        dict(w="lengths", k="rooms", thing="meetings", one="meeting", place="room"),
        dict(w="times", k="cooks", thing="dishes", one="dish", place="cook"),
    )
    return d.problem(
        name="waiting_times start_times starting_minutes",
        params="$w: list[int], $k: int",
        returns="list[int]",
        ways=[
            """
            free_at = [0] * $k
            starts = []
            for needed in $w:
                place = free_at.index(min(free_at))
                starts.append(free_at[place])
                free_at[place] += needed
            return starts
            """,
            """
            import heapq

            free_at = [0] * $k
            result = []
            for needed in $w:
                start = heapq.heappop(free_at)
                result.append(start)
                heapq.heappush(free_at, start + needed)
            return result
            """,
        ],
        summary="Return when each of the $thing starts, if each goes to the $place that is free first.",
        gives="the list of the minutes at which the $thing start, when each one goes to the $place that is free first",
        asks=[
            "`$w` says how many minutes each of the $thing takes; there are `$k` $k. Each $one starts at the $place that is free "
            "first. Return the list of the minutes at which they start.",
            "There are `$k` $k, all free at minute 0, and the $thing of `$w` (minutes that each one takes) come in this order. Each takes "
            "the first free $place. At which minute does each one start? Return a list.",
        ],
        rules=["All of them are there from minute 0 and keep their order."],
        calls=[
            ([], 2),
            ([5], 1),
            ([5, 3], 1),
            ([5, 3], 2),
            ([5, 3, 2], 2),
            ([4, 4, 4, 1], 2),
            ([2, 6, 1, 1, 1], 3),
            (d.numbers(1, 9, 4, 5), 2),
            (d.numbers(1, 9, 3, 5), 1),
            ([10, 1, 1, 1, 1], 2),
        ],
        slips=[
            ("free_at[place] += needed", "free_at[place] = needed", "The minutes of those before are forgotten"),
            ("min(free_at)", "max(free_at)", "It takes the $place that is busy longest"),
            (
                "starts.append(free_at[place])\n        free_at[place] += needed",
                "free_at[place] += needed\n        starts.append(free_at[place])",
                "These are the ends and not the starts",
            ),
        ],
    )


@family(level=4)
def round_of_turns(d: Draw) -> Problem:
    """Whose turn it is, in a ring, with people who leave."""
    d.scene(
        dict(cls="Turns TurnOrder", who="player", pool=pools.PEOPLE, start="players"),
        dict(cls="Rota DutyRota", who="person", pool=pools.PEOPLE, start="people"),
        dict(cls="Jukebox Rotation", who="song", pool=pools.SONGS, start="songs"),
        dict(cls="Rounds TestRounds", who="server", pool="alpha beta gamma delta omega".split(), start="servers"),
    )
    a, b, c = d.some(d["pool"], 3)
    d.let(a=a, b=b, c=c, turn=d.pick("next turn step"))
    return d.problem(
        name=d["cls"],
        params="$start: list[str]",
        ways=[
            """
            from collections import deque


            class $name:
                def __init__(self, $start):
                    self._ring = deque($start)

                def $turn(self):
                    if not self._ring:
                        return None
                    $who = self._ring.popleft()
                    self._ring.append($who)
                    return $who

                def leave(self, $who):
                    if $who in self._ring:
                        self._ring.remove($who)
            """,
            """
            class $name:
                def __init__(self, $start: list[str]) -> None:
                    self.waiting = list($start)

                def $turn(self) -> str | None:
                    if len(self.waiting) == 0:
                        return None
                    first = self.waiting.pop(0)
                    self.waiting.append(first)
                    return first

                def leave(self, $who: str) -> None:
                    self.waiting = [other for other in self.waiting if other != $who]
            """,
        ],
        summary="Say whose turn it is, round and round.",
        asks=[
            "It is made with a list of $start. `$turn()` returns the $who whose turn it is, in the order of the list and then from the "
            "beginning again; `leave($who)` takes one out.",
            "We take turns: every call of `$turn()` returns the next $who of the list `$start`, and after the last one it begins again. "
            "`leave($who)` removes somebody from the round.",
        ],
        rules=[
            "When nobody is left, `$turn()` returns None; `leave` of one who is not there does nothing.",
            "The list that is passed in stays as it is.",
        ],
        calls=[
            "$name([]).$turn()",
            'x = $name(["$a"]); x.$turn(); x.$turn()',
            'x = $name(["$a", "$b"]); [x.$turn() for _ in range(3)]',
            'x = $name(["$a", "$b", "$c"]); x.$turn(); x.leave("$b"); [x.$turn() for _ in range(2)]',
            'x = $name(["$a"]); x.leave("$a"); x.$turn()',
            'x = $name(["$a", "$b"]); x.leave("$c"); x.$turn()',
            'people = ["$a", "$b"]; x = $name(people); x.$turn(); x.leave("$a"); people',
            'x = $name(["$c", "$a", "$b"]); x.$turn(); x.leave("$c"); [x.$turn() for _ in range(4)]',
        ],
        slips=[
            ("self._ring.append($who)", "self._ring.appendleft($who)", "The same one has the next turn again"),
            ("deque($start)", "$start", "A list has no popleft, and the list passed in would change"),
        ],
    )
