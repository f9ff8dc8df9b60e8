"""What a form is: where a credential of a kind stands, and which values are one there.

form("psk", "psk eap", given, r"psk=" + LITERAL)
"""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from autotrain.secrets.decoding import from_base64, readable
from autotrain.secrets.values import (
    is_hash_like,
    is_passphrase,
    is_placeholder,
    literal_is_secret,
    looks_drawn,
    looks_typed,
)


class Form(NamedTuple):
    """Where any of `anchors` occurs in the lower-case text, `source` is tried; `accepts` judges what it finds.

    Its groups: `secret` (or `second`) is the value; of `literals`, `words` and `parts` one of several may be it.
    """

    kind: str
    anchors: tuple[str, ...]
    accepts: Callable[[str], bool]
    source: str
    exact: bool = False  # the anchors have to stand there as they are, blanks and marks too

    @property
    def pattern(self) -> re.Pattern[str]:
        """The compiled source, made on first use."""
        return _compiled(self.source)


_compiled = cache(re.compile)
_CALL_OR_ADDRESS = re.compile(r"[A-Za-z_][\w.]*\(|\w+://").match

WORD = r"""["'`]?(?P<secret>[^\s"'`<>|;\\]{6,100})"""
LITERAL = r"""(?P<quote>["'`])(?P<secret>[^"'`\n\\]{6,100})(?:\\[rn])*(?P=quote)"""
NAME = r"[A-Za-z][\w.@\\-]{0,60}"


def form(kind: str, anchors: str, accepts: Callable[[str], bool], source: str, exact: bool = False) -> Form:
    """A form whose anchors are parted by blanks, or by tabs where they hold blanks."""
    return Form(kind, tuple(anchors.split("\t") if "\t" in anchors else anchors.split()), accepts, source, exact)


def given(value: str) -> bool:
    """A password, where one is certainly meant."""
    return is_passphrase(value) or (not _CALL_OR_ADDRESS(value) and literal_is_secret(value, 2, quoted=True))


def drawn(value: str) -> bool:
    """What a machine drew."""
    return looks_drawn(value) and not is_placeholder(value)


def hidden(value: str) -> bool:
    """Base64 of a password, or of a pair or an assignment that ends in one."""
    text = readable(from_base64, value)
    return text is not None and any(map(looks_typed, (text, text.rpartition(":")[2], text.rpartition("=")[2])))


def key_in_hex(value: str) -> bool:
    """A key of 16 bytes or more in hex, or a UUID."""
    return is_hash_like(value) and len(value) >= 32 and not is_placeholder(value)


def anything(value: str) -> bool:
    """Whatever does not merely stand for a value."""
    return not is_placeholder(value)
