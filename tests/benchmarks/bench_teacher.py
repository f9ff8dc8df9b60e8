#!/usr/bin/env python3
"""Throughput and CPU of the teacher's client, against its ideal and against a peer.

One loopback server (its own process), constant latency, so many requests in flight at
most. Ideal: requests / in flight x latency. Ours is measured from the call of the stage's
core to its end: probe, growth, ledger and files included; code is not run. The peer sends
as many requests with the same concurrency to the same server.

    python tests/benchmarks/bench_teacher.py                          # ours, and the bare openai package
    python tests/benchmarks/bench_teacher.py --peer distilabel        # installs it into a temporary venv
    python tests/benchmarks/bench_teacher.py --peer distilabel --peer curator --peer-venv /path/a --peer-venv /path/b
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
TESTS = ROOT / "tests" / "support"
PACKAGES = {
    "distilabel": ("distilabel[openai]", "requests"),  # it imports requests without asking for it
    "curator": ("bespokelabs-curator",),
}

OURS = """
import resource, sys, time
from pathlib import Path
from teacher_support import run_core
base_url, folder, samples, concurrency = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
run_core(base_url, folder / "warm", 1, timeout_s=60)
before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
outcome = run_core(base_url, folder / "measured", samples, concurrency=concurrency, timeout_s=60)
seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
assert len(outcome.accepted) == samples, outcome.error
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(__import__("json").dumps({"seconds": seconds, "cpu_s": cpu, "requests": outcome.usage.requests}))
"""

BARE = """
import asyncio, resource, sys, time
import openai
base_url, count, concurrency, prompt = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
async def main():
    client = openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0)
    todo = iter(range(count))
    async def worker():
        for number in todo:
            answer = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": prompt}],
                max_tokens=2048, temperature=0.8, seed=number)
            assert answer.choices[0].message.content
    await client.chat.completions.create(model="m", messages=[{"role": "user", "content": prompt}])
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(concurrency)))
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(__import__("json").dumps({"seconds": seconds, "cpu_s": cpu, "requests": count}))
asyncio.run(main())
"""

DISTILABEL = """
import sys, time
from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration
base_url, count, concurrency, prompt = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
if __name__ == "__main__":
    started = time.perf_counter()
    with Pipeline(name="bench") as pipeline:
        data = [{"instruction": f"{prompt} {number}"} for number in range(count)]
        load = LoadDataFromDicts(data=data, batch_size=concurrency)
        llm = OpenAILLM(model="m", base_url=base_url, api_key="none", generation_kwargs={"max_new_tokens": 2048})
        load >> TextGeneration(llm=llm, input_batch_size=concurrency)
    rows = pipeline.run(use_cache=False)["default"]["train"]
    seconds = time.perf_counter() - started
    assert len(rows) == count and all(rows["generation"]), rows
    print("RESULT " + __import__("json").dumps({"seconds": seconds, "requests": count}))
"""

# Curator counts tokens with tiktoken, whose files litellm (which it needs) carries, so nothing is downloaded.
CURATOR = """
import os, sys, time
from pathlib import Path
import litellm
os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(litellm.__file__).parent / "litellm_core_utils" / "tokenizers")
os.environ |= {"OPENAI_API_KEY": "none", "TELEMETRY_ENABLED": "false", "CURATOR_DISABLE_RICH_DISPLAY": "1"}
from bespokelabs import curator
base_url, count, concurrency, prompt = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
if __name__ == "__main__":
    settings = {"base_url": base_url, "max_concurrent_requests": concurrency, "max_requests_per_minute": 10**6,
        "max_tokens_per_minute": 10**9}
    llm = curator.LLM(model_name="gpt-4o-mini", backend="openai", backend_params=settings,
        generation_params={"max_tokens": 2048, "temperature": 0.8})
    started = time.perf_counter()
    rows = llm([f"{prompt} {number}" for number in range(count)])
    seconds = time.perf_counter() - started
    rows = getattr(rows, "dataset", rows)
    assert len(rows) == count and all(rows["response"]), rows
    print("RESULT " + __import__("json").dumps({"seconds": seconds, "requests": count}))
