"""A real model behind a real server: `transformers serve` with the embedded SmolLM2 answers stage 01."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from autotrain.jsonl import load_rows
from autotrain.tasks import samples

ROOT = Path(__file__).resolve().parents[2]
SERVE = "import sys; from transformers.cli.transformers import main; sys.argv = ['transformers', *sys.argv[1:]]; main()"


@pytest.fixture(scope="module")
def base_url(tmp_path_factory):
    """The server's address. It needs fastapi and uvicorn (tests/requirements.txt) and about 1 GB of memory."""
    from autotrain.training.embedded import converted_directory

    model = converted_directory(Path("~/.cache/heidi-autotraining").expanduser())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = ["serve", "--force-model", str(model), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    log = tmp_path_factory.mktemp("server") / "log"
    with open(log, "wb") as stream:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, *flags, "--log-level", "error"],
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            stdout=stream,
            stderr=stream,
        )
    try:
        deadline = time.monotonic() + 180
        while not _healthy(port):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(30)


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def generate(base_url: str, output: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "01_teacher_generate.py"), "--output", str(output)]
    fixed = ["--teacher", "smollm2-135m", "--teacher-concurrency", "1", "--teacher-answer-tokens", "160"]
    fixed += ["--teacher-timeout", "900", "--teacher-patience", "1200"]  # two cores may be busy with other things
    return subprocess.run(
        [*command, *fixed, *flags],
        env={**os.environ, "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": ""},
        capture_output=True,
        text=True,
        timeout=1500,
    )


def check_accounts(done: subprocess.CompletedProcess[str], output: Path, asked: int) -> list[dict]:
    """What must hold whether the small model delivered or not; returns the ledger."""
    accepted, refused = load_rows(output), load_rows(output.with_suffix(".rejects.jsonl"))
    requests = load_rows(output.with_suffix(".requests.jsonl"))
    if accepted:
        assert done.returncode == 0, done.stderr
        usage = json.loads(done.stdout)["usage"]
        # This server reports no token counts: they stay unknown, and nothing is made up for them.
        assert usage["answers"] == usage["unreported"] > 0 and usage["tokens_in"] == usage["cost_usd"] == 0
    else:
        assert done.returncode == 4, done.stderr
        assert f"0 of 1 samples were accepted out of {asked}" in done.stderr.splitlines()[-1]
        assert len(refused) == asked and all(row["reason"] for row in refused)
    assert all(samples.schema_problem(row) is None for row in accepted)
    assert {row["kind"] for row in requests} == {"dialect", "sent", "answer"}
    assert [row["dialect"]["mode"] for row in requests if row["kind"] == "dialect"] == ["fenced"]
    answers = [row for row in requests if row["kind"] == "answer"]
    assert len(answers) == sum(row["kind"] == "sent" for row in requests)
    assert any(row["text"].strip() for row in answers) and all("smollm2" in row["model"] for row in answers)
    return requests


@pytest.mark.slow
@pytest.mark.timeout(1600)
def test_a_real_model_answers_the_builtin_teachers_tasks_and_each_answer_is_judged(base_url, tmp_path):
    flags = ("--samples", "1", "--teacher-tasks", "builtin", "--teacher-max-asked", "5", "--teacher-attempts", "1")
    requests = check_accounts(generate(base_url, tmp_path / "raw.jsonl", *flags), tmp_path / "raw.jsonl", 5)
    assert {row["step"] for row in requests if row["kind"] == "sent" and row["slot"] >= 0} == {"answer"}


@pytest.mark.slow
@pytest.mark.timeout(1600)
def test_tasks_that_a_small_model_cannot_write_are_counted_rejects_and_one_sentence(base_url, tmp_path):
    flags = ("--samples", "1", "--teacher-max-asked", "3", "--teacher-attempts", "1")
    requests = check_accounts(generate(base_url, tmp_path / "raw.jsonl", *flags), tmp_path / "raw.jsonl", 3)
    assert "task" in {row["step"] for row in requests if row["kind"] == "sent"}
