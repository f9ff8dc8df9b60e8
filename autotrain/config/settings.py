"""Reads the table of settings (table.py): flags, parsing of values, bounds, and how a value is shown.

>>> from autotrain.config import settings
>>> settings.parse_value("seq_len", "4096", "the manual")
4096
"""

import argparse
import dataclasses
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_type_hints

from autotrain.config.table import Settings
from autotrain.errors import UsageError

PROJECT_ROOT = Path(__file__).resolve().parents[2]


ENVIRONMENT_ONLY = ("OPENAI_API_KEY", "OPENAI_BASE_URL")  # named in messages and in .env, never stored


def variable(name: str) -> str:
    """The environment variable (and `config.yaml` key) of a field."""
    return name.upper()


def fields() -> tuple[dataclasses.Field[Any], ...]:
    """The table's rows in order."""
    return dataclasses.fields(Settings)


def of_stage(stage: str) -> list[str]:
    """The names of the settings that a stage (or `export`) takes as flags."""
    return [row.name for row in fields() if stage in row.metadata["stages"]]


def fixed_on_resume() -> list[str]:
    """The names of the settings that a resumed run may not change."""
    return [row.name for row in fields() if row.metadata["fixed"]]


_TYPES = get_type_hints(Settings)
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def parse_value(name: str, raw: Any, source: str) -> Any:
    """`raw` as the type of the field `name`, inside its bounds.

    Raises UsageError naming the setting, the value, what is allowed and the source.
    """
    row = Settings.__dataclass_fields__[name]
    allowed = describe_allowed(row)

    def refuse() -> UsageError:
        shown = str(raw)[:80] if isinstance(raw, (str, int, float, bool)) or raw is None else f"a {type(raw).__name__}"
        return UsageError(f"{variable(name)}={shown} (from {source}): {allowed} is needed.")

    kind = _TYPES[name]
    if isinstance(raw, (dict, list)) or raw is None:
        raise refuse()
    text = str(raw).strip()
    if kind is bool:
        if text.lower() not in _TRUE + _FALSE:
            raise refuse()
        return text.lower() in _TRUE
    if isinstance(raw, bool) and kind is not str:
        raise refuse()
    try:
        value = kind(text)
    except ValueError:
        raise refuse() from None
    choices, low, high = row.metadata["choices"], row.metadata["low"], row.metadata["high"]
    if choices is not None and value not in choices:
        raise refuse()
    if isinstance(value, float) and not math.isfinite(value):
        raise refuse()
    size = len(value) if isinstance(value, str) else value
    if (low is not None and size < low) or (high is not None and size > high):
        raise refuse()
    if isinstance(value, str) and "\0" in value:
        raise refuse()
    return value


def may_be_empty(row: dataclasses.Field[Any]) -> bool:
    """Whether an empty text is a value of its own, such as no suite at all."""
    return _TYPES[row.name] is str and row.metadata["low"] is None and row.metadata["choices"] is None


def describe_allowed(row: dataclasses.Field[Any]) -> str:
    """What a setting allows, as a phrase: `an integer from 1 to 1024`, `one of 4, 8, 16`."""
    choices, low, high = row.metadata["choices"], row.metadata["low"], row.metadata["high"]
    if choices is not None:
        return "one of " + ", ".join(str(choice) for choice in choices)
    kind = _TYPES[row.name]
    if kind is bool:
        return "0 or 1"
    if kind is str:
        return "text" if low is None else "some text"
    noun = "an integer" if kind is int else "a number"
    return f"{noun} from {low:g} to {high:g}" if kind is float else f"{noun} from {low} to {high}"


GROUPS = ("the run", "the teacher", "cleaning and splitting", "model and machine", "training", "evaluation")


def group_of(row: dataclasses.Field[Any]) -> str:
    """The heading that a setting stands under in --help and in the menu, by the stages that take it."""
    stages = set(row.metadata["stages"])
    if not stages or row.name in ("rounds", "samples_per_round", "out_dir", "seed", "profile"):
        return GROUPS[0]
    if stages == {"generate"}:
        return GROUPS[1]
    if stages <= {"clean", "gate", "split"}:
        return GROUPS[2]
    if {"train", "evaluate", "generate"} <= stages:
        return GROUPS[3]
    return GROUPS[4] if "train" in stages else GROUPS[5]


def grouped() -> list[dataclasses.Field[Any]]:
    """The rows in the order of their groups."""
    return sorted(fields(), key=lambda row: GROUPS.index(group_of(row)))


def add_flags(parser: argparse.ArgumentParser, names: Sequence[str] | None = None) -> None:
    """Give a parser the flags of the named settings (all where `names` is None).

    Values stay text and absent ones None, so that `resolve` knows what was given.
    """
    groups: dict[str, Any] = {}
    for row in grouped():
        if names is not None and row.name not in names:
            continue
        title = group_of(row)
        if title not in groups:
            said = None if groups else "settings; a flag comes before the environment, .env, config.yaml, the profile"
            groups[title] = parser.add_argument_group(title, said)
        group = groups[title]
        help_text = f"{row.metadata['help']} ({variable(row.name)}; default {show(row.default)})"
        options: dict[str, Any] = {"dest": row.name, "default": None, "help": help_text.replace("%", "%%")}
        if _TYPES[row.name] is bool:  # `--run-tests` alone means 1
            options |= {"nargs": "?", "const": "1", "metavar": "0|1"}
        else:
            options["metavar"] = row.name.upper()
        group.add_argument(row.metadata["flag"], **options)


def out_path(out_dir: str) -> Path:
    """OUT_DIR as an absolute path: the default lies in the project, others are as the shell sees them."""
    if out_dir == Settings.out_dir:
        return PROJECT_ROOT / "autotrain"
    return Path(os.path.abspath(os.path.expanduser(out_dir)))


def show_raw(value: Any) -> str:
    """A value as the environment carries it."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def show(value: Any) -> str:
    """A value as people read it."""
    return f"{value:g}" if isinstance(value, float) else show_raw(value) or "(empty)"
