"""How strong an adapter is written: the smallest strength as good as the best within chance, and really that."""

from pathlib import Path

import pytest

from autotrain.evaluation import strength


def first(passed: int, *, of: int = 20, after: int = 0) -> list[bool]:
    return [after <= place < after + passed for place in range(of)]


@pytest.mark.parametrize(
    ("passed", "chosen"),
    [
        ({1.0: first(10), 0.5: first(10), 0.25: first(8)}, 0.5),
        ({1.0: first(11), 0.5: first(10), 0.25: first(9)}, 0.5),  # one task is chance
        ({1.0: first(12), 0.5: first(10), 0.25: first(10)}, 1.0),
        ({1.0: first(0), 0.5: first(0), 0.25: first(0)}, 0.25),  # nothing is known: the least harm
    ],
)
def test_the_smallest_strength_within_one_task_of_the_best_is_chosen(
    passed: dict[float, list[bool]], chosen: float
) -> None:
    assert strength.choose({strength.BASE: first(0), **passed}) == chosen


def test_a_task_that_the_base_model_passed_and_the_adapter_does_not_counts_twice() -> None:
    passed = {strength.BASE: first(5), 1.0: first(10, after=3), 0.5: first(8)}
    assert strength.lost(passed, 1.0) == 3
    assert strength.choose(passed) == 0.5
    assert strength.choose({**passed, strength.BASE: first(0)}) == 1.0


def test_a_scaled_adapter_has_so_much_of_the_update_and_its_other_files(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    trained, scaled = tmp_path / "trained", tmp_path / "scaled"
    trained.mkdir()
    weights = {"layer.lora_A.weight": torch.randn(2, 3), "layer.lora_B.weight": torch.randn(4, 2)}
    save_file(weights, trained / strength.WEIGHTS, {"format": "pt"})
    (trained / "adapter_config.json").write_text('{"r": 2}')
    strength.write_scaled(trained, 0.25, scaled)
    found = load_file(scaled / strength.WEIGHTS)
    update = weights["layer.lora_B.weight"] @ weights["layer.lora_A.weight"]
    torch.testing.assert_close(found["layer.lora_B.weight"] @ found["layer.lora_A.weight"], 0.25 * update)
    assert (scaled / "adapter_config.json").read_text() == '{"r": 2}'
