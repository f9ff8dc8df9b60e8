"""Servers that are started here for as long as they are asked: ended with their caller, and their faults told."""

import http.client
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import tiny_model
import torch
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.endpoint import Endpoint, servers
from autotrain.errors import AutotrainError, UsageError
from autotrain.evaluation.generate import Decoding, generate
from autotrain.tasks import prompts
from autotrain.training import gguf_file, loading, sft
from autotrain.training.models import ModelRef

# ruff: noqa: F811  (a fixture is imported and then named as an argument)

NEEDS_LLAMA_CPP = pytest.mark.skipif(
    not servers.has_llama_cpp(), reason=f"no server of llama.cpp is here: pip install {servers.XLLAMACPP}"
)
SERVER = (
    "import http.server, os, sys\n"
    "class Answer(http.server.BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "        self.send_response(200)\n"
    "        self.end_headers()\n"
    "        self.wfile.write(os.environ.get('OPENAI_API_KEY', '-').encode())\n"
    "http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Answer).serve_forever()\n"
)


def test_a_server_answers_without_our_key_and_ends_with_its_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-the-teacher")
    port = servers.free_port()
    with servers.serving([sys.executable, "-c", SERVER, str(port)], port, "m", log=tmp_path / "log") as served:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", urlsplit(served.url).path)
        assert connection.getresponse().read() == b"-"
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", port).request("GET", "/")


def test_a_server_that_ends_at_once_is_one_sentence_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such model')"]
    serving = servers.serving(command, servers.free_port(), "m", log=tmp_path / "log")
    with pytest.raises(AutotrainError, match=r"ended before it answered \(no such model\): .*log holds"), serving:
        pass


def test_no_server_of_llama_cpp_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "has_llama_cpp", lambda: False)
    serving = servers.llama_cpp(tmp_path / "model.gguf", context=64)
    with pytest.raises(UsageError, match="put llama-server on PATH, or pip install xllamacpp=="), serving:
        pass


def speaks_ascii(folder: Path) -> Path:
    """A tiny model whose answers are text, and whose tokenizer has a merge, without which llama.cpp takes none."""
    model = tiny_model.model(vocab_size=260, tie_word_embeddings=False, initializer_range=0.3)
    tiny_model.tokenizer().save_pretrained(folder)
    told = json.loads((folder / "tokenizer.json").read_text())
    told["model"] |= {"vocab": {**told["model"]["vocab"], "de": 259}, "merges": [["d", "e"]]}
    (folder / "tokenizer.json").write_text(json.dumps(told))
    others = [number for text, number in told["model"]["vocab"].items() if len(text) > 1 or not text.isascii()]
    with torch.no_grad():
        model.lm_head.weight[others] = 0
    model.save_pretrained(folder)
    return folder


@pytest.mark.slow
@NEEDS_LLAMA_CPP
def test_llama_cpp_says_what_the_model_says_and_stage_05_finds_the_same_verdicts(tmp_path: Path) -> None:
    folder = speaks_ascii(tmp_path / "model")
    reference = ModelRef(str(folder), str(folder), "", True)
    model, tokenizer = loading.load_base(reference, 16), loading.load_tokenizer(reference)
    gguf_file.write(folder, tmp_path / "whole.gguf", tokenizer, "f32")
    rows = tiny_model.samples_of(12)
    settings = Settings(max_new_tokens=24, teacher_concurrency=servers.SLOTS)
    wanted = generate(model, tokenizer, [prompts.encode_prompt(tokenizer, row) for row in rows], Decoding(24, 4))
    data = tmp_path / "tasks.jsonl"
    tiny_model.write_samples(data, 12)
    with servers.llama_cpp(tmp_path / "whole.gguf", context=512) as served:
        found = Endpoint(served.url, served.model, settings).answer([("tasks", row) for row in rows])
        reports = [tmp_path / "local.json", tmp_path / "served.json"]
        flags = ["--data", str(data), "--max-new-tokens", "24"]
        local = ["--base-only", "--base-model", str(folder), "--bits", "16", "--output", str(reports[0])]
        remote = ["--endpoint", served.url, "--model", served.model, "--output", str(reports[1])]
        script = [sys.executable, str(PROJECT_ROOT / "scripts" / "05_eval.py")]
        subprocess.run([*script, *local, *flags], check=True, capture_output=True)
        done = subprocess.run(
            [*script, *remote, *flags, "--compare", str(reports[0])], check=True, capture_output=True, text=True
        )
    same = sum(mine.text.strip() == theirs.text.strip() for (_, mine), theirs in zip(found, wanted, strict=True))
    assert len({answer.text for _, answer in found}) > 6  # they say something, each its own
    assert same >= 11  # of 12: sums in another order may turn a tie of a random model
    comparison = json.loads(done.stdout)["comparison"]
    assert comparison["total"] == 12 and not comparison["gained"] and not comparison["lost"]


