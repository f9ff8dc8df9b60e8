"""Is the fast way right for this model? Asked before a training, on a few of its own rows.

The library's plain operations, one example at a time, are the reference. Our loss, our fused layers, our
attention and examples packed into one row must give the same hidden states, loss and gradients of the
adapter; whatever does not, or fails, is left out, and the reason is said once and kept in training.json.
TRL and unsloth compute by the library's operations: for TRL it is asked whether rows may stand side by side, and
whether padded rows are right. Reads and writes nothing.

    python scripts/04_train_qlora.py --data train.jsonl --output out_lora    # says it where a shortcut is left out
"""

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from autotrain.errors import UsageError
from autotrain.training import answer_loss, attention, fused_lora, lean_ops, loading
from autotrain.training.examples import IGNORED, Example, collate, padded
from autotrain.training.loading import first_line, let_memory_errors_pass

ROWS = 3
MOST_TOKENS = 96  # of each of those rows: the end of its prompt and the beginning of its answer
SHORTCUTS = ("loss", "fused layers", "lean operations", "attention")


@dataclass(frozen=True)
class Tolerance:
    """Largest relative differences: of a token's hidden state, of a row's loss, of the adapter's gradients."""

    hidden: float
    loss: float
    gradient: float


EXACT = Tolerance(2e-3, 1e-3, 1e-2)
ROUNDED = Tolerance(0.15, 2e-2, 0.25)  # 16-bit factors, or inputs quantised by what else is in the row


@dataclass
class Route:
    """How a training goes: the shortcuts it takes, and whether several examples may stand in one row."""

    taken: tuple[str, ...] = ()
    packed: bool = False
    refused: dict[str, str] = field(default_factory=dict)  # what is left out, and why
    seconds: float = 0.0

    @property
    def own_loss(self) -> bool:
        """Whether the model's loss is the sum over the answers' tokens; else it is the library's mean."""
        return "loss" in self.taken

    @property
    def inputs(self) -> tuple[str, ...]:
        """What the model's forward pass is given of a batch (examples.py)."""
        return inputs_of(self.taken, packed=self.packed)

    def as_json(self) -> dict[str, Any]:
        """What training.json keeps of it."""
        return {
            "shortcuts": list(self.taken),
            "packed_equals_alone": self.packed,
            "left_out": self.refused,
            "seconds": round(self.seconds, 3),
        }


def inputs_of(taken: Sequence[str], *, packed: bool) -> tuple[str, ...]:
    """Names of a batch's parts that a model is given: our attention needs `segments`, the library's the positions
    where they restart, and a model that sees one example at a time counts for itself.
    """
    if "attention" in taken:
        return "input_ids", "labels", "position_ids", "segments"
    return ("input_ids", "labels", "position_ids") if packed else ("input_ids", "labels")


@dataclass
class _Found:
    hidden: list[torch.Tensor]
    losses: list[float]
    gradient: torch.Tensor


def settle(
    model: Any,
    products: str,
    seq_len: int,
    examples: Sequence[Example],
    *,
    rounded: bool,
    backend: str = "own",
    packing: bool = True,
) -> Route:
    """Install on a PEFT model the shortcuts that are right for it, and say which were.

    `products`: the dtype of matrix products on a CPU (precision.py). `rounded`: whether numbers are kept in
    fewer than 32 bits anywhere, so that equal means nearly equal. Random states and gradients stay untouched.
    `backend` trl takes no shortcut, and lays rows side by side only where `packing` asks for it; unsloth neither.
    Raises UsageError where the library itself cannot train the model, or not in padded rows.
    """
    began = time.monotonic()
    proof = _Proof(model, products, seq_len, _short(examples), ROUNDED if rounded else EXACT)
    with _undisturbed(model):
        route = proof.run() if backend == "own" else proof.run_plain(batches=backend == "trl", packing=packing)
    route.seconds = time.monotonic() - began
    return route


