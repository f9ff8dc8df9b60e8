"""Forced choice: does the model find the right answer likelier than a wrong one that a suite ships?

A model that passes nothing may still learn; this shows it. For each task that ships wrong answers
(`wrong`), the log-probability a token of the reference, its end-of-turn token included, stands against
that of each wrong answer, given the prompt in training's very bytes. Forward passes only. It says how a
model moves, never which one is better: no promotion depends on it. Reads and writes nothing.

    python scripts/05_eval.py --base-only --suite heidi-core:dev --output report.json   # its `forced_choice`
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autotrain.evaluation.statistics import clustered, paired_clustered
from autotrain.tasks import prompts
from autotrain.tasks.shapes import Sample

NEAR = 0.02  # of a mean log-probability: what rounding to 16 bits moves it


@dataclass(frozen=True)
class Scores:
    """Of one task: log-probabilities a token (natural logarithm)."""

    task_id: str
    reference: float
    wrong: list[float]


def score(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Sample],
    thinking: str = "auto",
    on_done: Callable[[], None] = lambda: None,
) -> list[Scores]:
    """The scores of the rows that ship wrong answers, in order. `on_done` (a row) may raise to end early."""
    model.eval()
    found: list[Scores] = []
    together: bool | None = None
    for row in rows:
        if not row.get("wrong"):
            continue
        prompt = prompts.encode_prompt(tokenizer, row, thinking)
        answers = [prompts.encode_answer(tokenizer, text) for text in (row["output"], *row["wrong"])]
        if together is None:
            together = _same_together(model, prompt, answers)
        reference, *wrong = (mean_log_probabilities if together else _each_alone)(model, prompt, answers)
        found.append(Scores(row["id"], reference, wrong))
        on_done()
    return found


def _same_together(model: Any, prompt: list[int], answers: Sequence[list[int]]) -> bool:
    """Whether this model keeps answers in one row apart: not all know a mask of one's own."""
    from autotrain.training.loading import let_memory_errors_pass

    alone = _each_alone(model, prompt, answers)
    try:
        found = mean_log_probabilities(model, prompt, answers)
    except Exception as error:  # a model of others may fail in any way: then each answer gets a row
        let_memory_errors_pass(error)
        return False
    return all(abs(one - other) <= NEAR * max(1.0, abs(other)) for one, other in zip(found, alone, strict=True))


def _each_alone(model: Any, prompt: list[int], answers: Sequence[list[int]]) -> list[float]:
    import torch

    means = []
    for answer in answers:
        ids = torch.tensor([prompt + answer], device=model.device)
        with torch.inference_mode():
            logits = model(input_ids=ids, use_cache=False).logits[0, len(prompt) - 1 : -1]
            chosen = torch.log_softmax(logits.float(), dim=-1).gather(1, ids[0, len(prompt) :, None])[:, 0]
        means.append(float(chosen.mean()))
    return means


def mean_log_probabilities(model: Any, prompt: list[int], answers: Sequence[list[int]]) -> list[float]:
    """The mean log-probability of each answer's tokens behind the prompt, from one forward pass.

    The prompt stands once in a row and all answers behind it. Each answer sees the prompt and itself alone
    and has the positions it would have by itself, so the numbers are those of a row of its own
    (tests/evaluation/test_forced_choice.py).
    """
    import torch

    before, lengths = len(prompt), [len(answer) for answer in answers]
    total = before + sum(lengths)
    ids = torch.tensor([prompt + [token for answer in answers for token in answer]], device=model.device)
    positions = [*range(before), *(before + place for length in lengths for place in range(length))]
    owner = torch.tensor([-1] * before + [number for number, length in enumerate(lengths) for _ in range(length)])
    place = torch.arange(total)
    seen = (place[:, None] >= place[None, :]) & ((owner[None, :] == -1) | (owner[:, None] == owner[None, :]))
    mask = torch.zeros(total, total, dtype=model.dtype).masked_fill(~seen, torch.finfo(model.dtype).min)
    # The prompt's last token foretells every answer's first one.
    starts = [before + sum(lengths[:number]) for number in range(len(lengths))]
    sources = [
        source
        for start, length in zip(starts, lengths, strict=True)
        for source in (before - 1, *range(start, start + length - 1))
    ]
    with torch.inference_mode():
        logits = model(
            input_ids=ids,
            attention_mask=mask[None, None].to(model.device),
            position_ids=torch.tensor([positions], device=model.device),
            use_cache=False,
            logits_to_keep=torch.tensor(sources, device=model.device),
        ).logits[0]
        chosen = torch.log_softmax(logits.float(), dim=-1).gather(1, ids[0, before:, None])[:, 0]
    return [float(part.mean()) for part in chosen.split(lengths)]


def summary(scores: Sequence[Scores]) -> dict[str, Any] | None:
    """What a report keeps: the share of pairs in which the reference is likelier, its interval (the pairs of a
    task taken together), and the scores. None where there is no pair.
    """
    preferred = [one.reference > other for one in scores for other in one.wrong]
    if not preferred:
        return None
    owners = [one.task_id for one in scores for _ in one.wrong]
    return {
        "value": sum(preferred) / len(preferred),
        "preferred": sum(preferred),
        "pairs": len(preferred),
        "tasks": len(scores),
        "interval": list(clustered([float(value) for value in preferred], owners)),
        "scores": {one.task_id: [_rounded(one.reference), *map(_rounded, one.wrong)] for one in scores},
    }


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any] | None:
    """How the share moved between two summaries over the same tasks, paired; None where the tasks differ."""
    if before["scores"].keys() != after["scores"].keys():
        return None
    moved: list[int] = []
    owners: list[str] = []
    for task_id, (reference, *wrong) in before["scores"].items():
        now_reference, *now_wrong = after["scores"][task_id]
        if len(wrong) != len(now_wrong):
            return None
        for was, now in zip(wrong, now_wrong, strict=True):
            moved.append((now_reference > now) - (reference > was))
            owners.append(task_id)
    mean, low, high = paired_clustered(moved, owners)
    return {"delta": mean, "interval": [low, high]}


def line(base: Mapping[str, Any], best: Mapping[str, Any]) -> str:
    """Base and adapter for people, one line."""
    low, high = (value * 100 for value in best["interval"])
    text = (
        f"forced choice ({best['pairs']} pairs of {best['tasks']} tasks; decides nothing): the right answer is the "
        f"likelier one for the base in {base['value']:.1%}, for the adapter in {best['value']:.1%} "
        f"(95 % {low:.1f} to {high:.1f})"
    )
    moved = difference(base, best)
    if moved:
        low, high = (value * 100 for value in moved["interval"])
        text += f": {moved['delta'] * 100:+.1f} points (95 % {low:+.1f} to {high:+.1f})"
    return text


def _rounded(value: float) -> float:
    return round(value, 6) if math.isfinite(value) else value
