"""Servers as they are in public reports of faults: money, refusals, thoughts, forms, wrong addresses."""

from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest
from fake_openai import Faults, serving
from teacher_support import run_core

from autotrain.errors import TeacherError
from autotrain.teacher.accounts import estimate
from autotrain.teacher.api_stage import spend_ledger
from autotrain.teacher.budget import Budget
from autotrain.teacher.completion import cost_in_headers, read_answer
from autotrain.teacher.output import Output
from autotrain.teacher.plan import Plan
from autotrain.teacher.prices import Price, dollars, picodollars, price_of
from autotrain.teacher.request_ledger import RequestLedger

PRICE = Price(input=150_000, cached_input=75_000, output=600_000)


def body(content: Any = "text", finish: str = "stop", usage: Any = None, **message: Any) -> bytes:
    """A chat completion as a server sends it."""
    choice = {"message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    return orjson.dumps({"choices": [choice], "usage": usage})


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, (None, None)),
        ({"prompt_tokens": 9, "completion_tokens": 0, "total_tokens": 9}, (None, None)),
        ({"prompt_tokens": 9, "completion_tokens": -1}, (None, None)),
        ({"prompt_tokens": 9, "completion_tokens": 10**18}, (None, None)),
        ({"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}, (9, 5)),
        ({"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 3014}, (9, 3005)),
        ({"prompt_tokens": 9, "completion_tokens": 5, "completion_tokens_details": {"reasoning_tokens": 70}}, (9, 75)),
        ({"prompt_tokens": 9, "total_tokens": 14}, (9, 5)),
        ({"input_tokens": 9, "output_tokens": 5}, (9, 5)),
    ],
)
def test_tokens_are_counted_as_they_are_billed_and_impossible_counts_are_unknown(usage, counts):
    answer = read_answer(body(usage=usage), "")
    assert (answer.tokens_in, answer.tokens_out) == counts


def test_usage_of_zeros_is_budgeted_at_its_worst_case(tmp_path):
    def zeros(_: Any, value: Any) -> Any:
        return 200, {**value, "usage": dict.fromkeys(value["usage"], 0) | {"prompt_tokens_details": None}}, {}

    with serving() as server:
        server.bend = zeros
        outcome = run_core(server.base_url, tmp_path, 500, max_usd=0.02)
    assert "TEACHER_MAX_USD" in str(outcome.error)
    assert outcome.usage.unreported == outcome.usage.answers > 5 and outcome.usage.cost == 0


def test_reasoning_that_is_billed_apart_does_not_pass_the_cap(tmp_path):
    charged = []

    def reasoning(_: Any, value: Any) -> Any:
        usage = value["usage"]
        usage["total_tokens"] += 3000 + 997 * (len(charged) % 3)
        charged.append(PRICE.cost(usage["prompt_tokens"], 0, usage["total_tokens"] - usage["prompt_tokens"]))
        return 200, value, {}

    with serving(Faults(latency_s=0.02)) as server:
        server.bend = reasoning
        outcome = run_core(server.base_url, tmp_path, 500, max_usd=0.1, answer_tokens=512)
        again = run_core(server.base_url, tmp_path, 500, max_usd=0.1, answer_tokens=512)
    assert "TEACHER_MAX_USD" in str(outcome.error) and "TEACHER_MAX_USD" in str(again.error)
    assert 0.4 * 0.1 < dollars(sum(charged)) <= 0.1


@pytest.mark.parametrize("name", ["x-litellm-response-cost", "X-Response-Cost", "x-total-cost"])
def test_a_cost_that_a_gateway_names_is_read(name):
    assert cost_in_headers({name: "0.0025", "x-litellm-key-spend": "7"}) == picodollars(0.0025)
    assert cost_in_headers({name: "None"}) == 0


def test_a_gateway_that_charges_more_than_our_price_is_believed(tmp_path):
    with serving() as server:
        server.bend = lambda _, value: (200, value, {"x-litellm-response-cost": "0.002"})
        outcome = run_core(server.base_url, tmp_path, 500, max_usd=0.02, answer_tokens=400)
    assert "TEACHER_MAX_USD" in str(outcome.error)
    assert outcome.usage.answers * 0.002 == pytest.approx(dollars(outcome.usage.cost)) and outcome.usage.answers <= 10


@pytest.mark.parametrize(
    ("changes", "headers"),
    [({}, {"x-litellm-call-id": "7"}), ({"model": "openai/gpt-4o-2024-08-06"}, {}), ({"usage": {"cost": 0.001}}, {})],
    ids=["its headers", "the model that answers", "a cost"],
)
def test_a_cap_with_an_unknown_price_is_refused_behind_a_gateway_on_this_machine(tmp_path, changes, headers):
    with serving() as server:
        server.bend = lambda _, value: (200, {**value, **changes}, headers)
        capped = run_core(server.base_url, tmp_path / "a", 2, model="my-smart", max_usd=5.0)
        asked = server.requests
        free = run_core(server.base_url, tmp_path / "b", 2, model="my-smart")
    assert isinstance(capped.error, TeacherError) and "prices.yaml" in str(capped.error) and asked == 1
    assert free.error is None


def test_the_estimate_on_resume_counts_what_is_spent(tmp_path: Path):
    with serving() as server:
        run_core(server.base_url, tmp_path, 3)
    budget = Budget(price_of("gpt-4o-mini", ""), 5.0, 0)
    path = tmp_path / "raw.jsonl"
    with Output(path, tmp_path / "raw.rejects.jsonl") as output:
        with RequestLedger(tmp_path / "raw.requests.jsonl", budget.price) as ledger:
            spend_ledger(budget, ledger)
        text = estimate(Plan(seed=1, round_number=1), budget, output, 10, 1000)
    assert "7 samples" in text and f"${dollars(budget.account.spent_cost):.4f} of TEACHER_MAX_USD=5" in text
    assert budget.account.spent_cost > picodollars(0.0001)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, {"message": "Budget has been exceeded! Current cost: 1.2, Max budget: 1.0", "type": "budget_exceeded"}),
        (400, {"message": "Your credit balance is too low to access the API.", "type": "invalid_request_error"}),
        (403, {"message": "This account has no billing set up"}),
        (200, {"message": "Insufficient credits", "code": 402}),
    ],
)
def test_an_empty_account_ends_the_stage_at_its_first_refusal_and_goes_on_when_filled(tmp_path, status, said):
    with serving() as server:
        server.bend = lambda _, value: (200, value, {}) if server.requests <= 6 else (status, {"error": said}, {})
        empty = run_core(server.base_url, tmp_path, 8, concurrency=2)
        asked = server.requests
        server.bend = None
        filled = run_core(server.base_url, tmp_path, 8)
    assert isinstance(empty.error, TeacherError) and "quota" in str(empty.error) and said["message"] in str(empty.error)
    assert asked <= 6 + 2 * 2 and not empty.rejects  # those in flight come on top
    assert filled.error is None and len(filled.accepted) == 8


