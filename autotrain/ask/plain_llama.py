"""A Llama read straight from its files, for the first words of an answer: importing the library alone takes seconds.

Reads config.json, model.safetensors, tokenizer.json and chat_template.jinja of a local folder; writes nothing. It
takes plain Llamas in 16 or 32 bits on the CPU, one conversation at a time; for everything else `load` returns None
and the library's model answers. Tokens and prompt bytes are the library's (tests/ask/test_plain_llama.py).

    found = load(Path(reference.location))      # (model, tokenizer) or None
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from autotrain.jsonl import Row, read_json

WEIGHTS, TOKENIZER, TEMPLATE = "model.safetensors", "tokenizer.json", "chat_template.jinja"
PLAIN_TOKENIZERS = ("TokenizersBackend", "PreTrainedTokenizerFast")  # those that add nothing to tokenizer.json
NEEDS_THE_LIBRARY = ("tojson", "strftime_now", "generation %", "generation-%")  # of templates
ROOM = 128  # positions added whenever a buffer of keys is full


def load(folder: Path) -> "tuple[PlainLlama, PlainTokenizer] | None":
    """Model and tokenizer of a folder; None where either is of another kind than this module knows."""
    names = ("config.json", WEIGHTS, TOKENIZER, TEMPLATE, "tokenizer_config.json", "generation_config.json")
    if not all((folder / name).is_file() for name in names):
        return None
    config, told = read_json(folder / "config.json"), read_json(folder / "tokenizer_config.json")
    template = (folder / TEMPLATE).read_text(encoding="utf-8")
    if not _is_plain(config) or told.get("tokenizer_class") not in PLAIN_TOKENIZERS:
        return None
    if any(word in template for word in NEEDS_THE_LIBRARY) or not {"eos_token", "pad_token"} <= told.keys():
        return None
    ends = read_json(folder / "generation_config.json").get("eos_token_id")
    from safetensors.torch import load_file

    tensors = load_file(folder / WEIGHTS)  # mapped from the file
    try:
        model = PlainLlama(config, tensors, ends)
    except KeyError:  # a weight or a size that a plain Llama has
        return None
    if tensors:
        return None  # more than a plain Llama has
    return model, PlainTokenizer(folder / TOKENIZER, template, told)


def _is_plain(config: Row) -> bool:
    rope = config.get("rope_parameters") or {}
    return (
        config.get("model_type") == "llama"
        and rope.get("rope_type") == "default"
        and config.get("hidden_act") == "silu"
        and not any(config.get(name) for name in ("attention_bias", "mlp_bias", "quantization_config", "rope_scaling"))
        and (config.get("pretraining_tp") or 1) == 1
    )


def _head_width(config: Row) -> int:
    return config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]


class _Weights:
    """Layers of named weights, made without the first values that the modules would draw for themselves."""

    def __init__(self, tensors: dict[str, torch.Tensor], config: Row) -> None:
        self._tensors, self._config = tensors, config

    def take(self, name: str) -> torch.Tensor:
        return self._tensors.pop(f"{name}.weight").float()  # the same where it is fp32 already

    def linear(self, name: str) -> nn.Linear:
        return self.linear_of(self.take(name))

    def linear_of(self, weight: torch.Tensor) -> nn.Linear:
        layer = nn.Linear(1, 1, bias=False)
        layer.out_features, layer.in_features = weight.shape
        layer.weight = nn.Parameter(weight, requires_grad=False)
        return layer

    def norm(self, name: str) -> Callable[[torch.Tensor], torch.Tensor]:
        weight, eps = self.take(name), self._config["rms_norm_eps"]
        return lambda states: functional.rms_norm(states, weight.shape, weight, eps)


class _Attention(nn.Module):
    def __init__(self, config: Row, weights: _Weights, name: str) -> None:
        super().__init__()
        self.width = _head_width(config)
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (weights.linear(f"{name}.{one}_proj") for one in "qkvo")

    def forward(self, states: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor], kept: "_Kept") -> torch.Tensor:
        rows, new, _ = states.shape
        query, key, value = (
            layer(states).view(rows, new, -1, self.width).transpose(1, 2)
            for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        keys, values = kept.add(_turned(key, turn), value)
        said = functional.scaled_dot_product_attention(
            _turned(query, turn), keys, values, is_causal=new > 1, enable_gqa=True
        )
        return self.o_proj(said.transpose(1, 2).reshape(rows, new, -1))


def _turned(heads: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """Heads turned by their positions (RoPE, arXiv 2104.09864)."""
    first, second = heads.chunk(2, dim=-1)
    return heads * turn[0] + torch.cat((-second, first), dim=-1) * turn[1]


class _Mlp(nn.Module):
    def __init__(self, weights: _Weights, name: str) -> None:
        super().__init__()
        self.gate_proj, self.up_proj, self.down_proj = (
            weights.linear(f"{name}.{one}_proj") for one in ("gate", "up", "down")
        )

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return self.down_proj(functional.silu(self.gate_proj(states)) * self.up_proj(states))


class _Layer(nn.Module):
    def __init__(self, config: Row, weights: _Weights, name: str) -> None:
        super().__init__()
        self.self_attn, self.mlp = _Attention(config, weights, f"{name}.self_attn"), _Mlp(weights, f"{name}.mlp")
        self._before, self._between = (weights.norm(f"{name}.{one}_layernorm") for one in ("input", "post_attention"))

    def forward(self, states: torch.Tensor, turn: tuple[torch.Tensor, torch.Tensor], kept: "_Kept") -> torch.Tensor:
        states = states + self.self_attn(self._before(states), turn, kept)
        return states + self.mlp(self._between(states))


class _Body(nn.Module):
    def __init__(self, config: Row, weights: _Weights) -> None:
        super().__init__()
        layers = range(config["num_hidden_layers"])
        self.layers = nn.ModuleList(_Layer(config, weights, f"model.layers.{number}") for number in layers)


class PlainLlama(nn.Module):
    """The forward pass of LlamaForCausalLM for one row without padding, called as generate.py calls a model.

    It takes its weights out of `tensors`, by the names of the library's model.
    """

    def __init__(self, config: Row, tensors: dict[str, torch.Tensor], ends: int | list[int] | None) -> None:
        super().__init__()
        weights = _Weights(tensors, config)
        self._words = weights.take("model.embed_tokens")
        self.model = _Body(config, weights)
        self._norm = weights.norm("model.norm")
        tied = config.get("tie_word_embeddings")
        self.lm_head = weights.linear_of(self._words) if tied else weights.linear("lm_head")
        self.positions: int = config["max_position_embeddings"]
        self.generation_config = SimpleNamespace(eos_token_id=ends)
        width = _head_width(config)
        self._frequencies = config["rope_parameters"]["rope_theta"] ** (-torch.arange(0, width, 2).float() / width)

    @property
    def device(self) -> torch.device:
        return self._words.device

    def get_output_embeddings(self) -> nn.Linear:
        return self.lm_head

    def new_cache(self) -> "list[_Kept]":
        """Room for the keys and values of one conversation."""
        return [_Kept() for _ in self.model.layers]

    def forward(
        self, input_ids: torch.Tensor, position_ids: torch.Tensor, past_key_values: "list[_Kept]", **_: Any
    ) -> SimpleNamespace:
        """The logits of the next token."""
        angles = position_ids[:, None, :, None].float() * self._frequencies.repeat(2)
        turn = angles.cos(), angles.sin()
        states = functional.embedding(input_ids, self._words)
        for layer, kept in zip(self.model.layers, past_key_values, strict=True):
            states = layer(states, turn, kept)
        return SimpleNamespace(logits=self.lm_head(self._norm(states[:, -1:])))


class _Kept:
    """Keys and values of one layer, with room ahead. Shapes: (1, kv_heads, positions + room, d)."""

    def __init__(self) -> None:
        self._length, self._buffers = 0, (torch.empty(0), torch.empty(0))

    def add(self, key: torch.Tensor, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        start, self._length = self._length, self._length + key.shape[2]
        if not start or self._length > self._buffers[0].shape[2]:
            rows, heads, _, width = key.shape
            wider = tuple(key.new_empty(rows, heads, self._length + ROOM, width) for _ in self._buffers)
            for old, new in zip(self._buffers, wider, strict=True):
                if start:
                    new[:, :, :start] = old[:, :, :start]
            self._buffers = wider
        for buffer, new in zip(self._buffers, (key, value), strict=True):
            buffer[:, :, start : self._length] = new
        return self._buffers[0][:, :, : self._length], self._buffers[1][:, :, : self._length]


class PlainTokenizer:
    """What prompts.py and generate.py ask of the library's tokenizer."""

    def __init__(self, path: Path, template: str, told: Row) -> None:
        from tokenizers import Tokenizer

        self._backend = Tokenizer.from_file(str(path))
        self.chat_template = template
        self._names = {
            name: told[name] for name in ("bos_token", "eos_token", "pad_token", "unk_token") if name in told
        }
        self._rendered = _environment().from_string(template)
        self.eos_token = told["eos_token"]
        self.eos_token_id = self._backend.token_to_id(told["eos_token"])
        self.pad_token_id = self._backend.token_to_id(told["pad_token"])
        self.added_tokens_decoder = self._backend.get_added_tokens_decoder()
        self.all_special_tokens = list(self._names.values())

    def apply_chat_template(self, turns: Sequence[Row], *, add_generation_prompt: bool, **options: Any) -> str:
        """The turns as text (`tokenize` False, as all of our callers ask)."""
        options.pop("tokenize")
        given = {"messages": turns, "tools": None, "documents": None, **self._names, **options}
        return self._rendered.render(add_generation_prompt=add_generation_prompt, **given)

    def __call__(self, text: str, *, add_special_tokens: bool, split_special_tokens: bool = False) -> Row:
        self._backend.encode_special_tokens = split_special_tokens
        return {"input_ids": self._backend.encode(text, add_special_tokens=add_special_tokens).ids}

    def decode(self, tokens: Sequence[int], *, skip_special_tokens: bool, clean_up_tokenization_spaces: bool) -> str:
        assert not clean_up_tokenization_spaces
        return self._backend.decode(tokens, skip_special_tokens=skip_special_tokens)


def _environment() -> Any:
    """Jinja as chat templates expect it: blocks trimmed, loop controls, `raise_exception`."""
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> None:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = refuse
    return environment
