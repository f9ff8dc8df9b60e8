"""Turns as chat exports and tool-call logs write them, as `messages` and `tools` of a sample (tasks/conversations.py).

Read: OpenAI's `role` and `content` (a text or parts), `tool_calls` and the older `function_call`, roles `function` and
`developer`; ShareGPT's `from` and `value`, with `function_call` and `observation`; `history` and `system` of
LLaMA-Factory's Alpaca. What cannot be trained on is refused by name (`Foreign.reason`), never bent.

    messages, tools = conversation(row["messages"], row.get("tools"), row.get("system"))
"""

import json
from collections.abc import Sequence
from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks import conversations

SPEAKERS = {
    **dict.fromkeys(("user", "human", "prompter"), "user"),
    **dict.fromkeys(("assistant", "gpt", "bot", "chatgpt", "model"), "assistant"),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("tool", "function", "observation", "tool_response"), "tool"),
    **dict.fromkeys(("function_call", "tool_call"), "call"),
}
_READ = ("role", "from", "content", "value", "tool_calls", "function_call")  # the other fields of a turn stay
_IMAGES = ("image", "image_url", "input_image")


class Foreign(ValueError):
    """A row that cannot be read; the message is a short phrase, `reason` the name that it is counted under."""

    def __init__(self, message: str, reason: str = "schema") -> None:
        super().__init__(message)
        self.reason = reason


def conversation(turns: Sequence[Any], tools: Any = None, system: Any = None) -> tuple[list[Row], list[Row]]:
    """Turns and tools in the form of a sample. `system`: the row's own, where it stands beside the turns.

    Raises Foreign: `schema`, `image`, `call_arguments`, `tool_result_without_call`, `call_id` or `tools`.
    """
    messages = [_turn(turn) for turn in turns]
    if isinstance(system, str) and system.strip() and not any(turn["role"] == "system" for turn in messages):
        messages.insert(0, {"role": "system", "content": system})
    if not any(turn["role"] == "assistant" for turn in messages):
        raise Foreign("a conversation with no turn of an assistant")
    last = conversations.last_learned(messages)
    if last < 0:
        raise Foreign("a conversation in which no turn of an assistant is to be learned")
    if not any(turn["role"] == "user" for turn in messages[:last]):
        raise Foreign("a conversation with no turn of a user before an answer")
    _check_results(messages)
    return messages, _tools(tools)


def _turn(turn: Any) -> Row:
    if not isinstance(turn, dict):
        raise Foreign("a turn that is no object")
    name = turn.get("role", turn.get("from"))
    speaker = SPEAKERS.get(name.lower()) if isinstance(name, str) else None
    if speaker is None:
        raise Foreign(f"a turn of an unknown speaker ({str(name)[:40]})")
    content = turn.get("content", turn.get("value"))
    read: Row = {"role": speaker, "content": ""}
    if speaker == "call":
        read = {"role": "assistant", "content": "", "tool_calls": _calls(_json(content, "a call"))}
    elif speaker == "tool" and content is not None and not isinstance(content, str) and not _is_parts(content):
        read["content"] = json.dumps(content, ensure_ascii=False)
    else:
        read["content"] = _text(content)
    called = turn.get("tool_calls") or turn.get("function_call")
    if called and speaker == "assistant":
        read["tool_calls"] = _calls(called)
    elif called:
        raise Foreign(f"a call in a turn of the {speaker}")
    return {**read, **{name: value for name, value in turn.items() if name not in _READ and value is not None}}


def _is_parts(content: Any) -> bool:
    return isinstance(content, list) and all(isinstance(part, dict) and "type" in part for part in content)


def _text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return (content or "").strip("\n")
    if not isinstance(content, list):
        raise Foreign("a turn whose content is no text")
    if any(isinstance(part, dict) and part.get("type") in _IMAGES for part in content):
        raise Foreign("a turn with an image", "image")
    if any(not isinstance(part, dict) or not isinstance(part.get("text"), str) for part in content):
        raise Foreign("a turn with parts that are no text")
    return "\n".join(part["text"] for part in content).strip("\n")


def _json(value: Any, what: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise Foreign(f"{what} that is no JSON", "call_arguments") from None


def _calls(called: Any) -> list[Row]:
    calls = []
    for call in called if isinstance(called, list) else [called]:
        function = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str) or not function["name"]:
            raise Foreign("a call that names no function", "call_arguments")
        arguments = function.get("arguments", function.get("parameters"))
        arguments = _json(arguments, f"a call of {function['name'][:40]} with arguments") if arguments else {}
        if not isinstance(arguments, dict):
            raise Foreign(f"a call of {function['name'][:40]} whose arguments are no JSON object", "call_arguments")
        identity = {"id": call["id"]} if isinstance(call.get("id"), str) else {}
        calls.append({**identity, "type": "function", "function": {"name": function["name"], "arguments": arguments}})
    return calls


def _check_results(messages: Sequence[Row]) -> None:
    """Raise Foreign where a tool's result answers no call. Results without an id answer calls in their order."""
    waiting: list[str | None] = []
    known: set[str] = set()
    for turn in messages:
        calls = turn.get("tool_calls", ())
        waiting += [call.get("id") for call in calls]
        known |= {call["id"] for call in calls if "id" in call}
        if turn["role"] != "tool":
            continue
        identity = turn.get("tool_call_id")
        if not waiting:
            raise Foreign("a tool's result without a call", "tool_result_without_call")
        if identity in waiting:
            waiting.remove(identity)
        elif identity is None or None in waiting:
            waiting.pop(0)
        elif identity in known:
            raise Foreign("a second result of one call", "tool_result_without_call")
        else:
            raise Foreign("a tool's result whose id is that of no call", "call_id")


def _tools(tools: Any) -> list[Row]:
    if isinstance(tools, str):
        try:
            tools = json.loads(tools) if tools.strip() else []
        except (ValueError, RecursionError):
            raise Foreign("tools that are no JSON", "tools") from None
    if not tools:
        return []
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise Foreign("tools: a list of objects is needed", "tools")
    named = [
        tool if isinstance(tool.get("function"), dict) else {"type": "function", "function": tool} for tool in tools
    ]
    if not all(isinstance(tool["function"].get("name"), str) for tool in named):
        raise Foreign("a tool without a name", "tools")
    return named
