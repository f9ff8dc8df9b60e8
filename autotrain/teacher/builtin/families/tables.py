"""Families of rows and points: aggregates of rows and columns, cells by condition, coordinates, making tables."""

from autotrain.teacher.builtin.grammar.conds import int_cond
from autotrain.teacher.builtin.grammar.draw import Draw
from autotrain.teacher.builtin.grammar.pieces import put
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import plain_map, spoken
from autotrain.teacher.builtin.registry import family


@family(weight=3)
def rows_of_table(d: Draw) -> Program:
    """One value for each row, or the rows that fulfil a condition."""
    rows = d.param("rows", "rows")
    one, k = int_cond(d, params=False), d.number(2, 12)
    body, said, hint = d.pick([
        (f"return [sum($row) for $row in {rows}]", f"a list with the sum of each row of {rows}", "list[int]"),
        (f"return [max($row) - min($row) for $row in {rows}]",
         f"a list with the difference between the largest and the smallest number of each row of {rows}", "list[int]"),
        (f"return [sum(1 for $cell in $row if {one.on('$cell')}) for $row in {rows}]",
         f"a list that tells for each row of {rows} how many of its numbers {one.are}", "list[int]"),
        (f"return [$row for $row in {rows} if sum($row) > {k}]", f"the list of the rows of {rows} whose sum is "
         f"greater than {k}",
         "list[list[int]]"),
        (f"return [$row for $row in {rows} if all({one.on('$cell')} for $cell in $row)]",
         f"the list of the rows of {rows} in which all numbers {one.are}", "list[list[int]]"),
        (f"return [$index for $index, $row in enumerate({rows}) if any({one.on('$cell')} for $cell in $row)]",
         f"the positions (from 0) of the rows of {rows} in which at least one number {one.singular}", "list[int]"),
        (f"return sum(max($row) for $row in {rows})", f"the sum of the largest numbers of the rows of {rows}", "int"),
        (f"return max({rows}, key=sum, default=[])",
         f"the row of {rows} with the largest sum (the first one if several share it; [] if there are no rows)",
         "list[int]"),
        (f"return sorted({rows}, key=lambda r: (sum(r), r[0]))",
         f"the rows of {rows} sorted by their sum; rows with equal sums by their first number", "list[list[int]]"),
        (f"return [sorted($row) for $row in {rows}]", f"a copy of {rows} in which each row is sorted in ascending "
                                                      f"order",
         "list[list[int]]"),
        (f"return [$row[0] * $row[-1] for $row in {rows}]",
         f"a list with the product of the first and the last number of each row of {rows}", "list[int]"),
        (f"return [len(set($row)) for $row in {rows}]", f"a list with the number of different values in each row of "
                                                        f"{rows}",
         "list[int]"),
        (f'return "\\n".join(" ".join(str($cell) for $cell in $row) for $row in {rows})',
         f"a string with one line for each row of {rows}, its numbers separated by single spaces", "str"),
        (f"return all(sum($row) == sum({rows}[0]) for $row in {rows})",
         f"True if all rows of {rows} have the same sum, otherwise False (True if there are no rows)", "bool"),
    ])  # fmt: skip
    return build(
        d,
        names=["row_report", "rows_info", "per_row", "row_values", "check_rows", "row_summary"],
        returns=hint,
        body=body,
        result=said,
    )


