"""From answers to a report: each one judged in the sandbox, the predictions written, the figures made.

What stage 05 and the final evaluation share. Suites in a file are proved first: their own
reference answers must pass.

    report = judge(sets, answers, sandbox, model=..., decoding=..., generation_s=12.5, context=context)
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autotrain.cli import Context
from autotrain.evaluation import results as reports
from autotrain.evaluation import scoring
from autotrain.evaluation.scoring import Prediction
from autotrain.evaluation.suites import load_suite, require_passing_references
from autotrain.jsonl import write_rows
from autotrain.sandbox import Sandbox
from autotrain.tasks.grading import grade


def prove(suites: Sequence[str], sandbox: Sandbox) -> None:
    """Raise DataError where a suite's own reference fails; the packaged suites are proved by the tests."""
    for name in suites:
        if Path(name).is_file():
            require_passing_references(load_suite(name), lambda row, text: grade(row, text, sandbox).passed)


def judge(
    sets: Sequence[reports.TaskSet],
    answers: Sequence[tuple[str, Prediction]],
    sandbox: Sandbox,
    context: Context,
    *,
    model: dict[str, Any],
    decoding: dict[str, Any] | None,
    generation_s: float,
    samples_per_task: int = 1,
    predictions: Path | None = None,
) -> dict[str, Any]:
    """The report on answers (set name, prediction) to the tasks of `sets`; writes `predictions` where asked."""
    started = time.monotonic()
    tasks = {tasks.name: {task["id"]: task for task in tasks.rows} for tasks in sets}
    everything = [task for tasks in sets for task in tasks.rows]
    with context.progress("graded", len(answers), unit="answer") as advance:
        grades = scoring.grade_predictions(everything, [prediction for _, prediction in answers], sandbox, advance)
    verdicts = [
        {"set": name, **scoring.verdict_of(tasks[name][prediction.task_id], prediction, grade)}
        for (name, prediction), grade in zip(answers, grades, strict=True)
    ]
    if predictions:
        rows = (
            reports.prediction_row(tasks[name][prediction.task_id], prediction, name) for name, prediction in answers
        )
        write_rows(predictions, rows)
    tokens = sum(prediction.tokens or 0 for _, prediction in answers)
    timing = {
        "generation_s": round(generation_s, 3),
        "grading_s": round(time.monotonic() - started, 3),
        "tokens_per_second": round(tokens / generation_s, 1) if decoding else None,
    }
    return reports.build(
        sets=sets,
        verdicts=verdicts,
        model=model,
        decoding=decoding,
        sandbox_tier=sandbox.tier,
        samples_per_task=samples_per_task,
        timing=timing,
    )
