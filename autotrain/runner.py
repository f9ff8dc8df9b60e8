"""Runs one stage of a run: starts its script, shows and logs what it says, records how it ended.

`loop.sh` calls it; it writes state.json, events.jsonl and pipeline.log:

    python -m autotrain.runner --stage clean --round 1 --output F -- scripts/02_validate_clean.py ...

A stage whose output is in place and whose state says completed is skipped. Ctrl-C once
asks the stage to stop at its next safe point; twice ends it now.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import orjson

from autotrain import paths, runs, state
from autotrain.cleaning.secrets import redact
from autotrain.cli import PROGRESS_VARIABLE, Parser
from autotrain.errors import Stopped, UsageError
from autotrain.events import EventLog, utc_now

HEARTBEAT_S = 5.0
# Credentials reach only the stages that need them.
CREDENTIALS = {
    "OPENAI_API_KEY": ("generate",),
    "OPENAI_BASE_URL": ("generate",),
    "HF_TOKEN": ("train", "evaluate"),
    "HUGGING_FACE_HUB_TOKEN": ("train", "evaluate"),
    "WANDB_API_KEY": ("train",),
}


class Runner:
    """One stage of one round."""

    def __init__(self, run: paths.RunPaths, stage: str, round_number: int) -> None:
        self.run, self.stage, self.round_number = run, stage, round_number
        self.events = EventLog(run.events, run.run_id)
        self._process: subprocess.Popen[bytes] | None = None
        self._signals = 0
        self._last_line = ""

    def execute(self, command: Sequence[str], output: Path | None) -> int:
        """Run the stage unless it is done. Returns its exit code, 75 where a stop was asked for."""
        now = state.load(self.run)
        if state.stage_done(now, self.round_number, self.stage) and (output is None or output.exists()):
            self._say(f"round {self.round_number} {self.stage}: done already")
            return 0
        if now["stop_requested"]:
            return Stopped.exit_code
        self._begin()
        started = time.monotonic()
        code, summary = self._run(command)
        self._end(code, summary, time.monotonic() - started)
        return code

    def _begin(self) -> None:
        def change(now: state.State) -> None:
            now.update(current_round=self.round_number, current_stage=self.stage, heartbeat=utc_now())
            state.stage_entry(now, self.round_number, self.stage).update(
                status="running", started=utc_now(), ended=None, counts={}
            )

        state.update(self.run, change)
        self.events.emit("stage_started", "", stage=self.stage, round_number=self.round_number)

    def _end(self, code: int, summary: dict[str, Any], seconds: float) -> None:
        status = "completed" if code == 0 else "stopped" if code in (75, 130) else "failed"
        counts = {name: value for name, value in summary.items() if isinstance(value, (int, float))}

        def change(now: state.State) -> None:
            entry = state.stage_entry(now, self.round_number, self.stage)
            entry.update(status=status, ended=utc_now(), counts=counts, seconds=round(seconds, 3))
            now["counters"] = runs.counters(self.run)
            now["heartbeat"] = utc_now()
            if status == "failed":
                now["error"] = self._last_line

        state.update(self.run, change)
        self.events.emit(
            f"stage_{status}",
            self._last_line if status == "failed" else "",
            level="error" if status == "failed" else "info",
            stage=self.stage,
            round_number=self.round_number,
            data={"exit_code": code, "seconds": round(seconds, 3), "summary": summary},
        )

    def _run(self, command: Sequence[str]) -> tuple[int, dict[str, Any]]:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        self._process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(),
            start_new_session=True,  # so that Ctrl-C reaches the runner alone
        )
        assert self._process.stdout and self._process.stderr
        done = threading.Event()
        beat = threading.Thread(target=self._beat, args=(done,), daemon=True)
        output: list[bytes] = []
        reader = threading.Thread(target=lambda stream: output.append(stream.read()), args=(self._process.stdout,))
        beat.start()
        reader.start()
        self._relay(self._process.stderr)
        reader.join()
        code = self._process.wait()
        done.set()
        beat.join()
        if code < 0:  # ended by a signal: say so as the shell would
            self._last_line = f"{self.stage}: error: ended by signal {signal.Signals(-code).name}."
            if -code == signal.SIGKILL:
                self._last_line += " The kernel does that when memory runs out: lower BATCH_SIZE or SEQ_LEN."
            self._say(self._last_line)
            code = 130 if self._signals else 1
        return code, _summary(b"".join(output))

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if self.stage in CREDENTIALS.get(name, (self.stage,))}
        kept[paths.RUN_DIR_VARIABLE] = str(self.run.root)
        kept[PROGRESS_VARIABLE] = "1" if sys.stderr.isatty() else "0"
        return kept

    def _relay(self, stream: IO[bytes]) -> None:
        # The terminal gets the bytes as they come; the log gets finished lines without secrets.
        pending = b""
        with open(self.run.log, "ab", buffering=0) as log:
            log.write(f"== {utc_now()} round {self.round_number} {self.stage}\n".encode())
            while block := os.read(stream.fileno(), 65536):
                os.write(2, block)
                *lines, pending = (pending + block).split(b"\n")
                for line in lines:
                    self._log(log, line)
            if pending:
                self._log(log, pending)

    def _log(self, log: IO[bytes], line: bytes) -> None:
        text = redact(line.rsplit(b"\r", 1)[-1].decode("utf-8", "replace")).rstrip()
        if text:
            self._last_line = text
            log.write(text.encode("utf-8", "replace") + b"\n")

    def _beat(self, done: threading.Event) -> None:
        while not done.wait(HEARTBEAT_S):
            state.update(self.run, lambda now: now.update(heartbeat=utc_now()))

    def _on_signal(self, number: int, frame: Any) -> None:
        self._signals += 1
        process = self._process
        if self._signals == 1:
            os.write(2, b"\nStopping at the next safe point; once more to stop now.\n")
            threading.Thread(target=self._request_stop, daemon=True).start()
        elif process is not None:
            os.killpg(process.pid, signal.SIGINT if self._signals == 2 else signal.SIGKILL)

    def _request_stop(self) -> None:
        def change(now: state.State) -> None:
            now["stop_requested"] = True
            if now["status"] in ("running", "paused"):
                state.move(now, "stopping")

        state.update(self.run, change)
        self.events.emit("stop_requested", "by a signal", stage=self.stage, round_number=self.round_number)

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


def _summary(output: bytes) -> dict[str, Any]:
    lines = output.strip().splitlines()
    if not lines:
        return {}
    try:
        value = orjson.loads(lines[-1])
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser(description="Run one stage of the current run.")
    parser.add_argument("--stage", choices=state.STAGES, required=True)
    parser.add_argument("--round", type=int, required=True)
    parser.add_argument("--output", type=Path, help="what the stage leaves behind")
    parser.add_argument("command", nargs="+", help="the script and its arguments, after --")
    arguments = parser.parse_args(argv)
    run = paths.run_from_environment()
    if run is None:
        raise UsageError(f"{paths.RUN_DIR_VARIABLE} is not set: loop.sh sets it.")
    return Runner(run, arguments.stage, arguments.round).execute(arguments.command, arguments.output)


if __name__ == "__main__":
    sys.exit(main())
