"""Can this model be trained here at all, and on what terms? Asked before a teacher is paid.

Reads the model's config.json and its tokenizer, no weights. What cannot work is one sentence; what is not as
people expect (experts that are neither quantised nor adapted) is said.

    ./scripts/loop.sh --base-model NAME --dry-run
"""

from collections.abc import Mapping
from typing import Any

from autotrain.config import profiles
from autotrain.config.profiles import Hardware
from autotrain.config.settings import Settings
from autotrain.errors import UsageError
from autotrain.training import precision
from autotrain.training.models import ModelRef, read_config
from autotrain.training.shape import Shape, text_config

# Positions that are learned, or drawn in a table: there is none beyond the last.
POSITIONS_END = frozenset({"gpt2", "gpt_bigcode", "gpt_neo", "opt", "codegen", "gptj", "biogpt", "xglm"})


# Hidden states of several times 65,504, with which fp16 ends.
NEEDS_BF16 = frozenset({"gemma3", "gemma3_text", "gemma3n", "gemma3n_text"})


def check_config(
    reference: ModelRef, config: Mapping[str, Any], chosen: Settings, hardware: Hardware | None = None
) -> list[str]:
    """What is to be said of the model. Raises UsageError where it cannot be trained as set, or not on `hardware`."""
    name, shape = f"BASE_MODEL {reference.name}", Shape.from_config(config)
    has_fp16_alone = (
        hardware is not None and hardware.vram_bytes > 0 and hardware.compute_capability < precision.BF16_FROM
    )
    if hardware and has_fp16_alone and config.get("model_type") in NEEDS_BF16:
        raise UsageError(
            f"{name} overflows fp16, and {hardware.gpu_name} has no bf16 (compute capability 8.0 and newer have): "
            "choose another model, or set CUDA_VISIBLE_DEVICES= to use the CPU."
        )
    if config.get("is_encoder_decoder"):
        raise UsageError(f"{name} is an encoder with a decoder; only models that continue one text are trained here.")
    method = (config.get("quantization_config") or {}).get("quant_method")
    if method and quantised_bits(config) is None:
        raise UsageError(
            f"{name} comes quantised already ({method}), which cannot be trained or merged here: name the 16-bit "
            "model that it was made from."
        )
    if method and chosen.quantization_bits not in ("auto", str(quantised_bits(config))):
        raise UsageError(f"{name} comes in {quantised_bits(config)} bits already: use --bits {quantised_bits(config)}.")
    inner = text_config(config)
    positions = int(inner.get("max_position_embeddings") or inner.get("n_positions") or 0)
    if inner.get("model_type") in POSITIONS_END and positions and chosen.seq_len > positions:
        raise UsageError(f"{name} knows {positions} positions and no more: use --seq-len {positions} or less.")
    if not shape.experts:
        return []
    adapted = "adapted, too (LORA_EXPERTS=1)" if chosen.lora_experts else "not adapted (LORA_EXPERTS=1 adapts them)"
    return [
        f"{reference.name} is a mixture of {shape.experts} experts a layer: {shape.expert_parameters / 1e9:.2f} of its "
        f"{shape.parameters / 1e9:.2f} billion parameters are theirs; they stay in 16 bits whatever --bits says, and "
        f"are {adapted}; attention and what all tokens share is."
    ]


def quantised_bits(config: Mapping[str, Any]) -> int | None:
    """The bits of a checkpoint that bitsandbytes made; None for every other one."""
    made = config.get("quantization_config") or {}
    if made.get("load_in_8bit"):
        return 8
    return 4 if made.get("load_in_4bit") else None


def examine(reference: ModelRef, chosen: Settings) -> list[str]:
    """What is to be said of the model and its tokenizer. Raises UsageError where they cannot work."""
    from autotrain.training import loading

    config = read_config(reference)
    said = check_config(reference, config, chosen, profiles.detect())
    loading.refuse_unknown(reference, config)
    check_tokenizer(reference, config, loading.load_tokenizer(reference), chosen)
    return said


def check_tokenizer(reference: ModelRef, config: Mapping[str, Any], tokenizer: Any, chosen: Settings) -> None:
    """Raise UsageError where the chat template takes no task, or the model does not know the tokenizer's tokens."""
    from autotrain.tasks import control_tokens, prompts

    row: Any = {
        "instruction": "Write add(a, b).",
        "input": "def add(a, b):",
        "metadata": {"task_type": "algorithm_implementation", "response_format": "code"},
    }
    ids = [*prompts.encode_prompt(tokenizer, row, chosen.thinking), control_tokens.end_of_turn(tokenizer)]
    vocabulary, highest = Shape.from_config(config).vocabulary, max([*ids, tokenizer.pad_token_id])
    if highest >= vocabulary:
        raise UsageError(
            f"BASE_MODEL {reference.name}: its tokenizer writes token {highest} and the model knows {vocabulary}: they "
            "do not belong together."
        )
