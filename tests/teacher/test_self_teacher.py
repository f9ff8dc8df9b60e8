"""TEACHER_MODEL=self: the model's own answers are kept where they pass, and the builtin ones elsewhere."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
import tiny_model
from fake_openai import FakeOpenAI, serving

from autotrain import cli
from autotrain.config import precedence
from autotrain.endpoint import Endpoint
from autotrain.errors import Stopped, UsageError
from autotrain.jsonl import Row, load_rows
from autotrain.tasks import prompts
from autotrain.teacher import own_answers, sampling, stage
from autotrain.teacher.builtin import generate
from autotrain.teacher.output import Output, rejects_beside

WANTED = 20


def context(**settings: object) -> cli.Context:
    return cli.Context("generate", precedence.resolve({"teacher_model": "self", **settings}), 1, quiet=True)


class Model:
    """Stands for the sampled model: knows the answers to every second task, after a wrong try."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.asked: list[str] = []
        self.stop_after = stop_after

    def knows(self, task: Row) -> bool:
        return int(task["id"], 16) % 2 == 0

    def ask(self, tasks, number: int) -> list[list[str]]:
        if self.stop_after is not None and number >= self.stop_after:
            raise Stopped("stopped")
        self.asked += [task["id"] for task in tasks]
        wrong = "```python\nx = 0\n```"
        return [
            [wrong, task["output"] + "\n", task["output"] + "\n \n"] if self.knows(task) else [wrong, wrong]
            for task in tasks
        ]


def make(folder: Path, model: Model, monkeypatch: pytest.MonkeyPatch, **settings: object) -> tuple[list[Row], dict]:
    monkeypatch.setattr(sampling, "answers_of", lambda adapter, context: ("key", model.ask))
    path = folder / "raw.jsonl"
    with Output(path, rejects_beside(path)) as output:
        told = stage.with_self(output, WANTED, [], context(**settings), lambda count: None, None)
    return load_rows(path), told


def builtin_ids() -> list[str]:
    rows = generate(seed=42, round_number=1, timestamp="2026-01-01T00:00:00Z")
    return [row["id"] for row in itertools.islice(rows, 5 * WANTED)]


def test_own_answers_that_pass_take_the_place_of_the_builtin_ones(tmp_path: Path, monkeypatch) -> None:
    model = Model()
    rows, told = make(tmp_path, model, monkeypatch, self_share=1.0)
    own = [row for row in rows if row["origin"] == "self"]
    assert len(rows) == WANTED and told["own_answers"] == len(own) > 0
    assert {row["parent_id"] for row in own} == {row for row in model.asked[:WANTED] if int(row, 16) % 2 == 0}
    assert all(row["metadata"]["teacher_model"] == "self" and row["output"].endswith("\n") for row in own)
    failed = [row for row in rows if row["origin"] == "builtin"]
    assert {row["id"] for row in failed} == {row for row in model.asked[:WANTED] if int(row, 16) % 2}
    refused = load_rows(rejects_beside(tmp_path / "raw.jsonl"))
    assert {row["reason"] for row in refused} <= {"own tests", "format", "entry point", "duplicate"}


def test_a_problem_gives_one_sample_however_many_answers_pass(tmp_path: Path, monkeypatch) -> None:
    rows, _ = make(tmp_path, Model(), monkeypatch, self_share=1.0)
    tasks = [(row["instruction"], row["input"]) for row in rows]
    assert len(tasks) == len(set(tasks))


def test_only_the_asked_share_of_fresh_builtin_tasks_is_tried(tmp_path: Path, monkeypatch) -> None:
    model = Model()
    make(tmp_path, model, monkeypatch, self_share=0.3)
    assert 0 < len(model.asked) < WANTED * 0.6
    assert set(model.asked) <= set(builtin_ids())
    (tmp_path / "none").mkdir()
    untouched = Model()
    rows, _ = make(tmp_path / "none", untouched, monkeypatch, self_share=0.0)
    assert untouched.asked == [] and {row["origin"] for row in rows} == {"builtin"}


def test_a_stopped_stage_samples_nothing_twice_and_ends_with_the_same_rows(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "whole").mkdir()
    whole, _ = make(tmp_path / "whole", Model(), monkeypatch, self_share=1.0)
    first, second = Model(stop_after=1), Model()
    with pytest.raises(Stopped):
        make(tmp_path, first, monkeypatch, self_share=1.0)
    rows, _ = make(tmp_path, second, monkeypatch, self_share=1.0)
    assert first.asked and second.asked and not set(first.asked) & set(second.asked)
    assert [row["id"] for row in rows] == [row["id"] for row in whole]


