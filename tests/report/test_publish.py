"""What goes to the hub: the adapter, its card and clean data; private, and nothing without a token."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import tiny_model
from training_support import Folder, shared_folder  # noqa: F401

from autotrain.config.settings import PROJECT_ROOT
from autotrain.errors import AutotrainError, DataError, UsageError
from autotrain.jsonl import write_rows
from autotrain.report import publish
from autotrain.training import sft

# ruff: noqa: F811  (a fixture is imported and then named as an argument)


@pytest.fixture(scope="module")
def adapter(shared_folder: Folder) -> Path:
    job = shared_folder.job("to_push", train_steps=1)
    sft.train(job)
    return job.final


def push(*flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HF_HOME": "/nowhere", "HF_TOKEN": "", "HF_HUB_OFFLINE": "1", **variables}
    command = [sys.executable, str(PROJECT_ROOT / "scripts" / "export.py"), *flags]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_without_a_token_it_says_what_would_be_sent_and_sends_nothing(adapter: Path, tmp_path: Path) -> None:
    data = tiny_model.write_samples(tmp_path / "train.jsonl", 3)
    done = push("--adapter", str(adapter), "--push", "me/mine", "--data", str(data))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["push"]
    assert told == {"sent": False, "private": True, "repositories": ["me/mine", "me/mine-data"], "addresses": []}
    assert "private model me/mine: README.md (" in done.stderr and "adapter_model.safetensors (" in done.stderr
    assert "private dataset me/mine-data: README.md (" in done.stderr and "train.jsonl (" in done.stderr
    assert done.stderr.rstrip().endswith("nothing was sent: HF_TOKEN is not set.")


class Hub:
    """Stands in for the hub's client and keeps what it was given."""

    public = False
    sent: dict[str, Any]

    def __init__(self) -> None:
        Hub.sent = {}

    def create_repo(self, name: str, **options: Any) -> str:
        assert options["private"] is not Hub.public
        return f"https://hub.example/{name}"

    def repo_info(self, name: str, repo_type: str) -> Any:
        return SimpleNamespace(private=not Hub.public)

    def create_commit(self, name: str, operations: list[Any], **options: Any) -> None:
        Hub.sent[name] = {"kind": options["repo_type"], "files": {one.path_in_repo: one for one in operations}}


def test_adapter_and_data_go_to_two_repositories_and_no_other_file_does(
    adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.HfApi", Hub)
    (adapter / "optimizer.pt").write_bytes(b"not for others")
    data = tiny_model.write_samples(tmp_path / "train.jsonl", 3)
    addresses = publish.send(publish.shipments("me/mine", adapter, [data]), private=True)
    assert addresses == ["https://hub.example/me/mine", "https://hub.example/me/mine-data"]
    files = Hub.sent["me/mine"]["files"]
    assert {"README.md", "adapter_config.json", "adapter_model.safetensors", "tokenizer.json"} <= files.keys()
    assert "optimizer.pt" not in files
    assert set(Hub.sent["me/mine-data"]["files"]) == {"README.md", "train.jsonl"}


def test_a_public_repository_is_never_filled_in_silence(adapter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.HfApi", Hub)
    monkeypatch.setattr(Hub, "public", True)
    monkeypatch.setattr(Hub, "create_repo", lambda self, name, **options: name)
    with pytest.raises(UsageError, match="me/mine is there already and public: say so with --public"):
        publish.send(publish.shipments("me/mine", adapter, []), private=True)
    assert Hub.sent == {}


def test_a_refusal_of_the_hub_is_one_sentence(adapter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any, name: str, **options: Any) -> str:
        raise OSError("403 Forbidden\nfor url")

    monkeypatch.setattr("huggingface_hub.HfApi", Hub)
    monkeypatch.setattr(Hub, "create_repo", refuse)
    with pytest.raises(AutotrainError, match=r"did not take it \(403 Forbidden for url\): is HF_TOKEN allowed"):
        publish.send(publish.shipments("me/mine", adapter, []), private=True)


def test_a_credential_in_the_data_or_the_card_goes_nowhere(adapter: Path, tmp_path: Path) -> None:
    key = "gh" + "p_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    row = tiny_model.sample(1)
    write_rows(
        tmp_path / "train.jsonl", [{**row, "output": row["output"].replace("return x", f"key = {key!r}\n    return x")}]
    )
    with pytest.raises(DataError, match="may hold a credential"):
        publish.shipments("me/mine", adapter, [tmp_path / "train.jsonl"])
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        (tmp_path / name).write_bytes((adapter / name).read_bytes())
    (tmp_path / "README.md").write_text(f"token: {key}")
    with pytest.raises(DataError, match=r"README.md may hold a credential .*nothing was sent"):
        publish.shipments("me/mine", tmp_path, [])


@pytest.mark.parametrize("name", ["mine", "me/mine/more", "me/", "../x", "me/mi ne"])
def test_a_name_that_the_hub_does_not_know_is_one_sentence(adapter: Path, name: str) -> None:
    with pytest.raises(UsageError, match="USER/NAME is needed"):
        publish.shipments(name, adapter, [])


def test_a_folder_that_is_no_adapter_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match=r"is no trained adapter: it lacks README.md, adapter_config.json, adapter_model"
    ):
        publish.shipments("me/mine", tmp_path, [])
