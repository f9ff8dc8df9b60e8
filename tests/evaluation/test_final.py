"""Stage final: base and best adapter on the suites kept back, once; the A/A check; the labels of the headline."""

from pathlib import Path
from typing import Any

import pytest
import tiny_model
from fake_openai import serving
from sample_rows import asserted_sample

from autotrain import cli
from autotrain.endpoint import Endpoint
from autotrain.errors import UsageError
from autotrain.evaluation import final, headline, suites, yardstick
from autotrain.evaluation import results as reports
from autotrain.evaluation.scoring import Prediction
from autotrain.jsonl import load_rows, read_json, write_json, write_rows
from autotrain.run import paths, state

TASKS = 20


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, and an adapter of it whose weights are no longer zero."""
    import torch
    from peft import LoraConfig, get_peft_model

    folder = tmp_path_factory.mktemp("tiny")
    location = tiny_model.save(folder / "model")
    torch.manual_seed(3)
    model = get_peft_model(tiny_model.model(), LoraConfig(r=2, target_modules=["q_proj", "v_proj"]))
    model.peft_config["default"].base_model_name_or_path = str(location)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.fill_(2.0)
    model.save_pretrained(str(folder / "adapter"))
    return folder


def verdicts(name: str, passed: int, ids: list[str]) -> dict:
    """A report on one set, of which the first `passed` tasks are solved."""
    tasks = [
        {"set": name, "id": row, "family": row, "passed": place < passed, "judged": True}
        for place, row in enumerate(ids)
    ]
    metrics = {"pass@1": {"value": passed / len(ids), "passed": passed, "n": len(ids), "interval": [0.0, 1.0]}}
    return {"kind": "evaluation", "model": {}, "sets": {name: {"metrics": metrics, "tasks_in_set": 99}}, "tasks": tasks}


@pytest.fixture
def run(tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch) -> paths.RunPaths:
    """A run after its last round: a best adapter, the reports and the predictions of the round."""
    run = paths.RunPaths(tmp_path / "runs" / "20260101-000000-abcd")
    run.eval.mkdir(parents=True)
    state.create(run)
    run.adapter(1).mkdir()
    (run.adapter(1) / "final").symlink_to(tiny / "adapter")
    rows = [asserted_sample(instruction=f"Task {number}: double it.") for number in range(TASKS)]
    ids = [row["id"] for row in rows]
    write_json(run.base_report(), verdicts("suite", 1, ids))
    write_json(run.report(1), verdicts("suite", 3, ids))
    answers = [reports.prediction_row(row, Prediction(row["id"], "not what it says"), "suite") for row in rows]
    write_rows(run.predictions(1), answers)
    write_json(
        run.best, {"round": 1, "adapter": "out_lora_round_1/final", "beats_base": False, "deciding_set": "suite"}
    )
    write_rows(tmp_path / "kept.jsonl", [asserted_sample(instruction=f"Kept back {n}: double it.") for n in range(4)])
    monkeypatch.setenv(paths.RUN_DIR_VARIABLE, str(run.root))
    monkeypatch.setenv("BASE_MODEL", str(tiny / "model"))
    monkeypatch.setenv("QUANTIZATION_BITS", "16")
    monkeypatch.setenv("MAX_NEW_TOKENS", "8")
    monkeypatch.setenv("FINAL_SUITES", str(tmp_path / "kept.jsonl"))
    return run


def finish(run: paths.RunPaths, work: Any = final.work) -> dict:
    assert cli.main("final", final.make_parser(), work, ["--round", "0", "--quiet"]) == 0
    return read_json(run.final)


def finish_with_yardstick(run: paths.RunPaths) -> dict:
    def work(arguments: Any, context: Any) -> dict[str, Any]:
        return final.work(arguments, context, lambda model, url: Endpoint(url, model, context.settings))

    return finish(run, work)["yardstick"]


def test_base_and_best_adapter_answer_the_suites_kept_back(run: paths.RunPaths, monkeypatch) -> None:
    monkeypatch.setenv("FINAL_TASKS", "3")
    found = finish(run)
    base, best = (reports.read_report(run.final_report(who)) for who in ("base", "best"))
    assert base["model"]["adapter"] is None and best["model"]["adapter_sha256"] == found["adapter_sha256"]
    assert [len(report["tasks"]) for report in (base, best)] == [3, 3]
    told = [[row["prediction"] for row in load_rows(run.final_predictions(who))] for who in ("base", "best")]
    assert told[0] != told[1], "the adapter was not enabled"
    assert [(row["set"], row["opened_once"]) for row in found["headline"]] == [("suite", False), ("kept.jsonl", True)]
    kept = found["headline"][1]
    assert (kept["total"], kept["tasks_in_set"]) == (3, 4) and len(kept["best"]["interval"]) == 2
    assert read_json(run.state)["evaluation"]["final"]["sets"]["suite"]["delta"] == pytest.approx(0.1)


def test_the_yardstick_answers_the_suites_of_the_end_and_stands_beside_the_adapter(
    run: paths.RunPaths, monkeypatch
) -> None:
    with serving() as server:
        server.script = lambda prompt: "```python\ndef double(x):\n    return 2 * x\n```"
        monkeypatch.setenv("YARDSTICK", f"gpt@{server.base_url}")
        found = finish_with_yardstick(run)
        (row,) = found["rows"]
        assert (found["model"], found["endpoint"], found["problem"]) == ("gpt", server.base_url, None)
        assert (row["set"], row["yardstick"]["value"], row["best"]["value"], row["lost"]) == ("kept.jsonl", 1.0, 0.0, 4)
        run.final.unlink()
        assert finish_with_yardstick(run)["rows"] == [row] and server.answers == 4  # asked once


def test_a_yardstick_that_cannot_be_asked_is_told_and_the_run_ends_all_the_same(
    run: paths.RunPaths, monkeypatch
) -> None:
    monkeypatch.setenv("TEACHER_PATIENCE_S", "0.2")
    monkeypatch.setenv("YARDSTICK", "gpt@http://127.0.0.1:9/v1")
    found = finish_with_yardstick(run)
    assert found["rows"] == [] and found["problem"].startswith("The endpoint cannot be reached")


@pytest.mark.parametrize("text", ["gpt-4o-mini", "@http://localhost/v1", "m@localhost:8000", "m @http://localhost"])
def test_a_yardstick_without_model_and_address_is_one_sentence(text: str) -> None:
    with pytest.raises(UsageError, match=r"YARDSTICK=.*MODEL@URL is needed"):
        yardstick.parse(text)
    with pytest.raises(UsageError, match="ENDPOINT_API_KEY") as caught:
        yardstick.parse("m@https://me:hush@host/v1")
    assert "hush" not in str(caught.value)
    assert yardstick.parse("org/model@rev@http://h/v1") == ("org/model@rev", "http://h/v1")


def test_an_adapter_of_4_bits_is_tried_on_the_base_as_published_and_both_bases_are_shown(
    run: paths.RunPaths, monkeypatch
) -> None:
    monkeypatch.setenv("QUANTIZATION_BITS", "4")
    for path, bits in ((run.base_report(), 16), (paths.in_bits(run.base_report(), 4), 4), (run.report(1), 4)):
        source = path if path.is_file() else run.base_report()
        write_json(path, {**read_json(source), "model": {"quantization_bits": bits}})
    found = finish(run)
    kept = found["headline"][1]
    assert [form["bits"] for form in kept["bases"]] == [16, 4]
    assert reports.read_report(run.final_report("base"))["model"]["quantization_bits"] == 16
    assert reports.read_report(run.final_report("best"))["model"]["quantization_bits"] == 4
    tried = reports.read_report(run.adapter_report(1, 16))
    assert tried["model"]["quantization_bits"] == 16 and tried["model"]["adapter_sha256"] == found["adapter_sha256"]
    assert set(found["adapter_bits"]["scores"]) == {"4", "16"} and found["adapter_bits"]["total"] == TASKS
    assert read_json(run.adapter(1) / "final" / "evaluation.json")["adapter_bits"] == found["adapter_bits"]
    text = (run.adapter(1) / "final" / "README.md").read_text()
    assert "trained on 4 bits" in text and f"| {found['headline'][0]['set']}, {TASKS} of " in text


def test_the_same_batches_give_the_same_answers_and_the_check_can_see_others(run: paths.RunPaths) -> None:
    aa = finish(run)["aa"]
    assert aa == {"n": final.AA_TASKS, "differing": 0, "differing_from_report": final.AA_TASKS}


def test_a_stopped_stage_does_not_answer_again_what_is_written(run: paths.RunPaths, monkeypatch) -> None:
    first = finish(run)
    run.final.unlink()
    before = {who: run.final_report(who).read_bytes() for who in ("base", "best")}
    from autotrain.evaluation import judging

    monkeypatch.setattr(judging, "judge", None)  # a second judgement would fail
    assert finish(run)["headline"] == first["headline"]
    assert before == {who: run.final_report(who).read_bytes() for who in ("base", "best")}


@pytest.mark.parametrize("bits", [4, 16])
@pytest.mark.parametrize(("products", "tolerance"), [("float32", 1e-6), ("bfloat16", 2e-2)])
def test_an_adapter_in_the_unpacked_weights_answers_as_beside_them(
    tiny: Path, products: str, tolerance: float, bits: int
) -> None:
    import torch

    from autotrain.evaluation.merging import fold
    from autotrain.training import loading, models

    reference = models.find(str(tiny / "model"), "", "")
    base = loading.load_base(reference, bits, cpu_products=products)
    model = loading.load_adapter(base, reference, tiny / "adapter").eval()
    packed = model.base_model.model.model.layers[0].self_attn.q_proj.base_layer.weight.data.clone()
    ids = torch.tensor([[5, 9, 40, 7]])
    with torch.inference_mode(), model.disable_adapter():
        bare = model(input_ids=ids).logits
    with torch.inference_mode():
        beside = model(input_ids=ids).logits
        assert fold(model) == 4
        within = model(input_ids=ids).logits
    assert (bare - beside).abs().max() > 1e-3
    assert (beside - within).norm() < tolerance * beside.norm()
    kept = model.base_model.model.model.layers[0].self_attn.q_proj.base_layer.weight.data
    assert torch.equal(kept, packed) == (bits == 4)


def test_an_adapter_added_from_its_file_answers_as_peft_does_and_another_kind_is_left_alone(tiny: Path) -> None:
    import torch

    from autotrain.evaluation.merging import add_file
    from autotrain.training import loading, models

    reference = models.find(str(tiny / "model"), "", "")
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.inference_mode():
        base = loading.load_base(reference, 16)
        before = base(input_ids=ids).logits
        expected = loading.load_adapter(loading.load_base(reference, 16), reference, tiny / "adapter")(input_ids=ids)
        assert add_file(base, tiny / "adapter") > 0
        torch.testing.assert_close(base(input_ids=ids).logits, expected.logits, rtol=1e-4, atol=1e-5)
        assert not torch.allclose(before, expected.logits, atol=1e-3)
    config = read_json(tiny / "adapter" / "adapter_config.json")
    write_json(tiny / "adapter" / "adapter_config.json", {**config, "use_dora": True})
    try:
        assert add_file(base, tiny / "adapter") == 0
    finally:
        write_json(tiny / "adapter" / "adapter_config.json", config)


def test_where_the_weights_stay_packed_nothing_is_folded(tiny: Path) -> None:
    from autotrain.evaluation.merging import fold
    from autotrain.training import loading, models

    reference = models.find(str(tiny / "model"), "", "")
    model = loading.load_adapter(loading.load_base(reference, 8), reference, tiny / "adapter").eval()
    assert fold(model) == 0


def test_without_an_adapter_nothing_is_opened(run: paths.RunPaths) -> None:
    run.best.unlink()
    assert cli.main("final", final.make_parser(), final.work, ["--round", "0", "--quiet"]) == 0
    assert not run.final.exists() and not run.final_report("base").exists()


def test_a_suite_whose_tasks_were_judged_in_the_rounds_is_no_clean_headline() -> None:
    ids = ["a", "b"]
    pairs = [(verdicts("dev", 0, ids), verdicts("dev", 1, ids)), (verdicts("again", 0, ids), verdicts("again", 1, ids))]
    labels = {row["set"]: (row["what"], row["opened_once"]) for row in headline.headline(pairs, "dev")}
    assert labels["again"] == ("no clean headline: 2 of its tasks were judged in the rounds too", False)
    assert labels["dev"][0].endswith("decided the promotions")


def test_suites_of_a_setting_are_named_once_and_without_spaces() -> None:
    assert suites.names_in(" heidi-core:sealed, humaneval,,humaneval ") == ["heidi-core:sealed", "humaneval"]
    assert suites.names_in("") == []
