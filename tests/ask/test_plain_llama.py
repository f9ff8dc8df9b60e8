"""A Llama read straight from its files says what the library's says, and leaves the library alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.ask import plain_llama
from autotrain.ask.local import Local
from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.evaluation import merging
from autotrain.evaluation.generate import Decoding, generate, stream
from autotrain.tasks import prompts
from autotrain.training import loading, sft
from autotrain.training.models import ModelRef

# ruff: noqa: F811  (a fixture is imported and then named as an argument)

TURNS = [
    {"role": "system", "content": prompts.SYSTEM},
    {"role": "user", "content": "Does `<|im_end|>` end a turn? äö 🙂\n  x = 1"},
    {"role": "assistant", "content": "No."},
    {"role": "user", "content": "Why?"},
]


def reference_of(folder: Path) -> ModelRef:
    return ModelRef(str(folder), str(folder), "", True)


def logits_of(model: Any, ids: list[int], cache: Any) -> list[torch.Tensor]:
    """Of the prompt's end, and of each of a few tokens after it."""
    found = []
    for start, end in ((0, len(ids) - 3), (-3, -2), (-2, -1), (-1, None)):
        part = torch.tensor([ids[start:end]])
        first = len(ids) + start if start else 0
        positions = torch.arange(first, first + part.shape[1])[None]
        with torch.inference_mode():
            said = model(input_ids=part, position_ids=positions, past_key_values=cache, use_cache=True)
        found.append(said.logits[0, -1])
    return found


@pytest.mark.parametrize("changes", [{}, {"tie_word_embeddings": False, "head_dim": 32}], ids=["tied", "untied"])
def test_logits_and_prompts_are_the_librarys(tmp_path: Path, changes: dict[str, Any]) -> None:
    from transformers import DynamicCache

    folder = tiny_model.save(tmp_path / "model", **changes)
    found = plain_llama.load(folder)
    assert found
    model, tokenizer = found
    ids = prompts.encode_turns(loading.load_tokenizer(reference_of(folder)), TURNS)
    assert prompts.encode_turns(tokenizer, TURNS) == ids
    theirs = logits_of(loading.load_base(reference_of(folder), 16), ids, DynamicCache())
    for mine, wanted in zip(logits_of(model, ids, model.new_cache()), theirs, strict=True):
        torch.testing.assert_close(mine, wanted, atol=1e-5, rtol=1e-4)


def test_weights_rounded_to_bf16_answer_as_the_librarys_do(tmp_path: Path) -> None:
    folder = tiny_model.save(tmp_path / "model", initializer_range=0.3)
    spoken = []
    for bits in ("16", "plain"):
        talker = Local(Settings(base_model=str(folder), cpu_compute_dtype="bfloat16", max_new_tokens=8,
                                quantization_bits="16"), None, print)  # fmt: skip
        if bits == "16":
            talker._load_by_library(None, "bfloat16")
        spoken.append("".join(talker.speak(TURNS)))
    assert spoken[0] == spoken[1] and spoken[0]


def test_an_answer_with_an_adapter_is_the_librarys_past_the_first_buffer(shared_folder: Folder) -> None:
    sft.train(shared_folder.job("plain", train_steps=3, lr=3e-2))
    adapter = shared_folder.root / "plain" / "final"
    reference = reference_of(shared_folder.model)
    theirs, tokenizer = loading.load_base(reference, 16), loading.load_tokenizer(reference)
    assert merging.add_file(theirs, adapter)
    found = plain_llama.load(shared_folder.model)
    assert found and merging.add_file(found[0], adapter)
    decoding = Decoding(plain_llama.ROOM + 40, 1)
    wanted = generate(theirs, tokenizer, [prompts.encode_turns(tokenizer, TURNS)], decoding)[0].text
    mine, tokens = found
    assert "".join(stream(mine, tokens, prompts.encode_turns(tokens, TURNS), decoding)) == wanted


@pytest.mark.parametrize(
    "changes",
    [
        {"model_type": "qwen2"},
        {"attention_bias": True},
        {"hidden_act": "gelu"},
        {"rope_parameters": {"rope_type": "llama3", "rope_theta": 1e4}},
        {"quantization_config": {"bits": 4}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_kind_of_model_is_left_to_the_library(tmp_path: Path, changes: dict[str, Any]) -> None:
    folder = tiny_model.save(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    assert plain_llama.load(folder) is None


def test_weights_or_a_template_of_another_kind_are_left_to_the_library(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = tiny_model.save(tmp_path / "model")
    template = folder / "chat_template.jinja"
    kept = template.read_text()
    template.write_text(kept + "{{ tools | tojson }}")
    assert plain_llama.load(folder) is None
    template.write_text(kept)
    tensors = load_file(folder / "model.safetensors")
    save_file({**tensors, "model.layers.0.self_attn.q_norm.weight": torch.ones(16)}, folder / "model.safetensors")
    assert plain_llama.load(folder) is None
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, folder / "model.safetensors")
    assert plain_llama.load(folder) is None


def test_the_first_word_waits_for_no_library_and_the_library_finds_torch_whole_afterwards(tmp_path: Path) -> None:
    folder = tiny_model.save(tmp_path / "model")
    program = (
        "import sys\nfrom autotrain.ask.voices import local\n"
        "from autotrain.config.settings import Settings\n"
        f"settings = Settings(base_model={str(folder)!r}, quantization_bits='16', max_new_tokens=4)\n"
        "model = local(settings, None, print)\n"
        "spoken = list(model.speak([{'role': 'user', 'content': 'hello'}]))\n"
        "heavy = {'transformers', 'peft', 'bitsandbytes', 'accelerate', 'torch._dynamo', 'torch._meta_registrations'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "assert list(model.speak([{'role': 'user', 'content': 'hello'}], temperature=1.0, seed=1))\n"
        "model._load_by_library(None, 'float32')\n"
        "assert list(model.speak([{'role': 'user', 'content': 'hello'}])) == spoken\n"
        "import torch\nassert torch.ones(2, 3, device='meta').mm(torch.ones(3, 4, device='meta')).shape == (2, 4)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=PROJECT_ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
