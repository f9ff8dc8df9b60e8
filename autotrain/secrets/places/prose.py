# ruff: noqa: E501
"""In prose: a word that speaks of a password, in English or another language, and what stands beside it."""

import re

from autotrain.secrets.places.form import form
from autotrain.secrets.values import looks_chosen, looks_typed

_FOREIGN = (
    "kennwort passwort passord contrase\u00f1a clave mdp motdepasse passe senha wachtwoord has\u0142o haslo \u015fifre sifre parola "
    "l\u00f6senord losenord adgangskode salasana heslo jelsz\u00f3 jelszo lozinka geslo parool sandi \u043f\u0430\u0440\u043e\u043b "
    "\u03ba\u03c9\u03b4\u03b9\u03ba \u5bc6\u7801 \u5bc6\u78bc \u53e3\u4ee4 \u30d1\u30b9\u30ef\u30fc\u30c9 "
    "\ube44\ubc00\ubc88\ud638 \uc554\ud638 \u05e1\u05d9\u05e1\u05de \u0643\u0644\u0645\u0629 \u0e23\u0e2b\u0e31\u0e2a "
    "kh\u1ea9u zugangsdaten"
)
_PROSE_GROUP = re.compile(
    r"\b(?:this|that|with|from|have|will|your|they|been|when|what|word|pass|user|name|test|code)\b"
)


def _spaced(value: str) -> bool:
    return looks_chosen(value[::2])


def _group(value: str) -> bool:
    return not _PROSE_GROUP.search(value)


FORMS = (
    # A word that speaks of a password, and on the same line what looks like one.
    form(
        "beside-word",
        "pass password passwd passphrase passcode pwd pw psk secret authtok identify psksecret htpasswd mkpasswd login cred hmac crypt signer wallet vault community",
        looks_typed,
        r"(?i)(?:passw(?:or)?d|passphrase|passcode|(?<![a-z])pass(?![a-z])|pwd|(?<![a-z])pw(?![a-z])|psk|secret|authtok|identify|login|(?<!s)cred|hmac|crypt|signer|wallet|vault|community)"
        r"(?P<parts>[^\n]{0,160}(?:\n[^\n]{0,100})?)",
    ),
    form(
        "beside-word",
        "password passwd passphrase pwd pw",
        looks_typed,
        r"(?im)^(?P<parts>[^\n]{6,200})\b(?:password|passwd|passphrase|pwd|pw)\b",
    ),
    form("beside-word", "users accounts logins", looks_typed, r"(?i)(?<![a-z])(?:users|accounts|logins)\b[\"'\]]?[ ]*(?:[=:]+[ ]*)?[\[({](?P<literals>[^\n]{6,200})"),
    form(
        "grouped-password",
        "password login passwd user email notarytool altool gmail smtp apple",
        _group,
        r"(?i)(?:(?:passw|login|user|mail)[^\n]{0,80}?[\"']|[ ]-p[ ]|-password[ =])(?P<secret>(?-i:[a-z]{4}(?:[ ][a-z]{4}){3}|[a-z]{4}(?:-[a-z]{4}){3}))(?![a-z -])",
    ),
    form(
        "spaced-password",
        "password passwor passwd token secret pw kennwort",
        _spaced,
        r"(?i)(?:passwor[dt]|passwd|token|secret|pw|kennwort)[ :=]{0,4}(?:is|:|=)?[ ]*[\"'`]?(?P<secret>[!-~](?:[ ][!-~]){7,60}|[!-~](?:-[!-~]){7,60})(?![!-~])",
    ),
    # Other languages' words for a password.
    form(
        "foreign-password",
        _FOREIGN,
        looks_chosen,
        r"(?i)(?:" + "|".join(_FOREIGN.split()) + r")[^\W\d_]{0,8}?['\"\]]{0,2}[ \t]?(?:d'\w+)?(?:[ ][^\W\d_]{1,12}){0,3}?[ \t]*(?:[:=\uff1a]|=>|is|es|est|ist|lautet|\u00e9|\u00e8|to|jest|\u662f|\u306f|\u00e4r|er|on)?"
        r"[ \t]*(?:[\w.@-]{1,30}[ ]?/[ ]?)?[\"'`\u300c]?(?P<secret>[!-~]{6,80})",
    ),
    form("prose-password", "password pw creds pass", looks_chosen, r"(?i)\b(?:password|pw|pass|passcode)\b[^\n\w]{0,3}(?:for[ ][^\n]{1,40}?[ ])?(?:is|\u00e8|:|=)?[ ]*[\"'`]?(?P<secret>[!-~]{8,80})"),
)  # fmt: skip
