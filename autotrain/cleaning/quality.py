"""Answers not worth learning from: empty, vague, refusing, cut off, placeholder, repeating, misformatted.

quality_problem(row, code) -> "refusal: as an ai" | None      a named reason, then detail
"""

import ast
import re
import zlib
from collections.abc import Iterator
from itertools import groupby
from operator import eq

from autotrain.jsonl import Row
from autotrain.tasks import answers, python

_REFUSAL = re.compile(
    r"\bas an? (?:ai|artificial|large language|language model)\b|\bi(?:'m| am) (?:sorry|afraid|unable|not able)\b|"
    r"\bi (?:cannot|can't|can not|won't|must decline)\b.{0,40}"
    r"\b(?:help|assist|provide|comply|fulfil|answer|do that|complete|write|generate)|"
    r"\bi(?:'m| am) (?:just )?an? (?:ai|language model)\b|\bmy (?:knowledge cutoff|training data)\b",
    re.DOTALL,
)
_VAGUE_ANSWER = re.compile(
    r"(?:sure|okay|ok|yes|no|done|here (?:is|are|you go)[^.\n]{0,60}|i (?:will|'ll|can) [^.\n]{0,80}|"
    r"it depends|n/?a|none|"
    r"see (?:above|below)|same as (?:above|before)|let me know[^.\n]{0,60}|hope this helps)[\s.!:,]*",
    re.IGNORECASE,
)
_VAGUE_TASK = re.compile(
    r"(?:please )?(?:do (?:it|this|that|something)|help(?: me)?|fix(?: (?:it|this))?|write (?:some )?code|"
    r"code|continue|"
    r"solve(?: (?:it|this))?|improve(?: (?:it|this))?|explain|make it work|todo|test|hello|hi)[\s.!?]*",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"#[^\n]*")
_STANDS_IN = re.compile(
    r"\b(?:your (?:code|implementation|logic|solution)|(?:code|implementation|logic|solution)(?: goes)? here|"
    r"(?:rest|remainder) of (?:the )?(?:code|function|implementation|class|file)|"
    r"add (?:your )?(?:code|logic|implementation)\b|implement(?:ation)? (?:this|me|here|later|omitted|details?|left)|"
    r"(?:existing|remaining|other|previous) code\b|(?:omitted|unchanged|same as) (?:for|from|as|above|before)|"
    r"fill (?:this )?in)|^#[ ]*(?:todo|fixme)[ :]*(?:implement|write|complete|finish|add|fill)|^#[ ]*\.\.\.",
    re.MULTILINE,
)
# A body of its own that is nothing, or a text that ends with a docstring: only then is the code taken apart.
_NOTHING = re.compile(r"(?:^|:)[ \t]*(?:pass|\.\.\.)[ \t]*(?:#.*)?$|raise NotImplementedError", re.MULTILINE)
_OTHER_BLOCK = re.compile(
    r"[ \t]*(?:except|else|try|finally|if|elif|for|while|with|class)\b[^#\n]*:[ \t]*$", re.MULTILINE
)
_CUT_TEXT = re.compile(r"(?:[,;(\[{]|\.\.\.|…|\b(?:the|and|or|of|to|a|an|is|with|for|that|which|by|in))\s*$")
_TRIVIAL_LINE = re.compile(r"[\W\d_]*$")

MIN_REPETITION_CHARACTERS = 400
MAX_COMPRESSION = 0.12  # of an answer's bytes under zlib: code sits near .4, tables of tests near .2, loops below .1


def quality_problem(row: Row, code: str | None) -> str | None:
    """Why an answer is not worth training on (`reason: detail`), or None; `code` is the answer's."""
    output, metadata = row["output"], row["metadata"]
    answer = output.strip()
    if not answer:
        return "empty: the answer is empty"
    instruction = row["instruction"].strip()
    if not instruction:
        return "empty: the instruction is empty"
    if _VAGUE_TASK.fullmatch(instruction) and not row["input"].strip():
        return "vague: the instruction says nothing"
    response_format, task_type = metadata["response_format"], metadata["task_type"]
    if response_format != "json" and len(answer) < 160 and _VAGUE_ANSWER.fullmatch(answer):
        return "vague: the answer says nothing"
    if not answer.startswith(("```", "{")) and _REFUSAL.search(answer[:400].lower()):
        return "refusal: the answer declines"
    if answer.count("```") % 2:
        return "truncated: an unclosed code block"
    repeating = _repeats(answer)
    if repeating:
        return f"repetition: {repeating}"
    problem = answers.format_problem(output, response_format, task_type)
    if problem:
        return f"{_format_reason(answer, response_format, problem)}: {problem}"
    if response_format == "text" and len(answer) > 80 and _CUT_TEXT.search(answer[-20:]) and not answer.endswith("```"):
        return "truncated: the last sentence is cut off"
    if response_format == "text":
        return None
    if code is None:
        return None
    if response_format == "json" and not python.parses(code):
        return "unparsable_code: fixed_code does not parse"
    return placeholder_problem(code, row.get("entry_point"))


def _format_reason(answer: str, response_format: str, problem: str) -> str:
    if response_format == "json":
        if problem == "not one JSON object":
            return "truncated" if answer.startswith("{") and not answer.endswith("}") else "wrong_format"
        return "json_schema"
    if problem.startswith("0 code blocks"):
        return "no_code"
    return "unparsable_code" if problem == "code that does not parse" else "wrong_format"


def _repeats(answer: str) -> str | None:
    lines = list(map(str.strip, answer.split("\n")))
    if any(map(eq, lines, lines[3:])) and any(
        len(line) >= 12 and sum(1 for _ in run) >= 4 and not _TRIVIAL_LINE.match(line) for line, run in groupby(lines)
    ):
        return "one line again and again"
    if len(answer) < MIN_REPETITION_CHARACTERS:
        return None
    words = answer.split()
    if len(set(words)) * 2 < len(words):
        data = answer.encode("utf-8", "surrogatepass")
        if len(zlib.compress(data, 1)) < MAX_COMPRESSION * len(data):
            return "the answer goes round in circles"
    return None


def placeholder_problem(code: str, entry_point: str | None = None) -> str | None:
    """Whether code leaves out what it was asked for: a marker comment, or functions without a body."""
    if "#" in code and _STANDS_IN.search("\n".join(_COMMENT.findall(code)).lower()):
        return "placeholder: a comment stands in for code"
    if not _may_be_empty(code):
        return None
    functions = list(_functions(ast.parse(code).body, abstract=False))
    empty = [name for name, is_empty in functions if is_empty]
    if functions and len(empty) == len(functions):
        return f"placeholder: {empty[0]} has no body"
    if entry_point and entry_point in empty:
        return f"placeholder: {entry_point} has no body"
    return None


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
