"""Host memory: what the allocator and oneDNN are told takes hold."""

import os
import subprocess
import sys

import pytest

from autotrain.config.settings import PROJECT_ROOT
from autotrain.training import allocation

# Products of `count` shapes, twice over: oneDNN says of each whether it was compiled anew.
PRODUCTS = """
import sys, torch
from autotrain.training import allocation
allocation.bound_primitive_cache()
weight = torch.zeros(64, 64).bfloat16()
for turn in range(2):
    for length in range(int(sys.argv[1])):
        torch.nn.functional.linear(torch.zeros(length + 64, 64).bfloat16(), weight)
"""


def hits(count: int, **variables: str) -> tuple[int, int]:
    """Products found in the cache, and those compiled."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "ONEDNN_VERBOSE": "2", **variables}
    done = subprocess.run(
        [sys.executable, "-c", PRODUCTS, str(count)], capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.count("create:cache_hit"), done.stdout.count("create:cache_miss")


def test_onednn_forgets_products_of_lengths_long_gone() -> None:
    found, compiled = hits(20)
    if not compiled:
        pytest.skip("this build of torch multiplies bf16 without oneDNN")
    assert (found, compiled) == (20, 20)
    beyond = allocation.PRIMITIVES + 10
    assert hits(beyond) == (0, 2 * beyond)


def test_a_person_s_own_bound_stands() -> None:
    if not sum(hits(1)):
        pytest.skip("this build of torch multiplies bf16 without oneDNN")
    assert hits(20, ONEDNN_PRIMITIVE_CACHE_CAPACITY="8") == (0, 40)
