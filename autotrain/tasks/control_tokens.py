"""Control tokens around a task's texts: which one ends a turn, and none of them inside what people wrote.

A file that speaks of `<|im_end|>` is text; were it encoded as the control token, it would end the turn.
Reads and writes nothing; prompts.py, templates.py and evaluation/generate.py ask.

    control_tokens.turn_end(tokenizer)                 # "<|im_end|>"
    control_tokens.encode(tokenizer, text, [content])  # token ids
"""

import re
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

_ANSWER = "zq7answer"


@dataclass(frozen=True)
class _Known:
    template: Any
    end: str
    end_id: int
    special: re.Pattern[str] | None


_known: "weakref.WeakKeyDictionary[Any, _Known]" = weakref.WeakKeyDictionary()


def turn_end(tokenizer: Any) -> str:
    """What the chat template writes to end an assistant's turn, such as `<|im_end|>`; "" where it is no control token.

    Templates of some families (Gemma, Phi-3) end turns with another token than the tokenizer's EOS.
    """
    return _of(tokenizer).end


def end_of_turn(tokenizer: Any) -> int:
    """The token of `turn_end`; EOS where there is none."""
    return _of(tokenizer).end_id


def are_in(tokenizer: Any, texts: Iterable[str]) -> bool:
    """Whether a text holds what this tokenizer takes for one of its control tokens."""
    special = _of(tokenizer).special
    return bool(special) and any(map(special.search, texts))


def encode(tokenizer: Any, text: str, contents: Sequence[str]) -> list[int]:
    """Token ids of a rendered `text`, in which `contents` (as they were put in) are text and never control tokens."""
    ids: list[int] = []
    for content in contents:
        if not are_in(tokenizer, [content]):
            continue
        before, found, after = text.partition(content if content in text else content.strip())
        if found:
            ids += tokenizer(before, add_special_tokens=False)["input_ids"]
            ids += tokenizer(found, add_special_tokens=False, split_special_tokens=True)["input_ids"]
            text = after
    return ids + (tokenizer(text, add_special_tokens=False)["input_ids"] if text or not ids else [])


def _of(tokenizer: Any) -> _Known:
    template = getattr(tokenizer, "chat_template", None)
    known = _known.get(tokenizer)
    if known is None or known.template != template:
        known = _known[tokenizer] = _find(tokenizer, template)
    return known


def _find(tokenizer: Any, template: Any) -> _Known:
    added = getattr(tokenizer, "added_tokens_decoder", {})
    special = {token.content for token in added.values() if token.special}
    special.update(getattr(tokenizer, "all_special_tokens", ()))
    longest_first = sorted(filter(str.strip, special), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
    ids = {token.content: number for number, token in added.items()}
    ids.setdefault(getattr(tokenizer, "eos_token", None), tokenizer.eos_token_id)
    end, token = _first_token(_tail(tokenizer), ids)
    return _Known(template, end, ids[token] if token else tokenizer.eos_token_id, pattern)


def _tail(tokenizer: Any) -> str:
    """What the template writes behind an answer."""
    turns = [{"role": "user", "content": "zq7question"}, {"role": "assistant", "content": _ANSWER}]
    try:
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=False)
    except Exception:  # a template that refuses the shortest conversation refuses every other one, by name
        return ""
    return text.rpartition(_ANSWER)[2].strip()


def _first_token(tail: str, ids: dict[Any, int]) -> tuple[str, str]:
    """The tail up to its first control token, that token included, and the token. ("", "") where it has none."""
    names = sorted((name for name in ids if name and name.strip()), key=len, reverse=True)
    found = re.search("|".join(map(re.escape, names)), tail) if names else None
    return (tail[: found.end()], found[0]) if found else ("", "")
