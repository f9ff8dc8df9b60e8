"""Supervised fine-tuning of a LoRA adapter: the machinery of stage 04, from files to `final/`.

Reads train and validation JSONL, writes `checkpoints/` (checkpoints.py) and, when all
went well, `final/` (adapter, tokenizer, training.json). transformers' Trainer does the
loop, the schedule and the checkpoints; what it trains on and how the loss is taken is
ours (examples.py, answer_loss.py, trainer.py), unless TRAIN_BACKEND says TRL or unsloth.
"""

import dataclasses
import importlib
import math
from collections import Counter
from pathlib import Path
from typing import Any

import torch
import transformers

from autotrain.config import profiles, threads
from autotrain.config.settings import Settings, variable
from autotrain.errors import AutotrainError, DataError, OutOfMemory, Stopped
from autotrain.jsonl import load_rows, write_json
from autotrain.tasks.samples import is_foreign, read_samples
from autotrain.training import (
    allocation,
    backends,
    card,
    checkpoints,
    loading,
    lora,
    memory,
    models,
    precision,
    proof,
    suitability,
)
from autotrain.training.examples import Encoded, encode_rows
from autotrain.training.job import Job
from autotrain.training.monitor import Monitor
from autotrain.training.sampler import Rows
from autotrain.training.trainer import AnswerTrainer, Watched, arguments

__all__ = ["Job", "encode", "train"]

LEFT_OUT = {  # what a model goes without where proof.py finds that it would be wrong
    "loss": "the loss over answers alone (the library's is taken)",
    "fused layers": "fused adapter layers",
    "lean operations": "norms, gates and rotations in one pass",
    "attention": "attention by segments (the library's is taken)",
    "gradient checkpointing": "gradient checkpointing (more memory)",
    "packing": "several examples in a row (each is a row of its own)",
}


def train(job: Job) -> dict[str, Any]:
    """Train and write `final/`. Returns what was measured.

    Raises DataError, UsageError, Stopped, OutOfMemory, and AutotrainError where the loss is no number.
    """
    try:
        return _train(job)
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not _says_out_of_memory(error):
            raise
        raise OutOfMemory(
            f"out of memory in training: lower BATCH_SIZE (now {job.settings.batch_size}), SEQ_LEN (now "
            f"{job.settings.seq_len}) or LORA_R (now {job.settings.lora_r}), in that order, or set "
            f"GRADIENT_CHECKPOINTING=1."
        ) from None


def _says_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error)
    return "DefaultCPUAllocator" in text or "out of memory" in text.lower()


def encode(job: Job, tokenizer: Any) -> tuple[Encoded, Encoded]:
    """Training and validation examples. Raises DataError where nothing fits."""
    train_rows = _encode_file(job, tokenizer, job.data, "train")
    validation = _encode_file(job, tokenizer, job.val_data, "validation") if job.val_data else Encoded()
    if not train_rows.examples:
        raise DataError(f"{job.data}: no example fits into SEQ_LEN={job.settings.seq_len} tokens; raise it.")
    return train_rows, validation


def _encode_file(job: Job, tokenizer: Any, path: Path, kind: str) -> Encoded:
    rows = [row for _, row in read_samples(path)]
    if not rows:
        raise DataError(f"{path} holds no samples.")
    settings = job.settings
    encoded = encode_rows(
        tokenizer, rows, settings.seq_len, settings.thinking, split=settings.long_conversations == "split"
    )
    foreign = any(map(is_foreign, rows))  # rounds of our own drop what is too long, and never stop
    if kind == "train" and foreign and encoded.examples and encoded.too_long > settings.max_too_long * len(rows):
        raise DataError(
            f"{path}: {encoded.too_long} of {len(rows)} rows are longer than SEQ_LEN={settings.seq_len} tokens "
            f"and would be dropped; raise SEQ_LEN, set LONG_CONVERSATIONS=split, or allow it with MAX_TOO_LONG=1."
        )
    job.say(
        f"{kind}: {len(encoded.examples)} examples, {encoded.tokens} tokens, {encoded.answer_tokens} of them trained on"
        + (f"; {encoded.too_long} longer than SEQ_LEN={job.settings.seq_len} dropped" if encoded.too_long else "")
    )
    if +encoded.counts:
        job.say(f"{kind}: " + ", ".join(f"{count} {name}" for name, count in (+encoded.counts).items()))
    return encoded


