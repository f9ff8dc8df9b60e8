"""Tiny random models of many families, with the tokenizer of tiny_model.py: for the matrix of families.

folder = families.save("qwen3_moe", tmp_path / "qwen3_moe")     # BASE_MODEL for any stage
"""

from pathlib import Path
from typing import Any

VOCABULARY = 264
PLAIN: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 128,
    "max_position_embeddings": 2048,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
OLD = {name: PLAIN[name] for name in ("vocab_size", "bos_token_id", "eos_token_id", "pad_token_id")}
GPT = {**OLD, "n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": 2048}
OWN_HEADS = {**OLD, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
EXPERTS = {"num_experts_per_tok": 2, "moe_intermediate_size": 32}
LATENT = {
    "kv_lora_rank": 16,
    "q_lora_rank": 16,
    "qk_nope_head_dim": 16,
    "qk_rope_head_dim": 8,
    "v_head_dim": 16,
    "n_group": 1,
    "topk_group": 1,
    "num_key_value_heads": 4,
    "n_routed_experts": 4,
    "n_shared_experts": 1,
    "first_k_dense_replace": 1,
}
LINEAR = {
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "num_hidden_layers": 4,
    "head_dim": 16,
}
STATE = {"mamba_n_heads": 8, "mamba_d_head": 16, "mamba_n_groups": 1, "mamba_d_state": 16, "mamba_expand": 2}

# Name: class of its config, and what differs from PLAIN (or, of older families, all of it).
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("LlamaConfig", PLAIN),
    "llama, one key head, tied": ("LlamaConfig", {**PLAIN, "num_key_value_heads": 1, "tie_word_embeddings": True}),
    "mistral": ("MistralConfig", {**PLAIN, "sliding_window": None}),
    "mistral, window": ("MistralConfig", {**PLAIN, "sliding_window": 64}),
    "phi": ("PhiConfig", {**PLAIN, "num_key_value_heads": 4, "partial_rotary_factor": 0.5}),
    "phi3": ("Phi3Config", PLAIN),
    "qwen2": ("Qwen2Config", {**PLAIN, "tie_word_embeddings": True}),
    "qwen2_moe": ("Qwen2MoeConfig", {**PLAIN, **EXPERTS, "num_experts": 4, "shared_expert_intermediate_size": 32}),
    "qwen3": ("Qwen3Config", {**PLAIN, "head_dim": 32}),
    "qwen3_moe": ("Qwen3MoeConfig", {**PLAIN, **EXPERTS, "head_dim": 16, "num_experts": 8}),
    "qwen3_next": (
        "Qwen3NextConfig",
        {**PLAIN, **EXPERTS, **LINEAR, "num_experts": 8, "shared_expert_intermediate_size": 32},
    ),
    "qwen3_5": ("Qwen3_5TextConfig", {**PLAIN, **LINEAR}),
    "mixtral": ("MixtralConfig", {**PLAIN, "num_local_experts": 4, "num_experts_per_tok": 2}),
    "gemma": ("GemmaConfig", {**PLAIN, "head_dim": 16}),
    "gemma2": ("Gemma2Config", {**PLAIN, "head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 4096}),
    "gemma3_text": (
        "Gemma3TextConfig",
        {**PLAIN, "head_dim": 16, "query_pre_attn_scalar": 16, "sliding_window": 512, "num_hidden_layers": 6},
    ),
    "gemma3": ("Gemma3Config", {}),
    "starcoder2": ("Starcoder2Config", {**PLAIN, "sliding_window": None}),
    "gpt_neox": (
        "GPTNeoXConfig",
        {**OWN_HEADS, "intermediate_size": 128, "max_position_embeddings": 2048},
    ),
    "gpt2": ("GPT2Config", GPT),
    "gpt_bigcode": ("GPTBigCodeConfig", GPT),
    "gptj": ("GPTJConfig", {**GPT, "rotary_dim": 8}),
    "codegen": ("CodeGenConfig", {**GPT, "n_ctx": 2048, "rotary_dim": 8}),
    "opt": (
        "OPTConfig",
        {**OWN_HEADS, "ffn_dim": 128, "max_position_embeddings": 2048, "word_embed_proj_dim": 64},
    ),
    "bloom": ("BloomConfig", {**OLD, "hidden_size": 64, "n_layer": 2, "n_head": 4}),
    "mpt": ("MptConfig", {**OLD, "d_model": 64, "n_layers": 2, "n_heads": 4, "max_seq_len": 2048}),
    "falcon": (
        "FalconConfig",
        {**OWN_HEADS, "multi_query": True, "parallel_attn": True, "bias": False, "alibi": False},
    ),
    "granite": (
        "GraniteConfig",
        {
            **PLAIN,
            "logits_scaling": 8.0,
            "attention_multiplier": 0.25,
            "residual_multiplier": 0.22,
            "embedding_multiplier": 12.0,
        },
    ),
    "granitemoe": ("GraniteMoeConfig", {**PLAIN, "num_local_experts": 4, "num_experts_per_tok": 2}),
    "granitemoehybrid": (
        "GraniteMoeHybridConfig",
        {
            **PLAIN,
            **STATE,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "shared_intermediate_size": 64,
            "layer_types": ["mamba", "attention"],
        },
    ),
    "cohere": ("CohereConfig", {**PLAIN, "logit_scale": 0.25}),
    "cohere2": ("Cohere2Config", {**PLAIN, "logit_scale": 0.25, "head_dim": 16}),
    "deepseek_v2": ("DeepseekV2Config", {**PLAIN, **EXPERTS, **LATENT}),
    "deepseek_v3": ("DeepseekV3Config", {**PLAIN, **EXPERTS, **LATENT}),
    "stablelm": ("StableLmConfig", PLAIN),
    "nemotron": ("NemotronConfig", {**PLAIN, "head_dim": 16}),
    "olmo": ("OlmoConfig", PLAIN),
    "olmo2": ("Olmo2Config", PLAIN),
    "olmoe": ("OlmoeConfig", {**PLAIN, "num_experts": 4, "num_experts_per_tok": 2}),
    "glm": ("GlmConfig", {**PLAIN, "head_dim": 16}),
    "glm4": ("Glm4Config", {**PLAIN, "head_dim": 16}),
    "glm4_moe": (
        "Glm4MoeConfig",
        {
            **PLAIN,
            **EXPERTS,
            "head_dim": 16,
            "n_routed_experts": 8,
            "n_shared_experts": 1,
            "first_k_dense_replace": 1,
            "n_group": 1,
            "topk_group": 1,
        },
    ),
    "gpt_oss": (
        "GptOssConfig",
        {**PLAIN, "head_dim": 16, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 128},
    ),
    "smollm3": ("SmolLM3Config", PLAIN),
    "ernie4_5": ("Ernie4_5Config", {**PLAIN, "head_dim": 16}),
    "exaone4": ("Exaone4Config", {**PLAIN, "sliding_window": 4096, "sliding_window_pattern": 4}),
    "seed_oss": ("SeedOssConfig", {**PLAIN, "head_dim": 16}),
    "lfm2": ("Lfm2Config", {**PLAIN, "layer_types": ["conv", "full_attention"]}),
    "mamba": ("MambaConfig", {**OLD, "hidden_size": 64, "num_hidden_layers": 2, "state_size": 8}),
    "mamba2": (
        "Mamba2Config",
        {
            **OLD,
            "hidden_size": 64,
            "num_hidden_layers": 2,
            "num_heads": 8,
            "head_dim": 16,
            "state_size": 16,
            "n_groups": 1,
        },
    ),
    "bamba": ("BambaConfig", {**PLAIN, **STATE, "num_hidden_layers": 3, "attn_layer_indices": [1]}),
    "falcon_h1": (
        "FalconH1Config",
        {**PLAIN, **STATE, "mamba_d_ssm": 128, "head_dim": 16},
    ),
}


def config(name: str) -> Any:
    """The family's config, two layers of width 64."""
    import transformers

    kind, options = FAMILIES[name]
    if kind == "Gemma3Config":
        text = transformers.Gemma3TextConfig(**PLAIN, head_dim=16, query_pre_attn_scalar=16, sliding_window=512)
        sees = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
        return transformers.Gemma3Config(
            text_config=text,
            vision_config={**sees, "image_size": 28, "patch_size": 14},
            mm_tokens_per_image=4,
            image_token_index=260,
            boi_token_index=261,
            eoi_token_index=262,
        )
    return getattr(transformers, kind)(**options)


def model(name: str) -> Any:
    """The family's model. Weights are wide, so that faults show in the logits."""
    import torch
    import transformers

    with torch.random.fork_rng():
        torch.manual_seed(7)
        made = transformers.AutoModelForCausalLM.from_config(config(name))
        with torch.no_grad():
            for parameter in made.parameters():
                if parameter.dim() >= 2:
                    parameter.normal_(0, 0.08)
    made.generation_config.eos_token_id, made.generation_config.pad_token_id = 2, 0
    return made


def save(name: str, folder: Path) -> Path:
    """Write model and tokenizer to `folder` and return it."""
    import tiny_model

    model(name).save_pretrained(folder)
    tiny_model.tokenizer().save_pretrained(folder)
    return folder
