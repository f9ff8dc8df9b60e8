"""One probe finds what a server understands; the ledger remembers it.

Structured output by JSON schema where an answer really fits it, else JSON mode, else a
fenced block; and which of the parameters the server refuses. Some servers ignore what
they do not know, so only an answer that fits counts as proof.
"""

from collections.abc import Callable
from dataclasses import replace

from autotrain.errors import TeacherError
from autotrain.teacher import briefs, parse
from autotrain.teacher.ask import Asker, GivenUp
from autotrain.teacher.protocol import MODES, Dialect, Request

PROBE_SLOT = -1
TOKEN_FIELDS = ("max_completion_tokens", "max_tokens")
_MOST_REFUSALS = 6


def first_guess(is_openai: bool) -> Dialect:
    """OpenAI itself wants `max_completion_tokens`; every other server knows `max_tokens`."""
    return Dialect(tokens_field=TOKEN_FIELDS[0] if is_openai else TOKEN_FIELDS[1])


async def find_dialect(
    asker: Asker, place: str, guess: Dialect, answer_tokens: int, on_event: Callable[[str], None]
) -> Dialect:
    """The server's dialect, from the ledger or by asking. Raises TeacherError."""
    server = f"{place} {asker.server.model}"
    known = asker.ledger.dialect(server)
    if known is not None:
        return known
    dialect, refusals = guess, 0
    while True:
        request = Request(
            slot=PROBE_SLOT,
            step=f"probe {dialect.mode} {refusals}",
            attempt=1,
            messages=briefs.PROBE_MESSAGES,
            schema=briefs.PROBE_SCHEMA,
            answer_tokens=answer_tokens,
            temperature=0.0,
            seed=refusals,
        )
        try:
            answer = await asker.ask(request, dialect)
        except GivenUp as error:
            refusals += 1
            changed = without_refused(dialect, str(error))
            if changed is None or refusals > _MOST_REFUSALS:
                raise TeacherError(f"{place} refuses every form of request; last: {error}") from None
            dialect = changed
            continue
        fits = parse.parse_strictly(answer.text, briefs.PROBE_SCHEMA)
        if fits or dialect.mode == MODES[-1]:
            asker.ledger.remember_dialect(server, dialect)
            on_event(f"{place} answers in mode {dialect.mode} ({dialect.tokens_field}).")
            return dialect
        dialect = replace(dialect, mode=MODES[MODES.index(dialect.mode) + 1])


def without_refused(dialect: Dialect, message: str) -> Dialect | None:
    """The dialect without what a 400 complains about, or a humbler one; None at the end."""
    said = message.lower()
    if "temperature" in said and dialect.temperature:
        return replace(dialect, temperature=False)
    if "seed" in said and dialect.seed:
        return replace(dialect, seed=False)
    if dialect.tokens_field in said:
        other = TOKEN_FIELDS[1 - TOKEN_FIELDS.index(dialect.tokens_field)]
        return replace(dialect, tokens_field=other)
    if dialect.mode != MODES[-1]:
        return replace(dialect, mode=MODES[MODES.index(dialect.mode) + 1])
    if dialect.seed:
        return replace(dialect, seed=False)
    if dialect.temperature:
        return replace(dialect, temperature=False)
    return None
