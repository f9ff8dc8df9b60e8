"""Control tokens around a task's texts: which one ends a turn, and none of them inside what people wrote.

A file that speaks of `<|im_end|>` is text; were it encoded as the control token, it would end the turn.
Reads and writes nothing; prompts.py and evaluation/generate.py ask.
"""

import weakref
from collections.abc import Sequence
from typing import Any

_MARK = "\x02answer\x02"
_ends: "weakref.WeakKeyDictionary[Any, tuple[Any, int]]" = weakref.WeakKeyDictionary()


def end_of_turn(tokenizer: Any) -> int:
    """The token with which the chat template ends the assistant's turn; EOS where it writes none that is known.

    Templates of some families (Gemma, Phi-3) end turns with another token than the tokenizer's EOS.
    """
    known = (getattr(tokenizer, "chat_template", None), tokenizer.eos_token_id)
    if _ends.get(tokenizer, (None, 0))[0] != known:
        _ends[tokenizer] = (known, _found_end(tokenizer))
    return _ends[tokenizer][1]


def _found_end(tokenizer: Any) -> int:
    turns = [{"role": "user", "content": "task"}, {"role": "assistant", "content": _MARK}]
    try:
        text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=False)
    except Exception:  # templates raise jinja2's TemplateError or plain errors of their own; some know no answers
        return tokenizer.eos_token_id
    _, found, tail = text.rpartition(_MARK)
    added = getattr(tokenizer, "get_added_vocab", dict)()
    ends = [token for token in added if tail.lstrip().startswith(token)]
    return added[max(ends, key=len)] if found and ends else tokenizer.eos_token_id


def encode(tokenizer: Any, text: str, contents: Sequence[str]) -> list[int]:
    """Token ids of a rendered `text`, in which `contents` (as they were put in) are text and never control tokens."""
    special = getattr(tokenizer, "all_special_tokens", [])
    ids: list[int] = []
    for content in contents:
        if not any(token in content for token in special):
            continue
        before, found, after = text.partition(content if content in text else content.strip())
        if found:
            ids += tokenizer(before, add_special_tokens=False)["input_ids"]
            ids += tokenizer(found, add_special_tokens=False, split_special_tokens=True)["input_ids"]
            text = after
    return ids + (tokenizer(text, add_special_tokens=False)["input_ids"] if text or not ids else [])
