#!/usr/bin/env python3
"""Stage 05: evaluate an adapter, the base model (in one form, or in each), a server's model, or predictions in a file.

Reads tasks from a suite and/or a JSONL file; writes a report, and the predictions if asked.

    python scripts/05_eval.py --adapter out_lora/final --suite heidi-core:dev --output report.json
    python scripts/05_eval.py --base-only --data val.jsonl --output report_base.json
    python scripts/05_eval.py --endpoint http://localhost:8000/v1 --model NAME --suite humaneval --output F
    python scripts/05_eval.py --preds preds.jsonl --output report.json
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import _bootstrap  # noqa: F401

from autotrain import cli
from autotrain.config import settings
from autotrain.errors import UsageError


def make_parser() -> argparse.ArgumentParser:
    parser = cli.stage_parser(__doc__, settings.of_stage("evaluate"))
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--adapter", type=Path, metavar="DIR", help="evaluate the base model with this adapter")
    what.add_argument("--base-only", action="store_true", help="evaluate the base model alone")
    what.add_argument(
        "--bases", action="store_true", help="evaluate the base model in 16 bits and quantised; the better one decides"
    )
    what.add_argument("--preds", type=cli.existing_file, metavar="F", help="score these predictions, without a model")
    what.add_argument("--endpoint", metavar="URL", help="evaluate a model of a server that speaks OpenAI's protocol")
    parser.add_argument("--model", metavar="NAME", help="with --endpoint: the name under which the server knows it")
    parser.add_argument(
        "--data",
        type=cli.existing_file,
        action="append",
        default=[],
        metavar="F",
        help="samples as tasks; may be repeated",
    )
    parser.add_argument("--suite", action="append", default=[], metavar="NAME|FILE", help="a suite; may be repeated")
    parser.add_argument("--output", type=Path, metavar="F", help="the report (JSON)")
    parser.add_argument("--write-preds", type=Path, metavar="F", help="the predictions (JSONL)")
    parser.add_argument(
        "--compare", type=cli.existing_file, nargs="+", metavar="REPORT", help="pair with REPORT, or REPORT with REPORT"
    )
    parser.add_argument("--samples-per-task", type=cli.positive, default=1, metavar="K", help="answers a task (pass@k)")
    parser.add_argument("--temperature", type=float, default=0.0, help="0: greedy (default)")
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    from autotrain.evaluation import results as reports
    from autotrain.evaluation.calibration import sets_of_suite
    from autotrain.evaluation.compare import compare, task_results

    chosen = arguments.adapter or arguments.base_only or arguments.bases or arguments.preds or arguments.endpoint
    if not chosen:
        if arguments.compare and len(arguments.compare) == 2:
            before, after = (task_results(reports.read_report(path)) for path in arguments.compare)
            return {"stage": "evaluate", "comparison": compare(before, after).as_json()}
        raise UsageError(
            "One of --adapter DIR, --base-only, --bases, --endpoint, --preds F or --compare A B is needed."
        )
    if bool(arguments.endpoint) != bool(arguments.model):
        raise UsageError("--endpoint URL and --model NAME go together: where the server is, and which of its models.")
    if not arguments.preds and not arguments.output:
        raise UsageError("--output F is needed: where the report goes.")
    if not 0 <= arguments.temperature <= 2:
        raise UsageError(f"--temperature {arguments.temperature:g}: a number from 0 to 2 is needed.")
    if arguments.samples_per_task > 1 and arguments.temperature == 0:
        raise UsageError("--samples-per-task above 1 needs a --temperature above 0: greedy answers are all the same.")

    read = [*arguments.data, *(arguments.compare or []), *([arguments.preds] if arguments.preds else [])]
    cli.keep_apart([*read, *map(Path, arguments.suite)], [arguments.output, arguments.write_preds])

    limit = context.settings.eval_tasks
    if arguments.preds and context.resolved.sources["eval_tasks"].startswith("profile "):
        limit = 0  # the time that answering takes, which a profile's limit spares, is spent already
    sets = [tasks for name in arguments.suite for tasks in sets_of_suite(name, context, limit)]
    sets += [reports.file_set(path) for path in arguments.data]
    if not sets and not arguments.preds:
        raise UsageError("--data F or --suite NAME is needed: what to evaluate on.")

    report = _evaluate(arguments, context, sets)
    summary = {"stage": "evaluate", "output": str(arguments.output) if arguments.output else None}
    summary["sets"] = {name: content["metrics"] for name, content in report["sets"].items()}
    for name, content in report["sets"].items():
        context.say(f"evaluate: {name}: {_line(content['metrics'])}")
        cut = content["metrics"]["truncation"]
        if cut and cut["value"]:
            limit = context.settings.max_new_tokens
            context.say(f"evaluate: {name}: {cut['value']:.1%} cut off at MAX_NEW_TOKENS={limit}: --max-new-tokens.")
    if arguments.compare:
        before = task_results(reports.read_report(arguments.compare[0]))
        summary["comparison"] = compare(before, task_results(report)).as_json()
    return summary


def _evaluate(arguments: argparse.Namespace, context: cli.Context, sets: list[Any]) -> dict[str, Any]:
    from autotrain.evaluation import judging
    from autotrain.sandbox import Sandbox

    # It refuses before the model is loaded.
    with Sandbox(context.settings.sandbox, context.workers, context.sandbox_packages) as sandbox:
        judging.prove(arguments.suite, sandbox)
        if arguments.preds:
            return _score(arguments, context, sets, sandbox)
        from autotrain.evaluation.measure import measure

        deciding = next((tasks.name for tasks in sets if tasks.name == context.settings.eval_suite), sets[0].name)
        options: dict[str, Any] = {
            "output": arguments.output,
            "predictions": arguments.write_preds,
            "samples_per_task": arguments.samples_per_task,
            "temperature": arguments.temperature,
            "chosen_from": deciding,
        }
        if arguments.endpoint:
            from autotrain.endpoint import Endpoint

            server = Endpoint(arguments.endpoint, arguments.model, context.settings, say=_voice(context))
            return measure(server, sets, sandbox, context, **options)
        if context.settings.eval_engine == "vllm":
            return _by_vllm(arguments, context, sets, sandbox, options)
        from autotrain.training import memory

        settings = memory.settle_in(context)
        if arguments.bases:
            from autotrain.evaluation import bases

            report = bases.evaluate(context, sets, deciding, sandbox, arguments.output, arguments.write_preds)
            said = bases.cost_line(report["bases"])
            if said:
                context.say(f"evaluate: {said}")
            return report
        from autotrain.evaluation.answers import Answerer

        return measure(Answerer(settings, arguments.adapter, _voice(context)), sets, sandbox, context, **options)


def _by_vllm(
    arguments: argparse.Namespace, context: cli.Context, sets: list[Any], sandbox: Any, options: dict[str, Any]
) -> dict[str, Any]:
    if arguments.bases:
        raise UsageError(
            "EVAL_ENGINE=vllm serves the base model in 16 bits only: --base-only, or leave EVAL_ENGINE out."
        )
    from autotrain.endpoint import engine
    from autotrain.evaluation.measure import measure

    with engine.vllm(context.settings, arguments.adapter, arguments.output, _voice(context)) as model:
        return measure(model, sets, sandbox, context, **options)


def _voice(context: cli.Context) -> Callable[[str], None]:
    return lambda text: context.say(f"evaluate: {text}")


def _score(arguments: argparse.Namespace, context: cli.Context, sets: list[Any], sandbox: Any) -> dict[str, Any]:
    from autotrain.evaluation import judging
    from autotrain.evaluation.results import read_predictions
    from autotrain.jsonl import write_json

    answers = read_predictions(arguments.preds, sets)
    report = judging.judge(
        sets,
        answers,
        sandbox,
        context,
        model={"predictions": str(arguments.preds)},
        decoding=None,
        generation_s=0.0,
        samples_per_task=len(answers) // sum(len(tasks.rows) for tasks in sets),  # the same number for each task
        predictions=arguments.write_preds,
    )
    if arguments.output:
        write_json(arguments.output, report)
    return report


def _line(metrics: dict[str, Any]) -> str:
    score = metrics["pass@1"]
    if score is None:
        return f"{metrics['tasks']} tasks, none of them can be judged"
    low, high = score["interval"]
    compliance = metrics["format_compliance"]["value"]
    return (
        f"pass@1 {score['value']:.1%} ({score['passed']} of {score['n']}, 95 % {low:.1%} to {high:.1%}), "
        f"format {compliance:.1%}"
    )


if __name__ == "__main__":
    sys.exit(cli.main("evaluate", make_parser(), work))