@family(weight=3)
def columns_of_table(d: Draw) -> Program:
    """One value for each column, or one column."""
    rows = d.param("rows", "rows")
    one, k = int_cond(d, params=False), d.number(2, 4)
    guard = f"if not {rows}:\n    return []\n"
    body, said, hint = d.pick([
        (f"return [sum($row[$index] for $row in {rows}) for $index in range(len({rows}[0]))]",
         f"a list with the sum of each column of {rows}", "list[int]"),
        (f"return [max($row[$index] for $row in {rows}) for $index in range(len({rows}[0]))]",
         f"a list with the largest number of each column of {rows}", "list[int]"),
        (f"return [$row[0] for $row in {rows}]", f"the list of the first numbers of the rows of {rows}", "list[int]"),
        (f"return [$row[-1] * {k} for $row in {rows}]", f"a list with {k} times the last number of each row of {rows}",
         "list[int]"),
        (f"return [sum(1 for $row in {rows} if {one.on('$row[$index]')}) for $index in range(len({rows}[0]))]",
         f"a list that tells for each column of {rows} how many of its numbers {one.are}", "list[int]"),
        (f"return [$index for $index in range(len({rows}[0])) if all({one.on('$row[$index]')} for $row in {rows})]",
         f"the positions (from 0) of the columns of {rows} in which all numbers {one.are}", "list[int]"),
        (f"return [{rows}[0][$index] - {rows}[-1][$index] for $index in range(len({rows}[0]))]",
         f"a list with the numbers of the first row of {rows} minus the numbers below them in the last row",
         "list[int]"),
        (f"return [min($row[$index] for $row in {rows}) for $index in range(len({rows}[0]))][::-1]",
         f"a list with the smallest number of each column of {rows}, last column first", "list[int]"),
    ])  # fmt: skip
    guarded = f"{rows}[0]" in body
    return build(
        d,
        names=["column_report", "columns_info", "per_column", "column_values", "column_summary"],
        returns=hint,
        body=guard + body if guarded else body,
        result=said,
        rules=["Without rows the result is an empty list"],
        difficulty="medium",
    )


@family(weight=2)
def cells_of_table(d: Draw) -> Program:
    """Find, change or count single cells."""
    rows = d.param("rows", "rows")
    one, change, k = int_cond(d), plain_map(d, "int"), d.number(0, 9)
    walk = f"for $index, $row in enumerate({rows}) for $jndex, $cell in enumerate($row)"
    body, said, hint = d.pick([
        (f"return [($index, $jndex) {walk} if {one.on('$cell')}]",
         f"the list of (row, column) tuples, counted from 0, of the cells of {rows} that {one.are}",
         "list[tuple[int, int]]"),
        (f"return [[{put(change.code, '$cell')} if {one.on('$cell')} else $cell for $cell in $row] for $row in {rows}]",
         f"a copy of {rows} with this change: if a number {one.singular}, {spoken(change)}", "list[list[int]]"),
        (f"return [[{k} if {one.on('$cell')} else $cell for $cell in $row] for $row in {rows}]",
         f"a copy of {rows} in which each number that {one.singular} is replaced by {k}", "list[list[int]]"),
        (f"return [[$cell for $cell in $row if {one.on('$cell')}] for $row in {rows}]",
         f"a copy of {rows} in which each row keeps only the numbers that {one.are}", "list[list[int]]"),
        (f"return sum($cell {walk} if ($index + $jndex) % 2 == 0 and {one.tight('$cell')})",
         f"the sum of the numbers in {rows} that {one.are} and whose row and column (from 0) add up to an even number",
         "int"),
        (f"return sum(1 {walk} if $cell > $index + $jndex)",
         f"how many numbers in {rows} are greater than the sum of their row and column (counted from 0)", "int"),
        (f"for $index, $row in enumerate({rows}):\n    for $jndex, $cell in enumerate($row):\n"
         f"        if {one.on('$cell')}:\n            return $index, $jndex\nreturn None",
         f"the (row, column) tuple, counted from 0, of the first cell of {rows} that {one.singular} (row by row, "
         f"from left to "
         "right; None if there is none)", "tuple[int, int] | None"),
        (f"return [[1 if {one.on('$cell')} else 0 for $cell in $row] for $row in {rows}]",
         f"a table like {rows} with 1 for each number that {one.singular} and 0 for each other number",
         "list[list[int]]"),
    ])  # fmt: skip
    if "limit" in d.params and "$limit" not in body:
        d.params.pop("limit")
    return build(
        d,
        names=["cell_search", "treat_cells", "scan_cells", "cell_report", "grid_cells", "mark_cells"],
        returns=hint,
        body=body,
        result=said,
        difficulty="medium",
    )


