"""How long a run will take, from what earlier runs on this machine took, stage by stage. Reads their state.json.

A stage's seconds grow with its own work: training with its steps, making and checking samples with their number,
answering with the tasks. No earlier run of the same base model and bits: nobody knows, and nothing is said.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from autotrain.display.values import number
from autotrain.errors import AutotrainError
from autotrain.run import paths, runs, state

ALIKE = ("base_model", "quantization_bits", "seq_len", "batch_size", "grad_accum", "max_new_tokens")
LOOKED_AT = 20  # the newest runs


class Estimate(NamedTuple):
    """Seconds, and the run that they were learnt from."""

    seconds: float
    run_id: str

    def __str__(self) -> str:
        return f"about {minutes(self.seconds)}, by what run {self.run_id} took on this machine"


def minutes(seconds: float) -> str:
    """`40 seconds`, `14 minutes`, `3.5 hours`."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"


def estimate(out_dir: Path, chosen: Mapping[str, Any]) -> Estimate | None:
    """What a run with these settings (field name -> value) would take; None where no earlier run tells."""
    for run in reversed(paths.runs(out_dir)[-LOOKED_AT:]):
        try:
            now, before = state.load(run), runs.settings_of(run)
        except (AutotrainError, OSError, KeyError, TypeError, ValueError, AttributeError):
            continue
        if now["status"] == "completed" and all(before.get(name) == chosen.get(name) for name in ALIKE):
            seconds = scaled(now["stages"], before, chosen)
            if seconds:
                return Estimate(seconds, run.run_id)
    return None


def scaled(stages: Mapping[str, Any], before: Mapping[str, Any], chosen: Mapping[str, Any]) -> float:
    """The seconds of a run's stages, each by how its work grows from the settings `before` to those `chosen`."""

    def grows(name: str) -> float:
        old, new = number(before.get(name)), number(chosen.get(name))
        return new / old if old and new else 1.0  # 0: all of them, as many as before

    by_stage = {
        "generate": "samples_per_round",
        "clean": "samples_per_round",
        "gate": "samples_per_round",
        "train": "train_steps",
        "evaluate": "eval_tasks",
        "final": "final_tasks",
    }
    rounds = [int(key) for key in stages if key != "0"]
    total = 0.0
    for key, entries in stages.items():
        share = 1.0 if key == "0" else (number(chosen.get("rounds")) or 1.0) / max(len(rounds), 1)
        for name, entry in entries.items():
            seconds = number(entry.get("seconds")) or 0.0
            total += seconds * share * (grows(by_stage[name]) if name in by_stage else 1.0)
    return total
