"""Supervised fine-tuning of a LoRA adapter: the machinery of stage 04.

Reads train and validation JSONL, writes `checkpoints/` and, when all went well, `final/`
(adapter, tokenizer, training.json). transformers' Trainer does the loop, the schedule and
the checkpoints; what it trains on and how the loss is taken is ours (examples.py,
answer_loss.py).
"""

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers

from autotrain.errors import AutotrainError, DataError, Stopped, UsageError
from autotrain.jsonl import load_rows, write_json
from autotrain.settings import Settings
from autotrain.training import answer_loss, attention, loading
from autotrain.training.examples import IGNORED, Encoded, Example, collate, encode_rows, pack
from autotrain.training.models import ModelRef

MAX_NON_FINITE = 3  # steps in a row with a loss that is no number


@dataclass
class Job:
    """One training: files in, directory out, and how to speak meanwhile."""

    reference: ModelRef
    data: Path
    val_data: Path | None
    output: Path
    settings: Settings
    init_adapter: Path | None = None
    resume: bool = False
    on_step: Callable[[dict[str, Any]], None] = lambda metrics: None
    say: Callable[[str], None] = lambda text: None
    stop_requested: Callable[[], bool] = lambda: False
    facts: dict[str, Any] = field(default_factory=dict)


def train(job: Job) -> dict[str, Any]:
    """Train and write `final/`. Returns what was measured. Raises DataError, Stopped, OutOfMemory…"""
    settings = job.settings
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    transformers.set_seed(settings.seed)
    loading.quiet_libraries()
    tokenizer = loading.load_tokenizer(job.reference)
    train_rows = _encode(job, tokenizer, job.data, "train")
    val_rows = _encode(job, tokenizer, job.val_data, "validation") if job.val_data else Encoded()
    if not train_rows.examples:
        raise DataError(f"{job.data}: no example fits into SEQ_LEN={settings.seq_len} tokens; raise it.")

    base = loading.load_base(job.reference, settings.quantization_bits)
    model = _adapted(base, job)
    initial_norm = _adapter_norm(model)
    try:
        answer_loss.install(model.get_base_model())
    except ValueError as error:
        raise UsageError(f"BASE_MODEL {job.reference.name} cannot be trained: it {error}.") from None

    monitor = _Monitor(job)
    segmented = attention.install(model.get_base_model(), settings.seq_len)
    trainer = _Trainer(
        segmented=segmented,
        monitor=monitor,
        model=model,
        args=_arguments(job, bool(val_rows.examples)),
        train_dataset=_rows(train_rows.examples, settings),
        eval_dataset=[[example] for example in val_rows.examples] or None,
        data_collator=collate,
        callbacks=[monitor],
    )
    trainer.remove_callback(transformers.trainer_callback.PrinterCallback)
    trainer.remove_callback(transformers.trainer_callback.ProgressCallback)
    _keep_adapter_in_fp32(model)
    checkpoint = _newest_checkpoint(job) if job.resume else None
    started = time.monotonic()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if monitor.stopped:
        raise Stopped(f"stopped after step {trainer.state.global_step}; its checkpoint is kept.")
    validation_loss = _validation_loss(trainer, val_rows)
    seconds = time.monotonic() - started

    result = {
        "steps": trainer.state.global_step,
        "train_loss": monitor.last_loss,
        "validation_loss": validation_loss,
        "examples": len(train_rows.examples),
        "validation_examples": len(val_rows.examples),
        "too_long": train_rows.too_long,
        "tokens": monitor.tokens,
        "answer_tokens": monitor.answer_tokens,
        "seconds": round(seconds, 3),
        "tokens_per_second": round(monitor.tokens / seconds, 1),
        "trainable_parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "adapter_norm": _adapter_norm(model),
        "adapter_moved": round(abs(_adapter_norm(model) - initial_norm), 6),
        "peak_memory_bytes": peak_memory_bytes(),
        **job.facts,
    }
    _save_final(model, tokenizer, job, result)
    return result


def _encode(job: Job, tokenizer: Any, path: Path, kind: str) -> Encoded:
    rows = load_rows(path)
    if not rows:
        raise DataError(f"{path} holds no samples.")
    encoded = encode_rows(tokenizer, rows, job.settings.seq_len)
    job.say(
        f"{kind}: {len(encoded.examples)} examples, {encoded.tokens} tokens, {encoded.answer_tokens} of them trained on"
        + (f"; {encoded.too_long} longer than SEQ_LEN={job.settings.seq_len} dropped" if encoded.too_long else "")
    )
    return encoded


def _rows(examples: list[Example], settings: Settings) -> list[list[Example]]:
    return pack(examples, settings.seq_len) if settings.packing else [[example] for example in examples]


def expected_targets(model: Any, targets: str) -> list[str]:
    """Full names of the linear layers that LORA_TARGETS means. Raises UsageError where a name matches none."""
    head = model.get_output_embeddings()
    linear = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module is not head
    }
    if targets == "all-linear":
        return sorted(linear)
    wanted = [part.strip() for part in targets.split(",") if part.strip()]
    known = sorted({name.rsplit(".", 1)[-1] for name in linear})
    for part in wanted:
        if part not in known:
            raise UsageError(f"LORA_TARGETS: no linear layer is called {part}; this model has {', '.join(known)}.")
    return sorted(name for name in linear if name.rsplit(".", 1)[-1] in wanted)


