"""From what a teacher said (`Answer.said`) to what was asked for. Strict first, lenient last: the answer is paid for.

value, problem = parse_object(text, schema)     # one of the two is None
text = in_form(text, row)                       # a code answer as one fenced block
"""

import ast
import html
import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from autotrain.jsonl import Row
from autotrain.tasks import answers, lenient, python
from autotrain.tasks.shapes import Sample
from autotrain.tasks.types import JSON_KINDS

LENIENT_MAX_CHARACTERS = 20_000  # json5 is written in Python and slow
MOST_BRACES = 30  # places in a text where an object may begin

_FENCE = re.compile(r"^```[ \t]*(?:json5?)?[ \t]*\r?\n(.*?)^```[ \t]*\r?$", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_DECODER = json.JSONDecoder(strict=False)  # raw line breaks in strings


def parse_object(text: str, schema: dict[str, Any]) -> tuple[Row | None, str | None]:
    """The JSON object of an answer, or why there is none: `unparsed` or `wrong schema: …`.

    The first object that fits counts, whatever stands around it.
    """
    problem, text = None, text.removeprefix("\ufeff").strip()
    if '"' not in text and "&quot;" in text:  # a gateway made it safe for a page
        text = html.unescape(text)
    for value in _objects(text):
        value = _unwrapped(value, schema)
        missed = schema_problem(value, schema)
        if missed is None:
            return _writable(value), None
        problem = problem or f"wrong schema: {missed}"
    return None, problem or "unparsed: no JSON object"


def parse_strictly(text: str, schema: dict[str, Any]) -> bool:
    """Whether the text is, as it stands, one JSON object that fits the schema."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and schema_problem(value, schema) is None


def _objects(text: str) -> Iterator[Row]:
    """The objects that a text may mean: all of it, a fenced block, then whatever begins at a brace."""
    blocks = _FENCE.findall(text)
    for candidate in (text, *blocks):
        try:
            value = orjson.loads(candidate)
        except orjson.JSONDecodeError:
            continue
        yield from _dicts(value)
        if isinstance(value, str) and value.lstrip().startswith("{"):  # JSON inside a string of JSON
            yield from _objects(value)
    place = text.find("{")
    for _ in range(MOST_BRACES):
        if place < 0:
            break
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            end = place + 1
        else:
            yield from _dicts(value)
        place = text.find("{", end)
    for candidate in (*blocks, text[text.find("{") : text.rfind("}") + 1]):
        yield from _dicts(_json5(candidate.strip()))


def _dicts(value: Any) -> Iterator[Row]:
    if isinstance(value, list) and len(value) == 1:  # the one object in a list
        (value,) = value
    if isinstance(value, dict):
        yield value


def _json5(text: str) -> Any:
    if not text.startswith("{") or len(text) > LENIENT_MAX_CHARACTERS:
        return None
    import json5

    try:
        return json5.loads(text)
    except (ValueError, RecursionError):
        return None


def _unwrapped(value: Row, schema: dict[str, Any]) -> Row:
    """An object without one around it (`{"answer": {…}}`), its lists and its code as they were asked for."""
    fields = schema["properties"]
    if len(value) == 1 and not fields.keys() & value.keys():
        (inner,) = value.values()
        value = inner if isinstance(inner, dict) else value
    return {name: _as_asked(name, told, fields.get(name, {})) for name, told in value.items()}


def _as_asked(name: str, told: Any, schema: dict[str, Any]) -> Any:
    if not isinstance(told, str):
        return told
    if schema.get("items") == {"type": "string"}:
        return _tests(told)
    blocks = answers.code_blocks(told) if name.endswith("code") else []
    return blocks[0] if len(blocks) == 1 else told


def _tests(text: str) -> list[str]:
    """The tests in one text of Python: each assert with what stands before it; its lines where it is none."""
    blocks = answers.code_blocks(text)
    text = "\n".join(blocks) if blocks else text
    try:
        body = ast.parse(text).body
    except python.UNREADABLE:
        return [line.strip() for line in text.splitlines() if line.strip()]
    tests, begun = [], []
    for node in body:
        begun.append(ast.get_source_segment(text, node) or "")
        if any(isinstance(inner, ast.Assert) for inner in ast.walk(node)):
            tests.append("\n".join(begun))
            begun = []
    return [*tests, *begun]


def _writable(value: Any) -> Any:
    """The value without lone surrogates, which can be in no file."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_writable(item) for item in value]
    if isinstance(value, dict):
        return {_writable(name): _writable(item) for name, item in value.items()}
    return value


def in_form(text: str, row: Sample) -> str:
    """A code answer as a sample holds it, in one fenced block; other answers as they are.

    Code without a fence gets one; what stands behind the block that was asked for (an example of use) is left off.
    """
    if row["metadata"]["response_format"] != "code":
        return text
    if "```" not in text and "~~~" not in text and text.strip() and python.parses(text):
        return python.fenced(text.strip("\n"))
    text, _ = lenient.mend(text, row)
    blocks = answers.fenced_blocks(text)
    if len(blocks) < 2:
        return text
    name = row.get("entry_point")
    if (row.get("tests") or {}).get("kind") == "mutants":
        wanted = [block for block in blocks if "assert" in block.body]
    else:
        wanted = [block for block in blocks if name in python.defined_names(block.body)]
    if not wanted:
        return text
    return text[: wanted[0].end] if wanted[0] is blocks[0] else python.fenced(wanted[0].body)


def in_file_numbers(review: Row, listing: str) -> Row:
    """A review whose lines were counted from the first that is shown, with the numbers that the listing gives them."""
    numbers = [int(number) for number in re.findall(r"^(\d+): ", listing, re.MULTILINE)]
    lines = [issue["line"] for issue in review["issues"]]
    if not numbers or not lines or not all(1 <= line <= len(numbers) < numbers[0] for line in lines):
        return review
    issues = [{**issue, "line": numbers[issue["line"] - 1]} for issue in review["issues"]]
    return {**review, "issues": issues}


def schema_problem(value: Any, schema: dict[str, Any], place: str = "") -> str | None:
    """How a value misses a schema (the part of JSON Schema that our prompts use), or None."""
    name = place or "answer"
    kind = schema["type"]
    if not isinstance(value, JSON_KINDS[kind]) or isinstance(value, bool):
        return f"{name} is no {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{name} is none of {', '.join(schema['enum'])}"
    if kind == "array":
        problems = (schema_problem(item, schema["items"], f"{name}[]") for item in value)
        return next((problem for problem in problems if problem), None)
    if kind == "object":
        for field, inner in schema["properties"].items():
            if field not in value:
                return f"{place}{'.' if place else ''}{field} is missing"
            problem = schema_problem(value[field], inner, f"{place}{'.' if place else ''}{field}")
            if problem:
                return problem
    return None
