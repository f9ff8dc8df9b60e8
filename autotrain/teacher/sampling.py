"""The model that TEACHER_MODEL=self or STUDENT_SAMPLES asks: base or champion, sampled at the teacher's temperature.

Heavy only when it is first asked: a stage that finds every answer in its ledger loads no model.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from autotrain.cli import Context
from autotrain.errors import Stopped, UsageError
from autotrain.evaluation.results import adapter_hash
from autotrain.jsonl import dumps
from autotrain.tasks.shapes import Sample
from autotrain.teacher.own_answers import Ask
from autotrain.training import memory


def answers_of(adapter: Path | None, context: Context, samples: int = 0) -> tuple[str, Ask]:
    """What names these answers (model, seed, decoding), and the function that samples them.

    `samples` a task, TEACHER_ATTEMPTS unless told.

    Raises UsageError where TEACHER_TEMPERATURE is 0: then every attempt would be the same.
    """
    settings = memory.settle_in(context)
    if settings.teacher_temperature <= 0:
        raise UsageError("The model's own answers are sampled: TEACHER_TEMPERATURE above 0 is needed.")
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
        # Each chunk draws for itself, so that a resumed stage samples what an undisturbed one would have.
        drawn = hashlib.sha256(f"self {settings.seed} {context.round_number} {number}".encode()).digest()
        seed = int.from_bytes(drawn[:4], "big")
        decoding = replace(model.decoding(settings.teacher_temperature), seed=seed)
        prompts = [("self", task) for task in tasks for _ in range(size)]

        def on_tokens(count: int) -> None:
            if context.stop_requested():
                raise Stopped("stopped while the model was sampled; go on with the same command.")

        found = [prediction for _, prediction in model.answer(prompts, decoding=decoding, on_tokens=on_tokens)]
        return [
            [answer.text for answer in found[place * size : (place + 1) * size] if not answer.truncated]
            for place in range(len(tasks))
        ]

    return hashlib.sha256(dumps(named)).hexdigest()[:16], ask
