"""Families of short texts: counting, pieces, questions, wrapping."""

from autotrain.teacher.builtin.everyday import pools
from autotrain.teacher.builtin.everyday.problem import Draw, Problem, family


@family(level=0)
def how_many(d: Draw) -> Problem:
    """How many words, lines, signs a text has."""
    said, expression, other, fn, slip = d.pick(
        [
            (
                "words, separated by blanks,",
                "len($x.split())",
                "len([word for word in $x.split()])",
                "count_words",
                (".split()", "", "It counts the letters"),
            ),
            (
                "commas",
                '$x.count(",")',
                'len($x.split(",")) - 1',
                "count_commas",
                ('","', '"."', "It counts the points"),
            ),
            (
                "blanks",
                '$x.count(" ")',
                'len($x.split(" ")) - 1',
                "count_blanks",
                ('$x.count(" ")', "len($x.split())", "It counts the words"),
            ),
            (
                "characters, blanks included,",
                "len($x)",
                "sum(1 for letter in $x)",
                "text_length",
                ("len($x)", "len($x.strip())", "Blanks at the ends are not counted"),
            ),
            (
                "digits",
                "sum(c.isdigit() for c in $x)",
                "len([c for c in $x if c.isdigit()])",
                "count_digits",
                ("isdigit", "isalpha", "It counts the letters"),
            ),
            (
                "capital letters",
                "sum(c.isupper() for c in $x)",
                "len([c for c in $x if c.isupper()])",
                "count_capitals",
                ("isupper", "islower", "It counts the small letters"),
            ),
            (
                "question marks",
                '$x.count("?")',
                'len($x.split("?")) - 1',
                "count_questions",
                ('"?"', '"!"', "It counts the exclamation marks"),
            ),
        ]
    )
    d.let(said=said, expression=expression, other=other)
    d.names(x="text message comment note sentence")
    a, b = d.sentence(), d.sentence(1, 2)
    return d.problem(
        name=f"{fn} how_many",
        params="$x: str",
        returns="int",
        ways=["return $expression", "number = $other\nreturn number"],
        summary=f"Count the {said.split(',')[0]} in a text.",
        gives="how many $said there are in `$x`",
        asks=["How many $said are in `$x`?", "The editor shows some figures of `$x`. Return how many $said it has."],
        calls=[
            ("",),
            ("a",),
            (f" {a}, {b} ",),
            (f"{a.title()}: 12, 7? 9!",),
            (f"Is it {b}? Or {a}?",),
            ("A, B,  C and D1",),
            (a,),
            (f"{b.upper()} 2024!",),
        ],
        slips=[slip],
        known="1",
    )


@family(level=0)
def piece(d: Draw) -> Problem:
    """The first or last word, or what stands before or after a sign."""
    said, expression, other, fn, slip, rule = d.pick(
        [
            (
                "first word",
                "$x.split()[0]",
                "$x.split(maxsplit=1)[0]",
                "first_word",
                ("[0]", "[-1]", "It is the last word"),
                "There is at least one word; words are separated by blanks.",
            ),
            (
                "last word",
                "$x.split()[-1]",
                "$x.rsplit(maxsplit=1)[-1]",
                "last_word",
                ("[-1]", "[0]", "It is the first word"),
                "There is at least one word; words are separated by blanks.",
            ),
            (
                "first line",
                "$x.splitlines()[0]",
                '$x.split("\\n")[0]',
                "first_line",
                ("[0]", "[-1]", "It is the last line"),
                "There is at least one line.",
            ),
            (
                "part before the first colon",
                '$x.split(":")[0]',
                '$x.partition(":")[0]',
                "before_colon",
                ("[0]", "[-1]", "It is what stands at the end"),
                "Without a colon it is the whole text.",
            ),
            (
                "part before the first comma",
                '$x.split(",")[0]',
                '$x.partition(",")[0]',
                "before_comma",
                ("[0]", "[-1]", "It is what stands at the end"),
                "Without a comma it is the whole text.",
            ),
            (
                "last 4 characters",
                "$x[-4:]",
                "$x[max(len($x) - 4, 0) :]",
                "last_four",
                ("[-4:]", "[:4]", "They come from the front"),
                "A shorter text comes back whole.",
            ),
            (
                "first 3 characters in capital letters",
                "$x[:3].upper()",
                "$x.upper()[:3]",
                "short_code",
                (".upper()", "", "The case stays as it was"),
                "A shorter text is taken whole.",
            ),
        ]
    )
    d.let(said=said, expression=expression, other=other, rule=rule)
    d.names(x="text message title line note")
    a, b, c = d.some(pools.WORDS, 3)
    return d.problem(
        name=f"{fn} get_{fn}",
        params="$x: str",
        returns="str",
        ways=["return $expression", "part = $other\nreturn part"],
        summary="Return the $said of a text.",
        gives="the $said of `$x`",
        asks=["Return the $said of `$x`.", "For an overview I only need the $said of each text. `$x` is one of them."],
        rules=["$rule"],
        calls=[
            ("a",),
            (a,),
            (f"{a} {b}",),
            (f"{a}: {b}, {c}",),
            (f"{c}, {a}: {b}",),
            (f"{a} {b}\n{c} {a}",),
            (f"{b}:{c}:{a}",),
            (f"{c},{b},{a}",),
        ],
        slips=[slip],
        known="4 3",
    )


