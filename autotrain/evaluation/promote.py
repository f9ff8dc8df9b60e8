"""Stage `promote`: does this round's adapter take the crown, and which adapter is the best.

Reads eval/report_base.json, eval/report_round_*.json and the decisions in best.json; writes best.json, points
OUT_DIR/best_adapter at the best adapter, and writes the probe tasks that failed into
data/focus_round_<N+1>.jsonl. The rule is in promotion.py.

    python scripts/promote.py --round 1        # in a run (HEIDI_RUN_DIR)
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import UsageError
from autotrain.evaluation import calibration, truncation
from autotrain.evaluation.compare import TaskResult
from autotrain.evaluation.headline import against_base, set_results
from autotrain.evaluation.promotion import decide, round_alpha
from autotrain.evaluation.results import read_report
from autotrain.jsonl import load_rows, read_json, write_json, write_rows
from autotrain.run import paths


def make_parser() -> argparse.ArgumentParser:
    return cli.stage_parser(__doc__, settings.of_stage("promote"))


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    run = context.run
    if run is None:
        raise UsageError("promotion belongs to a run: ./scripts/loop.sh starts it.")
    number = arguments.round
    base = read_report(run.base_report())
    deciding = deciding_set(base, context.settings.eval_suite)
    best = read_json(run.best) if run.best.is_file() else {"champion": None, "decisions": []}
    alphas = known_alphas(best)
    best["decisions"] = [decision for decision in best["decisions"] if decision["round"] < number]
    crowned = [decision["round"] for decision in best["decisions"] if decision["promoted"]]
    champion = crowned[-1] if crowned else None
    champion_report = read_report(run.report(champion)) if champion else base
    challenger = read_report(run.report(number))
    # A round that is judged anew keeps its share, or judging it often would be a way to spend more.
    alpha = alphas.get(number) or round_alpha(
        spent(alphas, best["decisions"], number), context.settings.rounds - number + 1
    )
    guards = {"base model": base, **({"champion": champion_report} if champion else {})}
    decision = decide(
        set_results(champion_report, deciding),
        set_results(challenger, deciding),
        alpha=alpha,
        policy=context.settings.promotion,
        guarded={
            who: (watched_results(report, deciding), watched_results(challenger, deciding))
            for who, report in guards.items()
        },
    )
    if decision.policy == "strict":
        alphas[number] = decision.alpha
    decision = truncation.held_where_cut_off(decision, champion_report, challenger, deciding)
    scores = passes(run, number, deciding)
    leader = max(scores, key=lambda round_: (scores[round_], round_))  # the latest of equals: it learned from most
    best["decisions"].append({"round": number, "against": champion or "base", **decision.as_json(), "leader": leader})
    champion = number if decision.promoted else champion
    winner = champion or max(scores, key=lambda round_: (scores[round_], -round_))  # the earliest of equals
    best |= {
        "alphas": {str(round_): share for round_, share in sorted(alphas.items())},
        "deciding_set": deciding,
        "champion": champion,
        "round": winner,
        "adapter": str((run.adapter(winner) / "final").relative_to(run.root)),
        "beats_base": is_proven(best["decisions"]),
        "sets": against_base(base, read_report(run.report(winner))),
        "bases": base.get("bases"),
    }
    write_json(run.best, best)
    failed = write_focus(run, number)
    paths.link_best(run, run.adapter(winner) / "final")
    context.update_state(lambda state: state.update(best=best))
    context.say(f"promote: {decision.verdict}: {decision.reason}")
    context.emit(
        "promotion", decision.reason, verdict=decision.verdict, best_round=winner, beats_base=best["beats_base"]
    )
    return {
        "stage": "promote",
        "verdict": decision.verdict,
        "best_round": winner,
        "beats_base": best["beats_base"],
        "probe_failures": failed,
    }


def known_alphas(best: Mapping[str, Any]) -> dict[int, float]:
    """What each round's strict decision could spend, those that were made anew since included."""
    decided = {d["round"]: d["alpha"] for d in best["decisions"] if d["policy"] == "strict"}
    return decided | {int(round_): share for round_, share in best.get("alphas", {}).items()}


def spent(alphas: Mapping[int, float], decisions: Sequence[Mapping[str, Any]], number: int) -> float:
    """How much of the error rate the other rounds have used up: a strict promotion gives its share back."""
    given_back = {d["round"] for d in decisions if d["promoted"] and d["policy"] == "strict"}
    return sum(share for round_, share in alphas.items() if round_ != number and round_ not in given_back)


def is_proven(decisions: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the champion is shown to beat the base: every step from the base to it passed the strict test."""
    proven = False
    for decision in decisions:
        if decision["promoted"]:
            proven = decision["policy"] == "strict" and (proven or decision["against"] == "base")
    return proven


def watched_results(report: Mapping[str, Any], deciding: str) -> dict[str, TaskResult]:
    """The verdicts on the tasks that decide and on those that are only watched for losses."""
    results = set_results(report, deciding)
    watched = calibration.watched_name(deciding)
    return {**results, **set_results(report, watched)} if watched in report["sets"] else results


def write_focus(run: paths.RunPaths, number: int) -> int:
    """Write the probe tasks that this round's adapter failed, for the next round's teacher. Returns their number.

    Each with the answer that failed, and why (`failed`).

    Only the probe, which comes from the train side: never validation, never a suite.
    """
    probe = run.round_file("probe", 1)
    if not probe.is_file():
        return 0
    tasks = read_report(run.report(number))["tasks"]
    failed = {task["id"]: task for task in tasks if task["set"] == probe.stem and task["judged"] and not task["passed"]}
    told = load_rows(run.predictions(number)) if run.predictions(number).is_file() else []
    answers = {row["id"]: row["prediction"] for row in told if row["set"] == probe.stem}
    return write_rows(
        run.focus(number + 1),
        (
            {**row, "failed": {"answer": answers.get(row["id"], ""), "reason": failed[row["id"]].get("reason", "")}}
            for row in load_rows(probe)
            if row["id"] in failed
        ),
    )


def deciding_set(report: Mapping[str, Any], suite: str) -> str:
    """The set of tasks that decides: the suite where it was evaluated (a file by its name), else the validation set."""
    name = Path(suite).name
    return name if name in report["sets"] else next(iter(report["sets"]))


def passes(run: paths.RunPaths, last_round: int, name: str) -> dict[int, int]:
    """How many tasks of the set each round's adapter passes."""
    reports = {number: run.report(number) for number in range(1, last_round + 1)}
    return {
        number: sum(result.counts for result in set_results(read_report(path), name).values())
        for number, path in reports.items()
        if path.is_file()
    }
