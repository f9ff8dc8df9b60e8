"""Families of texts: two strings, words, lines, joining."""

from autotrain.teacher.builtin.grammar.conds import str_cond
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.pieces import put
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.rules import plain_map, spoken
from autotrain.teacher.builtin.grammar.words import MIXED, WORDS
from autotrain.teacher.builtin.registry import family


@family(weight=2)
def compare_texts(d: Draw) -> Program:
    """Relations between two strings."""
    a, b = d.param("a", "word"), d.param("b", "word")
    k = d.number(2, 3)
    body, said, hint = d.pick([
        (f"return {a}.lower() == {b}.lower()", f"True if {a} and {b} are equal when case is ignored, otherwise False",
         "bool"),
        (f"return {a}[:{k}] == {b}[:{k}]", f"True if {a} and {b} agree in their first {k} characters, otherwise False",
         "bool"),
        (f"return set({a}) <= set({b})", f"True if every character of {a} also occurs in {b}, otherwise False", "bool"),
        (f"return sorted(set({a}) & set({b}))", f"the sorted list of the characters that occur in both {a} and {b}",
         "list[str]"),
        (f"return sum(1 for $char in {a} if $char in {b})", f"how many characters of {a} (repeated ones counted) "
         f"occur in {b}",
         "int"),
        (f"return {a} if len({a}) >= len({b}) else {b}", f"the longer of {a} and {b} ({a} if they are equally long)",
         "str"),
        (f"return min({a}, {b}) + max({a}, {b})",
         f"{a} and {b} joined without separator, the alphabetically smaller one first", "str"),
        (f'return "".join($char for $char in {a} if $char not in {b})',
         f"{a} without all characters that occur in {b}", "str"),
        (f"return {a}[: len({b})]", f"{a} cut to at most the length of {b}", "str"),
        (f"return {b} in {a} or {a} in {b}", f"True if one of {a} and {b} contains the other, otherwise False", "bool"),
        (f"return len({a}) - len({b})", f"how many more characters {a} has than {b} (negative if fewer)", "int"),
        (f"return {a}.startswith({b}) or {a}.endswith({b})", f"True if {a} starts or ends with {b}, otherwise False",
         "bool"),
        (f"return {a}.replace({b}, {b}.upper())", f"{a} with every occurrence of {b} in upper case", "str"),
        (f"return {a}[:1] + {b}[1:], {b}[:1] + {a}[1:]",
         f"a tuple of {a} and {b} after exchanging their first characters", "tuple[str, str]"),
    ])  # fmt: skip
    short = ("a", "e", "st", "no", "to", "ea", "in", "Rain")

    def inputs(position: int) -> tuple[str, str]:
        one = d.pick(MIXED)
        other = d.pick([one.upper(), one[:2], one[::-1], d.pick(MIXED), d.pick(short), one[:3] + "er"])
        return ("", other) if position == 0 else (one, other)

    return build(
        d,
        names=["compare_texts", "relate_texts", "match_texts", "text_pair", "two_words", "check_pair"],
        returns=hint,
        body=body,
        result=said,
        inputs=inputs,
    )


@family(weight=2)
def words_of_text(d: Draw) -> Program:
    """Reorder, pick or change the words of a text."""
    text = d.param("text", "text")
    one, change, k = str_cond(d, params=False), plain_map(d, "str"), d.number(2, 3)
    body, said, hint = d.pick([
        (f'return " ".join({text}.split()[::-1])', f"the words of {text} in reverse order, joined by single spaces",
         "str"),
        (f'return " ".join(sorted({text}.split(), key=str.lower))',
         f"the words of {text}, sorted alphabetically without regard to case, joined by single spaces", "str"),
        (f'return "".join($word[0] for $word in {text}.split())', f"the first characters of the words of {text}, as "
         f"one string",
         "str"),
        (f"$parts = {text}.split()\nreturn $parts[{k - 1}] if len($parts) >= {k} else \"\"",
         f"the {['second', 'third'][k - 2]} word of {text} (an empty string if there are fewer than {k} words)", "str"),
        (f'return " ".join({put(change.code, "$word")} for $word in {text}.split())',
         f"the words of {text} joined by single spaces, with this change of each word: {spoken(change)}", "str"),
        (f"return [($word, len($word)) for $word in {text}.split()]",
         f"a list of (word, length) tuples for the words of {text}", "list[tuple[str, int]]"),
        (f'return " ".join($word for $index, $word in enumerate({text}.split()) if $index % 2 == 0)',
         f"every second word of {text}, beginning with the first, joined by single spaces", "str"),
        (f"return any({one.on('$word')} for $word in {text}.split())",
         f"True if {text} has at least one word that {one.singular}, otherwise False", "bool"),
        (f"return all({one.on('$word')} for $word in {text}.split())",
         f"True if every word of {text} {one.singular}, otherwise False (True if there are no words)", "bool"),
        (f"return {{$word: $index for $index, $word in enumerate({text}.split())}}",
         f"a dictionary that maps each word of {text} to its position among the words, counted from 0 (the last one "
         "counts if a word is repeated)", "dict[str, int]"),
        (f"$parts = {text}.split()\nreturn sum(1 for $a, $b in zip($parts, $parts[1:]) if len($a) < len($b))",
         f"how often a word of {text} is followed by a longer one", "int"),
    ])  # fmt: skip
    return build(
        d,
        names=["words_of", "treat_words", "word_view", "work_on_words", "from_words", "sentence_info"],
        returns=hint,
        body=body,
        result=said,
        rules=[d.pick(["Words are separated by white space", "A word is a stretch of characters without white space"])],
    )


