"""Is this string a credential? Pure questions about a value, and about the name it is given to.

is_placeholder(value)           would a person see at once that this is no real value?
looks_random(value)             was this drawn by a machine, whatever stands beside it?
looks_drawn(value)              the same, laxer, for where the words beside speak of a credential
credential_name(name)           0: names no credential, 1: perhaps, 2: a password or secret
literal_is_secret(value, ...)   a literal given to such a name
"""

import re
from functools import lru_cache

_PLACEHOLDER_PART = re.compile(
    r"example|your|placeholder|change[_-]?(?:me|this|it)|dummy|sample|redacted|replace|insert|goes[_-]?here|<[^>]*>|"
    r"\$\{|\{\{|\}\}|%\(|%[\d.]*[sdfrx](?![a-z0-9])|\.\.\.|…|x{4}|\*\*\*|•••|___|---|^my[_-]|fake|mock|"
    r"not[_-]?(?:a[_-])?real|lorem|12345678|abcdef(?:gh|0|1)|01234567|deadbeef|0000000|fixme|todo|undefined|"
    r"secret[_-]?(?:here|key|token|value|string)|key[_-]?here|token[_-]?here|the[_-](?:password|secret|token)|"
    r"(?:password|secret|token)[_-]?(?:here|value)|software\\",
    re.IGNORECASE,
)
# Of these, one inside a drawn value is chance, or a real value that somebody made out of it.
_WORD_INSIDE = re.compile(
    r"(?<=[a-z0-9])(?:example|your|placeholder|dummy|sample|redacted|replace|insert|fake|mock|lorem|fixme|todo|"
    r"undefined)(?=[a-z0-9])",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(
    r"^\$(?:[A-Za-z_]\w*$|[{(]|[A-Za-z_]\w*(?:->|::|\[|\.[a-z]))|^%\(|^\{[\w.: ]*\}|^\{[{%]|^<[^<>]*>?$|^\[[^\]]*\]?$|"
    r"^@\w+(?:@|$)|^%\w+%$|^%[a-z]$|^[{<\[(]\w*[}>\])]$|^\{\w*$"
)
_WORDS = frozenset(
    "password passwd passphrase pass pwd secret token key none null nil true false test testing tests user username"
    " admin root guest default value string string_value str text foo bar baz foobar spam eggs hello world login"
    " credentials credential auth authorization bearer basic public private optional required missing invalid valid"
    " unknown empty anonymous hidden masked input prompt env environ config settings csrf access refresh session"
    " cookie header apikey api_key access_token refresh_token id_token client_secret client_id bearer_token secret_key"
    " private_key".split()
)


def is_placeholder(value: str) -> bool:
    """Whether a value only stands for a credential: a template, a word, a run of one pattern."""
    part = _PLACEHOLDER_PART.search(value)
    if part is not None and _WORD_INSIDE.search(value):
        rest = _WORD_INSIDE.sub("", value)
        part = None if looks_mixed(rest) and len(rest) >= 8 else part
    if part is not None or is_template(value):
        return True
    core = value.strip("\"'`*_-. ")
    if _COUNTED.fullmatch(core):
        return True
    return core.lower() in _WORDS or len(set(core)) < max(3, min(7, len(core) // 4))


_COUNTED = re.compile(
    r"1?23456?\d{0,3}|(?:pass(?:word|wd)?|secret|token|qwerty|abc|test|admin|root)\W?(?:1?23?4?|!)?", re.I
)


def is_template(value: str) -> bool:
    """Whether a value is filled in later: $NAME, {name}, <name>, %s."""
    return bool(_TEMPLATE.search(value))


_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]+")
_CLASS_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[a-z0-9])|(?<=[0-9])(?=[A-Za-z])")
_WORDLIKE = re.compile(r"[a-z]{3,}")


def is_hash_like(value: str) -> bool:
    """Hex digits or a UUID: as often a digest or an id as a credential; only context can tell."""
    return bool(_HEX.fullmatch(value) or _UUID.fullmatch(value))


def looks_random(value: str) -> bool:
    """Upper, lower and digits in a quick mix, at least 20 characters: drawn, not written."""
    if len(value) < 20 or value.islower() or value.isupper():
        return False
    digits = sum(map(str.isdigit, value))
    if digits == 0 or digits > len(value) * 0.7 or sum(map(len, _WORDLIKE.findall(value))) > len(value) * 0.45:
        return False
    upper, letters = sum(map(str.isupper, value)), len(value) - digits
    return len(_CLASS_CHANGE.findall(value)) >= len(value) * 0.3 and letters * 0.15 <= upper <= letters * 0.85


def looks_drawn(value: str) -> bool:
    """Hex of 24 digits, a UUID, or letters and digits that change quickly."""
    if looks_random(value):
        return True
    if is_hash_like(value):
        return len(value) >= 24
    changes = len(_CLASS_CHANGE.findall(value))
    if len(value) >= 20 and changes >= 4 and sum(map(str.isdigit, value)) >= 2:
        return True
    if len(value) >= 16 and changes >= len(value) * 0.35 and looks_mixed(value):
        return True
    return value.isalnum() and len(value) >= 16 and changes >= len(value) * 0.4


_FILE_OR_PLACE = re.compile(
    r"^(?:[\w.-]*/)*[\w.-]+\.[a-z][a-z0-9]{0,4}$|^[\w.-]+:\d{1,5}(?:[:/].*)?$|^\d+(?:\.\d+)+|^v?\d+\.\d|^[A-Za-z]+/\d|^[\w+.-]+://|"
    r"^[\d.:,/-]+$|^[a-z_]+=[\w./-]*$|^[\w.-]+@(?:[\w-]+\.[\w.-]+|[a-z][\w-]*)$|\w\*\*\w|^(?:[a-z_]\w*\.)+\w+[-+*]\d+$|/\S*\?\w+=|^[0-9a-f]*::[0-9a-f:]+(?:%\w+)?$|"
    r"^[A-Z][A-Z\d_]+=[A-Z_]+$"
)
_UNUSUAL = re.compile(r"[!@#^*~?+=%&$]")


def looks_mixed(value: str) -> bool:
    """Upper and lower letters and a digit."""
    return any(map(str.isdigit, value)) and any(map(str.isupper, value)) and any(map(str.islower, value))


def looks_chosen(value: str) -> bool:
    """A password as people and their tools make them, told by itself at a place where one is expected.

    Letters and digits in both cases, or with a symbol that neither files nor names have.
    """
    if not 8 <= len(value) <= 80 or is_placeholder(value) or value.startswith(_ADDRESS) or is_hash_like(value):
        return False
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    if not letters or any(ord(character) > 126 or character <= " " for character in value):
        return False
    if is_passphrase(value):
        return True
    if _CODE.search(value) or _FILE_OR_PLACE.search(value):
        return False
    if looks_mixed(value):
        return digits >= 2 or len(_UNUSUAL.findall(value)) > 0 or len(_CLASS_CHANGE.findall(value)) >= len(value) * 0.3
    if digits:
        return len(_UNUSUAL.findall(value)) > 0 and value[0] not in "([{^=" or looks_drawn(value)
    return len(_UNUSUAL.findall(value)) >= 3 and not value.isidentifier() and (value.lower() != value)


# What names are put together from: words, abbreviations, numbers.
_NAME_LIKE = re.compile(  # no piece can be divided in two ways
    r"(?:[A-Z]*[a-z]{2,}(?![a-z])|[A-Z][a-z](?![a-z])|[A-Z]{2,}(?![A-Za-z])|(?<=[a-z])[A-Z](?![A-Za-z])|\d+(?!\d)|[_.:/-])+"
)
_WORDS_AND_NUMBER = re.compile(r"(?:[A-Z][a-z]{2,}){1,3}(?:\d{2,6}|[-_.]\d{3,6})")
_LONG_WORD = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}")


