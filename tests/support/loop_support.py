"""A copy of the project whose stages are tiny: for tests of the loop, its signals and its resume.

Bash, control, runner, state, events and ownership are the real ones; the stages are
one small program that appends rows to a ledger, asks for a stop between two rows, and can
be told to fail, to hang, to take its time, or to wait in the middle until it is asked for something.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from autotrain.run import stages

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0  # for what takes a second or two where nothing else runs
PACKAGES = [path.parent.name for path in sorted((ROOT / "autotrain").glob("*/__init__.py"))]

STAGE = '''
"""One tiny stage: --output F grows by FAKE_ROWS rows, one every FAKE_ROW_S seconds; what is there already counts.

Where FAKE_WAITS names it, a stage that began at no row waits after the third until it is asked to leave or FAKE_GO is
there: what a test asks for finds it at work, however slow the machine is."""
import json, os, pathlib, signal, sys, time
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from autotrain.run import paths, state
from autotrain.jsonl import Ledger, count_rows, read_json, read_rows, write_json, write_rows

name = "NAME"
AA = ("n", "differing", "differing_from_report")
given = dict(zip(sys.argv[1::1], sys.argv[2::1]))
run, watch = paths.run_from_environment(), state.StopWatch(paths.run_from_environment(), 0.02)
number = int(given.get("--round", "1"))
trick = os.environ.get("FAKE_" + name.upper(), "")
if trick == "fail":
    print("ordinary words", file=sys.stderr)
    print(f"{name}: error: the {name} stage was told to fail.", file=sys.stderr)
    print("a library says goodbye", file=sys.stderr)
    sys.exit(int(os.environ.get("FAKE_CODE", "3")))
if trick == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if trick == "orphan":  # a child that keeps our pipes open for a long time
    os.fork() or time.sleep(60)
rows, pace = int(os.environ.get("FAKE_ROWS", "4")), float(os.environ.get("FAKE_ROW_S", "0.01"))
default = run and {"final": run.final, "calibrate": run.calibration}.get(name, run.best)
target = pathlib.Path(given.get("--output", given.get("--train", str(default or ""))))
work = target.with_name(target.name + ".ledger") if name != "generate" else target
if name == "train":
    target.mkdir(exist_ok=True)
    work = target / "steps.jsonl"
with Ledger(work) as ledger:
    begun = count_rows(work)
    for place in range(begun, rows):
        until = time.monotonic() + 120 * (os.environ.get("FAKE_WAITS") == name and (begun, place) == (0, 3))
        while time.monotonic() < until and not watch.stop_requested() and not os.path.exists(os.environ["FAKE_GO"]):
            time.sleep(0.02)
        if watch.stop_requested():
            print(f"{name}: stopped: stopped on request.", file=sys.stderr)
            sys.exit(75)
        if "FAKE_BUSY" in os.environ:  # from here on a request waits for this row
            pathlib.Path(os.environ["FAKE_BUSY"]).touch()
        time.sleep(pace)
        if name == "generate":  # the bill of a teacher: one line an answer
            with open(os.environ.get("FAKE_BILL", os.devnull), "a") as bill:
                bill.write(f"{number} {place}\\n")
        ledger.append({"id": f"{name}-{number}-{place}", "from": sorted(os.path.basename(v) for v in sys.argv[1:])})
        if sys.stderr.isatty() or os.environ.get("HEIDI_PROGRESS") == "1":
            print(f"\\r{name} {place + 1}/{rows}", end="", file=sys.stderr, flush=True)
kept = [row for _, row in read_rows(work)]
if name == "train":
    (target / "final").mkdir(exist_ok=True)
    write_json(target / "final" / "adapter.json", kept)
elif name == "split":
    write_rows(given["--val"], kept[:1])
    write_rows(target, kept[1:])
elif name == "promote":
    best = {"round": number, "adapter": f"out_lora_round_{number}/final", "beats_base": trick != "hold"}
    before = read_json(run.best)["decisions"] if run.best.is_file() else []
    decision = {"round": number, "promoted": trick != "hold", "leader": number}
    decisions = [*(row for row in before if row["round"] < number), decision]
    write_json(run.best, {**best, "deciding_set": "suite", "sets": {}, "decisions": decisions})
    paths.link_best(run, run.adapter(number) / "final")
elif name == "final":
    write_json(target, {"round": read_json(run.best)["round"], "headline": [], "aa": dict.fromkeys(AA, 0)})
elif name != "generate":
    (write_json if target.suffix == ".json" else write_rows)(target, kept)
print(f"{name}: {len(kept)} rows", file=sys.stderr)
print(json.dumps({"stage": name, "rows": len(kept)}))
'''
CHECK = """

