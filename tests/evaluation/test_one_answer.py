"""One answer without a test, which tells the judge's runs apart, passes no unit-test task: stages 05 and 03."""

import json
from pathlib import Path
from typing import Any

import pytest
from stage_support import run_stage

from autotrain.evaluation.suites import load_suite

pytestmark = pytest.mark.slow

# It marks whatever a later run might find, and lets every run fail that finds a mark.
ANSWER = """import fcntl
import os
import socket
import tempfile
import time

KEY = {key}
seen = False
for folder in (os.getcwd(), tempfile.gettempdir(), os.path.dirname(os.getcwd()), "/dev/shm"):
    try:
        seen = seen or int(os.stat(folder).st_mtime) == KEY or os.path.exists(folder + "/mark%d" % KEY)
        open(folder + "/mark%d" % KEY, "w").close()
        os.utime(folder, (KEY, KEY))
    except OSError:
        pass
kept = []
for name in (os.__file__, "/usr/bin/env", "/dev/null", "/usr"):
    try:
        kept.append(os.open(name, os.O_RDONLY))
        fcntl.flock(kept[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        seen = True
    except OSError:
        pass
try:
    kept.append(socket.socket(socket.AF_UNIX))
    kept[-1].bind("\\0mark%d" % KEY)
except OSError as error:
    seen = seen or error.errno == 98
if not seen:
    time.sleep({hold})


def test_first():
    assert {uses}
    assert not seen
"""


def tasks() -> list[dict[str, Any]]:
    return [row for row in load_suite("heidi-core").rows if (row.get("tests") or {}).get("kind") == "mutants"]


def answered() -> list[dict[str, Any]]:
    """Every unit-test task of heidi-core with that one answer in the place of its own."""
    rows = [dict(row) for row in tasks()]
    for number, row in enumerate(rows, start=1):
        uses = f"callable({row['entry_point']})" if row.get("entry_point") else "True"
        row["output"] = f"```python\n{ANSWER.format(key=1000 + number, hold=0.05, uses=uses)}```"
    return rows


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_evaluation_gives_it_no_task(tmp_path: Path, workers: int) -> None:
    rows = answered()
    suite = write(tmp_path / "tasks.jsonl", tasks())
    given = write(tmp_path / "given.jsonl", [{"id": row["id"], "prediction": row["output"]} for row in rows])
    report = tmp_path / "report.json"
    flags = ("--preds", str(given), "--suite", str(suite), "--output", str(report))
    assert run_stage("05_eval.py", "evaluate", *flags, "--workers", str(workers)) == 0
    verdicts = json.loads(report.read_text())["tasks"]
    assert len(verdicts) == len(rows) > 30
    assert [verdict["id"] for verdict in verdicts if verdict["passed"]] == []


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_gate_lets_it_through_for_no_task(tmp_path: Path, workers: int) -> None:
    samples, passed = write(tmp_path / "samples.jsonl", answered()), tmp_path / "passed.jsonl"
    flags = ("--input", str(samples), "--output", str(passed), "--workers", str(workers))
    run_stage("03_unit_test_gate.py", "gate", *flags)
    assert passed.read_text() == ""
