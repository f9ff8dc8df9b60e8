"""A model of 7 billion parameters and a machine without a GPU, for predictions of memory."""

from typing import Any

from autotrain.config import profiles

QWEN_7B: dict[str, Any] = {
    "hidden_size": 3584,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "intermediate_size": 18944,
    "vocab_size": 152064,
    "tie_word_embeddings": False,
    "model_type": "qwen2",
}
CPU = profiles.Hardware("", 0, (0, 0), 2, 16 << 30)
