"""The candidate's functions, classes and objects, as the tests see them.

A proxy asks the candidate and gets plain values back. What an object of the candidate
never gets is the value that a test expects: it may not decide for itself whether it equals,
exceeds or contains a plain value. So `f(1) == 2` is false for any object that only claims
to equal 2, and `abs(f(1) - 2.5) < 1e-6` fails for one that claims to subtract. Only an
object that the tests made themselves by calling a class by its CapWords name (`Vector(1, 2)
* 3`) takes part in arithmetic with plain values, as do the results of that arithmetic; a
class that poses as the function `f` does not count. What comes of it is an object again, or
a text or a list, never a number, a truth or a set: those are what `result - expected` is.
"""

import datetime
import decimal
import fractions
from collections.abc import Callable
from typing import Any, Protocol

from autotrain.sandbox.inside.value_types import EXCEPTIONS

_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
_UNARY = "neg pos abs invert".split()
_ORDER = "lt le gt ge".split()
_CONVERSIONS = "int float complex index len bool".split()
# What a value of a builtin type would answer; an object that was asked for such a value may not pose as one.
_QUERIES = frozenset(
    "startswith endswith issubset issuperset isdisjoint equals isdigit isalpha isalnum isupper islower isspace istitle "
    "isidentifier isnumeric isdecimal isprintable isascii is_integer".split()
)
# No arithmetic between an object and a plain value gives these: 0, False and the empty set would be a verdict.
_VERDICTS = (int, float, complex, decimal.Decimal, fractions.Fraction, datetime.timedelta, set, frozenset)


class NotSeparable(BaseException):
    """The tests do what cannot cross between two processes; they must run in one."""


class CandidateGone(BaseException):
    """The candidate's process ended in the middle of a call."""


class Handle:
    """A bare reference, for objects that need no proxy."""

    def __init__(self, number: int) -> None:
        self._number = number


class Asker(Protocol):
    """The part of a Peer that proxies use."""

    def ask(self, operation: str, name: str, *arguments: Any, **named: Any) -> Any: ...
    def may_be_ended(self, error: BaseException, trace: Any) -> bool: ...
    def _ask(self, operation: str, name: str, arguments: tuple, named: dict, made: bool) -> Any: ...


class RemoteType(type):
    """The class of proxy classes: calling one makes an object in the candidate."""

    _peer: Asker
    _class_number: int
    _ancestors: tuple
    _makes: bool

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        return cls._peer._ask("call", "", (cls, *arguments), named, cls._makes)

    def __instancecheck__(cls, instance: Any) -> bool:
        kind = type(instance)
        remote = vars(kind).get("_remote")
        kind = type(remote) if remote is not None else kind
        return cls._class_number in getattr(kind, "_ancestors", ())

    def __subclasscheck__(cls, other: Any) -> bool:
        return cls._class_number in getattr(other, "_ancestors", ())

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") and name not in ("__annotations__", "__dataclass_fields__", "__members__"):
            raise AttributeError(name)
        return cls._peer.ask("get", name, cls)

    def __setattr__(cls, name: str, value: Any) -> None:
        cls._peer.ask("set", name, cls, value)

    def __iter__(cls) -> Any:
        return iter(cls._peer.ask("operate", "iter", cls))

    def __len__(cls) -> int:
        return cls._peer.ask("operate", "len", cls)

    def __bool__(cls) -> bool:
        return True

    def __getitem__(cls, key: Any) -> Any:
        return cls._peer.ask("operate", "getitem", cls, key)

    def __contains__(cls, item: Any) -> bool:
        return _is_remote(item) and cls._peer.ask("operate", "contains", cls, item) is True


def proxy_class(
    peer: Asker, number: int, name: str, dunders: list, methods: list, ancestors: list, documentation: Any
) -> type:
    body: dict[str, Any] = {
        "__slots__": ("_number", "_made", "__weakref__"),
        "__doc__": documentation if isinstance(documentation, str) else None,
        "__getattr__": _get_attribute,
        "__setattr__": lambda self, name, value: peer.ask("set", name, self, value),
        "__delattr__": lambda self, name: peer.ask("delete", name, self),
        "__repr__": lambda self: _text(peer, "repr", self),
        "__str__": lambda self: _text(peer, "str", self),
        "__format__": lambda self, how: _text(peer, "format", self, how),
        "__hash__": lambda self: _whole(peer.ask("operate", "hash", self)),
        "__dir__": lambda self: peer.ask("operate", "dir", self),
        "__copy__": lambda self: peer._ask("copy", "shallow", (self,), {}, self._made),
        "__deepcopy__": lambda self, _: peer._ask("copy", "deep", (self,), {}, self._made),
        "__reduce_ex__": _refuse_pickle,
        "__eq__": _equals,
        "__ne__": lambda self, other: not _equals(self, other),
        "_methods": frozenset(method for method in methods if type(method) is str),
    }
    for dunder in dunders:
        method = _DUNDER_METHODS.get(dunder)
        if method is not None:
            body[dunder] = method
    kind = type.__new__(RemoteType, name, (), body)
    for key, value in (("_peer", peer), ("_class_number", number), ("_ancestors", tuple(ancestors)), ("_makes", False)):
        type.__setattr__(kind, key, value)
    return kind


set_attribute = object.__setattr__


def _is_remote(value: Any) -> bool:
    return isinstance(type(value), RemoteType)


