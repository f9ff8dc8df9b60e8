"""Stage `final`: once, after the last round, the best adapter and the base model on the suites kept back.

Reads best.json, the reports of the rounds and FINAL_SUITES; writes eval/final_base.json,
eval/final_best.json (and eval/final_yardstick.json, where YARDSTICK names a model) and the
predictions beside them, then final.json: the headline. It also
lets the best adapter answer some tasks again, to see whether the same answers come (A/A).

    python scripts/final.py      # in a run (HEIDI_RUN_DIR)
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from autotrain import cli
from autotrain.config import settings
from autotrain.config.settings import Settings
from autotrain.errors import UsageError
from autotrain.evaluation import bases, headline, measure, suites, yardstick
from autotrain.evaluation import results as reports
from autotrain.jsonl import load_rows, read_json, write_json
from autotrain.run import paths
from autotrain.run.events import utc_now
from autotrain.training import card, memory, models

SCHEMA_VERSION = 1
AA_TASKS = 16
ALL_BITS = (16, 8, 4)


def make_parser() -> argparse.ArgumentParser:
    return cli.stage_parser(__doc__, settings.of_stage("final"))


def work(arguments: argparse.Namespace, context: cli.Context, server: yardstick.Server | None = None) -> dict[str, Any]:
    """`server` makes the model that YARDSTICK names: it is given, since that room lies above this one."""
    run = context.run
    if run is None:
        raise UsageError("the final evaluation belongs to a run: ./scripts/loop.sh starts it.")
    if not run.best.is_file():
        context.say("final: no adapter was judged, so there is nothing to score.")
        return {"stage": "final", "output": None}
    started = time.monotonic()
    settings = memory.settle_in(context)
    whole_fits = bases.whole_fits_here(settings)
    best = read_json(run.best)
    adapter = run.adapter(best["round"]) / "final"
    sha256 = reports.adapter_hash(adapter)
    names = suites.names_in(settings.final_suites)
    sets = [reports.suite_set(name, settings.final_tasks) for name in names]
    pairs = [(reports.read_report(run.base_report()), reports.read_report(run.report(best["round"])))]

    from autotrain.sandbox import Sandbox

    # It refuses before the model is loaded.
    with Sandbox(settings.sandbox, context.workers, context.sandbox_packages) as sandbox:
        from autotrain.evaluation import judging

        judging.prove(names, sandbox)
        answering = Models(context)
        forms = [form.bits for form in bases.forms(settings, whole_fits=whole_fits) if form.all_tasks]
        deciding_bits = pairs[0][0]["model"].get("quantization_bits", settings.bits)
        for bits in dict.fromkeys([*forms, deciding_bits]) if sets else ():
            who = run.final_report("base"), run.final_predictions("base")
            report, told = who if bits == deciding_bits else (paths.in_bits(path, bits) for path in who)
            answering.measure(sets, sandbox, report, told, bits, None)
        if sets:
            answering.measure(
                sets, sandbox, run.final_report("best"), run.final_predictions("best"), settings.bits, adapter
            )
        beside = None
        if server:
            best_report = reports.read_report(run.final_report("best")) if sets else {}
            beside = yardstick.ask(server, sets, sandbox, context, run, best_report)
        aa = _answer_again(answering.get(settings.bits, adapter), run, best, context)
        if settings.bits != bases.WHOLE and whole_fits:
            _try_whole(answering, sandbox, run, best, adapter)
    adapter_bits = _adapter_bits(run, best)
    told_forms = [_forms(run.base_report(), ALL_BITS)]
    if sets:
        pairs.append((reports.read_report(run.final_report("base")), reports.read_report(run.final_report("best"))))
        others = [bits for bits in ALL_BITS if bits != deciding_bits]
        told_forms.append([pairs[1][0], *_forms(run.final_report("base"), others)])
    rows = headline.headline(pairs, best["deciding_set"], told_forms)
    final = {
        "schema_version": SCHEMA_VERSION,
        "kind": "final",
        "created": utc_now(),
        "round": best["round"],
        "adapter": best["adapter"],
        "adapter_sha256": sha256,
        "beats_base": best["beats_base"],
        "deciding_set": best["deciding_set"],
        "headline": rows,
        "bases": best.get("bases"),
        "adapter_bits": adapter_bits,
        "forced_choice": {"base": pairs[0][0].get("forced_choice"), "best": pairs[0][1].get("forced_choice")},
        "yardstick": beside,
        "aa": aa,
        "seconds": round(time.monotonic() - started, 1),
    }
    write_json(run.final, final)
    _onto_the_card(run, settings, adapter, final)
    return _tell(context, final)


def _onto_the_card(run: paths.RunPaths, chosen: Settings, adapter: Path, final: dict[str, Any]) -> None:
    """What was measured, beside the adapter's weights, and in its card."""
    judged = {name: final[name] for name in ("headline", "beats_base", "adapter_bits", "deciding_set")}
    judged["quantization_cost"] = bases.cost_line(final["bases"]) if final["bases"] else None
    if run.config.is_file():
        judged["command"] = card.loop_command(read_json(run.config))
    write_json(adapter / "evaluation.json", judged)
    card.write(models.find(chosen.base_model, chosen.base_revision, chosen.cache_dir), adapter)


