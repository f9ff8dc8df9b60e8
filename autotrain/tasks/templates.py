"""What a model's chat template makes of turns: the text, and where in it each learned turn stands.

A template may refuse what a conversation holds, or leave it out without a word. Then the conversation is put in the
nearest form that the template takes (CHANGES), and what was changed is named. A learned turn begins where the
prompt for it ends, which is found by rendering the turns before it, and ends with the template's end of a turn.

    template = ChatTemplate(tokenizer)
    rendered = template.render(row)         # raises Refused
    template.spans(rendered)                # [Span(turn, start, end)], places in rendered.text
"""

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autotrain.jsonl import Row
from autotrain.tasks import control_tokens, conversations
from autotrain.tasks.shapes import Sample

_OPENED_THOUGHT = re.compile(r"<(think|thinking|thought|thoughts|reasoning)>\s*\Z")
_CALLS_IN_TEXT = (
    "You may call these functions. A call is written so:\n"
    '<tool_call>\n{"name": <name>, "arguments": <object>}\n</tool_call>\n\n<tools>\n'
)


class Refused(ValueError):
    """A conversation that a template takes in no form; the message is a short phrase."""


class Rendered(NamedTuple):
    """A conversation as its template gives it."""

    text: str
    messages: list[Row]  # as the template got them
    tools: list[Row]
    changes: tuple[str, ...]  # names of CHANGES


class Span(NamedTuple):
    """A learned turn: its place in `messages`, and `text[start:end]`, its end of turn included."""

    turn: int
    start: int
    end: int


def render(
    tokenizer: Any, turns: Sequence[Row], tools: Sequence[Row] = (), *, thinking: str = "auto", ask: bool = False
) -> str:
    """Turns as text; with `ask`, up to where the assistant's next turn begins. Raises what the template raises.

    A thought that the template opens there is closed unless `thinking` is `on`.
    """
    text = _render(tokenizer, turns, tools, thinking, ask=ask)
    return _without_open_thought(text) if ask and thinking != "on" else text


def _render(tokenizer: Any, turns: Sequence[Row], tools: Sequence[Row], thinking: str, *, ask: bool) -> str:
    options: dict[str, Any] = {"tools": list(tools)} if tools else {}
    if thinking != "auto" and knows_thinking(tokenizer):
        options["enable_thinking"] = thinking == "on"
    shown = [{name: value for name, value in turn.items() if name != "weight"} for turn in turns]
    return tokenizer.apply_chat_template(shown, tokenize=False, add_generation_prompt=ask, **options)


def knows_thinking(tokenizer: Any) -> bool:
    """Whether the chat template asks for a thought or not by `enable_thinking`."""
    template = tokenizer.chat_template
    texts = template.values() if isinstance(template, dict) else [template or ""]
    return any("enable_thinking" in text for text in texts)


def _without_open_thought(text: str) -> str:
    # The form in which such models were trained on empty thoughts: `<think>\n\n</think>\n\n`.
    opened = _OPENED_THOUGHT.search(text)
    return f"{text[: opened.start()]}<{opened[1]}>\n\n</{opened[1]}>\n\n" if opened else text


