"""Norms, gates and rotations of a decoder that pass over memory once where the library passes several times.

On the CPU these small operations cost a third of a training step, most of it for memory
that is taken and given back. Each is one autograd function here, with its gradient
written out. A model's own operation is replaced only where both give the same numbers on
a trial input, so a model that computes them in another way keeps what it has.
"""

import sys
from typing import Any

import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional

TRIAL_TOLERANCE = 1e-4


def install(model: torch.nn.Module) -> dict[str, int]:
    """Replace what can be replaced in a model on the CPU in fp32; returns how many of each kind were."""
    counts = {"norms": 0, "gates": 0, "rotations": 0}
    if next(model.parameters()).device.type != "cpu":
        return counts
    training = model.training
    model.eval()  # dropout would make two trials differ
    for module in list(model.modules()):
        if hasattr(module, "_hf_hook"):  # accelerate moves this module's inputs between devices in its own forward
            continue
        if _is_norm(module):
            module.forward = _Norm(module)  # type: ignore[method-assign]
            counts["norms"] += 1
        elif _is_gated(module):
            module.forward = _Gated(module)  # type: ignore[method-assign]
            counts["gates"] += 1
    model.train(training)
    for name in {type(module).__module__ for module in model.modules()}:
        counts["rotations"] += _replace_rotation(sys.modules[name])
    return counts


def restore_rotations(model: torch.nn.Module) -> None:
    """Give the modelling modules of `model` their own rotations back."""
    for name in {type(module).__module__ for module in model.modules()}:
        plain = getattr(getattr(sys.modules[name], "apply_rotary_pos_emb", None), "plain", None)
        if plain is not None:
            sys.modules[name].apply_rotary_pos_emb = plain  # type: ignore[attr-defined]


class RootMeanSquareNorm(torch.autograd.Function):
    """weight * x / sqrt(mean(x^2) + epsilon), the weight frozen. Shapes: x (..., n), weight (n)."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:  # type: ignore[override]
        scale = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        scale.square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()
        ctx.save_for_backward(x, weight, scale)
        return (x * scale).mul_(weight)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        x, weight, scale = ctx.saved_tensors
        result = gradients[0] * weight
        along = (result * x).sum(-1, keepdim=True).mul_(scale).mul_(scale).div_(x.shape[-1])
        return result.addcmul_(x, along, value=-1).mul_(scale), None, None


class GatedSilu(torch.autograd.Function):
    """silu(gate) * up, without keeping silu(gate)."""

    @staticmethod
    def forward(ctx: Any, gate: torch.Tensor, up: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        ctx.save_for_backward(gate, up)
        return functional.silu(gate).mul_(up)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        gate, up = ctx.saved_tensors
        for_up = functional.silu(gate).mul_(gradients[0])
        for_gate = gradients[0] * up
        torch.ops.aten.silu_backward.grad_input(for_gate, gate, grad_input=for_gate)
        return for_gate, for_up


class Rotation(torch.autograd.Function):
    """x cos + rotate_half(x) sin, for cos and sin that broadcast against x. Shapes: x (..., d), d even."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        half = x.shape[-1] // 2
        result = x * cos
        result[..., :half].addcmul_(x[..., half:], sin[..., :half], value=-1)
        result[..., half:].addcmul_(x[..., :half], sin[..., half:])
        ctx.save_for_backward(cos, sin)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        cos, sin = ctx.saved_tensors
        half = cos.shape[-1] // 2
        result = gradients[0] * cos
        result[..., :half].addcmul_(gradients[0][..., half:], sin[..., half:])
        result[..., half:].addcmul_(gradients[0][..., :half], sin[..., :half], value=-1)
        return result, None, None


class _Norm:
    def __init__(self, module: Any) -> None:
        self._module, self._plain = module, module.forward

    def __call__(self, x: torch.Tensor, *arguments: Any, **options: Any) -> torch.Tensor:
        if arguments or options:  # norms of hybrid models take a gate, too
            return self._plain(x, *arguments, **options)
        return RootMeanSquareNorm.apply(x, self._module.weight, self._module.variance_epsilon)


class _Gated:
    def __init__(self, module: Any) -> None:
        self._module = module

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return self._module.down_proj(GatedSilu.apply(self._module.gate_proj(x), self._module.up_proj(x)))


def _same(found: torch.Tensor, expected: torch.Tensor) -> bool:
    return found.shape == expected.shape and torch.allclose(found, expected, TRIAL_TOLERANCE, TRIAL_TOLERANCE)


def _trial(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def _is_norm(module: Any) -> bool:
    weight = getattr(module, "weight", None)
    if not hasattr(module, "variance_epsilon") or weight is None or weight.ndim != 1:
        return False
    if weight.dtype != torch.float32 or weight.requires_grad or getattr(module, "bias", None) is not None:
        return False
    x = _trial(3, len(weight))
    return _same_on_trial(_Norm(module), module, x)


def _is_gated(module: Any) -> bool:
    parts = [getattr(module, name, None) for name in ("gate_proj", "up_proj", "down_proj")]
    if not all(hasattr(part, "in_features") for part in parts):
        return False
    x = _trial(3, parts[0].in_features)  # type: ignore[union-attr]
    return _same_on_trial(_Gated(module), module, x)


def _same_on_trial(ours: Any, module: Any, x: torch.Tensor) -> bool:
    try:
        with torch.no_grad():
            return _same(ours(x), module(x))
    except (TypeError, AttributeError, ValueError, RuntimeError, IndexError):
        return False  # it takes more than one input, or another shape


def _replace_rotation(source: Any) -> int:
    """Replace `apply_rotary_pos_emb` of a modelling module; 0 where it has none, or one that computes otherwise."""
    plain = getattr(source, "apply_rotary_pos_emb", None)
    if plain is None or hasattr(plain, "plain"):
        return int(plain is not None)

    def rotate(
        q: torch.Tensor, k: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, *arguments: Any, **options: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        known = q.device.type == "cpu" and q.dtype == torch.float32 and cos.ndim == 3 and q.ndim == 4
        # Where a part of each head is turned, the table is narrower than the head.
        if arguments or options or not known or not cos.shape[-1] == q.shape[-1] == k.shape[-1]:
            return plain(q, k, cos, sin, *arguments, **options)
        cos, sin = cos.unsqueeze(1), sin.unsqueeze(1)
        return Rotation.apply(q, cos, sin), Rotation.apply(k, cos, sin)  # type: ignore[return-value]

    rotate.plain = plain  # type: ignore[attr-defined]
    query, key, angle = _trial(1, 4, 3, 8), _trial(1, 2, 3, 8), torch.cat([_trial(1, 3, 4)] * 2, dim=-1)
    try:
        expected = plain(query, key, angle.cos(), angle.sin())
    except (TypeError, ValueError, RuntimeError, IndexError, AttributeError):
        return 0
    if not all(map(_same, rotate(query, key, angle.cos(), angle.sin()), expected)):
        return 0
    source.apply_rotary_pos_emb = rotate
    return 1
