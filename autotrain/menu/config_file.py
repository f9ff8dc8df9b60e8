"""Changes OUT_DIR/config.yaml and keeps its comments, its order and its blank lines.

save(path, {"lr": "3e-4"})      # checks the value, then writes LR: 3e-4
"""

import io
from collections.abc import Mapping
from pathlib import Path

from autotrain.config import settings
from autotrain.config.setting_files import read_config
from autotrain.errors import UsageError
from autotrain.jsonl import atomic_writer


def parse_pairs(pairs: list[str]) -> dict[str, str]:
    """`NAME=VALUE` texts as field name -> value. Raises UsageError for an unknown name."""
    known = {settings.variable(row.name): row.name for row in settings.fields()}
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"{pair}: NAME=VALUE is needed, such as ROUNDS=3.")
        if name.strip().upper() not in known:
            raise UsageError(f"{name} is not a setting. docs/settings.md lists them.")
        found[known[name.strip().upper()]] = value.strip()
    return found


def problem(name: str, text: str) -> str | None:
    """What is wrong with a value as far as it is typed, or None."""
    try:
        settings.parse_value(name, text, "the menu")
    except UsageError:
        return f"{settings.describe_allowed(settings.Settings.__dataclass_fields__[name])} is needed"
    return None


def save(path: Path, changes: Mapping[str, str]) -> None:
    """Write settings into a config.yaml, made where it is missing. Raises UsageError for a value not allowed."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    values = {name: settings.parse_value(name, text, "the menu") for name, text in changes.items()}
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    read_config(path, {settings.variable(row.name) for row in settings.fields()})
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    try:
        content = yaml.load(text)
    except YAMLError as error:
        raise UsageError(f"{path} is not YAML: {' '.join(str(error).split())}.") from None
    if content is not None and not isinstance(content, dict):
        raise UsageError(f"{path}: lines such as `ROUNDS: 3` are needed.")
    only_comments = content is None
    content = CommentedMap() if content is None else content
    for name, value in values.items():
        content[settings.variable(name)] = int(value) if isinstance(value, bool) else value
    stream = io.StringIO()
    yaml.dump(content, stream)
    written = stream.getvalue()
    if only_comments and text.strip():  # ruamel has nowhere to keep the comments of a file without a key
        written = text.rstrip("\n") + "\n" + written
    with atomic_writer(path) as output:
        output.write(written.encode())
