"""Measures the sandbox beside its peers, in one run on this machine.

    python tests/benchmarks/bench_sandbox.py [--mode ns] [--programs 600] [--workers 2] [--only NAME…]

Trivial programs a second: ours, `python -I -c` in a new process each, bubblewrap and python
each, and a bare fork of the same warm interpreter with no isolation at all (the floor).
Then what a separate check and a call cost, and a batch of which half hangs. The rounds of
the peers alternate, and the median round counts, so that noise hits all alike.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from autotrain.sandbox import Job, Limits, Sandbox  # noqa: E402

PROGRAM = "print(1 + 1)"

# The floor: the modules that our zygote holds, then one fork a program, output to a memory file.
_FLOOR = """
import gc, importlib, os, sys, time
sys.path.insert(0, sys.argv[1])
from autotrain.sandbox.inside import zygote
for name in zygote._WARM + ["ctypes"]:
    importlib.import_module(name)
for name in ("box_landlock", "box_namespaces", "candidate", "checker", "slot"):
    importlib.import_module(f"autotrain.sandbox.inside.{name}")
gc.collect()
gc.freeze()
out = os.memfd_create("out")
code = sys.argv[3]
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[2])):
    process = os.fork()
    if process == 0:
        os.dup2(out, 1)
        exec(compile(code, "program.py", "exec"), {"__name__": "program"})
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(process, 0)
    os.pread(out, 65536, 0)
    os.ftruncate(out, 0)
"""


def floor_rate(programs: int, workers: int) -> float:
    interpreter = os.path.realpath(sys.executable)
    command = [interpreter, "-s", "-S", "-X", "utf8", "-c", _FLOOR, str(ROOT), str(programs // workers), PROGRAM]
    loops = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"PYTHONHASHSEED": "0"})
        for _ in range(workers)
    ]
    for loop in loops:
        assert loop.stdout is not None
        loop.stdout.readline()
    start = time.perf_counter()
    for loop in loops:
        assert loop.stdin is not None
        loop.stdin.write(b"\n")
        loop.stdin.flush()
    for loop in loops:
        loop.wait()
    elapsed = time.perf_counter() - start
    for loop in loops:
        loop.communicate()
    return programs / elapsed


def process_rate(command: list[str], programs: int, workers: int) -> float:
    def one(_: int) -> None:
        result = subprocess.run([*command, PROGRAM], capture_output=True, env={}, check=True)
        assert result.stdout == b"2\n"

    start = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(programs)))
    return programs / (time.perf_counter() - start)


def sandbox_rate(sandbox: Sandbox, programs: int) -> float:
    start = time.perf_counter()
    for verdict in sandbox.check_many(Job(PROGRAM) for _ in range(programs)):
        assert verdict.status == "passed" and verdict.stdout == "2\n", verdict
    return programs / (time.perf_counter() - start)


def bubblewrap() -> list[str] | None:
    """bubblewrap's command line for what our `ns` tier shows a program; installed where that can be done."""
    if shutil.which("bwrap") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-q", "bubblewrap"], capture_output=True, check=False)
    if shutil.which("bwrap") is None:
        return None
    interpreter = os.path.realpath(sys.executable)
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind", "/usr", "/usr"]
    for path in ("/lib", "/lib64", "/bin"):
        command += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, path]
    command += ["--ro-bind", sys.base_prefix, sys.base_prefix, "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/tmp"]
    return [*command, interpreter, "-I", "-c"]


def bench_rates(sandbox: Sandbox, programs: int, workers: int, rounds: int) -> dict[str, float]:
    interpreter = os.path.realpath(sys.executable)
    peers: dict[str, Callable[[], float]] = {
        "ours": lambda: sandbox_rate(sandbox, programs),
        "bare warm fork": lambda: floor_rate(programs, workers),
        "python -I -c": lambda: process_rate([interpreter, "-I", "-c"], max(40, programs // 5), workers),
    }
    bwrap = bubblewrap()
    if bwrap is not None:
        peers["bubblewrap"] = lambda: process_rate(bwrap, max(40, programs // 8), workers)
    results: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, peer in peers.items():
            results[name].append(peer())
    rates = {name: statistics.median(values) for name, values in results.items()}
    print(f"trivial programs a second ({sandbox.tier}, {workers} workers, median of {rounds} rounds)")
    for name, rate in rates.items():
        ratios = sorted(ours / theirs for ours, theirs in zip(results["ours"], results[name]))  # noqa: B905
        middle = statistics.median(ratios)
        print(f"  {name:<16}{rate:8.0f}   ours is {middle:5.2f} times as fast ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    return rates


def bench_check(sandbox: Sandbox, rounds: int = 200) -> None:
    """What a separate check costs beyond the program, and what one more call costs."""
    one = Job("def f(x):\n    return x + 1", "assert f(1) == 2")
    many = Job("def f(x):\n    return x + 1", "for i in range(2000):\n    assert f(i) == i + 1")
    times = {"alone": [], "check": [], "calls": []}
    for index in range(rounds):
        for name, job in (("alone", Job("def f(x):\n    return x + 1")), ("check", one)):
            start = time.perf_counter()
            assert sandbox.check(job).status == "passed"
            times[name].append(time.perf_counter() - start)
        if index % 20 == 0:
            verdict = sandbox.check(many)
            assert verdict.status == "passed", verdict
            times["calls"].append(verdict.seconds)
    middle = {name: statistics.median(values) for name, values in times.items()}
    print(
        f"a separate check: {1e3 * middle['check']:.2f} ms (p50), of which {1e3 * middle['alone']:.2f} ms the program"
    )
    print(f"a call to the candidate: {1e6 * (middle['calls'] - middle['check']) / 2000:.1f} us")


def bench_hanging(sandbox: Sandbox, programs: int, workers: int) -> None:
    """A batch in which every second program hangs, against the ideal for its limit and workers."""
    limits = Limits(wall_s=1.0)
    jobs = [Job("while True:\n    pass" if index % 2 else PROGRAM, limits=limits) for index in range(programs)]
    start = time.perf_counter()
    statuses = [verdict.status for verdict in sandbox.check_many(jobs)]
    elapsed = time.perf_counter() - start
    assert statuses == ["timeout" if index % 2 else "passed" for index in range(programs)]
    ideal = (programs // 2) * limits.wall_s / workers
    print(f"half of {programs} programs hang: {elapsed:.2f} s, {elapsed / ideal:.2f} times the ideal {ideal:.1f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", default="ns")
    parser.add_argument("--programs", type=int, default=600)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=["rates", "check", "hanging"])
    arguments = parser.parse_args()
    start = time.perf_counter()
    with Sandbox(arguments.mode, arguments.workers) as sandbox:
        print(f"start, canaries included: {time.perf_counter() - start:.3f} s ({sandbox.tier})")
        if "rates" in arguments.only:
            rates = bench_rates(sandbox, arguments.programs, arguments.workers, arguments.rounds)
            print(json.dumps(rates), file=sys.stderr)
        if "check" in arguments.only:
            bench_check(sandbox)
        if "hanging" in arguments.only:
            bench_hanging(sandbox, 40, arguments.workers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