"""
PEERS = {"distilabel": DISTILABEL, "curator": CURATOR}

PROMPT = "Write `adjust_1(values)`: multiply each number by 3, add 100, return the list. " + "Think first. " * 150


def run_python(python: str, code: str, *arguments: str, folder: Path, timeout_s: float) -> dict[str, Any]:
    """Run a piece of the benchmark in a process of its own; its last line of output is the result."""
    path = folder / f"piece_{time.monotonic_ns()}.py"
    path.write_text(code)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HOME": str(folder), "NO_PROXY": "127.0.0.1"}
    environment["PYTHONPATH"] = f"{ROOT}:{TESTS}" if python == sys.executable else ""
    done = subprocess.run(
        [python, str(path), *arguments], env=environment, capture_output=True, text=True, timeout=timeout_s
    )
    if done.returncode:
        sys.exit(f"{done.stderr[-3000:]}\nthe piece of the benchmark above failed")
    return json.loads(done.stdout.strip().splitlines()[-1].removeprefix("RESULT "))


def install(peer: str, folder: Path) -> str:
    """A venv with the peer; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / peer)], check=True)
    python = str(folder / peer / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES[peer]], check=True, stderr=subprocess.DEVNULL)
    return python


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--samples", type=int, default=1024, help="samples of ours; each takes two requests")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency", type=float, default=1.0, help="seconds an answer takes")
    parser.add_argument(
        "--tail", type=float, default=0.0, help="sigma of a log-normal factor on it, mean 1; 0: constant"
    )
    parser.add_argument("--peer", action="append", default=[], choices=sorted(PACKAGES), help="also run this peer")
    parser.add_argument(
        "--peer-venv", action="append", default=[], type=Path, help="a venv that holds it, in that order"
    )
    arguments = parser.parse_args(argv)
    count = 2 * arguments.samples
    ideal = count / arguments.concurrency * arguments.latency
    venvs = dict(zip(arguments.peer, arguments.peer_venv))  # noqa: B905
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        faults = json.dumps({"latency_s": arguments.latency, "tail": arguments.tail})
        server = subprocess.Popen(
            [sys.executable, str(TESTS / "fake_openai.py"), "--faults", faults], stdout=subprocess.PIPE, text=True
        )
        try:
            assert server.stdout is not None
            base_url = json.loads(server.stdout.readline())["base_url"]
            common: dict[str, Any] = {"folder": folder, "timeout_s": 60 + 30 * ideal}
            sizes = (str(arguments.samples), str(arguments.concurrency))
            figures = {"ours": run_python(sys.executable, OURS, base_url, str(folder), *sizes, **common)}
            load = (base_url, str(count), str(arguments.concurrency), PROMPT)
            figures["openai package alone"] = run_python(sys.executable, BARE, *load, **common)
            for peer in arguments.peer:
                python = str(venvs[peer] / "bin" / "python") if peer in venvs else install(peer, folder)
                figures[peer] = run_python(python, PEERS[peer], *load, **common)
        finally:
            server.terminate()
            server.wait()
    kind = f"{arguments.latency:g} s latency" + (f", tail {arguments.tail:g}" if arguments.tail else "")
    print(f"{count} requests, {arguments.concurrency} in flight, {kind}: ideal {ideal:.1f} s")
    for who, figure in figures.items():
        line = f"{who:22} {figure['seconds']:7.1f} s  {ideal / figure['seconds']:6.1%} of ideal"
        line += f"  {figure['requests'] / figure['seconds']:6.1f} requests/s"
        if "cpu_s" in figure:
            line += f"  {1000 * figure['cpu_s'] / figure['requests']:.2f} ms CPU a request"
        print(line)
    for peer in arguments.peer:
        print(f"ours is {figures[peer]['seconds'] / figures['ours']['seconds']:.2f} times as fast as {peer}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
