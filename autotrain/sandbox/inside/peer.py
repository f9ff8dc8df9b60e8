"""The candidate, seen from the checker: calls go out, plain values and proxies come in."""

import contextlib
import functools
import importlib
import operator
import sys
import types
import typing
from typing import Any

from autotrain.sandbox.inside.candidate import MODULE
from autotrain.sandbox.inside.channel import Channel, Closed
from autotrain.sandbox.inside.control import becomes_runtime_error
from autotrain.sandbox.inside.plan import Plan
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
from autotrain.sandbox.inside.swallowing import Errors
from autotrain.sandbox.inside.value_types import EXCEPTIONS, NAMED_TYPES
from autotrain.sandbox.inside.wire import NotPlain, ProtocolError, Reader, Writer

# Modules that the tests get by name when the candidate imported them: the checker's own, never the candidate's.
SHARED_MODULES = frozenset(
    "math cmath random re json collections itertools functools string datetime decimal fractions statistics typing "
    "heapq bisect operator copy time os sys io enum dataclasses textwrap hashlib base64 struct uuid".split()
)


class Peer:
    """The candidate, seen from the checker: calls out, values in, proxies for the rest."""

    def __init__(self, channel: Channel, plan: Plan) -> None:
        self._channel = channel
        self._mirror = plan.mirrors_output
        self._mentioned = plan.mentioned
        self._plan = plan
        self._errors = Errors(plan.nodes)
        self.may_be_ended = self._errors.may_be_ended
        self._failed_assertion: BaseException | None = None  # in a function of the tests that the candidate called
        self._asked = ""  # the name that is asked for now
        self._classes: dict[int, type] = {}
        self._objects: dict[int, Any] = {}
        self._lent: list[Any] = []
        self._known: dict[tuple[str, str], Any] = {}  # functions of libraries that went out by name

    def ask(self, operation: str, name: str, *arguments: Any, **named: Any) -> Any:
        return self._ask(operation, name, arguments, named, False)

    def _ask(self, operation: str, name: str, arguments: tuple, named: dict, made: bool) -> Any:
        writer = Writer(self._write_foreign)
        try:
            wire = [writer.write(item) for item in arguments]
            keywords = [[key, writer.write(item)] for key, item in named.items()] if named else []
        except NotPlain as error:
            raise NotSeparable(str(error)) from None
        try:
            answer = self._channel.ask(["call", operation, name, wire, keywords, self._mirror], self._serve)
        except Closed:
            raise CandidateGone from None
        given = len(writer.objects)
        try:
            reader = Reader(self._read_made if made else self._read_foreign, writer.objects, _TYPES)
            if answer[0] == "ok":
                result, error = reader.read(answer[1]), None
            else:
                result, error = None, self._read_error(answer[1], reader, operation, name)
            for number, content in answer[2] or ():
                if not 0 <= number < given:
                    raise ProtocolError("a change to nothing")
                reader.read_into(writer.objects[number], content)
            printed = answer[3] if self._mirror else None
        except ProtocolError:
            raise
        except _UNREADABLE as problem:
            raise ProtocolError(f"{type(problem).__name__} in an answer") from None
        if printed:
            sys.stdout.write(str(printed))
        failed, self._failed_assertion = self._failed_assertion, None
        if failed is not None:  # the candidate met it first, and may have kept it to itself
            raise failed
        if error is not None:
            raise error from None
        return result

    def name(self, name: str) -> Any:
        """What the candidate defines under a name that the tests use."""
        self._asked = name
        value = self.ask("name", name)
        self._asked = ""
        if type(value) is RemoteType and name.lstrip("_")[:1].isupper():
            type.__setattr__(value, "_makes", True)
        return value

    # Values that leave: plain ones by the writer, these by reference.

    def _write_foreign(self, value: Any, writer: Writer) -> list:
        number = number_of(value)
        if number is not None:
            return ["handle", number]
        place = _place_in_library(value)
        if place is not None:
            self._known[place] = value
            return ["global", *place]
        if isinstance(value, _CALLABLES) or _is_iterator(type(value)):
            self._lent.append(value)
            return ["theirs", len(self._lent) - 1, getattr(value, "__name__", "function")]
        return self._write_of_either_side(value, writer)

    def _write_of_either_side(self, value: Any, writer: Writer) -> list:
        """What the candidate may have handed over: never a reason for one process, which would be its choice."""
        kind = type(value)
        if kind is types.ModuleType:
            return ["module", value.__name__]
        if isinstance(value, types.CoroutineType) and value.cr_code is await_remote.__code__:
            handle = value.cr_frame and number_of(value.cr_frame.f_locals["awaitable"])
            if handle is not None:
                return ["handle", handle]
            raise TypeError("a coroutine that was awaited cannot go back to the program")
        if isinstance(value, BaseException) and kind.__module__ != "tests":
            return ["error", self._write_class(kind), writer.write(list(value.args))]
        if isinstance(value, type) and value.__module__ != "tests":
            return self._write_class(value)
        name = getattr(value, "_name", None) if kind.__module__ == "typing" else None
        if isinstance(name, str) and getattr(typing, name, None) is value:
            return ["typing", name]
        if isinstance(value, type) or self._plan.makes(kind):
            raise NotPlain(f"a {kind.__name__} cannot cross to another process")
        raise TypeError(f"a {kind.__name__}, which the tests do not name, cannot go to the program")

    def _write_class(self, kind: type) -> list:
        for number, known in self._classes.items():
            if known is kind:
                return ["handle", number]
        if kind in (EXCEPTIONS.get(kind.__name__), _TYPES.get(kind.__name__)):
            return ["y", kind.__name__]
        return ["global", kind.__module__, kind.__qualname__]

    def _serve(self, message: list) -> list:
        """Answer the candidate, which calls a function or an iterator of the tests."""
        reader = Reader(self._read_argument, None, _TYPES)
        try:
            _, operation, number, wire, keywords = message
            if type(number) is not int or not 0 <= number < len(self._lent):
                raise ProtocolError("a call to nothing")
            arguments = [reader.read(item) for item in wire]
            named = {str(key): reader.read(item) for key, item in keywords}
        except _UNREADABLE as problem:
            raise ProtocolError(f"{type(problem).__name__} in a call") from None
        given = len(reader.objects)
        writer = Writer(self._write_foreign, reader.objects)
        target = self._lent[number]
        try:
            result = next(target) if operation == "next" else target(*arguments, **named)
            answer = ["ok", writer.write(result)]
        except Exception as error:
            if self._errors.is_failed_assertion(error):
                self._failed_assertion = self._failed_assertion or error
            name = type(error).__name__ if EXCEPTIONS.get(type(error).__name__) is type(error) else "Exception"
            return ["raise", name, [str(item) for item in error.args]]
        return [*answer, [[index, writer.write_content(writer.objects[index])] for index in range(given)]]

    # Values that arrive.

    def _read_argument(self, wire: list, reader: Reader) -> Any:
        if wire and wire[0] == "module":  # a function of the tests must not be led to a module of the checker's
            return types.ModuleType(str(wire[1]))
        return self._read_foreign(wire, reader)

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
        if tag == "known":
            return self._known[wire[1], wire[2]]
        if tag == "shadow":
            return self._shadow(wire, reader)
        if tag == "coroutine":
            return await_remote(self, Handle(wire[1]))
        if tag == "typing" and type(wire[1]) is str and wire[1] in typing.__all__:
            form = getattr(typing, wire[1])
            if getattr(form, "_name", None) == wire[1]:  # no function: one of them evaluates texts
                return form
        if tag == "module":
            # Where the tests mean it. `settings = sys` would hand them more than they ask for.
            if wire[1] in SHARED_MODULES and (self._plan.says(wire[1]) or self._is_abbreviated(wire[1])):
                return importlib.import_module(wire[1])
            return types.ModuleType(str(wire[1]))
        raise ProtocolError(f"an unknown tag {tag!r:.40}")

    def _is_abbreviated(self, module: str) -> bool:
        """Whether it is asked for by two of its letters, as in `import datetime as dt`."""
        return len(self._asked) == 2 and self._asked[0] == module[0] and self._asked[1] in module

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

    def _read_error(self, wire: list, reader: Reader, operation: str, asked: str) -> BaseException:
        kind_wire, arguments, attributes, description = wire
        kind = self._exception_class(kind_wire)
        values = [reader.read(item) for item in arguments]
        if becomes_runtime_error(kind, operation, asked, self._mentioned):
            kind, values = RuntimeError, [f"the program raised {description}"]
        error = _make_error(kind, values, str(description))
        for name, value in attributes:
            value = reader.read(value)
            if str(name).startswith("__"):
                continue
            with contextlib.suppress(AttributeError, TypeError):
                setattr(error, str(name), value)
        error.raised_by_candidate = str(description)  # pyright: ignore[reportAttributeAccessIssue]
        return error


