"""How values cross between candidate and checker: descriptions of plain values, as JSON.

The side that reads builds every value itself, from exact builtin types and a short list of
standard-library value types; an object of any other class crosses as a handle only. So
nothing that the other side wrote runs here. (pickle and marshal would not do: either lets
the writer take over the reader.)

A scalar stands for itself, everything else is a list that starts with a tag. Mutable
containers are numbered in the order in which they are met, and `["r", n]` refers back to
one: aliases, cycles and changes in place survive the crossing.
"""

import collections
import datetime
import decimal
import fractions
import json
import pathlib
import uuid
from collections.abc import Callable
from typing import Any

from autotrain.sandbox.inside.value_types import NAMED_TYPES, TYPE_NAMES

LARGEST_MESSAGE = 64 * 1024 * 1024

dumps = json.JSONEncoder(ensure_ascii=True, check_circular=False, separators=(",", ":")).encode
loads = json.JSONDecoder().decode

Foreign = Callable[[Any, "Writer"], list]


class ProtocolError(Exception):
    """The other side sent what no honest side sends."""


class NotPlain(Exception):
    """A value has no plain description."""


_STILL = frozenset((str, bool, type(None), float))  # scalars that need no look at their value
_STILL_AND_INT = _STILL | {int}
_SMALL = 1 << 60
_VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}
_SINGLES = {"Ellipsis": Ellipsis, "NotImplemented": NotImplemented}


class Writer:
    """Turns values into their descriptions. One writer sees one message, so aliases are kept."""

    __slots__ = ("_foreign", "numbers", "objects")

    def __init__(self, foreign: Foreign, objects: list | None = None) -> None:
        self._foreign = foreign
        self.objects: list = objects if objects is not None else []  # the mutable ones, by number
        self.numbers = {id(value): number for number, value in enumerate(self.objects)}

    def write(self, value: Any) -> Any:
        kind = type(value)
        if kind in _STILL:
            return value
        if kind is int:
            return value if -_SMALL < value < _SMALL else ["i", hex(value)]
        writer = _WRITERS.get(kind)
        if writer is None:
            return self._foreign(value, self)
        if kind in _MUTABLE:
            number = self.numbers.get(id(value))
            if number is not None:
                return ["r", number]
            self.numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        return writer(self, value)

    def write_content(self, value: Any) -> Any:
        """A numbered mutable in full, where `write` would give a reference."""
        return _WRITERS[type(value)](self, value)

    def items(self, values: Any) -> list:
        kinds = set(map(type, values))
        if kinds <= _STILL:
            return list(values)
        if kinds <= _STILL_AND_INT and all(-_SMALL < item < _SMALL for item in values if type(item) is int):
            return list(values)
        write = self.write
        return [write(item) for item in values]

    def pairs(self, values: Any) -> list:
        write = self.write
        flat = []
        for key, value in values.items():
            flat.append(write(key))
            flat.append(write(value))
        return flat


class Reader:
    """Builds values from their descriptions; `handle` makes what a foreign tag stands for."""

    __slots__ = ("_handle", "objects", "types")

    def __init__(
        self,
        handle: Callable[[list, "Reader"], Any],
        objects: list | None = None,
        types: dict[str, type] = NAMED_TYPES,
    ) -> None:
        self._handle = handle
        self.types = types
        self.objects: list = objects if objects is not None else []

    def read(self, wire: Any) -> Any:
        if type(wire) is not list:
            if type(wire) is dict:
                raise ProtocolError("an object where a list was due")
            return wire
        reader = _READERS.get(wire[0]) if wire and type(wire[0]) is str else None
        if reader is None:
            return self._handle(wire, self)
        return reader(self, wire)

    def read_into(self, target: Any, wire: list) -> None:
        """Give a numbered mutable the content that a description says it has now."""
        if not (type(wire) is list and wire and _TAGS.get(type(target)) == wire[0]):
            raise ProtocolError("a container changed its type")
        if isinstance(target, (list, bytearray)):
            target[:] = self._bytes(wire) if isinstance(target, bytearray) else self.items(wire, 1)
        elif isinstance(target, dict):
            pairs = list(self.pairs(wire, 2 if wire[0] == "D" else 1))
            target.clear()
            # a Counter's own update would add, an OrderedDict's order is not kept by dict's
            (dict if isinstance(target, collections.Counter) else type(target)).update(target, pairs)
        else:
            items = self.items(wire, 2 if wire[0] == "q" else 1)
            target.clear()
            target.extend(items) if isinstance(target, collections.deque) else target.update(items)

    def items(self, wire: list, start: int) -> list:
        read = self.read
        return [item if type(item) is not list else read(item) for item in wire[start:]]

    def pairs(self, wire: list, start: int) -> Any:
        read = self.read
        for index in range(start, len(wire) - 1, 2):
            yield read(wire[index]), read(wire[index + 1])

    def add(self, value: Any) -> Any:
        self.objects.append(value)
        return value

    @staticmethod
    def _bytes(wire: list) -> bytes:
        return wire[1].encode("latin-1")


