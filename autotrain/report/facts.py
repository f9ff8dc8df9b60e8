"""Everything that a report says of a run, read from its files once.

Reads state.json, config.json, best.json, events.jsonl, eval/ and data/; what is missing or damaged
is left empty and named in `problems`. Writes nothing.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from autotrain.display.curve import Curve
from autotrain.display.values import dig, mapping, number
from autotrain.errors import AutotrainError
from autotrain.evaluation.compare import Comparison, compare
from autotrain.evaluation.headline import set_results
from autotrain.jsonl import count_rows
from autotrain.run import paths, stages
from autotrain.run.event_log import STEP_MARK, parse
from autotrain.tasks import samples
from autotrain.tasks.shapes import Sample

CURVE_POINTS = 500
REASONS_SHOWN = 12
ROWS_LOOKED_AT = 5000  # of a file that was trained on


@dataclass
class RoundData:
    """What became of a round's samples, file by file, and why some were refused."""

    counts: dict[str, int | None] = field(default_factory=dict)
    reasons: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass
class Facts:
    """One run, as its files tell it."""

    run: paths.RunPaths
    state: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)
    final: dict[str, Any] = field(default_factory=dict)
    """final.json: the headline."""
    reports: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By round, 0 the base model."""
    forms: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By bits, the base model in its other forms than the one that decides."""
    comparisons: dict[tuple[int, str], Comparison] = field(default_factory=dict)
    """(round, set) against the base, paired task by task."""
    curves: dict[int, dict[str, Curve]] = field(default_factory=dict)
    rounds: dict[int, RoundData] = field(default_factory=dict)
    trained: dict[str, Sample] = field(default_factory=dict)
    """By kind, one row of the newest file that was trained on."""
    hashes: list[tuple[str, int, str]] = field(default_factory=list)
    """(file, bytes, SHA-256) of the data, the reports and the adapters."""
    problems: list[str] = field(default_factory=list)

    def setting(self, name: str) -> Any:
        return dig(self.config, "settings", name, "value")

    def set_names(self) -> list[str]:
        """The sets of tasks, the one that decides first."""
        names = list(dict.fromkeys(name for report in self.reports.values() for name in mapping(report.get("sets"))))
        deciding = self.best.get("deciding_set")
        return sorted(names, key=lambda name: (name != deciding, names.index(name)))

    def metrics(self, round_number: int, name: str) -> dict[str, Any]:
        return mapping(dig(self.reports.get(round_number), "sets", name, "metrics"))

    def best_round(self) -> int | None:
        """The round of the best adapter."""
        found = number(self.best.get("round"))
        return None if found is None else int(found)

    def decision(self, round_number: int) -> dict[str, Any]:
        for decision in self.best.get("decisions") or []:
            if isinstance(decision, dict) and decision.get("round") == round_number:
                return decision
        return {}

    def stage(self, round_number: int, stage: str) -> dict[str, Any]:
        return mapping(dig(self.state, "stages", str(round_number), stage))


def gather(run: paths.RunPaths) -> Facts:
    """Read a run. Never raises for a missing or damaged file of the run."""
    facts = Facts(run)
    facts.state = _document(run.state, facts.problems)
    facts.config = _document(run.config, facts.problems)
    facts.best = _document(run.best, facts.problems) if run.best.exists() else {}
    facts.final = _document(run.final, facts.problems) if run.final.exists() else {}
    _read_reports(facts)
    _read_curves(facts)
    _read_rounds(facts)
    _read_trained(facts)
    _hash_files(facts)
    return facts


