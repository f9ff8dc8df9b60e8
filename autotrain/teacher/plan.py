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
from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks import samples
from autotrain.teacher import taxonomy


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
    focus: Row | None  # the failed training sample that this task is a variant of


class Plan:
    """The endless list of blueprints of one round."""

    def __init__(
        self,
        *,
        seed: int,
        round_number: int,
        focus: Sequence[Row] = (),
        focus_share: float = 0.5,
        topics: Sequence[tuple[str, str]] = (),
        **identity: Any,
    ) -> None:
        """`topics`: (family, topic) in place of the built-in concepts; `identity`: what else names the plan."""
        self._concepts = tuple(topics) or _concepts()
        identity |= {"topics": self._concepts} if topics else {}
        self._key = f"{seed}/{round_number}"
        self._focus = list(focus)
        self._share = focus_share if self._focus else 0.0
        parts = (self._key, self._share, [row["id"] for row in self._focus], sorted(identity.items()))
        self.name = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]

    def blueprint(self, slot: int) -> Blueprint:
        """The task of a slot."""
        types = [(kind, form) for kind, form, share in taxonomy.TYPES for _ in range(share)]
        task_type, response_format = types[self._draw("type", slot, len(types))]
        family, concept = self._concepts[self._draw("concept", slot, len(self._concepts))]
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
            difficulty=samples.DIFFICULTIES[self._draw("difficulty", slot, len(samples.DIFFICULTIES))],
            setting=taxonomy.SETTINGS[self._draw("setting", slot, len(taxonomy.SETTINGS))],
            manner=taxonomy.MANNERS[self._draw("manner", slot, len(taxonomy.MANNERS))],
            sound_code=self._random("sound", slot).random() < 0.25,
            focus=focus,
        )

    def request_seed(self, slot: int, step: str, attempt: int) -> int:
        """The seed that the server gets, its own for each request."""
        return self._random(f"request/{step}/{attempt}", slot).getrandbits(31)

    def _focus_row(self, slot: int) -> Row | None:
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


@lru_cache(maxsize=1)
def _concepts() -> tuple[tuple[str, str], ...]:
    return tuple((family, concept) for family, concepts in taxonomy.CONCEPTS.items() for concept in concepts)
