"""The data set's card says what the files say, and nothing else."""

import hashlib
from pathlib import Path

from sample_rows import asserted_sample, explanation_sample, sample

from autotrain.config.settings import PROJECT_ROOT
from autotrain.jsonl import write_json, write_rows
from autotrain.report import data_card
from autotrain.run.paths import RunPaths

TEMPLATE = (PROJECT_ROOT / "docs" / "dataset_card.md").read_text(encoding="utf-8")


def _files(folder: Path) -> list[Path]:
    train, val = folder / "train.jsonl", folder / "val.jsonl"
    write_rows(train, [asserted_sample(), {**sample(), "id": "plain", "origin": "alp|aca"}])
    write_rows(val, [explanation_sample()])
    return [train, val]


def test_each_file_is_named_with_its_rows_tests_and_hash(tmp_path: Path) -> None:
    train, val = _files(tmp_path)
    section = data_card.files_section([train, val])
    assert "| `train.jsonl` | 2 | 1 | 1 |" in section
    assert hashlib.sha256(val.read_bytes()).hexdigest() in section
    assert "| metadata.response_format | rows of 3 |" in section and "| text | 1 |" in section
    assert "alp\\|aca" in section


def test_a_runs_card_has_its_settings_counts_and_reasons(tmp_path: Path) -> None:
    run = RunPaths(tmp_path / "runs" / "20260101-000000-abcd")
    run.data.mkdir(parents=True)
    write_json(run.config, {"settings": {"TEACHER_MODEL": {"value": "builtin", "source": "no API key"}}})
    write_json(
        run.state, {"status": "completed", "created": "2026-01-01", "counters": {"raw": 3, "train": 2, "other": 9}}
    )
    write_rows(run.data / "rejects_round_1.jsonl", [{"reason": "near_duplicate"}])
    section = data_card.run_section(run)
    assert "| TEACHER_MODEL | builtin |" in section and "3 raw, 2 train." in section
    assert "| near_duplicate | 1 |" in section and "ROUNDS" not in section


def test_the_template_is_filled_between_its_marks_and_can_be_filled_again() -> None:
    once = data_card.filled(TEMPLATE, "FIRST")
    twice = data_card.filled(once, "SECOND")
    assert "FIRST" in once and "Not filled" not in once
    assert "SECOND" in twice and "FIRST" not in twice
    assert twice.replace("SECOND", "Not filled: this is the template.") == TEMPLATE
