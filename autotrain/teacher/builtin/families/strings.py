"""Families of strings: parts around marks, positions, counts, comparisons, joins, lines."""

from autotrain.teacher.builtin.grammar.conds import char_cond, str_cond
from autotrain.teacher.builtin.grammar.draw import Draw, show
from autotrain.teacher.builtin.grammar.pieces import opposite
from autotrain.teacher.builtin.grammar.program import Program, build
from autotrain.teacher.builtin.grammar.words import WORDS
from autotrain.teacher.builtin.registry import family

_MARKS = (":", "-", "=", "|", ";", "#", "~", "+")


def marked_texts(d: Draw, mark: str, pool: tuple[str, ...] = WORDS) -> list[tuple[str]]:
    """Texts with the mark at no, one or several places, edges included."""
    texts = ["", mark, d.pick(pool), f"{mark}{d.pick(pool)}", f"{d.pick(pool)}{mark}"]
    for _ in range(8):
        texts.append(mark.join(d.pick(pool) for _ in range(d.number(2, 4))))
    return [(text,) for text in texts]


@family(weight=3)
def part_around_mark(d: Draw) -> Program:
    """What stands before, after or between marks in a string."""
    mark = d.pick(_MARKS)
    text = d.param("text", "text")
    m = show(mark)
    body, said, rule = d.pick([
        (f"return {text}.split({m})[0]", f"the part of {text} before the first {m}",
         f"Without a {m} the whole string is returned"),
        (f"return {text}.split({m})[-1]", f"the part of {text} after the last {m}",
         f"Without a {m} the whole string is returned"),
        (f'return {text}.partition({m})[2]', f"the part of {text} after the first {m}",
         f"Without a {m} the result is an empty string"),
        (f'return {text}.rpartition({m})[0]', f"the part of {text} before the last {m}",
         f"Without a {m} the result is an empty string"),
        (f'if {m} not in {text}:\n    return ""\nreturn {text}[{text}.index({m}) + 1 :].upper()',
         f"the part of {text} after the first {m}, in upper case", f"Without a {m} the result is an empty string"),
        (f'$parts = {text}.split({m})\nreturn $parts[1] if len($parts) > 2 else ""',
         f"the part of {text} between the first two {m}", f"With fewer than two {m} the result is an empty string"),
        (f"$left, _, $right = {text}.partition({m})\nreturn $right + {m} + $left if $right else $left",
         f"{text} with the parts before and after the first {m} swapped (the {m} stays between them)",
         f"If nothing follows the first {m}, or there is none, return the part before it"),
        (f"return {text}.count({m})", f"how many {m} there are in {text}", ""),
        (f"return [$word for $word in {text}.split({m}) if $word]", f"the list of the non-empty parts of {text} "
         f"between {m}",
         ""),
        (f"return max({text}.split({m}), key=len)",
         f"the longest of the parts into which {m} divides {text} (the first one if several are equally long)", ""),
        (f"return {m}.join($word for $word in {text}.split({m}) if len($word) > 3)",
         f"{text} without those of its parts between {m} that have at most 3 characters (the rest joined by {m})", ""),
        (f"return {m}.join(reversed({text}.split({m})))", f"{text} with its parts between {m} in reverse order", ""),
    ])  # fmt: skip
    hint = "int" if ".count(" in body else "list[str]" if body.startswith("return [") else "str"
    return build(
        d,
        names=["part_of", "cut_text", "extract_part", "read_part", "after_mark", "text_piece", "take_section"],
        returns=hint,
        body=body,
        result=said,
        rules=[rule],
        inputs=marked_texts(d, mark),
    )


@family(weight=2)
def cut_at_character(d: Draw) -> Program:
    """The part of a string up to, or from, the first character of a kind."""
    text = d.param("text", d.pick(["text", "letters"]))
    one = char_cond(d)
    mode = d.pick("before from without after")
    if mode == "before":
        body = f"""
        for $index, $char in enumerate({text}):
            if {one.on("$char")}:
                return {text}[:$index]
        return {text}
        """
        said, rule = "before the first character", "the whole string"
    elif mode == "from":
        body = f"""
        for $index, $char in enumerate({text}):
            if {one.on("$char")}:
                return {text}[$index:]
        return ""
        """
        said, rule = "from the first character (included)", "an empty string"
    elif mode == "after":
        body = f"""
        for $index in range(len({text}) - 1, -1, -1):
            if {one.on(f"{text}[$index]")}:
                return {text}[$index + 1 :]
        return {text}
        """
        said, rule = "after the last character", "the whole string"
    else:
        body = f"""
        for $index, $char in enumerate({text}):
            if {one.on("$char")}:
                return {text}[:$index] + {text}[$index + 1 :]
        return {text}
        """
        said, rule = "without the first character", "the string unchanged"
    head = f"{text} without the first character" if mode == "without" else f"the part of {text} {said}"
    return build(
        d,
        names=["cut_at", "leading_part", "take_part", "trim_text", "prefix_until", "clip_text"],
        returns="str",
        body=body,
        result=f"{head} that {one.singular}",
        rules=[f"If there is no such character, return {rule}"],
    )


