"""Edits in the notation of tasks: `old => new`, the first occurrence replaced, a line break written as `\\n`."""

import re

from autotrain.tasks.notation import apply_edits
from autotrain.teacher.builtin.everyday.values import Unfit


def edit_between(before: str, after: str) -> str:
    """The edit that turns one source into the other: whole lines, with as much around them as makes it unique."""
    old, new = before.split("\n"), after.split("\n")
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    first, last = start, len(old) - end
    if first == last:  # lines were only added: the edit needs a line to hold on to
        first -= 1
    for _ in range(len(old)):
        text, other = "\n".join(old[first:last]), "\n".join(new[first : len(new) - (len(old) - last)])
        short, short_other = _shortened(before, text, other)
        edit = f"{_escaped(short)} => {_escaped(short_other)}"
        if short and apply_edits(before, edit, "edit") == after:
            return edit
        if first > 0:
            first -= 1
        elif last < len(old):
            last += 1
    raise Unfit("no edit says this change")


def _shortened(before: str, old: str, new: str) -> tuple[str, str]:
    """Without what both share, as far as whole words stay whole and the old text stays the first of its kind."""
    if "\n" in old or "\n" in new:
        return old, new
    place = before.find(old)
    parts = re.split(r"(\W)", old)
    others = re.split(r"(\W)", new)
    head = 0
    while head < min(len(parts), len(others)) and parts[head] == others[head]:
        head += 1
    tail = 0
    while tail < min(len(parts), len(others)) - head and parts[-1 - tail] == others[-1 - tail]:
        tail += 1
    for width in range(3, len(old)):  # some words around the change, so that the edit can be read
        start, end = max(0, head - width), max(0, tail - width)
        short = "".join(parts[start : len(parts) - end])
        if short.strip() and before.find(short) == place + len("".join(parts[:start])):
            other = "".join(others[start : len(others) - end])
            while other[-1:] == short[-1:] == " ":
                short, other = short[:-1], other[:-1]
            left = len(short) - len(short.lstrip()) if other[:1] == short[:1] == " " else 0
            if before.find(short[left:]) == place + len("".join(parts[:start])) + left:
                short, other = short[left:], other[left:]
            return short, other
        if not start and not end:
            break
    return old, new


def _escaped(text: str) -> str:
    if "\\n" in text or " => " in text or " ;; " in text:
        raise Unfit("a text that an edit cannot hold")
    return text.replace("\n", "\\n")
