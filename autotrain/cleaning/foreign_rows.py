"""Rows in the common formats of fine-tuning data, as samples; no field of a row is lost.

Recognised, a row at a time, in this order: our own samples; Alpaca (`instruction`, `input`,
`output`, with `history` and `system`); OpenAI chat (`messages`); ShareGPT (`conversations`); pairs
of a task and an answer (PAIRS); preference pairs (`chosen`, `rejected`). What is known and cannot
be trained on is named (KNOWN).
Conversations stay what they are, as `messages` and `tools` of the sample (conversation_rows.py).

A field that a sample has no place for keeps its name. One whose name means something else in a
sample, or whose content was put together anew, is kept under `original`. What a format does not
say is taken from its answer (answer_form.py); the difficulty is `medium`.

    row, shape = as_sample({"instruction": "Add 1 and 2.", "output": "3"})     # shape "alpaca"
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from autotrain.cleaning import answer_form
from autotrain.cleaning.conversation_rows import Foreign as Foreign
from autotrain.cleaning.conversation_rows import conversation
from autotrain.jsonl import Row
from autotrain.tasks import conversations, languages, samples

ALPACA, MESSAGES, SHAREGPT, PREFERENCE = "alpaca", "messages", "sharegpt", "preference"
PAIRS = (
    ("prompt", "completion"),
    ("prompt", "response"),
    ("instruction", "response"),
    ("question", "answer"),
    ("query", "response"),
    ("problem", "solution"),
    ("question", "solution"),
    ("problem", "answer"),
    ("question", "response"),
    ("query", "answer"),
    ("prompt", "answer"),
    ("prompt", "output"),
    ("prompt", "solution"),
    ("prompt", "canonical_solution"),
    ("instruction", "completion"),
    ("instruction", "answer"),
    ("instruction", "solution"),
    ("instruction", "code"),
    ("task", "solution"),
    ("text", "code"),
    ("input", "output"),
    ("input", "target"),
    ("inputs", "targets"),
)
ORIGINS = frozenset((ALPACA, MESSAGES, SHAREGPT, PREFERENCE, *map("-".join, PAIRS)))
"""The names of the formats, as a sample's `origin` has them."""
KNOWN = (
    (("input_ids",), "tokens instead of texts: give the texts that they were made of"),
    (("task_id", "completion"), "predictions without their tasks: add each task's text as `prompt`"),
    (("task_id", "solution"), "predictions without their tasks: add each task's text as `prompt`"),
    (("text",), "text for pretraining: rows with a task and an answer are needed"),
    (("content",), "source files: rows with a task and an answer are needed"),
    (("code",), "source files: rows with a task and an answer are needed"),
    (("custom_id",), "requests or results of a batch API: give the conversations as `messages`"),
    (("responses",), "several answers to one task: keep one as `output`, or two as `chosen` and `rejected`"),
    (("completions",), "several answers to one task: keep one as `output`, or two as `chosen` and `rejected`"),
)
"""Fields of formats that are known and not taken, with what they are and what to do."""
_RENDERED = re.compile(
    r"<\|im_start\|>|\[INST\]|<\|start_header_id\|>|<start_of_turn>|### (?:Instruction|Response|Human):"
)
_MERGED = ("system", "system_prompt", "history")  # never a text of a sample by themselves
_NO_INPUT = re.compile(r"\s*[<\[(]?\s*/?no[ _-]?(?:input|output|context)\s*[>\])]?\.?\s*", re.IGNORECASE)
_REQUIRED = frozenset(("id", "instruction", "input", "output", "metadata"))
# Names with a meaning of our own.
_TAKEN = (*_REQUIRED, "origin", "parent_id", "validation", "gate", "original", "messages", "tools")


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
    shape, row = _shape(row)
    if shape == "":
        return row, ""
    if shape == ALPACA:
        texts = _alpaca(row)
    elif shape in (MESSAGES, SHAREGPT):
        name = "messages" if shape == MESSAGES else "conversations"
        texts = _conversation(row, _turns(row[name]), (name,))
    elif shape == PREFERENCE:
        texts = _preference(row)
    else:
        texts = _pair(row, *next(pair for pair in PAIRS if "-".join(pair) == shape))
    return _sample(row, shape, texts), shape


