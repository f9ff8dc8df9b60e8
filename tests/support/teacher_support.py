"""What the teacher's tests and benchmark share: one call that runs the stage's core.

Code is not run here unless `checks` says so: these tests are about requests, money and files.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autotrain.config.credentials import Credentials
from autotrain.jsonl import Row, load_rows
from autotrain.teacher.api_stage import Asking, generate_samples, seat
from autotrain.teacher.budget import Budget
from autotrain.teacher.from_api import Order
from autotrain.teacher.output import Output, rejects_beside
from autotrain.teacher.plan import Plan
from autotrain.teacher.prices import price_of
from autotrain.teacher.request_ledger import ledger_beside
from autotrain.teacher.slot import Checks, Recipe
from autotrain.teacher.teachers import Teacher
from autotrain.teacher.usage import Usage

MODEL = "gpt-4o-mini"


async def accept_all(*_: Any) -> None:
    """A check that runs nothing and finds nothing."""


NO_CHECKS = Checks(claims=accept_all, sample=accept_all)


@dataclass
class Outcome:
    """What one run of the core left behind."""

    accepted: list[Row]
    rejects: list[Row]
    requests: list[Row]
    usage: Usage
    budget: Budget
    error: BaseException | None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    """What a teacher by a script was asked, in the order of arrival."""

    @property
    def prompts(self) -> list[str]:
        return [body["messages"][-1]["content"] for body in self.bodies]


def credentials_for(base_url: str) -> Credentials:
    return Credentials("sk-" + "loopback" * 4, base_url)


def run_core(
    base_url: str,
    folder: Path,
    wanted: int,
    *,
    model: str = MODEL,
    seed: int = 1,
    focus: list[Row] | None = None,
    checks: Checks = NO_CHECKS,
    attempts: int = 3,
    max_usd: float = 0.0,
    max_tokens: int = 0,
    concurrency: int = 32,
    most_asked: int | None = None,
    timeout_s: float = 60.0,
    patience_s: float = 20.0,
    answer_tokens: int = 2048,
    should_stop: Any = lambda: False,
    on_event: Any = lambda _: None,
    tasks: Iterator[Row] | None = None,
    recipe: dict[str, Any] | None = None,
    plan: Plan | None = None,
    others: Sequence[Teacher] = (),
) -> Outcome:
    """Run the stage's core over `folder/raw.jsonl`, keeping the error that ended it, if any.

    `others` are teachers beside the one at `base_url`, whose requests and usage are told.
    """
    path = folder / "raw.jsonl"
    plan = plan or Plan(seed=seed, round_number=1, focus=focus or [])
    price = price_of(model, base_url)
    account = Budget(price, max_usd, max_tokens)
    teacher = Teacher(model, credentials_for(base_url), price)
    error: BaseException | None = None
    with (
        Output(path, rejects_beside(path)) as output,
        ExitStack() as files,
    ):
        seats = [files.enter_context(seat(*pair, output, account)) for pair in enumerate([teacher, *others])]
        try:
            order = Order(
                output,
                wanted,
                plan,
                checks,
                Recipe(attempts, answer_tokens, 0.8, 1, **(recipe or {})),
                most_asked or 5 * wanted,
                tasks,
            )
            asking = Asking(
                seats,
                concurrency,
                timeout_s,
                patience_s,
                random.Random(seed),
                should_stop=should_stop,
                on_event=on_event,
            )
            asyncio.run(generate_samples(order, asking))
        except Exception as caught:
            error = caught
        usage, budget = seats[0].ledger.usage, seats[0].budget
    return Outcome(
        load_rows(path), load_rows(rejects_beside(path)), load_rows(ledger_beside(path)), usage, budget, error
    )


def undated(rows: list[Row]) -> list[Row]:
    """Samples or rejects without the one thing that may differ between two runs."""
    return [_undated(row) for row in rows]


def _undated(row: Row) -> Row:
    if isinstance(row.get("task"), dict) and "metadata" in row["task"]:
        return {**row, "task": _undated(row["task"])}
    return {**row, "metadata": {**row["metadata"], "timestamp": ""}} if "metadata" in row else row
