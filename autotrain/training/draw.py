"""Which rows meet in a batch: the order of a training's rows, drawn again before it begins.

The memory preflight asks for the most tokens that any micro-batch will hold. Two long
rows that never meet cost nothing, and who meets whom follows from the seed alone
(tests/test_draw.py holds it against the batches that a training really saw).
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from autotrain.settings import Settings
from autotrain.training.examples import pack_lengths

MOST_ROWS = 5_000_000  # that are drawn again; longer trainings meet most of their longest rows anyway


@dataclass(frozen=True)
class Rows:
    """The lengths of a training's examples, in order, and the number of processes that share them."""

    lengths: Sequence[int]
    processes: int = 1

    def largest_batch(self, settings: Settings) -> int:
        """Most tokens in any micro-batch of the training that `settings` describe."""
        rows = self._packed(settings)
        if not rows:
            return settings.batch_size * settings.seq_len
        batches = -(-len(rows) // settings.batch_size)
        steps = -(-batches // settings.grad_accum)  # of an epoch, whose last step may be short of batches
        epochs = -(-settings.train_steps // steps)
        if self.processes > 1 or epochs * len(rows) > MOST_ROWS:
            return sum(heapq.nlargest(settings.batch_size, rows))
        return max(
            _largest_of_epoch(rows, settings, epoch, min(steps, settings.train_steps - epoch * steps))
            for epoch in range(epochs)
        )

    def _packed(self, settings: Settings) -> list[int]:
        fitting = [length for length in self.lengths if length <= settings.seq_len]
        if not settings.packing:
            return fitting
        return [sum(fitting[index] for index in row) for row in pack_lengths(fitting, settings.seq_len)]


def _largest_of_epoch(rows: list[int], settings: Settings, epoch: int, steps: int) -> int:
    import torch

    # As accelerate's SeedableRandomSampler draws.
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(settings.seed + epoch))
    drawn = torch.nn.functional.pad(torch.tensor(rows)[order], (0, -len(rows) % settings.batch_size))
    return int(drawn.view(-1, settings.batch_size).sum(1)[: steps * settings.grad_accum].max())
