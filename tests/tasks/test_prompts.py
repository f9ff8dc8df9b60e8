"""Golden bytes: what the model sees must never drift between training, evaluation and export."""

import pytest
from sample_rows import asserted_sample, explanation_sample, review_sample, unit_test_sample

from autotrain.errors import UsageError
from autotrain.tasks import prompts

GOLDEN = {
    "algorithm_implementation": "Write `double(value)`, which returns twice the number it gets.\n\n"
    "Answer with one Python code block.",
    "code_review": "Review this function.\n\n1 def double(v):\n2     return v + 1\n\n"
    "Answer with one JSON object and nothing else, in this form:\n"
    '{"verdict": "request_changes", "issues": [{"line": 12, "severity": "high", "message": "what is wrong"}], '
    '"summary": "one sentence"}\n'
    'A severity is "low", "medium" or "high". Where nothing is wrong, the verdict is "approve" and "issues" is [].',
    "unit_test_generation": "Write `double(value)`, which returns twice the number it gets.\n\n"
    "Answer with one Python code block.",
    "code_explanation": "Write `double(value)`, which returns twice the number it gets.\n\nAnswer in plain text.",
}

CHATML = (
    "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + CHATML
)


class TemplateOnly:
    """A tokenizer reduced to its chat template (rendered as transformers does)."""

    def __init__(self, template: str) -> None:
        self.template = template

    def apply_chat_template(self, turns, tokenize: bool, add_generation_prompt: bool) -> str:
        from transformers.utils.chat_template_utils import render_jinja_template

        assert not tokenize
        rendered, _ = render_jinja_template(
            conversations=[turns], chat_template=self.template, add_generation_prompt=add_generation_prompt
        )
        return rendered[0]


@pytest.mark.parametrize(
    "row", [asserted_sample(), review_sample(), unit_test_sample(), explanation_sample()], ids=lambda row: row["id"]
)
def test_the_users_turn_is_these_bytes(row) -> None:
    assert prompts.user_message(row) == GOLDEN[row["metadata"]["task_type"]]


def test_the_rendered_prompt_is_these_bytes() -> None:
    assert prompts.render(TemplateOnly(CHATML), asserted_sample()) == (
        "<|im_start|>system\nYou are a careful Python programmer.<|im_end|>\n"
        "<|im_start|>user\n" + GOLDEN["algorithm_implementation"] + "<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_template_without_a_system_turn_gets_it_in_the_users() -> None:
    assert prompts.render(TemplateOnly(NO_SYSTEM), asserted_sample()) == (
        "<|im_start|>user\nYou are a careful Python programmer.\n\n"
        + GOLDEN["algorithm_implementation"]
        + "<|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize(
    "template",
    [
        "{% if messages[0]['role'] != 'user' %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}"
        + CHATML,
        CHATML.replace("{{'<|im_start|>' +", "{% if m['role'] != 'system' %}{{'<|im_start|>' +").replace(
            "+ '\n'}}{% endfor", "+ '\n'}}{% endif %}{% endfor"
        ),
    ],
    ids=["refused in other words", "left out without a word"],
)
def test_a_system_turn_that_a_template_does_not_take_is_at_the_head_of_the_users(template: str) -> None:
    assert prompts.render(TemplateOnly(template), asserted_sample()) == (
        "<|im_start|>user\nYou are a careful Python programmer.\n\n"
        + GOLDEN["algorithm_implementation"]
        + "<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_template_in_which_the_task_vanishes_is_refused_in_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"takes no task \(it leaves out a turn of the system\): choose another"):
        prompts.render(TemplateOnly("<|im_start|>assistant\n"), asserted_sample())


def test_a_fault_of_the_template_is_not_taken_for_a_missing_system_turn() -> None:
    with pytest.raises(UsageError, match="quite another thing"):
        prompts.render(TemplateOnly("{{ raise_exception('quite another thing') }}"), asserted_sample())


def test_the_prompt_in_evaluation_is_the_prompt_in_training() -> None:
    """The bytes that stage 05 generates from are the ones that stage 04 trains behind."""
    from autotrain.training.examples import IGNORED, encode_row

    class Bytes(TemplateOnly):
        eos_token_id = 0

        def __call__(self, text: str, add_special_tokens: bool):
            assert not add_special_tokens, "the template writes every special token itself"
            return {"input_ids": list(text.encode())}

    tokenizer, row = Bytes(CHATML), asserted_sample()
    example = encode_row(tokenizer, row)
    prompt = prompts.encode_prompt(tokenizer, row)
    assert example.input_ids[: len(prompt)] == prompt
    assert example.labels[: len(prompt)] == [IGNORED] * len(prompt)
    assert bytes(example.input_ids[len(prompt) : -1]).decode() == row["output"]
    assert example.labels[-1] == tokenizer.eos_token_id


QWEN3_ENDING = (
    "{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}"
)
ALWAYS_THINKS = CHATML + "{{ '<think>\\n' }}"


def tokenizer_with(template: str):
    import tiny_model

    tokenizer = tiny_model.tokenizer()
    tokenizer.chat_template = template
    return tokenizer


@pytest.mark.parametrize("thinking", ["auto", "on", "off"])
def test_thinking_moves_no_byte_of_a_template_that_knows_none(thinking: str) -> None:
    tokenizer, row = tokenizer_with(CHATML), asserted_sample()
    assert prompts.render(tokenizer, row, thinking) == prompts.render(TemplateOnly(CHATML), row)


def test_thinking_reaches_a_template_that_knows_it() -> None:
    tokenizer, row = tokenizer_with(CHATML + QWEN3_ENDING), asserted_sample()
    plain = prompts.render(TemplateOnly(CHATML), row)
    assert prompts.render(tokenizer, row, "auto") == prompts.render(tokenizer, row, "on") == plain
    assert prompts.render(tokenizer, row, "off") == plain + "<think>\n\n</think>\n\n"


def test_a_thought_that_a_template_opens_is_closed_unless_thinking_is_on() -> None:
    tokenizer, row = tokenizer_with(ALWAYS_THINKS), asserted_sample()
    plain = prompts.render(TemplateOnly(CHATML), row)
    assert prompts.render(tokenizer, row, "on") == plain + "<think>\n"
    closed = plain + "<think>\n\n</think>\n\n"
    assert prompts.render(tokenizer, row, "auto") == prompts.render(tokenizer, row, "off") == closed


def test_training_evaluation_and_modelfile_share_the_thinking_prompt() -> None:
    from training_support import rendered_by_ollama

    from autotrain.training.examples import encode_row
    from autotrain.training.ollama import ollama_template

    tokenizer, row = tokenizer_with(ALWAYS_THINKS), asserted_sample()
    prompt = prompts.encode_prompt(tokenizer, row, "off")
    assert encode_row(tokenizer, row, "off").input_ids[: len(prompt)] == prompt
    assert rendered_by_ollama(ollama_template(tokenizer, "off"), row) == prompts.render(tokenizer, row, "off")
