"""Fenced blocks of any form that people write: tildes, more ticks, in lists, with attributes; and the plain form.

answers.py reads the one form that is asked of answers (three ticks at the beginning of a line). Rows
that people bring are put into that form by `plain` before anything else looks at them.

    [fence.language for fence in fences("~~~js\\nlet a = 1\\n~~~")]     # ["js"]
    plain("~~~js\\nlet a = 1\\n~~~")                                   # "```js\\nlet a = 1\\n```"
"""

import re
import textwrap
from typing import NamedTuple

_MARK = re.compile(
    r"^([ \t>]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+)?)(`{3,}|~{3,})[ \t]*(\{?\.?)([\w+#.-]*)([^\n]*)$", re.MULTILINE
)
_INLINE_ALSO = re.compile(r"```")
_NESTING = frozenset(("markdown", "md", "mdx", "rst", "quarto", "rmd"))


class Fence(NamedTuple):
    """A block: its mark, its body without the fence's own indentation, and `text[start:end]` with its fences."""

    language: str
    attributes: str
    body: str
    start: int
    end: int
    closed: bool
    is_plain: bool


def fences(text: str) -> list[Fence]:
    """The fenced blocks of a text in order; one that is never closed ends with the text."""
    if "```" not in text and "~~~" not in text:
        return []
    found: list[Fence] = []
    opened: re.Match[str] | None = None
    depth = 0
    for mark in _MARK.finditer(text):
        if opened is None:
            if mark[2][0] == "`" and "`" in mark[5]:
                continue  # code in a line of prose
            if mark[2].startswith("~~~~") and not (mark[4] or mark[5].strip()) and _is_under_a_line(text, mark.start()):
                continue  # a heading's underline
            opened, depth = mark, 1
            continue
        if mark[2][0] != opened[2][0] or len(mark[2]) < len(opened[2]):
            continue
        bare = not mark[4] and not mark[5].strip()
        if opened[4].lower() in _NESTING and len(mark[2]) == len(opened[2]):
            depth += -1 if bare else 1
        elif bare:
            depth = 0
        if bare and depth == 0:
            found.append(_fence(text, opened, mark.start(), mark.end(), closed=True))
            opened = None
    if opened is not None:
        found.append(_fence(text, opened, len(text), len(text), closed=False))
    return found


def _is_under_a_line(text: str, start: int) -> bool:
    line = text[text.rfind("\n", 0, max(start - 1, 0)) + 1 : start]
    return bool(line.strip()) and not line.rstrip().endswith(":")


def _fence(text: str, opened: re.Match[str], until: int, end: int, closed: bool) -> Fence:
    body = text[min(opened.end() + 1, len(text)) : until]
    indent = opened[1]
    if indent:
        body = _without_indent(body)
    attributes = opened[5].strip().rstrip("}")
    is_plain = closed and not indent and opened[2] == "```" and not opened[3] and body[-1:] in ("", "\n")
    return Fence(opened[4], attributes, body, opened.start(), end, closed, is_plain)


def _without_indent(body: str) -> str:
    lines = [line[1:].removeprefix(" ") if line.startswith(">") else line for line in body.split("\n")]
    return textwrap.dedent("\n".join(line.expandtabs(4) if line[:1] == "\t" else line for line in lines))


def is_unclosed(text: str) -> bool:
    """Whether a text breaks off inside a block. A lone mark at its end, or a block without a body, is no block."""
    if "```" not in text and "~~~" not in text:
        return False
    last = next(reversed(fences(text)), None)
    return last is not None and not last.closed and bool(last.body.strip() or last.language)


def without_fences(text: str) -> str:
    """The prose of a text: what stands outside its blocks."""
    pieces, done = [], 0
    for fence in fences(text):
        pieces.append(text[done : fence.start])
        done = fence.end
    return "".join(pieces) + text[done:]


def plain(text: str) -> str:
    """The text with line ends of one kind and each closed block in the plain form, where its body allows that."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    pieces, done = [], 0
    for fence in fences(text):
        if fence.is_plain or not fence.closed or _INLINE_ALSO.search(fence.body):
            continue
        head = " ".join(part for part in (fence.language, fence.attributes) if part)
        body = fence.body if fence.body.endswith("\n") or not fence.body else f"{fence.body}\n"
        lead = re.match(r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+", text[fence.start : fence.end])
        pieces += [text[done : fence.start], f"{lead[0].rstrip()}\n" if lead else "", f"```{head}\n{body}```"]
        done = fence.end
    return "".join(pieces) + text[done:]
