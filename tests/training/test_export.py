"""Export: merged weights, the Modelfile's prompt bytes, the card, and what is missing said early."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_model
import torch
from training_support import Folder, ForkedScript, adapter_tensors, rendered_by_ollama, shared_folder  # noqa: F401

from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.errors import AutotrainError, DataError, UsageError
from autotrain.tasks import prompts
from autotrain.training import export, gguf_file, loading, models, ollama, sft

# ruff: noqa: F811  (a fixture is imported and then named as an argument)


@pytest.fixture(scope="module")
def merged(shared_folder: Folder) -> dict[str, Any]:
    """A trained adapter and the model that it was merged into."""
    job = shared_folder.job("to_export", train_steps=3, lr=1e-2)
    sft.train(job)
    output = shared_folder.root / "merged"
    summary = export.merge(job.reference, job.final, output)
    return {"reference": job.reference, "adapter": job.final, "output": output, "summary": summary}


def test_merged_weights_are_the_full_precision_base_plus_the_adapter(merged: dict[str, Any]) -> None:
    from safetensors.torch import load_file

    base, adapter = tiny_model.model().state_dict(), adapter_tensors(merged["adapter"])
    found = load_file(merged["output"] / "model.safetensors")
    config = json.loads((merged["adapter"] / "adapter_config.json").read_text())
    scaling = config["lora_alpha"] / (config["r"] ** 0.5 if config["use_rslora"] else config["r"])
    name = "model.layers.1.mlp.up_proj"
    update = (
        adapter[f"base_model.model.{name}.lora_B.weight"] @ adapter[f"base_model.model.{name}.lora_A.weight"] * scaling
    )
    assert update.abs().max() > 1e-3
    expected = (base[f"{name}.weight"] + update).to(torch.bfloat16)
    torch.testing.assert_close(found[f"{name}.weight"], expected, rtol=1e-2, atol=1e-6)
    assert {value.dtype for value in found.values()} == {torch.bfloat16}


def test_a_sum_that_is_not_the_adapters_is_never_written(
    merged: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peft.tuners.lora import Linear

    plain = Linear.get_delta_weight
    monkeypatch.setattr(Linear, "get_delta_weight", lambda self, adapter: plain(self, adapter) * 0.5)
    with pytest.raises(AutotrainError, match=r"outputs of \S+_proj differ by .* of their size; nothing was written"):
        export.merge(merged["reference"], merged["adapter"], tmp_path / "wrong")
    assert not (tmp_path / "wrong").exists()


def test_files_that_read_back_as_another_model_are_not_put_in_place(
    merged: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tiny_model.model().__class__.save_pretrained

    def lose_a_layer(self: Any, folder: Path, **options: Any) -> None:
        self.model.layers[0].mlp.up_proj.weight.data.zero_()
        plain(self, folder, **options)

    monkeypatch.setattr(tiny_model.model().__class__, "save_pretrained", lose_a_layer)
    with pytest.raises(AutotrainError, match="reads back as another one"):
        export.merge(merged["reference"], merged["adapter"], tmp_path / "wrong")
    assert not (tmp_path / "wrong").exists()


def test_the_merged_model_is_no_quantised_one(merged: dict[str, Any]) -> None:
    assert "quantization_config" not in json.loads((merged["output"] / "config.json").read_text())


def test_the_merged_model_loses_as_the_adapter_does_within_quantisation(merged: dict[str, Any], shared_folder) -> None:
    losses = export.compare_losses(
        merged["reference"], merged["adapter"], merged["output"], [shared_folder.val_data], 512
    )
    assert abs(losses["difference"]) < 0.02 and losses["difference"] == losses["merged_loss"] - losses["adapter_loss"]


def test_stage_05_sees_the_adapter_and_then_the_merged_model_in_16_bits(
    merged: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Any] = []

    def called(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        calls.append((command[2:], options["env"]))
        return subprocess.CompletedProcess(command, 0, '{"comparison": {"total": 3}}', "")

    monkeypatch.setattr(export.subprocess, "run", called)
    monkeypatch.setenv("HEIDI_RUN_DIR", "/a/run")
    chosen = Settings(base_model="tiny", quantization_bits="4")
    assert export.evaluate_again(chosen, Path("lora"), tmp_path, ["--suite", "s"]) == {"total": 3}
    (first, first_env), (second, second_env) = calls
    before, after = str(tmp_path / "evaluation/report_adapter.json"), str(tmp_path / "evaluation/report_merged.json")
    assert first == ["--adapter", "lora", "--output", before, "--suite", "s"]
    assert second == ["--base-only", "--output", after, "--compare", before, "--suite", "s"]
    assert (first_env["BASE_MODEL"], first_env["QUANTIZATION_BITS"]) == ("tiny", "4")
    assert (second_env["BASE_MODEL"], second_env["QUANTIZATION_BITS"]) == (str(tmp_path), "16")
    assert "HEIDI_RUN_DIR" not in first_env and "HEIDI_RUN_DIR" not in second_env


def test_a_failing_evaluation_is_one_clear_error(merged: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 6, "", "evaluate: error: no sandbox holds here.\n")
    monkeypatch.setattr(export.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(AutotrainError, match="05_eval.py failed: evaluate: error: no sandbox holds here."):
        export.evaluate_again(Settings(), Path("lora"), merged["output"], [])


@pytest.mark.slow
def test_the_script_reports_the_difference_that_stage_05_finds(merged: dict[str, Any], tmp_path: Path) -> None:
    tasks = tmp_path / "tasks.jsonl"
    builtin = ["--teacher", "builtin", "--quiet", "--samples", "3", "--output", str(tasks)]
    subprocess.run(
        [sys.executable, str(PROJECT_ROOT / "scripts" / "01_teacher_generate.py"), *builtin],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    output = tmp_path / "out"
    done = run_export(
        *("--adapter", str(merged["adapter"]), "--output", str(output), "--base-model", merged["reference"].location),
        *("--data", str(tasks), "--seq-len", "4096", "--max-new-tokens", "8"),
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["evaluation"]["total"] == 3 and abs(summary["difference"]) < 0.02
    for name, bits in (("adapter", 4), ("merged", 16)):
        report = json.loads((output / "evaluation" / f"report_{name}.json").read_text())
        assert report["model"]["quantization_bits"] == bits and bool(report["model"]["adapter"]) == (name == "adapter")
    assert "0.0% of 3 tasks with the adapter, 0.0% merged" in done.stderr


@pytest.mark.parametrize("number", [1, 2])
def test_the_modelfiles_prompt_has_the_bytes_that_were_trained_on(merged: dict[str, Any], number: int) -> None:
    trained = loading.load_tokenizer(merged["reference"])
    exported = loading.load_tokenizer(models.ModelRef("", str(merged["output"]), "", True))
    row = tiny_model.sample(number)
    text = ollama.modelfile(exported, "./model.gguf")
    template = text.split('TEMPLATE """')[1].split('"""')[0]
    assert rendered_by_ollama(template, row) == prompts.render(trained, row)
    assert 'PARAMETER stop "<|im_end|>"' in text and f'SYSTEM """{prompts.SYSTEM}"""' in text


def test_golden_bytes_of_the_modelfile() -> None:
    assert ollama.modelfile(tiny_model.tokenizer(), "./model.gguf") == (
        "FROM ./model.gguf\n"
        'TEMPLATE """<|im_start|>system\n{{ .System }}<|im_end|>\n<|im_start|>user\n{{ .Prompt }}<|im_end|>\n'
        '<|im_start|>assistant\n{{ .Response }}"""\n'
        'SYSTEM """You are a careful Python programmer."""\n'
        'PARAMETER stop "<|im_end|>"\n'
        "PARAMETER temperature 0\n"
    )