def _make_error(kind: type[BaseException], values: list, description: str) -> BaseException:
    try:
        return kind(*values)
    except Exception:  # UnicodeDecodeError and its like insist on their own arguments
        return Exception(description)


_UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError)
_CALLABLES = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType)
_CALLABLES += (type(operator.itemgetter(0)), type(operator.attrgetter("a")), type(operator.methodcaller("a")))
_CALLABLES += (functools.partial,)
_METHODS = (types.MethodDescriptorType, types.WrapperDescriptorType)  # str.upper, int.__add__


def _place_in_library(value: Any) -> tuple[str, str] | None:
    """Module and name of a function of a library, or of a method such as `str.upper`.

    The candidate uses its own: lent, one such as `getattr` would reach all that the checker's process holds.
    """
    owner = value.__objclass__ if isinstance(value, _METHODS) else value
    module, name = getattr(owner, "__module__", None), getattr(value, "__qualname__", "")
    functions = (types.FunctionType, types.BuiltinFunctionType, *_METHODS)
    if not isinstance(value, functions) or module in (None, "tests", MODULE):
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return (module, name) if found is value else None


def _is_iterator(kind: type) -> bool:
    """Whether this is one of Python's own iterators. Which one it is can be the candidate's doing."""
    return hasattr(kind, "__next__") and kind.__module__ in ("builtins", "itertools", "collections")


def _stand_in(name: str) -> type[BaseException]:
    return type(name, (Exception,), {"__doc__": "A class of the candidate's that catches none of the tests' errors."})


class _NoMaker(type):
    """A class that equals another and makes no object: what `Node = object` of a candidate gives the tests."""

    _like: type

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls._like

    def __hash__(cls) -> int:
        return hash(cls._like)

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise TypeError(f"the program's {cls.__name__} makes nothing that it could be given")


# `MyError = AssertionError` of a candidate must not make `except MyError` catch the tests' own assertions.
_TYPES = {**NAMED_TYPES, **{name: _stand_in(name) for name in ("AssertionError", "Exception", "BaseException")}}
_TYPES |= {kind.__name__: _NoMaker(kind.__name__, (), {"_like": kind}) for kind in (object, type, memoryview)}
