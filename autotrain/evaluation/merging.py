"""An adapter added into the weights, for answering on the CPU, and the strength at which it is added.

At each token the library sends every adapted layer's input through two more small products,
which costs more than the token itself where few rows are in flight. Where a layer's weights are
plain numbers, or 4-bit ones kept unpacked beside their packed form (training/quantization.py), the
adapter's product is added to them once: the same sum, in another order. Packed weights stay as
they are. A strength below 1 adds so much of the product: an interpolation between the base model
and the trained one, known as WiSE-FT (arXiv 2109.01903), which undoes part of the forgetting.
"""

from pathlib import Path
from typing import Any

import torch

from autotrain.jsonl import read_json


@torch.no_grad()
def fold(model: Any) -> int:
    """Add the active adapter into the weights. Returns the layers folded; 0 where any cannot be.

    The model answers as before, and can no longer switch its adapter off.
    """
    layers = _layers(model)
    if not all(_weight(layer) is not None for layer in layers):
        return 0
    for layer in layers:
        _add(layer, 1.0)
        layer.forward = layer.base_layer.forward
        layer.strength_in_weights = 1.0
    return len(layers)


@torch.no_grad()
def add_file(model: Any, adapter: Path) -> int:
    """Add a plain LoRA adapter from its file into a base model's plain weights, without PEFT, whose import alone takes
    seconds: W + scaling * B A (Hu et al. 2021, arXiv 2106.09685). Returns the layers changed; 0, and nothing is
    changed, where the adapter or a weight is of another kind.
    """
    config = read_json(adapter / "adapter_config.json")
    other = (
        "use_dora",
        "lora_bias",
        "rank_pattern",
        "alpha_pattern",
        "modules_to_save",
        "fan_in_fan_out",
        "use_bdlora",
    )
    is_plain = config.get("peft_type") == "LORA" and config.get("bias", "none") == "none"
    if not is_plain or any(config.get(name) for name in other):
        return 0
    from safetensors.torch import load_file

    tensors = load_file(adapter / "adapter_model.safetensors")
    names = sorted({name.rsplit(".lora_", 1)[0] for name in tensors})
    modules = dict(model.named_modules())
    layers = [modules.get(name.removeprefix("base_model.model.")) for name in names]
    if len(tensors) != 2 * len(names) or not all(layer is not None and _plain(layer) for layer in layers):
        return 0
    rank = config["r"]
    scaling = config["lora_alpha"] / (rank**0.5 if config.get("use_rslora") else rank)
    for name, layer in zip(names, layers, strict=True):
        assert layer is not None
        down, up = (tensors[f"{name}.lora_{letter}.weight"].float() for letter in "AB")
        if layer.weight.dtype == torch.float32:
            layer.weight.addmm_(up, down, alpha=scaling)  # in place: new memory costs more than the product
        else:
            layer.weight.copy_(torch.addmm(layer.weight.float(), up, down, alpha=scaling))
    return len(layers)


@torch.no_grad()
def set_strength(model: Any, strength: float) -> None:
    """Answer with this share of the active adapter from now on (0: as the base model does, 1: as trained)."""
    for layer in _layers(model):
        inside = getattr(layer, "strength_in_weights", None)
        if inside is not None:
            _add(layer, strength - inside)
            layer.strength_in_weights = strength
            continue
        name = layer.active_adapters[0]
        trained = getattr(layer, "trained_scaling", layer.scaling[name])
        layer.trained_scaling, layer.scaling[name] = trained, trained * strength


def _layers(model: Any) -> list[Any]:
    return [module for module in model.modules() if hasattr(module, "lora_A") and hasattr(module, "base_layer")]


def _add(layer: Any, share: float) -> None:
    weight = _weight(layer)
    assert weight is not None
    weight.copy_(weight.float() + share * layer.get_delta_weight(layer.active_adapters[0]).float())


def _weight(layer: Any) -> torch.Tensor | None:
    """The weight that the adapter's product may be added to, or None."""
    name = layer.active_adapters[0] if len(layer.active_adapters) == 1 else None
    if (
        name not in layer.lora_A
        or layer.disable_adapters
        or getattr(layer, "use_dora", {}).get(name, False)
        or getattr(layer, "lora_bias", {}).get(name, False)
    ):
        return None
    base = layer.base_layer
    if hasattr(base, "unpacked_weight"):
        return base.unpacked_weight
    return base.weight if _plain(base) else None


def _plain(layer: Any) -> bool:
    """Whether a layer's weights are numbers of the CPU that may be added to."""
    return (
        type(layer) is torch.nn.Linear
        and layer.weight.dtype in (torch.float32, torch.bfloat16)
        and layer.weight.device.type == "cpu"
    )
