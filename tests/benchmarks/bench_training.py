#!/usr/bin/env python3
"""Training: tokens a second and loss against a plain TRL SFTTrainer, and peak memory against its prediction.

    python tests/benchmarks/bench_training.py --steps 6        # speed and loss, both in one run
    python tests/benchmarks/bench_training.py --backends       # TRAIN_BACKEND own beside trl, in one run
    python tests/benchmarks/bench_training.py --memory         # peak memory of several settings, predicted and measured
    python tests/benchmarks/bench_training.py --logits         # peak memory with and without the chunked answer loss
    python tests/benchmarks/bench_training.py --proofs         # seconds of both start-up proofs, nothing is trained
    python tests/benchmarks/bench_training.py --dtypes --steps 150 --samples 700   # CPU_COMPUTE_DTYPE, over many steps

Each training runs in a process of its own, one after the other, on samples of the builtin
teacher (or --data F) at the `cpu` profile.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

Mark = tuple[float, int]  # CPU seconds of this process, tokens trained on so far

MEMORY_SETTINGS: list[dict[str, Any]] = [
    {"batch_size": 1, "grad_accum": 2},
    {"batch_size": 4, "grad_accum": 1},
    {"batch_size": 8, "grad_accum": 1},
    {"batch_size": 4, "grad_accum": 1, "gradient_checkpointing": True},
    {"batch_size": 4, "grad_accum": 1, "lora_r": 128},
    {"batch_size": 4, "grad_accum": 1, "quantization_bits": "16"},
    {"batch_size": 2, "grad_accum": 1, "quantization_bits": "8"},
    {"batch_size": 2, "grad_accum": 1, "packing": True},
]


def cpu_settings(**changes: Any) -> Any:
    from autotrain.config import profiles
    from autotrain.config.settings import Settings

    names = Settings.__dataclass_fields__
    profile = {name: value for name, value in profiles.PROFILES["cpu"].items() if name in names}
    return Settings(**{**profile, "quantization_bits": "4", "save_steps": 10_000, "eval_steps": 10_000, **changes})


def train_ours(data: Path, output: Path, changes: dict[str, Any]) -> dict[str, Any]:
    from autotrain.training import answer_loss, models, sft

    if changes.pop("whole_logits", False):
        answer_loss.install = whole_logits
    settings = cpu_settings(**changes)
    reference = models.find(settings.base_model, "", settings.cache_dir)
    steps: list[dict[str, Any]] = []
    marks: list[Mark] = []

    def on_step(metrics: dict[str, Any]) -> None:
        steps.append(metrics)
        marks.append((time.process_time(), metrics["tokens"]))

    result = sft.train(sft.Job(reference, data, None, output, settings, on_step=on_step))
    # Up to the end of the last step, as in the peer: the final checkpoint is not counted.
    seconds = steps[-1]["tokens"] / steps[-1]["tokens_per_second"]
    return {"seconds": round(seconds, 2), "tokens": result["tokens"], **_cpu_rate(marks), **_memory(result)}


def _cpu_rate(marks: list[Mark]) -> dict[str, float]:
    """From the end of the first step to that of the last, which is less troubled by others on the machine."""
    if len(marks) < 2:
        return {}
    (began, before), (ended, after) = marks[0], marks[-1]
    return {"tokens_per_cpu_second": round((after - before) / (ended - began), 1)}


def whole_logits(causal_lm: Any) -> None:
    """The usual loss in place of ours: logits of every token at once."""
    import types

    import torch
    from transformers.modeling_outputs import CausalLMOutputWithPast

    plain_forward = causal_lm.forward

    def forward(self: Any, *arguments: Any, labels: Any = None, **options: Any) -> Any:
        if labels is None:
            return plain_forward(*arguments, **options)
        options.pop("num_items_in_batch", None)
        logits = plain_forward(*arguments, **{**options, "use_cache": False}).logits[0, :-1].float()
        return CausalLMOutputWithPast(
            loss=torch.nn.functional.cross_entropy(logits, labels[0, 1:], reduction="sum")  # type: ignore[arg-type]
        )

    causal_lm.forward = types.MethodType(forward, causal_lm)


def _memory(result: dict[str, Any]) -> dict[str, Any]:
    return {name: result[name] for name in ("peak_memory_bytes", "predicted_memory_bytes")}


def train_trl(data: Path, output: Path, changes: dict[str, Any]) -> dict[str, Any]:
    """What its documentation shows: a quantised model, a LoraConfig, an SFTTrainer; our settings, its defaults."""
    import os

    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from autotrain.jsonl import load_rows
    from autotrain.tasks import prompts
    from autotrain.training import allocation, loading, models

    settings = cpu_settings(**changes)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    dtype, cuda = loading.compute_dtype(), torch.cuda.is_available()
    reference = models.find(settings.base_model, "", settings.cache_dir)
    tokenizer = loading.load_tokenizer(reference)
    rows = [
        {"prompt": prompts.render(tokenizer, row), "completion": row["output"] + tokenizer.eos_token}
        for row in load_rows(data)
        if len(prompts.encode_prompt(tokenizer, row)) + len(prompts.encode_answer(tokenizer, row["output"]))
        <= settings.seq_len
    ]
    model = AutoModelForCausalLM.from_pretrained(
        reference.location,
        dtype=dtype,
        device_map={"": 0} if cuda else None,
        quantization_config=BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=dtype,
        ),
    )
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir=str(output),
            max_length=settings.seq_len,
            max_steps=settings.train_steps,
            per_device_train_batch_size=settings.batch_size,
            gradient_accumulation_steps=settings.grad_accum,
            learning_rate=settings.lr,
            lr_scheduler_type=settings.lr_schedule,
            warmup_steps=1,
            gradient_checkpointing=settings.gradient_checkpointing,
            use_cpu=not cuda,
            bf16=dtype == torch.bfloat16,
            fp16=dtype == torch.float16,
            save_strategy="no",
            logging_steps=1,
            report_to=[],
            disable_tqdm=True,
            seed=settings.seed,
            data_seed=settings.seed,
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=LoraConfig(
            r=settings.lora_r,
            lora_alpha=2 * settings.lora_r,
            use_rslora=settings.rslora,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
    )
    times: dict[str, float] = {}
    marks: list[Mark] = []

    class Clock(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **options: Any) -> None:
            times["begin"] = time.monotonic()

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **options: Any) -> None:
            times.setdefault(f"step {state.global_step}", time.monotonic())
            if "num_tokens" in (logs or {}) and "loss" in logs:
                marks.append((time.process_time(), int(logs["num_tokens"])))

    trainer.add_callback(Clock())
    trainer.train()
    seconds = times[f"step {settings.train_steps}"] - times["begin"]
    trainer.model.peft_config["default"].base_model_name_or_path = reference.location
    trainer.model.save_pretrained(output / "final")
    # It counts the attention mask of every batch: padding is left out here, as in ours.
    tokens = int(trainer.state.log_history[-2]["num_tokens"])
    return {
        "seconds": round(seconds, 2),
        "tokens": tokens,
        **_cpu_rate(marks),
        "peak_memory_bytes": allocation.peak_resident_bytes(),
    }


def loss_of(adapter: Path, data: Path) -> float:
    """Mean loss per answer token of an adapter, by plain cross-entropy."""
    import torch

    from autotrain.jsonl import load_rows
    from autotrain.training import loading, models
    from autotrain.training.examples import encode_rows

    loading.quiet_libraries()
    settings = cpu_settings()
    reference = models.find(settings.base_model, "", settings.cache_dir)
    model = loading.load_adapter(loading.load_base(reference, 4), reference, adapter)
    encoded = encode_rows(loading.load_tokenizer(reference), load_rows(data), settings.seq_len)
    total = 0.0
    with torch.no_grad():
        for example in encoded.examples:
            logits = model(input_ids=torch.tensor([example.input_ids])).logits[0, :-1].float()
            total += float(torch.nn.functional.cross_entropy(logits, torch.tensor(example.labels[1:]), reduction="sum"))
    return total / encoded.answer_tokens


def in_a_process(what: str, data: Path, output: Path, changes: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, __file__, "--worker", what, "--data", str(data), "--output", str(output)]
    done = subprocess.run([*command, "--changes", json.dumps(changes)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def make_samples(folder: Path, count: int) -> tuple[Path, Path]:
    from autotrain.jsonl import load_rows, write_rows

    raw = folder / "raw.jsonl"
    subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "01_teacher_generate.py"), "--teacher", "builtin", "--quiet"]
        + ["--samples", str(count + 16), "--output", str(raw)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    rows = load_rows(raw)
    write_rows(folder / "train.jsonl", rows[16:])
    write_rows(folder / "val.jsonl", rows[:16])
    return folder / "train.jsonl", folder / "val.jsonl"


def compare(data: Path, validation: Path, folder: Path, steps: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("trl", "ours"):
        found[name] = in_a_process(name, data, folder / name, {"train_steps": steps})
        found[name]["tokens_per_second"] = round(found[name]["tokens"] / found[name]["seconds"], 1)
        found[name]["validation_loss"] = round(loss_of(folder / name / "final", validation), 4)
        print(name, found[name], file=sys.stderr, flush=True)
    found["speed_ratio"] = round(found["ours"]["tokens_per_second"] / found["trl"]["tokens_per_second"], 2)
    found["cpu_ratio"] = round(found["ours"]["tokens_per_cpu_second"] / found["trl"]["tokens_per_cpu_second"], 2)
    found["memory_ratio"] = round(found["ours"]["peak_memory_bytes"] / found["trl"]["peak_memory_bytes"], 2)
    return found


def backends(data: Path, validation: Path, folder: Path, steps: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("trl", "own"):
        result = in_a_process("ours", data, folder / name, {"train_steps": steps, "train_backend": name})
        result["tokens_per_second"] = round(_speed(result), 1)
        result["validation_loss"] = round(loss_of(folder / name / "final", validation), 4)
        found[name] = result
        print(name, result, file=sys.stderr, flush=True)
    return {
        **found,
        "speed_ratio": round(_speed(found["own"]) / _speed(found["trl"]), 2),
        "cpu_ratio": round(found["own"]["tokens_per_cpu_second"] / found["trl"]["tokens_per_cpu_second"], 2),
        "memory_ratio": round(found["own"]["peak_memory_bytes"] / found["trl"]["peak_memory_bytes"], 2),
    }


def dtypes(data: Path, validation: Path, folder: Path, steps: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("float32", "bfloat16"):
        result = in_a_process("ours", data, folder / name, {"train_steps": steps, "cpu_compute_dtype": name})
        result["tokens_per_second"] = round(result["tokens"] / result["seconds"], 1)
        result["validation_loss"] = round(loss_of(folder / name / "final", validation), 4)
        result["predicted_over_measured"] = round(result["predicted_memory_bytes"] / result["peak_memory_bytes"], 3)
        found[name] = result
        print(name, result, file=sys.stderr, flush=True)
    return {**found, "speed_ratio": round(_speed(found["bfloat16"]) / _speed(found["float32"]), 2)}


def _speed(result: dict[str, Any]) -> float:
    return result["tokens"] / result["seconds"]


def logits(data: Path, folder: Path) -> list[dict[str, Any]]:
    rows = []
    for batch_size in (4, 16):
        found: dict[str, Any] = {"batch_size": batch_size}
        for name, whole in (("chunked", False), ("whole", True)):
            changes = {"train_steps": 2, "batch_size": batch_size, "gradient_checkpointing": True}
            result = in_a_process("ours", data, folder / f"{batch_size}{name}", {**changes, "whole_logits": whole})
            found[f"{name}_peak_gb"] = round(result["peak_memory_bytes"] / 1e9, 3)
        rows.append(found)
        print(found, file=sys.stderr, flush=True)
    return rows


def memory(data: Path, folder: Path) -> list[dict[str, Any]]:
    rows = []
    for number, changes in enumerate(MEMORY_SETTINGS):
        result = in_a_process("ours", data, folder / str(number), {"train_steps": 3, **changes})
        ratio = result["predicted_memory_bytes"] / result["peak_memory_bytes"]
        rows.append({**changes, **{name: round(result[name] / 1e9, 3) for name in result if "bytes" in name}})
        rows[-1]["predicted_over_measured"] = round(ratio, 3)
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def proofs(data: Path) -> dict[str, Any]:
    import os

    import torch

    from autotrain.evaluation import decoding_proof
    from autotrain.jsonl import load_rows
    from autotrain.tasks import prompts
    from autotrain.training import loading, lora, models, precision, proof, sft
    from autotrain.training.examples import encode_rows

    loading.quiet_libraries()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    settings = cpu_settings(quantization_bits="16")
    reference = models.find(settings.base_model, "", settings.cache_dir)
    products = precision.cpu_products(settings.cpu_compute_dtype)
    rows, tokenizer = load_rows(data), loading.load_tokenizer(reference)
    base = loading.load_base(reference, settings.bits, cpu_products=products)
    asked = [prompts.encode_prompt(tokenizer, row) for row in rows]
    decoding = decoding_proof.prove(base, tokenizer, asked, rounded=products != "float32")
    base = loading.load_base(reference, settings.bits, cpu_products=products)  # decoding has an attention of its own
    model = lora.adapted(base, sft.Job(reference, data, None, data.parent, settings))
    examples = encode_rows(tokenizer, rows, settings.seq_len).examples
    route = proof.settle(model, products, settings.seq_len, examples, rounded=products != "float32")
    return {"training": route.as_json(), "decoding": {"own": decoding.own, "seconds": decoding.seconds}}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--samples", type=int, default=80)
    parser.add_argument("--data", type=Path, help="samples to train on, in place of the builtin teacher's")
    parser.add_argument("--backends", action="store_true", help="our trainer beside TRL's on the same rows")
    parser.add_argument("--memory", action="store_true", help="peak memory against its prediction")
    parser.add_argument("--logits", action="store_true", help="peak memory with and without the chunked loss")
    parser.add_argument("--proofs", action="store_true", help="seconds of the start-up proofs")
    parser.add_argument("--dtypes", action="store_true", help="products in fp32 beside products in bf16")
    parser.add_argument("--worker", choices=("ours", "trl"), help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--changes", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        worker = train_ours if arguments.worker == "ours" else train_trl
        print(json.dumps(worker(arguments.data, arguments.output, json.loads(arguments.changes))))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train, validation = (
            (arguments.data, arguments.data) if arguments.data else make_samples(folder, arguments.samples)
        )
        if arguments.memory or arguments.logits:
            found: Any = memory(train, folder) if arguments.memory else logits(train, folder)
        elif arguments.proofs:
            found = proofs(train)
        elif arguments.backends:
            found = backends(train, validation, folder, arguments.steps)
        elif arguments.dtypes:
            found = dtypes(train, validation, folder, arguments.steps)
        else:
            found = compare(train, validation, folder, arguments.steps)
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
