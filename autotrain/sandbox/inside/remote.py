"""The candidate's functions, classes and objects, as the tests see them.

A proxy asks the candidate and gets plain values back. What an object of the candidate
never gets is the value that a test expects: it may not decide for itself whether it equals,
exceeds or contains a plain value. So `f(1) == 2` is false for any object that only claims
to equal 2, and `abs(f(1) - 2.5) < 1e-6` fails for one that claims to subtract. Only an
object that the tests made themselves by calling a class by its CapWords name (`Vector(1, 2)
* 3`) takes part in arithmetic with plain values, as do the results of that arithmetic; a
class that poses as the function `f` does not count.
"""

import contextlib
import importlib
import operator
import sys
import types
import typing
from collections.abc import Callable
from typing import Any

from autotrain.sandbox.inside.channel import Channel, Closed
from autotrain.sandbox.inside.wire import EXCEPTIONS, NotPlain, ProtocolError, Reader, Writer

# Modules that the tests get by name when the candidate imported them: the checker's own, never the candidate's.
SHARED_MODULES = frozenset(
    "math cmath random re json collections itertools functools string datetime decimal fractions statistics typing "
    "heapq bisect operator copy time os sys io enum dataclasses textwrap hashlib base64 struct uuid".split()
)

_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
_UNARY = "neg pos abs invert".split()
_ORDER = "lt le gt ge".split()
_CONVERSIONS = {"int": "int", "float": "float", "complex": "complex", "index": "index", "len": "len", "bool": "bool"}
_QUERIES = frozenset("startswith endswith issubset issuperset isdisjoint equals".split())


class NotSeparable(BaseException):
    """The tests do what cannot cross between two processes; they must run in one."""


class CandidateGone(BaseException):
    """The candidate's process ended in the middle of a call."""


