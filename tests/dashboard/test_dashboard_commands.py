"""The dashboard's command line: one look, JSON, plain text, wrong usage, and the generated documentation."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dashboard_support import make_run

from autotrain.dashboard import gpu
from autotrain.dashboard.__main__ import main
from autotrain.manual import dashboard_docs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path, status="completed", current_stage=None, pid=None)


def dashboard(*arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "autotrain.dashboard", *arguments]
    environment = {"PATH": os.environ["PATH"], "TERM": "xterm-256color", **environ}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("view", "12345")
def test_one_look_into_a_pipe_is_plain_text(run, view):
    done = dashboard("--out-dir", str(run.out_dir), "--once", "--view", view)
    assert done.returncode == 0 and done.stderr == b""
    assert b"COMPLETED" in done.stdout and b"\x1b" not in done.stdout


def test_without_a_terminal_a_finished_run_is_shown_and_it_ends(run):
    done = dashboard("--out-dir", str(run.out_dir))
    assert done.returncode == 0 and b"Progress" in done.stdout and b"\x1b" not in done.stdout


def test_one_look_is_ascii_on_request(run):
    assert dashboard("--out-dir", str(run.out_dir), "--once", "--ascii").stdout.isascii()


def test_json_says_what_the_files_say(run):
    found = json.loads(dashboard("--out-dir", str(run.out_dir), "--json").stdout)
    assert found["state"] == json.loads(run.state.read_text())
    assert found["health"] == "COMPLETED"
    assert found["reports"]["1"]["sets"] == json.loads(run.report(1).read_text())["sets"]
    assert found["curves"]["1"]["loss"][-1][0] == 500


def test_a_run_is_found_by_id_beginning_and_folder(run, capsys):
    for name in (run.run_id, run.run_id[:10], str(run.root)):
        assert main(["--out-dir", str(run.out_dir), "--run", name, "--once"]) == 0
    assert main(["--run", str(run.out_dir), "--once"]) == 0
    assert capsys.readouterr().out.count("COMPLETED") == 4


@pytest.mark.parametrize("arguments", [["--run", "nope"], ["--run", "/no/such/folder"], ["--once", "--run", "x/y"]])
def test_an_unknown_run_is_one_clear_error(run, capsys, arguments):
    assert main(["--out-dir", str(run.out_dir), *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_one_look_at_no_run_is_an_error_that_says_how_to_start_one(tmp_path, capsys):
    assert main(["--out-dir", str(tmp_path), "--once"]) == 2
    assert "./scripts/loop.sh" in capsys.readouterr().err


def test_an_unknown_flag_is_refused():
    done = dashboard("--colour")
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1


def test_nothing_heavy_is_imported(run):
    program = (
        "import sys; from autotrain.dashboard import __main__ as m, shell; "
        f"m.main(['--out-dir', {str(run.out_dir)!r}, '--once']); "
        "print([n for n in ('torch', 'numpy', 'transformers', 'yaml') if n in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_the_dashboard_writes_nothing_into_the_run(run):
    def content() -> dict[str, tuple[int, int]]:
        return {str(p): (p.stat().st_mtime_ns, p.stat().st_size) for p in run.out_dir.rglob("*")}

    before = content()
    dashboard("--out-dir", str(run.out_dir))
    assert content() == before


def test_the_generated_parts_of_the_documentation_are_up_to_date(in_utc):
    page = dashboard_docs.PAGE.read_text(encoding="utf-8")
    assert dashboard_docs.filled(page) == page, "run python -m autotrain.manual.dashboard_docs"
    for name in (*(view.name for view in dashboard_docs.frame.VIEWS), "keys", "state", "events"):
        assert f"<!-- dashboard: {name} -->\n\n" in page


def test_gpu_values_that_a_card_does_not_report_are_unknown():
    first, second = gpu.parse("NVIDIA H100, PCIe, 87, 1024, 81559\nTesla, [N/A], [N/A], 100\nnonsense\n")
    assert (first.name, first.utilisation, first.used_bytes) == ("NVIDIA H100, PCIe", 87.0, 1024 * 2**20)
    assert (second.utilisation, second.used_bytes, second.total_bytes) == (None, None, 100 * 2**20)
