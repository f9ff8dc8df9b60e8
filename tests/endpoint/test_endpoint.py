"""A model behind an address: evaluated over real HTTP on the loopback, with every fault that servers have."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_openai import FakeOpenAI, Faults, serving
from tiny_model import samples_of, write_samples

from autotrain.config.credentials import (
    NO_KEY,
    OF_ENDPOINT,
    OF_TEACHER,
    OF_YARDSTICK,
    Credentials,
    Wording,
    for_address,
)
from autotrain.config.settings import PROJECT_ROOT, Settings
from autotrain.endpoint import Endpoint
from autotrain.errors import Stopped, TeacherError, UsageError
from autotrain.jsonl import held, load_rows
from autotrain.tasks import answers

TASKS = [("val", row) for row in samples_of(20)]
FAST = Settings(teacher_patience_s=1.0, teacher_timeout_s=5.0, teacher_concurrency=8)


def endpoint(server: FakeOpenAI, **changes: Any) -> Endpoint:
    return Endpoint(server.base_url, "qwen", Settings(**{**vars(FAST), **changes}))


def right(prompt: str) -> str | None:
    """The right answer to the tiny samples; nothing to any other prompt."""
    number = prompt.split("add_")[1].split("(")[0] if "add_" in prompt else None
    return f"```python\ndef add_{number}(x):\n    return x + {number}\n```" if number else None


def test_answers_come_in_the_order_of_the_tasks_with_the_prompt_that_was_trained_on() -> None:
    with serving() as server:
        server.script = right
        found = endpoint(server).answer(TASKS)
        sent = server.bodies[0]
    assert [prediction.text for _, prediction in found] == [row["output"] for _, row in TASKS]
    assert [turn["role"] for turn in sent["messages"]] == ["system", "user"]
    assert sent["messages"][1]["content"].endswith("Answer with one Python code block.")
    assert (sent["temperature"], sent["max_tokens"], sent["seed"]) == (0.0, 512, 42)


def test_a_reasoning_models_answers_are_judged_without_their_thoughts() -> None:
    def think(_: Any, value: Any) -> Any:
        (choice,) = value["choices"]
        text = choice["message"]["content"]
        thought = "```python\ndef add_0(x):\n    return 0\n```"
        choice["message"].update(content=None, reasoning_content=f"{thought}\n</think>\n{text}<|im_end|>")
        return 200, value, {}

    with serving() as server:
        server.script, server.bend = right, think
        found = endpoint(server).answer(TASKS)
    for (_, prediction), (_, row) in zip(found, TASKS, strict=True):
        code = answers.extract_code(prediction.text, "code", "algorithm_implementation")
        assert code == answers.code_blocks(row["output"])[0]


def test_a_killed_evaluation_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    done = 0

    def stop_after_five() -> None:
        nonlocal done
        done += 1
        if done == 5:
            raise Stopped("stopped.")

    with serving(Faults(latency_s=0.01)) as server:
        server.script = right
        with pytest.raises(Stopped):
            endpoint(server).answer(TASKS, stop_after_five, ledger=tmp_path / "l")
        before = server.answers
        found = endpoint(server).answer(TASKS, ledger=tmp_path / "l")
        assert 5 <= before < 20 and server.answers == 20
    assert [prediction.text for _, prediction in found] == [row["output"] for _, row in TASKS]


def test_another_servers_answers_are_neither_taken_nor_lost(tmp_path: Path) -> None:
    with serving() as first:
        endpoint(first).answer(TASKS[:3], ledger=tmp_path / "l")
    paid = (tmp_path / "l").read_bytes()
    with serving() as second, pytest.raises(UsageError, match="holds answers of .*begun and not ended"):
        endpoint(second).answer(TASKS[:3], ledger=tmp_path / "l")
    assert second.answers == 0 and (tmp_path / "l").read_bytes() == paid


def test_a_second_start_at_once_is_refused_and_pays_nothing(tmp_path: Path) -> None:
    with serving() as server, held(tmp_path / "l"):
        with pytest.raises(UsageError, match="is being filled by another start"):
            endpoint(server).answer(TASKS[:3], ledger=tmp_path / "l")
        assert server.answers == 0


def test_a_parameter_that_the_server_refuses_is_left_out_and_the_report_says_so() -> None:
    with serving(Faults(refuses_fields=("seed",))) as server:
        model = endpoint(server, teacher_concurrency=64)  # all of them are refused before one is answered
        assert len(model.answer([("val", row) for row in samples_of(64)])) == 64
    assert model.describe()["sent"]["seed"] is False
    assert "seed: the server refuses the parameter" in model.describe()["not_promised"]


def test_an_answer_that_was_cut_off_counts_as_cut_off() -> None:
    with serving(Faults(length=1.0)) as server:
        server.script = right
        assert all(prediction.truncated for _, prediction in endpoint(server).answer(TASKS[:4]))


@pytest.mark.parametrize(
    ("faults", "sentence"),
    [
        (Faults(status=404), "gives no answer to the task .*404.*: check --model and --endpoint"),
        (Faults(status=401), "refused the key .401.: check ENDPOINT_API_KEY"),
        (
            Faults(context_bytes=10),
            "gives no answer to the task .*serve the model with a longer context, or lower",
        ),
        (Faults(status=500), "The endpoint gave no answer for"),
    ],
    ids=["wrong model", "no key", "context too long", "broken"],
)
def test_what_goes_wrong_is_one_sentence_with_what_to_do(faults: Faults, sentence: str) -> None:
    with serving(faults) as server, pytest.raises(TeacherError, match=sentence) as caught:
        endpoint(server).answer(TASKS[:3])
    assert "\n" not in str(caught.value) and "TEACHER_MODEL" not in str(caught.value)


@pytest.mark.parametrize(
    ("wording", "sentences"),
    [
        (OF_ENDPOINT, ("check ENDPOINT_API_KEY", "The endpoint cannot be reached: .*Is --endpoint right")),
        (OF_YARDSTICK, ("check ENDPOINT_API_KEY", "The yardstick cannot be reached: .*Is YARDSTICK right")),
        (OF_TEACHER, ("check OPENAI_API_KEY", "The teacher cannot be reached: .*Is OPENAI_BASE_URL right")),
    ],
    ids=lambda value: value.who if isinstance(value, Wording) else "",
)
def test_a_fault_names_the_settings_of_whoever_is_asked(wording: Wording, sentences: tuple[str, str]) -> None:
    with serving(Faults(status=401)) as server:
        credentials = Credentials(NO_KEY, server.base_url, wording=wording)
        with pytest.raises(TeacherError, match=sentences[0]):
            Endpoint(server.base_url, "qwen", FAST, credentials=credentials).answer(TASKS[:1])
    with pytest.raises(TeacherError, match=sentences[1]):
        Endpoint(server.base_url, "qwen", FAST, credentials=credentials).answer(TASKS[:1])


def test_a_server_that_is_down_is_said_in_one_sentence() -> None:
    with pytest.raises(TeacherError, match="The endpoint cannot be reached: .*Is --endpoint right"):
        Endpoint("http://127.0.0.1:9/v1", "qwen", FAST).answer(TASKS[:3])


def test_the_budget_holds_and_an_unknown_price_is_refused() -> None:
    with pytest.raises(TeacherError, match="price of qwen at http://gateway.example/v1 is not known"):
        Endpoint("http://gateway.example/v1", "qwen", FAST)
    with serving() as server, pytest.raises(TeacherError, match="The budget is used up"):
        endpoint(server, teacher_max_tokens=1200).answer(TASKS)


def test_the_teachers_key_is_shown_to_no_other_host(tmp_path: Path) -> None:
    for base_url, expected in (
        ("https://api.openai.com/v1", "sk-abc"),
        ("http://localhost:8000/v1", NO_KEY),
        ("http://api.openai.com/v1", NO_KEY),
    ):
        environ = {"OPENAI_API_KEY": "sk-abc", "OPENAI_BASE_URL": "https://api.openai.com/v1"}
        assert for_address(base_url, environ, tmp_path / ".env").key == expected
        assert "OPENAI_API_KEY" not in environ
    environ = {"ENDPOINT_API_KEY": "own"}
    assert for_address("http://localhost:8000/v1", environ, tmp_path / ".env").key == "own" and environ == {}


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(UsageError, match="--endpoint: an address such as"):
        Endpoint("localhost:8000", "qwen", FAST)


def with_wrong() -> list[dict[str, Any]]:
    return [{**row, "output": "a b c", "wrong": ["long longer", "x y"]} for row in samples_of(3)]


def test_a_forced_choice_is_made_of_the_log_probabilities_that_the_server_shows() -> None:
    with serving(Faults(prompt_logprobs=True)) as server:
        found = endpoint(server).forced_choice(with_wrong())
    assert found and (found["preferred"], found["pairs"]) == (3, 6)  # words of one letter are as likely as each other
    assert found["scores"][with_wrong()[0]["id"]] == [-1.0, -5.0, -1.0]


def test_a_server_without_log_probabilities_gives_no_forced_choice_and_says_so() -> None:
    said: list[str] = []
    with serving() as server:
        assert Endpoint(server.base_url, "qwen", FAST, say=said.append).forced_choice(with_wrong()) is None
    assert "shows no log-probabilities" in said[0]


def test_the_script_evaluates_a_server_and_the_report_says_what_it_does_not_promise(tmp_path: Path) -> None:
    data = write_samples(tmp_path / "val.jsonl", 6)
    with serving() as server:
        server.script = right
        done = subprocess.run(
            [
                *(sys.executable, str(PROJECT_ROOT / "scripts" / "05_eval.py"), "--endpoint", server.base_url),
                *("--model", "qwen", "--data", str(data), "--output", str(tmp_path / "r.json")),
                *("--write-preds", str(tmp_path / "p.jsonl")),
            ],
            capture_output=True,
            text=True,
            env={**os.environ, "OPENAI_API_KEY": "sk-teacher"},
        )
        assert done.returncode == 0, done.stderr
        assert server.keys == {f"Bearer {NO_KEY}"}
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["model"]["endpoint"], report["model"]["served_as"]) == (server.base_url, ["qwen"])
    assert any("greedy" in line for line in report["model"]["not_promised"])
    assert report["model"]["usage"]["answers"] == 6 and report["model"]["usage"]["cost_usd"] == 0.0
    assert len(load_rows(tmp_path / "p.jsonl")) == 6
    assert not (tmp_path / "r.json.answers.jsonl").exists()
