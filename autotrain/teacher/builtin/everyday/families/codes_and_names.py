"""Families of codes and names: case, checks, width, masks, spellings, check digits."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def respell(d: Draw) -> Problem:
    """A text in another case or with a sign replaced."""
    expression, other, said, fn, slip = d.pick(
        [
            (
                "$x.upper()",
                '"".join(letter.upper() for letter in $x)',
                "in capital letters",
                "shout in_capitals",
                ("upper", "lower", "All letters become small"),
            ),
            (
                "$x.title()",
                "$x.lower().title()",
                "with a capital letter at the beginning of every word and small ones elsewhere",
                "heading as_title",
                ("title", "capitalize", "Only the first word gets a capital letter"),
            ),
            (
                "$x.capitalize()",
                "$x[:1].upper() + $x[1:].lower()",
                "with a capital letter at the beginning and small ones elsewhere",
                "sentence_case tidy_case",
                ("capitalize", "title", "Every word gets a capital letter"),
            ),
            (
                '$x.replace(" ", "_")',
                '"_".join($x.split(" "))',
                "with an underscore in place of every blank",
                "file_name without_blanks",
                ('"_"', '"-"', "It is a dash that is put in"),
            ),
            (
                '$x.replace("-", "")',
                '"".join($x.split("-"))',
                "without any dash",
                "without_dashes plain",
                ('"-", ""', '"-", " "', "Blanks stay where the dashes were"),
            ),
            (
                '$x.replace(",", ".")',
                '".".join($x.split(","))',
                "with a point in place of every comma",
                "with_points decimal_point",
                ('",", "."', '".", ","', "It is the wrong way round"),
            ),
            (
                "$x[::-1]",
                '"".join(reversed($x))',
                "backwards",
                "backwards reverse_text",
                ("[::-1]", "[::1]", "Nothing is turned round"),
            ),
            (
                "$x.swapcase()",
                '"".join(c.lower() if c.isupper() else c.upper() for c in $x)',
                "with small and capital letters exchanged",
                "swap_case other_case",
                ("swapcase", "lower", "All letters become small"),
            ),
        ]
    )
    d.let(expression=expression, other=other, said=said)
    d.names(x="text name title label code")
    a, b = d.some(pools.WORDS, 2)
    return d.problem(
        name=fn,
        params="$x: str",
        returns="str",
        ways=["return $expression", "result = $other\nreturn result"],
        summary="Return a $x $said.",
        gives="`$x` $said",
        asks=["Return `$x` $said.", "A form gives us `$x`, and we need it $said."],
        calls=[
            ("",),
            ("a",),
            (f"{a} {b}",),
            (f"{a.upper()}-{b}",),
            ("1,50 - Two, three",),
            (f"{a.title()} {b.upper()} X-1",),
            ("aB cD-eF-gH, iJ",),
            (f"{b}, {a}-{b}",),
        ],
        slips=[slip],
    )


@family(level=0)
def looks_like(d: Draw) -> Problem:
    """Whether a text has only digits, letters and so on."""
    method, said, fn, per = d.pick(
        [
            ("isdigit", "has digits only", "only_digits is_number", "c.isdigit()"),
            ("isalpha", "has letters only", "only_letters is_word", "c.isalpha()"),
            ("isalnum", "has letters and digits only", "no_signs is_simple", "c.isalnum()"),
            ("isspace", "has blanks only", "only_blanks is_blank", "c.isspace()"),
            ("isnumeric", "has digits only", "is_numeric digits_only", "c.isnumeric()"),
        ]
    )
    d.let(method=method, said=said, per=per)
    d.names(x="text code field entry value")
    w, n = d.pick(pools.WORDS), d.number(10, 9999)
    return d.problem(
        name=fn,
        params="$x: str",
        returns="bool",
        ways=[
            "return $x.$method()",
            'return $x != "" and all($per for c in $x)',
            "return bool($x) and all($per for c in $x)",
        ],
        summary="Tell whether a text $said.",
        gives="whether `$x` $said",
        asks=[
            "Is it true that `$x` $said? Return True or False.",
            "Before we save `$x` we check that it $said. Return True or False.",
        ],
        rules=["For an empty text it is False."],
        calls=[("",), (w,), (str(n),), (f"{w}{n}",), (f"{w} {n}",), (" ",), ("   ",), ("-1",), ("a_b",)],
        slips=[
            (
                "$x.$method()",
                f"$x.{'isalpha' if method in ('isdigit', 'isnumeric') else 'isdigit'}()",
                "It asks for other signs",
            ),
            ("$x.$method()", "not $x.$method()", "The answer is the wrong way round"),
        ],
        clumsy="if len($x) == 0:\n    return False\nfor i in range(len($x)):\n    c = $x[i]\n    if not $per:\n        return False\nreturn True",
    )


@family(level=0)
def fixed_width(d: Draw) -> Problem:
    """A text filled to a width."""
    width = d.pick([6, 8, 10, 12])
    call, spec, said, fn, slip = d.pick(
        [
            (
                f"ljust({width})",
                f"<{width}",
                f"blanks after it, so that it is at least {width} characters long",
                "pad_right left_column",
                ("ljust", "rjust", "The blanks stand in front"),
            ),
            (
                f"rjust({width})",
                f">{width}",
                f"blanks in front of it, so that it is at least {width} characters long",
                "pad_left right_column",
                ("rjust", "ljust", "The blanks stand behind"),
            ),
            (
                f'ljust({width}, ".")',
                f".<{width}",
                f"dots after it, so that it is at least {width} characters long",
                "dotted with_dots",
                (', "."', "", "Blanks are filled in"),
            ),
            (
                f'rjust({width}, "*")',
                f"*>{width}",
                f"stars in front of it, so that it is at least {width} characters long",
                "starred with_stars",
                ("rjust", "ljust", "The stars stand behind"),
            ),
            (
                f'rjust({width}, "0")',
                f"0>{width}",
                f"zeros in front of it, so that it is at least {width} characters long",
                "zero_filled with_zeros",
                (', "0"', "", "Blanks are filled in"),
            ),
        ]
    )
    d.let(call=call, spec=spec, said=said, width=width)
    d.names(x="text name word code cell")
    w = d.some(pools.WORDS, 3)
    return d.problem(
        name=fn,
        params="$x: str",
        returns="str",
        ways=["return $x.$call", 'return f"{$x:$spec}"'],
        summary="Return a text with $said.",
        gives="`$x` with $said",
        asks=["Return `$x` with $said.", "For a table we need `$x` with $said."],
        rules=["A longer text stays as it is."],
        calls=[
            ("",),
            ("a",),
            (w[0],),
            (w[1],),
            ("x" * width,),
            ("y" * (width - 1),),
            (w[2] * 3,),
            (str(d.number(10, 999)),),
        ],
        slips=[slip],
        known="0 . *",
    )


@family(level=1)
def masked(d: Draw) -> Problem:
    """A secret text of which only an end is shown."""
    show = d.pick([2, 3, 4])
    sign = d.pick(["*", "#", "x", "•"])
    d.scene(
        dict(x="card_number", what="card number"),
        dict(x="phone", what="phone number"),
        dict(x="iban", what="account number"),
        dict(x="token", what="token"),
        dict(x="code", what="code"),
    )
    d.let(show=show, sign=sign)
    return d.problem(
        name="mask mask_$x hide hidden",
        params="$x: str",
        returns="str",
        ways=[
            'return "$sign" * (len($x) - $show) + $x[-$show:]',
            'return $x[-$show:].rjust(len($x), "$sign")',
            'hidden_part = "$sign" * len($x[:-$show])\nreturn hidden_part + $x[-$show:]',
        ],
        summary='Hide a/an $what: "$sign" for all but its last $show characters.',
        gives='the $what `$x` with a "$sign" in place of each character but the last $show',
        asks=[
            'Show only the last $show characters of `$x`; every other one becomes a "$sign".',
            'On the screen a/an $what must not be readable: replace each character by "$sign", but leave the last $show.',
        ],
        rules=["A text of $show characters or fewer is left as it is."],
        calls=[
            ("",),
            ("1",),
            ("12345"[:show],),
            ("12345"[: show + 1],),
            (str(d.number(100000, 999999)),),
            (str(d.number(10**9, 10**10)),),
            ("AB-" + str(d.number(1000, 9999)),),
            ("0000 1111",),
        ],
        slips=[
            ("$x[-$show:]", "$x[:$show]", "The first characters are shown"),
            ("(len($x) - $show)", "len($x)", "The result is too long"),
        ],
    )


@family(level=1)
def next_number(d: Draw) -> Problem:
    """The next free number."""
    start = d.pick([1, 1, 100, 1000])
    d.scene(
        dict(x="invoices", one="invoice"),
        dict(x="members", one="member"),
        dict(x="tickets", one="ticket"),
        dict(x="orders", one="order"),
    )
    hint = d.pick(["list[int]", "set[int]", "dict[int, str]"])
    kind = hint.partition("[")[0]
    d.let(
        start=start,
        said={
            "list": "the list of the numbers",
            "set": "the set of the numbers",
            "dict": "a dict whose keys are the numbers",
        }[kind],
    )

    def made(*numbers: int) -> object:
        return list(numbers) if kind == "list" else set(numbers) if kind == "set" else dict.fromkeys(numbers, "x")

    n = d.number(1200, 1900)
    return d.problem(
        name="next_number new_number next_id",
        params=f"$x: {hint}",
        returns="int",
        ways=[
            f"return max($x, default={start - 1}) + 1",
            "if not $x:\n    return $start\nreturn max($x) + 1",
            "return max($x) + 1 if $x else $start",
        ],
        summary="Return the number for a new $one: one more than the highest, or $start for the first.",
        gives="the number for a new $one: one more than the highest in `$x` ($said in use), or $start if there is none",
        asks=[
            "`$x` is $said in use. Return the next one, one more than the highest; the first $one gets $start.",
            "Which number does a new $one get? It is the highest one in use plus 1, and $start if there is none yet. `$x` is $said in use.",
        ],
        calls=[
            (made(),),
            (made(start),),
            (made(start + 1),),
            (made(start + 2, start),),
            (made(n, n - 5, n + 3),),
            (made(n, start),),
            (made(*range(start, start + 4)),),
            (made(n + 9),),
        ],
        slips=[
            (") + 1", ")", "The highest number is given out twice"),
            ("max($x, default", "min($x, default", "It goes on from the lowest number"),
        ],
        known=str(start - 1),
    )


@family(level=2)
def spelling(d: Draw) -> Problem:
    """One spelling of a name in code turned into another."""
    kind = d.pick(["snake to camel", "camel to snake", "words to snake", "words to camel"])
    d.names(x="name key label field")
    source, target = kind.split(" to ")
    shown = {"snake": "first_name", "camel": "firstName", "words": "First Name"}
    sep = "-" if target == "snake" and d.chance(0.35) else "_"
    goal = shown[target].replace("_", sep)
    d.let(a=shown[source], b=goal, sep=sep)
    if source == "camel":
        ways = [
            'result = ""\nfor letter in $x:\n    if letter.isupper():\n        result += "$sep" + letter.lower()\n    else:\n        result += letter\nreturn result',
            'return "".join("$sep" + letter.lower() if letter.isupper() else letter for letter in $x)',
            'import re\n\nreturn re.sub("[A-Z]", lambda match: "$sep" + match[0].lower(), $x)',
        ]
        calls = [("",), ("a",), ("firstName",), ("totalPriceNet",), ("aB",), ("zipCode",), ("size",), ("userIdX",)]
        slips = [
            ('"$sep" + letter.lower()', '"$sep" + letter', "The capital letters stay"),
            ('"$sep" + letter.lower()', "letter.lower()", "The words are not separated"),
        ]
        rule = "A capital letter begins a new word; the first letter is small."
    elif target == "snake":
        ways = [
            'words = $x.split()\nreturn "$sep".join(words).lower()',
            'return "$sep".join(word.lower() for word in $x.split())',
        ]
        calls = [
            ("",),
            ("Name",),
            ("First Name",),
            ("total  price net",),
            (" ZIP Code ",),
            ("a B c",),
            ("Size",),
            ("Date Of Birth",),
        ]
        slips = [
            (".lower()", "", "Capital letters stay"),
            (".split()", '.split(" ")', "Two blanks in a row leave two signs"),
        ]
        rule = "Any number of blanks separates two words; blanks at the ends do not count."
    else:
        split = '$x.split("_")' if source == "snake" else "$x.lower().split()"
        ways = [
            f"words = {split}\nresult = words[0]\nfor word in words[1:]:\n    result += word.capitalize()\nreturn result",
            f'first, *others = {split}\nreturn first + "".join(word.capitalize() for word in others)',
        ]
        calls = [
            ("a",),
            ("first_name",),
            ("total_price_net",),
            ("zip_code",),
            ("size",),
            ("a_b_c",),
            ("user_id",),
            ("date_of_birth",),
        ]
        if source == "words":
            calls = [(text.replace("_", " ").title(),) for (text,) in calls] + [("ZIP code",)]
        slips = [
            ("words[1:]", "words", "The first word comes twice"),
            ("word.capitalize()", "word", "The words run together without capital letters"),
        ]
        rule = "There is at least one word."
    return d.problem(
        name="to_camel camel_case"
        if target == "camel"
        else "to_snake snake_case"
        if sep == "_"
        else "to_kebab with_dashes",
        params="$x: str",
        returns="str",
        ways=ways,
        summary='Change the spelling of a name from "$a" to "$b".',
        gives='`$x` in another spelling: "$a" becomes "$b"',
        asks=[
            'Change the spelling of `$x`, so that "$a" becomes "$b".',
            'One program writes names like "$a", the other one like "$b". Turn the first spelling into the second.',
        ],
        rules=[rule],
        calls=calls,
        slips=slips,
    )


@family(level=3)
def check_digit(d: Draw) -> Problem:
    """Whether the last digit of a number is right, by weights."""
    first, second, ten = d.pick([(1, 3, 10), (3, 1, 10), (2, 1, 10), (1, 2, 10), (3, 7, 10), (1, 2, 11)])
    d.let(a=first, b=second, m=ten)
    d.names(x="code number digits ean")
    kind = d.chance(0.5)
    n = [str(d.number(100, 9999999)) for _ in range(5)]
    if ten == 11:
        kind = True

    def right(text: str) -> str:
        return text + str(sum(int(c) * (first, second)[i % 2] for i, c in enumerate(text)) % ten)

    if kind:
        calls = [(text,) for text in ["", "0", "1", "5", "91", *n]]
        if ten == 11:
            calls = [(text,) for text in ["", "0", "1", "5", "91", *n]]
        return d.problem(
            name="checksum check_sum control_number",
            params="$x: str",
            returns="int",
            ways=[
                "total = 0\nfor place, digit in enumerate($x):\n    if place % 2 == 0:\n        total += $a * int(digit)\n    else:\n        total += $b * int(digit)\nreturn total % $m",
                "total = $a * sum(map(int, $x[::2])) + $b * sum(map(int, $x[1::2]))\nreturn total % $m",
            ],
            summary="Return the check number of a code of digits.",
            gives="the check number of `$x`, a text of digits",
            asks=[
                "Work out the check number of `$x`, a text of digits.",
                "Our codes (texts of digits) carry a check number against typing errors. Return it for `$x`.",
            ],
            rules=[
                "The digits count $a, $b, $a, $b and so on times, from the left; the check number is what remains of their sum when divided by $m.",
                "It is 0 for an empty text.",
            ],
            calls=calls,
            slips=[
                ("place % 2 == 0", "place % 2 == 1", "The two weights are exchanged"),
                ("total % $m", "total // $m", "It is the quotient and not the remainder"),
            ],
            known="2",
        )
    return d.problem(
        name="is_valid check_code digit_is_right",
        params="$x: str",
        returns="bool",
        ways=[
            """
            total = 0
            for place, digit in enumerate($x[:-1]):
                weight = $a if place % 2 == 0 else $b
                total += weight * int(digit)
            return total % $m == int($x[-1])
            """,
            """
            *digits, last = map(int, $x)
            total = $a * sum(digits[::2]) + $b * sum(digits[1::2])
            return total % $m == last
            """,
        ],
        summary="Tell whether the last digit of a code is the right check digit.",
        gives="whether the last digit of `$x`, a text of digits, is the right check digit",
        asks=[
            "Check the last digit of `$x`, a text of digits: is it the right check digit?",
            "People mistype the codes on our parcels (texts of digits). Tell by the last digit, the check digit, whether `$x` can be right.",
        ],
        rules=[
            "The digits before it count $a, $b, $a, $b and so on times, from the left; the check digit is the last digit of their sum.",
            "There is at least one digit.",
        ],
        calls=[
            ("0",),
            ("1",),
            (right("1"),),
            (right("05"),),
            (right(n[0]),),
            (right(n[1]),),
            (n[2] + "7",),
            (right("123456"),),
            (right(n[3])[:-1] + "x".replace("x", str((int(right(n[3])[-1]) + 1) % 10)),),
            (right("90"),),
            ("93",),
        ],
        slips=[
            ("$x[:-1]", "$x", "The check digit is counted as well"),
            ("$a if place % 2 == 0 else $b", "$b if place % 2 == 0 else $a", "The two weights are exchanged"),
        ],
        known="10 2",
    )


@family(level=4)
def code_parts(d: Draw) -> Problem:
    """A code taken apart, with errors for wrong ones."""
    d.scene(
        dict(
            what="invoice number",
            shown="INV-2024-0031",
            pattern=r"([A-Z]+)-(\d{4})-(\d+)",
            a="letters",
            b="four digits for the year",
        ),
        dict(
            what="shelf code",
            shown="A-12-7",
            pattern=r"([A-Z]+)-(\d{2})-(\d+)",
            a="letters",
            b="two digits for the row",
        ),
        dict(
            what="ticket code",
            shown="BUG-104-2",
            pattern=r"([A-Z]+)-(\d{3})-(\d+)",
            a="letters",
            b="three digits for the case",
        ),
    )
    d.let(size={"INV-2024-0031": 4, "A-12-7": 2, "BUG-104-2": 3}[d["shown"]])
    d.names(x="code text number", error="problem reason")
    size = d["size"]
    n = str(d.number(10**size // 10, 10**size - 1))
    m = d.number(1, 60)
    prefix, year, number = d["shown"].split("-")
    d.let(result=f'("{prefix}", {int(year)}, {int(number)})')
    return d.problem(
        name="parse_code take_apart code_parts",
        params="$x: str",
        returns="tuple[str, int, int]",
        ways=[
            """
            import re

            match = re.fullmatch(r"$pattern", $x)
            if match is None:
                raise ValueError(f"no $what: {$x}")
            return match[1], int(match[2]), int(match[3])
            """,
            """
            parts = $x.split("-")
            if len(parts) != 3:
                raise ValueError("three parts are needed")
            letters, middle, number = parts
            if not (letters.isalpha() and letters.isupper() and middle.isdigit() and number.isdigit()):
                raise ValueError("a part has the wrong signs")
            if len(middle) != $size:
                raise ValueError("the part in the middle has the wrong length")
            return letters, int(middle), int(number)
            """,
        ],
        summary='Take a/an $what such as "$shown" apart into a text and two numbers.',
        gives='the three parts of `$x`, a/an $what such as "$shown", as a tuple: $result',
        asks=[
            'Take `$x` apart: "$shown" becomes $result. A/an $what looks like this one.'.replace(
                "A/an $what looks", "Every $what looks"
            ),
            'A/an $what like "$shown" has three parts. Return them as a tuple of a text and two numbers, here $result.'.replace(
                "A/an", "Each"
            ),
        ],
        rules=[
            "A right one has capital $a, $b and a number of any length, with dashes between them; for anything else it raises ValueError."
        ],
        raises="ValueError",
        calls=[
            (d["shown"],),
            ("",),
            (f"XY-{n}-{m}",),
            (f"xy-{n}-{m}",),
            (f"Q-{n}1-{m}",),
            (f"Q-{n}",),
            (f"Q-{n}-",),
            (f"Q-{n}-{m}-1",),
            (f"AB-{n}-0{m}",),
            (f"Q {n} {m}",),
        ],
        slips=[
            ("fullmatch", "match", "Something behind a right code is accepted"),
            ("int(match[2])", "match[2]", "A number stays a text"),
        ],
        known="3",
    )
