"""Finds credentials in text; fail-closed. Used by cleaning, events, logs and exports alike.

    find_secrets(text)   every finding, with its place in the text
    redact(text)         the text with each finding replaced by [REDACTED:<kind>]
    has_secret(value)    any credential anywhere in a nested value; an error counts as one

A rule is tried only where its anchor occurs; patterns are compiled on first use, so that
importing this costs milliseconds and an innocent line microseconds. Comments in the text
that ask to be ignored ("allow", "nosec") are not looked at.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from autotrain.cleaning import secret_context as context
from autotrain.cleaning.decoding import View, decoded, views
from autotrain.cleaning.secret_rules import RULES

MAX_PASSES = 4  # of redaction; a text still not clean after that is replaced whole


class Finding(NamedTuple):
    """A credential in a text: what kind, and `text[start:end]`."""

    kind: str
    start: int
    end: int


_RUN = re.compile(r"[A-Za-z0-9_.+/=~:|$%!-]{16,}")
_TELLING = re.compile(r"[A-Z0-9]").search
_ANCHORS = tuple((anchor, index) for index, (_, anchors, _) in enumerate(RULES) for anchor in anchors)
_BEFORE, _AFTER = 12, 2  # characters around a run in which an anchor may begin or end


@cache
def _pattern(index: int) -> re.Pattern[str]:
    return re.compile(RULES[index][2])


def find_secrets(text: str) -> list[Finding]:
    """Every credential in a text, in order, without overlaps. Raises nothing for any string."""
    found: list[Finding] = []
    last = None
    for last in views(text):
        found.extend(_in_view(last))
    if last is not None:
        runs = [match.span() for match in _RUN.finditer(last.text) if _TELLING(match.group())]
        for view in decoded(last, runs):
            found.extend(_in_view(view))
    return _merged(found) if found else found


def _in_view(view: View) -> Iterator[Finding]:
    text = view.text
    for kind, start, end in _hits(text):
        yield Finding(kind, *view.span(start, end))


def _hits(text: str) -> Iterator[tuple[str, int, int]]:
    lower = text.lower()
    runs = [match.span() for match in _RUN.finditer(text) if _TELLING(match.group())]
    if runs:
        windows = "\n".join([text[max(0, start - _BEFORE) : end + _AFTER] for start, end in runs])
        tried = -1
        for anchor, index in _ANCHORS:
            if anchor in windows and index != tried:
                tried = index
                kind = RULES[index][0]
                for match in _pattern(index).finditer(text):
                    if kind in _STRUCTURAL or not _is_sample_token(match.group()):
                        yield kind, match.start(), match.end()
        for start, end in runs:
            yield from context.random_strings(text, start, end)
    if "PRIVATE KEY" in text or "machine " in text:
        for index, (kind, _, _) in enumerate(RULES):
            if kind in _STRUCTURAL:
                for match in _pattern(index).finditer(text):
                    yield kind, match.start(), match.end()
    if any(keyword in lower for keyword in context.KEYWORDS):
        yield from context.assigned(text, lower)
    yield from context.headers_and_urls(text, lower)


_STRUCTURAL = frozenset(("private-key", "ssh2-private-key", "putty-private-key", "netrc-password"))
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
