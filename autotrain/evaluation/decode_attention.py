"""Attention of one new token a row, for generation on the CPU.

The library repeats the keys and values of each group of heads before it uses them; for a
model with three query heads a key that copies the whole cache three times at every
token, most of a step's time. Here the group's queries share the keys as they lie.
"""

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "grouped_decode"


def install(model: Any) -> None:
    """Use this attention for a model on the CPU that uses sdpa now; others stay as they are."""
    if model.device.type == "cpu" and model.config._attn_implementation == "sdpa":
        AttentionInterface.register(NAME, grouped_attention)
        AttentionMaskInterface.register(NAME, sdpa_mask)
        model.set_attn_implementation(NAME)


def grouped_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Shapes: query (rows, heads, n, d); key, value (rows, kv_heads, positions, d); result (rows, n, heads, d).

    `attention_mask` is boolean, (rows, 1, n, positions). More than one new token goes to the library's sdpa.
    """
    rows, heads, new, width = query.shape
    if new != 1:
        output, _ = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **options
        )
        return output, None
    kv_heads = key.shape[1]
    grouped = query.view(rows, kv_heads, heads // kv_heads, width)
    scores = (grouped * (scaling or width**-0.5)) @ key.transpose(2, 3)
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, float("-inf"))
    output = torch.softmax(scores, dim=-1) @ value
    return output.reshape(rows, 1, heads, value.shape[-1]), None
