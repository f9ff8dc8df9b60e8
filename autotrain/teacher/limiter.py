"""How many requests may be in flight: additive increase, multiplicative decrease.

A pure controller of values: the clock is passed in and nothing waits here (`gate.py`
does). It begins with all that is allowed and hears four kinds of news:

    rate limited (429)       cut to 3/4, once a burst; wait as long as Retry-After says
    timed out                cut to 1/2, once a burst
    rate-limit headers       leave one by one when the allowance is nearly used up
    succeeded                after each busy window (about one round trip), a step up

For servers that send no 429: when answers take so long that time-outs are near, half as
many requests are tried; where as many answers a second come, that stays, for then the
others only waited in the server's queue.
"""

from dataclasses import dataclass

RATE_LIMIT_CUT = 0.75
TIMEOUT_CUT = 0.5
ENOUGH_THROUGHPUT = 0.85  # of the answers a second before; latencies are noisy
BUSY_SHARE = 0.75  # of the limit in flight, or a window says nothing about the limit
HOLD_WINDOWS = 20  # windows before another trial, up or down
SPREAD = 0.25  # of a latency: requests leave spread over it, so that answers come one by one
SPACINGS_S = (0.001, 0.05)  # shorter is not worth a timer; longer would slow the start


@dataclass(frozen=True)
class Ticket:
    """A request in flight."""

    started: float


class Limiter:
    """Decides when the next request may start."""

    def __init__(self, most: int, now: float) -> None:
        self.most = most
        self.limit = float(most)
        self.in_flight = 0
        self.cuts = 0
        self._blocked_until = now
        self._last_cut = float("-inf")
        self._next_start, self._interval_s = now, 0.0
        self._latency_s = 0.0
        self._ceiling, self._hold = float(most), 0
        self._trial: tuple[float, float] | None = None  # the limit and answers a second before it
        self._settling = False
        self._open_window(now)

    def _open_window(self, now: float) -> None:
        self._opened, self._done, self._busy, self._failed, self._slow = now, 0, True, False, False

    def wait_s(self, now: float) -> float | None:
        """Seconds until a request may start: 0 at once, None when another must end first."""
        if self.in_flight >= max(1, int(self.limit)):
            return None
        return max(0.0, self._blocked_until - now, self._next_start - now)

    def start(self, now: float) -> Ticket:
        self.in_flight += 1
        interval_s = max(self._interval_s, self._spacing_s())
        if interval_s:
            self._next_start = max(now, self._next_start) + interval_s
        return Ticket(now)

    def _spacing_s(self) -> float:
        # Answers that come in a clump are read one after another, each a bit later, round after round.
        spacing_s = SPREAD * self._latency_s / self.limit
        return min(spacing_s, SPACINGS_S[1]) if spacing_s >= SPACINGS_S[0] else 0.0

    def end(self) -> None:
        """A request ended, however it went; call it once, after the news."""
        self.in_flight -= 1

    def succeeded(self, now: float, ticket: Ticket, *, slow: bool = False) -> None:
        """An answer came; `slow`: it took so long that time-outs are near."""
        latency_s = now - ticket.started
        self._latency_s += (latency_s - self._latency_s) * (0.1 if self._latency_s else 1.0)
        self._done += 1
        self._slow |= slow
        if self.in_flight < BUSY_SHARE * self.limit:  # too little work to say anything about the limit
            self._busy = False
        if self._done >= max(8, int(self.limit)):
            if self._busy and not self._failed:
                self._judge_window(self._done / max(now - self._opened, 1e-9))
            self._open_window(now)

    def _judge_window(self, rate: float) -> None:
        if self._settling:  # what was in flight before the trial still came in
            self._settling = False
            return
        if self._trial is not None:
            before, rate_before = self._trial
            self._trial, self._hold = None, HOLD_WINDOWS
            if rate < ENOUGH_THROUGHPUT * rate_before:
                self.limit = before
            else:
                self._ceiling, self._hold = self.limit, 0 if self._slow else HOLD_WINDOWS
            return
        if self._hold:
            self._hold -= 1
            if not self._hold:
                self._ceiling = float(self.most)
        elif self._slow and self.limit >= 2:
            self._trial, self._settling = (self.limit, rate), True
            self.limit /= 2
            return
        if not self._slow:
            self.limit = max(self.limit, min(self._ceiling, self.limit + max(1.0, self.most / 32)))

    def rate_limited(self, now: float, ticket: Ticket, retry_after_s: float | None) -> None:
        if retry_after_s is not None:
            self._blocked_until = max(self._blocked_until, now + retry_after_s)
        self._cut(now, ticket, RATE_LIMIT_CUT)

    def timed_out(self, now: float, ticket: Ticket) -> None:
        self._cut(now, ticket, TIMEOUT_CUT)

    def failed(self) -> None:
        """Another failure: no growth in this window."""
        self._failed = True

    def _cut(self, now: float, ticket: Ticket, factor: float) -> None:
        if ticket.started <= self._last_cut:
            return  # it left before the last cut: the same burst, old news
        self._last_cut = now
        self.cuts += 1
        self.limit = max(1.0, self.limit * factor)
        self._trial, self._settling = None, False
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