def _document(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        value = orjson.loads(path.read_bytes())
    except OSError as error:
        problems.append(f"{path.name} cannot be read: {error.strerror}")
        return {}
    except orjson.JSONDecodeError:
        problems.append(f"{path.name} is damaged")
        return {}
    if not isinstance(value, dict):
        problems.append(f"{path.name} is no JSON object")
        return {}
    return value


def _numbered(folder: Path, prefix: str, suffix: str) -> dict[int, Path]:
    found = {}
    for path in folder.glob(f"{prefix}*{suffix}"):
        middle = path.name[len(prefix) : len(path.name) - len(suffix)]
        if middle.isdecimal() and len(middle) <= 6:
            found[int(middle)] = path
    return dict(sorted(found.items()))


def _read_reports(facts: Facts) -> None:
    found = _numbered(facts.run.eval, "report_round_", ".json")
    if facts.run.base_report().exists():
        found = {0: facts.run.base_report(), **found}
    for round_number, path in found.items():
        report = _document(path, facts.problems)
        if isinstance(report.get("sets"), dict):
            facts.reports[round_number] = report
    base = facts.reports.get(0)
    decides = dig(base, "model", "quantization_bits")
    for path in sorted(facts.run.eval.glob("report_base_*bit.json")):
        report = _document(path, facts.problems)
        bits = dig(report, "model", "quantization_bits")
        if isinstance(bits, int) and bits != decides and isinstance(report.get("sets"), dict):
            facts.forms[bits] = report
    for round_number, report in facts.reports.items():
        for name in mapping(report["sets"]):
            if base is None or round_number == 0 or name not in mapping(base["sets"]):
                continue
            try:
                facts.comparisons[round_number, name] = compare(set_results(base, name), set_results(report, name))
            except (AutotrainError, KeyError, TypeError, ValueError) as error:
                facts.problems.append(f"round {round_number} cannot be compared with the base on {name}: {error}")


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file; none where it cannot be read."""
    try:
        with open(path, "rb") as stream:
            yield from stream
    except OSError:
        return


def _read_curves(facts: Facts) -> None:
    for line in lines_of(facts.run.events):
        event = parse(line) if STEP_MARK in line else None
        if event is None or not isinstance(event.get("round"), int):
            continue
        data = mapping(event.get("data"))
        step = number(data.get("step"))
        for name in ("loss", "validation_loss"):
            value = number(data.get(name))
            if step is not None and value is not None:
                curves = facts.curves.setdefault(event["round"], {})
                curves.setdefault(name, Curve(CURVE_POINTS)).add(step, value)


def _read_rounds(facts: Facts) -> None:
    numbers = {n for kind in paths.ROUND_FILES for n in _numbered(facts.run.data, f"{kind}_round_", ".jsonl")}
    for round_number in sorted(numbers):
        data = facts.rounds[round_number] = RoundData()
        generated = mapping(facts.stage(round_number, "generate").get("counts"))
        for name in ("asked", "answered", "parsed"):
            known = number(generated.get(name))
            data.counts[name] = None if known is None else int(known)
        for kind in ("raw", "clean", "tested", "train", "val"):
            path = facts.run.round_file(kind, round_number)
            data.counts[kind] = count_rows(path) if path.exists() else None
        raw = facts.run.round_file("raw", round_number)
        for stage, path in (
            ("generate", raw.with_suffix(".rejects.jsonl")),
            ("clean", facts.run.round_file("rejects", round_number)),
            ("gate", facts.run.gate_rejects(round_number)),
        ):
            if path.exists():
                data.reasons[stage] = _reasons(path)


def _read_trained(facts: Facts) -> None:
    for round_number in sorted(facts.rounds, reverse=True):
        for line in itertools.islice(lines_of(facts.run.round_file("train", round_number)), ROWS_LOOKED_AT):
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if samples.schema_problem(row) is None:
                facts.trained.setdefault(samples.kind_of_row(row), row)
        if facts.trained:
            return


def _reasons(path: Path) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in lines_of(path):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        reason = dig(row, "reason") or dig(row, "gate", "reason") or dig(row, "gate", "status")
        counts[str(reason) if reason else "no reason given"] += 1
    return counts


def _hash_files(facts: Facts) -> None:
    run = facts.run
    wanted = [run.config, run.final, *sorted(run.data.glob("*.jsonl")), *sorted(run.eval.glob("*.json*"))]
    for _, folder in _numbered(run.root, "out_lora_round_", "").items():
        wanted += [folder / "final" / "adapter_model.safetensors", folder / "final" / "adapter_config.json"]
    for path in wanted:
        digest, size = hashlib.sha256(), 0
        try:
            with open(path, "rb") as stream:
                for block in iter(lambda: stream.read(1 << 20), b""):
                    digest.update(block)
                    size += len(block)
        except OSError:
            continue
        facts.hashes.append((str(path.relative_to(run.root)), size, digest.hexdigest()))


def stages_run(facts: Facts) -> list[tuple[int, str, dict[str, Any]]]:
    """(round, stage, entry) of every stage that began, in order."""
    found = []
    for key in sorted(mapping(facts.state.get("stages")), key=lambda key: int(key) if str(key).isdecimal() else 0):
        for stage in stages.NAMES:
            entry = mapping(dig(facts.state, "stages", key, stage))
            if entry and str(key).isdecimal():
                found.append((int(key), stage, entry))
    return sorted(found, key=lambda entry: entry[1] == "final")  # its round is 0, and it comes last
