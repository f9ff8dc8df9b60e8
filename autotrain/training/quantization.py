"""NF4 on the CPU without paying for it at every step.

bitsandbytes unpacks a 4-bit weight each time it is used. On the CPU that doubles the
time of a step, and the machine has memory to spare: so each weight is unpacked once and
kept beside its packed form. The numbers are the very ones bitsandbytes computes with
(tests/training/test_quantization.py); the weights remain quantised and frozen.
"""

from typing import Any

import torch

LARGEST_SHARE_OF_MEMORY = 0.4  # of what is free now; larger models keep unpacking at each use


def cache_dequantized(model: torch.nn.Module, dtype: torch.dtype = torch.float32) -> int:
    """Unpack every 4-bit linear layer of `model` once, to `dtype`. Returns the bytes used; 0 where they do not fit."""
    import psutil
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn.modules import Linear4bit

    layers = [module for module in model.modules() if isinstance(module, Linear4bit)]
    needed = sum(layer.weight.data.numel() * 2 * dtype.itemsize for layer in layers)  # a packed byte holds two values
    if needed > psutil.virtual_memory().available * LARGEST_SHARE_OF_MEMORY:
        return 0
    for layer in layers:
        weight: Any = layer.weight
        unpacked = dequantize_4bit(weight.data, weight.quant_state).to(dtype)
        layer.register_buffer("unpacked_weight", unpacked, persistent=False)
        layer.forward = _Forward(layer)  # type: ignore[method-assign]
    return needed


def round_weights(model: Any, dtype: torch.dtype) -> int:
    """Keep every linear layer's weight but the head's in `dtype`, as unpacked 4-bit weights are. Returns how many.

    Weights are published in 16 bits, so nothing is lost: factors of products are rounded to `dtype`, and sums and
    results stay fp32.
    """
    head, count = model.get_output_embeddings(), 0
    for layer in model.modules():
        if type(layer) is torch.nn.Linear and layer is not head:
            layer.weight.data = layer.weight.data.to(dtype)
            layer.forward = _Forward(layer)  # type: ignore[method-assign]
            count += 1
    return count


class _Forward:
    """The layer's forward pass over its unpacked weight, or one that was never packed."""

    def __init__(self, layer: torch.nn.Module) -> None:
        self._layer = layer

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        layer: Any = self._layer
        weight = getattr(layer, "unpacked_weight", layer.weight)
        if weight.dtype == torch.float32:
            return torch.nn.functional.linear(x, weight.to(x.dtype), layer.bias)
        bias = None if layer.bias is None else layer.bias.to(weight.dtype)
        return torch.nn.functional.linear(x.to(weight.dtype), weight, bias).to(x.dtype)
