"""The files that settings are read from: `.env` and `OUT_DIR/config.yaml`."""

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from autotrain.errors import UsageError

LONGEST, DEEPEST = 256 * 1024, 8  # bytes of a file of settings, levels of a config.yaml


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a `.env` file; empty where there is none. Raises UsageError where it is no UTF-8 text."""
    if not path.is_file():
        return {}
    _bounded(path)
    from dotenv import dotenv_values

    try:
        found = dotenv_values(path, interpolate=False)
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8: save it as plain text in UTF-8.") from None
    return {name: value for name, value in found.items() if value is not None}


def _bounded(path: Path) -> None:
    if path.stat().st_size > LONGEST:
        raise UsageError(f"{path} is longer than {LONGEST >> 10} KiB: no file of settings is that long.")


def config_text(path: Path) -> str:
    """The text of a `config.yaml` that is safe to load: short, flat, and without aliases, which can grow without end.

    Raises UsageError, UnicodeDecodeError or yaml.YAMLError.
    """
    import yaml

    _bounded(path)
    text, depth = path.read_text(encoding="utf-8"), 0
    for token in yaml.scan(text):
        if isinstance(token, (yaml.AliasToken, yaml.AnchorToken)):
            raise UsageError(f"{path}, line {token.start_mark.line + 1}: no aliases (& and *) are taken here.")
        opens = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)
        flows = (yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)
        ends = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
        depth += isinstance(token, opens + flows)
        depth -= isinstance(token, ends)
        if depth > DEEPEST:
            raise UsageError(
                f"{path}, line {token.start_mark.line + 1}: lines such as `ROUNDS: 3` are needed, nothing nested."
            )
    return text


def read_config(path: Path, known: Collection[str]) -> dict[str, Any]:
    """The keys of a `config.yaml` with their raw values; empty where there is none.

    Raises UsageError where it is no YAML mapping or holds a key that is not in `known`.
    """
    if not path.is_file():
        return {}
    import yaml

    try:
        content = yaml.safe_load(config_text(path))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not YAML: {' '.join(str(error).split())[:200]}.") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(f"{path}: lines such as `ROUNDS: 3` are needed.")
    for key in content:
        if key not in known:
            key = str(key)[:80]
            near = difflib.get_close_matches(key.upper(), known, n=1)
            hint = f"Did you mean {near[0]}?" if near else "docs/settings.md lists them."
            raise UsageError(f"{path}: {key} is not a setting. {hint}")
    return content
