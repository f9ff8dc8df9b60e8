"""The start-up proof: what is right stays, what is wrong or fails goes, and the model is left as it was."""

from typing import Any

import pytest
import tiny_model
import torch
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.errors import UsageError
from autotrain.training import lean_ops, lora, proof
from autotrain.training.examples import apart, collate, encode_rows

# ruff: noqa: F811  (a fixture is imported and then named as an argument)

SHORTCUTS = ("loss", "fused layers", "lean operations", "attention")


@pytest.fixture
def model(shared_folder: Folder) -> Any:
    return lora.adapted(tiny_model.model().requires_grad_(False), shared_folder.job())


def rows(count: int = 4) -> list[Any]:
    return encode_rows(tiny_model.tokenizer(), tiny_model.samples_of(count), 512).examples


def settled(model: Any) -> proof.Route:
    return proof.settle(model, "float32", 512, rows(), rounded=False)


def test_a_plain_model_keeps_every_shortcut_and_packed_rows(model: Any) -> None:
    route = settled(model)
    assert route.taken == SHORTCUTS and route.packed and not route.refused and route.seconds > 0


def test_a_shortcut_that_computes_otherwise_goes_alone(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = lean_ops.RootMeanSquareNorm.apply
    monkeypatch.setattr(lean_ops.RootMeanSquareNorm, "apply", lambda *inputs: plain(*inputs) * 1.01)
    monkeypatch.setattr(lean_ops, "_same", lambda ours, theirs: True)
    route = settled(model)
    assert route.taken == ("loss", "fused layers", "attention") and route.packed
    assert route.refused["lean operations"].startswith("hidden states differ by 0.01")


def test_a_shortcut_that_fails_goes_alone(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("no such thing\nand more")

    monkeypatch.setattr(proof.fused_lora, "install", fail)
    route = settled(model)
    assert route.taken == ("loss", "lean operations", "attention")
    assert route.refused == {"fused layers": "RuntimeError: no such thing"}


def test_attention_over_the_borders_of_examples_is_found(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(module: Any, query: Any, key: Any, value: Any, mask: Any, **options: Any) -> Any:
        output = torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        return output.transpose(1, 2), None

    monkeypatch.setattr(proof.attention, "segmented_attention", leaking)
    route = settled(model)
    assert route.packed and "attention" not in route.taken
    assert route.refused == {"attention": "the model does not tell it where examples end"}


def test_memory_that_is_short_is_no_fault_of_a_shortcut(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(proof.fused_lora, "install", fail)
    with pytest.raises(MemoryError):
        settled(model)


def test_a_model_that_the_library_cannot_train_is_one_sentence(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("no kernel here")

    monkeypatch.setattr(model.get_base_model().model.layers[1], "forward", fail)
    with pytest.raises(UsageError, match=r"LlamaForCausalLM cannot be trained .*no kernel here\): choose another"):
        settled(model)


def test_weights_gradients_and_random_states_are_as_before(model: Any) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    model.train()
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    settled(model)
    assert torch.equal(torch.rand(4), expected) and model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_fresh_adapter_is_given_weights_for_the_proof(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """At zero it adds nothing, so a fused layer that forgot it would pass."""

    def forget(adapted: Any) -> None:
        layer = adapted.get_base_model().model.layers[0].mlp.up_proj
        layer.forward = layer.base_layer.forward

    monkeypatch.setattr(proof.fused_lora, "install", forget)
    assert "fused layers" in settled(model).refused


def test_rows_taken_apart_are_the_examples() -> None:
    examples = rows(3)
    parts = apart(collate([examples[:2], examples[2:]]))
    assert [part["input_ids"].tolist()[0] for part in parts] == [example.input_ids for example in examples]
    assert [part["labels"].tolist()[0][1:] for part in parts] == [example.labels[1:] for example in examples]


def test_a_loss_that_is_no_number_in_fp16_names_the_card(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof.loading, "compute_dtype", lambda: torch.float16)
    measure = proof._Proof._measure

    def overflowing(self: Any, names: tuple[str, ...], *, rows: str) -> Any:
        found = measure(self, names, rows=rows)
        found.losses[0] = float("nan")
        return found

    monkeypatch.setattr(proof._Proof, "_measure", overflowing)
    with pytest.raises(UsageError, match="LlamaForCausalLM overflows fp16, and this card has no bf16"):
        settled(model)
