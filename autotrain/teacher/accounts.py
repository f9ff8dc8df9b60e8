"""What the teacher costs, told to people and to the run: estimate, usage, earlier rounds.

Writes `usage` of state.json ({rounds: {"1": {…}}, total: {…}}) and events `teacher_usage`.
"""

import time
from collections.abc import Callable, Sequence

from autotrain.cli import Context
from autotrain.jsonl import Row
from autotrain.run import state
from autotrain.teacher import briefs
from autotrain.teacher.budget import Bound, Budget
from autotrain.teacher.output import Output
from autotrain.teacher.plan import Plan
from autotrain.teacher.prices import dollars, picodollars

USAGE_INTERVAL_S = 1.0
SCHEMA_BYTES = 1200  # the JSON schema and the frame of a prompt, at most


class UsageReport:
    """Measured usage, to state and events, at most once a second."""

    def __init__(self, context: Context, usage: Callable[[], Row]) -> None:
        self._context, self._usage = context, usage
        self._next = 0.0

    def often(self) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + USAGE_INTERVAL_S
            self.now()

    def now(self) -> None:
        row = self._usage()
        key = str(self._context.round_number)

        def change(now: state.State) -> None:
            rounds = now["usage"].setdefault("rounds", {})
            rounds[key] = row
            now["usage"]["total"] = total_usage(list(rounds.values()))

        self._context.update_state(change)
        self._context.emit("teacher_usage", **row)


def total_usage(rows: Sequence[Row]) -> Row:
    """The sum of several usages (rounds, teachers); a field that any of them does not know is null."""
    names = rows[0].keys() if rows else ()
    return {
        name: None if any(row.get(name) is None for row in rows) else round(sum(row[name] for row in rows), 9)
        for name in names
    }


def spent_in_other_rounds(context: Context) -> tuple[int, int]:
    """Tokens and picodollars of the run's other rounds: the cap is the run's."""
    if context.run is None:
        return 0, 0
    rounds = state.load(context.run)["usage"].get("rounds", {})
    rows = [row for key, row in rounds.items() if key != str(context.round_number)]
    tokens = sum(row["tokens_in"] + row["tokens_out"] + row["unsettled_tokens"] for row in rows)
    cost = sum(picodollars((row["cost_usd"] or 0.0) + (row["unsettled_usd"] or 0.0)) for row in rows)
    return tokens, cost


def estimate(
    plan: Plan,
    budget: Budget,
    output: Output,
    wanted: int,
    answer_tokens: int,
    *,
    asks_for_tasks: bool = True,
    answers: int = 1,
    looks: bool = False,
) -> str:
    """What N samples cost at most when each first answer passes: a bound, no guess."""
    missing = wanted - output.accepted
    worst = sample_bound(
        plan,
        budget,
        answer_tokens,
        output.next_slot,
        missing,
        asks_for_tasks=asks_for_tasks,
        answers=answers * (1 + looks),
    )
    requests = missing * (answers + asks_for_tasks)
    text = f"estimate: {missing} samples take {requests} requests and at most {missing * worst.tokens:,} tokens"
    if asks_for_tasks:
        more = "tasks whose tests are weak" + (", docstrings and reviews" if looks else "")
        text += f", with one more for {more} counted in"
    text += " (price unknown)" if budget.price is None else f" (${dollars(missing * worst.cost):.4f})"
    text += f" where each first answer passes; {budget.describe() or 'no cap'}"
    sure = budget.pays_for(worst)
    if sure < missing:
        text += f", which is sure to pay for {sure} of them: as many are begun at once as what is left can end"
    return f"{text}."


def sample_bound(
    plan: Plan,
    budget: Budget,
    answer_tokens: int,
    first_slot: int,
    count: int,
    *,
    asks_for_tasks: bool = True,
    answers: int = 1,
) -> Bound:
    """The worst case of one sample, of the next `count` at most 100, where its first `answers` pass."""
    after = budget.bound(answer_tokens + SCHEMA_BYTES, 2, answer_tokens)  # its prompt holds what the first call wrote
    calls = [after] * answers
    if asks_for_tasks:
        calls.append(after)  # inputs for weak tests
        slots = range(first_slot, first_slot + max(1, min(count, 100)))
        sizes = [sum(len(m["content"].encode()) for m in briefs.task_messages(plan.blueprint(slot))) for slot in slots]
        calls.append(budget.bound(max(sizes) + SCHEMA_BYTES, 2, answer_tokens))
    return Bound(sum(call.tokens for call in calls), sum(call.cost for call in calls))
