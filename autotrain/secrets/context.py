"""Credentials without a mark of their own, found by what stands beside them.

assigned(text, lower)            literals given to credential-like names, in code, markup, flags and prose
headers_and_urls(text, lower)    authorisation headers, user and password pairs, URLs with credentials
random_strings(text, start, end) strings that only a machine draws
"""

import re
from collections.abc import Iterator, Sequence

from autotrain.secrets.decoding import from_base64
from autotrain.secrets.values import (
    credential_name,
    is_hash_like,
    is_placeholder,
    is_template,
    literal_is_secret,
    looks_drawn,
    looks_random,
    looks_sure,
)

Hit = tuple[str, int, int]

_KEYWORDS = ("pass", "pw", "secret", "token", "key", "auth", "cred", "psk", "pepper")
_WORDS = (*_KEYWORDS, "login", "basic ", "bearer ", "-u")
_AFTER = re.compile(
    r"""
    (?P<rest>[A-Za-z0-9_-]{0,40})
    \\?["'`]?[ \t]*\]?\)?
    (?:
      [ \t]*(?P<operator>
         :[ \t]*[A-Za-z_][\w.]*(?:\[[\w., |]*\])?(?:[ \t]*\|[ \t]*None)?[ \t]*=    # an annotated assignment
       | [:=]=?=? | => | != | := | -> | , | <- | \|
      )[ \t]*(?:\\?\n[ \t]+)?
    | (?P<markup>>)[ \t]*
    | (?P<verb>[ \t]+(?:(?:is|was|are|will[ ]be|set[ ]to|equals|of)[ \t:]*[ \t]|for[ ][\w ]{1,24}[ ](?:is|was)[ ]))
    | (?P<space>[ \t]+)
    | (?P<call>\()[ \t]*
    )
    (?:(?:Buffer\.from|new[ ]\w+|[\w.:]{1,30})\([ \t]*(?:(?:default|value|initial|fallback)[ ]*=[ ]*)?)?
    [rRbBuUfF@$]{0,2}
    (?: \\?(?P<quote>\"\"\"|'''|["'`]) (?P<quoted>[^"'`\n]{1,400}|(?:(?!(?P=quote))[^\n]){1,400}) \\?(?P=quote)
      | (?P<bare>[^\s"'`,;(){}\[\]<>]{6,400}) (?![(\[{\w]) )
    """,
    re.VERBOSE,
)
_NAME_REST = re.compile(r"[A-Za-z0-9_-]{0,40}")
_NAME_BACKWARDS = re.compile(r"[\w-]*")
_WORD_BEFORE = tuple(
    f"{word} " for word in "api access secret auth private license signing encryption master account".split()
)
_SETTER = re.compile(r"(?:set|with|use|using|add|new|secret|password)", re.IGNORECASE)


def words_in(lower: str) -> list[str]:
    """Those words of a text (in lower case) that `by_context` starts from."""
    return [word for word in _WORDS if word in lower]


def by_context(text: str, lower: str, words: Sequence[str]) -> Iterator[Hit]:
    """Credentials given away by the name or the words before them (`words` is what `words_in(lower)` says)."""
    for word in words:
        if word not in _KEYWORDS:
            break
        position = lower.find(word)
        while position >= 0:
            hit = _assignment(text, lower, position, position + len(word))
            if hit is not None:
                yield hit
            position = lower.find(word, position + len(word))
    if "://" in text and "@" in text:
        yield from _in_urls(text)
    if not words:
        return
    if "bearer " in words or "basic " in words or "token " in lower or "apikey " in lower:
        yield from _in_headers(text)
    if "auth" in words or ("login" in words and "login(" in lower) or "-u" in words:
        yield from _pairs(text)


def _assignment(text: str, lower: str, position: int, end: int) -> Hit | None:
    before = lower[max(0, position - 40) : position]
    part = _NAME_BACKWARDS.match(before[::-1])
    start = position - (part.end() if part else 0)
    if lower[start - 1 : start] == " ":
        first = next((start - len(word) for word in _WORD_BEFORE if lower.endswith(word, 0, start)), start)
        start = start if first and (lower[first - 1].isalnum() or lower[first - 1] == "_") else first
    rest = _NAME_REST.match(text, end)
    if rest is None or not credential_name(text[start : rest.end()]):
        return None
    match = _AFTER.match(text, end)
    if match is None:
        return None
    name = text[start : match.end("rest")]
    strength = credential_name(name)
    if not strength:
        return None
    quoted, operator = match["quote"] is not None, match["operator"]
    value = match["quoted"] if quoted else match["bare"].partition("\\n")[0].rstrip(".,;:!?")
    if match["call"] and not _SETTER.match(name):
        return None
    if name.lower() == "pass" and operator not in (":", "="):
        return None
    if match["markup"] and text[start - 1 : start] != "<":
        return None
    if not quoted and not name.startswith("--") and (operator == "," or match["call"]):
        return None
    # Without a word that says "this is it", only the value itself can tell.
    if (match["space"] and not name.startswith("-")) or (operator == "," and strength < 2):
        secret = looks_drawn(value) and not is_placeholder(value)
    else:
        secret = literal_is_secret(value, strength, quoted or bool(match["markup"]))
    if not secret:
        return None
    begin = match.start("quoted" if quoted else "bare")
    return "assigned-credential", begin, begin + len(value)


