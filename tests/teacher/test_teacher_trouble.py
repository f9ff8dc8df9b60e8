"""What goes wrong with servers and settings is told in seconds, and costs little: refusals, addresses, waits, caps."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from fake_openai import Faults, serving
from teacher_support import run_core

from autotrain.config.credentials import find_credentials
from autotrain.errors import TeacherError, UsageError
from autotrain.teacher.accounts import estimate
from autotrain.teacher.budget import Budget
from autotrain.teacher.output import Output
from autotrain.teacher.plan import Plan
from autotrain.teacher.prices import price_of

SECONDS = 20.0  # "in seconds", on a machine that does other things


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def modes(outcome: Any) -> list[str]:
    return [row["dialect"]["mode"] for row in outcome.requests if row["kind"] == "dialect"]


def test_a_mode_that_is_refused_after_the_probe_steps_down_and_loses_no_task(tmp_path):
    def picky(body: Any, value: Any) -> Any:
        kind = body.get("response_format", {}).get("type")
        if kind == "json_schema" and server.requests > 3:
            return 400, {"error": {"message": "Invalid schema for response_format 'answer'"}}, {}
        return 200, value, {}

    said: list[str] = []
    with serving() as server:
        server.bend = picky
        outcome = run_core(server.base_url, tmp_path, 6, concurrency=2, on_event=said.append)
    assert outcome.error is None and len(outcome.accepted) == 6 and not outcome.rejects
    assert modes(outcome) == ["schema", "json"] and any("takes requests in mode json" in text for text in said)


@pytest.mark.parametrize("status", [500, 501])
def test_a_server_that_fails_on_response_format_is_asked_without_it(tmp_path, status):
    def failing(body: Any, value: Any) -> Any:
        return (status, {"error": "Internal Server Error"}, {}) if "response_format" in body else (200, value, {})

    with serving() as server:
        server.bend = failing
        started = time.monotonic()
        outcome = run_core(server.base_url, tmp_path, 3)
    assert outcome.error is None and len(outcome.accepted) == 3 and modes(outcome) == ["fenced"]
    assert time.monotonic() - started < SECONDS


def test_a_teacher_whose_answers_are_all_cut_off_stops_early_and_names_the_setting(tmp_path):
    def cut(_: Any, value: Any) -> Any:
        if server.requests > 1:
            value["choices"][0]["finish_reason"] = "length"
        return 200, value, {}

    with serving() as server:
        server.bend = cut
        outcome = run_core(server.base_url, tmp_path, 200, concurrency=6)
    assert isinstance(outcome.error, TeacherError) and "TEACHER_ANSWER_TOKENS" in str(outcome.error)
    assert "Of the first" in str(outcome.error) and 12 <= len(outcome.rejects) <= 30
    assert outcome.usage.unsettled_tokens == 0  # what was in flight was waited for


def test_one_sample_is_enough_not_to_be_hopeless(tmp_path):
    def poor(body: Any, value: Any) -> Any:
        if server.requests > 8:
            value["choices"][0]["finish_reason"] = "length"
        return 200, value, {}

    with serving() as server:
        server.bend = poor
        outcome = run_core(server.base_url, tmp_path, 40, concurrency=2, most_asked=60)
    assert outcome.accepted and "out of 60 asked for" in str(outcome.error)


def test_a_404_for_one_prompt_is_that_slots_and_repeated_it_is_the_stages(tmp_path):
    def gone(_: Any, value: Any) -> Any:
        lost = server.requests == 4 or server.requests > 20
        return (404, {"error": {"message": "no route for this"}}, {}) if lost else (200, value, {})

    with serving() as server:
        server.bend = gone
        outcome = run_core(server.base_url, tmp_path, 60, concurrency=1)
        asked = server.requests
    assert isinstance(outcome.error, TeacherError) and "knows no model gpt-4o-mini (404)" in str(outcome.error)
    assert outcome.rejects[0]["reason"] == "bad request" and outcome.accepted and asked <= 25


def test_a_tiny_cap_ends_what_was_begun_before_it_begins_more(tmp_path):
    with serving(Faults(latency_s=0.01)) as server:
        outcome = run_core(server.base_url, tmp_path, 90, max_usd=0.01)
    assert "TEACHER_MAX_USD" in str(outcome.error)
    tasks = sum(row["kind"] == "sent" and row["step"] == "task" for row in outcome.requests)
    assert len(outcome.accepted) >= 10 and tasks - len(outcome.accepted) <= 3


def test_the_estimate_says_how_many_samples_a_cap_is_sure_to_pay_for(tmp_path):
    plan, price = Plan(seed=1, round_number=1), price_of("gpt-4o-mini", "")
    with Output(tmp_path / "raw.jsonl", tmp_path / "raw.rejects.jsonl") as output:
        small = estimate(plan, Budget(price, 0.01, 0), output, 50, 2048)
        large = estimate(plan, Budget(price, 10.0, 0), output, 50, 2048)
    assert "sure to pay for 1 of them" in small and "sure to pay" not in large


STRANGERS = {
    "an HTML page": (200, "<html><body>It works!</body></html>"),
    "an error in a 200": (200, {"error": {"message": "no such route"}}),
    "another JSON": (200, {"status": "ok"}),
}


@pytest.mark.parametrize("what", STRANGERS)
def test_what_is_no_such_server_is_told_in_seconds_with_the_address(tmp_path, what):
    status, sent = STRANGERS[what]
    with serving() as server:
        server.bend = lambda *_: (status, sent, {})
        started = time.monotonic()
        outcome = run_core(server.base_url.removesuffix("/v1"), tmp_path, 5)
        asked = server.requests
    assert isinstance(outcome.error, TeacherError) and "answers with no chat completion" in str(outcome.error)
    assert f"try {server.base_url}" in str(outcome.error)
    assert asked <= 4 and time.monotonic() - started < SECONDS


def test_an_address_without_v1_is_told_at_the_first_answer(tmp_path):
    with serving() as server:
        server.bend = lambda *_: (404, {"detail": "Not Found"}, {})
        outcome = run_core(server.base_url.removesuffix("/v1"), tmp_path, 5)
        assert server.requests == 1
    assert isinstance(outcome.error, TeacherError) and f"try {server.base_url}" in str(outcome.error)


def test_an_event_stream_that_nobody_asked_for_is_read(tmp_path):
    def stream(_: Any, value: Any) -> Any:
        import orjson

        (choice,) = value["choices"]
        text = choice["message"]["content"]
        deltas = [{"delta": {"content": text[:9]}}, {"delta": {"content": text[9:]}, "finish_reason": "stop"}]
        events = [{"model": "m", "choices": [delta]} for delta in deltas] + [{"choices": [], "usage": value["usage"]}]
        lines = b"".join(b"data: " + orjson.dumps(event) + b"\n\n" for event in events)
        return 200, lines + b"data: [DONE]\n\n", {"Content-Type": "text/event-stream"}

    with serving() as server:
        server.bend = stream
        outcome = run_core(server.base_url, tmp_path, 4)
    assert outcome.error is None and len(outcome.accepted) == 4 and outcome.usage.unreported == 0


@contextmanager
def plain_server() -> Iterator[int]:
    """A server of HTTP that says at once that it understands nothing of what TLS begins with."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(64)
                        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def test_https_to_a_server_of_http_and_http_to_one_of_https_are_told(tmp_path):
    with plain_server() as port:
        outcome = run_core(f"https://127.0.0.1:{port}/v1", tmp_path / "a", 2)
    assert isinstance(outcome.error, TeacherError) and "is http meant" in str(outcome.error)
    with serving() as server:
        server.bend = lambda *_: (400, "<h1>400</h1>Client sent an HTTP request to an HTTPS server.", {})
        outcome = run_core(server.base_url, tmp_path / "b", 2)
        assert isinstance(outcome.error, TeacherError) and "speaks https" in str(outcome.error)


