"""How the threads of a process share the processor with whatever else this machine does.

Sets an environment variable that OpenMP reads when torch is loaded, whose wheels for Linux carry GNU's libgomp;
autotrain/cli.py calls it for every stage and command. What a person has set stands.

    threads.wait_briefly()                     # before torch is imported
    torch.set_num_threads(threads.count())
"""

import os

# A thread whose share of an operation is done spins until the next one begins: libgomp for 300,000 turns, which is
# milliseconds that another process could use while it waits for a thread that is not even running (docs/benchmarks.md).
VARIABLE, SPINS = "GOMP_SPINCOUNT", 1000
POLICY = "OMP_WAIT_POLICY"  # the standard's own word for the same


def wait_briefly() -> None:
    """Let threads that wait go to sleep soon, unless the environment says how they wait."""
    if POLICY not in os.environ:
        os.environ.setdefault(VARIABLE, str(SPINS))


def count() -> int:
    """How many threads compute: OMP_NUM_THREADS, else every core that this process may use."""
    try:
        return max(1, int(os.environ["OMP_NUM_THREADS"]))
    except (KeyError, ValueError):
        return len(os.sched_getaffinity(0))
