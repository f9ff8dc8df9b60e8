"""The real stages with a tiny random model: killed at random instants and resumed, they end with the same bytes."""

import json
import random
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import tiny_model
from loop_support import ROOT, Loop, artefacts, kill_everything

FLAGS = (
    "--samples 24 --teacher builtin --bits 16 --seq-len 2048 --train-steps 12 --save-steps 3 --eval-steps 4 "
    "--run-tests 1 --eval-tasks 4 --max-new-tokens 16"
).split()
MEASURED = ("seconds", "tokens_per_s", "timestamp", "created", "peak", "duration", "_at", "rss", "memory")


def without_measures(value: Any) -> Any:
    """A report without what differs between any two runs: times, speeds, memory."""
    if isinstance(value, dict):
        return {key: without_measures(item) for key, item in value.items() if not any(word in key for word in MEASURED)}
    return [without_measures(item) for item in value] if isinstance(value, list) else value


def results(root: Path) -> dict[str, Any]:
    """The samples, the adapters' weights, every prediction and every report's verdicts."""
    found: dict[str, Any] = {}
    for name, content in artefacts(root).items():
        if name.startswith("data/") and name.endswith(".jsonl"):
            found[name] = [without_measures(json.loads(line)) for line in content.decode().splitlines()]
        elif name.endswith("final/adapter_model.safetensors"):
            found[name] = content
        elif name.startswith("eval/") and "preds" in name:
            found[name] = [without_measures(json.loads(line))["prediction"] for line in content.decode().splitlines()]
    return found


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_real_stages_killed_again_and_again_end_with_the_bytes_of_a_calm_run(tmp_path: Path) -> None:
    model = tiny_model.save(tmp_path / "model")
    own = {"ROUNDS": "2", "BASE_MODEL": str(model), "CACHE_DIR": str(tmp_path / "cache")}
    calm, tried = Loop(ROOT, tmp_path / "calm", **own), Loop(ROOT, tmp_path / "tried", **own)
    result = subprocess.run(calm.command(*FLAGS), env=calm.environment, capture_output=True, text=True, timeout=600)
    assert result.returncode == 0, result.stderr[-3000:]
    wanted = results(calm.root)
    assert {name.split("/")[0] for name in wanted} >= {"data", "eval", "out_lora_round_1", "out_lora_round_2"}

    chance, kills = random.Random(5), 0
    process = tried.start(*FLAGS)
    while True:
        until = time.monotonic() + chance.uniform(1.0, 25.0)
        while time.monotonic() < until and process.poll() is None:
            time.sleep(0.05)
        if process.poll() is not None:
            break
        kill_everything(process)
        kills += 1
        process = tried.start("--resume")
    assert process.returncode == 0, (process.stderr.read() if process.stderr else "")[-3000:]
    assert kills >= 3
    assert results(tried.root) == wanted
    assert tried.state()["counters"] == calm.state()["counters"]
    assert tried.state()["status"] == "completed"
