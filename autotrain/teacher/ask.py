"""Asking: one request to its end, through pace, budget, retries and the ledger.

    answer = await asker.ask(request)       # from the ledger, or from the server

Raises GivenUp where this request fails while others succeed, and TeacherError (budget,
key, address, patience) where the stage has to end. A part of the dialect that the server refuses
is left out from then on, and the ledger remembers that.
"""

import asyncio
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from autotrain.config.credentials import OF_TEACHER, Wording
from autotrain.display.values import duration
from autotrain.errors import TeacherError
from autotrain.teacher.admission import Gate
from autotrain.teacher.breaker import Breaker
from autotrain.teacher.budget import Bound, Budget
from autotrain.teacher.limiter import Limiter, Ticket
from autotrain.teacher.prices import FREE, dollars, rented
from autotrain.teacher.protocol import MODES, Answer, Dialect, Failure, Request, body_of, named_refusal, prompt_bytes
from autotrain.teacher.refusals import PROMPTS_FAULT, allowance
from autotrain.teacher.request_ledger import RequestLedger
from autotrain.teacher.usage import cost_of

OWN_FAILURES = 6  # of one request, while the server answers others
ALL_FAILURES = 12
OWN_TIMEOUTS = 3  # each may be charged for
FORM_FAILURES = 3  # 500s to one form of request in the probe
FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.5, 30.0
TOLD_WAIT_S, TOLD_EVERY_S = 10.0, 60.0  # which waits are told, and how often


class Talker(Protocol):
    """What `server.Server` is; tests pass their own."""

    model: str
    timeout_s: float

    async def ask(self, body: dict[str, Any], request_id: str) -> tuple[Answer, Any]: ...


class GivenUp(Exception):
    """This request has no answer, though the server answers others. The message is `reason: detail`."""


class Stopping(Exception):
    """A person asked the stage to stop: nothing new is sent."""


class BudgetSpent(TeacherError):
    """The next request could pass the cap."""


class NothingNew(TeacherError):
    """The stage ends, but not in haste: nothing new is sent, and what is in flight is waited for."""


def _finish(answer: Answer, request: Request) -> str:
    """Why the answer ended. One without a reason that is as long as it may be was cut off."""
    full = answer.tokens_out is not None and answer.tokens_out >= request.answer_tokens
    return "length" if full and not answer.finish_reason else answer.finish_reason


