#!/usr/bin/env python3
"""Stage 04: fine-tune a LoRA adapter on a quantised base model.

Reads the training and validation samples (JSONL); writes DIR/checkpoints and DIR/final.

    python scripts/04_train_qlora.py --data train.jsonl --val-data val.jsonl --output out_lora
    python scripts/04_train_qlora.py --data train.jsonl --show 3      # what would be trained on, token by token
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import Stopped, UsageError
from autotrain.jsonl import read_json
from autotrain.run import paths


def make_parser() -> argparse.ArgumentParser:
    parser = cli.stage_parser(__doc__, settings.of_stage("train"))
    parser.add_argument("--data", type=cli.existing_file, required=True, metavar="F", help="training samples, JSONL")
    parser.add_argument("--val-data", type=cli.existing_file, metavar="F", help="validation samples, JSONL")
    parser.add_argument("--output", type=Path, metavar="DIR", help="final/ and checkpoints/ go here")
    parser.add_argument(
        "--show", type=cli.positive, metavar="N", help="train nothing: print N rows token by token, trained ones marked"
    )
    parser.add_argument("--init-adapter", type=Path, metavar="DIR", help="start from this adapter, not from zero")
    parser.add_argument(
        "--selection",
        type=cli.existing_file,
        metavar="F",
        help="tasks with tests: the adapter is written at the strength that passes most of them",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the newest whole checkpoint in --output")
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    if arguments.show:
        from autotrain.training import show

        return {"stage": "train", **show.show(arguments.data, context.settings, arguments.show)}
    if arguments.output is None:
        raise UsageError("--output DIR is needed: final/ and checkpoints/ go there.")
    from autotrain.config import profiles
    from autotrain.training import backends, memory, models

    settings = memory.settle_in(context)
    backends.check(settings, has_gpu=profiles.detect().vram_bytes > 0)
    if settings.launcher and not backends.launched():
        backends.launch(
            backends.launcher_config(settings.launcher),
            Path(__file__).resolve(),
            [*sys.argv[1:], "--bits", str(settings.bits)],
        )
    reference = models.find(settings.base_model, settings.base_revision, settings.cache_dir)
    models.read_config(reference)  # a model that cannot be had is known before seconds of imports
    context.say(f"train: loading {reference.name} in {settings.bits} bits")
    if settings.train_backend == "unsloth":
        import unsloth  # noqa: F401  # pyright: ignore[reportMissingImports]
    from autotrain.training import sft  # torch and transformers: seconds

    with context.progress("train", settings.train_steps, unit="step") as bar:

        def on_step(metrics: dict[str, Any]) -> None:
            if "loss" in metrics:
                bar.total, bar.note = metrics["steps"], f"loss {metrics['loss']:.2f}"
                left = metrics["steps"] - metrics["step"]
                bar.pace_s = metrics["eta_s"] / left if left else bar.pace_s
                bar(metrics["step"] - bar.count)
            context.emit("train_step", **metrics)
            context.update_state(lambda state: state["training"].update(metrics))

        first = backends.process_index() == 0
        result = sft.train(
            sft.Job(
                reference=reference,
                data=arguments.data,
                val_data=arguments.val_data,
                output=arguments.output,
                settings=settings,
                init_adapter=arguments.init_adapter,
                resume=arguments.resume,
                on_step=on_step if first else lambda metrics: None,
                say=context.say if first else lambda text: None,
                stop_requested=context.stop_requested,
            )
        )
    final = arguments.output / "final"
    if first:
        context.keep_proof("training", result["proof"])
    if arguments.selection and first:
        result.update(_weaken(final, arguments.selection, context))
    context.say(
        f"train: {result['steps']} steps in {result['seconds']:.0f} s, loss {result['train_loss']:.4f}, "
        f"adapter in {arguments.output / 'final'}"
    )
    return {"stage": "train", "output": str(arguments.output / "final"), **result}


def _weaken(final: Path, selection: Path, context: cli.Context) -> dict[str, Any]:
    """Write the adapter at the strength that passes most selection tasks. Returns what was tried and chosen."""
    import gc

    from autotrain.evaluation import strength
    from autotrain.jsonl import write_json
    from autotrain.sandbox import Sandbox
    from autotrain.tasks.samples import load_samples
    from autotrain.training import checkpoints

    gc.collect()  # the trained model goes before another one comes
    tasks = load_samples(selection)
    with (
        Sandbox(context.settings.sandbox, context.workers, context.sandbox_packages) as sandbox,
        context.progress("strengths of the adapter", len(tasks) * (1 + len(strength.STRENGTHS)), unit="answer") as bar,
    ):

        def on_tokens(count: int) -> None:
            bar.tokens(count)
            if context.stop_requested():
                raise Stopped("stopped while strengths were tried; they are tried again on --resume.")

        passed = strength.try_strengths(context.settings, final, tasks, sandbox, context.say, bar, on_tokens)
    chosen = strength.choose(passed)
    tried = {f"{key:g}": {"passed": sum(tasks), "lost": strength.lost(passed, key)} for key, tasks in passed.items()}
    facts = {"strength": chosen, "strengths_tried": tried}
    measured = {**read_json(final / "training.json"), **facts}

    def write(folder: Path) -> None:
        strength.write_scaled(final, chosen, folder)
        write_json(folder / "training.json", measured)

    checkpoints.replace_folder(final, write)
    context.say(f"train: the adapter is kept at strength {chosen:g}")
    return facts


def _silence_helpers() -> None:
    # Of several processes the first alone speaks and writes the run's state.
    if int(os.environ.get("RANK", "0")) > 0:
        os.environ.pop(paths.RUN_DIR_VARIABLE, None)
        sys.stdout = open(os.devnull, "w")
        sys.argv.append("--quiet")


if __name__ == "__main__":
    _silence_helpers()
    sys.exit(cli.main("train", make_parser(), work))
