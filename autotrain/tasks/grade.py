"""The grade of an answer: passed or not, why, and whether the pass is weak."""

from dataclasses import dataclass

from autotrain.sandbox import Verdict

PASSED, FAILED, NOT_APPLICABLE = "passed", "failed", "not_applicable"


@dataclass(frozen=True)
class Grade:
    """How an answer did. `status`: passed, failed, not_applicable (nothing to judge it by)."""

    status: str
    reason: str
    tests_passed: int
    tests_failed: int
    seconds: float
    weak: bool
    sandbox_status: str = ""

    @property
    def passed(self) -> bool:
        return self.status == PASSED


def from_verdict(verdict: Verdict) -> Grade:
    """The grade that one run of the sandbox gives."""
    passed = verdict.status == "passed"
    reason = "" if passed else (verdict.message or verdict.status)
    counts = (verdict.tests_passed, verdict.tests_failed, verdict.seconds, verdict.weak, verdict.status)
    return Grade(PASSED if passed else FAILED, reason, *counts)


def plain(passed: bool, reason: str, count: int, weak: bool = False) -> Grade:
    """A grade that needed no run."""
    return Grade(PASSED if passed else FAILED, reason, count if passed else 0, 0 if passed else 1, 0.0, weak)