class _Estimate:
    def as_json(self):
        return {}

    def describe(self):
        return "no estimate"


def check(resolved):
    return _Estimate()


def settle_bits(resolved):
    return dataclasses.replace(resolved, settings=dataclasses.replace(resolved.settings, quantization_bits="16"))


def _bases(chosen):
    return "none"
"""


def make_project(folder: Path) -> Path:
    """The copy: the real loop with tiny stages, the real .venv, and nothing to set up or to look for."""
    folder.mkdir(exist_ok=True)
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "autotrain").mkdir()
    for module in (ROOT / "autotrain").glob("*.py"):
        shutil.copy(module, folder / "autotrain" / module.name)
    for package in PACKAGES:
        shutil.copytree(
            ROOT / "autotrain" / package,
            folder / "autotrain" / package,
            ignore=shutil.ignore_patterns("__pycache__", "builtin", "*.json", "*.jsonl", "*.gz"),
        )
    (folder / ".venv").symlink_to(ROOT / ".venv")
    (folder / "scripts" / "setup.sh").write_text("#!/usr/bin/env bash\n")
    for stage in stages.TABLE:
        (folder / "scripts" / stage.script).write_text(STAGE.replace("NAME", stage.name))
    # The page of a run reads real reports, and its own tests draw it.
    (folder / "autotrain" / "report" / "write.py").write_text("def write_report(run):\n    pass\n")
    with open(folder / "autotrain" / "loop" / "preflight.py", "a") as stream:
        stream.write(CHECK)
    return folder


class Loop:
    """Starts `loop.sh` of such a copy on one OUT_DIR and looks at what it left."""

    def __init__(self, project: Path, out_dir: Path, **environment: str) -> None:
        self.project, self.out_dir = project, out_dir
        self.bill, self.go = (out_dir.with_name(out_dir.name + end) for end in (".bill", ".go"))
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        told = {"FAKE_BILL": str(self.bill), "FAKE_GO": str(self.go)}
        self.environment = {**kept, **told, "ROUNDS": "1", "RUN_UNIT_TESTS": "1", **environment}

    def command(self, *flags: str) -> list[str]:
        return [str(self.project / "scripts" / "loop.sh"), "--out-dir", str(self.out_dir), *flags]

    def run(self, *flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        return subprocess.run(
            self.command(*flags), env={**self.environment, **environment}, capture_output=True, text=True, timeout=240
        )

    def start(self, *flags: str, **environment: str) -> "subprocess.Popen[str]":
        """Start in a session of its own, so that nothing reaches the tests themselves."""
        return subprocess.Popen(
            self.command(*flags),
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def root(self) -> Path:
        return sorted(path for path in (self.out_dir / "runs").iterdir() if not path.name.startswith("."))[-1]

    def state(self) -> dict[str, Any]:
        return json.loads((self.root / "state.json").read_bytes())

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.root / "events.jsonl").read_text().splitlines()]

    def rows(self, kind: str, number: int = 1) -> int:
        path = self.root / "data" / f"{kind}_round_{number}.jsonl"
        return len(path.read_text().splitlines()) if path.exists() else 0

    def wait_for(self, condition: Callable[[], Any], seconds: float = PATIENCE_S) -> None:
        """Wait until something is so; files that are not there yet count as no."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if condition():
                    return
            except (OSError, IndexError, KeyError, ValueError):
                pass
            time.sleep(0.02)
        raise AssertionError("it did not happen in time")


def kill_everything(process: "subprocess.Popen[str]") -> None:
    """kill -9 of the loop and all that it started, at one instant: nobody gets to say a word."""
    family: list[psutil.Process] = []
    try:
        loop = psutil.Process(process.pid)
        loop.suspend()
        while True:  # what a child starts before it is suspended is found in the next turn
            found = [child for child in loop.children(recursive=True) if child not in family]
            if not found:
                break
            for child in found:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.suspend()
            family += found
    except psutil.NoSuchProcess:
        pass
    for pid in [process.pid, *(child.pid for child in family)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    psutil.wait_procs(family, timeout=10)
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()


def artefacts(root: Path) -> dict[str, bytes]:
    """Everything that a run made, without what tells of times: states, events, logs, configuration."""
    # A half-written file inside an adapter's folder is the training stage's own to remove.
    told = ("state.json", "events.jsonl", "pipeline.log", "config.json", "report.html")
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and path.name not in told
        and not path.name.endswith(".lock")
        and not (path.name.endswith(".tmp") and "out_lora" in str(path.relative_to(root)))
    }
