"""Arguments near the constants of a program: where boundaries are tested and rare branches taken."""

import random
import re
from typing import Any

_INTEGER = re.compile(r"(?<![\w.\"'])-?\d{1,3}\b(?![\"'])")
_STRING = re.compile(r"\"([^\"\\{}]{1,4})\"")


class Hot:
    """Changes argument values a little, towards the constants of one program's body."""

    def __init__(self, rng: random.Random, body: str) -> None:
        self._rng = rng
        self._numbers = sorted({int(text) for text in _INTEGER.findall(body)} - {0, 1, -1})
        self._texts = sorted({text for text in _STRING.findall(body) if text.isalnum()})

    def value(self, value: Any) -> Any:
        """The value, maybe with one part replaced by a boundary value of the same type."""
        if type(value) is list and value and self._rng.random() < 0.6:
            position = self._rng.randrange(len(value))
            return [*value[:position], self._part(value[position]), *value[position + 1 :]]
        if type(value) is dict and value and self._rng.random() < 0.5:
            key = self._rng.choice(list(value))
            return {**value, key: self._part(value[key])}
        if type(value) is str and value and self._rng.random() < 0.4:
            return self._part(value)
        return value

    def _part(self, value: Any) -> Any:
        if type(value) is int and self._numbers:
            near = self._rng.choice(self._numbers) + self._rng.choice((-1, 0, 0, 1))
            return near if value < 0 or near >= 0 else value
        if type(value) is str and value and self._texts:
            text = self._rng.choice(self._texts)
            return self._rng.choice((text + value, value + text, text))
        return value
