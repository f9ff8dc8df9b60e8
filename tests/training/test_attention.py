"""Packed examples do not see each other: logits, loss and gradients equal those taken apart."""

from typing import Any

import pytest
import tiny_model
import torch
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.training import answer_loss, attention, loading, lora
from autotrain.training.examples import IGNORED, Example, collate

LENGTHS = (13, 29, 7)


def examples() -> list[Example]:
    generator = torch.Generator().manual_seed(3)
    rows = [torch.randint(3, 250, (length,), generator=generator).tolist() for length in LENGTHS]
    return [Example(row, [IGNORED] * 4 + row[4:]) for row in rows]


def run(model: Any, batch: dict[str, Any], segmented: bool) -> Any:
    batch = {name: value for name, value in batch.items() if segmented or name != "segments"}
    return model(**batch, use_cache=False)


@pytest.mark.parametrize("segmented", [True, False])
def test_packed_logits_equal_separate_ones(segmented: bool) -> None:
    plain, packed = tiny_model.model(), tiny_model.model()
    if segmented:
        assert attention.install(packed, 512)
    with torch.no_grad():
        separate = [plain(input_ids=torch.tensor([example.input_ids])).logits for example in examples()]
        batch = collate([examples()])
        del batch["labels"]
        together = run(packed, batch, segmented).logits
    torch.testing.assert_close(together, torch.cat(separate, dim=1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("segmented", [True, False])
def test_packed_loss_and_gradients_equal_separate_ones(segmented: bool, shared_folder: Folder) -> None:  # noqa: F811
    def adapted(install: bool) -> Any:
        base = tiny_model.model().requires_grad_(False)
        torch.manual_seed(5)
        model = lora.adapted(base, shared_folder.job())
        torch.manual_seed(6)
        for name, parameter in model.named_parameters():
            if "lora_B" in name:  # they begin as zeros, which would hide half of the gradients
                torch.nn.init.normal_(parameter, std=0.05)
        answer_loss.install(model.get_base_model())
        if install:
            attention.install(model.get_base_model(), 512)
        return model

    def gradients(model: Any) -> dict[str, torch.Tensor]:
        return {name: value.grad for name, value in model.named_parameters() if value.grad is not None}

    separate, packed = adapted(False), adapted(segmented)
    total = sum(separate(**without_segments(collate([[example]]))).loss for example in examples())
    total.backward()  # type: ignore[union-attr]
    loss = run(packed, collate([examples()]), segmented).loss
    loss.backward()
    torch.testing.assert_close(loss, total, rtol=1e-5, atol=1e-5)
    expected, found = gradients(separate), gradients(packed)
    assert expected.keys() == found.keys() and expected
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=1e-4, msg=lambda text, name=name: name + text)


def without_segments(batch: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in batch.items() if name != "segments"}


def test_a_model_with_a_shorter_window_keeps_the_librarys_attention() -> None:
    model = tiny_model.model()
    model.config.sliding_window = 64
    assert not attention.install(model, 512)
    assert model.config._attn_implementation == "sdpa"


def test_scores_beyond_fp16_are_computed_in_fp32() -> None:
    module = torch.nn.Module()
    module.is_causal, module.num_key_value_groups = True, 1  # type: ignore[assignment]
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(1, 2, 6, 64, generator=generator) * size for size in (400, 400, 1))
    halves = [each.half() for each in (query, key, value)]
    assert (halves[0] @ halves[1].transpose(-1, -2)).isinf().any()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found, _ = attention.full_precision_attention(module, *halves, None, scaling=1.0)
    wanted = torch.nn.functional.scaled_dot_product_attention(
        *(each.float() for each in halves), is_causal=True, scale=1.0
    )
    assert found.dtype == torch.float16
    torch.testing.assert_close(found.float(), wanted.transpose(1, 2), rtol=1e-3, atol=1e-3)


def test_fp32_attention_keeps_packed_examples_apart_as_the_librarys_does() -> None:
    model, batch = tiny_model.model(), without_segments(collate([examples()]))
    batch.pop("labels")
    expected = model(**batch, use_cache=False).logits
    model.set_attn_implementation(attention.register_full_precision())
    torch.testing.assert_close(model(**batch, use_cache=False).logits, expected, rtol=1e-4, atol=1e-5)


def test_phi_has_fp32_attention_where_a_card_has_fp16_alone() -> None:
    assert loading.attention_of({"model_type": "phi"}, torch.float16) == attention.FULL_PRECISION
    assert loading.attention_of({"model_type": "phi"}, torch.bfloat16) is None
    assert loading.attention_of({"model_type": "llama"}, torch.float16) is None
    assert loading.attention_of({"model_type": "phi", "torch_dtype": "float16"}) == attention.FULL_PRECISION
    assert loading.attention_of({"model_type": "phi", "dtype": "auto"}) is None
