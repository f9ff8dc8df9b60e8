"""Speed and memory of the dashboard, with textual (where it can be installed) and naive reading beside it.

    python tests/benchmarks/bench_dashboard.py [--events 1000000] [--no-peer]

Prints one figure a line, with its bound where docs/dashboard.md promises one.
"""

import argparse
import fcntl
import os
import pty
import resource
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

import orjson  # noqa: E402
from dashboard_support import event, make_run, make_state, now, write_json  # noqa: E402

from autotrain.dashboard import frame  # noqa: E402
from autotrain.dashboard.reader import RunReader  # noqa: E402
from autotrain.display.terminal import Painter  # noqa: E402
from autotrain.run import ownership  # noqa: E402
from autotrain.run.event_log import Follower  # noqa: E402

PEER = """
from textual.app import App
from textual.widgets import Static
class Peer(App):
    def compose(self):
        yield Static("Progress")
    def on_mount(self):
        self.set_interval(0.5, lambda: self.query_one(Static).update("Progress"))
Peer().run()
"""


def say(name: str, value: float, unit: str, bound: float | None = None) -> None:
    verdict = "" if bound is None else f"   bound {bound:g} {unit}: {'ok' if value <= bound else 'MISSED'}"
    print(f"{name:<58} {value:>10.3f} {unit}{verdict}", flush=True)


class Child:
    """A program on a pseudo-terminal of 120×40."""

    def __init__(self, command: list[str]) -> None:
        self.started = time.perf_counter()
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
            os.environ.update(TERM="xterm-256color")
            os.chdir(ROOT)
            os.execv(command[0], command)
        self.written = 0

    def until(self, text: bytes) -> float:
        """Seconds from the start to the first frame that holds the text."""
        seen = b""
        while text not in seen:
            if not select.select([self.master], [], [], 20)[0]:
                raise SystemExit(f"{text!r} never came: {seen[-500:]!r}")
            seen += os.read(self.master, 65536)
        return time.perf_counter() - self.started

    def idle(self, seconds: float) -> tuple[float, int]:
        """Share of one core used in so many seconds, and bytes written meanwhile."""
        before, deadline, written = self._cpu(), time.monotonic() + seconds, 0
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                written += len(os.read(self.master, 65536))
        return (self._cpu() - before) / seconds, written

    def _cpu(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self, key: str = "VmHWM") -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(key)) * 1024 / 1e6

    def end(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.master)


def first_frames(folder: Path, times: int = 7) -> None:
    run = make_run(folder, status="completed", current_stage=None, pid=None)
    command = [sys.executable, "-m", "autotrain.dashboard", "--out-dir", str(run.out_dir)]
    found = []
    for _ in range(times):
        child = Child(command)
        found.append(child.until(b"Progress") * 1000)
        child.end()
    say("first frame, median", statistics.median(found), "ms", 300)
    child = Child(command)
    child.until(b"Progress")
    child.idle(1)
    share, written = child.idle(15)
    say("idle CPU, finished run", share * 100, "%", 1)
    say("bytes written in 15 s when nothing changed", written, "B", 0)
    say("peak memory", child.memory_mb(), "MB", 40)
    child.end()


def living_run(folder: Path) -> None:
    run = make_run(folder)
    beat = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 25))
    write_json(run.state, make_state(pid=os.getpid(), heartbeat=beat))
    owner = {"run_id": run.run_id, "pid": os.getpid(), "place": ownership.this_place()}
    write_json(run.out_dir / "pipeline.pid", {**owner, "started": ownership.start_time(os.getpid())})
    child = Child([sys.executable, "-m", "autotrain.dashboard", "--out-dir", str(run.out_dir)])
    child.until(b"RUNNING")
    child.idle(1)
    share, written = child.idle(15)
    say("CPU, living run without news (its clock goes on)", share * 100, "%", 1)
    say("bytes written a second, living run without news", written / 15, "B/s")
    child.end()


