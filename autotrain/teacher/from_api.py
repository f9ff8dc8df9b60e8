"""Stage 01 with an API: slots run side by side, samples are written in slot order.

What a slot does is slot.py's; where the builtin teacher's tasks are given, they take the place of its first call. A
new slot begins only while accepted + undecided < wanted. So the slots that are used are the shortest
beginning of the plan that holds enough good ones, whatever the order of the answers: the same answers give the same
files, and nothing is asked for in vain.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from autotrain.errors import Stopped, TeacherError
from autotrain.jsonl import Row
from autotrain.tasks.shapes import Sample
from autotrain.teacher import drafts, student
from autotrain.teacher.ask import Asker, BudgetSpent, GivenUp, NothingNew, Stopping
from autotrain.teacher.budget import Bound
from autotrain.teacher.output import NOT_ANSWERED, Output
from autotrain.teacher.plan import Blueprint, Plan
from autotrain.teacher.slot import Checks, Recipe, Rejected, SlotWork

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


@dataclass(frozen=True)
class Order:
    """What is to be made: so many samples of a plan, and what decides over each."""

    output: Output
    wanted: int
    plan: Plan
    checks: Checks
    recipe: Recipe
    most_asked: int
    tasks: Iterator[Sample] | None = None
    """The builtin teacher's, in the place of the teacher's own."""


class Generation(SlotWork):
    """One run of the stage over one Output."""

    def __init__(
        self,
        askers: Sequence[tuple[Asker, float]],
        order: Order,
        *,
        advance: Callable[[int], None],
        should_stop: Callable[[], bool],
        worst: Bound,
    ) -> None:
        """`askers`: each teacher's, with its share of the slots; `worst`: the bound of one sample."""
        self._order, self._tasks, self._worst = order, order.tasks, worst
        self.askers, self._shares = [asker for asker, _ in askers], [share for _, share in askers]
        self.plan, self.output, self.checks, self.recipe = order.plan, order.output, order.checks, order.recipe
        self._advance, self._should_stop = advance, should_stop
        self._decided: dict[int, Sample | Rejected] = {}
        self._pairs: dict[int, Row] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._end: BaseException | None = None
        self._accepted = 0  # by this start
        self._refused: Counter[str] = Counter()  # by this start, while it accepted nothing

    async def run(self, *, side_by_side: int) -> None:
        """Fill the output up to what is wanted. Raises TeacherError or Stopped with a clear sentence."""
        output, wanted, most_asked = self.output, self._order.wanted, self._order.most_asked
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

    def _write(self, slot: int, result: Sample | Rejected) -> None:
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

    async def _slot(self, slot: int, given: Sample | None) -> None:
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


def blueprint_of(slot: int, given: Sample) -> Blueprint:
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


def _is_fatal(error: BaseException | None) -> bool:
    """Whether slots under way are of no use any more."""
    return error is not None and not isinstance(error, (BudgetSpent, NothingNew, Stopping))
