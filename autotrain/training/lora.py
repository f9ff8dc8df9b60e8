"""Puts a LoRA adapter on a base model, on exactly the modules that were asked for."""

from typing import Any

import torch

from autotrain.errors import AutotrainError, DataError, UsageError
from autotrain.training import backends, loading
from autotrain.training.job import Job

ALL_LINEAR = "all-linear"


def expected_targets(model: Any, targets: str) -> list[str]:
    """Full names of the linear layers that LORA_TARGETS means. Raises UsageError where a name matches none.

    PEFT itself accepts a list in which one name is misspelt, and adapts only q and v of a
    Llama where it is given none.
    """
    from transformers.pytorch_utils import Conv1D

    head = model.get_output_embeddings()
    # Of a model that also sees, only what reads and writes text is trained here.
    inside = set(model.get_decoder().modules()) if model.config is not model.config.get_text_config() else None
    linear = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, (torch.nn.Linear, Conv1D)) and module is not head and (inside is None or module in inside)
    }
    if targets == ALL_LINEAR:
        return sorted(linear)
    wanted = [part.strip() for part in targets.split(",") if part.strip()]
    known = sorted({name.rsplit(".", 1)[-1] for name in linear})
    for part in wanted:
        if part not in known:
            raise UsageError(f"LORA_TARGETS: no linear layer is called {part}; this model has {', '.join(known)}.")
    if not wanted:
        raise UsageError(f"LORA_TARGETS names nothing: {ALL_LINEAR}, or names among {', '.join(known)}, are needed.")
    return sorted(name for name in linear if name.rsplit(".", 1)[-1] in wanted)


def expert_parameters(model: Any) -> list[str]:
    """Full names of the weights that hold all experts of a layer in one block."""
    return sorted(
        name
        for name, parameter in model.named_parameters()
        if parameter.dim() == 3 and any("expert" in part for part in name.split("."))
    )


def adapted(base: Any, job: Job) -> Any:
    """`base` with a trainable adapter: a new one, or the one that the job starts from."""
    from peft import LoraConfig, get_peft_model

    settings = job.settings
    unsloth = settings.train_backend == "unsloth"  # recomputes activations in a way of its own
    if settings.gradient_checkpointing and not unsloth:
        base.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        base.enable_input_require_grads()
    if job.init_adapter:
        job.say(f"starting from the adapter {job.init_adapter}")
        model = loading.load_adapter(base, job.reference, job.init_adapter, trainable=True)
        rank = model.peft_config["default"].r
        if rank != settings.lora_r:
            raise DataError(f"{job.init_adapter} has rank {rank} where LORA_R={settings.lora_r}: use --lora-r {rank}.")
        keep_in_fp32(model)
        return model
    expected = expected_targets(base, settings.lora_targets)
    experts = expert_parameters(base)
    if experts:
        kept = "adapted, too" if settings.lora_experts else "not adapted (LORA_EXPERTS=1 does)"
        job.say(f"mixture of experts: {len(experts)} blocks of experts stay in 16 bits or more and are {kept}")
    if settings.lora_experts and settings.lora_dropout:
        raise UsageError("LORA_EXPERTS=1 and LORA_DROPOUT exclude each other: use --lora-dropout 0.")
    if settings.lora_experts and not experts:
        raise UsageError("LORA_EXPERTS=1: this model keeps no experts in blocks; leave it out.")
    config = LoraConfig(
        r=settings.lora_r,
        lora_alpha=settings.lora_alpha or 2 * settings.lora_r,
        lora_dropout=settings.lora_dropout,
        use_rslora=settings.rslora,
        target_modules=expected,
        target_parameters=experts if settings.lora_experts else None,
        bias="none",
        task_type="CAUSAL_LM",
    )
    try:
        model = backends.adapt_unsloth(base, expected, settings) if unsloth else get_peft_model(base, config)
    except ValueError as error:  # such as the state-space layers of Mamba, whose kernels go past an adapter
        raise UsageError(
            f"BASE_MODEL {job.reference.name}: PEFT cannot adapt all of LORA_TARGETS={settings.lora_targets} "
            f"({loading.first_line(error)}): name other layers with --lora-targets, or choose another model."
        ) from None
    found = sorted(name for name in model.targeted_module_names)  # type: ignore[union-attr]
    if found != expected:
        raise AutotrainError(f"PEFT adapted {len(found)} modules where {len(expected)} were expected.")
    model.peft_config["default"].base_model_name_or_path = job.reference.location
    model.peft_config["default"].revision = job.reference.pin
    keep_in_fp32(model)
    return model


def keep_in_fp32(model: Any) -> None:
    """The trained weights in fp32 on every card (why: precision.py). Call it again once a trainer is built."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def norm(model: Any) -> float:
    """Euclidean norm of all trainable weights."""
    squares = [parameter.detach().double().pow(2).sum() for parameter in model.parameters() if parameter.requires_grad]
    return float(torch.stack(squares).sum().sqrt())


def coverage(model: Any) -> dict[str, str]:
    """What of a loaded model is adapted and what is quantised, in words with counts: taken from the model itself."""
    from peft.tuners.lora import LoraLayer

    layers = [module for module in model.modules() if isinstance(module, LoraLayer)]
    blocks = sum(hasattr(layer, "parameter_name") for layer in layers)
    adapted = f"{len(layers) - blocks} layers" + (f" and {blocks} blocks of experts" if blocks else "")
    base = model.get_base_model()
    experts = sum(base.get_parameter(name).numel() for name in expert_parameters(base)) if not blocks else 0
    if experts:
        adapted += ", no experts"
    packed = total = 0
    for layer in model.modules():
        for name, weight in layer.named_parameters(recurse=False):
            if weight.requires_grad or "lora_" in name:
                continue
            bits = type(weight).__name__
            values = weight.numel() * (2 if bits == "Params4bit" else 1)
            total += values
            packed += values if bits in ("Params4bit", "Int8Params") else 0
    return {"adapted": adapted, "quantised": f"{packed / total:.0%} of the parameters"}
