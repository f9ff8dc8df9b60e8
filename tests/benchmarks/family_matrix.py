"""Every family of base models at 4, 8 and 16 bits: trained, answered, merged, each right or refused in one sentence.

    PYTHONPATH=.:tests/support python tests/benchmarks/family_matrix.py [NAME ...] [--bits 4 16] [--json F] [--write]

One tiny random model a family (tests/support/families.py, or the folders in --models), all in one process. Beside
what the start-up proof finds, the validation loss that training reports is taken again by the library alone, one row
at a time. --json keeps each result and is read again: what it holds is not run twice. --write puts the table of all
of them into docs/models.md. Exit code 1 where anything ends in another way than right or refused.
"""

import argparse
import itertools
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import families
from family_check import BITS, run

from autotrain.config.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "models.md"
BEGIN, END = "<!-- made by tests/benchmarks/family_matrix.py -->", "<!-- end of families -->"


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown, one line a family where all its bits came out alike."""
    lines = [
        "| family | bits | shortcuts left out | several examples a row | decoding | adapted | quantised at 4 bits |",
        "|---|---|---|---|---|---|---|",
    ]
    merged: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        merged.setdefault((row["family"], *_cells(row)), []).append(str(row["bits"]))
    quantised = {row["family"]: row["coverage"]["quantised"] for row in rows if row["bits"] == 4 and "coverage" in row}
    for (family, *cells), bits in merged.items():
        lines.append(f"| {family} | {', '.join(bits)} | {' | '.join(cells)} | {quantised.get(family, '')} |")
    return "\n".join(lines)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    if "fault" in row:
        return f"FAULT in {row['stage']}: {row['fault'].strip().splitlines()[-1][:100]}", "", "", ""
    if "refused" in row:
        said = row["refused"].removeprefix("BASE_MODEL").replace(f" {row['family']}", "").lstrip(": ")
        return f"refused: {said}".replace("|", "\\|"), "", "", ""
    proof = row["proof"]
    return (
        ", ".join(name for name in proof["left_out"] if name != "packing") or "none",
        "yes" if proof["packed_equals_alone"] else "no: one a row",
        "ours" if row["decoding"]["own"] else "the library's",
        row["coverage"]["adapted"],
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--bits", type=int, nargs="+", default=list(BITS))
    parser.add_argument("--write", action="store_true", help="put the table into docs/models.md")
    parser.add_argument("--json", type=Path, help="every result, one JSON line each")
    parser.add_argument("--models", type=Path, help="take the models in this folder, each in a folder of its name")
    arguments = parser.parse_args()
    known = sorted(path.name for path in arguments.models.iterdir()) if arguments.models else list(families.FAMILIES)
    rows = []
    if arguments.json and arguments.json.is_file():
        rows = [json.loads(line) for line in arguments.json.read_text().splitlines()]
    done = {(row["family"], row["bits"]) for row in rows}
    with tempfile.TemporaryDirectory() as folder:
        for name, bits in itertools.product(arguments.names or known, arguments.bits):
            if (name, bits) in done:
                continue
            model = arguments.models / name if arguments.models else None
            rows.append(run(name, bits, Path(folder), model))
            print(f"{name} {bits}: {' | '.join(_cells(rows[-1]))}", file=sys.stderr, flush=True)
            if "fault" in rows[-1]:
                print(rows[-1]["fault"], file=sys.stderr)
            if arguments.json:
                with arguments.json.open("a") as stream:
                    stream.write(json.dumps(rows[-1]) + "\n")
    rows.sort(key=lambda row: (known.index(row["family"]), row["bits"]))
    print(table(rows))
    if arguments.write:
        text = PAGE.read_text()
        before, after = text[: text.index(BEGIN)], text[text.index(END) :]
        PAGE.write_text(f"{before}{BEGIN}\n\n{table(rows)}\n\n{after}")
    return int(any("fault" in row for row in rows))


if __name__ == "__main__":
    sys.exit(main())
