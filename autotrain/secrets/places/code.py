# ruff: noqa: E501
"""In code: a call that takes credentials by place, a key, a seed."""

import re

from autotrain.secrets.places.form import LITERAL, anything, drawn, form, given, hidden, key_in_hex
from autotrain.secrets.values import is_hash_like, is_placeholder, looks_chosen, looks_drawn, looks_typed

_STOP = re.compile(r"\b(?:the|and|for|are|was|with|have|has|not|its|from|should)\b")


def _seed_words(value: str) -> bool:
    words = value.split()
    return len(words) in (12, 15, 18, 21, 24) and len(set(words)) > len(words) - 3 and not _STOP.search(value)


FORMS = (
    # Code: calls that take credentials by place.
    form(
        "call-password",
        "community auth cred login connect connection conn getconnection drivermanager pdo start begin basic user sign signer signwith encode wallet pass open session ftp ssh driver "
        "hmac createhmac encrypt decrypt hashpw bcrypt mysqli mysql database db ldap bind smtp imap register cookie cookieparser serializer sequelize load",
        looks_typed,
        r"(?i)(?<!into )\b\w{0,30}(?:auth|cred|login|connect|conn|pdo|start|begin|basic|user|sign|jwt\.encode|pass(?:word)?|session|ftp|ssh|"
        r"driver|hmac|crypt|hashpw|mysqli|database|ldap|bind|smtp|imap|register|cookie\w*|serializer|community|sequelize|(?<![a-z])load)\w{0,24}(?:(?:\.|::|->)\w{1,30}){0,2}(?:[ ]?\(|[ ](?=[\"']))(?P<literals>[^\n{}]{8,200})",
    ),
    form("char-array", "tochararray", looks_typed, LITERAL + r"\.toCharArray\("),
    form("secure-string", "securestring", given, r"(?i)securestring[ ]+(?:-string[ ]+)?" + LITERAL),
    form(
        "client-key",
        "client api sdk .init service wallet from_key fromsecret from_secret account raven notifier configure sdk token search track",
        key_in_hex,
        r"\b\w{0,30}(?:Client|Api|API|SDK|Sdk|sdk|Service|Wallet|Account|Keypair|Raven|Notifier|client|account|search|[Tt]racker)\w{0,20}(?:(?:\.|::|->)\w{1,30}){0,3}"
        r"\([ ]*(?:[^\n\"'(]{0,24}\(?[\"'][^\"'\n]{1,70}[\"'][ ]*,[ ]*){0,2}(?:[\w= ]{0,24},[ ]*){0,2}(?:\w{0,12}(?:key|token|secret)\w{0,8}[ ]*[=:][ ]*)?"
        r"[\"'](?P<secret>(?:0x)?[0-9a-fA-F]{32,64}|[0-9a-f]{8}-[0-9a-f-]{27})[\"']",
    ),
    form(
        "client-key",
        "init configure setup from_key fromkey api owm wm login connect",
        lambda value: is_hash_like(value) and not is_placeholder(value),
        r"(?:\b(?:init|configure|setup|from_key|fromKey|login|connect)|\b(?!UUID|GUID|SHA|MD5|HEX|CRC)[A-Z]{3,5})\([ ]*(?:\w{0,12}key[ ]*[=:][ ]*)?[\"'](?P<secret>(?:0x)?[0-9a-fA-F]{32,64}|"
        r"[0-9a-f]{8}-[0-9a-f-]{27})[\"']",
    ),
    form(
        "encryption-key",
        "aes fernet des cipher fromhex unhexlify secretbox keypair fromsecretkey",
        lambda value: not is_placeholder(value) and (is_hash_like(value) or looks_chosen(value) or looks_drawn(value)),
        r"(?i)(?:\b(?:aes|des3?|arc4|blowfish|chacha20|salsa20)\.new\(|\bfernet\(|\bsecretbox\(|fromsecretkey\((?:bs58\.decode\()?|createcipher\w*\([\"'][\w-]+[\"'],[ ]*|"
        r"key[ ]*:?=[ ]*(?:bytes\.fromhex|binascii\.unhexlify|hex\.decodestring|unhexlify)\()[ ]*[bB]?[\"'](?P<secret>[^\"'\s]{16,128})[\"']",
    ),
    form("wallet-key", "accounts privatekeys keys wallet", key_in_hex, r"(?:accounts|[kK]eys|wallets?)[\"']?[ ]*[:=][ ]*\[[ ]*[\"'](?P<secret>(?:0x)?[0-9a-f]{64})[\"']"),
    form("api-hash", "hash", key_in_hex, r"(?i)\b(?:api|app)_?hash[\"']?[ ]*[=:][ ]*[\"'](?P<secret>[0-9a-f]{32})[\"']"),
    form(
        "decoded-password",
        "b64decode atob frombase64string base64_decode decodestring decode base",
        hidden,
        r"(?:b64decode|atob|[fF]romBase64String|base64_decode|[dD]ecode(?:String|64)?)\([ ]*[bB]?[\"'](?P<secret>[A-Za-z0-9+/_-]{11,200}={0,2})[\"']"
        r"|\becho[ ]+(?:-n[ ]+)?[\"']?(?P<second>[A-Za-z0-9+/_-]{11,200}={0,2})[\"']?[ ]*\|[ ]*(?:base64|openssl[ ](?:enc[ ]-)?base64)[ ]+-{1,2}[dD]",
    ),
    form("machine-key", "machinekey", drawn, r"(?i)(?:validation|decryption)key[ ]*=[ ]*[\"'](?P<secret>[0-9A-F]{32,160})"),
    # Mail and one-time passwords, seeds.
    form("smtp-auth", "auth plain\tauth login\t334 ", anything, r"(?i)(?:auth[ ]+(?:plain|login)[ ]+|334[ ]UGFzc3dvcmQ6\s+(?:C:[ ]*)?)(?P<secret>[A-Za-z0-9+/]{11,}={0,2})", exact=True),
    form("one-time-seed", "totp hotp otpauth oathtool", anything, r"(?i)(?:otpauth://[^\s\"']*[?&]secret=|\b[th]otp\w*\([ ]*[\"']|oathtool[^\n]*[ ])(?P<secret>[A-Z2-7]{16,64})(?![A-Za-z0-9])"),
    form("mnemonic", "mnemonic seed phrase recovery wallet", _seed_words, r"(?i)(?:mnemonic|seed|phrase|recovery|wallet|backup)[^\n]{0,30}?[:=(is][ ]*[\"'`]?(?P<secret>(?-i:[a-z]{3,8}(?:[ ][a-z]{3,8}){11,23}))(?![a-z ]*[a-z])"),
)  # fmt: skip
