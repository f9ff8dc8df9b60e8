"""NF4 on the CPU: unpacked weights are the numbers that bitsandbytes itself computes with."""

import torch
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.training import loading, models, quantization


def test_unpacking_once_changes_no_number(shared_folder: Folder) -> None:  # noqa: F811
    from bitsandbytes.functional import dequantize_4bit
    from bitsandbytes.nn import Linear4bit

    model = loading.load_base(models.find(str(shared_folder.model), "", ""), 4)
    layers = [module for module in model.modules() if isinstance(module, Linear4bit)]
    assert len(layers) == 14  # seven in each of two blocks; the head stays as it is
    for layer in layers:
        weight = dequantize_4bit(layer.weight.data, layer.weight.quant_state)
        assert layer.weight.dtype == torch.uint8
        assert torch.equal(layer.unpacked_weight, weight)
        x = torch.randn(3, layer.in_features)
        assert torch.equal(layer(x), torch.nn.functional.linear(x, weight))


def test_double_quantisation_and_nf4_are_on(shared_folder: Folder) -> None:  # noqa: F811
    model = loading.load_base(models.find(str(shared_folder.model), "", ""), 4)
    state = model.model.layers[0].mlp.up_proj.weight.quant_state
    assert state.quant_type == "nf4" and state.nested


def test_nothing_is_unpacked_where_memory_is_short(shared_folder: Folder, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr(quantization, "LARGEST_SHARE_OF_MEMORY", 0.0)
    model = loading.load_base(models.find(str(shared_folder.model), "", ""), 4)
    layer = model.model.layers[0].mlp.up_proj
    assert not hasattr(layer, "unpacked_weight")
    assert torch.isfinite(layer(torch.randn(2, layer.in_features))).all()


def test_weights_that_are_not_quantised_do_not_hold_the_file(shared_folder: Folder) -> None:  # noqa: F811
    model = loading.load_base(models.find(str(shared_folder.model), "", ""), 4)
    embeddings = model.get_input_embeddings().weight
    assert embeddings.untyped_storage().nbytes() == embeddings.numel() * 4
    assert model.get_output_embeddings().weight is embeddings


def test_unpacked_to_bf16_the_weights_are_those_numbers_rounded(shared_folder: Folder) -> None:  # noqa: F811
    reference = models.find(str(shared_folder.model), "", "")
    full, half = (loading.load_base(reference, 4, cpu_products=name) for name in ("float32", "bfloat16"))
    ids = torch.arange(3, 40)[None]
    layer, rounded = (model.model.layers[0].mlp.up_proj for model in (full, half))
    assert torch.equal(rounded.unpacked_weight, layer.unpacked_weight.bfloat16())
    assert rounded(torch.randn(2, layer.in_features)).dtype == torch.float32
    with torch.no_grad():
        expected, found = full(input_ids=ids).logits, half(input_ids=ids).logits
    assert 0 < (found - expected).abs().max() < 0.02 * expected.abs().max()


def test_in_16_bits_the_linear_weights_are_multiplied_as_they_were_published(shared_folder: Folder) -> None:  # noqa: F811
    reference = models.find(str(shared_folder.model), "", "")
    full, half = (loading.load_base(reference, 16, cpu_products=name) for name in ("float32", "bfloat16"))
    ids = torch.arange(3, 40)[None]
    layer, rounded = (model.model.layers[0].mlp.up_proj for model in (full, half))
    assert torch.equal(rounded.weight, layer.weight.bfloat16()) and layer.weight.dtype == torch.float32
    assert half.get_output_embeddings().weight.dtype == torch.float32
    with torch.no_grad():
        expected, found = full(input_ids=ids).logits, half(input_ids=ids).logits
    assert found.dtype == torch.float32 and 0 < (found - expected).abs().max() < 0.02 * expected.abs().max()


def test_a_training_in_16_bits_with_rounded_factors_moves_the_adapter(shared_folder: Folder) -> None:  # noqa: F811
    from autotrain.training import sft

    result = sft.train(
        shared_folder.job("rounded_16", quantization_bits="16", cpu_compute_dtype="bfloat16", train_steps=2)
    )
    assert result["adapter_moved"] > 0 and result["train_loss"] > 0
