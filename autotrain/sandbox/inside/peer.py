"""The candidate, seen from the checker: calls go out, plain values and proxies come in."""

import contextlib
import functools
import importlib
import operator
import sys
import types
import typing
from typing import Any

from autotrain.sandbox.inside.channel import Channel, Closed
from autotrain.sandbox.inside.proxies import (
    SHADOW_METHODS,
    CandidateGone,
    Handle,
    NotSeparable,
    RemoteType,
    await_remote,
    number_of,
    proxy_class,
    set_attribute,
)
from autotrain.sandbox.inside.value_types import EXCEPTIONS
from autotrain.sandbox.inside.wire import NotPlain, ProtocolError, Reader, Writer

# Modules that the tests get by name when the candidate imported them: the checker's own, never the candidate's.
SHARED_MODULES = frozenset(
    "math cmath random re json collections itertools functools string datetime decimal fractions statistics typing "
    "heapq bisect operator copy time os sys io enum dataclasses textwrap hashlib base64 struct uuid".split()
)


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
        if type(value) is RemoteType and name.lstrip("_")[:1].isupper():
            type.__setattr__(value, "_makes", True)
        return value

    # Values that leave: plain ones by the writer, these by reference.

    def _write_foreign(self, value: Any, _: Writer) -> list:
        number = number_of(value)
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
            return await_remote(self, Handle(wire[1]))
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
            set_attribute(known, "_number", number)
            set_attribute(known, "_made", made)
        return known

    def _class(self, wire: list) -> type:
        _, number, description = wire
        kind = self._classes.get(number)
        if kind is None:
            if description[1] == "exception":
                name, _, parents, documentation = description
                bases = tuple(self._exception_class(item) for item in parents) or (Exception,)
                kind = type(str(name), bases, {"__doc__": documentation})
            else:
                name, dunders, methods, ancestors, documentation = description
                kind = proxy_class(self, number, str(name), dunders, methods, ancestors, documentation)
            self._classes[number] = kind
        return kind

    def _exception_class(self, wire: list) -> type[BaseException]:
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
            kind = type(type(remote).__name__, (base,), {**SHADOW_METHODS, "_remote": remote})
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


def _make_error(kind: type[BaseException], values: list, description: str) -> BaseException:
    try:
        return kind(*values)
    except Exception:  # UnicodeDecodeError and its like insist on their own arguments
        return Exception(description)


_CALLABLES = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType)
_CALLABLES += (type(operator.itemgetter(0)), type(operator.attrgetter("a")), type(operator.methodcaller("a")))
_CALLABLES += (functools.partial,)
_ITERATORS = frozenset(
    type(item)
    for item in (
        iter([]), iter(()), iter({}), iter(set()), iter(""), iter(b""), iter(range(0)), iter(range(1 << 70)),
        reversed([]), zip(), map(len, ()), filter(None, ()), enumerate(()), (item for item in ()),
    )
)  # fmt: skip
