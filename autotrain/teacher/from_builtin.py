"""Stage 01 with the builtin teacher: exactly N samples, no network, no key, same bytes each time.

Every row passes the checks that an API's rows pass (autotrain/teacher/accept.py). A
stopped stage goes on where the files end: the generator's rows are compared with what
is on disk first, so a file begun with another seed is refused, not mixed.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from autotrain.errors import Stopped, TeacherError, UsageError
from autotrain.tasks.shapes import Sample
from autotrain.teacher import accept
from autotrain.teacher.output import Output


def run_builtin(
    rows: Iterator[Sample],
    output: Output,
    wanted: int,
    *,
    check_many: Callable[[Sequence[Sample]], Sequence[str | None]],
    advance: Callable[[int], None],
    should_stop: Callable[[], bool],
    batch: int = 16,
    max_asked: float = 5.0,
) -> None:
    """Write accepted rows until `output` holds `wanted`.

    `rows` is the generator from its beginning; `check_many` says for each row why its own
    tests refuse it (None: they do not).
    """
    skip_written(rows, output)
    limit = int(wanted * max_asked) + batch
    while output.accepted < wanted:
        if should_stop():
            raise Stopped(f"stopped with {output.accepted} of {wanted} samples; go on with the same command.")
        if output.next_slot >= limit:
            reason, count = output.reasons.most_common(1)[0]
            raise TeacherError(
                f"The builtin teacher made {output.next_slot} rows and {output.accepted} of {wanted} passed "
                f"(most often: {reason}, {count} times)."
            )
        first = output.next_slot
        rows_now = list(islice(rows, min(batch, wanted - output.accepted)))
        problems = [accept.static_problem(row) for row in rows_now]
        sound = [row for row, problem in zip(rows_now, problems, strict=True) if problem is None]
        verdicts = iter(check_many(sound))
        for place, (row, problem) in enumerate(zip(rows_now, problems, strict=True)):
            problem = problem if problem is not None else next(verdicts)
            if problem is None and output.has_task(row):
                problem = "duplicate: the same task was accepted before"
            if problem is None:
                output.accept(row)
                advance(1)
            else:
                output.reject(first + place, problem.split(":")[0], problem, task=row)


def skip_written(rows: Iterator[Sample], output: Output) -> None:
    """Advance the generator past what is on disk. Raises UsageError where that is not its work."""
    expected = iter(output.accepted_ids)
    made = [str(row.get("id")) for row in islice(rows, output.next_slot)]
    remaining = set(made)
    for row_id in expected:
        if row_id not in remaining:
            raise UsageError(
                f"{output.path} holds samples of another seed, round or teacher: "
                "give another --output, or move that file away."
            )