def _train(job: Job) -> dict[str, Any]:
    settings = job.settings
    if not torch.cuda.is_available():
        torch.set_num_threads(threads.count())
        allocation.tune_malloc()
        allocation.bound_primitive_cache()
    transformers.set_seed(settings.seed)
    loading.quiet_libraries()
    tokenizer = loading.load_tokenizer(job.reference)
    config = models.read_config(job.reference)
    suitability.check_config(job.reference, config, settings, profiles.detect())
    suitability.check_tokenizer(job.reference, config, tokenizer, settings)
    train_rows, validation = encode(job, tokenizer)
    settings = _fitted(job, train_rows)
    if settings.seq_len != job.asked.seq_len:
        train_rows, validation = encode(job, tokenizer)
    settings = _bounded(job, train_rows)
    trl_trainer = importlib.import_module("autotrain.training.trl_trainer") if settings.train_backend == "trl" else None
    make_arguments = trl_trainer.arguments if trl_trainer else arguments
    args = make_arguments(job, bool(validation.examples))  # several processes know each other from here on
    with args.main_process_first(local=False):
        checkpoint = checkpoints.begin(job, writes=args.should_save)

    products = precision.cpu_products(settings.cpu_compute_dtype)
    base = _load_base(job, products)
    allocation.give_back()
    model = lora.adapted(base, job)
    initial_norm = lora.norm(model)
    covered = lora.coverage(model)
    job.say(f"adapted: {covered['adapted']}; quantised: {covered['quantised']}")
    rounded = products != "float32" or settings.bits == 8 or torch.cuda.is_available()
    route = proof.settle(
        model,
        products,
        settings.seq_len,
        train_rows.examples,
        rounded=rounded,
        backend=settings.train_backend,
        packing=settings.packing,
    )
    for name, reason in route.refused.items():
        job.say(f"without {LEFT_OUT[name]} for this model: {reason}")
    allocation.give_back()

    monitor = Monitor(job)
    parts = (job, args, model, monitor, train_rows.examples, validation.examples, route)
    trainer = trl_trainer.TrlTrainer(*parts, tokenizer) if trl_trainer else AnswerTrainer(*parts)
    if checkpoint:
        monitor.restore(checkpoints.progress_of(checkpoint))
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if monitor.stopped:
        raise Stopped(f"stopped after step {trainer.state.global_step}; its checkpoint is kept.")
    if not math.isfinite(lora.norm(model)):
        raise AutotrainError(f"the adapter's weights are no numbers: lower LR (now {settings.lr:g}).")
    best = _take_best(trainer, job)
    seconds = monitor.seconds

    result = {
        "backend": settings.train_backend,
        "steps": trainer.state.global_step,
        "steps_planned": settings.train_steps,
        "train_loss": monitor.last_loss,
        **best,
        "examples": len(train_rows.examples),
        "validation_examples": len(validation.examples),
        "too_long": train_rows.too_long,
        "conversations": dict(+train_rows.counts),
        "tokens": monitor.tokens,
        "answer_tokens": monitor.answer_tokens,
        "seconds": round(seconds, 3),
        "tokens_per_second": round(monitor.tokens / seconds, 1),
        "trainable_parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "adapter_norm": lora.norm(model),
        "adapter_moved": round(abs(lora.norm(model) - initial_norm), 6),
        "peak_memory_bytes": allocation.peak_bytes(),
        "predicted_memory_bytes": job.predicted_bytes or None,
        "coverage": covered,
        "proof": route.as_json(),
        "lowered_to_fit": memory.changes(job.asked, job.settings),
        "teachers": _teachers(job.data),
        "command": card.stage_command(job.asked, job.data),
        **job.facts,
    }
    trainer.accelerator.wait_for_everyone()
    if trainer.is_world_process_zero():

        def write(folder: Path) -> None:
            trainer.save_adapter(folder)
            tokenizer.save_pretrained(folder)
            write_json(folder / "training.json", result)
            card.name_the_base(job.reference, folder)
            card.write(job.reference, folder)

        checkpoints.replace_folder(job.final, write)
    return result


