"""Reads an answer that misses its form, but plainly holds what was asked, into that form, and names what it missed.

A report can then tell how much of a gain is form. answers.py reads strictly.

    text, form = mend(answer, row)      # form: None where nothing had to be mended
"""

import ast
import re

import orjson

from autotrain.tasks import python
from autotrain.tasks.answers import RESULT_LINE, code_blocks, json_problem, parse_json_answer
from autotrain.tasks.python import MARKS, defined_names, parses
from autotrain.tasks.shapes import Sample
from autotrain.tasks.thoughts import after_thoughts, spoken

MAX_LENIENT = 200_000  # characters of an answer that is searched for other forms


def mend(answer: str, row: Sample) -> tuple[str, str | None]:
    """The answer in the form that was asked for, and what it missed of it (None where it needed no mending).

    Only the form is changed, never what the code does: a fence is closed, code is taken out of
    prose, JSON is read as a lenient reader reads it.
    """
    metadata = row["metadata"]
    text, missed = spoken(answer), None
    if text != answer:
        missed = (
            "thoughts before the answer" if after_thoughts(answer) is not None else "control tokens behind the answer"
        )
    if len(text) > MAX_LENIENT:
        return text, missed
    mended: tuple[str, str] | None = None
    if metadata["response_format"] == "code":
        mended = _lenient_code(text, row)
    elif metadata["response_format"] == "json":
        mended = _lenient_json(text, metadata["task_type"])
    elif (row.get("tests") or {}).get("kind") == "answer":
        mended = _lenient_result(text)
    return mended if mended is not None else (text, missed)


_FENCE_LINE = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*$")


def _lenient_code(text: str, row: Sample) -> tuple[str, str] | None:
    kind = (row.get("tests") or {}).get("kind", "asserts")
    name = row.get("entry_point")
    blocks = code_blocks(text)
    if kind == "mutants":
        return _only_asserts(blocks[0] if blocks else text, name)
    if blocks and (name is None or any(name in defined_names(block) for block in blocks)):
        if "\r\n" in text:
            return text.replace("\r\n", "\n"), "CRLF line ends"
        if len(blocks) > 1 and name is not None and name not in defined_names(blocks[0]):
            code = next(block for block in blocks if name in defined_names(block))
            return _fenced(code), "another block before the one that was asked for"
        return None
    for code, missed in _other_fences(text.replace("\r\n", "\n")):
        if (name is None or name in defined_names(code)) and parses(code):
            return _fenced(code), missed
    if blocks:
        return None
    code = _code_in_prose(text.replace("\r\n", "\n"), name)
    return None if code is None else (_fenced(code), "code in prose, without a fence")


def _other_fences(text: str) -> list[tuple[str, str]]:
    """Code between fences of any form, with what each form missed; an open one ends with the text."""
    found: list[tuple[str, str]] = []
    opened: tuple[int, str, str] | None = None  # line, marks, what is missed
    lines = text.split("\n")
    for number, line in enumerate([*lines, ""]):
        match = _FENCE_LINE.match(line)
        at_end = number == len(lines)
        if opened is None:
            if match and match[2].lower() in MARKS:
                indented = line[: match.start(1)] != ""
                missed = "a fence in a list" if indented else f"a fence of {match[1]}" if match[1] != "```" else ""
                opened = (number, match[1], missed)
            continue
        closes = match is not None and match[1][0] == opened[1][0] and len(match[1]) >= len(opened[1]) and not match[2]
        if closes or at_end:
            body = lines[opened[0] + 1 : number]
            code = _dedented(body)
            found.append((code, opened[2] or ("an unclosed fence" if at_end else "a fence")))
            opened = None
    return found


def _dedented(lines: list[str]) -> str:
    import textwrap

    return (
        textwrap.dedent("\n".join(line.expandtabs(4) if line[:1] == "\t" else line for line in lines)).strip("\n")
        + "\n"
    )


def _code_in_prose(text: str, name: str | None) -> str | None:
    """The longest run of lines that parses and defines `name`, from its first import, decorator or definition."""
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if re.match(r"(?:from|import|def|class|async def|@)\b|@", line)]
    ends = [i for i in range(len(lines), 0, -1) if i == len(lines) or not lines[i].strip() or lines[i][:1] not in " \t"]
    for start in starts[:20]:
        for end in ends[:60]:
            if end <= start:
                break
            code = "\n".join(lines[start:end]).strip("\n") + "\n"
            if (name is None or f" {name}" in code) and parses(code) and (name is None or name in defined_names(code)):
                return code
    return None


def _only_asserts(code: str, name: str | None) -> tuple[str, str] | None:
    """Test code without its own copy of the function that it tests: the copy would be what is tested."""
    try:
        tree = ast.parse(code.replace("\r\n", "\n"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    kept = [node for node in tree.body if getattr(node, "name", None) != name]
    if name is None or len(kept) == len(tree.body) or not kept:
        return None
    return _fenced("\n".join(ast.unparse(node) for node in kept) + "\n"), "the function repeated above its tests"


def _lenient_json(text: str, task_type: str) -> tuple[str, str] | None:
    if parse_json_answer(text) is not None:
        return None
    import json5

    start, end = text.find("{"), text.rfind("}")
    if not 0 <= start < end or end - start > 20_000:  # json5 is written in Python and slow
        return None
    inner = text[start : end + 1]
    bare = inner == text.strip()
    for candidate, missed in ((inner, "JSON inside prose"), (_escaped(inner), "raw line breaks in JSON strings")):
        try:
            value = orjson.loads(candidate)
        except orjson.JSONDecodeError:
            try:
                value, missed = json5.loads(candidate), "JSON with a trailing comma or the like"
            except (ValueError, RecursionError):
                continue
        if isinstance(value, dict) and json_problem(value, task_type) is None:
            return orjson.dumps(
                value
            ).decode(), missed if bare or missed != "JSON inside prose" else "JSON inside prose"
    return None


def _escaped(text: str) -> str:
    """JSON whose strings hold raw line breaks and tabs, with these written as JSON writes them."""
    return re.sub(
        r'"(?:[^"\\]|\\.)*"',
        lambda match: match[0].replace("\r\n", "\\n").replace("\n", "\\n").replace("\t", "\\t"),
        text,
        flags=re.DOTALL,
    )


def _lenient_result(text: str) -> tuple[str, str] | None:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if not lines or RESULT_LINE.fullmatch(lines[-1]):
        return None
    match = re.fullmatch(r"[*_#>\s-]*(?:final )?answer[*_]*\s*[:=][*_\s]*`*(.+?)`*[*_.\s]*", lines[-1], re.IGNORECASE)
    return (
        None if match is None else ("\n".join([*lines[:-1], f"Answer: {match[1]}"]), "another form of the answer line")
    )


def _fenced(code: str) -> str:
    return python.fenced(code.rstrip())
