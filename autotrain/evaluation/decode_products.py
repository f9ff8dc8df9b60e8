"""A linear layer's product with few rows, for generation on the CPU.

A step of a batch multiplies each weight with one row an answer in flight. torch hands such a
product in fp32 to a library call that is made for hundreds of rows and reaches a fifth to a
half of its speed with 8 to 64. oneDNN, which torch carries too, does it two to three times
as fast over a weight laid out for it (docs/benchmarks.md), so each weight gets a second copy
laid out like that where memory allows. The sums are the same up to rounding.
"""

from typing import Any

import torch

LARGEST_SHARE_OF_MEMORY = 0.25  # of what is free now; larger models multiply as torch does
TRIAL_ROWS, TRIAL_TOLERANCE = 8, 1e-4
FEWEST_ROWS = 3  # below, torch reads the weight as it lies at least as fast


def install(model: torch.nn.Module) -> int:
    """Lay out the fp32 weights of `model`'s linear layers on the CPU for few rows. Returns the bytes that they take.

    0 where they do not fit, or where oneDNN is missing or gives other numbers on a trial. Weights may change
    afterwards: a layer whose weight did is laid out again when it is used next.
    """
    import psutil

    layers = [module for module in model.modules() if _is_known(module)]
    needed = sum(_weight(layer).nbytes for layer in layers)
    if needed > psutil.virtual_memory().available * LARGEST_SHARE_OF_MEMORY or not all(map(_agrees, layers[:1])):
        return 0
    for layer in layers:
        layer.forward = _Forward(layer, layer.forward)  # type: ignore[method-assign]
    return needed


def _is_known(module: torch.nn.Module) -> bool:
    if hasattr(module, "_hf_hook") or isinstance(getattr(module, "forward", None), _Forward):
        return False
    weight = _weight(module) if type(module) is torch.nn.Linear or hasattr(module, "unpacked_weight") else None
    return weight is not None and weight.device.type == "cpu" and weight.dtype == torch.float32


@torch.no_grad()
def _agrees(layer: Any) -> bool:
    x = torch.randn(TRIAL_ROWS, layer.in_features, generator=torch.Generator().manual_seed(0))
    expected = layer(x)
    try:
        return torch.allclose(_Forward(layer, layer.forward)(x), expected, TRIAL_TOLERANCE, TRIAL_TOLERANCE)
    except (AttributeError, NotImplementedError, RuntimeError):  # a torch built without it
        return False


def _weight(module: Any) -> torch.Tensor:
    return getattr(module, "unpacked_weight", module.weight)


class _Forward:
    """The layer's forward pass; its own with one row or two, and wherever gradients are wanted."""

    def __init__(self, layer: Any, plain: Any) -> None:
        self._layer, self._plain = layer, plain
        self._laid_out: torch.Tensor | None = None
        self._seen: tuple[int, int] | None = None

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        weight = _weight(self._layer)
        rows = x.numel() // x.shape[-1]
        if rows < FEWEST_ROWS or x.dtype != torch.float32 or torch.is_grad_enabled():
            return self._plain(x)
        now = (weight.data_ptr(), weight._version)
        if self._seen != now:
            self._laid_out, self._seen = torch.ops.mkldnn._reorder_linear_weight(weight.detach(), rows), now
        result = torch.ops.mkldnn._linear_pointwise(
            x.reshape(rows, -1), self._laid_out, self._layer.bias, "none", [], ""
        )
        return result.view(*x.shape[:-1], -1)
