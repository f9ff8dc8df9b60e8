"""The sizes of a decoder-only transformer, from its config.json. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_PLAIN_MLP = ("phi", "gpt2", "gpt_neox", "gptj", "opt", "starcoder2")  # two matrices where others have three


# Under one of these names each.
_HIDDEN, _VOCABULARY = ("hidden_size", "n_embd", "d_model"), ("vocab_size",)
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")
_LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a config.json that describes the decoder: models that also see keep it apart."""
    return {**config, **(config.get("text_config") or {})}


@dataclass(frozen=True)
class Shape:
    """Widths in numbers of values; `experts` is 0 for a dense model.

    Of a mixture of experts, `inner` is one expert's width, `shared_inner` that of what all tokens pass through
    beside them, and the first `dense_layers` are layers of width `dense_inner` without experts.
    """

    hidden: int
    layers: int
    heads: int
    head_size: int
    kv_heads: int
    inner: int
    vocabulary: int
    tied: bool
    gated: bool
    experts: int = 0
    shared_inner: int = 0
    dense_layers: int = 0
    dense_inner: int = 0

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Shape":
        """Read a config; names differ between families."""
        config = text_config(config)

        def get(*names: str) -> int:
            return next((int(config[name]) for name in names if config.get(name)), 0)

        hidden = get(*_HIDDEN)
        heads = get(*_HEADS) or 1
        experts = get("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
        inner = get("moe_intermediate_size") if experts else 0
        shared = get("shared_expert_intermediate_size", "shared_intermediate_size") or (
            get("n_shared_experts", "num_shared_experts") * inner
        )
        return cls(
            hidden=hidden,
            layers=get(*_LAYERS),
            heads=heads,
            head_size=get("head_dim") or hidden // heads,
            kv_heads=get("num_key_value_heads") or heads,
            inner=inner or get("intermediate_size", "n_inner", "ffn_dim") or 4 * hidden,
            vocabulary=get(*_VOCABULARY),
            tied=bool(config.get("tie_word_embeddings")),
            gated=config.get("model_type") not in _PLAIN_MLP,
            experts=experts,
            shared_inner=shared if experts else 0,
            dense_layers=get("first_k_dense_replace") if experts else 0,
            dense_inner=get("intermediate_size") if experts else 0,
        )

    @classmethod
    def is_told_by(cls, config: Mapping[str, Any]) -> bool:
        """Whether a config names the sizes themselves; some leave them to their family's defaults."""
        config = text_config(config)
        return all(any(config.get(name) for name in names) for names in (_HIDDEN, _HEADS, _LAYERS, _VOCABULARY))

    @property
    def linears(self) -> dict[str, tuple[int, int]]:
        """(in, out) of each linear layer of one block, under the names that most families use."""
        query, shared = self.heads * self.head_size, self.kv_heads * self.head_size
        found = {
            "q_proj": (self.hidden, query),
            "k_proj": (self.hidden, shared),
            "v_proj": (self.hidden, shared),
            "o_proj": (query, self.hidden),
            "up_proj": (self.hidden, self.inner),
            "down_proj": (self.inner, self.hidden),
        }
        if self.gated:
            found["gate_proj"] = (self.hidden, self.inner)
        return found

    @property
    def attention_parameters(self) -> int:
        names = ("q_proj", "k_proj", "v_proj", "o_proj")
        return self.layers * sum(self.linears[name][0] * self.linears[name][1] for name in names)

    @property
    def feed_forward_parameters(self) -> int:
        matrices = 3 if self.gated else 2
        if not self.experts:
            return self.layers * matrices * self.hidden * self.inner
        shared = (self.layers - self.dense_layers) * matrices * self.hidden * self.shared_inner
        dense = self.dense_layers * matrices * self.hidden * self.dense_inner
        return self.expert_parameters + shared + dense

    @property
    def expert_parameters(self) -> int:
        """Those that transformers keeps as one block a layer: neither quantised nor adapted by themselves."""
        matrices = 3 if self.gated else 2
        return (self.layers - self.dense_layers) * matrices * self.hidden * self.inner * self.experts

    @property
    def embedding_parameters(self) -> int:
        return self.vocabulary * self.hidden * (1 if self.tied else 2)

    @property
    def parameters(self) -> int:
        return self.attention_parameters + self.feed_forward_parameters + self.embedding_parameters

    def lora_parameters(self, rank: int, targets: str) -> int:
        """Trainable values of an adapter. Names that this table does not know count as all of them."""
        wanted = [part.strip() for part in targets.split(",")]
        chosen = [sizes for name, sizes in self.linears.items() if name in wanted] or list(self.linears.values())
        return self.layers * sum(rank * (inputs + outputs) for inputs, outputs in chosen)
