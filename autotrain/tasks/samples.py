"""The sample: one training example or one evaluation task, a JSON object a line.

Owns the schema (docs/pipeline.md has it as a table), the response formats and how an
answer is taken apart. Every stage goes through here; unknown fields are never touched.

    id, instruction, input, output       strings (input may be empty)
    metadata                             task_type round timestamp teacher_model response_format difficulty family
    entry_point, tests, parent_id, origin    optional

`tests.kind` says how an answer to the task is judged:

    asserts   run the answer's code, then `tests.code` (assert statements on `entry_point`)
    mutants   the answer is test code: it must pass on `tests.reference` and fail on each of `tests.mutants`
    review    the answer is a JSON review: it must report `tests.line` and no other line (null: approve)
    contains  the answer is text: it must contain each string of `tests.all` and, where given, none of `tests.none`
"""

import _symtable  # pyright: ignore[reportMissingImports]
import hashlib
import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NamedTuple, TypeVar

import orjson

from autotrain.jsonl import Row

SCHEMA_VERSION = 1

TASK_TYPES = (
    "code_completion",
    "bug_fixing",
    "code_explanation",
    "refactoring",
    "unit_test_generation",
    "code_review",
    "documentation",
    "algorithm_implementation",
)
RESPONSE_FORMATS = ("code", "json", "text")
DIFFICULTIES = ("easy", "medium", "hard")
TEST_KINDS = ("asserts", "mutants", "review", "contains")

# The JSON object that an answer of response_format `json` must be, for each task type.
JSON_FIELDS: dict[str, dict[str, type]] = {
    "code_review": {"verdict": str, "issues": list, "summary": str},
    "bug_fixing": {"bug": str, "fixed_code": str},
}
REVIEW_VERDICTS = ("approve", "request_changes")
REVIEW_ISSUE_FIELDS: dict[str, type] = {"line": int, "severity": str, "message": str}
SEVERITIES = ("low", "medium", "high")

MAX_REMEMBERED = 20_000  # characters of a text whose parts are remembered
MAX_PROSE_CHARACTERS = 1200  # around the code block of a `code` answer

PYTHON = ("python", "py", "python3", "")  # what a block of Python is marked with, in lower case
_OPENING = re.compile(r"([\w+-]*)[ \t]*\n")
_CLOSING = re.compile(r"[ \t]*$", re.MULTILINE)


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
) -> Row:
    """A sample with its required fields in the contract's order; `optional` follows them.

    `timestamp` is ISO 8601 in UTC; `family` groups related tasks ("" where unknown).
    """
    return {
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
        **{name: value for name, value in optional.items() if value is not None},
    }


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


def _optional_problem(row: Row) -> str | None:
    if "entry_point" in row and not isinstance(row["entry_point"], str):
        return "entry_point: a string is needed"
    if "tests" not in row:
        return None
    tests = row["tests"]
    if not isinstance(tests, dict):
        return "tests: an object is needed"
    kind = tests.get("kind", "asserts")
    if kind not in TEST_KINDS:
        return f"tests.kind: one of {', '.join(TEST_KINDS)} is needed"
    if kind == "asserts" and not isinstance(tests.get("code"), str):
        return "tests.code: a string is needed"
    if kind == "mutants" and not (isinstance(tests.get("reference"), str) and isinstance(tests.get("mutants"), list)):
        return "tests: a reference and a list of mutants are needed"
    if kind == "review" and not isinstance(tests.get("line"), (int, type(None))):
        return "tests.line: an integer or null is needed"
    if kind == "contains" and not isinstance(tests.get("all"), list):
        return "tests.all: a list is needed"
    if kind == "contains" and not isinstance(tests.get("none", []), list):
        return "tests.none: a list is needed"
    return None


Answer = TypeVar("Answer")


def _remembered(function: Callable[[str], Answer]) -> Callable[[str], Answer]:
    # Several checks in a row ask the same of a batch of texts. Long ones would fill the memory.
    known = lru_cache(maxsize=512)(function)

    @wraps(function)
    def ask(text: str) -> Answer:
        return known(text) if len(text) <= MAX_REMEMBERED else function(text)

    return ask


