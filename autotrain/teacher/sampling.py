"""The model that TEACHER_MODEL=self or STUDENT_SAMPLES asks: base or champion, sampled at the teacher's temperature.

Heavy only when it is first asked: a stage that finds every answer in its ledger loads no model. With SELF_ENDPOINT a
server answers for `self`; its requests are kept beside the output until their chunk is whole.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from autotrain.cli import Context
from autotrain.config.settings import Settings
from autotrain.errors import Stopped, UsageError
from autotrain.evaluation.results import adapter_hash
from autotrain.jsonl import Row, dumps
from autotrain.tasks.shapes import Sample
from autotrain.teacher.own_answers import Ask
from autotrain.training import memory


def answers_of(adapter: Path | None, context: Context, samples: int = 0) -> tuple[str, Ask]:
    """What names these answers (model, seed, decoding), and the function that samples them.

    `samples` a task, TEACHER_ATTEMPTS unless told.

    Raises UsageError where TEACHER_TEMPERATURE is 0: then every attempt would be the same.
    """
    settings = memory.settle_in(context)
    _require_temperature(settings)
    size = samples or settings.teacher_attempts
    named = {
        "base_model": settings.base_model,
        "revision": settings.base_revision,
        "bits": settings.bits,
        "adapter": adapter_hash(adapter) if adapter else None,
        "temperature": settings.teacher_temperature,
        "attempts": size,
        "max_new_tokens": settings.max_new_tokens,
        "thinking": settings.thinking,
        "seed": settings.seed,
        "round": context.round_number,
    }
    model: Any = None

    def ask(tasks: Sequence[Sample], number: int) -> list[list[str]]:
        nonlocal model
        if model is None:
            from autotrain.evaluation.answers import Answerer

            model = Answerer(settings, adapter, lambda text: context.say(f"generate: {text}"))
        decoding = replace(model.decoding(settings.teacher_temperature), seed=_seed(context, number))
        found = model.answer(_prompts(tasks, size), decoding=decoding, on_tokens=lambda count: _heed(context))
        return _by_task(found, size)

    return _key(named), ask


def answers_of_server(server: Any, context: Context, ledger: Path) -> tuple[str, Ask]:
    """The same of a model behind an address (`autotrain.endpoint.Endpoint`). Raises UsageError.

    `ledger` keeps the requests of all chunks, so that the budget counts each and none is asked for twice.
    """
    settings = context.settings
    _require_temperature(settings)
    told = server.describe()
    named = {
        "endpoint": told["endpoint"],
        "model": told["model"],
        "temperature": settings.teacher_temperature,
        "attempts": settings.teacher_attempts,
        "max_new_tokens": settings.max_new_tokens,
        "seed": settings.seed,
        "round": context.round_number,
    }

    def ask(tasks: Sequence[Sample], number: int) -> list[list[str]]:
        decoding = server.decoding(settings.teacher_temperature, _seed(context, number))
        prompts = _prompts(tasks, settings.teacher_attempts)
        found = server.answer(prompts, lambda: _heed(context), decoding, ledger)
        return _by_task(found, settings.teacher_attempts)

    return _key(named), ask


def requests_beside(output: Path) -> Path:
    """Where the requests to SELF_ENDPOINT go: `raw_round_1.jsonl` has `raw_round_1.self_requests.jsonl`."""
    return output.with_suffix(".self_requests.jsonl")


def _require_temperature(settings: Settings) -> None:
    if settings.teacher_temperature <= 0:
        raise UsageError("The model's own answers are sampled: TEACHER_TEMPERATURE above 0 is needed.")


def _key(named: Row) -> str:
    return hashlib.sha256(dumps(named)).hexdigest()[:16]


def _seed(context: Context, number: int) -> int:
    # Each chunk draws for itself, so that a resumed stage samples what an undisturbed one would have.
    drawn = hashlib.sha256(f"self {context.settings.seed} {context.round_number} {number}".encode()).digest()
    return int.from_bytes(drawn[:4], "big")


def _prompts(tasks: Sequence[Sample], size: int) -> list[tuple[str, Sample]]:
    return [("self", task) for task in tasks for _ in range(size)]


def _heed(context: Context) -> None:
    if context.stop_requested():
        raise Stopped("stopped while the model was sampled; go on with the same command.")


def _by_task(found: Sequence[tuple[str, Any]], size: int) -> list[list[str]]:
    """The texts of each task's answers, those cut off left out."""
    answers = [prediction for _, prediction in found]
    return [
        [answer.text for answer in answers[place : place + size] if not answer.truncated]
        for place in range(0, len(answers), size)
    ]
