"""What two texts have in common, as numbers: normalised tokens, hashes of their n-grams, and marks.

Code: comments, docstrings, closing brackets, grouping parentheses and trailing commas are
dropped; strings, numbers and identifiers are folded to one code each; keywords, operators,
attributes and called builtins keep theirs. So renaming, new constants, comments and layout
change (almost) nothing. What was folded away is kept beside as *marks*, because it tells
small functions of the same shape apart. Prose: lower-case words.

Codes come from crc32, so they are the same in every process and on every day.

    >>> from autotrain.cleaning.tokens import CODE, coded, gram_sets
    >>> grams, offsets = gram_sets(coded(["def f(x): return x + 1"], CODE), CODE)
"""

import builtins
import keyword
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import chain
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint32]
Offsets = NDArray[np.int64]

_TRIPLE = r'(?:"""(?:[^\\]|\\.)*?"""|' + r"'''(?:[^\\]|\\.)*?''')"
_SINGLE = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|' + r"'[^'\\\n]*(?:\\.[^'\\\n]*)*'"
_CODE = re.compile(  # of comments and docstrings nothing is kept, not even for the vocabulary
    r"[ \t]*(?:("
    r"\.?[A-Za-z_]\w*\b(?![\"'])(?:[ ]*\()?"  # a name, with the parenthesis that calls it
    r"|[()\[\]{}]|,(?:\s*(?=[)\]}]))?"
    r"|[-+*/%&|^@=!<>:]=|\*\*=?|//=?|->|<<|>>|[-+*/%&|^@=<>:]"
    r"|\.?\d[\w.]*"
    rf"|[rRbBuUfF]{{0,2}}(?:{_TRIPLE}|{_SINGLE})"
    r"|[^\s\w#])|#[^\n]*"
    rf"|\n[ \t]*[rRuU]?(?:{_TRIPLE}|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"(?=[ \t]*\n)))",  # a docstring
    re.DOTALL | re.ASCII,
)
BREAK = "\x1e"  # between two texts of one document of prose: no n-gram reaches over it
_WORD = re.compile(rf"[^\W_]+(?:'[a-z]+)?|{BREAK}")

_SKIP, NAME, CALL, NUMBER, STRING, _PAD = 0, 1, 2, 3, 4, 5
_ATTRIBUTE, _FIXED, _DEF = 1 << 32, 1 << 33, 1 << 34
_KEYWORDS = frozenset(keyword.kwlist)
_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
_DROPPED = frozenset(")]}(;\\")


def _learn_code(token: str) -> tuple[int, int]:
    """The code of a token, and its mark.

    A mark is what folding loses, or what must not differ: names, strings, numbers and attributes as written. Its kind
    stands in the highest bits, so that a sorted set has its names first and what it calls last.
    """
    first = token[:1]
    if not token or token in _DROPPED or (first == "," and len(token) > 1):
        return _SKIP, 0
    if token[-1] in "\"'" and len(token) > 1:
        text = _NAMED.sub(_without_names, token) if "{" in token else token
        return STRING, _STRINGS | _crc(text.lstrip("rRbBuUfF").replace("'", '"')) >> 3
    if first.isdigit() or (first == "." and token[1:2].isdigit()):
        return NUMBER, _NUMBERS | _crc(token) >> 3
    if first == "." and len(token) > 1:
        number = _crc(token.rstrip("( "))
        return number | _ATTRIBUTE, _ATTRIBUTES | number >> 2
    if first.isalpha() or first == "_":
        name = token.rstrip("( ")
        if name in _KEYWORDS or name in ("self", "cls"):
            return _crc(name) | (_DEF if name == "def" else _FIXED), 0
        if name == token:
            return NAME, _crc(name) >> 2
        return (_crc(f"{name}(") | _FIXED, 0) if name in _BUILTINS else (CALL, _CALLS | _crc(name) >> 2)
    return _crc(token) | _FIXED, 0


