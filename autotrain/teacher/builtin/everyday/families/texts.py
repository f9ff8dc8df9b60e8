"""Families of text clean-up: blanks, case, words, lines."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def clean_field(d: Draw) -> Problem:
    """A field of a form without blanks at its ends, in one case."""
    d.scene(
        dict(thing="e-mail address", p="email address", method="lower", case="lower case", raw=" Ana@Example.ORG "),
        dict(thing="country code", p="code country", method="upper", case="upper case", raw=" de"),
        dict(thing="city", p="city place", method="title", case="capitals at the beginning of each word",
             raw="  new york "),
        dict(thing="coupon", p="coupon code", method="upper", case="upper case", raw="spring5 \n"),
        dict(thing="user name", p="username login", method="lower", case="lower case", raw="Karim "),
        dict(thing="tag", p="tag label", method="lower", case="lower case", raw=" Work"),
    )  # fmt: skip
    d.names(v=d["p"])
    return d.problem(
        name="clean_$v normalize_$v tidy_$v",
        params="$v: str",
        returns="str",
        ways=["return $v.strip().$method()", "return $v.$method().strip()"],
        summary="Return a/an $thing without white space at its ends, in $case.",
        gives="the $thing `$v` without white space at either end and in $case",
        asks=[
            "Clean up a/an $thing: no white space at the ends, and in $case.",
            "People type a/an $thing in all sorts of ways into our form. Take the white space off both ends of `$v` "
            "and put it into $case.",
        ],
        settings=["This runs on every line of an import."],
        calls=[(d["raw"],), ("",), ("  ",), (d.pick(pools.WORDS),), (f"\t{d.sentence(2, 2)}",),
               (d.pick(pools.CITIES).upper() + " ",), (d.person() + " " + d.person(),)],
        slips=[
            (".strip()", ".lstrip()", "White space at the end is kept"),
            (".$method()", "", "The case is left as it was typed"),
        ],
        words=["space | blank | strip | trim", "case | capital | upper | lower"],
    )  # fmt: skip


@family(level=1)
def long_words(d: Draw) -> Problem:
    """The words of a text with at least some length."""
    d.names(text="text line sentence title", n="size length minimum")
    shortest = d.chance(0.5)
    d.let(op=">=" if shortest else "<=", off=">" if shortest else "<", said="at least" if shortest else "at most")
    return d.problem(
        name=d.pick(["long_words", "words_from"]) if shortest else d.pick(["short_words", "small_words"]),
        params="$text: str, $n: int",
        returns="list[str]",
        ways=[
            "return [word for word in $text.split() if len(word) $op $n]",
            "words = []\nfor word in $text.split():\n    if len(word) $op $n:\n        words.append(word)\nreturn words",
        ],
        summary="List the words of a text that have $said a number of letters.",
        gives="the list of the words of `$text` with $said `$n` characters",
        asks=[
            "Which words of `$text` have $said `$n` characters? Return them as a list.",
            "For a word game we take a text apart and keep only the words with $said `$n` characters.",
        ],
        rules=["Words are what white space separates; they keep their order."],
        calls=[("", 3), ("a bb ccc", 2), (d.sentence(4, 6), d.number(5, 7)), ("to be or not", 2), ("one", 3),
               (d.sentence(5, 7), 6), ("tea  and coffee", 4), ("x", 2)],
        slips=[("$op $n", "$off $n", "Words of exactly that length are treated wrongly")],
        words=["words", "letters | length | characters"],
    )  # fmt: skip


@family(level=2)
def squeeze_repeats(d: Draw) -> Problem:
    """Runs of one sign made a single one."""
    mark, said = d.pick([("-", "hyphen"), (" ", "blank"), ("_", "underscore"), (".", "dot"), ("/", "slash")])
    d.let(mark=mark, said=said)
    d.names(text="text line value name")
    w = d.some(pools.WORDS, 3)
    return d.problem(
        name="squeeze_${said}s single_${said}s merge_${said}s",
        params="$text: str",
        returns="str",
        ways=[
            """
            while "$mark$mark" in $text:
                $text = $text.replace("$mark$mark", "$mark")
            return $text
            """,
            """
            result = ""
            for char in $text:
                if char == "$mark" and result.endswith("$mark"):
                    continue
                result += char
            return result
            """,
        ],
        summary='Make every run of ${said}s ("$mark") a single one.',
        gives='`$text` with every run of several ${said}s ("$mark") replaced by one $said',
        asks=[
            'Replace runs of ${said}s ("$mark") in `$text` by a single $said.',
            'Our texts come with double and triple ${said}s ("$mark"). Leave only one of each run; everything else '
            "stays.",
        ],
        calls=[("",), (mark * 4,), (f"{w[0]}{mark * 2}{w[1]}",), (f"{mark * 3}{w[2]}",), (w[0],), (f"{w[1]}{mark}{w[2]}",),
               (f"{w[0]}{mark * 5}{w[1]}{mark * 2}",), ("aabb",)],
        slips=[
            ("while", "if", "The text is gone through once only, so that longer runs keep more than one"),
        ],
        clumsy="""
        pieces = []
        previous = None
        for index in range(len($text)):
            if $text[index] == "$mark":
                if previous != "$mark":
                    pieces.append($text[index])
            else:
                pieces.append($text[index])
            previous = $text[index]
        return "".join(pieces)
        """,
        words=["run | single | several | repeated", "$said"],
    )  # fmt: skip
