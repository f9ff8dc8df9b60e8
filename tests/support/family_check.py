"""One family of base models taken all the way: trained, its loss taken again by the library, answered, merged.

found = family_check.run("granite", 4, tmp_path)     # what came of it; "fault" or "refused" where it ended early
"""

import contextlib
import io
import shutil
import traceback
from pathlib import Path
from typing import Any

import families
import tiny_model

from autotrain.config.settings import Settings
from autotrain.errors import AutotrainError

BITS = (4, 8, 16)
SETTINGS: dict[str, Any] = {
    "seq_len": 512,
    "batch_size": 2,
    "grad_accum": 1,
    "train_steps": 2,
    "max_passes": 0.0,
    "lora_r": 4,
    "lr": 1e-3,
    "save_steps": 10,
    "eval_steps": 2,
    "gradient_checkpointing": False,
    "packing": True,
    "max_new_tokens": 8,
}


def run(name: str, bits: int, root: Path, model: Path | None = None) -> dict[str, Any]:
    """One family at one number of bits; `model`: a folder to take it from. Returns what came of it; never raises."""
    found: dict[str, Any] = {"family": name, "bits": bits, "stage": "train"}
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            _run(model or _made(name, root), bits, root, found)
        found["stage"] = "done"
    except AutotrainError as error:
        found["refused"] = str(error).replace(str(model or _made(name, root)), name)
    except Exception:
        found["fault"] = traceback.format_exc()
    return found


def _made(name: str, root: Path) -> Path:
    folder = root / name.replace(",", "").replace(" ", "_")
    return folder if folder.is_dir() else families.save(name, folder)


def _run(folder: Path, bits: int, root: Path, found: dict[str, Any]) -> None:
    from autotrain.evaluation.answers import Answerer
    from autotrain.training import export, models, sft, suitability

    settings = Settings(**{**SETTINGS, "base_model": str(folder), "quantization_bits": str(bits)})
    reference = models.find(settings.base_model, "", "")
    found["notes"] = suitability.examine(reference, settings)
    said: list[str] = []
    output = root / f"out_{bits}"
    shutil.rmtree(output, ignore_errors=True)
    job = sft.Job(
        reference=reference,
        data=tiny_model.write_samples(root / "train.jsonl", 6),
        val_data=tiny_model.write_samples(root / "val.jsonl", 3),
        output=output,
        settings=settings,
        say=said.append,
    )
    result = sft.train(job)
    found["proof"], found["coverage"] = result["proof"], result["coverage"]
    found["stage"] = "loss"
    loss = library_loss(reference, settings, job.final, root / "val.jsonl")
    found["loss_differs"] = abs(loss - result["validation_loss"]) / abs(loss)
    if not found["loss_differs"] < 0.02:
        raise RuntimeError(f"validation loss {result['validation_loss']} where the library's is {loss}")
    found["stage"] = "answer"
    model = Answerer(settings, job.final, said.append)
    model.answer([("val", task) for task in tiny_model.samples_of(3)])
    found["decoding"] = model.describe()["decoding_proof"]
    found["folded"] = not any("beside the weights" in line for line in said)
    if bits != 8:
        found["stage"] = "export"
        found["logits_moved"] = export.merge(reference, job.final, output / "merged")["logits_moved"]


def library_loss(reference: Any, settings: Any, adapter: Path, data: Path) -> float:
    """The mean loss of an answer token, by the library alone, one row at a time."""
    import torch

    from autotrain.jsonl import load_rows
    from autotrain.training import lean_ops, loading, precision
    from autotrain.training.examples import encode_rows

    tokenizer = loading.load_tokenizer(reference)
    products = precision.cpu_products(settings.cpu_compute_dtype)
    base = loading.load_base(reference, settings.bits, cpu_products=products)
    lean_ops.restore_rotations(base)
    model = loading.load_adapter(base, reference, adapter).eval()
    total = count = 0.0
    for example in encode_rows(tokenizer, load_rows(data), settings.seq_len).examples:
        with torch.no_grad():
            loss = model(
                input_ids=torch.tensor([example.input_ids]), labels=torch.tensor([example.labels]), use_cache=False
            ).loss
        total, count = total + float(loss) * example.answer_tokens, count + example.answer_tokens
    return total / count
