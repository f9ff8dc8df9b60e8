"""Families of grids and matrices: rows, columns, neighbours."""

from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


def _grid(d: Draw, rows: int, columns: int, high: int = 9) -> list[list[int]]:
    return [[d.number(0, high) for _ in range(columns)] for _ in range(rows)]


@family(level=1)
def sums(d: Draw) -> Problem:
    """The sum, maximum or minimum of each row or column."""
    word, f, g = d.pick([("sum", "sum", "max"), ("largest number", "max", "min"), ("smallest number", "min", "max")])
    by_row = d.chance(0.5)
    d.let(word=word, f=f, g=g, line="row" if by_row else "column")
    d.names(grid="grid table matrix rows")
    return d.problem(
        name="${line}_${f}s ${f}_of_${line}s ${line}_results",
        params="$grid: list[list[int]]",
        returns="list[int]",
        ways=[
            "return [$f(row) for row in $grid]" if by_row else "return [$f(column) for column in zip(*$grid)]",
            "return list(map($f, $grid))" if by_row else
            "return [$f(row[i] for row in $grid) for i in range(len($grid[0]))] if $grid else []",
            "result = []\nfor line in $x:\n    result.append($f(line))\nreturn result".replace(
                "$x", "$grid" if by_row else "zip(*$grid)"),
        ],
        summary="Return the $word of each $line of a grid.",
        gives="the list of the $word of each $line of `$grid`",
        asks=[
            "`$grid` is a list of rows. Return a list with the $word of every $line.",
            "We have a table of numbers, a list of rows that are equally long. What is the $word of each $line? Return "
            "the answers as a list.",
        ],
        calls=[([[5]],), (_grid(d, 2, 2),), (_grid(d, 2, 3),), (_grid(d, 3, 2),), ([[1, 2, 3]],), ([[4], [7]],), ([],),
               (_grid(d, 3, 3),)],
        slips=[("$f(", "$g(", "It takes the wrong number of each $line")],
        words=["each | every", "$line"],
    )  # fmt: skip


@family(level=2)
def count_cells(d: Draw) -> Problem:
    """How many cells of a map hold one sign."""
    d.scene(
        dict(g="seats", sign="#", what="taken seats", free="."),
        dict(g="board", sign="x", what="crosses", free="."),
        dict(g="garden", sign="T", what="trees", free="_"),
        dict(g="map_rows", sign="~", what="water fields", free="."),
        dict(g="parking", sign="C", what="parked cars", free="."),
    )
    sign, free = d["sign"], d["free"]

    def rows(count: int) -> list[str]:
        return ["".join(d.many([sign, free], 4, 4)) for _ in range(count)]

    return d.problem(
        name="count_marks count_fields marked_cells",
        params="$g: list[str]",
        returns="int",
        ways=[
            'total = 0\nfor row in $g:\n    total += row.count("$sign")\nreturn total',
            'return sum(row.count("$sign") for row in $g)',
            'return "".join($g).count("$sign")',
        ],
        summary='Count the $what, shown as "$sign", in a plan made of lines.',
        gives='the number of $what in `$g`, a list of lines in which each of them is a "$sign"',
        asks=[
            'A plan is a list of lines of text. Count the $what in it; each is shown as "$sign".',
            'How many $what are there? `$g` holds one text for each row, and "$sign" stands for one of them.',
        ],
        calls=[([],), ([""],), ([sign],), (rows(2),), (rows(3),), ([free * 3],), ([sign * 2, free * 2, sign * 2],), (rows(4),)],
        slips=[('total += row.count', 'total = row.count', "Only the last row counts"),
               ('row.count("$sign")', '1 if "$sign" in row else 0', "A row counts once, however many there are")],
        clumsy="""
        total = 0
        for i in range(len($g)):
            for j in range(len($g[i])):
                if $g[i][j] == "$sign":
                    total = total + 1
        return total
        """,
        words=["count | number | how many"],
    )  # fmt: skip


@family(level=3)
def neighbours(d: Draw) -> Problem:
    """The sum of the cells beside, above and below one cell."""
    d.scene(dict(g="grid"), dict(g="heights"), dict(g="field"), dict(g="matrix"))
    diagonal = d.chance(0.4)
    d.let(which="the eight cells around it" if diagonal else "the cells left, right, above and below of it")
    grid = _grid(d, 3, 3)
    plain = """
            total = 0
            if row > 0:
                total += $g[row - 1][column]
            if row + 1 < len($g):
                total += $g[row + 1][column]
            if column > 0:
                total += $g[row][column - 1]
            if column + 1 < len($g[row]):
                total += $g[row][column + 1]
            return total
            """
    around = """
            total = 0
            for y in range(max(row - 1, 0), min(row + 2, len($g))):
                for x in range(max(column - 1, 0), min(column + 2, len($g[y]))):
                    if (y, x) != (row, column):
                        total += $g[y][x]
            return total
            """
    steps = (
        "((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))"
        if diagonal
        else ("((-1, 0), (1, 0), (0, -1), (0, 1))")
    )
    d.let(steps=steps)
    return d.problem(
        name="neighbour_sum sum_around around",
        params="$g: list[list[int]], row: int, column: int",
        returns="int",
        ways=[
            around if diagonal else plain,
            """
            total = 0
            for down, right in $steps:
                y, x = row + down, column + right
                if 0 <= y < len($g) and 0 <= x < len($g[y]):
                    total += $g[y][x]
            return total
            """,
        ],
        summary="Add up the neighbours of a cell: $which.",
        gives="the sum of the neighbours of the cell at `row` and `column` of `$g`, that is, $which",
        asks=[
            "Add up the neighbours of one cell of a grid (a list of rows): $which.",
            "In the list of rows `$g`, look at the cell in line `row` and position `column`, both counted from 0. What "
            "do its neighbours add up to? Its neighbours are $which.",
        ],
        rules=["Cells outside the grid do not count."],
        calls=[([[5]], 0, 0), (grid, 1, 1), (grid, 0, 0), (grid, 2, 2), (grid, 0, 2), (grid, 2, 0), (grid, 0, 1), (grid, 1, 0),
               ([[1, 2], [3, 4]], 0, 0), ([[1, 2], [3, 4]], 1, 1), ([[1, 2, 4, 8]], 0, 1), ([[1], [2], [4]], 1, 0)],
        slips=[("max(row - 1, 0)", "row - 1", "The row above is taken although there may be none"),
               ("row + 2", "row + 1", "The row below is never counted")] if diagonal else
              [("if row > 0:", "if row >= 0:", "Above the first row it wraps round to the last one"),
               ("column + 1 < len($g[row])", "column < len($g[row])", "It looks beyond the end of the row")],
        words=["neighbour | around", "add | sum"],
    )  # fmt: skip
