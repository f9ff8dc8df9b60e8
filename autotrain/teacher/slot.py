"""A slot's work with an API teacher: from its blueprint to a sample, or to the reason why there is none.

The task (first call), its tests chosen and its claims held (sandbox; one more call where the tests are weak), the
student's pass rate where that is measured, then up to N attempts at an answer (second call, sandbox), one of them a
repair of the first that failed, and a second look at what passed. `from_api.Generation` runs slots side by side.

    draft, row = await work._task(blueprint) ; sample = await work._answered(blueprint, draft, row)
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autotrain.jsonl import Row, dumps
from autotrain.tasks import samples
from autotrain.tasks.kinds import code_of
from autotrain.tasks.shapes import Sample
from autotrain.tasks.types import TYPES
from autotrain.teacher import accept, briefs, drafts, lessons, parse, second_look, student
from autotrain.teacher.ask import Asker
from autotrain.teacher.attempts import Attempt, as_sample, clearest, pair_of
from autotrain.teacher.drafts import BadTask, Claim, Draft
from autotrain.teacher.output import task_key
from autotrain.teacher.plan import Blueprint, Plan
from autotrain.teacher.protocol import Answer, Request
from autotrain.teacher.student import Measured
from autotrain.teacher.teachers import whose
from autotrain.teacher.trials import Trial


class Rejected(Exception):
    """This slot yields no sample. The message is `reason: detail`."""

    def __init__(self, message: str, task: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.task = task


@dataclass(frozen=True)
class Checks:
    """What runs code: in the sandbox, off the event loop."""

    claims: Callable[[Sequence[Claim], str], Awaitable[str | None]]
    sample: Callable[[Sample], Awaitable[str | None]]
    trial: Callable[[Draft, Sequence[str], bool], Awaitable[Trial | None]] | None = None
    """The draft's tests and inputs tried on its right code and on faulty copies (trials.py)."""
    disputed: Callable[[tuple[str, str], str, Sequence[str]], Awaitable[list[str]]] | None = None
    """The tests that two answers fail with the same other result."""
    copied: Callable[..., str | None] = lambda row, *more: None
    """Whether a sample, or code beside it, is copied from the seeds (seeds.py)."""
    student: Callable[[Sample, int], Awaitable[Measured]] | None = None
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


class SlotWork:
    """What one slot does; slots share nothing but the teachers and the budget."""

    askers: list[Asker]
    plan: Plan
    checks: Checks
    recipe: Recipe
    _shares: list[float]
    _tasks: Iterator[Sample] | None
    _pairs: dict[int, Row]

    def _asker(self, slot: int) -> Asker:
        return self.askers[whose(slot, self._shares)]

    def _teacher_of(self, slot: int) -> str:
        return self._asker(slot).server.model

    async def _for_student(self, slot: int, draft: Draft, row: Sample, measured: Any) -> Sample:
        """The task with its difficulty for the student. Raises Rejected where it is too easy or too hard for it."""
        draft.measured = found = await measured(row, slot)
        if not student.prefers(found, self.plan.chance("student", slot)):
            raise Rejected(f"{student.REASON}: it solves the task in {found.passed} of {found.samples} samples", row)
        _note_student(row, found)
        return row

    async def _task(self, blueprint: Blueprint) -> tuple[Draft, Sample]:
        schema = briefs.task_schema(blueprint.task_type)
        answer = await self._ask(blueprint, "task", 1, briefs.task_messages(blueprint), schema)
        needed = briefs.task_schema(blueprint.task_type, needed_only=True)
        task, problem = (None, answer.problem) if answer.problem else parse.parse_object(answer.said, needed)
        if task is None:
            raise Rejected(problem or "unparsed")
        try:
            draft = lessons.draft_from(blueprint, task)
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

    async def _answered(self, blueprint: Blueprint, draft: Draft, row: Sample) -> Sample:
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

    async def _looked_at(self, blueprint: Blueprint, draft: Draft, row: Sample, attempt: int) -> str | None:
        """What a second call finds wrong with an answer that passed. Raises Rejected where it cannot tell."""
        look = lessons.of(blueprint.task_type).look(row, draft, self.plan.chance("look", blueprint.slot))
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
        self, blueprint: Blueprint, draft: Draft, row: Sample, answer: Answer, attempt: int
    ) -> tuple[Sample, str | None]:
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
        lesson = lessons.of(blueprint.task_type)
        problem = accept.static_problem(row) or lesson.problem(row, draft) or self.checks.copied(row)
        problem = problem or await self.checks.sample(row)
        claims = lesson.claims(row, draft) if problem is None else []
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

    def _row(
        self, blueprint: Blueprint, draft: Draft, timestamp: str, *, output: str = "", attempts: int = 0
    ) -> Sample:
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
        row["metadata"].update(
            {
                "concept": blueprint.concept if blueprint.focus is None else "",
                "asked_difficulty": blueprint.difficulty,
                "attempts": attempts,
                "prompt_version": briefs.VERSION,
                "plan": self.plan.name,
                "slot": blueprint.slot,
            }
        )
        if draft.measured is not None:
            _note_student(row, draft.measured)
        return row


def measured_difficulty(attempts: int) -> str:
    """From the share of attempts that passed, one in `attempts`: all easy, a third medium, fewer hard."""
    if attempts <= 1:
        return "easy"
    return "medium" if attempts <= 3 else "hard"


def _note_student(row: Sample, found: student.Measured) -> None:
    row["metadata"]["difficulty"] = found.difficulty
    row["metadata"]["student"] = {"samples": found.samples, "passed": found.passed}
