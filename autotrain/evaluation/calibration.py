"""Which tasks decide: those of the levels that the base model neither always fails nor always passes.

The base answers a calibration set of its own before the first round: every task of some
families, drawn by the hash of their names, which then never decide anything. The choice stands in
eval/calibration.json (`calibrate.py` writes it once), and every report of the run follows it.

    chosen = choose(rows, results, limit=120, seed=suite.sha256)
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from autotrain.cli import Context
from autotrain.errors import DataError
from autotrain.evaluation.results import TaskSet, limited, suite_set
from autotrain.evaluation.suites import Suite, load_suite
from autotrain.jsonl import read_json
from autotrain.tasks.shapes import Sample

FLOOR, CEILING = 0.1, 0.9  # a level decides where the base passes a share between these
NEAREST = 2  # levels that decide where none lies between
TASKS_A_LEVEL = 12  # that the base answers to tell
LARGEST_SHARE = 1 / 3  # of the families, at most, are used up by it
WATCHED_SHARE = 1 / 4  # of EVAL_TASKS: tasks of the levels that the base passes, watched for losses


@dataclass(frozen=True)
class LevelShare:
    """How the base did on one level of the calibration set."""

    total: int
    passed: int
    decides: bool

    @property
    def share(self) -> float:
        """The share passed by the rule of succession: where few tasks were asked it stays near a half."""
        return (self.passed + 1) / (self.total + 2)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "share": round(self.share, 4)}


@dataclass(frozen=True)
class Choice:
    """What decides a run, and why."""

    levels: dict[int, LevelShare]
    deciding: list[Sample]
    watched: list[Sample]
    reason: str


def calibration_set(rows: Sequence[Sample], seed: str) -> list[Sample]:
    """The tasks that calibrate: TASKS_A_LEVEL of each level, out of families that are used for nothing else.

    Families come in the order of their names' hashes, as long as one of their levels needs more. Empty where
    the suite has fewer than two levels, or no families, or so few that too many would be used up.
    """
    by_family: dict[str, list[Sample]] = {}
    for row in rows:
        by_family.setdefault(_family(row), []).append(row)
    levels = {row["metadata"].get("level") for row in rows}
    if len(levels) < 2 or None in levels:
        return []
    most = int(LARGEST_SHARE * len(by_family))
    sizes: Counter[int] = Counter()
    chosen: list[str] = []
    for family in sorted(by_family, key=lambda name: hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()):
        counts = Counter(row["metadata"]["level"] for row in by_family[family])
        if len(chosen) < most and any(sizes[level] < TASKS_A_LEVEL for level in counts):
            chosen.append(family)
            sizes.update(counts)
    of_level: dict[int, list[Sample]] = {}
    for family in chosen:
        for row in by_family[family]:
            of_level.setdefault(row["metadata"]["level"], []).append(row)
    kept = {row["id"] for found in of_level.values() for row in limited(found, TASKS_A_LEVEL, seed)}
    return [row for row in rows if row["id"] in kept]


def choose(rows: Sequence[Sample], passed: Mapping[str, bool], limit: int, seed: str) -> Choice:
    """The tasks that decide, from what the base passed of the calibration set (task id -> whether it passed).

    `limit` (EVAL_TASKS; 0: all) is the number of deciding tasks, drawn by level, type and family.
    """
    calibrating = calibration_set(rows, seed)
    if not calibrating:
        return Choice({}, limited(rows, limit, seed), [], "the suite has too few levels or families to choose from")
    missing = [row["id"] for row in calibrating if row["id"] not in passed]
    if missing:
        raise DataError(f"The calibration has no verdict on {missing[0]}.")
    totals = Counter(row["metadata"]["level"] for row in calibrating)
    right = Counter(row["metadata"]["level"] for row in calibrating if passed[row["id"]])
    shares = {level: LevelShare(totals[level], right[level], False).share for level in sorted(totals)}
    within = [level for level, share in shares.items() if FLOOR <= share <= CEILING]
    reason = f"the base passes between {FLOOR:.0%} and {CEILING:.0%} of their tasks"
    if within:
        # Few tasks were asked: an easier level that seems out of reach beside a harder one is not.
        within = [level for level, share in shares.items() if level <= max(within) and share <= CEILING]
    else:
        below = all(share < FLOOR for share in shares.values())
        within = list(shares)[:NEAREST] if below else list(shares)[-NEAREST:]
        reason = (
            f"no level lies between {FLOOR:.0%} and {CEILING:.0%} for this base, and these are nearest: "
            f"what is measured on them says little"
        )
    free = free_rows(rows, calibrating)
    # A level of which the calibration saw no task at all stays out: nothing is known of it.
    deciding = [row for row in free if row["metadata"]["level"] in within]
    easy = [row for row in free if shares.get(row["metadata"]["level"], 0.0) > CEILING and row not in deciding]
    return Choice(
        {level: LevelShare(totals[level], right[level], level in within) for level in shares},
        limited(deciding, limit, seed),
        limited(easy, max(1, int(WATCHED_SHARE * limit)) if limit else 0, seed),
        reason,
    )


def free_rows(rows: Sequence[Sample], calibrating: Sequence[Sample]) -> list[Sample]:
    """The tasks of the families that calibrate nothing."""
    used = {_family(row) for row in calibrating}
    return [row for row in rows if _family(row) not in used]


def _family(row: Sample) -> str:
    return str(row["metadata"].get("family") or row["id"])


def watched_name(suite: str) -> str:
    """The name of the set of tasks that decide nothing but are watched for losses."""
    return f"{suite}, easier"


def sets_of_suite(name: str, context: Context, limit: int) -> list[TaskSet]:
    """A suite's tasks to evaluate on: in a run those that its calibration chose, else `limit` (0: all) of all."""
    if context.run and context.run.calibration.is_file():
        recorded = read_json(context.run.calibration)
        if recorded["suite"] == name:
            return run_sets(recorded)
    return [suite_set(name, limit)]


def run_sets(recorded: Mapping[str, Any]) -> list[TaskSet]:
    """The sets of tasks of the suite that a run's reports are on, from its eval/calibration.json.

    Raises DataError where the suite has changed since.
    """
    suite: Suite = load_suite(recorded["suite"])
    if suite.sha256 != recorded["suite_sha256"]:
        raise DataError(
            f"The suite {suite.name} has changed since this run began ({recorded['suite_sha256'][:12]} is now "
            f"{suite.sha256[:12]}): its rounds would not compare; start a new run."
        )
    sets = []
    for name, key in ((suite.name, "deciding"), (watched_name(suite.name), "watched")):
        wanted = set(recorded[key])
        if wanted:
            rows = [row for row in suite.rows if row["id"] in wanted]
            sets.append(TaskSet(name, rows, suite.sha256, len(suite.rows) if key == "deciding" else None))
    return sets
