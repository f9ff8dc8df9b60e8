#!/usr/bin/env python3
"""A machine under load: the same evaluation and training alone, beside busy loops, and beside a second training.

    python tests/benchmarks/bench_load.py                              # as the stages run
    python tests/benchmarks/bench_load.py --short --spin 300000 ours 0 # with other GOMP_SPINCOUNT, in turns; 300000 is
                                                                       # what libgomp does where nobody says anything

Prints seconds, processor seconds and their ratio to alone, and the medians of all turns. With as many busy loops as
cores, fair shares give 2; beside a second training 2, too. Each piece of work runs in a process of its own, on the
embedded model.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from autotrain.config import threads  # noqa: E402

OURS = "ours"
SECOND_IS_LOADED_S = 40  # it makes its rows and loads first


def work_evaluate(short: bool) -> tuple[float, float]:
    """Seconds of 24 answers of at most 48 tokens (short: 6 of 16), after a first one; and processor seconds."""
    from autotrain.config import precedence
    from autotrain.evaluation.answers import Answerer
    from autotrain.evaluation.suites import load_suite

    given = {"profile": "cpu", "quantization_bits": "16", "max_new_tokens": "16" if short else "48"}
    settings = precedence.resolve(given, environ={}, env_file=Path("/nonexistent")).settings
    rows = load_suite("heidi-core:plain").rows[: 6 if short else 24]
    model = Answerer(settings, None, lambda text: None)
    model.answer([("suite", rows[0])])
    begun = time.monotonic(), time.process_time()
    model.answer([("suite", row) for row in rows])
    return time.monotonic() - begun[0], time.process_time() - begun[1]


def work_train(steps: int) -> tuple[float, float]:
    """Seconds of all training steps but the first, and processor seconds."""
    import bench_training

    from autotrain.training import models, sft

    ends: list[tuple[float, float]] = []
    settings = bench_training.cpu_settings(quantization_bits="16", train_steps=steps)
    with tempfile.TemporaryDirectory() as folder:
        data, _ = bench_training.make_samples(Path(folder), 64 if steps < 100 else 600)
        reference = models.find(settings.base_model, "", settings.cache_dir)

        def on_step(step: object) -> None:
            ends.append((time.monotonic(), time.process_time()))

        sft.train(sft.Job(reference, data, None, Path(folder) / "out", settings, on_step=on_step))
    return ends[-1][0] - ends[0][0], ends[-1][1] - ends[0][1]


WORK: dict[str, Callable[[bool], tuple[float, float]]] = {
    "evaluate": work_evaluate,
    "train": lambda short: work_train(4 if short else 9),
    "long": lambda short: work_train(4000),
}


def started(work: str, spin: str, short: bool) -> "subprocess.Popen[str]":
    environ = {name: value for name, value in os.environ.items() if name not in (threads.VARIABLE, threads.POLICY)}
    if spin != OURS:
        environ[threads.VARIABLE] = spin
    command = [sys.executable, __file__, "--worker", work, *(["--short"] if short else [])]
    return subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parent
    )


def alone(work: str, spin: str, short: bool) -> tuple[float, float]:
    seconds, processor = started(work, spin, short).communicate()[0].split()[-2:]
    return float(seconds), float(processor)


def beside_loops(work: str, spin: str, short: bool) -> tuple[float, float]:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        return alone(work, spin, short)
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def beside_training(work: str, spin: str, short: bool) -> tuple[float, float]:
    other = started("long", spin, short)
    try:
        time.sleep(SECOND_IS_LOADED_S)
        return alone(work, spin, short)
    finally:
        other.kill()
        other.wait()


BESIDE = {"nothing": alone, "loops": beside_loops, "training": beside_training}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spin", nargs="+", default=[OURS])
    parser.add_argument("--work", nargs="+", default=["evaluate", "train"], choices=["evaluate", "train"])
    parser.add_argument("--beside", nargs="+", default=[*BESIDE], choices=[*BESIDE])
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a few answers and steps")
    parser.add_argument("--worker", choices=[*WORK], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        threads.wait_briefly()
        print(*WORK[arguments.worker](arguments.short))
        return 0
    found: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for _ in range(arguments.turns):
        for work in arguments.work:
            for beside in arguments.beside:
                for spin in arguments.spin:
                    took = BESIDE[beside](work, spin, arguments.short)
                    found.setdefault((work, spin, beside), []).append(took)
                    told = f"{took[0]:.1f} s, processor {took[1]:.1f} s"
                    print(f"{work} beside {beside}, {threads.VARIABLE} {spin}: {told}", flush=True)
    for (work, spin, beside), taken in found.items():
        seconds, processor = (statistics.median(values) for values in zip(*taken, strict=True))
        row = {"work": work, "spin": spin, "beside": beside, "seconds": round(seconds, 2)}
        row |= {"processor_seconds": round(processor, 2)}
        if (work, spin, "nothing") in found:
            before = statistics.median(one[0] for one in found[work, spin, "nothing"])
            row["times_alone"] = round(seconds / before, 2)
        print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
