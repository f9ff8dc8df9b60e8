"""What a sample must be before it may train anything, whichever teacher made it.

Static checks first (schema, control tokens, format, entry point), then the sandbox: the sample's answer
must pass its own tests, and an answer that does nothing must fail them.

    problem = static_problem(row)                       # a short reason, or None
    problem = check_by_running(row, sandbox.check)      # the same, by running code
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from autotrain.tasks import answers, samples
from autotrain.tasks.kinds import kind_of
from autotrain.tasks.python import defined_names
from autotrain.tasks.shapes import Sample
from autotrain.tasks.thoughts import control_token

if TYPE_CHECKING:
    from autotrain.sandbox import Job, Verdict
    from autotrain.teacher.drafts import Claim


def static_problem(row: Sample) -> str | None:
    """Why a row is no sample, without running anything; None for a sound one."""
    problem = samples.schema_problem(row)
    if problem:
        return f"schema: {problem}"
    for name in ("instruction", "input", "output"):
        token = control_token(row[name])
        if token is not None:
            return f"control token: {token} stands in the {name}"
    metadata = row["metadata"]
    if not row["instruction"].strip():
        return "schema: instruction: empty"
    problem = answers.format_problem(row["output"], metadata["response_format"], metadata["task_type"])
    if problem:
        return f"format: {problem}"
    return _entry_point_problem(row)


def _entry_point_problem(row: Sample) -> str | None:
    name = row.get("entry_point")
    tests = row.get("tests") or {}
    if name is None or tests.get("kind", "asserts") != "asserts":
        return None
    metadata = row["metadata"]
    code = answers.extract_code(row["output"], metadata["response_format"], metadata["task_type"], name)
    if code is None:
        return "entry point: no code in the answer"
    if name not in defined_names(code):
        return f"entry point: {name} is not defined"
    return None


def stub_answer(row: Sample) -> str | None:
    """An answer in the right form that does nothing, or None where the tests need none."""
    tests = row.get("tests") or {}
    return kind_of(tests).empty_answer(row) if tests else None


def check_by_running(row: Sample, check: "Callable[[Job], Verdict]") -> str | None:
    """Why a row's own tests refuse it, or None. `check` runs one sandbox job."""
    from autotrain.tasks import grading

    def grade(answer: str) -> grading.Grade:
        return grading.judge(row, answer, [check(job) for job in grading.jobs_for(row, answer)])

    result = grade(row["output"])
    if result.status == grading.NOT_APPLICABLE:
        return None
    if not result.passed:
        return f"own tests: {result.reason}"
    stub = stub_answer(row)
    if stub is not None and grade(stub).passed:
        return "own tests: they pass on a stub"
    return None


def check_claims(claims: "Sequence[Claim]", entry_point: str, check: "Callable[[Job], Verdict]") -> str | None:
    """Which claim about a task's own programs is false, or None where all hold."""
    from autotrain.sandbox import Job

    for claim in claims:
        verdict = check(Job(claim.code, claim.tests, entry_point))
        if claim.passes and verdict.status == "timeout" and claim.reason != "task tests":
            continue  # inputs of ours, on which the code before it may not end either
        if (verdict.status == "passed") != claim.passes:
            said = f"fails the tests ({verdict.message or verdict.status})" if claim.passes else "passes the tests"
            return f"{claim.reason}: {claim.what} {said}"
    return None
