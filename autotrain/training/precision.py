"""Which number formats a machine trains in: a function of its GPU's compute capability alone.

Standard library only, so that the preflight can ask without loading torch.
"""

from dataclasses import dataclass

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
