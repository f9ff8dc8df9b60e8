"""What a sample holds, for the type check: a mistyped key fails basedpyright. Nothing of it is left at run time.

docs/pipeline.md has the fields as a table, `samples.schema_problem` checks them in files. A file may hold further
fields, which survive every stage; whoever reads one that is not named here names it here.
"""

from typing import Any, TypedDict


class _Metadata(TypedDict):
    task_type: str
    round: int
    timestamp: str
    teacher_model: str
    response_format: str
    difficulty: str


class Metadata(_Metadata, total=False):
    """What is known of a sample; `family` is "" and `language` missing where nothing is."""

    family: str
    level: int
    topic: str
    language: str
    weak: bool
    split: str
    suite: str
    attempts: int
    concept: str
    asked_difficulty: str
    prompt_version: int
    plan: str
    slot: int
    student: dict[str, int]
    repair: str
    same_task: str


class Tests(TypedDict, total=False):
    """How an answer is judged: the fields of every kind of tests (tasks/kinds.py); `kind` is asserts where missing."""

    kind: str
    code: str
    n: int
    prelude: str
    demand: list[str]
    reference: str
    mutants: list[str]
    line: int | None
    edge: bool
    words: list[list[str]]
    value: str
    all: list[str]
    none: list[str]


class _Sample(TypedDict):
    id: str
    instruction: str
    input: str
    output: str
    metadata: Metadata


class Sample(_Sample, total=False):
    """A training example or an evaluation task."""

    entry_point: str
    tests: Tests
    parent_id: str
    origin: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    wrong: list[str]
    validation: dict[str, Any]
    gate: dict[str, Any]