def test_a_dead_proxy_is_named_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://me:secret@127.0.0.1:9")
    outcome = run_core("http://teacher.example/v1", tmp_path, 2)
    assert "through the proxy http://127.0.0.1:9" in str(outcome.error) and "secret" not in str(outcome.error)


def test_a_socks_proxy_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    outcome = run_core("http://teacher.example/v1", tmp_path, 2)
    assert isinstance(outcome.error, UsageError) and "socks" in str(outcome.error) and "ALL_PROXY" in str(outcome.error)


def test_a_key_in_quotes_is_refused_without_being_shown(tmp_path):
    with pytest.raises(UsageError, match="OPENAI_API_KEY holds quotes") as caught:
        find_credentials({"OPENAI_API_KEY": '"sk-abcdef"'}, tmp_path / ".env")
    assert "abcdef" not in str(caught.value)


def test_a_daily_allowance_at_zero_ends_the_stage_and_says_when_it_is_back(tmp_path):
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "11h2m0s"}
    with serving() as server:
        server.bend = lambda _, value: (200, value, headers if server.requests >= 5 else {})
        answered = run_core(server.base_url, tmp_path / "a", 30, concurrency=2)
        server.bend = lambda *_: (429, {"error": {"message": "requests per day"}}, headers)
        refused = run_core(server.base_url, tmp_path / "b", 5)
    assert isinstance(answered.error, TeacherError) and "11:02:00" in str(answered.error)
    assert "TEACHER_PATIENCE_S=20" in str(answered.error) and answered.usage.unsettled_tokens == 0
    assert isinstance(refused.error, TeacherError) and "asks to wait 11:02:00" in str(refused.error)


def test_a_wait_is_told_to_the_person(tmp_path):
    said: list[str] = []
    with serving() as server:
        server.bend = lambda _, value: (
            (429, {"error": {"message": "Please try again in 12s."}}, {}) if server.requests > 3 else (200, value, {})
        )
        run_core(server.base_url, tmp_path, 5, patience_s=15.0, on_event=said.append, should_stop=lambda: len(said) > 1)
    assert any("waiting 12 s" in text and "try again in 12s" in text for text in said)
