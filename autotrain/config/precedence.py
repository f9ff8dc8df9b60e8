"""Where a setting's value comes from: flag > environment > .env > config.yaml > profile > default.

./scripts/loop.sh --dry-run            # each setting with its value and source
"""

import dataclasses
import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autotrain.config import credentials, profiles, settings
from autotrain.config.setting_files import read_config, read_env_file
from autotrain.errors import UsageError


@dataclass(frozen=True)
class Resolved:
    """Settings with where each value came from, and what was substituted and why."""

    settings: settings.Settings
    sources: dict[str, str]
    substitutions: list[dict[str, str]]

    def as_config(self) -> dict[str, Any]:
        """What `config.json` holds: value and source of each setting, and the substitutions."""
        return {
            "settings": {
                settings.variable(name): {"value": value, "source": self.sources[name]}
                for name, value in dataclasses.asdict(self.settings).items()
            },
            "substitutions": self.substitutions,
        }


# What other programs of this kind call ours.
_ELSEWHERE = {
    "EPOCHS": "max_passes",
    "NUM_EPOCHS": "max_passes",
    "LEARNING_RATE": "lr",
    "MODEL": "base_model",
    "MAX_STEPS": "train_steps",
    "STEPS": "train_steps",
    "MAX_SEQ_LENGTH": "seq_len",
    "GRADIENT_ACCUMULATION_STEPS": "grad_accum",
}


def near_misses(environ: Mapping[str, str]) -> list[str]:
    """A sentence for each variable of the environment that is no setting, but is named nearly like one."""
    known = {settings.variable(row.name): row.name for row in settings.fields()}
    meant = {row.metadata["flag"].lstrip("-").replace("-", "_").upper(): row.name for row in settings.fields()}
    meant = {**_ELSEWHERE, **meant}
    said = []
    for name in sorted(environ):
        if name in known or len(name) < 5:
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.87)
        field = meant.get(name) or (known[near[0]] if near else None)
        if field:
            row = settings.Settings.__dataclass_fields__[field]
            said.append(
                f"{name}={environ[name][:40]} in the environment is no setting and changes nothing: "
                f"{settings.variable(field)} ({row.metadata['flag']}) may be meant."
            )
    return said


def resolve(
    flags: Mapping[str, Any],
    *,
    environ: Mapping[str, str] | None = None,
    env_file: Path | None = None,
    hardware: Any = None,
) -> Resolved:
    """Settle every setting by precedence: flags > environ > .env > config.yaml > profile > default.

    `flags` maps field names to text (None: not given). An empty variable counts as not set,
    unless the setting may be an empty text (such as FINAL_SUITES). `hardware` is a
    `profiles.Hardware`; detected where it is None. Raises UsageError.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}

    def take(name: str, raw: Any, source: str) -> None:
        if name not in values:
            values[name] = settings.parse_value(name, raw, source)
            sources[name] = source

    for row in settings.fields():
        if flags.get(row.name) is not None:
            take(row.name, flags[row.name], f"flag {row.metadata['flag']}")
    env_file = settings.PROJECT_ROOT / ".env" if env_file is None else env_file
    dotenv = read_env_file(env_file)
    for mapping, source in ((environ, "environment"), (dotenv, ".env")):
        for row in settings.fields():
            raw = mapping.get(settings.variable(row.name))
            if raw is not None and (raw != "" or settings.may_be_empty(row)):
                take(row.name, raw, source)

    config_path = settings.out_path(values.get("out_dir", settings.Settings.out_dir)) / "config.yaml"
    known = {settings.variable(row.name): row.name for row in settings.fields()}
    for key, raw in read_config(config_path, known).items():
        take(known[key], raw, f"{config_path}")

    hardware = hardware if hardware is not None else profiles.detect()
    asked = values.get("profile", settings.Settings.profile)
    profile = profiles.choose(hardware) if asked == "auto" else asked
    if asked == "auto":
        values["profile"], sources["profile"] = profile, f"auto: {hardware.describe()}"
    for name, raw in profiles.PROFILES[profile].items():
        take(name, raw, f"profile {profile}")
    for row in settings.fields():
        take(row.name, row.default, "default")

    for side in ("input", "output"):
        low, high = (f"{bound}_{side}_length" for bound in ("min", "max"))
        if values[low] > values[high]:
            raise UsageError(
                f"{settings.variable(low)}={values[low]} (from {sources[low]}) is above "
                f"{settings.variable(high)}={values[high]} (from {sources[high]}): no text could be kept."
            )

    if not sources["train_steps"].startswith(("default", "profile ")) and sources["max_passes"] == "default":
        values["max_passes"], sources["max_passes"] = 0.0, f"TRAIN_STEPS from {sources['train_steps']}"
    has_teacher = any(credentials.given(environ, env_file))
    substitutions = profiles.substitute(values, sources, settings.Settings, hardware, has_teacher)
    return Resolved(settings.Settings(**values), sources, substitutions)
