"""What the teacher was asked and what it cost: measured, never estimated.

`tokens_*` and `cost_usd` are what the server reported. `unsettled_usd` is the worst case
of requests whose answer never arrived (time-outs, broken bodies, a kill): the server may
have charged for them, so the budget counts them, and they are shown apart.
"""

from dataclasses import dataclass, fields
from typing import Any

from autotrain.teacher.prices import Price, dollars
from autotrain.teacher.protocol import Answer


def cost_of(answer: Answer, price: Price | None) -> int:
    """Picodollars of an answer whose tokens are known: by our price or as the server says, whichever is more."""
    own = price.cost(answer.tokens_in or 0, answer.tokens_cached, answer.tokens_out or 0) if price else 0
    return max(own, answer.told_cost)


@dataclass
class Usage:
    """Counters of one stage's requests, over all its restarts."""

    requests: int = 0  # sent to the server
    answers: int = 0  # received whole
    replayed: int = 0  # answers taken from the ledger by this process, not asked again
    retries: int = 0
    rate_limited: int = 0
    server_errors: int = 0
    timeouts: int = 0
    broken: int = 0  # connections that failed, bodies that were cut or no JSON
    unreported: int = 0  # answers without token counts
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    cost: int = 0  # picodollars
    unsettled_tokens: int = 0
    unsettled_cost: int = 0  # picodollars

    def as_row(self, price: Price | None) -> dict[str, Any]:
        """The counters for state, events and the summary; a cost that nobody knows is null."""
        row: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        cost, unsettled = row.pop("cost"), row.pop("unsettled_cost")
        row["cost_usd"] = None if price is None else round(dollars(cost), 9)
        row["unsettled_usd"] = None if price is None else round(dollars(unsettled), 9)
        return row
