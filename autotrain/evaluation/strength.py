"""How much of a trained adapter is best: between the base model (0) and the adapter as trained (1).

A training that fits its rows forgets other things; a part of its step often keeps the gain and
undoes the loss (WiSE-FT, arXiv 2109.01903). The strengths are tried on selection tasks, which
nothing else uses, and the adapter is written at the smallest that is as good as the best within chance
(the one-standard-error rule of Breiman et al., Classification and Regression Trees, 1984; one task stands
for the error of a few dozen): a smaller step does less harm to what was not asked. Half of the selection
tasks are of the teacher's own kind, where a bold step wins most, so what the base model passed and the
adapter does not counts twice. The `lora_B` weights are scaled, so that every program that loads the
adapter gets it.

    chosen = choose({0.0: [True, False], 0.5: [True, True], 1.0: [False, True]})              # 0.5
    write_scaled(trained, 0.5, folder)
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autotrain.config.settings import Settings
from autotrain.tasks.shapes import Sample

STRENGTHS = (1.0, 0.5, 0.25)
WEIGHTS = "adapter_model.safetensors"
BASE = 0.0  # the strength that leaves the base model as it is
WITHIN_CHANCE = 1  # a task


def lost(passed: Mapping[float, Sequence[bool]], strength: float) -> int:
    """How many tasks the base model passed that the adapter does not pass at this strength."""
    return sum(before and not after for before, after in zip(passed[BASE], passed[strength], strict=True))


def choose(passed: Mapping[float, Sequence[bool]]) -> float:
    """The smallest strength whose passed less lost tasks are at most WITHIN_CHANCE below the best's."""
    worth = {strength: sum(passed[strength]) - lost(passed, strength) for strength in passed if strength != BASE}
    most = max(worth.values())
    return min(strength for strength, tasks in worth.items() if tasks >= most - WITHIN_CHANCE)


def try_strengths(
    settings: Settings,
    adapter: Path,
    tasks: Sequence[Sample],
    sandbox: Any,
    say: Callable[[str], None],
    on_done: Callable[[], None] = lambda: None,
    on_tokens: Callable[[int], None] = lambda count: None,
) -> dict[float, list[bool]]:
    """Which tasks are passed without the adapter and at each strength. `on_done` (an answer) and `on_tokens` (a
    step) may raise to stop."""
    from autotrain.evaluation import scoring
    from autotrain.evaluation.answers import Answerer

    model = Answerer(settings, adapter, say)
    passed: dict[float, list[bool]] = {}
    for strength in (BASE, *STRENGTHS):
        model.set_strength(strength)
        answers = model.answer([("selection", task) for task in tasks], on_done=on_done, on_tokens=on_tokens)
        judged = scoring.grade_predictions(tasks, [prediction for _, prediction in answers], sandbox)
        passed[strength] = [each.strict.passed and not each.strict.weak for each in judged]
        say(
            f"strength {strength:g}: {sum(passed[strength])} of {len(tasks)} selection tasks passed, "
            f"{lost(passed, strength)} lost"
        )
    return passed


def write_scaled(adapter: Path, strength: float, folder: Path) -> None:
    """A copy of an adapter whose update is `strength` times as large."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    shutil.copytree(adapter, folder, dirs_exist_ok=True)
    with safe_open(str(adapter / WEIGHTS), "pt") as stream:
        metadata = stream.metadata()
        weights = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    scaled = {name: value * strength if ".lora_B." in name else value for name, value in weights.items()}
    save_file(scaled, str(folder / WEIGHTS), metadata)
