"""Credentials known by the place they stand at: in a command, a statement, a dialogue, a line of a file.

A form is tried only where one of its anchors occurs in the lower-case text; whether what stands at
its place is a credential, the value itself decides (values.py).

    to_try(text, lower)      which forms a text may hold
    by_form(text, places)    the credentials at the places that these know
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from autotrain.secrets.context import sure_strings
from autotrain.secrets.places import code, commands, files, prose
from autotrain.secrets.tables import in_tables
from autotrain.secrets.values import credential_name, is_hash_like, looks_chosen, looks_typed

Hit = tuple[str, int, int]

_BY_LOOK = (
    "client-key",
    "encryption-key",
    "named-value",
    "command-line-pair",
    "crypt-hash",
    "encoded-password",
    "named-key",
    "command-line-password",
    "decoded-password",
    "wallet-key",
    "api-hash",
)
_SEVERAL = {  # places where one of several is the password
    "literals": re.compile(r"""(?P<quote>["'`])(?P<secret>[^"'`\n\\]{0,100})(?:\\[rn])*(?P=quote)"""),
    "words": re.compile(r"""(?<![^\s])[>"'`]?(?P<secret>[^\s"'`<>]{6,100})"""),
    "parts": re.compile(r"""(?<![^\s"'`=:,;(\[{<>|])(?=(?P<secret>[^\s"'`<>,;(){}\[\]|\\]{8,100}))"""),
}
_FORMS = (*commands.FORMS, *files.FORMS, *code.FORMS, *prose.FORMS)

# Anchors are looked up as whole runs of letters: one split of the text finds them all.
_LETTERS_ONLY = bytes(byte if 97 <= byte <= 122 else 32 for byte in range(256))
_LETTER_RUNS = re.compile(r"[a-z]+")
_TELLING_PARTS = ("pass", "pw", "secret", "token", "auth", "cred", "login")  # found inside longer words by `context`
_BY_WORD: dict[bytes, list[int]] = {}
_ALWAYS: list[int] = []  # forms with an anchor that is no word: only where a value that looks chosen stands
_OTHER_SCRIPTS: list[int] = []
for _index, _one in enumerate(_FORMS):
    for _anchor in _one.anchors:
        if not _anchor.isascii():
            _OTHER_SCRIPTS.append(_index)
            continue
        _runs_of = _LETTER_RUNS.findall(_anchor)
        if not _runs_of or len(max(_runs_of, key=len)) < 2:
            _ALWAYS.append(_index)
        else:
            _BY_WORD.setdefault(max(_runs_of, key=len).encode(), []).append(_index)
_NEED_VALUE = frozenset(
    index for index, form in enumerate(_FORMS) if form.accepts in (looks_chosen, looks_typed) or form.kind in _BY_LOOK
)

# A value that could be a password by its look alone: the forms that go by that are not tried without one.
_SPLIT = bytes(32 if byte < 33 or chr(byte) in "\"'`<>|;\\()[]{}," else byte for byte in range(256))
_MAYBE = re.compile(
    rb"(?=.*\d)(?=.*[A-Za-z])(?:(?=.*[a-z])(?=.*[A-Z])|(?=.*[!@#^*~?%&$]))|(?:0x)?[0-9a-fA-F]{32}|[0-9a-f]{8}-[0-9a-f]{4}-"
).match
_NAMED = re.compile(r"[\w.$-]+[=:]").match  # its value is a part of its own
# The name of the argument or the field that a value is given to.
_ARGUMENT = re.compile(r"(?<![:&*<] )(?<![:&*<.\w-])([A-Za-z_]\w*)[ ]*(?:=[ ]*[bBrRuUfF]?[\"'`]?|:[ ]*[\"'`])$").search
_MOST_REMEMBERED = 200_000
_plain_words: set[bytes] = set()


def _could_hold(word: bytes) -> bool:
    if len(word) < 8 or not _MAYBE(word):
        return False
    text = word.decode("ascii", "replace")
    pieces = {text, *re.split(r"[:=@/%,]", text), text[2:]}
    pieces.update(text[place + 1 :] for place, character in enumerate(text[:60]) if character in ":=@/%>}")
    return any(looks_chosen(piece) or (len(piece) >= 32 and is_hash_like(piece)) for piece in pieces)


_FORM_OF = bytes(
    32 if byte < 33 or chr(byte) in "\"'`<>|;\\()[]{},"
    else 48 if 48 <= byte <= 57
    else 97 if 97 <= byte <= 122
    else 65 if 65 <= byte <= 90
    else 33 if chr(byte) in "!@#^*~?%&$"
    else byte
    for byte in range(256)
)  # fmt: skip
# What `_MAYBE` asks of a word, asked of its shape: many words have one, and few shapes can hold a value.
_MAYBE_SHAPE = re.compile(
    rb"(?=[^ ]{8})(?=.*0)(?=.*[Aa])(?:(?=.*a)(?=.*A)|(?=.*!))|[Aa0]{32}|[a0]{8}-[a0]{4}-[a0]{4}-"
).match
_plain_shapes: set[bytes] = set()


def words_like_values(data: bytes) -> list[bytes]:
    """The words of a text (as ASCII) that could be a password or a key by their look."""
    shapes = set(data.translate(_FORM_OF).split()) - _plain_shapes
    if shapes:
        if len(_plain_shapes) > _MOST_REMEMBERED:
            _plain_shapes.clear()
        plain = {shape for shape in shapes if not _MAYBE_SHAPE(shape)}
        _plain_shapes.update(plain)
    if not shapes or len(plain) == len(shapes):
        return []
    new = set(data.translate(_SPLIT).split()) - _plain_words
    if len(_plain_words) > _MOST_REMEMBERED:
        _plain_words.clear()
    found = [
        word
        for word in new
        if len(word) > 7 and (len(word) > 31 or word.translate(None, _UNTELLING)) and _could_hold(word)
    ]
    _plain_words.update(new.difference(found))
    return found


_UNTELLING = b"abcdefghijklmnopqrstuvwxyz0123456789_.-"


def to_try(text: str, lower: str, parts: Sequence[str]) -> list[tuple[int, int, int]]:
    """`(form, start, end)`: the forms whose anchors a text holds, each with the part of the text to try it on.

    Those that go by a value's look are tried on the lines around such a value only. `parts` is what
    `context.words_in(lower)` says.
    """
    data = text.encode("ascii", "replace")
    found: set[int] = set()
    for word in set(lower.encode("ascii", "replace").translate(_LETTERS_ONLY).split()) & _WORDS:
        found.update(_BY_WORD[word])
    values = words_like_values(data)
    if found or values:
        for part in parts:
            if part in _BY_PART:
                found.update(_BY_PART[part])
    if not text.isascii():
        found.update(_OTHER_SCRIPTS)
    if _SPACED in found and b" a a a a a a a" not in data.translate(_GAPS):
        found.remove(_SPACED)
    if _GROUPED in found and b"llll llll llll llll" not in data.translate(_FOURS):
        found.remove(_GROUPED)
    everywhere = [
        (index, 0, len(text))
        for index in sorted(found - _NEED_VALUE)
        if not _FORMS[index].exact or any(map(lower.__contains__, _FORMS[index].anchors))
    ]
    if not values:
        return everywhere
    near = (found & _NEED_VALUE).union(_ALWAYS)
    places = everywhere
    for start, end in _lines_around(data, values):
        piece = lower[start:end] if len(lower) == len(text) else lower
        inside = {index for index, stems in _STEMS.items() if any(map(piece.__contains__, stems))}
        places += [(index, start, end) for index in sorted(near | inside)]
    return places


_LINES_BEFORE, _WIDEST = 4, 600


def _lines_around(data: bytes, values: list[bytes]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for value in values:
        place = data.find(value)
        while place >= 0:
            start = place
            for _ in range(_LINES_BEFORE):
                start = data.rfind(b"\n", 0, start) if start > 0 else -1
            end = data.find(b"\n", place + len(value))
            end = data.find(b"\n", end + 1) if end > 0 else end  # the line after it may end what it stands in
            end = min(len(data) if end < 0 else end, place + len(value) + _WIDEST)
            spans.append((max(start + 1, place - _WIDEST), end))
            place = data.find(value, end)
    spans.sort()
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and start <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


# Near a value that could be a password an anchor may be a part of a longer name: `TelegramClient`, `TimestampSigner`.
_STEMS = {
    index: tuple(anchor for anchor in _FORMS[index].anchors if anchor.isascii() and len(anchor) > 3)
    for index in sorted(_NEED_VALUE)
}
_SPACED = next(index for index, form in enumerate(_FORMS) if form.kind == "spaced-password")
_GROUPED = next(index for index, form in enumerate(_FORMS) if form.kind == "grouped-password")
_FOURS = bytes(32 if byte in b" -" else 108 if 97 <= byte <= 122 else 10 for byte in range(256))
_GAPS = bytes(32 if byte in b" -" else 97 if 33 <= byte <= 126 else 10 for byte in range(256))
_WORDS = frozenset(_BY_WORD)
_BY_PART = {
    part: [
        index for word, one in _BY_WORD.items() if part.encode() in word for index in one if index not in _OTHER_SCRIPTS
    ]
    for part in _TELLING_PARTS
}


@cache
def _compiled(index: int) -> tuple[str, Callable[[str], bool], re.Pattern[str], frozenset[str]]:
    form = _FORMS[index]
    return form.kind, form.accepts, form.pattern, frozenset(_SEVERAL.keys() & form.pattern.groupindex.keys())


def by_form(text: str, lower: str, places: Sequence[tuple[int, int, int]]) -> Iterator[Hit]:
    """Credentials at the places that the forms know (`places` is what `to_try` says)."""
    tried = sorted({(first, last) for index, first, last in places if index in _NEED_VALUE})
    for first, last in tried:
        yield from sure_strings(text, first, last)
    if tried:
        yield from in_tables(text, lower)
    for index, first, last in places:
        kind, accepts, pattern, several = _compiled(index)
        for match in pattern.finditer(text, first, last):
            for group in several:
                for part in _SEVERAL[group].finditer(text, *match.span(group)):
                    value = part["secret"].rstrip(".,;:!?")
                    named = _ARGUMENT(text, max(first, part.start() - 40), part.start())
                    of_another = (named and not credential_name(named[1])) or (group == "parts" and _NAMED(value))
                    if accepts(value) and not of_another:
                        yield kind, part.start("secret"), part.start("secret") + len(value)
            if several:
                continue
            group = "secret" if match["secret"] is not None else "second"
            value = match[group].rstrip(".,;:!?)")
            if accepts(value):
                start = match.start(group)
                yield kind, start, start + len(value)