class Block(NamedTuple):
    """A fenced block of an answer: how it is marked, what it holds, and `text[start:end]` with its fences."""

    language: str
    body: str
    start: int
    end: int


@_remembered
def fenced_blocks(text: str) -> tuple[Block, ...]:
    """The closed fenced blocks of a text, in order; a fence stands at the beginning of a line."""
    blocks: list[Block] = []
    start = text.find("```")
    while start >= 0:
        opening = _OPENING.match(text, start + 3) if not start or text[start - 1] == "\n" else None
        end = start + 3
        if opening is not None:
            closing = text.find("\n```", opening.end() - 1)
            while closing >= 0 and not (rest := _CLOSING.match(text, closing + 4)):
                closing = text.find("\n```", closing + 4)
            if closing < 0:
                break
            end = rest.end()
            blocks.append(Block(opening[1], text[opening.end() : closing + 1], start, end))
        start = text.find("```", end)
    return tuple(blocks)


def code_blocks(text: str) -> list[str]:
    """The bodies of a text's fenced blocks marked python, py or not marked, in order."""
    return [block.body for block in fenced_blocks(text) if block.language.lower() in PYTHON]


def extract_code(answer: str, response_format: str, task_type: str) -> str | None:
    """The Python code of an answer, or None where it holds none.

    `code`: the first fenced block, else the whole text where it parses as Python;
    `json`: the field `fixed_code` of a bug fix; `text`: never.
    """
    if response_format == "json":
        value = parse_json_answer(answer)
        fixed = value.get("fixed_code") if value is not None and task_type == "bug_fixing" else None
        return fixed if isinstance(fixed, str) and fixed.strip() else None
    if response_format != "code":
        return None
    blocks = code_blocks(answer)
    if blocks:
        return blocks[0]
    return answer if answer.strip() and parses(answer) else None


@_remembered
def parses(code: str) -> bool:
    """Whether the text is Python that compiles."""
    try:
        # Parses, and quicker than building a tree. `symtable.symtable` is this and objects for whoever wants a table.
        _symtable.symtable(code, "<answer>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def parse_json_answer(answer: str) -> Row | None:
    """The one JSON object that an answer is (bare, or alone in one fenced json block), or None."""
    text = answer.strip()
    match = re.fullmatch(r"```(?:json)?[ \t]*\n(.*?)\n?```", text, re.DOTALL)
    try:
        value = orjson.loads(match.group(1) if match else text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def json_problem(value: Row, task_type: str) -> str | None:
    """How a JSON answer misses its task type's schema, as a short phrase, or None."""
    for name, kind in JSON_FIELDS.get(task_type, {}).items():
        if not isinstance(value.get(name), kind):
            return f"{name}: {kind.__name__} is needed"
    if task_type != "code_review":
        return None
    if value["verdict"] not in REVIEW_VERDICTS:
        return f"verdict: one of {', '.join(REVIEW_VERDICTS)} is needed"
    for issue in value["issues"]:
        if not isinstance(issue, dict):
            return "issues: objects are needed"
        for name, kind in REVIEW_ISSUE_FIELDS.items():
            if not isinstance(issue.get(name), kind) or isinstance(issue.get(name), bool):
                return f"issues.{name}: {kind.__name__} is needed"
        if issue["severity"] not in SEVERITIES:
            return f"issues.severity: one of {', '.join(SEVERITIES)} is needed"
    return None


def format_problem(answer: str, response_format: str, task_type: str) -> str | None:
    """How an answer misses its response format, as a short phrase, or None where it complies."""
    if not answer.strip():
        return "empty answer"
    if response_format == "json":
        value = parse_json_answer(answer)
        return "not one JSON object" if value is None else json_problem(value, task_type)
    if response_format == "text":
        return "an unclosed code block" if answer.count("```") % 2 else None
    blocks = fenced_blocks(answer)
    if len(blocks) != 1:
        return f"{len(blocks)} code blocks where one is needed"
    (block,) = blocks
    if block.language.lower() not in PYTHON:
        return f"a {block.language} block where python is needed"
    prose = len(answer) - (block.end - block.start)
    if prose > MAX_PROSE_CHARACTERS:
        return f"{prose} characters of prose around the code"
    return None if parses(block.body) else "code that does not parse"
