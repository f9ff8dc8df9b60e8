"""`--show`: what stage 04 would train on, seen before anything is trained."""

import io
import json
from pathlib import Path

import pytest
import tiny_model
from rich.console import Console
from stage_support import run_stage

from autotrain.cleaning.foreign_rows import as_sample
from autotrain.config.settings import Settings
from autotrain.jsonl import write_rows
from autotrain.training import loading, show

TURNS = [
    {"role": "user", "content": "Which day is it?"},
    {"role": "assistant", "content": "It is Monday."},
    {"role": "user", "content": "Sure?"},
    {"role": "assistant", "content": "Quite sure.", "weight": 0},
    {"role": "user", "content": "Really?"},
    {"role": "assistant", "content": "Yes, \x1b[31mMonday."},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("show")
    tiny_model.save(root / "model")
    rows = [*tiny_model.samples_of(3), as_sample({"messages": TURNS})[0], tiny_model.sample(9, output="x" * 900)]
    write_rows(root / "train.jsonl", rows)
    return root


def shown(folder: Path, count: int, colour: bool = False, **settings: object) -> tuple[str, dict]:
    stream = io.StringIO()
    console = Console(
        file=stream,
        soft_wrap=True,
        highlight=False,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
    )
    chosen = Settings(base_model=str(folder / "model"), **{"seq_len": 512, **settings})  # type: ignore[arg-type]
    found = show.show(folder / "train.jsonl", chosen, count, console)
    return stream.getvalue(), found


def test_what_stands_between_the_marks_is_what_is_trained_on(folder: Path) -> None:
    text = shown(folder, 2)[0].partition("one packed row")[0]
    marked = [part.partition("«")[0].replace("|", "") for part in text.split("»")[1:]]
    assert marked[0] == tiny_model.sample(0)["output"].replace("\n", "⏎\n") + "<im_end>"
    assert marked[1:] == ["It is Monday.<im_end>", "Yes, ·[31mMonday.<im_end>"]
    assert "Q|u|i|t|e" in text


def test_each_kind_of_row_is_shown_before_any_comes_again_and_a_row_left_out_says_why(folder: Path) -> None:
    heads = [line for line in shown(folder, 5)[0].splitlines() if line.startswith("line ")]
    assert [line.split(" ")[1] for line in heads] == ["1", "4", "2", "3", "5"]
    assert "messages, conversation, text" in heads[1] and heads[4].endswith("longer than SEQ_LEN=512")


def test_colour_takes_the_place_of_the_marks_and_text_cannot_steer_the_terminal(folder: Path) -> None:
    text, _ = shown(folder, 2, colour=True)
    assert "»" not in text and "\x1b[1;32m" in text
    assert "\x1b[31m" not in text


def test_the_shares_are_those_of_the_labels(folder: Path) -> None:
    _, found = shown(folder, 1)
    every = found["shares"]["all"]
    assert (found["rows"], every["rows"], every["left_out"]) == (5, 5, 1)
    own = found["shares"]["sample, code"]
    answers = sum(len(tiny_model.sample(number)["output"]) + 1 for number in range(3))
    assert (own["trained"], own["share"]) == (answers, round(answers / own["tokens"], 4))


def test_the_packed_row_begins_its_positions_again_at_each_example(folder: Path) -> None:
    text = shown(folder, 1, seq_len=2048)[0].partition("one packed row")[2]
    assert "-- at 0, positions from 0 again" in text and text.count("-- at ") == 5


def test_the_stage_shows_without_loading_weights_and_without_an_output(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(loading, "load_base", lambda *_, **__: pytest.fail("the model was loaded"))
    flags = ("--data", str(folder / "train.jsonl"), "--base-model", str(folder / "model"))
    assert run_stage("04_train_qlora.py", "train", *flags, "--show", "1") == 0
    written = capsys.readouterr()
    assert json.loads(written.out)["shares"]["all"]["rows"] == 5 and "one packed row" in written.err
    assert run_stage("04_train_qlora.py", "train", *flags) == 2
    assert "--output DIR is needed" in capsys.readouterr().err
