"""The files that settings are read from: `.env` and `OUT_DIR/config.yaml`."""

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from autotrain.errors import UsageError


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a `.env` file; empty where there is none. Raises UsageError where it is no UTF-8 text."""
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        found = dotenv_values(path, interpolate=False)
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8: save it as plain text in UTF-8.") from None
    return {name: value for name, value in found.items() if value is not None}


def read_config(path: Path, known: Collection[str]) -> dict[str, Any]:
    """The keys of a `config.yaml` with their raw values; empty where there is none.

    Raises UsageError where it is no YAML mapping or holds a key that is not in `known`.
    """
    if not path.is_file():
        return {}
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not YAML: {' '.join(str(error).split())}.") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(f"{path}: lines such as `ROUNDS: 3` are needed.")
    for key in content:
        if key not in known:
            near = difflib.get_close_matches(str(key).upper(), known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "docs/settings.md lists them."
            raise UsageError(f"{path}: {key} is not a setting. {hint}")
    return content