class ChatTemplate:
    """The chat template of a tokenizer, and what has been found out about it."""

    def __init__(self, tokenizer: Any, thinking: str = "auto") -> None:
        self._tokenizer, self._thinking = tokenizer, thinking
        self._turn_end = control_tokens.turn_end(tokenizer)

    def render(self, row: Sample) -> Rendered:
        """A sample's whole conversation, changed as little as the template demands. Raises Refused."""
        messages, tools = _plain(row["messages"]), row.get("tools") or []
        fault = ""
        tried: list[tuple[list[Row], list[Row]]] = []
        for count in range(len(CHANGES) + 1):
            for names in itertools.combinations(CHANGES, count):
                form = (messages, tools)
                for name in names:
                    form = CHANGES[name](*form)
                if form in tried:
                    continue
                tried.append(form)
                try:
                    text = render(self._tokenizer, *form, thinking=self._thinking)
                    left_out = self._left_out(text, *form)
                except Exception as error:  # templates raise jinja2's TemplateError or plain errors of their own
                    fault = fault or " ".join(str(error).split())[:120]
                    continue
                if not left_out:
                    return Rendered(text, *form, names)
                fault = fault or left_out
        raise Refused(f"the chat template takes it in no form ({fault})")

    def prompt(self, row: Sample) -> str:
        """The text in front of the last learned turn: what a model is asked in evaluation. Raises Refused."""
        rendered = self.render(row)
        return self.before(rendered, conversations.last_learned(rendered.messages))

    def before(self, rendered: Rendered, turn: int) -> str:
        """The text in front of a turn, as the template asks for it."""
        turns = rendered.messages[:turn]
        return render(self._tokenizer, turns, rendered.tools, thinking=self._thinking, ask=True)

    def spans(self, rendered: Rendered) -> list[Span]:
        """The learned turns whose prompt the whole text begins with, each with the end of its turn."""
        if not self._turn_end:
            return []
        found = []
        for turn, said in enumerate(rendered.messages):
            start = self._start(rendered, turn) if conversations.is_learned(said) else -1
            end = rendered.text.find(self._turn_end, start) if start >= 0 else -1
            if end >= 0:
                found.append(Span(turn, start, end + len(self._turn_end)))
        return found

    def last_answer(self, rendered: Rendered) -> tuple[str, str]:
        """Prompt and text of the last learned turn alone, for a template in whose text it has no place of its own."""
        last = conversations.last_learned(rendered.messages)
        prompt, turn = self.before(rendered, last), rendered.messages[last]
        if not conversations.calls_of(turn):
            return prompt, conversations.text_of(turn)
        until = render(self._tokenizer, rendered.messages[: last + 1], rendered.tools, thinking=self._thinking)
        if not until.startswith(prompt):
            raise Refused("the chat template writes a call where no prompt ends")
        answer = until[len(prompt) :].rstrip()
        return prompt, answer.removesuffix(self._turn_end) if self._turn_end else answer

    def _start(self, rendered: Rendered, turn: int) -> int:
        # A thought that the prompt opens or closes is in the text of the last turn only, in many templates.
        prompt = self.before(rendered, turn)
        plain = _render(self._tokenizer, rendered.messages[:turn], rendered.tools, "auto", ask=True)
        for text in (prompt, plain, _OPENED_THOUGHT.sub("", plain)):
            if rendered.text.startswith(text):
                return len(text)
        return -1

    def _left_out(self, text: str, messages: list[Row], tools: list[Row]) -> str:
        """What the rendered text lacks of a conversation, as a short phrase; "" where all is there."""
        missing = turn_left_out(text, messages)
        if missing:
            return missing
        calls = [function for turn in messages for function in conversations.calls_of(turn)]
        if not calls and not tools:
            return ""
        marked = json.loads(json.dumps({"messages": messages, "tools": tools}))
        every = [call for turn in marked["messages"] for call in conversations.calls_of(turn)]
        named = [*every, *(tool["function"] for tool in marked["tools"] if isinstance(tool.get("function"), dict))]
        for place, function in enumerate(named):
            function["name"] = f"zq{place}name"
        text = render(self._tokenizer, marked["messages"], marked["tools"], thinking=self._thinking)
        unnamed = next((place for place, function in enumerate(named) if function["name"] not in text), None)
        if unnamed is None:
            return ""
        return "it knows no calls" if unnamed < len(every) else "it knows no tools"


def turn_left_out(text: str, turns: Sequence[Row]) -> str:
    """Which turn the rendered text lacks, as a short phrase; "" where all are there. Old answers may be cut."""
    for turn in turns:
        said = conversations.text_of(turn).strip()
        is_asked = turn["role"] != "assistant"
        if is_asked and said not in text and json.dumps(said, ensure_ascii=False)[1:-1] not in text:
            return f"it leaves out a turn of the {turn['role']}"
    return ""


