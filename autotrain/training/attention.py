"""Attention over packed examples on the CPU, one example at a time.

With a mask, sdpa computes the scores of every pair of tokens in the row and throws most
of them away: for eight examples side by side that was a third of a training step. Here
each example's own square is computed and nothing else. On a GPU the library's kernels
are kept, but for models whose scores leave the range of fp16: theirs are computed in fp32.
"""

from typing import Any

import torch

NAME = "segmented_causal"
FULL_PRECISION = "fp32_sdpa"
OVERFLOWING = frozenset({"phi"})  # families whose queries times keys exceed 65,504 (huggingface/transformers#28673)


def install(model: Any, seq_len: int) -> bool:
    """Switch a model on the CPU to segmented attention. Returns whether `collate` must pass `segments`.

    Models whose window is shorter than a row keep the library's attention, which knows it; so do those that the
    library gives no sdpa, whose scores are capped or have sinks.
    """
    window = getattr(model.config.get_text_config(), "sliding_window", None)
    plain = model.config._attn_implementation in ("sdpa", NAME)
    if torch.cuda.is_available() or (window and window < seq_len) or not plain:
        return False
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(NAME, segmented_attention)
    AttentionMaskInterface.register(NAME, _no_mask)
    model.set_attn_implementation(NAME)
    return True


def _no_mask(*arguments: Any, **options: Any) -> None:
    return None


def register_full_precision() -> str:
    """Make `full_precision_attention` known to the library. Returns its name."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(FULL_PRECISION, full_precision_attention)
    AttentionMaskInterface.register(FULL_PRECISION, sdpa_mask)
    return FULL_PRECISION


def full_precision_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """The library's sdpa in fp32 whatever the dtype of its inputs, and whatever autocast says."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    if attention_mask is not None and attention_mask.dtype != torch.bool:
        attention_mask = attention_mask.float()
    with torch.autocast(query.device.type, enabled=False):
        output, _ = sdpa_attention_forward(module, query.float(), key.float(), value.float(), attention_mask, **options)
    return output.to(query.dtype), None


def segmented_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    segments: list[int] | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Causal attention inside each of `segments` (lengths in tokens that add up to the row's).

    Shapes: query (1, heads, tokens, d); key, value (1, kv_heads, tokens, d); result (1, tokens, heads, d).
    """
    lengths = segments if segments is not None else [query.shape[2]]
    shared = query.shape[1] != key.shape[1]
    parts = [
        torch.nn.functional.scaled_dot_product_attention(
            part_query, part_key, part_value, dropout_p=dropout, is_causal=True, scale=scaling, enable_gqa=shared
        ).transpose(1, 2)
        for part_query, part_key, part_value in zip(
            query.split(lengths, dim=2), key.split(lengths, dim=2), value.split(lengths, dim=2), strict=True
        )
    ]
    return torch.cat(parts, dim=1), None