def test_answers_of_another_model_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "raw.self.jsonl"
    task = next(generate(seed=1, round_number=1, timestamp="2026-01-01T00:00:00Z"))
    own_answers.Sampled(path, "one", lambda tasks, number: [["x"] for _ in tasks]).answers(0, [task])
    with pytest.raises(UsageError, match="another model"):
        own_answers.Sampled(path, "two", lambda tasks, number: [])


def by_server(folder: Path, url: str, **settings: object) -> tuple[list[Row], dict]:
    asked = context(self_share=1.0, teacher_attempts=2, teacher_concurrency=4, **settings)
    path = folder / "raw.jsonl"
    with Output(path, rejects_beside(path)) as output:
        server = Endpoint(url, "mine", asked.settings)
        told = stage.with_self(output, WANTED, [], asked, lambda count: None, None, server)
    return load_rows(path), told


def knows_half(server: FakeOpenAI) -> None:
    """The server says the builtin answer to every second task, and nothing of use to the others."""
    tasks = itertools.islice(generate(seed=42, round_number=1, timestamp="2026-01-01T00:00:00Z"), 10 * WANTED)
    said = {prompts.messages(task)[-1]["content"]: task["output"] + "\n" for task in tasks if int(task["id"], 16) % 2}
    server.script = lambda prompt: next((said[known] for known in said if known in prompt), "I do not know.")


def test_a_server_that_holds_the_model_answers_in_its_place(tmp_path: Path) -> None:
    with serving() as server:
        knows_half(server)
        server.keep_bodies = 1000
        rows, told = by_server(tmp_path, server.base_url)
        seeds = [(body["messages"][-1]["content"], body["seed"]) for body in server.bodies]
    own = [row for row in rows if row["origin"] == "self"]
    assert len(rows) == WANTED and 0 < told["own_answers"] == len(own) < WANTED
    assert all(int(row["parent_id"], 16) % 2 for row in own)
    assert len(set(seeds)) == len(seeds) > 0, "two answers to a task that are drawn alike are one"


def test_a_stopped_stage_asks_the_server_for_no_answer_twice(tmp_path: Path, monkeypatch) -> None:
    with serving() as server:
        knows_half(server)
        monkeypatch.setattr(cli.Context, "stop_requested", lambda self: server.answers >= 6)
        with pytest.raises(Stopped):
            by_server(tmp_path, server.base_url)
        assert 6 <= server.answers < 2 * own_answers.CHUNK
        monkeypatch.undo()
        by_server(tmp_path, server.base_url)
        assert set(server.seen.values()) == {1}


def test_a_server_without_use_is_refused() -> None:
    with pytest.raises(UsageError, match="SELF_ENDPOINT answers only with --teacher self, not with builtin"):
        stage.teacher_of("builtin", None, server=object())


def test_a_temperature_of_zero_and_an_adapter_without_use_are_refused() -> None:
    with pytest.raises(UsageError, match="TEACHER_TEMPERATURE"):
        sampling.answers_of(None, context(teacher_temperature="0"))
    with pytest.raises(UsageError, match="--teacher self"):
        stage.teacher_of("builtin", Path("adapter"))


def test_the_real_model_is_sampled_anew_for_each_chunk_and_alike_each_time(tmp_path: Path, monkeypatch) -> None:
    from autotrain.evaluation.answers import Answerer

    drawn: list[list[str]] = []
    original = Answerer.answer

    def noted(self, prompts, **options):
        found = original(self, prompts, **options)
        drawn.append([prediction.text for _, prediction in found])
        return [(name, replace(prediction, truncated=prediction.text == drawn[-1][0])) for name, prediction in found]

    monkeypatch.setattr(Answerer, "answer", noted)
    location = tiny_model.save(tmp_path / "model")
    flags = {"base_model": str(location), "quantization_bits": "16", "max_new_tokens": "8", "teacher_attempts": "3"}
    _, ask = sampling.answers_of(None, context(**flags))
    kept = [ask(tiny_model.samples_of(2), number) for number in (0, 0, 1)]
    assert len(drawn[0]) == 6 and len(set(drawn[0])) > 1
    assert drawn[0] == drawn[1] != drawn[2]
    assert [len(texts) for texts in kept[0]] == [2, 3], "an answer that was cut off is no answer"