def _shape(row: Row) -> tuple[str, Row]:
    try:
        return shape_of(row), row
    except Foreign:
        lowered = {name.strip().lower(): value for name, value in row.items()}  # tables have `Question`, `Answer`
        if lowered.keys() == row.keys() or len(lowered) < len(row):
            raise
        return shape_of(lowered), lowered


def shape_of(row: Mapping[str, Any]) -> str:
    """The format of a row: "" for one of our own samples. Raises Foreign where it is of none."""
    metadata = row.get("metadata")
    if isinstance(metadata, dict) and ("task_type" in metadata or "response_format" in metadata):
        return ""
    if row.keys() >= _REQUIRED and not (isinstance(metadata, dict) and metadata):
        return ""  # a sample whose metadata is broken
    if "instruction" in row and "output" in row:
        return ALPACA
    if _turns(row.get("messages")):
        return MESSAGES
    if _turns(row.get("conversations")) and "chosen" not in row:
        return SHAREGPT
    if isinstance(row.get("messages"), list):
        return MESSAGES
    if "chosen" in row and "rejected" in row:
        return PREFERENCE
    for prompt, answer in PAIRS:
        if prompt in row and answer in row:
            if row.get("label") is False or row.get("kto_tag") is False:
                raise Foreign("an answer that is labelled false (KTO): only good answers are trained on")
            return f"{prompt}-{answer}"
    raise Foreign(_unknown(row))


def _unknown(row: Mapping[str, Any]) -> str:
    for fields, what in KNOWN:
        if all(field in row for field in fields):
            if isinstance(row.get("text"), str) and _RENDERED.search(row["text"]):
                what = "conversations rendered for one model: give the turns as `messages`"
            return f"the fields {', '.join(fields)} are those of {what}"
    if len(row) > 1 and all(isinstance(value, (list, dict)) and len(value) > 1 for value in row.values()):
        return "columns instead of rows: write one object a row (pandas: orient='records', lines=True)"
    return f"the fields {', '.join(sorted(row)[:8]) or '(none)'} are those of no known format"


def _fields_of_alpaca(row: Row) -> tuple[str, ...]:
    return tuple(name for name in ("instruction", "input", "output") if name in row)


def _text(row: Row, name: str, default: str | None = None) -> str:
    value = row.get(name, default)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise Foreign(f"{name}: a string is needed")
    return "" if _NO_INPUT.fullmatch(value) else value


def _alpaca(row: Row) -> _Texts:
    instruction, given, output = _text(row, "instruction"), _text(row, "input", ""), _text(row, "output")
    if not instruction.strip():
        instruction, given = given, ""
    used, history = _fields_of_alpaca(row), row.get("history")
    if not (isinstance(history, list) and history) and not _system(row):
        return _Texts(instruction, given, output, used)
    turns = list(_turns_of_history(history))
    asked = "\n\n".join(text for text in (instruction, given) if text)
    turns += [{"role": "user", "content": asked}, {"role": "assistant", "content": output}]
    return _conversation(row, turns, (*used, *(("history",) if isinstance(history, list) else ())))


def _system(row: Row) -> list[Row]:
    """The row's own system text as a turn; nothing where it has none."""
    for name in ("system", "system_prompt"):
        if isinstance(row.get(name), str) and row[name].strip():
            return [{"role": "system", "content": row[name]}]
    return []


def _turns_of_history(history: Any) -> Iterator[Row]:
    for pair in history if isinstance(history, list) else []:
        if isinstance(pair, dict) and ("role" in pair or "from" in pair):
            yield pair
        elif isinstance(pair, (list, tuple)) and len(pair) == 2 and all(isinstance(text, str) for text in pair):
            yield {"role": "user", "content": pair[0]}
            yield {"role": "assistant", "content": pair[1]}
        else:
            raise Foreign("history: pairs of a question and an answer are needed")


