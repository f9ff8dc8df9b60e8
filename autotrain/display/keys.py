"""The keys of the dashboard: what a terminal sends for them, and what they do. Pure."""

HELP = (
    ("1 2 3 4 5", "overview, teacher, trainer, events, evaluation and settings"),
    ("q", "quit; the run goes on"),
    ("r", "read every file again and redraw"),
    ("?", "this help"),
    ("/", "filter events by text (Enter applies, Esc leaves)"),
    ("l", "events of all levels, or from info, warning, error"),
    ("f", "follow the newest events"),
    ("Enter", "of the events, the lowest one in full; again closes it"),
    ("p", "pause the run, or continue a paused one (asks first)"),
    ("s", "stop the run at its next safe point (asks first)"),
    ("[ ]", "previous run, next run"),
    ("y", "logarithmic or linear curves"),
    ("up down", "scroll by a line"),
    ("PgUp PgDn", "scroll by a screen"),
    ("Home End", "first, last"),
)

_SEQUENCES = {
    b"[A": "up", b"OA": "up", b"[B": "down", b"OB": "down", b"[C": "right", b"OC": "right", b"[D": "left",
    b"OD": "left", b"[5~": "page-up", b"[6~": "page-down", b"[H": "home", b"OH": "home", b"[1~": "home",
    b"[7~": "home", b"[F": "end", b"OF": "end", b"[4~": "end", b"[8~": "end",
}  # fmt: skip
_PLAIN = {b"\r": "enter", b"\n": "enter", b"\x7f": "backspace", b"\x08": "backspace", b"\x15": "clear", b"\x0c": "r"}


def decode(pending: bytes, *, final: bool = False) -> tuple[list[str], bytes]:
    """Keys out of bytes read from a terminal, and the bytes of an unfinished one.

    `final`: nothing more came for a while, so a lone escape byte is the Esc key.
    """
    keys: list[str] = []
    while pending:
        if pending[:1] == b"\x1b":
            key, length = _escape(pending, final)
            if length == 0:
                return keys, pending
        elif pending[:1] in _PLAIN:
            key, length = _PLAIN[pending[:1]], 1
        else:
            key, length = _character(pending, final)
            if length == 0:
                return keys, pending
        if key:
            keys.append(key)
        pending = pending[length:]
    return keys, b""


def _escape(pending: bytes, final: bool) -> tuple[str, int]:
    rest = pending[1:]
    if not rest:
        return ("escape", 1) if final else ("", 0)
    if rest[:1] not in (b"[", b"O"):
        return "escape", 1
    for end in range(1, min(len(rest), 24)):
        if 0x40 <= rest[end] <= 0x7E:  # the byte that ends a control sequence
            return _SEQUENCES.get(rest[: end + 1], ""), end + 2
    if len(rest) >= 24 or final:
        return "escape", 1
    return "", 0


def _character(pending: bytes, final: bool) -> tuple[str, int]:
    first = pending[0]
    length = 1 if first < 0x80 else 2 if first >> 5 == 6 else 3 if first >> 4 == 14 else 4 if first >> 3 == 30 else 1
    if len(pending) < length and not final:
        return "", 0
    text = pending[:length].decode("utf-8", "ignore")
    return (text if text.isprintable() else ""), length
