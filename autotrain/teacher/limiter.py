"""How many requests may be in flight: additive increase, multiplicative decrease.

A pure controller of values: the clock is passed in and nothing waits here (`gate.py`
does). It hears five kinds of news, each with its own answer:

    rate limited (429)       cut to 3/4, once a burst; wait as long as Retry-After says
    timed out                cut to 1/2, once a burst
    failed otherwise, slow   no growth until a window without it
    rate-limit headers       leave one by one when the allowance is nearly used up
    succeeded                grow after each window (about one round trip) that was busy

For servers that send no 429: where more requests in flight brought no more answers a
second, only longer waits, the growth is undone.
"""

from dataclasses import dataclass

RATE_LIMIT_CUT = 0.75
TIMEOUT_CUT = 0.5
COMPARABLE_GROWTH = 1.5  # growth smaller than this is lost in the noise of latencies
WORTHWHILE_GAIN = 0.3  # of the growth must show as answers a second
HOLD_WINDOWS = 20  # windows before undone growth is tried again


@dataclass(frozen=True)
class Ticket:
    """A request in flight."""

    started: float


class Limiter:
    """Decides when the next request may start."""

    def __init__(self, most: int, now: float) -> None:
        self.most = most
        self.limit = float((most + 1) // 2)  # the rest comes within one round trip
        self.in_flight = 0
        self.cuts = 0
        self._blocked_until = now
        self._last_cut = float("-inf")
        self._next_start, self._interval_s = now, 0.0
        self._slow_start, self._clean = True, True
        self._ceiling, self._hold = float(most), 0
        self._reference: tuple[float, float] | None = None  # a limit, and answers a second under it
        self._open_window(now)

    def _open_window(self, now: float) -> None:
        self._opened, self._done, self._busy, self._clean = now, 0, True, True

    def wait_s(self, now: float) -> float | None:
        """Seconds until a request may start: 0 at once, None when another must end first."""
        if self.in_flight >= max(1, int(self.limit)):
            return None
        return max(0.0, self._blocked_until - now, self._next_start - now)

    def start(self, now: float) -> Ticket:
        self.in_flight += 1
        if self._interval_s:
            self._next_start = max(now, self._next_start) + self._interval_s
        return Ticket(now)

    def end(self) -> None:
        """A request ended, however it went; call it once, after the news."""
        self.in_flight -= 1

    def succeeded(self, now: float, *, slow: bool = False) -> None:
        """An answer came; `slow`: it took so long that more requests would risk time-outs."""
        self._done += 1
        if slow:
            self._clean = False
        if self.in_flight < int(self.limit):  # too little work to say anything about the limit
            self._busy = False
        if self._done >= max(8, int(self.limit)):
            if self._busy and self._clean:
                self._judge_window(self._done / max(now - self._opened, 1e-9))
            self._open_window(now)

    def _judge_window(self, rate: float) -> None:
        if self._reference is None:
            self._reference = (self.limit, rate)
        elif self.limit >= COMPARABLE_GROWTH * self._reference[0]:
            growth = self.limit / self._reference[0] - 1.0
            if rate < self._reference[1] * (1.0 + WORTHWHILE_GAIN * growth):
                self.limit = self._ceiling = self._reference[0]
                self._slow_start, self._hold = False, HOLD_WINDOWS
                return
            self._reference = (self.limit, rate)
        if self._hold:
            self._hold -= 1
            if self._hold == 0:
                self._ceiling = float(self.most)
        step = self.limit if self._slow_start else max(1.0, self.most / 32)
        self.limit = min(self._ceiling, self.limit + step)

    def rate_limited(self, now: float, ticket: Ticket, retry_after_s: float | None) -> None:
        if retry_after_s is not None:
            self._blocked_until = max(self._blocked_until, now + retry_after_s)
        self._cut(now, ticket, RATE_LIMIT_CUT)

    def timed_out(self, now: float, ticket: Ticket) -> None:
        self._cut(now, ticket, TIMEOUT_CUT)

    def failed(self) -> None:
        self._clean = False

    def _cut(self, now: float, ticket: Ticket, factor: float) -> None:
        self._slow_start = False
        if ticket.started <= self._last_cut:
            return  # it left before the last cut: the same burst, old news
        self._last_cut = now
        self.cuts += 1
        self.limit = max(1.0, self.limit * factor)
        self._reference = None
        self._open_window(now)

    def pace(self, now: float, remaining: float, total: float | None, reset_s: float) -> None:
        """Rate-limit headers: requests left, of how many, and seconds until all are back."""
        if remaining > self.limit or reset_s <= 0:
            self._interval_s = 0.0
            self._next_start = min(self._next_start, now)
            return
        used = max(1.0, total - remaining) if total else max(1.0, self.limit)
        self._interval_s = reset_s / used
        if remaining <= 0:
            self._next_start = max(self._next_start, now + self._interval_s)
