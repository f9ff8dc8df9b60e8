"""What was said is told apart from what was thought, in every form of chat template."""

import pytest

from autotrain.tasks.thoughts import after_thoughts, control_token, is_unfinished_thought, spoken


@pytest.mark.parametrize(
    "text",
    [
        "42",
        "<think>hm</think>\n42",
        "I think.\n</think>\n\n42",
        "a </think> b </think> 42",
        "<thought>hm</thought>42",
        "[THINK]hm[/THINK]42",
        "◁think▷hm◁/think▷42",
        "<|START_THINKING|>hm<|END_THINKING|>42",
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>42<|return|>",
        "<|channel|>analysis<|message|>hm<|end|><|channel|>final <|constrain|>json<|message|>42",
        "<|channel>thought\nhm<channel|>42",
        "analysisWe need a number.assistantfinal42",
        "42<|im_end|>",
        "42</s>\n<|endoftext|>",
        "hm</think>42<｜end▁of▁sentence｜>",
        "42<end_of_turn>\n",
    ],
)
def test_thoughts_and_the_tokens_that_end_a_turn_are_cut(text: str) -> None:
    assert spoken(text).strip() == "42"
    assert control_token(spoken(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "a < b and c > d",
        "<channel><title>final news</title></channel>",
        "x = [1]\n",
        "return table[EOS]",
        "analysis of a text",
        "if a <b: return '<b>|c|</b>'",
    ],
)
def test_a_text_without_marks_is_left_as_it_is(text: str) -> None:
    assert spoken(text) == text and after_thoughts(text) is None
    assert control_token(text) is None and not is_unfinished_thought(text)


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("so <|im_start|>user and on", "<|im_start|>"),
        ("<think>no end", "<think>"),
        ("x [/INST] y", "[/INST]"),
        ("a<tool_call>b", "<tool_call>"),
        ("a <｜User｜> b", "<｜User｜>"),
        ("<|channel|>commentary to=x", "<|channel|>"),
        ("line<0x0A>line", "<0x0A>"),
    ],
)
def test_a_control_token_left_over_is_named(text: str, token: str) -> None:
    assert control_token(spoken(text)) == token


@pytest.mark.parametrize("text", ["<think>hm", "[THINK]hm", "<|channel|>analysis<|message|>hm", "<|START_THINKING|>hm"])
def test_a_thought_without_an_end_is_no_answer(text: str) -> None:
    assert is_unfinished_thought(text) and not is_unfinished_thought(f"{text}</think>42")
