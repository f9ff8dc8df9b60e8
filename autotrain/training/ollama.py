"""An Ollama Modelfile whose prompt has the very bytes that the model was trained on. Reads nothing; writes the file.

path = write_modelfile(tokenizer, Path("exported/gguf/model-q8_0.gguf"), "auto")     # ollama create NAME -f PATH
"""

from pathlib import Path
from typing import Any

from autotrain.errors import AutotrainError
from autotrain.jsonl import atomic_writer
from autotrain.tasks import control_tokens, prompts

# Stand in for the texts of a conversation, to see what the template puts around them.
_SYSTEM_MARK, _USER_MARK = "\x01system\x01", "\x01user\x01"


def modelfile(tokenizer: Any, weights: str, thinking: str = "auto") -> str:
    """An Ollama Modelfile whose prompt has the very bytes that the model was trained on.

    Ollama's own guess of a template differs from the trained one (ollama/ollama#6823), so
    the trained template is rendered and its texts are replaced by Ollama's placeholders.
    """
    template = ollama_template(tokenizer, thinking)
    return (
        f"FROM {weights}\n"
        f'TEMPLATE """{template}"""\n'
        f'SYSTEM """{prompts.SYSTEM}"""\n'
        f'PARAMETER stop "{tokenizer.convert_ids_to_tokens(control_tokens.end_of_turn(tokenizer))}"\n'
        "PARAMETER temperature 0\n"
    )


def write_modelfile(tokenizer: Any, gguf: Path, thinking: str) -> Path:
    """The Modelfile beside a GGUF."""
    with atomic_writer(gguf.with_name("Modelfile")) as stream:
        stream.write(modelfile(tokenizer, f"./{gguf.name}", thinking).encode())
    return gguf.with_name("Modelfile")


def ollama_template(tokenizer: Any, thinking: str = "auto") -> str:
    """The trained prompt as a Go template of one turn. Raises AutotrainError where the template is not of that form."""
    turns = [{"role": "system", "content": _SYSTEM_MARK}, {"role": "user", "content": _USER_MARK}]
    text = prompts.render_turns(tokenizer, turns, thinking)
    if text.count(_SYSTEM_MARK) != 1 or text.count(_USER_MARK) != 1 or "{{" in text or '"""' in text:
        raise AutotrainError("this chat template changes its texts, so no Ollama template has the same bytes.")
    return text.replace(_SYSTEM_MARK, "{{ .System }}").replace(_USER_MARK, "{{ .Prompt }}") + "{{ .Response }}"
