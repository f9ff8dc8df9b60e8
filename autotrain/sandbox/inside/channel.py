"""The one connection between candidate and checker: calls, answers, and calls back.

Strictly in turns. A side that waits for an answer serves the other's calls meanwhile, so a
function of the tests can be handed to the candidate. What a message asks for is decided by
the `serve` function of the side that reads it; this file only moves it.
"""

import os
import struct
from collections.abc import Callable
from typing import Any

from autotrain.sandbox.inside.wire import LARGEST_MESSAGE, ProtocolError, dumps, loads


class Closed(Exception):
    """The other side is gone."""


class Channel:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._pending = b""
        self.closed = False
        self._read, self._write, self._pack, self._unpack = os.read, os.write, _HEADER.pack, _HEADER.unpack_from

    def send(self, message: list) -> None:
        body = dumps(message).encode("ascii")
        if len(body) > LARGEST_MESSAGE:
            raise ValueError("a value too large to cross")
        data = self._pack(len(body)) + body
        try:
            written = self._write(self._descriptor, data)
            while written < len(data):
                data = data[written:]
                written = self._write(self._descriptor, data)
        except OSError:
            self.closed = True
            raise Closed from None

    def receive(self) -> list:
        data = self._pending or self._more()
        while len(data) < 4:
            data += self._more()
        length = self._unpack(data)[0]
        if length > LARGEST_MESSAGE:
            raise ProtocolError("an oversized message")
        if len(data) < 4 + length:
            parts, have = [data], len(data)
            while have < 4 + length:
                parts.append(self._more())
                have += len(parts[-1])
            data = b"".join(parts)
        self._pending = data[4 + length :]
        try:
            message = loads(data[4 : 4 + length].decode("ascii"))
        except (ValueError, RecursionError):
            raise ProtocolError("a message that is not JSON") from None
        if type(message) is not list or not message:
            raise ProtocolError("a message that is not a list")
        return message

    def ask(self, message: list, serve: Callable[[list], list]) -> list:
        """Send a call and return its answer, serving calls back until it comes."""
        self.send(message)
        while True:
            answer = self.receive()
            if answer[0] != "call":
                return answer
            self.send(serve(answer))

    def _more(self) -> bytes:
        try:
            data = self._read(self._descriptor, 1 << 16)
        except OSError:
            data = b""
        if not data:
            self.closed = True
            raise Closed
        return data


_HEADER = struct.Struct("<I")
Serve = Callable[[list], list]
Message = list[Any]
