"""Credentials without a mark of their own: found by the name, the words or the shape around them.

Three questions, each a pure function of strings:

    is_placeholder(value)     would a person see at once that this is no real value?
    looks_random(value)       was this drawn by a machine?
    assigned(text, lower)     literals given to credential-like names, credentials in prose and in URLs
"""

import re
from collections.abc import Iterator

from autotrain.cleaning.decoding import from_base64

Hit = tuple[str, int, int]

_PLACEHOLDER_PART = re.compile(
    r"example|your|placeholder|change[_-]?(?:me|this|it)|dummy|sample|redacted|replace|insert|goes[_-]?here|<[^>]*>|"
    r"\$\{|\{\{|\}\}|%\(|\.\.\.|…|xxx|\*\*\*|•••|___|---|my[_-]|fake|mock|not[_-]?(?:a[_-])?real|lorem|12345678|"
    r"abcdef(?:gh|0|1)|01234567|deadbeef|0000000|fixme|todo|undefined|secret[_-]?(?:here|key|token|value|string)|"
    r"key[_-]?here|token[_-]?here|the[_-](?:password|secret|token)|(?:password|secret|token)[_-]?(?:here|value)",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"^(?:\$[A-Za-z_{(]|%[A-Za-z(]|\{|<|\[|@)|^%s$|^[{<\[(]\w*[}>\])]$")
_WORDS = frozenset(
    "password passwd passphrase pass pwd secret token key none null nil true false test testing tests user username admin"
    " root guest default value string string_value str text foo bar baz foobar spam eggs hello world login credentials"
    " credential auth authorization bearer basic public private optional required missing invalid valid unknown empty"
    " anonymous hidden masked input prompt env environ config settings csrf access refresh session cookie header apikey"
    " api_key access_token refresh_token id_token client_secret client_id bearer_token secret_key private_key".split()
)


def is_placeholder(value: str) -> bool:
    """Whether a value only stands for a credential: a template, a word, a run of one pattern."""
    if _PLACEHOLDER_PART.search(value) or _TEMPLATE.search(value):
        return True
    core = value.strip("\"'`*_-. ")
    return core.lower() in _WORDS or len(set(core)) < max(3, min(7, len(core) // 4))


_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]+")
_CLASS_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[a-z0-9])|(?<=[0-9])(?=[A-Za-z])")


def is_hash_like(value: str) -> bool:
    """Hex digits or a UUID: as often a digest or an id as a credential; only context can tell."""
    return bool(_HEX.fullmatch(value) or _UUID.fullmatch(value))


def looks_random(value: str) -> bool:
    """Upper, lower and digits in a quick mix, at least 20 characters: drawn, not written."""
    if len(value) < 20 or value.islower() or value.isupper():
        return False
    digits = sum(map(value.count, "0123456789"))
    if digits == 0 or digits > len(value) * 0.7:
        return False
    changes = len(_CLASS_CHANGE.findall(value))
    letters = len(value) - digits
    upper = sum(1 for character in value if character.isupper())
    return changes >= len(value) * 0.3 and upper >= letters * 0.15 and upper <= letters * 0.85


