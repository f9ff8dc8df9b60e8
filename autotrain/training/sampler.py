"""Which rows meet in a batch: the order of a training's rows, drawn again before it begins.

The memory preflight asks for the most tokens that any micro-batch will hold. Two long
rows that never meet cost nothing, and who meets whom follows from the seed alone
(tests/training/test_sampler.py holds it against the batches that a training really saw).
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from autotrain.config.settings import Settings
from autotrain.training.examples import Example, pack_lengths

MOST_ROWS = 5_000_000  # that are drawn again; longer trainings meet most of their longest rows anyway


class Size(NamedTuple):
    """Tokens of a row or of a micro-batch, and how many of them are trained on."""

    tokens: int
    answers: int


@dataclass(frozen=True)
class Rows:
    """The sizes of a training's examples, in order, and the number of processes that share them."""

    sizes: Sequence[Size]
    processes: int = 1

    @classmethod
    def of(cls, examples: Sequence[Example], processes: int = 1) -> "Rows":
        """The sizes of these examples."""
        return cls([Size(len(example.input_ids), example.answer_tokens) for example in examples], processes)

    def largest_batch(self, settings: Settings) -> Size:
        """Most tokens, and most answer tokens, in any micro-batch of the training that `settings` describe."""
        rows = self._packed(settings)
        if not rows:
            return longest_possible(settings)
        batches = -(-len(rows) // settings.batch_size)
        steps = -(-batches // settings.grad_accum)  # of an epoch, whose last step may be short of batches
        epochs = -(-settings.train_steps // steps)
        if self.processes > 1 or epochs * len(rows) > MOST_ROWS:
            return Size(*(sum(heapq.nlargest(settings.batch_size, values)) for values in zip(*rows, strict=True)))
        largest = [
            _largest_of_epoch(rows, settings, epoch, min(steps, settings.train_steps - epoch * steps))
            for epoch in range(epochs)
        ]
        return Size(*map(max, zip(*largest, strict=True)))

    def steps_of_a_pass(self, settings: Settings) -> int:
        """Optimiser steps in which every row is seen once."""
        batches = -(-len(self._packed(settings)) // (settings.batch_size * self.processes))
        return max(1, -(-batches // settings.grad_accum))

    def _packed(self, settings: Settings) -> list[Size]:
        fitting = [size for size in self.sizes if size.tokens <= settings.seq_len]
        if not settings.packing:
            return fitting
        packed = pack_lengths([size.tokens for size in fitting], settings.seq_len)
        return [Size(*map(sum, zip(*(fitting[index] for index in row), strict=True))) for row in packed]


def longest_possible(settings: Settings) -> Size:
    """A micro-batch whose rows are all SEQ_LEN long and trained on from the first token."""
    tokens = settings.batch_size * settings.seq_len
    return Size(tokens, tokens)


def _largest_of_epoch(rows: list[Size], settings: Settings, epoch: int, steps: int) -> list[int]:
    import torch

    # As accelerate's SeedableRandomSampler draws.
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(settings.seed + epoch))
    drawn = torch.nn.functional.pad(torch.tensor(rows)[order], (0, 0, 0, -len(rows) % settings.batch_size))
    batches = drawn.view(-1, settings.batch_size, 2).sum(1)
    return batches[: steps * settings.grad_accum].amax(0).tolist()
