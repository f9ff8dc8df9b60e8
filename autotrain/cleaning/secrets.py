"""Finds credentials in text; fail-closed. Used by cleaning, events, logs and exports alike.

    find_secrets(text)   every finding, with its place in the text
    redact(text)         the text with each finding replaced by [REDACTED:<kind>]
    has_secret(value)    any credential anywhere in a nested value; an error counts as one

A rule is tried only where its anchor occurs; patterns are compiled on first use, so that
importing this costs milliseconds and an innocent line microseconds. Comments in the text
that ask to be ignored ("allow", "nosec") are not looked at.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from functools import cache
from typing import Any, NamedTuple

from autotrain.cleaning import secret_context as context
from autotrain.cleaning.decoding import View, decoded, views
from autotrain.cleaning.secret_rules import RULES, pattern

MAX_PASSES = 4  # of redaction; a text still not clean after that is replaced whole


class Finding(NamedTuple):
    """A credential in a text: what kind, and `text[start:end]`."""

    kind: str
    start: int
    end: int


# An unbroken run in which a token may stand, and what makes one worth a look: a digit, or long mixed letters.
_RUN = re.compile(r"[A-Za-z0-9_.+/=~:|$%!@?&-]{16,}")
_TELLING = re.compile(r"[0-9]|[A-Z][A-Za-z]{13}|[a-z][A-Z][A-Za-z]{10}").search
_RUN_ANCHORS = tuple(
    (anchor, index) for index, rule in enumerate(RULES) if not rule.whole_text for anchor in rule.anchors
)
_TEXT_ANCHORS = tuple((anchor, index) for index, rule in enumerate(RULES) if rule.whole_text for anchor in rule.anchors)


def find_secrets(text: str) -> list[Finding]:
    """Every credential in a text, in order, without overlaps. Raises nothing for any string."""
    found: list[Finding] = []
    view, runs = View(text), []
    for view in views(text):
        runs = [match.span() for match in _RUN.finditer(view.text) if _TELLING(match.group())]
        _scan(view, runs, found)
    if runs:
        for inner in decoded(view, runs):
            inner_runs = [match.span() for match in _RUN.finditer(inner.text) if _TELLING(match.group())]
            _scan(inner, inner_runs, found)
    return _merged(found) if found else found


def _scan(view: View, runs: list[tuple[int, int]], found: list[Finding]) -> None:
    text = view.text
    lower = text.lower()
    if len(lower) != len(text):  # a few letters grow when lowered: keep positions equal
        lower = "".join([character.lower()[0] for character in text])
    if runs:
        found += [Finding(kind, *view.span(start, end)) for kind, start, end in _run_hits(text, runs)]
    for anchor, index in _TEXT_ANCHORS:
        if anchor in lower:
            for match in pattern(index).finditer(text):
                if not _is_sample_token(match.group()):
                    found.append(Finding(RULES[index].kind, *view.span(*match.span(_group(match)))))
    for keyword in context.KEYWORDS:
        if keyword in lower:
            found += [Finding(kind, *view.span(start, end)) for kind, start, end in context.assigned(text, lower)]
            break
    found += [Finding(kind, *view.span(start, end)) for kind, start, end in context.headers_and_urls(text, lower)]


def _run_hits(text: str, runs: list[tuple[int, int]]) -> Iterator[tuple[str, int, int]]:
    # The runs alone, each with its neighbouring characters, on lines of their own: a short text to search.
    pieces = [text[start - 1 if start else 0 : end + 1] for start, end in runs]
    joined = "\n".join(pieces)
    starts = list(accumulate((len(piece) + 1 for piece in pieces), initial=0))
    tried = -1
    for anchor, index in _RUN_ANCHORS:
        if index != tried and anchor in joined:
            tried = index
            for match in pattern(index).finditer(joined):
                if not _is_sample_token(match.group()):
                    first, last = match.span(_group(match))
                    piece = bisect_right(starts, first) - 1
                    shift = max(0, runs[piece][0] - 1) - starts[piece]
                    yield RULES[index].kind, first + shift, last + shift
    for start, end in runs:
        yield from context.random_strings(text, start, end)


def _group(match: re.Match[str]) -> str | int:
    return "secret" if "secret" in match.re.groupindex else 0


_SAMPLE = re.compile(r"example|your|placeholder|xxxx|\.\.\.|\*\*\*|1234567890|abcdefghij|0{10}|redacted", re.IGNORECASE)


def _is_sample_token(token: str) -> bool:
    # Documentation writes tokens of the right form that are plainly none: ghp_xxxx…, AKIA…EXAMPLE.
    return bool(_SAMPLE.search(token)) or len(set(token[-16:])) < 5


def _merged(found: list[Finding]) -> list[Finding]:
    found.sort(key=lambda finding: (finding.start, -finding.end))
    merged: list[Finding] = []
    for finding in found:
        if merged and finding.start < merged[-1].end:
            if finding.end > merged[-1].end:
                merged[-1] = merged[-1]._replace(end=finding.end)
        else:
            merged.append(finding)
    return merged


def redact(text: str) -> str:
    """The text with every credential replaced by `[REDACTED:<kind>]`."""
    if len(text) < 6:
        return text
    for _ in range(MAX_PASSES):
        findings = find_secrets(text)
        if not findings:
            return text
        pieces: list[str] = []
        done = 0
        for kind, start, end in findings:
            pieces += (text[done:start], f"[REDACTED:{kind}]")
            done = end
        text = "".join(pieces) + text[done:]
    return "[REDACTED:text]"


def has_secret(value: Any) -> bool:
    """Whether a nested value holds a credential; any error while looking counts as one."""
    try:
        return any(True for _ in findings_in(value))
    except Exception:  # fail-closed: what cannot be scanned is not let through
        return True


def findings_in(value: Any) -> Iterator[tuple[str, Finding]]:
    """`(text, finding)` for each credential in the strings of a nested value, keys included."""
    if isinstance(value, str):
        for finding in find_secrets(value):
            yield value, finding
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from findings_in(key)
            if isinstance(key, str) and isinstance(item, str):
                strength = context.credential_name(key)
                if strength and context.literal_is_secret(item, strength, quoted=True):
                    yield item, Finding("assigned-credential", 0, len(item))
            yield from findings_in(item)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from findings_in(item)
    elif isinstance(value, (bytes, bytearray)):
        yield from findings_in(bytes(value).decode("latin-1"))


def redact_value(value: Any) -> Any:
    """A nested value with every credential in its strings and keys replaced."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact_value(key): _redact_item(key, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact_value(item) for item in value]
    return value


def _redact_item(key: Any, item: Any) -> Any:
    if isinstance(key, str) and isinstance(item, str):
        strength = context.credential_name(key)
        if strength and context.literal_is_secret(item, strength, quoted=True):
            return "[REDACTED:assigned-credential]"
    return redact_value(item)
