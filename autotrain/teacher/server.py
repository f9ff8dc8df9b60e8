"""One server that speaks OpenAI's chat completions, through the `openai` package.

Asks once and says what came of it: an Answer, a Failure that may pass, or a TeacherError
that will not. Retries, pace and money are the caller's. No message carries the key.
"""

import asyncio
import email.utils
import re
import time
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autotrain.config.credentials import NO_KEY, Credentials
from autotrain.errors import TeacherError
from autotrain.teacher.completion import cost_in_headers, read_answer
from autotrain.teacher.protocol import Answer, Failure

CONNECT_TIMEOUT_S = 10.0
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_QUOTA_WORDS = ("insufficient_quota", "billing", "quota_exceeded", "insufficient_balance", "insufficient balance")


LONGEST_BODY = 16 * 1024 * 1024  # bytes of an answer, decoded: 131,072 tokens are well below a tenth of it


class BodyTooLong(Exception):
    """A body longer than any answer is, or packed in a way that cannot be unpacked under a bound."""


def _bounded_client(openai: Any) -> Any:
    """The openai package's HTTP client, which never holds more than LONGEST_BODY of a body."""

    class Client(openai.DefaultAsyncHttpxClient):
        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            response = await super().send(request, stream=True, **options)
            try:
                raw = bytearray()
                async for part in response.aiter_raw():
                    raw += part
                    if len(raw) > LONGEST_BODY:
                        raise BodyTooLong(f"the body is longer than {LONGEST_BODY >> 20} MiB")
                response._content = unpacked(bytes(raw), response.headers.get("content-encoding", ""))
            finally:
                await response.aclose()
            return response

    return Client


