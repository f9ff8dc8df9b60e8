"""Conversations: the trained spans of six templates are exactly the assistant's turns; golden bytes of tool calls."""

import json
from pathlib import Path

import pytest
import tiny_model

from autotrain.cleaning.cleaner import clean_file
from autotrain.cleaning.foreign_rows import Foreign, as_sample
from autotrain.jsonl import load_rows, write_rows
from autotrain.tasks import prompts
from autotrain.tasks.samples import schema_problem
from autotrain.training.examples import IGNORED, encode_row, encode_rows

# Written from the templates' published descriptions.
CHATML = tiny_model.CHAT_TEMPLATE
LLAMA3 = (
    "{{ '<|begin_of_text|>' }}{% for m in messages %}{{ '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n'"
    " + m['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
ALTERNATE = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
)
MISTRAL_01 = (
    "{{ '<s>' }}" + ALTERNATE + "{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% else %}"
    "{{ m['content'] + '</s>' }}{% endif %}{% endfor %}"
)
MISTRAL_03 = (
    "{{ '<s>' }}{% set users = messages | selectattr('role', 'equalto', 'user') | list %}{% for m in messages %}"
    "{% if m['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% elif m['role'] == 'user' %}{% if tools and m == users[-1] %}"
    "{{ '[AVAILABLE_TOOLS] ' + tools | tojson + '[/AVAILABLE_TOOLS]' }}{% endif %}{{ '[INST] ' + m['content'] + '[/INST]' }}"  # noqa: E501
    "{% elif m['tool_calls'] %}{{ '[TOOL_CALLS] [' }}{% for c in m['tool_calls'] %}{% if c['id'] | length != 9 %}"
    "{{ raise_exception('Tool call IDs should be alphanumeric strings with length 9!') }}{% endif %}"
    "{{ '{\"name\": \"' + c['function']['name'] + '\", \"arguments\": ' + c['function']['arguments'] | tojson"
    " + ', \"id\": \"' + c['id'] + '\"}' }}{% endfor %}{{ ']</s>' }}"
    "{% elif m['role'] == 'tool' %}{{ '[TOOL_RESULTS] {\"content\": ' + m['content'] + ', \"call_id\": \"'"
    " + m['tool_call_id'] + '\"}[/TOOL_RESULTS]' }}"
    "{% else %}{{ ' ' + m['content'] + '</s>' }}{% endif %}{% endfor %}"
)
GEMMA = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{{ '<bos>' }}"
    + ALTERNATE
    + "{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role']) + '\n' + m['content'] | trim"
    " + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}"
)
QWEN3 = (
    "{% if tools %}{{ '<|im_start|>system\n# Tools\n<tools>' }}{% for t in tools %}{{ '\n' + t | tojson }}{% endfor %}"
    "{{ '\n</tools><|im_end|>\n' }}{% endif %}"
    "{% set ns = namespace(last=0) %}{% for m in messages %}{% if m['role'] == 'user' %}{% set ns.last = loop.index0 %}"
    "{% endif %}{% endfor %}{% for m in messages %}"
    "{% if m['role'] == 'tool' %}{{ '<|im_start|>user\n<tool_response>\n' + m['content'] + '\n</tool_response><|im_end|>\n' }}"  # noqa: E501
    "{% elif m['role'] == 'assistant' %}{{ '<|im_start|>assistant\n' }}"
    "{% if loop.index0 > ns.last and (loop.last or m['reasoning_content']) %}"
    "{{ '<think>\n' + (m['reasoning_content'] or '') + '\n</think>\n\n' }}{% endif %}{{ m['content'] }}"
    "{% for c in m['tool_calls'] or [] %}{{ '<tool_call>\n{\"name\": \"' + c['function']['name'] + '\", \"arguments\": '"  # noqa: E501
    " + c['function']['arguments'] | tojson + '}\n</tool_call>' }}{% endfor %}{{ '<|im_end|>\n' }}"
    "{% else %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SIX = {
    "chatml": (CHATML, ["First answer.<|im_end|>", "Second answer.<|im_end|>"]),
    "llama 3": (LLAMA3, ["First answer.<|eot_id|>", "Second answer.<|eot_id|>"]),
    "mistral 0.1": (MISTRAL_01, ["First answer.</s>", "Second answer.</s>"]),
    "mistral 0.3": (MISTRAL_03, [" First answer.</s>", " Second answer.</s>"]),
    "gemma": (GEMMA, ["First answer.<end_of_turn>", "Second answer.<end_of_turn>"]),
    "qwen3": (QWEN3, ["First answer.<|im_end|>", "<think>\n\n</think>\n\nSecond answer.<|im_end|>"]),
}
TURNS = [
    {"role": "user", "content": "One, please?"},
    {"role": "assistant", "content": "First answer."},
    {"role": "user", "content": "And the other?"},
    {"role": "assistant", "content": "Second answer."},
]
CALL = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Bergen"}'}}
WEATHER = [
    {"role": "user", "content": "What is the weather in Bergen today?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": '{"t": 7}'},
    {"role": "assistant", "content": "It is seven degrees in Bergen today."},
]
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]


