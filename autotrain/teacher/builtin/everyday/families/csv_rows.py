"""Families of rows of separated values: splitting, joining, columns, dicts, the csv module."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family

_SEPARATORS = [(",", "commas"), (";", "semicolons"), ("|", "vertical bars"), (":", "colons")]


@family(level=0)
def split_line(d: Draw) -> Problem:
    """A line split into its fields."""
    sep, signs = d.pick([*_SEPARATORS, ("\\t", "tabs")])
    d.let(sep=sep, signs=signs)
    d.names(x="line row text entry")
    real = sep.replace("\\t", "\t")
    return d.problem(
        name="fields split_$x fields_of cells",
        params="$x: str",
        returns="list[str]",
        ways=['return $x.split("$sep")', 'parts = $x.split("$sep")\nreturn parts'],
        summary="Split a line at its $signs into a list of fields.",
        gives="the list of the fields in `$x`, which are separated by $signs",
        asks=[
            "Split `$x` at the $signs and return the fields as a list.",
            "Our export separates the fields of a line by $signs. Take one such line apart into a list of texts.",
        ],
        calls=[
            ("",),
            ("a",),
            (real.join("ab"),),
            (real,),
            (real.join([d.person(), str(d.number(20, 60)), d.pick(pools.CITIES)]),),
            (real.join(["x", "", "y"]),),
            (real.join(d.many(pools.WORDS, 3, 4)),),
            (real.join([d.sentence(2, 2), "7"]),),
        ],
        slips=[
            ('.split("$sep")', ".split()", "It splits at blanks"),
            ('$x.split("$sep")', "list($x)", "Every single letter becomes a field"),
        ],
        known="$sep",
    )


@family(level=0)
def join_fields(d: Draw) -> Problem:
    """Fields joined into a line."""
    sep, signs, said = d.pick(
        [
            (",", "commas", "a comma"),
            (";", "semicolons", "a semicolon"),
            (" | ", "bars with blanks around them", 'a bar (" | ")'),
            (", ", "commas and blanks", "a comma and a blank"),
            (" - ", "dashes with blanks around them", 'a dash (" - ")'),
            ("/", "slashes", "a slash"),
        ]
    )
    d.let(sep=sep, signs=signs, said=said)
    d.names(x="fields cells values parts")
    return d.problem(
        name="to_line join_$x as_line make_row",
        params="$x: list[str]",
        returns="str",
        ways=['return "$sep".join($x)', 'line = "$sep".join($x)\nreturn line'],
        summary="Join fields to one line with $signs between them.",
        gives="one line of text with the `$x`, with $said between each two of them",
        asks=[
            "Join `$x`, a list of texts, to one line; between each two stands $said.",
            "Turn the list `$x` back into a line of text, with $signs between the fields.",
        ],
        calls=[
            ([],),
            (["a"],),
            (["a", "b"],),
            (["", "x"],),
            ([d.person(), d.pick(pools.CITIES)],),
            (d.many(pools.WORDS, 3, 4),),
            (["1", "2", "3"],),
            (d.many(pools.TAGS, 2, 4),),
        ],
        slips=[
            ('"$sep".join($x)', '"".join($x)', "There is nothing between the fields"),
            ('"$sep".join($x)', "str($x)", "That is the list as Python shows it"),
        ],
        clumsy="""
        line = ""
        for i in range(len($x)):
            if i > 0:
                line = line + "$sep"
            line = line + $x[i]
        return line
        """,
    )


@family(level=1)
def column_numbers(d: Draw) -> Problem:
    """One column of some lines, as numbers."""
    sep, signs = d.pick(_SEPARATORS)
    at, said = d.pick([(0, "first"), (1, "second"), (2, "third"), (-1, "last")])
    d.let(sep=sep, signs=signs, at=at, said=said)
    d.names(x="lines rows")

    def line() -> str:
        return sep.join(str(d.number(1, 40)) for _ in range(3))

    return d.problem(
        name="${said}_column ${said}_numbers read_${said}_column",
        params="$x: list[str]",
        returns="list[int]",
        ways=[
            'return [int(line.split("$sep")[$at]) for line in $x]',
            'result = []\nfor line in $x:\n    fields = line.split("$sep")\n    result.append(int(fields[$at]))\nreturn result',
        ],
        summary="Return the $said column of some lines of numbers, separated by $signs, as ints.",
        gives="the list of the $said number of each line in `$x`, as ints; the numbers are separated by $signs",
        asks=[
            "Each of the `$x` holds whole numbers separated by $signs. Return the $said number of each line, as ints.",
            "I have `$x` of numbers with $signs between them and need the $said column as a list of ints.",
        ],
        calls=[
            ([],),
            (["1" + sep + "2" + sep + "3"],),
            ([line()],),
            ([line(), line()],),
            ([line() for _ in range(3)],),
            ([line() for _ in range(4)],),
            (["0" + sep + "0" + sep + "10", line()],),
        ],
        slips=[
            ('int(line.split("$sep")[$at])', 'line.split("$sep")[$at]', "The numbers stay texts"),
            ("[$at]", "[1]" if at != 1 else "[0]", "It is another column"),
        ],
        known="$sep 2",
    )


@family(level=1)
def data_lines(d: Draw) -> Problem:
    """The lines that hold data: no comments, no empty lines."""
    d.let(mark=d.pick(["#", ";", "//", "%", "--"]), strip=d.chance(0.5))
    d.names(x="lines rows")
    mark = d["mark"]
    strip = d["strip"]
    d.let(one="line.strip()" if strip else "line", said=", without blanks at their ends" if strip else "")
    d.let(rule="" if strip else "The lines stay as they are.")
    a, b, c = d.some(pools.WORDS, 3)
    return d.problem(
        name="data_lines without_comments skip_comments",
        params="$x: list[str]",
        returns="list[str]",
        ways=[
            'return [$one for line in $x if line.strip() and not line.strip().startswith("$mark")]',
            """
            result = []
            for line in $x:
                text = line.strip()
                if text and not text.startswith("$mark"):
                    result.append(${kept})
            return result
            """.replace("${kept}", "text" if strip else "line"),
            """
            result = []
            for line in $x:
                if line.strip() == "" or line.lstrip().startswith("$mark"):
                    continue
                result.append($one)
            return result
            """,
        ],
        summary='Keep the lines that are neither empty nor a comment with "$mark"$said.',
        gives='the list of the lines in `$x` that are neither empty nor a comment$said; a comment begins with "$mark"',
        asks=[
            'Drop all empty lines and all comments from `$x` and return the others$said. Comments begin with "$mark".',
            'Before we read the file, throw out of `$x` what is empty or begins with "$mark" and give me the rest$said.',
        ],
        rules=["Blanks in front of a line do not matter for that, and a line of blanks counts as empty.", "$rule"],
        calls=[
            ([],),
            ([""],),
            ([mark],),
            ([a, "", b],),
            ([f"  {mark} {a}", b],),
            ([f"{a} {mark} {b}"],),
            ([" ", f" {c} ", f"{mark}x"],),
            ([a, f"{b} ", mark + a, "", c],),
        ],
        slips=[
            ("line.strip() and", "line and", "A line of blanks is kept"),
            (
                'not line.strip().startswith("$mark")',
                '"$mark" not in line',
                "Lines with a comment behind the data are lost",
            ),
        ],
    )


@family(level=2)
def rows_as_dicts(d: Draw) -> Problem:
    """Lines with a heading line, as dicts."""
    sep, signs = d.pick(_SEPARATORS[:3])
    d.let(sep=sep, signs=signs)
    d.names(x="lines rows table")
    a, b, c = d.some("name city age price size colour unit code".split(), 3)
    w = d.some(pools.WORDS, 6)
    head = sep.join([a, b])
    return d.problem(
        name="rows_to_dicts read_table as_records",
        params="$x: list[str]",
        returns="list[dict[str, str]]",
        ways=[
            """
            if not $x:
                return []
            names = $x[0].split("$sep")
            result = []
            for line in $x[1:]:
                result.append(dict(zip(names, line.split("$sep"))))
            return result
            """,
            """
            cells = [line.split("$sep") for line in $x]
            return [dict(zip(cells[0], fields)) for fields in cells[1:]]
            """,
        ],
        summary="Turn lines into dicts; the first line holds the names of the columns.",
        gives="a list with one dict for each line of `$x` after the first, which holds the names of the columns",
        asks=[
            "The first of the `$x` names the columns, the others hold the values. Return one dict for each of the others.",
            "I want to work with `$x` by column name: the first line is the heading. Make a list of dicts of the other lines.",
        ],
        rules=["Fields are separated by $signs and stay texts.", "Without any line the result is empty."],
        calls=[
            ([],),
            ([head],),
            ([a, w[0]],),
            ([head, sep.join(w[:2])],),
            ([head, sep.join(w[:2]), sep.join(w[2:4])],),
            ([sep.join([a, b, c]), sep.join(w[:3])],),
            ([head, sep.join(["", w[4]])],),
            ([sep.join([c, a]), sep.join(["1", "2"])],),
        ],
        slips=[
            ("$x[1:]", "$x", "The heading becomes a record as well"),
            ('zip(names, line.split("$sep"))', 'zip(line.split("$sep"), names)', "Names and values are swapped"),
        ],
        known="$sep",
    )


@family(level=3)
def sum_column(d: Draw) -> Problem:
    """The sum of a column, with bad lines left out and counted."""
    d.scene(
        dict(sep=";", what="amounts", x="lines", shown="rent;450"),
        dict(sep=",", what="hours", x="rows", shown="Anna,8"),
        dict(sep=":", what="points", x="lines", shown="Ben:12"),
        dict(sep="=", what="pieces", x="entries", shown="lamp=3"),
    )
    sep = d["sep"]
    w = d.some(pools.WORDS, 4)
    one, two = d.number(2, 60), d.number(2, 60)
    return d.problem(
        name="sum_of_$what total_$what add_up_$what",
        params="$x: list[str]",
        returns="tuple[int, int]",
        ways=[
            """
            total = 0
            skipped = 0
            for line in $x:
                parts = line.split("$sep")
                if len(parts) == 2 and parts[1].strip().isdigit():
                    total += int(parts[1])
                else:
                    skipped += 1
            return total, skipped
            """,
            """
            values = []
            for line in $x:
                name, sign, value = line.partition("$sep")
                if value.strip().isdigit():
                    values.append(int(value))
            return sum(values), len($x) - len(values)
            """,
        ],
        summary='Add up the $what in lines like "$shown", and count the lines that cannot be read.',
        gives='the sum of the $what in `$x`, lines like "$shown", and the number of lines that cannot be read, as a tuple',
        asks=[
            'Lines like "$shown" come in as the list `$x`. Return a tuple: the sum of the $what, and how many lines were skipped.',
            'People type in lines like "$shown", and some are wrong. Add up the $what of the right ones and count the wrong ones; '
            "return both as a tuple.",
        ],
        rules=[
            'A line is right if it has one "$sep" with a whole number of digits only behind it, perhaps with blanks around it.'
        ],
        calls=[
            ([],),
            ([f"{w[0]}{sep}{one}"],),
            ([f"{w[0]}{sep}{one}", f"{w[1]}{sep}{two}"],),
            ([w[0]],),
            ([f"{w[2]}{sep} {two} "],),
            ([f"{w[2]}{sep}x", f"{w[3]}{sep}{one}"],),
            ([f"{w[1]}{sep}"],),
            ([f"{w[1]}{sep}1{sep}2", f"{sep}5"],),
            (["", f"{w[0]}{sep}0"],),
        ],
        slips=[
            ("skipped += 1", "skipped = 1", "However many lines are wrong, it counts one"),
            ("total += int(parts[1])", "total = int(parts[1])", "Only the last number counts"),
            ("len(parts) == 2 and ", "", "A line without the sign cannot be read and ends in an error"),
        ],
    )


@family(level=4)
def quoted_fields(d: Draw) -> Problem:
    """A text with quoted fields, read with the csv module."""
    sep, sign = d.pick([(",", "comma"), (";", "semicolon")])
    key = d.pick("town name note title".split())
    d.let(sep=sep, sign=sign, key=key, option="" if sep == "," else ', delimiter=";"')
    d.names(x="text content table")
    a, b, c = d.some(pools.CITIES, 3)
    n = d.number(1, 40)
    return d.problem(
        name="${key}_column all_${key}s ${key}s_in",
        params="$x: str",
        returns="list[str]",
        ways=[
            'import csv\n\nreturn [row["$key"] for row in csv.DictReader($x.splitlines()$option)]',
            """
            import csv
            import io

            rows = list(csv.reader(io.StringIO($x)$option))
            if not rows:
                return []
            at = rows[0].index("$key")
            return [row[at] for row in rows[1:]]
            """,
        ],
        summary='List the column "$key" of a CSV text with $sign as separator.',
        gives='the values in the column "$key" of the CSV text `$x`, in which a $sign separates the fields',
        asks=[
            'Read the CSV text `$x` (separator: $sign) and return the column "$key" as a list.',
            'A spreadsheet gives us CSV with a $sign between the fields. Which values stand under "$key"? Return them as a list.',
        ],
        rules=[
            "The first line holds the names of the columns, and fields may be quoted, so use the csv module.",
            "An empty text gives an empty list.",
        ],
        calls=[
            ("",),
            (f"{key}\n",),
            (f"{key}\n{a}\n",),
            (f"id{sep}{key}\n1{sep}{a}\n2{sep}{b}\n",),
            (f'{key}{sep}id\n"{a}{sep} {b}"{sep}{n}\n',),
            (f'id{sep}{key}\n{n}{sep}"say ""{c}"""\n',),
            (f"id{sep}{key}{sep}x\n1{sep}{sep}2\n",),
        ],
        slips=[
            (
                "csv.DictReader($x.splitlines()$option)]",
                "list(csv.DictReader($x.splitlines()$option))[1:]]",
                "The heading has been read already, so the first row of data is lost",
            ),
        ],
        known=";",
    )
