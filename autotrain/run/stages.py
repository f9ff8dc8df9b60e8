"""The plot of a run: which stages a round has, in which order. The one table of them.

loop.sh's order, what --resume begins with, the plan of --dry-run and the dashboard's columns
all come from here; what a stage does is its script's.

    >>> from autotrain.run import stages
    >>> stages.of_round(gated=False)
    ['generate', 'clean', 'split', 'train', 'evaluate', 'promote']
"""

from typing import NamedTuple


class Stage(NamedTuple):
    """One stage: its name, a shorter one for narrow screens, and whether only RUN_UNIT_TESTS brings it."""

    name: str
    short: str
    script: str
    gated: bool = False
    once: bool = False  # before the first round or after the last; its round is 0


TABLE = (
    Stage("calibrate", "cal", "calibrate.py", once=True),
    Stage("generate", "gen", "01_teacher_generate.py"),
    Stage("clean", "cln", "02_validate_clean.py"),
    Stage("gate", "gate", "03_unit_test_gate.py", gated=True),
    Stage("split", "spl", "split.py"),
    Stage("train", "trn", "04_train_qlora.py"),
    Stage("evaluate", "evl", "05_eval.py"),
    Stage("promote", "pro", "promote.py"),
    Stage("final", "final", "final.py", once=True),
)
NAMES = tuple(stage.name for stage in TABLE)
SHORT = {stage.name: stage.short for stage in TABLE}


def of_round(*, gated: bool) -> list[str]:
    """The names of a round's stages, in order."""
    return [stage.name for stage in TABLE if not stage.once and (gated or not stage.gated)]
