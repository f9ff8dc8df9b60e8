# ruff: noqa: E501
"""In a command, or in what is piped, sent or typed into one."""

from autotrain.secrets.places.form import LITERAL, NAME, WORD, form, given, key_in_hex
from autotrain.secrets.values import is_passphrase, looks_chosen, looks_typed

FORMS = (
    # Commands: a flag that takes a password, by tools that are known for it and by any.
    form(
        "command-line-password",
        "sshpass\tmysql\tmariadb\tmongo\tredis-cli\tldap\tsqlcmd\tosql\tisql\tbcp \tdocker\tpodman\thelm\t login\t"
        "mosquitto\tipmitool\t7z\tunrar\tzip \ttwine\tcqlsh\tcypher\topenssl\tsnmp\tpsexec\tkeychain",
        given,
        r"(?im)\b(?:sshpass|mysql\w*|mariadb\w*|mongo\w*|redis-cli|ldap\w+|sqlcmd|osql|isql|bcp|docker|podman|helm|login|"
        r"mosquitto_\w+|ipmitool|7z\w*|unrar|rar|zip|unzip|twine|cqlsh|cypher-shell|openssl|snmp\w+|psexec|"
        r"unlock-keychain)\b[^\n|;]{0,160}?[ ](?-i:-p|-P|-a|-w|-k|-A|-X)[ =]?" + WORD,
    ),
    form(
        "command-line-password",
        "\t -\t",
        looks_chosen,
        r"(?<=[ \t])(?:-{1,2}(?:p|pw|P|a|A|w|X|W|ap|au|pass|passwd|password|rp|rpcpassword|body|pwd)(?:[ =:]|(?=[\"'])|"
        r"(?<=-p)))" + WORD,
    ),
    form("command-line-password", "\t/p\t/rp\t", looks_chosen, r"(?i)(?<=[ \t])/(?:p|pw|pass|passwd|password|rp|pwd)[: ]" + WORD),
    form(
        "command-line-pair",
        "\t -\t",
        given,
        r"(?<=[ \t])-{1,2}(?:u|U|user|proxy-user|a|auth|[\w-]*creds|login|E|userpwd|b)[ =]+[\"']?(?:" + NAME
        + r")[:%,]" + WORD,
    ),
    form("command-line-pair", "\t -\t", looks_typed, r"(?<=[ \t])-[A-Za-z][ ]?[\"']?(?:" + NAME + r")[:%,]" + WORD),
    form(
        "dialogue-password",
        "auth pass login credentials user",
        looks_typed,
        r"(?i)(?:auth|pass|login|cred|user)[^\n]{0,60}<<-?[ ]*[\"']?(?P<end>\w+)[\"']?\n(?:[^\n]*\n){0,3}?(?P<secret>[^\s\"']{8,80})\n[ \t]*(?P=end)",
    ),
    form(
        "command-line-password",
        "user username login",
        looks_typed,
        r"(?i)(?<=[ \t])-{1,2}(?:u|user|username|login)[ =]+" + NAME + r"[ ]+" + WORD,
    ),
    form(
        "client-key",
        "login",
        key_in_hex,
        r"\blogin[ \t]+(?:-{1,2}\w+[ =])?(?P<secret>[0-9a-f]{32,64}|[0-9a-f]{8}-[0-9a-f-]{27})(?![\w-])",
    ),
    form(
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
    form(
        "piped-password",
        "echo printf <<<",
        looks_chosen,
        r"(?:\b(?:echo|printf)(?:[ ]+-\w+)*[ ]+[\"']?(?:%s(?:\\n)?[\"']?[ ]+[\"']?)?(?:[\w.@-]{1,40}:)?"
        r"(?P<secret>[^\s\"'|;$\\]{6,100})(?:\\n[^\"'\n]*)?[\"']?[ ]*\)?[ ]*(?:[|;]|$)"
        r"|<<<[ ]*[\"']?(?P<second>[^\s\"'|;$\\]{6,100}))",
    ),
    form(
        "piped-password",
        "echo printf",
        is_passphrase,
        r"\b(?:echo|printf)(?:[ ]+-\w+)*[ ]+[\"'](?P<secret>[^\"'|;$\\\n]{6,100})[\"'][ ]*\|",
    ),
    form("dialogue-password", "send sendline sendinput sendkeys keystroke typewrite", looks_typed, r"(?i)\b(?:send(?:line|_?keys|input|text)?|keystroke|typewrite)(?:[ ]--)?[ ,]{0,2}\(?[ ]?(?:" + LITERAL + r"|(?P<second>[^\s\"'{}()]{8,60})(?=\{enter\}|$))"),
    form(
        "dialogue-password",
        "assword\tasswd\tassphrase\tpin",
        given,
        r"(?i)(?:assword|asswd|assphrase)[^\n]{0,40}\n?[^\n]{0,40}?\b(?:send_?keys|send|sendline|send_line|write|fill|type|set_?value|"
        r"input|enter|typewrite)(?:[ ]--)?[ ]?\(?[ ]*(?:[\"'`][^\"'`\n]*[\"'`],[ ]*)?[bBrRuUfF]?" + LITERAL,
    ),
)  # fmt: skip