@family(weight=2)
def change_rows(d: Draw) -> Program:
    """Add, drop, swap or extend rows."""
    rows = d.param("rows", "rows")
    k = d.number(0, 9)
    body, said = d.pick([
        (f"return [[*$row, sum($row)] for $row in {rows}]", f"a copy of {rows} in which each row has its sum appended"),
        (f"return [[$index, *$row] for $index, $row in enumerate({rows}, start=1)]",
         f"a copy of {rows} in which each row begins with its number, counted from 1"),
        (f"return [$row for $index, $row in enumerate({rows}) if $index % 2 == 0]",
         f"every second row of {rows}, beginning with the first"),
        (f"return [{rows}[-1], *{rows}[1:-1], {rows}[0]] if len({rows}) > 1 else {rows}",
         f"a copy of {rows} with the first and the last row exchanged"),
        (f"return [*{rows}, [{k}] * len({rows}[0])] if {rows} else []",
         f"a copy of {rows} with one more row at the end that consists of the number {k} only (without rows, an "
         f"empty list)"),
        (f"return [$row for $index, $row in enumerate({rows}) if $row not in {rows}[:$index]]",
         f"the rows of {rows} without those that equal an earlier row"),
        (f"return [$row[1:] for $row in {rows} if len($row) > 1]", f"the rows of {rows} without their first number; "
         f"rows with only "
         "one number are left out"),
        (f"return [[$cell + $index for $cell in $row] for $index, $row in enumerate({rows})]",
         f"a copy of {rows} in which each number is increased by the position of its row (from 0)"),
        (f"return [[0, *$row, 0] for $row in {rows}]", f"a copy of {rows} with a 0 before and a 0 after the numbers "
                                                       f"of each row"),
        (f"return [[$cell * $jndex for $jndex, $cell in enumerate($row)] for $row in {rows}]",
         f"a copy of {rows} in which each number is multiplied by the position of its column (from 0)"),
    ])  # fmt: skip
    return build(
        d,
        names=["change_rows", "edit_table", "new_table", "reshape", "rebuild_rows"],
        returns="list[list[int]]",
        body=body,
        result=said,
    )


@family(weight=2)
def two_tables(d: Draw) -> Program:
    """Combine two tables of the same shape cell by cell."""
    a, b = d.param("one_table", "rows"), d.param("other_table", "rows")
    code, said, hint = d.pick([
        ("[[{x} + {y} for {x}, {y} in {p}] for $a, $b in {z}]", "a table with the sums of the cells of {A} and {B} "
         "at the same "
         "place", "list[list[int]]"),
        ("[[max({x}, {y}) for {x}, {y} in {p}] for $a, $b in {z}]",
         "a table with the larger one of the cells of {A} and {B} at each place", "list[list[int]]"),
        ("[[{x} if {x} == {y} else 0 for {x}, {y} in {p}] for $a, $b in {z}]",
         "a table with the number that {A} and {B} share at each place, and 0 where they differ", "list[list[int]]"),
        ("sum({x} * {y} for $a, $b in {z} for {x}, {y} in {p})",
         "the sum of the products of the cells of {A} and {B} at the same place", "int"),
        ("[sum($a) - sum($b) for $a, $b in {z}]", "a list with the sum of each row of {A} minus the sum of the same "
                                                  "row of {B}",
         "list[int]"),
    ])  # fmt: skip
    x, y = d.pick([("x", "y"), ("p", "q"), ("u", "v")])
    fields = {"x": x, "y": y, "p": "zip($a, $b)", "z": f"zip({a}, {b})", "A": a, "B": b}

    def inputs(position: int) -> tuple[list[list[int]], list[list[int]]]:
        height, width = (0, 0) if position == 0 else (d.number(1, 2), d.number(1, 3))
        return tuple([[d.number(-3, 6) for _ in range(width)] for _ in range(height)] for _ in range(2))  # type: ignore[return-value]

    for slot, value in fields.items():
        code = code.replace(f"{{{slot}}}", value)
        said = said.replace(f"{{{slot}}}", value)
    return build(
        d,
        names=["combine_grids", "compare_grids", "two_tables", "cellwise", "grid_pair"],
        returns=hint,
        body=f"return {code}",
        result=said,
        rules=["Both have the same number of rows and columns"],
        inputs=inputs,
        difficulty="medium",
    )
