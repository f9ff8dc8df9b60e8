"""The candidate's process: runs the generated code, then answers the checker's calls.

It holds no test, no expected value and no way to a verdict; all that it can do is answer a
call with a value, and the checker judges the value. Everything in this process is untrusted
from the moment the code starts.
"""

import asyncio
import contextlib
import copy
import functools
import importlib
import io
import linecache
import operator
import os
import sys
import types
import typing
from collections.abc import Callable
from typing import Any

from autotrain.sandbox.inside import forks, pipe_locks
from autotrain.sandbox.inside.channel import Channel, Closed
from autotrain.sandbox.inside.value_types import BUILTIN_TYPES, EXCEPTIONS
from autotrain.sandbox.inside.wire import Reader, Writer, dumps

MODULE = "solution"
_FILE = f"{MODULE}.py"
_code_shown = [""]  # in a traceback; what is made here is not made in each program
_SHOWN = (lambda: _code_shown[0],)

# Special methods that a proxy of an object shows, where the object's class has them.
DUNDERS = (
    "__call__ __iter__ __next__ __len__ __bool__ __getitem__ __setitem__ __delitem__ __contains__ __reversed__ "
    "__enter__ __exit__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __hash__ __add__ __radd__ __iadd__ __sub__ __rsub__ "
    "__isub__ __mul__ __rmul__ __imul__ __truediv__ __rtruediv__ __floordiv__ __rfloordiv__ __mod__ __rmod__ __pow__ "
    "__rpow__ __matmul__ __rmatmul__ __and__ __rand__ __or__ __ror__ __xor__ __rxor__ __lshift__ __rshift__ __neg__ "
    "__pos__ __abs__ __invert__ __int__ __float__ __complex__ __index__ __round__ __floor__ __ceil__ __trunc__ "
    "__divmod__ __await__ __aiter__ __anext__ __aenter__ __aexit__"
).split()

_OPERATIONS: dict[str, Callable[..., Any]] = {
    name: getattr(operator, name)
    for name in (
        "eq ne lt le gt ge add sub mul truediv floordiv mod pow matmul and_ or_ xor lshift rshift neg pos abs invert "
        "iadd isub imul contains getitem setitem delitem index"
    ).split()
} | {
    function.__name__: function
    for function in (iter, next, len, bool, str, repr, hash, int, float, complex, round, divmod, reversed, dir, format)
}


lacks_shared_memory = False  # set by the slot's server


def new_module() -> types.ModuleType:
    """The module that generated code runs as, still empty. A slot's server makes one that every program gets."""
    module = types.ModuleType(MODULE)
    module.__file__ = _FILE
    return module


def load(code: str, space: types.ModuleType) -> None:
    """Run the generated code as the module `solution`. Whatever it raises rises."""
    sys.modules[MODULE] = space
    sys.argv = [_FILE]
    sys.path.insert(0, "")
    _code_shown[0] = code
    linecache.cache[_FILE] = _SHOWN  # pyright: ignore[reportArgumentType]
    for word in forks.WORDS:
        if word in code:
            forks.wake()
            break
    if "multiprocessing" in code or "concurrent" in code:
        if lacks_shared_memory:
            pipe_locks.install()
        # A spawned worker imports its parent's module.
        with contextlib.suppress(OSError), open(_FILE, "w", encoding="utf-8") as stream:
            stream.write(code)
    exec(compile(code, _FILE, "exec", dont_inherit=True), space.__dict__)


def serve(code: str, descriptor: int, processor: int) -> None:
    """Load the code, tell the checker what it defines, and answer until the checker is done."""
    space = new_module()
    candidate = _Candidate(space, Channel(descriptor))
    try:
        load(code, space)
        hello = ["hello", [name for name in vars(space) if not name.startswith("__")], None]
    except BaseException as error:
        hello = ["hello", [], describe_error(error)]
    with contextlib.suppress(Closed):
        share_processor(processor)
        candidate.channel.send(hello)
        while True:
            candidate.channel.send(candidate.answer(candidate.channel.receive()))


def share_processor(processor: int) -> None:
    """From here on the two sides take strict turns: a call costs 5 us on one processor, 90 us across two."""
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {processor})


