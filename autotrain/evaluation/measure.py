"""One model on sets of tasks: answers (kept as they come), verdicts, forced choice, the report on disk.

What stage 05, the bases and the final evaluation share. Writes the report, the predictions where asked,
and beside the report its ledger of answers until the report is whole.

    report = measure(model, sets, sandbox, context, output=path)
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autotrain.cli import Context
from autotrain.errors import Stopped
from autotrain.evaluation import answer_ledger, judging
from autotrain.evaluation import results as reports
from autotrain.jsonl import write_json
from autotrain.sandbox import Sandbox
from autotrain.tasks.shapes import Sample

STOPPED = "stopped in the middle of an evaluation; the same command, or --resume, goes on with it."


def measure(
    model: Any,
    sets: Sequence[reports.TaskSet],
    sandbox: Sandbox,
    context: Context,
    *,
    output: Path,
    predictions: Path | None = None,
    samples_per_task: int = 1,
    temperature: float = 0.0,
    chosen_from: str | None = None,
) -> dict[str, Any]:
    """Evaluate and write the report.

    `chosen_from`: the set whose tasks the forced choice is drawn from; None: the first that can, "": none.
    Raises Stopped where a person asked for it; the same call goes on from the answers that are kept.
    """
    begun = time.monotonic()
    decoding = model.decoding(temperature)
    ledger = answer_ledger.beside(output)
    tasks = [(tasks.name, task) for tasks in sets for task in tasks.rows for _ in range(samples_per_task)]
    answers = answer(model, tasks, context, decoding=decoding, ledger=ledger)
    report = judging.judge(
        sets,
        answers,
        sandbox,
        context,
        model=model.describe(),
        decoding=asdict(decoding),
        generation_s=time.monotonic() - begun,
        samples_per_task=samples_per_task,
        predictions=predictions,
    )
    chosen = _shipping_wrong(sets, chosen_from)
    if chosen and context.settings.forced_choice_tasks:
        begun = time.monotonic()
        rows = reports.limited(chosen, context.settings.forced_choice_tasks, sets[0].sha256)
        with context.progress("forced choice", len(rows), unit="task") as bar:
            report["forced_choice"] = model.forced_choice(rows, _heard(context, bar))
        report["timing"]["forced_choice_s"] = round(time.monotonic() - begun, 3)
    proof = getattr(model, "decoding_proof", None)  # of a model behind an endpoint there is none
    if proof:
        report["timing"]["decoding_proof_s"] = proof.seconds
        context.keep_proof("decoding", asdict(proof))
    write_json(output, report)
    ledger.unlink(missing_ok=True)
    return report


def answer(
    model: Any, tasks: Sequence[tuple[str, Sample]], context: Context, decoding: Any = None, ledger: Path | None = None
) -> list[Any]:
    """The model's answers with a bar for the person. Raises Stopped between two tokens; what is finished is kept."""
    with context.progress(_label(model, tasks), len(tasks), unit="answer") as bar:
        return model.answer(tasks, _heard(context, bar), decoding, ledger, _heard(context, bar.tokens))


def _heard(context: Context, advance: Callable[[int], None]) -> Callable[..., None]:
    """`advance`, by one where no number is given, after which a request to stop is heard."""

    def step(count: int = 1) -> None:
        advance(count)
        if context.stop_requested():
            raise Stopped(STOPPED)

    return step


def _label(model: Any, tasks: Sequence[tuple[str, Sample]]) -> str:
    """Who answers what: `adapter (16 bits) on heidi-core:dev and exam`, `my-model on heidi-core:dev`."""
    told = model.describe()
    names = list(dict.fromkeys(name for name, _ in tasks))
    over = names[0] if names else "no task"
    if len(names) > 1:
        over += f" and {names[1]}" if len(names) == 2 else f" and {len(names) - 1} more sets"
    if "quantization_bits" not in told:  # a server's model, or a function
        return f"{told.get('model') or told.get('function')} on {over}"
    return f"{'adapter' if told['adapter'] else 'base'} ({told['quantization_bits']} bits) on {over}"


def is_done(path: Path, sets: Sequence[reports.TaskSet], *, bits: int, adapter: str | None) -> bool:
    """Whether the report is there, of this model (`adapter`: its weights' SHA-256) and of these tasks."""
    if not path.is_file():
        return False
    report = reports.read_report(path)
    model = report["model"]
    same_tasks = {name: entry.get("sha256") for name, entry in report["sets"].items()} == {
        tasks.name: tasks.sha256 for tasks in sets
    }
    same_ids = {task["id"] for task in report["tasks"]} == {task["id"] for tasks in sets for task in tasks.rows}
    same_model = (model.get("quantization_bits"), model.get("adapter_sha256")) == (bits, adapter)
    return same_tasks and same_ids and same_model


def _shipping_wrong(sets: Sequence[reports.TaskSet], name: str | None) -> list[Sample]:
    for tasks in sets:
        rows = [row for row in tasks.rows if row.get("wrong")]
        if rows and name in (None, tasks.name):
            return rows
    return []