def looks_typed(value: str) -> bool:
    """The same beside a word that speaks of a password: no name such as `BCryptSHA256Hasher`, but `Needle-4649`."""
    return looks_chosen(value) and (not _is_name(value) or bool(_WORDS_AND_NUMBER.fullmatch(value)))


def _is_name(value: str) -> bool:
    if len(value) >= 12 and len(_CLASS_CHANGE.findall(value)) >= len(value) * 0.4:
        return False  # so many changes are drawn
    return bool(_NAME_LIKE.fullmatch(value))


def looks_sure(value: str) -> bool:
    """The same wherever it stands: at least 12 characters of both cases and digits, in a mix that no name has."""
    if not 12 <= len(value) <= 64 or not looks_chosen(value) or not looks_mixed(value):
        return False
    if _is_name(value) or sum(map(len, _LONG_WORD.findall(value))) > len(value) * 0.4:
        return False
    digits = sum(map(str.isdigit, value))
    return (
        digits + len(_UNUSUAL.findall(value)) >= 2
        and digits <= len(value) * 0.6
        and len(_CLASS_CHANGE.findall(value)) >= len(value) * 0.35
    )


_PASSPHRASE = re.compile(
    r"[A-Za-z]{3,12}(?:([-._ ])[A-Za-z]{3,12})(?:\1[A-Za-z]{3,12}){2,6}\1\d{1,5}|[a-z]{3,10}(?: [a-z]{3,10}){3,11}"
)
_PROSE = re.compile(
    r"\b(?:the|and|you|your|not|must|has|have|was|are|for|with|this|that|from|can|cannot|should|will|but|too|use|set|"
    r"password|passwords|passphrase|secret|token|key|user|enter|please|does|match|invalid|wrong|missing|required)\b",
    re.IGNORECASE,
)


def is_passphrase(value: str) -> bool:
    """Four words or more and a number, or four plain words that are no sentence."""
    return bool(_PASSPHRASE.fullmatch(value)) and not _PROSE.search(value)


