"""Stage 01 with an API: slots run side by side, samples are written in slot order.

A slot is one planned task: blueprint (drawn in code), task (first call), its tests chosen and its claims held
(sandbox; one more call where the tests are weak), then up to N attempts at an answer (second call, sandbox), one of
them a repair of the first that failed. Where the builtin teacher's tasks are given, they take the place of the first
call. A new slot begins only while accepted + undecided < wanted. So the slots that are used are the shortest
beginning of the plan that holds enough good ones, whatever the order of the answers: the same answers give the same
files, and nothing is asked for in vain.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autotrain.errors import Stopped, TeacherError
from autotrain.jsonl import Row, dumps
from autotrain.tasks import samples
from autotrain.tasks.kinds import code_of
from autotrain.tasks.types import TYPES
from autotrain.teacher import accept, briefs, drafts, lessons, parse, second_look, student
from autotrain.teacher.ask import Asker, BudgetSpent, GivenUp, NothingNew, Stopping
from autotrain.teacher.attempts import Attempt, as_sample, clearest, pair_of
from autotrain.teacher.budget import Bound
from autotrain.teacher.drafts import BadTask, Claim, Draft
from autotrain.teacher.output import NOT_ANSWERED, Output, task_key
from autotrain.teacher.plan import Blueprint, Plan
from autotrain.teacher.protocol import Answer, Request
from autotrain.teacher.student import Measured
from autotrain.teacher.teachers import whose
from autotrain.teacher.trials import Trial

STOP_POLL_S = 0.5
FEWEST_TRIED = 10  # tasks, before a teacher is called hopeless
ADVICE = {  # by the commonest reason of refusal
    "truncated": "Reasoning may use the answer up: raise TEACHER_ANSWER_TOKENS, or ask for less of it.",
    "empty": "Reasoning may use the answer up: raise TEACHER_ANSWER_TOKENS, or ask for less of it.",
    "refused": "It declines: take another TEACHER_MODEL.",
    "task": "It cannot write tests: TEACHER_TASKS=builtin asks it for answers only.",
    "task tests": "It cannot write tests: TEACHER_TASKS=builtin asks it for answers only.",
    "weak tests": "It cannot write tests: TEACHER_TASKS=builtin asks it for answers only.",
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
    trial: Callable[[Draft, Sequence[str], bool], Awaitable[Trial | None]] | None = None
    """The draft's tests and inputs tried on its right code and on faulty copies (trials.py)."""
    disputed: Callable[[tuple[str, str], str, Sequence[str]], Awaitable[list[str]]] | None = None
    """The tests that two answers fail with the same other result."""
    copied: Callable[..., str | None] = lambda row, *more: None
    """Whether a sample, or code beside it, is copied from the seeds (seeds.py)."""
    student: Callable[[Row, int], Awaitable[Measured]] | None = None
    """The student's pass rate at a slot's task."""


