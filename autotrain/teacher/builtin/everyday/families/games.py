"""Families of games: scores, dice, moves, guesses."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=2)
def walk(d: Draw) -> Problem:
    """A position after some moves."""
    d.scene(
        dict(xs="moves", a="U", b="D", c="L", e="R", words="up, down, left and right", up=1, eg="UUR"),
        dict(xs="steps", a="N", b="S", c="W", e="E", words="north, south, west and east", up=1, eg="NNE"),
        dict(xs="keys", a="w", b="s", c="a", e="d", words="up, down, left and right", up=1, eg="wwd"),
    )
    letters = d["a"] + d["b"] + d["c"] + d["e"]
    return d.problem(
        name="walk final_position where_to follow",
        params="$xs: str",
        returns="tuple[int, int]",
        ways=[
            """
            x, y = 0, 0
            for step in $xs:
                if step == "$a":
                    y += 1
                elif step == "$b":
                    y -= 1
                elif step == "$c":
                    x -= 1
                elif step == "$e":
                    x += 1
            return x, y
            """,
            """
            x = $xs.count("$e") - $xs.count("$c")
            y = $xs.count("$a") - $xs.count("$b")
            return x, y
            """,
        ],
        summary='Return the position (x, y) after steps "$a", "$b", "$c" and "$e" ($words) from (0, 0).',
        gives='the position (x, y) after all `$xs` from (0, 0), where "$a", "$b", "$c", "$e" mean one step $words',
        asks=[
            'Follow the `$xs` of a figure that begins at (0, 0): "$a", "$b", "$c" and "$e" mean one step $words. Return '
            "the tuple (x, y).",
            'The robot starts at (0, 0). Each letter of `$xs` is a step: "$a", "$b", "$c", "$e" for $words. Where does it end? '
            "Return (x, y).",
        ],
        rules=["The first direction makes y greater, the last makes x greater; other letters do nothing."],
        calls=[("",), (d["eg"],), (d["a"],), (d["b"],), (d["c"],), (d["e"],), (letters,), ("".join(d.many(list(letters), 6, 8)),),
               (d["b"] * 3 + d["e"] * 2,), (d["a"] + "?" + d["c"],)],
        slips=[("y -= 1", "y += 1", "Two opposite steps do the same"), ("return x, y", "return y, x", "x and y are exchanged")],
        words=["position", "step"],
    )  # fmt: skip


@family(level=1)
def winner(d: Draw) -> Problem:
    """Which of two sides won, or a draw."""
    d.scene(dict(a="home", b="guest", draw="draw"), dict(a="red", b="blue", draw="tie"), dict(a="left", b="right", draw="even"),
            dict(a="yes", b="no", draw="tie"), dict(a="white", b="black", draw="draw"))  # fmt: skip
    more = d.chance(0.7)
    d.let(op=">" if more else "<", off="<" if more else ">", said="more" if more else "fewer", no="<" if more else ">")
    d.let(points="points" if more else "faults")
    return d.problem(
        name="winner result who_won",
        params="$a: int, $b: int",
        returns="str",
        ways=['if $a $op $b:\n    return "$a"\nif $a == $b:\n    return "$draw"\nreturn "$b"',
              'if $a == $b:\n    return "$draw"\nreturn "$a" if $a $op $b else "$b"'],
        summary='Return "$a" or "$b", whichever has $said $points, or "$draw".',
        gives='"$a" if `$a` is the ${said2} number, "$b" if `$b` is, and "$draw" if both are equal'.replace(
            "${said2}", "greater" if more else "smaller"),
        asks=[
            '`$a` and `$b` are the $points of two sides. The one with $said $points wins: return "$a", "$b", or "$draw" if they '
            "are equal.",
            'Who won? Compare the $points `$a` and `$b`; the side with $said $points wins. The answer is "$a", "$b" or, with '
            'equal numbers, "$draw".',
        ],
        calls=[(3, 1), (1, 3), (2, 2), (0, 0), (d.number(5, 9), 4), (0, d.number(1, 9)), (d.number(1, 5), d.number(6, 9))],
        slips=[("$a $op $b", "$a $off $b", "The wrong side wins"), ("$a $op $b", "$a $op= $b", "Equal numbers count as a victory")],
        words=["whichever | side | won | wins | more | fewer", "$draw"],
    )  # fmt: skip
