"""The main job for real: the embedded model, really quantised, trained two rounds and evaluated."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from html_support import BROWSERS, CHROMIUM, Page, browse, check_figures

from autotrain.config.settings import PROJECT_ROOT
from autotrain.jsonl import count_rows, load_rows, read_json
from autotrain.run.paths import ROUND_FILES, RunPaths, runs

pytestmark = pytest.mark.timeout(900)  # two rounds take four minutes on two free cores; others may want them too

LOOP = PROJECT_ROOT / "scripts" / "loop.sh"
SMALL = (
    "--samples 8 --train-steps 3 --lr 1e-2 --batch-size 1 --grad-accum 2 --lora-r 4 --run-tests 1 "
    "--max-new-tokens 24 --eval-tasks 4 --exam-tasks 4 --selection-tasks 2 --final-tasks 2 --bits 4"
)


def loop(out_dir: Path, *flags: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LOOP), "--out-dir", str(out_dir), *flags],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        timeout=850,
        check=False,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunPaths, subprocess.CompletedProcess[str]]:
    out_dir = tmp_path_factory.mktemp("out")
    done = loop(out_dir, "--rounds", "2", *SMALL.split(), OPENAI_BASE_URL="", OPENAI_API_KEY="")
    assert done.returncode == 0, done.stderr[-3000:]
    return runs(out_dir)[-1], done


def test_the_run_leaves_every_file_of_the_contract(finished) -> None:
    run, _ = finished
    wanted = [run.state, run.events, run.config, run.log, run.best, run.html_report, run.base_report()]
    wanted += [run.round_file(kind, number) for kind in ROUND_FILES for number in (1, 2)]
    wanted += [run.report(number) for number in (1, 2)] + [run.predictions(number) for number in (1, 2)]
    assert [path for path in wanted if not path.is_file()] == []
    out = run.out_dir
    assert (out / "data").resolve() == run.data and (out / "eval").resolve() == run.eval
    assert (out / "out_lora_round_2").resolve() == run.adapter(2)
    assert all(not os.readlink(out / name).startswith("/") for name in ("data", "eval", "best_adapter"))
    assert not (out / "pipeline.pid").exists()


def test_the_counters_are_the_files_line_counts(finished) -> None:
    run, _ = finished
    state = read_json(run.state)
    assert state["status"] == "completed"
    for kind in ROUND_FILES:
        lines = sum(count_rows(run.round_file(kind, number)) for number in (1, 2))
        assert state["counters"][kind] == lines, kind
    assert state["counters"]["raw"] == 16


def test_the_rounds_differ_and_nothing_validated_is_ever_trained_on(finished) -> None:
    run, _ = finished
    first, second = (load_rows(run.round_file("raw", number)) for number in (1, 2))
    assert not {row["id"] for row in first} & {row["id"] for row in second}
    assert {row["metadata"]["round"] for row in second} == {2}
    validated = {row["id"] for row in load_rows(run.round_file("val", 1))}
    trained = {row["id"] for number in (1, 2) for row in load_rows(run.round_file("train", number))}
    assert validated and not validated & trained


def test_base_and_adapters_are_scored_on_the_same_tasks(finished) -> None:
    run, _ = finished
    reports = [read_json(run.base_report()), *(read_json(run.report(number)) for number in (1, 2))]
    assert len({tuple(task["id"] for task in report["tasks"]) for report in reports}) == 1
    assert reports[0]["model"]["adapter"] is None and reports[1]["model"]["adapter_sha256"]
    assert reports[1]["model"]["adapter_sha256"] != reports[2]["model"]["adapter_sha256"]


def test_the_suites_kept_back_are_scored_once_with_base_and_best_adapter(finished) -> None:
    run, done = finished
    final = read_json(run.final)
    sets = {row["set"]: row for row in final["headline"]}
    assert next(iter(sets)) == "heidi-core:plain"
    assert {name for name, row in sets.items() if row["opened_once"]} == {"heidi-core:sealed", "humaneval"}
    assert sets["heidi-core:sealed"]["total"] == sets["humaneval"]["total"] == 2
    reports = [read_json(run.final_report(who)) for who in ("base", "best")]
    assert [report["model"]["adapter_sha256"] for report in reports] == [None, final["adapter_sha256"]]
    assert final["aa"]["n"] == 4 and final["aa"]["differing"] == 0
    assert re.search(r"^  heidi-core:sealed +\d", done.stderr, re.MULTILINE)  # a row of the table that ends the run
    assert sets["heidi-core:sealed"]["what"].startswith("opened once, at the end")
    assert "opened once, at the end" in run.html_report.read_text(encoding="utf-8")


def test_the_adapter_changes_what_the_model_says(finished) -> None:
    """An evaluation with the adapter switched off would repeat the base model's answers."""
    run, _ = finished
    base = [row["prediction"] for row in load_rows(run.base_predictions())]
    adapted = [row["prediction"] for row in load_rows(run.predictions(2))]
    assert base != adapted


def test_the_best_adapter_loads_with_peft_on_a_really_quantised_base_and_has_moved(finished) -> None:
    import torch
    from peft import PeftModel

    from autotrain.training import loading, models

    run, _ = finished
    reference = models.find("smollm2-135m", "", os.environ["CACHE_DIR"])
    base = loading.load_base(reference, 4)
    layer = base.model.layers[0].mlp.up_proj
    assert type(layer).__name__ == "Linear4bit" and layer.weight.dtype == torch.uint8
    assert layer.weight.quant_state.quant_type == "nf4" and layer.weight.quant_state.nested
    model = PeftModel.from_pretrained(base, str(run.out_dir / "best_adapter"))
    moved = [weight.abs().sum().item() for name, weight in model.named_parameters() if "lora_B" in name]
    assert len(moved) == 7 * base.config.num_hidden_layers
    assert all(amount > 0 for amount in moved)


