"""Families of CSV: lines, columns, totals."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=4)
def column_total(d: Draw) -> Problem:
    """The sum of one column of CSV text with a head line."""
    d.scene(
        dict(col="amount", other="name", pool=pools.PEOPLE), dict(col="price", other="product", pool=pools.PRODUCTS),
        dict(col="hours", other="task", pool=pools.WORDS), dict(col="visitors", other="city", pool=pools.CITIES),
        dict(col="pieces", other="tool", pool=pools.TOOLS),
    )  # fmt: skip
    d.names(text="text source content")
    head = f"{d['other']},{d['col']}"

    def table(count: int) -> str:
        return "\n".join([head, *(f"{name},{d.number(1, 60)}" for name in d.some(d["pool"], count))])

    return d.problem(
        name="total_$col sum_of_$col ${col}_total",
        params="$text: str",
        returns="int",
        ways=[
            """
            import csv
            import io

            return sum(int(row["$col"]) for row in csv.DictReader(io.StringIO($text)))
            """,
            """
            import csv

            total = 0
            for row in csv.DictReader($text.splitlines()):
                total += int(row["$col"])
            return total
            """,
        ],
        summary='Add up the column "$col" of a text in CSV form.',
        gives='the sum of the column "$col" of `$text`, which is CSV with a head line',
        asks=[
            '`$text` is CSV; its first line names the columns. Add up the numbers in the column "$col".',
            'I exported a table as CSV text. The first line holds the names of the columns, and one of them is "$col", '
            "with whole numbers. What is their sum? Use the csv module.",
        ],
        rules=["The columns may stand in any order, and values may be quoted."],
        calls=[(head,), (table(1),), (table(2),), (table(3),), (f'{d["col"]},{d["other"]}\n7,x\n8,"y, z"',),
               (f'{head}\n"a, b",{d.number(2, 99)}',), (table(2),)],
        slips=[('int(row["$col"])', "1", "It counts the lines"),
               ('row["$col"]', 'list(row.values())[1]', "It always takes the second column")],
        words=["column", "sum | add | total"],
    )  # fmt: skip


@family(level=2)
def parse_rows(d: Draw) -> Problem:
    """Simple lines with a separator to lists or dicts."""
    d.let(sep=d.pick([",", ";", "|"]))
    d.scene(dict(a="name", b="age", pool=pools.PEOPLE), dict(a="city", b="people", pool=pools.CITIES),
            dict(a="item", b="count", pool=pools.TOOLS), dict(a="fruit", b="grams", pool=pools.FRUITS))  # fmt: skip
    s = d["sep"]

    def lines(count: int) -> list[str]:
        return [f"{name}{s}{d.number(2, 90)}" for name in d.some(d["pool"], count)]

    return d.problem(
        name="parse_rows parse_lines read_${a}s",
        params="lines: list[str]",
        returns="dict[str, int]",
        ways=[
            """
            result = {}
            for line in lines:
                $a, $b = line.split("$sep")
                result[$a.strip()] = int($b)
            return result
            """,
            """
            pairs = (line.split("$sep") for line in lines)
            return {$a.strip(): int($b) for $a, $b in pairs}
            """,
        ],
        summary='Turn lines such as "$a${sep}12" into a dict from $a to $b.',
        gives='a dict from $a to $b (an int), made from lines such as "$a${sep}12"',
        asks=[
            'Every line is a/an $a and a number ($b), separated by "$sep". Make a dict from $a to $b.',
            'I have the lines of a small file; each has a/an $a, then "$sep", then the $b as a whole number. Read them into a '
            "dict of ints.",
        ],
        rules=["Blanks around the $a are removed; a later line wins over an earlier one with the same $a."],
        calls=[([],), (lines(1),), (lines(2),), (lines(3),), ([f" x {s} 5 ", f"y{s}6"],), ([f"x{s}1", f"x{s}2"],), (lines(2),)],
        slips=[("int($b)", "$b", "The $b stay texts"), ("$a.strip()", "$a", "Blanks around the $a stay")],
        words=["dict", "lines"],
    )  # fmt: skip
