"""The data set's card says what the files say, and nothing else."""

import hashlib
import re
from pathlib import Path

import yaml
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


def test_links_lead_to_the_pages_from_where_the_card_lies_and_stay_words_on_the_hub(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    files = _files(tmp_path)
    text = data_card.card(files, "", tmp_path / "deep" / "er")
    targets = re.findall(r"\]\(([^)]+)\)", text)
    assert len(targets) > 3 and all((tmp_path / "deep" / "er" / target).is_file() for target in targets)
    assert "](" not in data_card.card(files, "", None) and "license_policy.md" in data_card.card(files, "", None)


def test_the_front_matter_names_size_splits_and_the_licence_where_the_rows_tell_it(tmp_path: Path) -> None:
    files = _files(tmp_path)
    told = yaml.safe_load(data_card.card(files, "", None).split("---")[1])
    assert told["size_categories"] == ["n<1K"] and told["license"] == "mit"
    assert told["configs"][0]["data_files"] == [
        {"split": "train", "path": ["train.jsonl"]},
        {"split": "validation", "path": ["val.jsonl"]},
    ]
    row = sample()
    write_rows(files[0], [{**row, "metadata": {**row["metadata"], "teacher_model": "gpt"}}])
    assert "license" not in yaml.safe_load(data_card.card(files, "", None).split("---")[1])


def test_a_card_does_not_say_how_to_fill_its_template(tmp_path: Path) -> None:
    assert "data_card" not in data_card.card(_files(tmp_path), "", None)
