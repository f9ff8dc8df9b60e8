# ruff: noqa: E501
"""Credentials known by the place they stand at: in a command, a statement, a dialogue, a line of a file.

A form is tried only where one of its anchors occurs in the lower-case text; whether what stands at
its place is a credential, the value itself decides (values.py).

    to_try(text, lower)      which forms a text may hold
    by_form(text, places)    the credentials at the places that these know
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from autotrain.secrets.context import sure_strings
from autotrain.secrets.decoding import from_base64, readable
from autotrain.secrets.values import (
    is_hash_like,
    is_passphrase,
    is_placeholder,
    literal_is_secret,
    looks_chosen,
    looks_drawn,
    looks_typed,
)

Hit = tuple[str, int, int]


def _given(value: str) -> bool:
    return is_passphrase(value) or literal_is_secret(value, 2, quoted=True)


def _drawn(value: str) -> bool:
    return looks_drawn(value) and not is_placeholder(value)


def _any(value: str) -> bool:
    return not is_placeholder(value)


def _hash(value: str) -> bool:
    return not is_placeholder(value[-22:])


def _hidden(value: str) -> bool:
    text = readable(from_base64, value)
    return text is not None and any(map(looks_typed, (text, text.rpartition(":")[2], text.rpartition("=")[2])))


def _spaced(value: str) -> bool:
    return looks_chosen(value[::2])


def _seed_words(value: str) -> bool:
    words = value.split()
    return len(words) in (12, 15, 18, 21, 24) and len(set(words)) > len(words) - 3 and not _STOP.search(value)


_PROSE_GROUP = re.compile(
    r"\b(?:this|that|with|from|have|will|your|they|been|when|what|word|pass|user|name|test|code)\b"
)
_STOP = re.compile(r"\b(?:the|and|for|are|was|with|have|has|not|its|from|should)\b")


_BY_LOOK = (
    "client-key",
    "encryption-key",
    "named-value",
    "command-line-pair",
    "crypt-hash",
    "encoded-password",
    "named-key",
    "command-line-password",
)


class _Form(NamedTuple):
    kind: str
    anchors: tuple[str, ...]
    accepts: Callable[[str], bool]
    pattern: re.Pattern[str]


_V = r"""["'`]?(?P<secret>[^\s"'`<>|;\\]{6,100})"""  # one word
_S = r"""(?P<quote>["'`])(?P<secret>[^"'`\n\\]{6,100})(?:\\[rn])*(?P=quote)"""  # a literal
_SEVERAL = {  # places where one of several is the password
    "literals": re.compile(r"""(?P<quote>["'`])(?P<secret>[^"'`\n\\]{0,100})(?:\\[rn])*(?P=quote)"""),
    "words": re.compile(r"""(?<![^\s])[>"'`]?(?P<secret>[^\s"'`<>]{6,100})"""),
    "parts": re.compile(r"""(?<![^\s"'`=:,;(\[{<>|])(?=(?P<secret>[^\s"'`<>,;(){}\[\]|\\]{8,100}))"""),
}
_NAME = r"[A-Za-z][\w.@\\-]{0,60}"
_FOREIGN = (
    "kennwort passwort passord contrase\u00f1a clave mdp motdepasse passe senha wachtwoord has\u0142o haslo \u015fifre sifre parola "
    "l\u00f6senord losenord adgangskode salasana heslo jelsz\u00f3 jelszo lozinka geslo parool sandi \u043f\u0430\u0440\u043e\u043b "
    "\u03ba\u03c9\u03b4\u03b9\u03ba \u5bc6\u7801 \u5bc6\u78bc \u53e3\u4ee4 \u30d1\u30b9\u30ef\u30fc\u30c9 "
    "\ube44\ubc00\ubc88\ud638 \uc554\ud638 \u05e1\u05d9\u05e1\u05de \u0643\u0644\u0645\u0629 \u0e23\u0e2b\u0e31\u0e2a "
    "m\u1eadt kh\u1ea9u zugangsdaten"
).replace("m\u1eadt kh\u1ea9u", "kh\u1ea9u")


def _form(kind: str, anchors: str, accepts: Callable[[str], bool], pattern: str) -> _Form:
    return _Form(kind, tuple(anchors.split("\t") if "\t" in anchors else anchors.split()), accepts, re.compile(pattern))


_FORMS = (
    # Commands: a flag that takes a password, by tools that are known for it and by any.
    _form(
        "command-line-password",
        "sshpass\tmysql\tmariadb\tmongo\tredis-cli\tldap\tsqlcmd\tosql\tisql\tbcp \tdocker\tpodman\thelm\t login\t"
        "mosquitto\tipmitool\t7z\tunrar\tzip \ttwine\tcqlsh\tcypher\topenssl\tsnmp\tpsexec\tkeychain",
        _given,
        r"(?im)\b(?:sshpass|mysql\w*|mariadb\w*|mongo\w*|redis-cli|ldap\w+|sqlcmd|osql|isql|bcp|docker|podman|helm|login|"
        r"mosquitto_\w+|ipmitool|7z\w*|unrar|rar|zip|unzip|twine|cqlsh|cypher-shell|openssl|snmp\w+|psexec|"
        r"unlock-keychain)\b[^\n|;]{0,160}?[ ](?-i:-p|-P|-a|-w|-k|-A|-X)[ =]?" + _V,
    ),
    _form(
        "command-line-password",
        "\t -\t",
        looks_chosen,
        r"(?<=[ \t])(?:-{1,2}(?:p|pw|P|a|A|w|X|W|ap|au|pass|passwd|password|rp|rpcpassword|body|pwd)(?:[ =:]|(?=[\"'])|"
        r"(?<=-p)))" + _V,
    ),
    _form("command-line-password", "\t/p\t/rp\t", looks_chosen, r"(?i)(?<=[ \t])/(?:p|pw|pass|passwd|password|rp|pwd)[: ]" + _V),
    _form(
        "command-line-pair",
        "\t -\t",
        _given,
        r"(?<=[ \t])-{1,2}(?:u|U|user|proxy-user|a|auth|[\w-]*creds|login|E|userpwd|b)[ =]+[\"']?(?:" + _NAME
        + r")[:%,]" + _V,
    ),
    _form("command-line-pair", "\t -\t", looks_typed, r"(?<=[ \t])-[A-Za-z][ ]?[\"']?(?:" + _NAME + r")[:%,]" + _V),
    # A word that speaks of a password, and on the same line what looks like one.
    _form(
        "beside-word",
        "pass password passwd passphrase passcode pwd pw psk secret authtok identify psksecret htpasswd mkpasswd",
        looks_typed,
        r"(?i)(?:passw(?:or)?d|passphrase|passcode|(?<![a-z])pass(?![a-z])|pwd|(?<![a-z])pw(?![a-z])|psk|secret|authtok|identify)"
        r"(?P<parts>[^\n]{6,160})",
    ),
    _form(
        "dialogue-password",
        "auth pass login credentials user",
        looks_typed,
        r"(?i)(?:auth|pass|login|cred|user)[^\n]{0,60}<<-?[ ]*[\"']?(?P<end>\w+)[\"']?\n(?:[^\n]*\n){0,3}?(?P<secret>[^\s\"']{8,80})\n[ \t]*(?P=end)",
    ),
    _form(
        "command-line-password",
        "user username login",
        looks_typed,
        r"(?i)(?<=[ \t])-{1,2}(?:u|user|username|login)[ =]+" + _NAME + r"[ ]+" + _V,
    ),
    _form(
        "password-pair",
        "auth cred credentials login allow ident token user account basic admin npmauthident",
        looks_typed,
        r"(?i)(?:auth|cred|login|allow|ident|token|user|account|basic|admin)[\w.-]{0,20}[\"']?[ ]*[:=]?[ ]*[\"']?" + _NAME
        + r":(?P<secret>[^\s:/\"'`@,;)]{8,80})(?=[@\s\"'`,;)]|$)",
    ),
    _form(
        "password-pair",
        "\t @\t",
        looks_typed,
        r"(?<![\w:/])(?:[\w.-]{1,30}/)?" + _NAME + r":(?P<secret>[^\s:/\"'`@,;)]{8,80})@(?:\d{1,3}\.){3}\d{1,3}",
    ),
    _form(
        "client-key",
        "login",
        lambda value: is_hash_like(value) and len(value) >= 32 and not is_placeholder(value),
        r"\blogin[ \t]+(?:-{1,2}\w+[ =])?(?P<secret>[0-9a-f]{32,64}|[0-9a-f]{8}-[0-9a-f-]{27})(?![\w-])",
    ),
    _form(
        "key-line",
        "wireless encryption psk ssid wpa wifi",
        looks_typed,
        r"(?i)(?:wireless|encryption|psk|ssid|wpa|wifi)[^\n]{0,60}\n?[^\n]{0,40}?\bkey\b[ ]*[=:]?[ ]*" + _S,
    ),
    _form(
        "network-key",
        "crypto isakmp ospf hsrp ntp authentication neighbor tacacs radius",
        looks_typed,
        r"(?i)\b(?:crypto|isakmp|ospf|hsrp|ntp|authentication|neighbor|tacacs\w*|radius\w*)\b[^\n]{0,60}?\b(?:key|md5|cipher|simple)\b(?P<parts>[^\n]{6,80})",
    ),
    _form(
        "encoded-password",
        "password passwd pass secret auth token credential credentials authorization",
        _hidden,
        r"(?i)(?:passw(?:or)?d|passwd|pass|secret|auth\w*|token|credentials?)[\"']?[ ]*(?::{1,2}|=>?)[ ]*[\"']?(?:basic[ ]+)?(?P<secret>[A-Za-z0-9+/_-]{11,200}={0,2})(?![A-Za-z0-9+/_=-])",
    ),
    _form(
        "grouped-password",
        "password login passwd user email notarytool altool gmail smtp apple",
        lambda value: not _PROSE_GROUP.search(value),
        r"(?i)(?:passw|login|user|-p[ ]|mail|--pass)[^\n]{0,80}?(?:[\"']|-p[ ]|password[ ])(?P<secret>(?-i:[a-z]{4}(?:[ ][a-z]{4}){3}|[a-z]{4}(?:-[a-z]{4}){3}))(?![a-z -])",
    ),
    _form(
        "named-key",
        "username crypt api apikey",
        lambda value: is_hash_like(value) and len(value) >= 32 and not is_placeholder(value),
        r"(?i)[\"'](?:username|crypt|api|account)[\"'][^\n]{0,60}\n?[^\n]{0,40}?[\"']key[\"'][ ]*(?:=>|:)[ ]*[\"'](?P<secret>[0-9a-f]{32,64})[\"']",
    ),
    _form(
        "command-line-password",
        "samba-tool\timap\tsetuser\tcreateuser\t login \tadd_user\tchange_password\tuser create\tnet user\tnet use\thtpasswd\tmosquitto_passwd\twpa_passphrase\tauth \t"
        "obscure\tuser add\tadduser\tuseradd\thttp-basic\tusing\tset-password\treset-password\tlogin \tcreateuser\tregister\tauthenticate\tsignin\tunlock\tbootstrap",
        looks_chosen,
        r"(?i)\b(?:add_user|change_password|user[ ](?:create|add|set-password)|net[ ]use(?:r)?|setuser|htpasswd|mosquitto_passwd|"
        r"wpa_passphrase|auth|obscure|adduser|useradd|http-basic[.\w]*|using|(?:re)?set-password|login|createuser|register|"
        r"authenticate|signin|unlock|bootstrap)\b"
        r"(?P<words>[ \t][^\n|;]{6,200})",
    ),
    # What is piped or written into a tool.
    _form(
        "piped-password",
        "echo printf <<<",
        looks_chosen,
        r"(?:\b(?:echo|printf)(?:[ ]+-\w+)*[ ]+[\"']?(?:%s(?:\\n)?[\"']?[ ]+[\"']?)?(?:[\w.@-]{1,40}:)?"
        r"(?P<secret>[^\s\"'|;$\\]{6,100})(?:\\n[^\"'\n]*)?[\"']?[ ]*\)?[ ]*(?:[|;]|$)"
        r"|<<<[ ]*[\"']?(?P<second>[^\s\"'|;$\\]{6,100}))",
    ),
    _form(
        "piped-password",
        "echo printf",
        is_passphrase,
        r"\b(?:echo|printf)(?:[ ]+-\w+)*[ ]+[\"'](?P<secret>[^\"'|;$\\\n]{6,100})[\"'][ ]*\|",
    ),
    _form(
        "dialogue-password",
        "assword\tasswd\tassphrase\tpin",
        _given,
        r"(?i)(?:assword|asswd|assphrase)[^\n]{0,40}\n?[^\n]{0,40}?\b(?:send_?keys|send|sendline|send_line|write|fill|type|set_?value|"
        r"input|enter|typewrite)(?:[ ]--)?[ ]?\(?[ ]*(?:[\"'`][^\"'`\n]*[\"'`],[ ]*)?[bBrRuUfF]?" + _S,
    ),
    # Statements and connection strings.
    _form(
        "statement-password",
        "identified\tpassword\tpwd",
        _given,
        r"(?i)\b(?:identified[ ]+(?:with[ ]+\w+[ ]+)?by|password[ ]*\(|(?:with|set|user\w*|role|login)\b[^\n]{0,60}[ ]password(?:[ ]*=)?"
        r")[ ]+(?:password[ ]+)?[Nn]?[ ]*" + _V,
    ),
    _form("statement-password", "password('\tpassword(\"\tpassword (", _given, r"(?i)password[ ]?\([ ]*" + _S),
    _form(
        "connection-password",
        "sqlplus sqlldr expdp impdp rman thin: oci: logon -u connect neo4j credentials zugangsdaten login creds",
        looks_chosen,
        r"(?i)(?:sqlplus|sqlldr|expdp|impdp|rman|thin:|oci:|logon|connect|user|neo4j|credentials|zugangsdaten|login|creds)"
        r"[^\n]{0,30}?\b(?:[\w.]+/)?" + _NAME + r"(?:[/,]|[ ]?/[ ]?|:)(?P<secret>[^\s/@\"',;]{6,80})",
    ),
    # A name that is itself a value, and its value after it.
    _form(
        "named-value",
        "password passwd pwd secret token key pass psk",
        _given,
        r"(?i)(?:pass(?:word|wd|phrase)?|pwd|psk|secret|token|(?:api|access|auth|private|signing|encryption)[_-]?key)[\w.-]{0,20}"
        r"(?:[\"'][ ]*,?[ ]*\n?[ \t]*|\n[ \t]+|</\w+>\s*|[\"']?>\s*|[\"']?[ ]*\{[ ]*\n?(?:[^\n{}]*\n){0,3}?[ \t]*)"
        r"(?:[\"']?(?:value|default|content|plaintext)[\"']?[ ]*[:=][ ]*[\"']?|<(?:string|value|plaintext)>[ ]*|(?<=>))"
        r"(?P<secret>[^\s\"'`<>;{}]{6,200})",
    ),
    # Lines of files.
    _form(
        "password-file",
        ":",
        looks_chosen,
        r"(?m)^[ \t]*(?:-[ ]+)?[\"']?(?:[^\s:\"'{}()=]+:(?:\d{1,5}|\*):[^\s:]+:[^\s:]+|[\w.@-]+:\{\w+\}|"
        r"[A-Za-z][\w.@-]{0,40}|\[?[\w.-]+\]?(?::\d{1,5})?[ \t]+[\w.@-]+)"
        r":?(?<![:])(?:(?<=\})|:)(?P<secret>[^\s:\"']{8,80})[\"']?(?:$|:\d)",
    ),
    _form(
        "password-pair",
        "auth\tcred\tlogin\tregister\tconfig\tbasic\tchpasswd\taccount\tauthorization\tuser",
        looks_chosen,
        r"(?i)(?:auth|creds?|credentials?|login|register|config|basic|account|user|list)\b[^\n]{0,30}?(?<![\w:/])(?:"
        + _NAME
        + r")[:%](?P<secret>[^\s:/\"'`@,;)]{8,80})(?=[@\s\"'`,;)]|$)",
    ),
    _form("quoted-pair", "\" \"\t' '\t* \"", looks_chosen, r"(?m)^[ \t]*[\"'][\w.@-]{1,60}[\"'][ \t]+(?:\*[ \t]+)?[\"'](?P<secret>[^\"'\s]{8,100})[\"'][ \t]*\*?$"),
    _form(
        "key-line",
        "psk community requirepass masterauth bindpw rootpw auth-pass secret password passwd passcode key clear plaintext pass",
        looks_chosen,
        r"(?im)\b[\w./-]{0,40}(?:psk|community|requirepass|masterauth|bindpw|rootpw|auth-pass|secret|passwor[dt]|passwd|passcode|pass|"
        r"(?:server|pre-shared|shared|radius|tacacs)[\w-]*[ ]key|ascii-text)(?:-again)?[ \t]+(?:(?:password|string|\d|-{1,2}\w+)[ \t]+)?:?=?[ ]*"
        + _V,
    ),
    _form("key-line", "admins] users] passwords] credentials] accounts] secrets]", looks_chosen, r"(?im)^\[(?:admins|users|passwords|credentials|accounts|secrets)\]\n(?:[^\n\[]*\n){0,8}?[\w.@-]+[ ]*=[ ]*" + _V),
    _form("psk", " psk eap xauth", _given, r"(?i)\b(?:psk|eap|xauth)\b[ ]*[:=]?=?[ ]*" + _S),
    _form(
        "csv-password",
        "password passwd pwd",
        looks_chosen,
        r"(?im)^[^\n]{0,100}\b(?:password|passwd|pwd)\b[^\n]{0,100}\n(?:[|:-][| :-]{0,100}\n)?[^\n]{0,100}?(?:^|[,;|\t])[ ]*(?P<secret>[^\s,;|\t]{8,80})[ ]*(?:[,;|\t]|$)",
    ),
    _form("backwards", "reversed( [::-1] .reverse", looks_chosen, r"reversed\([ ]*" + _S + r"|[\"'](?P<second>[^\"'\n]{6,80})[\"']\[::-1\]"),
    _form("crypt-hash", "$", _hash, r"(?P<secret>\$(?:apr1|1|5|6|y)\$(?:rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,90}|\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\{SSHA\d*\}[A-Za-z0-9+/]{24,}={0,2})"),
    _form("hex-password", "xxd fromhex unhexlify", lambda value: looks_chosen(bytes.fromhex(value).decode("latin-1")), r"(?:echo|printf|fromhex\(|unhexlify\(b?)[ ]*[\"']?(?P<secret>(?:[0-9a-fA-F]{2}){8,60})(?![0-9a-fA-F])"),
    _form("wifi-code", "wifi:", _given, r"(?i)WIFI:[^\n]*?\bP:(?P<secret>[^;\n]{6,80});"),
    # Code: calls that take credentials by place.
    _form(
        "call-password",
        "auth cred login connect conn getconnection drivermanager pdo start begin basic user sign signwith encode wallet pass open session ftp ssh driver",
        looks_chosen,
        r"(?i)\b\w{0,30}(?:auth|cred|login|connect|conn|pdo|start|begin|basic|user|sign|jwt\.encode|pass(?:word)?|session|ftp|ssh|"
        r"driver)\w{0,24}(?:(?:\.|::|->)\w{1,30}){0,2}(?:[ ]?\(|[ ](?=[\"']))(?P<literals>[^\n{}]{8,200})",
    ),
    _form("secure-string", "securestring", looks_chosen, r"(?i)securestring[ ]+(?:-string[ ]+)?" + _S),
    _form(
        "client-key",
        "client api sdk .init service wallet from_key fromsecret from_secret account raven notifier configure sdk token",
        lambda value: is_hash_like(value) and len(value) >= 32 and not is_placeholder(value),
        r"\b\w{0,30}(?:Client|Api|API|SDK|Sdk|sdk|Service|Wallet|Account|Keypair|Raven|Notifier|client|account)\w{0,20}(?:(?:\.|::|->)\w{1,30}){0,3}"
        r"\([ ]*(?:[^\n\"'(]{0,24}\(?[\"'][^\"'\n]{1,70}[\"'][ ]*,[ ]*){0,2}(?:[\w= ]{0,24},[ ]*)?(?:\w{0,12}(?:key|token|secret)\w{0,8}[ ]*[=:][ ]*)?"
        r"[\"'](?P<secret>(?:0x)?[0-9a-fA-F]{32,64}|[0-9a-f]{8}-[0-9a-f-]{27})[\"']",
    ),
    _form(
        "client-key",
        "init( configure( setup( from_key( fromkey( api( owm( wm(",
        lambda value: is_hash_like(value) and not is_placeholder(value),
        r"(?:\b(?:init|configure|setup|from_key|fromKey)|\b(?!UUID|GUID|SHA|MD5|HEX|CRC)[A-Z]{3,5})\([ ]*[\"'](?P<secret>(?:0x)?[0-9a-fA-F]{32,64}|"
        r"[0-9a-f]{8}-[0-9a-f-]{27})[\"']",
    ),
    _form(
        "encryption-key",
        "aes fernet des cipher fromhex unhexlify secretbox keypair fromsecretkey",
        lambda value: not is_placeholder(value) and (is_hash_like(value) or looks_chosen(value) or looks_drawn(value)),
        r"(?i)(?:\b(?:aes|des3?|arc4|blowfish|chacha20|salsa20)\.new\(|\bfernet\(|\bsecretbox\(|fromsecretkey\((?:bs58\.decode\()?|createcipher\w*\([\"'][\w-]+[\"'],[ ]*|"
        r"key[ ]*:?=[ ]*(?:bytes\.fromhex|binascii\.unhexlify|hex\.decodestring|unhexlify)\()[ ]*[bB]?[\"'](?P<secret>[^\"'\s]{16,128})[\"']",
    ),
    _form("machine-key", "machinekey", _drawn, r"(?i)(?:validation|decryption)key[ ]*=[ ]*[\"'](?P<secret>[0-9A-F]{32,160})"),
    # Mail and one-time passwords, seeds.
    _form("smtp-auth", "auth plain\tauth login\t334 ", _any, r"(?i)(?:auth[ ]+(?:plain|login)[ ]+|334[ ]UGFzc3dvcmQ6\s+(?:C:[ ]*)?)(?P<secret>[A-Za-z0-9+/]{11,}={0,2})"),
    _form("one-time-seed", "totp hotp otpauth oathtool", _any, r"(?i)(?:otpauth://[^\s\"']*[?&]secret=|\b[th]otp\w*\([ ]*[\"']|oathtool[^\n]*[ ])(?P<secret>[A-Z2-7]{16,64})(?![A-Za-z0-9])"),
    _form("mnemonic", "mnemonic seed phrase recovery wallet", _seed_words, r"(?i)(?:mnemonic|seed|phrase|recovery|wallet|backup)[^\n]{0,30}?[:=(is][ ]*[\"'`]?(?P<secret>(?-i:[a-z]{3,8}(?:[ ][a-z]{3,8}){11,23}))(?![a-z ]*[a-z])"),
    _form(
        "spaced-password",
        "password passwor passwd token secret pw kennwort",
        _spaced,
        r"(?i)(?:passwor[dt]|passwd|token|secret|pw|kennwort)[ :=]{0,4}(?:is|:|=)?[ ]*[\"'`]?(?P<secret>[!-~](?:[ ][!-~]){7,60}|[!-~](?:-[!-~]){7,60})(?![!-~])",
    ),
    # Other languages' words for a password.
    _form(
        "foreign-password",
        _FOREIGN,
        looks_chosen,
        r"(?i)(?:" + "|".join(_FOREIGN.split()) + r")[^\W\d_]{0,8}?['\"\]]{0,2}[ \t]?(?:d'\w+)?[ \t]*(?:[:=\uff1a]|=>|is|es|est|ist|lautet|\u00e9|\u00e8|to|jest|\u662f|\u306f|\u00e4r|er|on)?"
        r"[ \t]*(?:[\w.@-]{1,30}[ ]?/[ ]?)?[\"'`\u300c]?(?P<secret>[!-~]{6,80})",
    ),
    _form("prose-password", "password pw creds pass", looks_chosen, r"(?i)\b(?:password|pw|pass|passcode)\b[^\n\w]{0,3}(?:for[ ][^\n]{1,40}?[ ])?(?:is|\u00e8|:|=)?[ ]*[\"'`]?(?P<secret>[!-~]{8,80})"),
)  # fmt: skip

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
    everywhere = [(index, 0, len(text)) for index in sorted(found - _NEED_VALUE)]
    if not values:
        return everywhere
    near = sorted((found & _NEED_VALUE).union(_ALWAYS))
    return everywhere + [(index, start, end) for start, end in _lines_around(data, values) for index in near]


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


_SPACED = next(index for index, form in enumerate(_FORMS) if form.kind == "spaced-password")
_GAPS = bytes(32 if byte in b" -" else 97 if 33 <= byte <= 126 else 10 for byte in range(256))
_WORDS = frozenset(_BY_WORD)
_BY_PART = {
    part: [
        index for word, one in _BY_WORD.items() if part.encode() in word for index in one if index not in _OTHER_SCRIPTS
    ]
    for part in _TELLING_PARTS
}


def by_form(text: str, places: Sequence[tuple[int, int, int]]) -> Iterator[Hit]:
    """Credentials at the places that the forms know (`places` is what `to_try` says)."""
    tried = sorted({(first, last) for index, first, last in places if index in _NEED_VALUE})
    for first, last in tried:
        yield from sure_strings(text, first, last)
    for index, first, last in places:
        kind, _, accepts, pattern = _FORMS[index]
        for match in pattern.finditer(text, first, last):
            several = _SEVERAL.keys() & pattern.groupindex.keys()
            for group in several:
                for part in _SEVERAL[group].finditer(text, *match.span(group)):
                    value = part["secret"].rstrip(".,;:!?")
                    if accepts(value) and not (group == "parts" and _NAMED(value)):
                        yield kind, part.start("secret"), part.start("secret") + len(value)
            if several:
                continue
            group = "secret" if match["secret"] is not None else "second"
            value = match[group].rstrip(".,;:!?)")
            if accepts(value):
                start = match.start(group)
                yield kind, start, start + len(value)