@family(level=0)
def holds(d: Draw) -> Problem:
    """Whether a text has a word in it, begins or ends with one, or is the same but for case."""
    said, expression, other, fn, slip = d.pick(
        [
            (
                "`$y` occurs in `$x`",
                "$y in $x",
                "$x.find($y) != -1",
                "contains has_part",
                ("$y in $x", "$x in $y", "It asks the other way round"),
            ),
            (
                "`$x` begins with `$y`",
                "$x.startswith($y)",
                "$x[: len($y)] == $y",
                "begins_with opens_with",
                ("startswith", "endswith", "It looks at the end"),
            ),
            (
                "`$x` ends with `$y`",
                "$x.endswith($y)",
                "$x[len($x) - len($y) :] == $y and len($y) <= len($x)",
                "ends_with closes_with",
                ("endswith", "startswith", "It looks at the beginning"),
            ),
            (
                "`$x` and `$y` are equal, whether in capital or small letters",
                "$x.lower() == $y.lower()",
                "$x.upper() == $y.upper()",
                "same_text equal_ignoring_case",
                ("$x.lower()", "$x", "Only the second text is made small"),
            ),
            (
                "`$y` occurs in `$x`, whether in capital or small letters",
                "$y.lower() in $x.lower()",
                "$x.upper().find($y.upper()) >= 0",
                "mentions contains_ignoring_case",
                ("$y.lower()", "$y", "Capital letters in the second text are never found"),
            ),
            (
                "`$y` is one of the words of `$x`, which are separated by blanks",
                "$y in $x.split()",
                "$x.split().count($y) > 0",
                "has_word uses_word",
                (".split()", "", "It also finds parts of words"),
            ),
        ]
    )
    d.let(said=said, expression=expression, other=other)
    d.names(x="text title message line", y="word part term")
    a, b, c = d.some(pools.WORDS, 3)
    return d.problem(
        name=fn,
        params="$x: str, $y: str",
        returns="bool",
        ways=["return $expression", "result = $other\nreturn result"],
        summary="Tell whether $said.".replace(
            "$said", said.replace("`$x`", "the text").replace("`$y`", "the other one")
        ),
        gives="whether $said",
        asks=[
            "Is it true that $said? Return True or False.",
            "A search needs to know whether $said. Return True or False.",
        ],
        calls=[
            (a, a),
            (a, b),
            (f"{a} {b}", a),
            (f"{a} {b}", b),
            (f"{a} {b} {c}", b),
            (a.upper(), a),
            (f"{a} {b}", b.upper()),
            (a, a.title()),
            (f"{a}s {b}s", a),
            (a[1:], a),
            (f"{c}{a}", a),
        ],
        slips=[slip],
    )


