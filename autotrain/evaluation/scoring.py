"""From answers to figures: what each answer did, and the metrics over many of them.

Pure functions; running the tests is the sandbox's, generating the answers generate.py's.
The metrics are defined in docs/evaluation.md.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import json5

from autotrain.evaluation.compare import CODE_TYPES
from autotrain.evaluation.statistics import clustered, count_families, mean_interval, pass_at_k, wilson
from autotrain.jsonl import Row
from autotrain.sandbox import Limits, Sandbox
from autotrain.tasks import answers, grading, python, thoughts
from autotrain.tasks.kinds import is_weak
from autotrain.tasks.lenient import mend
from autotrain.tasks.shapes import Sample

# An answer circles where, of its last words (so many), this share of runs (so long) come again: tight or wide circles.
CIRCLES = ((24, 3, 0.3), (60, 4, 0.4))
TIGHT_TAIL, LONGEST_PERIOD = 96, 24  # characters: so many at the end that repeat a piece of at most so many
REPETITION_WORDS = 8  # an answer repeats itself where runs of this many words come again


@dataclass(frozen=True)
class Judged:
    """One answer judged twice: as it stands, and put into the form that was asked for where it missed that."""

    strict: grading.Grade
    lenient: grading.Grade
    form: str | None
    """What the answer missed of its form (tasks/answers.py), None where nothing."""


@dataclass(frozen=True)
class Prediction:
    """One answer to one task, as a model (or a file) gave it."""

    task_id: str
    text: str
    tokens: int | None = None
    truncated: bool = False


def grade_predictions(
    tasks: Sequence[Sample],
    predictions: Sequence[Prediction],
    sandbox: Sandbox,
    on_graded: Callable[[int], None] = lambda count: None,
    limits: Limits | None = None,
) -> list[Judged]:
    """Both grades of each prediction, in order. Only the sandbox runs code, within `limits` (default: Limits())."""
    by_id = {task["id"]: task for task in tasks}
    rows = [by_id[prediction.task_id] for prediction in predictions]
    strict: list[grading.Grade] = []
    for grade in _grades(rows, [prediction.text for prediction in predictions], sandbox, limits):
        strict.append(grade)
        on_graded(1)
    readings = [mend(prediction.text, row) for prediction, row in zip(predictions, rows, strict=True)]
    again = [
        place
        for place, (grade, (text, form)) in enumerate(zip(strict, readings, strict=True))
        if form and not grade.passed and text != predictions[place].text
    ]
    lenient = list(strict)
    mended = _grades([rows[place] for place in again], [readings[place][0] for place in again], sandbox, limits)
    for place, grade in zip(again, mended, strict=True):
        lenient[place] = grade
    return [Judged(first, second, form) for first, second, (_, form) in zip(strict, lenient, readings, strict=True)]


def _grades(
    rows: Sequence[Sample], texts: Sequence[str], sandbox: Sandbox, limits: Limits | None
) -> Iterator[grading.Grade]:
    jobs = [grading.jobs_for(row, text, limits) for row, text in zip(rows, texts, strict=True)]
    verdicts = sandbox.check_many(job for group in jobs for job in group)
    for row, text, group in zip(rows, texts, jobs, strict=True):
        yield grading.judge(row, text, [next(verdicts) for _ in group])


def verdict_of(task: Sample, prediction: Prediction, judged: Judged) -> dict[str, Any]:
    """What the report keeps of one answer: enough to replay the verdict beside the answer itself."""
    metadata, grade, weak = task["metadata"], judged.strict, is_weak(task)
    response_format, task_type = metadata["response_format"], metadata["task_type"]
    problem = answers.format_problem(prediction.text, response_format, task_type)
    code = answers.extract_code(prediction.text, response_format, task_type, task.get("entry_point"))
    parsed = answers.parse_json_answer(prediction.text) if response_format == "json" else None
    return {
        "id": task["id"],
        "family": metadata.get("family", ""),
        "task_type": task_type,
        "difficulty": metadata["difficulty"],
        "level": metadata.get("level"),
        "response_format": response_format,
        "passed": grade.passed,
        "passed_lenient": judged.lenient.passed,
        "form": judged.form,
        "weak": grade.weak or weak,
        "judged": grade.status != grading.NOT_APPLICABLE and not weak,
        "reason": grade.reason,
        "tests_passed": grade.tests_passed,
        "tests_failed": grade.tests_failed,
        "format_ok": problem is None,
        "format_problem": problem,
        "json_ok": parsed is not None if response_format == "json" else None,
        "json5_ok": _json5_parses(prediction.text) if response_format == "json" else None,
        "schema_ok": parsed is not None and answers.json_problem(parsed, task_type) is None
        if response_format == "json"
        else None,
        "false_alarm": _false_alarm(task, parsed),
        "code_parses": code is not None and python.parses(code) if response_format == "code" else None,
        "repetition": round(repetition(prediction.text), 4),
        "circles": in_circles(prediction.text),
        "truncated": prediction.truncated or thoughts.is_unfinished_thought(prediction.text),
        "tokens": prediction.tokens,
        "characters": len(prediction.text),
    }


def repetition(text: str) -> float:
    """Share of an answer's word runs (REPETITION_WORDS long) that are repeats of an earlier one."""
    return _repeats(text.split(), REPETITION_WORDS)


