"""Rows in the common shapes of fine-tuning data, as samples; nothing of a row is lost.

Recognised, in this order: our own samples; Alpaca (`instruction`, `input`, `output`); OpenAI
chat (`messages`); ShareGPT (`conversations`); prompt and completion (`prompt`, `completion`,
or `question` and `answer`, `prompt` and `response`). What a shape does not say is set to what its text shows: an answer with
one Python block is of format `code`, one JSON object is `json`, anything else `text`.

    python -m autotrain.cleaning.convert --input raw.jsonl --output samples.jsonl
"""

from collections.abc import Mapping
from typing import Any

from autotrain import samples
from autotrain.jsonl import Row

SHAPES = ("sample", "alpaca", "messages", "sharegpt", "prompt-completion")
PAIRS = (("prompt", "completion"), ("prompt", "response"), ("question", "answer"), ("instruction", "response"))
SPEAKERS = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}


def shape_of(row: Mapping[str, Any]) -> str | None:
    """The name of a row's shape, or None where it is none of SHAPES."""
    if isinstance(row.get("metadata"), dict) and {"instruction", "output"} <= row.keys():
        return "sample"
    if isinstance(row.get("messages"), list):
        return "messages"
    if isinstance(row.get("conversations"), list):
        return "sharegpt"
    if {"instruction", "output"} <= row.keys():
        return "alpaca"
    return "prompt-completion" if any(set(pair) <= row.keys() for pair in PAIRS) else None


def convert(row: Row, *, timestamp: str) -> Row | str:
    """The row as a sample, or what is wrong with it in a short phrase.

    Fields that a sample has no place for keep their names; where such a name means something
    else in a sample, the original goes under `original`.
    """
    shape = shape_of(row)
    if shape is None:
        return "no known shape: " + ", ".join(sorted(map(str, row))[:6])
    if shape == "sample":
        return _complete(row, row, timestamp)
    texts = _texts(row, shape)
    if isinstance(texts, str):
        return texts
    instruction, input_text, output, used = texts
    rest = {name: value for name, value in row.items() if name not in used}
    sample = {"instruction": instruction, "input": input_text, "output": output, "origin": shape}
    clash = {name: rest.pop(name) for name in list(rest) if name in (*sample, "metadata", "tests", "entry_point")}
    if clash:
        rest["original"] = clash
    return _complete({**sample, **rest}, {}, timestamp)


def _texts(row: Row, shape: str) -> tuple[str, str, str, set[str]] | str:
    if shape == "alpaca":
        used = {"instruction", "input", "output"}
        values = [row["instruction"], row.get("input") or "", row["output"]]
    elif shape == "prompt-completion":
        pair = next(pair for pair in PAIRS if set(pair) <= row.keys())
        used, values = set(pair), [row[pair[0]], "", row[pair[1]]]
    else:
        turns = _turns(row["messages"] if shape == "messages" else row["conversations"])
        if isinstance(turns, str):
            return turns
        used = {"messages" if shape == "messages" else "conversations"}
        values = turns
    if not all(isinstance(value, str) for value in values):
        return "texts are needed for instruction and answer"
    if not values[0].strip() or not values[2].strip():
        return "an empty instruction or answer"
    return values[0], values[1], values[2], used


def _turns(turns: list[Any]) -> list[str] | str:
    # The last answer is what is learned; what was said before it is the task.
    said: list[tuple[str, str]] = []
    for turn in turns:
        if not isinstance(turn, dict):
            return "a turn that is no object"
        speaker = SPEAKERS.get(str(turn.get("role", turn.get("from", ""))).lower())
        text = turn.get("content", turn.get("value"))
        if speaker is None or not isinstance(text, str):
            return "a turn without a known speaker and a text"
        said.append((speaker, text))
    if not said or said[-1][0] != "assistant":
        return "a conversation that does not end with an answer"
    asked = [(speaker, text) for speaker, text in said[:-1]]
    if not any(speaker == "user" for speaker, _ in asked):
        return "a conversation without a question"
    if len(asked) == 1 or (len(asked) == 2 and asked[0][0] == "system"):
        return ["\n\n".join(text for _, text in asked), "", said[-1][1]]
    history = "\n\n".join(f"{speaker}: {text}" for speaker, text in asked[:-1])
    return [asked[-1][1], history, said[-1][1]]


def _complete(row: Row, metadata_source: Row, timestamp: str) -> Row:
    given = metadata_source.get("metadata") if isinstance(metadata_source.get("metadata"), dict) else {}
    output = row.get("output") if isinstance(row.get("output"), str) else ""
    response_format = format_of(output or "")
    metadata = {
        "task_type": "code_explanation" if response_format == "text" else "algorithm_implementation",
        "round": 1,
        "timestamp": timestamp,
        "teacher_model": "unknown",
        "response_format": "text" if response_format == "json" else response_format,
        "difficulty": "medium",
        **(given or {}),
    }
    texts = [str(row.get(name) or "") for name in ("instruction", "input", "output")]
    return {"id": row.get("id") or samples.sample_id(*texts), **row, "input": row.get("input") or "", "metadata": metadata}


def format_of(answer: str) -> str:
    """The response format that an answer shows by itself: code, json or text."""
    if samples.parse_json_answer(answer) is not None:
        return "json"
    return "code" if samples.format_problem(answer, "code", "algorithm_implementation") is None else "text"
