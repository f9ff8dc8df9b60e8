"""The stream of tasks: draws level, family and kind, checks the problem, and refuses what is not sound or not new.

A fifth of the families, by a hash of their names, are exam families: `rows` never draws them, `exam` draws
nothing else.
"""

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Mapping

from autotrain.tasks.notation import KINDS, Task
from autotrain.tasks.types import TYPES
from autotrain.teacher.builtin.everyday import families
from autotrain.teacher.builtin.everyday.making import MAKERS, SHARES
from autotrain.teacher.builtin.everyday.problem import FAMILIES, draw_problem
from autotrain.teacher.builtin.everyday.strength import assess
from autotrain.teacher.builtin.everyday.values import Unfit

LEVEL_SHARES = {0: 28, 1: 27, 2: 22, 3: 11, 4: 12}
FEWEST_TRIES = 4  # after so many refusals and no task a family is not asked for that kind again
MAX_TRIES = 20  # attempts at one kind and level before both are drawn again


def is_exam(family: str) -> bool:
    """Whether a family is kept for the exam (one in five, fixed by its name)."""
    return hashlib.sha256(family.encode()).digest()[0] % 5 == 0


def attempt(family: str, kind: str, rng: random.Random) -> Task | None:
    """One task of a family, or None where this draw gives no sound one."""
    try:
        return MAKERS[kind](assess(draw_problem(family, rng)))
    except Unfit:
        return None


def tasks(seed: int, round_number: int) -> Iterator[Task]:
    """Endless distinct tasks of training families."""
    families.load()
    rng = random.Random(f"everyday {seed} {round_number} 0")
    drawn = _Drawn(_by_level(exam=False))
    while True:
        task = _distinct(rng, drawn)
        if task is not None:
            yield task


def variant(family: str, kind: str, level: int | None, rng: random.Random) -> Task:
    """A task like a failed one: of its family and kind, or of its level and kind where the family is not ours."""
    families.load()
    known = family in FAMILIES and not is_exam(family)
    levels = _by_level(exam=False)
    while True:
        name = family if known else rng.choice(levels[level if level in levels else rng.choice(list(levels))])
        for _ in range(MAX_TRIES):
            task = attempt(name, kind, random.Random(rng.getrandbits(64)))
            if task is not None:
                return task
        known = False  # this family does not make this kind


def _by_level(exam: bool) -> dict[int, list[str]]:
    levels: dict[int, list[str]] = {}
    for family in FAMILIES.values():
        if is_exam(family.name) == exam:
            levels.setdefault(family.level, []).append(family.name)
    return levels


class _Drawn:
    """What one stream remembers: the tasks it gave, and which families have shown that they make no task of a kind."""

    def __init__(self, levels: Mapping[int, list[str]]) -> None:
        self.levels = levels
        self.seen: set[str] = set()
        self._made: Counter[tuple[str, str]] = Counter()
        self._refused: Counter[tuple[str, str]] = Counter()

    def note(self, family: str, kind: str, made: bool) -> None:
        (self._made if made else self._refused)[family, kind] += 1

    def fit(self, level: int, kind: str) -> list[str]:
        """The families of a level that may make a task of this kind."""
        names = self.levels[level]
        fit = [name for name in names if self._made[name, kind] or self._refused[name, kind] < FEWEST_TRIES]
        return fit or names


def _distinct(rng: random.Random, drawn: _Drawn) -> Task | None:
    """A task that was not seen, of a drawn level and kind; None where several tries gave none."""
    kind = rng.choices(list(SHARES), list(SHARES.values()))[0]
    level = rng.choices(list(drawn.levels), [LEVEL_SHARES[level] for level in drawn.levels])[0]
    for _ in range(MAX_TRIES):
        family = rng.choice(drawn.fit(level, kind))
        task = attempt(family, kind, random.Random(rng.getrandbits(64)))
        drawn.note(family, kind, task is not None)
        if task is not None and (shown := _shown(task)) not in drawn.seen:
            drawn.seen.add(shown)
            return task
    return None


def _shown(task: Task) -> str:
    """What a solver sees of a task: no two tasks of a stream are the same in it."""
    given = [text for section in TYPES[KINDS[task.kind]].shown for text in task.sections.get(section, [])]
    if task.kind == "completion":
        given = [line for line in task.sections["answer"][0].split("\n") if line.startswith("def ")]
    return "\0".join([task.kind, task.text, *given])
