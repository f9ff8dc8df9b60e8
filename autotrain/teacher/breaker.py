"""When to stop trying: a circuit breaker over the whole server.

Many failures in a row with no answer between them open it: one trial request at a time,
further and further apart. An answer closes it. After `patience_s` without any answer it
gives up with one sentence. Pure: the clock is passed in.
"""

from autotrain.config.credentials import OF_TEACHER, Wording
from autotrain.display.values import duration
from autotrain.errors import TeacherError

FAILURES_TO_OPEN = 10
UNREACHABLE_TRIES = 4  # connections refused before the first answer of all
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0


class Breaker:
    """Counts failures since the last answer; says how long to wait, and when to give up."""

    def __init__(self, patience_s: float, now: float, wording: Wording = OF_TEACHER) -> None:
        self.patience_s, self._wording = patience_s, wording
        self.opened = 0
        self._failing_since: float | None = None
        self._answered = False
        self._failures, self._refused = 0, 0
        self._pause_s, self._until = FIRST_PAUSE_S, now

    @property
    def open(self) -> bool:
        return self._failures >= FAILURES_TO_OPEN

    def answered(self, now: float) -> None:
        """The server answered with something of use."""
        self._failing_since, self._answered = None, True
        self._failures = self._refused = 0
        self._pause_s = FIRST_PAUSE_S

    def limited(self, now: float, what: str) -> None:
        """A request was refused for its pace: no fault, but no answer either."""
        self._failing_since = now if self._failing_since is None else self._failing_since
        self._check_patience(now, what)

    def failed(self, now: float, what: str, *, unreachable: bool = False) -> None:
        """A request failed. Raises TeacherError when it is time to give up."""
        self._failures += 1
        self._failing_since = now if self._failing_since is None else self._failing_since
        self._refused = self._refused + 1 if unreachable else 0
        if self._refused >= UNREACHABLE_TRIES and not self._answered:
            raise TeacherError(
                f"{self._wording.who} cannot be reached: {what}. Is {self._wording.url} right and the server running?"
            )
        self._check_patience(now, what)
        if self.open and now >= self._until:
            self.opened += 1
            self._until = now + self._pause_s
            self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)

    def _check_patience(self, now: float, what: str) -> None:
        if self._failing_since is not None and now - self._failing_since > self.patience_s:
            raise TeacherError(
                f"{self._wording.who} gave no answer for {now - self._failing_since:.0f} s "
                f"(TEACHER_PATIENCE_S={self.patience_s:g}; last: {what}). "
                "The same command goes on from here, and pays for no answer twice."
            )

    def told_to_wait(self, retry_after_s: float, what: str) -> None:
        """The server named a wait. Raises TeacherError where that is longer than our patience."""
        if retry_after_s > self.patience_s:
            raise TeacherError(
                f"{self._wording.who} asks to wait {duration(retry_after_s)}, longer than "
                f"TEACHER_PATIENCE_S={self.patience_s:g} ({what}). The same command goes on from here later."
            )

    def wait_s(self, now: float, in_flight: int) -> float | None:
        """Seconds until a request may start: 0 at once, None when the trial must end first."""
        if not self.open:
            return 0.0
        if in_flight:
            return None
        return max(0.0, self._until - now)
