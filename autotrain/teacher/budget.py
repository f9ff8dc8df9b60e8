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
TRUSTED_AFTER = 10  # answers that kept to their bound; until then, and after one that did not:
CAREFUL_SHARE = 0.25  # of what is left may be in flight
MARGIN = 2.0  # on the worst overrun seen: the next may be worse


@dataclass(frozen=True)
class Bound:
    """The most that one request can use."""

    tokens: int
    cost: int  # picodollars
    factor: float = 1.0  # by which it was widened

    def overrun(self, tokens: int, cost: int) -> float:
        """How many times what was asked for a server used."""
        ratios = (tokens / self.tokens if self.tokens else 0.0, cost / self.cost if self.cost else 0.0)
        return max(ratios) * self.factor


class Budget:
    """Spent, reserved and allowed. A cap of 0 means none."""

    def __init__(self, price: Price | None, max_usd: float, max_tokens: int) -> None:
        self.price, self.max_tokens = price, max_tokens
        self.max_cost = picodollars(max_usd)
        self.spent_tokens = self.spent_cost = 0
        self.reserved_tokens = self.reserved_cost = 0
        self._factor = 1.0  # grows where a server was seen to go past what was asked for
        self._measured = 0

    def bound(self, prompt_bytes: int, messages: int, answer_tokens: int) -> Bound:
        """The worst case of a request: a token is at least one byte of the prompt."""
        tokens_in = int((prompt_bytes + messages * MESSAGE_OVERHEAD_TOKENS) * self._factor)
        tokens_out = int(answer_tokens * self._factor)
        cost = self.price.worst(tokens_in, tokens_out) if self.price else 0
        return Bound(tokens_in + tokens_out, cost, self._factor)

    def fits(self, bound: Bound) -> bool:
        """Whether it may be sent now. A server that was not seen to keep to its bound gets few requests at once."""
        if not self.reserved_tokens:
            return self.fits_alone(bound)
        trusted = self._measured >= TRUSTED_AFTER and self._factor == 1.0
        return self._leaves_room(bound, self.reserved_tokens, self.reserved_cost, 1.0 if trusted else CAREFUL_SHARE)

    def fits_alone(self, bound: Bound) -> bool:
        """Whether it would fit if everything in flight turned out to be free."""
        return self._leaves_room(bound, 0, 0, 1.0)

    def _leaves_room(self, bound: Bound, reserved_tokens: int, reserved_cost: int, share: float) -> bool:
        if self.max_tokens and reserved_tokens + bound.tokens > share * (self.max_tokens - self.spent_tokens):
            return False
        return not (self.max_cost and reserved_cost + bound.cost > share * (self.max_cost - self.spent_cost))

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
        self._measured += 1
        if tokens > bound.tokens or (cost > bound.cost and bound.cost):
            self.widen(bound.overrun(tokens, cost))

    def widen(self, overrun: float) -> None:
        """A request used so many times what it was asked to: the next bounds allow for more."""
        if overrun > 1.0:
            self._factor = max(self._factor, MARGIN * overrun)

    def keep(self, bound: Bound, told_cost: int = 0) -> None:
        """Nobody knows what it was charged: the worst case counts as spent."""
        self.release(bound)
        self.spend(bound.tokens, max(bound.cost, told_cost))

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
