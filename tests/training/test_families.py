"""Families of base models that differ in kind, each trained, answered and merged right or refused in one sentence.

The default run takes one of each kind; `slow` the whole matrix of docs/models.md.
"""

from pathlib import Path

import families
import family_check
import pytest


def test_a_model_that_leaks_between_packed_rows_sees_one_example_at_a_time(tmp_path: Path) -> None:
    found = family_check.run("lfm2", 16, tmp_path)
    assert "fault" not in found, found
    assert not found["proof"]["packed_equals_alone"] and "differ" in found["proof"]["left_out"]["packing"]


def test_a_model_that_divides_its_logits_keeps_every_shortcut(tmp_path: Path) -> None:
    found = family_check.run("granite", 4, tmp_path)
    assert "fault" not in found, found
    assert found["proof"]["packed_equals_alone"] and found["decoding"]["own"]
    assert "loss" in found["proof"]["shortcuts"] and not found["proof"]["left_out"]


def test_a_mixture_of_experts_says_what_is_neither_quantised_nor_adapted(tmp_path: Path) -> None:
    found = family_check.run("qwen3_moe", 4, tmp_path)
    assert "fault" not in found, found
    assert found["coverage"]["adapted"].endswith("no experts")
    assert "mixture of 8 experts" in found["notes"][0] and "LORA_EXPERTS=1 adapts them" in found["notes"][0]


def test_a_model_without_linear_layers_of_torch_is_trained_at_16_bits(tmp_path: Path) -> None:
    found = family_check.run("gpt2", 16, tmp_path)
    assert "fault" not in found and "refused" not in found, found
    assert found["coverage"]["adapted"] == "8 layers"  # Conv1D: attention's two and the two behind it, in two layers


def test_scores_that_are_capped_are_so_in_training_too(tmp_path: Path) -> None:
    found = family_check.run("gemma2", 16, tmp_path)
    assert "fault" not in found and "refused" not in found, found
    assert found["loss_differs"] < 1e-3


def test_layers_that_peft_does_not_adapt_are_one_sentence(tmp_path: Path) -> None:
    found = family_check.run("mamba2", 16, tmp_path)
    assert "fault" not in found, found
    assert "PEFT cannot adapt all of LORA_TARGETS=all-linear" in found["refused"]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("bits", family_check.BITS)
@pytest.mark.parametrize("family", families.FAMILIES)
def test_every_family_is_right_or_refused_in_one_sentence(family: str, bits: int, tmp_path: Path) -> None:
    found = family_check.run(family, bits, tmp_path)
    assert "fault" not in found, found["fault"]
