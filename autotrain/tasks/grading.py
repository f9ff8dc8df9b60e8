"""Is an answer right? The one judge for the gate, the teacher's self-check and evaluation.

Each task names a kind of test (autotrain/tasks/kinds.py); code is only ever run by
`autotrain.sandbox`:

    jobs = jobs_for(row, answer)                    # what the sandbox has to run, maybe nothing
    grade = judge(row, answer, [box.check(job) for job in jobs])
"""

from collections.abc import Sequence

from autotrain.sandbox import Job, Limits, Sandbox, Verdict
from autotrain.tasks import languages, newer_python
from autotrain.tasks.grade import FAILED, NOT_APPLICABLE, PASSED, Grade, from_verdict, plain
from autotrain.tasks.kinds import code_of, kind_of
from autotrain.tasks.shapes import Sample

__all__ = ["FAILED", "NOT_APPLICABLE", "PASSED", "Grade", "grade", "jobs_for", "judge"]


def jobs_for(row: Sample, answer: str, limits: Limits | None = None) -> list[Job]:
    """The sandbox jobs that judge this answer; an empty list where none is needed or none can help."""
    limits = limits or Limits()
    if row.get("tests"):
        return kind_of(row["tests"]).jobs(row, answer, limits)
    code = code_of(row, answer)
    return [] if code is None or newer_python.is_newer(code) else [Job(code, "", row.get("entry_point"), limits)]


def judge(row: Sample, answer: str, verdicts: Sequence[Verdict]) -> Grade:
    """The grade, from the answer and the verdicts of its `jobs_for`, in their order."""
    if row.get("tests"):
        return kind_of(row["tests"]).judge(row, answer, verdicts)
    if not verdicts:
        is_code = row["metadata"]["response_format"] == "code"
        # Another language, or a Python that this interpreter cannot run, is not judged here.
        wants_code = is_code and languages.of_row(row) in languages.TAUGHT and code_of(row, answer) is None
        return plain(False, "no code in the answer", 0) if wants_code else Grade(NOT_APPLICABLE, "", 0, 0, 0.0, False)
    found = from_verdict(verdicts[0])
    # Code that merely imports is no pass: nothing was tested.
    return Grade(NOT_APPLICABLE, "no tests", 0, 0, found.seconds, False) if found.passed else found


def grade(row: Sample, answer: str, sandbox: Sandbox) -> Grade:
    """One answer, run and judged."""
    return judge(row, answer, list(sandbox.check_many(jobs_for(row, answer))))