# --- Names -----------------------------------------------------------------------------------------------------------
KEYWORDS = ("pass", "pwd", "secret", "token", "key", "auth", "cred", "bearer", "mnemonic", "_pw", "pin")
_KEYWORD = re.compile(
    r"pass(?:word|wd|phrase|code)?|pwd|secret|token|credentials?|bearer|auth|"
    r"(?<![a-z])pw(?![a-z])|api[_ -]?key|key"
)
_STRONG = re.compile(r"pass|pwd|secret|(?<![a-z])pw(?![a-z])")
# A credential word followed by one of these names something about a credential, not the credential.
_ABOUT = re.compile(
    r"(?:hash|hashed|digest|sha\d*|md5|checksum|regex|pattern|format|field|label|hint|prompt|url|uri|path|file|filename|"
    r"name|names|type|types|header|prefix|suffix|length|len|size|min|max|count|limit|ttl|expiry|expires|expiration|"
    r"endpoint|method|class|policy|column|id_field|error|message|msg|help|title|description|placeholder|env|var|"
    r"version|algorithm|alg|scheme|attr|attribute|param|parameter|selector|xpath|re|test|func|function|list|index|"
    r"idx|pos|position|kind|dir|directory|mode|state|status|scope|scopes|realm|user|username|domain|host|module|"
    r"backend|strength|rules|rule|reset|required|enabled|store|provider|context|line|ize|izer|izers|ization|izing|ized|izes)$"
)
_NOT_CREDENTIAL_KEY = re.compile(
    r"(?:cache|primary|foreign|sort|dict|map|partition|row|column|hash|index|group|lookup|natural|composite|unique|"
    r"hot|short|arrow|public|pub|on|mon|tur|don|jan|key)[_-]?key$|^key$|^keys$|keyword|keyerror|keyboard|keypress|"
    r"compass|bypass|passes|passed|passing|passage|author|passenger|passive|passport|passthrough|surpass|monkey"
)
_AFTER = re.compile(
    r"""
    (?P<rest>[A-Za-z0-9_-]{0,40})
    (?P<close>\\?["'`]?[ \t]*\]?\)?)
    (?:
      [ \t]*(?P<operator>:[ \t]*(?:typing\.)?[A-Za-z_][\w.]*(?:\[[\w., |]*\])?(?:[ \t]*\|[ \t]*None)?[ \t]*=|[:=]=?=?|=>|!=|:=|->|,|<-|\|)[ \t]*(?:\\?\n[ \t]+)?
      | (?P<xml>>)[ \t]*
      | (?P<verb>[ \t]+(?:(?:is|was|are|will[ ]be|set[ ]to|equals|of)[ \t:]*[ \t]|for[ ][\w ]{1,24}[ ](?:is|was)[ ]))
      | (?P<space>[ \t]+)
      | (?P<call>\()[ \t]*
    )
    (?:(?:b64decode|bytes|str|SecretStr|Secret|Some|String|encode|Buffer\.from|new[ ]\w+|\w{1,24})\([ \t]*)?
    [rRbBuUfF@$]{0,2}
    (?: \\?(?P<quote>\"\"\"|'''|["'`]) (?P<quoted>[^"'`\n]{1,400}|(?:(?!(?P=quote))[^\n]){1,400}) \\?(?P=quote)
      | (?P<bare>[^\s"'`,;(){}\[\]<>]{6,400}) )
    """,
    re.VERBOSE,
)
_BARE_CODE = re.compile(r"^[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)+|^(?:self|os|None|True|False|null)\b|[=!+*/]{2}|^\W*$")
_SYMBOL = re.compile(r"[^A-Za-z0-9_.:/ -]")
_NAME_CHARACTER = re.compile(r"[A-Za-z0-9_-]")


def credential_name(name: str) -> int:
    """0 for a name that names no credential, 1 where the value decides, 2 for a password or secret."""
    lower = name.lower()
    stem = lower.strip("_-\"'")
    if not _KEYWORD.search(stem) or _NOT_CREDENTIAL_KEY.search(stem) or _ABOUT.search(stem):
        return 0
    return 2 if _STRONG.search(stem) else 1


def literal_is_secret(value: str, strength: int, quoted: bool) -> bool:
    """Whether a literal given to a credential-like name is a credential (`strength` from `credential_name`)."""
    value = value.strip()
    if len(value) < 6 or " " in value or "\\n" in value or is_placeholder(value):
        return False
    letters = sum(map(str.isalpha, value))
    digits = sum(map(str.isdigit, value))
    if letters == 0:
        return strength == 2 and quoted and digits >= 6 and value.isdigit()
    if value.startswith(("http://", "https://", "/", "./", "../", "#", "--")) or _BARE_CODE.search(value):
        return False
    if is_hash_like(value):
        return len(value) >= 16 and digits > 0
    if looks_random(value):
        return True
    if digits == 0:
        if not quoted or strength < 2:
            return (
                len(value) >= 24
                and not re.fullmatch(r"[a-z_.-]+|[A-Z_.-]+|[A-Za-z]+(?:[_.-][A-Za-z]+)*", value)
                and bool(_CLASS_CHANGE.search(value))
            )
        symbols = len(_SYMBOL.findall(value))
        return len(value) >= 8 and symbols > 0 and value[0] not in "([{^" and not value.endswith((":", "?", "!", "."))
    mixed = not (value.islower() or value.isupper())
    symbols = len(_SYMBOL.findall(value))
    if quoted and strength == 2:
        return len(value) >= 6
    if quoted:
        return len(value) >= 16 or (len(value) >= 10 and (mixed or symbols > 0) and digits >= 2)
    return (
        len(value) >= 8
        and digits >= 1
        and (mixed or symbols > 0 or (len(value) >= 16 and len(_CLASS_CHANGE.findall(value)) >= 5))
    )


