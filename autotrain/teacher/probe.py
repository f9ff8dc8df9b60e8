"""One probe finds what a server understands; the ledger remembers it.

Structured output by JSON schema where an answer really fits it, else JSON mode, else a
fenced block; and which of the parameters the server refuses. Some servers ignore what
they do not know, so only an answer that fits counts as proof. `one_token` is the doctor's
question: does the named model answer at all?
"""

import time
from dataclasses import replace

from autotrain.config.credentials import Credentials
from autotrain.errors import TeacherError
from autotrain.teacher import briefs, parse
from autotrain.teacher.ask import Asker, GivenUp
from autotrain.teacher.protocol import MODES, TOKEN_FIELDS, Dialect, Failure, Request, body_of, humbler, named_refusal
from autotrain.teacher.server import Server

PROBE_SLOT = -1
_MOST_REFUSALS = 6


def first_guess(is_openai: bool) -> Dialect:
    """OpenAI itself wants `max_completion_tokens`; every other server knows `max_tokens`."""
    return Dialect(tokens_field=TOKEN_FIELDS[0] if is_openai else TOKEN_FIELDS[1])


async def find_dialect(asker: Asker, guess: Dialect, answer_tokens: int) -> None:
    """Let the asker speak the server's dialect: the ledger's, or what asking shows. Raises TeacherError."""
    known = asker.ledger.dialect(asker.name)
    if known is not None:
        asker.dialect = known
        return
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
                raise TeacherError(f"{asker.place} refuses every form of request; last: {error}") from None
            dialect = changed
            continue
        fits = parse.parse_strictly(answer.said, briefs.PROBE_SCHEMA)
        if fits or dialect.mode == MODES[-1]:
            asker.learn(dialect)
            asker.on_event(f"{asker.place} answers in mode {dialect.mode} ({dialect.tokens_field}).")
            return
        dialect = replace(dialect, mode=MODES[MODES.index(dialect.mode) + 1])


async def one_token(credentials: Credentials, model: str, timeout_s: float) -> None:
    """Ask the named model for one token, which it may charge for. Raises TeacherError where it gives none."""
    server = Server(credentials, model, timeout_s=timeout_s, connections=1)
    plain = Dialect(MODES[-1], first_guess(credentials.is_openai).tokens_field, seed=False, temperature=False)
    messages = [{"role": "user", "content": "Say yes."}]
    request = Request(PROBE_SLOT, "doctor", 1, messages, None, answer_tokens=1, temperature=0.0, seed=0)
    try:
        await _answer_of(server, request, plain)
    except Failure as failure:
        if failure.unreachable:
            raise TeacherError(f"it cannot be reached: {failure}") from None
        raise TeacherError(failure.sentence or f"{model} gives no answer: {failure}") from None
    finally:
        await server.close()


async def _answer_of(server: Server, request: Request, dialect: Dialect) -> None:
    for name in TOKEN_FIELDS:
        try:
            await server.ask(body_of(request, server.model, dialect), f"doctor-{time.time_ns()}")
            return
        except Failure as failure:
            changed = None if name == TOKEN_FIELDS[-1] else named_refusal(dialect, str(failure))
            if changed is None and failure.status in (400, 422) and "token" in str(failure):
                return  # one is too few for it, which a model says that is there
            if changed is None:
                raise
            dialect = changed