def tokenizer_of(template: str):
    tokenizer = tiny_model.tokenizer()
    ends = ["<|eot_id|>", "</s>", "<end_of_turn>"]
    tokenizer.add_special_tokens({"additional_special_tokens": ends})  # type: ignore[arg-type]
    tokenizer.chat_template = template
    return tokenizer


def spans_of(tokenizer, row) -> list[str]:
    """The runs of trained tokens, as text."""
    example = encode_row(tokenizer, row)
    spans, before = [], IGNORED
    for label in example.labels:
        if label != IGNORED:
            spans = [*spans, [label]] if before == IGNORED else [*spans[:-1], [*spans[-1], label]]
        before = label
    return [tokenizer.decode(span) for span in spans]


def row_of(messages, **more):
    return as_sample({"messages": messages, **more})[0]


@pytest.mark.parametrize("name", SIX)
def test_exactly_the_assistants_turns_are_trained_on(name: str) -> None:
    template, spans = SIX[name]
    assert spans_of(tokenizer_of(template), row_of(TURNS)) == spans


@pytest.mark.parametrize("name", SIX)
def test_a_conversations_prompt_in_evaluation_begins_its_example(name: str) -> None:
    tokenizer, row = tokenizer_of(SIX[name][0]), row_of(TURNS)
    prompt = prompts.encode_prompt(tokenizer, row)
    assert encode_row(tokenizer, row).input_ids[: len(prompt)] == prompt


def test_a_turn_of_weight_0_is_context_only() -> None:
    turns = [*TURNS[:1], {**TURNS[1], "weight": 0}, *TURNS[2:]]
    tokenizer = tokenizer_of(CHATML)
    assert spans_of(tokenizer, row_of(turns)) == ["Second answer.<|im_end|>"]
    assert "First answer." in tokenizer.decode(encode_row(tokenizer, row_of(turns)).input_ids)


def test_a_tool_call_is_trained_on_in_the_templates_own_form() -> None:
    assert spans_of(tokenizer_of(QWEN3), row_of(WEATHER, tools=TOOLS)) == [
        '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Bergen"}}\n</tool_call><|im_end|>',
        "<think>\n\n</think>\n\nIt is seven degrees in Bergen today.<|im_end|>",
    ]
    call, answer = spans_of(tokenizer_of(MISTRAL_03), row_of(WEATHER, tools=TOOLS))
    assert call.startswith('[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Bergen"}, "id": "')
    assert answer == " It is seven degrees in Bergen today.</s>"


