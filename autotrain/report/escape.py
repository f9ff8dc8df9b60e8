"""The one place where texts become HTML: nothing that a model wrote is ever markup. Pure."""

import html
import unicodedata
from typing import Any

from autotrain.display.values import DASH

MOST_CHARACTERS = 4000


def text(value: Any) -> str:
    """Any value as HTML text, also inside a quoted attribute; control and direction marks are shown by name."""
    if value is None:
        return DASH
    plain = str(value)
    if not plain.isascii() or not plain.isprintable():
        plain = "".join(_visible(character) for character in plain)
    return html.escape(plain, quote=True)


def _visible(character: str) -> str:
    if character in "\n\t" or (character.isprintable() or unicodedata.category(character) == "Zs"):
        return character
    return f"⟦U+{ord(character):04X}⟧"


def block(value: Any, most: int = MOST_CHARACTERS) -> str:
    """A text of several lines in a frame of its own, cut with a note where it is very long."""
    if not isinstance(value, str):
        return f'<p class="none">{DASH}</p>'
    note = f'<p class="none">… {len(value) - most:,} more characters</p>' if len(value) > most else ""
    return f'<pre dir="ltr"><bdi>{text(value[:most])}</bdi></pre>{note}'
