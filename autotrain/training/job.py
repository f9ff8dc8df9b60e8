"""What one training is asked to do: files in, directory out, settings, and how to speak meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autotrain.config.settings import Settings
from autotrain.training.models import ModelRef


@dataclass
class Job:
    """One training. `facts` goes into training.json as it is."""

    reference: ModelRef
    data: Path
    val_data: Path | None
    output: Path
    settings: Settings
    init_adapter: Path | None = None
    resume: bool = False
    on_step: Callable[[dict[str, Any]], None] = lambda metrics: None
    say: Callable[[str], None] = lambda text: None
    stop_requested: Callable[[], bool] = lambda: False
    predicted_bytes: int = 0
    spread: bool = False  # the model's layers over several GPUs, where one is too small
    facts: dict[str, Any] = field(default_factory=dict)
    asked: Settings = field(init=False)  # `settings` as they were given, before any were lowered to fit

    def __post_init__(self) -> None:
        self.asked = self.settings

    @property
    def checkpoints(self) -> Path:
        return self.output / "checkpoints"

    @property
    def final(self) -> Path:
        return self.output / "final"
