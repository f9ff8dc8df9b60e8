"""Stage `final`: once, after the last round, the best adapter and the base model on the suites kept back.

Reads best.json, the reports of the rounds and FINAL_SUITES; writes eval/final_base.json,
eval/final_best.json and the predictions beside them, then final.json: the headline. It also
lets the best adapter answer some tasks again, to see whether the same answers come (A/A).

    python scripts/final.py      # in a run (HEIDI_RUN_DIR)
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import Stopped, UsageError
from autotrain.evaluation import headline, suites
from autotrain.evaluation import results as reports
from autotrain.jsonl import Row, load_rows, read_json, write_json
from autotrain.run import paths
from autotrain.run.events import utc_now

SCHEMA_VERSION = 1
AA_TASKS = 16


def make_parser() -> argparse.ArgumentParser:
    return cli.stage_parser(__doc__, settings.of_stage("final"))


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    run = context.run
    if run is None:
        raise UsageError("the final evaluation belongs to a run: ./scripts/loop.sh starts it.")
    if not run.best.is_file():
        context.say("final: no adapter was judged, so there is nothing to score.")
        return {"stage": "final", "output": None}
    started = time.monotonic()
    best = read_json(run.best)
    adapter = run.adapter(best["round"]) / "final"
    sha256 = reports.adapter_hash(adapter)
    names = suites.names_in(context.settings.final_suites)
    sets = [reports.suite_set(name, context.settings.final_tasks) for name in names]
    pairs = [(reports.read_report(run.base_report()), reports.read_report(run.report(best["round"])))]

    from autotrain.sandbox import Sandbox

    # It refuses before the model is loaded.
    with Sandbox(context.settings.sandbox, context.workers, context.sandbox_packages) as sandbox:
        from autotrain.evaluation import judging
        from autotrain.evaluation.answers import Answerer

        judging.prove(names, sandbox)
        model: Answerer | None = None
        for who, weights in (("base", None), ("best", adapter)) if sets else ():
            if _is_done(run.final_report(who), sha256 if weights else None):
                continue
            if model is None:
                model = Answerer(context.settings, None, lambda text: context.say(f"final: {text}"))
            if weights:
                model.put_on(weights)
            begun = time.monotonic()
            answers = _answer(model, [(tasks.name, task) for tasks in sets for task in tasks.rows], context)
            report = judging.judge(
                sets,
                answers,
                sandbox,
                context,
                model=model.describe(),
                decoding=asdict(model.decoding()),
                generation_s=time.monotonic() - begun,
                predictions=run.final_predictions(who),
            )
            write_json(run.final_report(who), report)
        if model is None or model.adapter is None:
            model = Answerer(context.settings, adapter, lambda text: context.say(f"final: {text}"))
        aa = _answer_again(model, run, best, context)
    if sets:
        pairs.append((reports.read_report(run.final_report("base")), reports.read_report(run.final_report("best"))))
    rows = headline.headline(pairs, best["deciding_set"])
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
        "aa": aa,
        "seconds": round(time.monotonic() - started, 1),
    }
    write_json(run.final, final)
    return _tell(context, final)


def _is_done(path: Path, adapter_sha256: str | None) -> bool:
    # Written before this stage was stopped; a report of another adapter counts for nothing.
    return path.is_file() and reports.read_report(path)["model"].get("adapter_sha256") == adapter_sha256


def _answer(model: Any, tasks: Sequence[tuple[str, Row]], context: cli.Context) -> list[Any]:
    with context.progress("answered", len(tasks)) as advance:

        def on_done() -> None:
            advance(1)
            if context.stop_requested():
                raise Stopped("stopped in the middle of the final evaluation; --resume goes on with it.")

        return model.answer(tasks, on_done)


def _answer_again(model: Any, run: paths.RunPaths, best: dict[str, Any], context: cli.Context) -> dict[str, int]:
    """Two more answers to some of the tasks that decided: do the same batches give the same, do other batches?"""
    told = {row["id"]: row for row in load_rows(run.predictions(best["round"])) if row["set"] == best["deciding_set"]}
    tasks = reports.limited([row["task"] for row in told.values()], AA_TASKS)
    first, second = (
        [prediction.text for _, prediction in _answer(model, [("aa", task) for task in tasks], context)]
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
    for row in final["headline"]:
        context.say(f"final: {headline.line(row)}")
    context.say(f"final: {headline.aa_line(final['aa'])}")
    context.update_state(lambda state: state["evaluation"].update(final=told))
    context.emit("final", headline.aa_line(final["aa"]), **told)
    return {"stage": "final", "output": "final.json", **told}
