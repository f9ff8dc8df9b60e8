"""The evaluation report: `eval/report_round_N.json` and the predictions beside it.

Everything needed to replay a verdict: suite and model hashes, decoding, versions, and each
task's verdict. The schema is a table in docs/evaluation.md.
"""

import hashlib
import importlib.metadata
import platform
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autotrain.errors import DataError
from autotrain.evaluation.scoring import Prediction, metrics
from autotrain.evaluation.suites import load_suite
from autotrain.jsonl import Row, dumps, read_json, read_rows
from autotrain.run.events import utc_now
from autotrain.tasks import prompts, samples
from autotrain.tasks.shapes import Sample

SCHEMA_VERSION = 1
LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes", "tokenizers")


class TaskSet:
    """Tasks that are reported together: a suite, or a file of samples."""

    def __init__(self, name: str, rows: Sequence[Sample], sha256: str, total: int | None = None) -> None:
        self.name, self.rows, self.sha256 = name, list(rows), sha256
        self.total = total if total is not None else len(self.rows)


def suite_set(name: str, limit: int) -> TaskSet:
    """A suite as a set of tasks; `limit` > 0 keeps so many, drawn by level, type and family (`limited`)."""
    suite = load_suite(name)
    return TaskSet(suite.name, limited(suite.rows, limit, suite.sha256), suite.sha256, len(suite.rows))


def file_set(path: Path) -> TaskSet:
    """A file of samples as a set of tasks, named after it. Raises DataError for a bad or a repeated sample."""
    rows: list[Sample] = []
    seen: set[str] = set()
    for number, row in samples.read_samples(path):
        if row["id"] in seen:
            raise DataError(f"{path}, line {number}: the id {row['id']} comes twice.")
        seen.add(row["id"])
        rows.append(row)
    if not rows:
        raise DataError(f"{path} holds no samples.")
    return TaskSet(path.stem, rows, hashlib.sha256(path.read_bytes()).hexdigest())


def limited(rows: Sequence[Sample], limit: int, seed: str) -> list[Sample]:
    """A stratified draw of `limit` rows, in the order given; all where it is 0.

    Levels come in proportion to their size, task types in proportion within a level, and each family
    once before any comes again. Drawn by hash of `seed` (a suite's own hash) and id, never by place in
    the suite; a smaller limit gives a part of a larger one.
    """
    if limit <= 0 or limit >= len(rows):
        return list(rows)

    def draw(*words: object) -> bytes:
        return hashlib.sha256("\0".join((seed, *map(str, words))).encode("utf-8", "surrogatepass")).digest()

    turns: dict[int, tuple[int, bytes]] = {}  # how many of its family come before a row, then chance
    met: Counter[str] = Counter()
    for index in sorted(range(len(rows)), key=lambda index: draw(rows[index]["id"])):
        family = rows[index]["metadata"].get("family") or rows[index]["id"]
        turns[index] = (met[family], draw(rows[index]["id"]))
        met[family] += 1

    def spread(groups: dict[str, list[int]]) -> list[int]:
        # Groups in proportion at every length: each one's rows lie evenly on 0..1, from a start drawn for it.
        places = [
            ((place + int.from_bytes(draw(name)[:8], "big") / 2**64) / len(indexes), index)
            for name, indexes in groups.items()
            for place, index in enumerate(indexes)
        ]
        return [index for _, index in sorted(places)]

    levels: dict[str, dict[str, list[int]]] = {}
    for index in sorted(turns, key=lambda index: turns[index]):
        metadata = rows[index]["metadata"]
        level = f"level {metadata.get('level')}"
        levels.setdefault(level, {}).setdefault(f"{level} {metadata['task_type']}", []).append(index)
    order = spread({level: spread(types) for level, types in levels.items()})
    return [rows[index] for index in sorted(order[:limit])]


