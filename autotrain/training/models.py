"""Which base model a name means, and whether it can be had, before any work starts.

    python -m autotrain.training.models smollm2-135m     # where it is; converts the embedded one

A name is a short name, a local directory, or an HF id. Loading it is in `loading.py`.
"""

import json
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from autotrain.config import settings
from autotrain.config.setting_files import read_env_file
from autotrain.errors import UsageError
from autotrain.training.shape import Shape

SHORT_NAMES = {
    "phi-2": "microsoft/phi-2",
    "qwen2.5-coder-7b-instruct": "Qwen/Qwen2.5-Coder-7B-Instruct",
    "qwen3-coder-next": "Qwen/Qwen3-Coder-Next",
}
EMBEDDED = "smollm2-135m"
EMBEDDED_PUBLIC = "HuggingFaceTB/SmolLM2-135M-Instruct"  # where others find it
LICENCES = {  # as their pages say; docs/license_policy.md has what to mind
    EMBEDDED_PUBLIC: "Apache-2.0",
    "microsoft/phi-2": "MIT",
    "Qwen/Qwen2.5-Coder-7B-Instruct": "Apache-2.0",
    "Qwen/Qwen3-Coder-Next": "Apache-2.0",
}
LARGEST_ON_CPU = 1_500_000_000  # parameters; more than this takes days without a GPU


@dataclass(frozen=True)
class ModelRef:
    """A base model: `location` is a local directory or an HF id, `revision` a pin or empty."""

    name: str
    location: str
    revision: str
    is_local: bool

    @property
    def pin(self) -> str | None:
        return self.revision or None


def find(name: str, revision: str, cache_dir: str) -> ModelRef:
    """Resolve a base model's name; converts the embedded one on its first use.

    Raises UsageError where a directory is no model or the embedded wheel is missing.
    """
    if name == EMBEDDED:
        from autotrain.training.embedded import converted_directory

        return ModelRef(name, str(converted_directory(Path(cache_dir).expanduser())), "", True)
    known = SHORT_NAMES.get(name.lower(), name)
    directory = Path(os.path.expanduser(name))
    if directory.is_dir():
        if not (directory / "config.json").is_file():
            raise UsageError(f"BASE_MODEL {name}: the directory holds no config.json, so it is no model.")
        return ModelRef(name, str(directory.resolve()), "", True)
    if name.startswith((".", "/", "~")):
        raise UsageError(f"BASE_MODEL {name}: there is no such directory.")
    if known.count("/") != 1:
        names = ", ".join((EMBEDDED, *SHORT_NAMES))
        raise UsageError(f"BASE_MODEL {name} is no HF id (owner/name), no directory and no short name ({names}).")
    take_token()
    return ModelRef(name, known, revision, False)


def take_token() -> None:
    """HF_TOKEN of `.env` into the environment, where it is not set there."""
    # The hub's library knows the environment only; a token may stand in .env, as every key may.
    token = read_env_file(settings.PROJECT_ROOT / ".env").get("HF_TOKEN")
    if token and not os.environ.get("HF_TOKEN"):
        os.environ["HF_TOKEN"] = token


def public_name(reference: ModelRef) -> str:
    """What others know a base model by: its id on the hub; of any other local folder its name, never its path."""
    if reference.name == EMBEDDED:
        return EMBEDDED_PUBLIC
    return Path(reference.location).name if reference.is_local else reference.location


def setting_of(made_for: str) -> str:
    """BASE_MODEL for what an adapter's config names; empty where that leads nowhere (a folder's name alone)."""
    if made_for == EMBEDDED_PUBLIC or Path(made_for).name.startswith("smollm2-135m-instruct-v"):
        return EMBEDDED
    is_id = made_for.count("/") == 1 and not made_for.startswith((".", "/", "~"))
    return made_for if is_id or (made_for.startswith("/") and Path(made_for).is_dir()) else ""


def check_available(reference: ModelRef, *, has_gpu: bool, cpu_insisted: bool) -> None:
    """Refuse, before any work, a model whose weights cannot be had or that needs a GPU.

    `cpu_insisted`: a person chose the profile `cpu`, so a large model is theirs to wait for.
    Raises UsageError in one sentence that says what to do.
    """
    size = Shape.from_config(read_config(reference)).parameters
    if not has_gpu and not cpu_insisted and size > LARGEST_ON_CPU:
        raise UsageError(
            f"BASE_MODEL {reference.name} has about {size / 1e9:.1f} billion parameters and this machine has no "
            f"CUDA GPU: use --base-model {EMBEDDED}, or --profile cpu to insist (days, and much memory)."
        )


def read_config(reference: ModelRef) -> dict[str, Any]:
    """The model's config.json, with its family's defaults where sizes are left to them.

    Raises UsageError in one sentence where it cannot be had.
    """
    return _with_sizes(json.loads(_config_path(reference).read_text(encoding="utf-8")))


def _with_sizes(config: dict[str, Any]) -> dict[str, Any]:
    # gemma-3-4b names neither its heads nor its vocabulary.
    if Shape.is_told_by(config):
        return config
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING, CONFIG_MAPPING_NAMES

    if config.get("model_type") not in CONFIG_MAPPING_NAMES:
        return config
    whole = CONFIG_MAPPING[config["model_type"]].from_dict(config).to_dict()
    told = {**whole, **config}
    if config.get("text_config"):
        told["text_config"] = {**whole["text_config"], **config["text_config"]}
    return told


def _config_path(reference: ModelRef) -> Path:
    if reference.is_local:
        return Path(reference.location) / "config.json"
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    cached = try_to_load_from_cache(reference.location, "config.json", revision=reference.pin)
    if not isinstance(cached, str) and not _hub_answers():  # the library's own retries take 23 s
        raise UsageError(
            f"BASE_MODEL {reference.location}: its weights are not in the local cache and the hub cannot be reached: "
            f"connect, name a local directory, or use --base-model {EMBEDDED}."
        )
    try:
        path = (
            cached
            if isinstance(cached, str)
            else hf_hub_download(reference.location, "config.json", revision=reference.pin, etag_timeout=5)
        )
    except GatedRepoError:
        raise UsageError(
            f"BASE_MODEL {reference.location} is gated: accept its terms on its page, then set HF_TOKEN."
        ) from None
    except RevisionNotFoundError:
        raise UsageError(f"BASE_MODEL {reference.location} has no revision {reference.revision}.") from None
    except RepositoryNotFoundError:
        raise UsageError(
            f"BASE_MODEL {reference.location} does not exist on the hub (or is private: set HF_TOKEN)."
        ) from None
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise UsageError(
            f"BASE_MODEL {reference.location}: the hub gave no config.json ({' '.join(str(error).split())[:120]})."
        ) from None
    return Path(path)


def _hub_answers() -> bool:
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    if os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        return True  # only the proxy can tell
    address = urlsplit(constants.ENDPOINT)
    try:
        socket.create_connection((address.hostname or "", address.port or 443), timeout=3).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    print(find(sys.argv[1] if len(sys.argv) > 1 else EMBEDDED, "", "~/.cache/heidi-autotraining").location)
