"""Python that is newer than the interpreter, or a notebook's: what is left once its new parts are put the old way.

is_python("def first[T](items: list[T]) -> T: return items[0]")     # True, also on Python 3.11
tree("type Pair = tuple[int, int]")                                 # a syntax tree of the older form
"""

import ast
import re
import warnings

from autotrain.tasks import python

_PARAMETERS = re.compile(r"^([ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+\w+)[ \t]*\[", re.MULTILINE)
_ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(\[[^\n]*?\])?[ \t]*=(?!=)", re.MULTILINE)
_EXCEPT = re.compile(r"^([ \t]*except\*?)[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)[ \t]*:", re.MULTILINE)
_NOTEBOOK = re.compile(r"^([ \t]*)(?:%{1,2}[a-z]\w*\b|!)[^\n]*$", re.MULTILINE)
_PROMPT = re.compile(r"^(?:>>>|\.\.\.)(?: |$)", re.MULTILINE)
_STRING = re.compile(r"#[^\n]*|([A-Za-z]{0,2})(\"\"\"|'''|\"|')")
_MAX_CHARACTERS = 200_000


def is_python(code: str) -> bool:
    """Whether a text is Python of this or a newer version, a notebook's cell, or a session with its prompts."""
    return python.parses(code) or older(code) is not None


def is_newer(code: str) -> bool:
    """Whether a text is Python, but not of this interpreter's version."""
    return not python.parses(code) and older(code) is not None


def tree(code: str) -> ast.Module | None:
    """The syntax tree of such a text; None where it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not python.parses(code):
            return ast.parse(found) if (found := older(code)) is not None else None
        return ast.parse(code)


def older(code: str) -> str | None:
    """The code with what is new since Python 3.11 put the old way; None where that does not parse either.

    New are type parameters (PEP 695, 696), `type X = …`, quotes and comments inside f-strings (PEP 701),
    t-strings (PEP 750) and `except A, B:` (PEP 758).
    """
    if len(code) > _MAX_CHARACTERS:
        return None
    if ">>>" in code:
        lines = code.split("\n")
        if next((line for line in lines if line.strip()), "").startswith(">>>"):
            code = "\n".join(_PROMPT.sub("", line) for line in lines if line.startswith((">>>", "...")))
    changed = _NOTEBOOK.sub(r"\1pass", code)
    changed = _EXCEPT.sub(r"\1 (\2):", changed)
    changed = _ALIAS.sub(r"\1\2 =", _without_parameters(changed))
    if python.parses(changed):
        return changed
    changed = _without_formats(changed)
    return changed if python.parses(changed) else None


def _without_parameters(code: str) -> str:
    pieces, done = [], 0
    for match in _PARAMETERS.finditer(code):
        if match.start() < done:
            continue
        place, depth = match.end(), 1
        while place < len(code) and depth:
            depth += (code[place] == "[") - (code[place] == "]")
            place += 1
        pieces.append(code[done : match.end(1)])
        done = place
    return "".join(pieces) + code[done:]


def _without_formats(code: str) -> str:
    """The code with each f-string and t-string as a plain, empty string."""
    pieces, place = [], 0
    while match := _STRING.search(code, place):
        if match[2] is None:
            pieces.append(code[place : match.end()])
            place = match.end()
            continue
        marks = match[1].lower()
        formats = set(marks) & {"f", "t"} and set(marks) <= set("ftr")
        end = _end_of_string(code, match.end(), match[2], bool(formats), "r" in marks)
        if formats:
            pieces += [code[place : match.start()], '""']
        else:
            pieces.append(code[place:end])
        place = end
    return "".join(pieces) + code[place:]


def _end_of_string(code: str, place: int, quote: str, formats: bool, raw: bool) -> int:
    depth = 0
    while place < len(code):
        character = code[place]
        if depth:
            inner = _STRING.match(code, place)
            if inner and inner[2]:
                place = _end_of_string(code, inner.end(), inner[2], "f" in inner[1].lower(), "r" in inner[1].lower())
                continue
            depth += (character == "{") - (character == "}")
        elif character == "\\":
            place += 1
        elif code.startswith(quote, place):
            return place + len(quote)
        elif formats and character == "{":
            if code.startswith("{{", place):
                place += 1
            else:
                depth = 1
        elif character == "\n" and len(quote) == 1:
            return place
        place += 1
    return len(code)
