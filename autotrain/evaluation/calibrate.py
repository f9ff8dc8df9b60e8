"""Stage `calibrate`: once, before the first round, the base model answers the tasks that tell which levels decide.

Reads EVAL_SUITE; writes eval/calibration.json and the predictions beside it. A run that has the file
follows it to its end, resumed or not. The rule is in calibration.py.

    python scripts/calibrate.py      # in a run (HEIDI_RUN_DIR)
"""

import argparse
from typing import Any

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import UsageError
from autotrain.evaluation import calibration
from autotrain.evaluation.promotion import what_can_be_found
from autotrain.evaluation.results import TaskSet, read_report
from autotrain.evaluation.suites import Suite, load_suite
from autotrain.jsonl import read_json, write_json
from autotrain.run import paths
from autotrain.run.events import utc_now
from autotrain.tasks.shapes import Sample

SCHEMA_VERSION = 1


def make_parser() -> argparse.ArgumentParser:
    return cli.stage_parser(__doc__, settings.of_stage("calibrate"))


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    run = context.run
    if run is None:
        raise UsageError("the calibration belongs to a run: ./scripts/loop.sh starts it.")
    if run.calibration.is_file():
        return _tell(context, read_json(run.calibration))
    recorded: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "kind": "calibration", "created": utc_now()}
    name = context.settings.eval_suite
    if not name:
        recorded |= {"suite": "", "levels": {}, "reason": "EVAL_SUITE is empty, so the validation set decides"}
    else:
        suite = load_suite(name)
        recorded |= {"suite": name, "suite_sha256": suite.sha256}
        if run.base_report().is_file():  # a run of before there were calibrations: what it began with stays
            recorded |= _as_begun(run, suite)
        else:
            recorded |= _calibrated(context, run, suite)
    write_json(run.calibration, recorded)
    return _tell(context, recorded)


def _as_begun(run: paths.RunPaths, suite: Suite) -> dict[str, Any]:
    tasks = read_report(run.base_report())["tasks"]
    return {
        "levels": {},
        "reason": "the base model answered before there was a calibration, and what it answered stays",
        "deciding": [task["id"] for task in tasks if task["set"] == suite.name],
        "watched": [],
    }


def _calibrated(context: cli.Context, run: paths.RunPaths, suite: Suite) -> dict[str, Any]:
    rows = calibration.calibration_set(suite.rows, suite.sha256)
    report = _answers(context, run, suite, rows) if rows else None
    verdicts = report["tasks"] if report else []
    passed = {task["id"]: task["passed"] and not task["weak"] for task in verdicts}
    choice = calibration.choose(suite.rows, passed, context.settings.eval_tasks, suite.sha256)
    return {
        "levels": {str(level): share.as_json() for level, share in choice.levels.items()},
        "reason": choice.reason,
        "calibrating": passed,
        "deciding": [row["id"] for row in choice.deciding],
        "watched": [row["id"] for row in choice.watched],
        "model": report["model"] if report else None,
    }


def _answers(context: cli.Context, run: paths.RunPaths, suite: Suite, rows: list[Sample]) -> dict[str, Any]:
    from autotrain.evaluation import judging
    from autotrain.sandbox import Sandbox

    # It refuses before the model is loaded.
    with Sandbox(context.settings.sandbox, context.workers, context.sandbox_packages) as sandbox:
        judging.prove([suite.name], sandbox)
        from autotrain.evaluation.answers import Answerer
        from autotrain.evaluation.measure import measure
        from autotrain.training import memory

        settings = memory.settle_in(context)
        return measure(
            Answerer(settings, None, lambda text: context.say(f"calibrate: {text}")),
            [TaskSet("calibration", rows, suite.sha256)],
            sandbox,
            context,
            output=run.eval / "report_calibration.json",
            predictions=run.calibration_predictions,
            chosen_from="",
        )


def _tell(context: cli.Context, recorded: dict[str, Any]) -> dict[str, Any]:
    told = {"suite": recorded["suite"], "levels": recorded["levels"], "reason": recorded["reason"]}
    if recorded["suite"]:
        told |= {"deciding": len(recorded["deciding"]), "watched": len(recorded["watched"])}
    for line in lines(recorded, context.settings.rounds):
        context.say(f"calibrate: {line}")
    context.update_state(lambda state: state["evaluation"].update(calibration=told))
    context.emit("calibration", recorded["reason"], **told)
    return {"stage": "calibrate", "output": "eval/calibration.json", **told}


def lines(recorded: dict[str, Any], rounds: int) -> list[str]:
    """What was chosen and what it can show, for people."""
    if not recorded["suite"]:
        return [f"{recorded['reason']}."]
    levels = recorded["levels"]
    said = []
    if levels:
        shown = ", ".join(f"{level}: {found['passed']} of {found['total']}" for level, found in levels.items())
        deciding = [level for level, found in levels.items() if found["decides"]]
        said.append(f"the base passes of its calibration tasks by level {shown}")
        said.append(f"of {recorded['suite']} the levels {', '.join(deciding)} decide: {recorded['reason']}")
    else:
        said.append(f"all levels of {recorded['suite']} decide: {recorded['reason']}")
    if recorded["watched"]:
        said.append(f"{len(recorded['watched'])} tasks of easier levels decide nothing and are watched for losses")
    return [*said, what_can_be_found(len(recorded["deciding"]), rounds)]
