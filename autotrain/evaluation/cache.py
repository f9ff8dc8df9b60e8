"""A key-value cache whose rows come and go while a batch is generated.

The library's cache copies everything it holds at each token. This one writes into
buffers with room ahead, drops the rows of finished answers and takes in new prompts, so
that the batch stays full until the last prompt is reached.
"""

from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

ROOM = 64  # positions added whenever a buffer is full


class GrowingLayer(DynamicLayer):
    """Keys and values of one layer. Buffers: (rows, kv_heads, positions + room, d)."""

    def __init__(self) -> None:
        super().__init__()
        self.length = 0
        self._buffers: list[torch.Tensor] = []

    def get_seq_length(self) -> int:
        return self.length

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, cache_kwargs: dict[str, Any] | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self.is_initialized = True
        end = self.length + key_states.shape[2]
        if not self._buffers or end > self._buffers[0].shape[2]:
            self._buffers = [
                _with_room(old, new, self.length, end + ROOM)
                for old, new in zip(self._buffers or [None, None], (key_states, value_states), strict=True)
            ]
        for buffer, new in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:, :, self.length : end] = new
        self.length = end
        self.keys, self.values = (buffer[:, :, :end] for buffer in self._buffers)
        return self.keys, self.values

    def keep_rows(self, rows: torch.Tensor, start: int) -> None:
        """Keep these rows only, and drop the first `start` positions, which are padding in all of them."""
        self._buffers = [buffer[:, :, start:].index_select(0, rows) for buffer in self._buffers]
        self.length -= start

    def join(self, other: "GrowingLayer") -> None:
        """Put another layer's rows below these, both aligned at their right ends."""
        length = max(self.length, other.length)
        self._buffers = [
            torch.cat([_right_aligned(mine, self.length, length), _right_aligned(theirs, other.length, length)])
            for mine, theirs in zip(self._buffers, other._buffers, strict=True)
        ]
        self.length = length


def _with_room(old: torch.Tensor | None, new: torch.Tensor, length: int, size: int) -> torch.Tensor:
    rows, heads, _, width = new.shape
    buffer = new.new_empty((rows, heads, size, width))
    if old is not None:
        buffer[:, :, :length] = old[:, :, :length]
    return buffer


def _right_aligned(buffer: torch.Tensor, length: int, wanted: int) -> torch.Tensor:
    rows, heads, _, width = buffer.shape
    result = buffer.new_zeros((rows, heads, wanted + ROOM, width))
    result[:, :, wanted - length : wanted] = buffer[:, :, :length]
    return result


def new_cache(layers: int) -> Cache:
    """An empty cache of growing layers."""
    return Cache(layers=[GrowingLayer() for _ in range(layers)])
