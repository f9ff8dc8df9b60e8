"""Anything at all from the candidate's end: the checker ends with an error of its own kind, never weak, never stuck."""

import collections
import contextlib
import os
import resource
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from autotrain.sandbox.inside.candidate import DUNDERS
from autotrain.sandbox.inside.channel import Channel, Closed
from autotrain.sandbox.inside.peer import Peer
from autotrain.sandbox.inside.plan import Plan
from autotrain.sandbox.inside.proxies import CandidateGone, NotSeparable
from autotrain.sandbox.inside.value_types import EXCEPTIONS as ERROR_NAMES
from autotrain.sandbox.inside.wire import _READERS, ProtocolError, Reader, Writer, dumps

FEW = settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    database=None,
)
BATCH = settings(FEW, max_examples=500, derandomize=False, phases=(Phase.generate, Phase.shrink))
# Ten thousand cases; hypothesis remembers all of a batch. FUZZ_BATCHES=0:5 runs a part of them.
BATCHES = range(*map(int, os.environ.get("FUZZ_BATCHES", "0:20").split(":")))
MOST_GROWTH_BYTES = 256 << 20


def _refuse(value: Any, _: object) -> Any:
    raise TypeError("foreign")


FOREIGN = ("handle", "class", "theirs", "shadow", "coroutine", "typing", "module", "error", "global", "known", "odd")
TAGS = st.sampled_from([*_READERS, *FOREIGN])
NAMES = st.sampled_from(
    ["", "int", "list", "Exception", "AssertionError", "StopIteration", "exception", "os", "Any", "Own", "keys",
     "__class__", "__eq__", "__exit__", "__next__", "__iter__", "__len__", "append", "y", "1e9", "0x5", "\ud800"]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.integers(), st.floats(), NAMES, st.text(max_size=5)
)
WIRES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.builds(lambda tag, rest: [tag, *rest], TAGS, st.lists(inner, max_size=5)),
        st.builds(
            lambda kind, fields: ["class", *kind, fields], st.tuples(st.integers(0, 3)), st.lists(inner, max_size=5)
        ),
        st.dictionaries(NAMES, inner, max_size=2),
    ),
    max_leaves=6,
)
KEYS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.binary(max_size=3))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(KEYS, st.floats(), st.complex_numbers(), st.decimals(), st.fractions(), st.datetimes(), st.timedeltas()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.lists(inner, max_size=3).map(collections.deque),
        st.dictionaries(KEYS, inner, max_size=3),
        st.sets(KEYS, max_size=3),
        st.dictionaries(KEYS, st.integers(), max_size=3).map(collections.Counter),
    ),
    max_leaves=4,
)
SOUND = VALUES.map(lambda value: Writer(_refuse).write(value))
METHODS = st.lists(st.sampled_from(DUNDERS), max_size=6)
DESCRIPTIONS = st.tuples(NAMES, METHODS, st.lists(NAMES, max_size=3), st.lists(st.integers(0, 3)), SCALARS)
EXCEPTIONS = st.tuples(NAMES, st.just("exception"), st.lists(st.tuples(st.just("y"), NAMES).map(list)), NAMES)
OBJECTS = st.one_of(
    SOUND,
    WIRES,
    st.builds(lambda n, k, d: ["handle", n, k, list(d)], st.integers(0, 3), st.integers(0, 3), DESCRIPTIONS),
    st.builds(lambda n, d: ["class", n, list(d)], st.integers(0, 3), st.one_of(DESCRIPTIONS, EXCEPTIONS)),
    st.builds(lambda h, b, v: ["shadow", h, b, v, None], WIRES, st.sampled_from(["int", "str", "tuple", "odd"]), WIRES),
)
CHANGES = st.one_of(
    st.none(),
    st.none(),
    st.lists(st.tuples(st.integers(0, 1), SOUND).map(list), max_size=2),
    st.lists(st.tuples(st.integers(-1, 3), WIRES).map(list), max_size=3),
    WIRES,
)
ERRORS = st.builds(
    lambda kind, arguments, attributes: [kind, arguments, attributes, "text"],
    st.one_of(st.tuples(st.just("y"), st.sampled_from(sorted(ERROR_NAMES))).map(list), OBJECTS),
    st.lists(st.one_of(SOUND, WIRES), max_size=2),
    st.lists(st.tuples(NAMES, st.one_of(SOUND, WIRES)).map(list), max_size=2),
)
MESSAGES = st.one_of(
    st.builds(lambda value: ["ok", value, None, None], OBJECTS),
    st.builds(lambda value, changes: ["ok", value, changes, None], OBJECTS, CHANGES),
    st.builds(lambda error, changes: ["raise", error, changes, None], ERRORS, CHANGES),
    st.builds(
        lambda n, o, w: ["call", o, n, w, []], st.integers(-1, 2), st.sampled_from(["call", "next"]), st.lists(WIRES)
    ),
    st.lists(WIRES, min_size=1, max_size=5),
)


