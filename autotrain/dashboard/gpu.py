"""What the GPUs do, from nvidia-smi where there is one; asked in the background, never waited for."""

import shutil
import subprocess
import time

from autotrain.dashboard.snapshot import Gpu

INTERVAL_S = 2.0
_QUERY = "name,utilization.gpu,memory.used,memory.total"
_MIB = 1 << 20


class GpuWatch:
    """Asks at most every two seconds, and only while somebody looks."""

    def __init__(self, program: str = "nvidia-smi") -> None:
        self._program = shutil.which(program)
        self._process: subprocess.Popen[str] | None = None
        self._next = 0.0
        self.gpus: list[Gpu] = []

    def poll(self) -> bool:
        """Take an answer that is ready and ask again; whether it is news."""
        if self._program is None:
            return False
        news = False
        if self._process is not None and self._process.poll() is not None:
            output = self._process.communicate()[0]
            gpus = parse(output) if self._process.returncode == 0 else []
            news, self.gpus, self._process = gpus != self.gpus, gpus, None
        if self._process is None and time.monotonic() >= self._next:
            self._next = time.monotonic() + INTERVAL_S
            command = [self._program, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        return news

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def parse(output: str) -> list[Gpu]:
    """nvidia-smi's lines; a value that a card does not report ([N/A]) is None."""
    gpus = []
    for line in output.splitlines():
        fields = [field.strip() for field in line.rsplit(",", 3)]
        if len(fields) == 4:
            used, total = _number(fields[2]), _number(fields[3])
            gpus.append(
                Gpu(
                    fields[0],
                    _number(fields[1]),
                    None if used is None else used * _MIB,
                    None if total is None else total * _MIB,
                )
            )
    return gpus


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
