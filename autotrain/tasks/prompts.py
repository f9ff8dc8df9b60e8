"""The prompt of a task: the only place that turns a sample into what the model sees.

Stages 04 and 05 (and the exported Modelfile) get their prompt bytes here, so training and
evaluation cannot drift apart; golden bytes in tests/tasks/test_prompts.py hold them still.
"""

import re
from typing import Any

from autotrain.errors import UsageError
from autotrain.jsonl import Row
from autotrain.tasks import control_tokens, python
from autotrain.tasks.types import TYPES

VERSION = 2

SYSTEM = python.SYSTEM
_OPENED_THOUGHT = re.compile(r"<(think|thinking|thought|thoughts|reasoning)>\s*\Z")

# What the model is told about the form of its answer.
ANSWER_FORMS = {
    "code": "Answer with one Python code block.",
    "text": "Answer in plain text.",
}


JSON_FORM = "Answer with one JSON object and nothing else."


def user_message(row: Row) -> str:
    """The user's turn: instruction, input (if any), and the form of the answer."""
    metadata = row["metadata"]
    if metadata["response_format"] == "json":
        form = TYPES[metadata["task_type"]].json_form or JSON_FORM
    else:
        form = ANSWER_FORMS[metadata["response_format"]]
    parts = [row["instruction"].strip(), row["input"].strip("\n"), form]
    return "\n\n".join(part for part in parts if part)


def messages(row: Row) -> list[dict[str, str]]:
    """System and user turn of a task, as chat templates take them."""
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": user_message(row)}]


def render(tokenizer: Any, row: Row, thinking: str = "auto") -> str:
    """The prompt's text, up to where the assistant's answer begins. `thinking`: the setting THINKING."""
    return render_turns(tokenizer, messages(row), thinking)


def render_turns(tokenizer: Any, turns: list[dict[str, str]], thinking: str = "auto") -> str:
    """A system and a user turn as text, up to where the assistant's answer begins.

    A template that fails on a system turn, or leaves it out, gets it at the head of the user's turn. `thinking`
    reaches templates that know `enable_thinking`; a thought that a template opens all the same is closed unless
    it is `on`, since answers hold none. Raises UsageError where the template does not render the task.
    """
    options: dict[str, Any] = {"tokenize": False, "add_generation_prompt": True}
    if thinking != "auto" and knows_thinking(tokenizer):
        options["enable_thinking"] = thinking == "on"
    merged = [{"role": "user", "content": "\n\n".join(turn["content"] for turn in turns)}]
    reason = "it leaves the task out"
    for form in (turns, merged):
        try:
            text = tokenizer.apply_chat_template(form, **options)
        except Exception as error:  # templates raise jinja2's TemplateError or plain errors of their own
            reason = " ".join(str(error).split())[:160]
            continue
        if all(turn["content"].strip() in text for turn in form):
            return text if thinking == "on" else _without_open_thought(text)
    raise UsageError(f"BASE_MODEL: its chat template takes no task ({reason}): choose another model.")


def knows_thinking(tokenizer: Any) -> bool:
    """Whether the chat template asks for a thought or not by `enable_thinking`."""
    template = tokenizer.chat_template
    texts = template.values() if isinstance(template, dict) else [template or ""]
    return any("enable_thinking" in text for text in texts)


def _without_open_thought(text: str) -> str:
    # The form in which such models were trained on empty thoughts: `<think>\n\n</think>\n\n`.
    opened = _OPENED_THOUGHT.search(text)
    return f"{text[: opened.start()]}<{opened[1]}>\n\n</{opened[1]}>\n\n" if opened else text


def encode_prompt(tokenizer: Any, row: Row, thinking: str = "auto") -> list[int]:
    """The prompt's token ids. The template writes every special token itself; those in the task are text."""
    contents = [turn["content"] for turn in messages(row)]
    return control_tokens.encode(tokenizer, render(tokenizer, row, thinking), contents)


def encode_answer(tokenizer: Any, answer: str) -> list[int]:
    """The answer's token ids, ended by the end-of-turn token that the model must learn."""
    return [*control_tokens.encode(tokenizer, answer, [answer]), control_tokens.end_of_turn(tokenizer)]
