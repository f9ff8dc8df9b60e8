"""Taking an answer apart: fenced blocks, code, JSON, the line with the result.

Every stage reads answers through this module, so that all of them see the same code in the
same answer, without its thoughts (thoughts.py). Reading is strict: one fenced block, one JSON
object. What an answer in another form plainly holds is read by lenient.py.

    extract_code(answer, "code", "bug_fixing", entry_point)      # Python, or None
"""

import ast
import re
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NamedTuple, TypeVar

import orjson

from autotrain.jsonl import Row
from autotrain.tasks.languages import TAUGHT
from autotrain.tasks.python import MARKS, NAME, parses
from autotrain.tasks.thoughts import spoken
from autotrain.tasks.types import JSON_KINDS, TYPES

MAX_REMEMBERED = 20_000  # characters of a text whose parts are remembered
MAX_PROSE_CHARACTERS = 1200  # around the code block of a `code` answer

_OPENING = re.compile(r"([\w+#.-]*)(?:[ \t][^\n`]*)?\r?\n")
_CLOSING = re.compile(r"[ \t]*\r?$", re.MULTILINE)
RESULT_LINE = re.compile(r"Answer: (.+)")

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
    """The closed fenced blocks of a text, in order; a fence of three ticks stands at the beginning of a line."""
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
            body = text[opening.end() : closing + 1]
            blocks.append(Block(opening[1], body.replace("\r\n", "\n") if "\r" in body else body, start, end))
        start = text.find("```", end)
    return tuple(blocks)


def code_blocks(text: str, language: str = NAME) -> list[str]:
    """The bodies of a text's fenced blocks marked as this language or not marked, in order."""
    return [block.body for block in fenced_blocks(text) if block.language.lower() in TAUGHT[language].MARKS]


def extract_code(
    answer: str, response_format: str, task_type: str, entry_point: str | None = None, language: str = NAME
) -> str | None:
    """The code of an answer, or None where it holds none, as one in a language that is not taught does.

    Thoughts are not part of the answer.

    `code`: the first fenced block that defines the entry point, else the first one, else the
    whole text where it parses; `json`: the field that its type keeps code in; `text`: never.
    """
    answer = spoken(answer)
    if response_format == "json":
        value = parse_json_answer(answer)
        field = TYPES[task_type].json_code if task_type in TYPES else ""
        code = value.get(field) if value is not None and field else None
        return code if isinstance(code, str) and code.strip() else None
    known = TAUGHT.get(language)
    if response_format != "code" or known is None:
        return None
    blocks = code_blocks(answer, language)
    if blocks:
        if len(blocks) > 1 and entry_point:
            return next((block for block in blocks if entry_point in known.defined_names(block)), blocks[0])
        return blocks[0]
    return answer if answer.strip() and known.parses(answer) else None


def parse_json_answer(answer: str) -> Row | None:
    """The one JSON object that an answer is (bare, or alone in one fenced json block), or None."""
    text = spoken(answer).strip()
    match = re.fullmatch(r"```(?:json)?[ \t]*\r?\n(.*?)\r?\n?```", text, re.DOTALL)
    try:
        value = orjson.loads(match.group(1) if match else text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def stated_result(answer: str) -> Any:
    """The Python value on an answer's last line, `Answer: VALUE`. Raises ValueError where there is none."""
    lines = spoken(answer).rstrip().splitlines()
    match = RESULT_LINE.fullmatch(lines[-1].strip()) if lines else None
    if match is None:
        raise ValueError("the last line is no `Answer: VALUE`")
    try:
        return ast.literal_eval(match[1].strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise ValueError(f"{match[1][:60]} is no Python value") from None


def json_problem(value: Row, task_type: str) -> str | None:
    """How a JSON answer misses its task type's schema, as a short phrase, or None."""
    schema = TYPES[task_type].json_schema if task_type in TYPES else None
    return _object_problem(value, schema, "") if schema else None


def _object_problem(value: Row, schema: dict[str, Any], place: str) -> str | None:
    for name, part in schema["properties"].items():
        kind = JSON_KINDS[part["type"]]
        if not isinstance(value.get(name), kind) or isinstance(value.get(name), bool):
            return f"{place}{name}: {kind.__name__} is needed"
    for name, part in schema["properties"].items():
        if "enum" in part and value[name] not in part["enum"]:
            return f"{place}{name}: one of {', '.join(part['enum'])} is needed"
        items = part.get("items", {})
        for item in value[name] if items.get("type") == "object" else ():
            if not isinstance(item, dict):
                return f"{place}{name}: objects are needed"
            if problem := _object_problem(item, items, f"{name}."):
                return problem
    return None


def format_problem(answer: str, response_format: str, task_type: str) -> str | None:
    """How an answer misses its response format, as a short phrase, or None where it complies."""
    if not answer.strip():
        return "empty answer"
    answer = spoken(answer)
    if response_format == "json":
        value = parse_json_answer(answer)
        return "not one JSON object" if value is None else json_problem(value, task_type)
    if response_format == "text":
        return "an unclosed code block" if answer.count("```") % 2 else None
    blocks = fenced_blocks(answer)
    if len(blocks) != 1:
        return f"{len(blocks)} code blocks where one is needed"
    (block,) = blocks
    if block.language.lower() not in MARKS:
        return f"a {block.language} block where {NAME} is needed"
    prose = len(answer) - (block.end - block.start)
    if prose > MAX_PROSE_CHARACTERS:
        return f"{prose} characters of prose around the code"
    return None if parses(block.body) else "code that does not parse"
