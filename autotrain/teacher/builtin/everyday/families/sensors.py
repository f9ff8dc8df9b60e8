"""Families of sensors: readings, jumps, alarms."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=1)
def differences(d: Draw) -> Problem:
    """The changes from one reading to the next."""
    d.scene(
        dict(xs="readings", what="meter readings", fn="consumption usage_per_day differences"),
        dict(xs="balances", what="balances", fn="changes daily_changes differences"),
        dict(xs="levels", what="water levels", fn="changes level_changes differences"),
        dict(xs="odometer", what="odometer readings", fn="distances trip_lengths differences"),
    )
    up = [d.number(100, 200)]
    for _ in range(4):
        up.append(up[-1] + d.number(0, 30))
    return d.problem(
        name=d["fn"],
        params="$xs: list[int]",
        returns="list[int]",
        ways=[
            "return [after - before for before, after in zip($xs, $xs[1:])]",
            "result = []\nfor i in range(1, len($xs)):\n    result.append($xs[i] - $xs[i - 1])\nreturn result",
        ],
        summary="List the changes from each of the $what to the next.",
        gives="the list of the changes in `$xs`: each value minus the one before it",
        asks=[
            "`$xs` holds $what in order of time. List how much each one differs from the one before it: the later value "
            "minus the earlier one.",
            "We read the numbers in `$xs` one after the other and want the steps between them, always the later value "
            "minus the earlier. Return them as a list.",
        ],
        rules=["With fewer than two values the list is empty."],
        calls=[([],), ([5],), ([5, 8],), ([9, 4, 4],), (up[:3],), (up,), (d.numbers(0, 50),)],
        slips=[("after - before", "before - after", "The sign of every change is wrong"),
               ("$xs[1:]", "$xs[2:]", "It compares with the value after the next one")],
        words=["change | differ | step", "next | before | each"],
    )  # fmt: skip


@family(level=2)
def longest_run(d: Draw) -> Problem:
    """The longest run of values above a limit."""
    d.scene(
        dict(xs="temperatures", one="hot days", cmp="above", op=">", off=">="),
        dict(xs="temperatures", one="frosty nights", cmp="below", op="<", off="<="),
        dict(xs="steps", one="active days", cmp="above", op=">", off=">="),
        dict(xs="delays", one="punctual trains", cmp="below", op="<", off="<="),
        dict(xs="noise", one="quiet hours", cmp="below", op="<", off="<="),
    )
    d.names(n="limit threshold mark")
    n = d.number(5, 20)
    up, down = (n + 3, n - 2) if d["op"] == ">" else (n - 2, n + 3)
    return d.problem(
        name="longest_streak longest_run best_streak",
        params="$xs: list[int], $n: int",
        returns="int",
        ways=[
            """
            best = 0
            run = 0
            for value in $xs:
                if value $op $n:
                    run += 1
                    best = max(best, run)
                else:
                    run = 0
            return best
            """,
            """
            runs = [0]
            for value in $xs:
                runs.append(runs[-1] + 1 if value $op $n else 0)
            return max(runs)
            """,
        ],
        summary="Return the length of the longest run of values $cmp a limit.",
        gives="the length of the longest run of neighbouring values in `$xs` that are $cmp `$n`",
        asks=[
            "How long is the longest unbroken run of values $cmp `$n` in the list `$xs`?",
            "We call values $cmp `$n` $one. How many of them come in a row at most? Return the length of the longest "
            "unbroken run in `$xs`.",
        ],
        rules=["Exactly the limit does not count; without any such value the answer is 0."],
        calls=[([], n), ([n], n), ([up], n), ([down], n), ([up, up, down, up], n), ([down, up, n, up, up], n),
               ([up, up, up], n), ([up, down, up, up, down, up, up, up], n), ([up, down, up], n)],
        slips=[("else:\n            run = 0", "else:\n            run = 1", "The run begins with 1 after a value that does not belong to it"),
               ("$op $n", "$off $n", "Exactly the limit is counted too"),
               ("max(best, run)", "run", "Only the last run is remembered")],
        words=["longest", "run | row | streak"],
    )  # fmt: skip
