"""Stage 01 with an API: puts key, price, budget, ledger, server and generation together.

Reads `.env` and autotrain/teacher/prices.yaml; writes the request ledger beside the
output. Everything it joins takes explicit values; settings, environment and clock are
looked at here only.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from autotrain.cli import Context
from autotrain.config.settings import PROJECT_ROOT
from autotrain.errors import TeacherError
from autotrain.jsonl import Row
from autotrain.run.events import utc_now
from autotrain.tasks.shapes import Sample
from autotrain.teacher import accept, briefs, teachers
from autotrain.teacher.accounts import UsageReport, estimate, sample_bound, spent_in_other_rounds, total_usage
from autotrain.teacher.ask import Asker
from autotrain.teacher.budget import Budget
from autotrain.teacher.drafts import Draft
from autotrain.teacher.from_api import Generation, Order
from autotrain.teacher.output import Output
from autotrain.teacher.own_answers import Sampled
from autotrain.teacher.plan import Plan
from autotrain.teacher.probe import find_dialect, first_guess
from autotrain.teacher.request_ledger import RequestLedger, ledger_beside
from autotrain.teacher.seeds import Copies, read_seeds
from autotrain.teacher.server import Server
from autotrain.teacher.slot import Checks, Recipe
from autotrain.teacher.student import Measured, Student
from autotrain.teacher.teachers import Teacher
from autotrain.teacher.topics import read_topics
from autotrain.teacher.trials import Trial, disputed, tried


def run_api(
    output: Output,
    wanted: int,
    focus: Sequence[Sample],
    context: Context,
    advance: Callable[[int], None],
    open_sandbox: Callable[[], AbstractContextManager[Callable[..., Any]]],
    adapter: Path | None = None,
) -> Row:
    """Fill `output` up to `wanted`. Returns usage and cost.

    The sandbox is opened after the key has left the environment; it yields what runs one job.
    """
    settings = context.settings
    found = teachers.find(settings.teacher_model, os.environ, PROJECT_ROOT / ".env")
    seeds = read_seeds(settings.teacher_seeds)
    plan = Plan(
        seed=settings.seed,
        round_number=context.round_number,
        focus=focus,
        focus_share=settings.focus_share,
        topics=read_topics(settings.teacher_topics),
        libraries=settings.libraries,
        seeds=seeds,
        model=settings.teacher_model,
        prompts=briefs.VERSION,
        answer_tokens=settings.teacher_answer_tokens,
        temperature=settings.teacher_temperature,
        tasks=settings.teacher_tasks,
        **({"student_samples": settings.student_samples} if settings.student_samples else {}),
    )
    output.refuse_other_plans(plan.name)
    for teacher in found:
        if teacher.price is None and settings.teacher_max_usd:
            raise TeacherError(
                f"The price of {teacher.model} is not known, so TEACHER_MAX_USD={settings.teacher_max_usd:g} "
                "cannot be kept: add the model to autotrain/teacher/prices.yaml, or set TEACHER_MAX_USD=0 for no cap."
            )
        if teacher.price is not None and teacher.price.source:
            context.say(f"the price of {teacher.model} is by {teacher.price.source}: check your provider's page")
    account = Budget(None, settings.teacher_max_usd, settings.teacher_max_tokens)
    account.spend(*spent_in_other_rounds(context))
    recipe = Recipe(
        attempts=settings.teacher_attempts,
        answer_tokens=settings.teacher_answer_tokens,
        temperature=settings.teacher_temperature,
        round_number=context.round_number,
        best_of=settings.teacher_best_of,
        second_look=settings.teacher_second_look,
    )
    with ExitStack() as files:
        seats = [files.enter_context(seat(*pair, output, account)) for pair in enumerate(found)]

        def usage() -> Row:
            return total_usage([one.ledger.usage.as_row(one.teacher.price) for one in seats])

        report = UsageReport(context, usage)
        own_tasks = settings.teacher_tasks == "builtin"
        if output.accepted < wanted:
            tokens = settings.teacher_answer_tokens
            dearest = max((one.budget for one in seats), key=lambda budget: budget.bound(0, 0, tokens).cost)
            more = {"answers": recipe.best_of, "looks": recipe.second_look}
            context.say(estimate(plan, dearest, output, wanted, tokens, asks_for_tasks=not own_tasks, **more))
            with open_sandbox() as check, ThreadPoolExecutor(context.workers) as pool, ThreadPoolExecutor(1) as alone:
                checks = checks_of(pool, check)
                if seeds:
                    checks = replace(checks, copied=Copies(seeds).problem)
                if settings.student_samples:
                    checks = replace(checks, student=_student(alone, check, output, context, adapter))
                order = Order(
                    output,
                    wanted,
                    plan,
                    checks,
                    recipe,
                    most_asked=int(wanted * settings.teacher_max_asked),
                    tasks=_builtin_tasks(context, focus, output) if own_tasks else None,
                )
                asking = Asking(
                    seats,
                    concurrency=settings.teacher_concurrency,
                    timeout_s=settings.teacher_timeout_s,
                    patience_s=settings.teacher_patience_s,
                    rng=random.Random(settings.seed),
                    advance=advance,
                    should_stop=context.stop_requested,
                    on_usage=report.often,
                    on_event=partial(_tell, context),
                )
                try:
                    asyncio.run(generate_samples(order, asking))
                finally:
                    report.now()
        return {"usage": usage(), "ledger": str(seats[0].ledger.path)}


@dataclass(frozen=True)
class Seat:
    """A teacher at work: its ledger, and its part of the budget."""

    teacher: Teacher
    ledger: RequestLedger
    budget: Budget


@contextmanager
def seat(number: int, teacher: Teacher, output: Output, account: Budget) -> Iterator[Seat]:
    """A teacher with its ledger open, and what the ledger says counted as spent."""
    with RequestLedger(ledger_beside(output.path, number), teacher.price, first_slot=output.next_slot) as ledger:
        budget = account.for_another(teacher.price)
        spend_ledger(budget, ledger)
        yield Seat(teacher, ledger, budget)


def _tell(context: Context, text: str) -> None:
    context.say(text)
    context.emit("teacher_told", text)


def _builtin_tasks(context: Context, focus: Sequence[Sample], output: Output) -> Iterator[Sample]:
    from autotrain.teacher.builtin import generate

    settings = context.settings
    rows = generate(
        seed=settings.seed,
        round_number=context.round_number,
        timestamp="",
        focus=focus,
        focus_share=settings.focus_share,
    )
    return islice(rows, output.next_slot, None)


def checks_of(pool: ThreadPoolExecutor, check: Callable[..., Any]) -> Checks:
    """What the stage asks of the sandbox, whose `check` runs one job, in the threads of the pool."""

    def in_pool(function: Callable[..., Any], *values: Any) -> "asyncio.Future[Any]":
        return asyncio.get_running_loop().run_in_executor(pool, function, *values, check)

    def trial(draft: Draft, inputs: Sequence[str], near: bool) -> "asyncio.Future[Trial | None]":
        facts = (draft.right, draft.entry_point, draft.each_test, inputs, draft.instruction)
        return in_pool(partial(tried, near=near), *facts)

    return Checks(
        partial(in_pool, accept.check_claims),
        partial(in_pool, accept.check_by_running),
        trial,
        partial(in_pool, disputed),
    )


def _student(
    alone: ThreadPoolExecutor, check: Callable[..., Any], output: Output, context: Context, adapter: Path | None
) -> "Callable[[Sample, int], asyncio.Future[Measured]]":
    """What measures the student's pass rate, one task after another: the model answers in one thread."""
    from autotrain.teacher.sampling import answers_of

    samples = context.settings.student_samples
    key, ask = answers_of(adapter, context, samples)
    student = Student(Sampled(output.path.with_suffix(".student.jsonl"), key, ask), check, samples)
    return lambda row, slot: asyncio.get_running_loop().run_in_executor(alone, student.measure, row, slot)


