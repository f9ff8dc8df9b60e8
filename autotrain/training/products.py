"""Products of fp32 matrices whose factors are rounded to bf16, where the processor multiplies bf16 natively."""

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def rounded_products(dtype: torch.dtype) -> Iterator[None]:
    """Inside, the CPU's products of fp32 matrices round their factors to `dtype`; sums and results stay fp32."""
    matmul = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = matmul.fp32_precision
    matmul.fp32_precision = "bf16" if dtype == torch.bfloat16 else before
    try:
        yield
    finally:
        matmul.fp32_precision = before
