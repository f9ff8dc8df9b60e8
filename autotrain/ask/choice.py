"""Which model is talked to: the best adapter of an OUT_DIR, one that was named, and the base it was made on.

Reads OUT_DIR/best_adapter, adapter_config.json and the config.json of the run that made the adapter; writes nothing.

    python scripts/ask.py "write a function that …"        # the best adapter
    python scripts/ask.py --adapter out_lora/final
"""

import dataclasses
from pathlib import Path

from autotrain.config import settings
from autotrain.config.precedence import Resolved
from autotrain.config.settings import Settings
from autotrain.errors import DataError, UsageError
from autotrain.jsonl import read_json
from autotrain.training import models

OF_THE_ADAPTER = ("base_model", "base_revision", "thinking")  # settings that an adapter was trained with
BY_HAND = ("flag", "environment")


def best_adapter(out_dir: Path) -> Path | None:
    """The best adapter's folder; None where no round has been judged yet."""
    link = out_dir / "best_adapter"
    return link if (link / "adapter_config.json").is_file() else None


def adapter_of(named: Path | None, out_dir: Path, *, base_would_do: bool) -> Path | None:
    """The adapter to talk to, None for the base model alone. Raises UsageError where there is none."""
    if named:
        if not (named / "adapter_config.json").is_file():
            raise UsageError(f"--adapter {named} is no adapter: a folder with adapter_config.json is needed.")
        return named
    found = best_adapter(out_dir)
    if found is None and not base_would_do:
        raise UsageError(
            f"{out_dir} holds no best_adapter yet: ./scripts/loop.sh trains one, --adapter DIR names another, "
            "--base talks to the base model alone."
        )
    return found


def settings_for(resolved: Resolved, adapter: Path | None) -> Settings:
    """The settings with the base model that the adapter was made on, unless a person named one."""
    chosen = resolved.settings
    if adapter is None:
        return chosen
    known = _of_its_run(adapter) or _of_its_config(adapter)
    changes = {
        name: value
        for name, value in known.items()
        if not resolved.sources[name].startswith(BY_HAND) and value is not None
    }
    return dataclasses.replace(chosen, **changes)


def _of_its_run(adapter: Path) -> dict[str, str]:
    for folder in adapter.resolve().parents:
        if folder.parent.name == "runs" and (folder / "config.json").is_file():
            found = read_json(folder / "config.json").get("settings", {})
            told = {name: found.get(settings.variable(name), {}).get("value") for name in OF_THE_ADAPTER}
            return {name: value for name, value in told.items() if isinstance(value, str)}
    return {}


def _of_its_config(adapter: Path) -> dict[str, str]:
    config = read_json(adapter / "adapter_config.json")
    if not isinstance(config, dict):
        raise DataError(f"{adapter / 'adapter_config.json'} is no JSON object.")
    name = models.setting_of(str(config.get("base_model_name_or_path") or ""))
    return {"base_model": name, "base_revision": str(config.get("revision") or "")} if name else {}
