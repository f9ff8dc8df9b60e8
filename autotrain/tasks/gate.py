"""Stage 03's machinery: only samples whose own answer passes their own tests go on.

Reads clean samples, writes the tested ones (each with `gate{status passed n_pass n_fail
seconds weak}`) and the rejects (with `gate{… reason}`). A ledger beside the output holds
what is decided, so that an interrupted gate goes on; it is removed once the output is there.

    python scripts/03_unit_test_gate.py --input clean.jsonl --output tested.jsonl --rejects rejects.jsonl

`status` of a sample that goes on: `passed` (its tests passed), `imported` (code without
tests: it parses and imports), `not_applicable` (nothing to run). `passed` is null for the
last two, since nothing was tested.
"""

import collections
import contextlib
import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from autotrain.errors import DataError
from autotrain.jsonl import Ledger, Row, dumps, load_rows, write_rows
from autotrain.sandbox import Job, Limits, Sandbox
from autotrain.tasks import languages, samples
from autotrain.tasks.grading import FAILED, Grade, jobs_for, judge
from autotrain.tasks.shapes import Sample

GATE_VERSION = 2
_CHUNK_A_WORKER = 8


@dataclass
class Counts:
    """What became of the samples of one file."""

    read: int = 0
    passed: int = 0
    imported: int = 0
    not_applicable: int = 0
    rejected: int = 0
    weak: int = 0
    resumed: int = 0
    reasons: collections.Counter = field(default_factory=collections.Counter)

    def add(self, decision: Row) -> None:
        gate = decision["gate"]
        if decision["accepted"]:
            setattr(self, gate["status"], getattr(self, gate["status"]) + 1)
            self.weak += gate["weak"]
        else:
            self.rejected += 1
            self.reasons[gate["status"]] += 1

    def as_dict(self) -> Row:
        names = ("read", "passed", "imported", "not_applicable", "rejected", "weak", "resumed")
        return {**{name: getattr(self, name) for name in names}, "reasons": dict(sorted(self.reasons.items()))}


