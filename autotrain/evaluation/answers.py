"""A model's answers to tasks: loads it, with its adapter enabled, and generates.

Heavy: imports torch. The prompt's bytes come from autotrain/tasks/prompts.py, as in training.

    model = Answerer(settings, adapter, say)
    answers = model.answer([("suite", task)], on_done=lambda: None)
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from autotrain.config.settings import Settings
from autotrain.evaluation.generate import Decoding, generate
from autotrain.evaluation.merging import fold, set_strength
from autotrain.evaluation.results import adapter_hash
from autotrain.evaluation.scoring import Prediction
from autotrain.jsonl import Row
from autotrain.tasks import prompts
from autotrain.training import allocation, loading, models, precision
from autotrain.training.products import rounded_products


class Answerer:
    """The base model, with an adapter or without, ready to answer."""

    def __init__(self, settings: Settings, adapter: Path | None, say: Callable[[str], None]) -> None:
        torch.set_num_threads(len(os.sched_getaffinity(0)))
        allocation.bound_primitive_cache()
        self._settings, self.adapter = settings, None
        self._reference = models.find(settings.base_model, settings.base_revision, settings.cache_dir)
        if adapter:
            loading.check_adapter(adapter, self._reference)  # before the seconds that loading takes
        loading.quiet_libraries()
        say(f"loading {self._reference.name}" + (f" with {adapter}" if adapter else ""))
        self._tokenizer = loading.load_tokenizer(self._reference)
        self._products = precision.cpu_products(settings.cpu_compute_dtype)
        self._model = loading.load_base(self._reference, settings.quantization_bits, cpu_products=self._products)
        if adapter:
            self.put_on(adapter)

    def put_on(self, adapter: Path) -> None:
        """Answer with this adapter from now on. Raises DataError where it does not belong to the base model."""
        self._model = loading.load_adapter(self._model, self._reference, adapter)
        require_enabled(self._model)
        fold(self._model)
        self.adapter = adapter

    def set_strength(self, strength: float) -> None:
        """Answer with this share of the adapter from now on (1: as it was trained)."""
        set_strength(self._model, strength)

    def decoding(self, temperature: float = 0.0, seed: int | None = None) -> Decoding:
        """How to decode, by the settings: greedy unless a temperature is given."""
        chosen = self._settings
        return Decoding(
            chosen.max_new_tokens, chosen.eval_batch_size, temperature, chosen.seed if seed is None else seed
        )

    def _compute_dtype(self) -> str:
        if loading.device().type == "cpu" and self._settings.quantization_bits == 4:
            return self._products
        return str(loading.compute_dtype()).removeprefix("torch.")

    def answer(
        self,
        tasks: Sequence[tuple[str, Row]],
        on_done: Callable[[], None] = lambda: None,
        decoding: Decoding | None = None,
    ) -> list[tuple[str, Prediction]]:
        """Answers in the order of `tasks` (set name, task). `on_done` may raise to end early."""
        encoded = [prompts.encode_prompt(self._tokenizer, task) for _, task in tasks]
        with rounded_products(getattr(torch, self._products)):
            completions = generate(
                self._model, self._tokenizer, encoded, decoding or self.decoding(), lambda index, completion: on_done()
            )
        return [
            (name, Prediction(task["id"], completion.text, completion.tokens, completion.truncated))
            for (name, task), completion in zip(tasks, completions, strict=True)
        ]

    def describe(self) -> dict[str, Any]:
        """What a report says of the model."""
        return {
            "base_model": self._reference.name,
            "revision": self._reference.revision or None,
            "quantization_bits": self._settings.quantization_bits,
            "compute_dtype": self._compute_dtype(),
            "adapter": str(self.adapter) if self.adapter else None,
            "adapter_sha256": adapter_hash(self.adapter) if self.adapter else None,
        }


def answer_tasks(
    settings: Settings,
    adapter: Path | None,
    tasks: Sequence[tuple[str, Row]],
    temperature: float,
    say: Callable[[str], None],
    on_done: Callable[[], None],
) -> tuple[list[tuple[str, Prediction]], dict[str, Any], dict[str, Any]]:
    """Answers in the order of `tasks` (set name, task), the model's description, and the decoding."""
    model = Answerer(settings, adapter, lambda text: say(f"evaluate: {text}"))
    decoding = model.decoding(temperature)
    return model.answer(tasks, on_done, decoding), model.describe(), asdict(decoding)


def require_enabled(model: Any) -> None:
    """Raise AssertionError unless every LoRA layer is switched on and has weights to add."""
    layers = [module for module in model.modules() if hasattr(module, "lora_A") and hasattr(module, "disable_adapters")]
    assert layers, "the model has no LoRA layers"
    assert all(not layer.disable_adapters and layer.active_adapters for layer in layers), "an adapter is disabled"
