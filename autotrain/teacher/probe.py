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
from autotrain.teacher.protocol import MODES, TOKEN_FIELDS, Dialect, Request, humbler

PROBE_SLOT = -1
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
            changed = humbler(dialect, str(error))
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
