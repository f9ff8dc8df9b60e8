"""The hard cap on dollars and tokens: nothing is sent that could break it.

Before a request leaves, its worst case (every byte of the prompt a token, the longest
answer allowed) is reserved; its measured usage replaces the reservation later. So
spent + reserved never passes the cap, whatever is in flight.

    budget.fits(bound)         # may it be sent now?
    budget.reserve(bound); ...; budget.settle(bound, tokens, cost)   # or keep / release
"""

from dataclasses import dataclass, replace

from autotrain.teacher.prices import Price, dollars, picodollars

MESSAGE_OVERHEAD_TOKENS = 16  # role names and separators, for each message, in any chat template
TRUSTED_AFTER = 10  # answers that kept to their bound; until then, and after one that did not:
CAREFUL_SHARE = 0.25  # of what is left may be in flight
MORE_THAN_ANY = 10**12
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


@dataclass
class Account:
    """Tokens and picodollars of all teachers together. A cap of 0 means none."""

    max_tokens: int
    max_cost: int
    spent_tokens: int = 0
    spent_cost: int = 0
    reserved_tokens: int = 0
    reserved_cost: int = 0


class Budget:
    """What one teacher, with its price, may still take out of the account."""

    def __init__(self, price: Price | None, max_usd: float, max_tokens: int, account: Account | None = None) -> None:
        self.price = price
        self.account = account or Account(max_tokens, picodollars(max_usd))
        self._factor = 1.0  # grows where a server was seen to go past what was asked for
        self._measured = 0

    def for_another(self, price: Price | None) -> "Budget":
        """The budget of another teacher, out of the same account."""
        return Budget(price, 0.0, 0, self.account)

    def bound(self, prompt_bytes: int, messages: int, answer_tokens: int) -> Bound:
        """The worst case of a request: a token is at least one byte of the prompt."""
        tokens_in = int((prompt_bytes + messages * MESSAGE_OVERHEAD_TOKENS) * self._factor)
        tokens_out = int(answer_tokens * self._factor)
        cost = self.price.worst(tokens_in, tokens_out) if self.price else 0
        return Bound(tokens_in + tokens_out, cost, self._factor)

    def fits(self, bound: Bound) -> bool:
        """Whether it may be sent now. A server that was not seen to keep to its bound gets few requests at once."""
        if not self.account.reserved_tokens:
            return self.fits_alone(bound)
        trusted = self._measured >= TRUSTED_AFTER and self._factor == 1.0
        return self._leaves_room(bound, self.account, 1.0 if trusted else CAREFUL_SHARE)

    def fits_alone(self, bound: Bound) -> bool:
        """Whether it would fit if everything in flight turned out to be free."""
        return self._leaves_room(bound, replace(self.account, reserved_tokens=0, reserved_cost=0), 1.0)

    def pays_for(self, bound: Bound) -> int:
        """How many times what is not yet spent covers that bound; more than any count without a cap."""
        times, now = [MORE_THAN_ANY], self.account
        if now.max_tokens and bound.tokens:
            times.append(max(0, now.max_tokens - now.spent_tokens) // bound.tokens)
        if now.max_cost and bound.cost:
            times.append(max(0, now.max_cost - now.spent_cost) // bound.cost)
        return min(times)

    def _leaves_room(self, bound: Bound, now: Account, share: float) -> bool:
        tokens, cost = now.reserved_tokens + bound.tokens, now.reserved_cost + bound.cost
        if now.max_tokens and tokens > share * (now.max_tokens - now.spent_tokens):
            return False
        return not (now.max_cost and cost > share * (now.max_cost - now.spent_cost))

    def reserve(self, bound: Bound) -> None:
        self.account.reserved_tokens += bound.tokens
        self.account.reserved_cost += bound.cost

    def release(self, bound: Bound) -> None:
        """The request was not charged for."""
        self.account.reserved_tokens -= bound.tokens
        self.account.reserved_cost -= bound.cost

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
        self.account.spent_tokens += tokens
        self.account.spent_cost += cost

    def describe(self) -> str:
        """What is spent and allowed, for the sentence that ends the stage."""
        parts, now = [], self.account
        if now.max_cost:
            parts.append(f"${dollars(now.spent_cost):.4f} of TEACHER_MAX_USD={dollars(now.max_cost):g}")
        if now.max_tokens:
            parts.append(f"{now.spent_tokens} of TEACHER_MAX_TOKENS={now.max_tokens} tokens")
        return " and ".join(parts)