def test_ten_identical_refusals_stop_the_stage_with_the_servers_words_and_are_not_final(tmp_path):
    with serving() as server:
        server.bend = lambda _, value: (
            (200, value, {}) if server.requests <= 1 else (400, {"error": {"message": "no service today"}}, {})
        )
        refused = run_core(server.base_url, tmp_path, 4, most_asked=11, concurrency=1)
        asked = server.requests
        server.bend = None
        again = run_core(server.base_url, tmp_path, 4, most_asked=11)
    assert isinstance(refused.error, TeacherError) and "no service today" in str(refused.error)
    assert asked <= 1 + 11
    assert again.error is None and len(again.accepted) == 4


@pytest.mark.parametrize("status", [423, 424, 425, 499])
def test_a_generation_that_failed_on_the_way_is_asked_for_again(tmp_path, status):
    calls = count(1)
    with serving() as server:
        failed = {"error": "Request failed during generation"}
        server.bend = lambda _, value: (status, failed, {}) if next(calls) == 3 else (200, value, {})
        outcome = run_core(server.base_url, tmp_path, 4)
    assert outcome.error is None and len(outcome.accepted) == 4 and not outcome.rejects


def test_a_refusal_in_a_list_is_told_as_one(tmp_path):
    said = [{"error": {"code": "insufficient_quota", "message": "not today"}}]
    with serving() as server:
        server.bend = lambda _, value: (429, said, {})
        outcome = run_core(server.base_url, tmp_path, 2, patience_s=5.0)
    assert isinstance(outcome.error, TeacherError) and "The quota at" in str(outcome.error)


def test_a_403_for_one_prompt_is_that_slots(tmp_path):
    with serving() as server:
        flagged, calls = {"error": {"message": "flagged by moderation"}}, count(1)  # `requests` may jump past a number
        server.bend = lambda _, value: (403, flagged, {}) if next(calls) == 4 else (200, value, {})
        outcome = run_core(server.base_url, tmp_path, 4)
    assert outcome.error is None and [row["reason"] for row in outcome.rejects] == ["bad request"]


@pytest.mark.parametrize("status", [200, 400, 503])
def test_a_server_that_echoes_the_authorization_header_puts_the_key_into_no_file(tmp_path, status, capfd):
    def echo(_: Any, value: Any) -> Any:
        (sent,) = server.keys
        value["model"] = value["choices"][0]["finish_reason"] = sent
        value["choices"][0]["message"]["content"] += f" You sent {sent}."
        return status, value if status == 200 else {"error": {"message": sent, "code": sent}}, {"x-echo": sent}

    with serving() as server:
        server.bend = echo
        outcome = run_core(server.base_url, tmp_path, 2, most_asked=3, patience_s=0.5)
        (sent,) = server.keys
    key = sent.removeprefix("Bearer ")
    assert (tmp_path / "raw.requests.jsonl").stat().st_size > 0
    assert not any(key in path.read_text() for path in tmp_path.iterdir())
    assert key not in str(outcome.error) and key not in "".join(capfd.readouterr())
