"""Products with few rows: the numbers of the plain layer, with weights that change, and out of the way of training."""

from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch
from torch.nn import functional

from autotrain.config.settings import Settings
from autotrain.evaluation import decode_products

pytestmark = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(),  # type: ignore[attr-defined]
    reason="this torch has no oneDNN",
)


def small(bias: bool = True) -> torch.nn.Sequential:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(24, 40, bias=bias), torch.nn.SiLU(), torch.nn.Linear(40, 16, bias=bias))
    model.requires_grad_(False)
    return model


@pytest.mark.parametrize("bias", [True, False])
def test_every_number_of_rows_gives_the_plain_layers_numbers(bias: bool) -> None:
    plain, quick = small(bias), small(bias)
    assert decode_products.install(quick) == (24 * 40 + 40 * 16) * 4
    with torch.inference_mode():
        for rows in (1, 2, 3, 8, 47, 48, 200):
            x = torch.randn(rows, 1, 24)
            torch.testing.assert_close(quick(x), plain(x), atol=1e-5, rtol=1e-5)


def test_a_weight_that_changed_is_laid_out_again() -> None:
    model = small()
    decode_products.install(model)
    first: torch.nn.Linear = model[0]  # type: ignore[assignment]
    x = torch.randn(8, 24)
    with torch.inference_mode():
        before = first(x)
    with torch.no_grad():
        first.weight.copy_(first.weight * 2)
    with torch.inference_mode():
        torch.testing.assert_close(first(x), functional.linear(x, first.weight, first.bias))
        assert not torch.allclose(first(x), before)


def test_gradients_go_through_the_layers_own_product() -> None:
    model = small()
    decode_products.install(model)
    x = torch.randn(8, 24, requires_grad=True)
    model(x).sum().backward()
    assert x.grad is not None and bool(x.grad.abs().sum() > 0)


def test_where_memory_is_short_nothing_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_products, "LARGEST_SHARE_OF_MEMORY", 0.0)
    model = small()
    assert decode_products.install(model) == 0
    assert not isinstance(model[0].forward, decode_products._Forward)


def test_other_dtypes_and_layers_keep_their_own() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(8, 8).bfloat16(), torch.nn.Embedding(4, 4))
    assert decode_products.install(model) == 0


@pytest.mark.parametrize("fault", ["other numbers", "missing"])
def test_products_that_are_missing_or_other_are_left_to_torch(monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    def product(_: Any, x: torch.Tensor) -> torch.Tensor:
        if fault == "missing":
            raise NotImplementedError
        return torch.zeros(len(x), 40)

    monkeypatch.setattr(decode_products._Forward, "__call__", product)
    assert decode_products.install(small()) == 0


def test_answers_are_made_with_them(tmp_path: Path) -> None:
    from autotrain.evaluation.answers import Answerer

    settings = Settings(base_model=str(tiny_model.save(tmp_path / "m")), quantization_bits="16", max_new_tokens=4)
    used: list[int] = []
    plain = decode_products._Forward.__call__
    answerer = Answerer(settings, None, lambda text: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            decode_products._Forward,
            "__call__",
            lambda self, x: (used.append(x.numel() // x.shape[-1]), plain(self, x))[1],
        )
        answerer.answer([("val", task) for task in tiny_model.samples_of(4)])
    assert max(used) >= 4
