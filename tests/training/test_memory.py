"""The memory preflight: its arithmetic, its refusals, and what it lowers."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch
from sizes import CPU, QWEN_7B
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.config import profiles
from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.errors import OutOfMemory, UsageError
from autotrain.training import answer_loss, attention, fused_lora, lean_ops, lora, memory, sft
from autotrain.training.examples import IGNORED, Example, collate
from autotrain.training.sampler import Rows, Size
from autotrain.training.shape import Shape

# ruff: noqa: F811  (a fixture is imported and then named as an argument)

SMOLLM2 = {
    "hidden_size": 576,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "intermediate_size": 1536,
    "vocab_size": 49152,
    "tie_word_embeddings": True,
    "model_type": "llama",
}
TURING = profiles.Hardware("NVIDIA GeForce RTX 2080 Ti", 11 << 30, (7, 5), 8, 32 << 30)


def settings(**changes: Any) -> Settings:
    return Settings(**{**profiles.PROFILES["cpu"], "quantization_bits": "4", **changes})


def test_parameters_are_those_of_the_real_models() -> None:
    assert Shape.from_config(SMOLLM2).parameters == pytest.approx(134_515_008, rel=0.001)
    assert Shape.from_config(QWEN_7B).parameters == pytest.approx(7_615_616_512, rel=0.001)


def test_adapter_parameters_are_counted_exactly(shared_folder: Folder) -> None:
    model = lora.adapted(tiny_model.model().requires_grad_(False), shared_folder.job(lora_r=8))
    trainable = sum(value.numel() for value in model.parameters() if value.requires_grad)
    assert Shape.from_config(model.config.to_dict()).lora_parameters(8, "all-linear") == trainable


@pytest.mark.parametrize("changes", [{}, {"intermediate_size": 256}, {"num_key_value_heads": 4}], ids=str)
@pytest.mark.parametrize("rank", [4, 16])
def test_what_a_layer_keeps_for_the_backward_pass_is_counted_exactly(
    shared_folder: Folder, changes: dict[str, int], rank: int
) -> None:
    shape = Shape.from_config(tiny_model.model(**changes).config.to_dict())
    for lean, half in ((True, False), (True, True), (False, False)):
        three, two = (saved_bytes(shared_folder, layers, rank, changes, lean, half) for layers in (3, 2))
        assert memory.saved_bytes_per_token(shape, rank, lean=lean, half=half) == three - two


def saved_bytes(folder: Folder, layers: int, rank: int, changes: dict[str, int], lean: bool, half: bool) -> float:
    """Bytes a token that autograd holds between forward and backward."""
    base = tiny_model.model(num_hidden_layers=layers, **changes).requires_grad_(False)
    if half:
        for module in base.model.modules():
            if isinstance(module, torch.nn.Linear):
                module.weight.data = module.weight.data.bfloat16()
    model = lora.adapted(base, folder.job(lora_r=rank))
    answer_loss.install(model.get_base_model())
    attention.install(model.get_base_model(), 4096)
    if lean:
        fused_lora.install(model)
        lean_ops.install(model)
    weights = {value.untyped_storage().data_ptr() for value in model.parameters()}
    held: dict[int, torch.Tensor] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        address = tensor.untyped_storage().data_ptr()
        if address not in weights:
            held[address] = tensor
        return tensor

    length, count = 256, 4
    example = Example([3] * length, [IGNORED] * (length // 2) + [3] * (length // 2))
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(**collate([[example] * count]))
    return sum(tensor.untyped_storage().nbytes() for tensor in held.values()) / (length * count)


def test_real_lengths_make_the_prediction_smaller_than_seq_len_does() -> None:
    short = memory.predict(settings(), SMOLLM2, CPU, Rows([Size(100, 40)] * 50))
    assert short.parts["activations"] < memory.predict(settings(), SMOLLM2, CPU).parts["activations"] / 4


def test_products_in_bf16_take_less_but_keep_some_of_other_lengths() -> None:
    whole, half = (
        memory.predict(settings(cpu_compute_dtype=dtype), SMOLLM2, CPU).parts for dtype in ("float32", "bfloat16")
    )
    assert half["activations"] < whole["activations"] and half["weights"] < whole["weights"]
    assert "kept from other lengths" not in whole
    assert half["kept from other lengths"] == memory.CPU_BF16_KEPT < half["activations"]


def test_the_longest_rows_that_meet_in_a_batch_are_counted() -> None:
    rows = Rows([Size(tokens, 5) for tokens in [10] * 50 + [400, 300]], processes=2)
    longest = memory.predict(settings(batch_size=2), SMOLLM2, CPU, rows)
    assert (
        longest.parts["activations"]
        == memory.predict(settings(batch_size=1, seq_len=700), SMOLLM2, CPU).parts["activations"]
    )


@pytest.mark.parametrize("more", [{"batch_size": 8}, {"seq_len": 2048}, {"lora_r": 256}, {"quantization_bits": "16"}])
def test_more_of_anything_needs_more(more: dict[str, int]) -> None:
    for hardware in (CPU, TURING) if "quantization_bits" not in more else (TURING,):
        plain = memory.predict(settings(), SMOLLM2, hardware)
        assert memory.predict(settings(**more), SMOLLM2, hardware).peak_bytes > plain.peak_bytes


def test_gradient_checkpointing_needs_less() -> None:
    plain = memory.predict(settings(), SMOLLM2, CPU)
    assert memory.predict(settings(gradient_checkpointing=True), SMOLLM2, CPU).peak_bytes < plain.peak_bytes


def test_a_training_that_does_not_fit_is_refused_with_settings_that_do() -> None:
    chosen = settings(batch_size=8, grad_accum=2)
    small = profiles.Hardware("", 0, (0, 0), 2, 3 << 30)
    with pytest.raises(OutOfMemory, match=r"these settings fit: --batch-size \d+ --grad-accum \d+") as raised:
        memory.settle(chosen, SMOLLM2, small)
    assert raised.value.exit_code == 5


def test_fit_applies_the_nearest_settings_and_keeps_the_rows_a_step() -> None:
    small = profiles.Hardware("", 0, (0, 0), 2, 3 << 30)
    found, prediction = memory.settle(settings(batch_size=8, grad_accum=2, fit=True), SMOLLM2, small)
    assert prediction.fits and found.batch_size * found.grad_accum == 16
    assert set(memory.changes(settings(batch_size=8, grad_accum=2, fit=True), found)) == {"batch_size", "grad_accum"}


def test_settings_that_fit_are_left_alone() -> None:
    chosen = settings(fit=True)
    assert memory.settle(chosen, SMOLLM2, CPU)[0] is chosen


def test_where_nothing_fits_a_smaller_model_is_named_as_the_way_out() -> None:
    tiny = profiles.Hardware("", 0, (0, 0), 2, 1 << 29)
    with pytest.raises(OutOfMemory, match="choose a smaller BASE_MODEL"):
        memory.settle(settings(fit=True), QWEN_7B, tiny)


def test_seven_billion_parameters_in_16_bits_do_not_fit_eleven_gigabytes() -> None:
    assert not memory.predict(Settings(quantization_bits="16"), QWEN_7B, TURING).fits


def test_predicting_loads_no_torch() -> None:
    code = (
        "import sys, json; from autotrain.config import profiles; from autotrain.config.settings import Settings; "
        "from autotrain.training import memory; "
        "chosen = Settings(quantization_bits='4'); "
        f"memory.predict(chosen, json.loads({json.dumps(json.dumps(SMOLLM2))}), profiles.detect()); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT).returncode == 0


def test_the_stage_refuses_before_it_loads_the_model(shared_folder: Folder, monkeypatch) -> None:
    monkeypatch.setattr(memory, "available_here", lambda _: profiles.Hardware("", 0, (0, 0), 2, 600 << 20))
    monkeypatch.setattr(sft.loading, "load_base", lambda *_, **__: pytest.fail("the model was loaded"))
    with pytest.raises(OutOfMemory):
        sft.train(shared_folder.job("too_small"))


def test_a_resume_keeps_to_what_was_lowered_at_the_start(shared_folder: Folder, monkeypatch) -> None:
    asked = {"fit": True, "batch_size": 4, "grad_accum": 1, "train_steps": 1}
    job = shared_folder.job("lowered", **asked)
    config = json.loads((Path(job.reference.location) / "config.json").read_text())
    needs = [memory.predict(candidate, config, CPU, None).peak_bytes for candidate in memory._lower(job.settings)[:2]]
    assert needs[0] > needs[1]
    monkeypatch.setattr(
        memory, "settle", lambda chosen, *_: (memory._lower(chosen)[1], memory.predict(chosen, config, CPU))
    )
    first = sft.train(job)
    monkeypatch.undo()
    again = sft.train(shared_folder.job("lowered", resume=True, **asked))
    assert first["lowered_to_fit"] == again["lowered_to_fit"] == {"batch_size": 2, "grad_accum": 2}


@pytest.mark.parametrize("flags", [["--seq-len", "1"], ["--base-model", "no-such"], ["--out-dir", ""]])
def test_a_wrong_setting_is_one_line_and_exit_2(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert memory.main(flags) == 2
    said = capsys.readouterr().err
    assert said.startswith("memory: error: ") and said.count("\n") == 1


def gpu(gigabytes: int, capability: tuple[int, int]) -> profiles.Hardware:
    return profiles.Hardware("a card", gigabytes << 30, capability, 8, 32 << 30)


PHI_2 = {
    "hidden_size": 2560,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "intermediate_size": 10240,
    "vocab_size": 51200,
    "model_type": "phi",
}


@pytest.mark.parametrize(
    ("profile", "model", "hardware", "bits"),
    [
        ("cpu", SMOLLM2, CPU, "16"),
        ("cpu", SMOLLM2, profiles.Hardware("", 0, (0, 0), 2, 3 << 30), "4"),
        ("6gb", PHI_2, gpu(6, (8, 6)), "4"),
        ("11gb", PHI_2, TURING, "4"),
        ("24gb", PHI_2, gpu(24, (8, 6)), "16"),
        ("24gb", QWEN_7B, gpu(24, (8, 6)), "4"),
        ("11gb", SMOLLM2, TURING, "16"),
    ],
)
def test_auto_takes_16_bits_where_they_fit_with_room_and_says_why(profile, model, hardware, bits) -> None:
    asked = Settings(**profiles.PROFILES[profile])
    found, why = memory.settle_bits(asked, model, hardware)
    assert found.quantization_bits == bits
    assert why and ("within 80%" if bits == "16" else "more than 80%") in why


@pytest.mark.parametrize("bits", ["4", "8", "16"])
def test_bits_set_by_hand_are_left_alone(bits: str) -> None:
    asked = settings(quantization_bits=bits)
    assert memory.settle_bits(asked, QWEN_7B, CPU) == (asked, None)


def test_bits_that_were_never_settled_are_one_sentence() -> None:
    with pytest.raises(UsageError, match="give --bits 4 or 16"):
        memory.predict(Settings(), SMOLLM2, CPU)


def test_the_whole_base_answers_where_it_could_not_be_trained() -> None:
    card = gpu(24, (8, 6))
    chosen, _ = memory.settle_bits(Settings(**profiles.PROFILES["24gb"]), QWEN_7B, card)
    assert chosen.bits == 4 and memory.whole_fits(chosen, QWEN_7B, card)
    assert not memory.whole_fits(chosen, QWEN_7B, TURING)


def test_activations_on_a_gpu_are_counted_in_the_dtype_that_they_are_kept_in() -> None:
    prediction = memory.predict(Settings(quantization_bits="4", train_backend="own"), QWEN_7B, TURING)
    shape = Shape.from_config(QWEN_7B)
    assert prediction.fits  # counted in fp32 it had been refused
    assert prediction.parts["activations"] > shape.layers * shape.hidden * 2048 * 2
