"""The last lines of a run: the verdict in one sentence, four rows, time and cost, and the next three commands.

Reads best.json, final.json, config.json and state.json of the run; the details are in report.html. ON_END gets the
same as JSON on its stdin.

    print(ending.text(run))
"""

import subprocess
from typing import Any

from autotrain.display.values import dig, dollars, mapping, number, safe
from autotrain.errors import AutotrainError, DataError
from autotrain.evaluation import outcome
from autotrain.jsonl import dumps, read_json
from autotrain.report import next_steps
from autotrain.run import commands, duration, runs, state
from autotrain.run.paths import RunPaths
from autotrain.teacher.teachers import NO_API

ON_END_S = 60.0
QUESTION = "write a function that counts the words of a text"


def text(run: RunPaths) -> str:
    """The last lines of a finished run, none wider than 80 columns but for paths and commands."""
    best, final, now = _document(run, "best"), _document(run, "final"), state.load(run)
    if not best:
        return f"Finished run {run.run_id}; no round was evaluated. Everything is in {run.root}"
    lines = ["", *_wrapped(outcome.sentence(best)), ""]
    lines += [f"  {line}" for line in outcome.table(outcome.rows(best, final))] + [""]
    if final.get("round") not in (None, best.get("round")):
        lines += _wrapped(
            f"warning: those figures are of round {final['round']}, the best when the suites kept back were opened; "
            f"since then round {best['round']} became the best, and they are not opened again."
        )
    early = now["evaluation"].get("early_stop")
    if early:
        lines += _wrapped(f"Ended after round {early['after_round']}: {early['reason']}.")
    lines += [f"It took {_took(now)}{_cost(run, now)}.", ""]
    return "\n".join([*lines, *next_commands(run, best)])


def next_commands(run: RunPaths, best: dict[str, Any]) -> list[str]:
    """Ask the model, see the report, and take it along or try more: as they must be typed."""
    out_dir = run.out_dir
    found = [("ask it", commands.script("scripts/ask.py", QUESTION, out_dir=out_dir))]
    if run.html_report.is_file():
        found.append(("see why", f"xdg-open {commands.near(run.html_report)}"))
    found += [
        (step.label if step.cost == "no money" else f"{step.label} ({step.cost.partition(',')[0]})", step.command)
        for step in next_steps.steps(run, best, state.load(run), _chosen(run))[:1]
    ]
    width = max(14, *(len(label) + 1 for label, _ in found)) + 1
    return [f"  {label + ':':<{width}}{command}" for label, command in found]


def _chosen(run: RunPaths) -> dict[str, Any]:
    try:
        return runs.settings_of(run)
    except DataError:
        return {}


def as_json(run: RunPaths) -> dict[str, Any]:
    """What ON_END gets: the sentence, the rows, seconds, dollars and where the report is."""
    best, final, now = _document(run, "best"), _document(run, "final"), state.load(run)
    return {
        "run_id": run.run_id,
        "status": now["status"],
        "sentence": outcome.sentence(best),
        "beats_base": best.get("beats_base"),
        "round": best.get("round"),
        "rows": [row._asdict() for row in outcome.rows(best, final)],
        "error": now["error"],
        "seconds": round(_seconds(now), 1),
        "usd": dig(now, "usage", "total", "cost_usd"),
        "report": str(run.html_report) if run.html_report.is_file() else None,
    }


def tell_on_end(run: RunPaths, command: str) -> str | None:
    """Run ON_END with the JSON on its stdin. Returns what went wrong, in a sentence, or None."""
    if not command:
        return None
    try:
        done = subprocess.run(["bash", "-c", command], input=dumps(as_json(run)), timeout=ON_END_S, check=False)
    except (OSError, subprocess.TimeoutExpired, AutotrainError) as error:
        return f"ON_END={command}: {error}"
    return f"ON_END={command} ended with exit code {done.returncode}." if done.returncode else None


def _document(run: RunPaths, name: str) -> dict[str, Any]:
    path = {"best": run.best, "final": run.final}[name]
    try:
        return mapping(read_json(path)) if path.is_file() else {}
    except DataError:
        return {}


def _seconds(now: Any) -> float:
    return sum(number(entry.get("seconds")) or 0.0 for round_ in now["stages"].values() for entry in round_.values())


def _took(now: Any) -> str:
    return duration.minutes(_seconds(now))


def _cost(run: RunPaths, now: Any) -> str:
    paid = number(dig(now, "usage", "total", "cost_usd"))
    if paid is not None:
        return f", and the teacher cost {dollars(paid)}"
    return ", and the teacher cost nothing" if _chosen(run).get("teacher_model") in NO_API else ""


def _wrapped(said: str) -> list[str]:
    import textwrap

    return textwrap.wrap(safe(said, 2000), 80)
