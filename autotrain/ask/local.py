"""The models of this machine, talked to: the base model, with the adapter and without it.

Reads the base model's weights and an adapter's folder; writes nothing. Heavy: imports torch.

    model = Local(settings, adapter, say)
    for piece in model.speak(turns): ...
"""

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from autotrain.ask import plain_llama, quick_torch
from autotrain.config import threads
from autotrain.config.settings import Settings
from autotrain.errors import UsageError
from autotrain.evaluation import merging
from autotrain.evaluation.generate import Decoding, generate, stream
from autotrain.tasks import prompts
from autotrain.training import loading, models, precision, quantization
from autotrain.training.products import rounded_products

Turn = dict[str, str]


class Local:
    """The base model, with an adapter or without, ready to talk."""

    def __init__(self, settings: Settings, adapter: Path | None, say: Callable[[str], None]) -> None:
        torch.set_num_threads(threads.count())
        self._settings = settings
        self._reference = models.find(settings.base_model, settings.base_revision, settings.cache_dir)
        if adapter:
            loading.check_adapter(adapter, self._reference)
        say(f"loading {self._reference.name}" + (f" with {adapter}" if adapter else ""))
        products = precision.cpu_products(settings.cpu_compute_dtype)
        self._products = getattr(torch, products)
        self._proven: bool | None = None
        if not self._load_plain(adapter):
            self._load_by_library(adapter, products)
        self._adapter = adapter
        self._base: Local | None = None
        self._say = say

    def _load_plain(self, adapter: Path | None) -> bool:
        """Without the library, whose import takes longer than all the rest; False where that cannot be."""
        if torch.cuda.is_available() or self._settings.bits != 16 or not self._reference.is_local:
            return False
        found = plain_llama.load(Path(self._reference.location))
        if found is None:
            return False
        self._model, self._tokenizer = found
        if self._products != torch.float32:
            quantization.round_weights(self._model, self._products)
        self._folded = merging.add_file(self._model, adapter) if adapter else 0
        self._room: int | None = self._model.positions
        self._proven = True  # by the tests
        return bool(self._folded) or adapter is None

    def _load_by_library(self, adapter: Path | None, products: str) -> None:
        quick_torch.complete()
        loading.quiet_libraries()
        self._tokenizer = loading.load_tokenizer(self._reference)
        self._model: Any = loading.load_base(self._reference, self._settings.bits, cpu_products=products)
        self._folded = merging.add_file(self._model, adapter) if adapter else 0
        if adapter and not self._folded:
            self._model = loading.load_adapter(self._model, self._reference, adapter)
            self._folded = merging.fold(self._model)
        self._room = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        self._proven = True if self._reference.name == models.EMBEDDED else None

    @property
    def name(self) -> str:
        return self._reference.name + (" with the adapter" if self._adapter else "")

    def without_adapter(self) -> "Local | _Bare":
        """The base model alone: a second copy where the adapter is inside the weights (on the CPU)."""
        if not self._adapter:
            return self
        if not self._folded:
            return _Bare(self)
        if self._base is None:
            self._base = Local(self._settings, None, self._say)
        return self._base

    def speak(
        self, turns: Sequence[Turn], *, temperature: float = 0.0, seed: int = 0, bare: bool = False
    ) -> Generator[str, None, bool]:
        """The answer's text in pieces. The generator's value: whether it was cut at MAX_NEW_TOKENS.

        Raises UsageError for a conversation that is longer than the model takes.
        """
        prompt = prompts.encode_turns(self._tokenizer, list(turns), self._settings.thinking)
        longest = self._settings.max_new_tokens
        room = self._room
        if room and len(prompt) + longest > room:
            raise UsageError(
                f"The conversation is {len(prompt)} tokens, and with MAX_NEW_TOKENS={longest} longer than the "
                f"{room} that {self._reference.name} takes: /new begins another one."
            )
        decoding = Decoding(longest, 1, temperature, seed)
        if temperature:
            quick_torch.complete()  # drawing needs it
        with self._mode(bare):
            if not self._decodes_itself(prompt):
                (whole,) = generate(self._model, self._tokenizer, [prompt], decoding, own=False)
                yield whole.text
                return whole.truncated
        pieces = stream(self._model, self._tokenizer, prompt, decoding)
        while True:
            # Only while a token is made: another model may speak between two of ours.
            with self._mode(bare):
                try:
                    piece = next(pieces)
                except StopIteration as end:
                    return end.value
            yield piece

    def _decodes_itself(self, prompt: list[int]) -> bool:
        """Whether our decoding is right for this model; of the embedded one and of plain Llamas the tests know it."""
        if self._proven is None:
            from autotrain.evaluation import decoding_proof

            rounded = self._products != torch.float32 or self._settings.bits == 8 or torch.cuda.is_available()
            proof = decoding_proof.prove(self._model, self._tokenizer, [prompt], rounded=rounded)
            if proof.reason:
                self._say(f"the library decodes for this model, a whole answer at a time: ours, {proof.reason}")
            self._proven = proof.own
        return self._proven

    @contextlib.contextmanager
    def _mode(self, bare: bool) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            stack.enter_context(rounded_products(self._products))
            if bare:
                stack.enter_context(self._model.disable_adapter())
            yield


class _Bare:
    """The base model inside a model whose adapter is switched off while it speaks."""

    def __init__(self, whole: Local) -> None:
        self._whole = whole

    def speak(self, turns: Sequence[Turn], *, temperature: float = 0.0, seed: int = 0) -> Generator[str, None, bool]:
        return self._whole.speak(turns, temperature=temperature, seed=seed, bare=True)
