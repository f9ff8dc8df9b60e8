"""On which bits an adapter is better, in words: for the headline, the report, and the card of an exported model.

adapter_bits_line(read_json(run.final)["adapter_bits"])
"""

from collections.abc import Mapping
from typing import Any


def adapter_bits_line(found: Mapping[str, Any]) -> str:
    """On which bits the adapter is better, for people."""
    told = ", ".join(f"on {bits} bits {score_text(score)}" for bits, score in found["scores"].items() if score)
    verdict = f"better on {found['better_on']} bits" if found["better_on"] else "as good on either"
    return (
        f"The adapter, trained on {found['trained_on']} bits, on {found['set']}: {told}; {verdict} "
        f"({found['gained']} gained, {found['lost']} lost by the change, p = {found['p']:.2g})"
    )


def score_text(score: Mapping[str, Any]) -> str:
    """A pass rate with its 95 % interval, in percent."""
    low, high = score["interval"]
    return f"{score['value']:.1%} ({low * 100:.1f} to {high * 100:.1f})"