def gate_file(
    source: Path,
    output: Path,
    rejects: Path | None,
    *,
    sandbox_mode: str = "auto",
    packages: Sequence[str] = (),
    workers: int = 1,
    vacuity: bool = True,
    limits: Limits | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> tuple[Counts, str]:
    """Gate one file. Returns the counts and the sandbox's tier.

    Raises DataError where the file is missing, malformed or empty, SandboxUnavailable where
    no tier holds, and whatever `advance` raises to stop (the ledger then holds what is done).
    """
    rows = [cast(Sample, row) for _, row in samples.read_lines(source)]  # sound or not: `_decide` asks
    if not rows:
        raise DataError(f"{source} holds no samples.")
    if all(map(samples.schema_problem, rows)):  # a file in another format
        next(samples.read_samples(source))
    counts = Counts(read=len(rows))
    limits = limits or Limits()
    with contextlib.ExitStack() as stack:
        # The second run has another order of sets: a test that hangs on it is flaky.
        first = stack.enter_context(Sandbox(sandbox_mode, workers, packages))
        second = stack.enter_context(Sandbox(sandbox_mode, workers, packages, hash_seed=1))
        settings = {"version": GATE_VERSION, "vacuity": vacuity, "limits": repr(limits), "tier": first.tier}
        path = ledger_path(output)
        decided = _read_ledger(path, settings)
        counts.resumed = sum(_key(row) in decided for row in rows)
        advance(counts.resumed)
        ledger = stack.enter_context(Ledger(path))
        if not decided and path.stat().st_size == 0:
            ledger.append(settings)
        waiting = (row for row in rows if _key(row) not in decided)
        while chunk := list(itertools.islice(waiting, _CHUNK_A_WORKER * workers)):
            for row, decision in zip(chunk, _decide(chunk, first, second, vacuity, limits)):  # noqa: B905
                decided[_key(row)] = decision
                ledger.append({"key": _key(row), **decision})
            advance(len(chunk))
        tier = first.tier
    decisions = [decided[_key(row)] for row in rows]
    for decision in decisions:
        counts.add(decision)
    if rejects is not None:
        write_rows(rejects, _with_gate(rows, decisions, accepted=False))
    write_rows(output, _with_gate(rows, decisions, accepted=True))
    path.unlink()
    return counts, tier


def ledger_path(output: Path) -> Path:
    """Where the decisions of an unfinished gate are kept."""
    return output.with_name(f".{output.name}.gate-ledger")


def _decide(rows: list[Sample], first: Sandbox, second: Sandbox, vacuity: bool, limits: Limits) -> list[Row]:
    """For each sample of a chunk: whether it goes on, and its `gate` field."""
    problems = [samples.schema_problem(row) for row in rows]
    sound = [row for row, problem in zip(rows, problems) if problem is None]  # noqa: B905
    grades = dict(zip(map(id, sound), _grades(sound, first, limits)))  # noqa: B905
    tested = [row for row in sound if grades[id(row)].passed and _runs_tests(row)]
    again = dict(zip(map(id, tested), _grades(tested, second, limits)))  # noqa: B905
    vacuous = _vacuous(tested, second, limits) if vacuity else set()
    decisions = []
    for row, problem in zip(rows, problems):  # noqa: B905
        if problem is not None:
            decisions.append(_rejected("schema", problem))
            continue
        grade = grades[id(row)]
        if grade.status == FAILED:
            decisions.append(_rejected(_kind_of_failure(grade), grade.reason, grade))
        elif id(row) in again and not again[id(row)].passed:
            reason = f"passed once, then: {again[id(row)].reason}"
            decisions.append(_rejected("flaky", reason, grade))
        elif id(row) in vacuous:
            decisions.append(_rejected("vacuous", "the tests pass on an empty stub of the code", grade))
        else:
            decisions.append(_accepted(row, grade))
    return decisions


def _grades(rows: list[Sample], sandbox: Sandbox, limits: Limits) -> Iterator[Grade]:
    jobs = [jobs_for(row, row["output"], limits) for row in rows]
    verdicts = sandbox.check_many(job for listed in jobs for job in listed)
    for row, listed in zip(rows, jobs):  # noqa: B905
        yield judge(row, row["output"], list(itertools.islice(verdicts, len(listed))))


def _vacuous(rows: list[Sample], sandbox: Sandbox, limits: Limits) -> set[int]:
    """Which samples' tests pass on an empty stub of the code that they should test."""
    stubs: list[tuple[Sample, Job]] = []
    for row in rows:
        job = jobs_for(row, row["output"], limits)[0]  # for tests as answers: the reference
        stub = languages.taught(row).stub_of(job.code)
        if stub is not None:
            stubs.append((row, replace(job, code=stub)))
    verdicts = sandbox.check_many(job for _, job in stubs)
    return {id(row) for (row, _), verdict in zip(stubs, verdicts) if verdict.status == "passed"}  # noqa: B905


def _runs_tests(row: Sample) -> bool:
    return bool(row.get("tests")) and bool(jobs_for(row, row["output"]))


def _kind_of_failure(grade: Grade) -> str:
    status = grade.sandbox_status
    return f"tests_{status}" if status else "wrong_answer"


def _accepted(row: Sample, grade: Grade) -> Row:
    status = "passed" if grade.passed else "imported" if jobs_for(row, row["output"]) else "not_applicable"
    return {"accepted": True, "gate": _gate(status, True if grade.passed else None, grade)}


def _rejected(status: str, reason: str, grade: Grade | None = None) -> Row:
    grade = grade or Grade(FAILED, reason, 0, 0, 0.0, False)
    return {"accepted": False, "gate": {**_gate(status, False, grade), "reason": reason[:1000]}}


def _gate(status: str, passed: bool | None, grade: Grade) -> Row:
    # To a tenth of a second: finer would be noise, and would make two runs' files differ.
    return {
        "status": status,
        "passed": passed,
        "n_pass": grade.tests_passed,
        "n_fail": grade.tests_failed,
        "seconds": round(grade.seconds, 1),
        "weak": grade.weak,
    }


def _with_gate(rows: list[Sample], decisions: list[Row], *, accepted: bool) -> Iterator[Row]:
    for row, decision in zip(rows, decisions):  # noqa: B905
        if decision["accepted"] is accepted:
            yield {**row, "gate": decision["gate"]}


def _key(row: Sample) -> str:
    return hashlib.sha256(dumps(row)).hexdigest()[:24]


def _read_ledger(path: Path, settings: Row) -> dict[str, Any]:
    """Decisions made earlier under the same settings; a ledger of other settings is dropped."""
    if not path.exists():
        return {}
    Ledger(path).close()  # repairs a torn last line
    lines = load_rows(path)
    if not lines or lines[0] != settings:
        path.unlink()
        return {}
    return {line.pop("key"): line for line in lines[1:]}
