"""What stage 04 would train on, to look at: rows token by token, one packed row, and the shares of trained tokens.

Reads the file of samples and the base's tokenizer, no weights; writes to the terminal. Trained tokens are in colour,
or between » and « where there is no colour; a bar ends each token.

    python scripts/04_train_qlora.py --data train.jsonl --show 3
"""

import itertools
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from autotrain.config.settings import Settings
from autotrain.errors import DataError, plain
from autotrain.tasks import samples
from autotrain.tasks.shapes import Sample
from autotrain.training.examples import IGNORED, Encoded, Example, encode_rows, pack

MOST_ROWS = 2000  # of a file that are counted
MOST_TOKENS = 1200  # of a row that are printed
MOST_PACKED = 120  # of each example of the packed row
TRAINED, CONTEXT, EDGE = "bold green", "dim", "dim cyan"


@dataclass(frozen=True)
class Shown:
    """One row with its place in the file, what kind it is, and what became of it."""

    line: int
    row: Sample
    kind: str
    encoded: Encoded


def show(data: Path, settings: Settings, count: int, console: Console | None = None) -> dict[str, Any]:
    """Print `count` rows, of each kind in turn, one packed row, and shares. Returns the shares by kind.

    Raises DataError for a file that holds no samples, UsageError where the base's tokenizer cannot be had.
    """
    from autotrain.training import loading, models

    console = console or Console(file=sys.stderr, soft_wrap=True, highlight=False)
    loading.quiet_libraries()
    tokenizer = loading.load_tokenizer(models.find(settings.base_model, settings.base_revision, settings.cache_dir))
    split = settings.long_conversations == "split"
    shown = [
        Shown(
            line,
            row,
            samples.kind_of_row(row),
            encode_rows(tokenizer, [row], settings.seq_len, settings.thinking, split=split),
        )
        for line, row in itertools.islice(samples.read_samples(data), MOST_ROWS)
    ]
    if not shown:
        raise DataError(f"{data} holds no samples.")
    for one in in_turn(shown)[:count]:
        _print_row(console, one, tokenizer, settings.seq_len)
    _print_packed(console, [example for one in shown for example in one.encoded.examples], tokenizer, settings)
    shares = shares_of(shown)
    more = f" (the first {MOST_ROWS} rows of the file)" if len(shown) == MOST_ROWS else ""
    console.print(Text(f"shares of trained tokens{more}:", "bold"))
    for kind, share in shares.items():
        left_out = f", {share['left_out']} left out" if share["left_out"] else ""
        console.print(Text(plain(
            f"  {kind}: {share['rows']} rows, {share['tokens']} tokens, {share['trained']} trained, "
            f"{share['share']:.1%}{left_out}"
        )))  # fmt: skip
    return {"rows": len(shown), "shares": shares}


def in_turn(shown: Sequence[Shown]) -> list[Shown]:
    """The rows in an order that takes one of each kind, then the next of each."""
    kinds: dict[str, list[Shown]] = {}
    for one in shown:
        kinds.setdefault(one.kind, []).append(one)
    return [one for several in itertools.zip_longest(*kinds.values()) for one in several if one is not None]


def shares_of(shown: Iterable[Shown]) -> dict[str, dict[str, Any]]:
    """Rows, tokens and trained tokens of each kind of row, and of all rows together."""
    found: dict[str, dict[str, Any]] = {}
    for one in shown:
        for kind in (one.kind, "all"):
            share = found.setdefault(kind, {"rows": 0, "tokens": 0, "trained": 0, "left_out": 0})
            share["rows"] += 1
            share["tokens"] += one.encoded.tokens
            share["trained"] += one.encoded.answer_tokens
            share["left_out"] += not one.encoded.examples
    for share in found.values():
        share["share"] = round(share["trained"] / max(share["tokens"], 1), 4)
    everything = found.pop("all")
    return {**found, "all": everything}


def _print_row(console: Console, one: Shown, tokenizer: Any, seq_len: int) -> None:
    encoded = one.encoded
    told = f"line {one.line} · {one.row['id']} · {one.kind}"
    if not encoded.examples:
        why = f"longer than SEQ_LEN={seq_len}" if encoded.too_long else ", ".join(+encoded.counts)
        console.print(Text(plain(f"{told} · not trained on: {why}"), "bold"))
        return
    for example in encoded.examples:
        share = example.answer_tokens / len(example.input_ids)
        head = f"{told} · {len(example.input_ids)} tokens, {example.answer_tokens} trained ({share:.0%})"
        console.print(Text(plain(head), "bold"))
        console.print(_tokens(example, tokenizer, MOST_TOKENS, colour=_has_colour(console)))
    console.print()


def _print_packed(console: Console, examples: Sequence[Example], tokenizer: Any, settings: Settings) -> None:
    if not examples:
        return
    row = max(pack(examples, settings.seq_len), key=len)
    used = sum(len(example.input_ids) for example in row)
    off = "" if settings.packing else " (PACKING is off: each example is a row of its own)"
    head = f"one packed row{off}: {len(row)} examples, {used} of SEQ_LEN={settings.seq_len} tokens"
    console.print(Text(head, "bold"))
    place = 0
    for example in row:
        console.print(Text(f"-- at {place}, positions from 0 again: {len(example.input_ids)} tokens", EDGE))
        console.print(_tokens(example, tokenizer, MOST_PACKED, colour=_has_colour(console)))
        place += len(example.input_ids)
    console.print()


def _has_colour(console: Console) -> bool:
    return console.color_system is not None and not console.no_color


def _tokens(example: Example, tokenizer: Any, most: int, *, colour: bool) -> Text:
    """The tokens of an example, the middle left out where there are more than `most`."""
    text, trained = Text(), False
    count = len(example.input_ids)
    for place, (token, label) in enumerate(zip(example.input_ids, example.labels, strict=True)):
        if count > most and most // 2 <= place < count - most // 2:
            if place == most // 2:
                text.append(f" … {count - 2 * (most // 2)} tokens … ", EDGE)
            continue
        if not colour and trained != (label != IGNORED):
            text.append("«" if trained else "»")
        trained = label != IGNORED
        text.append(_spelled(tokenizer, token), TRAINED if trained else CONTEXT)
        text.append("|", EDGE)
    return text.append("«") if trained and not colour else text


def _spelled(tokenizer: Any, token: int) -> str:
    """A token as text that a terminal shows and never obeys; part of a character by its number."""
    said = tokenizer.decode([token])
    if "\ufffd" in said:
        return f"<{token}>"
    return plain(said).replace("\t", "→").replace("\n", "⏎\n")