class Peer:
    """The candidate, seen from the checker: calls out, values in, proxies for the rest."""

    def __init__(self, channel: Channel, mirror: bool) -> None:
        self._channel = channel
        self._mirror = mirror
        self._classes: dict[int, type] = {}
        self._objects: dict[int, Any] = {}
        self._lent: list[Any] = []

    def ask(self, operation: str, name: str, *arguments: Any, **named: Any) -> Any:
        return self._ask(operation, name, arguments, named, False)

    def _ask(self, operation: str, name: str, arguments: tuple, named: dict, made: bool) -> Any:
        writer = Writer(self._write_foreign)
        try:
            wire = [writer.write(item) for item in arguments]
            keywords = [[key, writer.write(item)] for key, item in named.items()] if named else []
        except (NotPlain, RecursionError) as error:
            raise NotSeparable(str(error)) from None
        try:
            answer = self._channel.ask(["call", operation, name, wire, keywords, self._mirror], self._serve)
        except Closed:
            raise CandidateGone from None
        given = len(writer.objects)
        try:
            reader = Reader(self._read_made if made else self._read_foreign, writer.objects)
            if answer[0] == "ok":
                result, error = reader.read(answer[1]), None
            else:
                result, error = None, self._read_error(answer[1], reader)
            for number, content in answer[2] or ():
                if not 0 <= number < given:
                    raise ProtocolError("a change to nothing")
                reader.read_into(writer.objects[number], content)
        except ProtocolError:
            raise
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError) as problem:
            raise ProtocolError(f"{type(problem).__name__} in an answer") from None
        if self._mirror and answer[3]:
            sys.stdout.write(str(answer[3]))
        if error is not None:
            raise error from None
        return result

    def name(self, name: str) -> Any:
        """What the candidate defines under a name that the tests use."""
        value = self.ask("name", name)
        if type(value) is _RemoteType and name.lstrip("_")[:1].isupper():
            type.__setattr__(value, "_makes", True)
        return value

    # Values that leave: plain ones by the writer, these by reference.

    def _write_foreign(self, value: Any, _: Writer) -> list:
        number = _number_of(value)
        if number is not None:
            return ["handle", number]
        kind = type(value)
        if isinstance(value, _CALLABLES) or kind in _ITERATORS:
            self._lent.append(value)
            return ["theirs", len(self._lent) - 1, getattr(value, "__name__", "function")]
        raise NotPlain(f"a {kind.__name__} cannot cross to another process")

    def _serve(self, message: list) -> list:
        """Answer the candidate, which calls a function or an iterator of the tests."""
        _, operation, number, wire, keywords = message
        if type(number) is not int or not 0 <= number < len(self._lent):
            raise ProtocolError("a call to nothing")
        reader = Reader(self._read_foreign)
        arguments = [reader.read(item) for item in wire]
        named = {str(key): reader.read(item) for key, item in keywords}
        given = len(reader.objects)
        writer = Writer(self._write_foreign, reader.objects)
        target = self._lent[number]
        try:
            result = next(target) if operation == "next" else target(*arguments, **named)
            answer = ["ok", writer.write(result)]
        except Exception as error:
            name = type(error).__name__ if EXCEPTIONS.get(type(error).__name__) is type(error) else "Exception"
            return ["raise", name, [str(item) for item in error.args]]
        return [*answer, [[index, writer.write_content(writer.objects[index])] for index in range(given)]]

    # Values that arrive.

    def _read_made(self, wire: list, reader: Reader) -> Any:
        return self._read_foreign(wire, reader, made=True)

    def _read_foreign(self, wire: list, reader: Reader, made: bool = False) -> Any:
        tag = wire[0] if wire else None
        if tag == "handle":
            return self._object(wire, made)
        if tag == "class":
            return self._class(wire)
        if tag == "theirs":
            return self._lent[wire[1]]
        if tag == "shadow":
            return self._shadow(wire, reader)
        if tag == "coroutine":
            return _await_remote(self, _Handle(wire[1]))
        if tag == "typing" and type(wire[1]) is str and wire[1] in typing.__all__:
            return getattr(typing, wire[1])
        if tag == "module":
            if wire[1] in SHARED_MODULES:
                return importlib.import_module(wire[1])
            return types.ModuleType(str(wire[1]))
        raise ProtocolError(f"an unknown tag {tag!r:.40}")

    def _object(self, wire: list, made: bool) -> Any:
        number = wire[1]
        kind = self._class(["class", *wire[2:]])
        known = self._objects.get(number)
        if known is None:
            known = self._objects[number] = object.__new__(kind)
            _set(known, "_number", number)
            _set(known, "_made", made)
        return known

    def _class(self, wire: list) -> type:
        _, number, description = wire
        kind = self._classes.get(number)
        if kind is None:
            name, dunders, methods, bases, documentation = (*description, None)[:5]
            if dunders == "exception":
                parents = tuple(self._exception_class(item) for item in methods) or (Exception,)
                kind = type(str(name), parents, {"__doc__": bases})
            else:
                kind = _proxy_class(self, number, str(name), dunders, methods, bases, documentation)
            self._classes[number] = kind
        return kind

    def _exception_class(self, wire: list) -> type:
        kind = EXCEPTIONS[wire[1]] if wire[0] == "y" else self._class(wire)
        if not issubclass(kind, BaseException):
            raise ProtocolError("an exception that is none")
        return kind

    def _shadow(self, wire: list, reader: Reader) -> Any:
        """An instance of a subclass of int, str, tuple…: the base's genuine value, the rest by handle."""
        _, handle, base_name, value, _ = wire
        base = {"int": int, "float": float, "str": str, "bytes": bytes, "tuple": tuple}[base_name]
        plain = reader.read(value)
        if type(plain) is not base:
            raise ProtocolError("a shadow of another type")
        remote = self._object(handle, False)
        known = self._objects.get(-1 - handle[1])
        if known is None:
            kind = type(type(remote).__name__, (base,), {**_SHADOW_METHODS, "_remote": remote})
            known = self._objects[-1 - handle[1]] = kind(plain)
        return known

    def _read_error(self, wire: list, reader: Reader) -> BaseException:
        kind_wire, arguments, attributes, description = wire
        kind = self._exception_class(kind_wire)
        values = [reader.read(item) for item in arguments]
        error = _make_error(kind, values, str(description))
        for name, value in attributes:
            value = reader.read(value)
            with contextlib.suppress(AttributeError, TypeError):
                setattr(error, str(name), value)
        error.raised_by_candidate = str(description)  # pyright: ignore[reportAttributeAccessIssue]
        return error


