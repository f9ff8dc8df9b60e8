"""What is known of a run at one moment: plain values, and the few facts that are derived from them.

A `Snapshot` is filled by `reader.py`; the views only read it. Everything in `state`, `config`,
`best` and `reports` may be damaged or missing: read it through `values.py`.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autotrain.display.curve import Curve
from autotrain.display.values import dig, listing, mapping, number, when
from autotrain.run import stages
from autotrain.run.state import STATUSES

STALLED_AFTER_S = 30.0
ACTIVE = ("running", "stopping", "paused")


@dataclass
class RoundCurves:
    """What a round's trainer reported, by step."""

    loss: Curve = field(default_factory=Curve)
    validation_loss: Curve = field(default_factory=Curve)
    learning_rate: Curve = field(default_factory=Curve)
    grad_norm: Curve = field(default_factory=Curve)
    tokens_per_second: Curve = field(default_factory=Curve)

    NAMES = ("loss", "validation_loss", "learning_rate", "grad_norm", "tokens_per_second")


@dataclass(frozen=True)
class LastSample:
    """The newest line that stage 01 wrote: a sample, or a refused one with its reason."""

    accepted: bool
    row: dict[str, Any]


@dataclass(frozen=True)
class Gpu:
    """What nvidia-smi says of one GPU."""

    name: str
    utilisation: float | None
    used_bytes: float | None
    total_bytes: float | None


@dataclass(frozen=True)
class LastAnswer:
    """The newest answer that was judged: its row of the predictions, and its verdict in the report."""

    round_number: int
    row: dict[str, Any]
    verdict: dict[str, Any]


@dataclass(frozen=True)
class Machine:
    """What the whole machine is doing."""

    processor_percent: float
    used_bytes: int
    total_bytes: int


@dataclass
class Snapshot:
    """One run, as far as its files and its process tell."""

    root: Path
    now: float
    state: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)
    final: dict[str, Any] = field(default_factory=dict)
    reports: dict[int, dict[str, Any]] = field(default_factory=dict)
    """eval/report_*.json by round (0: the base model), without their task lists."""
    curves: dict[int, RoundCurves] = field(default_factory=dict)
    recent: list[dict[str, Any]] = field(default_factory=list)
    """The newest events, oldest first."""
    reasons: dict[str, Counter[str]] = field(default_factory=dict)
    """Stage -> reason -> how many samples it refused, over all rounds."""
    raw_rows: int | None = None
    """Samples that the current round's generation has written so far."""
    last_sample: LastSample | None = None
    last_answer: LastAnswer | None = None
    machine: Machine | None = None
    """Now, where somebody watches."""
    checkpoints: list[tuple[int, int]] = field(default_factory=list)
    """(round, step) of each checkpoint on disk."""
    gpus: list[Gpu] = field(default_factory=list)
    alive: bool | None = None
    """Whether the run's process lives; None where its pid is not known."""
    position: tuple[int, int] = (1, 1)
    """This run among those of the OUT_DIR, from 1, and how many there are."""
    history_complete: bool = True
    """Whether every event was read, or only the newest ones so far."""
    problems: list[str] = field(default_factory=list)
    gone: bool = False

    @property
    def run_id(self) -> str:
        return self.root.name

    @property
    def status(self) -> str | None:
        """One of state.STATUSES, or None."""
        status = self.state.get("status")
        return status if isinstance(status, str) and status in STATUSES else None

    def health(self) -> str:
        """The status, or DEAD (its process is gone) or STALLED (no heartbeat for 30 s)."""
        if self.gone:
            return "GONE"
        if self.status is None:
            return "UNKNOWN"
        if self.status in ACTIVE:
            if self.alive is False:
                return "DEAD"
            age = self.heartbeat_age()
            if self.status != "paused" and age is not None and age > STALLED_AFTER_S:
                return "STALLED"
        return self.status.upper()

    def heartbeat_age(self) -> float | None:
        beat = when(self.state.get("heartbeat"))
        return None if beat is None else max(0.0, self.now - beat)

    def last_error(self) -> str | None:
        """The run's error, else the message of its newest error event."""
        if isinstance(self.state.get("error"), str):
            return self.state["error"]
        for event in reversed(self.recent):
            if event.get("level") == "error" and event.get("message"):
                return str(event["message"])
        return None

    def setting(self, name: str) -> Any:
        return dig(self.config, "settings", name, "value")

    def rounds(self) -> int | None:
        planned = number(self.setting("ROUNDS"))
        return None if planned is None else int(planned)

    def stage(self, round_number: int, stage: str) -> dict[str, Any]:
        return mapping(dig(self.state, "stages", str(round_number), stage))

    def round_numbers(self) -> list[int]:
        """Rounds from 1 that are planned or begun."""
        begun = [int(key) for key in mapping(self.state.get("stages")) if isinstance(key, str) and key.isdecimal()]
        last = max([min(self.rounds() or 0, 1000), *(n for n in begun if n <= 100_000), 0])
        return list(range(1, last + 1))

    def stages(self) -> list[str]:
        """The stages of a round of this run: the gate only where it is on or was run."""
        gated = self.setting("RUN_UNIT_TESTS") is True or any(self.stage(n, "gate") for n in self.round_numbers()[:50])
        return stages.of_round(gated=gated)

    def stage_seconds(self, round_number: int, stage: str) -> float | None:
        """How long a stage took, or has taken so far."""
        entry = self.stage(round_number, stage)
        seconds, started = number(entry.get("seconds")), when(entry.get("started"))
        if entry.get("status") == "running":
            return None if started is None else self.moment() - started
        return seconds

    def moment(self) -> float:
        """Now, or for a run that no longer lives the time when it was last heard of."""
        if self.health() in ("RUNNING", "STALLED", "PAUSED", "STOPPING"):
            return self.now
        return when(self.state.get("updated")) or self.now

    def elapsed(self) -> float | None:
        created = when(self.state.get("created"))
        return None if created is None else max(0.0, self.moment() - created)

    def decisions(self) -> list[dict[str, Any]]:
        found = listing(self.best.get("decisions"))
        return [row for row in found if isinstance(row, dict) and number(row.get("round")) is not None]

    def latest_round(self) -> int | None:
        """The newest round with a training curve."""
        return max(self.curves, default=None)


