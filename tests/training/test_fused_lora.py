"""The adapted layer as one operation gives the numbers of base layer and adapter taken apart."""

from typing import Any

import pytest
import torch
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.training import fused_lora, loading, lora, models

# ruff: noqa: F811  (a fixture is imported and then named as an argument)


def adapted(folder: Folder, bits: int, **changes: Any) -> Any:
    """The tiny model with an adapter whose B is not zero."""
    base = loading.load_base(models.find(str(folder.model), "", ""), bits)
    torch.manual_seed(1)
    model = lora.adapted(base, folder.job(**changes))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    return model


def outcome(model: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Logits, and the gradient of every trained weight."""
    model.zero_grad()
    logits = model(input_ids=torch.arange(3, 40)[None]).logits
    logits.pow(2).mean().backward()
    return logits, {name: value.grad for name, value in model.named_parameters() if value.grad is not None}


@pytest.mark.parametrize(("bits", "checkpointing"), [(4, False), (4, True), (16, False)])
def test_logits_and_gradients_are_those_of_the_parts(shared_folder: Folder, bits: int, checkpointing: bool) -> None:
    model = adapted(shared_folder, bits, gradient_checkpointing=checkpointing)
    model.train()
    expected, expected_gradients = outcome(model)
    assert fused_lora.install(model) == 14
    found, gradients = outcome(model)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)
    assert gradients.keys() == expected_gradients.keys() and len(gradients) == 28
    for name, value in expected_gradients.items():
        assert value.abs().max() > 0
        torch.testing.assert_close(gradients[name], value, rtol=1e-4, atol=1e-7)


def test_a_bias_is_added() -> None:
    x, weight, bias = torch.randn(2, 3, 5), torch.randn(7, 5), torch.randn(7)
    a, b = torch.randn(2, 5), torch.randn(7, 2)
    found = fused_lora.AdaptedLinear.apply(x, weight, bias, a, b, 0.5)
    torch.testing.assert_close(found, x @ weight.t() + bias + 0.5 * x @ a.t() @ b.t())


def test_the_gradients_are_those_of_finite_differences() -> None:
    torch.manual_seed(0)
    x, a, b = (torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in ((4, 5), (2, 5), (3, 2)))
    weight, bias = torch.randn(3, 5, dtype=torch.float64), torch.randn(3, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda *values: fused_lora.AdaptedLinear.apply(values[0], weight, bias, *values[1:], 0.7), (x, a, b)
    )


@pytest.mark.parametrize("changes", [{"lora_dropout": 0.1}, {"quantization_bits": 8}], ids=str)
def test_layers_that_it_does_not_know_are_left_alone(shared_folder: Folder, changes: dict[str, Any]) -> None:
    assert fused_lora.install(adapted(shared_folder, changes.get("quantization_bits", 4), **changes)) == 0


def test_a_switched_off_adapter_stays_switched_off(shared_folder: Folder) -> None:
    model = adapted(shared_folder, 4)
    ids = torch.arange(3, 40)[None]
    fused_lora.install(model)
    with torch.no_grad(), model.disable_adapter():
        off = model(input_ids=ids).logits
    plain = loading.load_base(models.find(str(shared_folder.model), "", ""), 4)
    with torch.no_grad():
        torch.testing.assert_close(off, plain(input_ids=ids).logits, rtol=1e-5, atol=1e-6)


def test_products_in_bf16_are_near_those_in_fp32(shared_folder: Folder) -> None:
    model = adapted(shared_folder, 4)
    model.train()
    expected, expected_gradients = outcome(model)
    for module in model.modules():
        if hasattr(module, "unpacked_weight"):
            module.unpacked_weight = module.unpacked_weight.bfloat16()
    assert fused_lora.install(model) == 14
    found, gradients = outcome(model)
    assert found.dtype == torch.float32 and 0 < (found - expected).norm() < 0.02 * expected.norm()
    for name, value in expected_gradients.items():
        assert gradients[name].dtype == torch.float32
        assert (gradients[name] - value).norm() < 0.05 * value.norm(), name


def test_an_input_that_several_layers_read_is_rounded_once() -> None:
    x = torch.randn(2, 3)
    assert fused_lora._rounded(x, torch.bfloat16) is fused_lora._rounded(x, torch.bfloat16)
    assert fused_lora._rounded(x, torch.float32) is x
