"""TEACHER_TOPICS=FILE: own topics for the API teacher, in place of the built-in concepts (taxonomy.py).

Reads a text file: one topic a line, `family: topic` or `topic`; lines that begin with # are comments.

    read_topics("topics.txt")      # [("sql", "joins through sqlite3"), …]; empty without a file
"""

from pathlib import Path

from autotrain.errors import DataError, UsageError
from autotrain.jsonl import open_regular
from autotrain.tasks.thoughts import control_token

OWN = "own"  # the family of a topic that names none
LONGEST_TOPIC = 200  # characters
MOST_TOPICS = 100_000


_LONGEST = 32_000_000  # bytes


def read_topics(name: str) -> list[tuple[str, str]]:
    """Family and topic of each line, repeated ones once. Raises UsageError."""
    if not name:
        return []
    try:
        with open_regular(Path(name).expanduser()) as stream:
            text = stream.read(_LONGEST + 1).decode("utf-8-sig")
        if len(text) > _LONGEST:
            raise DataError("it is too long")
    except (OSError, UnicodeDecodeError, DataError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8 of at most 32 MB"
        raise UsageError(f"TEACHER_TOPICS={name}: {why}; a text file with a topic a line is needed.") from None
    found: dict[tuple[str, str], None] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if len(line) > LONGEST_TOPIC or control_token(line) or not line.isprintable():
            raise UsageError(
                f"TEACHER_TOPICS={name}, line {number}: up to {LONGEST_TOPIC} printable characters are a topic."
            )
        family, colon, topic = (part.strip() for part in line.partition(":"))
        found[(family, topic) if colon and topic else (OWN, line)] = None
    if not 0 < len(found) <= MOST_TOPICS:
        raise UsageError(f"TEACHER_TOPICS={name} holds {len(found)} topics where 1 to {MOST_TOPICS} are needed.")
    return list(found)
