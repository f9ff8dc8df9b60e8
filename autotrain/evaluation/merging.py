"""An adapter added into the unpacked weights, for answering on the CPU.

At each token the library sends every adapted layer's input through two more small products,
which costs more than the token itself where few rows are in flight. Where weights are there to
multiply with, in 16 bits or unpacked beside their 4-bit form (training/quantization.py), the
adapter's product is added to them once: the same sum, in another order. Packed weights stay as they are.
"""

from typing import Any

import torch


@torch.no_grad()
def fold(model: Any) -> int:
    """Add the active adapter into the weights that are multiplied with. Returns how many; 0 where any cannot be folded.

    The model answers as before, and can no longer switch its adapter off.
    """
    layers = [module for module in model.modules() if hasattr(module, "lora_A") and hasattr(module, "base_layer")]
    if not all(_can_fold(layer) for layer in layers):
        return 0
    for layer in layers:
        base = layer.base_layer
        weight = _weight(base).data
        weight.copy_(weight.float() + layer.get_delta_weight(layer.active_adapters[0]).float())
        layer.forward = base.forward
    return len(layers)


def _weight(base: Any) -> Any:
    """The numbers that the layer multiplies with on a CPU, None where it keeps them packed."""
    if type(base) is torch.nn.Linear and base.weight.device.type == "cpu":
        return base.weight
    return getattr(base, "unpacked_weight", None)


def _can_fold(layer: Any) -> bool:
    name = layer.active_adapters[0] if len(layer.active_adapters) == 1 else None
    return (
        name in layer.lora_A
        and _weight(layer.base_layer) is not None
        and not layer.disable_adapters
        and not getattr(layer, "use_dora", {}).get(name, False)
        and not getattr(layer, "lora_bias", {}).get(name, False)
    )
