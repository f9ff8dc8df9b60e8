"""What goes into the sandbox and what comes out: values only, no behaviour.

A `Job` is code with its tests and limits, a `Verdict` is what became of it. Both are
frozen and compare by value, so a ledger or a cache can hold them.
"""

from dataclasses import dataclass

MIB = 1024 * 1024
MOST_DISK_BYTES = 256 * MIB  # no job may ask for more
MOST_CODE_BYTES = 4 * MIB
MOST_NAME_CHARACTERS = 500  # of an entry point

# passed: every test passed        failed: at least one test did not
# error: the code or the tests could not be run to their end
# timeout, memory, output: that limit was hit     killed: died of a signal
# refused: the sandbox would not run it at all
STATUSES = ("passed", "failed", "error", "timeout", "memory", "output", "killed", "refused")


@dataclass(frozen=True)
class Limits:
    """What one program may use before it is killed."""

    wall_s: float = 5.0
    cpu_s: float = 5.0
    memory_bytes: int = 512 * MIB
    disk_bytes: int = 32 * MIB
    output_bytes: int = 65536  # kept of each stream; what is beyond is cut
    output_total_bytes: int = 8 * MIB  # a stream that grows beyond this ends the program
    processes: int = 32  # and four threads for each


@dataclass(frozen=True)
class Job:
    """Code, the tests that judge it, and limits. Without tests it is parsed and imported only.

    Neighbours of one `group` must learn nothing of each other, not even which of them ran
    first: they start in random order, but for the last one, and no two of them in one slot.
    """

    code: str
    tests: str = ""
    entry_point: str | None = None
    limits: Limits = Limits()
    group: str = ""


@dataclass(frozen=True)
class Verdict:
    """What became of a job. `weak`: the tests ran in the candidate's own process."""

    status: str
    tests_passed: int = 0
    tests_failed: int = 0
    seconds: float = 0.0
    stdout: str = ""
    stderr: str = ""
    message: str = ""
    tier: str = ""
    weak: bool = False

    @property
    def passed(self) -> bool:
        return self.status == "passed"