def _adapted(base: Any, job: Job) -> Any:
    from peft import LoraConfig, get_peft_model

    settings = job.settings
    if settings.gradient_checkpointing:
        base.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        base.enable_input_require_grads()
    if job.init_adapter:
        job.say(f"starting from the adapter {job.init_adapter}")
        return loading.load_adapter(base, job.reference, job.init_adapter, trainable=True)
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
    adapted = sorted(name for name in model.targeted_module_names)  # type: ignore[union-attr]
    if adapted != expected:
        raise AutotrainError(f"PEFT adapted {len(adapted)} modules where {len(expected)} were expected.")
    model.peft_config["default"].base_model_name_or_path = job.reference.location
    return model


def _keep_adapter_in_fp32(model: Any) -> None:
    # Turing's fp16 scaler fails on bf16 gradients, and fp32 adapters resume without drift
    # (huggingface/trl#4901): so the trained weights are fp32 on every card.
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def _arguments(job: Job, has_validation: bool) -> transformers.TrainingArguments:
    settings, cuda = job.settings, torch.cuda.is_available()
    dtype = loading.compute_dtype()
    return transformers.TrainingArguments(
        output_dir=str(job.output / "checkpoints"),
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
        save_total_limit=2,
        eval_strategy="steps" if has_validation else "no",
        eval_steps=settings.eval_steps,
        prediction_loss_only=True,
        remove_unused_columns=False,
        dataloader_num_workers=0,
        dataloader_pin_memory=cuda,
        report_to=[],
        seed=settings.seed,
        data_seed=settings.seed,
        disable_tqdm=True,
        include_num_input_tokens_seen="no",
    )


class _Trainer(transformers.Trainer):
    """The Trainer with the summed answer loss, averaged over all answer tokens of a step."""

    def __init__(self, *, segmented: bool, monitor: "_Monitor", **options: Any) -> None:
        super().__init__(**options)
        self._segmented, self._monitor = segmented, monitor
        self.model_accepts_loss_kwargs = True  # so that accumulation is averaged by tokens, not by batches

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        segments = inputs.pop("segments")
        if self._segmented:
            inputs["segments"] = segments
        if model.training:
            self._monitor.tokens += inputs["input_ids"].numel()
        outputs = model(**inputs)
        count = num_items_in_batch
        if count is None:
            count = (inputs["labels"][:, 1:] != IGNORED).sum()
        loss = outputs.loss / count
        return (loss, outputs) if return_outputs else loss

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> Any:
        counts = [(batch["labels"][:, 1:] != IGNORED).sum() for batch in batch_samples]
        self._monitor.answer_tokens += int(sum(counts))
        return torch.stack(counts).sum().to(device)


class _Monitor(transformers.TrainerCallback):
    """Reports every step, stops on request, and stops when the loss is no number."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.stopped = False
        self.tokens = self.answer_tokens = 0
        self.last_loss: float | None = None
        self._bad_steps = 0
        self._started = time.monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **options: Any) -> None:
        self._started = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **options: Any) -> None:
        logs = logs or {}
        if "eval_loss" in logs:
            self.job.on_step({"step": state.global_step, "validation_loss": logs["eval_loss"]})
        if "loss" not in logs:
            return
        loss = float(logs["loss"])
        self._bad_steps = 0 if math.isfinite(loss) else self._bad_steps + 1
        if self._bad_steps >= MAX_NON_FINITE:
            raise AutotrainError(
                f"the loss was no number for {MAX_NON_FINITE} steps up to step {state.global_step}: "
                f"lower LR (now {self.job.settings.lr:g}) or MAX_GRAD_NORM; the adapter before this round is untouched."
            )
        self.last_loss = loss
        self.job.on_step(
            {
                "step": state.global_step,
                "steps": state.max_steps,
                "loss": loss,
                "learning_rate": logs.get("learning_rate"),
                "grad_norm": logs.get("grad_norm"),
                "tokens": self.tokens,
                "tokens_per_second": round(self.tokens / (time.monotonic() - self._started), 1),
                "peak_memory_bytes": peak_memory_bytes(),
            }
        )

    def on_step_end(self, args: Any, state: Any, control: Any, **options: Any) -> None:
        if self.job.stop_requested() and state.global_step < state.max_steps:
            self.stopped = control.should_save = control.should_training_stop = True


def _validation_loss(trainer: _Trainer, val_rows: Encoded) -> float | None:
    if not val_rows.examples:
        return None
    logged = [entry for entry in trainer.state.log_history if "eval_loss" in entry]
    if logged and logged[-1]["step"] == trainer.state.global_step:
        return logged[-1]["eval_loss"]
    return trainer.evaluate()["eval_loss"]


def _newest_checkpoint(job: Job) -> Path | None:
    folders = [
        path for path in (job.output / "checkpoints").glob("checkpoint-*") if (path / "trainer_state.json").is_file()
    ]
    newest = max(folders, key=lambda path: int(path.name.split("-")[1]), default=None)
    if newest:
        job.say(f"going on from {newest.name}")
    return newest


def _adapter_norm(model: Any) -> float:
    """Euclidean norm of all trainable weights."""
    squares = [parameter.detach().double().pow(2).sum() for parameter in model.parameters() if parameter.requires_grad]
    return float(torch.stack(squares).sum().sqrt())


def peak_memory_bytes() -> int:
    """Most memory used so far: of the GPU where there is one, else of this process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _save_final(model: Any, tokenizer: Any, job: Job, result: dict[str, Any]) -> None:
    import shutil

    building, final = job.output / ".final.tmp", job.output / "final"
    shutil.rmtree(building, ignore_errors=True)
    model.save_pretrained(building)
    tokenizer.save_pretrained(building)
    write_json(building / "training.json", result)
    shutil.rmtree(final, ignore_errors=True)
    os.replace(building, final)
