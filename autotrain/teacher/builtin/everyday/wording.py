"""Small turns of phrase."""

import re

_FOLLOWING = r"\b(and|then) (return|subtract|add|start|append|stop|move|divide|multiply|put|keep)\b"


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
