"""Families that make tables, draw shapes from text, and treat points."""

from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.registry import family


@family(weight=2)
def make_table(d: Draw) -> Program:
    """Make a table of numbers or characters from a rule on row and column."""
    n, m = d.param("n", "short"), d.param("m", "short")
    k = d.number(2, 4)
    code, said = d.pick([
        ("$index * $jndex", "the product of its row and column"), ("$index + $jndex", "the sum of its row and column"),
        (f"$index * {m} + $jndex", "the next integer, counting from 0 row by row"),
        (f"($index + $jndex) % {k}", f"the remainder of row plus column divided by {k}"),
        ("max($index, $jndex)", "the larger one of its row and column"),
        (f"{k} if $jndex < $index else 0", f"{k} where the column is less than the row and 0 elsewhere"),
        ("abs($index - $jndex)", "the distance between its row and column"),
        ("$index if $jndex % 2 == 0 else -$index",
         "the row in even columns and the negative of the row in odd columns"),
    ])  # fmt: skip
    return build(
        d,
        names=["make_grid", "build_table", "number_table", "fill_grid", "make_matrix"],
        returns="list[list[int]]",
        body=f"return [[{code} for $jndex in range({m})] for $index in range({n})]",
        other=f"""
        $result = []
        for $index in range({n}):
            $row = []
            for $jndex in range({m}):
                $row.append({code})
            $result.append($row)
        return $result
        """,
        result=f"a table with {n} rows and {m} columns (a list of lists) in which each cell holds {said}",
        rules=["Rows and columns are counted from 0"],
        inputs=[(d.number(0, 4), d.number(0, 4)) for _ in range(12)],
        difficulty="medium",
    )


@family(weight=2)
def draw_shape(d: Draw) -> Program:
    """Text pictures made of lines: stairs, boxes, bars, patterns."""
    mark, other = d.some("#*x.o-+", 2)
    k = d.number(2, 3)
    if d.chance(0.4):
        xs = d.param("xs", "counts")
        code, said = d.pick([
            (f'f"{{$item}}: " + "{mark}" * $item', f'the number, a colon, a space, and as many "{mark}" as it says'),
            (f'"{mark}" * $item + f" {{$item}}"', f'as many "{mark}" as the number says, a space, and the number'),
            (f'"{mark}" * ($item // {k}) + "{other}" * ($item % {k})',
             f'one "{mark}" for each full {k} in the number, then one "{other}" for each 1 that remains'),
            (f'"[" + "{mark}" * $item + "]"', f'as many "{mark}" as the number says, in square brackets'),
        ])  # fmt: skip
        return build(
            d,
            names=["bar_chart", "draw_bars", "bars", "text_chart"],
            returns="str",
            body=f'return "\\n".join({code} for $item in {xs})',
            result=f"a string with one line for each number in {xs}: {said}",
            inputs=[([d.number(0, 6) for _ in range(size)],) for size in (0, 1, 2, 2, 3, 3, 3)],
        )
    n = d.param("n", "short")
    code, said = d.pick([
        (f'"{mark}" * ($index + 1)', f'the first line has one "{mark}", and each further line has one more'),
        (f'"{mark}" * ({n} - $index)', f'the first line has {n} times "{mark}", and each further line has one less'),
        (f'"{mark}" * $index + "{other}" * ({n} - $index)',
         f'line number i (from 0) has i times "{mark}", filled up to {n} characters with "{other}"'),
        (f'" " * $index + "{mark}"', f'line number i (from 0) has i spaces and then one "{mark}"'),
        (f'("{mark}{other}" if $index % 2 == 0 else "{other}{mark}") * {k}',
         f'the lines are alternately "{(mark + other) * k}" and "{(other + mark) * k}"'),
        ('str($index + 1) * ($index + 1)', "line number i (from 1) repeats the number i, i times"),
        (f'"{mark}" * {n} if $index in (0, {n} - 1) else "{mark}" + " " * ({n} - 2) + "{mark}"',
         f'the lines form the border of a square of {n} times {n} characters "{mark}", with spaces inside'),
    ])  # fmt: skip
    return build(
        d,
        names=["draw", "draw_shape", "make_picture", "text_pattern", "pattern_lines"],
        returns="str",
        body=f'return "\\n".join({code} for $index in range({n}))',
        result=f"a picture as one string of {n} lines joined by newlines: {said}",
        inputs=[(number,) for number in (0, 1, 2, 3, 4, 5)],
        rules=["For 0 the result is an empty string"],
    )


@family(weight=2)
def points_in_plane(d: Draw) -> Program:
    """Lists of points: extents, counts, shifts, nearest ones."""
    points = d.param("points", "points")
    k, m = d.number(2, 6), d.number(1, 5)
    body, said, hint = d.pick([
        (f"return max((abs($a) + abs($b) for $a, $b in {points}), default=0)",
         f"the largest value of |x| + |y| over {points} (0 if there are none)", "int"),
        (f"return [($a + {k}, $b - {m}) for $a, $b in {points}]",
         f"a list of the {points} moved by {k} in x and by -{m} in y", "list[tuple[int, int]]"),
        (f"return sum(1 for $a, $b in {points} if abs($a) <= {k} and abs($b) <= {k})",
         f"how many of {points} have both coordinates between -{k} and {k} (both included)", "int"),
        (f"return [($b, $a) for $a, $b in {points}]", f"a list of {points} with x and y exchanged",
         "list[tuple[int, int]]"),
        (f"if not {points}:\n    return None\n$left = [$a for $a, _ in {points}]\n$right = [$b for _, $b in {points}]\n"
         "return min($left), min($right), max($left), max($right)",
         f"a tuple (smallest x, smallest y, largest x, largest y) of {points}, or None if there are none",
         "tuple[int, int, int, int] | None"),
        (f"return sum(abs($a[0] - $b[0]) + abs($a[1] - $b[1]) for $a, $b in zip({points}, {points}[1:]))",
         f"the sum of |x1 - x2| + |y1 - y2| over all neighbours in {points}", "int"),
        (f"return sorted({points}, key=lambda p: (abs(p[0]) + abs(p[1]), p))",
         f"the {points} sorted by |x| + |y|; equal ones by x, then by y", "list[tuple[int, int]]"),
        (f"return [($a, $b) for $a, $b in {points} if $a > 0 and $b > 0]",
         f"a list of those {points} whose two coordinates are both positive", "list[tuple[int, int]]"),
        (f"return len({{$a for $a, _ in {points}}})", f"how many different x values {points} have", "int"),
        (f"$result = {{}}\nfor $a, $b in {points}:\n    $result.setdefault($a, []).append($b)\nreturn $result",
         f"a dictionary that maps each x in {points} to the list of its y values, in order", "dict[int, list[int]]"),
        (f"return (sum($a for $a, _ in {points}), sum($b for _, $b in {points}))",
         f"a tuple with the sum of the x values and the sum of the y values of {points}", "tuple[int, int]"),
        (f"return all($a[0] <= $b[0] for $a, $b in zip({points}, {points}[1:]))",
         f"True if the x values of {points} never get smaller from one point to the next, otherwise False", "bool"),
    ])  # fmt: skip
    return build(
        d,
        names=["point_report", "points_info", "with_points", "move_or_measure", "plane_points", "point_set"],
        returns=hint,
        body=body,
        result=said,
    )
