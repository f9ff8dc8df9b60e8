"""The chunked answer loss: equal to plain cross-entropy, and small."""

from typing import Any

import families
import pytest
import tiny_model
import torch
from torch.nn import functional

from autotrain.training import answer_loss
from autotrain.training.examples import IGNORED

VOCABULARY, WIDTH, ROWS = 50, 16, 23


def inputs(dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor, torch.nn.Linear]:
    generator = torch.Generator().manual_seed(1)
    hidden = torch.randn(ROWS, WIDTH, generator=generator, dtype=dtype, requires_grad=True)
    head = torch.nn.Linear(WIDTH, VOCABULARY, bias=False, dtype=dtype)
    with torch.no_grad():
        head.weight.copy_(torch.randn(VOCABULARY, WIDTH, generator=generator, dtype=dtype))
    head.weight.requires_grad_(False)
    return hidden, torch.randint(0, VOCABULARY, (ROWS,), generator=generator), head


def plain(hidden: torch.Tensor, targets: torch.Tensor, head: Any) -> torch.Tensor:
    return functional.cross_entropy(head(hidden).float(), targets, reduction="sum")


@pytest.mark.parametrize("rows_a_chunk", [1, 7, 23, 100])
def test_loss_and_gradient_equal_plain_cross_entropy(rows_a_chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_loss, "CHUNK_ELEMENTS", rows_a_chunk * VOCABULARY)
    hidden, targets, head = inputs(torch.float32)
    expected = plain(hidden, targets, head)
    (expected_gradient,) = torch.autograd.grad(expected, hidden)
    loss = answer_loss.summed_loss(hidden, targets, head)
    (gradient,) = torch.autograd.grad(loss, hidden)
    torch.testing.assert_close(loss, expected, rtol=1e-6, atol=1e-5)
    torch.testing.assert_close(gradient, expected_gradient, rtol=1e-5, atol=1e-6)


def test_a_trained_head_gets_its_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_loss, "CHUNK_ELEMENTS", 7 * VOCABULARY)
    hidden, targets, head = inputs(torch.float32)
    head.weight.requires_grad_(True)
    expected = torch.autograd.grad(plain(hidden, targets, head), head.weight)[0]
    found = torch.autograd.grad(answer_loss.summed_loss(hidden, targets, head), head.weight)[0]
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_a_models_loss_equals_the_librarys_own() -> None:
    model = tiny_model.model()
    tokens = torch.randint(3, 250, (1, 40), generator=torch.Generator().manual_seed(2))
    labels = tokens.clone()
    labels[:, :15] = IGNORED
    with torch.no_grad():
        expected = model(input_ids=tokens, labels=labels).loss
        answer_loss.install(model)
        found = model(input_ids=tokens, labels=labels).loss / (labels[:, 1:] != IGNORED).sum()
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


def test_a_training_step_returns_and_keeps_no_logits() -> None:
    model = tiny_model.model()
    answer_loss.install(model)
    tokens = torch.randint(3, 250, (1, 40))
    shapes: list[tuple[int, ...]] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        shapes.append(tuple(tensor.shape))
        return tensor

    model.requires_grad_(False)
    model.model.layers[0].self_attn.q_proj.weight.requires_grad_(True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = model(input_ids=tokens, labels=tokens)
    assert output.logits is None
    assert not [shape for shape in shapes if shape[-1:] == (259,)]


def test_logits_alive_at_once_are_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_loss, "CHUNK_ELEMENTS", 4 * VOCABULARY)
    hidden, targets, head = inputs(torch.float32)
    largest = 0
    plain_linear = functional.linear

    def linear(*arguments: Any) -> torch.Tensor:
        nonlocal largest
        logits = plain_linear(*arguments)
        largest = max(largest, logits.numel())
        return logits

    monkeypatch.setattr(answer_loss.functional, "linear", linear)
    answer_loss.summed_loss(hidden, targets, head).backward()
    assert largest == 4 * VOCABULARY


@pytest.mark.parametrize("family", ["granite", "cohere", "gemma2"])
def test_divided_scaled_and_capped_logits_give_the_librarys_loss(family: str) -> None:
    model = families.model(family)
    ids = torch.arange(3, 43)[None]
    expected = model(input_ids=ids, labels=ids).loss * 39
    answer_loss.install(model)
    torch.testing.assert_close(model(input_ids=ids, labels=ids).loss, expected, rtol=1e-4, atol=0.0)


def test_products_in_bf16_leave_logits_in_fp32() -> None:
    hidden, targets, head = inputs(torch.float32)
    expected = answer_loss.summed_loss(hidden, targets, head)
    (expected_gradient,) = torch.autograd.grad(expected, hidden)
    before = torch.backends.mkldnn.matmul.fp32_precision
    loss = answer_loss.summed_loss(hidden, targets, head, products=torch.bfloat16)
    (gradient,) = torch.autograd.grad(loss, hidden)
    assert torch.backends.mkldnn.matmul.fp32_precision == before
    assert loss.dtype == gradient.dtype == torch.float32
    torch.testing.assert_close(loss, expected, rtol=5e-3, atol=0.0)
    assert (gradient - expected_gradient).norm() < 0.02 * expected_gradient.norm()
