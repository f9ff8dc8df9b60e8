"""A merged model as one GGUF file, which llama.cpp and Ollama load.

For Llama, Qwen2 and Qwen3 with a byte-level tokenizer; the names of tensors come from the pinned `gguf` package, and
what this module does not know is refused: llama.cpp's own converter knows it (export.py). Reads a Hugging Face folder
(config.json, tokenizer.json, safetensors), one tensor at a time; writes the file.

    write(Path("exported"), Path("exported/gguf/model-q8_0.gguf"), tokenizer, "q8_0")
"""

import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autotrain.errors import AutotrainError, UsageError
from autotrain.jsonl import Row, read_json
from autotrain.tasks import control_tokens

FAMILIES = {"llama": "LLAMA", "qwen2": "QWEN2", "qwen3": "QWEN3"}  # model_type: name in gguf.MODEL_ARCH
BYTES_A_WEIGHT = {"q8_0": 34 / 32, "bf16": 2.0, "f32": 4.0}  # q8_0: 32 bytes and a 16-bit scale in each block
CONVERTER = "convert_hf_to_gguf.py"
CONVERTER_VARIABLE = "LLAMA_CPP"  # llama.cpp's folder
QUANTIZER = "llama-quantize"
_QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA_3 = _QWEN.replace(r"\p{N}|", r"\p{N}{1,3}|")
_OTHERWISE = "without --gguf all else works, or name llama.cpp's folder with --llama-cpp DIR."


def find_converter(given: str | None = None) -> Path | None:
    """llama.cpp's converter: in the folder given, in LLAMA_CPP, or on PATH. Raises UsageError."""
    folders = [given] if given else [os.environ.get(CONVERTER_VARIABLE), shutil.which(CONVERTER)]
    for folder in folders:
        if not folder:
            continue
        path = Path(folder).expanduser()
        path = path if path.name == CONVERTER else path / CONVERTER
        if path.is_file():
            return path
    if given:
        raise UsageError(f"--llama-cpp {given} holds no {CONVERTER}: the folder of a clone of llama.cpp is needed.")
    return None


def family_of(config: Mapping[str, Any], name: str) -> str:
    """The architecture's name in gguf. Raises UsageError for what this module cannot write."""
    kind = config.get("model_type")
    rope = config.get("rope_parameters") or {}
    reason = ""
    if kind not in FAMILIES:
        reason = f"its family {kind} is none of {', '.join(FAMILIES)}"
    elif (rope.get("rope_type") or rope.get("type") or "default") != "default" or config.get("rope_scaling"):
        reason = "its positions are scaled"
    elif config.get("use_sliding_window") or (kind == "llama" and config.get("attention_bias")):
        reason = "its attention is not the plain one of its family"
    if reason:
        raise UsageError(f"--gguf cannot write {name} ({reason}): {_OTHERWISE}")
    return FAMILIES[str(kind)]


def splitting_of(tokenizer: Row) -> str:
    """llama.cpp's name for how a tokenizer.json splits text before its merges. Raises UsageError where it has none."""
    model, before = tokenizer["model"], tokenizer.get("pre_tokenizer") or {}
    parts = before["pretokenizers"] if before.get("type") == "Sequence" else [before]
    forms = tuple(_form(part) for part in parts)
    known = {
        (("bytes", True),): "gpt-2",
        (("digits", True), ("bytes", True)): "smollm",
        (("split", _QWEN), ("bytes", False)): "qwen2",
        (("split", _LLAMA_3), ("bytes", False)): "llama-bpe",
    }
    name = known.get(forms)
    normal = (tokenizer.get("normalizer") or {}).get("type", "NFC") == "NFC"
    # A text that is a token already is taken whole: llama.cpp does so for Llama 3 alone.
    whole = bool(model.get("ignore_merges")) == (name == "llama-bpe")
    if model.get("type") != "BPE" or model.get("byte_fallback") or name is None or not normal or not whole:
        raise UsageError(f"--gguf cannot write this tokenizer (llama.cpp has no name for how it splits): {_OTHERWISE}")
    return name


def _form(part: Row) -> tuple[str, Any]:
    kind = part.get("type")
    if kind == "ByteLevel" and not part.get("add_prefix_space"):
        return "bytes", bool(part.get("use_regex", True))
    if kind == "Digits":
        return "digits", bool(part.get("individual_digits"))
    if kind == "Split" and part.get("behavior") == "Isolated" and not part.get("invert"):
        return "split", part["pattern"].get("Regex")
    return str(kind), None


def write_files(converter: Path | None, merged: Path, tokenizer: Any) -> list[Path]:
    """The merged model as GGUF in MERGED/gguf: with 8 bits a weight and, where llama-quantize is on PATH, with 4.

    Through llama.cpp's converter where there is one. Raises UsageError or AutotrainError with its last words.
    """
    found = [merged / "gguf" / "model-q8_0.gguf"]
    found[0].parent.mkdir(parents=True, exist_ok=True)

    def make(target: Path, kind: str) -> None:
        if converter:
            _run(target, converter, sys.executable, converter, merged, "--outfile", target, "--outtype", kind)
        else:
            write(merged, target, tokenizer, kind)

    make(found[0], "q8_0")
    quantizer = shutil.which(QUANTIZER)
    if quantizer:
        whole, found = found[0].with_name("whole.gguf"), [*found, found[0].with_name("model-q4_k_m.gguf")]
        try:
            make(whole, "bf16")
            _run(found[1], quantizer, quantizer, whole, found[1], "Q4_K_M")
        finally:
            whole.unlink(missing_ok=True)
    return found