_KEYWORD = re.compile(
    r"pass(?:word|wd|phrase|code|wor[td])|pass$|pw$|psk|pepper$|salt|(?<![a-z])pass(?![a-z_])|_pass$|pwd|secret|token|credentials?|bearer|auth|"
    r"(?<![a-z])pw(?![a-z])|key"
)
_STRONG = re.compile(r"pass|pwd|psk|secret|shared[_-]?key|authtok|pw$|(?<![a-z])pw(?![a-z])")
# A name that goes on with one of these is about a credential; it does not hold one.
_ABOUT = re.compile(
    r"(?:hash|hashed|digest|sha\d*|md5|checksum|regex|pattern|format|field|label|hint|prompt|url|uri|path|file|filename|"
    r"names?|types?|header|prefix|suffix|length|len|size|min|max|count|limit|ttl|expiry|expires|expiration|endpoint|"
    r"method|class|policy|column|error|message|msg|help|title|description|placeholder|env|var|version|algorithm|alg|"
    r"scheme|attr|attribute|param|parameter|selector|xpath|re|test|func|function|list|index|idx|pos|position|kind|dir|"
    r"directory|mode|state|status|scopes?|realm|user|username|domain|host|module|backend|strength|rules?|reset|"
    r"required|enabled|store|provider|(?<=key_)ids?|context|line|i[sz]ers?|i[sz]ation|i[sz]ing|i[sz]ed?)$"
)
_OTHER_KEY = re.compile(
    r"(?:cache|primary|foreign|sort|dict|map|partition|row|column|hash|index|group|lookup|natural|composite|unique|hot|"
    r"short|arrow|public|registry|tools|(?<![a-z])(?:pub|on|mon|tur|don|jan|key|reg|base|h))[_-]?keys?\d*$|^keys?\d*$|surrogatepass|"
    r"keyword|keyerror|keyboard|keypress|compass$|bypass$|trespass$|(?:low|high|band|all|over|under|multi|one|two|first|last|single)_?pass$|passes|passed|passing|passage|author(?!i)|passenger|passive|"
    r"passport|passthrough|surpass$|monkey|turkey|tokenk"
)


@lru_cache(maxsize=4096)
def credential_name(name: str) -> int:
    """How much a name speaks of a credential: 0 not at all, 1 the value decides, 2 a password or secret."""
    stem = name.lower().strip("_-\"' ")
    if not _KEYWORD.search(stem) or _OTHER_KEY.search(stem) or _ABOUT.search(stem):
        return 0
    return 2 if _STRONG.search(stem) else 1


_PART = r"(?:[a-z_]+\d?|[A-Z_]+\d?|[a-z]+(?:[A-Z][a-z]+)+)"
_CODE = re.compile(
    rf"^{_PART}(?:(?:[-+*/%.]|==|!=|//|&&|\|\|){_PART})+$|^{_PART}\.{_PART}(?:\.|$)|^(?:self|os|None|True|False|null)\b|"
    r"^\W*$|^\w+=\w+&\w+="
)
_ARGUMENT = re.compile(r"[a-z_]+=[\w.]*$")
_SYMBOL = re.compile(r"[^A-Za-z0-9_.:/ -]")
_FAMOUS = re.compile(r"sha\d|md5|base\d\d|utf_?\d|latin_?1|x509|pbkdf2|aes_?\d|rsa_?\d|8859|v\d$|_\d$", re.IGNORECASE)
_ADDRESS = ("http://", "https://", "/", "./", "../", "#", "--")


def literal_is_secret(value: str, strength: int, quoted: bool) -> bool:
    """Whether a literal given to a credential-like name is one (`strength`: see `credential_name`)."""
    value = value.strip()
    if strength == 2 and quoted and is_passphrase(value):
        return True
    if len(value) < 6 or " " in value or "\\n" in value or is_placeholder(value):
        return False
    digits = sum(map(str.isdigit, value))
    if not quoted and _ARGUMENT.match(value):
        return False
    if not any(map(str.isalpha, value)):
        return strength == 2 and quoted and value.isdigit()
    if value.startswith(_ADDRESS):
        return False
    if is_hash_like(value):
        return len(value) >= 16 and digits > 0
    if looks_random(value):
        return True
    symbols = len(_SYMBOL.findall(value))
    if quoted and strength == 2:
        if digits:
            return not _CODE.search(value) or symbols > 0
        if value.isalpha() and len(value) >= 12 and len(_CLASS_CHANGE.findall(value)) >= 0.4 * len(value):
            return True
        return len(value) >= 8 and symbols > 0 and value[0] not in "([{^" and value[-1] not in ":?!."
    if _CODE.search(value):
        return False
    mixed = not (value.islower() or value.isupper())
    if quoted:
        return looks_drawn(value) or (len(value) >= 10 and digits >= 2 and (mixed or symbols > 0 or len(value) >= 16))
    if len(value) < 8 or not digits:
        return looks_drawn(value)
    if strength == 2:
        return not value.isidentifier() or mixed or (digits >= 3 and not _FAMOUS.search(value))
    return looks_drawn(value) or (not value.isidentifier() and digits >= 2 and symbols > 0 and mixed)
