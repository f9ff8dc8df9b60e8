"""Stage 01 as a whole: N samples from either teacher, and the summary they share.

Both teachers write through one `Output`, so a stopped stage goes on where the files end.
Run by scripts/01_teacher_generate.py.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from autotrain.cli import Context
from autotrain.errors import SandboxUnavailable, UsageError
from autotrain.jsonl import Row, read_rows
from autotrain.run.events import utc_now
from autotrain.tasks.shapes import Sample
from autotrain.teacher import accept
from autotrain.teacher.output import NOT_ANSWERED, NOT_PARSED, Output

Advance = Callable[[int], None]
CheckMany = Callable[[Sequence[Sample]], Sequence[str | None]]


def refuse_surplus(output: Output, wanted: int) -> None:
    """Raise UsageError where the file already holds more than is asked for."""
    if output.accepted > wanted:
        raise UsageError(
            f"{output.path} already holds {output.accepted} samples, more than the {wanted} asked for: "
            "give another --output, or ask for more."
        )


@contextmanager
def sandbox_of(context: Context) -> Iterator[Callable[..., Any]]:
    """The function that runs one job in the sandbox. Raises SandboxUnavailable."""
    from autotrain.sandbox import Sandbox

    with Sandbox(context.settings.sandbox, context.workers, context.sandbox_packages) as sandbox:
        yield sandbox.check


def teacher_of(name: str, adapter: Path | None, server: Any = None) -> Callable[..., Row]:
    """The function that makes the samples of TEACHER_MODEL=`name`. `server`: of SELF_ENDPOINT, which answers then.

    Raises UsageError for an adapter or a server without use.
    """
    if server is not None and name != "self":
        raise UsageError(f"SELF_ENDPOINT answers only with --teacher self, not with {name}.")
    if name == "self":
        return partial(with_self, adapter=adapter, server=server)
    if name != "builtin":
        return partial(with_api, adapter=adapter)
    if adapter:
        raise UsageError(f"--adapter answers only with --teacher self or STUDENT_SAMPLES, not with {name}.")
    return with_builtin


def with_builtin(output: Output, wanted: int, focus: Sequence[Sample], context: Context, advance: Advance) -> Row:
    """N samples from the builtin teacher. Without a sandbox its own code is trusted, and that is said."""
    rows = _builtin_rows(focus, context)
    try:
        with sandbox_of(context) as check, ThreadPoolExecutor(max_workers=context.workers) as pool:
            _run(rows, output, wanted, context, advance, _checked_by(check, pool))
    except SandboxUnavailable as error:
        context.warn(f"{error} The builtin teacher's samples are checked without running them.")
        _run(_builtin_rows(focus, context), output, wanted, context, advance, lambda batch: [None] * len(batch))
    return {}


def with_self(
    output: Output,
    wanted: int,
    focus: Sequence[Sample],
    context: Context,
    advance: Advance,
    adapter: Path | None,
    server: Any = None,
) -> Row:
    """N samples: the model's own answers to builtin tasks where they pass, the builtin answer elsewhere."""
    from autotrain.teacher import own_answers, sampling

    settings = context.settings
    if server is None:
        key, ask = sampling.answers_of(adapter, context)
    else:
        key, ask = sampling.answers_of_server(server, context, sampling.requests_beside(output.path))
        context.say(f"generate: {server.model} at {server.credentials.place} answers, with whatever it has loaded")
    sampled = own_answers.Sampled(own_answers.ledger_beside(output.path), key, ask)
    rows = own_answers.own_rows(
        _builtin_rows(focus, context),
        share=settings.self_share,
        wanted=wanted,
        seed=settings.seed,
        round_number=context.round_number,
        sampled=sampled,
    )
    with sandbox_of(context) as check, ThreadPoolExecutor(max_workers=context.workers) as pool:
        most = settings.teacher_max_asked + settings.teacher_attempts  # the tries of each task come on top
        _run(rows, output, wanted, context, advance, _checked_by(check, pool), most)
    own = sum(row.get("origin") == own_answers.NAME for _, row in read_rows(output.path))
    context.say(f"{own} of {output.accepted} samples are the model's own answers")
    return {"own_answers": own, "own_model": key}


def _builtin_rows(focus: Sequence[Sample], context: Context) -> Iterator[Sample]:
    from autotrain.teacher.builtin import generate

    return generate(
        seed=context.settings.seed,
        round_number=context.round_number,
        timestamp=utc_now(),
        focus=focus,
        focus_share=context.settings.focus_share,
    )


def _checked_by(check: Callable[..., Any], pool: ThreadPoolExecutor) -> CheckMany:
    return lambda batch: list(pool.map(lambda row: accept.check_by_running(row, check), batch))


def _run(
    rows: Iterator[Sample],
    output: Output,
    wanted: int,
    context: Context,
    advance: Advance,
    check_many: CheckMany,
    max_asked: float | None = None,
) -> None:
    from autotrain.teacher.from_builtin import run_builtin

    run_builtin(
        rows,
        output,
        wanted,
        check_many=check_many,
        advance=advance,
        should_stop=context.stop_requested,
        max_asked=max_asked or context.settings.teacher_max_asked,
    )


def with_api(
    output: Output,
    wanted: int,
    focus: Sequence[Sample],
    context: Context,
    advance: Advance,
    adapter: Path | None = None,
) -> Row:
    """N samples from a server that speaks OpenAI's protocol. Returns usage and cost.

    `adapter`: with STUDENT_SAMPLES, whose answers say how hard a task is (default: the base model's).
    """
    from autotrain.teacher.api_stage import run_api

    if adapter and not context.settings.student_samples:
        name = context.settings.teacher_model
        raise UsageError(f"--adapter answers only with --teacher self or STUDENT_SAMPLES, not with {name}.")
    return run_api(output, wanted, focus, context, advance, lambda: sandbox_of(context), adapter)


def summarise(output: Output, wanted: int, already: int, report: Row, context: Context) -> dict[str, Any]:
    """The stage's JSON summary: the waterfall of the whole file, this start's share of it, and usage."""
    asked = output.next_slot
    answered = asked - sum(output.reasons[reason] for reason in NOT_ANSWERED)
    return {
        "stage": "generate",
        "output": str(output.path),
        "rejects": str(output.rejects_path),
        "round": context.round_number,
        "teacher_model": context.settings.teacher_model,
        "wanted": wanted,
        "asked": asked,
        "answered": answered,
        "parsed": answered - sum(output.reasons[reason] for reason in NOT_PARSED),
        "accepted": output.accepted,
        "accepted_before": already,
        "rejected": dict(sorted(output.reasons.items())),
        "difficulty": dict(sorted(output.difficulties.items())),
        **report,
    }


def waterfall(summary: dict[str, Any]) -> str:
    """One line for people: how many were asked for, and what was left after each step."""
    steps = " → ".join(f"{name} {summary[name]}" for name in ("asked", "answered", "parsed", "accepted"))
    reasons = ", ".join(f"{reason} {count}" for reason, count in summary["rejected"].items())
    return f"samples: {steps}" + (f" (refused: {reasons})" if reasons else "")
