"""Is an answer right? The one judge for the gate, the teacher's self-check and evaluation.

Each task names a kind of test (autotrain/samples.py); code is only ever run by
`autotrain.sandbox`:

    jobs = jobs_for(row, answer)                    # what the sandbox has to run, maybe nothing
    grade = judge(row, answer, [box.check(job) for job in jobs])
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from autotrain import samples
from autotrain.jsonl import Row
from autotrain.sandbox import Job, Limits, Sandbox, Verdict

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


def jobs_for(row: Row, answer: str, limits: Limits | None = None) -> list[Job]:
    """The sandbox jobs that judge this answer; an empty list where none is needed or none can help."""
    metadata = row["metadata"]
    tests: dict[str, Any] = row.get("tests") or {}
    kind = tests.get("kind", "asserts") if tests else None
    limits = limits or Limits()
    code = samples.extract_code(answer, metadata["response_format"], metadata["task_type"])
    if code is None or kind in ("review", "contains"):
        return []
    if kind == "mutants":
        # The right program comes twice: who can tell the runs apart by their number must pass the last one, too.
        programs = [tests["reference"], *tests["mutants"], tests["reference"]]
        group = hashlib.sha256("\0".join([*programs, code]).encode("utf-8", "surrogatepass")).hexdigest()
        return [Job(program, code, row.get("entry_point"), limits, group) for program in programs]
    # A published prompt may give imports that an answer need not repeat.
    program = f"{tests['prelude']}\n{code}" if tests.get("prelude") else code
    return [Job(program, tests["code"] if kind == "asserts" else "", row.get("entry_point"), limits)]


def judge(row: Row, answer: str, verdicts: list[Verdict]) -> Grade:
    """The grade, from the answer and the verdicts of its `jobs_for`, in their order."""
    metadata = row["metadata"]
    tests: dict[str, Any] = row.get("tests") or {}
    if not tests:
        return _judge_untested(metadata, verdicts)
    kind = tests.get("kind", "asserts")
    if kind == "contains":
        faults = [f"does not say {text!r}" for text in tests["all"] if text not in answer]
        faults += [f"says {text!r}" for text in tests.get("none", []) if text in answer]
        return _plain(not faults, faults[0] if faults else "", len(tests["all"]))
    if kind == "review":
        return _judge_review(tests, answer)
    if not verdicts:
        return _plain(False, "no code in the answer", 1)
    if kind == "mutants":
        return _judge_mutants(verdicts)
    return _from_verdict(verdicts[0])


def grade(row: Row, answer: str, sandbox: Sandbox) -> Grade:
    """One answer, run and judged."""
    return judge(row, answer, list(sandbox.check_many(jobs_for(row, answer))))


def _judge_untested(metadata: dict[str, Any], verdicts: list[Verdict]) -> Grade:
    if not verdicts:
        wants_code = metadata["response_format"] == "code"
        return _plain(False, "no code in the answer", 0) if wants_code else Grade(NOT_APPLICABLE, "", 0, 0, 0.0, False)
    grade = _from_verdict(verdicts[0])
    # Code that merely imports is no pass: nothing was tested.
    return Grade(NOT_APPLICABLE, "no tests", 0, 0, grade.seconds, False) if grade.passed else grade


def _judge_review(tests: dict[str, Any], answer: str) -> Grade:
    review = samples.parse_json_answer(answer)
    if review is None:
        return _plain(False, "not one JSON object", 1)
    problem = samples.json_problem(review, "code_review")
    if problem:
        return _plain(False, problem, 1)
    line = tests["line"]
    if line is None:
        clean = review["verdict"] == "approve" and not review["issues"]
        return _plain(clean, "" if clean else "reports a fault in sound code", 1)
    # One line and no other: a review that names several would pass by naming many.
    right = {issue["line"] for issue in review["issues"]} == {line} and review["verdict"] == "request_changes"
    return _plain(right, "" if right else f"does not report line {line} and nothing else", 1)


def _judge_mutants(verdicts: list[Verdict]) -> Grade:
    reference, *mutants, again = verdicts
    seconds = sum(verdict.seconds for verdict in verdicts)
    weak = any(verdict.weak for verdict in verdicts)
    for verdict in (reference, again):
        if verdict.status != "passed":
            right = "the tests fail on right code"
            if "does not load: ModuleNotFoundError" in verdict.message:
                right = "the reference imports what is not there (SANDBOX_PACKAGES)"
            reason = f"{right}: {verdict.message}"
            return Grade(FAILED, reason, 0, 1, seconds, weak, verdict.status)
    survivors = [number for number, verdict in enumerate(mutants, start=1) if verdict.status == "passed"]
    killed = len(mutants) - len(survivors)
    reason = f"mutant {survivors[0]} survives the tests" if survivors else ""
    return Grade(FAILED if survivors else PASSED, reason, killed + 1, len(survivors), seconds, weak, reference.status)


def _from_verdict(verdict: Verdict) -> Grade:
    passed = verdict.status == "passed"
    reason = "" if passed else (verdict.message or verdict.status)
    return Grade(
        PASSED if passed else FAILED,
        reason,
        verdict.tests_passed,
        verdict.tests_failed,
        verdict.seconds,
        verdict.weak,
        verdict.status,
    )


def _plain(passed: bool, reason: str, count: int) -> Grade:
    return Grade(PASSED if passed else FAILED, reason, count if passed else 0, 0 if passed else 1, 0.0, False)