def _teachers(data: Path) -> dict[str, int]:
    """How many rows each teacher wrote, most first."""
    found = Counter(str(row.get("metadata", {}).get("teacher_model") or "unknown") for row in load_rows(data))
    return dict(found.most_common())


def _bounded(job: Job, encoded: Encoded) -> Settings:
    """Settings with no more steps than MAX_PASSES over the rows need: further passes teach the rows by heart."""
    settings = job.settings
    rows = Rows.of(encoded.examples, backends.process_count())
    a_pass = rows.steps_of_a_pass(settings)
    passes = settings.train_steps / a_pass
    most = math.ceil(settings.max_passes * a_pass)
    if settings.max_passes and settings.train_steps > most:
        job.say(
            f"{most} steps in place of {settings.train_steps}: MAX_PASSES={settings.max_passes:g} passes over "
            f"{len(encoded.examples)} examples, {a_pass} steps each"
        )
        job.settings = dataclasses.replace(settings, train_steps=most)
    else:
        job.say(f"{settings.train_steps} steps are {passes:.1f} passes over {len(encoded.examples)} examples")
    return job.settings


def _load_base(job: Job, products: str) -> Any:
    loading.require_cuda(profiles.detect())
    if job.settings.train_backend == "unsloth":
        return backends.load_unsloth(job.reference.location, job.reference.pin, job.settings)
    bits = job.settings.bits
    return loading.load_base(job.reference, bits, spread=job.spread, cpu_products=products)


def _fitted(job: Job, encoded: Encoded) -> Settings:
    """Settings that fit this machine, from the rows' real lengths; the same as before on a resume."""
    before = checkpoints.fitted_before(job)
    if before:
        job.settings = dataclasses.replace(job.settings, **before)
    hardware = memory.available_here(profiles.detect())
    rows = Rows.of(encoded.examples, backends.process_count())
    cards = 1 if backends.launched() else torch.cuda.device_count()
    if cards > 1 and not memory.predict(job.settings, models.read_config(job.reference), hardware, rows).fits:
        job.spread = True
        hardware = dataclasses.replace(hardware, vram_bytes=hardware.vram_bytes * cards)
        job.say(f"one GPU is too small: the layers are spread over {cards}")
    job.settings = memory.settle_backend(job.settings, models.read_config(job.reference), hardware, rows)
    if job.settings.train_backend != "own":
        job.say(f"trained by {job.settings.train_backend} (TRAIN_BACKEND={job.asked.train_backend})")
    job.settings, prediction = memory.settle(job.settings, models.read_config(job.reference), hardware, rows)
    job.predicted_bytes = prediction.peak_bytes
    job.say(f"memory: {prediction.describe()}")
    lowered = memory.changes(job.asked, job.settings)
    if lowered:
        job.say("lowered to fit: " + ", ".join(f"{variable(name)}={value}" for name, value in lowered.items()))
    return job.settings


def _take_best(trainer: Watched, job: Job) -> dict[str, Any]:
    """Leave in the model the adapter with the lowest validation loss; the last one where there is no validation."""
    if trainer.eval_dataset is None:
        return {"validation_loss": None, "best_step": trainer.state.global_step}
    logged = [entry for entry in trainer.state.log_history if "eval_loss" in entry]
    if not logged or logged[-1]["step"] != trainer.state.global_step:
        trainer.evaluate()
        logged = [entry for entry in trainer.state.log_history if "eval_loss" in entry]
    trainer.accelerator.wait_for_everyone()
    facts = checkpoints.Best(trainer.best.folder).facts
    if facts is None:
        raise AutotrainError("the validation loss was never a number: lower LR.")
    if facts["step"] != trainer.state.global_step:
        job.say(f"the validation loss was lowest at step {facts['step']}: that adapter is kept")
        from peft import load_peft_weights, set_peft_model_state_dict

        model: Any = trainer.accelerator.unwrap_model(trainer.model)
        set_peft_model_state_dict(model, load_peft_weights(str(trainer.best.folder), device="cpu"))
    return {
        "validation_loss": facts["validation_loss"],
        "best_step": facts["step"],
        "last_validation_loss": logged[-1]["eval_loss"],
    }
