"""Examples: what the loss sees, what is left out, and packing."""

from pathlib import Path

import pytest
import tiny_model
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.cleaning.foreign_rows import as_sample
from autotrain.errors import DataError
from autotrain.jsonl import write_rows
from autotrain.tasks import prompts
from autotrain.training import sft
from autotrain.training.examples import IGNORED, Example, collate, encode_row, encode_rows, pack


def test_the_last_label_of_every_example_is_the_turns_end() -> None:
    tokenizer = tiny_model.tokenizer()
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    for row in tiny_model.samples_of(5):
        assert encode_row(tokenizer, row).labels[-1] == tokenizer.eos_token_id


def test_the_end_of_turn_survives_collation() -> None:
    tokenizer = tiny_model.tokenizer()
    examples = encode_rows(tokenizer, tiny_model.samples_of(3), 512).examples
    labels = collate([[example] for example in examples])["labels"][0].tolist()
    assert labels.count(tokenizer.eos_token_id) == 3


def test_exactly_the_answer_is_trained_on() -> None:
    tokenizer, row = tiny_model.tokenizer(), tiny_model.sample(7)
    example = encode_row(tokenizer, row)
    trained = [label for label in example.labels if label != IGNORED]
    assert tokenizer.decode(trained) == row["output"] + "<|im_end|>"


def test_training_sees_the_very_prompt_that_evaluation_asks() -> None:
    tokenizer, row = tiny_model.tokenizer(), tiny_model.sample(7)
    example = encode_row(tokenizer, row)
    prompt = [token for token, label in zip(example.input_ids, example.labels, strict=True) if label == IGNORED]
    assert prompt == prompts.encode_prompt(tokenizer, row)


def test_an_example_that_does_not_fit_is_dropped_and_counted_never_cut() -> None:
    tokenizer = tiny_model.tokenizer()
    rows = [tiny_model.sample(1), tiny_model.sample(2, output="x" * 600), tiny_model.sample(3)]
    encoded = encode_rows(tokenizer, rows, 512)
    assert encoded.too_long == 1
    assert encoded.examples == [encode_row(tokenizer, rows[0]), encode_row(tokenizer, rows[2])]


def test_an_example_of_exactly_seq_len_tokens_fits() -> None:
    tokenizer, row = tiny_model.tokenizer(), tiny_model.sample(1)
    length = len(encode_row(tokenizer, row).input_ids)
    assert encode_rows(tokenizer, [row], length).too_long == 0
    assert encode_rows(tokenizer, [row], length - 1).too_long == 1


def test_data_of_which_nothing_fits_is_refused_before_the_model_is_loaded(
    shared_folder: Folder,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = tmp_path / "long.jsonl"
    write_rows(data, [tiny_model.sample(1, output="x" * 600)])
    monkeypatch.setattr(sft.loading, "load_base", lambda *_, **__: pytest.fail("the model was loaded"))
    with pytest.raises(DataError, match="no example fits into SEQ_LEN=512"):
        sft.train(shared_folder.job("refused", data=data))


def test_other_peoples_data_of_which_more_than_max_too_long_does_not_fit_stops_first_unless_it_is_allowed(
    shared_folder: Folder,  # noqa: F811
    tmp_path: Path,
) -> None:
    def write(too_long: int) -> Path:
        rows = [{"instruction": f"Write number {n}.", "output": "x " * (300 if n < too_long else 9)} for n in range(20)]
        write_rows(tmp_path / "data.jsonl", (as_sample(row)[0] for row in rows))
        return tmp_path / "data.jsonl"

    tokenizer = tiny_model.tokenizer()
    with pytest.raises(DataError, match="3 of 20 rows are longer than SEQ_LEN=512 tokens.*MAX_TOO_LONG=1"):
        sft.encode(shared_folder.job("long", data=write(3)), tokenizer)
    assert sft.encode(shared_folder.job("long", data=write(2)), tokenizer)[0].too_long == 2
    assert sft.encode(shared_folder.job("long", data=write(3), max_too_long=1.0), tokenizer)[0].too_long == 3


def examples_of(lengths: list[int]) -> list[Example]:
    return [Example([3] * length, [IGNORED, *[3] * (length - 1)]) for length in lengths]


@pytest.mark.parametrize("lengths", [[5], [10, 10], [1, 9, 3, 7, 5, 5], [4] * 9])
def test_packing_keeps_every_example_once_and_no_row_too_long(lengths: list[int]) -> None:
    examples = examples_of(lengths)
    rows = pack(examples, 10)
    assert sorted(id(example) for row in rows for example in row) == sorted(id(example) for example in examples)
    assert all(sum(len(example.input_ids) for example in row) <= 10 for row in rows)


def test_packing_fills_rows() -> None:
    assert len(pack(examples_of([6, 4, 7, 3, 5, 5]), 10)) == 3


def test_the_first_token_of_a_packed_example_is_no_target_of_the_one_before() -> None:
    first, second = Example([5, 6], [5, 6]), Example([7, 8], [7, 8])
    assert collate([[first, second]])["labels"].tolist() == [[IGNORED, 6, IGNORED, 8]]
