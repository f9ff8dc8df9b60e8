"""Finds credentials in text; fail-closed. Used by cleaning, events, logs and exports alike.

    find_secrets(text)   every finding, with its place in the text
    redact(text)         the text with each finding replaced by [REDACTED:<kind>]
    redact_value(value)  the same for every string of a nested value
    has_secret(value)    any credential anywhere in a nested value; an error counts as one

A rule is tried only where its anchor occurs; patterns are compiled on first use, so that
importing this costs milliseconds and an innocent line microseconds. Comments in the text
that ask to be ignored ("allow", "nosec") are not looked at.
"""

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from autotrain.secrets import context as context
from autotrain.secrets import forms
from autotrain.secrets.decoding import VISIBLE, View, decoded, may_be_escaped, may_be_joined, views
from autotrain.secrets.rules import RULES, pattern
from autotrain.secrets.values import credential_name, is_placeholder, literal_is_secret

MAX_PASSES = 4  # of redaction; a text still not clean after that is replaced whole

Span = tuple[int, int]
Run = tuple[int, int, int]  # start, end, weight


class Finding(NamedTuple):
    """A credential in a text: what kind, and `text[start:end]`."""

    kind: str
    start: int
    end: int


# A token stands in an unbroken run of these characters, a long one; it has a digit, capitals between letters, or parts.
_RUN_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+/=~:|$%!@?&-"
_SHAPES = bytes(97 if byte in _RUN_CHARACTERS else 32 for byte in range(256))
_RUNS = bytes(byte if byte in _RUN_CHARACTERS else 32 for byte in range(256))
_MOST_REMEMBERED = 100_000
_plain_runs: set[bytes] = set()  # those that weigh nothing
_LONG_RUN = b"a" * 16
_NOT_TELLING = b"abcdefghijklmnopqrstuvwxyz_.+/=~:|$%!@?&-"
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TELLING = re.compile(rb"[A-Z][A-Za-z]{13}|[a-z][A-Z][A-Za-z]{10}|-.*[A-Z]|_.*[a-z][A-Z]").search
_TEXT_ANCHORS = tuple((anchor, index) for index, rule in enumerate(RULES) if rule.whole_text for anchor in rule.anchors)
_SHORT_ANCHORS: list[tuple[str, int]] = []
_ANCHORS_BY_START: dict[str, list[tuple[str, int]]] = {}
for _index, _rule in enumerate(RULES):
    for _anchor in () if _rule.whole_text else _rule.anchors:
        if len(_anchor) < 3:
            _SHORT_ANCHORS.append((_anchor, _index))
        else:
            _ANCHORS_BY_START.setdefault(_anchor[:3], []).append((_anchor, _index))


def find_secrets(text: str) -> list[Finding]:
    """Every credential in a text, in order, without overlaps. Raises nothing for any string."""
    lower = text.lower()
    words, runs = context.words_in(lower), _runs(text)
    plain = text.isascii() and not text.encode("ascii").translate(None, VISIBLE)
    as_written = plain and not may_be_joined(text) and not may_be_escaped(text)
    places = forms.to_try(text, lower, words)
    if as_written and not words and not runs and not places and not ("://" in text and "@" in text):
        return []
    found: list[Finding] = []
    view = View(text)
    _scan(view, lower, words, runs, found, places)
    if not as_written:
        for view in itertools.islice(views(text), 1, None):
            lower, runs = view.text.lower(), _runs(view.text)
            _scan(view, lower, context.words_in(lower), runs, found)
    for inner in decoded(view, _heavy(runs)):
        lower = inner.text.lower()
        inner_runs = _runs(inner.text)
        _scan(inner, lower, context.words_in(lower), inner_runs, found)
        for innermost in decoded(inner, _heavy(inner_runs) or [(0, len(inner.text))]):
            lower = innermost.text.lower()
            _scan(innermost, lower, context.words_in(lower), _runs(innermost.text), found)
    return _merged(found) if found else found


