# ruff: noqa: E501
"""In a statement, a connection string, a line of a file, a table."""

from autotrain.secrets.places.form import LITERAL, NAME, WORD, anything, drawn, form, given, hidden, key_in_hex
from autotrain.secrets.values import is_placeholder, looks_chosen, looks_typed


def _hash(value: str) -> bool:
    return not is_placeholder(value[-22:])


FORMS = (
    form(
        "password-pair",
        "auth cred credentials login allow ident token user account basic admin npmauthident",
        looks_typed,
        r"(?i)(?:auth|cred|login|allow|ident|token|user|account|basic|admin)[\w.-]{0,20}[\"']?[ ]*[:=]?[ ]*[\"']?" + NAME
        + r":(?P<secret>[^\s:/\"'`@,;)]{8,80})(?=[@\s\"'`,;)]|$)",
    ),
    form(
        "password-pair",
        "\t @\t",
        looks_typed,
        r"(?<![\w:/])(?:[\w.-]{1,30}/)?" + NAME + r":(?P<secret>[^\s:/\"'`@,;)]{8,80})@(?:(?:\d{1,3}\.){3}\d{1,3}|tcp\(|unix\(|[\w-]+(?:\.[\w-]+)*(?::\d+)?/)",
    ),
    form(
        "key-line",
        "wireless encryption psk ssid wpa wifi",
        looks_typed,
        r"(?i)(?:wireless|encryption|psk|ssid|wpa|wifi)[^\n]{0,60}\n?[^\n]{0,40}?\bkey\b[ ]*[=:]?[ ]*" + LITERAL,
    ),
    form(
        "network-key",
        "crypto isakmp ospf hsrp ntp authentication neighbor tacacs radius",
        looks_typed,
        r"(?i)\b(?:crypto|isakmp|ospf|hsrp|ntp|authentication|neighbor|tacacs\w*|radius\w*)\b[^\n]{0,60}?\b(?:key|md5|cipher|simple)\b(?P<parts>[^\n]{6,80})",
    ),
    form(
        "encoded-password",
        "password passwd pass secret auth token credential credentials authorization",
        hidden,
        r"(?i)(?:passw(?:or)?d|passwd|pass|secret|auth\w*|token|credentials?)[\"']?[ ]*(?::{1,2}|=>?)[ ]*[\"']?(?:basic[ ]+)?(?P<secret>[A-Za-z0-9+/_-]{11,200}={0,2})(?![A-Za-z0-9+/_=-])",
    ),
    form(
        "named-key",
        "username crypt api apikey",
        key_in_hex,
        r"(?i)[\"'](?:username|crypt|api|account)[\"'][^\n]{0,60}\n?[^\n]{0,40}?[\"']key[\"'][ ]*(?:=>|:)[ ]*[\"'](?P<secret>[0-9a-f]{32,64})[\"']",
    ),
    # Statements and connection strings.
    form(
        "statement-password",
        "identified \tpassword '\tpassword \"\tpassword = \tpassword n'\tpassword (\tpassword(",
        given,
        # Without (?i): where a pattern's first letters are known it is found many times sooner.
        r"(?:(?:[iI]dentified|IDENTIFIED)[ ]+(?i:with[ ]+\w+[ ]+)?(?i:by)|(?:[pP]assword|PASSWORD)(?:[ ]*\(|(?<=[ ].{8})(?:[ ]*=)?(?=[ ]+(?i:password[ ]+)?[nN]?[ ]*[\"'])))[ ]+(?i:password[ ]+)?[Nn]?[ ]*" + WORD,
        exact=True,
    ),
    form("statement-password", "password('\tpassword(\"\tpassword (", given, r"(?:[pP]assword|PASSWORD)[ ]?\([ ]*" + LITERAL, exact=True),
    form(
        "connection-password",
        "sqlplus sqlldr expdp impdp rman thin: oci: logon connect neo4j credentials zugangsdaten login creds log sign logged",
        looks_chosen,
        r"(?i)(?:sqlplus|sqlldr|expdp|impdp|rman|thin:|oci:|logon|connect|user|neo4j|credentials|zugangsdaten|login|creds|(?:log|sign|logged)[ ](?:in|on))"
        r"[^\n]{0,30}?\b(?:[\w.]+/)?" + NAME + r"(?:[/,]|[ ]?/[ ]?|:)(?P<secret>[^\s/@\"',;]{6,80})",
    ),
    # A name that is itself a value, and its value after it.
    form(
        "named-value",
        "password passwd pwd secret token key pass psk",
        given,
        r"(?i)(?:pass(?:word|wd|phrase)?|pwd|psk|secret|token|(?:api|access|auth|private|signing|encryption)[_-]?key)[\w.-]{0,20}"
        r"(?:[\"'][ ]*,?[ ]*\n?[ \t]*|\n[ \t]+|[\"']?:[ ]*\n[ \t]+(?:\w+:[^\n]*\n[ \t]+){0,3}|</\w+>\s*|[\"']?>\s*|[\"']?[ ]*\{[ ]*\n?(?:[^\n{}]*\n){0,3}?[ \t]*)"
        r"(?:[\"']?(?:value|default|content|plaintext)[\"']?[ ]*[:=][ ]*[\"']?|<(?:string|value|plaintext)>[ ]*|(?<=>))"
        r"(?P<secret>[^\s\"'`<>;{}]{6,200})",
    ),
    # Lines of files.
    form(
        "password-file",
        ":",
        looks_chosen,
        r"(?m)^[ \t]*(?:-[ ]+)?[\"']?(?:[^\s:\"'{}()=]+:(?:\d{1,5}|\*):[^\s:]+:[^\s:]+|[\w.@-]+:\{\w+\}|"
        r"[A-Za-z][\w.@-]{0,40}|\[?[\w.-]+\]?(?::\d{1,5})?[ \t]+[\w.@-]+)"
        r":?(?<![:])(?:(?<=\})|:)(?P<secret>[^\s:\"']{8,80})[\"']?(?:$|:\d)",
    ),
    form(
        "password-pair",
        "auth\tcred\tlogin\tregister\tconfig\tbasic\tchpasswd\taccount\tauthorization\tuser",
        looks_chosen,
        r"(?i)(?:auth|creds?|credentials?|login|register|config|basic|account|user|list)\b[^\n]{0,30}?(?<![\w:/])(?:"
        + NAME
        + r")[:%](?P<secret>[^\s:/\"'`@,;)]{8,80})(?=[@\s\"'`,;)]|$)",
    ),
    form("quoted-pair", "\" \"\t' '\t* \"", looks_chosen, r"(?m)^[ \t]*[\"'][\w.@-]{1,60}[\"'][ \t]+(?:\*[ \t]+)?[\"'](?P<secret>[^\"'\s]{8,100})[\"'][ \t]*\*?$"),
    form(
        "key-line",
        "psk community requirepass masterauth bindpw rootpw auth-pass secret password passwd passcode key clear plaintext pass",
        looks_chosen,
        r"(?im)\b[\w./-]{0,40}(?:psk|community|requirepass|masterauth|bindpw|rootpw|auth-pass|secret|passwor[dt]|passwd|passcode|pass|"
        r"(?:server|pre-shared|shared|radius|tacacs)[\w-]*[ ]key|ascii-text)(?:-again)?[ \t]+(?:(?:password|string|\d|-{1,2}\w+)[ \t]+)?:?=?[ ]*"
        + WORD,
    ),
    form("key-line", "admins] users] passwords] credentials] accounts] secrets]", looks_chosen, r"(?im)^\[(?:admins|users|passwords|credentials|accounts|secrets)\]\n(?:[^\n\[]*\n){0,8}?[\w.@-]+[ ]*=[ ]*" + WORD),
    form(
        "key-in-address",
        "appid api_key apikey key token sid auth access",
        key_in_hex,
        r"(?i)[?&](?:app_?id|api_?key|key|token|auth\w*|sid|secret|access_\w+)=(?P<secret>[0-9a-f]{32,64}|[0-9a-f]{8}-[0-9a-f-]{27})(?![0-9a-f])",
    ),
    form("key-in-address", "webhook webhooks hook hooks t", key_in_hex, r"https://[^\s\"'<>]{1,200}/(?:t|token|webhook\w*)/(?:[a-z]{2}-)?(?P<secret>[0-9a-f]{8}-[0-9a-f-]{27})"),
    form(
        "session-cookie",
        "cookie",
        lambda value: key_in_hex(value) or drawn(value),
        r"(?i)\b(?:set-)?cookie:[ ][^\n]{0,200}?\b\w*(?:sess|sid|auth|token)\w*=(?P<secret>[\w%.-]{24,200})",
    ),
    form("password-hash", "ntlm krb aad ntds sam", anything, r"(?i)\b(?:ntlm|nt[ -]?hash)[ ]*[:=][ ]*(?P<secret>[0-9a-f]{32})\b|(?::[0-9a-f]{32}){0,1}:(?P<second>[0-9a-f]{32}):::"),
    form("password-hash", "krb", anything, r"(?P<secret>\$krb5\w+\$\S{30,})"),
    form("plain-scheme", "plain clear cleartext", given, r"\{(?:PLAIN|CLEAR|CLEARTEXT)\}(?P<secret>[^\s:\"'`]{6,80})"),
    form("found-password", ":", looks_typed, r"(?m)^[0-9a-f]{32,128}:(?P<secret>[^\s:]{8,80})$"),
    form("between-tags", "pass auth cred", looks_typed, r"<(?P<tag>[\w-]{0,20}(?:pass|auth|cred)[\w-]{0,20})>\s*(?:[\w.@-]{1,40}\s+)?(?P<secret>[^\s<>]{8,80})\s*</(?P=tag)>"),
    form("access-list", "setuser user acl", looks_typed, r"[ ]>(?P<secret>\S{8,80})[ ]+[~&+]"),
    form("access-list", ":", looks_typed, r"=[ ]*:[ ]*" + NAME + r"[ ]*:[ ]*(?P<secret>[^\s:]{8,80})"),
    form("quoted-pair", "\t * \t", looks_typed, r"(?m)^[\"']?" + NAME + r"[\"']?[ \t]+\*[ \t]+(?P<secret>[^\s\"']{8,80})(?:[ \t]+\*)?$"),
    form("key-line", "monitor", looks_typed, r"(?m)^MONITOR[ \t]+\S+[ \t]+\d+[ \t]+\S+[ \t]+" + WORD),
    form("key-in-address", "infura alchemy quiknode ankr getblock moralis", anything, r"(?:infura\.io|alchemy\.com|quiknode\.pro|ankr\.com|getblock\.io|moralis\.io)/(?:[\w-]{1,12}/){0,2}(?P<secret>[\w-]{32,64})"),
    form("key-statement", "pragma \tattach ", given, r"(?i)\b(?:pragma[ ]+(?:hex)?(?:re)?key[ ]*=|attach[ ][^\n]{1,80}[ ]key)[ ]*" + LITERAL, exact=True),
    form("macro-password", "user", given, r"(?m)^\$USER\d+\$=(?P<secret>\S{8,80})$"),
    form("password-file", "http https", looks_typed, r"(?m)^https?://\S+[ \t]+[\"']?" + NAME + r"[\"']?[ \t]+" + WORD),
    form("database-hash", "md scram", _hash, r"[\"'](?P<secret>md5[0-9a-f]{32}|SCRAM-SHA-\d+\$\d+:[^\s\"']{40,})[\"']"),
    form("module-password", "loginmodule user_super", looks_chosen, r"(?:LoginModule[ ][^\n]{0,120}?|\b)user_\w+=[\"']?(?P<secret>[^\s\"';]{8,80})"),
    form(
        "password-pair",
        "admin root demo guest test postgres ubuntu user",
        looks_typed,
        r"(?i)(?<![\w:/.-])(?:admin\w*|root|demo|guest|test|postgres|ubuntu|sa|user\d?)[ ]?[:/][ ]?(?P<secret>[^\s:/\"'`<>@,;()]{8,80})(?=[\s\"'`<,;.)]|$)",
    ),
    form("psk", " psk eap xauth", given, r"(?i)\b(?:psk|eap|xauth)\b[ ]*[:=]?=?[ ]*" + LITERAL),
    form("backwards", "reversed( [::-1] .reverse", looks_chosen, r"reversed\([ ]*" + LITERAL + r"|[\"'](?P<second>[^\"'\n]{6,80})[\"']\[::-1\]"),
    form("crypt-hash", "$", _hash, r"(?P<secret>\$(?:apr1|1|5|6|y)\$(?:rounds=\d+\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22,90}|\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\{SSHA\d*\}[A-Za-z0-9+/]{24,}={0,2})"),
    form("hex-password", "xxd fromhex unhexlify", lambda value: looks_chosen(bytes.fromhex(value).decode("latin-1")), r"(?:echo|printf|fromhex\(|unhexlify\(b?)[ ]*[\"']?(?P<secret>(?:[0-9a-fA-F]{2}){8,60})(?![0-9a-fA-F])"),
    form("wifi-code", "wifi:", given, r"(?i)WIFI:[^\n]*?\bP:(?P<secret>[^;\n]{6,80});"),
)  # fmt: skip
