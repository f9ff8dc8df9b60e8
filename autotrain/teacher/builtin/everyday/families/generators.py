"""Families of generators: batches, windows, running values."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=4)
def batches(d: Draw) -> Problem:
    """A list handed out in pieces of one size."""
    d.scene(
        dict(xs="orders", many="batches"), dict(xs="photos", many="pages"), dict(xs="rows", many="chunks"),
        dict(xs="guests", many="tables"), dict(xs="mails", many="batches"),
    )  # fmt: skip
    d.names(n="size per_batch at_once")
    items = list(range(1, 9))
    names = d.people(5)
    return d.problem(
        name="in_$many split_into_$many $many",
        params="$xs: list, $n: int",
        returns="Iterator[list]",
        ways=[
            """
            for start in range(0, len($xs), $n):
                yield $xs[start : start + $n]
            """,
            """
            batch = []
            for item in $xs:
                batch.append(item)
                if len(batch) == $n:
                    yield batch
                    batch = []
            if batch:
                yield batch
            """,
        ],
        summary="Yield the $xs in lists of at most the given size.",
        asks=[
            "Write it as a generator: it yields the $xs in order, `$n` at a time, as lists.",
            "We send out the `$xs` in $many. Yield one list after the other, each with the next `$n` of them. Make it a "
            "generator, because there may be many.",
            "A generator that cuts the list `$xs` into lists of `$n` and yields them one by one.",
        ],
        rules=["The last list may be shorter; for an empty list nothing is yielded."],
        calls=["list($name([], 3))", f"list($name({items[:6]}, 2))", f"list($name({items[:5]}, 2))",
               f"list($name({items[:3]}, 5))", f"next($name({items}, 3))", f"list($name({items[:4]}, 1))",
               f"list($name({str(names).replace(chr(39), chr(34))}, {d.number(2, 4)}))",
               f"len(list($name({items}, {d.number(2, 4)})))"],
        slips=[("len($xs), $n)", "len($xs) - $n, $n)", "The rest at the end is never yielded"),
               ("start + $n", "start + $n - 1", "Every list is one too short")],
        words=["yield | generator | lists", "size | at most"],
    )  # fmt: skip


@family(level=4)
def running(d: Draw) -> Problem:
    """The total, or the highest value, so far."""
    d.scene(dict(xs="payments", what="balance"), dict(xs="distances", what="distance"), dict(xs="points", what="score"),
            dict(xs="rainfall", what="amount"))  # fmt: skip
    best = d.chance(0.4)
    d.let(
        said="highest value so far" if best else "total so far",
        do="max(total, value)" if best else "total + value",
        start="None" if best else "0",
    )
    first = "            total = None\n" if best else "            total = 0\n"
    step = "total = value if total is None else max(total, value)" if best else "total += value"
    d.let(step=step)
    return d.problem(
        name="running_best best_so_far" if best else "running_total total_so_far",
        params="$xs: Iterable[int]",
        returns="Iterator[int]",
        ways=[
            f"\n{first}            for value in $xs:\n                $step\n                yield total\n            ",
            "from itertools import accumulate\n\nyield from accumulate($xs, max)" if best else
            "from itertools import accumulate\n\nyield from accumulate($xs)",
        ],
        summary="Yield the $said after each of the $xs.",
        asks=[
            "Write a generator that goes through `$xs` and yields the $said after each value.",
            "For a chart of the $what over time I need, after each of the `$xs`, the $said. Yield these one by one.",
        ],
        calls=["list($name([]))", "list($name([5]))", "list($name([3, 1, 4]))", f"list($name({d.numbers(1, 20)}))",
               "list($name([2, 2, 2]))", "list($name([-3, -5, 4]))", f"next($name([{d.number(2, 9)}, 1]))",
               f"list($name({d.numbers(-9, 20)}))"],
        slips=[("yield total", "yield value", "The values come out as they went in")],
        words=["so far | running | after each", "yield"],
    )  # fmt: skip