def build(
    *,
    sets: Sequence[TaskSet],
    verdicts: Sequence[dict[str, Any]],
    model: dict[str, Any],
    decoding: dict[str, Any] | None,
    sandbox_tier: str,
    samples_per_task: int,
    timing: dict[str, Any],
) -> dict[str, Any]:
    """The report. `verdicts` are those of `scoring.verdict_of` with the name of their set."""
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": "evaluation",
        "created": utc_now(),
        "model": model,
        "decoding": decoding,
        "prompt_version": prompts.VERSION,
        "sandbox": sandbox_tier,
        "samples_per_task": samples_per_task,
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}},
        "timing": timing,
        "sets": {
            tasks.name: {
                "sha256": tasks.sha256,
                "tasks_in_set": tasks.total,
                "metrics": metrics([v for v in verdicts if v["set"] == tasks.name], samples_per_task),
            }
            for tasks in sets
        },
        "tasks": list(verdicts),
    }


def read_report(path: Path) -> dict[str, Any]:
    """A report from disk. Raises DataError where it is none."""
    report = read_json(path)
    if not isinstance(report, dict) or report.get("kind") != "evaluation":
        raise DataError(f"{path} is no evaluation report.")
    return report


def adapter_hash(directory: Path) -> str:
    """SHA-256 of an adapter's weights."""
    digest = hashlib.sha256()
    with open(directory / "adapter_model.safetensors", "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def prediction_row(task: Sample, prediction: Prediction, set_name: str) -> Row:
    """A line of the predictions file: it carries its task, so that it can be scored alone."""
    return {
        "id": prediction.task_id,
        "set": set_name,
        "prediction": prediction.text,
        "tokens": prediction.tokens,
        "truncated": prediction.truncated,
        "task": task,
    }


def read_predictions(path: Path, sets: list[TaskSet]) -> list[tuple[str, Prediction]]:
    """Predictions with the name of their set; sets that they carry themselves are added to `sets`.

    Raises DataError, with line and id, for an unknown, missing or repeated task.
    """
    known = {task["id"]: tasks.name for tasks in sets for task in tasks.rows}
    own: dict[str, list[Sample]] = {}
    found: list[tuple[str, Prediction]] = []
    alone = not sets
    for number, row in read_rows(path):
        name, text = row.get("id"), row.get("prediction")
        if not isinstance(name, str) or not isinstance(text, str):
            raise DataError(f"{path}, line {number}: the strings `id` and `prediction` are needed.")
        tokens = row.get("tokens")
        if tokens is not None and type(tokens) is not int:
            raise DataError(f"{path}, line {number}: `tokens` is no whole number.")
        if alone:
            problem = samples.schema_problem(row.get("task"))
            if not problem and row["task"]["id"] != name:
                problem = f"its id is {row['task']['id']}"
            if problem:
                raise DataError(f"{path}, line {number}: its task ({problem}); name its --data or --suite.")
            set_name = str(row.get("set") or "predictions")
            if name not in known:
                own.setdefault(set_name, []).append(row["task"])
                known[name] = set_name
        elif name not in known:
            raise DataError(f"{path}, line {number}: the task {name} is in none of the sets.")
        found.append((known[name], Prediction(name, text, tokens, bool(row.get("truncated")))))
    sets.extend(
        TaskSet(name, rows, hashlib.sha256(b"\n".join(map(dumps, rows))).hexdigest()) for name, rows in own.items()
    )
    _check_complete(path, sets, [prediction for _, prediction in found])
    return found


def _check_complete(path: Path, sets: Sequence[TaskSet], predictions: Sequence[Prediction]) -> None:
    if not predictions:
        raise DataError(f"{path} holds no predictions.")
    counts: dict[str, int] = {task["id"]: 0 for tasks in sets for task in tasks.rows}
    for prediction in predictions:
        counts[prediction.task_id] += 1
    missing = [name for name, count in counts.items() if count == 0]
    if missing:
        raise DataError(f"{path} has no prediction for {len(missing)} of {len(counts)} tasks, such as {missing[0]}.")
    if len(set(counts.values())) > 1:
        raise DataError(f"{path}: some tasks have more predictions than others; the same number for each is needed.")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
