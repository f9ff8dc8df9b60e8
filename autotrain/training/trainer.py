"""What every trainer of ours adds to transformers' Trainer, and the one with our own loss.

`Watched`: the loss averaged over the answer tokens of a step, the best adapter kept, checkpoints sealed.
`AnswerTrainer` (TRAIN_BACKEND=own): that loss in chunks, so that logits are never kept; trl_trainer.py is the other.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers

from autotrain.training import backends, checkpoints, loading, lora
from autotrain.training.examples import IGNORED, Example, apart, collate, pack
from autotrain.training.job import Job
from autotrain.training.monitor import Monitor
from autotrain.training.proof import Route

FEWEST_VALIDATIONS = 8  # of a training: with fewer there is little to choose from

_Trainer = transformers.Trainer if TYPE_CHECKING else object  # a mixin, which reads its host's parts


def arguments(job: Job, has_validation: bool, kind: Any = None, **options: Any) -> Any:
    """Our settings as the Trainer takes them; `kind` and `options`: another class of arguments, and what it adds."""
    settings, cuda = job.settings, torch.cuda.is_available()
    dtype = loading.compute_dtype()
    return (kind or transformers.TrainingArguments)(
        output_dir=str(job.checkpoints),
        max_steps=settings.train_steps,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.grad_accum,
        learning_rate=settings.lr,
        lr_scheduler_type=settings.lr_schedule,
        warmup_steps=math.ceil(settings.warmup_ratio * settings.train_steps),
        max_grad_norm=settings.max_grad_norm,
        weight_decay=0.0,
        optim="paged_adamw_8bit" if cuda else "adamw_torch",
        bf16=cuda and dtype == torch.bfloat16,
        fp16=cuda and dtype == torch.float16,
        use_cpu=not cuda,
        gradient_checkpointing=False,  # switched on for the model itself, with our options
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_steps=settings.save_steps,
        save_total_limit=2,  # the newest, and one to fall back to
        eval_strategy="steps" if has_validation else "no",
        eval_steps=min(settings.eval_steps, math.ceil(settings.train_steps / FEWEST_VALIDATIONS)),
        prediction_loss_only=True,
        remove_unused_columns=False,
        dataloader_num_workers=0,
        dataloader_pin_memory=cuda,
        ddp_find_unused_parameters=False,
        report_to=backends.trackers(settings),
        run_name=f"{job.output.parent.name}-{job.output.name}",
        seed=settings.seed,
        data_seed=settings.seed,
        disable_tqdm=True,
        include_num_input_tokens_seen="no",
        **options,
    )


def validations_since_best(history: Sequence[dict[str, Any]]) -> int:
    """Validations since the one with the lowest loss. `history`: the Trainer's log, which checkpoints keep."""
    losses = [entry["eval_loss"] for entry in history if "eval_loss" in entry]
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0


