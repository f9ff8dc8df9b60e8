"""Loads a base model, quantised, with or without an adapter, ready to train or to generate.

Heavy: imports torch and transformers. Which model a name means is in `models.py`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from autotrain.config import profiles
from autotrain.errors import DataError, UsageError
from autotrain.jsonl import read_json
from autotrain.training import attention, models, precision
from autotrain.training.models import ModelRef, read_config
from autotrain.training.quiet import quiet_libraries as quiet_libraries
from autotrain.training.shape import text_config

# A plain template for base models that carry none, such as phi-2: readable, and it ends turns with EOS.
DEFAULT_CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '### ' + message['role'] | capitalize + ':\n' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{{ '\n\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '### Assistant:\n' }}{% endif %}"
)


os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # cuda:0 is then the card that profiles.py measured


def require_cuda(hardware: profiles.Hardware) -> None:
    """Raise UsageError where the driver shows a GPU that torch cannot use: no training falls to the CPU in silence."""
    if hardware.vram_bytes and not torch.cuda.is_available():
        raise UsageError(
            f"torch {torch.__version__} cannot use the {hardware.gpu_name} that the driver shows: install a torch "
            "built for its CUDA (python -m autotrain.doctor names it), or set CUDA_VISIBLE_DEVICES= to use the CPU."
        )


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def compute_dtype() -> torch.dtype:
    """The dtype of the forward pass on this machine (precision.py has the rule)."""
    capability = torch.cuda.get_device_capability() if torch.cuda.is_available() else None
    return getattr(torch, precision.choose(capability).compute)


def load_tokenizer(reference: ModelRef) -> Any:
    """The model's tokenizer with a pad token that is not its EOS, and a chat template.

    Where pad equals EOS, padding would hide every EOS from the loss and the model would
    never learn to stop (huggingface/trl#976).
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(reference.location, revision=reference.pin, trust_remote_code=False)
    except Exception as error:  # a file that is missing, or a package that only some tokenizers need
        raise UsageError(
            f"BASE_MODEL {reference.name}: its tokenizer cannot be loaded by the pinned libraries "
            f"({first_line(error)}): choose another model."
        ) from None
    if tokenizer.eos_token_id is None:
        raise UsageError(f"BASE_MODEL {reference.name}: its tokenizer names no end-of-sequence token.")
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id == tokenizer.eos_token_id:
        tokenizer.pad_token_id = _spare_token(tokenizer)
    if not tokenizer.chat_template:
        begins = tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id]  # every text that it saw in training did
        tokenizer.chat_template = ("{{ bos_token }}" if begins else "") + DEFAULT_CHAT_TEMPLATE
    tokenizer.padding_side = "left"
    return tokenizer


def _spare_token(tokenizer: Any) -> int:
    for token in ("<|endoftext|>", "<|finetune_right_pad_id|>", "<pad>"):
        index = tokenizer.get_vocab().get(token)
        if index is not None and index != tokenizer.eos_token_id:
            return index
    # Padding is masked everywhere, so any id that is not EOS does.
    return next(index for index in (tokenizer.unk_token_id, 0, 1) if index not in (None, tokenizer.eos_token_id))


def refuse_unknown(reference: ModelRef, config: Mapping[str, Any]) -> None:
    """Raise UsageError where the pinned transformers knows no such model, naming the version that does."""
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    kind = config.get("model_type")
    if kind not in CONFIG_MAPPING_NAMES:
        made_with = config.get("transformers_version")
        needs = f"it was made with transformers {made_with}" if made_with else "a newer one may"
        raise UsageError(
            f"BASE_MODEL {reference.name} is of the family {kind}, which the pinned transformers "
            f"{transformers.__version__} does not know; {needs}: requirements-latest.txt has a newer one, or choose "
            "another model."
        )
    if kind not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise UsageError(f"BASE_MODEL {reference.name} is of the family {kind}, which does not continue texts.")


def let_memory_errors_pass(error: Exception) -> None:
    """Raise `error` again where it says that memory is short: no model and no shortcut is to blame for that."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "DefaultCPUAllocator" in str(error):
        raise error


def first_line(error: BaseException) -> str:
    """An error of a library in few words."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160]}" if lines else type(error).__name__


