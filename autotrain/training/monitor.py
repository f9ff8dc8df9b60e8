"""Watches a training: reports each step, stops on request, and when the loss is no number."""

import math
import time
from typing import Any

import transformers

from autotrain.errors import AutotrainError
from autotrain.training.allocation import peak_bytes
from autotrain.training.job import Job

MAX_NON_FINITE = 3  # steps in a row with a loss that is no number


class Monitor(transformers.TrainerCallback):
    """Counts and callbacks of one training. The counts go on after a resume."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.stopped = False
        self.tokens = self.answer_tokens = 0
        self.last_loss: float | None = None
        self.seconds_before = 0.0
        self._bad_steps = 0
        self._started = time.monotonic()
        self._tokens_before = 0
        self._first_step = 0

    def progress(self) -> dict[str, Any]:
        """What a checkpoint keeps of the counts."""
        return {
            "tokens": self.tokens,
            "answer_tokens": self.answer_tokens,
            "last_loss": self.last_loss,
            "seconds": round(self.seconds, 3),
        }

    def restore(self, progress: dict[str, Any]) -> None:
        """Go on from the counts of a checkpoint."""
        self.tokens = self._tokens_before = progress["tokens"]
        self.answer_tokens = progress["answer_tokens"]
        self.last_loss = progress["last_loss"]
        self.seconds_before = progress["seconds"]

    @property
    def seconds(self) -> float:
        """Seconds spent training, those before a resume included."""
        return self.seconds_before + time.monotonic() - self._started

    def on_train_begin(self, args: Any, state: Any, control: Any, **options: Any) -> None:
        self._started = time.monotonic()
        self._first_step = state.global_step

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **options: Any) -> None:
        logs = logs or {}
        if "eval_loss" in logs:
            self.job.on_step({"step": state.global_step, "validation_loss": logs["eval_loss"]})
        if "loss" not in logs:
            return
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            control.should_evaluate = False
            self._count_bad_step(state.global_step)
            return
        self._bad_steps = 0
        self.last_loss = loss
        elapsed = time.monotonic() - self._started
        metrics = {
            "step": state.global_step,
            "steps": state.max_steps,
            "loss": loss,
            "learning_rate": logs.get("learning_rate"),
            "grad_norm": logs.get("grad_norm"),
            "tokens": self.tokens,
            "trained_share": round(self.answer_tokens / self.tokens, 4) if self.tokens else None,
            "tokens_per_second": round((self.tokens - self._tokens_before) / elapsed, 1),
            "peak_memory_bytes": peak_bytes(),
            "eta_s": round(
                elapsed / max(state.global_step - self._first_step, 1) * (state.max_steps - state.global_step), 1
            ),
        }
        if self.job.predicted_bytes:
            metrics["predicted_memory_bytes"] = self.job.predicted_bytes
        self.job.on_step(metrics)

    def on_step_end(self, args: Any, state: Any, control: Any, **options: Any) -> None:
        if _any_process(self.job.stop_requested()) and state.global_step < state.max_steps:
            self.stopped = control.should_save = control.should_training_stop = True

    def _count_bad_step(self, step: int) -> None:
        self._bad_steps += 1
        if self._bad_steps >= MAX_NON_FINITE:
            raise AutotrainError(
                f"the loss was no number for {MAX_NON_FINITE} steps up to step {step}: lower LR (now "
                f"{self.job.settings.lr:g}) or MAX_GRAD_NORM; the adapter before this training is untouched."
            )


def _any_process(flag: bool) -> bool:
    # Only the first process knows of the run; all must stop at the same step, or the others wait for ever.
    import torch

    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return flag
    device = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
    shared = torch.tensor(int(flag), device=device)
    torch.distributed.all_reduce(shared, op=torch.distributed.ReduceOp.MAX)
    return bool(shared.item())