PLAN = Plan("with f() as x:\n    assert x")


class Scripted:
    """A channel whose other end says what it was told to say."""

    def __init__(self, messages: list[Any]) -> None:
        self._messages = list(messages)

    def ask(self, message: list, serve: Callable[[list], list]) -> list:
        dumps(message)
        while self._messages:
            answer = self._messages.pop(0)
            if answer[0] != "call":
                return answer
            dumps(serve(answer))
        raise Closed


def converse(messages: list[Any]) -> None:
    """What tests do with a candidate, as far as the script goes; every error must be one that fails a test."""
    peer = Peer(Scripted(messages), PLAN)  # pyright: ignore[reportArgumentType]
    rows: list[Any] = [[1], {"a": 2}]
    try:
        value = peer.ask("call", "", lambda x: x, iter(rows), *rows)
        for use in (repr, str, bool, len, hash, list, type, lambda x: x == 3, lambda x: x + 1, lambda x: x.append(1)):
            with contextlib.suppress(Exception):
                use(value)
        peer.ask("call", "", value, type(value), rows)
    except NotSeparable:
        pytest.fail("the candidate made the tests weak")
    except (CandidateGone, ProtocolError):
        pass
    except BaseException as error:
        expected = hasattr(error, "raised_by_candidate") or isinstance(error, (TypeError, RecursionError, ValueError))
        assert expected, repr(error)


def read(wire: Any) -> None:
    with contextlib.suppress(ProtocolError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
        value = Reader(_refuse).read(wire)
        dumps(Writer(_refuse).write(value))


def receive(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(data)
        channel = Channel(ours.fileno())
        with contextlib.suppress(Closed, ProtocolError):
            while True:
                assert type(channel.receive()) is list


FRAMES = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda body, off: struct.pack("<I", max(0, len(body) + off)) + body,
        st.binary(max_size=100),
        st.integers(-3, 3),
    ),
    st.lists(WIRES).map(lambda wire: (body := dumps(wire).encode()) and struct.pack("<I", len(body)) + body),
)  # fmt: skip
CASES = [(converse, st.lists(MESSAGES, max_size=4)), (read, OBJECTS), (receive, FRAMES)]


@pytest.mark.parametrize("examine, inputs", CASES, ids=["conversation", "value", "bytes"])
def test_whatever_the_candidate_sends_the_checker_keeps_its_head(examine: Callable, inputs: st.SearchStrategy) -> None:
    FEW(given(inputs)(examine))()


@pytest.mark.slow
@pytest.mark.timeout(1800)  # most of it goes into making the messages up
@pytest.mark.parametrize("examine, inputs", CASES, ids=["conversation", "value", "bytes"])
def test_ten_thousand_messages_cost_no_memory_and_no_time_without_end(
    examine: Callable, inputs: st.SearchStrategy
) -> None:
    before = _peak_bytes()
    for number in BATCHES:
        seed(number)(BATCH(given(inputs)(examine)))()
    assert _peak_bytes() - before < MOST_GROWTH_BYTES


def _peak_bytes() -> int:
    assert os.name == "posix"
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
