"""What is said on the wire: requests, answers, failures, and a server's dialect.

Values and pure functions; `server.py` does the talking. A request's id does not depend on
the dialect, so an answer that was paid for is found again whatever was probed since.
"""

import hashlib
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson

from autotrain.jsonl import Row
from autotrain.tasks.thoughts import control_token, is_unfinished_thought, spoken

MODES = ("schema", "json", "fenced")  # how structured output is asked for, best first
TOKEN_FIELDS = ("max_completion_tokens", "max_tokens")
_ABOUT_SIZE = re.compile(r"context (?:length|window|size)|too (?:large|long|many)|exceed")
_FORM_WORDS = ("response_format", "json_schema", "json_object", "structured output", "schema", "json mode", "grammar")


@dataclass(frozen=True)
class Request:
    """One call. `schema` None: the answer is free text."""

    slot: int
    step: str
    attempt: int
    messages: list[dict[str, str]]
    schema: dict[str, Any] | None
    answer_tokens: int
    temperature: float
    seed: int

    def id_for(self, model: str) -> str:
        """The same for the same prompt, model, parameters and seed."""
        parts = [model, self.messages, self.schema, self.answer_tokens, self.temperature, self.seed]
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


@dataclass(frozen=True)
class Dialect:
    """What a server understands; found by one probe and remembered in the ledger."""

    mode: str = MODES[0]
    tokens_field: str = "max_tokens"
    seed: bool = True
    temperature: bool = True

    def as_row(self) -> Row:
        return asdict(self)


def named_refusal(dialect: Dialect, message: str) -> Dialect | None:
    """The dialect without the part of it that a refusal names; None where it names none."""
    said = message.lower()
    if _ABOUT_SIZE.search(said):
        return None  # of this prompt, though it may name the field
    if "temperature" in said and dialect.temperature:
        return replace(dialect, temperature=False)
    if "seed" in said and dialect.seed:
        return replace(dialect, seed=False)
    if dialect.tokens_field in said:
        other = TOKEN_FIELDS[1 - TOKEN_FIELDS.index(dialect.tokens_field)]
        return replace(dialect, tokens_field=other)
    return lower_mode(dialect) if any(word in said for word in _FORM_WORDS) else None


def lower_mode(dialect: Dialect) -> Dialect | None:
    """The next humbler way to ask for structured output; None at the end."""
    if dialect.mode == MODES[-1]:
        return None
    return replace(dialect, mode=MODES[MODES.index(dialect.mode) + 1])


def humbler(dialect: Dialect, message: str) -> Dialect | None:
    """The dialect without what a refusal complains about, or a humbler one; None at the end."""
    changed = named_refusal(dialect, message) or lower_mode(dialect)
    if changed is None and dialect.seed:
        return replace(dialect, seed=False)
    if changed is None and dialect.temperature:
        return replace(dialect, temperature=False)
    return changed


@dataclass(frozen=True)
class Answer:
    """What came back whole. Token counts are None where the server gave none."""

    text: str
    finish_reason: str
    refused: bool
    tokens_in: int | None
    tokens_cached: int
    tokens_out: int | None
    model: str
    ts: str = ""
    told_cost: int = 0  # picodollars, where the server names a cost itself

    @property
    def said(self) -> str:
        """The text without thoughts and without the tokens that end a turn."""
        return spoken(self.text).strip()

    @property
    def problem(self) -> str | None:
        """Why there is nothing to parse, or None."""
        if self.refused:
            return "refused: the teacher declined"
        if self.finish_reason == "length" or is_unfinished_thought(self.text):
            return "truncated: the answer was longer than TEACHER_ANSWER_TOKENS"
        said = self.said
        token = control_token(said)
        if token is not None:
            return f"control token: {token} stands in the answer"
        return None if said else "empty: the answer holds no text"


class Failure(Exception):
    """A request without an answer. `kind` decides what happens next."""

    RATE_LIMITED = "rate_limited"
    SERVER = "server_error"
    TIMEOUT = "timeout"
    BROKEN = "broken"  # no connection, or a body that is cut or no answer
    REFUSED_REQUEST = "bad_request"

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        maybe_paid: bool = False,
        retry_after_s: float | None = None,
        unreachable: bool = False,
        wrong_address: bool = False,
        error: dict[str, Any] | None = None,
        sentence: str = "",
        believed_after: int = 10,
        status: int = 0,
    ) -> None:
        """`wrong_address`: what answers may be no such server; `error`: the server's own, inside a 200.

        `sentence`: what ends the stage where `believed_after` refusals in a row say the same; of a failure that is no
        refusal, only before the first answer. `status`: HTTP's, where there is one.
        """
        super().__init__(message)
        self.kind, self.maybe_paid = kind, maybe_paid
        self.retry_after_s, self.unreachable = retry_after_s, unreachable
        self.wrong_address, self.error = wrong_address, error
        self.sentence, self.believed_after, self.status = sentence, believed_after, status


def body_of(request: Request, model: str, dialect: Dialect) -> dict[str, Any]:
    """The JSON body of a chat completion."""
    messages = request.messages
    body: dict[str, Any] = {"model": model, "messages": messages, dialect.tokens_field: request.answer_tokens}
    if dialect.temperature:
        body["temperature"] = request.temperature
    if dialect.seed:
        body["seed"] = request.seed
    if request.schema is None:
        return body
    if dialect.mode == "schema":
        schema = {"name": "answer", "strict": True, "schema": request.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
        return body
    shown = orjson.dumps(request.schema).decode()
    if dialect.mode == "json":
        body["response_format"] = {"type": "json_object"}
        form = f"Answer with one JSON object that fits this JSON schema:\n{shown}"
    else:
        form = f"Answer with one JSON object in one ```json block, and nothing else. It fits this JSON schema:\n{shown}"
    last = messages[-1]
    body["messages"] = [*messages[:-1], {**last, "content": f"{last['content']}\n\n{form}"}]
    return body


def prompt_bytes(body: dict[str, Any]) -> int:
    """Bytes of all that a server may turn into input tokens."""
    return len(orjson.dumps(body["messages"])) + len(orjson.dumps(body.get("response_format", "")))
