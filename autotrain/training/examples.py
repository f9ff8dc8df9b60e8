"""From samples to token rows: loss on what an assistant says only, whole examples or none.

An example that does not fit SEQ_LEN is dropped and counted, never cut: cutting the
right end would take away the EOS, and a prompt that fills the row would train at loss 0.
"""

import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autotrain.tasks import control_tokens, conversations, prompts, samples
from autotrain.tasks.shapes import Sample
from autotrain.tasks.templates import ChatTemplate, Refused, Rendered

IGNORED = -100  # the label of a token that the loss does not see


@dataclass(frozen=True)
class Example:
    """Token ids and labels of one example (same length); `answer_tokens` of them are trained on."""

    input_ids: list[int]
    labels: list[int]
    turns: int = 1  # that are trained on

    @property
    def answer_tokens(self) -> int:
        return sum(label != IGNORED for label in self.labels)


@dataclass
class Encoded:
    """The examples that fit, and what was left out."""

    examples: list[Example] = field(default_factory=list)
    too_long: int = 0
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)  # of conversations, and of rows left out for another reason

    @property
    def tokens(self) -> int:
        return sum(len(example.input_ids) for example in self.examples)

    @property
    def answer_tokens(self) -> int:
        return sum(example.answer_tokens for example in self.examples)


def encode_row(tokenizer: Any, row: Sample, thinking: str = "auto") -> Example:
    """One sample as an example: what is learned of it is trained on, the rest is ignored.

    Raises templates.Refused for a conversation that the chat template takes in no form.
    """
    if "messages" in row:
        template = ChatTemplate(tokenizer, thinking)
        return _encode_conversation(tokenizer, template, template.render(row))
    return _prompt_and_answer(tokenizer, prompts.encode_prompt(tokenizer, row, thinking), row["output"])


def _prompt_and_answer(tokenizer: Any, prompt: list[int], answer_text: str) -> Example:
    answer = prompts.encode_answer(tokenizer, answer_text)
    return Example(prompt + answer, [IGNORED] * len(prompt) + answer)


def _encode_conversation(tokenizer: Any, template: ChatTemplate, rendered: Rendered) -> Example:
    """Loss on each learned turn whose place is proven: the text up to its start, and to its end, has the tokens
    that the whole has there. Where the last one's is not, on the last one alone."""
    last = conversations.last_learned(rendered.messages)
    spans = template.spans(rendered)
    if spans and spans[-1].turn == last:
        ids = _ids(tokenizer, rendered.text[: spans[-1].end])
        labels, proven = [IGNORED] * len(ids), list[int]()
        for span in spans:
            before, until = (_ids(tokenizer, rendered.text[:place]) for place in (span.start, span.end))
            if ids[: len(until)] == until and until[: len(before)] == before:
                labels[len(before) : len(until)] = until[len(before) :]
                proven.append(span.turn)
        if last in proven:
            return Example(ids, labels, len(proven))
    prompt, answer = template.last_answer(rendered)
    return _prompt_and_answer(tokenizer, _ids(tokenizer, prompt), answer)


def _ids(tokenizer: Any, text: str) -> list[int]:
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def encode_rows(
    tokenizer: Any, rows: Iterable[Sample], seq_len: int, thinking: str = "auto", *, split: bool = False
) -> Encoded:
    """All samples that fit into `seq_len` tokens, in order, and counts of what was left out or changed.

    With `split`, a conversation that does not fit becomes the pieces of it that do.
    """
    encoded, template = Encoded(), ChatTemplate(tokenizer, thinking)
    for row in rows:
        encoded.rows += 1
        if samples.is_foreign(row) and control_tokens.are_in(tokenizer, _texts(row)):
            encoded.counts["rows with control tokens in a text left out"] += 1
            continue
        try:
            example = _encode(tokenizer, template, row, encoded.counts, thinking)
        except Refused:
            encoded.counts["conversations that the chat template refuses left out"] += 1
            continue
        if len(example.input_ids) <= seq_len:
            encoded.examples.append(example)
            continue
        pieces = _pieces(tokenizer, template, row, seq_len) if split and "messages" in row else []
        encoded.examples += pieces
        if pieces:
            encoded.counts["conversations split at a turn"] += 1
        else:
            encoded.too_long += 1
    return encoded


def _encode(tokenizer: Any, template: ChatTemplate, row: Sample, counts: Counter[str], thinking: str) -> Example:
    if "messages" not in row:
        return encode_row(tokenizer, row, thinking)
    rendered = template.render(row)
    example = _encode_conversation(tokenizer, template, rendered)
    learned = sum(map(conversations.is_learned, rendered.messages))
    counts["turns trained on"] += example.turns
    counts["answers without loss, as the chat template shows them otherwise than it asks for them"] += (
        learned - example.turns
    )
    counts.update(f"conversations with {name}" for name in rendered.changes)
    return example


def _texts(row: Sample) -> list[str]:
    if "messages" in row:
        return list(conversations.texts(row))
    return [row["instruction"], row["input"], row["output"]]


def _pieces(tokenizer: Any, template: ChatTemplate, row: Sample, seq_len: int) -> list[Example]:
    """The longest parts of a conversation that fit: each the system's turns, then from a user's turn to an answer."""
    system = [turn for turn in row["messages"] if turn["role"] == "system"]
    turns = [turn for turn in row["messages"] if turn["role"] != "system"]
    pieces: list[Example] = []
    start = 0
    while start < len(turns):
        ends = [place + 1 for place in range(start, len(turns)) if conversations.is_learned(turns[place])]
        fitting: list[tuple[int, Example]] = []
        low, high = 0, len(ends)
        while low < high:  # the more turns, the more tokens
            middle = (low + high) // 2
            part: Sample = {**row, "messages": [*system, *turns[start : ends[middle]]]}
            try:
                example = _encode_conversation(tokenizer, template, template.render(part))
            except Refused:
                example = None
            if example is not None and len(example.input_ids) <= seq_len:
                fitting.append((ends[middle], example))
                low = middle + 1
            else:
                high = middle
        if fitting:
            end, example = max(fitting, key=lambda found: found[0])
            pieces.append(example)
        else:
            end = start + 1
        start = next((place for place in range(end, len(turns)) if turns[place]["role"] == "user"), len(turns))
    return pieces


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


def padded(examples: Sequence[Example]) -> dict[str, Any]:
    """Examples under one another, filled up on the right with tokens that nothing sees. Shapes: (examples, longest)."""
    import torch

    longest = max(len(example.input_ids) for example in examples)

    def rows(values: Sequence[list[int]], filler: int) -> torch.Tensor:
        return torch.tensor([value + [filler] * (longest - len(value)) for value in values])

    return {
        "input_ids": rows([example.input_ids for example in examples], 0),
        "attention_mask": rows([[1] * len(example.input_ids) for example in examples], 0),
        "labels": rows([example.labels for example in examples], IGNORED),
    }


def apart(batch: dict[str, Any]) -> list[dict[str, Any]]:
    """The examples of a collated batch, each as a batch of its own."""
    lengths = batch["segments"]
    parts = [batch[name].split(lengths, dim=1) for name in ("input_ids", "position_ids", "labels")]
    return [
        {"input_ids": ids, "position_ids": positions, "labels": labels, "segments": [length]}
        for ids, positions, labels, length in zip(*parts, lengths, strict=True)
    ]
