"""From a server's text to an object that fits a schema. Strict first, lenient last.

value, problem = parse_object(text, schema)     # one of the two is None
"""

import re
from typing import Any

import orjson

from autotrain.jsonl import Row

LENIENT_MAX_CHARACTERS = 20_000  # json5 is written in Python and slow

_THINKING = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", re.DOTALL)
_FENCE = re.compile(r"^```[ \t]*(?:json5?)?[ \t]*\n(.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE | re.IGNORECASE)
_KINDS = {"string": str, "integer": int, "array": list, "object": dict}


def without_thinking(text: str) -> str:
    """The text after a reasoning model's leading thoughts."""
    return _THINKING.sub("", text, count=1)


def parse_object(text: str, schema: dict[str, Any]) -> tuple[Row | None, str | None]:
    """The JSON object of an answer, or why there is none: `unparsed` or `wrong schema: …`."""
    for candidate in _candidates(without_thinking(text).strip()):
        value = _loads(candidate)
        if isinstance(value, dict):
            problem = schema_problem(value, schema)
            return (None, f"wrong schema: {problem}") if problem else (value, None)
    return None, "unparsed: no JSON object"


def parse_strictly(text: str, schema: dict[str, Any]) -> bool:
    """Whether the text is, as it stands, one JSON object that fits the schema."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and schema_problem(value, schema) is None


def _candidates(text: str) -> list[str]:
    # The whole text; a single fenced block; from the first brace to the last.
    found = [text]
    blocks = _FENCE.findall(text)
    if len(blocks) == 1:
        found.append(blocks[0])
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        found.append(text[start : end + 1])
    return found


def _loads(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    if not text.lstrip().startswith("{") or len(text) > LENIENT_MAX_CHARACTERS:
        return None
    import json5

    try:
        return json5.loads(text)
    except (ValueError, RecursionError):
        return None


def schema_problem(value: Any, schema: dict[str, Any], place: str = "") -> str | None:
    """How a value misses a schema (the part of JSON Schema that our prompts use), or None."""
    name = place or "answer"
    kind = schema["type"]
    if not isinstance(value, _KINDS[kind]) or isinstance(value, bool):
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
