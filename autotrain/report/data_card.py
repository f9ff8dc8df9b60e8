"""The data set's card: docs/dataset_card.md with what a run's files say put in.

Reads the template and a run's data/ (or the files named); writes RUN/dataset_card.md, or --output.
Nothing is estimated: what no file says is left out. Links lead to docs/ from where the card lies; a card for the
hub (publish.py) has their words alone.

    python -m autotrain.report.data_card                                # the newest run
    python -m autotrain.report.data_card --files train.jsonl val.jsonl --output card.md
"""

import argparse
import hashlib
import os
import re
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autotrain import cli
from autotrain.config import settings
from autotrain.jsonl import Row, atomic_writer, dumps, load_rows, read_json
from autotrain.run import paths

TEMPLATE = settings.PROJECT_ROOT / "docs" / "dataset_card.md"
BEGIN, END = "<!-- facts of a run -->", "<!-- end of the facts -->"
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))  # the hub's names
SHOWN = ("metadata.task_type", "metadata.response_format", "metadata.difficulty", "metadata.teacher_model", "origin")


def make_parser() -> argparse.ArgumentParser:
    parser = cli.stage_parser(__doc__, ("out_dir",), with_round=False)
    parser.add_argument("run", nargs="?", metavar="RUN", help="a run's id, or its beginning; default: the newest")
    parser.add_argument("--files", type=cli.existing_file, nargs="+", metavar="F", help="these files, and no run")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="F",
        help="the card; default: RUN/dataset_card.md, or ./dataset_card.md with --files",
    )
    return parser


def work(arguments: argparse.Namespace, context: cli.Context) -> dict[str, Any]:
    if arguments.files:
        files, facts, output = arguments.files, "", arguments.output or Path("dataset_card.md")
    else:
        run = paths.find_run(settings.out_path(context.settings.out_dir), arguments.run)
        kinds = ("train", "val", "probe")
        files = [path for kind in kinds for path in sorted(run.data.glob(f"{kind}_round_*.jsonl")) if _is_filled(path)]
        facts, output = run_section(run), arguments.output or run.root / "dataset_card.md"
    with atomic_writer(output) as stream:
        stream.write(card(files, facts, output.parent).encode())
    context.say(f"card: {output}")
    return {"stage": "data_card", "output": str(output)}


def _is_filled(path: Path) -> bool:
    return path.stat().st_size > 0


def card(files: Sequence[Path], facts: str, folder: Path | None) -> str:
    """The whole card of these files, as it lies in `folder`; None: on the hub, where no page of ours is near."""
    text = filled(
        TEMPLATE.read_text(encoding="utf-8"), "\n\n".join(part for part in (facts, files_section(files)) if part)
    )
    title, _, rest = text.partition("\n\n")
    body = rest[rest.index("## What it is") :]  # before it stands how to fill the template
    return front_matter(files) + f"{title}\n\n" + _linked(body, folder)


def front_matter(files: Sequence[Path]) -> str:
    """What the hub reads: size, language, files by split, and the licence where the files tell it."""
    rows = [row for path in files for row in load_rows(path)]
    size = next((name for most, name in SIZES if len(rows) < most), "1M<n<10M")
    lines = [
        "---",
        "pretty_name: Coding tasks with tests",
        "language:",
        "- en",
        "task_categories:",
        "- text-generation",
    ]
    lines += ["tags:", "- code", "size_categories:", f"- {size}"]
    if {_field(row, "metadata.teacher_model") for row in rows} == {"builtin"}:
        lines.append("license: mit")  # docs/license_policy.md
    splits = {"train": "train", "val": "validation", "probe": "probe"}
    found = {split: [path.name for path in files if path.name.startswith(name)] for name, split in splits.items()}
    if any(found.values()):
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for split, names in found.items():
            lines += [f"  - split: {split}", "    path:", *(f"    - {name}" for name in names)] if names else []
    return "\n".join([*lines, "---", "", ""])


def _linked(text: str, folder: Path | None) -> str:
    def link(found: re.Match[str]) -> str:
        page = (TEMPLATE.parent / found[2]).resolve()
        return found[1] if folder is None else f"[{found[1]}]({os.path.relpath(page, folder.resolve())})"

    return re.sub(r"\[([^\]]+)\]\(([\w./-]+\.md)\)", link, text)


def filled(template: str, facts: str) -> str:
    """The template with what stands between its marks replaced by `facts`."""
    before, _, rest = template.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{facts}\n\n{END}{after}"


def run_section(run: paths.RunPaths) -> str:
    """What made the data: the run's settings, and what each stage kept and refused."""
    config, state = read_json(run.config), read_json(run.state)
    chosen = {name: entry["value"] for name, entry in config["settings"].items()}
    lines = [f"Run `{run.run_id}`, {state['status']}, begun {state['created']}.", "", "| | |", "|---|---|"]
    names = ("TEACHER_MODEL", "TEACHER_TASKS", "ROUNDS", "SAMPLES_PER_ROUND", "RUN_UNIT_TESTS", "VAL_RATIO", "SEED")
    lines += [f"| {name} | {settings.show(chosen[name])} |" for name in names if name in chosen]
    kept = {name: count for name, count in state["counters"].items() if name in paths.ROUND_FILES}
    lines += (
        ["", "Rows of all rounds: " + ", ".join(f"{count} {name}" for name, count in kept.items()) + "."]
        if kept
        else []
    )
    reasons: Counter[str] = Counter()
    for path in sorted(run.data.glob("*rejects_round_*.jsonl")):
        reasons.update(str(row.get("reason")) for row in load_rows(path))
    if reasons:
        lines += ["", *_table(("refused because of", "rows"), reasons.most_common())]
    return "\n".join(lines)


def files_section(files: Sequence[Path]) -> str:
    """Size, hash and lengths of each file, and how its rows divide."""
    loaded = {path: load_rows(path) for path in files}
    facts = [
        (f"`{path.name}`", len(rows), *_lengths(rows), hashlib.sha256(path.read_bytes()).hexdigest())
        for path, rows in loaded.items()
    ]
    heads = ("file", "rows", "with tests", "families", "task, characters (median, most)", "answer", "SHA-256")
    lines = _table(heads, facts)
    everything = {dumps(row["id"]): row for rows in loaded.values() for row in rows}.values()
    for name in SHOWN:
        counts = Counter(value for row in everything if (value := _field(row, name)))
        if counts:
            lines += ["", *_table((name, f"rows of {len(everything)}"), counts.most_common())]
    return "\n".join(lines)


def _lengths(rows: Sequence[Row]) -> tuple[Any, ...]:
    asked = [len(row["instruction"]) + len(row["input"]) for row in rows] or [0]
    answers = [len(row["output"]) for row in rows] or [0]
    families = {family for row in rows if (family := row["metadata"].get("family"))}
    spans = (f"{statistics.median(values):g}, {max(values)}" for values in (asked, answers))
    return sum("tests" in row for row in rows), len(families), *spans


def _field(row: Row, name: str) -> str:
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    return [
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
        *("| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows),
    ]


if __name__ == "__main__":
    sys.exit(cli.main("data_card", make_parser(), work))
