"""A linear layer and its LoRA adapter as one operation, on the CPU.

Taken apart, as PEFT does, each adapted layer copies its output, scales the adapter's part
and adds the two, and the backward pass adds the two gradients of its input: five passes
over memory beside the products themselves. Here the products add in place. The numbers
are those of the layers taken apart, up to rounding (tests/training/test_fused_lora.py). Weights that
are unpacked to bf16 (precision.py) are multiplied in bf16, with sums and results in fp32.
"""

from typing import Any

import torch
from torch.autograd.function import once_differentiable

ADAPTER = "default"


def install(model: torch.nn.Module) -> int:
    """Switch the adapted layers that this operation knows to it; returns how many. The others stay as they are.

    It knows layers on the CPU whose weight is there in fp32 or bf16, with a plain adapter and no dropout.
    """
    from peft.tuners.lora import LoraLayer

    count = 0
    for module in model.modules():
        if isinstance(module, LoraLayer) and _is_known(module):
            module.forward = _Forward(module, module.forward)  # type: ignore[method-assign]
            count += 1
    return count


def _is_known(layer: Any) -> bool:
    base = layer.get_base_layer()
    weight = _weight(base)
    return (
        weight is not None
        and not hasattr(layer, "_hf_hook")  # accelerate moves inputs between devices in its own forward
        and not hasattr(base, "_hf_hook")
        and weight.device.type == "cpu"
        and weight.dtype in (torch.float32, torch.bfloat16)
        and not weight.requires_grad
        and list(layer.lora_A) == [ADAPTER]
        and not getattr(layer, "lora_variant", None)
        and not layer.fan_in_fan_out
        and layer.lora_B[ADAPTER].bias is None
        and isinstance(layer.lora_dropout[ADAPTER], torch.nn.Identity)
    )


def _weight(base: torch.nn.Module) -> Any:
    """The base layer's weight as numbers to multiply with, or None where it is kept packed."""
    if type(base) is torch.nn.Linear:
        return base.weight
    return getattr(base, "unpacked_weight", None)


class _Forward:
    """The layer's forward pass; PEFT's own where the adapter is switched off or merged."""

    def __init__(self, layer: Any, plain: Any) -> None:
        self._layer, self._plain = layer, plain

    def __call__(self, x: torch.Tensor, *arguments: Any, **options: Any) -> torch.Tensor:
        layer = self._layer
        if arguments or options or layer.disable_adapters or layer.merged or x.dtype != torch.float32:
            return self._plain(x, *arguments, **options)
        base = layer.get_base_layer()
        return AdaptedLinear.apply(
            x,
            _weight(base),
            base.bias,
            layer.lora_A[ADAPTER].weight,
            layer.lora_B[ADAPTER].weight,
            layer.scaling[ADAPTER],
        )


class AdaptedLinear(torch.autograd.Function):
    """x W^T + bias + scaling (x A^T) B^T with W and bias frozen.

    Shapes: x (..., in), W (out, in), A (r, in), B (out, r).
    """

    @staticmethod
    def forward(  # type: ignore[override]
        ctx: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        a: torch.Tensor,
        b: torch.Tensor,
        scaling: float,
    ) -> torch.Tensor:
        rows = _rounded(x, weight.dtype).reshape(-1, x.shape[-1])
        low = rows @ a.to(weight.dtype).t()
        bias = None if bias is None else bias.to(weight.dtype)
        result = torch.nn.functional.linear(rows, weight, bias)
        result.addmm_(low, b.to(weight.dtype).t(), alpha=scaling)
        ctx.save_for_backward(rows, low, weight, a, b)
        ctx.scaling, ctx.shape, ctx.dtype = scaling, x.shape, x.dtype
        return result.to(x.dtype).view(*x.shape[:-1], -1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        rows, low, weight, a, b = ctx.saved_tensors
        gradient = gradients[0].reshape(-1, weight.shape[0]).to(weight.dtype)
        low_gradient = (gradient @ b.to(weight.dtype)).mul_(ctx.scaling)
        for_x = None
        if ctx.needs_input_grad[0]:
            for_x = (gradient @ weight).addmm_(low_gradient, a.to(weight.dtype)).to(ctx.dtype).view(ctx.shape)
        for_a = (low_gradient.t() @ rows).to(a.dtype)
        for_b = (gradient.t() @ low).to(b.dtype).mul_(ctx.scaling)
        return for_x, None, None, for_a, for_b, None


def _rounded(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """`x` in another dtype, made once: several layers read the same input."""
    if x.dtype == dtype:
        return x
    made = getattr(x, "rounded", None)
    if made is None or made.dtype != dtype:
        made = x.rounded = x.to(dtype)  # type: ignore[attr-defined]
    return made
