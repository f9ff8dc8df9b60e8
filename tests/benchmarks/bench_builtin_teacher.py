"""How fast the builtin teacher is, how many of its samples differ, and whether they pass their own tests.

    python tests/benchmarks/bench_builtin_teacher.py [--samples 10000] [--checked 2000] [--seed 1]

Distinct is counted three ways: by id, after the fuzzy deduplication of stage 02, and as
structures (the answer's code with names and constants folded). Everything runs on one core
but the sandbox, which takes two.
"""

import argparse
import itertools
import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10_000)
    parser.add_argument("--checked", type=int, default=2000, help="how many of them the sandbox runs")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(argv)

    import_ms = _import_ms()
    from autotrain.teacher.builtin import families, generate

    started = time.perf_counter()
    first_ms = 0.0
    rows = []
    stream = generate(seed=arguments.seed, round_number=1, timestamp="2025-01-01T00:00:00Z")
    for row in itertools.islice(stream, arguments.samples):
        rows.append(row)
        first_ms = first_ms or (time.perf_counter() - started) * 1000
    seconds = time.perf_counter() - started

    again = itertools.islice(
        generate(seed=arguments.seed, round_number=2, timestamp="2025-01-01T00:00:00Z"), arguments.samples
    )
    ids = {row["id"] for row in rows}
    figures = {
        "families": len(families()),
        "import_ms": round(import_ms, 1),
        "first_sample_ms": round(first_ms),
        "samples_per_s": round(len(rows) / seconds),
        "distinct_ids": len(ids) / len(rows),
        "in_round_2_too": sum(row["id"] in ids for row in again) / len(rows),
        "kept_by_fuzzy_dedup": _kept(rows),
        "passed_own_tests": _passed(rows[: arguments.checked]),
        "checked": min(arguments.checked, len(rows)),
        "characters_p50_p90_max": _sizes(rows),
        "task_types": dict(Counter(row["metadata"]["task_type"] for row in rows).most_common()),
    }
    print(json.dumps(figures, indent=2))
    return 0


def _import_ms() -> float:
    """The time that importing the package adds to a bare interpreter, best of five."""

    def best(program: str) -> float:
        times = []
        for _ in range(5):
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).resolve().parents[2])
            times.append(time.perf_counter() - started)
        return min(times)

    return (best("import autotrain.teacher.builtin") - best("pass")) * 1000


def _kept(rows: list[dict]) -> float:
    import numpy as np

    from autotrain.cleaning.duplicates import Index, describe

    with Index() as index:
        for start in range(0, len(rows), 500):
            index.add(describe(rows[start : start + 500]))
        return round(1 - len(index.resolve(np.zeros(len(rows), dtype=np.int64))) / len(rows), 4)


def _passed(rows: list[dict]) -> float:
    from autotrain.sandbox import Sandbox
    from autotrain.tasks import grading

    passed = 0
    with Sandbox(workers=2) as box:
        for row in rows:
            verdicts = [box.check(job) for job in grading.jobs_for(row, row["output"])]
            passed += grading.judge(row, row["output"], verdicts).passed
    return passed / len(rows) if rows else 0.0


def _sizes(rows: list[dict]) -> list[int]:
    sizes = sorted(len(row["instruction"]) + len(row["input"]) + len(row["output"]) for row in rows)
    return [sizes[len(sizes) // 2], sizes[len(sizes) * 9 // 10], sizes[-1]]


if __name__ == "__main__":
    sys.exit(main())