def _run(target: Path, program: str | Path, *command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode or not target.is_file():
        words = (done.stderr or done.stdout).strip().splitlines()
        raise AutotrainError(f"{program} failed: {words[-1] if words else f'exit code {done.returncode}'}")


def write(model: Path, target: Path, tokenizer: Any, kind: str) -> None:
    """Write the model of a folder as `target`, which appears whole or not at all. `tokenizer`: as the library loads it.

    Raises UsageError for a model that this module does not know.
    """
    import gguf
    import numpy as np

    config = read_json(model / "config.json")
    arch = gguf.MODEL_ARCH[family_of(config, model.name)]
    told = read_json(model / "tokenizer.json", limit=1 << 28)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    writer = gguf.GGUFWriter(unfinished, gguf.MODEL_ARCH_NAMES[arch])
    try:
        _tell_model(writer, config, model.name, kind)
        _tell_tokenizer(writer, config, told, tokenizer)
        names = gguf.get_tensor_name_map(arch, config["num_hidden_layers"])
        shapes = dict(_shapes(model, config))
        kinds = {name: _kind_of(shape, kind) for name, shape in shapes.items()}
        for name, shape in shapes.items():
            size = math.prod(gguf.quants.quant_shape_to_byte_shape(shape, kinds[name]))
            writer.add_tensor_info(_named(names, name), shape, np.dtype(np.float32), size, kinds[name])
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for name, tensor in _tensors(model, shapes):
            values = _in_order(name, tensor, config).float().numpy()
            writer.write_tensor_data(gguf.quants.quantize(values, kinds[name]))
        writer.close()
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def _tell_model(writer: Any, config: Row, name: str, kind: str) -> None:
    import gguf

    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    width = config.get("head_dim") or config["hidden_size"] // heads
    writer.add_name(name)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_rope_dimension_count(width)
    writer.add_rope_freq_base((config.get("rope_parameters") or config)["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_file_type(gguf.LlamaFileType[{"q8_0": "MOSTLY_Q8_0", "bf16": "MOSTLY_BF16", "f32": "ALL_F32"}[kind]])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _tell_tokenizer(writer: Any, config: Row, told: Row, tokenizer: Any) -> None:
    from gguf import TokenType

    count = config["vocab_size"]
    tokens, types = [f"[PAD{number}]" for number in range(count)], [TokenType.UNUSED] * count
    for text, number in told["model"]["vocab"].items():
        tokens[number], types[number] = text, TokenType.NORMAL
    for added in told["added_tokens"]:
        tokens[added["id"]] = added["content"]
        types[added["id"]] = TokenType.CONTROL if added["special"] else TokenType.USER_DEFINED
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(splitting_of(told))
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    merges = told["model"]["merges"]
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in merges])
    ends = control_tokens.end_of_turn(tokenizer)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    if ends != tokenizer.eos_token_id:
        writer.add_eot_token_id(ends)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    if tokenizer.bos_token_id is not None:
        writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_add_bos_token(False)  # the template writes every control token itself
    writer.add_chat_template(tokenizer.chat_template)


def _shapes(model: Path, config: Row) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and shapes of the tensors that go into the file, in the order of `_tensors`."""
    from safetensors import safe_open

    for path in sorted(model.glob("*.safetensors")):
        with safe_open(path, "pt") as stream:
            for name in sorted(stream.keys()):
                if not (name == "lm_head.weight" and config.get("tie_word_embeddings")):
                    yield name, tuple(stream.get_slice(name).get_shape())


def _tensors(model: Path, wanted: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    from safetensors import safe_open

    for path in sorted(model.glob("*.safetensors")):
        with safe_open(path, "pt") as stream:
            for name in sorted(stream.keys()):
                if name in wanted:
                    yield name, stream.get_tensor(name)


def _kind_of(shape: tuple[int, ...], kind: str) -> Any:
    from gguf import GGMLQuantizationType as Kind

    if len(shape) == 1 or kind == "f32":
        return Kind.F32  # norms and biases are few, and every loader expects them whole
    if kind == "q8_0":
        return Kind.Q8_0 if shape[-1] % 32 == 0 else Kind.F16
    return Kind.BF16


def _named(names: Any, name: str) -> str:
    found = names.get_name(name, try_suffixes=(".weight", ".bias"))
    if found is None:
        raise UsageError(f"--gguf cannot write this model (gguf has no name for its {name}): {_OTHERWISE}")
    return found


def _in_order(name: str, tensor: Any, config: Row) -> Any:
    """The tensor with its rows as llama.cpp wants them: a Llama's queries and keys turn neighbours, not halves."""
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    count = heads.get(name.split(".")[-2]) if config["model_type"] == "llama" else None
    if count is None:
        return tensor
    half = tensor.shape[0] // count // 2
    return tensor.reshape(count, 2, half, *tensor.shape[1:]).swapaxes(1, 2).reshape(tensor.shape).contiguous()
