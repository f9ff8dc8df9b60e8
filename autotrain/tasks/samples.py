"""The sample: one training example or one evaluation task, a JSON object a line.

Owns the schema (docs/pipeline.md has it as a table), the response formats and how an
answer is taken apart. Every stage goes through here; unknown fields are never touched.

    id, instruction, input, output       strings (input may be empty)
    metadata                             task_type round timestamp teacher_model response_format difficulty family
    entry_point, tests, parent_id, origin    optional
    messages, tools                      optional: a conversation (tasks/conversations.py)

How an answer is judged is `tests.kind` (tasks/kinds.py), how it is taken apart tasks/answers.py.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from autotrain.errors import DataError
from autotrain.jsonl import Row, load_rows, read_rows
from autotrain.tasks import conversations
from autotrain.tasks.kinds import KINDS
from autotrain.tasks.shapes import Sample, Tests
from autotrain.tasks.types import TYPES

TASK_TYPES = tuple(TYPES)
RESPONSE_FORMATS = ("code", "json", "text")
DIFFICULTIES = ("easy", "medium", "hard")
# By level: 0 is one operator or call, 5 what a 7B model fails half the time (docs/suites.md).
DIFFICULTY_OF_LEVEL = ("easy", "easy", "medium", "medium", "hard", "hard")


def sample_id(instruction: str, input_text: str, output: str) -> str:
    """A sample's id: 16 hex digits of the SHA-256 of its three texts."""
    digest = hashlib.sha256("\0".join((instruction, input_text, output)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:16]


def make_sample(
    *,
    instruction: str,
    input_text: str,
    output: str,
    task_type: str,
    response_format: str,
    difficulty: str,
    round_number: int,
    teacher_model: str,
    timestamp: str,
    family: str = "",
    **optional: Any,
) -> Sample:
    """A sample with its required fields in the contract's order; `optional` follows them.

    `timestamp` is ISO 8601 in UTC; `family` groups related tasks ("" where unknown).
    """
    sample: Sample = {
        "id": sample_id(instruction, input_text, output),
        "instruction": instruction,
        "input": input_text,
        "output": output,
        "metadata": {
            "task_type": task_type,
            "round": round_number,
            "timestamp": timestamp,
            "teacher_model": teacher_model,
            "response_format": response_format,
            "difficulty": difficulty,
            "family": family,
        },
    }
    return cast(Sample, {**sample, **{name: value for name, value in optional.items() if value is not None}})


def schema_problem(row: Any) -> str | None:
    """What is wrong with a row's fields, as a short phrase, or None for a sound sample."""
    if not isinstance(row, dict):
        return "not an object"
    for name in ("id", "instruction", "input", "output"):
        if not isinstance(row.get(name), str):
            return f"{name}: a string is needed"
    if not row["id"]:
        return "id: empty"
    metadata = row.get("metadata")
    if not isinstance(metadata, dict):
        return "metadata: an object is needed"
    for name, allowed in (
        ("task_type", TASK_TYPES),
        ("response_format", RESPONSE_FORMATS),
        ("difficulty", DIFFICULTIES),
    ):
        if metadata.get(name) not in allowed:
            return f"metadata.{name}: one of {', '.join(allowed)} is needed"
    if not isinstance(metadata.get("round"), int) or isinstance(metadata.get("round"), bool):
        return "metadata.round: an integer is needed"
    for name in ("timestamp", "teacher_model"):
        if not isinstance(metadata.get(name), str):
            return f"metadata.{name}: a string is needed"
    return _optional_problem(row)


def read_lines(path: Path | str) -> Iterator[tuple[int, Row]]:
    """`(line, row)` of a file of samples, sound or not. Raises DataError, with what to do, at what is no object."""
    try:
        yield from read_rows(path)
    except DataError as error:
        if not Path(path).is_file():
            raise
        raise _no_sample(path, str(error).removesuffix(".")) from None


def read_samples(path: Path | str) -> Iterator[tuple[int, Sample]]:
    """`(line, sample)` of a file. Raises DataError, with what to do, at the first row that is no sample."""
    for number, row in read_lines(path):
        if problem := schema_problem(row):
            raise _no_sample(path, f"{path}, line {number}: {problem}")
        yield number, cast(Sample, row)


def load_samples(path: Path | str) -> list[Sample]:
    """All samples of a small file that a stage wrote, unchecked."""
    return cast(list[Sample], load_rows(path))


def _no_sample(path: Path | str, wrong: str) -> DataError:
    return DataError(
        f"{wrong}: it is no sample yet; make it one with "
        f"`python scripts/02_validate_clean.py --input {path} --output clean.jsonl`."
    )


def is_foreign(row: Sample) -> bool:
    """Whether a row came from data of other people: its turns are trained on as they are, without words of ours."""
    return "messages" in row or bool(row.get("origin")) and not row["metadata"].get("teacher_model")


def kind_of_row(row: Sample) -> str:
    """What a sample is, for who shows one of each: its format, whether it is a conversation, its answer's form."""
    parts = [row.get("origin") if is_foreign(row) and isinstance(row.get("origin"), str) else "sample"]
    if "messages" in row:
        calls = any(map(conversations.calls_of, row["messages"]))
        parts.append("conversation with calls" if calls else "conversation")
    language = row["metadata"].get("language")
    parts += [row["metadata"]["response_format"], language if isinstance(language, str) else ""]
    return ", ".join(filter(None, parts))


def _optional_problem(row: Row) -> str | None:
    if "messages" in row:
        wrong = conversations.problem(row)
        if wrong:
            return wrong
    if "entry_point" in row and not isinstance(row["entry_point"], str):
        return "entry_point: a string is needed"
    if "tests" not in row:
        return None
    tests = row["tests"]
    if not isinstance(tests, dict):
        return "tests: an object is needed"
    kind = tests.get("kind", "asserts")
    if kind not in KINDS:
        return f"tests.kind: one of {', '.join(KINDS)} is needed"
    return KINDS[kind].problem(cast(Tests, tests))
