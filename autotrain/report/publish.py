"""An adapter and, asked for, its data on the model hub: private unless told, and nothing leaves without a token.

Reads an adapter's folder and files of samples; writes to the hub. Without HF_TOKEN (environment, `.env`, or a login)
it says what would be sent. Every text and every row is scanned for credentials before that.

    python scripts/export.py --adapter autotrain/best_adapter --push USER/NAME --data train.jsonl
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autotrain.cleaning import last_scan
from autotrain.errors import AutotrainError, DataError, UsageError
from autotrain.report import data_card
from autotrain.secrets.scan import find_secrets
from autotrain.training import models

ADAPTER_FILES = (
    *("README.md", "adapter_config.json", "adapter_model.safetensors", "chat_template.jinja", "tokenizer.json"),
    *("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt"),
    "tokenizer.model",
)


@dataclass(frozen=True)
class Shipment:
    """One repository on the hub, and the files that go into it by their names there."""

    name: str
    kind: str
    """`model` or `dataset`."""
    files: dict[str, Path | str]
    """A file of this machine, or a text."""

    def describe(self, private: bool) -> str:
        sizes = ", ".join(f"{name} ({_size(content):,} bytes)" for name, content in sorted(self.files.items()))
        return f"{'private' if private else 'PUBLIC'} {self.kind} {self.name}: {sizes}"


def shipments(name: str, adapter: Path, data: Sequence[Path]) -> list[Shipment]:
    """What `--push` sends. Raises UsageError for a name that is none, DataError where a credential may be in it."""
    if not re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", name):
        raise UsageError(f"--push {name}: USER/NAME is needed, as the hub names a repository.")
    found = [path for path in (adapter / one for one in ADAPTER_FILES) if path.is_file()]
    missing = {"README.md", "adapter_config.json", "adapter_model.safetensors"} - {path.name for path in found}
    if missing:
        raise UsageError(f"--push: {adapter} is no trained adapter: it lacks {', '.join(sorted(missing))}.")
    for path in found:
        if path.suffix in (".md", ".json", ".jinja") and path.name not in ("tokenizer.json", "vocab.json"):
            leaks = find_secrets(path.read_text(encoding="utf-8"))
            if leaks:
                raise DataError(f"{path} may hold a credential ({leaks[0].kind}): nothing was sent.")
    sent = [Shipment(name, "model", {path.name: path for path in found})]
    if data:
        if len({path.name for path in data}) < len(data):
            raise UsageError("--push: two files of --data have the same name.")
        last_scan.scan(data)
        card = data_card.card(data, "", None)
        sent.append(Shipment(f"{name}-data", "dataset", {"README.md": card, **{path.name: path for path in data}}))
    return sent


def token() -> str | None:
    """The hub's token, if this person has one."""
    from huggingface_hub import get_token

    models.take_token()
    return get_token()


def send(sent: Sequence[Shipment], private: bool) -> list[str]:
    """Create the repositories where they are missing, upload the files; the addresses. Raises AutotrainError."""
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError

    hub: Any = HfApi()
    addresses = []
    try:
        for shipment in sent:
            address = hub.create_repo(shipment.name, repo_type=shipment.kind, private=private, exist_ok=True)
            if private and not hub.repo_info(shipment.name, repo_type=shipment.kind).private:
                raise UsageError(f"--push: {shipment.name} is there already and public: say so with --public.")
            operations = [
                CommitOperationAdd(name, content.encode() if isinstance(content, str) else str(content))
                for name, content in shipment.files.items()
            ]
            hub.create_commit(
                shipment.name, operations, commit_message="Trained with Heidi AutoTraining", repo_type=shipment.kind
            )
            addresses.append(str(address))
    except (HfHubHTTPError, OSError, ValueError) as error:
        first = " ".join(str(error).split())[:200]
        raise AutotrainError(f"--push: the hub did not take it ({first}): is HF_TOKEN allowed to write?") from None
    return addresses


def _size(content: Path | str) -> int:
    return len(content.encode()) if isinstance(content, str) else content.stat().st_size