@family(level=0)
def wrapped(d: Draw) -> Problem:
    """A text put into something, or repeated."""
    said, expression, other, fn, eg, slip = d.pick(
        [
            (
                "in double quotes",
                "f'\"{$x}\"'",
                "'\"' + $x + '\"'",
                "quoted in_quotes",
                '"tea"',
                ("{$x}", "$x", "The name of the variable is written, not its value"),
            ),
            ("in round brackets", 'f"({$x})"', '"(" + $x + ")"', "in_brackets bracketed", "(tea)", ("(f", "f", "")),
            (
                "in square brackets",
                'f"[{$x}]"',
                '"[" + $x + "]"',
                "in_brackets bracketed",
                "[tea]",
                ("{$x}", "$x", "The name of the variable is written, not its value"),
            ),
            (
                "with two stars on each side",
                'f"**{$x}**"',
                '"**" + $x + "**"',
                "bold emphasised",
                "**tea**",
                ("**{$x}**", "*{$x}*", "There is one star on each side"),
            ),
            (
                "with a dash and a blank in front",
                'f"- {$x}"',
                '"- " + $x',
                "list_item bullet",
                "- tea",
                ("- {$x}", "-{$x}", "The blank is missing"),
            ),
            (
                "with three dots behind it",
                'f"{$x}..."',
                '$x + "..."',
                "with_dots unfinished",
                "tea...",
                ("...", "..", "It is one dot too few"),
            ),
            (
                "two times, with a blank between",
                'f"{$x} {$x}"',
                '" ".join([$x, $x])',
                "twice doubled",
                "tea tea",
                ("{$x} {$x}", "{$x}{$x}", "The blank is missing"),
            ),
            (
                "with an exclamation mark behind it",
                'f"{$x}!"',
                '$x + "!"',
                "excited call_out",
                "tea!",
                ('!"', '?"', "It is a question mark"),
            ),
        ]
    )
    if not slip[2]:
        slip = ("{$x}", "$x", "The name of the variable is written, not its value")
    d.let(said=said, expression=expression, other=other, eg=eg)
    d.names(x="text word title label item")
    a, b, c = d.some(pools.WORDS, 3)
    return d.problem(
        name=fn,
        params="$x: str",
        returns="str",
        ways=["return $expression", "return $other"],
        summary="Return a text $said.",
        gives="`$x` $said, so that tea becomes `$eg`",
        asks=[
            "Return `$x` $said: tea becomes `$eg`.",
            "On the page the text `$x` should stand $said, as in `$eg` for tea.",
        ],
        calls=[("",), ("tea",), (a,), (b,), (f"{a} {c}",), (c.upper(),), ("x",), (d.sentence(),)],
        slips=[slip],
    )


@family(level=1)
def pick_word(d: Draw) -> Problem:
    """The longest or shortest of some words, or those of a kind."""
    said, expression, other, kind, fn, slip = d.pick(
        [
            (
                "the longest word",
                "max($x.split(), key=len)",
                "sorted($x.split(), key=len, reverse=True)[0]",
                "str",
                "longest_word",
                ("max(", "min(", "It is the shortest word"),
            ),
            (
                "the shortest word",
                "min($x.split(), key=len)",
                "sorted($x.split(), key=len)[0]",
                "str",
                "shortest_word",
                ("min(", "max(", "It is the longest word"),
            ),
            (
                "the list of the lengths of its words",
                "[len(word) for word in $x.split()]",
                "list(map(len, $x.split()))",
                "list[int]",
                "word_lengths",
                ("len(word)", "word", "It lists the words and not their lengths"),
            ),
            (
                "the list of its words that begin with a capital letter",
                "[word for word in $x.split() if word[0].isupper()]",
                "list(filter(lambda word: word[:1].isupper(), $x.split()))",
                "list[str]",
                "capital_words",
                ("word[0].isupper()", "word.isupper()", "All letters must be capital ones then"),
            ),
            (
                "the list of its words without any digit in them",
                "[word for word in $x.split() if word.isalpha()]",
                "list(filter(str.isalpha, $x.split()))",
                "list[str]",
                "plain_words",
                ("isalpha", "isdigit", "It lists the numbers"),
            ),
        ]
    )
    if "digit" in said:
        said = "the list of its words that have letters only"
    ties = "Of several the first one counts; there is at least one word." if "est word" in said else ""
    d.let(said=said, expression=expression, other=other, ties=ties)
    d.names(x="text sentence line title")
    a, b, c = d.some(pools.WORDS, 3)
    return d.problem(
        name=f"{fn} find_{fn}",
        params="$x: str",
        returns=kind,
        ways=["return $expression", "return $other"],
        summary="Return $said of a text.".replace("$said", said.replace("its words", "the words")).replace(
            "letters only of a text", "letters only, of a text"
        ),
        gives="$said, for the text `$x`",
        asks=["`$x` is a text. Return $said.", "We look at the words of the text `$x`. Return $said."],
        rules=["Words are separated by blanks.", "$ties"],
        calls=[
            ("a",),
            (a,),
            (f"{a} {b}",),
            (f"{a.title()} {b} X1 {c.title()}",),
            ("to be or not",),
            (f"{c} 12 {b.upper()}",),
            (f"  {b}   {a} ",),
            (f"Go {a} {b.title()}s",),
        ],
        slips=[slip],
    )
