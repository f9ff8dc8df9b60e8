"""The checker of non-answers: tries tasks with answers that do no work, and says which pass.

Reads suites (by name or from files) and samples of the builtin teacher; writes nothing but one
JSON object to stdout, with the table for people on stderr. Exit code 3 where something passes
that counts in a headline; what passes a weak task is counted apart.

    python -m autotrain.teacher.non_answers --suite heidi-core --builtin 2000
"""

import argparse
import itertools
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from autotrain import cli
from autotrain.errors import DataError
from autotrain.evaluation import heidi_core
from autotrain.evaluation.scoring import Judged, Prediction, grade_predictions
from autotrain.evaluation.suites import load_suite
from autotrain.sandbox import Limits, Sandbox
from autotrain.tasks.kinds import is_weak
from autotrain.tasks.non_answers import WHATS, Frequent, NonAnswer, non_answers
from autotrain.tasks.shapes import Sample

HASTE = Limits(wall_s=2.0, cpu_s=2.0)  # tests that wait for a stub to do something never end
BATCH = 2000  # answers graded at a time
WHEN = "2025-01-01T00:00:00+00:00"  # samples made here are tried and forgotten


@dataclass
class Findings:
    """How tasks did against non-answers. A task that several of one kind pass counts once."""

    tasks: int = 0
    answers: int = 0
    tried: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind of non-answer, task type) → tasks tried."""
    weak: Counter[tuple[str, str]] = field(default_factory=Counter)
    """The same → tasks that it passes, where a pass counts in no headline."""
    passing: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """(kind of non-answer, task type, id) → the text that passes where it counts."""

    def passed(self, what: str, task_type: str) -> int:
        """Tasks of a type that a kind of non-answer passes, and that count."""
        return sum(place[:2] == (what, task_type) for place in self.passing)

    def as_json(self) -> dict[str, Any]:
        """The findings for a program: the table, and each task that passes."""
        table: dict[str, dict[str, dict[str, int]]] = {}
        for what, task_type in sorted(self.tried, key=lambda cell: (WHATS.index(cell[0]), cell[1])):
            cell = (what, task_type)
            counts = {"tried": self.tried[cell], "passed": self.passed(*cell), "weak": self.weak[cell]}
            table.setdefault(what, {})[task_type] = counts
        passing = [{"id": name, "non_answer": what, "text": text} for (what, _, name), text in self.passing.items()]
        return {
            "tasks": self.tasks,
            "answers": self.answers,
            "passed": len({name for _, _, name in self.passing}),
            "table": table,
            "passing": passing,
        }


def check(rows: Sequence[Sample], sandbox: Sandbox) -> Findings:
    """Try every task that has tests with every non-answer, strictly and leniently read."""
    rows = [row for row in rows if row.get("tests")]
    frequent = Frequent(rows)
    findings = Findings(tasks=len(rows))
    weak: set[tuple[str, str, str]] = set()
    for batch in _batches((row, given) for row in rows for given in non_answers(row, frequent)):
        findings.answers += len(batch)
        open_ones = [(row, given) for row, given in batch if not given.refuted]
        hopeful = [pair for pair, judged in _graded(open_ones, sandbox, most_mutants=1) if judged.lenient.passed]
        for (row, given), judged in _graded(hopeful, sandbox):
            place = (given.what, row["metadata"]["task_type"], row["id"])
            for grade in (judged.strict, judged.lenient):
                if grade.passed and (grade.weak or is_weak(row)):
                    weak.add(place)
                elif grade.passed:
                    findings.passing.setdefault(place, given.text)
        for what, task_type, _ in {(given.what, row["metadata"]["task_type"], row["id"]) for row, given in batch}:
            findings.tried[what, task_type] += 1
    findings.weak.update((what, task_type) for what, task_type, _ in weak)
    return findings


def table(findings: Findings) -> str:
    """Kind of non-answer × task type: tasks passed of tasks tried; weak passes behind a plus sign."""
    types = sorted({task_type for _, task_type in findings.tried})
    lines = [f"{'passed of tried (+ weak)':30}" + "".join(f"{_short(task_type):>14}" for task_type in types)]
    for what in WHATS:
        cells = []
        for task_type in types:
            tried, weak = findings.tried[what, task_type], findings.weak[what, task_type]
            more = f" +{weak}" if weak else ""
            cells.append(f"{findings.passed(what, task_type)}/{tried}{more}" if tried else "-")
        lines.append(f"{what:30}" + "".join(f"{cell:>14}" for cell in cells))
    return "\n".join(lines)


def builtin_samples(count: int, seed: int) -> list[Sample]:
    """Samples as the builtin teacher makes them for a first round."""
    from autotrain.teacher.builtin import generate

    return list(itertools.islice(generate(seed=seed, round_number=1, timestamp=WHEN), count))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table and the JSON object; 3 where a task that counts is passed without doing it."""
    names = ("seed", "sandbox", "sandbox_packages", "workers")
    parser = cli.stage_parser(__doc__, names, with_round=False)
    parser.add_argument("--suite", action="append", default=[], metavar="NAME|FILE", help="a suite; may be repeated")
    parser.add_argument("--builtin", type=cli.natural, default=0, metavar="N", help="samples of the builtin teacher")
    passed: list[int] = []

    def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
        summary = _work(arguments, context)
        passed.append(summary["passed"])
        return summary

    code = cli.main("non_answers", parser, work, argv)
    if code or not passed[0]:
        return code
    error = DataError(f"{passed[0]} tasks can be passed without doing them: mend them, or mark them weak.")
    return cli.report_error("non_answers", error)


def _work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    names = arguments.suite or ([] if arguments.builtin else [heidi_core.NAME])
    rows = list({row["id"]: row for name in names for row in load_suite(name).rows}.values())
    if arguments.builtin:
        rows += builtin_samples(arguments.builtin, context.settings.seed)
    with Sandbox(context.settings.sandbox, context.workers, context.sandbox_packages) as sandbox:
        findings = check(rows, sandbox)
    context.say(table(findings))
    return findings.as_json()


def _graded(
    pairs: Sequence[tuple[Sample, NonAnswer]], sandbox: Sandbox, most_mutants: int | None = None
) -> Iterator[tuple[tuple[Sample, NonAnswer], Judged]]:
    """Each pair with its grades. Unit tests can be tried on the first mutants alone: few pass even those."""
    tasks = {row["id"]: row for row, _ in pairs}
    for name, row in tasks.items():
        tests = row["tests"]
        if most_mutants and tests.get("kind") == "mutants":
            tasks[name] = {**row, "tests": {**tests, "mutants": tests["mutants"][:most_mutants]}}
    predictions = [Prediction(row["id"], given.text) for row, given in pairs]
    yield from zip(pairs, grade_predictions(list(tasks.values()), predictions, sandbox, limits=HASTE), strict=True)


def _batches(pairs: Iterable[tuple[Sample, NonAnswer]]) -> Iterator[list[tuple[Sample, NonAnswer]]]:
    """Batches of about BATCH pairs that keep a task's answers together."""
    batch: list[tuple[Sample, NonAnswer]] = []
    for _, group in itertools.groupby(pairs, key=lambda pair: pair[0]["id"]):
        batch += group
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _short(task_type: str) -> str:
    return task_type.replace("_", " ").split()[-1][:12]


if __name__ == "__main__":
    sys.exit(main())
