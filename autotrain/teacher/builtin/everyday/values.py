"""Values as source text, and what a draw that makes no sound task raises."""

from typing import Any


class Unfit(Exception):
    """This draw makes no sound task; the stream draws again."""


def show(value: Any) -> str:
    """A value as source text: double quotes, sets in sorted order."""
    if isinstance(value, str):
        text = repr(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text and "\\'" not in text else text
    if isinstance(value, list):
        return f"[{', '.join(map(show, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(show, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{show(key)}: {show(item)}' for key, item in value.items())}}}"
    if isinstance(value, (set, frozenset)):
        return f"{{{', '.join(show(item) for item in sorted(value))}}}" if value else "set()"
    return repr(value)
