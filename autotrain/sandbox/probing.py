"""What each tier of the sandbox holds on this machine, for `python -m autotrain.doctor`."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from autotrain.errors import SandboxUnavailable
from autotrain.sandbox import canaries
from autotrain.sandbox.inside import kernel
from autotrain.sandbox.supervisor import run_canaries
from autotrain.sandbox.tiers import DESCRIPTIONS
from autotrain.sandbox.zygotes import SlotLost, Zygote


@dataclass(frozen=True)
class Finding:
    """One tier: whether it holds, what became of each canary, or why it did not start."""

    tier: str
    description: str
    holds: bool
    canaries: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    start_s: float = 0.0


def probe(tiers: Sequence[str] = ("ns", "uid", "ll")) -> list[Finding]:
    """Start every tier in turn and let its canaries loose. Takes well under a second a tier."""
    return [_probe(tier) for tier in tiers]


def _probe(tier: str) -> Finding:
    description = DESCRIPTIONS[tier]
    if not kernel.supported():
        return Finding(tier, description, False, reason=f"not on {os.uname().sysname} {kernel.MACHINE}")
    start = time.monotonic()
    zygote = slot = None
    try:
        zygote = Zygote(tier, ())
        slot = zygote.open_slot()
        results = run_canaries(slot)
        broken = canaries.failures(results)
        return Finding(tier, description, not broken, results, "; ".join(broken), time.monotonic() - start)
    except (SandboxUnavailable, SlotLost) as error:
        return Finding(tier, description, False, reason=str(error))
    finally:
        if slot is not None:
            slot.close()
        if zygote is not None:
            zygote.close()
