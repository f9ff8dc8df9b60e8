"""Runs one stage of a run: starts its script, shows and logs what it says, records how it ended.

`loop.sh` calls it; it writes state.json, events.jsonl and pipeline.log:

    python -m autotrain.loop.runner --stage clean --round 1 --output F -- scripts/02_validate_clean.py ...

A stage whose output is in place and whose state says completed is skipped. SIGTERM (also
the loop's death) asks the stage to leave at its next safe point, SIGINT ends it now.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from autotrain.cli import PROGRESS_VARIABLE, Parser
from autotrain.errors import Interrupted, Stopped, UsageError
from autotrain.loop.runner_watch import Watch
from autotrain.run import ownership, paths, process_group, rebuild, runs, stages, state
from autotrain.run.events import EventLog, utc_now
from autotrain.run.stage_log import StageLog, show

# Credentials reach only the stages that need them.
CREDENTIALS = {
    "OPENAI_API_KEY": ("generate",),
    "OPENAI_BASE_URL": ("generate",),
    "ENDPOINT_API_KEY": ("generate",),
    "HF_TOKEN": ("calibrate", "train", "evaluate", "final"),
    "HUGGING_FACE_HUB_TOKEN": ("calibrate", "train", "evaluate", "final"),
    "WANDB_API_KEY": ("train",),
}
LOOP_VARIABLE = "HEIDI_LOOP_PID"


class Runner:
    """One stage of one round."""

    def __init__(self, run: paths.RunPaths, stage: str, round_number: int, watch: Watch) -> None:
        self.run, self.stage, self.round_number, self.watch = run, stage, round_number, watch
        self.events = EventLog(run.events, run.run_id)

    def execute(self, command: Sequence[str], output: Path | None) -> int:
        """Run the stage unless it is done. Returns its exit code, 75 where a stop was asked for."""
        restarts = 0
        while True:
            now = state.load(self.run)
            if state.stage_done(now, self.round_number, self.stage) and (output is None or output.exists()):
                show(f"round {self.round_number} {self.stage}: done already\n")
                return 0
            if not self.watch.wait_while_paused():
                return Stopped.exit_code
            code = self._once(command)
            if code != Stopped.exit_code or self.watch.stopping():
                return code
            # It left for a pause: it starts again when the pause is over.
            if not self.watch.pause_seen:
                restarts += 1  # a pause too short to be seen here, or a stage that leaves unasked
                if restarts > 1:
                    return code

    def _once(self, command: Sequence[str]) -> int:
        started = time.monotonic()
        self._begin()
        log = StageLog(self.run.log, f"round {self.round_number} {self.stage}")
        code, summary = self._run(command, log)
        if code < 0:
            code = self._ended_by(signal.Signals(-code), log)
        message = log.last_error(self.stage)
        try:
            self._end(code, summary, message, time.monotonic() - started)
        except OSError as error:
            show(f"{self.stage}: error: how it ended could not be recorded: {error.filename}: {error.strerror}.\n")
            if code != 0:
                show(f"{message}\n")
            code = code or 1
        return code

    def _begin(self) -> None:
        ownership.add_runner(self.run.out_dir, os.getpid())
        for adapter in (self.run.adapter(self.round_number),) if self.stage == "train" else ():
            adapter.mkdir(exist_ok=True)
            paths.link_newest(self.run)

        def change(now: state.State) -> None:
            now.update(current_round=self.round_number, current_stage=self.stage, heartbeat=utc_now())
            state.stage_entry(now, self.round_number, self.stage).update(
                status="running", started=utc_now(), ended=None, counts={}
            )

        state.update(self.run, change)
        self.events.emit("stage_started", "", stage=self.stage, round_number=self.round_number)

    def _end(self, code: int, summary: dict[str, Any], message: str, seconds: float) -> None:
        asked = code in (Stopped.exit_code, Interrupted.exit_code)
        status = "completed" if code == 0 else "stopped" if asked else "failed"

        def change(now: state.State) -> None:
            entry = state.stage_entry(now, self.round_number, self.stage)
            entry.update(status=status, ended=utc_now(), counts=rebuild.counts_of(summary), seconds=round(seconds, 3))
            now["counters"] = rebuild.count_files(self.run)
            now["heartbeat"] = utc_now()
            if status == "failed":
                now["error"] = message

        state.update(self.run, change)
        self.events.emit(
            f"stage_{status}",
            message if status == "failed" else "",
            level="error" if status == "failed" else "info",
            stage=self.stage,
            round_number=self.round_number,
            data={"exit_code": code, "seconds": round(seconds, 3), "summary": summary},
        )

    def _run(self, command: Sequence[str], log: StageLog) -> tuple[int, dict[str, Any]]:
        process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(),
            start_new_session=True,
            preexec_fn=process_group.die_with_parent,  # no thread runs yet; a stage never outlives its runner
        )
        assert process.stdout and process.stderr
        output: list[bytes] = []
        stdout = process.stdout
        reader = threading.Thread(target=lambda: output.append(stdout.read()), daemon=True)
        sweeper = threading.Thread(target=process_group.sweep_after, args=(process.pid,), daemon=True)
        reader.start()
        sweeper.start()
        with self.watch.over(process.pid):
            log.relay(process.stderr)
            reader.join()
            sweeper.join()
            code = process.wait()
        return code, _summary(b"".join(output))

    def _environment(self) -> dict[str, str]:
        role = self.stage
        asked = {"final": "YARDSTICK", "generate": "SELF_ENDPOINT"}.get(role, "")  # servers beside the teacher
        if role == "generate" and os.environ.get("TEACHER_MODEL") == "self":
            role = "evaluate"  # no teacher is asked: it loads the base model and answers
        roles = {role, "generate"} if os.environ.get(asked) else {role}
        kept = {name: value for name, value in os.environ.items() if roles & {*CREDENTIALS.get(name, roles)}}
        kept[paths.RUN_DIR_VARIABLE] = str(self.run.root)
        kept[PROGRESS_VARIABLE] = "1" if sys.stderr.isatty() else "0"
        if sys.stderr.isatty():  # a stage writes to a pipe and could not tell
            kept["COLUMNS"] = str(os.get_terminal_size(sys.stderr.fileno()).columns or 80)
        kept[state.PAUSE_VARIABLE] = state.PAUSE_HOLDS if self.watch.holds_on_pause else state.PAUSE_EXITS
        return kept

    def _ended_by(self, number: signal.Signals, log: StageLog) -> int:
        if self.watch.asked_now or number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            log.say(f"{self.stage}: stopped: ended by signal {number.name}.")
            return Interrupted.exit_code
        hint = ""
        if number == signal.SIGKILL:
            hint = " The kernel does that when memory runs out: lower BATCH_SIZE or SEQ_LEN."
        log.say(f"{self.stage}: error: ended by signal {number.name}.{hint}")
        return 1


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
    parser.add_argument("--stage", choices=stages.NAMES, required=True)
    parser.add_argument("--round", type=int, required=True)
    parser.add_argument("--output", type=Path, help="what the stage leaves behind")
    parser.add_argument("command", nargs="+", help="the script and its arguments, after --")
    arguments = parser.parse_args(argv)
    run = paths.run_from_environment()
    if run is None:
        raise UsageError(f"{paths.RUN_DIR_VARIABLE} is not set: loop.sh sets it.")
    loop_pid = int(os.environ.get(LOOP_VARIABLE, "0"))
    holds = arguments.stage == "train" and os.environ.get("PAUSE_FREES_GPU", "1") == "0"
    with Watch(run, loop_pid, holds_on_pause=holds) as watch:
        try:
            code = Runner(run, arguments.stage, arguments.round, watch).execute(arguments.command, arguments.output)
        except OSError as error:
            show(f"{arguments.stage}: error: {error.filename}: {error.strerror}.\n")
            code = 1
        if watch.orphaned():  # nobody else is left to write how the run ended
            error = state.load(run)["error"]
            status = "stopped" if code in (0, Stopped.exit_code, Interrupted.exit_code) else "failed"
            with contextlib.suppress(OSError):
                runs.finish(run, status, loop_pid, error if status == "failed" else None)
    return code


if __name__ == "__main__":
    sys.exit(main())
