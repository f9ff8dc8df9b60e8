"""What a model said, apart from what it thought and from the marks of its chat template.

Whoever asks a model (teacher, own answers, ask, endpoint) reads its text through this module. Chat templates of
reasoning models put the opening mark into the prompt, so often only the closing one comes back: what stands
before the last closing mark is thought. Pure.

    spoken("Let me see.</think>\\n42<|im_end|>")         # "42"
    control_token("```python\\n<|im_start|>")            # "<|im_start|>"
"""

import re

_NAMES = "think|thinking|thought|thoughts|reasoning|seed:think"
_CHANNEL, _MESSAGE = r"<(?:\|channel\|?|channel\|)>", r"<\|?message\|?>"  # never <channel>, which RSS has
_END = re.compile(
    rf"</(?:{_NAMES})>|\[/THINK\]|◁/think▷|<\|(?:/think|end_of_thought|end_thinking)\|>|"
    rf"{_CHANNEL}\s*final\b[^<\n]*(?:<\|?constrain\|?>[^<\n]*)?{_MESSAGE}|<channel\|>",
    re.IGNORECASE,
)
_IN_EVERY_END = ("</", "<|", "|>", "[/", "◁")  # most code has a `<`, and none of these
_BEGIN = re.compile(
    rf"<(?:{_NAMES})>|\[THINK\]|◁think▷|<\|(?:think|begin_of_thought|start_thinking)\|>|{_CHANNEL}(?!\s*final)",
    re.IGNORECASE,
)
# A server that drops control tokens as it decodes leaves their words: analysis … assistantfinal ….
_BARE_BEGIN, _BARE_FINAL = "analysis", "assistantfinal"
_TOKEN = (  # <|im_end|>, <｜end▁of▁sentence｜> and the tokens that are written in other ways
    r"<\|[^\s|<>]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|</?s>|<(?:bos|eos|pad|unk|mask)>|<(?:start|end)_of_(?:turn|utterance)>"
)
_LAST_TOKEN = re.compile(rf"(?:{_TOKEN})\Z")
_LONGEST_TOKEN = 64  # characters
_CONTROL = re.compile(
    rf"{_TOKEN}|</?(?:think|thinking|thought|thoughts|seed:think|tool_call|tool_response)>|◁/?think▷|{_CHANNEL}|"
    r"\[/?(?:THINK|INST|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|SYSTEM_PROMPT)\]|<</?SYS>>|<unused\d+>|"
    r"<(?:fim|file)_(?:prefix|suffix|middle|pad|sep)>|<0x[0-9A-F]{2}>"
)


def spoken(text: str) -> str:
    """The text behind the last closing mark of thoughts, without the tokens that end a turn; all of it without any."""
    end = _end_of_thoughts(text)
    found = text[end:].lstrip() if end else text
    while (bare := found.rstrip()).endswith(">") and (last := _LAST_TOKEN.search(bare[-_LONGEST_TOKEN:])) is not None:
        found = bare[: -len(last[0])]
    return found


def after_thoughts(text: str) -> str | None:
    """What stands behind the closing mark of thoughts; None where they are not closed."""
    return spoken(text) if _end_of_thoughts(text) else None


def is_unfinished_thought(text: str) -> bool:
    """Whether the text begins a thought that it never closes: the answer was cut off before it came."""
    return bool(_BEGIN.match(text.lstrip())) and not _end_of_thoughts(text)


def control_token(text: str) -> str | None:
    """The first mark of a chat template in a text that should hold none, or None."""
    match = _CONTROL.search(text)
    return match[0] if match else None


def _end_of_thoughts(text: str) -> int:
    if text.startswith(_BARE_BEGIN) and (found := text.rfind(_BARE_FINAL)) > 0:
        return found + len(_BARE_FINAL)
    if not any(mark in text for mark in _IN_EVERY_END):
        return 0
    end = 0
    for match in _END.finditer(text):
        end = match.end()
    return end
