"""Servers of this machine, started for as long as they are asked and ended with whoever asks.

llama.cpp's for a GGUF: `llama-server` where it is on PATH, else the one inside the package `xllamacpp`. vLLM's for a
base model and its adapter. Writes the server's words to a log.

    with llama_cpp(Path("exported/gguf/model-q8_0.gguf"), context=4096) as served:
        Endpoint(served.url, served.model)
"""

import contextlib
import http.client
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autotrain.config.credentials import ENDPOINT_KEY_VARIABLE, KEY_VARIABLE
from autotrain.config.settings import PROJECT_ROOT
from autotrain.errors import AutotrainError, UsageError
from autotrain.jsonl import read_json
from autotrain.run import process_group
from autotrain.training.models import ModelRef

XLLAMACPP = "xllamacpp==2026.10.11549"  # llama.cpp's server in a wheel without a compiler; not installed by default
LORA_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # that vLLM takes as its largest
SLOTS = 2  # answers at once: a CPU gains nothing from more
PATIENCE_S = 600.0  # for weights to be read
LAST_PATIENCE_S = 10.0  # for a server to end by itself
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Served:
    """Where a server answers, and the name of its model."""

    url: str
    model: str


def has_llama_cpp() -> bool:
    """Whether a server of llama.cpp is here."""
    return bool(shutil.which("llama-server") or importlib.util.find_spec("xllamacpp"))


@contextlib.contextmanager
def llama_cpp(gguf: Path, *, context: int) -> Iterator[Served]:
    """llama.cpp's server over a GGUF. `context`: tokens of the longest prompt with its answer. Raises UsageError."""
    if not has_llama_cpp():
        raise UsageError(f"No server of llama.cpp is here: put llama-server on PATH, or pip install {XLLAMACPP}.")
    port, name = free_port(), gguf.stem
    program = shutil.which("llama-server")
    command = [program] if program else [sys.executable, "-m", "autotrain.endpoint.llama_cpp"]
    command += ["--model", str(gguf.resolve()), "--alias", name, "--host", HOST, "--port", str(port), "--jinja"]
    command += ["--ctx-size", str(context * SLOTS), "--parallel", str(SLOTS)]
    with serving(command, port, name, log=gguf.parent / "server.log") as served:
        yield served


@contextlib.contextmanager
def vllm(base: ModelRef, adapter: Path | None, *, context: int, log: Path) -> Iterator[Served]:
    """vLLM over a base model in 16 bits, with an adapter on it where one is given. Raises UsageError without vLLM.

    `context`: tokens of the longest prompt with its answer.
    """
    program = shutil.which("vllm", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if not program:
        raise UsageError("EVAL_ENGINE=vllm: vLLM is not installed here: pip install vllm, or leave EVAL_ENGINE out.")
    port, name = free_port(), "base"
    command = [program, "serve", base.location, "--host", HOST, "--port", str(port), "--served-model-name", name]
    command += ["--max-model-len", str(context), "--dtype", "auto", "--generation-config", "vllm"]  # none of its habits
    command += ["--revision", base.revision] if base.revision else []
    if adapter:
        name, rank = "adapter", read_json(adapter / "adapter_config.json")["r"]
        command += ["--enable-lora", "--lora-modules", f"{name}={adapter.resolve()}"]
        command += ["--max-lora-rank", str(next((one for one in LORA_RANKS if one >= rank), rank))]
        if (adapter / "chat_template.jinja").is_file():  # the one that was trained with
            command += ["--chat-template", str((adapter / "chat_template.jinja").resolve())]
    with serving(command, port, name, log=log) as served:
        yield served


@contextlib.contextmanager
def serving(command: Sequence[str], port: int, model: str, *, log: Path) -> Iterator[Served]:
    """Run a server's command until the caller is done; it answers once this yields. Raises AutotrainError."""
    environment = {
        name: value for name, value in os.environ.items() if name not in (KEY_VARIABLE, ENDPOINT_KEY_VARIABLE)
    }
    with log.open("wb") as words:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            cwd=PROJECT_ROOT,
            env=environment,
            start_new_session=True,
            preexec_fn=process_group.die_with_parent,
        )
    try:
        _wait(process, port, log)
        yield Served(f"http://{HOST}:{port}/v1", model)
    finally:
        process_group.send(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LAST_PATIENCE_S)
        process_group.send(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while not _answers(port):
        if process.poll() is not None:
            words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            said = f" ({words[-1][:200]})" if words else ""
            raise AutotrainError(f"The server ended before it answered{said}: {log} holds all that it said.")
        if time.monotonic() > until:
            raise AutotrainError(f"The server did not answer within {PATIENCE_S:.0f} s: {log} holds what it said.")
        time.sleep(0.1)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/v1/models")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
