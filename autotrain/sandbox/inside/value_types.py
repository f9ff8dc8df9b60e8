"""The types that cross between candidate and checker by name."""

import builtins
import collections
import datetime
import decimal
import fractions
import pathlib
import uuid

BUILTIN_TYPES: dict[str, type] = {
    kind.__name__: kind
    for kind in (int, float, str, bool, list, tuple, dict, set, frozenset, bytes, bytearray, complex, object, type)
    + (range, type(None), slice, memoryview)
}
EXCEPTIONS: dict[str, type[BaseException]] = {
    name: kind for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
}
VALUE_TYPES: dict[str, type] = {
    "Counter": collections.Counter,
    "OrderedDict": collections.OrderedDict,
    "defaultdict": collections.defaultdict,
    "deque": collections.deque,
    "Decimal": decimal.Decimal,
    "Fraction": fractions.Fraction,
    "date": datetime.date,
    "time": datetime.time,
    "datetime": datetime.datetime,
    "timedelta": datetime.timedelta,
    "timezone": datetime.timezone,
    "Path": pathlib.PosixPath,
    "PurePath": pathlib.PurePosixPath,
    "UUID": uuid.UUID,
}
NAMED_TYPES: dict[str, type] = {**VALUE_TYPES, **EXCEPTIONS, **BUILTIN_TYPES}
TYPE_NAMES = {kind: name for name, kind in NAMED_TYPES.items()}
