"""Stage 03: who goes on, who does not and why, and that an interrupted gate goes on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autotrain.errors import DataError, SandboxUnavailable, Stopped
from autotrain.jsonl import Ledger, load_rows, write_rows
from autotrain.sandbox import Job, Sandbox
from autotrain.tasks import gate
from autotrain.tasks.python import stub_of
from autotrain.tasks.samples import make_sample

SCRIPT = Path(__file__).parents[2] / "scripts" / "03_unit_test_gate.py"


def sample(output: str, tests: dict[str, Any] | None = None, *, kind: str = "code", task: str = "") -> dict[str, Any]:
    """A sample whose answer is this code (or text, for another response format)."""
    tasks = {"code": "algorithm_implementation", "text": "code_explanation", "json": "code_review"}
    return make_sample(
        instruction=f"Do {output[:40]}", input_text="", task_type=task or tasks[kind], response_format=kind,
        output=f"```python\n{output}\n```" if kind == "code" else output, tests=tests,
        entry_point="f" if tests else None,
        difficulty="easy", round_number=1, teacher_model="none", timestamp="2026-01-01T00:00:00Z",
    )  # fmt: skip


def asserts(code: str) -> dict[str, Any]:
    return {"kind": "asserts", "code": code}


RIGHT = sample("def f(x):\n    return x + 1", asserts("assert f(1) == 2"))
WRONG = sample("def f(x):\n    return x", asserts("assert f(1) == 2"))
VACUOUS = sample("def f(x):\n    return 2", asserts("assert callable(f)"))
TEXT = sample("An explanation.", kind="text")
UNTESTED = sample("VALUE = 3")
UNTESTED_BROKEN = sample("import no_such_module")
MUTANTS = {
    "kind": "mutants",
    "reference": "def add(a, b):\n    return a + b",
    "mutants": ["def add(a, b):\n    return a"],
}
GOOD_TESTS = sample("def test_add():\n    assert add(1, 2) == 3", MUTANTS, task="unit_test_generation")
WEAK_TESTS = sample("def test_add():\n    assert add(1, 0) == 1", MUTANTS, task="unit_test_generation")
HANGING = sample("def f(x):\n    while True:\n        pass", asserts("assert f(1)"))


def run(tmp_path: Path, rows: list[dict[str, Any]], **options: Any) -> tuple[gate.Counts, list[dict], list[dict]]:
    source, output, rejects = (tmp_path / name for name in ("clean.jsonl", "tested.jsonl", "rejects.jsonl"))
    write_rows(source, rows)
    counts, _ = gate.gate_file(source, output, rejects, **options)
    return counts, load_rows(output), load_rows(rejects)


def statuses(rows: list[dict]) -> dict[str, str]:
    return {row["id"]: row["gate"]["status"] for row in rows}


def test_only_what_passes_or_cannot_be_tested_goes_on(tmp_path: Path) -> None:
    rows = [RIGHT, WRONG, TEXT, UNTESTED, UNTESTED_BROKEN, GOOD_TESTS, WEAK_TESTS]
    counts, kept, rejected = run(tmp_path, rows, workers=2)
    assert statuses(kept) == {
        RIGHT["id"]: "passed", TEXT["id"]: "not_applicable", UNTESTED["id"]: "imported", GOOD_TESTS["id"]: "passed",
    }  # fmt: skip
    assert statuses(rejected).keys() == {WRONG["id"], UNTESTED_BROKEN["id"], WEAK_TESTS["id"]}
    assert (counts.read, counts.passed, counts.imported, counts.not_applicable, counts.rejected) == (7, 2, 1, 1, 3)


def test_a_kept_sample_is_unchanged_but_for_its_gate(tmp_path: Path) -> None:
    row = {**RIGHT, "extra": {"kept": True}}
    _, (kept,), _ = run(tmp_path, [row])
    facts = kept.pop("gate")
    assert kept == row
    assert (facts["passed"], facts["n_pass"], facts["n_fail"], facts["weak"]) == (True, 1, 0, False)
    assert facts["seconds"] >= 0


def test_nothing_untested_is_called_passed(tmp_path: Path) -> None:
    _, kept, _ = run(tmp_path, [TEXT, UNTESTED])
    assert [row["gate"]["passed"] for row in kept] == [None, None]


def test_a_reject_says_why(tmp_path: Path) -> None:
    _, _, (wrong,) = run(tmp_path, [RIGHT, WRONG])
    assert wrong["gate"]["status"] == "tests_failed" and "f(1) == 2" in wrong["gate"]["reason"]
    assert wrong["gate"]["passed"] is False and wrong["gate"]["n_fail"] == 1


def test_tests_that_pass_on_an_empty_stub_are_vacuous(tmp_path: Path) -> None:
    _, kept, rejected = run(tmp_path, [RIGHT, VACUOUS])
    assert statuses(rejected) == {VACUOUS["id"]: "vacuous"} and statuses(kept).keys() == {RIGHT["id"]}


def test_vacuity_can_be_left_out(tmp_path: Path) -> None:
    _, kept, _ = run(tmp_path, [VACUOUS], vacuity=False)
    assert statuses(kept) == {VACUOUS["id"]: "passed"}


def test_tests_that_hang_on_the_order_of_a_set_are_flaky(tmp_path: Path) -> None:
    code = "def f():\n    return next(iter({str(n) for n in range(500)}))"
    with Sandbox(workers=1) as sandbox:
        first = sandbox.check(Job(code + "\nprint(f())")).stdout.strip()
    _, kept, rejected = run(tmp_path, [sample(code, asserts(f"assert f() == {first!r}"))])
    assert kept == [] and list(statuses(rejected).values()) == ["flaky"]


def test_a_sample_that_passes_only_once_is_rejected_as_flaky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = gate._grades, []

    def grades(rows: list, sandbox: Any, limits: Any) -> Any:
        calls.append(len(rows))
        for grade in real(rows, sandbox, limits):
            yield grade if len(calls) == 1 else gate.replace(grade, status="failed", reason="another value")

    monkeypatch.setattr(gate, "_grades", grades)
    _, _, (flaky,) = run(tmp_path, [RIGHT])
    assert flaky["gate"]["status"] == "flaky" and "another value" in flaky["gate"]["reason"]


def test_a_hanging_answer_is_rejected_as_a_timeout(tmp_path: Path) -> None:
    _, _, (hanging,) = run(tmp_path, [HANGING], limits=gate.Limits(wall_s=0.5))
    assert hanging["gate"]["status"] == "tests_timeout"


def test_a_row_that_is_no_sample_is_rejected_with_its_fault(tmp_path: Path) -> None:
    _, _, (bad,) = run(tmp_path, [TEXT, {"id": "x"}])
    assert bad["gate"]["status"] == "schema" and "instruction" in bad["gate"]["reason"]


def test_the_output_is_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    rows = [RIGHT, WRONG, VACUOUS, TEXT, UNTESTED, GOOD_TESTS] * 3
    written = []
    for workers in (1, 3):
        folder = tmp_path / str(workers)
        folder.mkdir()
        run(folder, rows, workers=workers)
        texts = [(folder / name).read_text() for name in ("tested.jsonl", "rejects.jsonl")]
        written.append([[{**json.loads(line)["gate"], "seconds": 0} for line in text.splitlines()] for text in texts])
    assert written[0] == written[1]


def test_an_interrupted_gate_goes_on_where_it_stopped(tmp_path: Path) -> None:
    rows = [sample(f"def f(x):\n    return x + {n}", asserts(f"assert f(1) == {n + 1}")) for n in range(20)]

    def stop(count: int) -> None:
        if count:
            raise Stopped("now")

    with pytest.raises(Stopped):
        run(tmp_path, rows, workers=1, advance=stop)
    assert not (tmp_path / "tested.jsonl").exists()
    counts, kept, _ = run(tmp_path, rows, workers=1)
    assert 0 < counts.resumed < 20 and len(kept) == 20
    assert not gate.ledger_path(tmp_path / "tested.jsonl").exists()


def test_a_torn_ledger_line_costs_only_itself(tmp_path: Path) -> None:
    path = gate.ledger_path(tmp_path / "tested.jsonl")
    with Ledger(path) as ledger:
        ledger.append({"some": "settings"})
    with open(path, "ab") as stream:
        stream.write(b'{"key": "abc", "acc')
    decided = gate._read_ledger(path, {"some": "settings"})
    assert decided == {} and path.exists()


def test_a_ledger_of_other_settings_is_dropped(tmp_path: Path) -> None:
    path = gate.ledger_path(tmp_path / "tested.jsonl")
    with Ledger(path) as ledger:
        ledger.append({"vacuity": False})
    assert gate._read_ledger(path, {"vacuity": True}) == {} and not path.exists()


def test_an_empty_input_is_an_error_of_the_data(tmp_path: Path) -> None:
    (tmp_path / "clean.jsonl").write_text("\n")
    with pytest.raises(DataError, match="holds no samples"):
        gate.gate_file(tmp_path / "clean.jsonl", tmp_path / "tested.jsonl", None)


def test_without_a_sandbox_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise SandboxUnavailable("no tier holds")

    monkeypatch.setattr(gate, "Sandbox", refuse)
    with pytest.raises(SandboxUnavailable):
        run(tmp_path, [RIGHT])
    assert [path.name for path in tmp_path.iterdir()] == ["clean.jsonl"]


def test_the_script_prints_one_summary_and_writes_its_files(tmp_path: Path) -> None:
    write_rows(tmp_path / "clean.jsonl", [RIGHT, WRONG])
    names = {name: str(tmp_path / f"{name}.jsonl") for name in ("tested", "rejects")}
    command = [sys.executable, str(SCRIPT), "--input", str(tmp_path / "clean.jsonl"), "--output", names["tested"]]
    done = subprocess.run(
        [*command, "--rejects", names["rejects"]], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    summary = json.loads(done.stdout)
    assert (summary["stage"], summary["read"], summary["passed"], summary["rejected"]) == ("gate", 2, 1, 1)
    assert len(load_rows(names["tested"])) == len(load_rows(names["rejects"])) == 1


def test_the_script_ends_with_3_for_a_missing_input(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--input", str(tmp_path / "none"), "--output", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 3 and "does not exist" in done.stderr and done.stdout == ""


def test_a_stub_keeps_names_and_signatures_and_does_nothing() -> None:
    code = "LIMIT = 3\nprint('x')\nclass A:\n    def m(self, n=1):\n        return n\ndef f(a, *b):\n    return a"
    space: dict[str, Any] = {}
    exec(stub_of(code) or "", space)
    assert space["LIMIT"] == 3 and space["A"]().m(n=2) is None and space["f"](1, 2) is None


def test_code_without_a_function_has_no_stub() -> None:
    assert stub_of("VALUE = 3") is None and stub_of("def f(:") is None