def _short(examples: Sequence[Example]) -> list[Example]:
    """The shortest few examples, cut around the place where the answer begins."""
    chosen = sorted(examples, key=lambda example: len(example.input_ids))[:ROWS]
    cut = []
    for example in chosen:
        answer = next((place for place, label in enumerate(example.labels) if label != IGNORED), 0)
        start = max(0, min(answer, len(example.labels)) - MOST_TOKENS // 2)
        end = start + MOST_TOKENS
        cut.append(Example(example.input_ids[start:end], example.labels[start:end]))
    return cut


@contextlib.contextmanager
def _undisturbed(model: Any) -> Iterator[None]:
    training = model.training
    devices = list(range(torch.cuda.device_count()))
    with torch.random.fork_rng(devices):
        model.eval()
        # A fresh adapter adds nothing, and half of its gradients are zero: neither would show a fault.
        fresh = [
            parameter
            for name, parameter in model.named_parameters()
            if parameter.requires_grad and "lora_B" in name and not parameter.any()
        ]
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for parameter in fresh:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.02)
        try:
            yield
        finally:
            with torch.no_grad():
                for parameter in fresh:
                    parameter.zero_()
            model.zero_grad(set_to_none=True)
            model.train(training)


class _Proof:
    def __init__(self, model: Any, products: str, seq_len: int, examples: list[Example], tolerance: Tolerance) -> None:
        self._model, self._base = model, model.get_base_model()
        self._examples, self._tolerance = examples, tolerance
        self._plain = _Plain(self._base)
        self._plain.restore()  # the rotations of a family belong to its module: a training before may have changed them
        self._installers: dict[str, Callable[[], Any]] = {
            "loss": lambda: answer_loss.install(self._base, products),
            "fused layers": lambda: fused_lora.install(model),
            "lean operations": lambda: lean_ops.install(model),
            "attention": lambda: attention.install(self._base, seq_len),
        }

    def run(self) -> Route:
        self._wanted = self._reference()
        route = Route()
        installed = self._install(SHORTCUTS, route)
        if not route.refused and self._fault(installed, rows="packed") is None:
            route = Route(installed, True)
        else:
            route = self._one_by_one()
        if self._base.is_gradient_checkpointing:
            self._try_checkpointing(route)
        return route

    def run_plain(self, *, batches: bool, packing: bool) -> Route:
        """The route of a trainer of others: no shortcut, and rows in a batch (`batches`) side by side or padded."""
        self._wanted = self._reference()
        route = Route()
        if batches and packing:
            fault = self._fault((), rows="packed")
            route.packed = fault is None
            route.refused.update({"packing": fault} if fault else {})
        if batches and not route.packed and (fault := self._fault((), rows="padded")):
            raise UsageError(
                f"TRAIN_BACKEND=trl pads rows, and {type(self._base).__name__} computes them otherwise then ({fault}): "
                "use --train-backend own."
            )
        if self._base.is_gradient_checkpointing:
            self._try_checkpointing(route)
        return route

    def _try_checkpointing(self, route: Route) -> None:
        self._model.train()
        try:
            self._measure(route.taken, rows="packed" if route.packed else "alone")
        except Exception as error:  # as above
            let_memory_errors_pass(error)
            route.refused["gradient checkpointing"] = first_line(error)
            self._base.gradient_checkpointing_disable()

    def _reference(self) -> _Found:
        try:
            found = self._measure((), rows="alone")
        except Exception as error:  # whatever a model of others fails with
            let_memory_errors_pass(error)
            raise UsageError(
                f"BASE_MODEL: {type(self._base).__name__} cannot be trained by the pinned libraries here "
                f"({first_line(error)}): choose another model, or other --bits."
            ) from None
        if not all(map(math.isfinite, found.losses)) and loading.compute_dtype() == torch.float16:
            raise UsageError(
                f"BASE_MODEL: {type(self._base).__name__} overflows fp16, and this card has no bf16 (compute "
                "capability 8.0 and newer have): choose another model, or set CUDA_VISIBLE_DEVICES= to use the CPU."
            )
        return found

    def _install(self, names: Sequence[str], route: Route) -> tuple[str, ...]:
        self._plain.restore()
        done = []
        for name in names:
            try:
                # 0 or False: it does not apply to this model, and nothing changed.
                if self._installers[name]() is not False:
                    done.append(name)
            except Exception as error:  # a shortcut that fails in any way is one to leave out
                let_memory_errors_pass(error)
                route.refused[name] = first_line(error)
        return tuple(done)

    def _one_by_one(self) -> Route:
        route = Route()
        kept: tuple[str, ...] = ()
        for name in SHORTCUTS:
            tried = self._install((*kept, name), route)
            if name not in tried:
                continue
            fault = self._fault(tried, rows="alone")
            if fault is None:
                kept = tried
            else:
                route.refused[name] = fault
        fault = ""
        for taken in (kept, tuple(name for name in kept if name != "attention")) if "attention" in kept else (kept,):
            taken = self._install(taken, route)
            fault = self._fault(taken, rows="packed") or ""
            if not fault:
                route.taken, route.packed = taken, True
                if taken != kept:
                    route.refused["attention"] = "the model does not tell it where examples end"
                return route
        route.taken = self._install(kept, route)
        route.refused["packing"] = fault
        return route

    def _fault(self, names: tuple[str, ...], *, rows: str) -> str | None:
        """What differs from the reference, or None."""
        try:
            found = self._measure(names, rows=rows)
        except Exception as error:  # as above
            let_memory_errors_pass(error)
            return f"it fails: {first_line(error)}"
        wanted, limit = self._wanted, self._tolerance
        for mine, theirs in zip(found.hidden, wanted.hidden, strict=True):
            difference = ((mine - theirs).norm(dim=-1) / theirs.norm(dim=-1).clamp(min=1e-6)).max()
            if not float(difference) <= limit.hidden:
                return f"hidden states differ by {float(difference):.2g} of their size"
        together = sum(wanted.losses)
        difference = abs(sum(found.losses) - together) / max(abs(together), 1e-6)
        if not difference <= limit.loss:
            return f"the loss differs by {difference:.2g} of its size"
        difference = float((found.gradient - wanted.gradient).norm() / wanted.gradient.norm().clamp(min=1e-12))
        if not difference <= limit.gradient:
            return f"the adapter's gradients differ by {difference:.2g} of their size"
        return None

    def _measure(self, names: tuple[str, ...], *, rows: str) -> _Found:
        """`rows`: the examples each "alone", all "packed" side by side, or "padded" to one length."""
        self._model.zero_grad(set_to_none=True)
        hidden: list[torch.Tensor] = []
        losses: list[float] = []
        for row in [[example] for example in self._examples] if rows == "alone" else [self._examples]:
            lengths = [len(example.input_ids) for example in row]
            if rows == "padded":
                inputs = padded(row)
            else:
                batch = collate([row])
                inputs = {name: batch[name] for name in inputs_of(names, packed=rows == "packed")}
            seen, loss = self._forward(inputs, own_loss="loss" in names)
            loss.backward()
            losses.append(float(loss.detach()))
            if rows == "padded":
                hidden += [states[:length] for states, length in zip(seen, lengths, strict=True)]
            else:
                hidden += seen[0].split(lengths)
        gradients = [
            (torch.zeros_like(parameter) if parameter.grad is None else parameter.grad).detach().float().flatten().cpu()
            for parameter in self._model.parameters()
            if parameter.requires_grad
        ]
        return _Found(hidden, losses, torch.cat(gradients))

    def _forward(self, inputs: dict[str, Any], *, own_loss: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """The decoder's last hidden states, (rows, tokens, d) in fp32, and the summed loss."""
        seen: list[torch.Tensor] = []

        def keep(module: Any, arguments: Any, output: Any) -> None:
            states = output[0] if isinstance(output, tuple) else output.last_hidden_state
            seen.append(states.detach().float().cpu())

        device = self._base.get_input_embeddings().weight.device
        inputs = {name: part.to(device) if torch.is_tensor(part) else part for name, part in inputs.items()}
        handle = self._base.get_decoder().register_forward_hook(keep)
        cuda = device.type == "cuda"
        try:
            with torch.autocast(device.type, dtype=loading.compute_dtype(), enabled=cuda):
                loss = self._model(**inputs, use_cache=False).loss
        finally:
            handle.remove()
        return seen[0], loss if own_loss else loss * (inputs["labels"][:, 1:] != IGNORED).sum()


class _Plain:
    """A model as the library makes it, to be restored after a shortcut was tried."""

    def __init__(self, base: Any) -> None:
        self._base, self._attention = base, base.config._attn_implementation
        self._forwards = [
            (module, name, module.__dict__.get(name))
            for module in base.modules()
            for name in ("forward", "_old_forward")
        ]

    def restore(self) -> None:
        for module, name, before in self._forwards:
            if before is not None:
                setattr(module, name, before)
            else:
                module.__dict__.pop(name, None)
        lean_ops.restore_rotations(self._base)
        if self._base.config._attn_implementation != self._attention:
            self._base.set_attn_implementation(self._attention)