def _write_named_type(writer: Writer, value: type) -> list:
    name = TYPE_NAMES.get(value)
    if name is None:
        return writer._foreign(value, writer)
    return ["y", name]


def _write_factory(writer: Writer, value: collections.defaultdict) -> list:
    name = TYPE_NAMES.get(value.default_factory) if isinstance(value.default_factory, type) else None
    return ["D", name, *writer.pairs(value)]


def _write_zone(zone: Any) -> Any:
    if zone is None:
        return None
    if type(zone) is not datetime.timezone:
        raise NotPlain("a time zone of its own class")
    return zone.utcoffset(None).total_seconds()


def _write_datetime(_: Writer, value: datetime.datetime) -> list:
    parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
    return ["m", *parts, _write_zone(value.tzinfo), value.fold]


def _write_time(_: Writer, value: datetime.time) -> list:
    return ["j", value.hour, value.minute, value.second, value.microsecond, _write_zone(value.tzinfo)]


def _view_writer(name: str) -> Callable[[Writer, Any], list]:
    return lambda writer, value: ["v", name, *writer.items(list(value))]


_WRITERS: dict[type, Callable[[Writer, Any], list]] = {
    list: lambda writer, value: ["l", *writer.items(value)],
    tuple: lambda writer, value: ["t", *writer.items(value)],
    dict: lambda writer, value: ["d", *writer.pairs(value)],
    set: lambda writer, value: ["s", *writer.items(value)],
    frozenset: lambda writer, value: ["f", *writer.items(value)],
    bytes: lambda _, value: ["b", value.decode("latin-1")],
    bytearray: lambda _, value: ["a", value.decode("latin-1")],
    complex: lambda _, value: ["c", value.real, value.imag],
    range: lambda writer, value: ["x", *map(writer.write, (value.start, value.stop, value.step))],
    slice: lambda writer, value: ["z", *map(writer.write, (value.start, value.stop, value.step))],
    type: _write_named_type,
    type(Ellipsis): lambda _, value: ["k", "Ellipsis"],
    type(NotImplemented): lambda _, value: ["k", "NotImplemented"],
    collections.deque: lambda writer, value: ["q", value.maxlen, *writer.items(value)],
    collections.Counter: lambda writer, value: ["C", *writer.pairs(value)],
    collections.OrderedDict: lambda writer, value: ["O", *writer.pairs(value)],
    collections.defaultdict: _write_factory,
    decimal.Decimal: lambda _, value: ["e", str(value)],
    fractions.Fraction: lambda _, value: ["g", hex(value.numerator), hex(value.denominator)],
    datetime.timedelta: lambda _, value: ["n", value.days, value.seconds, value.microseconds],
    datetime.date: lambda _, value: ["o", value.year, value.month, value.day],
    datetime.time: _write_time,
    datetime.datetime: _write_datetime,
    datetime.timezone: lambda _, value: ["w", value.utcoffset(None).total_seconds()],
    pathlib.PosixPath: lambda _, value: ["p", str(value)],
    pathlib.PurePosixPath: lambda _, value: ["P", str(value)],
    uuid.UUID: lambda _, value: ["u", value.hex],
    **{view: _view_writer(name) for view, name in _VIEWS.items()},
}
_MUTABLE = frozenset(
    (list, dict, set, bytearray, collections.deque, collections.Counter)
    + (collections.OrderedDict, collections.defaultdict)
)
_TAGS = {
    list: "l",
    dict: "d",
    set: "s",
    bytearray: "a",
    collections.deque: "q",
    collections.Counter: "C",
    collections.OrderedDict: "O",
    collections.defaultdict: "D",
}


