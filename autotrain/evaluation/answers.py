"""A model's answers to tasks: loads it, with its adapter enabled, and generates.

Heavy: imports torch. The prompt's bytes come from autotrain/prompts.py, as in training.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from autotrain import prompts
from autotrain.evaluation.generate import Decoding, generate
from autotrain.evaluation.report import adapter_hash
from autotrain.evaluation.scoring import Prediction
from autotrain.jsonl import Row
from autotrain.settings import Settings
from autotrain.training import loading, models


def answer_tasks(
    settings: Settings,
    adapter: Path | None,
    tasks: Sequence[tuple[str, Row]],
    temperature: float,
    say: Callable[[str], None],
    on_done: Callable[[], None],
) -> tuple[list[tuple[str, Prediction]], dict[str, Any], dict[str, Any]]:
    """Answers in the order of `tasks` (set name, task), the model's description, and the decoding."""
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    reference = models.find(settings.base_model, settings.base_revision, settings.cache_dir)
    if adapter:
        loading.check_adapter(adapter, reference)  # before the seconds that loading takes
    loading.quiet_libraries()
    say(f"evaluate: loading {reference.name}" + (f" with {adapter}" if adapter else ""))
    tokenizer = loading.load_tokenizer(reference)
    model = loading.load_base(reference, settings.quantization_bits)
    if adapter:
        model = loading.load_adapter(model, reference, adapter)
        require_enabled(model)
    decoding = Decoding(settings.max_new_tokens, settings.eval_batch_size, temperature, settings.seed)
    encoded = [prompts.encode_prompt(tokenizer, task) for _, task in tasks]
    completions = generate(model, tokenizer, encoded, decoding, lambda index, completion: on_done())
    answers = [
        (name, Prediction(task["id"], completion.text, completion.tokens, completion.truncated))
        for (name, task), completion in zip(tasks, completions, strict=True)
    ]
    description = {
        "base_model": reference.name,
        "revision": reference.revision or None,
        "quantization_bits": settings.quantization_bits,
        "adapter": str(adapter) if adapter else None,
        "adapter_sha256": adapter_hash(adapter) if adapter else None,
    }
    return answers, description, asdict(decoding)


def require_enabled(model: Any) -> None:
    """Raise AssertionError unless every LoRA layer is switched on and has weights to add."""
    layers = [module for module in model.modules() if hasattr(module, "lora_A") and hasattr(module, "disable_adapters")]
    assert layers, "the model has no LoRA layers"
    assert all(not layer.disable_adapters and layer.active_adapters for layer in layers), "an adapter is disabled"
