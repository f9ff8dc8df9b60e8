"""Does our decoding give the library's tokens for this model? Asked once, before the first answer is counted.

A few of the real prompts are answered for some tokens by generate.py, all in one batch, and by the
library's `generate`, one at a time. They must be the same, token for token; where two words are
equally likely up to rounding, either will do. Where they differ, or ours fails, the library answers.
Reads and writes nothing.

    python scripts/05_eval.py --base-only --suite heidi-core:dev --output report.json   # its model.decoding
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from autotrain.errors import UsageError
from autotrain.evaluation import generate
from autotrain.training.loading import first_line, let_memory_errors_pass

PROMPTS = 3
PROMPT_TOKENS = 96  # the end of each prompt
NEW_TOKENS = 8
TIE = 2e-3  # of the largest logit's size: a choice that fp32 rounding may turn
TIE_ROUNDED = 5e-2  # the same with factors in 16 bits


@dataclass(frozen=True)
class Proof:
    """Whether our decoding is the library's, why not, and the seconds that it took to know."""

    own: bool
    reason: str | None
    seconds: float


def prove(model: Any, tokenizer: Any, prompts: Sequence[list[int]], *, rounded: bool) -> Proof:
    """Compare on the shortest few prompts. Raises UsageError where the library itself cannot answer."""
    began = time.monotonic()
    chosen = [prompt[-PROMPT_TOKENS:] for prompt in sorted(prompts, key=len)[:PROMPTS]]
    if len(chosen) > 1:
        chosen[0] = chosen[0][-PROMPT_TOKENS // 2 :]  # lengths that differ, so that padding shows
    before = model.config._attn_implementation
    try:
        wanted = [_by_library(model, tokenizer, prompt) for prompt in chosen]
    except Exception as error:  # whatever a model of others fails with
        let_memory_errors_pass(error)
        raise UsageError(
            f"BASE_MODEL: {type(model).__name__} cannot answer with the pinned libraries here ({first_line(error)}): "
            "choose another model, or other --bits."
        ) from None
    try:
        found = generate.tokens(model, tokenizer, chosen, NEW_TOKENS)
        reason = _difference(found, wanted, TIE_ROUNDED if rounded else TIE)
    except Exception as error:  # our decoding may fail in any way: then the library's is taken
        let_memory_errors_pass(error)
        reason = f"it fails: {first_line(error)}"
    if reason and model.config._attn_implementation != before:
        model.set_attn_implementation(before)
    return Proof(reason is None, reason, round(time.monotonic() - began, 3))


@dataclass(frozen=True)
class _Wanted:
    tokens: list[int]
    logits: list[torch.Tensor]


@torch.inference_mode()
def _by_library(model: Any, tokenizer: Any, prompt: list[int]) -> _Wanted:
    ids = torch.tensor([prompt], device=model.device)
    result = model.generate(
        ids, **generate.library_options(model, tokenizer, NEW_TOKENS), return_dict_in_generate=True, output_logits=True
    )
    return _Wanted(result.sequences[0, len(prompt) :].tolist(), [step[0].float() for step in result.logits])


def _difference(found: Sequence[list[int]], wanted: Sequence[_Wanted], tie: float) -> str | None:
    for mine, theirs in zip(found, wanted, strict=True):
        for place, token in enumerate(theirs.tokens):
            if place < len(mine) and mine[place] == token:
                continue
            logits = theirs.logits[place]
            near = place < len(mine) and float(logits[token] - logits[mine[place]]) <= tie * float(logits.abs().max())
            if near:
                break  # from here on the two texts may differ
            return f"token {place + 1} of an answer is another one"
    return None
