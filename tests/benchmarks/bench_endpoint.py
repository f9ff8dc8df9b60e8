#!/usr/bin/env python3
"""Throughput of an evaluation through an address, against its ideal: tasks / in flight x latency.

One loopback server (its own process), constant latency. Measured from the call of `answer` to its end: growth, ledger
and files included; judging is not (the sandbox has a benchmark of its own).

    python tests/benchmarks/bench_endpoint.py --tasks 1024 --in-flight 64 --latency 1.0
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SUPPORT = ROOT / "tests" / "support"
sys.path[:0] = [str(ROOT), str(SUPPORT)]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--tasks", type=int, default=1024)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--latency", type=float, default=1.0, help="seconds an answer takes")
    arguments = parser.parse_args(argv)

    import tiny_model

    from autotrain.config.settings import Settings
    from autotrain.endpoint import Endpoint

    tasks = [("bench", row) for row in tiny_model.samples_of(arguments.tasks)]
    faults = json.dumps({"latency_s": arguments.latency})
    server = subprocess.Popen(
        [sys.executable, str(SUPPORT / "fake_openai.py"), "--faults", faults], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        base_url = json.loads(server.stdout.readline())["base_url"]
        settings = Settings(teacher_concurrency=arguments.in_flight)
        Endpoint(base_url, "warm", settings).answer(tasks[:1])
        with tempfile.TemporaryDirectory() as folder:
            before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
            found = Endpoint(base_url, "m", settings).answer(tasks, ledger=Path(folder) / "ledger.jsonl")
            seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF)
    finally:
        server.terminate()
        server.wait()
    assert len(found) == arguments.tasks
    ideal = arguments.tasks / arguments.in_flight * arguments.latency
    cpu_ms = 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / arguments.tasks
    print(
        f"{arguments.tasks} tasks, {arguments.in_flight} in flight, {arguments.latency:g} s latency: {seconds:.1f} s, "
        f"{ideal / seconds:.1%} of ideal ({ideal:.1f} s), {cpu_ms:.2f} ms CPU a request"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
