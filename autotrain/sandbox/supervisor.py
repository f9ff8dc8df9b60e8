"""First working version: one isolated interpreter a job, no containment beyond limits.

The candidate and its tests run in one process, so every verdict is `weak`.
"""

import concurrent.futures
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from autotrain.errors import UsageError
from autotrain.sandbox.jobs import Job, Verdict

MODES = ("auto", "ns", "uid", "ll", "off")

_RUNNER = r"""
import ast, asyncio, inspect, json, os, sys, types, unittest
job = json.loads(sys.stdin.read())
report = os.fdopen(int(sys.argv[1]), "w")
def say(**fields):
    report.write(json.dumps(fields)); report.flush(); os._exit(0)
module = types.ModuleType("solution")
sys.modules["solution"] = module
space = module.__dict__
try:
    exec(compile(job["code"], "solution.py", "exec"), space)
except BaseException as error:
    say(status="error", passed=0, failed=0, message=f"{type(error).__name__}: {error}")
if not job["tests"].strip():
    say(status="passed", passed=0, failed=0, message="")
passed, problems = 0, []
def attempt(action):
    global passed
    try:
        result = action()
        if inspect.iscoroutine(result): asyncio.run(result)
        passed += 1
    except BaseException as error:
        problems.append(f"{type(error).__name__}: {error}")
try:
    tree = ast.parse(job["tests"])
except SyntaxError as error:
    say(status="error", passed=0, failed=0, message=f"tests: SyntaxError: {error}")
for statement in tree.body:
    compiled = compile(ast.Module([statement], []), "tests.py", "exec")
    if any(isinstance(node, ast.Assert) for node in ast.walk(statement)) and not isinstance(
        statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        attempt(lambda: exec(compiled, space))
    else:
        try:
            exec(compiled, space)
        except BaseException as error:
            problems.append(f"{type(error).__name__}: {error}")
for name, value in list(space.items()):
    if name.startswith("test") and inspect.isfunction(value): attempt(value)
    if isinstance(value, type) and issubclass(value, unittest.TestCase):
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(value).run(result)
        bad = len(result.failures) + len(result.errors)
        passed += result.testsRun - bad
        problems.extend(text.strip().splitlines()[-1] for _, text in result.failures + result.errors)
if job["entry_point"] and "check" in space: attempt(lambda: space["check"](space[job["entry_point"]]))
if not passed and not problems: say(status="error", passed=0, failed=0, message="the tests hold no test")
say(status="failed" if problems else "passed", passed=passed, failed=len(problems), message="; ".join(problems)[:2000])
"""


class Sandbox:
    """Runs jobs. Use it as a context manager; `tier` says how code is contained."""

    def __init__(self, mode: str = "auto", workers: int = 2, packages: Sequence[str] = ()) -> None:
        if mode not in MODES:
            raise UsageError(f"SANDBOX={mode}: one of {', '.join(MODES)} is needed.")
        self.tier = "off"
        self.workers = max(1, workers)
        self.packages = tuple(packages)

    def check(self, job: Job) -> Verdict:
        """Run one job and say what became of it."""
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            reader, writer = os.pipe()
            process = subprocess.Popen(
                [sys.executable, "-I", "-c", _RUNNER, str(writer)],
                stdin=subprocess.PIPE, stdout=out, stderr=err, cwd=folder, env={"PATH": "/usr/bin:/bin"},
                pass_fds=(writer,), start_new_session=True, preexec_fn=lambda: _limit(job),
            )  # fmt: skip
            os.close(writer)
            status, report = "", b""
            try:
                payload = {"code": job.code, "tests": job.tests, "entry_point": job.entry_point}
                process.communicate(json.dumps(payload).encode(), timeout=job.limits.wall_s)
                report = os.read(reader, 1 << 20)
            except subprocess.TimeoutExpired:
                status = "timeout"
            finally:
                os.close(reader)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            texts = []
            for stream in (out, err):
                stream.seek(0)
                texts.append(stream.read(job.limits.output_bytes).decode("utf-8", "replace"))
        said = json.loads(report) if report and process.returncode == 0 else {}
        if not status:
            status = said.get("status") or ("killed" if process.returncode < 0 else "error")
        message = said.get("message", "ended without a verdict" if status != "timeout" else "out of time")
        return Verdict(
            status, said.get("passed", 0), said.get("failed", 0), time.monotonic() - start,
            texts[0], texts[1], message, self.tier, weak=True,
        )  # fmt: skip

    def check_many(self, jobs: Iterable[Job]) -> Iterator[Verdict]:
        """Verdicts in the order of the jobs; several run at once, and jobs are drawn lazily."""
        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            waiting: deque[concurrent.futures.Future[Verdict]] = deque()
            for job in jobs:
                waiting.append(pool.submit(self.check, job))
                if len(waiting) >= 4 * self.workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def close(self) -> None:
        pass

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def probe() -> list[dict[str, object]]:
    """Every tier with what holds and what does not."""
    return [{"tier": "off", "holds": [], "fails": ["no containment"]}]


def _limit(job: Job) -> None:
    limits = job.limits
    resource.setrlimit(resource.RLIMIT_CPU, (int(limits.cpu_s) + 1, int(limits.cpu_s) + 1))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes + (1 << 29), limits.memory_bytes + (1 << 29)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.disk_bytes, limits.disk_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
