#!/usr/bin/env python3
"""Export a trained adapter: a merged 16-bit model, GGUF with an Ollama Modelfile, a model card.

python scripts/export.py --adapter autotrain/best_adapter --output exported [--gguf] [--data F] [--suite NAME]
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import UsageError


def make_parser() -> argparse.ArgumentParser:
    parser = cli.stage_parser(__doc__, settings.of_stage("export"), with_round=False)
    parser.add_argument("--adapter", type=Path, required=True, metavar="DIR", help="the adapter, for example .../final")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="the merged model goes here")
    parser.add_argument("--gguf", action="store_true", help="also GGUF and an Ollama Modelfile (needs llama.cpp)")
    parser.add_argument("--llama-cpp", metavar="DIR", help="llama.cpp's folder (default: LLAMA_CPP, then PATH)")
    parser.add_argument(
        "--data", type=cli.existing_file, metavar="F", help="samples on which to compare merged model and adapter"
    )
    parser.add_argument("--suite", metavar="NAME|FILE", help="a suite on which stage 05 compares them")
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    from autotrain.training import export, memory, models

    settings = memory.settle_in(context)
    converter = export.find_converter(arguments.llama_cpp) if arguments.gguf else None
    if arguments.output.resolve() == arguments.adapter.resolve():
        raise UsageError("--output is the adapter itself: name another directory.")
    reference = models.find(settings.base_model, settings.base_revision, settings.cache_dir)
    context.say(f"export: merging {arguments.adapter} into {reference.name}")
    summary: dict[str, Any] = {"stage": "export", "output": str(arguments.output)}
    summary |= export.merge(reference, arguments.adapter, arguments.output)
    if arguments.data:
        summary |= export.compare_losses(
            reference, arguments.adapter, arguments.output, arguments.data, settings.seq_len, settings.thinking
        )
        context.say(
            f"export: loss {summary['adapter_loss']:.4f} with the adapter on the 4-bit base, "
            f"{summary['merged_loss']:.4f} merged (difference {summary['difference']:+.4f})"
        )
    if arguments.data or arguments.suite:
        tasks = ["--data", str(arguments.data)] if arguments.data else []
        tasks += ["--suite", arguments.suite] if arguments.suite else []
        summary["evaluation"] = found = export.evaluate_again(settings, arguments.adapter, arguments.output, tasks)
        context.say(
            f"export: {found['before']:.1%} of {found['total']} tasks with the adapter, {found['after']:.1%} merged "
            f"({len(found['gained'])} gained, {len(found['lost'])} lost by merging)"
        )
    from autotrain.jsonl import atomic_writer
    from autotrain.training import loading

    tokenizer = loading.load_tokenizer(models.ModelRef(str(arguments.output), str(arguments.output), "", True))
    if converter:
        gguf = export.convert_to_gguf(converter, arguments.output, arguments.output / "gguf")
        with atomic_writer(gguf.parent / "Modelfile") as stream:
            stream.write(export.modelfile(tokenizer, f"./{gguf.name}", settings.thinking).encode())
        summary["gguf"] = str(gguf)
        context.say(f"export: ollama create NAME -f {gguf.parent / 'Modelfile'}")
    return summary


if __name__ == "__main__":
    sys.exit(cli.main("export", make_parser(), work))
