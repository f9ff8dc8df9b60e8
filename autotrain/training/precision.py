"""Which number formats a machine trains in: by its GPU's compute capability, or by its processor's instructions.

Standard library only, so that the preflight can ask without loading torch.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

# Processors that multiply bf16 numbers in one instruction; elsewhere bf16 is slower than fp32.
NATIVE_BF16 = frozenset({"avx512_bf16", "amx_bf16", "bf16", "svebf16"})
BF16_FROM = (8, 0)  # Ampere; Turing (7.5) has fp16 only


@dataclass(frozen=True)
class Precision:
    """Names of torch dtypes: of the forward pass, and of the adapter's weights."""

    compute: str
    adapter: str = "float32"

    @property
    def compute_bytes(self) -> int:
        return 4 if self.compute == "float32" else 2


def choose(capability: tuple[int, int] | None) -> Precision:
    """bf16 from compute capability 8.0, fp16 on older cards, fp32 without CUDA (`capability` None).

    The adapter is fp32 everywhere: Turing's fp16 scaler fails on bf16 gradients
    (huggingface/trl#4901), and an fp32 adapter resumes without drift.
    """
    if capability is None:
        return Precision("float32")
    return Precision("bfloat16" if capability >= BF16_FROM else "float16")


def cpu_products(wanted: str) -> str:
    """The dtype in which a CPU multiplies matrices (`wanted`: CPU_COMPUTE_DTYPE).

    What QLoRA calls the compute dtype: 4-bit weights are unpacked to it, and the factors of a
    product are rounded to it; sums, norms, the residual stream and the adapter stay fp32.
    """
    if wanted != "auto":
        return wanted
    return "bfloat16" if processor_flags() & NATIVE_BF16 else "float32"


@functools.cache
def processor_flags() -> frozenset[str]:
    """What the first processor can do, in the kernel's words."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return frozenset()
    found = (line.partition(":")[2].split() for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(found, ()))