_URL_CREDENTIALS = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]{1,30}://([^\s/?#@:\"'<>`]{0,80}):([^\s/@\"'<>`]{1,200})@[^\s\"'<>`]"
)
_HERE = re.compile(r"@(?:localhost|127\.0\.0|host|example)")
_FILLED_IN = re.compile(r"[{}$<>]|%[a-zA-Z(]|\*\*\*")
_HEADER = re.compile(
    r"(?:[Bb]earer|[Bb]asic|[Tt]oken|[Aa]pi[Kk]ey|BEARER|BASIC|TOKEN)[ ]+([A-Za-z0-9+/_.~-]{16,}={0,2})"
)
_LOGIN_PAIR = re.compile(
    r"(?:auth\w*[ ]*=[ ]*\w*\(|\.login\(|BasicAuth\()[ ]*([\"'])[^\"'\n]{1,60}\1[ ]*,[ ]*([\"'])([^\"'\s]{6,80})\2"
    r"|(?:-u|--user)[ ]+[\"']?[\w.@-]{1,60}:()()([^\"'\s)]{6,80})"
)


def _in_urls(text: str) -> Iterator[Hit]:
    for match in _URL_CREDENTIALS.finditer(text):
        if is_placeholder(match[2]) or (match[1] == match[2] and _HERE.search(text, match.end() - 2, match.end() + 9)):
            continue
        if not is_template(match[2]) and not _FILLED_IN.search(match[2]):
            yield "url-credentials", match.start(), match.end(2)


def _in_headers(text: str) -> Iterator[Hit]:
    for match in _HEADER.finditer(text):
        value = match[1]
        if match.group()[:5].lower() == "basic":
            data = from_base64(value) or b""
            if b":" in data and data.isascii() and not is_placeholder(data.decode().partition(":")[2]):
                yield "basic-auth", match.start(1), match.end(1)
        elif not is_placeholder(value) and looks_drawn(value):
            yield "bearer-token", match.start(1), match.end(1)


def _pairs(text: str) -> Iterator[Hit]:
    for match in _LOGIN_PAIR.finditer(text):
        group = 3 if match[3] else 6
        if "://" not in match[group] and literal_is_secret(match[group], 2, True):
            yield "login-pair", match.start(group), match.end(group)


_RUN = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_INNOCENT_BEFORE = re.compile(
    r"(?:sha\d*|h1|md5|hash|digest|checksum|integrity|etag|fingerprint|commit|uuid|guid|base64|b64\w*|nonce|crc|"
    r"data:[\w/+.-]+;base64|encoded|blob|png|jpe?g|gif|image|signature)\W{0,12}(?:is|of|=|:|\()?\W{0,4}$|\?b\?$",
    re.IGNORECASE,
)
# How base64 of images, archives, documents, fonts and public keys begins.
_MAGIC = re.compile(r"iVBORw0KG|R0lGOD|/9j/|H4sI|UEsDB|JVBERi|eJ|AAECAw|AAAA|d09G|PHN2Zy|Qk0|UklGR|T2dnU|SUQz")
_PUBLIC = re.compile(r"-----BEGIN (?!.{0,40}PRIVATE)[\s\S]*?(?:-----END|\Z)")


def _public_blocks(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _PUBLIC.finditer(text)] if "-----BEGIN" in text else []


def random_strings(text: str, start: int, end: int) -> Iterator[Hit]:
    """Strings that only a machine draws, unless the words before them say that they are digests or data."""
    public = _public_blocks(text)
    for first, last in drawn_runs(text, start, end):
        if any(begin <= first < over for begin, over in public):
            continue
        if not _INNOCENT_BEFORE.search(text, max(0, first - 40), first):
            yield "random-string", first, last


_PARTS = re.compile(r"""(?<![^\s"'`=:,;(\[{<>|])(?=(?P<secret>[^\s"'`<>,;(){}\[\]|\\]{12,100}))""")
_NAMED = re.compile(r"[\w.$-]+[=:]")  # its value is a part of its own


def sure_strings(text: str, start: int, end: int) -> Iterator[Hit]:
    """Shorter ones than `random_strings` finds, with more kinds of characters: passwords that were drawn."""
    for match in _PARTS.finditer(text, start, end):
        value = match["secret"].rstrip(".,;:!?")
        if not looks_sure(value) or _NAMED.match(value) or _MAGIC.match(value) or _holds_data(value.rstrip("=")):
            continue
        first = match.start()
        if _INNOCENT_BEFORE.search(text, max(0, first - 40), first) or _ID_BEFORE(text, max(0, first - 24), first):
            continue
        if value.endswith("?=") or _SHOWN_RESULT(text, max(0, first - 160), first):
            continue  # a word of a mail's header, what a documentation's example shows
        if not any(begin <= first < over for begin, over in _public_blocks(text)):
            yield "drawn-value", first, first + len(value)


_SHOWN_RESULT = re.compile(r">>> [^\n]*\n[ \t]*b?[\"']$").search
_ID_BEFORE = re.compile(
    r"(?i)(?:id|rev|version|boundary|salt|url|path|file|h1|encode\w*|decode\w*)[\"']?[ ]*[:=(]*[ ]*b?[\"']?$"
).search


def drawn_runs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The same by their own look alone, whatever stands before them."""
    for match in _RUN.finditer(text, start, end):
        body = match.group().rstrip("=")
        if body.startswith(("sha1-", "sha256-", "sha384-", "sha512-")):
            continue
        if not 24 <= len(body) <= 200 or not looks_random(body) or is_hash_like(body) or _MAGIC.match(body):
            continue
        if not is_placeholder(body) and body.count("/") <= len(body) / 12 and not _holds_data(body):
            yield match.span()


def _holds_data(body: str) -> bool:
    # Test data in base64 is mostly text or small numbers; what a machine drew is neither.
    data = from_base64(body) or b"\0"
    printable = sum(1 for byte in data if 32 <= byte < 127 or byte in b"\n\r\t")
    low = sum(1 for byte in data if byte < 32)
    return printable > 0.85 * len(data) or low > 0.4 * len(data)
