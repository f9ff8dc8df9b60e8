"""The headline of a run: what each set of tasks says of the best adapter beside the base, labelled for what it is.

Pure functions of reports already read; `final.py` writes the result into final.json; report.html and the dashboard
show it, and the loop's last lines four rows of it (outcome.py).

    rows = headline([(base, best), (final_base, final_best)], deciding="heidi-core:dev")
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from autotrain.evaluation.calibration import watched_name
from autotrain.evaluation.compare import compare, task_results

Report = Mapping[str, Any]


def headline(
    pairs: Sequence[tuple[Report, Report]], deciding: str, forms: Sequence[Sequence[Report]] = ()
) -> list[dict[str, Any]]:
    """A row for each set of tasks: the first pair is what the rounds were judged on, others were opened once.

    `forms`: for each pair the reports of the base model in each form, the one of the pair among them.
    """
    judged_before = {task["id"] for task in pairs[0][0]["tasks"]} if pairs else set()
    rows: list[dict[str, Any]] = []
    for place, (base, best) in enumerate(pairs):
        for name, scores in against_base(base, best).items():
            ids = {task["id"] for task in base["tasks"] if task["set"] == name}
            what = _round_label(name, deciding) if place == 0 else _final_label(name, len(ids & judged_before))
            rows.append({"set": name, "what": what, "opened_once": place > 0 and not ids & judged_before, **scores})
            if place < len(forms):
                rows[-1]["bases"] = forms_on(forms[place], name)
    return rows


def against_base(base: Report, best: Report) -> dict[str, dict[str, Any]]:
    """The best adapter beside the base model on each set of tasks, paired task by task."""
    result: dict[str, dict[str, Any]] = {}
    for name, content in base["sets"].items():
        if not any(task["set"] == name and task["judged"] for task in base["tasks"]):
            continue
        paired = compare(set_results(base, name), set_results(best, name))
        before, after = content["metrics"], best["sets"][name]["metrics"]
        result[name] = {
            "base": before["pass@1"],
            "best": after["pass@1"],
            "total": paired.total,
            "tasks_in_set": content.get("tasks_in_set"),
            "delta": paired.delta,
            "interval": list(paired.interval),
            "interval_by_family": list(paired.interval_by_family),
            "gained": len(paired.gained),
            "lost": len(paired.lost),
            "families": paired.families,
            "code_only": asdict(paired.code_only),
            "by_level": {level: asdict(found) for level, found in paired.by_level.items()},
            "by_task_type": {kind: asdict(found) for kind, found in paired.by_task_type.items()},
            "p_improved": paired.p_improved,
            "p_improved_by_family": paired.p_improved_by_family,
            "format": {"base": before.get("format_compliance"), "best": after.get("format_compliance")},
        }
    return result


def forms_on(reports: Sequence[Report], name: str) -> list[dict[str, Any]]:
    """What the base model did on a set of tasks in each form that was evaluated on it, most bits first."""
    found = [
        {
            "bits": report["model"]["quantization_bits"],
            "name": base_name(report["model"]["quantization_bits"]),
            "pass@1": report["sets"][name]["metrics"]["pass@1"],
        }
        for report in reports
        if name in report["sets"]
    ]
    return sorted(found, key=lambda form: -form["bits"])


def base_name(bits: int) -> str:
    """The base model in so many bits, for people."""
    return "base (as published, 16 bits)" if bits == 16 else f"base ({bits} bits)"


def set_results(report: Report, name: str) -> Any:
    """The verdicts of one set of a report, by task id."""
    return task_results({"tasks": [task for task in report["tasks"] if task["set"] == name and task["judged"]]})


def _round_label(name: str, deciding: str) -> str:
    kind = "new tasks"
    if name == watched_name(deciding):
        kind = "easier levels, which decide nothing and are watched for losses"
    elif name == "exam":
        kind = "exam: new kinds of the builtin teacher's tasks, never trained on"
    elif name.startswith("val_round_"):
        kind = "validation: families that were never trained on"
    elif name.startswith("probe_round_"):
        kind = "new tasks of the families trained on; their failures steer the rounds"
    elif name.startswith("heidi-core"):
        kind = "families that never occur in training"
    return f"{kind}; decided the promotions" if name == deciding else kind


def _final_label(name: str, seen: int) -> str:
    if seen:
        return f"no clean headline: {seen} of its tasks were judged in the rounds too"
    if name.startswith("heidi-core:sealed"):
        return "opened once, at the end; families that never occur in training"
    return "opened once, at the end"


def adapter_bits(trained: Report, other: Report, name: str) -> dict[str, Any]:
    """The adapter on the base in the bits it was trained on, and in others, on one set of tasks."""
    paired = compare(set_results(trained, name), set_results(other, name))
    scores = {
        str(report["model"]["quantization_bits"]): report["sets"][name]["metrics"]["pass@1"]
        for report in (trained, other)
    }
    net = len(paired.gained) - len(paired.lost)
    better = None if net == 0 else other if net > 0 else trained
    return {
        "set": name,
        "trained_on": trained["model"]["quantization_bits"],
        "scores": scores,
        "total": paired.total,
        "better_on": better["model"]["quantization_bits"] if better else None,
        "gained": len(paired.gained),
        "lost": len(paired.lost),
        "p": paired.p_two_sided,
    }


def aa_line(aa: Mapping[str, Any]) -> str:
    """What answering again changed, for people."""
    return (
        f"A/A: the best adapter answered {aa['n']} tasks again in the same batches and {aa['differing']} answers "
        f"differed; in other batches {aa['differing_from_report']} did."
    )
