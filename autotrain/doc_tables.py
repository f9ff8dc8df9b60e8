"""Tables in the documentation that are made from the code, so that they cannot be wrong.

    python -m autotrain.doc_tables            # rewrites them between their marks
    python -m autotrain.doc_tables --check    # exit 1 where a page differs from the code

A mark is `<!-- made by autotrain.doc_tables: NAME -->`, its end `<!-- end of NAME -->`.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from autotrain import errors, settings
from autotrain.jsonl import atomic_writer


def settings_table() -> str:
    """Every setting: variable, flag, default, what is allowed, meaning."""
    lines = ["| variable | flag | default | allowed | meaning |", "|---|---|---|---|---|"]
    lines += [
        f"| `{settings.variable(row.name)}` | `{row.metadata['flag']}` | `{settings.show(row.default)}` "
        f"| {settings.describe_allowed(row)} | {row.metadata['help']} |"
        for row in settings.fields()
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


TABLES: dict[str, Callable[[], str]] = {"settings": settings_table, "exit codes": exit_codes_table}


def pages() -> list[Path]:
    """The Markdown pages that may hold tables."""
    root = settings.PROJECT_ROOT
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def filled(text: str) -> str:
    """A page's text with every marked table made anew. Raises KeyError for a name that is no table."""

    def table(match: re.Match[str]) -> str:
        return f"{match['begin']}\n\n{TABLES[match['name']]()}\n\n{match['end']}"

    pattern = (
        r"(?P<begin><!-- made by autotrain\.doc_tables: (?P<name>[\w ]+) -->).*?(?P<end><!-- end of (?P=name) -->)"
    )
    return re.sub(pattern, table, text, flags=re.DOTALL)


def main(arguments: list[str]) -> int:
    stale = [page for page in pages() if filled(page.read_text(encoding="utf-8")) != page.read_text(encoding="utf-8")]
    for page in stale:
        if "--check" in arguments:
            print(f"{page} differs from the code: run python -m autotrain.doc_tables.", file=sys.stderr)
        else:
            content = filled(page.read_text(encoding="utf-8"))
            with atomic_writer(page) as stream:
                stream.write(content.encode())
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
