"""A tiny random Llama with a byte-level tokenizer and a chat template, in a folder: trains in milliseconds.

folder = tiny_model.save(tmp_path / "model")     # BASE_MODEL for any stage
rows = tiny_model.samples_of(20)                 # valid samples, short and all different
"""

from pathlib import Path
from typing import Any

from autotrain.jsonl import Row, write_rows
from autotrain.tasks import samples

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def tokenizer() -> Any:
    """Bytes as tokens, after three special ones; `<|im_end|>` ends a turn."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate([*SPECIAL, *alphabet])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))  # type: ignore[arg-type]
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # type: ignore[assignment]
    backend.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    backend.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        unk_token="<|endoftext|>",
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def model(seed: int = 0, **changes: Any) -> Any:
    """A Llama of two layers of width 64 with grouped heads; `changes` go to its config."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    options: dict[str, Any] = {
        "vocab_size": 259,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": True,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LlamaForCausalLM(LlamaConfig(**{**options, **changes}))


def save(folder: Path, seed: int = 0, **changes: Any) -> Path:
    """Write model and tokenizer to `folder` and return it."""
    model(seed, **changes).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def sample(number: int, output: str | None = None) -> Row:
    """One small sample about a function of its own."""
    code = f"```python\ndef add_{number}(x):\n    return x + {number}\n```"
    return samples.make_sample(
        instruction=f"Write add_{number}(x) that adds {number}.",
        input_text="",
        output=code if output is None else output,
        task_type="algorithm_implementation",
        response_format="code",
        difficulty="easy",
        teacher_model="test",
        round_number=1,
        timestamp="2026-01-01T00:00:00Z",
    )


def samples_of(count: int) -> list[Row]:
    """`count` samples, all different."""
    return [sample(number) for number in range(count)]


def write_samples(path: Path, count: int) -> Path:
    """Write `count` samples as JSONL and return the path."""
    write_rows(path, samples_of(count))
    return path
