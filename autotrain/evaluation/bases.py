"""The base model in each form that the person could have run: as published (16 bits), and quantised.

Quantisation costs something of its own, and an adapter that repairs it has learned nothing: so the base
that an adapter has to beat is the better one of these. Reads nothing; writes a report for each form
(report_base_16bit.json, report_base_4bit.json, with predictions), then report_base.json, a copy of the
one that decides, which also says what the others did.

    python scripts/05_eval.py --bases --suite heidi-core:dev --output eval/report_base.json
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autotrain.config.settings import Settings
from autotrain.evaluation.compare import compare
from autotrain.evaluation.headline import forms_on, set_results
from autotrain.jsonl import atomic_writer, write_json
from autotrain.run import paths

if TYPE_CHECKING:
    from autotrain.cli import Context
    from autotrain.evaluation.results import TaskSet
    from autotrain.sandbox import Sandbox

WHOLE, QUANTISED = 16, 4


@dataclass(frozen=True)
class Form:
    """The base model in so many bits, evaluated on all tasks or on those alone that decide."""

    bits: int
    all_tasks: bool


def forms(settings: Settings, *, whole_fits: bool) -> list[Form]:
    """The forms to evaluate, most bits first: 16 bits where that fits, the bits of the training, and 4 bits
    on the tasks that decide where training is in 16 and QUANTIZATION_COST asks what they would cost.
    """
    bits = settings.bits
    if bits == WHOLE:
        return [Form(WHOLE, True), *([Form(QUANTISED, False)] if settings.quantization_cost else [])]
    return [*([Form(WHOLE, True)] if whole_fits else []), Form(bits, True)]


def whole_fits_here(settings: Settings) -> bool:
    """Whether the base model can answer in 16 bits on this machine, with room."""
    from autotrain.config import profiles
    from autotrain.training import memory, models

    reference = models.find(settings.base_model, settings.base_revision, settings.cache_dir)
    hardware = memory.available_here(profiles.detect())
    return memory.whole_fits(settings, models.read_config(reference), hardware)


def best_form(found: Mapping[int, Mapping[str, Any]], deciding: str) -> int:
    """The bits with most passes on the tasks that decide; the most bits of equals."""
    return max(found, key=lambda bits: (sum(r.counts for r in set_results(found[bits], deciding).values()), bits))


def evaluate(
    context: "Context",
    sets: Sequence["TaskSet"],
    deciding: str,
    sandbox: "Sandbox",
    output: Path,
    predictions: Path | None,
) -> dict[str, Any]:
    """Evaluate each form that is not evaluated yet, and write the report of the one that decides to `output`."""
    from autotrain.evaluation.answers import Answerer
    from autotrain.evaluation.measure import is_done, measure
    from autotrain.evaluation.results import read_report

    settings = context.settings
    wanted = forms(settings, whole_fits=whole_fits_here(settings))

    def report_of(form: Form) -> dict[str, Any]:
        path = paths.in_bits(output, form.bits)
        over = [tasks for tasks in sets if form.all_tasks or tasks.name == deciding]
        if is_done(path, over, bits=form.bits, adapter=None):
            return read_report(path)
        model = Answerer(
            replace(settings, quantization_bits=str(form.bits)), None, lambda text: context.say(f"evaluate: {text}")
        )
        context.say(f"evaluate: base ({form.bits} bits)" + ("" if form.all_tasks else " on the tasks that decide"))
        told = paths.in_bits(predictions, form.bits) if predictions else None
        return measure(model, over, sandbox, context, output=path, predictions=told, chosen_from=deciding)

    found = {form.bits: report_of(form) for form in wanted}
    best = best_form(found, deciding)
    if not all(form.all_tasks for form in wanted if form.bits == best):  # it beat the base as published
        found[best] = report_of(Form(best, True))
    report = {**found[best], "bases": summary(found, deciding)}
    if predictions:
        with atomic_writer(predictions) as stream:
            stream.write(paths.in_bits(predictions, best).read_bytes())
    write_json(output, report)
    return report


def summary(found: Mapping[int, Mapping[str, Any]], deciding: str) -> dict[str, Any]:
    """What the forms did on the tasks that decide, and what the fewest bits cost there, paired task by task."""
    least, most = min(found), max(found)
    cost = None
    if least != most:
        paired = compare(set_results(found[most], deciding), set_results(found[least], deciding))
        cost = {
            "bits": least,
            "delta": paired.delta,
            "interval": list(paired.interval),
            "gained": len(paired.gained),
            "lost": len(paired.lost),
            "total": paired.total,
        }
    return {"deciding_set": deciding, "forms": forms_on(list(found.values()), deciding), "cost": cost}


def cost_line(summary: Mapping[str, Any]) -> str | None:
    """What quantisation costs, for people; None where only one form was evaluated."""
    cost = summary.get("cost")
    if not cost:
        return None
    low, high = (value * 100 for value in cost["interval"])
    return (
        f"{cost['bits']} bits in place of 16 move the base model by {cost['delta'] * 100:+.1f} points on "
        f"{summary['deciding_set']} (95 % {low:+.1f} to {high:+.1f}; {cost['gained']} gained, {cost['lost']} lost "
        f"of {cost['total']})"
    )
