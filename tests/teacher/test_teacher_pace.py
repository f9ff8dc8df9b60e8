"""The limiter and the breaker as pure controllers, and the gate that waits for them."""

import asyncio

import pytest

from autotrain.errors import TeacherError
from autotrain.teacher.admission import Gate
from autotrain.teacher.breaker import FAILURES_TO_OPEN, Breaker
from autotrain.teacher.limiter import Limiter, Ticket
from autotrain.teacher.refusals import allowance, duration_s, retry_after_s


class FakeServer:
    """A server in simulated time: constant latency, so many at once, maybe a rate."""

    def __init__(self, latency_s: float, slots: int) -> None:
        self.latency_s, self.slots = latency_s, slots
        self._free = [0.0] * slots

    def finish(self, now: float) -> float:
        index = min(range(self.slots), key=lambda i: self._free[i])
        self._free[index] = max(now, self._free[index]) + self.latency_s
        return self._free[index]


def drive(limiter: Limiter, server: FakeServer, requests: int, slow_s: float = 1e9) -> float:
    """Keep the limiter busy for so many requests; returns the simulated seconds."""
    now, sent = 0.0, 0
    under_way: list[tuple[float, int, Ticket]] = []
    while sent < requests or under_way:
        while sent < requests and limiter.wait_s(now) == 0:
            under_way.append((server.finish(now), sent, limiter.start(now)))
            sent += 1
        wait_s = limiter.wait_s(now) if sent < requests else None
        under_way.sort()
        if wait_s is not None and now + wait_s < under_way[0][0]:
            now += wait_s
            continue
        now, _, ticket = under_way.pop(0)
        limiter.succeeded(now, ticket, slow=now - ticket.started > slow_s)
        limiter.end()
    return now


def test_all_that_is_allowed_is_used_from_the_start():
    limiter = Limiter(64, 0.0)
    assert drive(limiter, FakeServer(1.0, 1000), 64 * 30) == pytest.approx(30.5, abs=0.5)
    assert limiter.limit == 64


def test_requests_leave_spread_over_a_quarter_of_a_latency():
    limiter = Limiter(50, 0.0)
    limiter.succeeded(1.0, limiter.start(0.0))
    limiter.start(1.0)
    assert limiter.wait_s(1.0) == pytest.approx(0.25 / 50)
    quick = Limiter(50, 0.0)
    quick.succeeded(0.01, quick.start(0.0))
    quick.start(0.01)
    assert quick.wait_s(0.01) == 0


def test_requests_that_only_wait_in_the_servers_queue_are_held_back():
    limiter = Limiter(64, 0.0)
    seconds = drive(limiter, FakeServer(1.0, 8), 1000, slow_s=3.0)
    assert limiter.limit <= 24  # 64 at once would wait 8 s each
    assert seconds == pytest.approx(1000 / 8, rel=0.1)


def test_a_server_that_is_slow_but_not_full_keeps_its_requests():
    limiter = Limiter(64, 0.0)
    seconds = drive(limiter, FakeServer(10.0, 1000), 64 * 40, slow_s=3.0)
    assert limiter.limit == 64
    assert seconds < 1.15 * 10.0 * 40  # one trial of half as many in twenty windows


def test_a_burst_of_429s_cuts_once():
    limiter = Limiter(64, 0.0)
    tickets = [limiter.start(0.0) for _ in range(20)]
    for ticket in tickets:
        limiter.rate_limited(1.0, ticket, None)
    assert limiter.limit == 48 and limiter.cuts == 1
    limiter.rate_limited(2.0, limiter.start(1.5), None)
    assert limiter.cuts == 2


def test_a_timeout_cuts_deeper_than_a_429_and_another_failure_not_at_all():
    limits = []
    for news in ("rate_limited", "timed_out", "failed"):
        limiter = Limiter(64, 0.0)
        ticket = limiter.start(0.0)
        if news == "rate_limited":
            limiter.rate_limited(1.0, ticket, None)
        elif news == "timed_out":
            limiter.timed_out(1.0, ticket)
        else:
            limiter.failed()
        limits.append(limiter.limit)
    assert limits == [48.0, 32.0, 64.0]


def test_after_a_cut_the_limit_grows_by_small_steps():
    limiter = Limiter(64, 0.0)
    limiter.rate_limited(0.0, limiter.start(-1.0), None)
    limiter.end()
    drive(limiter, FakeServer(1.0, 1000), 48 + 50 + 52)
    assert 48 < limiter.limit <= 48 + 3 * 2


def test_the_limit_never_falls_below_one():
    limiter = Limiter(4, 0.0)
    for second in range(50):
        limiter.timed_out(float(second), limiter.start(float(second) - 0.5))
        limiter.end()
    assert limiter.limit == 1.0 and limiter.wait_s(100.0) == 0


def test_retry_after_holds_every_request_back():
    limiter = Limiter(8, 0.0)
    limiter.rate_limited(0.0, limiter.start(0.0), 7.0)
    limiter.end()
    assert limiter.wait_s(1.0) == 6.0 and limiter.wait_s(7.5) == 0


def test_a_nearly_used_up_allowance_is_spread_over_its_return():
    limiter = Limiter(8, 0.0)
    limiter.pace(0.0, remaining=2, total=60, reset_s=58.0)  # one comes back each second
    limiter.start(0.0)
    assert limiter.wait_s(0.0) == pytest.approx(1.0)
    limiter.pace(0.5, remaining=50, total=60, reset_s=10.0)
    assert limiter.wait_s(0.5) == 0


