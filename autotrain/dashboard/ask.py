"""Asks a run to stop, pause or continue, through `autotrain.loop.control`: the dashboard writes nothing itself."""

import subprocess
import sys
from pathlib import Path

TIMEOUT_S = 20.0


def ask(what: str, out_dir: Path) -> str:
    """`what`: stop, pause or continue. Returns what control said, in one line, also where it refused."""
    command = [sys.executable, "-m", "autotrain.loop.control", "begin", f"--{what}", "--out-dir", str(out_dir)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{what}: {error}"
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return said[-1] if said else f"{what}: control ended with exit code {done.returncode} and said nothing"