def _turns(value: Any) -> list[Any]:
    """A list of turns, also where it is written as JSON in a string; nothing where it is none."""
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return []
    return value if isinstance(value, list) else []


def _pair(row: Row, prompt: str, answer: str) -> _Texts:
    if _turns(row[prompt]) and isinstance(row[answer], (list, dict)):
        given = row[answer] if isinstance(row[answer], list) else [row[answer]]
        return _conversation(row, [*_turns(row[prompt]), *given], (prompt, answer))
    name = next((name for name in ("context", "input") if name != prompt and isinstance(row.get(name), str)), "")
    task, given, output = _text(row, prompt), _text(row, name) if name else "", _text(row, answer)
    if answer == "canonical_solution":  # the task is the beginning of the code
        output = task + output
    used = tuple(field for field in (prompt, name, answer) if field)
    if not _system(row):
        return _Texts(task, given, output, used)
    asked = {"role": "user", "content": "\n\n".join(text for text in (task, given) if text)}
    return _conversation(row, [asked, {"role": "assistant", "content": output}], used)


def _used_system(row: Row) -> tuple[str, ...]:
    return next(((name,) for name in ("system", "system_prompt") if isinstance(row.get(name), str) and row[name]), ())


_DIALOGUE = re.compile(r"(?:^|\n\n)(Human|Assistant): ?")


def _preference(row: Row) -> _Texts:
    """The chosen answer is what is learned; both stay in the row as they are, for preference training."""
    prompt = next((name for name in ("prompt", "question", "instruction", "conversations", "input") if name in row), "")
    chosen = row["chosen"]
    if isinstance(chosen, str) and not prompt:  # both answers with the whole dialogue before them
        parts = _DIALOGUE.split(chosen)[1:]
        pairs = zip(parts[::2], parts[1::2], strict=True)
        said = [{"role": who.lower(), "content": text} for who, text in pairs]
        return _conversation(row, said, ("chosen",), keep=True)
    turns = _turns(chosen) or ([chosen] if isinstance(chosen, dict) else [{"role": "assistant", "content": chosen}])
    if not prompt:
        return _conversation(row, turns, ("chosen",), keep=True)
    asked = row[prompt]
    if isinstance(chosen, str) and not _turns(chosen) and not _turns(asked) and not _system(row):
        return _Texts(_text(row, prompt), "", chosen, (prompt,))
    before = _turns(asked) or [{"role": "user", "content": _text(row, prompt)}]
    if turns[: len(before)] == before or len(turns) > 1:  # the chosen answer repeats the conversation
        before = []
    return _conversation(row, [*before, *turns], (prompt,), keep=True)


def _conversation(row: Row, turns: list[Any], used: tuple[str, ...], keep: bool = False) -> _Texts:
    """The turns as they are; instruction, input and output say the same for what compares rows."""
    tools = row.get("tools") or row.get("functions")
    system = _system(row)
    messages, read = conversation(turns, tools, system[0]["content"] if system else None)
    used = tuple(name for name in used if not keep or name != "chosen")
    used = (*used, *_used_system(row), "tools" if row.get("tools") else "functions")
    return _Texts(*conversations.short_form(messages), used, messages, read)


def _sample(row: Row, shape: str, texts: _Texts) -> Row:
    output, response_format, language = answer_form.of(texts.output, languages.of_fields(row))
    if texts.messages is not None and sum(map(conversations.is_learned, texts.messages)) > 1:
        output, response_format = texts.output, "text"  # several answers: no one code block
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
            **({"language": language} if language else {}),
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
            if value and _is_merged(name, value, found, texts.messages):
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


def _is_merged(name: str, value: Any, found: tuple[str, ...], messages: list[Row] | None) -> bool:
    """Whether a field that was read stands nowhere in the sample as it was."""
    if messages is None:
        return value not in found or name in _MERGED
    if not isinstance(value, str) or _turns(value):
        return False
    said = (turn["content"] for turn in messages if (turn["role"] == "system") == (name in _MERGED))
    return value not in said
