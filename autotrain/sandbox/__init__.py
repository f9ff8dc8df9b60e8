"""Runs generated code, and is the only part of the project that does.

    from autotrain.sandbox import Job, Sandbox
    with Sandbox(workers=2) as sandbox:
        verdict = sandbox.check(Job(code="def f(x): return x", tests="assert f(1) == 1"))

Covered. A program sees /usr, the interpreter and folders of its own, no network, no other
process, no variable of the pipeline's; its time, memory, disk, output and processes are
limited, and all that it started is dead when its verdict is given. Its box is new: nothing in
there tells that another program ran before. It cannot forge a verdict: tests run in another
process, where only plain values arrive, an object of the program's never learns the value that
a test expects, and which tests there are, and which errors end them, is read from their text.

Not covered. Faults of the kernel, of the processor (timing) and of the interpreter's own C
code; what the machine itself counts (docs/sandbox.md). Under `uid` and `ll` a program can tell
whether a path outside exists and how large it is (Landlock does not govern stat), and under
`ll` chmod and its like do nothing. A verdict marked `weak` (the tests patch the program, start
threads, derive from its classes) was made in the program's own process and can be forged.
Tests that ask the program itself for the right answer prove nothing anywhere. `SANDBOX=off`
contains nothing.
"""

from autotrain.sandbox.jobs import STATUSES, Job, Limits, Verdict
from autotrain.sandbox.probing import Finding, probe
from autotrain.sandbox.supervisor import Sandbox

__all__ = ["STATUSES", "Finding", "Job", "Limits", "Sandbox", "Verdict", "probe"]