def _learn_word(token: str) -> tuple[int, int]:
    return _crc(token) | (_DEF if token == BREAK else _FIXED), 0


_STRINGS, _NUMBERS, _ATTRIBUTES, _CALLS = 1 << 30, 3 << 29, 2 << 30, 3 << 30
_NAMED = re.compile(r"(?<=\{)[^{}]+")  # in a format string what is filled in; its names may be changed like any other


def _without_names(match: re.Match[str]) -> str:
    return re.sub(r"[A-Za-z_]\w*", lambda name: name[0] if name[0] in _BUILTINS else "_", match.group())


def _crc(token: str) -> int:
    return crc32(token.encode("utf-8", "surrogatepass"))


class _Vocabulary(dict[str, int]):
    """Token to its place in two tables, of codes and of marks: a corpus has few distinct tokens."""

    def __init__(self, learn: Callable[[str], tuple[int, int]]) -> None:
        self._learn = learn
        self.codes, self.marks = array("Q"), array("I")

    def __missing__(self, token: str) -> int:
        code, mark = self._learn(token)
        self.codes.append(code)
        self.marks.append(mark)
        place = self[token] = len(self)
        return place

    def forget(self) -> None:
        """Begin anew."""
        self.clear()
        del self.codes[:], self.marks[:]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


class Language(NamedTuple):
    """How a kind of text is cut into tokens, and how many of them make an n-gram."""

    gram: int
    tokens: Callable[[str], list[str]]
    vocabulary: _Vocabulary


_CODE_WORDS, _PROSE_WORDS = _Vocabulary(_learn_code), _Vocabulary(_learn_word)
CODE = Language(7, _CODE.findall, _CODE_WORDS)
WORDS = Language(3, _words, _PROSE_WORDS)
PROSE = Language(8, _words, _PROSE_WORDS)


class Coded(NamedTuple):
    """Texts as the codes and marks of their tokens, one text after the other."""

    codes: NDArray[np.uint64]
    marks: Numbers
    lengths: Offsets


def coded(texts: Iterable[str], language: Language) -> Coded:
    """The tokens of each text, as numbers."""
    vocabulary = language.vocabulary
    if len(vocabulary) > 200_000:
        vocabulary.forget()
    documents = [language.tokens(text) if text else () for text in texts]
    lengths = np.fromiter(map(len, documents), np.int64, len(documents))
    tokens = chain.from_iterable(documents)
    places = np.fromiter(map(vocabulary.__getitem__, tokens), np.int64, int(lengths.sum()))
    codes, marks = np.frombuffer(vocabulary.codes, np.uint64), np.frombuffer(vocabulary.marks, np.uint32)
    return Coded(codes[places], marks[places], lengths)


def gram_sets(documents: Coded, language: Language) -> tuple[Numbers, Offsets]:
    """The distinct n-gram hashes of each document, sorted, in one flat array, and the offsets of each in it.

    A document shorter than an n-gram has one n-gram; none reaches over the start of a function.
    """
    codes, lengths = documents.codes, documents.lengths
    count, size = len(lengths), language.gram
    owner = np.repeat(np.arange(count), lengths)
    keep = codes != _SKIP
    keep[1:] &= (codes[1:] != STRING) | (codes[:-1] != STRING) | (owner[1:] != owner[:-1])  # "a" "b" is one string
    lengths = np.bincount(owner[keep], minlength=count)
    # Each document is followed by padding, so that every start has its n-gram.
    starts = np.concatenate(([0], np.cumsum(lengths + size - 1)))
    flat = np.full(int(starts[-1]) + size, _PAD, np.uint64)
    owner = owner[keep]
    flat[np.arange(len(owner)) + owner * (size - 1)] = codes[keep]
    owner = np.repeat(np.arange(count), lengths + size - 1)
    place = np.arange(len(owner)) - starts[owner]
    inside = (place <= np.maximum(lengths - size, 0)[owner]) & (lengths[owner] > 0)
    functions = np.concatenate(([0], np.cumsum(flat >= _DEF)))
    crosses = functions[size : size + len(owner)] > functions[1 : 1 + len(owner)]
    usable = inside & ~crosses
    bare = (np.bincount(owner[usable], minlength=count) == 0)[owner]  # nothing but tiny functions: take what there is
    usable |= inside & bare
    hashes = _rolling(flat, size)[: len(owner)]
    return _sets(owner[usable], hashes[usable], count)


