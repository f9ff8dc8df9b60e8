"""Answers as reasoning models and gateways send them: no thought and no token reaches a sample, and none is lost."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fake_openai import serving
from teacher_support import NO_CHECKS, run_core

from autotrain.jsonl import Row
from autotrain.tasks.thoughts import control_token
from autotrain.teacher import accept, own_answers
from autotrain.teacher.builtin import generate
from autotrain.teacher.completion import read_answer
from autotrain.teacher.parse import parse_object
from autotrain.teacher.protocol import Failure
from autotrain.teacher.slot import Checks

Message = dict[str, Any]


def bent(change: Callable[[Message], Any]) -> Callable[[Any, Any], Any]:
    """A server whose messages are changed in place."""

    def bend(_: Any, value: Any) -> Any:
        change(value["choices"][0]["message"])
        return 200, value, {}

    return bend


def around(before: str, behind: str = "") -> Callable[[Message], None]:
    return lambda message: message.update(content=f"{before}{message['content']}{behind}")


def as_arguments(message: Message) -> None:
    call = {"function": {"name": "answer", "arguments": message["content"]}}
    if message["content"].startswith("{"):  # asked for JSON
        message.update(content=None, tool_calls=[call])


def as_parts(message: Message) -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    message.update(content=[thought, {"type": "text", "text": message["content"]}])


def as_reasoning(message: Message) -> None:
    message.update(reasoning_content=f"hm\n</think>\n{message['content']}", content=None)


THOUGHT = 'Let me think: the answer is ```python\nx = 0\n``` or {"word": 1}.\n'


@pytest.mark.parametrize(
    "change",
    [
        around(f"<think>{THOUGHT}</think>\n"),
        around(f"{THOUGHT}</think>\n\n"),
        around(f"<thought>{THOUGHT}</thought>", "<|im_end|>\n"),
        around(f"[THINK]{THOUGHT}[/THINK]", "</s>"),
        around(
            f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>", "<|return|>"
        ),
        as_arguments,
        as_parts,
        as_reasoning,
        around("\ufeff"),
    ],
    ids=["think", "closing mark alone", "thought", "THINK", "channels", "tool call", "parts", "reasoning", "BOM"],
)
def test_every_dress_of_an_answer_gives_clean_samples_and_loses_none(tmp_path, change):
    with serving() as server:
        server.bend = bent(change)
        outcome = run_core(server.base_url, tmp_path, 12)
    assert outcome.error is None and len(outcome.accepted) == 12 and not outcome.rejects
    for row in outcome.accepted:
        assert control_token(row["output"]) is None and "Let me think" not in row["output"]


def whole(content: str) -> Row:
    message = {"role": "assistant", "content": content}
    return {
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": "9", "completion_tokens": "5"},
    }


def chunks(before: str) -> str:
    return "".join(f"{before}{json.dumps({'choices': [{'delta': {'content': part}}]})}\n" for part in "abc")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(json.dumps(whole("abc"))),
        json.dumps([whole("abc")]),
        json.dumps({"statusCode": 200, "body": json.dumps(whole("abc"))}),
        json.dumps({"code": 0, "msg": "ok", "data": whole("abc")}),
        json.dumps({"choices": [{"text": "abc", "finish_reason": "stop"}]}),
        json.dumps({"object": "chat.completion.chunk", "choices": [{"delta": {"content": "abc"}}]}),
        json.dumps({"choices": [whole("")["choices"][0], whole("abc")["choices"][0]]}),
        json.dumps({"error": "a warning", **whole("abc")}),
        f": PROCESSING\n\n{chunks('data: ')}data: [DONE]\n",
        f'{chunks("")}{{"choices": [{{"delta": {{}}, "finish_reason": "stop"}}]}}\n',
    ],
    ids="string list lambda envelope plain delta second warned comment lines".split(),
)
def test_an_answer_that_was_paid_for_is_found_in_whatever_body_it_comes(body):
    assert read_answer(body.encode(), "application/json").text == "abc"


def test_counts_that_are_texts_are_counts():
    assert (read_answer(json.dumps(whole("abc")).encode(), "").tokens_in, 9) == (9, 9)


def test_a_filtered_answer_without_a_message_is_refused_and_not_asked_for_again():
    answer = read_answer(b'{"choices": [{"message": null, "finish_reason": "content_filter"}]}', "")
    assert answer.refused and answer.text == ""


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "overloaded"}, **whole("")},
        {"code": 1002, "msg": "overloaded", "data": None},
        {"choices": None, "base_resp": {"status_code": 1004, "status_msg": "overloaded"}},
        [{"error": {"message": "overloaded"}}],
    ],
    ids="beside msg base_resp list".split(),
)
def test_an_error_inside_a_200_is_told_in_the_servers_own_words(body):
    with pytest.raises(Failure, match="an error inside a 200: overloaded"):
        read_answer(json.dumps(body).encode(), "application/json")


def test_an_answer_as_long_as_it_may_be_that_names_no_reason_was_cut_off(tmp_path):
    def bend(body: Any, value: Any) -> Any:
        value["choices"][0]["finish_reason"] = None
        value["usage"]["completion_tokens"] = body.get("max_tokens") or body["max_completion_tokens"]
        value["usage"].pop("total_tokens")
        return 200, value, {}

    with serving() as server:
        server.bend = bend
        outcome = run_core(server.base_url, tmp_path, 2, most_asked=4)
    assert not outcome.accepted and {row["reason"] for row in outcome.rejects} <= {"truncated"}


@pytest.mark.parametrize("text", ["{&quot;word&quot;: &quot;a&quot;}", json.dumps('{"word": "a"}')])
def test_json_made_safe_for_a_page_or_for_json_is_read(text):
    schema = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
    assert parse_object(text, schema) == ({"word": "a"}, None)


def test_a_control_token_in_an_answer_refuses_it_by_name(tmp_path):
    def leak(message: Message) -> None:
        if "This is take" in message["content"]:
            message["content"] = message["content"].replace("This is take", "<|im_start|>user This is take")

    with serving() as server:
        server.bend = bent(leak)
        outcome = run_core(server.base_url, tmp_path, 2, most_asked=4, attempts=2)
    assert {row["reason"] for row in outcome.rejects} == {"control token"} and not outcome.accepted
    assert all("<|im_start|>" in row["detail"] for row in outcome.rejects)


def test_own_answers_come_without_thoughts():
    (task,) = (row for _, row in zip(range(1), generate(seed=1, round_number=1, timestamp=""), strict=False))
    answers = [f"<think>{THOUGHT}</think>\n{task['output']}", f"{task['output']}<|im_start|>"]

    class Known:
        def answers(self, number: int, tasks: list[Row]) -> list[list[str]]:
            return [answers for _ in tasks]

    rows = own_answers.own_rows(iter([task]), share=1.0, wanted=1, seed=1, round_number=1, sampled=Known())  # type: ignore[arg-type]
    first, *others = rows
    assert first["output"] == task["output"] and accept.static_problem(first) is None
    assert len(others) == 1  # the second answer is the first one, and an ending token


def test_filtered_and_cut_off_answers_do_not_count_in_measured_difficulty(tmp_path):
    calls: dict[str, int] = {}

    def bend(body: Any, value: Any) -> Any:
        prompt = body["messages"][-1]["content"]
        if "This is take" in str(value):
            calls[prompt] = calls.get(prompt, 0) + 1
            choice = value["choices"][0]
            choice["finish_reason"] = {1: "content_filter", 2: "length"}.get(calls[prompt], "stop")
        return 200, value, {}

    with serving() as server:
        server.bend = bend
        outcome = run_core(server.base_url, tmp_path, 6, checks=Checks(NO_CHECKS.claims, NO_CHECKS.sample))
    assert outcome.error is None
    found = {(row["metadata"]["attempts"], row["metadata"]["difficulty"]) for row in outcome.accepted}
    assert found == {(1, "easy")}


def test_an_answer_that_broke_off_with_an_error_is_asked_for_again(tmp_path):
    seen: set[str] = set()

    def bend(body: Any, value: Any) -> Any:
        if value["id"] not in seen:
            seen.add(value["id"])
            value["choices"][0]["finish_reason"] = "error"
        return 200, value, {}

    with serving() as server:
        server.bend = bend
        outcome = run_core(server.base_url, tmp_path, 2)
    assert outcome.error is None and len(outcome.accepted) == 2
    assert outcome.usage.server_errors == len(seen)


def test_a_body_with_a_byte_order_mark_and_lone_surrogates_is_read():
    text = json.dumps({"choices": [{"message": {"content": "a \ud800 b"}, "finish_reason": "stop"}]})
    assert read_answer(b"\xef\xbb\xbf" + text.encode(), "").text == "a ? b"
    with pytest.raises(Failure, match="broke off"):
        read_answer(text.replace('"stop"', '"error"').encode(), "")
