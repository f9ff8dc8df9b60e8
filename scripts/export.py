#!/usr/bin/env python3
"""Export a trained adapter: a merged 16-bit model, GGUF with an Ollama Modelfile, a model card; or push it to the hub.

python scripts/export.py --adapter autotrain/best_adapter --output exported [--gguf] [--data F] [--suite NAME]
python scripts/export.py --adapter autotrain/best_adapter --push USER/NAME [--data F] [--public]
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
    parser.add_argument("--output", type=Path, metavar="DIR", help="the merged model goes here")
    parser.add_argument("--gguf", action="store_true", help="also GGUF and an Ollama Modelfile")
    parser.add_argument("--llama-cpp", metavar="DIR", help="convert by this clone of llama.cpp (or LLAMA_CPP)")
    parser.add_argument(
        "--data",
        type=cli.existing_file,
        action="append",
        default=[],
        metavar="F",
        help="samples on which to compare merged model and adapter; with --push the data set; may be repeated",
    )
    parser.add_argument("--suite", metavar="NAME|FILE", help="a suite on which stage 05 compares them")
    parser.add_argument("--push", metavar="USER/NAME", help="send the adapter, its card and --data to the model hub")
    parser.add_argument("--public", action="store_true", help="with --push: for all to see (default: private)")
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    if not arguments.output and not arguments.push:
        raise UsageError("--output DIR or --push USER/NAME is needed: where the export goes.")
    summary: dict[str, Any] = {"stage": "export", "output": str(arguments.output) if arguments.output else None}
    if arguments.output:
        summary |= _merge(arguments, context)
    if arguments.push:
        summary["push"] = _push(arguments, context)
    return summary


def _push(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    from autotrain.report import publish

    private = not arguments.public
    sent = publish.shipments(arguments.push, arguments.adapter, arguments.data)
    for shipment in sent:
        context.say(f"export: {shipment.describe(private)}")
    may = publish.token() is not None
    addresses = publish.send(sent, private) if may else []
    context.say(f"export: sent to {', '.join(addresses)}" if may else "export: nothing was sent: HF_TOKEN is not set.")
    return {"sent": may, "private": private, "repositories": [one.name for one in sent], "addresses": addresses}


def _merge(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    from autotrain.training import export, gguf_file, loading, memory, models, ollama

    settings = memory.settle_in(context)
    converter = gguf_file.find_converter(arguments.llama_cpp) if arguments.gguf else None
    if arguments.output.resolve() == arguments.adapter.resolve():
        raise UsageError("--output is the adapter itself: name another directory.")
    reference = models.find(settings.base_model, settings.base_revision, settings.cache_dir)
    if arguments.gguf and not converter:
        gguf_file.family_of(models.read_config(reference), reference.name)  # refused before any work
    needed = export.require_disk(reference, arguments.output, ["q8_0"] if arguments.gguf else [])
    context.say(f"export: merging {arguments.adapter} into {reference.name} (about {needed / 1e9:.1f} GB on disk)")
    summary: dict[str, Any] = export.merge(reference, arguments.adapter, arguments.output)
    if arguments.data:
        summary |= export.compare_losses(
            reference, arguments.adapter, arguments.output, arguments.data, settings.seq_len, settings.thinking
        )
        context.say(
            f"export: loss {summary['adapter_loss']:.4f} with the adapter on the 4-bit base, "
            f"{summary['merged_loss']:.4f} merged (difference {summary['difference']:+.4f})"
        )
    tasks = [part for path in arguments.data for part in ("--data", str(path))]
    tasks += ["--suite", arguments.suite] if arguments.suite else []
    if tasks:
        summary["evaluation"] = export.evaluate_again(settings, arguments.adapter, arguments.output, tasks)
        context.say(f"export: {export.difference_line(summary['evaluation'], 'merged')}")
    if arguments.gguf:
        tokenizer = loading.load_tokenizer(models.ModelRef(str(arguments.output), str(arguments.output), "", True))
        files = gguf_file.write_files(converter, arguments.output, tokenizer)
        modelfile = ollama.write_modelfile(tokenizer, files[0], settings.thinking)
        summary["gguf"] = [str(path) for path in files]
        context.say(f"export: ollama create NAME -f {modelfile}")
        if tasks:
            summary["evaluation_of_gguf"] = _asked_again(files, arguments.output, tasks, settings, context)
    return summary


def _asked_again(
    files: list[Path], output: Path, tasks: list[str], settings: Any, context: cli.Context
) -> dict[str, Any]:
    """What each GGUF answers in llama.cpp's server, beside the adapter's own verdicts."""
    from autotrain.endpoint import servers
    from autotrain.training import export

    if not servers.has_llama_cpp():
        context.say(
            f"export: the GGUF was not asked again, since no server of llama.cpp is here (pip install "
            f"{servers.XLLAMACPP}, or llama-server on PATH)."
        )
        return {}
    found = {}
    for path in files:
        with servers.llama_cpp(path, context=settings.seq_len + settings.max_new_tokens) as served:
            found[path.stem] = export.evaluate_served(settings, output, served.model, served.url, tasks)
        context.say(f"export: {export.difference_line(found[path.stem], path.name)}")
    return found


if __name__ == "__main__":
    sys.exit(cli.main("export", make_parser(), work))
