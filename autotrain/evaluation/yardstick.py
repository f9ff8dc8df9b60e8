"""YARDSTICK: another model, behind an address, on the suites of the end: "is mine better than the one I could call?"

`final.py` asks it and puts what this module makes of its report into final.json; report.html shows it. Where it gives
no answers the run ends all the same, and the reason stands in its place.

    YARDSTICK=gpt-4o-mini@https://api.openai.com/v1 ./scripts/loop.sh
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autotrain.config.credentials import model_at
from autotrain.errors import TeacherError, UsageError
from autotrain.evaluation import results as reports
from autotrain.evaluation.compare import compare
from autotrain.evaluation.headline import set_results
from autotrain.run.paths import RunPaths

Server = Callable[[str, str], Any]
"""Makes a model behind an address (its name, the address) that `measure` evaluates."""


def parse(text: str) -> tuple[str, str] | None:
    """The model's name and its address; None for an empty setting. Raises UsageError."""
    return model_at(text, "YARDSTICK")


def ask(
    server: Server, sets: Sequence[reports.TaskSet], sandbox: Any, context: Any, run: RunPaths, best: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What stands in final.json under `yardstick`: its scores beside the best adapter's (`best`, a report)."""
    named = parse(context.settings.yardstick)
    if named is None or not sets:
        return None
    path, told = run.final_report("yardstick"), {"model": named[0], "endpoint": None, "rows": [], "problem": None}
    from autotrain.evaluation import measure  # torch, which the commands that only parse a setting do without

    try:
        model = server(*named)
        told["endpoint"] = model.describe()["endpoint"]
        if not _is_done(path, sets, told):
            predictions = run.final_predictions("yardstick")
            measure.measure(model, sets, sandbox, context, output=path, predictions=predictions, chosen_from="")
    except (TeacherError, UsageError) as error:  # a night's run does not fail because somebody else's server is down
        context.say(f"final: no yardstick: {error}")
        return {**told, "problem": str(error)}
    return {**told, "rows": rows(reports.read_report(path), best)}


def _is_done(path: Any, sets: Sequence[reports.TaskSet], told: Mapping[str, Any]) -> bool:
    if not path.is_file():
        return False
    report = reports.read_report(path)
    same_model = all(report["model"].get(name) == told[name] for name in ("model", "endpoint"))
    return same_model and {task["id"] for task in report["tasks"]} == {task["id"] for one in sets for task in one.rows}


def rows(yardstick: Mapping[str, Any], best: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each set of tasks: both scores and the difference, paired task by task (positive: the adapter is better)."""
    found = []
    for name, content in yardstick["sets"].items():
        if content["metrics"]["pass@1"] is None:
            continue
        paired = compare(set_results(yardstick, name), set_results(best, name))
        row = {"set": name, "total": paired.total, "yardstick": content["metrics"]["pass@1"]}
        row |= {"best": best["sets"][name]["metrics"]["pass@1"], "delta": paired.delta}
        row |= {"interval": list(paired.interval), "gained": len(paired.gained), "lost": len(paired.lost)}
        found.append({**row, "p": paired.p_two_sided})
    return found