def test_the_events_are_in_order_and_tell_of_every_stage(finished) -> None:
    run, _ = finished
    events = load_rows(run.events)
    numbers = [event["seq"] for event in events]
    assert numbers == sorted(set(numbers))
    done = [(event["round"], event["stage"]) for event in events if event["event"] == "stage_completed"]
    stages = ["generate", "clean", "gate", "split", "train", "evaluate", "promote"]
    assert done == [(0, "calibrate")] + [(1, stage) for stage in stages[:5]] + [
        (0, "evaluate"),
        (1, "evaluate"),
        (1, "promote"),
    ] + [(2, stage) for stage in stages] + [(0, "final")]
    assert [event["event"] for event in events][-1] == "run_completed"


@pytest.mark.skipif(CHROMIUM is None, reason=f"none of {', '.join(BROWSERS)} is on PATH")
def test_a_browser_opens_the_report_of_this_run_and_its_figures_are_those_of_eval(finished, tmp_path: Path) -> None:
    run, _ = finished
    (tmp_path / "empty.html").write_text("<!doctype html><p>nothing")
    own = browse(tmp_path / "empty.html", tmp_path)[2]  # what this browser asks for by itself
    dom, console, hosts = browse(run.html_report, tmp_path)
    assert console == [] and hosts - own == set()
    assert check_figures(Page(dom), run, rounds=2) >= 30
    assert run.html_report.stat().st_size < 2_000_000


def test_the_sequence_length_reaches_the_trainer(finished, tmp_path: Path) -> None:
    run, _ = finished
    script = [str(PROJECT_ROOT / ".venv" / "bin" / "python"), str(PROJECT_ROOT / "scripts" / "04_train_qlora.py")]
    data = ["--data", str(run.round_file("train", 1)), "--output", str(tmp_path / "out")]
    done = subprocess.run([*script, *data, "--seq-len", "64"], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "no example fits into SEQ_LEN=64" in done.stderr


def test_a_resumed_finished_run_repeats_nothing(finished) -> None:
    run, _ = finished
    before = {path: path.stat().st_mtime_ns for path in sorted(run.root.rglob("*.safetensors"))}
    done = loop(run.out_dir, "--resume")
    assert done.returncode == 0, done.stderr[-2000:]
    assert {path: path.stat().st_mtime_ns for path in sorted(run.root.rglob("*.safetensors"))} == before


def test_the_settings_of_the_run_are_kept_with_their_sources(finished) -> None:
    run, done = finished
    config = json.loads(run.config.read_text())
    assert config["settings"]["LORA_R"] == {"value": 4, "source": "flag --lora-r"}
    assert {note["setting"] for note in config["substitutions"]} == {
        "BASE_MODEL",
        "TEACHER_MODEL",
        "EVAL_SUITE",
    }
    assert "TEACHER_MODEL: builtin in place of gpt-4o-mini" in done.stderr


def test_a_failing_stage_ends_the_loop_with_its_code_and_its_message_last(tmp_path: Path) -> None:
    done = loop(tmp_path / "out", "--samples", "4", "--min-output-length", "19999", EVAL_SUITE="")  # nothing is so long
    assert done.returncode == 3
    last = done.stderr.strip().splitlines()[-1]
    state = read_json(runs(tmp_path / "out")[-1].state)
    assert state["status"] == "failed" and state["error"] and state["error"] in last
    assert state["stages"]["1"]["clean"]["status"] == "failed"
    assert not (tmp_path / "out" / "best_adapter").exists()


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["--rounds", "3", "--samples", "50", "--base-model", "microsoft/phi-2"], 2, "smollm2-135m"),
        (["--teacher", "gpt-4o-mini"], 4, "OPENAI_API_KEY"),
        (["--rounds", "0"], 2, "ROUNDS=0 (from flag --rounds): an integer from 1 to 1000 is needed"),
        (["--round", "3"], 2, "unrecognized arguments: --round"),
        (["--base-model", "./nowhere"], 2, "no such directory"),
    ],
)
def test_a_run_that_could_not_finish_is_refused_before_any_work(
    tmp_path: Path, flags: list[str], code: int, words: str
) -> None:
    done = loop(tmp_path / "out", *flags)
    assert done.returncode == code, done.stderr
    assert words in done.stderr.strip().splitlines()[-1]
    assert not (tmp_path / "out" / "runs").exists()


def test_a_dry_run_prints_every_setting_with_its_source_and_makes_nothing(tmp_path: Path) -> None:
    done = loop(tmp_path / "out", "--dry-run", "--lr", "3e-4", SEED="9")
    assert done.returncode == 0
    rows = {line.split()[0]: line.split(None, 2)[1:] for line in done.stdout.splitlines()[4:] if line.strip()}
    assert rows["LR"] == ["0.0003", "flag --lr"]
    assert rows["SEED"] == ["9", "environment"]
    assert rows["SEQ_LEN"] == ["512", "profile cpu"]
    assert not (tmp_path / "out").exists()