class Asker:
    """Joins server, ledger, budget and pace. One for a stage."""

    def __init__(
        self,
        server: Talker,
        ledger: RequestLedger,
        budget: Budget,
        *,
        place: str,
        concurrency: int,
        patience_s: float,
        clock: Callable[[], float],
        utc_now: Callable[[], str],
        rng: random.Random,
        on_usage: Callable[[], None] = lambda: None,
        on_event: Callable[[str], None] = lambda _: None,
        settled: asyncio.Event | None = None,
        wording: Wording = OF_TEACHER,
    ) -> None:
        """`settled` is shared by the askers of one account: one may wait for what another has reserved.

        `on_event` is told what a person may want to know: what was found out of the server, and long waits."""
        self.server, self.ledger, self.budget = server, ledger, budget
        self.place, self.on_event = place, on_event
        self.limiter = Limiter(concurrency, clock())
        self.breaker = Breaker(patience_s, clock(), wording)
        self.dialect = Dialect()
        self.stopping = False
        self._gate = Gate(self.limiter, self.breaker, clock)
        self._clock, self._utc_now, self._rng, self._on_usage = clock, utc_now, rng, on_usage
        self._settled = settled or asyncio.Event()
        self._answers = 0
        self._refused_for, self._refusals = "", 0  # in a row, with no answer between
        self._left: set[Dialect] = set()  # dialects that the server refused
        self._told_at = float("-inf")

    async def ask(self, request: Request, dialect: Dialect | None = None) -> Answer:
        """The answer to one request."""
        request_id = request.id_for(self.server.model if dialect is None else f"{self.server.model}/{dialect.mode}")
        known = self.ledger.take(request_id)
        if known is not None:
            return known
        own, timeouts, seen_answers = 0, 0, self._answers
        for number in range(1, 10_000):
            used = dialect or self.dialect
            body = body_of(request, self.server.model, used)
            bound = self.budget.bound(prompt_bytes(body), len(body["messages"]), request.answer_tokens)
            failure = await self._try(request, request_id, body, bound, number)
            if isinstance(failure, Answer):
                return failure
            if dialect is None and self._step_down(used, failure):
                continue
            if failure.kind == Failure.REFUSED_REQUEST:
                self._believe(request, failure)
                raise GivenUp(f"bad request: {failure}")
            fails_on_form = failure.status == 500 and dialect is not None and used.mode != MODES[-1]
            if fails_on_form and (number >= FORM_FAILURES or named_refusal(used, str(failure))):
                raise GivenUp(f"server: {failure}")  # the next form may be one that it knows
            if failure.sentence and not self._answers:
                self._believe(request, failure)
            if failure.kind == Failure.RATE_LIMITED:
                if not failure.retry_after_s:
                    await asyncio.sleep(self._backoff_s(number))
                continue
            timeouts += failure.kind == Failure.TIMEOUT
            own += self._answers > seen_answers  # others succeed, so it is this request's own fault
            seen_answers = self._answers
            hopeless = own >= OWN_FAILURES or (self._answers > 0 and number >= ALL_FAILURES)
            if hopeless or timeouts >= OWN_TIMEOUTS:
                raise GivenUp(f"server: {failure} ({number} tries)")
            await asyncio.sleep(self._backoff_s(number))
        raise GivenUp("server: no end of rate limits")

    def stop(self) -> None:
        """Send nothing new from here on; requests that wait for their turn end at once."""
        self.stopping = True
        self._gate.let_all_go()

    def _step_down(self, used: Dialect, failure: Failure) -> bool:
        """Whether the next try is in a humbler dialect: the failure names what the server does not take."""
        if failure.status not in (400, 415, 422, 500, 501):
            return False
        if self.dialect != used:
            return True  # another request has learned it meanwhile
        humbler = named_refusal(used, str(failure))
        if humbler is None or humbler in self._left or (self._answers and humbler.tokens_field != used.tokens_field):
            return False
        self._left.add(used)
        self.learn(humbler)
        self.on_event(f"{self.place} takes requests in mode {humbler.mode} from here on. It said: {failure}")
        return True

    def learn(self, dialect: Dialect) -> None:
        """Use this dialect from now on, at the next start too."""
        self.dialect = dialect
        self.ledger.remember_dialect(self.name, dialect)

    @property
    def name(self) -> str:
        """What the ledger calls this server and model."""
        return f"{self.place} {self.server.model}"

    def _believe(self, request: Request, failure: Failure) -> None:
        """End the stage where so many requests in a row were refused for the same reason that it is no prompt's."""
        words = re.sub(r"\d+", "0", str(failure))
        self._refusals = self._refusals + 1 if words == self._refused_for else 1
        self._refused_for = words
        probing = request.slot < 0 and failure.believed_after == PROMPTS_FAULT
        if failure.sentence and (probing or self._refusals >= failure.believed_after):
            raise TeacherError(failure.sentence)

    async def _try(self, request: Request, request_id: str, body: Any, bound: Bound, number: int) -> Answer | Failure:
        ticket = await self._gate.enter(request.slot)
        try:
            await self._reserve(bound)
            if self.stopping:
                self.budget.release(bound)
                raise Stopping
            self.ledger.sent(request_id, request.slot, request.step, request.attempt, number, bound)
            try:
                answer, headers = await self.server.ask(body, request_id)
            except Failure as failure:
                self._note_failure(request, request_id, failure, ticket, bound)
                return failure
            except TeacherError as error:
                self.ledger.failed(request_id, request.slot, "fatal", str(error), bound, False)
                self.budget.release(bound)
                raise
            answer = replace(answer, ts=self._utc_now(), finish_reason=_finish(answer, request))
            self._note_answer(request, request_id, answer, ticket, bound)
            self._refuse_hidden_price(answer, headers)
            self._note_headers(headers, answer)
            return answer
        finally:
            self._gate.leave()
            self._settled.set()
            self._on_usage()

    async def _reserve(self, bound: Bound) -> None:
        # What is in flight holds its worst case; most of that comes back, so wait for it.
        while not self.budget.fits(bound):
            if not self.budget.account.reserved_tokens or not self.budget.fits_alone(bound):
                raise BudgetSpent(
                    f"The budget is used up: {self.budget.describe()} is spent, and the next request "
                    "could pass the cap. Raise it to go on; the same command pays for no answer twice."
                )
            self._settled.clear()
            await self._settled.wait()
        self.budget.reserve(bound)

    def _note_answer(self, request: Request, request_id: str, answer: Answer, ticket: Ticket, bound: Bound) -> None:
        now = self._clock()
        latency_s = now - ticket.started
        self.ledger.answered(request_id, request.slot, answer, bound, latency_s)
        if answer.tokens_in is None or answer.tokens_out is None:
            self.budget.keep(bound, answer.told_cost)
        else:
            self.budget.settle(bound, answer.tokens_in + answer.tokens_out, cost_of(answer, self.budget.price))
        self._answers += 1
        self._refusals = 0
        self.breaker.answered(now)
        self.limiter.succeeded(now, ticket, slow=latency_s > self.server.timeout_s / 2)

    def _refuse_hidden_price(self, answer: Answer, headers: Mapping[str, str]) -> None:
        if not self.budget.account.max_cost or self.budget.price is not FREE:
            return
        sign = rented(answer.model, answer.told_cost, headers)
        if sign is not None:
            raise TeacherError(
                f"The server is a gateway to a paid model ({sign}), and the price of {self.server.model} is not known, "
                f"so TEACHER_MAX_USD={dollars(self.budget.account.max_cost):g} cannot be kept: add {self.server.model} "
                "to autotrain/teacher/prices.yaml (prices of 0 where it is free), or set TEACHER_MAX_USD=0 for no cap."
            )

    def _note_headers(self, headers: Mapping[str, str], answer: Answer) -> None:
        requests = allowance(headers, "requests")
        tokens = allowance(headers, "tokens")
        now = self._clock()
        longest, what = 0.0, ""
        if requests is not None:
            self.limiter.pace(now, *requests)
            longest, what = (requests[2] if requests[0] <= 0 else 0.0), "requests"
        if tokens is not None and answer.tokens_in is not None and answer.tokens_out is not None:
            size = max(1, answer.tokens_in + answer.tokens_out)  # tokens left, in requests like this one
            left, total, reset_s = tokens
            if requests is None or left / size < requests[0]:
                self.limiter.pace(now, left / size, total / size if total else None, reset_s)
                longest, what = (reset_s if left <= 0 else longest), "tokens" if left <= 0 else what
        wait_s = (self.limiter.wait_s(now) or 0.0) if longest else 0.0
        if wait_s > self.breaker.patience_s:
            raise NothingNew(
                f"{self.place} allows no more {what}: all are back in {duration(longest)}, longer than "
                f"TEACHER_PATIENCE_S={self.breaker.patience_s:g}. The same command goes on from here later."
            )
        self._tell_wait(wait_s, f"the allowance of {what} is used up, and whole again in {duration(longest)}")

    def _tell_wait(self, wait_s: float, why: str) -> None:
        now = self._clock()
        if wait_s >= TOLD_WAIT_S and now - self._told_at >= TOLD_EVERY_S:
            self._told_at = now
            self.on_event(f"waiting {duration(wait_s)} for {self.place}: {why}")

    def _note_failure(self, request: Request, request_id: str, failure: Failure, ticket: Ticket, bound: Bound) -> None:
        self.ledger.failed(request_id, request.slot, failure.kind, str(failure), bound, failure.maybe_paid)
        if failure.maybe_paid:
            self.budget.keep(bound)
        else:
            self.budget.release(bound)
        now = self._clock()
        if failure.retry_after_s is not None:
            self.breaker.told_to_wait(failure.retry_after_s, str(failure))
            self._tell_wait(failure.retry_after_s, str(failure))
        if failure.kind == Failure.RATE_LIMITED or (failure.kind == Failure.SERVER and failure.retry_after_s):
            self.limiter.rate_limited(now, ticket, failure.retry_after_s)
        elif failure.kind == Failure.TIMEOUT:
            self.limiter.timed_out(now, ticket)
        else:
            self.limiter.failed()
        if failure.kind == Failure.RATE_LIMITED:
            self.breaker.limited(now, str(failure))
        elif failure.kind != Failure.REFUSED_REQUEST:
            self.breaker.failed(now, str(failure), unreachable=failure.unreachable)

    def _backoff_s(self, number: int) -> float:
        longest = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** min(number - 1, 10))
        return longest * (0.5 + 0.5 * self._rng.random())
