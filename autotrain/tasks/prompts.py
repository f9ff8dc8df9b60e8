"""The prompt of a task: the only place that turns a sample into what the model sees.

Stages 04 and 05 (and the exported Modelfile) get their prompt bytes here, so training and
evaluation cannot drift apart; golden bytes in tests/tasks/test_prompts.py hold them still.
"""

from typing import Any

from autotrain.errors import UsageError
from autotrain.tasks import control_tokens, conversations, languages, python, samples, templates
from autotrain.tasks.shapes import Sample
from autotrain.tasks.types import TYPES

VERSION = 2

SYSTEM = python.SYSTEM

# What the model is told about the form of its answer.
ANSWER_FORMS = {
    "code": languages.answer_form(python.NAME),
    "text": "Answer in plain text.",
}


JSON_FORM = "Answer with one JSON object and nothing else."


def user_message(row: Sample) -> str:
    """The user's turn: instruction, input (if any), and the form of the answer, unless the row is other people's."""
    if samples.is_foreign(row):
        return "\n\n".join(part for part in (row["instruction"].strip(), row["input"].strip("\n")) if part)
    metadata = row["metadata"]
    if metadata["response_format"] == "json":
        form = TYPES[metadata["task_type"]].json_form or JSON_FORM
    else:
        language = languages.of_row(row)
        is_code = metadata["response_format"] == "code"
        form = languages.answer_form(language) if is_code else ANSWER_FORMS[metadata["response_format"]]
    parts = [row["instruction"].strip(), row["input"].strip("\n"), form]
    return "\n\n".join(part for part in parts if part)


def messages(row: Sample) -> list[dict[str, Any]]:
    """The turns before the answer, as chat templates take them: of data of other people, theirs alone."""
    if "messages" in row:
        return row["messages"][: conversations.last_learned(row["messages"])]
    if samples.is_foreign(row):
        return [{"role": "user", "content": user_message(row)}]
    system = languages.system_line(languages.of_row(row))
    return [{"role": "system", "content": system}, {"role": "user", "content": user_message(row)}]


def render(tokenizer: Any, row: Sample, thinking: str = "auto") -> str:
    """The prompt's text, up to where the assistant's answer begins. `thinking`: the setting THINKING."""
    if "messages" in row:
        return templates.ChatTemplate(tokenizer, thinking).prompt(row)
    return render_turns(tokenizer, messages(row), thinking)


def render_turns(tokenizer: Any, turns: list[dict[str, Any]], thinking: str = "auto") -> str:
    """A system turn, a user turn and what followed as text, up to where the assistant's answer begins.

    A template that fails on a system turn, or leaves it out, gets it at the head of the user's turn. `thinking`
    reaches templates that know `enable_thinking`; a thought that a template opens all the same is closed unless it
    is `on`, since answers hold none. Raises UsageError where the template does not render the task.
    """
    reason = ""
    merged = templates.system_in_user(turns)
    for form in (turns, merged) if merged != turns else (turns,):
        try:
            text = templates.render(tokenizer, form, thinking=thinking, ask=True)
            left_out = templates.turn_left_out(text, form)
        except Exception as error:  # templates raise jinja2's TemplateError or plain errors of their own
            left_out = " ".join(str(error).split())[:160]
        else:
            if not left_out:
                return text
        reason = reason or left_out  # where both forms fail, the fault is another one than the system turn
    raise UsageError(f"BASE_MODEL: its chat template takes no task ({reason}): choose another model.")


def encode_prompt(tokenizer: Any, row: Sample, thinking: str = "auto") -> list[int]:
    """The prompt's token ids. The template writes every special token itself; those in the task are text."""
    return _encode(tokenizer, render(tokenizer, row, thinking), messages(row))


def encode_turns(tokenizer: Any, turns: list[dict[str, Any]], thinking: str = "auto") -> list[int]:
    """The same of turns that are no task: a conversation up to where the assistant is to speak."""
    return _encode(tokenizer, render_turns(tokenizer, turns, thinking), turns)


def _encode(tokenizer: Any, text: str, turns: list[dict[str, Any]]) -> list[int]:
    return control_tokens.encode(tokenizer, text, [conversations.text_of(turn) for turn in turns])


def encode_answer(tokenizer: Any, answer: str) -> list[int]:
    """The answer's token ids, ended by the end-of-turn token that the model must learn."""
    return [*control_tokens.encode(tokenizer, answer, [answer]), control_tokens.end_of_turn(tokenizer)]