def unpacked(raw: bytes, encoding: str) -> bytes:
    """A body decoded, at most LONGEST_BODY bytes of it. Raises BodyTooLong."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return raw
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BodyTooLong(f"the body is packed ({encoding[:40]}), which was not asked for")
    try:
        body = zlib.decompressobj(47).decompress(raw, LONGEST_BODY + 1)
    except zlib.error:
        raise BodyTooLong(f"the body is no {encoding}") from None
    if len(body) > LONGEST_BODY:
        raise BodyTooLong(f"the body is longer than {LONGEST_BODY >> 20} MiB")
    return body


class Server:
    """`answer, headers = await server.ask(body, request_id)`."""

    def __init__(self, credentials: Credentials, model: str, *, timeout_s: float, connections: int) -> None:
        import httpx2  # the HTTP library of the openai package
        import openai

        self._openai, self._response_type = openai, httpx2.Response
        self.credentials, self.model, self.timeout_s = credentials, model, timeout_s
        timeout = openai.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s))
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = openai.AsyncOpenAI(
            api_key=credentials.key,
            base_url=credentials.base_url,
            default_query=dict(credentials.query) or None,
            default_headers={
                "Accept-Encoding": "gzip, deflate",
                **({"api-key": credentials.key} if credentials.is_azure else {}),
            },
            http_client=_bounded_client(openai)(timeout=timeout, limits=limits, follow_redirects=False),
            timeout=timeout,
            max_retries=0,
        )

    async def close(self) -> None:
        await self._client.close()

    async def ask(self, body: dict[str, Any], request_id: str) -> tuple[Answer, Mapping[str, str]]:
        """One request. Raises Failure, or TeacherError where no request can succeed."""
        options = {"headers": {"Idempotency-Key": request_id}}
        call = self._client.post("/chat/completions", cast_to=self._response_type, body=body, options=options)  # type: ignore[arg-type]
        try:
            response = await asyncio.wait_for(call, self.timeout_s)
        except (asyncio.TimeoutError, self._openai.APITimeoutError) as error:
            connecting = "Connect" in type(error.__cause__).__name__ or "Pool" in type(error.__cause__).__name__
            raise Failure(
                Failure.TIMEOUT, f"no answer within {self.timeout_s:g} s", maybe_paid=not connecting
            ) from None
        except self._openai.APIStatusError as error:
            raise self._status_failure(error) from None
        except self._openai.APIConnectionError as error:
            cause = type(error.__cause__).__name__
            unreachable = cause in ("ConnectError", "UnsupportedProtocol")
            what = self.credentials.scrub(str(error.__cause__) or cause)
            raise Failure(
                Failure.BROKEN,
                f"no connection to {self.credentials.place} ({what})"
                if unreachable
                else f"the connection broke ({what})",
                maybe_paid=not unreachable,
                unreachable=unreachable,
            ) from None
        except self._openai.OpenAIError as error:
            raise Failure(Failure.BROKEN, self.credentials.scrub(str(error)), maybe_paid=True) from None
        try:
            answer = read_answer(response.content, response.headers.get("content-type", ""))
            told_cost = max(answer.told_cost, cost_in_headers(response.headers))
            return replace(self._without_key(answer), told_cost=told_cost), response.headers
        except Failure as failure:
            raise Failure(failure.kind, self.credentials.scrub(str(failure)), maybe_paid=failure.maybe_paid) from None

    def _without_key(self, answer: Answer) -> Answer:
        # Some servers echo the request's headers: the key may not reach the ledger or a sample that way.
        if self.credentials.key == NO_KEY:
            return answer
        key = self.credentials.key
        return replace(
            answer,
            text=answer.text.replace(key, "[key]"),
            model=answer.model.replace(key, "[key]")[:200],
            finish_reason=answer.finish_reason.replace(key, "[key]")[:80],
        )

    def _status_failure(self, error: Any) -> Exception:
        status, headers = error.status_code, error.response.headers
        said = self.credentials.scrub(_message_of(error))[:300]
        place = self.credentials.place
        if status == 401:
            return TeacherError(f"{place} refused the key (401): check OPENAI_API_KEY. It said: {said}")
        if status == 403:
            return TeacherError(f"{place} refuses access to {self.model} (403). It said: {said}")
        if status == 404:
            return TeacherError(
                f"{place} knows no model {self.model} (404): check TEACHER_MODEL and OPENAI_BASE_URL. It said: {said}"
            )
        if status == 402 or (status == 429 and _is_quota(error)):
            return TeacherError(f"The quota at {place} is used up ({status}). It said: {said}")
        if 300 <= status < 400:
            return TeacherError(f"{place} redirects ({status}): set OPENAI_BASE_URL to where it leads.")
        wait_s = retry_after_s(headers, time.time())
        if status == 429:
            return Failure(Failure.RATE_LIMITED, f"429: {said}", retry_after_s=wait_s)
        if status in (408, 409, 425) or status >= 500:
            return Failure(Failure.SERVER, f"{status}: {said}", retry_after_s=wait_s)
        return Failure(Failure.REFUSED_REQUEST, f"{status}: {said}")


def _error_object(error: Any) -> dict[str, Any]:
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error")
    return inner if isinstance(inner, dict) else body


def _message_of(error: Any) -> str:
    inner = _error_object(error)
    said = inner.get("message") or inner.get("detail") or inner.get("error")
    if not said:
        said = "an HTML page" if "html" in error.response.headers.get("content-type", "") else error.response.text
    return " ".join(str(said)[:20_000].split()) or "nothing"


def _is_quota(error: Any) -> bool:
    inner = _error_object(error)
    marks = f"{inner.get('code') or ''} {inner.get('type') or ''} {getattr(error, 'code', '') or ''}".lower()
    return any(word in marks for word in _QUOTA_WORDS)


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that the server asks us to wait; None where it does not say."""
    milliseconds = headers.get("retry-after-ms")
    value = headers.get("retry-after")
    try:
        if milliseconds is not None:
            return max(0.0, float(milliseconds) / 1000.0)
        if value is not None:
            return max(0.0, float(value))
    except ValueError:
        pass
    parsed = email.utils.parsedate_tz(value) if value else None
    return max(0.0, email.utils.mktime_tz(parsed) - now) if parsed else None


def allowance(headers: Mapping[str, str], what: str) -> tuple[float, float | None, float] | None:
    """Left, total and seconds until full, of `requests` or `tokens`; None where the headers do not say.

    Gateways that do not count send -1 or leave the total out.
    """
    try:
        left = float(headers[f"x-ratelimit-remaining-{what}"])
        reset = duration_s(headers[f"x-ratelimit-reset-{what}"])
        total = float(headers.get(f"x-ratelimit-limit-{what}", "nan"))
    except (KeyError, ValueError):
        return None
    if left < 0 or reset is None:
        return None
    return left, total if total > 0 else None, reset


def duration_s(text: str) -> float | None:
    """`6m0s`, `12ms` or plain seconds, as seconds; None for anything else (a date, an epoch)."""
    text = text.strip()
    parts = _DURATION.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 86_400 else None
