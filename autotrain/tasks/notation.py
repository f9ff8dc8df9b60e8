"""The notation in which tasks are written by hand, and its reader: the suite and the library use it.

    == family second                     a family of related tasks; second: its split (suite) or topic (library)
    -- kind level name [json]            a task; level 0 to 5; `name` is the entry point
    lines of text                        the instruction
    :section                             its lines follow, up to the next `:`, `--` or `==`
    :section text                        or stand on the same line

No line of Python begins with `==`, `--` or `:`, so code stands in a task as it is. Edits are
written `old => new`, with `\\n` for a line break and ` ;; ` between several. The sections of each
kind are in docs/suites.md. Pure: text in, tasks out.
"""

from dataclasses import dataclass, field

from autotrain.errors import DataError
from autotrain.tasks.types import TYPES

KINDS = {row.word: row.name for row in TYPES.values()}
SECTIONS = frozenset(
    "input answer tests wrong bug failing note mutant line fix demand doc words call".split(),
)
HIGHEST_LEVEL = 5


@dataclass
class Task:
    """One task as written."""

    family: str
    second: str
    """The split of a suite's task, the topic of a library's."""
    kind: str
    level: int
    name: str
    as_json: bool = False
    where: str = ""
    text: str = ""
    sections: dict[str, list[str]] = field(default_factory=dict)
    """Section name → the text of each time it occurs."""

    def one(self, section: str) -> str:
        """The text of a section that must occur exactly once."""
        found = self.sections.get(section, [])
        if len(found) != 1:
            raise DataError(f"{self.where}: {len(found)} sections :{section} where one is needed.")
        return found[0]

    def many(self, section: str) -> list[str]:
        """The texts of a section, in order; none where it does not occur."""
        return self.sections.get(section, [])


def parse_tasks(text: str, name: str, seconds: tuple[str, ...] = ()) -> list[Task]:
    """The tasks of one file, in order. `seconds`: what the second word of a family's line may be (any where empty).

    Raises DataError with file and line for a fault.
    """
    tasks: list[Task] = []
    family, second = "", ""
    section: list[str] | None = None
    closed: list[tuple[Task, str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{name}, line {number}"
        if line.startswith("== "):
            words = line[3:].split()
            if len(words) != 2 or (seconds and words[1] not in seconds):
                raise DataError(f"{where}: `== family {'|'.join(seconds) or 'topic'}` is needed.")
            (family, second), section = words, None
        elif line.startswith("-- "):
            tasks.append(_header(line, where, family, second))
            section = []
            closed.append((tasks[-1], "", section))
        elif line.startswith(":"):
            word, _, rest = line[1:].partition(" ")
            if not tasks or word not in SECTIONS:
                raise DataError(f"{where}: there is no section :{word}.")
            section = [rest] if rest else []
            closed.append((tasks[-1], word, section))
        elif section is not None:
            section.append(line)
        elif line.strip():
            raise DataError(f"{where}: text outside a task.")
    for task, word, lines in closed:
        body = "\n".join(lines).strip("\n")
        if word:
            task.sections.setdefault(word, []).append(body)
        else:
            task.text = body
    return tasks


def task_as_text(task: Task) -> str:
    """The task as it stands in a file, its family's line included: what `parse_tasks` reads."""
    head = f"-- {task.kind} {task.level} {task.name}{' json' if task.as_json else ''}"
    parts = [f"== {task.family} {task.second}", head, *([task.text] if task.text else [])]
    for section, texts in task.sections.items():
        parts += [f":{section}{' ' if section in _ONE_LINE else chr(10)}{text}" for text in texts]
    return "\n".join(parts) + "\n"


_ONE_LINE = frozenset("bug failing mutant line fix call".split())


def apply_edits(code: str, edits: str, where: str) -> str:
    """The code after `old => new ;; old => new`; each old text must be there."""
    for edit in edits.split(" ;; "):
        old, arrow, new = edit.partition(" => ")
        if not arrow:
            old, arrow, new = edit.rstrip().removesuffix(" =>"), " =>", ""
        old, new = old.replace("\\n", "\n"), new.replace("\\n", "\n")
        if old not in code:
            raise DataError(f"{where}: {old!r} is not in the code to be edited.")
        code = code.replace(old, new, 1)
    return code


def _header(line: str, where: str, family: str, second: str) -> Task:
    words = line[3:].split()
    if not family:
        raise DataError(f"{where}: a task before the first `== family`.")
    sound = len(words) in (3, 4) and words[0] in KINDS and words[1].isdigit() and int(words[1]) <= HIGHEST_LEVEL
    if not sound:
        raise DataError(f"{where}: `-- kind level name [json]` is needed; the level is 0 to {HIGHEST_LEVEL}.")
    if len(words) == 4 and words[3] != "json":
        raise DataError(f"{where}: {words[3]} is no option of a task.")
    return Task(family, second, words[0], int(words[1]), words[2], len(words) == 4, where)
