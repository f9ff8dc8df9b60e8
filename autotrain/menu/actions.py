"""What the menu's entries do: start and resume a loop that outlives the menu, and steer it.

The loop's own words go to OUT_DIR/loop.log; what the stages say is in the run's pipeline.log.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from autotrain.ask import choice
from autotrain.config import precedence, settings
from autotrain.errors import AutotrainError
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
            last = log.read_bytes()[begin:].decode(errors="replace").strip().splitlines()
            if loop.returncode != 0:
                error = AutotrainError(f"loop.sh ended with exit code {loop.returncode}.")
                if last:
                    error = AutotrainError(last[-1].removeprefix("error: "))
                error.exit_code = max(loop.returncode, 1)
                raise error
            return last[-1] if last else "the loop has ended"
        time.sleep(0.1)
    return f"the loop is still setting up; its words: {log}"


OUTSIDE = ("dashboard", "ask", "report", "export")  # entries that are commands of their own, in this terminal


def command_of(name: str, out_dir: Path) -> list[str]:
    """The command of an entry of OUTSIDE. An export is of the base model that the adapter was trained on."""
    resolved = precedence.resolve({"out_dir": str(out_dir)})
    best = choice.best_adapter(out_dir)
    on = ["--out-dir", str(out_dir)]
    if name == "ask":
        return [sys.executable, str(_script("ask.py")), *on, *([] if best else ["--base"])]
    if name == "export":
        chosen = choice.settings_for(resolved, best)
        base = ["--base-model", chosen.base_model, "--base-revision", chosen.base_revision]
        where = ["--adapter", str(out_dir / "best_adapter"), "--output", str(out_dir / "exported")]
        return [sys.executable, str(_script("export.py")), *where, *base]
    return [sys.executable, "-m", f"autotrain.{name}", *on]


def _script(name: str) -> Path:
    return settings.PROJECT_ROOT / "scripts" / name


def outside(name: str, out_dir: Path) -> int:
    """An entry of OUTSIDE, done in this terminal until it ends. Returns its exit code."""
    return subprocess.run(command_of(name, out_dir), cwd=settings.PROJECT_ROOT, check=False).returncode
