"""EVAL_ENGINE=vllm: the base model or an adapter, evaluated through a server that is started for it and ended after it.

Reads the base model and the adapter; writes the server's log beside the report.

    EVAL_ENGINE=vllm python scripts/05_eval.py --adapter out_lora/final --suite heidi-core:dev --output report.json
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from autotrain.config.settings import Settings
from autotrain.endpoint import servers
from autotrain.endpoint.model import Endpoint
from autotrain.evaluation import results
from autotrain.training import models

TIMEOUT_S = 3600.0  # the server is ours: it is waited for


class Engine(Endpoint):
    """A model that our own server answers for: its report names the weights, which here are known."""

    def __init__(self, served: servers.Served, settings: Settings, adapter: Path | None, say: Callable[[str], None]):
        super().__init__(served.url, served.model, settings, say=say)
        self._adapter = adapter

    def describe(self) -> dict[str, Any]:
        told = super().describe()
        sha256 = results.adapter_hash(self._adapter) if self._adapter else None
        known = {"adapter": str(self._adapter) if self._adapter else None, "adapter_sha256": sha256}
        return {**told, "engine": "vllm", "base_model": self._settings.base_model, "quantization_bits": 16, **known}


@contextlib.contextmanager
def vllm(settings: Settings, adapter: Path | None, report: Path, say: Callable[[str], None]) -> Iterator[Engine]:
    """The model for `measure`, for as long as its server lives. Raises UsageError where vLLM is not installed."""
    reference = models.find(settings.base_model, settings.base_revision, settings.cache_dir)
    if adapter:
        from autotrain.training import loading

        loading.check_adapter(adapter, reference)
    context = settings.seq_len + settings.max_new_tokens
    log = report.with_name(f"{report.stem}.vllm.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    say(f"vLLM reads {reference.name}; {log} holds what it says")
    with servers.vllm(reference, adapter, context=context, log=log) as served:
        yield Engine(served, replace(settings, teacher_timeout_s=TIMEOUT_S, teacher_max_usd=0.0), adapter, say)
