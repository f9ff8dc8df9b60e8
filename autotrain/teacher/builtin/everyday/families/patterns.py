"""Families of regular expressions: finding, replacing, splitting."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=4)
def find_all(d: Draw) -> Problem:
    """All pieces of a certain form in a text."""
    said, pattern, shown, made = d.pick(
        [
            ("all times such as 09:45 (two digits, a colon, two digits)", r"\b\d\d:\d\d\b", "09:45", lambda: d.clock()),
            (
                "all prices such as 12.50 (digits, a point, two digits)",
                r"\b\d+\.\d\d\b",
                "12.50",
                lambda: f"{d.number(1, 99)}.{d.number(10, 99)}",
            ),
            (
                "all dates such as 2024-03-09 (four, two and two digits with dashes)",
                r"\b\d{4}-\d\d-\d\d\b",
                "2024-03-09",
                d.date,
            ),
            (
                "all room numbers such as B207 (a capital letter and three digits)",
                r"\b[A-Z]\d{3}\b",
                "B207",
                lambda: f"{d.pick('ABCD')}{d.number(100, 400)}",
            ),
            (
                "all words in capital letters with at least two letters (A to Z)",
                r"\b[A-Z]{2,}\b",
                "NASA",
                lambda: d.pick(pools.TAGS).upper(),
            ),
            (
                "all tags such as #home (the sign and the letters after it)",
                r"#[a-z]+\b",
                "#home",
                lambda: "#" + d.pick(pools.TAGS),
            ),
        ]
    )
    d.let(said=said, pattern=pattern)
    d.names(x="text message note line")
    a, b, c = made(), made(), made()
    w = d.some(pools.WORDS, 3)
    return d.problem(
        name="find_all find_them extract",
        params="$x: str",
        returns="list[str]",
        ways=[
            'import re\n\nreturn re.findall(r"$pattern", $x)',
            'import re\n\nreturn [match[0] for match in re.finditer(r"$pattern", $x)]',
            'import re\n\npattern = re.compile(r"$pattern")\nreturn pattern.findall($x)',
        ],
        summary="Find $said in a text.",
        gives="the list of $said in `$x`",
        asks=[
            "Find $said in `$x` and return them as a list.",
            "People send us messages, and I want to collect $said from them with a regular expression. Return the list for `$x`.",
        ],
        rules=["Keep their order; the same one twice is listed twice."],
        calls=[
            ("",),
            (w[0],),
            (a,),
            (f"{w[0]} {a} {w[1]}",),
            (f"{a}, {b} and {c}.",),
            (f"({b})",),
            (f"{a} {a}",),
            (f"{w[2]} 12 {c}! 7",),
            (f"from {b} to {a}",),
            ("A 1:5 x 12.5 #",),
        ],
        slips=[
            ("re.findall(", "re.match(", "Only one at the very beginning is looked for"),
            ("re.findall(", "re.split(", "It returns what stands between them"),
        ],
    )


@family(level=4)
def replace_all(d: Draw) -> Problem:
    """Pieces of a text rewritten."""
    said, pattern, new, example, pieces = d.pick(
        [
            (
                'Rewrite every date such as "2024-03-09" as "09.03.2024"',
                r"(\d{4})-(\d\d)-(\d\d)",
                r"\3.\2.\1",
                "dates",
                [d.date(), d.date()],
            ),
            (
                'Rewrite every name such as "Lee, Ann" as "Ann Lee"',
                r"(\w+), (\w+)",
                r"\2 \1",
                "names",
                [f"{d.person()}, {d.person()}", f"{d.person()}, {d.person()}"],
            ),
            (
                'Put a dash in place of every number, so "room 12" becomes "room -"',
                r"\d+",
                "-",
                "numbers",
                [str(d.number(1, 999)), str(d.number(10, 99))],
            ),
            (
                "Make every run of several blanks a single blank",
                r" +",
                " ",
                "blanks",
                ["a   b", "c  d"],
            ),
            (
                'Put double square brackets in place of single ones, so "[tea]" becomes "[[tea]]"',
                r"\[(\w+)\]",
                r"[[\1]]",
                "brackets",
                ["[tea]", f"[{d.pick(pools.WORDS)}]"],
            ),
            (
                'Write every price such as "$$12" as "12 dollars"',
                r"\$$(\d+)",
                r"\1 dollars",
                "prices",
                [f"${d.number(2, 90)}", f"${d.number(100, 999)}"],
            ),
            (
                'Replace every number in brackets such as "(12)" by "(...)"',
                r"\(\d+\)",
                "(...)",
                "notes",
                [f"({d.number(1, 99)})", f"({d.number(1, 9)})"],
            ),
        ]
    )
    d.let(said=said, pattern=pattern, new=new, noun=said[0].lower() + said[1:], example=example)
    d.names(x="text content line page")
    w = d.some(pools.WORDS, 3)
    p, q = pieces
    return d.problem(
        name="rewrite rewrite_$example replace_$example",
        params="$x: str",
        returns="str",
        ways=[
            'import re\n\nreturn re.sub(r"$pattern", r"$new", $x)',
            'import re\n\npattern = re.compile(r"$pattern")\nreturn pattern.sub(r"$new", $x)',
        ],
        summary="$said.",
        gives="the text `$x` after this change: $noun",
        asks=[
            "$said in the text `$x`, with a regular expression.",
            "We tidy up old texts. $said in `$x` and return the new text.",
        ],
        rules=["Everything else stays."],
        calls=[
            ("",),
            (w[0],),
            (p,),
            (f"{w[0]} {p}",),
            (f"{p} {w[1]} {q}",),
            (f"see {q}.",),
            (f"{q} - {q} - {p}",),
            (f"{w[2]}, {w[0]}: {p}!",),
        ],
        slips=[(", $x)", ", $x, count=1)", "Only the first one is changed")],
    )


@family(level=4)
def split_by(d: Draw) -> Problem:
    """A text split at several signs."""
    said, pattern, pick = d.pick(
        [
            ("commas and semicolons", "[,;]", ",;"),
            ("commas, semicolons and slashes", "[,;/]", ",;/"),
            ("plus and minus signs", "[+-]", "+-"),
            ("points, question marks and exclamation marks", "[.?!]", ".?!"),
            ("dashes and underscores", "[-_]", "-_"),
            ("slashes and vertical bars", "[/|]", "/|"),
        ]
    )
    d.let(said=said, pattern=pattern)
    d.names(x="text line entry list_text")
    w = d.some(pools.WORDS, 4)
    a, b = pick[0], pick[-1]
    loop = "".join(f'.replace("{sign}", "{a}")' for sign in pick[1:])
    return d.problem(
        name="split_up parts_of pieces_of split_$x",
        params="$x: str",
        returns="list[str]",
        ways=[
            'import re\n\nreturn [part.strip() for part in re.split("$pattern", $x) if part.strip()]',
            f'text = $x{loop}\nparts = [part.strip() for part in text.split("{a}")]\nreturn [part for part in parts if part]',
            'import re\n\nresult = []\nfor part in re.split("$pattern", $x):\n    part = part.strip()\n    if part:\n        result.append(part)\nreturn result',
        ],
        summary="Split a text at $said.",
        gives="the list of the parts of `$x`, which is split at $said",
        asks=[
            "Split `$x` at $said and return the parts as a list.",
            "Some people separate their entries one way, some another: there may be $said in `$x`. Split it at all of them and return the list of parts.",
        ],
        rules=["Blanks at the ends of a part are removed, and empty parts are left out."],
        calls=[
            ("",),
            (w[0],),
            (f"{w[0]}{a}{w[1]}",),
            (f"{w[0]} {b} {w[1]}{a} {w[2]}",),
            (f"{a}{w[3]}{b}",),
            (f"{a} {b}",),
            (f"{w[1]} {w[2]}{b}{w[3]}",),
            (f" {w[0]}{a}{a}{w[1]} ",),
            (pick.join(w),),
        ],
        slips=[
            ("if part.strip()", "if part", "Parts of blanks only stay"),
            ("[part.strip() for", "[part for", "Blanks at the ends stay"),
        ],
        known=f"{pattern} {' '.join(pick)}",
    )