@pytest.mark.slow
@NEEDS_LLAMA_CPP
def test_an_export_is_asked_again_in_llama_cpps_server(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.model = speaks_ascii(tmp_path / "ascii")
    job = folder.job("lora", train_steps=1, quantization_bits="16")
    sft.train(job)
    tasks = tiny_model.write_samples(tmp_path / "tasks.jsonl", 3)
    flags = ["--adapter", str(job.final), "--output", str(tmp_path / "out"), "--gguf", "--data", str(tasks)]
    settings = ["--base-model", str(folder.model), "--bits", "16", "--seq-len", "512", "--max-new-tokens", "16"]
    script = str(PROJECT_ROOT / "scripts" / "export.py")
    done = subprocess.run([sys.executable, script, *flags, *settings], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["evaluation_of_gguf"]["model-q8_0"]
    assert found["total"] == 3 and not found["gained"] and not found["lost"]
    assert "0.0% model-q8_0.gguf (0 gained, 0 lost; McNemar p = 1: no more than chance does)" in done.stderr
    report = json.loads((tmp_path / "out" / "evaluation" / "report_model-q8_0.json").read_text())
    assert report["model"]["endpoint"].startswith("http://127.0.0.1:")


# vLLM stands here as a program that checks its flags and speaks the protocol.
VLLM = """#!{python}
import json, subprocess, sys
flags = sys.argv[1:]
open({told!r}, "w").write(json.dumps(flags))
port = flags[flags.index("--port") + 1]
sys.exit(subprocess.call([sys.executable, {fake!r}, "--port", port]))
"""


def evaluate_by_vllm(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "vllm"
    fake = str(PROJECT_ROOT / "tests" / "support" / "fake_openai.py")
    program.write_text(VLLM.format(python=sys.executable, told=str(folder / "flags.json"), fake=fake))
    program.chmod(0o755)
    data = tiny_model.write_samples(folder / "tasks.jsonl", 3)
    script = [sys.executable, str(PROJECT_ROOT / "scripts" / "05_eval.py"), "--data", str(data), *flags]
    environment = {**os.environ, "EVAL_ENGINE": "vllm", "PATH": f"{program.parent}:{os.environ['PATH']}"}
    return subprocess.run(script, capture_output=True, text=True, env=environment, check=False)


def test_vllm_serves_the_adapter_as_trained_is_asked_and_is_ended(tmp_path: Path, shared_folder: Folder) -> None:
    job = shared_folder.job("for_vllm", train_steps=1)
    sft.train(job)
    report = tmp_path / "out" / "report.json"
    flags = ["--adapter", str(job.final), "--base-model", str(shared_folder.model), "--output", str(report)]
    done = evaluate_by_vllm(tmp_path, *flags, "--seq-len", "256", "--max-new-tokens", "64")
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "flags.json").read_text())
    assert told[:2] == ["serve", str(shared_folder.model)] and told[told.index("--max-model-len") + 1] == "320"
    assert told[told.index("--lora-modules") + 1] == f"adapter={job.final.resolve()}"
    assert told[told.index("--max-lora-rank") + 1] == "8"  # 4, as trained, in the ranks that it takes
    model = json.loads(report.read_text())["model"]
    assert (model["engine"], model["model"], model["quantization_bits"]) == ("vllm", "adapter", 16)
    assert len(model["adapter_sha256"]) == 64 and model["base_model"] == str(shared_folder.model)
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", int(told[told.index("--port") + 1])).request("GET", "/")


def test_the_base_model_alone_is_served_without_lora_and_its_forms_are_refused(
    tmp_path: Path, shared_folder: Folder
) -> None:
    flags = ["--base-model", str(shared_folder.model), "--output", str(tmp_path / "report.json")]
    done = evaluate_by_vllm(tmp_path, "--base-only", *flags)
    assert done.returncode == 0, done.stderr
    assert "--enable-lora" not in json.loads((tmp_path / "flags.json").read_text())
    done = evaluate_by_vllm(tmp_path, "--bases", *flags)
    assert done.returncode == UsageError.exit_code and "in 16 bits only: --base-only" in done.stderr.splitlines()[-1]


def test_no_vllm_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers.shutil, "which", lambda *_, **__: None)
    serving = servers.vllm(ModelRef("m", "m", "", True), None, context=64, log=tmp_path / "log")
    with (
        pytest.raises(UsageError, match="vLLM is not installed here: pip install vllm, or leave EVAL_ENGINE out"),
        serving,
    ):
        pass