def _read_list(reader: Reader, wire: list) -> list:
    value: list = reader.add([])
    value.extend(reader.items(wire, 1))
    return value


def _read_set(reader: Reader, wire: list) -> set:
    value: set = reader.add(set())
    value.update(reader.items(wire, 1))
    return value


def _read_dict(reader: Reader, wire: list, empty: dict | None = None, start: int = 1) -> dict:
    value = reader.add({} if empty is None else empty)
    for key, item in reader.pairs(wire, start):
        dict.__setitem__(value, key, item)
    return value


def _read_ordered(reader: Reader, wire: list) -> dict:
    value: collections.OrderedDict = reader.add(collections.OrderedDict())
    for key, item in reader.pairs(wire, 1):
        value[key] = item
    return value


def _read_factory(reader: Reader, wire: list) -> dict:
    return _read_dict(reader, wire, collections.defaultdict(NAMED_TYPES.get(wire[1])), 2)


def _read_deque(reader: Reader, wire: list) -> collections.deque:
    value: collections.deque = reader.add(collections.deque(maxlen=wire[1]))
    value.extend(reader.items(wire, 2))
    return value


def _read_view(reader: Reader, wire: list) -> Any:
    items = reader.items(wire, 2)
    if wire[1] == "values":
        return dict(enumerate(items)).values()
    return dict.fromkeys(items).keys() if wire[1] == "keys" else dict(items).items()


def _read_zone(seconds: Any) -> datetime.timezone | None:
    return None if seconds is None else datetime.timezone(datetime.timedelta(seconds=seconds))


def _read_reference(reader: Reader, wire: list) -> Any:
    if type(wire[1]) is not int or not 0 <= wire[1] < len(reader.objects):
        raise ProtocolError("a reference to nothing")
    return reader.objects[wire[1]]


def _read_datetime(_: Reader, wire: list) -> datetime.datetime:
    year, month, day, hour, minute, second, microsecond, zone, fold = wire[1:]
    return datetime.datetime(year, month, day, hour, minute, second, microsecond, _read_zone(zone), fold=fold)


_READERS: dict[str, Callable[[Reader, list], Any]] = {
    "i": lambda _, wire: int(wire[1], 16),
    "r": _read_reference,
    "l": _read_list,
    "t": lambda reader, wire: tuple(reader.items(wire, 1)),
    "d": _read_dict,
    "s": _read_set,
    "f": lambda reader, wire: frozenset(reader.items(wire, 1)),
    "b": lambda reader, wire: reader._bytes(wire),
    "a": lambda reader, wire: reader.add(bytearray(reader._bytes(wire))),
    "c": lambda _, wire: complex(wire[1], wire[2]),
    "x": lambda reader, wire: range(*reader.items(wire, 1)),
    "z": lambda reader, wire: slice(*reader.items(wire, 1)),
    "y": lambda reader, wire: reader.types[wire[1]],
    "k": lambda _, wire: _SINGLES[wire[1]],
    "q": _read_deque,
    "C": lambda reader, wire: _read_dict(reader, wire, collections.Counter()),
    "O": _read_ordered,
    "D": _read_factory,
    "e": lambda _, wire: decimal.Decimal(wire[1]),
    "g": lambda _, wire: fractions.Fraction(int(wire[1], 16), int(wire[2], 16)),
    "n": lambda _, wire: datetime.timedelta(wire[1], wire[2], wire[3]),
    "o": lambda _, wire: datetime.date(wire[1], wire[2], wire[3]),
    "j": lambda _, wire: datetime.time(wire[1], wire[2], wire[3], wire[4], _read_zone(wire[5])),
    "m": _read_datetime,
    "w": lambda _, wire: _read_zone(wire[1]),
    "p": lambda _, wire: pathlib.PosixPath(wire[1]),
    "P": lambda _, wire: pathlib.PurePosixPath(wire[1]),
    "u": lambda _, wire: uuid.UUID(hex=wire[1]),
    "v": _read_view,
}
