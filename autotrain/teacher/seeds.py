"""TEACHER_SEEDS=DIR: code of the user's own that suggests tasks to the API teacher, and the proof that none came back.

Reads the Python files below a folder; hidden folders, links and what does not parse are passed over. Each top-level
function or class of a handy size is a seed; one that holds a secret or a control token is never sent. A task or
an answer that holds most of a seed's normalised code (cleaning/contamination.py) is refused.

    seeds = read_seeds("mine")      # ["def total(rows):\n    …", …]; empty without a folder
    copied = Copies(seeds) ; copied.problem(row)
"""

import ast
from collections.abc import Sequence
from pathlib import Path

from autotrain.errors import UsageError
from autotrain.secrets.scan import has_secret
from autotrain.tasks import python, samples
from autotrain.tasks.shapes import Sample
from autotrain.tasks.thoughts import control_token

FEWEST_LINES, MOST_LINES = 6, 80
LONGEST_CHARACTERS = 4000
LARGEST_FILE = 400_000  # bytes
MOST_SEEDS = 5000
REASON = "seed copy"


def read_seeds(folder: str) -> list[str]:
    """The seeds of a folder, in the order of their paths, each once. Raises UsageError where there are none."""
    if not folder:
        return []
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise UsageError(f"TEACHER_SEEDS={folder}: no such folder; one with Python files of your own is needed.")
    found: dict[str, None] = {}
    for path in sorted(root.rglob("*.py")):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if hidden or path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_FILE:
            continue
        found |= dict.fromkeys(_seeds_of(path.read_bytes().decode("utf-8", "replace")))
        if len(found) >= MOST_SEEDS:
            break
    if not found:
        raise UsageError(
            f"TEACHER_SEEDS={folder} holds no Python function or class of {FEWEST_LINES} to {MOST_LINES} lines."
        )
    return list(found)[:MOST_SEEDS]


def _seeds_of(text: str) -> list[str]:
    try:
        body = ast.parse(text).body
    except python.UNREADABLE:
        return []
    found = []
    for node in body:
        code = ast.get_source_segment(text, node) or ""
        is_definition = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        handy = FEWEST_LINES <= len(code.splitlines()) <= MOST_LINES and len(code) <= LONGEST_CHARACTERS
        if is_definition and handy and not has_secret(code) and not control_token(code):
            found.append(code)
    return found


class Copies:
    """Finds what was copied from the seeds."""

    def __init__(self, seeds: Sequence[str]) -> None:
        from autotrain.cleaning.contamination import Reference

        self._reference = Reference([_as_task(number, code) for number, code in enumerate(seeds)])

    def problem(self, row: Sample, *more: str) -> str | None:
        """Why a sample (or code beside it, such as its solution) is a copy, as `reason: detail`, or None."""
        rows = [row, *({**row, "input": "", "output": python.fenced(code)} for code in more if code)]
        hit = next((hit for hit in self._reference.hits(rows) if hit is not None), None)
        return f"{REASON}: it holds most of a seed ({hit[0]})" if hit else None


def _as_task(number: int, code: str) -> Sample:
    name = next(iter(python.defined_names(code)), "")
    return {
        **samples.make_sample(
            instruction="",
            input_text="",
            output=python.fenced(code),
            task_type="algorithm_implementation",
            response_format="code",
            difficulty="easy",
            round_number=0,
            teacher_model="",
            timestamp="",
        ),
        "id": f"{name}, number {number + 1}",
    }
