"""Two reports over the same tasks, paired task by task: what was gained, what was lost, how sure.

Pure functions of reports already read (`eval/report_*.json`); stage 05 prints the result:

    python scripts/05_eval.py --compare eval/report_base.json eval/report_round_1.json
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from autotrain.errors import DataError
from autotrain.evaluation.statistics import (
    Interval,
    count_families,
    mcnemar_one_sided,
    mcnemar_two_sided,
    paired_clustered,
    paired_difference,
    sign_flip_by_family,
)
from autotrain.tasks.types import TYPES

CODE_TYPES = tuple(row.name for row in TYPES.values() if row.is_run)


@dataclass(frozen=True)
class TaskResult:
    """The verdict on one task."""

    id: str
    family: str
    passed: bool
    weak: bool = False
    """Passed (or failed) in the candidate's own process, where a verdict can be forged."""
    format_ok: bool = True
    task_type: str = ""
    level: int | None = None

    @property
    def counts(self) -> bool:
        """Whether this is a pass in a headline pass@1: a weak pass never is."""
        return self.passed and not self.weak


@dataclass(frozen=True)
class Comparison:
    """How the second report differs from the first, task by task."""

    total: int
    before: float
    after: float
    delta: float
    interval: Interval
    """95 %, tasks taken as independent (Tango)."""
    interval_by_family: Interval
    """95 %, the errors of a family taken together: the one to quote for new families."""
    families: int
    p_two_sided: float
    p_improved: float
    p_improved_by_family: float
    """Exact sign-flip test over families: holds where a family's tasks rise and fall together."""
    gained: list[str]
    lost: list[str]
    both: int
    neither: int
    weak: list[str]
    """Tasks with a weak pass in either report; they count as failed."""
    format_delta: float
    format_interval: Interval
    by_level: dict[str, "Part"]
    by_task_type: dict[str, "Part"]
    code_only: "Part"
    """Of the tasks that are answered by code which is run (CODE_TYPES)."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Part:
    """What became of some of the tasks: how many, passed before and after, gained and lost."""

    total: int
    before: int
    after: int
    gained: int
    lost: int


def task_results(report: Mapping[str, Any]) -> dict[str, TaskResult]:
    """The verdicts of a report by task id. Raises DataError for a report without sound `tasks`."""
    tasks = report.get("tasks")
    if not isinstance(tasks, list) or not tasks:
        raise DataError("A report with a list of tasks is needed for a comparison.")
    results: dict[str, TaskResult] = {}
    for position, task in enumerate(tasks, start=1):
        if not isinstance(task, Mapping) or not isinstance(task.get("id"), str):
            raise DataError(f"Task {position} of the report has no id.")
        name = task["id"]
        if name in results:
            raise DataError(f"Task {name} is in the report twice.")
        if not isinstance(task.get("passed"), bool):
            raise DataError(f"Task {name} of the report has no verdict (passed: true or false).")
        results[name] = TaskResult(
            id=name,
            family=str(task.get("family") or ""),
            passed=task["passed"],
            weak=bool(task.get("weak", False)),
            format_ok=bool(task.get("format_ok", True)),
            task_type=str(task.get("task_type") or ""),
            level=task.get("level"),
        )
    return results


def compare(before: Mapping[str, TaskResult], after: Mapping[str, TaskResult]) -> Comparison:
    """Pair two sets of verdicts. Raises DataError where they are not over the same tasks."""
    require_same_tasks(before, after)
    names = list(before)
    old = [before[name].counts for name in names]
    new = [after[name].counts for name in names]
    families = [before[name].family for name in names]
    gained = [name for name, was, now in zip(names, old, new, strict=True) if now and not was]
    lost = [name for name, was, now in zip(names, old, new, strict=True) if was and not now]
    total = len(names)
    delta, low, high = paired_difference(len(gained), len(lost), total)
    differences = [int(now) - int(was) for was, now in zip(old, new, strict=True)]
    _, family_low, family_high = paired_clustered(differences, families)
    format_delta, format_low, format_high = format_difference(before, after)
    return Comparison(
        total=total,
        before=sum(old) / total,
        after=sum(new) / total,
        delta=delta,
        interval=(low, high),
        interval_by_family=(family_low, family_high),
        families=count_families(families),
        p_two_sided=mcnemar_two_sided(len(gained), len(lost)),
        p_improved=mcnemar_one_sided(len(gained), len(lost)),
        p_improved_by_family=sign_flip_by_family(differences, families),
        gained=gained,
        lost=lost,
        both=sum(o and n for o, n in zip(old, new, strict=True)),
        neither=sum(not o and not n for o, n in zip(old, new, strict=True)),
        weak=[name for name in names if _weak_pass(before[name]) or _weak_pass(after[name])],
        format_delta=format_delta,
        format_interval=(format_low, format_high),
        by_level=_parts(before, after, lambda result: None if result.level is None else str(result.level)),
        by_task_type=_parts(before, after, lambda result: result.task_type or None),
        code_only=part(before, after, [name for name in names if before[name].task_type in CODE_TYPES]),
    )


def part(before: Mapping[str, TaskResult], after: Mapping[str, TaskResult], names: Sequence[str]) -> Part:
    """What became of the named tasks."""
    pairs = [(before[name].counts, after[name].counts) for name in names]
    return Part(
        total=len(pairs),
        before=sum(was for was, _ in pairs),
        after=sum(now for _, now in pairs),
        gained=sum(now and not was for was, now in pairs),
        lost=sum(was and not now for was, now in pairs),
    )


def _parts(
    before: Mapping[str, TaskResult], after: Mapping[str, TaskResult], key: Callable[[TaskResult], str | None]
) -> dict[str, Part]:
    groups: dict[str, list[str]] = {}
    for name, result in before.items():
        group = key(result)
        if group is not None:
            groups.setdefault(group, []).append(name)
    return {group: part(before, after, groups[group]) for group in sorted(groups)}


def format_difference(
    before: Mapping[str, TaskResult], after: Mapping[str, TaskResult], confidence: float = 0.95
) -> tuple[float, float, float]:
    """`(difference, low, high)` of the share of answers in the asked format."""
    gained = sum(after[name].format_ok and not before[name].format_ok for name in before)
    lost = sum(before[name].format_ok and not after[name].format_ok for name in before)
    return paired_difference(gained, lost, len(before), confidence)


def require_same_tasks(before: Mapping[str, TaskResult], after: Mapping[str, TaskResult]) -> None:
    """Raise DataError, naming a task, unless both are over the same tasks, at least one."""
    if not before and not after:
        raise DataError("There is no task to compare.")
    for missing, where in ((before.keys() - after.keys(), "second"), (after.keys() - before.keys(), "first")):
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise DataError(f"Task {min(missing)}{more} is missing from the {where} report.")


def _weak_pass(result: TaskResult) -> bool:
    return result.passed and result.weak
