"""What the teacher is asked about: concepts with the cells that fit them, settings, manners, task types.

Reads concepts.txt; `plan.py` draws from it. Changing a list changes the tasks of a seed, so it raises
`briefs.VERSION`.

    concepts()[0]       # Concept("strings", "splitting text on several separators", settings, types, levels)
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from autotrain.tasks import samples, types

CONCEPTS_FILE = Path(__file__).with_name("concepts.txt")

SETTINGS_OF = {
    "everyday": (
        "a web shop",
        "a library of books",
        "a chess club",
        "a bakery",
        "a railway timetable",
        "a music player",
        "a hospital ward",
        "a board game",
        "a school's grade book",
        "a recipe collection",
        "a sports league",
    ),
    "technical": (
        "a weather station",
        "a text editor",
        "a build tool",
        "a warehouse robot",
        "a bank's back office",
        "a telescope",
        "a package manager",
        "a chat server",
        "a garden sensor network",
    ),
    "mathematics": ("pure mathematics, with no story",),
    "data": ("plain data processing, with no story",),
}
SETTINGS = tuple(text for texts in SETTINGS_OF.values() for text in texts)


class Concept(NamedTuple):
    """Something to ask about, and what it can be joined with."""

    family: str
    text: str
    settings: tuple[str, ...]
    types: frozenset[str]
    levels: frozenset[str]

    def fits(self, task_type: str, level: str) -> bool:
        """Whether a task of this type and level can be about it."""
        return task_type in self.types and level in self.levels


def anything(family: str, text: str) -> Concept:
    """A concept of which nothing is known: every cell fits."""
    return Concept(family, text, SETTINGS, frozenset(types.TYPES), frozenset(samples.DIFFICULTIES))


@lru_cache(maxsize=1)
def concepts() -> tuple[Concept, ...]:
    """The concepts of concepts.txt, in its order."""
    found: list[Concept] = []
    family, settings, fitting, levels = "", (), frozenset[str](), frozenset[str]()
    for line in CONCEPTS_FILE.read_text(encoding="utf-8").splitlines():
        parts = [part.strip() for part in line.removeprefix("== ").split("|")]
        if line.startswith("== "):
            family, kinds, wanted, level = parts
            settings = tuple(text for kind in kinds.split() for text in SETTINGS_OF[kind])
            fitting, levels = _types(wanted), frozenset(level.split())
        elif line and not line.startswith("#"):
            own = frozenset(parts[1].split()) if len(parts) > 1 else levels
            found.append(Concept(family, parts[0], settings, fitting, own))
    return tuple(found)


def _types(wanted: str) -> frozenset[str]:
    """`all`, `all -documentation` or the names of the types that fit."""
    words = wanted.split()
    if words[0] != "all":
        return frozenset(words)
    return frozenset(types.TYPES) - {word.removeprefix("-") for word in words[1:]}


MANNERS = (
    "terse: two sentences, every rule stated once",
    "as a colleague's request, informal but exact",
    "as a specification with numbered rules",
    "as a docstring with two examples",
    "as a ticket: what happens now, what should happen",
    "beginning with the edge cases, then the ordinary case",
)

# (task type, response format, weight): the rows of tasks/types.py, one a form.
TYPES = tuple((row.name, form, weight) for row in types.TYPES.values() for form, weight in row.forms)

DIFFICULTY_RULES = {
    "easy": "one idea, 3 to 10 lines of code, no special cases beyond empty input",
    "medium": "two ideas that meet, 8 to 25 lines of code, two or three edge cases",
    "hard": "an algorithm or a data structure chosen with care, 15 to 50 lines of code, several edge cases",
}