def number_of(value: Any) -> int | None:
    kind = type(value)
    if isinstance(kind, RemoteType) or kind is Handle:
        return value._number
    if kind is RemoteType:
        return value._class_number
    remote = vars(kind).get("_remote")
    return None if remote is None else remote._number


def _get_attribute(self: Any, name: str) -> Any:
    if name.startswith("__") and name not in ("__name__", "__doc__", "__dict__", "__wrapped__", "__annotations__"):
        raise AttributeError(name)
    kind = type(self)
    if name in kind._methods:
        if name in _QUERIES and not self._made:
            raise TypeError(f"a returned object may not answer {name} for itself")
        peer = kind._peer
        return lambda *arguments, **named: peer.ask("method", name, self, *arguments, **named)
    return kind._peer.ask("get", name, self)


def _equals(self: Any, other: Any) -> bool:
    peer = type(self)._peer
    if _is_remote(other):
        return self is other or peer.ask("operate", "eq", self, other) is True
    found, content = peer.ask("plain", "", self)
    return found is True and type(content) in (list, dict, set, frozenset, bytearray) and bool(content == other)


def _refuse_pickle(self: Any, _: int) -> Any:
    # Not a reason for one process: whether a value is an object is the candidate's choice.
    raise TypeError("an object of the program cannot be pickled")


def _text(peer: Asker, operation: str, *arguments: Any) -> str:
    text = peer.ask("operate", operation, *arguments)
    if type(text) is not str:
        raise TypeError(f"{operation} gave no string")
    return text


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("an integer is needed")
    return value


def _may_take(self: Any, other: Any) -> None:
    if not self._made and not _is_remote(other):
        raise TypeError(f"a returned {type(self).__name__} object may not decide about a plain value")


def _binary(name: str, reverse: bool = False, order: bool = False) -> Callable[[Any, Any], Any]:
    remote_name = {"and": "and_", "or": "or_"}.get(name, name)

    def method(self: Any, other: Any) -> Any:
        _may_take(self, other)
        if order and not _is_remote(other):
            raise TypeError(f"a {type(self).__name__} object may not decide about a plain value")
        arguments = (other, self) if reverse else (self, other)
        result = type(self)._peer._ask("operate", remote_name, arguments, {}, self._made)
        if isinstance(result, _VERDICTS) and not _is_remote(other):
            raise TypeError(f"a {type(self).__name__} object may not decide about a plain value")
        return result

    return method


def _unary(operation: str) -> Callable[..., Any]:
    return lambda self, *rest: type(self)._peer._ask("operate", operation, (self, *rest), {}, self._made)


def _contains(self: Any, item: Any) -> bool:
    if self._made or _is_remote(item):
        return type(self)._peer.ask("operate", "contains", self, item) is True
    return any(item == own for own in self)


def _exit(self: Any, kind: Any, error: Any, trace: Any) -> bool:
    if isinstance(error, (NotSeparable, CandidateGone)):
        return False
    # The error itself stays here: an exception of the tests is none of the candidate's.
    name = EXCEPTIONS.get(kind.__name__) if kind is not None else None
    told = (name, str(error), None) if name is not None else (kind and Exception, kind and str(error), None)
    peer = type(self)._peer
    may_be_ended = error is None or peer.may_be_ended(error, trace)
    try:
        ended = peer.ask("method", "__exit__", self, *told) is True
    except Exception:
        if may_be_ended:
            raise
        return False  # another error in its place would end it, too
    return ended and may_be_ended


async def await_remote(peer: Asker, awaitable: Any) -> Any:
    return peer.ask("await", "", awaitable)


def _conversion(operation: str) -> Callable[[Any], Any]:
    return lambda self: type(self)._peer.ask("operate", operation, self)


_DUNDER_METHODS: dict[str, Callable[..., Any]] = {
    "__call__": lambda self, *arguments, **named: type(self)._peer.ask("call", "", self, *arguments, **named),
    "__iter__": lambda self: type(self)._peer.ask("operate", "iter", self),
    "__next__": lambda self: type(self)._peer.ask("operate", "next", self),
    "__reversed__": lambda self: type(self)._peer.ask("operate", "reversed", self),
    "__getitem__": lambda self, key: type(self)._peer.ask("operate", "getitem", self, key),
    "__setitem__": lambda self, key, value: type(self)._peer.ask("operate", "setitem", self, key, value),
    "__delitem__": lambda self, key: type(self)._peer.ask("operate", "delitem", self, key),
    "__contains__": _contains,
    "__enter__": lambda self: type(self)._peer._ask("method", "__enter__", (self,), {}, self._made),
    "__exit__": _exit,
    "__await__": lambda self: await_remote(type(self)._peer, self).__await__(),
    "__round__": _unary("round"),
    "__divmod__": _binary("divmod"),
    **{f"__{name}__": _unary(name) for name in _UNARY},
    **{f"__{name}__": _binary(name) for name in _BINARY},
    **{f"__r{name}__": _binary(name, reverse=True) for name in _BINARY},
    **{f"__i{name}__": _binary(f"i{name}") for name in ("add", "sub", "mul")},
    **{f"__{name}__": _binary(name, order=True) for name in _ORDER},
    **{f"__{name}__": _conversion(name) for name in _CONVERSIONS},
}


def _shadow_attribute(self: Any, name: str) -> Any:
    return getattr(type(self)._remote, name)


SHADOW_METHODS = {
    "__getattr__": _shadow_attribute,
    "__repr__": lambda self: repr(type(self)._remote),
    "__str__": lambda self: str(type(self)._remote),
}