@family(weight=2)
def characters_by_position(d: Draw) -> Program:
    """Build a string from characters chosen or changed by position."""
    text = d.param("text", d.pick(["text", "letters", "word"]))
    k, mark = d.number(2, 4), d.char("-.*_")
    kth = ("second", "third", "fourth")[k - 2]
    body, said = d.pick([
        (f"return {text}[::{k}]", f"every {kth} character of {text}, beginning with the first"),
        (f"return {text}[1::2]", f"the characters of {text} at odd positions (counting from 0)"),
        (f"return {text}[::-{k}]", f"every {kth} character of {text} from the end, beginning with the last"),
        (f'return "".join($char.upper() if $index % {k} == 0 else $char for $index, $char in enumerate({text}))',
         f"{text} with the characters at positions divisible by {k} (counting from 0) in upper case"),
        (f'return "".join($char * ($index + 1) for $index, $char in enumerate({text}))',
         f"a string in which the first character of {text} appears once, the second twice, the third three times, "
         "and so on"),
        (f'return "".join($char for $index, $char in enumerate({text}) if $index % {k} != {k - 1})',
         f"{text} without every {kth} character (the {kth}, the {2 * k}th, and so on are left out)"),
        (f'return "{mark}".join({text})', f'{text} with "{mark}" between each two characters'),
        (f'return "".join({text}[$index] for $index in range(len({text}) - 1, -1, -1) if $index % 2 == 0)',
         f"the characters of {text} at even positions (counting from 0), from the last to the first"),
        (f"return {text}[-1:] + {text}[1:-1] + {text}[:1] if len({text}) > 1 else {text}",
         f"{text} with its first and last characters exchanged"),
        (f'return "".join({text}[$index + 1 : $index + 2] + {text}[$index] for $index in range(0, len({text}), 2))',
         f"{text} with neighbouring characters exchanged: the first with the second, the third with the fourth, and so "
         "on (a last single character stays)"),
        (f"return {text}[:{k}] + {text}[:{k - 1}:-1]",
         f"{text} with everything after its first {k} characters reversed"),
        (f"return {text}[:{k}].upper() + {text}[{k}:].lower()",
         f"{text} with its first {k} characters in upper case and the rest in lower case"),
        (f'return "".join("{mark}" if $index % {k} == 0 else $char for $index, $char in enumerate({text}))',
         f'{text} with the characters at positions divisible by {k} (counting from 0) replaced by "{mark}"'),
    ])  # fmt: skip
    return build(
        d,
        names=["pick_characters", "by_position", "rearrange", "thin_out", "spread_text", "reshape_text", "mix_text"],
        returns="str",
        body=body,
        result=said,
    )


@family(weight=2)
def count_in_text(d: Draw) -> Program:
    """Counts over a string: characters of kinds, pairs of neighbours, words of kinds."""
    text = d.param("text", d.pick(["text", "letters"]))
    one = char_cond(d, params=False)
    word = str_cond(d, params=False)
    body, said = d.pick([
        (f"return sum(1 for $a, $b in zip({text}, {text}[1:]) if $a == $b)",
         f"how often a character in {text} equals the one right after it"),
        (f"return sum(1 for $a, $b in zip({text}, {text}[1:]) if $a < $b)",
         f"how often a character in {text} is followed by a greater one (in character order)"),
        (f"return sum(1 for $a, $b in zip({text}, {text}[1:]) if {one.tight('$a')} and {opposite(one.on('$b'))})",
         f"how often in {text} a character that {one.singular} is followed by one that does not fulfil this"),
        (f"return len(set({text}.lower()))", f"how many different characters {text} has if case is ignored"),
        (f"return sum(1 for $char in set({text}) if {text}.count($char) > 1)",
         f"how many different characters occur more than once in {text}"),
        (f"return sum(1 for $word in {text}.split() if {word.on('$word')})",
         f"how many words of {text} (separated by white space) {word.are}"),
        (f"return max({text}.count($char) for $char in {text}) if {text} else 0",
         f"how often the most frequent character of {text} occurs (0 for an empty string)"),
        (f"return sum(len($word) for $word in {text}.split()) - {text}.count(' ')",
         f"the number of characters in the words of {text} (separated by white space) minus its number of spaces"),
        (f"return len({text}) - len({text}.replace(' ', ''))", f"the number of spaces in {text}"),
        (f"return abs(sum(1 if {one.on('$char')} else -1 for $char in {text}))",
         f"the absolute difference between the number of characters of {text} that {one.are} and of all others"),
    ])  # fmt: skip
    return build(
        d,
        names=["count_in", "text_count", "tally_text", "measure_text", "number_of", "text_figure"],
        returns="int",
        body=body.replace("' '", '" "').replace("''", '""'),
        result=said,
    )