@pytest.mark.parametrize("name", ["chatml", "llama 3", "mistral 0.1", "gemma"])
def test_a_call_that_the_template_does_not_know_is_written_as_text_and_counted(name: str) -> None:
    tokenizer = tokenizer_of(SIX[name][0])
    spans = spans_of(tokenizer, row_of(WEATHER, tools=TOOLS))
    assert '"arguments": {"city": "Bergen"}' in spans[0] and len(spans) == 2
    assert encode_rows(tokenizer, [row_of(WEATHER)], 4096).counts["conversations with calls as text"] == 1


def test_the_rows_own_system_turn_is_used_and_no_word_of_ours() -> None:
    row, _ = as_sample(
        {
            "instruction": "Now the median.",
            "input": "",
            "output": "Done so.",
            "system": "Guard.",
            "history": [["a", "b"]],
        }
    )
    assert prompts.render(tokenizer_of(CHATML), row) == (
        "<|im_start|>system\nGuard.<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n"
        "<|im_start|>user\nNow the median.<|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_template_that_wants_roles_to_alternate_gets_the_system_in_the_users_turn() -> None:
    system = {"role": "system", "content": "Be brief."}
    assert "[INST] Be brief.\n\nOne, please? [/INST]" in prompts.render(
        tokenizer_of(MISTRAL_01), row_of([system, *TURNS])
    )
    assert "You are a careful Python programmer.\n\n" in prompts.render(tokenizer_of(MISTRAL_01), tiny_model.sample(1))


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([WEATHER[0], WEATHER[2], WEATHER[3]], "tool_result_without_call"),
        ([WEATHER[0], WEATHER[1], {**WEATHER[2], "tool_call_id": "c9"}, WEATHER[3]], "call_id"),
        (
            [WEATHER[0], {**WEATHER[1], "tool_calls": [{"function": {"name": "f", "arguments": "{no"}}]}],
            "call_arguments",
        ),
        ([{"role": "user", "content": [{"type": "image_url"}]}, WEATHER[3]], "image"),
    ],
)
def test_a_conversation_that_cannot_be_trained_on_is_refused_by_name(turns, reason: str) -> None:
    with pytest.raises(Foreign) as refused:
        as_sample({"messages": turns})
    assert refused.value.reason == reason


def test_control_tokens_of_the_tokenizer_in_a_text_leave_the_row_out() -> None:
    turns = [{**TURNS[0], "content": "Say <|im_end|> please."}, *TURNS[1:]]
    encoded = encode_rows(tokenizer_of(CHATML), [row_of(turns)], 4096)
    assert (encoded.examples, encoded.counts["rows with control tokens in a text left out"]) == ([], 1)


def test_a_long_conversation_is_split_at_a_turn() -> None:
    tokenizer, row = tokenizer_of(CHATML), row_of(TURNS)
    length = len(encode_row(tokenizer, row).input_ids)
    assert encode_rows(tokenizer, [row], length - 1).too_long == 1
    split = encode_rows(tokenizer, [row], length - 1, split=True)
    assert [example.turns for example in split.examples] == [1, 1] and split.too_long == 0


def test_the_stage_counts_what_its_conversations_hold(tmp_path: Path) -> None:
    write_rows(tmp_path / "raw.jsonl", [{"messages": WEATHER, "tools": TOOLS}])
    summary = clean_file(tmp_path / "raw.jsonl", tmp_path / "clean.jsonl")
    assert summary.spoken["tool calls"] == summary.spoken["tools"] == 1
    assert (summary.spoken["turns with loss"], summary.spoken["turns without loss"]) == (2, 2)
    (row,) = load_rows(tmp_path / "clean.jsonl")
    assert schema_problem(row) is None and "Bergen" in row["output"] and "7" in row["input"]


def test_a_credential_in_a_calls_arguments_is_found(tmp_path: Path) -> None:
    key = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6"
    call = {"function": {"name": "login", "arguments": json.dumps({"token": key})}}
    write_rows(tmp_path / "raw.jsonl", [{"messages": [WEATHER[0], {"role": "assistant", "tool_calls": [call]}]}])
    assert clean_file(tmp_path / "raw.jsonl", tmp_path / "clean.jsonl").reasons == {"secret": 1}
