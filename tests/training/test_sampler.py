"""The order of rows that the memory preflight draws is the one that a training sees."""

from typing import Any

import pytest
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.config.settings import Settings
from autotrain.jsonl import load_rows
from autotrain.training import loading, sft, trainer
from autotrain.training.examples import IGNORED, encode_rows
from autotrain.training.sampler import Rows, Size

# ruff: noqa: F811  (a fixture is imported and then named as an argument)


@pytest.mark.parametrize(
    "changes",
    [{"batch_size": 3, "grad_accum": 1}, {"seed": 7, "train_steps": 3}, {"packing": True, "batch_size": 1}],
    ids=str,
)
def test_the_largest_batch_is_the_largest_that_a_training_meets(
    shared_folder: Folder, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]
) -> None:
    seen: list[tuple[int, int]] = []
    plain = trainer.AnswerTrainer._summed

    def watched(self: Any, model: Any, inputs: Any) -> Any:
        seen.append((inputs["input_ids"].numel(), int((inputs["labels"] != IGNORED).sum())))
        return plain(self, model, inputs)

    monkeypatch.setattr(trainer.AnswerTrainer, "_summed", watched)
    job = shared_folder.job("drawn", data=varied(shared_folder), validate=False, **changes)
    sft.train(job)
    encoded = encode_rows(loading.load_tokenizer(job.reference), load_rows(job.data), job.settings.seq_len)
    largest = tuple(max(values) for values in zip(*seen, strict=True))
    assert Rows.of(encoded.examples).largest_batch(job.settings) == largest
    assert len(set(seen)) > 1


def varied(folder: Folder) -> Any:
    """Samples of lengths that are all different, so that a wrong order shows."""
    import tiny_model

    from autotrain.jsonl import write_rows

    path = folder.root / "varied.jsonl"
    write_rows(path, [tiny_model.sample(number, output="x" * (7 + number * number)) for number in range(13)])
    return path


def sizes(*tokens: int) -> list[Size]:
    return [Size(count, count // 5) for count in tokens]


def test_several_processes_and_long_trainings_count_the_longest_rows() -> None:
    rows = sizes(*[5] * 40, 100, 200)
    settings = Settings(seq_len=512, batch_size=2, train_steps=1, packing=False)
    assert Rows(rows, processes=2).largest_batch(settings) == (300, 60)
    assert Rows(rows * 1000).largest_batch(Settings(**{**vars(settings), "train_steps": 10**6})) == (400, 80)


def test_rows_that_do_not_fit_are_not_counted() -> None:
    settings = Settings(seq_len=64, batch_size=2, train_steps=50, packing=False)
    assert Rows(sizes(100, 10, 20, 500)).largest_batch(settings) == (30, 6)
