"""TRAIN_BACKEND=trl: TRL's SFTTrainer, fed with our rows of tokens and watched as our own trainer is.

The rows are tokenised already (`input_ids`, `labels`), TRL's collator pads them, or lays them side by side where the
start-up proof allows it (`padding_free`); the loss is the mean over the answer tokens of a whole step, as in
trainer.py, from the logits of the model as the library makes it. Needs the package `trl`.

    python scripts/04_train_qlora.py --data train.jsonl --output out_lora --train-backend trl
"""

from collections.abc import Sequence
from typing import Any

import torch
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling, SFTTrainer

from autotrain.training import trainer
from autotrain.training.examples import IGNORED, Example, pack
from autotrain.training.job import Job
from autotrain.training.monitor import Monitor
from autotrain.training.proof import Route


def arguments(job: Job, has_validation: bool) -> SFTConfig:
    """Our settings as SFTTrainer takes them: nothing is cut, masked or made anew of rows that are tokenised."""
    ready = {"skip_prepare_dataset": True}
    return trainer.arguments(job, has_validation, SFTConfig, dataset_kwargs=ready, max_length=None)


def token_mean(outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None) -> torch.Tensor:
    """Cross-entropy of the next token, summed over the answers and divided by the answer tokens of the whole step.

    Some families' own loss is a mean over each micro-batch, which weighs short answers more.
    """
    wanted = labels[:, 1:].to(outputs.logits.device)
    loss = torch.nn.functional.cross_entropy(
        outputs.logits[:, :-1].float().flatten(0, 1), wanted.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return loss / ((wanted != IGNORED).sum() if num_items_in_batch is None else num_items_in_batch)


class Collator:
    """Rows of examples as one batch of TRL's: padded on the right, or side by side with positions that restart."""

    def __init__(self, pad_token_id: int, *, padding_free: bool) -> None:
        self._collate = DataCollatorForLanguageModeling(pad_token_id=pad_token_id, padding_free=padding_free)

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        examples = [example for row in rows for example in row["examples"]]
        return self._collate([{"input_ids": each.input_ids, "labels": each.labels} for each in examples])


class TrlTrainer(trainer.Watched, SFTTrainer):
    """SFTTrainer with our rows, checkpoints, counts and validation."""

    def __init__(
        self,
        job: Job,
        args: SFTConfig,
        model: Any,
        monitor: Monitor,
        train: list[Example],
        validation: list[Example],
        route: Route,
        tokenizer: Any,
    ) -> None:
        self._watch(job, monitor, validation)
        self._collate_rows = Collator(tokenizer.pad_token_id, padding_free=route.packed)
        rows = pack(train, job.settings.seq_len) if job.settings.packing else [[example] for example in train]
        args._n_gpu = min(args.n_gpu, 1)  # as in trainer.py
        # SFTTrainer rounds the adapter of a quantised model to bf16; widened again, the digits would still be lost.
        adapter = [(part, part.data.clone()) for part in model.parameters() if part.requires_grad]
        super().__init__(
            model=model,
            args=args,
            train_dataset=[{"examples": row} for row in rows],  # type: ignore[arg-type]
            eval_dataset=self._validation or None,  # type: ignore[arg-type]
            data_collator=self._collate_rows,  # type: ignore[arg-type]
            processing_class=tokenizer,
            compute_loss_func=token_mean,
            callbacks=[monitor],
        )
        self.model_accepts_loss_kwargs = False  # the loss is ours; the model needs no count
        for part, values in adapter:
            part.data = values
        self._begun(model)

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        if model.training:
            mask = inputs.get("attention_mask")
            self._monitor.tokens += inputs["input_ids"].numel() if mask is None else int(mask.sum())
        return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)

    def _summed(self, model: Any, inputs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        inputs = dict(inputs)
        labels = inputs.pop("labels")
        count = (labels[:, 1:] != IGNORED).sum()
        return token_mean(model(**inputs, use_cache=False), labels, 1), count

    def _validation_batch(self, row: Sequence[Example]) -> dict[str, Any]:
        return self._collate_rows([{"examples": row}])

    def create_model_card(self, *arguments: Any, **options: Any) -> None:
        """None of TRL's: card.py writes ours."""
