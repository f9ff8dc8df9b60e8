"""The hard cap on dollars and tokens: nothing is sent that could break it.

Before a request leaves, its worst case (every byte of the prompt a token, the longest
answer allowed) is reserved; its measured usage replaces the reservation later. So
spent + reserved never passes the cap, whatever is in flight.

    budget.fits(bound)         # may it be sent now?
    budget.reserve(bound); ...; budget.settle(bound, tokens, cost)   # or keep / release
"""

from dataclasses import dataclass

from autotrain.teacher.prices import Price, dollars, picodollars

MESSAGE_OVERHEAD_TOKENS = 16  # role names and separators, for each message, in any chat template


@dataclass(frozen=True)
class Bound:
    """The most that one request can use."""

    tokens: int
    cost: int  # picodollars


class Budget:
    """Spent, reserved and allowed. A cap of 0 means none."""

    def __init__(self, price: Price | None, max_usd: float, max_tokens: int) -> None:
        self.price, self.max_tokens = price, max_tokens
        self.max_cost = picodollars(max_usd)
        self.spent_tokens = self.spent_cost = 0
        self.reserved_tokens = self.reserved_cost = 0
        self._factor = 1.0  # grows where a server was seen to go past what was asked for

    def bound(self, prompt_bytes: int, messages: int, answer_tokens: int) -> Bound:
        """The worst case of a request: a token is at least one byte of the prompt."""
        tokens_in = int((prompt_bytes + messages * MESSAGE_OVERHEAD_TOKENS) * self._factor)
        tokens_out = int(answer_tokens * self._factor)
        return Bound(tokens_in + tokens_out, self.price.worst(tokens_in, tokens_out) if self.price else 0)

    def fits(self, bound: Bound) -> bool:
        return self._leaves_room(bound, self.reserved_tokens, self.reserved_cost)

    def fits_alone(self, bound: Bound) -> bool:
        """Whether it would fit if everything in flight turned out to be free."""
        return self._leaves_room(bound, 0, 0)

    def _leaves_room(self, bound: Bound, reserved_tokens: int, reserved_cost: int) -> bool:
        if self.max_tokens and self.spent_tokens + reserved_tokens + bound.tokens > self.max_tokens:
            return False
        return not (self.max_cost and self.spent_cost + reserved_cost + bound.cost > self.max_cost)

    def reserve(self, bound: Bound) -> None:
        self.reserved_tokens += bound.tokens
        self.reserved_cost += bound.cost

    def release(self, bound: Bound) -> None:
        """The request was not charged for."""
        self.reserved_tokens -= bound.tokens
        self.reserved_cost -= bound.cost

    def settle(self, bound: Bound, tokens: int, cost: int) -> None:
        """The request's usage is known."""
        self.release(bound)
        self.spend(tokens, cost)
        if tokens > bound.tokens and bound.tokens:
            self._factor *= tokens / bound.tokens

    def keep(self, bound: Bound) -> None:
        """Nobody knows whether it was charged for: the worst case counts as spent."""
        self.settle(bound, bound.tokens, bound.cost)

    def spend(self, tokens: int, cost: int) -> None:
        """Count what was used before (an earlier round, an earlier start)."""
        self.spent_tokens += tokens
        self.spent_cost += cost

    def describe(self) -> str:
        """What is spent and allowed, for the sentence that ends the stage."""
        parts = []
        if self.max_cost:
            parts.append(f"${dollars(self.spent_cost):.4f} of TEACHER_MAX_USD={dollars(self.max_cost):g}")
        if self.max_tokens:
            parts.append(f"{self.spent_tokens} of TEACHER_MAX_TOKENS={self.max_tokens} tokens")
        return " and ".join(parts)
