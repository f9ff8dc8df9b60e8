"""Views of a text in which a hidden credential becomes visible, each mapped back to the text.

Before matching, control and zero-width characters are taken out, adjacent string literals
are joined, escapes are resolved and base64 (or hex) is decoded once. Each step gives a
`View`; a match in a view knows which characters of the original it came from:

    >>> from autotrain.secrets.decoding import views
    >>> [view.text for view in views('key = "ab" + "cd"')]
"""

import binascii
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator

# Control characters but tab, newline and return; soft hyphen; joiners, marks, bidi controls, selectors, tags.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
VISIBLE = bytes(range(32, 127)) + b"\t\r\n"
_JOIN = re.compile(
    r"""["'`](?<=[^\s"'`\\(\[{,]["'`])[ \t\r\n]*(?:\\\r?\n[ \t]*)?(?:[+.&][ \t\r\n]*)?(?:\\\r?\n[ \t]*)?"""
    r"""[rRbBuUfF]{0,2}["'`](?=[^\s"'`\\)\]},;])"""
)
_CONTINUED = re.compile(r"\\\r?\n[ \t]*(?=\w)")
_JOIN_CALL = re.compile(r"""(?:''|"")\.join\(\s*[\[(]\s*((?:[rRbBuU]?(?:"[^"\n]*"|'[^'\n]*')\s*,?\s*){2,})[\])]\s*\)""")
_LITERAL = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")
_NESTED_LITERAL = re.compile(r"""\{(["'])([\w+/=.:~-]+)\1\}""")
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|u\{([0-9a-fA-F]{1,6})\}|([0-3]?[0-7]{1,2})|([nrt\"'/\\]))"
    r"|%([0-9a-fA-F]{2})|&#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));"
)
_HARD_ESCAPE = re.compile(r"\\[xuU0-7]|%[0-9a-fA-F]{2}|&#[xX0-9]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX_RUN = re.compile(r"(?:[0-9a-fA-F]{2}){16,}")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "/": "/", "\\": "\\"}

_MAX_DECODED = 64  # runs decoded in one text; more than that is data, and is scanned as it stands


class View:
    """A derived text, and where each of its pieces came from."""

    __slots__ = ("_outs", "_parent", "_spans", "text")

    def __init__(
        self,
        text: str,
        parent: "View | None" = None,
        outs: list[int] | None = None,
        spans: list[tuple[int, int]] | None = None,
    ) -> None:
        self.text = text
        self._parent = parent
        self._outs = outs or []
        self._spans = spans or []

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original text that `text[start:end]` came from."""
        if self._parent is None:
            return start, end
        return self._parent.span(self._back(start)[0], self._back(max(start, end - 1))[1])

    def _back(self, position: int) -> tuple[int, int]:
        index = bisect_right(self._outs, position) - 1
        if index < 0:
            return position, position + 1
        start, end = self._spans[index]
        following = self._outs[index + 1] if index + 1 < len(self._outs) else len(self.text)
        if end - start == following - self._outs[index]:  # copied as it was: exact to the character
            return start + position - self._outs[index], start + position - self._outs[index] + 1
        return start, end


def _substitute(view: View, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> View:
    pieces: list[str] = []
    outs: list[int] = []
    spans: list[tuple[int, int]] = []
    text, done, length = view.text, 0, 0
    for match in pattern.finditer(text):
        new = replace(match)
        for piece, start, end in ((text[done : match.start()], done, match.start()), (new, match.start(), match.end())):
            if piece:
                outs.append(length)
                spans.append((start, end))
                pieces.append(piece)
                length += len(piece)
        done = match.end()
    if done < len(text):
        outs.append(length)
        spans.append((done, len(text)))
        pieces.append(text[done:])
    return View("".join(pieces), view, outs, spans)


def views(text: str) -> Iterator[View]:
    """The text, then each view of it that differs, the most decoded last. Base64 comes from `decoded`."""
    view = View(text)
    yield view
    plain = text.isascii()
    if text.encode("ascii").translate(None, VISIBLE) if plain else _INVISIBLE.search(text):
        view = _substitute(view, _INVISIBLE, lambda _: "")
        yield view
    if not plain and not unicodedata.is_normalized("NFKC", view.text):
        yield _substitute(view, _WIDE, lambda match: unicodedata.normalize("NFKC", match.group()))
    joined = _join(view)
    if joined is not view:
        view = joined
        yield view
    if _has_numbers(view.text) or _may_be_formatted(view.text):
        view = _substitute(view, _NUMBERS, _as_literal)
        view = _substitute(view, _FORMATTED, _formatted)
        yield view
    if may_be_escaped(view.text):
        view = _substitute(view, _ESCAPE, _unescape)
        if _INVISIBLE.search(view.text):
            view = _substitute(view, _INVISIBLE, lambda _: "")
        yield _join(view)


# Characters written as their numbers: a list of them, or calls of chr() put together.
_NUMBERS = re.compile(
    r"(?:(?:[\"']{2}\.join\(|\bbytes(?:array)?|map\(chr,|[\w.:]*fromCharCode|[Ss]tring::from_utf8|vec!|new byte\[\d*\]|-join)"  # noqa: E501
    r"[ ]*[(\[{ ]*){0,3}"
    r"[\[({]?[ ]*(?<![\w.])(?:0x[0-9a-fA-F]{2}|\d{2,3})(?:[ ]*,\s*(?:0x[0-9a-fA-F]{2}|\d{2,3})(?![\w.])){7,100}[ ]*[\])}]*"  # noqa: E501
    r"|(?i:\bu?ni?chr|\bchr|\bchar)\(\d{2,3}\)(?:[ ]*(?:[+.,&]|\|\|)[ ]*(?i:u?ni?chr|chr|char)\(\d{2,3}\)){5,100}"
)
_DIGIT_SHAPE = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))


def _has_numbers(text: str) -> bool:
    if text.count(",") < 7 and "r(" not in text and "R(" not in text:
        return False
    shape = text.encode("ascii", "replace").translate(_DIGIT_SHAPE)
    if shape.count(b"0,") < 7 and b"r(0" not in shape and b"R(0" not in shape:
        return False  # eight numbers or six calls of chr() are needed
    return any(mark in shape for mark in (b"00, 00", b"00,00", b", 0x", b",0x", b"chr(0", b"CHR(0", b"har(0"))


_NUMBER = re.compile(r"0x[0-9a-fA-F]{2}|(?<![\w.])\d{2,3}(?![\w.])")
_FORMATTED = re.compile(
    r"""["'](?:%s|\{\d?\}){2,6}["'](?:[ ]*%[ ]*\(|\.format\(|[ ]*,)[ ]*((?:["'][^"'\n]*["'][ ]*,?[ ]*){2,6})\)"""
)
_FORMATTED_START = re.compile(r"""["'](?:%s%s|\{\d?\}\{)""").search


def _may_be_formatted(text: str) -> bool:
    return ("%s%s" in text or "}{" in text) and _FORMATTED_START(text) is not None


def _as_literal(match: re.Match[str]) -> str:
    codes = [int(number, 0) for number in _NUMBER.findall(match.group())]
    if not all(32 <= code < 127 for code in codes):
        return match.group()
    return '"' + "".join(map(chr, codes)) + '"'


def _formatted(match: re.Match[str]) -> str:
    return '"' + "".join(a or b for a, b in _LITERAL.findall(match.group(1))) + '"'


# A line break written as an escape matters only where what follows may be a token.
_SOFT = re.compile(r"\\[nrt\"'/\\][A-Za-z0-9_.-]{12}").search


def may_be_escaped(text: str) -> bool:
    """Whether resolving the escapes of a text could bring a token to light."""
    if "\\" in text:
        return bool(_HARD_ESCAPE.search(text) or _SOFT(text))
    return ("%" in text or "&#" in text) and _HARD_ESCAPE.search(text) is not None


_BETWEEN = b" \t\r\n+.&\\rRbBuUfF"
_QUOTES = bytes(34 if byte in b"'`" else byte for byte in range(256))  # all quotes alike


def _has_neighbours(text: str) -> bool:
    # Whether `_JOIN` could match at all: what may stand between two literals, and long quotes, are taken out first.
    data = text.encode("ascii", "replace").replace(b'"""', b"").replace(b"'''", b"")
    return b'""' in data.translate(_QUOTES, _BETWEEN)


def may_be_joined(text: str) -> bool:
    """Whether a text has literals that stand side by side."""
    return (
        (_has_neighbours(text) and _JOIN.search(text) is not None)
        or ("\\" in text and _CONTINUED.search(text) is not None)
        or _has_numbers(text)
        or _may_be_formatted(text)
        or ("{" in text and ("{'" in text or '{"' in text) and _NESTED_LITERAL.search(text) is not None)
        or ("join(" in text and _JOIN_CALL.search(text) is not None)
    )


_WIDE = re.compile("[^\x00-\x7f]+")


def _join(view: View) -> View:
    if "join(" in view.text and _JOIN_CALL.search(view.text):
        view = _substitute(
            view, _JOIN_CALL, lambda m: '"' + "".join(a or b for a, b in _LITERAL.findall(m.group(1))) + '"'
        )
    if ("{'" in view.text or '{"' in view.text) and _NESTED_LITERAL.search(view.text):
        view = _substitute(view, _NESTED_LITERAL, lambda m: m.group(2))
    if "\\" in view.text and _CONTINUED.search(view.text):
        view = _substitute(view, _CONTINUED, lambda _: "")
    return _substitute(view, _JOIN, lambda _: "") if _JOIN.search(view.text) else view


def _unescape(match: re.Match[str]) -> str:
    two, four, eight, braces, octal, simple, percent, entity_hex, entity = match.groups()
    if simple:
        return _SIMPLE[simple]
    if octal:
        code = int(octal, 8)
    elif entity:
        code = int(entity)
    else:
        code = int(two or four or eight or braces or percent or entity_hex, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group()


def decoded(view: View, runs: list[tuple[int, int]]) -> Iterator[View]:
    """Texts hidden in base64 or hex in the given runs of a view (positions found by the caller)."""
    count = 0
    for start, end in runs:
        for pattern, decode in ((_HEX_RUN, binascii.unhexlify), (_BASE64, _from_base64)):
            for match in pattern.finditer(view.text, start, end):
                count += 1
                if count > _MAX_DECODED:
                    return
                plain = readable(decode, match.group())
                if plain is not None:
                    yield View(plain, view, [0], [match.span()])


def readable(decode: Callable[[str], bytes | None], run: str) -> str | None:
    """The run decoded, where that gives at least 8 characters of printable ASCII."""
    try:
        data = decode(run)
    except (binascii.Error, ValueError):
        return None
    if data is None or len(data) < 8:
        return None
    text = data.decode("latin-1")
    plain = text.replace("\0", "").replace("\n", "").replace("\r", "").replace("\t", "")
    return text if plain.isascii() and plain.isprintable() and len(plain) >= 8 else None


def _from_base64(run: str) -> bytes | None:
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    if len(body) % 4 == 1:
        body = body[:-1]
    return binascii.a2b_base64(body + "=" * (-len(body) % 4))


def from_base64(run: str) -> bytes | None:
    """Bytes of a base64 run in either alphabet, padded or not; None where it is none."""
    try:
        return _from_base64(run)
    except (binascii.Error, ValueError):
        return None