def _plain(messages: Sequence[Row]) -> list[Row]:
    # Parts of text as one text: many templates know no parts.
    return [{**turn, "content": conversations.text_of(turn)} for turn in messages]


def system_in_user(messages: Sequence[Row]) -> list[Row]:
    """The turns with the system's text at the head of the first user's."""
    system = [turn["content"] for turn in messages if turn["role"] == "system"]
    turns = [turn for turn in messages if turn["role"] != "system"]
    asked = next((place for place, turn in enumerate(turns) if turn["role"] == "user"), None)
    if not system or asked is None:
        return list(messages)
    turns[asked] = {**turns[asked], "content": "\n\n".join([*system, turns[asked]["content"]])}
    return turns


def _calls_in_text(messages: list[Row], tools: list[Row]) -> tuple[list[Row], list[Row]]:
    """Calls, results and tools as texts, in the form that Hermes and Qwen models were trained on."""
    turns: list[Row] = []
    for turn in messages:
        calls = conversations.calls_of(turn)
        kept = {name: value for name, value in turn.items() if name not in ("tool_calls", "tool_call_id", "name")}
        if calls:
            written = [f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>" for call in calls]
            turns.append({**kept, "content": "\n".join(filter(None, (turn["content"], *written)))})
        elif turn["role"] == "tool":
            result = f"<tool_response>\n{turn['content']}\n</tool_response>"
            if turns and turns[-1].get("of_tools"):
                turns[-1]["content"] += f"\n{result}"
            else:
                turns.append({"role": "user", "content": result, "of_tools": True})
        else:
            turns.append(kept)
    for turn in turns:
        turn.pop("of_tools", None)
    if tools:
        listed = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools)
        told = f"{_CALLS_IN_TEXT}{listed}\n</tools>"
        if turns[0]["role"] == "system":
            turns[0] = {**turns[0], "content": f"{turns[0]['content']}\n\n{told}"}
        else:
            turns.insert(0, {"role": "system", "content": told})
    return turns, []


def _one_turn_a_speaker(messages: list[Row], tools: list[Row]) -> tuple[list[Row], list[Row]]:
    """Neighbouring turns of one speaker as one turn, where the loss sees both or neither."""
    turns: list[Row] = []
    for turn in messages:
        before = turns[-1] if turns else {"role": ""}
        alike = conversations.is_learned(turn) == conversations.is_learned(before)
        if turn["role"] == before["role"] != "tool" and alike:
            calls = [*before.get("tool_calls", ()), *turn.get("tool_calls", ())]
            content = "\n\n".join(filter(None, (before["content"], turn["content"])))
            turns[-1] = {**before, **turn, "content": content, **({"tool_calls": calls} if calls else {})}
        else:
            turns.append(turn)
    return turns, tools


def _ids_of_nine(messages: list[Row], tools: list[Row]) -> tuple[list[Row], list[Row]]:
    """Every call and its result under an id of nine letters and digits, as Mistral's templates demand."""

    def nine(identity: str) -> str:
        return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:9]

    turns: list[Row] = []
    waiting: list[str] = []
    for place, turn in enumerate(messages):
        turn = dict(turn)
        if turn.get("tool_calls"):
            named = [str(call.get("id") or f"{place}.{number}") for number, call in enumerate(turn["tool_calls"])]
            turn["tool_calls"] = [
                {**call, "id": nine(name)} for call, name in zip(turn["tool_calls"], named, strict=True)
            ]
            waiting += named
        elif turn["role"] == "tool" and waiting:
            own = turn.get("tool_call_id")
            answered = waiting.pop(waiting.index(own) if own in waiting else 0)
            turn["tool_call_id"] = nine(answered)
        turns.append(turn)
    return turns, tools


Change = Callable[[list[Row], list[Row]], tuple[list[Row], list[Row]]]
# Tried alone first, in this order, then together.
CHANGES: dict[str, Change] = {
    "calls as text": _calls_in_text,
    "ids of nine characters": _ids_of_nine,
    "system in the user's turn": lambda messages, tools: (system_in_user(messages), tools),
    "one turn a speaker": _one_turn_a_speaker,
}
