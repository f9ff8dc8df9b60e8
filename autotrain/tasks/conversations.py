"""Conversations: what `messages` and `tools` of a sample hold, and which of their turns are learned.

    messages    [{role, content, tool_calls?, tool_call_id?, name?, weight?, …}], of ROLES, in the order spoken
    tools       [{"type": "function", "function": {name, description, parameters}}]

A call is {"id"?, "type": "function", "function": {"name", "arguments": an object}}. The sample's instruction, input
and output are then the same texts once more (`short_form`), for what compares, counts or lists samples; prompts
and training are made from `messages` alone.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks.shapes import Sample

ROLES = ("system", "user", "assistant", "tool")
# Control tokens of common chat templates. Which of them are this base's, its tokenizer says (templates.py).
_CONTROL = re.compile(
    r"<\|[a-zA-Z_]{2,24}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>|<</?SYS>>|\[TOOL_(?:CALLS|RESULTS)\]"
)


def text_of(turn: Row) -> str:
    """What a turn says: its content, or the texts of its parts, a line each."""
    content = turn.get("content")
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content)
    return content or ""


def calls_of(turn: Row) -> list[Row]:
    """The functions that a turn calls: `{name, arguments}` each."""
    return [call["function"] for call in turn.get("tool_calls") or ()]


def is_learned(turn: Row) -> bool:
    """Whether the loss sees a turn: one of the assistant, not of weight 0, that says or calls something."""
    return turn["role"] == "assistant" and turn.get("weight") != 0 and bool(text_of(turn).strip() or calls_of(turn))


def last_learned(messages: Sequence[Row]) -> int:
    """The place of the last turn that is learned; -1 where there is none."""
    return max((place for place, turn in enumerate(messages) if is_learned(turn)), default=-1)


def told(turn: Row) -> str:
    """A turn as one text: what it says, then each call as JSON."""
    calls = (json.dumps(call, ensure_ascii=False) for call in calls_of(turn))
    return "\n".join(text for text in (text_of(turn).strip("\n"), *calls) if text)


def short_form(messages: Sequence[Row]) -> tuple[str, str, str]:
    """Instruction, input and output: system and first user turn; every other turn that is not learned; what is learned.

    No turn and no call's arguments is in none of them.
    """
    asked = next((place for place, turn in enumerate(messages) if turn["role"] == "user"), -1)
    first = [told(turn) for place, turn in enumerate(messages) if place == asked or turn["role"] == "system"]
    learned = [told(turn) for turn in messages if is_learned(turn)]
    others = [
        told(turn)
        for place, turn in enumerate(messages)
        if place != asked and turn["role"] != "system" and not is_learned(turn)
    ]
    instruction, input_text, output = ("\n\n".join(filter(None, texts)) for texts in (first, others, learned))
    return instruction, input_text, output


def problem(row: Row) -> str | None:
    """What is wrong with `messages` and `tools`, as a short phrase, or None."""
    messages = row["messages"]
    if not isinstance(messages, list) or not messages:
        return "messages: a list of turns is needed"
    for place, turn in enumerate(messages, 1):
        wrong = _turn_problem(turn)
        if wrong:
            return f"messages, turn {place}: {wrong}"
    if last_learned(messages) < 0:
        return "messages: no turn of an assistant that could be learned"
    tools = row.get("tools", [])
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        return "tools: a list of objects is needed"
    return None


def _turn_problem(turn: Any) -> str | None:
    if not isinstance(turn, dict) or turn.get("role") not in ROLES:
        return f"an object whose role is one of {', '.join(ROLES)} is needed"
    content = turn.get("content")
    parts = content if isinstance(content, list) else []
    if not isinstance(content, (str, list, type(None))) or not all(
        isinstance(part, dict) and isinstance(part.get("text"), str) for part in parts
    ):
        return "a content that is a text, or parts of text, is needed"
    calls = turn.get("tool_calls") or []
    if not isinstance(calls, list) or not all(map(_is_call, calls)):
        return "tool_calls: a function with a name and an object of arguments is needed for each"
    return None


def _is_call(call: Any) -> bool:
    function = call.get("function") if isinstance(call, dict) else None
    return isinstance(function, dict) and bool(function.get("name")) and isinstance(function.get("arguments"), dict)


def counts(row: Sample) -> Counter[str]:
    """What a sample's conversation holds, by name; empty for a sample without one."""
    if "messages" not in row:
        return Counter()
    messages = row["messages"]
    return +Counter(
        {
            "conversations": 1,
            "turns": len(messages),
            "turns with loss": sum(map(is_learned, messages)),
            "turns without loss": sum(not is_learned(turn) for turn in messages),
            "turns of weight 0": sum(turn.get("weight") == 0 for turn in messages),
            "empty turns": sum(not told(turn).strip() for turn in messages),
            "tool calls": sum(len(calls_of(turn)) for turn in messages),
            "tool results": sum(turn["role"] == "tool" for turn in messages),
            "tools": len(row.get("tools", ())),
            "conversations whose roles repeat": int(_repeats(messages)),
            "conversations with control tokens in a text": int(any(map(_CONTROL.search, texts(row)))),
        }
    )


def texts(row: Sample) -> Iterator[str]:
    """Every text that a conversation brings into a prompt."""
    yield from map(told, row["messages"])
    if row.get("tools"):
        yield json.dumps(row["tools"], ensure_ascii=False)


def _repeats(messages: Sequence[Row]) -> bool:
    # Parallel calls have several results one after the other: that is no repetition. An assistant may speak after one.
    roles = [turn["role"] for turn in messages]
    spoken = [role for role in roles if role != "system"]
    return spoken[:1] != ["user"] or any(
        one == two and one != "tool" for one, two in zip(spoken, spoken[1:], strict=False)
    )
