"""`.local/ml/scripts`: a person's own data is checked, divided without leaks, trained on and evaluated."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
import tiny_model
from sample_rows import sample

from autotrain.cleaning.duplicates import relatives
from autotrain.cleaning.last_scan import scan
from autotrain.config.settings import PROJECT_ROOT
from autotrain.errors import DataError
from autotrain.jsonl import Row, load_rows, write_rows
from autotrain.training import embedded

ML = PROJECT_ROOT / ".local" / "ml"
SAMPLE = ML / "data" / "raw" / "sample.jsonl"
VENV = Path(sys.prefix)


def call(script: str, *arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [str(ML / "scripts" / script), *map(str, arguments)]
    environment = {**os.environ, "VIRTUAL_ENV": str(VENV), "OMP_NUM_THREADS": "1", **environ}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=250, check=False)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("data")
    return folder, call("prepare_data.sh", SAMPLE, "--data-dir", folder, "--val-ratio", "0.2", "--seed", "7")


def rows_of(folder: Path) -> tuple[list[Row], list[Row]]:
    return load_rows(folder / "train" / "train.jsonl"), load_rows(folder / "eval" / "eval.jsonl")


def test_the_sample_that_ships_is_prepared_and_every_format_and_wrong_row_is_said(prepared) -> None:
    folder, done = prepared
    assert done.returncode == 0, done.stderr
    train, held = rows_of(folder)
    assert json.loads(done.stdout)["stage"] == "last_scan"
    assert len(train) > 50 and len(held) >= 8
    for words in ("format alpaca", "format messages", "format sharegpt", "format prompt-completion", "line 41: "):
        assert words in done.stderr
    assert [row["reason"] for row in load_rows(folder / "clean" / "rejects.jsonl")] == ["exact_duplicate", "not_json"]


def test_no_row_and_no_near_duplicate_is_on_both_sides(prepared) -> None:
    train, held = rows_of(prepared[0])
    related = relatives([*train, *held])
    assert not any(
        other < len(train) <= index or index < len(train) <= other
        for index, others in enumerate(related)
        for other in others
    )


def test_the_same_seed_divides_the_same_way_and_another_does_not(prepared, tmp_path: Path) -> None:
    clean = prepared[0] / "clean" / "clean.jsonl"
    found = []
    for seed in ("7", "7", "8"):
        files = ["--train", tmp_path / "t.jsonl", "--eval", tmp_path / "e.jsonl"]
        done = call("split_holdout.py", "--input", clean, *files, "--val-ratio", "0.2", "--seed", seed)
        assert done.returncode == 0, done.stderr
        found.append((tmp_path / "e.jsonl").read_bytes())
    assert found[0] == found[1] == (prepared[0] / "eval" / "eval.jsonl").read_bytes() != found[2]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "holds no rows"), (b"nothing\n{}\n", "none of its 2 rows is fit"), (None, "cannot be read")],
)
def test_a_file_without_one_good_row_is_exit_3_and_leaves_nothing_to_train_on(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    raw = tmp_path / "raw.jsonl"
    if content is not None:
        raw.write_bytes(content)
    done = call("prepare_data.sh", raw, "--data-dir", tmp_path / "data")
    assert (done.returncode, words in done.stderr) == (3, True), done.stderr
    assert not (tmp_path / "data" / "train" / "train.jsonl").exists()


@pytest.mark.parametrize(
    ("script", "arguments", "words"),
    [
        ("prepare_data.sh", ["--seed"], "--seed needs a value"),
        ("prepare_data.sh", ["a", "b"], "one file at a time"),
        ("prepare_data.sh", [SAMPLE, "--val-ratio", "7"], "VAL_RATIO=7"),
        ("train_adapter.sh", ["--data", "/nowhere.jsonl"], "/nowhere.jsonl does not exist: run "),
        ("train_adapter.sh", ["--data", SAMPLE, "--no-such-flag"], "--no-such-flag"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_2(tmp_path: Path, script: str, arguments: list[object], words: str) -> None:
    place = ["--data-dir", tmp_path] if script == "prepare_data.sh" and "--seed" not in arguments else []
    done = call(script, *arguments, *place)
    assert (done.returncode, words in done.stderr.splitlines()[-1]) == (2, True), done.stderr


def test_a_file_that_would_be_written_over_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    raw = tmp_path / "train" / "train.jsonl"
    raw.parent.mkdir()
    shutil.copy(SAMPLE, raw)
    done = call("prepare_data.sh", raw, "--data-dir", tmp_path)
    assert done.returncode == 2 and "is one of the files that are written" in done.stderr
    assert raw.read_bytes() == SAMPLE.read_bytes()


def test_none_held_out_on_request_is_not_called_too_few(prepared, tmp_path: Path) -> None:
    places = ["--train", tmp_path / "train.jsonl", "--eval", tmp_path / "eval.jsonl", "--val-ratio", "0"]
    done = call("split_holdout.py", "--input", prepared[0] / "clean" / "clean.jsonl", *places)
    assert done.returncode == 0 and "0 held out" in done.stderr and "too few" not in done.stderr


@pytest.mark.parametrize("script", ["prepare_data.sh", "split_holdout.py", "train_adapter.sh"])
def test_help_is_the_manual(script: str) -> None:
    done = call(script, "--help")
    assert done.returncode == 0 and script.split("_")[0] in done.stdout and "shellcheck" not in done.stdout


def test_an_environment_without_the_packages_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for name in (
        "scripts",
        "autotrain/environment.py",
        ".local/ml/requirements-transformers-only.txt",
        ".local/ml/scripts",
    ):
        source, target = PROJECT_ROOT / name, project / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project / ".venv"], check=True)
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    script = project / ".local" / "ml" / "scripts" / "prepare_data.sh"
    done = subprocess.run([script], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 2 and "torch" in done.stderr and "pip install -r" in done.stderr


def _written(tmp_path: Path, *files: list[Row]) -> list[Path]:
    paths = [tmp_path / f"{number}.jsonl" for number in range(len(files))]
    for path, rows in zip(paths, files, strict=True):
        write_rows(path, rows)
    return paths


def test_the_last_scan_passes_clean_files_and_counts_them(tmp_path: Path) -> None:
    other = sample(
        "It is a text of its own.", response_format="text", task_type="documentation", instruction="Explain."
    )
    paths = _written(tmp_path, [sample()], [other])
    assert list(scan(paths).values()) == [1, 1]


@pytest.mark.parametrize("fault", ["secret", "schema", "leak", "torn"])
def test_the_last_scan_removes_what_it_cannot_vouch_for(tmp_path: Path, fault: str) -> None:
    rows = {
        "secret": [{**sample(), "note": {"password": "Winter2024!x"}}],
        "schema": [{**sample(), "output": 3}],
        "leak": [{**sample(), "id": "other"}],
        "torn": [],
    }
    paths = _written(tmp_path, [sample(instruction="Another task, but the very same answer.")], rows[fault])
    if fault == "torn":
        paths[1].write_bytes(orjson.dumps(sample())[:-9])
    with pytest.raises(DataError, match="line 1"):
        scan(paths)
    done = subprocess.run(
        [sys.executable, "-m", "autotrain.cleaning.last_scan", *map(str, paths)],
        capture_output=True,
        text=True,
        cwd=PROJECT_ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, "") and "has been removed" in done.stderr
    assert not any(path.exists() for path in paths)
    assert "Winter2024" not in done.stderr


@pytest.mark.slow
def test_after_training_the_predictions_lie_beside_the_adapter_and_are_scored_alone(prepared, tmp_path: Path) -> None:
    model = tiny_model.save(tmp_path / "model")
    flags = "--train-steps 2 --batch-size 2 --grad-accum 1 --lora-r 4 --seq-len 2048 --packing 0".split()
    out = tmp_path / "run"
    data = ["--data", prepared[0] / "train" / "train.jsonl", "--val-data", tmp_path / "held.jsonl"]
    write_rows(tmp_path / "held.jsonl", rows_of(prepared[0])[1][:2])
    done = call("train_adapter.sh", "--base-model", model, "--out-dir", out, *data, *flags, MAX_NEW_TOKENS="8")
    assert done.returncode == 0, done.stderr
    assert (out / "final" / "adapter_model.safetensors").is_file() and (out / "final" / "report.json").is_file()
    scored = subprocess.run(
        [sys.executable, "scripts/05_eval.py", "--preds", str(out / "final" / "preds.jsonl")],
        capture_output=True,
        text=True,
        cwd=PROJECT_ROOT,
        check=False,
    )
    assert scored.returncode == 0, scored.stderr
    assert json.loads(scored.stdout)["sets"]["held"]["tasks"] == 2


@pytest.mark.slow
def test_the_quickstart_trains_the_embedded_model(prepared, tmp_path: Path) -> None:
    assert embedded.gguf_path().is_file()
    data = ["--data", prepared[0] / "train" / "train.jsonl", "--val-data", prepared[0] / "eval" / "eval.jsonl"]
    done = call("train_adapter.sh", "--smoke-cpu", "--train-steps", 2, "--out-dir", tmp_path / "run", *data)
    assert done.returncode == 0, done.stderr
    assert len(load_rows(tmp_path / "run" / "final" / "preds.jsonl")) == 8


def test_the_two_lists_of_packages_agree() -> None:
    """A version stands in two files: pip has no way to take some of another file's pins."""
    pinned = dict(line.split("==") for line in _pins(PROJECT_ROOT / "requirements.txt"))
    guide = dict(line.split("==") for line in _pins(ML / "requirements-transformers-only.txt"))
    assert guide and {name: version for name, version in guide.items() if pinned[name] != version} == {}


def _pins(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text().splitlines() if "==" in line.split(";")[0] and line[0] != "#"]
