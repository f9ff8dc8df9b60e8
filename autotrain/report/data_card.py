"""The data set's card: docs/dataset_card.md with what a run's files say put in.

Reads the template and a run's data/ (or the files named); writes RUN/dataset_card.md, or --output.
Nothing is estimated: what no file says is left out.

    python -m autotrain.report.data_card                                # the newest run
    python -m autotrain.report.data_card --files train.jsonl val.jsonl --output card.md
"""

import argparse
import hashlib
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
        facts, output = files_section(arguments.files), arguments.output or Path("dataset_card.md")
    else:
        run = paths.find_run(settings.out_path(context.settings.out_dir), arguments.run)
        files = [path for kind in ("train", "val", "probe") for path in sorted(run.data.glob(f"{kind}_round_*.jsonl"))]
        facts = run_section(run) + "\n\n" + files_section([path for path in files if path.stat().st_size])
        output = arguments.output or run.root / "dataset_card.md"
    card = filled(TEMPLATE.read_text(encoding="utf-8"), facts)
    with atomic_writer(output) as stream:
        stream.write(card.encode())
    context.say(f"card: {output}")
    return {"stage": "data_card", "output": str(output)}


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
