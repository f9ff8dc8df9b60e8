"""Tables in the documentation that are made from the code, so that they cannot be wrong.

    python -m autotrain.manual.doc_tables            # rewrites them between their marks
    python -m autotrain.manual.doc_tables --check    # exit 1 where a page differs from the code

A mark is `<!-- made by autotrain.manual.doc_tables: NAME -->`, its end `<!-- end of NAME -->`.
"""

import ast
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from autotrain import errors
from autotrain.config import profiles, settings
from autotrain.errors import say
from autotrain.jsonl import atomic_writer
from autotrain.manual import error_list
from autotrain.tasks import kinds, samples, types

COMMON = (  # what people set
    *("rounds", "samples_per_round", "base_model", "teacher_model", "out_dir"),
    *("train_steps", "seq_len", "run_unit_tests", "eval_suite", "seed"),
)


def modules_table() -> str:
    """Every module with the first sentence of what it says of itself."""
    lines = ["| module | is for |", "|---|---|"]
    folder = settings.PROJECT_ROOT / "autotrain"
    for path in sorted(folder.rglob("*.py"), key=lambda path: path.relative_to(folder).parts):
        place = path.relative_to(folder)
        if path.name == "__init__.py" or "__pycache__" in place.parts or place.parts[0] == "runs":
            continue
        said = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0].split())
        first = re.split(r"(?<=[a-z\)`])[.:;] ", said)[0].rstrip(".").replace("|", "\\|")
        lines.append(f"| `{place.with_suffix('')}` | {first} |")
    return "\n".join(lines)


def settings_table(names: Sequence[str] | None = None) -> str:
    """Every setting, or those named: variable, flag, default, what is allowed, meaning."""
    lines = ["| variable | flag | default | allowed | meaning |", "|---|---|---|---|---|"]
    lines += [
        f"| `{settings.variable(row.name)}` | `{row.metadata['flag']}` | `{settings.show(row.default)}` "
        f"| {settings.describe_allowed(row)} | {row.metadata['help']} |"
        for row in settings.fields()
        if names is None or row.name in names
    ]
    return "\n".join(lines)


def exit_codes_table() -> str:
    """Every exit code with the error that carries it."""
    known = [errors.AutotrainError, *errors.AutotrainError.__subclasses__()]
    lines = ["| code | means |", "|---|---|", "| 0 | done |"]
    for error in sorted(known, key=lambda kind: kind.exit_code):
        meaning = (error.__doc__ or "").split(" Exit code")[0].rstrip(".")
        lines.append(f"| {error.exit_code} | {meaning} |")
    return "\n".join(lines)


CARDS = {"cpu": "none", "6gb": "RTX 3060 (6 GB)", "11gb": "RTX 2080 Ti", "24gb": "RTX 3090, 4090"}


def profiles_table() -> str:
    """What each hardware profile sets of what decides the memory."""
    names = ("seq_len", "batch_size", "grad_accum", "lora_r", "train_steps")
    lines = ["| profile | card | " + " | ".join(map(settings.variable, names)) + " |", "|---" * (len(names) + 2) + "|"]
    for profile, values in profiles.PROFILES.items():
        chosen = {**vars(settings.Settings()), **values}
        lines.append(f"| `{profile}` | {CARDS[profile]} | " + " | ".join(str(chosen[name]) for name in names) + " |")
    return "\n".join(lines)


def sample_table() -> str:
    """What the named fields of a sample may be."""
    rows = {
        "metadata.task_type": samples.TASK_TYPES,
        "metadata.response_format": samples.RESPONSE_FORMATS,
        "metadata.difficulty": samples.DIFFICULTIES,
        "tests.kind": kinds.KINDS,
    }
    lines = ["| field | one of |", "|---|---|"]
    lines += [f"| `{name}` | " + " ".join(f"`{value}`" for value in values) + " |" for name, values in rows.items()]
    for row in types.TYPES.values():
        fields = row.json_schema["properties"] if row.json_schema else {}
        if fields:
            lines.append(f"| a `json` answer to `{row.name}` | an object with {_fields(fields)} |")
        for name, part in fields.items():
            if part.get("items", {}).get("type") == "object":
                lines.append(f"| each of its `{name}` | an object with {_fields(part['items']['properties'])} |")
    return "\n".join(lines)


def _fields(fields: dict[str, Any]) -> str:
    return ", ".join(f"`{name}` ({types.JSON_KINDS[part['type']].__name__})" for name, part in fields.items())


PURPOSES = {
    "OPENAI_API_KEY": "a teacher of an API",
    "OPENAI_BASE_URL": "a server of your own, or of another provider",
    "ENDPOINT_API_KEY": "a teacher named with its address in `TEACHER_MODEL`, or an `--endpoint`",
    "HF_TOKEN": "gated or private base models",
    "HUGGING_FACE_HUB_TOKEN": "the same, under its older name",
    "WANDB_API_KEY": "`REPORT_TO=wandb`",
}


def keys_table() -> str:
    """Each credential, what it is for, and the stages that get it."""
    from autotrain.loop.runner import CREDENTIALS

    lines = ["| variable | for | reaches the stages |", "|---|---|---|"]
    lines += [f"| `{name}` | {PURPOSES[name]} | {', '.join(stages)} |" for name, stages in CREDENTIALS.items()]
    return "\n".join(lines)


def end_of_a_run() -> str:
    """The last lines of the run in docs/run, up to its next commands, which are those of its own place."""
    from autotrain.loop import ending
    from autotrain.manual import picture

    lines = ending.text(picture.kept_run()).strip().splitlines()
    took = next(place for place, line in enumerate(lines) if line.startswith("It took"))
    return "\n".join(["```text", *lines[: took + 1], "```"])


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "common settings": lambda: settings_table(COMMON),
    "modules": modules_table,
    "exit codes": exit_codes_table,
    "profiles": profiles_table,
    "sample": sample_table,
    "keys": keys_table,
    "errors": error_list.tables,
    "end of a run": end_of_a_run,
}


def pages() -> list[Path]:
    """The Markdown pages that may hold tables."""
    root = settings.PROJECT_ROOT
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def filled(text: str) -> str:
    """A page's text with every marked table made anew. Raises KeyError for a name that is no table."""

    def table(match: re.Match[str]) -> str:
        return f"{match['begin']}\n\n{TABLES[match['name']]()}\n\n{match['end']}"

    begin = r"(?P<begin><!-- made by autotrain\.manual\.doc_tables: (?P<name>[\w ]+) -->)"
    pattern = begin + r".*?(?P<end><!-- end of (?P=name) -->)"
    return re.sub(pattern, table, text, flags=re.DOTALL)


def main(arguments: list[str]) -> int:
    stale = [page for page in pages() if filled(page.read_text(encoding="utf-8")) != page.read_text(encoding="utf-8")]
    for page in stale:
        if "--check" in arguments:
            say(f"{page} differs from the code: run python -m autotrain.manual.doc_tables.")
        else:
            content = filled(page.read_text(encoding="utf-8"))
            with atomic_writer(page) as stream:
                stream.write(content.encode())
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