def _sets(owner: Offsets, values: NDArray[np.uint64], count: int) -> tuple[Numbers, Offsets]:
    unique = distinct((owner.astype(np.uint64) << np.uint64(32)) | values)
    offsets = np.searchsorted(unique, np.arange(count + 1, dtype=np.uint64) << np.uint64(32))
    return unique.astype(np.uint32), offsets.astype(np.int64)


def distinct(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The distinct values, sorted: what np.unique says, many times faster."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def short_functions(documents: Coded) -> tuple[Offsets, NDArray[np.uint64]]:
    """Functions of fewer tokens than an n-gram that have a string: the document of each, and a hash with its strings.

    Such a function has no n-gram of its own, but its text says whose it is.
    """
    kept = np.flatnonzero(documents.codes != _SKIP)
    codes, marks = documents.codes[kept], documents.marks[kept]
    owner = np.repeat(np.arange(len(documents.lengths)), documents.lengths)[kept]
    begins = np.flatnonzero((codes >= _DEF) | np.concatenate(([True], owner[1:] != owner[:-1])))[: len(codes)]
    sizes = np.diff(begins, append=len(codes))
    short = sizes < CODE.gram
    begins, sizes = begins[short], sizes[short]
    text = codes == STRING
    strings = np.concatenate(([0], np.cumsum(text)))
    told = strings[begins + sizes] > strings[begins]
    begins, sizes = begins[told], sizes[told]
    values = np.concatenate((np.where(text, marks, codes), np.zeros(CODE.gram, np.uint64)))
    hashed = sizes.astype(np.uint64)
    for step in range(CODE.gram):
        hashed = hashed * np.uint64(0x9E3779B97F4A7C15) + np.where(step < sizes, values[begins + step], 0)
        hashed ^= hashed >> np.uint64(29)
    return owner[begins], hashed


def _rolling(flat: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    count = len(flat) - size + 1
    hashed = np.zeros(count, np.uint64)
    for step in range(size):
        hashed = hashed * np.uint64(0x9E3779B97F4A7C15) + flat[step : step + count]
        hashed ^= hashed >> np.uint64(29)
    return (hashed * np.uint64(0xBF58476D1CE4E5B9)) >> np.uint64(32)


def mark_sets(documents: Coded) -> tuple[Numbers, Offsets]:
    """The distinct names, strings, attributes and calls of each document of code (see `kinds`)."""
    marks, codes = documents.marks.copy(), documents.codes
    marks[1:][(codes[1:] == CALL) & (codes[:-1] >= _DEF)] &= _CALLS ^ 0xFFFFFFFF  # a name that is given is no call
    marked = np.flatnonzero(marks)
    owner = np.repeat(np.arange(len(documents.lengths)), documents.lengths)[marked]
    return _sets(owner, marks[marked].astype(np.uint64), len(documents.lengths))


def kinds(marks: list[int]) -> tuple[list[int], ...]:
    """A sorted set of marks as names, strings, numbers, attributes and called names."""
    places = (bisect_left(marks, kind) for kind in (_STRINGS, _NUMBERS, _ATTRIBUTES, _CALLS))
    strings, numbers, attributes, calls = places
    called = [mark ^ _CALLS for mark in marks[calls:]]
    return marks[:strings] + called, marks[strings:numbers], marks[numbers:attributes], marks[attributes:calls], called


def overlap(left: frozenset[int], right: frozenset[int]) -> float:
    """Jaccard of two sets; 1 where both are empty."""
    both = len(left & right)
    union = len(left) + len(right) - both
    return both / union if union else 1.0
