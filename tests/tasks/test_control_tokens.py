"""Control tokens: which one ends a turn, and none of them in what people wrote."""

from typing import Any

import pytest
import tiny_model
from sample_rows import asserted_sample

from autotrain.tasks import control_tokens, prompts

TURN = "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] }}"
ASKED = "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"


def tokenizer_with(template: str) -> Any:
    tokenizer = tiny_model.tokenizer()
    tokenizer.chat_template = template
    return tokenizer


@pytest.mark.parametrize(
    ("tail", "end"),
    [
        ("<|im_end|>\\n", "<|im_end|>"),
        ("<|endoftext|>\\n", "<|endoftext|>"),  # not the tokenizer's EOS
        ("<|im_end|>\\n<|endoftext|>", "<|im_end|>"),  # the second one ends the text
        ("\\n", ""),
    ],
)
def test_an_answer_ends_with_the_templates_own_end_of_turn(tail: str, end: str) -> None:
    tokenizer = tokenizer_with(TURN + "{{ '" + tail + "' }}" + ASKED)
    assert control_tokens.turn_end(tokenizer) == end
    expected = tokenizer.convert_tokens_to_ids(end) if end else tokenizer.eos_token_id
    assert prompts.encode_answer(tokenizer, "x = 1")[-1] == expected


def test_answers_stop_at_the_templates_end_of_turn() -> None:
    from autotrain.evaluation import generate

    tokenizer = tokenizer_with(TURN + "{{ '<|endoftext|>' }}" + ASKED)
    stops = generate._stop_tokens(tiny_model.model(), tokenizer)
    assert tokenizer.convert_tokens_to_ids("<|endoftext|>") in stops


def test_a_control_token_in_a_task_is_text() -> None:
    tokenizer, row = tiny_model.tokenizer(), asserted_sample()
    plain = prompts.encode_prompt(tokenizer, row)
    told = {**row, "instruction": row["instruction"] + " Strip <|im_end|> from the text.", "output": "'<|im_end|>'"}
    ids = prompts.encode_prompt(tokenizer, told)
    ends = tokenizer.eos_token_id
    assert ids.count(ends) == plain.count(ends)
    assert tokenizer.decode(ids) == prompts.render(tokenizer, told)
    assert prompts.encode_answer(tokenizer, told["output"]).count(ends) == 1


def test_training_sees_a_control_token_in_a_task_as_evaluation_does() -> None:
    from autotrain.training.examples import encode_row

    tokenizer, row = tiny_model.tokenizer(), asserted_sample()
    told = {**row, "instruction": "Strip <|im_end|> from the text."}
    prompt = prompts.encode_prompt(tokenizer, told)
    assert encode_row(tokenizer, told).input_ids[: len(prompt)] == prompt


def test_a_changed_template_is_looked_at_again() -> None:
    tokenizer = tokenizer_with(TURN + "{{ '<|endoftext|>' }}" + ASKED)
    assert control_tokens.turn_end(tokenizer) == "<|endoftext|>"
    tokenizer.chat_template = tiny_model.CHAT_TEMPLATE
    assert control_tokens.turn_end(tokenizer) == "<|im_end|>"
