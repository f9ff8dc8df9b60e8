"""Families of exceptions: bad input told apart from good."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=2)
def to_number(d: Draw) -> Problem:
    """Text to a number, with an answer for what is none."""
    d.scene(
        dict(x="text", what="number"), dict(x="answer", what="number"), dict(x="field", what="number"),
        dict(x="cell", what="number"), dict(x="entry", what="number"),
    )  # fmt: skip
    d.let(bad=d.pick(["None", "0", "-1"]))
    d.names(v="text answer field cell entry value raw")
    return d.problem(
        name="to_int parse_int read_number int_or_$bad" if d["bad"] not in ("-1",) else "to_int parse_int read_number",
        params="$v: str",
        returns="int | None" if d["bad"] == "None" else "int",
        ways=[
            "try:\n    return int($v)\nexcept ValueError:\n    return $bad",
            "try:\n    number = int($v)\nexcept ValueError:\n    number = $bad\nreturn number",
        ],
        summary="Turn a text into an int, or return $bad if it is none.",
        gives="`$v` as an int, or $bad if the text is not a whole number",
        asks=[
            "Convert `$v` to an int. If `int` cannot read it, return $bad.",
            "People type all sorts of things where a number belongs. Return the whole number that `$v` holds, or $bad if "
            "`int` raises a ValueError.",
        ],
        calls=[("12",), ("",), (" 7 ",), ("-3",), ("two",), (str(d.number(100, 999)),), ("1.5",), (str(d.number(21, 99)) + "a",)],
        slips=[("except ValueError:", "except TypeError:", "The wrong exception is caught")],
        words=["int | number", "convert | turn | read"],
    )  # fmt: skip


@family(level=4)
def checked_change(d: Draw) -> Problem:
    """A function that refuses bad input with exceptions."""
    d.scene(
        dict(t="stock", k="article", n="pieces", do="remove", pool=["lamp", "mug", "pen"], unit="pieces"),
        dict(t="accounts", k="owner", n="amount", do="withdraw", pool=["Ana", "Ben", "Eli"], unit="money"),
        dict(t="seats", k="flight", n="wanted", do="book", pool=["A12", "B7", "C30"], unit="seats"),
        dict(t="credits", k="user", n="price", do="charge", pool=["kim", "leo", "mia"], unit="credits"),
    )
    x, y, z = d["pool"]
    d.let(x=x, y=y, z=z, a=d.number(20, 60), b=d.number(2, 15))
    return d.problem(
        name="$do ${do}_from take_$n",
        params="$t: dict[str, int], $k: str, $n: int",
        returns="int",
        ways=[
            """
            if $n <= 0:
                raise ValueError("$n must be positive")
            left = $t[$k] - $n
            if left < 0:
                raise ValueError("not enough")
            $t[$k] = left
            return left
            """,
            """
            left = $t[$k] - $n
            if $n < 1 or left < 0:
                raise ValueError(f"cannot take {$n}")
            $t[$k] = left
            return left
            """,
        ],
        summary="Take `$n` from `$t[$k]` and return what is left.",
        asks=[
            "Subtract `$n` from `$t[$k]` in place and return what is left there.",
            "`$t` says how many $unit each $k has. Take off `$n` for `$k`, change the dict, and return the rest.",
        ],
        rules=["A missing `$k` raises KeyError; `$n` of zero or less, or more than there is, raises ValueError and changes "
               "nothing."],
        raises="KeyError ValueError",
        calls=['$name({"$x": $a}, "$x", $b)', 't = {"$x": $a, "$y": 5}\n$name(t, "$x", $b)\nt', '$name({"$x": $b}, "$x", $b)',
               '$name({"$x": $b}, "$x", $a)', '$name({"$x": $b}, "$y", 1)', '$name({"$z": $b}, "$z", 0)', '$name({}, "$x", 1)',
               '$name({"$y": $a}, "$y", 1)'],
        slips=[("left < 0", "left <= 0", "Taking everything is refused"),
               ("$n <= 0", "$n < 0", "Zero is let through"),
               ("    $t[$k] = left\n", "", "The dict is not changed")],
    )  # fmt: skip
