"""The suites and the judge for other programs: `evaluate` a model on a suite, `reward` answers to tasks.

Writes the report where `output` names a file; reads suites.

    from autotrain.endpoint import Endpoint
    from autotrain.evaluation import evaluate

    report = evaluate(Endpoint("http://localhost:8000/v1", "my-model"), "heidi-core:dev", tasks=40)
    score = report["sets"]["heidi-core:dev"]["metrics"]["pass@1"]
    print(score["value"], score["interval"])
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autotrain.errors import DataError
from autotrain.tasks.shapes import Sample


def evaluate(
    model: Any,
    suite: str,
    *,
    tasks: int = 0,
    output: Path | str | None = None,
    predictions: Path | str | None = None,
    sandbox: str = "auto",
    quiet: bool = True,
) -> dict[str, Any]:
    """The report of a model on a suite (a name of `suites.NAMES`, or a file), as stage 05 writes it.

    `model`: an `autotrain.endpoint.Endpoint`, what `local` returns, or a function from chat messages (system and user
    turn) to an answer. `tasks`: so many of the suite, drawn by level, type and family; 0: all. Raises DataError for an
    unknown suite, SandboxUnavailable where nothing contains the generated code, TeacherError for a server.
    """
    from autotrain.cli import Context
    from autotrain.config import precedence
    from autotrain.evaluation import judging, results
    from autotrain.evaluation.measure import measure
    from autotrain.sandbox import Sandbox

    sets = [results.suite_set(suite, tasks)]
    context = Context("evaluate", precedence.resolve({"sandbox": sandbox}), 1, quiet=quiet)
    answering = model if hasattr(model, "answer") else _Function(model)
    with tempfile.TemporaryDirectory() as folder, Sandbox(sandbox, context.workers, context.sandbox_packages) as box:
        judging.prove([suite], box)
        return measure(
            answering,
            sets,
            box,
            context,
            output=Path(output or Path(folder) / "report.json"),
            predictions=Path(predictions) if predictions else None,
        )


def local(base_model: str, adapter: Path | str | None = None, *, bits: int = 16, max_new_tokens: int = 512) -> Any:
    """A base model of this machine, with an adapter or without, for `evaluate`. Raises UsageError or DataError."""
    from autotrain.config.settings import Settings
    from autotrain.evaluation.answers import Answerer

    settings = Settings(base_model=base_model, quantization_bits=str(bits), max_new_tokens=max_new_tokens)
    return Answerer(settings, Path(adapter) if adapter else None, lambda text: None)


def reward(rows: Sequence[Sample], answers: Sequence[str], *, sandbox: str = "auto", workers: int = 0) -> list[float]:
    """1.0 for each answer that passes its task's tests in the sandbox, else 0.0, in order.

    `rows` are tasks with tests (of a suite or of the pipeline's data), `answers` what a model said to them. An answer
    that the tests cannot judge, or that a task lets pass without doing it, is 0.0. Raises DataError where the two
    differ in number or a row is no task.

    For TRL's GRPOTrainer, whose data set holds the rows in a column `row`:

        def passes(completions, row, **_):
            return reward(row, [turns[-1]["content"] for turns in completions])
    """
    import os

    from autotrain.evaluation.scoring import Prediction, grade_predictions
    from autotrain.sandbox import Sandbox
    from autotrain.tasks import samples
    from autotrain.tasks.kinds import is_weak

    if len(rows) != len(answers):
        raise DataError(f"{len(rows)} tasks and {len(answers)} answers: one answer for each task is needed.")
    for place, row in enumerate(rows):
        problem = samples.schema_problem(row) or (None if row.get("tests") else "it has no tests")
        if problem:
            raise DataError(f"task {place}: {problem}.")
    if not rows:
        return []
    # A place names a task here: the same task may come several times, with several answers (a group of GRPO).
    named: list[Sample] = [{**row, "id": str(place)} for place, row in enumerate(rows)]
    told = [Prediction(str(place), answer) for place, answer in enumerate(answers)]
    with Sandbox(sandbox, workers or len(os.sched_getaffinity(0))) as box:
        judged = grade_predictions(named, told, box)
    return [float(found.strict.passed and not is_weak(row)) for found, row in zip(judged, rows, strict=True)]


class _Function:
    """A function from chat messages to an answer, as a model."""

    def __init__(self, function: Callable[[list[dict[str, str]]], str]) -> None:
        self._function = function

    def decoding(self, temperature: float = 0.0) -> Any:
        from autotrain.evaluation.generate import Decoding

        return Decoding(0, 1, temperature)

    def answer(
        self,
        tasks: Sequence[tuple[str, Sample]],
        on_done: Callable[[], None] = lambda: None,
        decoding: Any = None,
        ledger: Path | None = None,
        on_tokens: Callable[[int], None] = lambda count: None,
    ) -> list[Any]:
        from autotrain.evaluation.scoring import Prediction
        from autotrain.tasks import prompts

        found = []
        for name, task in tasks:
            found.append((name, Prediction(task["id"], self._function(prompts.messages(task)))))
            on_done()
        return found

    def forced_choice(
        self, rows: Sequence[Sample], on_done: Callable[[], None] = lambda: None
    ) -> Mapping[str, Any] | None:
        return None

    def describe(self) -> dict[str, Any]:
        name = getattr(self._function, "__name__", type(self._function).__name__)
        return {"function": name, "adapter": None, "adapter_sha256": None}
