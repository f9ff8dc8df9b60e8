"""Safe reading of values that may be missing or damaged, and how values are written for people.

Every text that came from a model or a file passes `safe`; every number passes a function
here, and one that is not known is a dash.
"""

import datetime
import math
import re
import textwrap
import unicodedata
from typing import Any

DASH = "–"
_SHOWN = {"\n": "⏎", "\t": " "}


def dig(value: Any, *keys: Any) -> Any:
    """`value[k1][k2]…` where each step is a dict that has the key, else None."""
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def number(value: Any) -> float | None:
    """A finite number, or None for anything else (also for true and false)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value


def mapping(value: Any) -> dict[Any, Any]:
    """The dict itself, or an empty one."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list[Any]:
    """The list itself, or an empty one."""
    return value if isinstance(value, list) else []


def safe(value: Any, limit: int = 2000) -> str:
    """A text on one line without anything that a terminal would obey: control and format characters shown as ·."""
    if value is None:
        return DASH
    text = str(value)[:limit]
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else _SHOWN.get(c) or _stand_in(c) for c in text)


def _stand_in(character: str) -> str:
    return "" if character == "\r" else " " if unicodedata.category(character) == "Zs" else "·"


def when(value: Any) -> float | None:
    """Seconds since the epoch of an ISO 8601 time, or None."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return moment.timestamp()


_COMMAND = re.compile(r"(?:^|\s)\S*(?:loop\.sh|setup\.sh|/python|\w\.py)(?=\s|$)")


def fold(text: str, columns: int) -> str:
    """Lines no wider than a terminal, broken between words; a line that holds a command stays whole, to be copied."""
    lines: list[str] = []
    for line in text.split("\n"):
        if len(line) <= columns or _COMMAND.search(line):
            lines.append(line)
            continue
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        lines += textwrap.wrap(line, columns, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


def clock(value: Any) -> str:
    """The local time of day of an ISO 8601 time, or of seconds since the epoch."""
    moment = value if isinstance(value, float) else when(value)
    if moment is None:
        return DASH
    try:
        return datetime.datetime.fromtimestamp(moment).strftime("%H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return DASH


def count(value: Any) -> str:
    """1234567 -> 1,234,567."""
    found = number(value)
    return DASH if found is None else f"{round(found):,}"


def compact(value: Any) -> str:
    """Three digits or so: 0.5256, 1.35, 126.7, 12.3k, 4.5M."""
    found = number(value)
    if found is None:
        return DASH
    size = abs(found)
    for bound, divisor, unit in ((1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if size >= bound:
            return f"{found / divisor:.3g}{unit}" if size < 1000 * bound else f"{found:.2e}"
    if found == int(found) and size < 1e4:
        return str(int(found))
    return f"{found:.4g}" if size >= 0.001 else f"{found:.1e}"


def size(value: Any) -> str:
    """Bytes in binary units: 6.1 GiB."""
    found = number(value)
    if found is None:
        return DASH
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if abs(found) < 1024 or unit == "TiB":
            return f"{found:.0f} {unit}" if unit == "B" else f"{found:.1f} {unit}"
        found /= 1024
    return DASH


def duration(seconds: Any) -> str:
    """0.5 s, 42 s, 12:05, 3:04:05, 2 d 03:04."""
    found = number(seconds)
    if found is None or found < 0:
        return DASH
    if found < 10:
        return f"{found:.1f} s"
    whole = int(found)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if hours < 1:
        return f"{minutes}:{rest:02d}"
    if hours < 24:
        return f"{hours}:{minutes:02d}:{rest:02d}"
    return f"{hours // 24} d {hours % 24:02d}:{minutes:02d}"


def percent(value: Any, digits: int = 1) -> str:
    """0.125 -> 12.5%."""
    found = number(value)
    return DASH if found is None else f"{found * 100:.{digits}f}%"


def points(value: Any) -> str:
    """A difference of shares: 0.125 -> +12.5."""
    found = number(value)
    return DASH if found is None else f"{found * 100:+.1f}"


def interval(value: Any, signed: bool = False) -> str:
    """A 95 % interval of a share: 8.3–24.2%, or of a difference: -2.1 to +9.9."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return DASH
    low, high = number(value[0]), number(value[1])
    if low is None or high is None:
        return DASH
    return f"{low * 100:+.1f} to {high * 100:+.1f}" if signed else f"{low * 100:.1f}–{high * 100:.1f}%"


def dollars(value: Any) -> str:
    """$0.0123 below a dollar, $12.30 above."""
    found = number(value)
    if found is None:
        return DASH
    return f"${found:.4f}" if abs(found) < 1 else f"${found:,.2f}"


def ratio(part: Any, whole: Any) -> float | None:
    """part / whole, or None where that is not known."""
    above, below = number(part), number(whole)
    return above / below if above is not None and below else None