@dataclass(frozen=True)
class Recipe:
    """The numbers that shape requests."""

    attempts: int
    answer_tokens: int
    temperature: float
    round_number: int
    best_of: int = 1
    """Answers that pass, of which the clearest is kept."""
    second_look: bool = False
    """Whether another call judges docstrings and reviews that pass."""


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
        self._pairs: dict[int, Row] = {}
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
            self._refused[reason] += not self._accepted and reason != student.REASON
        else:
            if slot in self._pairs:
                self.output.pair(slot, {"id": result["id"], **self._pairs.pop(slot)})
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
            if self.checks.student is not None:
                row = await self._for_student(slot, draft, row, self.checks.student)
            self._decided[slot] = await self._answered(blueprint, draft, row)
        except Rejected as rejected:
            self._decided[slot] = rejected
        except GivenUp as error:
            self._decided[slot] = Rejected(str(error))

    async def _for_student(self, slot: int, draft: Draft, row: Row, measured: Any) -> Row:
        """The task with its difficulty for the student. Raises Rejected where it is too easy or too hard for it."""
        draft.measured = found = await measured(row, slot)
        if not student.prefers(found, self.plan.chance("student", slot)):
            raise Rejected(f"{student.REASON}: it solves the task in {found.passed} of {found.samples} samples", row)
        row["metadata"] |= _of_student(found)
        return row

    async def _task(self, blueprint: Blueprint) -> tuple[Draft, Row]:
        schema = briefs.task_schema(blueprint.task_type)
        answer = await self._ask(blueprint, "task", 1, briefs.task_messages(blueprint), schema)
        needed = briefs.task_schema(blueprint.task_type, needed_only=True)
        task, problem = (None, answer.problem) if answer.problem else parse.parse_object(answer.said, needed)
        if task is None:
            raise Rejected(problem or "unparsed")
        try:
            draft = drafts.draft_from(blueprint, task)
            if "inputs" in TYPES[blueprint.task_type].helps and draft.right and self.checks.trial:
                drafts.keep_tests(draft, (await self._strong(blueprint, draft, self.checks.trial)).tests)
            elif draft.reference:
                drafts.keep_tests(draft, await self._agreed(draft))
        except BadTask as error:
            raise Rejected(str(error), task) from None
        row = self._row(blueprint, draft, answer.ts)
        if blueprint.focus is not None and task_key(row) == task_key(blueprint.focus):
            raise Rejected("focus copy: the task repeats the one it should vary", task)
        problem = self.checks.copied(row, draft.right) or await self.checks.claims(draft.claims, draft.entry_point)
        if problem:
            raise Rejected(problem, task)
        return draft, row

    async def _strong(self, blueprint: Blueprint, draft: Draft, tried: Any) -> Trial:
        """The tests whose values the right code gives, and that tell faulty copies from it. Raises BadTask."""
        first: Trial | None = await tried(draft, draft.inputs, False)
        if first is None:
            raise BadTask("task tests: the solution that came with them does not run")
        trial = first
        if trial.weakness:
            answer = await self._ask(blueprint, "inputs", 1, briefs.inputs_messages(draft, trial), briefs.INPUTS_SCHEMA)
            found = None if answer.problem else parse.parse_object(answer.said, briefs.INPUTS_SCHEMA)[0]
            # From a teacher that cannot say, inputs near its tests are taken; what it said is final.
            more = [text for text in found["inputs"] if isinstance(text, str)] if found else []
            trial = await tried(draft, [*draft.inputs, *more], found is None) or trial
        if trial.weakness:
            raise BadTask(f"weak tests: {trial.weakness}")
        return trial

    async def _agreed(self, draft: Draft) -> list[str]:
        """The tests on which those who wrote them and their own solution agree."""

        def claim(tests: list[str]) -> list[Claim]:
            return [Claim(draft.reference, "\n".join(tests) + "\n", True, "the reference")]

        if await self.checks.claims(claim(draft.each_test), draft.entry_point) is None:
            return draft.each_test
        each = [await self.checks.claims(claim([test]), draft.entry_point) for test in draft.each_test]
        return [test for test, problem in zip(draft.each_test, each, strict=True) if problem is None]

    async def _answered(self, blueprint: Blueprint, draft: Draft, row: Row) -> Row:
        """The sample of the slot: the clearest of the answers that pass, of `best_of` at most. Raises Rejected.

        The first answer that fails gets one repair, with its failure; it counts as an attempt.
        """
        tries: list[Attempt] = []
        said, faultless, repairs = set[str](), 0, False
        for attempt in range(1, self.recipe.attempts + 1):
            failed = None if repairs else next((one for one in tries if one.problem and not one.answer.problem), None)
            messages = briefs.answer_messages(row)
            if failed is not None:
                repairs = True
                messages = briefs.repair_messages(row, failed.answer.said, failed.problem or "")
            step = "answer" if failed is None else "repair"
            answer = await self._ask(blueprint, step, attempt, messages, briefs.answer_schema(row))
            if answer.text in said:  # some servers heed neither seed nor temperature
                if any(one.problem is None for one in tries):
                    break
                raise Rejected(f"{tries[-1].problem} (attempt {attempt} repeats an earlier one)", tries[-1].row)
            said.add(answer.text)
            faultless += answer.problem is not None  # filtered or cut off: says nothing of the task
            judged, problem = await self._judged(blueprint, draft, row, answer, attempt - faultless)
            if problem is None and self.recipe.second_look:
                problem = await self._looked_at(blueprint, draft, judged, attempt)
            tries.append(Attempt(judged, answer, problem, failed))
            if problem is not None and await self._settled(blueprint, draft, tries):
                tries = [await self._again(blueprint, draft, one) for one in tries]
            if sum(one.problem is None for one in tries) >= self.recipe.best_of:
                break
        passing = [one for one in tries if one.problem is None]
        if not passing:
            raise Rejected(f"{tries[-1].problem} ({self.recipe.attempts} attempts)", tries[-1].row)
        kept = clearest(passing)
        pair = pair_of(kept, tries)
        if pair is not None:
            self._pairs[blueprint.slot] = pair
        return as_sample(kept, self.plan.chance("repair", blueprint.slot))

    async def _looked_at(self, blueprint: Blueprint, draft: Draft, row: Row, attempt: int) -> str | None:
        """What a second call finds wrong with an answer that passed. Raises Rejected where it cannot tell."""
        look = second_look.look_at(row, draft, self.plan.chance("look", blueprint.slot))
        if look is None:
            return None
        answer = await self._ask(blueprint, "look", attempt, look.messages, look.schema)
        if answer.problem:
            return f"second look: {answer.problem}"
        if look.schema is None:
            claim = second_look.mending_claim(answer.said, draft)
            return await self.checks.claims([claim], draft.entry_point) if claim else "no repair: no code came of it"
        value, problem = parse.parse_object(answer.said, look.schema)
        if value is None:
            return f"second look: {problem}"
        try:
            return look.problem(value)
        except second_look.CannotTell:
            raise Rejected("second look: it cannot tell a true summary from a false one", row) from None

    async def _settled(self, blueprint: Blueprint, draft: Draft, tries: list[Attempt]) -> bool:
        """Drop the expected values on which two answers that know nothing of each other agree against the solution."""
        fresh = [one for one in tries if one.repairs is None and str(one.problem).startswith("own tests: ")]
        if not (draft.reference and "code" in draft.tests and self.checks.disputed) or len(fresh) < 2:
            return False
        codes = [code_of(one.row, one.row["output"]) or "" for one in (fresh[-2], fresh[-1])]
        wrong = await self.checks.disputed((codes[0], codes[1]), draft.entry_point, draft.each_test)
        kept = [test for test in draft.each_test if test not in wrong]
        if not wrong or len(kept) < max(drafts.FEWEST_TESTS, len(wrong)):
            return False  # answers that contradict most values misread the task alike
        drafts.keep_tests(draft, kept)
        trial = await self.checks.trial(draft, [], False) if self.checks.trial else None
        if trial is not None and trial.weakness:
            raise Rejected(f"weak tests: without the values on which answers disagree, {trial.weakness}")
        return True

    async def _again(self, blueprint: Blueprint, draft: Draft, one: Attempt) -> Attempt:
        attempts = one.row["metadata"]["attempts"]
        row, problem = await self._judged(blueprint, draft, one.row, one.answer, attempts)
        return replace(one, row=row, problem=problem)

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
            if "issues" in value:
                value = parse.in_file_numbers(value, row["input"])
            text = dumps(value).decode()
        row = self._row(blueprint, draft, answer.ts, output=text, attempts=attempt)
        problem = accept.static_problem(row) or lessons.problem_of(row, draft) or self.checks.copied(row)
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
        if draft.measured is not None:
            row["metadata"] |= _of_student(draft.measured)
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


def _of_student(found: student.Measured) -> Row:
    told = {"samples": found.samples, "passed": found.passed}
    return {"difficulty": found.difficulty, "student": told}


def _is_fatal(error: BaseException | None) -> bool:
    """Whether slots under way are of no use any more."""
    return error is not None and not isinstance(error, (BudgetSpent, NothingNew, Stopping))
