"""Families of colours: hex codes, brightness, mixing."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


def _hex(d: Draw) -> str:
    return "#" + "".join(f"{d.number(0, 255):02x}" for _ in range(3))


@family(level=0)
def css_colour(d: Draw) -> Problem:
    """A colour written for a web page."""
    said, expression, other, shown = d.pick(
        [
            (
                "as a hex code with two digits for each part",
                'f"#{red:02x}{green:02x}{blue:02x}"',
                '"#" + "".join(format(part, "02x") for part in (red, green, blue))',
                "#ff0a00",
            ),
            (
                "as a hex code in capital letters with two digits for each part",
                'f"#{red:02X}{green:02X}{blue:02X}"',
                '"#" + "".join(format(part, "02X") for part in (red, green, blue))',
                "#FF0A00",
            ),
            (
                'as an "rgb" text',
                'f"rgb({red}, {green}, {blue})"',
                '"rgb(" + ", ".join(map(str, [red, green, blue])) + ")"',
                "rgb(255, 10, 0)",
            ),
            (
                "as three numbers with slashes",
                'f"{red}/{green}/{blue}"',
                '"/".join(map(str, (red, green, blue)))',
                "255/10/0",
            ),
            (
                "as three numbers of three digits, with blanks",
                'f"{red:03} {green:03} {blue:03}"',
                '" ".join(str(part).zfill(3) for part in (red, green, blue))',
                "255 010 000",
            ),
        ]
    )
    d.let(said=said, expression=expression, other=other, shown=shown)
    return d.problem(
        name="to_text colour_text css_colour show_colour",
        params="red: int, green: int, blue: int",
        returns="str",
        ways=["return $expression", "return $other"],
        summary='Write a colour $said, such as "$shown".',
        gives='the colour $said, for example "$shown" for 255, 10, 0',
        asks=[
            'Write the colour made of `red`, `green` and `blue` (0 to 255) $said: 255, 10, 0 becomes "$shown".',
            'Our web page wants its colours $said. Make that text of the three parts; "$shown" stands for 255, 10, 0.',
        ],
        calls=[
            (255, 10, 0),
            (0, 0, 0),
            (255, 255, 255),
            (1, 2, 3),
            (d.number(0, 255), d.number(0, 255), d.number(0, 255)),
            (16, d.number(17, 200), 9),
            (d.number(100, 200), 0, d.number(10, 99)),
            (12, 34, 56),
        ],
        slips=[
            ("{red", "{blue", "The first part is wrong: it is that of blue"),
            ("{green", "{red", "The second part is that of red again"),
        ],
        known="02x 02X 03",
    )


@family(level=0)
def colour_part(d: Draw) -> Problem:
    """A part of a hex code, or a number read in another base."""
    said, expression, other, shown, result, slip = d.pick(
        [
            (
                "the red part",
                "int($x[1:3], 16)",
                'int("0x" + $x[1:3], 16)',
                "#ff0a00",
                255,
                ("[1:3]", "[:2]", "The sign in front is read as a digit"),
            ),
            (
                "the green part",
                "int($x[3:5], 16)",
                'int("0x" + $x[3:5], 16)',
                "#ff0a00",
                10,
                ("[3:5]", "[1:3]", "It is the red part"),
            ),
            (
                "the blue part",
                "int($x[5:], 16)",
                'int("0x" + $x[5:7], 16)',
                "#ff0a14",
                20,
                ("[5:]", "[3:]", "It has the green part in it"),
            ),
        ]
    )
    d.let(said=said, expression=expression, other=other, shown=shown, result=result)
    d.names(x="colour color code hex_code")
    return d.problem(
        name="part_of get_part $x_part".replace("$x_part", "read_part"),
        params="$x: str",
        returns="int",
        ways=["return $expression", "part = $other\nreturn part"],
        summary='Return $said of a hex code such as "$shown" as a number, here $result.',
        gives='$said of the hex code `$x` as a number, which is $result for "$shown"',
        asks=[
            'Return $said of a colour such as "$shown" as a number from 0 to 255; here it is $result.',
            'A colour comes as a hex code like "$shown". I need $said of it as a number, $result in this case.',
        ],
        rules=["The digits have base 16, two for each part: red, green, blue."],
        calls=[(shown,), ("#000000",), ("#ffffff",), ("#010203",), (_hex(d),), (_hex(d),), ("#0A0B0C",), (_hex(d),)],
        slips=[slip],
        known="16 0x",
    )


@family(level=1)
def changed_parts(d: Draw) -> Problem:
    """A colour inverted, darkened, brightened."""
    said, expression, fn, slip = d.pick(
        [
            (
                "inverted: each part is taken from 255",
                "255 - part",
                "inverted negative",
                ("255 -", "256 -", "It is one too many"),
            ),
            (
                "darker: half of each part, rounded down",
                "part // 2",
                "darker darken",
                ("//", "/", "Half numbers come out"),
            ),
            (
                "brighter: 40 more for each part, but never more than 255",
                "min(part + 40, 255)",
                "brighter brighten",
                ("min(", "max(", "Every part becomes 255 at least"),
            ),
            (
                "darker: 30 less for each part, but never less than 0",
                "max(part - 30, 0)",
                "darker darken",
                ("max(", "min(", "No part ever gets above 0"),
            ),
            (
                "with each part limited to the range from 0 to 255",
                "max(0, min(part, 255))",
                "limited clamp",
                ("max(0, ", "max(1, ", "Black becomes a little too bright"),
            ),
        ]
    )
    d.let(said=said, expression=expression)
    d.names(x="colour color pixel")
    edges = [(0, 0, 0), (255, 255, 255), (255, 0, 40), (30, 29, 31), (215, 216, 214), (1, 2, 3)]
    if fn.startswith("limited"):
        edges += [(-1, 256, 300), (-40, 128, 999)]
    return d.problem(
        name=fn,
        params="$x: tuple[int, int, int]",
        returns="tuple[int, int, int]",
        ways=[
            "return tuple($expression for part in $x)",
            "result = []\nfor part in $x:\n    result.append($expression)\nreturn tuple(result)",
        ],
        summary="Return a colour $said.",
        gives="the colour `$x` $said",
        asks=[
            "`$x` is a tuple of red, green and blue. Return a new tuple, $said.",
            "In our drawing program a colour is a tuple of three numbers. Return `$x` $said.",
        ],
        rules=["The result is a tuple."],
        calls=[*[(edge,) for edge in edges], *[(tuple(d.number(0, 255) for _ in range(3)),) for _ in range(3)]],
        slips=[slip, ("tuple(", "list(", "It is a list and not a tuple")],
    )


@family(level=2)
def most_common_colour(d: Draw) -> Problem:
    """Which colour covers most of a picture, or how many fields each has."""
    d.scene(
        dict(x="pixels", one="pixel"),
        dict(x="tiles", one="tile"),
        dict(x="mosaic", one="stone"),
        dict(x="picture", one="field"),
    )
    most = d.chance(0.6)
    d.let(f="max" if most else "min", word="most" if most else "fewest", g="min" if most else "max")
    c = d.some(pools.COLORS, 3)

    def rows(count: int) -> list[list[str]]:
        return [[d.pick(c) for _ in range(3)] for _ in range(count)]

    return d.problem(
        name="most_used main_colour" if most else "least_used rarest_colour",
        params="$x: list[list[str]]",
        returns="str",
        ways=[
            """
            flat = []
            for row in $x:
                flat.extend(row)
            return $f(flat, key=flat.count)
            """,
            """
            counts = {}
            for row in $x:
                for colour in row:
                    counts[colour] = counts.get(colour, 0) + 1
            return $f(counts, key=counts.get)
            """,
            "flat = [colour for row in $x for colour in row]\nreturn $f(dict.fromkeys(flat), key=flat.count)",
        ],
        summary="Return the colour of the $word ${one}s in a picture made of rows.",
        gives="the colour of the $word ${one}s in `$x`, a list of rows of colour names",
        asks=[
            "`$x` is a list of rows, each a list of colour names. Which colour do the $word ${one}s have?",
            "A picture is made of rows of ${one}s, each given by the name of its colour. Return the colour with the $word ${one}s in `$x`.",
        ],
        rules=["Of equally frequent colours the first one in reading order counts; there is at least one $one."],
        calls=[
            ([[c[0]]],),
            ([[c[0], c[1]]],),
            ([[c[0], c[1]], [c[1]]],),
            ([[c[1], c[0]], [c[0], c[1]]],),
            ([[c[2], c[2]], [c[1], c[0], c[0], c[2]]],),
            (rows(2),),
            (rows(3),),
            ([[c[2]], [c[2], c[0]]],),
        ],
        slips=[
            ("$f(flat, key=flat.count)", "$f(flat)", "The names are compared and not how often they occur"),
            ("$f(flat, key", "$g(flat, key", "It is the colour at the other end"),
            ("flat.extend(row)", "flat.append(row)", "The rows are put in as lists"),
        ],
    )


@family(level=3)
def mixed(d: Draw) -> Problem:
    """Two hex colours mixed."""
    d.names(a="first one start", b="second other end")
    d.let(weights=d.pick(["1 1", "3 1", "1 2"]))
    wa, wb = (int(part) for part in d["weights"].split())
    d.let(wa=wa, wb=wb, all=wa + wb)
    said = (
        "the mean of the two"
        if wa == wb
        else f"{wa} times the first part plus {wb} times the second, divided by {wa + wb}"
    )
    if wa == 1 and wb == 2:
        said = "the first part plus 2 times the second, divided by 3"
    if wa == 3:
        said = "3 times the first part plus the second, divided by 4"
    d.let(said=said)
    one, two, three = _hex(d), _hex(d), _hex(d)
    return d.problem(
        name="mix mixed blend",
        params="$a: str, $b: str",
        returns="str",
        ways=[
            """
            result = "#"
            for place in (1, 3, 5):
                left = int($a[place : place + 2], 16)
                right = int($b[place : place + 2], 16)
                part = ($wa * left + $wb * right) // $all
                result += f"{part:02x}"
            return result
            """,
            """
            left = bytes.fromhex($a[1:])
            right = bytes.fromhex($b[1:])
            parts = (($wa * x + $wb * y) // $all for x, y in zip(left, right))
            return "#" + bytes(parts).hex()
            """,
        ],
        summary='Mix two colours such as "#ff0a00" to a new one.',
        gives='the mixture of the colours `$a` and `$b`, hex codes like "#ff0a00"',
        asks=[
            'Mix two colours, hex codes like "#ff0a00", and return the code of the mixture.',
            '`$a` and `$b` are colours like "#ff0a00": two hex digits each for red, green and blue. Return their mixture in the same form.',
        ],
        rules=["Each part (two hex digits) of the mixture is $said, rounded down; the digits are small letters."],
        calls=[
            ("#000000", "#000000"),
            ("#000000", "#ffffff"),
            ("#ffffff", "#000000"),
            ("#010203", "#020304"),
            (one, two),
            (two, three),
            (three, one),
            ("#ff0000", "#00ff00"),
            (one, one),
        ],
        slips=[
            ("02x", "x", "A small part has one digit only"),
            ("// $all", "/ $all", "A fraction cannot be written as hex"),
        ],
        known="16 3 5 4 02x",
    )