def assigned(text: str, lower: str) -> Iterator[Hit]:
    """Literals beside credential-like names: assignments, mappings, arguments, markup, flags, prose."""
    done = -1
    for keyword in _KEYWORD.finditer(lower):
        if keyword.start() < done:
            continue
        match = _AFTER.match(text, keyword.end())
        if match is None:
            continue
        start = keyword.start()
        while start > 0 and keyword.start() - start < 40 and _NAME_CHARACTER.match(text[start - 1]):
            start -= 1
        name = text[start : match.end("rest")]
        strength = credential_name(name)
        if strength == 0:
            continue
        group = "quoted" if match["quote"] else "bare"
        flag = start >= 2 and text[start:].startswith("--") or name.startswith("--")
        if group == "bare" and (match["operator"] == "," or match["call"] or (match["space"] and not flag)):
            if not (match["space"] and looks_random(match[group])):
                continue
        if match["xml"] and text[start - 1 : start] != "<":
            continue
        value = match[group].rstrip(".,;:!?") if group == "bare" else match[group]
        if match["operator"] in (",",) and strength < 2 and not looks_random(value):
            continue
        if literal_is_secret(value, strength, group == "quoted" or bool(match["xml"])):
            begin = match.start(group)
            yield "assigned-credential", begin, begin + len(value)
            done = match.end()


# --- URLs, headers, pairs --------------------------------------------------------------------------------------------
_URL_CREDENTIALS = re.compile(
    r"\b[A-Za-z][A-Za-z0-9+.-]{1,30}://([^\s/?#@:\"'<>`]{0,80}):([^\s/@\"'<>`]{1,200})@[^\s\"'<>`]"
)
_HEADER = re.compile(r"(?i:bearer|basic|token|apikey|digest)[ ]+([A-Za-z0-9+/_.~-]{16,}={0,2})")
_LOGIN_PAIR = re.compile(
    r"(?:auth\w*[ ]*=[ ]*\w*\(|\.login\(|BasicAuth\(|-u[ ]|--user[ ])[ ]*([\"']?)[^\"'\n:,]{1,60}(?:\1[ ]*,[ ]*|:)([\"']?)([^\"'\s)]{6,80})\2"
)


def headers_and_urls(text: str, lower: str) -> Iterator[Hit]:
    """Credentials in URLs, in authorisation headers and in user-and-password pairs."""
    if "://" in text and "@" in text:
        for match in _URL_CREDENTIALS.finditer(text):
            if not _TEMPLATE.search(match[2]) and not re.search(r"[{}$<>%]\w*|\*\*\*", match[2].replace("%40", "")):
                yield "url-credentials", match.start(), match.end(2)
    if "bearer" in lower or "basic" in lower or "token " in lower:
        for match in _HEADER.finditer(text):
            value = match[1]
            if match.group().lower().startswith("basic"):
                data = from_base64(value) or b""
                if b":" in data and data.isascii() and not is_placeholder(data.decode().partition(":")[2]):
                    yield "basic-auth", match.start(1), match.end(1)
            elif not is_placeholder(value) and (looks_random(value) or (is_hash_like(value) and len(value) >= 24)):
                yield "bearer-token", match.start(1), match.end(1)
    if "auth" in lower or "login(" in lower or "-u" in lower:
        for match in _LOGIN_PAIR.finditer(text):
            if literal_is_secret(match[3], 2, bool(match[2])):
                yield "login-pair", match.start(3), match.end(3)


# --- Random strings --------------------------------------------------------------------------------------------------
_RUN = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_INNOCENT_BEFORE = re.compile(
    r"(?:sha\d*|md5|hash|digest|checksum|integrity|etag|fingerprint|commit|uuid|guid|base64|b64\w*|nonce|crc|"
    r"data:[\w/+.-]+;base64|encoded|blob|png|jpe?g|gif|image|signature)\W{0,12}(?:is|of|=|:|\()?\W{0,4}$",
    re.IGNORECASE,
)
_MAGIC = (
    "iVBORw0KG",
    "R0lGOD",
    "/9j/",
    "H4sI",
    "UEsDB",
    "JVBERi",
    "eJ",
    "AAECAw",
    "AAAA",
    "d09G",
    "PHN2Zy",
    "Qk0",
    "UklGR",
)


def random_strings(text: str, start: int, end: int) -> Iterator[Hit]:
    """Strings that only a machine draws, unless the words before them say that they are digests or data."""
    for match in _RUN.finditer(text, start, end):
        run = match.group()
        body = run.rstrip("=")
        if not 24 <= len(body) <= 200 or not looks_random(body) or is_hash_like(body) or run.startswith(_MAGIC):
            continue
        if is_placeholder(body) or "/" in body and body.count("/") > len(body) / 12:
            continue
        if _INNOCENT_BEFORE.search(text, max(0, match.start() - 40), match.start()):
            continue
        if run.endswith("=") or len(body) % 4 == 0:
            data = from_base64(body) or b""
            printable = sum(1 for byte in data if 32 <= byte < 127)
            low = sum(1 for byte in data if byte < 32)
            if data and (printable > 0.85 * len(data) or low > 0.4 * len(data)):
                continue
        yield "random-string", match.start(), match.end()