def _runs(text: str) -> list[Run]:
    data = text.encode("ascii", "replace")
    if text.isascii():  # else a run is more than its ASCII
        new = {run for run in data.translate(_RUNS).split() if len(run) > 15} - _plain_runs
        telling = {run for run in new if len(run) > 100 or _weight(run.decode())}
        if len(_plain_runs) > _MOST_REMEMBERED:
            _plain_runs.clear()
        _plain_runs.update(new - telling)
        if not telling:
            return []
    # One byte a character, and a search for sixteen in a row: many times faster than a regex over the text.
    shape = data.translate(_SHAPES)
    runs: list[Run] = []
    start = shape.find(_LONG_RUN)
    while start >= 0:
        end = shape.find(b" ", start)
        if end < 0:
            end = len(shape)
        weight = _weight(text[start:end]) if end - start <= 100 else 2
        if weight:
            runs.append((start, end, weight))
        start = shape.find(_LONG_RUN, end)
    return runs


def _heavy(runs: list[Run]) -> list[Span]:
    return [(start, end) for start, end, weight in runs if weight > 1]


def _scan(
    view: View,
    lower: str,
    words: list[str],
    runs: list[Run],
    found: list[Finding],
    places: list[tuple[int, int, int]] | None = None,
) -> None:
    text = view.text
    if len(lower) != len(text):  # a few letters grow when lowered: keep positions equal
        lower = "".join([character.lower()[0] for character in text])
    hits = list(context.by_context(text, lower, words))
    hits += forms.by_form(text, lower, forms.to_try(text, lower, words) if places is None else places)
    if runs:
        hits += _run_hits(text, _heavy(runs))
        for anchor, index in _TEXT_ANCHORS:
            if anchor in lower:
                hits += _rule_hits(index, text)
    elif "machine " in lower:
        hits += _rule_hits(_NETRC, text)
    for kind, start, end in hits:
        place = view.span(start, end)
        # The look alone decides only of what stands as it is: escaped bytes often look drawn.
        if kind != "drawn-value" or place[1] - place[0] == end - start:
            found.append(Finding(kind, *place))


_NAMES = re.compile(  # no piece can be divided in two ways
    r"(?:[A-Z]?[a-z]{2,}(?![a-z])|[A-Z]{2,8}(?=[^A-Za-z]|[A-Z][a-z]|$)|[._=/:-]|(?<=[A-Za-z])\d{1,2}(?!\d))+"
).fullmatch


@lru_cache(maxsize=65536)
def _weight(run: str) -> int:
    # Of a run, 0: words put together, 1: nothing by itself, 2: look closer, with what stands beside it.
    # Remembered: the runs of code are its longer names, the same ones over and over.
    data = run.encode("ascii", "replace")
    rest = data.translate(None, _NOT_TELLING)
    if not rest or not (rest.strip(_LETTERS) or _TELLING(data)):
        return 0
    if any(True for index in _rules_to_try(run) for _ in _rule_hits(index, run)):
        return 2
    if _NAMES(run):
        return 0
    return 2 if any(context.drawn_runs(run, 0, len(run))) or any(decoded(View(run), [(0, len(run))])) else 1


_NETRC = next(index for index, rule in enumerate(RULES) if rule.kind == "netrc-password")


def _rules_to_try(joined: str) -> list[int]:
    # By the first three letters of the anchors: hundreds of them cost no more than the text is long.
    found = {index for anchor, index in _SHORT_ANCHORS if anchor in joined}
    starts = {joined[place : place + 3] for place in range(len(joined) - 2)}
    for start in _ANCHORS_BY_START.keys() & starts:
        found.update([index for anchor, index in _ANCHORS_BY_START[start] if anchor in joined])
    return sorted(found)


def _rule_hits(index: int, text: str) -> Iterator[context.Hit]:
    compiled = pattern(index)
    group = "secret" if "secret" in compiled.groupindex else 0
    for match in compiled.finditer(text):
        value = match.group(group)
        if not _is_sample_token(value) and not (group and is_placeholder(value)):
            yield RULES[index].kind, match.start(group), match.end(group)