class Watched(_Trainer):
    """Validation, the best adapter, sealed checkpoints and counts, for any trainer. Give it `_summed`."""

    def _watch(self, job: Job, monitor: Monitor, validation: list[Example]) -> None:
        """Call it before the trainer's own beginning."""
        self._job, self._monitor = job, monitor
        self._validation = pack(validation, job.settings.seq_len)
        self.best = checkpoints.Best(job.checkpoints / "best")

    def _begun(self, model: Any) -> None:
        """Call it after the trainer's own beginning, which may have changed the adapter's dtype."""
        self.remove_callback(transformers.trainer_callback.PrinterCallback)
        self.remove_callback(transformers.trainer_callback.ProgressCallback)
        lora.keep_in_fp32(model)

    def _summed(self, model: Any, inputs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """The summed loss of a batch, and how many answer tokens it is over."""
        raise NotImplementedError

    def _validation_batch(self, row: Sequence[Example]) -> dict[str, Any]:
        return collate([row])

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> Any:
        if not batch_samples:
            return None  # a resumed epoch asks for the batches that it skipped, too
        counts = [(batch["labels"][:, 1:] != IGNORED).sum() for batch in batch_samples]
        total = torch.stack(counts).sum().to(device)
        self._monitor.answer_tokens += int(total)
        return self.accelerator.reduce(total, "sum") if self.accelerator.num_processes > 1 else total

    def evaluate(  # type: ignore[override]
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """The loss per answer token of the validation rows. Logits are never gathered, nor kept."""
        loss = self.mean_loss(self._validation)
        metrics = {f"{metric_key_prefix}_loss": loss}
        self.log(metrics)
        if math.isfinite(loss) and self.is_world_process_zero():
            self.best.offer(self.state.global_step, loss, self.save_adapter)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        if validations_since_best(self.state.log_history) >= (self._job.settings.train_patience or math.inf):
            self.control.should_training_stop = True
        return metrics

    def mean_loss(self, rows: Sequence[Sequence[Example]]) -> float:
        """Mean loss per answer token over rows of examples, shared out among processes."""
        model: Any = self.model
        model.eval()
        totals = torch.zeros(2, dtype=torch.float64, device=self.args.device)
        with torch.no_grad(), self.compute_loss_context_manager():
            for row in rows[self.args.process_index :: self.args.world_size]:
                inputs = self._prepare_inputs(self._validation_batch(row))
                loss, count = self._summed(model, inputs)
                totals += torch.stack([loss.double(), count.double()])
        model.train()
        if self.accelerator.num_processes > 1:
            totals = self.accelerator.reduce(totals, "sum")
        return float(totals[0] / totals[1])

    def save_adapter(self, folder: Path) -> None:
        """The adapter's weights and config."""
        self.accelerator.unwrap_model(self.model).save_pretrained(folder)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        if not math.isfinite(lora.norm(model)):
            return  # a checkpoint with weights that are no numbers helps nobody
        super()._save_checkpoint(model, trial)
        self.accelerator.wait_for_everyone()
        if self.is_world_process_zero():
            folder = self._job.checkpoints / f"checkpoint-{self.state.global_step}"
            checkpoints.seal(folder, self._monitor.progress())


class AnswerTrainer(Watched, transformers.Trainer):
    """Trains on rows of examples with the summed answer loss, averaged over all answer tokens of a step."""

    def __init__(
        self,
        job: Job,
        args: transformers.TrainingArguments,
        model: Any,
        monitor: Monitor,
        train: list[Example],
        validation: list[Example],
        route: Route,
    ) -> None:
        settings = job.settings
        self._route = route
        self._watch(job, monitor, validation)
        rows = pack(train, settings.seq_len) if settings.packing else [[example] for example in train]
        # Without a launcher the Trainer would copy the model to every card (DataParallel): no quantised model bears it.
        args._n_gpu = min(args.n_gpu, 1)
        super().__init__(
            model=model,
            args=args,
            train_dataset=rows,  # type: ignore[arg-type]
            eval_dataset=self._validation or None,  # type: ignore[arg-type]
            data_collator=collate,
            callbacks=[monitor],
        )
        self.model_accepts_loss_kwargs = True  # so that accumulation is averaged by tokens, not by batches
        self._begun(model)

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        loss_sum, count = self._summed(model, inputs)
        if model.training:
            self._monitor.tokens += inputs["input_ids"].numel()
        if num_items_in_batch is not None:
            # Processes average their gradients; the count is already that of all of them.
            loss = loss_sum * self.accelerator.num_processes / num_items_in_batch
        else:
            loss = loss_sum / count
        return (loss, None) if return_outputs else loss

    def _summed(self, model: Any, inputs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        count = (inputs["labels"][:, 1:] != IGNORED).sum()
        parts = [inputs] if self._route.packed else apart(inputs)
        losses = []
        for part in parts:
            wanted = {name: value for name, value in part.items() if name in self._route.inputs}
            if self._route.own_loss:
                losses.append(model(**wanted).loss)
                continue
            trained = (part["labels"][:, 1:] != IGNORED).sum()
            if trained:  # the library's mean over nothing is no number
                losses.append(model(**wanted, use_cache=False).loss * trained)
        return sum(losses[1:], losses[0]), count
