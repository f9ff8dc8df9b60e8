"""How much of a trained adapter is best: between the base model (0) and the adapter as trained (1).

A training that fits its rows forgets other things; a part of its step often keeps the gain and
undoes the loss (WiSE-FT, arXiv 2109.01903). The strengths are tried on selection tasks, which
nothing else uses, and the adapter is written at the smallest that is as good as the best within chance
(the one-standard-error rule of Breiman et al., Classification and Regression Trees, 1984; one task stands
for the error of a few dozen): a smaller step does less harm to what was not asked. Its `lora_B` weights are
scaled, so that every program that loads it gets it.

    chosen = choose({1.0: 31, 0.5: 30})              # 0.5
    write_scaled(trained, 0.5, folder)
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autotrain.config.settings import Settings
from autotrain.tasks.shapes import Sample

STRENGTHS = (1.0, 0.5, 0.25)
WITHIN_CHANCE = 1  # a task
WEIGHTS = "adapter_model.safetensors"


def choose(passed: Mapping[float, int]) -> float:
    """The smallest strength that passed at most WITHIN_CHANCE tasks fewer than the best."""
    most = max(passed.values())
    return min(strength for strength, count in passed.items() if count >= most - WITHIN_CHANCE)


def try_strengths(
    settings: Settings,
    adapter: Path,
    tasks: Sequence[Sample],
    sandbox: Any,
    say: Callable[[str], None],
    on_done: Callable[[], None] = lambda: None,
    on_tokens: Callable[[int], None] = lambda count: None,
) -> dict[float, int]:
    """Tasks passed at each strength. `on_done` (an answer) and `on_tokens` (a step) may raise to stop."""
    from autotrain.evaluation import scoring
    from autotrain.evaluation.answers import Answerer

    model = Answerer(settings, adapter, say)
    passed: dict[float, int] = {}
    for strength in STRENGTHS:
        model.set_strength(strength)
        answers = model.answer([("selection", task) for task in tasks], on_done=on_done, on_tokens=on_tokens)
        judged = scoring.grade_predictions(tasks, [prediction for _, prediction in answers], sandbox)
        passed[strength] = sum(each.strict.passed and not each.strict.weak for each in judged)
        say(f"strength {strength:g}: {passed[strength]} of {len(tasks)} selection tasks passed")
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
