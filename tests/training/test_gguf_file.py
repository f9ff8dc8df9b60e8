"""The GGUF of a merged model is the merged model: its weights, its tokens, its chat template."""

import json
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch

from autotrain.errors import UsageError
from autotrain.training import gguf_file


def test_the_library_reads_the_model_back_out_of_the_file(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    folder = tiny_model.save(tmp_path / "model")
    gguf_file.write(folder, tmp_path / "out" / "model.gguf", tiny_model.tokenizer(), "q8_0")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["model.gguf"]
    read = AutoModelForCausalLM.from_pretrained(tmp_path / "out", gguf_file="model.gguf", dtype=torch.float32)
    ids = torch.arange(40)[None]
    with torch.inference_mode():
        mine, theirs = read(ids).logits, tiny_model.model()(ids).logits
    assert float((mine - theirs).abs().max() / theirs.abs().max()) < 0.02  # eight bits a weight


def fields_of(path: Path) -> dict[str, Any]:
    from gguf import GGUFReader

    return {name: field.contents() for name, field in GGUFReader(path).fields.items()}


def test_tokens_control_tokens_and_template_are_the_tokenizers(tmp_path: Path) -> None:
    folder = tiny_model.save(tmp_path / "model")
    gguf_file.write(folder, tmp_path / "model.gguf", tiny_model.tokenizer(), "f32")
    told = fields_of(tmp_path / "model.gguf")
    vocabulary = tiny_model.tokenizer().get_vocab()
    assert {text: number for number, text in enumerate(told["tokenizer.ggml.tokens"])} == vocabulary
    assert told["tokenizer.ggml.token_type"][:4] == [3, 3, 3, 1] and told["tokenizer.ggml.pre"] == "gpt-2"
    assert (told["tokenizer.ggml.eos_token_id"], told["tokenizer.ggml.add_bos_token"]) == (2, False)
    assert told["tokenizer.chat_template"] == tiny_model.CHAT_TEMPLATE
    assert (told["llama.attention.head_count_kv"], told["llama.context_length"]) == (2, 4096)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model_type": "phi"}, "its family phi is none of llama, qwen2, qwen3"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}, "its positions are scaled"),
        ({"attention_bias": True}, "its attention is not the plain one"),
    ],
)
def test_a_model_that_it_does_not_know_is_refused_in_one_sentence(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    folder = tiny_model.save(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    with pytest.raises(UsageError, match=reason):
        gguf_file.write(folder, tmp_path / "model.gguf", tiny_model.tokenizer(), "q8_0")
    assert not list(tmp_path.glob("*.gguf*"))


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told["pre_tokenizer"].update(use_regex=False),
        lambda told: told["model"].update(ignore_merges=True),
        lambda told: told["model"].update(byte_fallback=True),
        lambda told: told.update(normalizer={"type": "Prepend", "prepend": "x"}),
    ],
    ids=["splitting", "ignore_merges", "byte_fallback", "normalizer"],
)
def test_a_tokenizer_that_llama_cpp_has_no_name_for_is_refused(tmp_path: Path, change: Any) -> None:
    folder = tiny_model.save(tmp_path / "model")
    told = json.loads((folder / "tokenizer.json").read_text())
    change(told)
    (folder / "tokenizer.json").write_text(json.dumps(told))
    with pytest.raises(UsageError, match="llama.cpp has no name for how it splits"):
        gguf_file.write(folder, tmp_path / "model.gguf", tiny_model.tokenizer(), "q8_0")
    assert not list(tmp_path.glob("*gguf*"))
