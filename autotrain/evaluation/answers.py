"""A model's answers to tasks: loads it, with its adapter enabled, and generates.

Heavy: imports torch. The prompt's bytes come from autotrain/tasks/prompts.py, as in training.

    model = Answerer(settings, adapter, say)
    answers = model.answer([("suite", task)], on_done=lambda: None)
"""

import contextlib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from autotrain.config import threads
from autotrain.config.settings import Settings
from autotrain.evaluation import decode_products, decoding_proof, forced_choice
from autotrain.evaluation.answer_ledger import AnswerLedger, groups
from autotrain.evaluation.generate import Completion, Decoding, generate
from autotrain.evaluation.merging import fold, set_strength
from autotrain.evaluation.results import adapter_hash
from autotrain.evaluation.scoring import Prediction
from autotrain.jsonl import dumps
from autotrain.tasks import prompts
from autotrain.tasks.shapes import Sample
from autotrain.training import allocation, loading, models, precision
from autotrain.training.loading import first_line, let_memory_errors_pass
from autotrain.training.products import rounded_products

PROBE_TOKENS = 24


class Answerer:
    """The base model, with an adapter or without, ready to answer."""

    def __init__(self, settings: Settings, adapter: Path | None, say: Callable[[str], None]) -> None:
        torch.set_num_threads(threads.count())
        allocation.bound_primitive_cache()
        self._settings, self.adapter, self._say = settings, None, say
        self.decoding_proof: decoding_proof.Proof | None = None
        self._reference = models.find(settings.base_model, settings.base_revision, settings.cache_dir)
        if adapter:
            loading.check_adapter(adapter, self._reference)  # before the seconds that loading takes
        loading.quiet_libraries()
        say(f"loading {self._reference.name}" + (f" with {adapter}" if adapter else ""))
        self._tokenizer = loading.load_tokenizer(self._reference)
        self._products = precision.cpu_products(settings.cpu_compute_dtype)
        self._model = self._base()
        if adapter:
            self.put_on(adapter)

    def _base(self) -> Any:
        model = loading.load_base(self._reference, self._settings.bits, cpu_products=self._products)
        if self._products == "float32":
            decode_products.install(model)
        return model

    def put_on(self, adapter: Path) -> None:
        """Answer with this adapter from now on. Raises DataError where it does not belong to the base model."""
        self._model = loading.load_adapter(self._model, self._reference, adapter)
        require_enabled(self._model)
        self._fold(adapter)
        self.adapter = adapter

    def _fold(self, adapter: Path) -> None:
        """Add the adapter into the weights, where that makes the same answers as the adapter beside them."""
        taken_apart = self._probe()
        try:
            fold(self._model)
            difference = float((self._probe() - taken_apart).abs().max() / taken_apart.abs().max())
            reason = f"logits differ by {difference:.2g} of their size" if not difference <= self._near else None
        except Exception as error:  # a model of others may fail in any way: then the adapter stays beside the weights
            let_memory_errors_pass(error)
            reason = first_line(error)
        if reason:
            self._say(f"the adapter stays beside the weights of this model: added into them, {reason}")
            self._model = loading.load_adapter(self._base(), self._reference, adapter)

    @torch.inference_mode()
    def _probe(self) -> torch.Tensor:
        ids = torch.arange(PROBE_TOKENS, device=self._model.device)[None] % self._tokenizer.vocab_size
        with rounded_products(getattr(torch, self._products)):
            return self._model(input_ids=ids, use_cache=False).logits[0].float().cpu()

    @property
    def _near(self) -> float:
        return 1e-3 if self._compute_dtype() == "float32" and self._settings.bits != 8 else 0.1

    def _prove(self, encoded: Sequence[list[int]]) -> decoding_proof.Proof:
        """Whether our decoding is right for this model, found out once."""
        if self.decoding_proof is None:
            rounded = self._near > 1e-2
            self.decoding_proof = decoding_proof.prove(self._model, self._tokenizer, encoded, rounded=rounded)
            if self.decoding_proof.reason:
                self._say(f"the library decodes for this model, which is slower: ours, {self.decoding_proof.reason}")
        return self.decoding_proof

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
        if loading.device().type == "cpu" and self._settings.bits in (4, 16):
            return self._products
        return str(loading.compute_dtype()).removeprefix("torch.")

    def answer(
        self,
        tasks: Sequence[tuple[str, Sample]],
        on_done: Callable[[], None] = lambda: None,
        decoding: Decoding | None = None,
        ledger: Path | None = None,
        on_tokens: Callable[[int], None] = lambda count: None,
    ) -> list[tuple[str, Prediction]]:
        """Answers in the order of `tasks` (set name, task).

        `on_done` (an answer) and `on_tokens` (a step of a batch) may raise to end early.
        With a `ledger` each answer is kept there as it comes, and a later call goes on from it.
        """
        decoding = decoding or self.decoding()
        encoded = [prompts.encode_prompt(self._tokenizer, task, self._settings.thinking) for _, task in tasks]
        with contextlib.ExitStack() as stack:
            stack.enter_context(rounded_products(getattr(torch, self._products)))
            kept = None
            if ledger:
                kept = stack.enter_context(AnswerLedger(ledger, self._named(tasks, encoded, decoding)))
            on_tokens(0)  # a stop asked for while the model was loaded is heard before the proof
            if encoded:
                self._prove(encoded)
            completions = self._complete(encoded, decoding, kept, on_done, on_tokens)
        return [
            (name, Prediction(task["id"], completion.text, completion.tokens, completion.truncated))
            for (name, task), completion in zip(tasks, completions, strict=True)
        ]

    def _complete(
        self,
        encoded: list[list[int]],
        decoding: Decoding,
        kept: AnswerLedger | None,
        on_done: Callable[[], None],
        on_tokens: Callable[[int], None],
    ) -> list[Completion]:
        found: dict[int, Completion] = {}
        for number, group in enumerate(groups([len(prompt) for prompt in encoded], decoding.batch_size)):
            known = kept.group(group) if kept else None
            if known is not None:
                found.update(zip(group, known, strict=True))
                for _ in group:
                    on_done()
                continue

            def finished(index: int, completion: Completion, group: list[int] = group) -> None:
                if kept:
                    kept.keep(group[index], completion)
                on_done()

            drawn = replace(decoding, seed=(decoding.seed + number) % 2**32)
            asked, own = [encoded[place] for place in group], self._prove(encoded).own
            done = generate(self._model, self._tokenizer, asked, drawn, finished, on_tokens, own=own)
            found.update(zip(group, done, strict=True))
        return [found[place] for place in range(len(encoded))]

    def _named(self, tasks: Sequence[tuple[str, Sample]], encoded: list[list[int]], decoding: Decoding) -> str:
        # Whatever these answers depend on: another model, decoding or prompt makes other answers.
        asked = [[name, task["id"], prompt] for (name, task), prompt in zip(tasks, encoded, strict=True)]
        return hashlib.sha256(dumps([self._facts(), asdict(decoding), asked])).hexdigest()

    def forced_choice(
        self, rows: Sequence[Sample], on_done: Callable[[], None] = lambda: None
    ) -> dict[str, Any] | None:
        """Whether the reference is likelier than the shipped wrong answers (forced_choice.py); None without any."""
        with rounded_products(getattr(torch, self._products)):
            scores = forced_choice.score(self._model, self._tokenizer, rows, self._settings.thinking, on_done)
        return forced_choice.summary(scores)

    def describe(self) -> dict[str, Any]:
        """What a report says of the model; `decoding_proof` is None before the first answer."""
        proof = self.decoding_proof
        return {**self._facts(), "decoding_proof": {"own": proof.own, "reason": proof.reason} if proof else None}

    def _facts(self) -> dict[str, Any]:
        return {
            "base_model": self._reference.name,
            "revision": self._reference.revision or None,
            "quantization_bits": self._settings.bits,
            "thinking": self._settings.thinking,
            "compute_dtype": self._compute_dtype(),
            "adapter": str(self.adapter) if self.adapter else None,
            "adapter_sha256": adapter_hash(self.adapter) if self.adapter else None,
        }


def require_enabled(model: Any) -> None:
    """Raise AssertionError unless every LoRA layer is switched on and has weights to add."""
    layers = [module for module in model.modules() if hasattr(module, "lora_A") and hasattr(module, "disable_adapters")]
    assert layers, "the model has no LoRA layers"
    assert all(not layer.disable_adapters and layer.active_adapters for layer in layers), "an adapter is disabled"
