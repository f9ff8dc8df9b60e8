"""Every artefact's name and place (the tree in docs/pipeline.md).

A run owns OUT_DIR/runs/<run_id>/; the well-known names beside it are relative
symlinks into the newest run, so an older run is never overwritten.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from autotrain.config import settings
from autotrain.config.setting_files import read_env_file
from autotrain.errors import UsageError
from autotrain.jsonl import replace_link

RUN_DIR_VARIABLE = "HEIDI_RUN_DIR"  # how a stage learns which run it belongs to
ROUND_FILES = ("raw", "clean", "tested", "rejects", "train", "val", "probe")


@dataclass(frozen=True)
class RunPaths:
    """The files of one run, from its directory."""

    root: Path

    @property
    def run_id(self) -> str:
        return self.root.name

    @property
    def out_dir(self) -> Path:
        return self.root.parent.parent

    @property
    def state(self) -> Path:
        return self.root / "state.json"

    @property
    def events(self) -> Path:
        return self.root / "events.jsonl"

    @property
    def config(self) -> Path:
        return self.root / "config.json"

    @property
    def log(self) -> Path:
        return self.root / "pipeline.log"

    @property
    def best(self) -> Path:
        return self.root / "best.json"

    @property
    def final(self) -> Path:
        """The headline: base and best adapter on the suites that are opened once, at the run's end."""
        return self.root / "final.json"

    @property
    def html_report(self) -> Path:
        return self.root / "report.html"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def eval(self) -> Path:
        return self.root / "eval"

    def round_file(self, kind: str, round_number: int) -> Path:
        """`data/<kind>_round_N.jsonl`, for a kind of ROUND_FILES."""
        if kind not in ROUND_FILES:
            raise ValueError(f"no such file of a round: {kind}")
        return self.data / f"{kind}_round_{round_number}.jsonl"

    def focus(self, round_number: int) -> Path:
        """Train-side failures that steer round N (`data/focus_round_N.jsonl`)."""
        return self.data / f"focus_round_{round_number}.jsonl"

    def kept_back(self, part: str) -> Path:
        """`data/exam.jsonl` or `data/selection.jsonl`: tasks of families that train nothing."""
        return self.data / f"{part}.jsonl"

    def gate_rejects(self, round_number: int) -> Path:
        """What the gate refused (`data/gate_rejects_round_N.jsonl`)."""
        return self.data / f"gate_rejects_round_{round_number}.jsonl"

    def adapter(self, round_number: int) -> Path:
        """`out_lora_round_N`: `final/` and `checkpoints/`."""
        return self.root / f"out_lora_round_{round_number}"

    def report(self, round_number: int) -> Path:
        return self.eval / f"report_round_{round_number}.json"

    def base_report(self) -> Path:
        return self.eval / "report_base.json"

    def adapter_report(self, round_number: int, bits: int) -> Path:
        """A round's adapter on the base model in bits that it was not trained on, on the tasks that decide."""
        return in_bits(self.report(round_number), bits)

    def predictions(self, round_number: int) -> Path:
        return self.eval / f"preds_round_{round_number}.jsonl"

    def base_predictions(self) -> Path:
        return self.eval / "preds_base.jsonl"

    @property
    def calibration(self) -> Path:
        """Which levels and tasks of EVAL_SUITE decide; written once, before the first round."""
        return self.eval / "calibration.json"

    @property
    def calibration_predictions(self) -> Path:
        return self.eval / "preds_calibration.jsonl"

    def final_report(self, who: str) -> Path:
        """`eval/final_base.json` (the base that decides) or `eval/final_best.json`."""
        return self.eval / f"final_{who}.json"

    def final_predictions(self, who: str) -> Path:
        return self.eval / f"final_preds_{who}.jsonl"


def in_bits(path: Path, bits: int) -> Path:
    """The file of one form of a model beside the file named: `report_base_4bit.json` beside `report_base.json`."""
    return path.with_name(f"{path.stem}_{bits}bit{path.suffix}")


def run_from_environment() -> RunPaths | None:
    """The run that `loop.sh` started this process for, or None when called by hand."""
    value = os.environ.get(RUN_DIR_VARIABLE)
    return RunPaths(Path(value)) if value else None


def runs(out_dir: Path) -> list[RunPaths]:
    """The runs of an OUT_DIR, oldest first: folders whose name begins with a date, as a run's id does."""
    folder = out_dir / "runs"
    if not folder.is_dir():
        return []
    return [
        RunPaths(entry)
        for entry in sorted(folder.iterdir())
        if re.match(r"\d{8}-", entry.name) and os.path.isdir(entry)
    ]


def find_run(out_dir: Path, run_id: str | None = None) -> RunPaths:
    """A run by its id, a unique beginning of it, or the newest. Raises UsageError."""
    known = runs(out_dir)
    if not known:
        raise UsageError(f"{out_dir / 'runs'} holds no run yet: start one with ./scripts/loop.sh.")
    if run_id is None:
        return known[-1]
    matches = [run for run in known if run.run_id == run_id] or [run for run in known if run.run_id.startswith(run_id)]
    if len(matches) == 1:
        return matches[0]
    problem = "no run" if not matches else f"{len(matches)} runs"
    raise UsageError(f"{problem} in {out_dir / 'runs'} named {run_id}; the newest is {known[-1].run_id}.")


def find_given(given: str | None, out_dir: str | None) -> tuple[Path, RunPaths | None]:
    """The OUT_DIR and the run that a person named by an id, its beginning or a folder; else the newest.

    A folder is a run's or an OUT_DIR. `out_dir` is a flag's text; without one OUT_DIR is looked for in
    the environment and `.env`. None where there is no run yet. Raises UsageError.
    """
    if given and (os.sep in given or Path(given).is_dir()):
        folder = Path(os.path.abspath(os.path.expanduser(given)))
        if (folder / "runs").is_dir():
            return folder, find_run(folder)
        if not folder.is_dir() or folder.parent.name != "runs":
            raise UsageError(f"{folder} is no run: a folder OUT_DIR/runs/<run_id> is needed.")
        return folder.parent.parent, RunPaths(folder)
    chosen = out_dir or os.environ.get("OUT_DIR") or read_env_file(settings.PROJECT_ROOT / ".env").get("OUT_DIR")
    place = settings.out_path(chosen or settings.Settings.out_dir)
    return place, find_run(place, given) if given or runs(place) else None


def link_newest(run: RunPaths) -> None:
    """Point OUT_DIR's well-known names at this run."""
    for name in ("data", "eval"):
        replace_link(run.out_dir / name, f"runs/{run.run_id}/{name}")
    for adapter in run.out_dir.glob("out_lora_round_*"):
        if adapter.is_symlink() and not (run.root / adapter.name).is_dir():
            adapter.unlink()  # a round that this run has not reached yet
    for adapter in run.root.glob("out_lora_round_*"):
        if re.fullmatch(r"out_lora_round_\d+", adapter.name):
            replace_link(run.out_dir / adapter.name, f"runs/{run.run_id}/{adapter.name}")


def link_best(run: RunPaths, adapter: Path) -> None:
    """Point OUT_DIR/best_adapter at the champion's `final/` directory."""
    replace_link(run.out_dir / "best_adapter", os.path.relpath(adapter, run.out_dir))
