"""The base model in each form that could be run; the better one decides, and what quantising costs is said."""

from pathlib import Path
from typing import Any

import pytest
import tiny_model
from sample_rows import asserted_sample
from stage_support import run_stage

from autotrain.config.settings import Settings
from autotrain.evaluation import bases, headline
from autotrain.evaluation.bases import Form
from autotrain.jsonl import read_json, write_rows
from autotrain.training.adapter_bits import adapter_bits_line


def report(bits: int, passed: list[bool]) -> dict[str, Any]:
    tasks = [
        {"set": "dev", "id": str(n), "family": str(n), "passed": yes, "judged": True} for n, yes in enumerate(passed)
    ]
    score = {"value": sum(passed) / len(passed), "passed": sum(passed), "n": len(passed), "interval": [0.0, 1.0]}
    return {
        "kind": "evaluation",
        "model": {"quantization_bits": bits},
        "sets": {"dev": {"metrics": {"pass@1": score}, "tasks_in_set": len(passed)}},
        "tasks": tasks,
    }


@pytest.mark.parametrize(
    ("bits", "cost", "fits", "wanted"),
    [
        ("16", True, True, [Form(16, True), Form(4, False)]),
        ("16", False, True, [Form(16, True)]),
        ("4", True, True, [Form(16, True), Form(4, True)]),
        ("4", True, False, [Form(4, True)]),
        ("8", True, True, [Form(16, True), Form(8, True)]),
    ],
)
def test_forms_are_those_that_a_person_could_have_run(bits: str, cost: bool, fits: bool, wanted: list[Form]) -> None:
    assert bases.forms(Settings(quantization_bits=bits, quantization_cost=cost), whole_fits=fits) == wanted


def test_the_better_form_decides_and_the_one_as_published_of_equals() -> None:
    three, two = [True, True, True, False], [True, True, False, False]
    assert bases.best_form({16: report(16, three), 4: report(4, two)}, "dev") == 16
    assert bases.best_form({16: report(16, two), 4: report(4, three)}, "dev") == 4
    assert bases.best_form({4: report(4, two), 16: report(16, two)}, "dev") == 16


def test_what_quantising_costs_is_paired_task_by_task() -> None:
    whole, quantised = report(16, [True, True, True, False]), report(4, [True, False, False, False])
    found = bases.summary({16: whole, 4: quantised}, "dev")
    assert found["cost"]["delta"] == -0.5 and (found["cost"]["gained"], found["cost"]["lost"]) == (0, 2)
    assert [(form["bits"], form["pass@1"]["value"]) for form in found["forms"]] == [(16, 0.75), (4, 0.25)]
    said = bases.cost_line(found)
    assert said and "-50.0 points" in said
    assert bases.cost_line(bases.summary({16: whole}, "dev")) is None


def test_a_headline_names_each_base_and_the_adapter() -> None:
    whole, quantised = report(16, [True, True, False, False]), report(4, [True, False, False, False])
    best = report(16, [True, True, True, False])
    row = headline.headline([(whole, best)], "dev", [[whole, quantised]])[0]
    told = [(form["name"], form["pass@1"]["value"]) for form in row["bases"]]
    assert told == [("base (as published, 16 bits)", 0.5), ("base (4 bits)", 0.25)]
    assert (row["best"]["value"], row["delta"]) == (0.75, 0.25)


def test_on_which_bits_an_adapter_is_better_is_said() -> None:
    trained, other = report(4, [True, False, False, False]), report(16, [True, True, True, False])
    found = headline.adapter_bits(trained, other, "dev")
    assert found["better_on"] == 16 and "better on 16 bits" in adapter_bits_line(found)
    same = headline.adapter_bits(trained, report(16, [False, True, False, False]), "dev")
    assert same["better_on"] is None and "as good on either" in adapter_bits_line(same)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tiny_model.save(tmp_path / "model")
    for name in ("dev", "val"):
        rows = [{**asserted_sample(instruction=f"{name} {n}: double it."), "wrong": ["no"]} for n in range(3)]
        write_rows(tmp_path / f"{name}.jsonl", rows)
    monkeypatch.setenv("BASE_MODEL", str(tmp_path / "model"))
    monkeypatch.setenv("MAX_NEW_TOKENS", "8")
    monkeypatch.setenv("EVAL_SUITE", "dev.jsonl")
    return tmp_path


def evaluate(place: Path) -> dict[str, Any]:
    told = ["--bases", "--suite", str(place / "dev.jsonl"), "--data", str(place / "val.jsonl"), "--quiet"]
    told += ["--output", str(place / "report_base.json"), "--write-preds", str(place / "preds_base.jsonl")]
    assert run_stage("05_eval.py", "evaluate", *told) == 0
    return read_json(place / "report_base.json")


def test_a_run_in_16_bits_sees_on_the_deciding_tasks_what_4_bits_would_cost(place: Path) -> None:
    found = evaluate(place)
    assert found["model"]["quantization_bits"] == 16 and set(found["sets"]) == {"dev.jsonl", "val"}
    assert [form["bits"] for form in found["bases"]["forms"]] == [16, 4]
    quantised = read_json(place / "report_base_4bit.json")
    assert quantised["model"]["quantization_bits"] == 4 and set(quantised["sets"]) == {"dev.jsonl"}
    assert found["forced_choice"]["pairs"] == quantised["forced_choice"]["pairs"] == 3
    assert (place / "preds_base.jsonl").is_file()


def test_a_run_in_4_bits_has_the_base_as_published_to_beat(place: Path, monkeypatch) -> None:
    monkeypatch.setenv("QUANTIZATION_BITS", "4")
    found = evaluate(place)
    assert found["model"]["quantization_bits"] == 16, "of equals the base as published decides"
    for bits in (16, 4):
        assert set(read_json(place / f"report_base_{bits}bit.json")["sets"]) == {"dev.jsonl", "val"}


def test_a_form_that_is_evaluated_already_is_not_evaluated_again(place: Path, monkeypatch) -> None:
    evaluate(place)
    (place / "report_base.json").unlink()
    written = (place / "report_base_16bit.json").stat().st_mtime_ns
    evaluate(place)
    assert (place / "report_base_16bit.json").stat().st_mtime_ns == written
