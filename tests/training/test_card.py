"""The card of an adapter and of a merged model: true, without a path of this machine, and its snippet runs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.config import precedence
from autotrain.jsonl import read_json, write_json
from autotrain.training import card, export, models, sft

# ruff: noqa: F811  (a fixture is imported and then named as an argument)

SCORE = {"value": 0.5, "interval": [0.3, 0.7], "passed": 10, "n": 20}
JUDGED = {
    "headline": [
        {
            "set": "heidi-core:dev",
            "what": "families that never occur in training",
            "total": 20,
            "tasks_in_set": 429,
            "base": SCORE,
            "best": {**SCORE, "value": 0.6},
            "bases": [{"name": "base (as published, 16 bits)", "bits": 16, "pass@1": SCORE}],
            "delta": 0.1,
            "interval": [-0.05, 0.25],
            "gained": 3,
            "lost": 1,
        }
    ],
    "beats_base": False,
    "quantization_cost": "4 bits in place of 16 move the base model by -2.0 points",
    "command": "./scripts/loop.sh --profile cpu",
}


@pytest.fixture(scope="module")
def trained(shared_folder: Folder) -> sft.Job:
    job = shared_folder.job("for_the_card", train_steps=2)
    sft.train(job)
    return job


def test_the_adapters_card_holds_what_training_recorded(trained: sft.Job) -> None:
    text = (trained.final / "README.md").read_text()
    recorded = read_json(trained.final / "training.json")
    assert "| optimiser steps | 2 |" in text and f"| validation loss | {recorded['validation_loss']} |" in text
    assert "| rows by who wrote them | test 11 |" in text and "library_name: peft" in text
    assert "scripts/04_train_qlora.py --data train.jsonl" in text and "--lora-r 4" in text


def test_no_path_of_this_machine_stands_in_card_or_config(trained: sft.Job) -> None:
    config = read_json(trained.final / "adapter_config.json")
    assert config["base_model_name_or_path"] == "model"
    for path in (trained.final / "README.md", trained.final / "adapter_config.json", trained.final / "training.json"):
        assert str(trained.output.parent) not in path.read_text(), path


def test_the_embedded_base_is_named_by_its_public_id_and_licence(trained: sft.Job, tmp_path: Path) -> None:
    embedded = models.ModelRef(models.EMBEDDED, "/somewhere/smollm2-135m-instruct-v1", "", True)
    for name in ("adapter_config.json", "training.json"):
        (tmp_path / name).write_bytes((trained.final / name).read_bytes())
    card.name_the_base(embedded, tmp_path)
    assert read_json(tmp_path / "adapter_config.json")["base_model_name_or_path"] == models.EMBEDDED_PUBLIC
    assert models.setting_of(models.EMBEDDED_PUBLIC) == models.EMBEDDED
    text = card.text(embedded, tmp_path, merged=False)
    assert f"base_model: {models.EMBEDDED_PUBLIC}\n" in text and "license: apache-2.0\n" in text
    assert "/somewhere" not in text


def test_scores_stand_with_their_intervals_and_what_they_are(trained: sft.Job, tmp_path: Path) -> None:
    for name in ("adapter_config.json", "training.json"):
        (tmp_path / name).write_bytes((trained.final / name).read_bytes())
    assert "## Scores" not in card.text(trained.reference, tmp_path, merged=False)
    write_json(tmp_path / "evaluation.json", JUDGED)
    text = card.text(trained.reference, tmp_path, merged=False)
    row = next(line for line in text.splitlines() if line.startswith("| heidi-core:dev"))
    assert "50.0% (30.0 to 70.0) | 60.0% (30.0 to 70.0) | +10.0 (-5.0 to +25.0) | 3, 1 |" in row
    assert "families that never occur in training" in row and "did not beat its base" in text
    assert "4 bits in place of 16" in text and "./scripts/loop.sh --profile cpu" in text


def test_what_nobody_recorded_is_left_out(trained: sft.Job, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_bytes((trained.final / "adapter_config.json").read_bytes())
    text = card.text(trained.reference, tmp_path, merged=True)
    assert "loss" not in text and "None" not in text and "Made by" not in text


@pytest.mark.parametrize("merged", [False, True], ids=["adapter", "merged"])
def test_the_snippet_runs_as_written(trained: sft.Job, tmp_path: Path, merged: bool) -> None:
    folder = tmp_path / "card"
    if merged:
        export.merge(trained.reference, trained.final, folder)
    else:
        folder.mkdir()
        for path in trained.final.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / "model").symlink_to(trained.reference.location)  # what the card says to do with a local base
    code = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.S)
    assert code
    text = code[1].replace("max_new_tokens=512", "max_new_tokens=8")
    done = subprocess.run([sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout, done.stderr


def test_the_command_of_a_run_names_what_differs_and_no_folder_of_this_machine() -> None:
    flags = {"rounds": "2", "base_model": "/home/me/secret/model", "out_dir": "/home/me/out", "profile": "cpu"}
    resolved = precedence.resolve(flags, environ={}, env_file=Path("/nowhere"))
    command = card.loop_command(json.loads(json.dumps(resolved.as_config())))
    assert command.startswith("./scripts/loop.sh --rounds 2 --base-model path/to/model")
    assert "/home/me" not in command and "--seed 42" in command and "--profile cpu" in command
