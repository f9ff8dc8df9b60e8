"""Where requests wait their turn: the limiter and the breaker, joined to an event loop.

The waiting request with the smallest slot goes first, so work that was begun is ended
before new work begins, and finished samples can be written in order.
"""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from autotrain.teacher.breaker import Breaker
from autotrain.teacher.limiter import Limiter, Ticket


class Gate:
    """`ticket = await gate.enter(slot)` … `gate.leave()`."""

    def __init__(self, limiter: Limiter, breaker: Breaker, clock: Callable[[], float]) -> None:
        self.limiter, self.breaker, self._clock = limiter, breaker, clock
        self._waiting: list[tuple[int, int, asyncio.Future[Ticket]]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None
        self._let_go = False

    async def enter(self, slot: int) -> Ticket:
        """Wait for a turn; the caller must `leave` afterwards, whatever happens."""
        future: asyncio.Future[Ticket] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (slot, next(self._order), future))
        self._pump()
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self.leave()  # the turn came in the same moment
            raise

    def leave(self) -> None:
        self.limiter.end()
        # Not at once: the slot whose request ended may have its next one ready, and goes first.
        asyncio.get_running_loop().call_soon(self._pump)

    def let_all_go(self) -> None:
        """Whoever waits goes at once, and so does whoever comes: nobody sends anything any more."""
        self._let_go = True
        self._pump()

    def _pump(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            now = self._clock()
            waits = (self.limiter.wait_s(now), self.breaker.wait_s(now, self.limiter.in_flight))
            if self._let_go:
                waits = (0.0, 0.0)
            if None in waits:
                return  # the next `leave` looks again
            wait_s = max(wait for wait in waits if wait is not None)
            if wait_s > 0:
                self._timer = asyncio.get_running_loop().call_later(wait_s, self._pump)
                return
            _, _, future = heapq.heappop(self._waiting)
            if not future.done():
                future.set_result(self.limiter.start(now))
