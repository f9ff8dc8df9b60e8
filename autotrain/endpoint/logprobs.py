"""Log-probabilities of given answers from a server that shows those of a prompt (vLLM's `prompt_logprobs`).

The answer is sent as the beginning of the assistant's turn; what the prompt has beyond the same request without it
are the answer's tokens. The end-of-turn token is not among them, unlike in a local forced choice. Writes nothing.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from autotrain.config.credentials import Credentials
from autotrain.config.settings import Settings
from autotrain.endpoint.stream import client_of
from autotrain.evaluation.forced_choice import Scores
from autotrain.tasks import prompts
from autotrain.tasks.shapes import Sample


def score(credentials: Credentials, model: str, rows: Sequence[Sample], settings: Settings) -> list[Scores] | None:
    """The scores of the rows that ship wrong answers, in order; None where the server does not show them."""
    client = client_of(credentials, settings.teacher_timeout_s)
    chosen = [row for row in rows if row.get("wrong")]
    first = next((_scores(client, model, row) for row in chosen), None)
    if first is None:
        return None if chosen else []
    with ThreadPoolExecutor(max_workers=min(8, settings.teacher_concurrency)) as pool:
        rest = list(pool.map(lambda row: _scores(client, model, row), chosen[1:]))
    return None if None in rest else [first, *(one for one in rest if one)]


def _scores(client: Any, model: str, row: Sample) -> Scores | None:
    turns = prompts.messages(row)
    before = _prompt(client, model, turns, answer=None)
    if before is None:
        return None
    found: list[float] = []
    for text in (row["output"], *row["wrong"]):
        values = _prompt(client, model, turns, answer=text)
        told = [] if values is None else [value for value in values[len(before) :] if value is not None]
        if not told:
            return None
        found.append(sum(told) / len(told))
    return Scores(row["id"], found[0], found[1:])


def _prompt(client: Any, model: str, turns: list[dict[str, str]], answer: str | None) -> list[float | None] | None:
    """The log-probability of each token of a prompt, None for the first; None where the server shows none."""
    import openai

    given = [*turns, {"role": "assistant", "content": answer}] if answer is not None else turns
    extra: dict[str, Any] = {"prompt_logprobs": 0, "add_generation_prompt": answer is None}
    if answer is not None:
        extra["continue_final_message"] = True
    try:
        reply = client.chat.completions.create(
            model=model, messages=given, max_tokens=1, temperature=0, extra_body=extra
        )
    except openai.OpenAIError:
        return None
    shown = (reply.model_extra or {}).get("prompt_logprobs")
    if not isinstance(shown, list):
        return None
    try:
        return [None if entry is None else float(next(iter(entry.values()))["logprob"]) for entry in shown]
    except (AttributeError, KeyError, StopIteration, TypeError, ValueError):
        return None
