"""The operations written out give the library's numbers and gradients, and replace nothing that computes otherwise."""

import sys
from typing import Any

import pytest
import tiny_model
import torch
from torch.nn import functional

from autotrain.training import lean_ops


def values(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, requires_grad=True)


def test_the_norms_gradient_is_that_of_finite_differences() -> None:
    torch.manual_seed(0)
    weight = torch.randn(5, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: lean_ops.RootMeanSquareNorm.apply(x, weight, 1e-3), (values(3, 5),))


def test_the_gates_gradient_is_that_of_finite_differences() -> None:
    torch.manual_seed(0)
    assert torch.autograd.gradcheck(lean_ops.GatedSilu.apply, (values(3, 5), values(3, 5)))


def test_the_rotations_gradient_is_that_of_finite_differences() -> None:
    torch.manual_seed(0)
    angles = torch.randn(1, 1, 3, 4, dtype=torch.float64)
    # Halves that differ, which no real table has, so that a wrong half shows.
    assert torch.autograd.gradcheck(
        lambda x: lean_ops.Rotation.apply(x, angles.cos(), angles.sin()), (values(1, 2, 3, 4),)
    )


def outcome(model: Any) -> tuple[torch.Tensor, torch.Tensor]:
    embeddings = model.get_input_embeddings()(torch.arange(3, 40)[None]).detach().requires_grad_()
    logits = model(inputs_embeds=embeddings, use_cache=False).logits
    logits.pow(2).mean().backward()
    return logits.detach(), embeddings.grad


@pytest.mark.parametrize("kind", ["llama", "qwen2", "qwen3"])
def test_a_model_computes_the_same_with_them(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make(kind)
    source = sys.modules[type(model).__module__]
    plain_rotation = getattr(source.apply_rotary_pos_emb, "plain", source.apply_rotary_pos_emb)
    monkeypatch.setattr(source, "apply_rotary_pos_emb", plain_rotation)  # another test may have replaced it
    expected, expected_gradient = outcome(make(kind))
    norms = {"llama": 5, "qwen2": 5, "qwen3": 9}[kind]
    assert lean_ops.install(model) == {"norms": norms, "gates": 2, "rotations": 1}
    found, gradient = outcome(model)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(gradient, expected_gradient, rtol=1e-4, atol=1e-8)


def make(kind: str) -> Any:
    if kind == "llama":
        return tiny_model.model().requires_grad_(False)
    import transformers

    options = {name: value for name, value in tiny_model.model().config.to_dict().items() if name.endswith("_size")}
    heads = {"num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    prefix = kind.capitalize()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = getattr(transformers, f"{prefix}Config")(**options, **heads, head_dim=16)
        return getattr(transformers, f"{prefix}ForCausalLM")(config).requires_grad_(False)


def test_what_computes_otherwise_keeps_its_own() -> None:
    class Shifted(torch.nn.Module):
        """A norm as Gemma has it."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(8), requires_grad=False)
            self.variance_epsilon = 1e-6

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return functional.rms_norm(x, (8,), 1 + self.weight, self.variance_epsilon)

    class Tanh(torch.nn.Module):
        """A gate of another kind."""

        def __init__(self) -> None:
            super().__init__()
            self.gate_proj, self.up_proj, self.down_proj = (torch.nn.Linear(8, 8) for _ in range(3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.down_proj(functional.gelu(self.gate_proj(x)) * self.up_proj(x))

    assert lean_ops.install(torch.nn.Sequential(Shifted(), Tanh())) == {"norms": 0, "gates": 0, "rotations": 0}


def test_a_norm_that_is_trained_keeps_its_own() -> None:
    assert lean_ops.install(tiny_model.model())["norms"] == 0