def test_a_template_that_changes_texts_gets_no_modelfile() -> None:
    tokenizer = tiny_model.tokenizer()
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] + m['content'] }}{% endfor %}"
    with pytest.raises(AutotrainError, match="no Ollama template"):
        ollama.modelfile(tokenizer, "./model.gguf")


def run_export(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    return subprocess.run(
        [sys.executable, str(PROJECT_ROOT / "scripts" / "export.py"), *arguments],
        capture_output=True,
        text=True,
        env=environment,
    )


def test_what_cannot_become_gguf_is_said_before_any_work(merged: dict[str, Any], tmp_path: Path) -> None:
    other = tiny_model.save(
        tmp_path / "other", rope_parameters={"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4}
    )
    flags = [
        "--adapter",
        str(merged["adapter"]),
        "--output",
        str(tmp_path / "out"),
        "--base-model",
        str(other),
        "--gguf",
    ]
    for more, sentence in (
        ([], "its positions are scaled"),
        (["--llama-cpp", str(tmp_path)], "holds no convert_hf_to"),
    ):
        done = run_export(*flags, *more, LLAMA_CPP="")
        assert done.returncode == UsageError.exit_code and not (tmp_path / "out").exists()
        assert sentence in done.stderr.splitlines()[-1]


def test_a_disk_that_is_too_small_is_said_before_any_work(
    merged: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = merged["reference"]
    plain, both = (export.require_disk(reference, tmp_path / "out", kinds) for kinds in ([], ["q8_0"]))
    size = (merged["output"] / "model.safetensors").stat().st_size
    assert 0.9 * plain < size < 1.2 * plain and 1.5 * plain < both < 1.6 * plain
    monkeypatch.setattr(export.shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(1, 1, plain - 1))
    with pytest.raises(UsageError, match="name an --output on a larger disk"):
        export.require_disk(reference, tmp_path / "out", [])


def test_gguf_of_the_merged_model_is_written_without_llama_cpp_and_quantised_where_its_quantiser_is(
    merged: dict[str, Any], tmp_path: Path
) -> None:
    quantizer = tmp_path / "bin" / "llama-quantize"
    quantizer.parent.mkdir()
    quantizer.write_text('#!/bin/sh\n[ "$3" = Q4_K_M ] && head -c 4 "$1" > "$2"\n')
    quantizer.chmod(0o755)
    output = tmp_path / "out"
    flags = ["--adapter", str(merged["adapter"]), "--output", str(output), "--gguf"]
    path = f"{quantizer.parent}:{os.environ['PATH']}"
    done = run_export(*flags, "--base-model", merged["reference"].location, LLAMA_CPP="", PATH=path)
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in (output / "gguf").iterdir()) == [
        *("Modelfile", "model-q4_k_m.gguf", "model-q8_0.gguf"),
    ]
    assert (output / "gguf" / "model-q4_k_m.gguf").read_bytes() == b"GGUF"
    assert (output / "gguf" / "model-q8_0.gguf").stat().st_size < 0.7 * (output / "model.safetensors").stat().st_size
    assert json.loads(done.stdout)["gguf"][0] == str(output / "gguf" / "model-q8_0.gguf")


def test_a_difference_says_whether_chance_would_do_as_much() -> None:
    found = {"before": 0.5, "after": 0.3, "total": 40, "delta": -0.2, "gained": ["a"], "lost": list("bcdefghij")}
    assert "9 lost; McNemar p = 0.021: worse by 20.0 points" in export.difference_line(
        {**found, "p_two_sided": 0.021}, "x"
    )
    assert "no more than chance does" in export.difference_line({**found, "p_two_sided": 0.5}, "x")


def test_gguf_and_modelfile_come_through_llama_cpps_converter(merged: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "convert_hf_to_gguf.py").write_text(
        "import sys, pathlib\n"
        "assert pathlib.Path(sys.argv[1], 'model.safetensors').is_file()\n"
        "pathlib.Path(sys.argv[sys.argv.index('--outfile') + 1]).write_bytes(b'GGUF')\n"
    )
    base, output = merged["reference"].location, tmp_path / "out"
    arguments = [*("--adapter", str(merged["adapter"]), "--output", str(output), "--base-model", base)]
    arguments += ["--gguf", "--llama-cpp", str(tmp_path)]
    script = PROJECT_ROOT / "scripts" / "export.py"
    done = ForkedScript(script, arguments, tmp_path / "logs", OMP_NUM_THREADS="1").wait()
    assert done.returncode == 0, done.stderr
    assert (output / "gguf" / "model-q8_0.gguf").read_bytes() == b"GGUF"
    assert (output / "gguf" / "Modelfile").read_text().startswith("FROM ./model-q8_0.gguf\n")
    assert json.loads(done.stdout)["gguf"][0] == str(output / "gguf" / "model-q8_0.gguf")


def test_a_converter_that_fails_is_one_clear_error(tmp_path: Path) -> None:
    converter = tmp_path / "convert_hf_to_gguf.py"
    converter.write_text("raise SystemExit('Model architecture not supported')")
    with pytest.raises(AutotrainError, match="failed: Model architecture not supported"):
        gguf_file.write_files(converter, tmp_path, tiny_model.tokenizer())


def test_a_folder_that_is_no_adapter_is_refused(merged: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no adapter"):
        export.merge(merged["reference"], tmp_path, tmp_path / "out")
