# ruff: noqa: E501
"""In code: a call that takes credentials by place, a key, a seed."""

import re

from autotrain.secrets.places.form import LITERAL, anything, drawn, form, key_in_hex
from autotrain.secrets.values import is_hash_like, is_placeholder, looks_chosen, looks_drawn

_STOP = re.compile(r"\b(?:the|and|for|are|was|with|have|has|not|its|from|should)\b")


def _seed_words(value: str) -> bool:
    words = value.split()
    return len(words) in (12, 15, 18, 21, 24) and len(set(words)) > len(words) - 3 and not _STOP.search(value)


FORMS = (
    # Code: calls that take credentials by place.
    form(
        "call-password",
        "auth cred login connect conn getconnection drivermanager pdo start begin basic user sign signwith encode wallet pass open session ftp ssh driver",
        looks_chosen,
        r"(?i)\b\w{0,30}(?:auth|cred|login|connect|conn|pdo|start|begin|basic|user|sign|jwt\.encode|pass(?:word)?|session|ftp|ssh|"
        r"driver)\w{0,24}(?:(?:\.|::|->)\w{1,30}){0,2}(?:[ ]?\(|[ ](?=[\"']))(?P<literals>[^\n{}]{8,200})",
    ),
    form("secure-string", "securestring", looks_chosen, r"(?i)securestring[ ]+(?:-string[ ]+)?" + LITERAL),
    form(
        "client-key",
        "client api sdk .init service wallet from_key fromsecret from_secret account raven notifier configure sdk token",
        key_in_hex,
        r"\b\w{0,30}(?:Client|Api|API|SDK|Sdk|sdk|Service|Wallet|Account|Keypair|Raven|Notifier|client|account)\w{0,20}(?:(?:\.|::|->)\w{1,30}){0,3}"
        r"\([ ]*(?:[^\n\"'(]{0,24}\(?[\"'][^\"'\n]{1,70}[\"'][ ]*,[ ]*){0,2}(?:[\w= ]{0,24},[ ]*)?(?:\w{0,12}(?:key|token|secret)\w{0,8}[ ]*[=:][ ]*)?"
        r"[\"'](?P<secret>(?:0x)?[0-9a-fA-F]{32,64}|[0-9a-f]{8}-[0-9a-f-]{27})[\"']",
    ),
    form(
        "client-key",
        "init( configure( setup( from_key( fromkey( api( owm( wm(",
        lambda value: is_hash_like(value) and not is_placeholder(value),
        r"(?:\b(?:init|configure|setup|from_key|fromKey)|\b(?!UUID|GUID|SHA|MD5|HEX|CRC)[A-Z]{3,5})\([ ]*[\"'](?P<secret>(?:0x)?[0-9a-fA-F]{32,64}|"
        r"[0-9a-f]{8}-[0-9a-f-]{27})[\"']",
    ),
    form(
        "encryption-key",
        "aes fernet des cipher fromhex unhexlify secretbox keypair fromsecretkey",
        lambda value: not is_placeholder(value) and (is_hash_like(value) or looks_chosen(value) or looks_drawn(value)),
        r"(?i)(?:\b(?:aes|des3?|arc4|blowfish|chacha20|salsa20)\.new\(|\bfernet\(|\bsecretbox\(|fromsecretkey\((?:bs58\.decode\()?|createcipher\w*\([\"'][\w-]+[\"'],[ ]*|"
        r"key[ ]*:?=[ ]*(?:bytes\.fromhex|binascii\.unhexlify|hex\.decodestring|unhexlify)\()[ ]*[bB]?[\"'](?P<secret>[^\"'\s]{16,128})[\"']",
    ),
    form("machine-key", "machinekey", drawn, r"(?i)(?:validation|decryption)key[ ]*=[ ]*[\"'](?P<secret>[0-9A-F]{32,160})"),
    # Mail and one-time passwords, seeds.
    form("smtp-auth", "auth plain\tauth login\t334 ", anything, r"(?i)(?:auth[ ]+(?:plain|login)[ ]+|334[ ]UGFzc3dvcmQ6\s+(?:C:[ ]*)?)(?P<secret>[A-Za-z0-9+/]{11,}={0,2})"),
    form("one-time-seed", "totp hotp otpauth oathtool", anything, r"(?i)(?:otpauth://[^\s\"']*[?&]secret=|\b[th]otp\w*\([ ]*[\"']|oathtool[^\n]*[ ])(?P<secret>[A-Z2-7]{16,64})(?![A-Za-z0-9])"),
    form("mnemonic", "mnemonic seed phrase recovery wallet", _seed_words, r"(?i)(?:mnemonic|seed|phrase|recovery|wallet|backup)[^\n]{0,30}?[:=(is][ ]*[\"'`]?(?P<secret>(?-i:[a-z]{3,8}(?:[ ][a-z]{3,8}){11,23}))(?![a-z ]*[a-z])"),
)  # fmt: skip