def eta(snapshot: Snapshot) -> tuple[float | None, float | None]:
    """Seconds left of the stage and of the run's rounds, from what this run has measured; None: not known yet."""
    if snapshot.health() != "RUNNING":
        return None, None
    number_now, stage = number(snapshot.state.get("current_round")), snapshot.state.get("current_stage")
    if number_now is None or not isinstance(stage, str):
        return None, None
    current = int(number_now)
    left = _stage_left(snapshot, current, stage)
    rounds, stages = snapshot.rounds(), snapshot.stages()
    if left is None or rounds is None or stage not in stages:
        return left, None
    total = left
    place = stages.index(stage)
    remaining = Counter(stages[place + 1 :])
    for name in stages:
        remaining[name] += max(0, rounds - max(current, 1))
    if current == 0:  # the base model's evaluation; its round goes on with its own
        remaining["evaluate"] += 1
    for name, times in remaining.items():
        if times:
            usual = _usual(snapshot, name)
            if usual is None:
                return left, None
            total += usual * times
    return left, total


def _stage_left(snapshot: Snapshot, current: int, stage: str) -> float | None:
    so_far = snapshot.stage_seconds(current, stage)
    if stage == "train":
        step, steps = (number(dig(snapshot.state, "training", key)) for key in ("step", "steps"))
        told = number(dig(snapshot.state, "training", "eta_s"))
        curves = snapshot.curves.get(current)
        if told is not None and curves is not None and len(curves.loss) and step is not None and steps:
            told_at = _told_at(snapshot, step)
            return max(0.0, told - (snapshot.now - told_at)) if told_at is not None else told
        return None
    if stage == "generate" and so_far and snapshot.raw_rows:
        wanted = number(snapshot.setting("SAMPLES_PER_ROUND"))
        return None if wanted is None else max(0.0, (wanted - snapshot.raw_rows) * so_far / snapshot.raw_rows)
    usual = _usual(snapshot, stage)
    return None if usual is None or so_far is None else max(0.0, usual - so_far)


def _told_at(snapshot: Snapshot, step: float) -> float | None:
    for event in reversed(snapshot.recent):
        data = mapping(event.get("data"))
        if event.get("event") == "train_step" and data.get("step") == step and "eta_s" in data:
            return when(event.get("ts"))
    return None


def _usual(snapshot: Snapshot, stage: str) -> float | None:
    """The mean time of a stage over the rounds that completed it."""
    known = [
        seconds
        for n in ([0] if stage == "evaluate" else []) + snapshot.round_numbers()
        if snapshot.stage(n, stage).get("status") == "completed"
        and (seconds := number(snapshot.stage(n, stage).get("seconds"))) is not None
    ]
    return sum(known) / len(known) if known else None