def test_an_allowance_of_nothing_waits_before_the_next_request():
    limiter = Limiter(8, 0.0)
    limiter.pace(10.0, remaining=0, total=60, reset_s=60.0)
    assert limiter.wait_s(10.0) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12ms", 0.012), ("6m0s", 360.0), ("1h2m3.5s", 3723.5), ("59.7s", 59.7), ("3", 3.0)],
)
def test_durations_of_rate_limit_headers_are_read(text, seconds):
    assert duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "1767225600", "2026-01-01T00:00:00Z", "5x"])
def test_what_is_no_duration_is_none(text):
    assert duration_s(text) is None


def test_retry_after_is_read_as_seconds_milliseconds_or_a_date():
    assert retry_after_s({"retry-after": "2.5"}, 0.0) == 2.5
    assert retry_after_s({"retry-after-ms": "1500", "retry-after": "9"}, 0.0) == 1.5
    assert retry_after_s({"retry-after": "Thu, 01 Jan 1970 00:01:00 GMT"}, 20.0) == 40.0
    assert retry_after_s({"retry-after": "later"}, 0.0) is None
    assert retry_after_s({}, 0.0) is None


@pytest.mark.parametrize("told", ["inf", "-inf", "nan", "1e999", "Fri, 31 Dec 99999 23:59:59 GMT"])
def test_a_wait_that_no_clock_can_count_is_none(told):
    assert not retry_after_s({"retry-after": told}, 0.0)
    assert duration_s(told) is None and duration_s(f"{'9' * 400}d") is None
    headers = {"x-ratelimit-remaining-tokens": told, "x-ratelimit-reset-tokens": "1s"}
    assert allowance(headers, "tokens") is None


def test_gateways_that_do_not_count_say_nothing():
    headers = {"x-ratelimit-remaining-tokens": "-1", "x-ratelimit-reset-tokens": "0", "x-ratelimit-limit-tokens": "-1"}
    assert allowance(headers, "tokens") is None
    assert allowance({}, "requests") is None
    full = {"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "1s"}
    assert allowance(full, "requests") == (9.0, None, 1.0)


def test_the_breaker_opens_lets_one_trial_through_and_closes_on_an_answer():
    breaker = Breaker(300.0, 0.0)
    for _ in range(FAILURES_TO_OPEN):
        assert breaker.wait_s(0.0, in_flight=5) == 0
        breaker.failed(0.0, "500")
    assert breaker.wait_s(0.0, in_flight=5) is None  # let those end first
    assert breaker.wait_s(0.0, in_flight=0) == pytest.approx(1.0)
    assert breaker.wait_s(1.0, in_flight=0) == 0
    breaker.failed(1.0, "500")
    assert breaker.wait_s(1.0, in_flight=0) == pytest.approx(2.0)
    breaker.answered(3.0)
    assert breaker.wait_s(3.0, in_flight=5) == 0


def test_the_breaker_gives_up_after_the_patience_and_not_before():
    breaker = Breaker(60.0, 0.0)
    breaker.answered(1.0)
    breaker.failed(1000.0, "503: busy")  # idle time is no failure
    breaker.failed(1060.0, "503: busy")
    with pytest.raises(TeacherError, match=r"no answer for 61 s .* 503: busy"):
        breaker.failed(1061.0, "503: busy")


def test_rate_limits_do_not_open_the_breaker_but_wear_its_patience():
    breaker = Breaker(60.0, 0.0)
    for _ in range(100):
        breaker.limited(0.0, "429")
    assert not breaker.open
    with pytest.raises(TeacherError):
        breaker.limited(61.0, "429")


def test_the_gate_lets_the_smallest_slot_go_first():
    async def scenario() -> list[int]:
        limiter = Limiter(1, 0.0)
        gate = Gate(limiter, Breaker(9.0, 0.0), asyncio.get_running_loop().time)
        order: list[int] = []

        async def pass_through(slot: int) -> None:
            await gate.enter(slot)
            order.append(slot)
            gate.leave()

        await gate.enter(0)
        waiting = [asyncio.create_task(pass_through(slot)) for slot in (5, 3, 9, 1)]
        await asyncio.sleep(0)
        gate.leave()
        await asyncio.gather(*waiting)
        return order

    assert asyncio.run(scenario()) == [1, 3, 5, 9]


def test_a_slot_whose_request_ended_is_followed_by_its_own_next_one():
    async def scenario() -> list[tuple[int, int]]:
        gate = Gate(Limiter(1, 0.0), Breaker(9.0, 0.0), asyncio.get_running_loop().time)
        order: list[tuple[int, int]] = []

        async def two_requests(slot: int) -> None:
            for number in (1, 2):
                await gate.enter(slot)
                order.append((slot, number))
                await asyncio.sleep(0)
                gate.leave()

        await asyncio.gather(*(two_requests(slot) for slot in range(3)))
        return order

    assert asyncio.run(scenario()) == [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)]


def test_a_cancelled_wait_takes_no_place():
    async def scenario() -> int:
        limiter = Limiter(1, 0.0)
        gate = Gate(limiter, Breaker(9.0, 0.0), asyncio.get_running_loop().time)
        await gate.enter(0)
        waiting = asyncio.create_task(gate.enter(1))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        gate.leave()
        await asyncio.wait_for(gate.enter(2), 1.0)
        return limiter.in_flight

    assert asyncio.run(scenario()) == 1
