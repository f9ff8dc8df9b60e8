"""Reads the table of documented credential formats, `rules.txt` (its head says how a line reads).

Formats without a mark of their own (32 hex digits, a UUID) are not in the table:
secret_context.py finds them by the name or the words beside them.

    >>> from autotrain.secrets.rules import RULES, pattern
    >>> len(RULES)
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

_SHORT_FORMS = (
    ("<uuid>", "<hex>{8}-<hex>{4}-<hex>{4}-<hex>{4}-<hex>{12}"),
    ("<start>", "(?<!<alnum>)"),
    ("<end>", "(?!<alnum>)"),
    ("<alnum>", "[A-Za-z0-9]"),
    ("<word>", "[A-Za-z0-9_-]"),
    ("<hex>", "[0-9a-fA-F]"),
)


class Rule(NamedTuple):
    """One kind of credential: where any of `anchors` occurs, `source` is tried."""

    kind: str
    anchors: tuple[str, ...]
    source: str
    whole_text: bool


def _read() -> tuple[Rule, ...]:
    rules = []
    for line in Path(__file__).with_name("rules.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            kind, anchors, source = line.split("\t")
            names = tuple(anchors.split(", "))
            rules.append(Rule(kind, tuple(name.lstrip("!") for name in names), source, names[0].startswith("!")))
    return tuple(rules)


RULES = _read()


@cache
def pattern(index: int) -> re.Pattern[str]:
    """The compiled pattern of a rule, made on first use: most rules never meet their anchor."""
    source = RULES[index].source
    for short, long in _SHORT_FORMS:
        source = source.replace(short, long)
    return re.compile(source)