def describe_error(error: BaseException) -> str:
    """`Kind: message (line n)` of an error in the generated code, on one line."""
    line = None
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} (line {error.lineno})"
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == f"{MODULE}.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        text = str(error)
    except BaseException:
        text = "(its text cannot be made)"
    where = f" (line {line})" if line else ""
    return f"{type(error).__name__}: {text[:500]}{where}" if text else f"{type(error).__name__}{where}"


class _Candidate:
    def __init__(self, space: types.ModuleType, channel: Channel) -> None:
        self.channel = channel
        self._space = space
        self._handles: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._described: set[int] = set()
        self._known: dict[int, list] = {}  # functions of libraries that came by name
        self._loop: asyncio.AbstractEventLoop | None = None

    def answer(self, message: list) -> list:
        """Do what a call asks for. Arguments that were changed in place go back with the result."""
        _, operation, name, wire, keywords, mirror = message
        reader = Reader(self._read_foreign)
        writer = Writer(self._write_foreign)
        arguments, named, given = [], {}, 0
        output = io.StringIO() if mirror else None
        try:
            arguments = [reader.read(item) for item in wire]
            named = {key: reader.read(item) for key, item in keywords}
            given = len(reader.objects)
            writer = Writer(self._write_foreign, reader.objects)
            with contextlib.redirect_stdout(output) if output else contextlib.nullcontext():
                result = self._do(operation, name, arguments, named)
            answer = ["ok", writer.write(result)]
        except BaseException as error:
            if isinstance(error, Closed):
                raise
            answer = self._write_error(error, writer)
        text = output.getvalue() if output else None
        return [*answer, self._changes(wire, keywords, arguments, named, writer, given), text]

    def _do(self, operation: str, name: str, arguments: list, named: dict) -> Any:
        if operation == "call":
            return arguments[0](*arguments[1:], **named)
        if operation == "method":
            return getattr(arguments[0], name)(*arguments[1:], **named)
        if operation == "name":
            return vars(self._space)[name]
        if operation == "get":
            return getattr(arguments[0], name)
        if operation == "set":
            return setattr(arguments[0], name, arguments[1])
        if operation == "delete":
            return delattr(arguments[0], name)
        if operation == "operate":
            return _OPERATIONS[name](*arguments, **named)
        if operation == "await":
            return self._await(arguments[0])
        if operation == "copy":
            return copy.deepcopy(arguments[0]) if name == "deep" else copy.copy(arguments[0])
        if operation == "plain":
            return _plain_view(arguments[0])
        raise ValueError(operation)

    def _await(self, awaitable: Any) -> Any:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)

        async def wait() -> Any:
            return await awaitable

        return self._loop.run_until_complete(wait())

    def _changes(
        self, wire: list, keywords: list, arguments: list, named: dict, writer: Writer, given: int
    ) -> list | None:
        """The content of every mutable argument, where the call changed any of them."""
        if not given:
            return None
        again = Writer(self._write_foreign)
        now = [[again.write(item) for item in arguments], [[key, again.write(item)] for key, item in named.items()]]
        if dumps(now) == dumps([wire, keywords]):
            return None
        return [[number, writer.write_content(writer.objects[number])] for number in range(given)]

    def _write_foreign(self, value: Any, writer: Writer) -> list:
        """An object that is no plain value: a handle, with what its proxy needs to know."""
        kind = type(value)
        if kind is _CheckerFunction:
            return ["theirs", value._number, value.__name__]
        if id(value) in self._known:
            return self._known[id(value)]
        if kind is types.ModuleType:
            return ["module", value.__name__]
        if isinstance(value, type):
            return self._write_class(value)
        name = getattr(value, "_name", None) if kind.__module__ == "typing" else None
        if isinstance(name, str) and getattr(typing, name, None) is value:
            return ["typing", name]
        handle = ["handle", self._handle(value), *self._write_class(kind)[1:]]
        if kind is types.CoroutineType:
            return ["coroutine", handle[1]]
        for base in (int, float, str, bytes, tuple):
            if isinstance(value, base):
                fields = getattr(kind, "_fields", None) if base is tuple else None
                return ["shadow", handle, base.__name__, writer.write(_base_value(base, value)), fields]
        return handle

    def _write_class(self, kind: type) -> list:
        number = self._handle(kind)
        if number in self._described:
            return ["class", number, None]
        self._described.add(number)
        if issubclass(kind, BaseException):
            bases = [
                ["y", base.__name__] if EXCEPTIONS.get(base.__name__) is base else self._write_class(base)
                for base in kind.__bases__
                if issubclass(base, BaseException)
            ]
            return ["class", number, [kind.__name__, "exception", bases, kind.__doc__]]
        dunders = [name for name in DUNDERS if getattr(kind, name, None) is not getattr(object, name, None)]
        methods = [
            name
            for ancestor in kind.__mro__[:-1]
            for name, member in vars(ancestor).items()
            if isinstance(member, (types.FunctionType, types.MethodDescriptorType, functools.partialmethod))
            and not name.startswith("__")
        ]
        bases = [self._handle(ancestor) for ancestor in kind.__mro__[:-1]]
        return ["class", number, [kind.__name__, dunders, methods, bases, kind.__doc__]]

    def _handle(self, value: Any) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._handles)
            self._handles.append(value)
        return number

    def _write_error(self, error: BaseException, writer: Writer) -> list:
        kind = ["y", type(error).__name__]
        if EXCEPTIONS.get(type(error).__name__) is not type(error):
            kind = self._write_class(type(error))
        arguments, attributes = [], []
        for item in getattr(error, "args", ()):
            with contextlib.suppress(BaseException):
                arguments.append(writer.write(item))
        for name, item in list(getattr(error, "__dict__", {}).items()):
            if type(name) is str and type(item) in BUILTIN_TYPES.values():
                with contextlib.suppress(BaseException):
                    attributes.append([name, writer.write(item)])
        return ["raise", [kind, arguments, attributes, describe_error(error)]]

    def _read_foreign(self, wire: list, reader: Reader) -> Any:
        if wire[0] == "handle":
            return self._handles[wire[1]]
        if wire[0] == "theirs":
            return _CheckerFunction(self, wire[1], wire[2])
        if wire[0] == "module":
            return importlib.import_module(wire[1])
        if wire[0] == "global":
            value = operator.attrgetter(wire[2])(importlib.import_module(wire[1]))
            if not isinstance(value, type):
                self._known[id(value)] = ["known", wire[1], wire[2]]
            return value
        if wire[0] == "typing":
            return getattr(typing, wire[1])
        if wire[0] == "error":
            return reader.read(wire[1])(*reader.read(wire[2]))
        raise ValueError(wire[0])

    def call_checker(self, number: int, operation: str, arguments: tuple, named: dict) -> Any:
        """Use a function or an iterator of the tests, which was an argument of a call."""
        writer = Writer(self._write_foreign)
        wire = [writer.write(item) for item in arguments]
        keywords = [[key, writer.write(item)] for key, item in named.items()]
        answer = self.channel.ask(["call", operation, number, wire, keywords], self.answer)
        reader = Reader(self._read_foreign, writer.objects)
        if answer[0] == "ok":
            result = reader.read(answer[1])
            for index, content in answer[2] or ():
                reader.read_into(writer.objects[index], content)
            return result
        raise EXCEPTIONS.get(answer[1], Exception)(*[reader.read(item) for item in answer[2]])


class _CheckerFunction:
    """A function or an iterator of the tests, as the candidate sees it."""

    def __init__(self, candidate: _Candidate, number: int, name: str) -> None:
        self._candidate, self._number, self.__name__ = candidate, number, name

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._candidate.call_checker(self._number, "call", arguments, named)

    def __iter__(self) -> "_CheckerFunction":
        return self

    def __next__(self) -> Any:
        return self._candidate.call_checker(self._number, "next", (), {})


def _base_value(base: type, value: Any) -> Any:
    """The builtin value inside an instance of a subclass, whatever that subclass overrides."""
    if base is tuple:
        return tuple.__getitem__(value, slice(None))
    if base is bytes:
        return bytes(memoryview(value))
    return {int: int.__int__, float: float.__float__, str: str.__str__}[base](value)


def _plain_view(value: Any) -> Any:
    """(True, content) of an instance of a subclass of a builtin container, else (False, None)."""
    if isinstance(value, dict):
        return True, dict(dict.items(value))
    for base in (list, set, frozenset, bytearray):
        if isinstance(value, base):
            return True, base(base.__iter__(value))  # pyright: ignore[reportArgumentType]
    return False, None