def in_circles(text: str) -> bool:
    """Whether an answer's end repeats itself, numbers aside (`"x1": 1, "x2": 2, …`): more tokens would not end it."""
    text = re.sub(r"\d+", "0", text)
    tail = text[-TIGHT_TAIL:]  # without a space between: `a/a/a/…`
    if len(tail) == TIGHT_TAIL and any(tail[:-period] == tail[period:] for period in range(1, LONGEST_PERIOD + 1)):
        return True
    words = text.split()
    return any(len(words) >= tail and _repeats(words[-tail:], length) >= share for tail, length, share in CIRCLES)


def _repeats(words: Sequence[str], length: int) -> float:
    runs = Counter(tuple(words[start : start + length]) for start in range(len(words) - length + 1))
    total = sum(runs.values())
    return 1 - len(runs) / total if total else 0.0


def metrics(verdicts: Sequence[dict[str, Any]], samples_per_task: int = 1) -> dict[str, Any]:
    """The figures of one set of tasks, each share with its count and a 95 % interval.

    pass@1 is strict; `pass@1_lenient` takes right answers in other forms too. Both are over the tasks that
    can be judged and are not weak, and never count a weak pass; their second interval takes the errors of a
    family together and is the one to quote for families not seen.
    """
    judged = [verdict for verdict in verdicts if verdict["judged"]]
    result: dict[str, Any] = {
        "tasks": len({verdict["id"] for verdict in verdicts}),
        "pass@1": _pass_rate(judged),
        "pass@1_lenient": _pass_rate([{**verdict, "passed": verdict["passed_lenient"]} for verdict in judged]),
        "code_only": _pass_rate([verdict for verdict in judged if verdict["task_type"] in CODE_TYPES]),
        "missed_forms": dict(sorted(Counter(verdict["form"] for verdict in verdicts if verdict["form"]).items())),
        "weak_passes": sum(verdict["passed"] and verdict["weak"] for verdict in verdicts),
        "not_judged": len(verdicts) - len(judged),
        "format_compliance": _share(verdicts, "format_ok"),
        "json_parse_rate": _share(verdicts, "json_ok"),
        "json5_parse_rate": _share(verdicts, "json5_ok"),
        "schema_fit": _share(verdicts, "schema_ok"),
        "review_false_alarms": _share(verdicts, "false_alarm"),
        "code_parses": _share(verdicts, "code_parses"),
        "truncation": _share(verdicts, "truncated"),
        "repetition": _mean([verdict["repetition"] for verdict in verdicts]),
        "answer_tokens": _mean([verdict["tokens"] for verdict in verdicts if verdict["tokens"] is not None]),
    }
    if samples_per_task > 1:
        result["pass@k"] = _pass_at_k(judged, samples_per_task)
    for key in ("task_type", "difficulty", "level", "response_format"):
        groups = sorted({verdict[key] for verdict in judged if verdict[key] is not None})
        result[f"by_{key}"] = {
            str(group): _pass_rate([verdict for verdict in judged if verdict[key] == group]) for group in groups
        }
    return result


def _false_alarm(task: Sample, review: Row | None) -> bool | None:
    """Whether a review of a sound program reports a fault; None for other tasks and where it cannot be read."""
    tests = task.get("tests") or {}
    if tests.get("kind") != "review" or tests["line"] is not None:
        return None
    if review is None or answers.json_problem(review, "code_review"):
        return None
    return review["verdict"] != "approve" or bool(review["issues"])


def _counts(verdict: dict[str, Any]) -> bool:
    return verdict["passed"] and not verdict["weak"]


def _pass_rate(judged: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    if not judged:
        return None
    passed = [float(_counts(verdict)) for verdict in judged]
    families = [verdict["family"] for verdict in judged]
    return {
        "value": sum(passed) / len(passed),
        "passed": int(sum(passed)),
        "n": len(passed),
        "interval": list(wilson(sum(passed), len(passed))),
        "interval_by_family": list(clustered(passed, families)),
        "families": count_families(families),
    }


def _share(verdicts: Sequence[dict[str, Any]], key: str) -> dict[str, Any] | None:
    known = [verdict[key] for verdict in verdicts if verdict[key] is not None]
    if not known:
        return None
    return {"value": sum(known) / len(known), "n": len(known), "interval": list(wilson(sum(known), len(known)))}


def _mean(values: Sequence[float]) -> dict[str, Any] | None:
    if not values:
        return None
    low, high = mean_interval(values)
    interval = [low, high] if len(values) > 1 else None
    return {"value": sum(values) / len(values), "n": len(values), "interval": interval}


def _pass_at_k(judged: Sequence[dict[str, Any]], samples_per_task: int) -> dict[str, float]:
    attempts: Counter[str] = Counter(verdict["id"] for verdict in judged)
    right: Counter[str] = Counter(verdict["id"] for verdict in judged if _counts(verdict))
    ks = [k for k in (1, 2, 5, 10, 20, 50, 100) if k <= samples_per_task]
    return {
        str(k): sum(pass_at_k(total, right[name], k) for name, total in attempts.items()) / len(attempts)
        for k in ks
        if attempts and min(attempts.values()) >= k
    }


def _json5_parses(text: str) -> bool:
    stripped = text.strip()
    if stripped.startswith("```"):
        stripped = stripped.split("\n", 1)[-1].rsplit("```", 1)[0]
    try:
        return isinstance(json5.loads(stripped), dict)
    except (ValueError, RecursionError):
        return False
