"""Host memory: keep small freed tensors for the next ones, give large ones back, and say how much was used at most.

glibc's own thresholds serve a training badly. Left alone, it keeps freed tensors below
32 MB in a heap that fragments: one micro-batch's activations do not fit into the holes
that the last one left. Where every tensor is a mapping of its own, nothing fragments, but
each is zeroed page by page when it is touched: that was a fifth of a step's time. So
small tensors come out of a heap that is kept, and large ones are mapped.
docs/benchmarks.md has the figures.
"""

import contextlib
import ctypes
import os
import resource

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
MAPPED_FROM_BYTES = 8 << 20
PRIMITIVES = 64  # a step of the embedded model compiles 31 (ONEDNN_VERBOSE=2)


def tune_malloc() -> bool:
    """Make malloc map tensors of 8 MiB and more, and keep what is freed below. False where it has no such switch."""
    try:
        libc = ctypes.CDLL(None)
        return libc.mallopt(_M_MMAP_THRESHOLD, MAPPED_FROM_BYTES) == 1 == libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    except (AttributeError, OSError):
        return False


def bound_primitive_cache() -> None:
    """Make oneDNN keep few compiled products, unless the environment says how many. Before its first product.

    It keeps 1,024, one for each shape, and rows of text come in ever new lengths: a long
    training in bf16 grew by 1.5 GB, and slowed down, for products that never came again.
    """
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", str(PRIMITIVES))


def give_back() -> None:
    """Return to the system what is free now, such as what a model's loading left behind."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def peak_resident_bytes() -> int:
    """Most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def peak_bytes() -> int:
    """Most memory used so far: of the GPU where there is one, else of this process."""
    import torch

    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else peak_resident_bytes()
