"""Tables (CSV, tabs, Markdown) with a column of passwords: what stands in it, row by row.

list(in_tables("user,password\\nada,Needle4649\\n"))     # [("table-password", 18, 28)]
"""

import re
from collections.abc import Iterator

from autotrain.secrets.values import is_placeholder, looks_chosen

_COLUMN = re.compile(
    r"(?i)(?:\w*[ _.-])?(?:pass(?:w(?:or[dt]|d)?|code|phrase)?|pwd|pw|kennwort|token|secret|api[ _-]?key)\d?"
)
_CREDENTIAL = re.compile(r"pass|pwd|pw|kennwort|token|secret|key")
_PLAIN = re.compile(r"[\w .,;|\t\"'#/-]*")
_MOST_ROWS = 200


def in_tables(text: str, lower: str) -> Iterator[tuple[str, int, int]]:
    """`(kind, start, end)` of each value under a header that speaks of passwords."""
    done = 0
    for word in _CREDENTIAL.finditer(lower):
        if word.start() < done:
            continue
        start = text.rfind("\n", 0, word.start()) + 1
        end = text.find("\n", word.end())
        if end < 0:
            return
        done = end
        header = text[start:end]
        delimiter = max(",;\t|", key=header.count)
        count = header.count(delimiter)
        if not 1 <= count <= 60 or len(header) > 1000:
            continue
        if not _PLAIN.fullmatch(header):
            continue
        columns = [place for place, name in enumerate(header.split(delimiter)) if _COLUMN.fullmatch(name.strip(" \"'"))]
        if columns:
            yield from _values(text, end + 1, delimiter, count, columns)


def _values(text: str, start: int, delimiter: str, count: int, columns: list[int]) -> Iterator[tuple[str, int, int]]:
    for _ in range(_MOST_ROWS):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        row = text[start:end]
        if row.count(delimiter) != count:
            return
        cells = row.split(delimiter)
        for column in columns:
            cell = cells[column].strip(" \"'`")
            if looks_chosen(cell) and not is_placeholder(cell):
                begin = start + sum(len(one) + 1 for one in cells[:column]) + cells[column].index(cell)
                yield "table-password", begin, begin + len(cell)
        start = end + 1
