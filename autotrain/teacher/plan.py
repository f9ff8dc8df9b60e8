"""What each slot asks for: a pure function of seed, round and slot number.

Slots are drawn without repetition until a list is used up, so small runs are spread over
the taxonomy too. The same seed in another round gives other tasks.

    blueprint = Plan(seed=42, round_number=1).blueprint(slot=0)
"""

import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import starmap
from typing import Any

from autotrain.tasks import samples
from autotrain.tasks.shapes import Sample
from autotrain.teacher import taxonomy

# The numbers of faulty lines. Each comes once in as many slots, so no guess of a number suits two reviews; and none is
# so low that a line counted from the first that is shown could be taken for another.
FIRST_LINE, LINES = 400, 9000


@dataclass(frozen=True)
class Blueprint:
    """One task to ask for."""

    slot: int
    task_type: str
    response_format: str
    family: str
    concept: str
    difficulty: str
    setting: str
    manner: str
    sound_code: bool  # a code review whose code has no fault
    focus: Sample | None  # the failed training sample that this task is a variant of
    line: int = FIRST_LINE  # of a code review: the number of its faulty line
    libraries: tuple[str, ...] = ()  # that the code may use beside the standard library
    seed: str = ""  # code of the user's own that suggests what to work on


class Plan:
    """The endless list of blueprints of one round."""

    def __init__(
        self,
        *,
        seed: int,
        round_number: int,
        focus: Sequence[Sample] = (),
        focus_share: float = 0.5,
        topics: Sequence[tuple[str, str]] = (),
        libraries: Sequence[str] = (),
        seeds: Sequence[str] = (),
        **identity: Any,
    ) -> None:
        """`topics`: (family, topic) in place of the built-in concepts; `seeds`: code that suggests tasks instead.

        `identity`: what else names the plan.
        """
        self._concepts = tuple(starmap(taxonomy.anything, topics)) or taxonomy.concepts()
        self._libraries, self._seeds = tuple(libraries), tuple(seeds)
        self._cells: dict[int, list[tuple[int, str, str]]] = {}
        given = {"topics": tuple(topics), "libraries": self._libraries, "seeds": self._seeds}
        identity |= {name: value for name, value in given.items() if value}
        self._key = f"{seed}/{round_number}"
        self._focus = list(focus)
        self._share = focus_share if self._focus else 0.0
        parts = (self._key, self._share, [row["id"] for row in self._focus], sorted(identity.items()))
        self.name = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]

    def blueprint(self, slot: int) -> Blueprint:
        """The task of a slot."""
        place, task_type, response_format, difficulty = self._cell(slot)
        family, concept = self._concepts[place][:2]
        focus = self._focus_row(slot)
        if focus is not None:
            task_type, response_format = focus["metadata"]["task_type"], focus["metadata"]["response_format"]
            family, concept = focus["metadata"].get("family") or family, concept
        return Blueprint(
            slot=slot,
            task_type=task_type,
            response_format=response_format,
            family=family,
            concept=concept,
            difficulty=difficulty,
            setting=self._setting(slot, self._concepts[place].settings),
            manner=taxonomy.MANNERS[self._draw("manner", slot, len(taxonomy.MANNERS))],
            sound_code=self._random("sound", slot).random() < 0.25,
            focus=focus,
            line=FIRST_LINE + self._draw("line", slot, LINES),
            libraries=self._libraries,
            seed=self._seeds[self._draw("seed", slot, len(self._seeds))] if self._seeds and focus is None else "",
        )

    def _cell(self, slot: int) -> tuple[int, str, str, str]:
        """The place of the slot's concept, its task type with its form, and its level: they fit together.

        Each concept comes once in as many slots as there are; types and levels keep their shares as far as they fit.
        """
        cycle, at = divmod(slot, len(self._concepts))
        if cycle not in self._cells:
            self._cells[cycle] = self._fitted(cycle)
        place, kind, level = self._cells[cycle][at]
        task_type, _, response_format = kind.partition("/")
        return place, task_type, response_format, level

    def _fitted(self, cycle: int) -> list[tuple[int, str, str]]:
        size = len(self._concepts)
        kinds = [f"{kind}/{form}" for kind, form, share in taxonomy.TYPES for _ in range(share)]
        unused, cells = list(_shuffled(f"{self._key}/concept/{cycle}", size)), []
        for slot in range(cycle * size, (cycle + 1) * size):
            kind = kinds[self._draw("type", slot, len(kinds))]
            level = samples.DIFFICULTIES[self._draw("difficulty", slot, len(samples.DIFFICULTIES))]
            asked = kind.partition("/")[0]
            at = next((at for at, place in enumerate(unused) if self._concepts[place].fits(asked, level)), None)
            place = unused.pop(at or 0)
            if at is None:  # the last of a cycle: what is left of the concepts decides
                concept, chance = self._concepts[place], self._random("cell", slot)
                fitting = [one for one in kinds if one.partition("/")[0] in concept.types]
                kind = kind if kind in fitting or not fitting else chance.choice(fitting)
                level = level if level in concept.levels else chance.choice(sorted(concept.levels))
            cells.append((place, kind, level))
        return cells

    def _setting(self, slot: int, fitting: Sequence[str]) -> str:
        drawn = taxonomy.SETTINGS[self._draw("setting", slot, len(taxonomy.SETTINGS))]
        return drawn if drawn in fitting else self._random("setting", slot).choice(fitting)

    def request_seed(self, slot: int, step: str, attempt: int) -> int:
        """The seed that the server gets, its own for each request."""
        return self._random(f"request/{step}/{attempt}", slot).getrandbits(31)

    def chance(self, what: str, slot: int) -> random.Random:
        """What draws whatever else a slot leaves to chance."""
        return self._random(what, slot)

    def _focus_row(self, slot: int) -> Sample | None:
        before, after = math.floor(slot * self._share), math.floor((slot + 1) * self._share)
        return self._focus[self._draw("focus", before, len(self._focus))] if after > before else None

    def _draw(self, what: str, index: int, size: int) -> int:
        cycle, place = divmod(index, size)
        return _shuffled(f"{self._key}/{what}/{cycle}", size)[place]

    def _random(self, what: str, index: int) -> random.Random:
        return random.Random(f"{self._key}/{what}/{index}")


@lru_cache(maxsize=64)
def _shuffled(key: str, size: int) -> tuple[int, ...]:
    order = list(range(size))
    random.Random(key).shuffle(order)
    return tuple(order)
