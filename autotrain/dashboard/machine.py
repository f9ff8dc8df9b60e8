"""What processor and memory of this machine do, asked at most every two seconds."""

import time

from autotrain.dashboard.snapshot import Machine

INTERVAL_S = 2.0


class MachineWatch:
    """Asks the operating system; the first answer comes after one interval, over which the processor is measured."""

    def __init__(self) -> None:
        self._next = 0.0
        self._begun = False
        self.machine: Machine | None = None

    def poll(self) -> bool:
        """Whether there is news."""
        if time.monotonic() < self._next:
            return False
        import psutil

        self._next = time.monotonic() + INTERVAL_S
        percent, memory = psutil.cpu_percent(interval=None), psutil.virtual_memory()
        if not self._begun:
            self._begun = True  # nothing has been measured yet
            return False
        self.machine = Machine(percent, memory.total - memory.available, memory.total)
        return True
