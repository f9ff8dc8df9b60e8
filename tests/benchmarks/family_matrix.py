"""Every family of base models at 4, 8 and 16 bits: trained, answered, merged, each right or refused in one sentence.

    PYTHONPATH=.:tests/support python tests/benchmarks/family_matrix.py [NAME ...] [--bits 4 16] [--write]

One tiny random model a family (tests/support/families.py), all in one process. Beside what the start-up proof
finds, the validation loss that training reports is taken again by the library alone, one row at a time. --write
puts the table into docs/models.md. Exit code 1 where anything ends in another way than right or refused.
"""

import argparse
import contextlib
import io
import json
import shutil
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import families
import tiny_model

from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.errors import AutotrainError

PAGE = PROJECT_ROOT / "docs" / "models.md"
BEGIN, END = "<!-- made by tests/benchmarks/family_matrix.py -->", "<!-- end of families -->"
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


def run(name: str, bits: int, root: Path) -> dict[str, Any]:
    """One family at one number of bits. Returns what came of it; never raises."""
    found: dict[str, Any] = {"family": name, "bits": bits, "stage": "train"}
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            _run(name, bits, root, found)
        found["stage"] = "done"
    except AutotrainError as error:
        found["refused"] = str(error)
    except Exception:
        found["fault"] = traceback.format_exc()
    return found


def _run(name: str, bits: int, root: Path, found: dict[str, Any]) -> None:
    from autotrain.evaluation.answers import Answerer
    from autotrain.training import export, models, sft, suitability

    folder = root / name.replace(",", "").replace(" ", "_")
    if not folder.is_dir():
        families.save(name, folder)
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


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown, one line a family where all its bits came out alike."""
    lines = [
        "| family | bits | shortcuts left out | several examples a row | decoding | adapted | quantised at 4 bits |",
        "|---|---|---|---|---|---|---|",
    ]
    merged: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        merged.setdefault((row["family"], *_cells(row)), []).append(str(row["bits"]))
    quantised = {row["family"]: row["coverage"]["quantised"] for row in rows if row["bits"] == 4 and "coverage" in row}
    for (family, *cells), bits in merged.items():
        lines.append(f"| {family} | {', '.join(bits)} | {' | '.join(cells)} | {quantised.get(family, '')} |")
    return "\n".join(lines)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    if "fault" in row:
        return f"FAULT in {row['stage']}: {row['fault'].strip().splitlines()[-1][:100]}", "", "", ""
    if "refused" in row:
        return f"refused: {row['refused'].rpartition('BASE_MODEL')[2].strip()}", "", "", ""
    proof = row["proof"]
    return (
        ", ".join(name for name in proof["left_out"] if name != "packing") or "none",
        "yes" if proof["packed_equals_alone"] else "no: one a row",
        "ours" if row["decoding"]["own"] else "the library's",
        row["coverage"]["adapted"],
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--bits", type=int, nargs="+", default=list(BITS))
    parser.add_argument("--write", action="store_true", help="put the table into docs/models.md")
    parser.add_argument("--json", type=Path, help="every result, one JSON line each")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.names or families.FAMILIES:
            for bits in arguments.bits:
                rows.append(run(name, bits, Path(folder)))
                print(f"{name} {bits}: {' | '.join(_cells(rows[-1]))}", file=sys.stderr, flush=True)
                if "fault" in rows[-1]:
                    print(rows[-1]["fault"], file=sys.stderr)
                if arguments.json:
                    with arguments.json.open("a") as stream:
                        stream.write(json.dumps(rows[-1]) + "\n")
    print(table(rows))
    if arguments.write:
        text = PAGE.read_text()
        before, after = text[: text.index(BEGIN)], text[text.index(END) :]
        PAGE.write_text(f"{before}{BEGIN}\n\n{table(rows)}\n\n{after}")
    return int(any("fault" in row for row in rows))


if __name__ == "__main__":
    sys.exit(main())
