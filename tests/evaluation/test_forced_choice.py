"""Forced choice: the numbers are the plain library's, and a wrong answer cannot see another."""

from pathlib import Path

import pytest
import tiny_model
from sample_rows import asserted_sample

from autotrain.evaluation import forced_choice
from autotrain.evaluation.forced_choice import Scores, difference, summary
from autotrain.tasks import prompts


def row(number: int = 1, wrong: tuple[str, ...] = ("```python\nno\n```", "x", "a longer wrong answer, prose")) -> dict:
    return {**asserted_sample(instruction=f"Task {number}: double it."), "wrong": list(wrong)}


def plain(model, tokenizer, task: dict, answer: str) -> float:
    """The library's own mean loss over the answer's tokens, of a row of its own."""
    import torch

    prompt, ids = prompts.encode_prompt(tokenizer, task), prompts.encode_answer(tokenizer, answer)
    labels = torch.tensor([[-100] * len(prompt) + ids])
    with torch.inference_mode():
        return -float(model(input_ids=torch.tensor([prompt + ids]), labels=labels).loss)


@pytest.mark.parametrize("bits", [4, 16])
def test_scores_are_the_plain_loss_of_each_answer_by_itself(tmp_path: Path, bits: int) -> None:
    from autotrain.training import loading, models

    reference = models.find(str(tiny_model.save(tmp_path / "model")), "", "")
    model, tokenizer = loading.load_base(reference, bits).eval(), loading.load_tokenizer(reference)
    task = row()
    (found,) = forced_choice.score(model, tokenizer, [task])
    wanted = [plain(model, tokenizer, task, answer) for answer in (task["output"], *task["wrong"])]
    assert [found.reference, *found.wrong] == pytest.approx(wanted, abs=2e-5)
    assert len(set(wanted)) == 4


def test_a_model_that_learned_the_reference_finds_it_likelier() -> None:
    import torch

    tokenizer, model = tiny_model.tokenizer(), tiny_model.model(seed=1)
    tasks = [row(number) for number in range(3)]
    ids = [prompts.encode_prompt(tokenizer, t) + prompts.encode_answer(tokenizer, t["output"]) for t in tasks]
    before = summary(forced_choice.score(model, tokenizer, tasks))
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(15):
        for sequence in ids:
            batch = torch.tensor([sequence])
            model(input_ids=batch, labels=batch).loss.backward()
            optimiser.step()
            optimiser.zero_grad()
    after = summary(forced_choice.score(model, tokenizer, tasks))
    assert before and after and after["value"] == 1.0 and after["pairs"] == 9
    moved = difference(before, after)
    assert moved and moved["delta"] == pytest.approx(1 - before["value"])


def test_tasks_without_wrong_answers_are_left_out() -> None:
    assert forced_choice.score(tiny_model.model(), tiny_model.tokenizer(), [asserted_sample()]) == []
    assert summary([]) is None


def test_pairs_of_a_task_count_together_in_the_interval() -> None:
    alone = summary([Scores(str(n), -1.0, [-2.0 if n % 2 else 0.0]) for n in range(20)])
    together = summary([Scores(str(n), -1.0, [-2.0 if n % 2 else 0.0] * 10) for n in range(2)])
    assert alone and together and alone["value"] == together["value"] == 0.5
    width = [found["interval"][1] - found["interval"][0] for found in (alone, together)]
    assert width[1] > width[0]


def test_other_tasks_are_not_compared() -> None:
    one, other = summary([Scores("a", -1.0, [-2.0])]), summary([Scores("b", -1.0, [-2.0])])
    assert one and other and difference(one, other) is None


def test_a_line_says_that_it_decides_nothing() -> None:
    base, best = summary([Scores("a", -3.0, [-2.0])]), summary([Scores("a", -1.0, [-2.0])])
    assert base and best
    said = forced_choice.line(base, best)
    assert "decides nothing" in said and "base in 0.0%" in said and "adapter in 100.0%" in said and "+100.0" in said
