# ruff: noqa: E501 (patterns)
"""Code that leaves out what it was asked for: a comment that stands in for it, or functions without a body.

    placeholder_problem("def f(x):\\n    # your code here\\n    pass")      # "placeholder: …"

A function without a body is no fault where the task asks for one (a stub, an interface, something that
does nothing), and a comment only where it fills its line and says nothing else.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from autotrain.tasks import newer_python, python

_THING = (
    r"(?:code|implementation|logic|solution|function body|body|method|methods|functions?|class|file|script|program)"
)
_MARK = r"^[ \t]*(?:\#+|//+|--+|/\*+|<!--|;+|%+|!+|\")[ \t]*"
_END = r"[ \t]*(?:\.{2,}|…)?[ \t.)\]!:]*(?:\*+/|-->)?[ \t]*$"
_STANDS_IN = re.compile(
    rf"{_MARK}(?:\.{{2,}}|…)?[ \t(\[<]*(?:"
    rf"(?:(?:add|write|put|place|insert|type|enter|implement|complete) )?(?:the |your |actual )*(?:own )?{_THING}(?: goes| comes)? (?:here|below)"
    rf"|(?:add|write|put|place|insert|implement|complete|fill in) your {_THING}(?: (?:here|below|to|for|that)\b.{{0,60}})?"
    rf"|your {_THING}(?: here)?"
    rf"|implement(?:ation)? (?:this|me|here|later|omitted|details?|left|goes)\b.{{0,40}}"
    rf"|(?:the )?(?:rest|remainder) of (?:the |your |this )?{_THING}(?: (?:here|goes here|stays|remains|is|as|unchanged|omitted|follows)\b.{{0,40}})?"
    rf"|(?:the )?(?:existing|remaining|other|previous|original|rest of the) {_THING}(?: (?:here|goes here|stays|remains|is|as|unchanged|omitted)\b.{{0,40}})?"
    r"|(?:same|unchanged|omitted)(?: as)? (?:for brevity|(?:as )?(?:above|before))"
    r"|(?:code |details |implementation )?(?:is )?omitted(?: for (?:brevity|clarity))?"
    r"|fill (?:this |me )?in(?: here)?"
    rf"){_END}|{_MARK}(?:\.{{3,}}|…)[ \t]*(?:the )?(?:existing|rest|remaining|your|other)\b(?: of)?(?: the)? {_THING}\b.{{0,40}}$",
    re.MULTILINE | re.IGNORECASE,
)  # fmt: skip
_TODO = re.compile(
    rf"{_MARK}(?:todo|fixme)\b[ :]*(?:implement|write|complete|finish|add|fill)?\b[^\n]*\n(?:[ \t]*\n)*"
    r"(?:[ \t]*(?:pass|\.\.\.|return(?: None| null| nil| 0| false)?;?|raise NotImplementedError\b.*|throw new \w*(?:NotImplemented|Unsupported)\w*.*|"
    r"unimplemented!\(.*|todo!\(.*|[}]+;?|end)[ \t]*$|\Z)",
    re.MULTILINE | re.IGNORECASE,
)  # fmt: skip
_TODO_PYTHON = re.compile(
    r"^[ \t]*#[ \t]*(?:todo|fixme)[ \t:]*(?:implement|write|complete|finish|fill in)\b[ \t]*(?:it|this|me|here|the (?:function|method|logic))?[ \t.!]*$",
    re.MULTILINE | re.IGNORECASE,
)
_NO_BODY = re.compile(r"\bunimplemented!\(\)|\btodo!\(\)|throw new (?:NotImplementedException|UnsupportedOperationException)\(|"
                      r"throw new Error\([\"'](?:not implemented|todo|implement)", re.IGNORECASE)  # fmt: skip
_ASKED_FOR = re.compile(
    r"\bno-?ops?\b|\bdo(?:es|ing)? (?:\w+ )?nothing\b|\bnot do anything|\bstubs?\b|\bskeleton|\bplaceholder|\bscaffold|"
    r"\bempty (?:\w+ )?(?:function|method|class|body|bodies|implementation|exception|callback)|"
    r"\babstract (?:\w+ )?(?:class|method|base)|\b(?:an?|the|this) (?:\w+ )?interface\b|\btyping\.Protocol|\bProtocol class|"
    r"\bpass\b statement|`pass`|\bnot.?implemented|\bdummy (?:function|method|class|implementation)|\bnull object|"
    r"\bsignatures? only|\bonly (?:\w+ )?signatures?|\bheaders? only|\bTODO\b|\bwithout (?:an? )?(?:implementation|body)|"
    r"\bcustom exception|\bexception class|\bsubclass of \w*(?:Error|Exception)|\bmock (?:object|class)",
    re.IGNORECASE,
)
# A body of its own that is nothing, or a text that ends with a docstring: only then is the code taken apart.
_NOTHING = re.compile(r"(?:^|:)[ \t]*(?:pass|\.\.\.)[ \t]*(?:#.*)?$|raise NotImplementedError", re.MULTILINE)
_OTHER_BLOCK = re.compile(
    r"[ \t]*(?:except|else|try|finally|if|elif|for|while|with|class)\b[^#\n]*:[ \t]*$", re.MULTILINE
)
_BEGINS_COMMENT = frozenset('#/-<;%!"')
_LEFT = re.compile(r"here|below|your|rest|remain|implement|exist|previous|original|other|omit|unchanged|same|fill|\.\.|…|todo|fixme", re.I)  # fmt: skip


def placeholder_problem(
    code: str, entry_point: str | None = None, task: str = "", language: str = python.NAME
) -> str | None:
    """Whether code leaves out what `task` asks for, as `placeholder: detail`, or None."""
    if _says_so(code, language) and not _ASKED_FOR.search(task):
        return "placeholder: a comment stands in for code"
    if language != python.NAME:
        if _NO_BODY.search(code) and code.count("\n") < 40 and not _ASKED_FOR.search(task):
            return "placeholder: a body is not implemented"
        return None
    if not _may_be_empty(code) or _ASKED_FOR.search(task):
        return None
    tree = newer_python.tree(code)
    functions = list(_functions(tree.body, abstract=False)) if tree else []
    empty = [name for name, is_empty in functions if is_empty]
    if functions and len(empty) == len(functions):
        return f"placeholder: {empty[0]} has no body"
    if entry_point and entry_point in empty:
        return f"placeholder: {entry_point} has no body"
    return None


def stands_in(text: str) -> bool:
    """Whether a line of a text, whatever its language, is a comment that stands in for code."""
    return _has_comment(text, (_STANDS_IN, _TODO))


def _has_comment(text: str, patterns: Sequence[re.Pattern[str]]) -> bool:
    # Tried where a comment's line has one of few words, none of which holds a space: a search of all costs far more.
    squeezed = "\n" + text.replace(" ", "").replace("\t", "")
    if not any(_holds(squeezed, f"\n{mark}") for mark in _BEGINS_COMMENT):
        return False
    start = 0
    for line in text.split("\n"):
        if line.lstrip(" \t")[:1] in _BEGINS_COMMENT and any(one.match(text, start) for one in patterns):
            return True
        start += len(line) + 1
    return False


def _holds(squeezed: str, begins: str) -> bool:
    place = squeezed.find(begins)
    while place >= 0:
        end = squeezed.find("\n", place + 1)
        end = len(squeezed) if end < 0 else end
        if squeezed[place + 1 : place + 3] != '""' and _LEFT.search(squeezed, place, end):  # a docstring is no comment
            return True
        place = squeezed.find(begins, end)
    return False


def _says_so(code: str, language: str) -> bool:
    if language != python.NAME:
        return stands_in(code)
    return "#" in code and _has_comment(code, (_STANDS_IN, _TODO, _TODO_PYTHON))


def _may_be_empty(code: str) -> bool:
    # Building a tree costs more than all other checks of an answer: only where a function may have no body.
    if code.rstrip().endswith(('"""', "'''")):
        return True
    if "pass" not in code and "..." not in code and "NotImpl" not in code:
        return False
    for match in _NOTHING.finditer(code):
        if code[match.start()] == "r":
            return True
        line = code.rfind("\n", 0, match.start()) + 1
        if code[match.start()] == ":":
            other = _OTHER_BLOCK.match(code, line, match.start() + 1)
        else:  # the line before
            other = line and _OTHER_BLOCK.match(code, code.rfind("\n", 0, line - 1) + 1, line - 1)
        if not other:
            return True
    return False


def _functions(body: list[ast.stmt], abstract: bool) -> Iterator[tuple[str, bool]]:
    # (name, is empty) of each function that should do something
    for node in body:
        if isinstance(node, ast.ClassDef):
            bases = {_last_name(base) for base in node.bases} | {_last_name(word.value) for word in node.keywords}
            yield from _functions(node.body, abstract or bool(bases & {"Protocol", "ABC", "ABCMeta"}))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            marks = {_last_name(mark) for mark in node.decorator_list}
            empty = _is_empty(node)
            if empty and (abstract or marks & {"abstractmethod", "overload", "abstractproperty"}):
                continue
            yield node.name, empty
            yield from ((name, bare) for name, bare in _functions(node.body, abstract) if bare)


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        node = node.value
    if isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for statement in function.body:
        if isinstance(statement, ast.Pass):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # a docstring or `...`
        if (
            isinstance(statement, ast.Raise)
            and statement.exc is not None
            and _last_name(statement.exc) == "NotImplementedError"
        ):
            continue
        return False
    return True
