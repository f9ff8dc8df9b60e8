"""The suites and the judge for other programs: six lines, over a function, a server or local weights."""

from pathlib import Path
from typing import Any

import pytest
from fake_openai import serving
from sample_rows import sample

from autotrain.endpoint import Endpoint
from autotrain.errors import DataError
from autotrain.evaluation import evaluate, reward, suites
from autotrain.jsonl import read_json, write_rows
from autotrain.tasks import prompts

ROWS = suites.load_suite("heidi-core:dev").rows


def test_a_function_is_evaluated_and_a_right_answer_is_right(tmp_path: Path) -> None:
    by_prompt = {prompts.user_message(row): row["output"] for row in ROWS}

    def knows(turns: list[dict[str, str]]) -> str:
        return by_prompt[turns[-1]["content"]]

    report = evaluate(knows, "heidi-core:dev", tasks=12, output=tmp_path / "r.json")
    score = report["sets"]["heidi-core:dev"]["metrics"]["pass@1"]
    assert score["value"] == 1.0 and 6 < score["n"] <= 12
    assert read_json(tmp_path / "r.json")["model"]["function"] == "knows"


def test_a_server_is_evaluated_in_six_lines(tmp_path: Path) -> None:
    with serving() as server:
        report = evaluate(Endpoint(server.base_url, "my-model"), "heidi-core:dev", tasks=6)
    score = report["sets"]["heidi-core:dev"]["metrics"]["pass@1"]
    assert (score["value"], report["model"]["endpoint"]) == (0.0, server.base_url)


def test_a_reward_is_one_for_what_passes_and_nothing_for_the_rest() -> None:
    rows = [row for row in ROWS if row["metadata"]["task_type"] == "algorithm_implementation"][:3]
    answers = [row["output"] for row in rows]
    assert reward(rows, answers) == [1.0, 1.0, 1.0]
    assert reward([rows[0]] * 3, [answers[0], answers[1], "I do not know."]) == [1.0, 0.0, 0.0]


def test_a_forged_verdict_is_no_reward() -> None:
    row: dict[str, Any] = next(row for row in ROWS if row["metadata"]["task_type"] == "algorithm_implementation")
    forged = f"```python\nimport os, sys\n\ndef {row['entry_point']}(*a, **k):\n    os._exit(0)\n```"
    assert reward([row], [forged]) == [0.0]


def test_tasks_and_answers_that_do_not_fit_are_one_sentence() -> None:
    with pytest.raises(DataError, match="1 tasks and 0 answers"):
        reward([sample()], [])
    with pytest.raises(DataError, match="task 0: .*it has no tests"):
        reward([{name: value for name, value in sample().items() if name != "tests"}], ["x"])


def test_a_suite_in_a_file_works_too(tmp_path: Path) -> None:
    write_rows(tmp_path / "own.jsonl", ROWS[:2])
    assert len(evaluate(lambda turns: "", str(tmp_path / "own.jsonl"))["tasks"]) == 2