def spend_ledger(budget: Budget, ledger: RequestLedger) -> None:
    """Count what earlier starts used, and how far the server went past what it was asked for."""
    budget.spend(ledger.spent.tokens, ledger.spent.cost)
    budget.widen(ledger.overrun)


@dataclass(frozen=True)
class Asking:
    """How the teachers are asked, and who hears of it. Their budgets know what was spent before (`spend_ledger`)."""

    seats: Sequence[Seat]
    concurrency: int
    """Requests that each server gets at once."""
    timeout_s: float
    patience_s: float
    rng: random.Random
    advance: Callable[[int], None] = lambda _: None
    should_stop: Callable[[], bool] = lambda: False
    on_usage: Callable[[], None] = lambda: None
    on_event: Callable[[str], None] = lambda _: None


async def generate_samples(order: Order, asking: Asking) -> None:
    """The stage's core, of explicit values. Raises TeacherError or Stopped with one clear sentence."""
    output, plan, recipe = order.output, order.plan, order.recipe
    servers, askers, settled = [], [], asyncio.Event()
    try:
        for one in asking.seats:
            credentials = one.teacher.credentials
            server = Server(credentials, one.teacher.model, timeout_s=asking.timeout_s, connections=asking.concurrency)
            servers.append(server)
            asker = Asker(
                server,
                one.ledger,
                one.budget,
                place=credentials.place,
                concurrency=asking.concurrency,
                patience_s=asking.patience_s,
                clock=time.monotonic,
                utc_now=utc_now,
                rng=asking.rng,
                on_usage=asking.on_usage,
                on_event=asking.on_event,
                settled=settled,
                wording=credentials.wording,
            )
            await find_dialect(asker, first_guess(credentials.is_openai), recipe.answer_tokens)
            askers.append((asker, one.teacher.share))
        missing = order.wanted - output.accepted
        bounds = [
            sample_bound(
                plan,
                one.budget,
                recipe.answer_tokens,
                output.next_slot,
                missing,
                asks_for_tasks=order.tasks is None,
                answers=recipe.best_of * (1 + recipe.second_look),
            )
            for one in asking.seats
        ]
        worst = max(bounds, key=lambda bound: (bound.cost, bound.tokens))
        generation = Generation(askers, order, advance=asking.advance, should_stop=asking.should_stop, worst=worst)
        await generation.run(side_by_side=2 * asking.concurrency * len(asking.seats))
    finally:
        for server in servers:
            await server.close()