class Models:
    """The model that answers now: one at a time, loaded anew only where the bits or the adapter change."""

    def __init__(self, context: cli.Context) -> None:
        self._context = context
        self._held: tuple[int, Path | None, Any] | None = None

    def get(self, bits: int, adapter: Path | None) -> Any:
        """The base model in so many bits, with the adapter or without."""
        from autotrain.evaluation.answers import Answerer

        if self._held and self._held[0] == bits and self._held[1] is None and adapter:
            self._held[2].put_on(adapter)
            self._held = (bits, adapter, self._held[2])
        if self._held is None or self._held[:2] != (bits, adapter):
            self._held = None  # its memory is free before the next one is loaded
            chosen = replace(self._context.settings, quantization_bits=str(bits))
            model = Answerer(chosen, adapter, lambda text: self._context.say(f"final: {text}"))
            self._held = (bits, adapter, model)
        return self._held[2]

    def measure(
        self, sets: Sequence[Any], sandbox: Any, report: Path, told: Path | None, bits: int, adapter: Path | None
    ) -> None:
        """Evaluate, unless the report was written before this stage was stopped."""
        sha256 = reports.adapter_hash(adapter) if adapter else None
        if not measure.is_done(report, sets, bits=bits, adapter=sha256):
            model = self.get(bits, adapter)
            # No forced choice here: these suites are opened for the headline alone.
            measure.measure(model, sets, sandbox, self._context, output=report, predictions=told, chosen_from="")


def _try_whole(answering: Models, sandbox: Any, run: paths.RunPaths, best: dict[str, Any], adapter: Path) -> None:
    """The adapter that was trained on fewer bits on the base as published, on the tasks that decide."""
    told = [row for row in load_rows(run.predictions(best["round"])) if row["set"] == best["deciding_set"]]
    tasks = {row["id"]: row["task"] for row in told}
    entry = reports.read_report(run.report(best["round"]))["sets"][best["deciding_set"]]
    decided = reports.TaskSet(
        best["deciding_set"], list(tasks.values()), entry.get("sha256", ""), entry["tasks_in_set"]
    )
    answering.measure([decided], sandbox, run.adapter_report(best["round"], bases.WHOLE), None, bases.WHOLE, adapter)


def _forms(report: Path, all_bits: Sequence[int]) -> list[dict[str, Any]]:
    """The reports of the base model's forms beside the one that decides."""
    found = [paths.in_bits(report, bits) for bits in all_bits]
    return [reports.read_report(path) for path in found if path.is_file()]


def _adapter_bits(run: paths.RunPaths, best: dict[str, Any]) -> dict[str, Any] | None:
    other = run.adapter_report(best["round"], bases.WHOLE)
    if not other.is_file():
        return None
    trained = reports.read_report(run.report(best["round"]))
    return headline.adapter_bits(trained, reports.read_report(other), best["deciding_set"])


def _answer_again(model: Any, run: paths.RunPaths, best: dict[str, Any], context: cli.Context) -> dict[str, int]:
    """Two more answers to some of the tasks that decided: do the same batches give the same, do other batches?"""
    told = {row["id"]: row for row in load_rows(run.predictions(best["round"])) if row["set"] == best["deciding_set"]}
    tasks = reports.limited([row["task"] for row in told.values()], AA_TASKS, best["deciding_set"])
    first, second = (
        [prediction.text for _, prediction in measure.answer(model, [("aa", task) for task in tasks], context)]
        for _ in range(2)
    )
    before = [told[task["id"]]["prediction"] for task in tasks]
    return {
        "n": len(tasks),
        "differing": sum(one != two for one, two in zip(first, second, strict=True)),
        "differing_from_report": sum(one != two for one, two in zip(first, before, strict=True)),
    }


def _tell(context: cli.Context, final: dict[str, Any]) -> dict[str, Any]:
    short = {
        row["set"]: {name: row[name] for name in ("what", "total", "delta", "interval", "p_improved")}
        | {who: row[who]["value"] for who in ("base", "best")}
        for row in final["headline"]
    }
    told = {"round": final["round"], "sets": short, "aa": final["aa"]}
    context.update_state(lambda state: state["evaluation"].update(final=told))
    context.emit("final", headline.aa_line(final["aa"]), **told)
    return {"stage": "final", "output": "final.json", **told}