def _run_hits(text: str, runs: list[Span]) -> Iterator[context.Hit]:
    # The runs alone, each with its neighbouring characters, on lines of their own: a short text to search.
    pieces = [text[start - 1 if start else 0 : end + 1] for start, end in runs]
    joined = "\n".join(pieces)
    starts = list(accumulate((len(piece) + 1 for piece in pieces), initial=0))
    for index in _rules_to_try(joined):
        for kind, start, end in _rule_hits(index, joined):
            piece = bisect_right(starts, start) - 1
            shift = max(0, runs[piece][0] - 1) - starts[piece]
            yield kind, start + shift, end + shift
    for start, end in runs:
        yield from context.random_strings(text, start, end)


_SAMPLE = re.compile(r"example|your|placeholder|xxxx|\.\.\.|\*\*\*|1234567890|abcdefghij|0{10}|redacted", re.IGNORECASE)


def _is_sample_token(token: str) -> bool:
    # Documentation writes tokens of the right form that are plainly none: ghp_xxxx…, AKIA…EXAMPLE.
    return bool(_SAMPLE.search(token)) or len(set(token[-16:])) < 5


def _merged(found: list[Finding]) -> list[Finding]:
    found.sort(key=lambda finding: (finding.start, -finding.end, finding.kind == "drawn-value"))
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


def redact_value(value: Any) -> Any:
    """A nested value with every credential in its strings and keys replaced."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {
            redact_value(key): "[REDACTED:assigned-credential]" if _is_pair(key, item) else redact_value(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [redact_value(item) for item in value]
    return value


def has_secret(value: Any) -> bool:
    """Whether a nested value holds a credential; any error while looking counts as one."""
    try:
        return any(True for _ in findings_in(value))
    except Exception:  # fail-closed: what cannot be scanned is not let through
        return True


def findings_in(value: Any) -> Iterator[tuple[str, Finding]]:
    """`(text, finding)` for each credential in the strings of a nested value, keys included."""
    text, pairs = texts_of(value)
    yield from findings_in_texts(text, pairs)


def findings_in_texts(text: str, pairs: list[str]) -> Iterator[tuple[str, Finding]]:
    """The same for what `texts_of` took out of a value."""
    for pair in pairs:
        yield pair, Finding("assigned-credential", 0, len(pair))
    for finding in find_secrets(text):
        yield text, finding


def texts_of(value: Any) -> tuple[str, list[str]]:
    """All strings of a nested value as one text, and those that are given to a credential-like key.

    One scan of everything is quicker than many: most strings are short and innocent. Those
    that cannot hold a credential (hex ids, times, plain words) are left out.
    """
    texts: list[str] = []
    pairs: list[str] = []
    _collect(value, texts, pairs)
    return "\n\n\n".join(texts), pairs


# Fields that every sample has: neither secret nor telling.
_FIELDS = frozenset(
    "id instruction input output metadata task_type round timestamp teacher_model response_format difficulty family"
    " entry_point tests kind code validation gate".split()
)
_PLAIN = re.compile(r"[0-9a-f]{1,32}|[0-9TZ:.+-]{1,35}|[a-z_ ]{1,60}|[\x20-\x7e]{0,5}").fullmatch


@lru_cache(maxsize=8192)
def _is_plain(text: str) -> bool:
    return _PLAIN(text) is not None


def _collect(value: Any, texts: list[str], pairs: list[str]) -> None:
    if isinstance(value, str):
        if len(value) > 60 or not _is_plain(value):
            texts.append(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str):
                if len(item) > 60 or not _is_plain(item):
                    texts.append(item)
                if key not in _FIELDS and credential_name(key) and _is_pair(key, item):
                    pairs.append(item)
            else:
                _collect(item, texts, pairs)
            if key not in _FIELDS and not _is_plain(key):
                texts.append(key)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            _collect(item, texts, pairs)
    elif isinstance(value, (bytes, bytearray)):
        _collect(bytes(value).decode("latin-1"), texts, pairs)


def _is_pair(key: Any, item: Any) -> bool:
    if not isinstance(key, str) or not isinstance(item, str):
        return False
    strength = credential_name(key)
    return strength > 0 and literal_is_secret(item, strength, quoted=True)