def load_base(reference: ModelRef, bits: int, *, spread: bool = False, cpu_products: str = "float32") -> Any:
    """The base model, frozen, quantised to `bits` (4: NF4 with double quantisation, 8: int8, 16: none).

    `spread` puts its layers on several GPUs. `cpu_products`: the dtype in which a CPU multiplies 16-bit and
    unpacked 4-bit weights.
    """
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    require_cuda(profiles.detect())
    refuse_kernels(reference)
    config = read_config(reference)
    refuse_unknown(reference, config)

    dtype = compute_dtype()
    quantization = None
    if config.get("quantization_config"):
        pass  # as the checkpoint says (suitability.py has refused other bits)
    elif bits == 4:
        quantization = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
        )
    elif bits == 8:
        quantization = BitsAndBytesConfig(load_in_8bit=True)
    try:
        model = AutoModelForCausalLM.from_pretrained(
            reference.location,
            revision=reference.pin,
            dtype=dtype,
            quantization_config=quantization,
            device_map=_device_map(spread),
            attn_implementation=attention_of(config, dtype),
            trust_remote_code=False,
        )
    except Exception as error:  # whatever a model of others fails with
        let_memory_errors_pass(error)
        raise UsageError(
            f"BASE_MODEL {reference.name} cannot be loaded in {bits} bits by the pinned libraries "
            f"({first_line(error)}): try other --bits, or another model."
        ) from None
    model.requires_grad_(False)
    model.config.use_cache = False
    if device().type == "cpu":
        _detach_from_file(model)
        if bits == 4:
            from autotrain.training.quantization import cache_dequantized

            cache_dequantized(model, getattr(torch, cpu_products))
        elif bits == 16 and cpu_products != "float32":
            from autotrain.training.quantization import round_weights

            round_weights(model, getattr(torch, cpu_products))
    return model


def attention_of(config: Mapping[str, Any], dtype: torch.dtype | None = None) -> str | None:
    """The attention that computes what the model was trained with, where that is not the library's choice.

    sdpa leaves out the cap that Gemma 2 puts on its scores; those of phi-2 leave the range of fp16. `dtype`: what is
    computed in; None: the checkpoint's own.
    """
    inner = text_config(config)
    named = str(dtype or inner.get("dtype") or inner.get("torch_dtype")).removeprefix("torch.")
    if inner.get("attn_logit_softcapping"):
        return "eager"
    if named == "float16" and inner.get("model_type") in attention.OVERFLOWING:
        return attention.register_full_precision()
    return None


def refuse_kernels(reference: ModelRef) -> None:
    """Raise UsageError where the model's config names an attention that would be fetched and run (`owner/kernels`)."""
    from transformers import PreTrainedConfig

    waiting: list[Any] = [PreTrainedConfig.get_config_dict(reference.location, revision=reference.pin)[0]]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        if not isinstance(part, dict):
            continue
        waiting += part.values()
        for key in ("_attn_implementation", "attn_implementation", "_attn_implementation_internal"):
            named = part.get(key)
            if any("/" in str(name) for name in (named.values() if isinstance(named, dict) else [named])):
                raise UsageError(
                    f"BASE_MODEL {reference.name}: its config.json names kernels of others ({key}: "
                    f"{str(named)[:80]}), which would be fetched and run: take that line out, or another model."
                )


def _device_map(spread: bool) -> Any:
    if not torch.cuda.is_available():
        return None
    return "auto" if spread else {"": int(os.environ.get("LOCAL_RANK", "0"))}  # a launcher gives each process a card


def _detach_from_file(model: Any) -> None:
    # What was not quantised still maps the whole weight file, 430 MB more than it needs for the embedded model.
    for parameter in model.parameters():
        if parameter.dtype == torch.float32:
            parameter.data = parameter.data.clone()


def load_adapter(model: Any, reference: ModelRef, directory: Path, *, trainable: bool = False) -> Any:
    """`model` with the adapter of `directory` enabled. Raises DataError where it does not belong to it."""
    from peft import PeftModel

    check_adapter(directory, reference)
    try:
        return PeftModel.from_pretrained(model, str(directory), is_trainable=trainable)
    except (RuntimeError, ValueError, OSError, KeyError) as error:
        first = " ".join(str(error).split())[:200]
        raise DataError(f"{directory} cannot be loaded as an adapter of {reference.name}: {first}") from None


def check_adapter(directory: Path, reference: ModelRef) -> dict[str, Any]:
    """The adapter's config, once it is whole and made for this base model. Raises DataError."""
    config_path, weights = directory / "adapter_config.json", directory / "adapter_model.safetensors"
    if not config_path.is_file() or not weights.is_file():
        raise DataError(f"{directory} is no adapter: adapter_config.json and adapter_model.safetensors are needed.")
    config = read_json(config_path)
    if not isinstance(config, dict):
        raise DataError(f"{config_path} is no JSON object.")
    if config.get("megatron_config"):  # PEFT would import whatever module `megatron_core` names
        raise DataError(f"{config_path} names a module to be imported (megatron_config): take that entry out.")
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(weights), "pt") as stream:
            empty = not list(stream.keys())
    except (SafetensorError, OSError) as error:
        raise DataError(f"{weights} is damaged or cut off ({error}).") from None
    if empty:
        raise DataError(f"{weights} holds no weights.")
    made_for = str(config.get("base_model_name_or_path", ""))
    names = (reference.name, reference.location, models.public_name(reference))
    same = made_for in names or Path(made_for).name == Path(reference.location).name
    if not same:
        raise DataError(f"{directory} is an adapter of {made_for}, not of {reference.location}.")
    return config