def frames(folder: Path) -> None:
    reader = RunReader(make_run(folder), clock=now)
    reader.refresh()
    painter = Painter("256")
    for view in range(1, 6):
        times = []
        for _ in range(100):
            start = time.perf_counter()
            lines = frame.render(reader.snapshot, frame.Screen(view=view), 120, 40, reader.snapshot.recent)
            "".join(painter.paint(line) for line in lines)
            times.append((time.perf_counter() - start) * 1000)
        say(f"frame of view {view} at 120×40, p50", statistics.median(times), "ms", 30)
    times = []
    for _ in range(2000):
        start = time.perf_counter()
        reader.refresh()
        times.append((time.perf_counter() - start) * 1e6)
    say("poll of all files, nothing new, p50", statistics.median(times), "µs")


def long_log(folder: Path, count: int) -> None:
    run = make_run(folder, status="completed", current_stage=None, pid=None)
    with open(run.events, "wb") as stream:
        for step in range(1, count + 1):
            data = {"step": step, "steps": count, "loss": 1 / step, "tokens_per_second": 129.4, "grad_norm": 0.7}
            stream.write(orjson.dumps(event(step, step / 10, "train_step", round=1, data=data)) + b"\n")
    size = run.events.stat().st_size
    print(f"log of {count:,} events, {size / 1e6:.0f} MB")
    start = time.perf_counter()
    reader = RunReader(run, clock=now)
    reader.refresh()
    attach = (time.perf_counter() - start) * 1000
    say("attach (every file read, ready to draw)", attach, "ms", 150)
    for new in (1, 100, 10_000):
        with open(run.events, "ab") as stream:
            for step in range(new):
                stream.write(orjson.dumps(event(count + step, 1, "train_step", round=1, data={"step": count})) + b"\n")
        start = time.perf_counter()
        reader.refresh()
        say(f"refresh after {new:,} new events", (time.perf_counter() - start) * 1000, "ms")
    start = time.perf_counter()
    rows = sum(1 for line in open(run.events, "rb") if orjson.loads(line))
    whole = (time.perf_counter() - start) * 1000
    say(f"peer: parsing the whole log ({rows:,} rows)", whole, "ms")
    say("attach is so many times faster than parsing it whole", whole / attach, "×")
    child = Child([sys.executable, "-m", "autotrain.dashboard", "--out-dir", str(run.out_dir)])
    say("first frame on that log", child.until(b"Progress") * 1000, "ms", 300)
    child.idle(25)
    say("peak memory on that log, its whole curve read", child.memory_mb(), "MB", 40)
    share, written = child.idle(10)
    say("idle CPU on that log afterwards", share * 100, "%", 1)
    child.end()
    follower = Follower(run.events)
    follower.poll()
    start = time.perf_counter()
    for _ in range(10_000):
        follower.poll()
    say("poll of the log, nothing new", (time.perf_counter() - start) * 100, "µs")


def peer(folder: Path) -> None:
    python = folder / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    done = subprocess.run([python, "-m", "pip", "install", "-q", "textual"], capture_output=True, check=False)
    if done.returncode:
        print("peer: textual could not be installed; left out")
        return
    program = folder / "peer.py"
    program.write_text(PEER)
    found = []
    for _ in range(5):
        child = Child([str(python), str(program)])
        found.append(child.until(b"Progress") * 1000)
        child.end()
    say("peer: textual, one label, first frame, median", statistics.median(found), "ms")
    child = Child([str(python), str(program)])
    child.until(b"Progress")
    child.idle(1)
    say("peer: textual, one label at 2 Hz, CPU", child.idle(10)[0] * 100, "%")
    say("peer: textual, one label, peak memory", child.memory_mb(), "MB")
    child.end()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--no-peer", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first_frames(folder / "finished")
        living_run(folder / "living")
        frames(folder / "frames")
        long_log(folder / "long", arguments.events)
        if not arguments.no_peer:
            peer(folder)
    say("peak memory of the benchmark itself", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6, "MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
