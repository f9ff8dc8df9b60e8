"""Stage 01 with an API: slots run side by side, samples are written in slot order.

A slot is one planned task: blueprint (drawn in code), task (first call), claims (sandbox),
then up to N attempts at an answer (second call, sandbox). Where the builtin teacher's
tasks are given, they take the place of the first call. A new slot begins only while
accepted + undecided < wanted. So the slots that are used are the shortest beginning of
the plan that holds enough good ones, whatever the order of the answers: the same answers
give the same files, and nothing is asked for in vain.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autotrain.errors import Stopped, TeacherError
from autotrain.jsonl import Row, dumps
from autotrain.tasks import samples
from autotrain.teacher import accept, briefs, drafts, lessons, parse
from autotrain.teacher.ask import Asker, BudgetSpent, GivenUp, NothingNew, Stopping
from autotrain.teacher.budget import Bound
from autotrain.teacher.drafts import BadTask, Claim, Draft
from autotrain.teacher.output import NOT_ANSWERED, Output, task_key
from autotrain.teacher.plan import Blueprint, Plan
from autotrain.teacher.protocol import Answer, Request
from autotrain.teacher.teachers import whose

STOP_POLL_S = 0.5
FEWEST_TRIED = 10  # tasks, before a teacher is called hopeless
ADVICE = {  # by the commonest reason of refusal
    "truncated": "Reasoning may use the answer up: raise TEACHER_ANSWER_TOKENS, or ask for less of it.",
    "empty": "Reasoning may use the answer up: raise TEACHER_ANSWER_TOKENS, or ask for less of it.",
    "refused": "It declines: take another TEACHER_MODEL.",
    "task": "It cannot write tests: TEACHER_TASKS=builtin asks it for answers only.",
    "task tests": "It cannot write tests: TEACHER_TASKS=builtin asks it for answers only.",
    "own tests": "Take a stronger TEACHER_MODEL, or raise TEACHER_ATTEMPTS.",
    "control token": "Its server shows the chat template's tokens: serve it with the model's own template.",
    "server": "The server fails: see what it logs.",
    "bad request": "The server refuses the requests: see what it logs.",
}


class Rejected(Exception):
    """This slot yields no sample. The message is `reason: detail`."""

    def __init__(self, message: str, task: Row | None = None) -> None:
        super().__init__(message)
        self.task = task


@dataclass(frozen=True)
class Checks:
    """What runs code: in the sandbox, off the event loop."""

    claims: Callable[[Sequence[Claim], str], Awaitable[str | None]]
    sample: Callable[[Row], Awaitable[str | None]]


@dataclass(frozen=True)
class Recipe:
    """The numbers that shape requests."""

    attempts: int
    answer_tokens: int
    temperature: float
    round_number: int


class Generation:
    """One run of the stage over one Output."""

    def __init__(
        self,
        askers: Sequence[tuple[Asker, float]],
        plan: Plan,
        output: Output,
        checks: Checks,
        recipe: Recipe,
        *,
        advance: Callable[[int], None],
        should_stop: Callable[[], bool],
        tasks: Iterator[Row] | None = None,
        worst: Bound,
    ) -> None:
        """`askers`: each teacher's, with its share of the slots; `worst`: the bound of one sample."""
        self._tasks, self._worst = tasks, worst
        self.askers, self._shares = [asker for asker, _ in askers], [share for _, share in askers]
        self.plan, self.output, self.checks, self.recipe = plan, output, checks, recipe
        self._advance, self._should_stop = advance, should_stop
        self._decided: dict[int, Row | Rejected] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._end: BaseException | None = None
        self._accepted = 0  # by this start
        self._refused: Counter[str] = Counter()  # by this start, while it accepted nothing

    async def run(self, wanted: int, *, most_asked: int, side_by_side: int) -> None:
        """Fill the output up to `wanted`. Raises TeacherError or Stopped with a clear sentence."""
        output = self.output
        self._hopeless_after = max(FEWEST_TRIED, side_by_side)
        next_slot = output.next_slot
        most_asked += sum(output.reasons[reason] for reason in NOT_ANSWERED)  # lost to the server before: not final
        try:
            while self._end is None and output.accepted < wanted:
                undecided = next_slot - output.next_slot
                while (
                    output.accepted + undecided < wanted
                    and len(self._running) < side_by_side
                    and next_slot < most_asked
                    and self._end is None
                    and self._can_end_another()
                ):
                    self._begin(next_slot)
                    next_slot += 1
                    undecided += 1
                if not self._running and next_slot >= most_asked:
                    raise self._too_few(wanted, most_asked)
                await self._wait()
            while self._running and not _is_fatal(self._end):
                await self._wait()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
        if self._end is not None:
            raise (
                self._end
                if not isinstance(self._end, Stopping)
                else Stopped(f"stopped with {output.accepted} of {wanted} samples; the same command goes on from here.")
            )

    def _can_end_another(self) -> bool:
        # A small cap ends the samples that were begun before it begins others, or it would pay for tasks alone.
        return not self._running or self.askers[0].budget.pays_for(self._worst) > len(self._running)

    async def _wait(self) -> None:
        """Until a slot ends or it is time to look whether a person wants to stop; then write what is due."""
        if self._should_stop() and self._end is None:
            self._end = Stopping()
            self._stop()
        try:
            await asyncio.wait_for(self._changed.wait(), STOP_POLL_S)
        except asyncio.TimeoutError:
            return
        self._changed.clear()
        while self.output.next_slot in self._decided:
            self._write(self.output.next_slot, self._decided.pop(self.output.next_slot))
        if self._end is None and self._refused.total() >= self._hopeless_after and not self._accepted:
            self._end = NothingNew(self._too_bad())
            self._stop()

    def _begin(self, slot: int) -> None:
        given = next(self._tasks) if self._tasks is not None else None  # slots begin in order, so do these
        task = asyncio.get_running_loop().create_task(self._slot(slot, given))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._changed.set()
        error = None if task.cancelled() else task.exception()
        if error is not None and (self._end is None or _is_fatal(error)):
            self._end = error
        if isinstance(error, NothingNew):
            self._stop()

    def _stop(self) -> None:
        for asker in self.askers:
            asker.stop()

    def _asker(self, slot: int) -> Asker:
        return self.askers[whose(slot, self._shares)]

    def _teacher_of(self, slot: int) -> str:
        return self._asker(slot).server.model

    def _write(self, slot: int, result: Row | Rejected) -> None:
        # Duplicates are found here, in slot order: which of two is first depends on no timing.
        if not isinstance(result, Rejected) and self.output.has_task(result):
            result = Rejected("duplicate: the same task was accepted before", result)
        if isinstance(result, Rejected):
            reason, _, detail = str(result).partition(": ")
            self.output.reject(slot, reason, detail, plan=self.plan.name, task=result.task)
            self._refused[reason] += not self._accepted
        else:
            self.output.accept(result)
            self._accepted += 1
            self._advance(1)

    async def _slot(self, slot: int, given: Row | None) -> None:
        try:
            if given is None:
                blueprint = self.plan.blueprint(slot)
                draft, row = await self._task(blueprint)
            else:
                blueprint = blueprint_of(slot, given)
                draft = drafts.draft_of(given)
                row = self._row(blueprint, draft, "")
            self._decided[slot] = await self._answered(blueprint, draft, row)
        except Rejected as rejected:
            self._decided[slot] = rejected
        except GivenUp as error:
            self._decided[slot] = Rejected(str(error))

    async def _task(self, blueprint: Blueprint) -> tuple[Draft, Row]:
        schema = briefs.task_schema(blueprint.task_type)
        answer = await self._ask(blueprint, "task", 1, briefs.task_messages(blueprint), schema)
        needed = briefs.task_schema(blueprint.task_type, needed_only=True)
        task, problem = (None, answer.problem) if answer.problem else parse.parse_object(answer.said, needed)
        if task is None:
            raise Rejected(problem or "unparsed")
        try:
            draft = drafts.draft_from(blueprint, task)
            if draft.reference:
                drafts.keep_tests(draft, await self._agreed(draft))
        except BadTask as error:
            raise Rejected(str(error), task) from None
        row = self._row(blueprint, draft, answer.ts)
        if blueprint.focus is not None and task_key(row) == task_key(blueprint.focus):
            raise Rejected("focus copy: the task repeats the one it should vary", task)
        problem = await self.checks.claims(draft.claims, draft.entry_point)
        if problem:
            raise Rejected(problem, task)
        return draft, row

    async def _agreed(self, draft: Draft) -> list[str]:
        """The tests on which those who wrote them and their own solution agree."""

        def claim(tests: list[str]) -> list[Claim]:
            return [Claim(draft.reference, "\n".join(tests) + "\n", True, "the reference")]

        if await self.checks.claims(claim(draft.each_test), draft.entry_point) is None:
            return draft.each_test
        each = [await self.checks.claims(claim([test]), draft.entry_point) for test in draft.each_test]
        return [test for test, problem in zip(draft.each_test, each, strict=True) if problem is None]

    async def _answered(self, blueprint: Blueprint, draft: Draft, row: Row) -> Row:
        problem, said, faultless = None, set[str](), 0
        for attempt in range(1, self.recipe.attempts + 1):
            request = (briefs.answer_messages(row), briefs.answer_schema(row))
            answer = await self._ask(blueprint, "answer", attempt, *request)
            if answer.text in said:  # some servers heed neither seed nor temperature
                raise Rejected(f"{problem} (attempt {attempt} repeats an earlier one)", row)
            said.add(answer.text)
            faultless += answer.problem is not None  # filtered or cut off: says nothing of the task
            row, problem = await self._judged(blueprint, draft, row, answer, attempt - faultless)
            if problem is None:
                return row
        raise Rejected(f"{problem} ({self.recipe.attempts} attempts)", row)

    async def _judged(
        self, blueprint: Blueprint, draft: Draft, row: Row, answer: Answer, attempt: int
    ) -> tuple[Row, str | None]:
        if answer.problem:
            return row, answer.problem
        schema = briefs.answer_schema(row)
        text = parse.in_form(answer.said, row)
        if schema is not None:
            value, problem = parse.parse_object(text, schema)
            if value is None:
                return row, problem
            text = dumps(value).decode()
        row = self._row(blueprint, draft, answer.ts, output=text, attempts=attempt)
        problem = accept.static_problem(row) or lessons.problem_of(row, draft)
        problem = problem or await self.checks.sample(row)
        claims = lessons.claims_of(row, draft) if problem is None else []
        return row, await self.checks.claims(claims, draft.entry_point) if claims else problem

    async def _ask(
        self, blueprint: Blueprint, step: str, attempt: int, messages: list[dict[str, str]], schema: Any
    ) -> Answer:
        request = Request(
            slot=blueprint.slot,
            step=step,
            attempt=attempt,
            messages=messages,
            schema=schema,
            answer_tokens=self.recipe.answer_tokens,
            temperature=self.recipe.temperature,
            seed=self.plan.request_seed(blueprint.slot, step, attempt),
        )
        return await self._asker(blueprint.slot).ask(request)

    def _row(self, blueprint: Blueprint, draft: Draft, timestamp: str, *, output: str = "", attempts: int = 0) -> Row:
        row = samples.make_sample(
            instruction=draft.instruction,
            input_text=draft.input_text,
            output=output,
            task_type=blueprint.task_type,
            response_format=blueprint.response_format,
            difficulty=measured_difficulty(attempts),
            round_number=self.recipe.round_number,
            teacher_model=self._teacher_of(blueprint.slot),
            timestamp=timestamp,
            family=blueprint.family,
            entry_point=draft.entry_point or None,
            tests=draft.tests,
            parent_id=blueprint.focus["id"] if blueprint.focus else None,
            origin="focus" if blueprint.focus else "builtin task" if self._tasks is not None else None,
        )
        row["metadata"] |= {
            "concept": blueprint.concept if blueprint.focus is None else "",
            "asked_difficulty": blueprint.difficulty,
            "attempts": attempts,
            "prompt_version": briefs.VERSION,
            "plan": self.plan.name,
            "slot": blueprint.slot,
        }
        return row

    def _too_bad(self) -> str:
        (reason, count), tried = self._refused.most_common(1)[0], self._refused.total()
        advice = ADVICE.get(reason, "Take a stronger TEACHER_MODEL.")
        return (
            f"Of the first {tried} tasks none gave a sample, {count} of them for the same reason ({reason}): it is "
            f"stopped before it costs more. {advice} {self.output.rejects_path} shows each."
        )

    def _too_few(self, wanted: int, most_asked: int) -> TeacherError:
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.output.reasons.most_common(3))
        return TeacherError(
            f"{self.output.accepted} of {wanted} samples were accepted out of {most_asked} asked for "
            f"(refused: {reasons}). A stronger teacher may do; TEACHER_MAX_ASKED allows more tries."
        )


def blueprint_of(slot: int, given: Row) -> Blueprint:
    """What the builtin teacher drew for a task of its own."""
    metadata = given["metadata"]
    return Blueprint(
        slot=slot,
        task_type=metadata["task_type"],
        response_format=metadata["response_format"],
        family=metadata.get("family", ""),
        concept="",
        difficulty=metadata["difficulty"],
        setting="",
        manner="",
        sound_code=False,
        focus=None,
    )


def measured_difficulty(attempts: int) -> str:
    """From the share of attempts that passed, one in `attempts`: all easy, a third medium, fewer hard."""
    if attempts <= 1:
        return "easy"
    return "medium" if attempts <= 3 else "hard"


def _is_fatal(error: BaseException | None) -> bool:
    """Whether slots under way are of no use any more."""
    return error is not None and not isinstance(error, (BudgetSpent, NothingNew, Stopping))
