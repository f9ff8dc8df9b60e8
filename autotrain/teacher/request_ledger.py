"""The ledger of requests: what was sent, what was answered, what it cost.

Append-only JSONL beside the output (`raw_round_1.requests.jsonl`), one line a fact:

    dialect   what the server understands (one probe)
    sent      a request leaves; its worst case
    answer    it was answered: text, token counts
    failed    it was not; `maybe_paid` where the server may charge for it all the same

Written before and after each request, so after a kill every answer is found again and
every request in flight is known. Lines reach the disk's cache at once (a killed process
loses nothing) and the disk within a second (a power cut loses at most that).
"""

import os
import threading
from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

from autotrain.errors import DataError
from autotrain.jsonl import Ledger, Row, read_rows
from autotrain.teacher.budget import Bound
from autotrain.teacher.prices import Price
from autotrain.teacher.protocol import Answer, Dialect
from autotrain.teacher.usage import Usage, cost_of

SYNC_INTERVAL_S = 1.0


def ledger_beside(output: Path, number: int = 0) -> Path:
    """`raw_round_1.jsonl` has `raw_round_1.requests.jsonl`, and `….requests.2.jsonl` of a second teacher."""
    return output.with_suffix(f".requests.{number + 1}.jsonl" if number else ".requests.jsonl")


class RequestLedger:
    """Reads what an earlier start wrote, then appends. `usage` is the total of both."""

    def __init__(self, path: Path, price: Price | None, *, first_slot: int = 0) -> None:
        self.path, self._price = path, price
        self.usage = Usage()
        self.overrun = 1.0  # the most, among what was measured before, of used to asked for
        self._dialects: dict[str, Dialect] = {}
        self._answers: dict[str, Row] = {}
        self._in_flight: dict[str, Bound] = {}
        self._open: Counter[str] = Counter()
        self._ledger = Ledger(path, fsync=False)
        for number, row in read_rows(path):
            try:
                self._note(row, first_slot)
            except (KeyError, TypeError):
                raise DataError(f"{path}, line {number}: no line of a request ledger: move the file away.") from None
        for request_id, count in self._open.items():  # in flight when the process ended
            for _ in range(count):
                self._unsettle(self._in_flight[request_id])
        self._closing = threading.Event()
        self._dirty = threading.Event()
        self._syncer = threading.Thread(target=self._sync_often, daemon=True)
        self._syncer.start()

    def _note(self, row: Row, first_slot: int) -> None:
        kind, usage = row["kind"], self.usage
        if kind == "dialect":
            self._dialects[row["server"]] = Dialect(**row["dialect"])
            return
        request_id = row["id"]
        if kind == "sent":
            usage.requests += 1
            usage.retries += row["try"] > 1
            self._in_flight[request_id] = Bound(**row["worst"])
            self._open[request_id] += 1
        elif kind == "answer":
            self._open[request_id] -= 1
            bound = self._in_flight[request_id]
            answer = _answer_of(row)
            self._count_answer(answer, bound)
            if row["slot"] >= first_slot or row["slot"] < 0:
                self._answers[request_id] = row
        elif kind == "failed":
            self._open[request_id] -= 1
            self._count_failure(row["why"], self._in_flight[request_id] if row["maybe_paid"] else None)

    def _count_answer(self, answer: Answer, bound: Bound) -> None:
        usage = self.usage
        usage.answers += 1
        if answer.tokens_in is None or answer.tokens_out is None:
            usage.unreported += 1
            self._unsettle(Bound(bound.tokens, max(bound.cost, answer.told_cost)))
            return
        usage.tokens_in += answer.tokens_in
        usage.tokens_cached += answer.tokens_cached
        usage.tokens_out += answer.tokens_out
        cost = cost_of(answer, self._price)
        usage.cost += cost
        if answer.tokens_in + answer.tokens_out > bound.tokens or (bound.cost and cost > bound.cost):
            self.overrun = max(self.overrun, bound.overrun(answer.tokens_in + answer.tokens_out, cost))

    def _count_failure(self, why: str, bound: Bound | None) -> None:
        usage = self.usage
        usage.rate_limited += why == "rate_limited"
        usage.server_errors += why == "server_error"
        usage.timeouts += why == "timeout"
        usage.broken += why == "broken"
        if bound is not None:
            self._unsettle(bound)

    def _unsettle(self, bound: Bound) -> None:
        self.usage.unsettled_tokens += bound.tokens
        self.usage.unsettled_cost += bound.cost

    @property
    def spent(self) -> Bound:
        """Everything that the budget has to count: measured, and the worst case of what is unknown."""
        usage = self.usage
        return Bound(usage.tokens_in + usage.tokens_out + usage.unsettled_tokens, usage.cost + usage.unsettled_cost)

    def dialect(self, server: str) -> Dialect | None:
        return self._dialects.get(server)

    def remember_dialect(self, server: str, dialect: Dialect) -> None:
        self._append({"kind": "dialect", "server": server, "dialect": dialect.as_row()})
        self._dialects[server] = dialect

    def take(self, request_id: str) -> Answer | None:
        """The answer that an earlier start paid for, once."""
        row = self._answers.pop(request_id, None)
        if row is None:
            return None
        self.usage.replayed += 1
        return _answer_of(row)

    def sent(self, request_id: str, slot: int, step: str, attempt: int, number: int, bound: Bound) -> None:
        worst: Row = {"tokens": bound.tokens, "cost": bound.cost}
        if bound.factor != 1.0:
            worst["factor"] = bound.factor
        row = {"kind": "sent", "id": request_id, "slot": slot, "step": step, "attempt": attempt}
        self._append({**row, "try": number, "worst": worst})
        self.usage.requests += 1
        self.usage.retries += number > 1

    def answered(self, request_id: str, slot: int, answer: Answer, bound: Bound, latency_s: float) -> None:
        said: dict[str, Any] = {name: getattr(answer, name) for name in _ANSWER_FIELDS}
        self._append({"kind": "answer", "id": request_id, "slot": slot, "latency_s": round(latency_s, 3), **said})
        self._count_answer(answer, bound)

    def failed(self, request_id: str, slot: int, why: str, detail: str, bound: Bound, maybe_paid: bool) -> None:
        row = {"kind": "failed", "id": request_id, "slot": slot, "why": why, "maybe_paid": maybe_paid}
        self._append({**row, "detail": detail[:300]})
        self._count_failure(why, bound if maybe_paid else None)

    def _append(self, row: Row) -> None:
        self._ledger.append(row)
        self._dirty.set()

    def _sync_often(self) -> None:
        while not self._closing.wait(SYNC_INTERVAL_S):
            self._sync()

    def _sync(self) -> None:
        if self._dirty.is_set():
            self._dirty.clear()
            descriptor = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def close(self) -> None:
        self._closing.set()
        self._syncer.join()
        self._sync()
        self._ledger.close()

    def __enter__(self) -> "RequestLedger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_ANSWER_FIELDS = tuple(field.name for field in fields(Answer))


def _answer_of(row: Row) -> Answer:
    return Answer(**{name: row[name] for name in _ANSWER_FIELDS if name in row})
