"""Rows in the common formats of fine-tuning data, as samples; no field of a row is lost.

Recognised, a row at a time, in this order: our own samples; Alpaca (`instruction`, `input`,
`output`); OpenAI chat (`messages`); ShareGPT (`conversations`); prompt and completion (PAIRS).
Conversations stay what they are, as `messages` and `tools` of the sample (conversation_rows.py).

A field that a sample has no place for keeps its name. One whose name means something else in a
sample, or whose content was put together anew, is kept under `original`. What a format does not
say is taken from its answer alone: one Python block, or a whole program without a fence, is of
format `code`, one JSON object is `json`, anything else `text`; the difficulty is `medium`.

    row, shape = as_sample({"instruction": "Add 1 and 2.", "output": "3"})     # shape "alpaca"
"""

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

from autotrain.cleaning.conversation_rows import Foreign as Foreign
from autotrain.cleaning.conversation_rows import alpaca_turns, conversation
from autotrain.jsonl import Row
from autotrain.tasks import answers, conversations, python, samples

ALPACA, MESSAGES, SHAREGPT, PAIR = "alpaca", "messages", "sharegpt", "prompt-completion"
PAIRS = (
    ("prompt", "completion"),
    ("prompt", "response"),
    ("instruction", "response"),
    ("question", "answer"),
    ("query", "response"),
)
MAX_LOOKED_AT = 200_000  # characters of an answer; a longer one is taken for text: megabytes take minutes to parse
_REQUIRED = frozenset(("id", "instruction", "input", "output", "metadata"))
_TAKEN = (
    *_REQUIRED,
    "origin",
    "parent_id",
    "validation",
    "gate",
    "original",
    "messages",
    "tools",
)  # names with a meaning of our own
_PROGRAM = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom),
    *(ast.For, ast.While, ast.With, ast.Try),
)


class _Texts(NamedTuple):
    instruction: str
    input_text: str
    output: str
    used: tuple[str, ...]  # the fields that these came from
    messages: list[Row] | None = None  # where the row is a conversation
    tools: list[Row] | None = None


def as_sample(row: Row) -> tuple[Row, str]:
    """The row as a sample with the name of its format, or the same row and "" where it is one of ours.

    Raises Foreign where it is of no known format or cannot be read.
    """
    shape = shape_of(row)
    if shape == "":
        return row, ""
    if shape == ALPACA and (row.get("history") or row.get("system")):
        texts = _conversation(row, alpaca_turns(row), (*_fields_of_alpaca(row), "history"))
    elif shape == ALPACA:
        texts = _Texts(_text(row, "instruction"), _text(row, "input", ""), _text(row, "output"), _fields_of_alpaca(row))
    elif shape == MESSAGES:
        texts = _conversation(row, row["messages"], ("messages",))
    elif shape == SHAREGPT:
        texts = _conversation(row, row["conversations"], ("conversations",))
    else:
        texts = _pair(row)
    return _sample(row, shape, texts), shape


def shape_of(row: Mapping[str, Any]) -> str:
    """The format of a row: "" for one of our own samples. Raises Foreign where it is of none."""
    metadata = row.get("metadata")
    if isinstance(metadata, dict) and ("task_type" in metadata or "response_format" in metadata):
        return ""
    if row.keys() >= _REQUIRED and not (isinstance(metadata, dict) and metadata):
        return ""  # a sample whose metadata is broken
    if "instruction" in row and "output" in row:
        return ALPACA
    if isinstance(row.get("messages"), list):
        return MESSAGES
    if isinstance(row.get("conversations"), list):
        return SHAREGPT
    if any(prompt in row and answer in row for prompt, answer in PAIRS):
        return PAIR
    raise Foreign(f"the fields {', '.join(sorted(row)[:8]) or '(none)'} are those of no known format")


def _fields_of_alpaca(row: Row) -> tuple[str, ...]:
    return tuple(name for name in ("instruction", "input", "output") if name in row)


def _text(row: Row, name: str, default: str | None = None) -> str:
    value = row.get(name, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise Foreign(f"{name}: a string is needed")
    return value


def _pair(row: Row) -> _Texts:
    prompt, answer = next(pair for pair in PAIRS if pair[0] in row and pair[1] in row)
    if isinstance(row[prompt], list) and isinstance(row[answer], list):
        return _conversation(row, [*row[prompt], *row[answer]], (prompt, answer))
    context = ("context",) if isinstance(row.get("context"), str) else ()
    given = row["context"] if context else ""
    return _Texts(_text(row, prompt), given, _text(row, answer), (prompt, *context, answer))


def _conversation(row: Row, turns: list[Any], used: tuple[str, ...]) -> _Texts:
    """The turns as they are; instruction, input and output say the same for what compares rows."""
    tools = row.get("tools") or row.get("functions")
    messages, read = conversation(turns, tools, row.get("system"))
    system = ("system",) if isinstance(row.get("system"), str) else ()
    return _Texts(*conversations.short_form(messages), (*used, *system, "tools", "functions"), messages, read)


def _sample(row: Row, shape: str, texts: _Texts) -> Row:
    output, response_format = _answer(texts.output)
    if texts.messages is not None and (
        output != texts.output or sum(map(conversations.is_learned, texts.messages)) > 1
    ):
        output, response_format = texts.output, "text"  # turns are learned as they are: nothing is put around them
    found = (texts.instruction, texts.input_text, output)
    own = isinstance(row.get("id"), str) and row["id"]
    sample: Row = {
        "id": row["id"] if own else samples.sample_id(*found),
        **dict(zip(("instruction", "input", "output"), found, strict=True)),
        "metadata": {
            "task_type": "algorithm_implementation" if response_format == "code" else "code_explanation",
            "round": 1,
            "timestamp": "",
            "teacher_model": "",
            "response_format": response_format,
            "difficulty": "medium",
            "family": "",
        },
        "origin": shape,
    }
    if texts.messages is not None:
        sample["messages"] = texts.messages
    if texts.tools:
        sample["tools"] = texts.tools
    original: Row = {}
    for name, value in row.items():
        if name in texts.used:
            if texts.messages is None and value and value not in found:
                original[name] = value
        elif name == "id" and own:
            continue
        elif name == "metadata" and isinstance(value, dict) and not value.keys() & sample["metadata"].keys():
            sample["metadata"].update(value)
        elif name in _TAKEN or samples.schema_problem({**sample, name: value}):
            original[name] = value
        else:
            sample[name] = value
    return {**sample, "original": original} if original else sample


def _answer(text: str) -> tuple[str, str]:
    """An answer, with a fence where it is a program without one, and its response format."""
    if len(text) > MAX_LOOKED_AT:
        return text, "text"
    if answers.parse_json_answer(text) is not None:
        return text, "json"
    if answers.format_problem(text, "code", "") is None:
        return text, "code"
    if "```" not in text and _is_program(text):
        code = text.strip("\n")
        return f"```python\n{code}\n```", "code"
    return text, "text"


def _is_program(text: str) -> bool:
    # Prose can parse ("Yes", "Answer: 5"), so a statement that only programs have is asked for.
    if not python.parses(text):
        return False
    return any(isinstance(statement, _PROGRAM) for statement in ast.parse(text).body)
