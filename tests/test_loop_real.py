"""The real stages 01 to 04 with a tiny random model: killed and resumed, the files equal those of a calm run."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from loop_support import ROOT, Loop, artefacts, kill_everything

FLAGS = (
    "--rounds 1 --samples 10 --teacher builtin --bits 16 --seq-len 2048 --train-steps 8 --save-steps 2 --eval-steps 4 "
    "--run-tests 1 --stop-stage train"
).split()


def make_tiny_model(folder: Path) -> None:
    """A Llama of two layers with random weights, and a tokenizer of single bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *alphabet]
    backend = Tokenizer(models.BPE(vocab={token: place for place, token in enumerate(tokens)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # type: ignore[assignment]
    backend.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    tokenizer.chat_template = (
        "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def kept(root: Path) -> dict[str, bytes]:
    """What training ends with: the data and the adapter, without timings and without the folders' own names."""
    return {
        name: content
        for name, content in artefacts(root).items()
        if name.startswith("data/") or name.endswith(("adapter_model.safetensors", "tokenizer.json"))
    }


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_in_training_and_resumed_the_adapter_is_the_same_to_the_byte(tmp_path: Path) -> None:
    make_tiny_model(tmp_path / "model")
    calm = Loop(ROOT, tmp_path / "calm", BASE_MODEL=str(tmp_path / "model"), CACHE_DIR=str(tmp_path / "cache"))
    tried = Loop(ROOT, tmp_path / "tried", BASE_MODEL=str(tmp_path / "model"), CACHE_DIR=str(tmp_path / "cache"))
    calm.environment.pop("RUN_UNIT_TESTS")
    tried.environment.pop("RUN_UNIT_TESTS")
    result = subprocess.run(calm.command(*FLAGS), env=calm.environment, capture_output=True, text=True, timeout=400)
    assert result.returncode == 0, result.stderr

    process = tried.start(*FLAGS)
    checkpoints = "out_lora_round_1/checkpoints"
    tried.wait_for(lambda: list((tried.root / checkpoints).glob("checkpoint-*/trainer_state.json")), 300)
    kill_everything(process)
    process = tried.start("--resume", *FLAGS)
    tried.wait_for(lambda: "train" in json.dumps(tried.state()["training"]) or tried.state()["training"], 300)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=300) in (0, 75)
    result = subprocess.run(
        tried.command("--resume", *FLAGS), env=tried.environment, capture_output=True, text=True, timeout=400
    )
    assert result.returncode == 0, result.stderr
    assert any(name.endswith("adapter_model.safetensors") for name in kept(calm.root))
    assert kept(tried.root) == kept(calm.root)
