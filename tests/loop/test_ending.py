"""The end of a run: the verdict first, commands that can be typed as they stand, ON_END, and how long a run takes."""

import json
import os
from pathlib import Path

import pytest

from autotrain.config import precedence, profiles
from autotrain.errors import AutotrainError
from autotrain.evaluation import outcome
from autotrain.jsonl import read_json, write_json
from autotrain.loop import ending, preflight, requests
from autotrain.run import commands, duration, paths, runs, state

SCORES = {
    "base": {"value": 0.0, "passed": 0, "n": 8},
    "best": {"value": 0.25, "passed": 2, "n": 8},
    "total": 8,
    "delta": 0.25,
    "interval": [-0.1, 0.5],
}
HELD = {"round": 1, "beats_base": False, "deciding_set": "dev", "sets": {"dev": SCORES}}
CPU = profiles.Hardware("", 0, (0, 0), 2, 8 << 30)


def resolved(out_dir: Path, **flags: str) -> precedence.Resolved:
    given = {"out_dir": str(out_dir), "quantization_bits": "16", **flags}
    return precedence.resolve(given, environ={}, env_file=out_dir / ".env", hardware=CPU)


@pytest.fixture
def run(tmp_path: Path, monkeypatch) -> paths.RunPaths:
    monkeypatch.delenv(commands.CALLED_VARIABLE, raising=False)
    monkeypatch.chdir(commands.settings.PROJECT_ROOT)
    found = runs.create(resolved(tmp_path / "out", rounds="1", samples_per_round="10", train_steps="20"), os.getpid())[
        0
    ]

    def change(now: state.State) -> None:
        now["stages"] = {
            "0": {"evaluate": {"status": "completed", "seconds": 60.0}},
            "1": {
                "train": {"status": "completed", "seconds": 100.0},
                "clean": {"status": "completed", "seconds": 20.0},
            },
        }
        now["best"] = HELD

    state.update(found, change)
    write_json(found.best, {**HELD, "decisions": []})
    runs.finish(found, "completed", os.getpid())
    found.html_report.touch()
    return found


def test_the_verdict_comes_first_then_the_table_then_time_and_cost_then_three_commands(run: paths.RunPaths) -> None:
    lines = [line for line in ending.text(run).splitlines() if line.strip()]
    assert lines[0].startswith("Not proven better: of 8 new tasks the trained model solves 2")
    table = next(place for place, line in enumerate(lines) if "before" in line and "after" in line)
    took = lines.index("It took 3 minutes, and the teacher cost nothing.")
    assert 0 < table < took == len(lines) - 4
    assert all(len(line) <= 80 for line in lines[:-3])
    assert [line.split(":")[0].strip() for line in lines[-3:]] == ["ask it", "see why", "more (about 5 minutes)"]


def test_commands_carry_the_out_dir_and_what_to_raise(run: paths.RunPaths) -> None:
    ask, _, more = ending.next_commands(run, HELD)
    assert ask.endswith(f"--out-dir {run.out_dir}") and ".venv/bin/python scripts/ask.py 'write a function" in ask
    assert f"./scripts/loop.sh --samples 20 --train-steps 40 --out-dir {run.out_dir}" in more
    cut = {**HELD, "decisions": [{"reason": "12% were cut off: raise MAX_NEW_TOKENS"}]}
    assert "--max-new-tokens" in ending.next_commands(run, cut)[-1]
    better = ending.next_commands(run, {**HELD, "beats_base": True})[-1]
    assert "scripts/export.py --adapter" in better and "best_adapter" in better


def test_status_list_and_the_end_say_the_same_sentence(run: paths.RunPaths) -> None:
    said = outcome.sentence(read_json(run.best))
    assert said in requests.status_text(requests.status(run), run.out_dir)
    listed = requests.list_text(requests.list_runs(run.out_dir))
    assert said in listed and "smollm2-135m, 1 round " in listed


def test_on_end_gets_the_verdict_as_json(run: paths.RunPaths, tmp_path: Path) -> None:
    assert ending.tell_on_end(run, "") is None
    assert ending.tell_on_end(run, f"cat > {tmp_path}/told") is None
    told = json.loads((tmp_path / "told").read_text())
    assert (
        told["sentence"] == outcome.sentence(read_json(run.best))
        and told["seconds"] == 180.0
        and told["beats_base"] is False
    )
    assert ending.tell_on_end(run, "exit 3") == "ON_END=exit 3 ended with exit code 3."


def test_how_long_a_run_takes_is_learnt_from_an_earlier_one_by_its_stages(run: paths.RunPaths) -> None:
    alike = preflight.takes(resolved(run.out_dir, rounds="1", samples_per_round="10", train_steps="20").settings)
    assert alike.startswith(f"takes about 3 minutes, by what run {run.run_id}") and "costs nothing" in alike
    longer = resolved(run.out_dir, rounds="2", samples_per_round="20", train_steps="40").as_config()["settings"]
    chosen = {name.lower(): entry["value"] for name, entry in longer.items()}
    found = duration.estimate(run.out_dir, chosen)
    assert found and found.seconds == 60 + 2 * (200 + 40)
    assert duration.estimate(run.out_dir, {**chosen, "base_model": "another"}) is None


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ({"eval_engine": "vllm"}, "EVAL_ENGINE=vllm is for 05_eval.py called by hand"),
        ({"yardstick": "gpt-4o-mini"}, "YARDSTICK=gpt-4o-mini: MODEL@URL is needed"),
        ({"yardstick": "mine@https://api.example/v1"}, "The price of mine at https://api.example/v1 is not known"),
    ],
)
def test_what_the_end_of_a_run_could_not_do_is_refused_at_its_start(
    tmp_path: Path, flags: dict[str, str], sentence: str
) -> None:
    with pytest.raises(AutotrainError, match=sentence):
        preflight.check(resolved(tmp_path, **flags))


def test_the_cap_on_dollars_is_said_before_a_run(tmp_path: Path) -> None:
    def said(**flags: str) -> str:
        chosen = precedence.resolve(
            {"out_dir": str(tmp_path), "teacher_model": "gpt", **flags}, environ={"OPENAI_API_KEY": "k"}, hardware=CPU
        )
        return preflight.takes(chosen.settings)

    assert "at most $10.00 (TEACHER_MAX_USD)" in said()
    assert "HAS NO CAP" in said(teacher_max_usd="0")