class _Handle:
    """A bare reference, for objects that need no proxy."""

    def __init__(self, number: int) -> None:
        self._number = number


class _RemoteType(type):
    """The class of proxy classes: calling one makes an object in the candidate."""

    _peer: Peer
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


def _proxy_class(
    peer: Peer, number: int, name: str, dunders: list, methods: list, ancestors: list, documentation: Any
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
    kind = type.__new__(_RemoteType, name, (), body)
    for key, value in (("_peer", peer), ("_class_number", number), ("_ancestors", tuple(ancestors)), ("_makes", False)):
        type.__setattr__(kind, key, value)
    return kind


_set = object.__setattr__


def _is_remote(value: Any) -> bool:
    return isinstance(type(value), _RemoteType)


def _number_of(value: Any) -> int | None:
    kind = type(value)
    if isinstance(kind, _RemoteType) or kind is _Handle:
        return value._number
    if kind is _RemoteType:
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
    raise NotSeparable("an object of the candidate was to be pickled")


def _text(peer: Peer, operation: str, *arguments: Any) -> str:
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
        return type(self)._peer._ask("operate", remote_name, arguments, {}, self._made)

    return method


def _unary(operation: str) -> Callable[..., Any]:
    return lambda self, *rest: type(self)._peer._ask("operate", operation, (self, *rest), {}, self._made)


def _contains(self: Any, item: Any) -> bool:
    if self._made or _is_remote(item):
        return type(self)._peer.ask("operate", "contains", self, item) is True
    return any(item == own for own in self)


def _exit(self: Any, kind: Any, error: Any, trace: Any) -> bool:
    # The error itself stays here: an exception of the tests is none of the candidate's.
    name = EXCEPTIONS.get(kind.__name__) if kind is not None else None
    told = (name, str(error), None) if name is not None else (kind and Exception, kind and str(error), None)
    return type(self)._peer.ask("method", "__exit__", self, *told) is True


async def _await_remote(peer: Peer, awaitable: Any) -> Any:
    return peer.ask("await", "", awaitable)


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
    "__await__": lambda self: _await_remote(type(self)._peer, self).__await__(),
    "__round__": _unary("round"),
    "__divmod__": _binary("divmod"),
    **{f"__{name}__": _unary(name) for name in _UNARY},
    **{f"__{name}__": _binary(name) for name in _BINARY},
    **{f"__r{name}__": _binary(name, reverse=True) for name in _BINARY},
    **{f"__i{name}__": _binary(f"i{name}") for name in ("add", "sub", "mul")},
    **{f"__{name}__": _binary(name, order=True) for name in _ORDER},
    **{
        f"__{name}__": (lambda operation: lambda self: type(self)._peer.ask("operate", operation, self))(operation)
        for name, operation in _CONVERSIONS.items()
    },
}


def _shadow_attribute(self: Any, name: str) -> Any:
    return getattr(type(self)._remote, name)


_SHADOW_METHODS = {
    "__getattr__": _shadow_attribute,
    "__repr__": lambda self: repr(type(self)._remote),
    "__str__": lambda self: str(type(self)._remote),
}


def _make_error(kind: type, values: list, description: str) -> BaseException:
    try:
        error = kind.__new__(kind, *values)
        BaseException.__init__(error, *values) if kind.__init__ is BaseException.__init__ else kind.__init__(
            error, *values
        )
    except Exception:  # UnicodeDecodeError and its like insist on their own arguments
        error = Exception.__new__(Exception, description)
        error.args = (description,)
    return error


_CALLABLES = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType)
_CALLABLES += (type(operator.itemgetter(0)), type(operator.attrgetter("a")), type(operator.methodcaller("a")))
_CALLABLES += (importlib.import_module("functools").partial,)
_ITERATORS = frozenset(
    type(item)
    for item in (
        iter([]), iter(()), iter({}), iter(set()), iter(""), iter(b""), iter(range(0)), iter(range(1 << 70)),
        reversed([]), zip(), map(len, ()), filter(None, ()), enumerate(()), (item for item in ()),
    )
)  # fmt: skip
