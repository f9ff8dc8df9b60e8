"""Puts a LoRA adapter on a base model, on exactly the modules that were asked for."""

from typing import Any

import torch

from autotrain.errors import AutotrainError, DataError, UsageError
from autotrain.training import loading
from autotrain.training.job import Job

ALL_LINEAR = "all-linear"


def expected_targets(model: Any, targets: str) -> list[str]:
    """Full names of the linear layers that LORA_TARGETS means. Raises UsageError where a name matches none.

    PEFT itself accepts a list in which one name is misspelt, and adapts only q and v of a
    Llama where it is given none.
    """
    head = model.get_output_embeddings()
    linear = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module is not head
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


def adapted(base: Any, job: Job) -> Any:
    """`base` with a trainable adapter: a new one, or the one that the job starts from."""
    from peft import LoraConfig, get_peft_model

    settings = job.settings
    if settings.gradient_checkpointing:
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
    config = LoraConfig(
        r=settings.lora_r,
        lora_alpha=settings.lora_alpha or 2 * settings.lora_r,
        lora_dropout=settings.lora_dropout,
        use_rslora=settings.rslora,
        target_modules=expected,
        bias="none",
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(base, config)
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
