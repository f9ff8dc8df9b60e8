"""What two texts have in common, as numbers: normalised tokens and hashes of their n-grams.

Code: comments, docstrings and trailing commas are dropped; strings, numbers and identifiers
are folded to one code each; keywords, builtins, operators and attributes keep theirs. So
renaming, new constants, comments and layout change nothing. Prose: lower-case words.
Token codes come from crc32, so they are the same in every process and on every day.

    >>> from autotrain.cleaning.tokens import code_codes, gram_sets
    >>> grams, offsets, totals = gram_sets([code_codes("def f(x): return x + 1")], CODE_GRAM)
"""

import builtins
import keyword
import re
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

CODE_GRAM, WORD_GRAM, PROSE_GRAM = 7, 3, 8

_CODE = re.compile(
    r"#[^\n]*"
    r"|\n[ \t]*[rRuU]?(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"(?=[ \t]*\n))"
    r"|[rRbBuUfF]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')"
    r"|\.?[^\W\d]\w*|\.?\d[\w.]*|,\s*(?=[)\]}])|[-+*/%&|^<>=!:@]=|\*\*=?|//=?|->|<<|>>|[^\s\w]",
    re.DOTALL,
)
_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?")
_KEPT = (
    frozenset(keyword.kwlist) | frozenset(name for name in dir(builtins) if not name.startswith("_")) | {"self", "cls"}
)
_SKIP, NAME, NUMBER, STRING, _PAD = 0, 1, 2, 3, 4
DEF = crc32(b"def") | 1 << 33

Codes = NDArray[np.uint64]


class _Folding(dict[str, int]):
    """Token to code, remembered: a corpus has few distinct tokens."""

    def __missing__(self, token: str) -> int:
        if len(self) > 200_000:
            self.clear()
        self[token] = code = self.fold(token)
        return code

    @staticmethod
    def fold(token: str) -> int:
        first = token[0]
        if first in "#\n" or (first == "," and len(token) > 1):
            return _SKIP
        if token[-1] in "\"'" and len(token) > 1:
            return STRING
        if first.isdigit() or (first == "." and token[1:2].isdigit()):
            return NUMBER
        if (first.isalpha() or first == "_") and token not in _KEPT:
            return NAME
        return crc32(token.encode("utf-8", "surrogatepass")) | 1 << 33


class _Words(_Folding):
    @staticmethod
    def fold(token: str) -> int:
        return crc32(token.encode("utf-8", "surrogatepass")) | 1 << 34


_folding, _words = _Folding(), _Words()


def code_tokens(code: str) -> list[str]:
    """The tokens of code as written, comments and docstrings among them."""
    return _CODE.findall(code)


def code_codes(code: str) -> list[int]:
    """The normalised tokens of code, as numbers."""
    return [value for value in map(_folding.__getitem__, _CODE.findall(code)) if value]


def word_codes(text: str) -> list[int]:
    """The words of prose, lower case, as numbers."""
    return list(map(_words.__getitem__, _WORD.findall(text.lower())))


def gram_sets(documents: list[list[int]], size: int) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """The distinct n-gram hashes of each document.

    Returns them sorted in one flat array, the offsets of each document in it (one more than
    documents), and how many n-grams each had before repeats were dropped. A document of
    fewer than `size` tokens has one n-gram; no n-gram reaches over the start of a function.
    """
    padded = [doc + [_PAD] * (size - len(doc)) if len(doc) < size else doc for doc in documents]
    lengths = np.fromiter(map(len, padded), np.int64, len(padded))
    if not padded:
        return np.empty(0, np.uint32), np.zeros(1, np.int64), np.empty(0, np.int64)
    flat = np.array([code for doc in padded for code in doc], dtype=np.uint64)
    count = len(flat) - size + 1
    hashed = np.zeros(count, np.uint64)
    with np.errstate(over="ignore"):
        for step in range(size):
            hashed = hashed * np.uint64(0x9E3779B97F4A7C15) + flat[step : step + count]
        hashed ^= hashed >> np.uint64(29)
        hashed *= np.uint64(0xBF58476D1CE4E5B9)
    short = hashed >> np.uint64(32)
    document = np.repeat(np.arange(len(padded), dtype=np.uint64), lengths)
    ends = np.cumsum(lengths)
    inside = np.arange(count) <= np.repeat(ends, lengths)[:count] - size
    starts = np.concatenate(([0], np.cumsum(flat == DEF)))
    crosses = starts[size:] - starts[1 : count + 1] > 0
    keep = inside & ~crosses
    kept_counts = np.bincount(document[:count][keep].astype(np.int64), minlength=len(padded))
    if (kept_counts == 0).any():  # nothing but tiny functions: take what there is
        keep |= inside & (kept_counts == 0)[document[:count].astype(np.int64)]
    keyed = document[:count][keep] << np.uint64(32) | short[keep]
    totals = np.bincount((keyed >> np.uint64(32)).astype(np.int64), minlength=len(padded))
    unique = np.unique(keyed)
    offsets = np.searchsorted(unique, np.arange(len(padded) + 1, dtype=np.uint64) << np.uint64(32))
    return (unique & np.uint64(0xFFFFFFFF)).astype(np.uint32), offsets.astype(np.int64), totals


def jaccard(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> float:
    """Share of n-grams in common of two sorted sets."""
    both = common(left, right)
    union = len(left) + len(right) - both
    return both / union if union else 1.0


def common(left: NDArray[np.uint32], right: NDArray[np.uint32]) -> int:
    """How many numbers two sorted sets share."""
    return len(left) + len(right) - len(np.unique(np.concatenate((left, right))))
