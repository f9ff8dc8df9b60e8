"""Models that cannot be trained here, or not as people expect: one sentence, before a teacher is paid."""

import json
from pathlib import Path
from typing import Any

import pytest
import tiny_model

from autotrain.config.settings import Settings
from autotrain.errors import UsageError
from autotrain.tasks import prompts
from autotrain.training import loading, models, suitability
from autotrain.training.shape import Shape

LLAMA = {"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 259}


def checked(config: dict[str, Any], **options: Any) -> list[str]:
    return suitability.check_config(models.ModelRef("some", "/some", "", True), config, Settings(**options))


def a_model(folder: Path, **changes: Any) -> models.ModelRef:
    """The tiny model, some lines of its config.json changed."""
    tiny_model.save(folder)
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return models.find(str(folder), "", "")


@pytest.mark.parametrize("method", ["mxfp4", "fp8", "awq", "gptq"])
def test_a_checkpoint_that_others_quantised_is_refused(method: str) -> None:
    with pytest.raises(UsageError, match=rf"comes quantised already \({method}\).*16-bit model that it was made from"):
        checked({**LLAMA, "quantization_config": {"quant_method": method}})


def test_bits_follow_a_checkpoint_of_bitsandbytes_or_say_no() -> None:
    config = {**LLAMA, "quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}
    assert checked(config, quantization_bits="4") == checked(config, quantization_bits="auto") == []
    with pytest.raises(UsageError, match="comes in 4 bits already: use --bits 4"):
        checked(config, quantization_bits="16")


def test_rows_longer_than_learned_positions_are_refused() -> None:
    config = {**LLAMA, "model_type": "gpt2", "n_positions": 1024}
    assert checked(config, seq_len=1024) == []
    with pytest.raises(UsageError, match="knows 1024 positions and no more: use --seq-len 1024 or less"):
        checked(config, seq_len=2048)


def test_an_encoder_with_a_decoder_is_refused() -> None:
    with pytest.raises(UsageError, match="only models that continue one text"):
        checked({**LLAMA, "is_encoder_decoder": True})


def test_experts_that_stay_as_they_are_are_told_with_their_number() -> None:
    experts = {"num_hidden_layers": 4, "n_routed_experts": 8, "moe_intermediate_size": 32, "intermediate_size": 128}
    (said,) = checked({**LLAMA, "model_type": "deepseek_v3", **experts})
    assert "mixture of 8 experts" in said and "stay in 16 bits" in said and "not adapted" in said
    (said,) = checked({**LLAMA, "model_type": "deepseek_v3", **experts}, lora_experts=True)
    assert "adapted, too (LORA_EXPERTS=1)" in said


def test_a_family_newer_than_the_pin_names_the_version_it_was_made_with(tmp_path: Path) -> None:
    reference = a_model(tmp_path, model_type="llama9", transformers_version="9.1.0")
    with pytest.raises(
        UsageError,
        match=r"family llama9, which the pinned transformers 5\.\S+ does not know.*9\.1\.0: requirements-latest",
    ):
        suitability.examine(reference, Settings())


def test_sizes_that_a_config_leaves_to_its_family_are_known(tmp_path: Path) -> None:
    config = {"model_type": "gemma3", "text_config": {"hidden_size": 2560, "num_hidden_layers": 34}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    shape = Shape.from_config(models.read_config(models.find(str(tmp_path), "", "")))
    assert (shape.hidden, shape.layers, shape.heads, shape.vocabulary) == (2560, 34, 8, 262208)


def test_a_tokenizer_larger_than_the_embedding_is_refused(tmp_path: Path) -> None:
    assert suitability.examine(a_model(tmp_path / "whole"), Settings()) == []
    with pytest.raises(UsageError, match="writes token [0-9]+ and the model knows 100: they do not belong"):
        suitability.examine(a_model(tmp_path / "small", vocab_size=100), Settings())


def test_a_tokenizer_that_begins_texts_begins_prompts_of_no_template_so(tmp_path: Path) -> None:
    from tokenizers.processors import TemplateProcessing

    tokenizer = tiny_model.tokenizer()
    tokenizer.chat_template = None
    tokenizer.save_pretrained(tmp_path / "plain")
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<|im_start|> $A", special_tokens=[("<|im_start|>", tokenizer.bos_token_id)]
    )
    tokenizer.save_pretrained(tmp_path / "begins")
    row = tiny_model.sample(1)
    plain, begins = (
        loading.load_tokenizer(models.ModelRef(name, str(tmp_path / name), "", True)) for name in ("plain", "begins")
    )
    ids = prompts.encode_prompt(plain, row)
    assert ids[0] != plain.bos_token_id
    assert prompts.encode_prompt(begins, row) == [begins.bos_token_id, *ids]


def test_a_tokenizer_that_cannot_be_loaded_is_one_sentence(tmp_path: Path) -> None:
    reference = a_model(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(UsageError, match="its tokenizer cannot be loaded by the pinned libraries"):
        suitability.examine(reference, Settings())


def test_a_gpu_that_torch_cannot_use_ends_in_a_sentence() -> None:
    from autotrain.config import profiles

    loading.require_cuda(profiles.Hardware("", 0, (0, 0), 2, 8 << 30))
    turing = profiles.Hardware("NVIDIA GeForce RTX 2080 Ti", 11 << 30, (7, 5), 8, 32 << 30)
    with pytest.raises(UsageError, match="cannot use the NVIDIA GeForce RTX 2080 Ti that the driver shows"):
        loading.require_cuda(turing)


def test_what_is_free_on_a_gpu_counts() -> None:
    from autotrain.config import profiles
    from autotrain.training import memory

    busy = profiles.Hardware("RTX", 11 << 30, (7, 5), 8, 32 << 30, vram_free_bytes=3 << 30)
    assert memory.available_here(busy).vram_bytes == 3 << 30


@pytest.mark.parametrize(("capability", "refused"), [((7, 5), True), ((8, 0), False), ((0, 0), False)])
def test_a_model_that_overflows_fp16_is_refused_on_a_card_without_bf16(
    capability: tuple[int, int], refused: bool
) -> None:
    from autotrain.config import profiles

    memory = 11 << 30 if capability[0] else 0
    here = profiles.Hardware("RTX 2080 Ti", memory, capability, 8, 32 << 30)
    reference = models.ModelRef("some", "/some", "", True)
    config = {**LLAMA, "model_type": "gemma3_text"}
    if not refused:
        assert suitability.check_config(reference, config, Settings(), here) == []
        return
    with pytest.raises(UsageError, match="overflows fp16, and RTX 2080 Ti has no bf16"):
        suitability.check_config(reference, config, Settings(), here)
