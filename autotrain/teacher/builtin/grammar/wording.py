"""A little English grammar: singular and negated predicates, gerunds, third persons, joined lists."""

import re

_VERBS = {"are": "is", "have": "has", "do": "does"}
_JOINT = re.compile(r" (and|or) (?=(?:are|have|do|start|end|contain|leave|consist|come|exceed|stand)\b)")
_ONE_OF = {
    "is multiples of": "is a multiple of",
    "is digits": "is a digit",
    "is not digits": "is not a digit",
    "is letters or digits": "is a letter or a digit",
    "is neither letters nor digits": "is neither a letter nor a digit",
    "is letters": "is a letter",
    "is not letters": "is not a letter",
    "is upper-case letters": "is an upper-case letter",
    "is lower-case letters": "is a lower-case letter",
}
_DOUBLED = frozenset("cut put drop cap swap chop stop get".split())
_FOLLOWING = r"\b(and|then) (return|subtract|add|start|append|stop|move|divide|multiply|put|keep)\b"


def join_and(parts: list[str], word: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def singular(predicate: str) -> str:
    """The predicate for one thing: "is even", "starts with …"; of a compound one, each part."""
    parts = _JOINT.split(predicate)
    for number in range(0, len(parts), 2):
        verb, _, rest = parts[number].partition(" ")
        ending = "es" if verb.endswith(("s", "sh", "ch", "x")) else "s"
        part = f"{_VERBS.get(verb, verb + ending)} {rest}"
        for many, one in _ONE_OF.items():
            if part.startswith(many):
                part = part.replace(many, one, 1)
                break
        parts[number] = part
    return _rejoin(parts)


def negate(predicate: str) -> str:
    """The opposite predicate for many things: "are not even", "do not start with …"."""
    parts = _JOINT.split(predicate)
    for number in range(0, len(parts), 2):
        verb, _, rest = parts[number].partition(" ")
        if rest.startswith("not ") and verb in ("are", "do"):
            parts[number] = f"are {rest[4:]}" if verb == "are" else rest[4:]
        else:
            parts[number] = f"are not {rest}" if verb == "are" else f"do not {parts[number]}"
    for number in range(1, len(parts), 2):
        parts[number] = "or" if parts[number] == "and" else "and"
    return _rejoin(parts)


def _rejoin(parts: list[str]) -> str:
    return "".join(f" {part} " if number % 2 else part for number, part in enumerate(parts))


def gerund(imperative: str) -> str:
    """ "squaring it and adding 3" for "square it and add 3"."""
    text = re.sub(_FOLLOWING, lambda match: f"{match[1]} {_ing(match[2])}", imperative)
    verb, _, rest = text.partition(" ")
    return f"{_ing(verb)} {rest}"


def _ing(verb: str) -> str:
    if verb in _DOUBLED:
        return f"{verb}{verb[-1]}ing"
    return f"{verb[:-1]}ing" if verb.endswith("e") and not verb.endswith("ee") else f"{verb}ing"


def third_person(imperative: str) -> str:
    """ "keeps only the numbers and returns them" for "keep only the numbers and return them"."""
    text = re.sub(_FOLLOWING, lambda match: f"{match[1]} {_es(match[2])}", imperative)
    verb, _, rest = text.partition(" ")
    return f"{_es(verb)} {rest}"


def _es(verb: str) -> str:
    if verb.endswith(("s", "x", "ch", "sh", "o")):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if verb.endswith("y") and verb[-2:-1] not in "aeou" else f"{verb}s"


def lower_first(text: str) -> str:
    """The text with a small first letter, unless it starts with a name or a code span."""
    return text if text[:2].isupper() or text[:1] == "`" else text[:1].lower() + text[1:]


def sentence(text: str) -> str:
    """The text as a sentence: capital letter, full stop."""
    text = text.strip()
    text = text if text[:1] in "`\"'" else text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."
