"""Stage 01 as people call it: one command, its files, its exit code and its one sentence."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_openai import Faults, serving
from teacher_support import run_core, undated

from autotrain.jsonl import load_rows, read_json, write_rows
from autotrain.tasks import samples
from autotrain.teacher.prices import FREE, Price, dollars, price_of

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "01_teacher_generate.py"
KEY = "sk-" + "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=40))


def command(output: Path, *flags: str) -> list[str]:
    return [sys.executable, str(SCRIPT), "--output", str(output), *flags]


def environment(base_url: str = "", key: str = "", **more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": key, "TEACHER_MODEL": "gpt-4o-mini", **more}


def run(output: Path, *flags: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(output, *flags), env=environment(**surroundings), capture_output=True, text=True, timeout=280
    )


def test_every_accepted_sample_passes_its_own_tests_and_fails_a_stub(tmp_path):
    with serving(Faults(bad_answer=0.2)) as server:
        done = run(tmp_path / "raw.jsonl", "--samples", "10", base_url=server.base_url, key=KEY)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    rows = load_rows(tmp_path / "raw.jsonl")
    assert summary["accepted"] == len(rows) == 10
    assert all(samples.schema_problem(row) is None for row in rows)
    assert summary["asked"] == summary["accepted"] + sum(summary["rejected"].values())
    assert summary["usage"]["cost_usd"] > 0
    assert "samples: asked" in done.stderr and "estimate:" in done.stderr


def test_a_teacher_whose_answers_fail_their_tests_delivers_nothing(tmp_path):
    with serving(Faults(bad_answer=1.0)) as server:
        done = run(
            tmp_path / "raw.jsonl",
            *("--samples", "2", "--teacher-max-asked", "2", "--teacher-attempts", "2"),
            base_url=server.base_url,
            key=KEY,
        )
    assert done.returncode == 4 and done.stdout == ""
    assert "0 of 2 samples were accepted out of 4" in done.stderr
    assert not load_rows(tmp_path / "raw.jsonl")
    assert {row["reason"] for row in load_rows(tmp_path / "raw.rejects.jsonl")} == {"own tests"}


def test_the_builtin_teacher_needs_no_key_and_resumes_to_the_same_file(tmp_path):
    whole = run(tmp_path / "whole.jsonl", "--samples", "12", "--teacher", "builtin")
    assert whole.returncode == 0, whole.stderr
    run(tmp_path / "parts.jsonl", "--samples", "5", "--teacher", "builtin")
    run(tmp_path / "parts.jsonl", "--samples", "12", "--teacher", "builtin")
    assert undated(load_rows(tmp_path / "parts.jsonl")) == undated(load_rows(tmp_path / "whole.jsonl"))


def test_another_seed_does_not_mix_into_a_file(tmp_path):
    run(tmp_path / "raw.jsonl", "--samples", "2", "--teacher", "builtin")
    done = run(tmp_path / "raw.jsonl", "--samples", "4", "--teacher", "builtin", "--seed", "7")
    assert done.returncode == 2 and "another" in done.stderr
    assert len(load_rows(tmp_path / "raw.jsonl")) == 2


def test_another_teacher_does_not_mix_into_a_file(tmp_path):
    with serving() as server:
        run(tmp_path / "raw.jsonl", "--samples", "2", base_url=server.base_url, key=KEY)
        other = run(tmp_path / "raw.jsonl", "--samples", "3", "--teacher", "gpt-4o", base_url=server.base_url, key=KEY)
    assert other.returncode == 2 and "another" in other.stderr


def test_no_key_is_one_sentence_and_exit_4(tmp_path):
    done = run(tmp_path / "raw.jsonl", "--samples", "1")
    assert done.returncode == 4
    assert "OPENAI_API_KEY is not set" in done.stderr and "Traceback" not in done.stderr


def test_an_unknown_price_is_asked_for_by_name(tmp_path):
    done = run(
        tmp_path / "raw.jsonl",
        *("--samples", "1", "--teacher", "acme-9"),
        base_url="http://teacher.invalid/v1",
        key=KEY,
    )
    assert done.returncode == 4
    assert "acme-9" in done.stderr and "prices.yaml" in done.stderr


def test_a_server_of_ones_own_costs_nothing_unless_the_model_has_a_price():
    assert price_of("llama3", "http://localhost:11434/v1") == FREE
    assert price_of("gpt-4o-mini", "http://localhost:4000/v1") == Price(150_000, 75_000, 600_000)
    assert price_of("llama3", "https://gateway.example/v1") is None


def test_the_key_is_in_no_file_and_on_no_stream(tmp_path):
    with serving(Faults(status=401, echo_key=True)) as server:
        refused = run(tmp_path / "a.jsonl", "--samples", "1", base_url=server.base_url, key=KEY, OPENAI_LOG="debug")
        assert server.keys == {f"Bearer {KEY}"}
    with serving(Faults(status=500, echo_key=True)) as server:
        broken = run(
            tmp_path / "b.jsonl",
            *("--samples", "1", "--teacher-patience", "1"),
            base_url=server.base_url,
            key=KEY,
            OPENAI_LOG="debug",
        )
    assert (refused.returncode, broken.returncode) == (4, 4)
    for text in (refused.stdout, refused.stderr, broken.stdout, broken.stderr):
        assert KEY not in text
    written = [path.read_text() for path in tmp_path.iterdir()]
    assert written and not any(KEY in text for text in written)


def test_a_key_with_a_line_break_is_refused_without_being_shown(tmp_path):
    done = run(tmp_path / "raw.jsonl", "--samples", "1", base_url="http://127.0.0.1:9/v1", key=KEY + "\nX: y")
    assert done.returncode == 2
    assert KEY not in done.stderr and "OPENAI_API_KEY" in done.stderr


def test_the_generated_code_cannot_see_the_key(tmp_path):
    spy = tmp_path / "sitecustomize.py"
    seen = tmp_path / "seen"
    seen.mkdir()
    # Every Python that the stage starts writes down its environment.
    spy.write_text(
        "import os\n"
        f"with open({str(seen)!r} + f'/{{os.getpid()}}', 'w') as stream:\n"
        "    stream.write(repr(dict(os.environ)) + open('/proc/self/environ').read())\n"
    )
    with serving() as server:
        done = run(
            tmp_path / "raw.jsonl", "--samples", "2", base_url=server.base_url, key=KEY, PYTHONPATH=str(tmp_path)
        )
    assert done.returncode == 0, done.stderr
    assert sum(KEY in path.read_text() for path in seen.iterdir()) == 1  # the stage itself, which was given it


def test_a_run_is_told_its_usage_and_the_cap_is_the_runs(tmp_path):
    from autotrain.run import paths, state

    folder = tmp_path / "runs" / "20260101-000000"
    folder.mkdir(parents=True)
    state.create(paths.RunPaths(folder))
    flags = ("--samples", "4", "--teacher-max-usd", "0.002", "--teacher-answer-tokens", "400")
    with serving() as server:
        surroundings = {"base_url": server.base_url, "key": KEY, "HEIDI_RUN_DIR": str(folder)}
        first = run(tmp_path / "one.jsonl", *flags, **surroundings)
        charged = dict(server.charged)
        second = run(tmp_path / "two.jsonl", *flags, "--round", "2", **surroundings)
        both = server.charged
    assert first.returncode == 0, first.stderr
    usage = read_json(folder / "state.json")["usage"]
    assert usage["rounds"]["1"]["tokens_in"] == charged["in"]
    assert usage["total"]["tokens_out"] == both["out"]
    price = price_of("gpt-4o-mini", "")
    assert price is not None
    assert dollars(price.cost(both["in"], both["cached"], both["out"])) <= 0.002
    assert second.returncode in (0, 4)
    assert KEY not in (folder / "events.jsonl").read_text()


def test_focus_that_is_not_training_data_is_refused(tmp_path):
    run(tmp_path / "raw.jsonl", "--samples", "1", "--teacher", "builtin")
    row = load_rows(tmp_path / "raw.jsonl")[0]
    for mark in ({"split": "val"}, {"suite": "heidi-core"}, {"origin": "suite:heidi-core"}):
        write_rows(tmp_path / "focus.jsonl", [{**row, **mark}])
        done = run(
            tmp_path / "next.jsonl",
            *("--samples", "1", "--teacher", "builtin", "--focus", str(tmp_path / "focus.jsonl")),
        )
        assert done.returncode == 3 and "only training samples" in done.stderr


def test_fewer_samples_than_the_file_holds_is_an_error(tmp_path):
    run(tmp_path / "raw.jsonl", "--samples", "3", "--teacher", "builtin")
    done = run(tmp_path / "raw.jsonl", "--samples", "2", "--teacher", "builtin")
    assert done.returncode == 2 and "already holds 3 samples" in done.stderr


def killed_runs(tmp_path: Path, wanted: int, kills: int, faults: Faults, *flags: str) -> None:
    """Start the stage, kill it `kills` times at drawn moments, let it finish, and check every promise."""
    rng = random.Random(5)
    output = tmp_path / "raw.jsonl"
    cap = 1.0
    arguments = command(output, "--samples", str(wanted), "--teacher-max-usd", str(cap), *flags)
    with serving(faults) as server:
        done_before = 0
        for number in range(kills):
            process = subprocess.Popen(
                arguments, env=environment(server.base_url, KEY), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            share = (number + 1) / (kills + 1)
            deadline = time.monotonic() + 120
            goal = max(done_before + 1, int(share * 2 * wanted * rng.uniform(0.9, 1.1)))
            while server.answers < goal and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL, "it ended before it was killed"
            done_before = server.answers
        last = subprocess.run(
            arguments, env=environment(server.base_url, KEY), capture_output=True, text=True, timeout=280
        )
        assert last.returncode == 0, last.stderr
        delivered, charged, bills = dict(server.delivered), server.charged, server.bills
    rows = load_rows(output)
    assert len(rows) == wanted == len({row["id"] for row in rows})
    ledger = load_rows(tmp_path / "raw.requests.jsonl")
    answered = [row["id"] for row in ledger if row["kind"] == "answer"]
    assert len(answered) == len(set(answered)), "an answered request was asked again"
    sent: dict[str, int] = {}
    for row in ledger:
        sent[row.get("id", "")] = sent.get(row.get("id", ""), 0) + {"sent": 1, "failed": -1}.get(row["kind"], 0)
    # Sent again were only those in flight at a kill; with their key, so that a server can charge once.
    assert all(count <= sent[key] for key, count in delivered.items())
    summary = json.loads(last.stdout)["usage"]
    price = price_of("gpt-4o-mini", "")
    assert price is not None
    once = sum(dollars(price.cost(bill["in"], bill["cached"], bill["out"])) for bill in bills.values())
    every_time = dollars(price.cost(charged["in"], charged["cached"], charged["out"]))
    counted = summary["cost_usd"] + summary["unsettled_usd"]
    assert once <= every_time <= counted + 1e-9 <= cap


def test_killed_and_started_again_it_pays_nothing_twice(tmp_path):
    killed_runs(tmp_path, 24, 3, Faults(latency_s=0.03, tail=1.0))


def test_a_killed_run_ends_with_the_file_of_an_uninterrupted_one(tmp_path):
    killed_runs(tmp_path / "killed", 12, 2, Faults(latency_s=0.03, tail=1.0, wrong_schema=0.1))
    with serving(Faults(wrong_schema=0.1)) as server:
        done = run(tmp_path / "whole.jsonl", "--samples", "12", base_url=server.base_url, key=KEY)
    assert done.returncode == 0
    killed, whole = load_rows(tmp_path / "killed" / "raw.jsonl"), load_rows(tmp_path / "whole.jsonl")
    assert undated(killed) == undated(whole)


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_thousand_samples_survive_ten_kills_and_a_rough_server(tmp_path):
    rough = Faults(
        latency_s=0.2,
        tail=1.0,
        rate=200,
        burst=50,
        server_error=0.03,
        hang=0.002,
        drop=0.01,
        truncated_json=0.01,
        html=0.01,
        refusal=0.01,
        length=0.01,
        empty=0.01,
        wrong_schema=0.01,
        bad_answer=0.1,
    )
    killed_runs(tmp_path, 1000, 10, rough, "--teacher-timeout", "5", "--teacher-concurrency", "64")


def test_run_core_and_the_script_agree_on_what_a_plan_asks(tmp_path):
    with serving() as server:
        core = run_core(server.base_url, tmp_path / "core", 2, seed=42)
        done = run(tmp_path / "raw.jsonl", "--samples", "2", base_url=server.base_url, key=KEY)
    assert done.returncode == 0
    assert [row["instruction"] for row in core.accepted] == [
        row["instruction"] for row in load_rows(tmp_path / "raw.jsonl")
    ]


def test_a_second_start_on_one_output_is_refused_and_nothing_is_paid_twice(tmp_path):
    output = tmp_path / "raw.jsonl"
    with serving(Faults(latency_s=0.3)) as server:
        surroundings = environment(base_url=server.base_url, key=KEY, TEACHER_CONCURRENCY="1")
        first = subprocess.Popen(command(output, "--samples", "4"), env=surroundings, stderr=subprocess.PIPE)
        try:
            while first.poll() is None and not server.requests:
                time.sleep(0.02)
            second = run(output, "--samples", "4", base_url=server.base_url, key=KEY)
            assert first.poll() is None, "the first start ended too soon to say anything"
            _, said = first.communicate(timeout=120)
        finally:
            first.kill()
        assert max(server.seen.values()) == 1
    assert first.returncode == 0, said
    assert second.returncode == 2 and "is being filled by another start" in second.stderr
    assert "Traceback" not in second.stderr and len(load_rows(output)) == 4
