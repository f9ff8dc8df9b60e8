"""From samples to token rows: loss on the answer only, whole examples or none.

An example that does not fit SEQ_LEN is dropped and counted, never cut: cutting the
right end would take away the EOS, and a prompt that fills the row would train at loss 0.
"""

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autotrain.jsonl import Row
from autotrain.tasks import prompts

IGNORED = -100  # the label of a token that the loss does not see


@dataclass(frozen=True)
class Example:
    """Token ids and labels of one example (same length); `answer_tokens` of them are trained on."""

    input_ids: list[int]
    labels: list[int]

    @property
    def answer_tokens(self) -> int:
        return sum(label != IGNORED for label in self.labels)


@dataclass
class Encoded:
    """The examples that fit, and what was left out."""

    examples: list[Example] = field(default_factory=list)
    too_long: int = 0

    @property
    def tokens(self) -> int:
        return sum(len(example.input_ids) for example in self.examples)

    @property
    def answer_tokens(self) -> int:
        return sum(example.answer_tokens for example in self.examples)


def encode_row(tokenizer: Any, row: Row, thinking: str = "auto") -> Example:
    """One sample as an example: prompt tokens ignored, the answer and its EOS trained on."""
    prompt = prompts.encode_prompt(tokenizer, row, thinking)
    answer = prompts.encode_answer(tokenizer, row["output"])
    return Example(prompt + answer, [IGNORED] * len(prompt) + answer)


def encode_rows(tokenizer: Any, rows: Iterable[Row], seq_len: int, thinking: str = "auto") -> Encoded:
    """All samples that fit into `seq_len` tokens, in order, and the count of those that do not."""
    encoded = Encoded()
    for row in rows:
        example = encode_row(tokenizer, row, thinking)
        if len(example.input_ids) > seq_len:
            encoded.too_long += 1
        else:
            encoded.examples.append(example)
    return encoded


def pack(examples: Sequence[Example], seq_len: int) -> list[list[Example]]:
    """Examples grouped into rows of at most `seq_len` tokens."""
    rows = pack_lengths([len(example.input_ids) for example in examples], seq_len)
    return [[examples[index] for index in row] for row in rows]


def pack_lengths(lengths: Sequence[int], seq_len: int) -> list[list[int]]:
    """Places in `lengths` grouped into rows of at most `seq_len` tokens, best fit by decreasing length.

    Within 11/9 of the fewest rows possible (Johnson 1973); deterministic.
    """
    rows: list[list[int]] = []
    free: list[tuple[int, int]] = []  # (tokens left, row), sorted
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        place = bisect.bisect_left(free, (lengths[index], 0))
        if place == len(free):
            rows.append([])
            bisect.insort(free, (seq_len, len(rows) - 1))
            place = len(free) - 1
        left, row = free.pop(place)
        rows[row].append(index)
        bisect.insort(free, (left - lengths[index], row))
    return [sorted(row) for row in rows]


def collate(rows: Sequence[Sequence[Example]]) -> dict[str, Any]:
    """One batch without padding: all examples of all rows side by side, positions restarting at 0.

    Position ids that restart tell transformers where examples end, so that no token
    attends to a neighbouring example (tests/training/test_examples.py holds the logits equal).
    Shapes: input_ids, labels and position_ids are (1, tokens). `segments` holds the
    examples' lengths, for attention.py.
    """
    import torch

    examples = [example for row in rows for example in row]
    input_ids = [token for example in examples for token in example.input_ids]
    positions = [position for example in examples for position in range(len(example.input_ids))]
    labels: list[int] = []
    for example in examples:
        # The first token's label is the target of the example before: never trained on.
        labels += [IGNORED, *example.labels[1:]]
    return {
        "input_ids": torch.tensor([input_ids]),
        "position_ids": torch.tensor([positions]),
        "labels": torch.tensor([labels]),
        "segments": [len(example.input_ids) for example in examples],
    }


def apart(batch: dict[str, Any]) -> list[dict[str, Any]]:
    """The examples of a collated batch, each as a batch of its own."""
    lengths = batch["segments"]
    parts = [batch[name].split(lengths, dim=1) for name in ("input_ids", "position_ids", "labels")]
    return [
        {"input_ids": ids, "position_ids": positions, "labels": labels, "segments": [length]}
        for ids, positions, labels, length in zip(*parts, lengths, strict=True)
    ]
