"""What the menu's entries do: start and resume a loop that outlives the menu, and steer it.

The loop's own words go to OUT_DIR/loop.log; what the stages say is in the run's pipeline.log.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from autotrain.config import precedence, settings
from autotrain.errors import AutotrainError, UsageError
from autotrain.loop import requests
from autotrain.run import ownership, paths

START_S = 60.0  # how long a loop may take to begin before the menu stops waiting for its first word


def out_dir_of(flag: str | None) -> Path:
    """The OUT_DIR that a loop started now would use. Raises UsageError."""
    return settings.out_path(precedence.resolve({"out_dir": flag}).settings.out_dir)


def newest(out_dir: Path) -> dict[str, Any] | None:
    """The newest run's status, or None where there is no run that can be read."""
    try:
        return requests.status(paths.find_run(out_dir)) if paths.runs(out_dir) else None
    except AutotrainError:
        return None


def launch(out_dir: Path, *flags: str, wait_s: float = START_S) -> str:
    """Start `loop.sh` in a session of its own. Returns what to tell the person.

    Raises AutotrainError with the loop's own last words where it ended before it began.
    """
    log = out_dir / "loop.log"
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        stream = open(log, "ab")  # another loop may be writing to it
    except OSError as error:
        raise AutotrainError(f"{error.filename}: {error.strerror}.") from None
    with stream:
        begin = stream.tell()
        loop = subprocess.Popen(
            [str(settings.PROJECT_ROOT / "scripts" / "loop.sh"), "--out-dir", str(out_dir), *flags],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,  # so that closing the menu or the terminal does not end it
        )
    until = time.monotonic() + wait_s
    while time.monotonic() < until:
        owner = ownership.recorded(out_dir)
        if owner is not None and owner.loop.pid == loop.pid:
            return f"run {owner.run_id} works in the background; its words: {log}"
        if loop.poll() is not None:
            said = log.read_bytes()[begin:].decode(errors="replace")
            last = said.strip().splitlines()
            if loop.returncode != 0:
                raise _ended(loop.returncode, said)
            return last[-1] if last else "the loop has ended"
        time.sleep(0.1)
    return f"the loop is still setting up; its words: {log}"


def plan(out_dir: Path) -> list[str]:
    """What a run started now would do, its minutes and its money: the loop's own plan, without the settings.

    Raises AutotrainError with the loop's own last words where it could not begin.
    """
    command = [str(settings.PROJECT_ROOT / "scripts" / "loop.sh"), "--dry-run", "--out-dir", str(out_dir)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _ended(done.returncode, done.stderr)
    return done.stderr.strip().splitlines() + done.stdout.partition("\n\n")[0].splitlines()


def _ended(code: int, words: str) -> AutotrainError:
    last = words.strip().splitlines()
    error = AutotrainError(last[-1].removeprefix("error: ") if last else f"loop.sh ended with exit code {code}.")
    error.exit_code = max(code, 1)
    return error


# What has the terminal to itself: its command, and whether its last words wait for the person.
OUTSIDE = {
    "dashboard": (("-m", "autotrain.dashboard"), False),
    "ask": (("scripts/ask.py", "--base"), False),
    "export": (("scripts/export.py",), True),
    "doctor": (("-m", "autotrain.doctor"), True),
}


def outside(name: str, out_dir: Path) -> int:
    """An entry that has the terminal to itself. Returns its exit code, 0 where it has said by itself what is wrong."""
    words, waits = OUTSIDE[name]
    where = ["--out-dir", str(out_dir)] if name != "doctor" else []
    more = _export_flags(out_dir) if name == "export" else []
    code = subprocess.run([sys.executable, *words, *where, *more], cwd=settings.PROJECT_ROOT, check=False).returncode
    if sys.stdin.isatty() and (waits or code):
        input("\nEnter goes back to the menu. ")
        return 0
    return code


def _export_flags(out_dir: Path) -> list[str]:
    """The best adapter, merged into the base that it was trained on. Raises UsageError where there is none."""
    from autotrain.ask import choice

    adapter = choice.best_adapter(out_dir)
    if adapter is None:
        raise UsageError(f"{out_dir} holds no best_adapter yet: ./scripts/loop.sh trains one.")
    base = choice.settings_for(precedence.resolve({"out_dir": str(out_dir)}), adapter)
    flags = ["--adapter", str(adapter), "--output", str(out_dir / "exported"), "--base-model", base.base_model]
    return [*flags, "--base-revision", base.base_revision] if base.base_revision else flags


def report(out_dir: Path) -> str:
    """Write the newest run's page. Returns what to tell the person."""
    from autotrain.report.write import write_report

    return f"written: {write_report(paths.find_run(out_dir))}"
