"""Runs generated code, and is the only part of the project that does.

from autotrain.sandbox import Job, Sandbox
with Sandbox(workers=2) as sandbox:
    verdict = sandbox.check(Job(code="def f(x): return x", tests="assert f(1) == 1"))
"""

from autotrain.sandbox.jobs import STATUSES, Job, Limits, Verdict
from autotrain.sandbox.probing import Finding, probe
from autotrain.sandbox.supervisor import Sandbox

__all__ = ["STATUSES", "Finding", "Job", "Limits", "Sandbox", "Verdict", "probe"]