@family(weight=2)
def lines_of_text(d: Draw) -> Program:
    """Treat the lines of a text: drop, number, join, indent, measure."""
    text = d.param("text", "text")
    mark, k = d.pick(["#", "//", "--", ";"]), d.number(2, 4)
    m = show(mark)
    form = d.pick(['f"{$index}: {$row}"', 'f"{$index}. {$row}"', 'f"{$index}) {$row}"'])
    shown = form.replace("{$index}", "number").replace("{$row}", "line")[1:]
    body, said, hint = d.pick([
        (f"return [$row for $row in {text}.splitlines() if $row.strip()]",
         f"the list of the lines of {text} that are not blank", "list[str]"),
        (f'return "\\n".join($row for $row in {text}.splitlines() if not $row.startswith({m}))',
         f"{text} without the lines that start with {m}", "str"),
        (f"return [{form} for $index, $row in enumerate({text}.splitlines(), start=1)]",
         f"a list of the lines of {text}, each in the form {shown}, numbered from 1", "list[str]"),
        (f"return sum(1 for $row in {text}.splitlines() if $row.strip().startswith({m}))",
         f"how many lines of {text} start with {m} when leading spaces are ignored", "int"),
        (f'return "\\n".join(" " * {k} + $row if $row else $row for $row in {text}.splitlines())',
         f"{text} with {k} spaces in front of each line that is not empty", "str"),
        (f"return max((len($row) for $row in {text}.splitlines()), default=0)",
         f"the length of the longest line of {text} (0 if there are no lines)", "int"),
        (f'return " ".join($row.strip() for $row in {text}.splitlines() if $row.strip())',
         f"the lines of {text}, stripped and joined by single spaces, without blank ones", "str"),
        (f"return [$row.split({m})[0].rstrip() for $row in {text}.splitlines()]",
         f"a list of the lines of {text}, each cut before the first {m} and stripped of white space at its end",
         "list[str]"),
        (f"return {text}.splitlines()[::-1]", f"the list of the lines of {text}, last one first", "list[str]"),
        (f"return sum(len($row.split()) for $row in {text}.splitlines() if not $row.startswith({m}))",
         f"how many words (separated by white space) the lines of {text} hold that do not start with {m}", "int"),
        (f"return [len($row) - len($row.lstrip()) for $row in {text}.splitlines()]",
         f"a list with the number of white-space characters at the start of each line of {text}", "list[int]"),
    ])  # fmt: skip

    def inputs(position: int) -> tuple[str]:
        count = position if position < 2 else d.number(2, 4)
        lines = [d.pick([d.pick(WORDS), f"{mark} {d.pick(WORDS)}", f"  {d.pick(WORDS)}", "",
        f"{d.pick(WORDS)} {mark} x",
                         f"{d.pick(WORDS)} {d.pick(WORDS)}"]) for _ in range(count)]  # fmt: skip
        return ("\n".join(lines),)

    return build(
        d,
        names=["lines_of", "clean_lines", "line_report", "work_on_lines", "text_lines", "filter_lines"],
        returns=hint,
        body=body,
        result=said,
        inputs=inputs,
    )


@family(weight=2)
def join_with_rule(d: Draw) -> Program:
    """Join a list of strings into one text by a rule."""
    xs = d.param("xs", "words")
    sep, mark = d.pick([", ", " + ", "/", "; ", " "]), d.pick(["!", ".", "-", "?"])
    word = d.pick(["and", "or"])
    body, said = d.pick([
        (f'return {show(sep)}.join(f"{{$index}}{mark}{{$word}}" for $index, $word in enumerate({xs}, start=1))',
         f'the strings in {xs}, each with its number (from 1) and "{mark}" in front, joined by {show(sep)}'),
        (f'if len({xs}) < 2:\n    return "".join({xs})\nreturn ", ".join({xs}[:-1]) + " {word} " + {xs}[-1]',
         f'the strings in {xs} as an enumeration: commas (", ") between all but the last two, " {word} " before the '
         f'last '
         "(a single string stands alone)"),
        (f'return "".join($word.upper() if $index % 2 == 0 else $word.lower() for $index, $word in enumerate({xs}))',
         f"the strings in {xs} joined without separator, alternately in upper case (the first) and lower case"),
        (f'return {show(sep)}.join($word for $word in {xs} if $word) + "{mark}"',
         f'the non-empty strings in {xs} joined by {show(sep)}, with "{mark}" at the end'),
        (f'return {show(sep)}.join(f"<{{$word}}>" for $word in sorted({xs}))',
         f"the strings in {xs}, sorted, each in angle brackets, joined by {show(sep)}"),
        (f'return {show(sep)}.join($word * $index for $index, $word in enumerate({xs}, start=1))',
         f"the strings in {xs} joined by {show(sep)}, the first written once, the second twice in a row, and so on"),
        (f'return "".join(f"{{$word}}({{len($word)}})" for $word in {xs})',
         f"one string that shows each string in {xs} followed by its length in parentheses, without separator"),
    ])  # fmt: skip
    return build(
        d,
        names=["join_words", "make_line", "to_text", "join_with_rule", "compose", "enumerate_words"],
        returns="str",
        body=body,
        result=said,
    )
