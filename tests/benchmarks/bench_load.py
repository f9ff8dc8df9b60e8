#!/usr/bin/env python3
"""A machine under load: the same evaluation and training alone, beside busy loops, and beside a second training.

    python tests/benchmarks/bench_load.py                     # as the stages run
    python tests/benchmarks/bench_load.py --spin 0 1000 default   # with other GOMP_SPINCOUNT, in turns

Prints seconds and their ratio to alone. With as many busy loops as cores, fair shares give 2; beside
a second training 2, too. Each piece of work runs in a process of its own, on the embedded model.
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
sys.path.insert(0, str(ROOT))
SPIN = "GOMP_SPINCOUNT"


def work_evaluate() -> float:
    """Seconds of 24 answers of at most 48 tokens, after a first one."""
    from autotrain.config import precedence
    from autotrain.evaluation.answers import Answerer
    from autotrain.evaluation.suites import load_suite

    given = {"profile": "cpu", "quantization_bits": "16", "max_new_tokens": "48"}
    settings = precedence.resolve(given, environ={}, env_file=Path("/nonexistent")).settings
    rows = load_suite("heidi-core:plain").rows[:24]
    model = Answerer(settings, None, lambda text: None)
    model.answer([("suite", rows[0])])
    begun = time.monotonic()
    model.answer([("suite", row) for row in rows])
    return time.monotonic() - begun


def work_train(steps: int = 9) -> float:
    """Seconds of all training steps but the first."""
    import bench_training

    from autotrain.training import models, sft

    ends: list[float] = []
    settings = bench_training.cpu_settings(quantization_bits="16", train_steps=steps)
    with tempfile.TemporaryDirectory() as folder:
        data, _ = bench_training.make_samples(Path(folder), 64 if steps < 100 else 600)
        reference = models.find(settings.base_model, "", settings.cache_dir)
        job = sft.Job(
            reference, data, None, Path(folder) / "out", settings, on_step=lambda step: ends.append(time.monotonic())
        )
        sft.train(job)
    return ends[-1] - ends[0]


def started(work: str, spin: str) -> subprocess.Popen[str]:
    environ = {name: value for name, value in os.environ.items() if name != SPIN}
    if spin != "default":
        environ[SPIN] = spin
    command = [sys.executable, __file__, "--worker", work]
    return subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parent
    )


def seconds(work: str, spin: str) -> float:
    return float(started(work, spin).communicate()[0].split()[-1])


def beside_loops(work: str, spin: str) -> float:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        return seconds(work, spin)
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def beside_training(work: str, spin: str) -> float:
    other = started("long", spin)
    try:
        time.sleep(40)  # it makes its rows and loads first
        return seconds(work, spin)
    finally:
        other.kill()
        other.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spin", nargs="+", default=[os.environ.get(SPIN, "default")])
    parser.add_argument("--work", nargs="+", default=["evaluate", "train"], choices=["evaluate", "train"])
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        kinds: dict[str, Any] = {"evaluate": work_evaluate, "train": work_train, "long": lambda: work_train(4000)}
        print(kinds[arguments.worker]())
        return 0
    for work in arguments.work:
        for spin in arguments.spin:
            found = {"alone": seconds(work, spin)}
            print(f"{work} {SPIN}={spin} alone {found['alone']:.1f} s", flush=True)
            for name, beside in (("busy loops", beside_loops), ("second training", beside_training)):
                found[name] = beside(work, spin)
                ratio = found[name] / found["alone"]
                print(f"{work} {SPIN}={spin} {name} {found[name]:.1f} s, {ratio:.2f} times alone", flush=True)
            print(json.dumps({"work": work, "spin": spin, **found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
